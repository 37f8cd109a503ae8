<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>AccountCard</name>
    <message>
        <source>Read now</source>
        <translation>今すぐ測定</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>一時停止</translation>
    </message>
    <message>
        <source>Unpause</source>
        <translation>再開</translation>
    </message>
    <message>
        <source>Show in the icon</source>
        <translation>アイコンに表示</translation>
    </message>
    <message>
        <source>Account {name}</source>
        <translation>アカウント {name}</translation>
    </message>
    <message>
        <source>Read {name} now</source>
        <translation>{name} を今すぐ測定</translation>
    </message>
    <message>
        <source>Pause {name}</source>
        <translation>{name} を一時停止</translation>
    </message>
    <message>
        <source>Unpause {name}</source>
        <translation>{name} を再開</translation>
    </message>
    <message>
        <source>Show {name} in the icon</source>
        <translation>{name} をアイコンに表示</translation>
    </message>
    <message>
        <source>In the tray icon: as you chose</source>
        <translation>トレイアイコン: 選択中</translation>
    </message>
    <message>
        <source>In the tray icon: the closest to its limit</source>
        <translation>トレイアイコン: 上限に最も近い</translation>
    </message>
</context>
<context>
    <name>Axis</name>
    <message>
        <source>From {first} to {last}</source>
        <translation>{first}から{last}まで</translation>
    </message>
</context>
<context>
    <name>BudgetRow</name>
    <message>
        <source>holds new runs</source>
        <translation>実行を保留中</translation>
    </message>
</context>
<context>
    <name>BudgetsSection</name>
    <message>
        <source>Budgets</source>
        <translation>予算</translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message>
        <source>Chain: {chain}</source>
        <translation>チェーン: {chain}</translation>
    </message>
</context>
<context>
    <name>CoursePlot</name>
    <message>
        <source>Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom</source>
        <translation>左右キーで測定間を移動、Page Up と Page Down で時間を移動、プラスとマイナスで拡大縮小</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>The arrow keys move from hour to hour</source>
        <translation>矢印キーで1時間ずつ移動</translation>
    </message>
</context>
<context>
    <name>HintRow</name>
    <message>
        <source>Got &amp;it</source>
        <translation>了解(&amp;I)</translation>
    </message>
    <message>
        <source>Hides this explanation for good.</source>
        <translation>この説明を今後表示しません。</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>履歴</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>アカウント</translation>
    </message>
    <message>
        <source>W&amp;indows</source>
        <translation>ウィンドウ(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Hours</source>
        <translation>時間帯(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>トークン(&amp;T)</translation>
    </message>
    <message>
        <source>Copy &amp;picture</source>
        <translation>画像をコピー(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Copy table</source>
        <translation>表をコピー(&amp;C)</translation>
    </message>
    <message>
        <source>Every reading, hour or day that is shown, as CSV</source>
        <translation>表示中の測定・時間・日をすべて CSV で</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>日(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Week</source>
        <translation>週(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>月(&amp;M)</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>前へ</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>次へ</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>読み込み中…</translation>
    </message>
    <message>
        <source>Tokens by</source>
        <translation>トークンの内訳</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>モデル別</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>プロジェクト別</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>画像をコピーしました。</translation>
    </message>
</context>
<context>
    <name>LaunchesRow</name>
    <message>
        <source>Let the &amp;next one through</source>
        <translation>次の1件を通す(&amp;N)</translation>
    </message>
    <message>
        <source>The launch that has waited longest starts, whatever the gate says.</source>
        <translation>最も長く待っている開始要求を、ゲートに関係なく開始します。</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Reset</source>
        <translation>リセット</translation>
    </message>
    <message>
        <source>Closes the gate</source>
        <translation>ゲートを閉じる線</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Binds: {reason}</source>
        <translation>適用中: {reason}</translation>
    </message>
    <message>
        <source>What holds new agents</source>
        <translation>新規エージェントを保留する理由</translation>
    </message>
    <message>
        <source>Read now</source>
        <translation>今すぐ測定</translation>
    </message>
    <message>
        <source>History</source>
        <translation>履歴</translation>
    </message>
    <message>
        <source>Accounts and routes</source>
        <translation>アカウントとルート</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>ようこそ</translation>
    </message>
    <message>
        <source>next reading {time}</source>
        <translation>次の測定 {time}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>The endpoint names no limits for this login.</source>
        <translation>エンドポイントはこのログインの上限を示していません。</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>再確認(&amp;A)</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>再試行(&amp;A)</translation>
    </message>
    <message>
        <source>Read &amp;less often…</source>
        <translation>測定頻度を下げる(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>詳細をコピー(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>再開(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;End override</source>
        <translation>解除を終了(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Override until reset</source>
        <translation>リセットまで解除(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>There is no fresh reading of your usage</source>
        <translation>使用量の最新の測定がありません</translation>
    </message>
    <message>
        <source>Only runs for {model} are held: “{setting}” is off ({key})</source>
        <translation>{model} の実行だけを保留中:「{setting}」はオフ（{key}）</translation>
    </message>
    <message>
        <source>Runs that name no model are held too: “{setting}” is on ({key})</source>
        <translation>モデル指定のない実行も保留中:「{setting}」はオン（{key}）</translation>
    </message>
    <message>
        <source>Your usage has not been read yet.</source>
        <translation>使用量はまだ測定されていません。</translation>
    </message>
    <message>
        <source>These numbers are {age} old.</source>
        <translation>この数値は{age}前のものです。</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>今すぐ測定(&amp;R)</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Accounts and routes</source>
        <translation>アカウントとルート</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>アカウント(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Routes</source>
        <translation>ルート(&amp;R)</translation>
    </message>
</context>
<context>
    <name>Pause</name>
    <message>
        <source>Until the &amp;session resets</source>
        <translation>セッションのリセットまで(&amp;S)</translation>
    </message>
    <message>
        <source>Until its &amp;week resets</source>
        <translation>週のリセットまで(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;30 minutes</source>
        <translation>&amp;30分間</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1時間</translation>
    </message>
    <message>
        <source>&amp;2 hours</source>
        <translation>&amp;2時間</translation>
    </message>
    <message>
        <source>Until I &amp;unpause</source>
        <translation>再開するまで(&amp;U)</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>{scope}を再開</translation>
    </message>
    <message>
        <source>Unpause {scope} (until {time})</source>
        <translation>{scope}を再開（{time}まで）</translation>
    </message>
    <message>
        <source>until you unpause</source>
        <translation>再開するまで</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>{time}まで</translation>
    </message>
</context>
<context>
    <name>PauseOnlyMenu</name>
    <message>
        <source>Pause &amp;only ({count} in force)</source>
        <translation>個別に一時停止(&amp;O)（{count}件）</translation>
    </message>
    <message>
        <source>Pause &amp;only</source>
        <translation>個別に一時停止(&amp;O)</translation>
    </message>
    <message>
        <source>and {count} more: ringfence pause</source>
        <translation>ほか{count}件: ringfence pause</translation>
    </message>
</context>
<context>
    <name>PausesSection</name>
    <message>
        <source>Paused by you</source>
        <translation>一時停止中</translation>
    </message>
</context>
<context>
    <name>Rings</name>
    <message>
        <source>Usage rings: {windows}</source>
        <translation>使用量リング: {windows}</translation>
    </message>
    <message>
        <source>Usage rings: no reading yet</source>
        <translation>使用量リング: まだ測定なし</translation>
    </message>
    <message>
        <source>session</source>
        <translation>セッション</translation>
    </message>
    <message>
        <source>week</source>
        <translation>週</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>over {percent}</source>
        <translation>{percent}超過</translation>
    </message>
    <message>
        <source>stop {percent}</source>
        <translation>停止 {percent}</translation>
    </message>
    <message>
        <source>waiting for a second reading</source>
        <translation>再測定待ち</translation>
    </message>
</context>
<context>
    <name>RunRow</name>
    <message>
        <source>{tokens} a minute</source>
        <translation>毎分 {tokens}</translation>
    </message>
</context>
<context>
    <name>RunsSection</name>
    <message>
        <source>Running now</source>
        <translation>実行中</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Thresholds</source>
        <translation>しきい値</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>測定</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>ゲート</translation>
    </message>
    <message>
        <source>Waiting runs</source>
        <translation>待機中の実行</translation>
    </message>
    <message>
        <source>Several accounts</source>
        <translation>複数のアカウント</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外観</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>At sign-in</source>
        <translation>サインイン時</translation>
    </message>
    <message>
        <source>The last reading shows no week of a single model.</source>
        <translation>最後の測定にモデルごとの週はありません。</translation>
    </message>
    <message>
        <source>Off: the week&apos;s threshold counts for it.</source>
        <translation>オフ: 週のしきい値が適用されます。</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>キャンセル(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Save and close the gate</source>
        <translation>保存してゲートを閉じる(&amp;S)</translation>
    </message>
    <message>
        <source>Now {numbers}.</source>
        <translation>現在 {numbers}。</translation>
    </message>
</context>
<context>
    <name>StartRow</name>
    <message>
        <source>Start Ringfence when I sign in</source>
        <translation>サインイン時に Ringfence を起動</translation>
    </message>
    <message>
        <source>In the background, without a window.</source>
        <translation>バックグラウンドで、ウィンドウなし。</translation>
    </message>
</context>
<context>
    <name>StateLine</name>
    <message>
        <source>Pause</source>
        <translation>一時停止</translation>
    </message>
</context>
<context>
    <name>ThresholdRow</name>
    <message>
        <source>{window} threshold, percent, slider</source>
        <translation>{window}のしきい値、パーセント、スライダー</translation>
    </message>
    <message>
        <source>{window} threshold, percent</source>
        <translation>{window}のしきい値、パーセント</translation>
    </message>
    <message>
        <source>{window} threshold</source>
        <translation>{window}のしきい値</translation>
    </message>
</context>
<context>
    <name>TokenDays</name>
    <message>
        <source>Left and Right move from day to day, Up and Down within a day</source>
        <translation>左右キーで日を移動、上下キーで日の中を移動</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Starting</source>
        <translation>起動中</translation>
    </message>
    <message>
        <source>&amp;Open Ringfence</source>
        <translation>Ringfence を開く(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause new agents</source>
        <translation>新規エージェントを一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Unpause</source>
        <translation>再開(&amp;U)</translation>
    </message>
    <message>
        <source>O&amp;verride until reset</source>
        <translation>リセットまで解除(&amp;V)</translation>
    </message>
    <message>
        <source>End the o&amp;verride</source>
        <translation>解除を終了(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Read now</source>
        <translation>今すぐ測定(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Accounts and routes…</source>
        <translation>アカウントとルート(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>履歴(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>設定(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Welcome…</source>
        <translation>ようこそ(&amp;W)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>終了(&amp;Q)</translation>
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
        <translation>パーセント</translation>
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
        <translation>ようこそ</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>開始(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>後で(&amp;N)</translation>
    </message>
    <message>
        <source>Closes this window and chooses nothing</source>
        <translation>何も選ばずにこのウィンドウを閉じます</translation>
    </message>
    <message>
        <source>All of it can be changed in the settings.</source>
        <translation>すべて設定で変更できます。</translation>
    </message>
    <message>
        <source>What is read and sent</source>
        <translation>読み取りと送信の内容</translation>
    </message>
    <message>
        <source>Show the &amp;demo</source>
        <translation>デモを見る(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>再確認(&amp;L)</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>しきい値</translation>
    </message>
    <message>
        <source>Claude Code &amp;asks before it starts new work</source>
        <translation>Claude Code が新しい作業の前に確認する(&amp;A)</translation>
    </message>
</context>
<context>
    <name>_PauseRow</name>
    <message>
        <source>Unpause</source>
        <translation>再開</translation>
    </message>
    <message>
        <source>Unpause {scope}</source>
        <translation>{scope}を再開</translation>
    </message>
</context>
</TS>
