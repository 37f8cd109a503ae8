# Ringfence for PowerShell 5.1 and 7: ask the gate before a new agent run. Read it in:  . ringfence.ps1
#
#   Get-RingfenceVerdict                                open, closed or unknown
#   Test-RingfenceMayStart [-IfUnknown open|closed]     $true or $false; unknown starts, with one warning a session
#   Invoke-RingfenceGuard COMMAND ...                   starts COMMAND, or sets $LASTEXITCODE to 75 and says why
#
# $env:RINGFENCE_IF_UNKNOWN = 'closed' makes the last two hold what is unknown, where no option says otherwise.
#
# They answer the launch that names no account, model or class, from the first line of gate.json, without a process.

$script:RingfenceTold = $false

function Get-RingfenceGateFile {
    # The rule of `ringfence gate path`. Windows PowerShell 5.1 has no $IsMacOS and is never on one.
    if ($env:RINGFENCE_HOME) {
        $folder = $env:RINGFENCE_HOME
        if ($folder -match '^~[/\\]') { $folder = Join-Path $HOME $folder.Substring(2) }
    }
    elseif ([System.Environment]::OSVersion.Platform -eq 'Win32NT') {
        $base = $env:LOCALAPPDATA
        if (-not $base) { $base = Join-Path (Join-Path $HOME 'AppData') 'Local' }
        $folder = Join-Path $base 'ringfence'
    }
    elseif (Get-Variable -Name IsMacOS -ValueOnly -ErrorAction Ignore) {
        $folder = Join-Path $HOME 'Library/Application Support/ringfence'
    }
    else {
        $base = $env:XDG_STATE_HOME
        if (-not $base -or -not $base.StartsWith('/')) { $base = Join-Path $HOME '.local/state' }
        $folder = Join-Path $base 'ringfence'
    }
    $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath((Join-Path $folder 'gate.json'))
}

function Get-RingfenceVerdict {
    $stream = $null
    try {
        $file = New-Object System.IO.FileInfo (Get-RingfenceGateFile)
        if (-not $file.Exists -or ($file.Attributes -band [System.IO.FileAttributes]::ReparsePoint)) { return 'unknown' }
        # The writer replaces the file while it is open here: Delete must be shared.
        $share = [System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete
        $stream = New-Object System.IO.FileStream ($file.FullName, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
        $bytes = New-Object byte[] 80
        $length = $stream.Read($bytes, 0, $bytes.Length)
        $start = [System.Text.Encoding]::UTF8.GetString($bytes, 0, $length)
    }
    catch {
        return 'unknown'
    }
    finally {
        if ($stream) { $stream.Dispose() }
    }
    $line = '^\{"verdict":"(open|closed)","valid_until":(null|0|[1-9][0-9]{0,10}),\n'
    if (-not ($start -cmatch $line)) { return 'unknown' }
    $verdict = $Matches[1]
    if ($Matches[2] -eq 'null') {
        # A pause without an end; open always has one.
        if ($verdict -eq 'closed') { return 'closed' }
        return 'unknown'
    }
    $left = [long]$Matches[2] - [System.DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    # Open holds for a lease of 900 s at most; one that ends later was written under another clock.
    if ($left -le 0 -or ($verdict -eq 'open' -and $left -gt 1020)) { return 'unknown' }
    $verdict
}

function Test-RingfenceMayStart {
    param([ValidateSet('open', 'closed')] [string] $IfUnknown = $(if ($env:RINGFENCE_IF_UNKNOWN -eq 'closed') { 'closed' } else { 'open' }))
    $verdict = Get-RingfenceVerdict
    if ($verdict -ne 'unknown') { return $verdict -eq 'open' }
    if ($IfUnknown -eq 'closed' -or -not $script:RingfenceTold) {
        Write-Warning "Ringfence: the gate is unknown, taken as $IfUnknown; start the monitor with 'ringfence'."
    }
    if ($IfUnknown -eq 'open') { $script:RingfenceTold = $true }
    $IfUnknown -eq 'open'
}

function Invoke-RingfenceGuard {
    # No param block: each argument, also one that looks like an option, is the command's.
    if ($args.Count -eq 0) { throw 'Name the command to start: Invoke-RingfenceGuard COMMAND ...' }
    $command = $args[0]
    if (-not (Test-RingfenceMayStart)) {
        [System.Console]::Error.WriteLine("ringfence: $command was not started; 'ringfence status' says what holds it.")
        $global:LASTEXITCODE = 75
        return
    }
    $rest = @($args | Select-Object -Skip 1)
    & $command @rest
}
