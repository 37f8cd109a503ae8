"""Autostart on freedesktop's desktops: an entry in XDG_CONFIG_HOME/autostart, which goes before /etc/xdg/autostart.

The desktop's own settings write into the same file: Hidden=true (the specification), X-GNOME-Autostart-enabled=false
(GNOME Tweaks, Xfce, MATE). What is told is what the desktop will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ringfence import foreign_files
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.shipped import shipped
from ringfence.system import _entry
from ringfence.system_ports import Autostart, AutostartSpec, AutostartState, Host
from ringfence.version import APP_ID

FILE = f"autostart/{APP_ID}.desktop"
KEPT = ("[Desktop Entry]", "Type", "Version", "Name", "GenericName", "Comment", "Icon", "Terminal")
"""What an autostart entry has of the menu's."""
ENABLED = "X-GNOME-Autostart-enabled"


class XdgAutostart:
    """The person's autostart entry, and the system's below it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._own = _config_home(host) / FILE

    def state(self) -> AutostartState:
        """Tell what the desktop will do. Raises FileError when it cannot be told."""
        for path in (self._own, *self._system()):
            keys = _keys(path)
            if keys is not None:
                return self._judged(path, keys)
        return AutostartState(on=False, where=str(self._own))

    def switch(self, *, on: bool) -> None:
        """Write the person's entry; off, take it away, or hide the system's with it. Raises FileError."""
        there = foreign_files.read(self._own)
        keys = _entry.keys_of(there.decode("utf-8", "replace")) if there is not None else {}
        if _entry.program_of(keys) and not _entry.starts_ringfence(keys):
            raise FileError(
                Sentence(
                    "{path} starts {program}, not Ringfence; it was left as it is.",
                    path=self._own, program=_entry.program_of(keys),
                )
            )  # fmt: skip
        hides = any(path.exists() for path in self._system())
        if not on and not hides:
            foreign_files.remove(self._own)
            return
        content = self._content(hidden=not on).encode()
        if content != there:
            foreign_files.replace(self._own, content)

    def _judged(self, path: Path, keys: Mapping[str, str]) -> AutostartState:
        where, program = str(path), _entry.program_of(keys)
        if _entry.is_true(keys, "Hidden", absent=False):
            return AutostartState(on=False, where=where)
        if not _entry.is_true(keys, ENABLED, absent=True):
            note = Sentence("The desktop's own settings have switched it off.")
            return AutostartState(on=False, where=where, note=note)
        if not self._is_for_this_desktop(keys):
            return AutostartState(on=False, where=where, note=Sentence("{path} is not for this desktop.", path=where))
        if not _entry.starts_ringfence(keys):
            note = Sentence(
                "{path} starts {program}, not Ringfence; change it there.",
                path=where, program=program or Sentence("nothing"),
            )  # fmt: skip
            return AutostartState(on=False, where=where, note=note, theirs=True)
        gone = next((p for p in (keys.get("TryExec", program), program) if not self._is_there(p)), None)
        if gone is not None:
            note = Sentence("{path} starts {program}, which is not there any more.", path=where, program=gone)
            return AutostartState(on=False, where=where, note=note)
        return AutostartState(on=True, where=where, note=self._other(keys))

    def _other(self, keys: Mapping[str, str]) -> str:
        """Say that another Ringfence is started than this one; empty: it is this one."""
        program, own = _entry.program_of(keys), self._host.command
        found = Path(program)
        same = found.is_absolute() and Path(own[0]).exists() and found.samefile(own[0])
        if same or _entry.started_by(keys)[: len(own)] == own or not found.is_absolute():
            return ""
        return Sentence("It starts another Ringfence than this one: {program}.", program=program)

    def _is_there(self, program: str) -> bool:
        return _entry.is_there(program, self._host.environ.get("PATH"))

    def _is_for_this_desktop(self, keys: Mapping[str, str]) -> bool:
        present = set(self._host.environ.get("XDG_CURRENT_DESKTOP", "").split(":")) - {""}
        only, never = (set(keys.get(key, "").split(";")) - {""} for key in ("OnlyShowIn", "NotShowIn"))
        return (not only or bool(only & present)) and not never & present

    def _system(self) -> Iterator[Path]:
        given = self._host.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        return (Path(folder) / FILE for folder in given.split(":") if folder.startswith("/"))

    def _content(self, *, hidden: bool) -> str:
        menu = shipped(f"{APP_ID}.desktop")
        if menu is None:
            raise FileError(
                Sentence(
                    "This Ringfence was installed without its file {name}; install it again.", name=f"{APP_ID}.desktop"
                )
            )
        group = menu.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
        lines = [line for line in group if line.partition("=")[0].partition("[")[0] in KEPT or line in KEPT]
        lines.append(f"Exec={_entry.exec_line(_entry.words_of(self._host, '--background'))}")
        lines.append(f"TryExec={_entry.string_of(self._host.command[0])}")
        lines.append("Hidden=true" if hidden else f"{ENABLED}=true")
        return "\n".join(lines) + "\n"


def _config_home(host: Host) -> Path:
    given = host.environ.get("XDG_CONFIG_HOME", "")
    return Path(given) if Path(given).is_absolute() else Path(host.environ.get("HOME") or Path.home()) / ".config"


def _keys(path: Path) -> dict[str, str] | None:
    """Return an entry's keys, also behind a link, as the desktop reads it; None: there is no file. Raises FileError."""
    try:
        return _entry.keys_of(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError.of("read", path, error) from None


def _build(host: Host) -> Autostart:
    return XdgAutostart(host)


SPEC = AutostartSpec(id="xdg", platform="", build=_build)
