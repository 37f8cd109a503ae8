<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BudgetsSection</name>
    <message>
        <source>Budgets</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message>
        <source>Chain: {chain}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>week</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>percent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomeWindow</name>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
