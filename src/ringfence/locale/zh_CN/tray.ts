<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation>立即读取</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation>在图标中显示</translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation>账户 {name}</translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation>立即读取 {name}</translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation>暂停 {name}</translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation>恢复 {name}</translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation>在图标中显示 {name}</translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation>托盘图标：由你选择</translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation>托盘图标：最接近限额</translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation>从 {first} 到 {last}</translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation>正在拦下新运行</translation>
    </message>
</context>
<context>
    <name>BudgetsSection</name>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message>
        <source>Chain: {chain}</source>
        <translation>链：{chain}</translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation>左右键逐个读数移动，Page Up 和 Page Down 沿时间移动，加减号缩放</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation>方向键逐小时移动</translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation>知道了(&amp;I)</translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation>不再显示此说明。</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation>窗口(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation>时段(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>Token(&amp;T)</translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation>复制图片(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation>复制表格(&amp;C)</translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation>以 CSV 复制显示的所有读数、小时或日期</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>日(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation>周(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>月(&amp;M)</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>更早</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>更晚</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation>Token 分类</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>按模型</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>按项目</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>图片已复制到剪贴板。</translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation>放行下一个(&amp;N)</translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation>无论闸门如何，启动等待最久的运行。</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation>关闸线</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation>生效：{reason}</translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation>拦下新智能体的原因</translation>
    </message>
    <message>
        <source>Read now</source>
        <translation>立即读取</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation>账户与路由</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation>下次读取 {time}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation>端点未给出此登录的限额。</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>再次查看(&amp;A)</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>重试(&amp;A)</translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation>降低读取频率(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>复制详情(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>恢复(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation>结束放行(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation>放行至重置(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation>没有最新的用量读数</translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation>仅拦下 {model} 的运行：“{setting}”已关闭（{key}）</translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation>未指定模型的运行也被拦下：“{setting}”已开启（{key}）</translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation>尚未读取你的用量。</translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation>这些数字来自 {age}前。</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>立即读取(&amp;R)</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation>账户与路由</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>账户(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation>路由(&amp;R)</translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation>直到会话重置(&amp;S)</translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation>直到本周重置(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation>&amp;30 分钟</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1 小时</translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation>&amp;2 小时</translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation>直到我恢复(&amp;U)</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>恢复 {scope}</translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation>恢复 {scope}（至 {time}）</translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation>直到你恢复</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>至 {time}</translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation>仅暂停(&amp;O)（{count} 个生效）</translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation>仅暂停(&amp;O)</translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation>另有 {count} 个：ringfence pause</translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation>由你暂停</translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation>用量圆环：{windows}</translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation>用量圆环：尚无读数</translation>
    </message>
    <message>
        <source>session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>week</source>
        <translation>本周</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation>超过 {percent}</translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation>停止 {percent}</translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation>等待第二次读数</translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation>每分钟 {tokens}</translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation>正在运行</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>提醒</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>闸门</translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation>等待的运行</translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation>多个账户</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation>登录时</translation>
    </message>
    <message>
        <source>The last reading shows no week of a single model.</source>
        <translation>最近一次读数中没有单个模型的本周用量。</translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation>关闭：使用周阈值。</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation>保存并关闭闸门(&amp;S)</translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation>目前 {numbers}。</translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation>登录时启动 Ringfence</translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation>在后台，不打开窗口。</translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation>{window}阈值，百分比，滑块</translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation>{window}阈值，百分比</translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation>{window}阈值</translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation>左右键逐日移动，上下键在一天内移动</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation>打开 Ringfence(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation>暂停新智能体(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>恢复(&amp;U)</translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation>放行至重置(&amp;V)</translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation>结束放行(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>立即读取(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation>账户与路由(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>历史(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>设置(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Welcome…</source>
        <translation>欢迎(&amp;W)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>百分比</translation>
    </message>
    <message>
        <source> %</source>
        <translation>%</translation>
    </message>
</context>
<context>
    <name>WelcomeWindow</name>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>暂不(&amp;N)</translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation>关闭此窗口，不作选择</translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation>以上均可在设置中更改。</translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation>读取和发送的内容</translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation>查看演示(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>再次查看(&amp;L)</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation>Claude Code 在开始新工作前先询问(&amp;A)</translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>恢复 {scope}</translation>
    </message>
</context>
</TS>
