"""Autostart on Windows: a value of the person's Run key.

What the person switched off under Settings > Apps > Startup stands in StartupApproved, as bytes of which the first is
odd. That is theirs: it is told, and not fought. A Run key carries no environment: a RINGFENCE_HOME that moves the files
must be set for the account, as `setx` does, and not in one shell.
"""

from __future__ import annotations

import importlib
import ntpath
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any, Protocol

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.system_ports import Autostart, AutostartSpec, AutostartState, Host

RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
ENVIRONMENT, MOVED = "Environment", "RINGFENCE_HOME"
"""Where Windows keeps the variables of an account."""
NAME = "Ringfence"
"""The value's name; the installer writes the same one."""
WHERE = rf"HKEY_CURRENT_USER\{RUN}\{NAME}"


class Registry(Protocol):
    """The part of HKEY_CURRENT_USER that is needed. Every method raises OSError."""

    def read(self, key: str, name: str) -> str | bytes | None:
        """Return a value; None: there is no such value."""
        ...

    def write(self, key: str, name: str, value: str) -> None:
        """Write a text, its key made when missing."""
        ...

    def delete(self, key: str, name: str) -> None:
        """Delete a value that is there."""
        ...


class RunKey:
    """The person's Run key."""

    def __init__(self, host: Host, registry: Registry, is_file: Callable[[str], bool] = os.path.isfile) -> None:
        self._host, self._registry, self._is_file = host, registry, is_file

    def state(self) -> AutostartState:
        """Tell what Windows will do. Raises FileError."""
        try:
            given = self._registry.read(RUN, NAME)
            approved = self._registry.read(APPROVED, NAME)
        except OSError as error:
            raise FileError.of("read", WHERE, error) from None
        if not isinstance(given, str):
            return AutostartState(on=False, where=WHERE)
        program = _program(given)
        if not self._is_file(program):
            note = Sentence("{path} starts {program}, which is not there any more.", path=WHERE, program=program)
            return AutostartState(on=False, where=WHERE, note=note)
        if isinstance(approved, bytes) and approved and approved[0] % 2:
            note = Sentence("Windows has it switched off: switch it on under Settings, Apps, Startup.")
            return AutostartState(on=False, where=WHERE, note=note, theirs=True)
        if ntpath.normcase(program) == ntpath.normcase(self._host.command[0]):
            return AutostartState(on=True, where=WHERE, note=self._elsewhere())
        note = Sentence("It starts another Ringfence than this one: {program}.", program=program)
        return AutostartState(on=True, where=WHERE, note=note)

    def _elsewhere(self) -> str:
        """Say that it would not find the files that this Ringfence uses; empty: it does."""
        moved = self._host.environ.get(MOVED)
        try:
            if not moved or self._registry.read(ENVIRONMENT, MOVED) == moved:
                return ""
        except OSError as error:
            raise FileError.of("read", rf"HKEY_CURRENT_USER\{ENVIRONMENT}\{MOVED}", error) from None
        return Sentence(
            "It starts with RINGFENCE_HOME as your account has it, not as it is set here; to have the same files, run"
            ' `setx RINGFENCE_HOME "{path}"`.',
            path=moved,
        )

    def switch(self, *, on: bool) -> None:
        """Write the value, or take it away. Raises FileError."""
        try:
            if on:
                self._registry.write(RUN, NAME, _line(self._host.command))
            elif self._registry.read(RUN, NAME) is not None:
                self._registry.delete(RUN, NAME)
        except OSError as error:
            raise FileError.of("write", WHERE, error) from None


class WindowsRegistry:
    """The machine's own registry."""

    def __init__(self, winreg: Any = None) -> None:  # noqa: ANN401 - a module that other systems do not have
        self._winreg = winreg or importlib.import_module("winreg")

    def read(self, key: str, name: str) -> str | bytes | None:
        """Return a value; None: there is no such value."""
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, key) as opened:
                value, _ = self._winreg.QueryValueEx(opened, name)
        except FileNotFoundError:
            return None
        return value if isinstance(value, (str, bytes)) else None

    def write(self, key: str, name: str, value: str) -> None:
        """Write a text, its key made when missing."""
        with self._winreg.CreateKey(self._winreg.HKEY_CURRENT_USER, key) as opened:
            self._winreg.SetValueEx(opened, name, 0, self._winreg.REG_SZ, value)

    def delete(self, key: str, name: str) -> None:
        """Delete a value that is there."""
        access = self._winreg.KEY_SET_VALUE
        with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, key, 0, access) as opened:
            self._winreg.DeleteValue(opened, name)


def _line(command: tuple[str, ...]) -> str:
    return f'"{command[0]}" {subprocess.list2cmdline([*command[1:], "--background"])}'


def _program(line: str) -> str:
    found = re.match(r'\s*(?:"([^"]*)"|(\S+))', line)
    return (found[1] or found[2] or "") if found else ""


def _build(host: Host) -> Autostart:
    return RunKey(host, WindowsRegistry())


SPEC = AutostartSpec(id="windows", platform="win32", build=_build)
