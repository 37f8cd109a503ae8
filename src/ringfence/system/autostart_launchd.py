"""Autostart on macOS: a LaunchAgent in ~/Library/LaunchAgents, which launchd reads at the next sign-in.

launchctl is never called: it would start a second tray at once. What the person switched off in System Settings (Login
Items) is kept where only the system reads it, so that a file that is there may still be held back.
"""

from __future__ import annotations

import os
import plistlib
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from ringfence import foreign_files
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.shipped import shipped
from ringfence.system_ports import Autostart, AutostartSpec, AutostartState, Host
from ringfence.version import APP_ID


class LaunchAgent:
    """The person's LaunchAgent of our label."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._file = Path(host.environ.get("HOME") or Path.home()) / "Library/LaunchAgents" / f"{APP_ID}.plist"

    def state(self) -> AutostartState:
        """Tell what launchd will do with the file. Raises FileError."""
        where = str(self._file)
        agent = _agent(self._file)
        if agent is None:
            return AutostartState(on=False, where=where)
        program = _program(agent)
        if agent.get("Disabled") is True or agent.get("RunAtLoad") is not True:
            note = Sentence("{path} is switched off (Disabled or RunAtLoad in it).", path=where)
            return AutostartState(on=False, where=where, note=note)
        if not _is_ours(agent):
            note = Sentence(
                "{path} starts {program}, not Ringfence; change it there.",
                path=where, program=program or Sentence("nothing"),
            )  # fmt: skip
            return AutostartState(on=False, where=where, note=note, theirs=True)
        if not os.access(program, os.X_OK):
            note = Sentence("{path} starts {program}, which is not there any more.", path=where, program=program)
            return AutostartState(on=False, where=where, note=note)
        if Path(program) == Path(self._host.command[0]):
            return AutostartState(on=True, where=where)
        note = Sentence("It starts another Ringfence than this one: {program}.", program=program)
        return AutostartState(on=True, where=where, note=note)

    def switch(self, *, on: bool) -> None:
        """Write the file, or take it away. Raises FileError."""
        agent = _agent(self._file)
        if agent is not None and not _is_ours(agent):
            raise FileError(
                Sentence(
                    "{path} starts {program}, not Ringfence; it was left as it is.",
                    path=self._file, program=_program(agent) or Sentence("nothing"),
                )
            )  # fmt: skip
        if not on:
            foreign_files.remove(self._file)
            return
        template = shipped(f"{APP_ID}.plist")
        if template is None:
            raise FileError(
                Sentence(
                    "This Ringfence was installed without its file {name}; install it again.", name=f"{APP_ID}.plist"
                )
            )
        wanted = plistlib.loads(template.read_bytes())
        wanted["ProgramArguments"] = [*self._host.command, *wanted["ProgramArguments"][1:]]
        if moved := self._host.environ.get("RINGFENCE_HOME"):  # what the shell has set is unknown to launchd
            wanted["EnvironmentVariables"] = {"RINGFENCE_HOME": str(Path(moved).expanduser().absolute())}
        foreign_files.replace(self._file, plistlib.dumps(wanted))


def _agent(path: Path) -> dict[str, Any] | None:
    """Return what a LaunchAgent says; None: there is no file. Raises FileError."""
    data = foreign_files.read(path)
    if data is None:
        return None
    try:
        found = plistlib.loads(data)
    except (ValueError, ExpatError, OverflowError, AttributeError, LookupError, TypeError):
        return {}  # launchd does not start it either; plistlib fails at a wrong date with the fourth
    return found if isinstance(found, dict) else {}


def _program(agent: dict[str, Any]) -> str:
    words = agent.get("ProgramArguments")
    first = words[0] if isinstance(words, list) and words else agent.get("Program")
    return first if isinstance(first, str) else ""


def _is_ours(agent: dict[str, Any]) -> bool:
    words = agent.get("ProgramArguments")
    named = {Path(w).name for w in words if isinstance(w, str)} if isinstance(words, list) else set()
    return not agent or "ringfence" in named


def _build(host: Host) -> Autostart:
    return LaunchAgent(host)


SPEC = AutostartSpec(id="launchd", platform="darwin", build=_build)
