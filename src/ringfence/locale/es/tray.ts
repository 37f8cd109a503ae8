<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation>Leer ahora</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation>En el icono</translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation>Cuenta {name}</translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation>Leer {name} ahora</translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation>Pausar {name}</translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation>Reanudar {name}</translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation>Mostrar {name} en el icono</translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation>En el icono: según su elección</translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation>En el icono: la más cercana a su límite</translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation>De {first} a {last}</translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation>retiene ejecuciones</translation>
    </message>
</context>
<context>
    <name>BudgetsSection</name>
    <message>
        <source>Budgets</source>
        <translation>Presupuestos</translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message>
        <source>Chain: {chain}</source>
        <translation>Cadena: {chain}</translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation>Izquierda y Derecha van de lectura en lectura, Re Pág y Av Pág por el tiempo, más y menos amplían</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation>Las flechas van de hora en hora</translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation>Entend&amp;ido</translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation>Oculta esta explicación para siempre.</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Cuenta</translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation>&amp;Ventanas</translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation>&amp;Horas</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>&amp;Tokens</translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation>Copiar &amp;imagen</translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation>&amp;Copiar tabla</translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation>Cada lectura, hora o día mostrado, como CSV</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>&amp;Día</translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation>&amp;Semana</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>&amp;Mes</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Antes</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Después</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Leyendo…</translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation>Tokens por</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>Por modelo</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>Por proyecto</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>La imagen está en el portapapeles.</translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation>Dejar pasar al &amp;siguiente</translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation>Empieza el lanzamiento que más ha esperado, diga lo que diga la barrera.</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation>Reinicio</translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation>Cierra la barrera</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation>Rige: {reason}</translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation>Qué retiene a los agentes nuevos</translation>
    </message>
    <message>
        <source>Read now</source>
        <translation>Leer ahora</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation>Cuentas y rutas</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Bienvenida</translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation>próxima lectura {time}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation>El servidor no indica límites para este inicio de sesión.</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>Mirar de n&amp;uevo</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>&amp;Reintentar</translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation>Leer &amp;menos a menudo…</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>&amp;Copiar detalles</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation>&amp;Dejar de forzar</translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation>&amp;Forzar hasta reinicio</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausar</translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation>No hay lectura reciente de su uso</translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation>Solo se retienen ejecuciones de {model}: «{setting}» está desactivado ({key})</translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation>También se retienen ejecuciones sin modelo: «{setting}» está activado ({key})</translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation>Su uso aún no se ha leído.</translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation>Estas cifras tienen {age}.</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>&amp;Leer ahora</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation>Cuentas y rutas</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Cuentas</translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation>&amp;Rutas</translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation>Hasta que se reinicie la &amp;sesión</translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation>Hasta que se reinicie su se&amp;mana</translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation>&amp;30 minutos</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1 hora</translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation>&amp;2 horas</translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation>Hasta que yo &amp;reanude</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>Reanudar {scope}</translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation>Reanudar {scope} (hasta {time})</translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation>hasta que reanude</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>hasta {time}</translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation>Pausar &amp;solo ({count} activas)</translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation>Pausar &amp;solo</translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation>y {count} más: ringfence pause</translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation>Pausado por usted</translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation>Anillos de uso: {windows}</translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation>Anillos de uso: aún sin lectura</translation>
    </message>
    <message>
        <source>session</source>
        <translation>sesión</translation>
    </message>
    <message>
        <source>week</source>
        <translation>semana</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation>más de {percent}</translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation>parada {percent}</translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation>a la espera de una segunda lectura</translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation>{tokens} por minuto</translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation>En marcha</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation>Umbrales</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Avisos</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Lectura</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>Barrera</translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation>Ejecuciones en espera</translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation>Varias cuentas</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Apariencia</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation>Al iniciar sesión</translation>
    </message>
    <message>
        <source>The last reading shows no week of a single model.</source>
        <translation>La última lectura no muestra ninguna semana de un modelo concreto.</translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation>Desactivado: vale el umbral de la semana.</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Guardar</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Cancelar</translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation>&amp;Guardar y cerrar la barrera</translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation>Ahora {numbers}.</translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation>Iniciar Ringfence al iniciar sesión</translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation>En segundo plano, sin ventana.</translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation>Umbral {window}, por ciento, deslizador</translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation>Umbral {window}, por ciento</translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation>Umbral {window}</translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation>Izquierda y Derecha van de día en día, Arriba y Abajo dentro de un día</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation>Iniciando</translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation>&amp;Abrir Ringfence</translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation>&amp;Pausar agentes nuevos</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation>&amp;Forzar hasta el reinicio</translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation>Dejar de &amp;forzar</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>&amp;Leer ahora</translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation>&amp;Cuentas y rutas…</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>&amp;Historial…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>A&amp;justes…</translation>
    </message>
    <message>
        <source>&amp;Welcome…</source>
        <translation>&amp;Bienvenida…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>seconds</source>
        <translation>segundos</translation>
    </message>
    <message>
        <source> s</source>
        <translation>&#xa0;s</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>por ciento</translation>
    </message>
    <message>
        <source> %</source>
        <translation>&#xa0;%</translation>
    </message>
</context>
<context>
    <name>WelcomeWindow</name>
    <message>
        <source>Welcome</source>
        <translation>Bienvenida</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Empezar</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>A&amp;hora no</translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation>Cierra esta ventana sin elegir nada</translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation>Todo se puede cambiar en los ajustes.</translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation>Qué se lee y se envía</translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation>Ver la &amp;demo</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Mirar de n&amp;uevo</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>Umbrales</translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation>Cl&amp;aude Code pregunta antes de empezar trabajo nuevo</translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>Reanudar {scope}</translation>
    </message>
</context>
</TS>
