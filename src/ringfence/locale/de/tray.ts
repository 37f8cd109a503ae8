<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation>Jetzt abfragen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausieren</translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation>Im Symbol zeigen</translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation>Konto {name}</translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation>{name} jetzt abfragen</translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation>{name} pausieren</translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation>{name} fortsetzen</translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation>{name} im Symbol zeigen</translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation>Im Symbol: von dir gewählt</translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation>Im Symbol: am nächsten an der Grenze</translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation>Von {first} bis {last}</translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation>hält neue Läufe zurück</translation>
    </message>
</context>
<context>
    <name>BudgetsSection</name>
    <message>
        <source>Budgets</source>
        <translation>Budgets</translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message>
        <source>Chain: {chain}</source>
        <translation>Kette: {chain}</translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation>Links und Rechts gehen von Messung zu Messung, Bild auf und Bild ab durch die Zeit, Plus und Minus zoomen</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation>Die Pfeiltasten gehen von Stunde zu Stunde</translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation>&amp;Verstanden</translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation>Blendet diese Erklärung für immer aus.</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation>&amp;Fenster</translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation>&amp;Stunden</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>&amp;Token</translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation>&amp;Bild kopieren</translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation>Tabelle &amp;kopieren</translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation>Jede gezeigte Messung, Stunde oder jeder Tag, als CSV</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>T&amp;ag</translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation>&amp;Woche</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>&amp;Monat</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen …</translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation>Token nach</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>Nach Modell</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>Nach Projekt</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>Das Bild ist in der Zwischenablage.</translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation>Den &amp;nächsten durchlassen</translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation>Der Start, der am längsten wartet, beginnt, was immer das Gate sagt.</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation>Reset</translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation>Schließt das Gate</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation>Bindend: {reason}</translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation>Was neue Agenten zurückhält</translation>
    </message>
    <message>
        <source>Read now</source>
        <translation>Jetzt abfragen</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation>Konten und Routen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Willkommen</translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation>nächste Messung {time}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation>Der Endpunkt nennt keine Limits für diese Anmeldung.</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>&amp;Noch einmal nachsehen</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>&amp;Noch einmal versuchen</translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation>&amp;Seltener abfragen …</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>Details &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation>Übersteuern &amp;beenden</translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation>Bis Reset &amp;übersteuern</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation>Es gibt keine aktuelle Messung deiner Nutzung</translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation>Nur Läufe für {model} werden zurückgehalten: „{setting}“ ist aus ({key})</translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation>Auch Läufe ohne Modell werden zurückgehalten: „{setting}“ ist an ({key})</translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation>Deine Nutzung wurde noch nicht abgefragt.</translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation>Diese Zahlen sind {age} alt.</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>&amp;Jetzt abfragen</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation>Konten und Routen</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Konten</translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation>&amp;Routen</translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation>Bis zum Reset der &amp;Sitzung</translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation>Bis zum Reset ihrer &amp;Woche</translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation>&amp;30 Minuten</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1 Stunde</translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation>&amp;2 Stunden</translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation>Bis ich &amp;fortsetze</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>{scope} fortsetzen</translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation>{scope} fortsetzen (bis {time})</translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation>bis du fortsetzt</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>bis {time}</translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation>&amp;Nur pausieren ({count} aktiv)</translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation>&amp;Nur pausieren</translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation>und {count} weitere: ringfence pause</translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation>Von dir pausiert</translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation>Nutzungsringe: {windows}</translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation>Nutzungsringe: noch keine Messung</translation>
    </message>
    <message>
        <source>session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>week</source>
        <translation>Woche</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation>über {percent}</translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation>Halt {percent}</translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation>wartet auf eine zweite Messung</translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation>{tokens} pro Minute</translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation>Läuft gerade</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation>Schwellen</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Abfrage</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>Gate</translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation>Wartende Läufe</translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation>Mehrere Konten</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation>Bei der Anmeldung</translation>
    </message>
    <message>
        <source>The last reading shows no week of a single model.</source>
        <translation>Die letzte Messung zeigt keine Woche eines einzelnen Modells.</translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation>Aus: Dafür gilt die Schwelle der Woche.</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation>&amp;Speichern und Gate schließen</translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation>Jetzt {numbers}.</translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation>Ringfence bei der Anmeldung starten</translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation>Im Hintergrund, ohne Fenster.</translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation>Pausieren</translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation>Schwelle {window}, Prozent, Schieberegler</translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation>Schwelle {window}, Prozent</translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation>Schwelle {window}</translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation>Links und Rechts gehen von Tag zu Tag, Auf und Ab innerhalb eines Tages</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation>Ringfence &amp;öffnen</translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation>Neue Agenten &amp;pausieren</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation>Bis zum Reset &amp;übersteuern</translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation>&amp;Übersteuern beenden</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>&amp;Jetzt abfragen</translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation>&amp;Konten und Routen …</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>&amp;Verlauf …</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;Einstellungen …</translation>
    </message>
    <message>
        <source>&amp;Welcome…</source>
        <translation>&amp;Willkommen …</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>Prozent</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
</context>
<context>
    <name>WelcomeWindow</name>
    <message>
        <source>Welcome</source>
        <translation>Willkommen</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>&amp;Nicht jetzt</translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation>Schließt dieses Fenster und wählt nichts</translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation>Alles davon lässt sich in den Einstellungen ändern.</translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation>Was gelesen und gesendet wird</translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation>&amp;Demo zeigen</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Noch einmal n&amp;achsehen</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>Schwellen</translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation>&amp;Claude Code fragt, bevor es neue Arbeit beginnt</translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>{scope} fortsetzen</translation>
    </message>
</context>
</TS>
