<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation>Relever maintenant</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation>Dans l’icône</translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation>Compte {name}</translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation>Relever {name}</translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation>Mettre {name} en pause</translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation>Reprendre {name}</translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation>Afficher {name} dans l’icône</translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation>Dans l’icône&#xa0;: selon votre choix</translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation>Dans l’icône&#xa0;: le plus près de sa limite</translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation>De {first} à {last}</translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation>retient les exécutions</translation>
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
        <translation>Chaîne&#xa0;: {chain}</translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation>Gauche et Droite passent d’un relevé à l’autre, Page précédente et suivante dans le temps, plus et moins zooment</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation>Les flèches passent d’une heure à l’autre</translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation>&amp;Compris</translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation>Masque cette explication définitivement.</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>Historique</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Compte</translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation>&amp;Fenêtres</translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation>&amp;Heures</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>&amp;Jetons</translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation>Copier l’&amp;image</translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation>&amp;Copier le tableau</translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation>Chaque relevé, heure ou jour affiché, en CSV</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>J&amp;our</translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation>&amp;Semaine</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>&amp;Mois</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Plus tôt</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Plus tard</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Relevé en cours…</translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation>Jetons par</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>Par modèle</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>Par projet</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>L’image est dans le presse-papiers.</translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation>Laisser passer le s&amp;uivant</translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation>Le lancement qui attend depuis le plus longtemps démarre, quoi que dise la barrière.</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation>Réinitialisation</translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation>Ferme la barrière</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation>Actif&#xa0;: {reason}</translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation>Ce qui retient les nouveaux agents</translation>
    </message>
    <message>
        <source>Read now</source>
        <translation>Relever maintenant</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historique</translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation>Comptes et routes</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Bienvenue</translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation>prochain relevé {time}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation>Le serveur n’indique aucune limite pour cette connexion.</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>Vérifier à &amp;nouveau</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>&amp;Réessayer</translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation>Relever &amp;moins souvent…</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>&amp;Copier les détails</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Reprendre</translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation>Arrêter le &amp;forçage</translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation>&amp;Forcer jusqu’à la réinit.</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation>Aucun relevé récent de votre utilisation</translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation>Seules les exécutions {model} sont retenues&#xa0;: «&#xa0;{setting}&#xa0;» est désactivé ({key})</translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation>Les exécutions sans modèle sont aussi retenues&#xa0;: «&#xa0;{setting}&#xa0;» est activé ({key})</translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation>Votre utilisation n’a pas encore été relevée.</translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation>Ces chiffres datent de {age}.</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>Re&amp;lever maintenant</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation>Comptes et routes</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Comptes</translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation>&amp;Routes</translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation>Jusqu’à la réinit. de la &amp;session</translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation>Jusqu’à la réinit. de sa se&amp;maine</translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation>&amp;30 minutes</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1 heure</translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation>&amp;2 heures</translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation>Jusqu’à ma &amp;reprise</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>Reprendre {scope}</translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation>Reprendre {scope} (jusqu’à {time})</translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation>jusqu’à votre reprise</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>jusqu’à {time}</translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation>Pause &amp;ciblée ({count} en vigueur)</translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation>Pause &amp;ciblée</translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation>et {count} de plus&#xa0;: ringfence pause</translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation>En pause par vous</translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation>Anneaux d’utilisation&#xa0;: {windows}</translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation>Anneaux d’utilisation&#xa0;: aucun relevé</translation>
    </message>
    <message>
        <source>session</source>
        <translation>session</translation>
    </message>
    <message>
        <source>week</source>
        <translation>semaine</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation>plus de {percent}</translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation>arrêt {percent}</translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation>en attente d’un second relevé</translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation>{tokens} par minute</translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation>En cours</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation>Seuils</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Alertes</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Relevés</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>Barrière</translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation>Exécutions en attente</translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation>Plusieurs comptes</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Apparence</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation>À l’ouverture de session</translation>
    </message>
    <message>
        <source>The last reading shows no week of a single model.</source>
        <translation>Le dernier relevé n’indique aucune semaine d’un modèle en particulier.</translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation>Désactivé&#xa0;: le seuil de la semaine s’applique.</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Enregistrer</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Annuler</translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation>&amp;Enregistrer et fermer la barrière</translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation>Actuellement {numbers}.</translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation>Démarrer Ringfence à l’ouverture de session</translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation>En arrière-plan, sans fenêtre.</translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation>Seuil {window}, pour cent, curseur</translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation>Seuil {window}, pour cent</translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation>Seuil {window}</translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation>Gauche et Droite passent d’un jour à l’autre, Haut et Bas dans un jour</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation>Démarrage</translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation>&amp;Ouvrir Ringfence</translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation>Mettre les nouveaux agents en &amp;pause</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>&amp;Reprendre</translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation>&amp;Forcer jusqu’à la réinitialisation</translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation>Arrêter le &amp;forçage</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>Re&amp;lever maintenant</translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation>Comptes et rou&amp;tes…</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>&amp;Historique…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>Ré&amp;glages…</translation>
    </message>
    <message>
        <source>&amp;Welcome…</source>
        <translation>&amp;Bienvenue…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>seconds</source>
        <translation>secondes</translation>
    </message>
    <message>
        <source> s</source>
        <translation>&#xa0;s</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>pour cent</translation>
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
        <translation>Bienvenue</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>Co&amp;mmencer</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>&amp;Plus tard</translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation>Ferme cette fenêtre sans rien choisir</translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation>Tout peut être modifié dans les réglages.</translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation>Ce qui est lu et envoyé</translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation>Voir la &amp;démo</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Vérifier à &amp;nouveau</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>Seuils</translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation>Cl&amp;aude Code demande avant tout nouveau travail</translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>Reprendre {scope}</translation>
    </message>
</context>
</TS>
