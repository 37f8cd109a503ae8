"""PowerShell: functions that ask the gate without starting a process, and a line that reads them in."""

from __future__ import annotations

from pathlib import Path

from ringfence.adapter_ports import AdapterSpec
from ringfence.launch._functions import Functions
from ringfence.sentence import N_, Sentence


def _line(path: Path) -> str:
    return f"if (Test-Path -LiteralPath {_quoted(path)}) {{ . {_quoted(path)} }}"


def _guard(program: str, path: Path) -> list[str]:
    script = f"$LASTEXITCODE = 0; . {_quoted(path)}; Invoke-RingfenceGuard Write-Output started; exit $LASTEXITCODE"
    # Else Windows refuses every script by its default policy; it is changed for this one process.
    return [program, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", script]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


SPEC = AdapterSpec(
    id="powershell",
    label=N_("PowerShell functions"),
    help=N_("Invoke-RingfenceGuard and Test-RingfenceMayStart for PowerShell."),
    adapter=Functions(
        id="powershell",
        name="ringfence.ps1",
        line=_line,
        where=Sentence("the file that $PROFILE names"),
        programs=("pwsh", "powershell"),
        guard=_guard,
    ),
)
