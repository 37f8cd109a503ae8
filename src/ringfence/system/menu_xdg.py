"""The menu of freedesktop's desktops: an entry and icons below XDG_DATA_HOME, for this person alone.

A package of the system has put them into /usr/share already: then nothing is written, for a second entry would hide the
first, and outlive it. What was written is remembered with its digest, so that nothing else is ever replaced or deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ringfence import foreign_files
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.shipped import shipped
from ringfence.system import _entry
from ringfence.system_ports import Host, Menu, MenuSpec, MenuState
from ringfence.version import APP_ID

FORMAT = 1
"""Of the receipt."""
ENTRY = f"applications/{APP_ID}.desktop"
ICONS = {
    f"icons/hicolor/scalable/apps/{APP_ID}.svg": "ringfence.svg",
    f"icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg": "ringfence-symbolic.svg",
    f"icons/hicolor/128x128/apps/{APP_ID}.png": "ringfence.png",
}
"""Place to the file of ours."""
CACHES = (
    ("applications/mimeinfo.cache", ("update-desktop-database", "-q")),
    ("icons/hicolor/icon-theme.cache", ("gtk-update-icon-cache", "-q", "-f", "-t")),
)
"""A cache that is there hides what it does not know. One that is not is not made: others would have to keep it true."""
TOOL_S = 20.0


class XdgMenu:
    """The person's own entry and icons."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._data = data_home(host)

    def install(self) -> tuple[str, ...]:
        """Write what is missing or of an older Ringfence's. Raises FileError before anything is written."""
        packaged = self._packaged()
        if packaged is not None:
            said = Sentence(
                "Ringfence is in the menu already: a package wrote {path}. Nothing was written.", path=packaged
            )
            return (said,)
        known, wanted = self._receipt(), self._wanted()
        due = {path: content for path, content in wanted.items() if not self._stands(path, content, known)}
        for path, content in due.items():
            foreign_files.replace(path, content)
        self._keep({path: _digest(content) for path, content in wanted.items()})
        if not due:
            return (Sentence("{path} and its icons are up to date.", path=self._data / ENTRY),)
        return (*(Sentence("{path} was written.", path=path) for path in due), *self._refresh())

    def remove(self) -> tuple[str, ...]:
        """Delete what was written and is as it was; the rest is named. Raises FileError."""
        known, wanted = self._receipt(), self._wanted()
        done: list[str] = []
        for path in dict.fromkeys((*wanted, *known)):
            there = foreign_files.read(path)
            if there is None:
                continue
            if there != wanted.get(path) and _digest(there) != known.get(path):
                done.append(Sentence("{path} is not as Ringfence wrote it, and was left.", path=path))
                continue
            foreign_files.remove(path)
            self._prune(path)
            done.append(Sentence("{path} was removed.", path=path))
        foreign_files.remove(self._host.receipt)
        packaged = self._packaged()
        still = Sentence("The menu still has {path}, which a package wrote.", path=packaged)
        kept = (still,) if packaged else ()
        if not done:
            return (Sentence("There was nothing of Ringfence's in your menu."), *kept)
        return (*done, *self._refresh(), *kept)

    def state(self) -> MenuState:
        """Tell which files are there, and what is not as it should be."""
        packaged, own = self._packaged(), self._data / ENTRY
        there = tuple(path for path in self._wanted() if os.access(path, os.F_OK))
        if own not in there:
            note = Sentence("A package wrote {path}.", path=packaged) if packaged else ""
            return MenuState(installed=packaged is not None, files=there, note=note)
        try:
            return MenuState(installed=True, files=there, note=self._fault(own, packaged))
        except FileError as error:  # a link, as dotfiles have it: the desktop follows it
            return MenuState(installed=True, files=there, note=str(error))

    def _fault(self, own: Path, packaged: Path | None) -> str:
        text = (foreign_files.read(own) or b"").decode("utf-8", "replace")
        program = _entry.program_of(_entry.keys_of(text))
        if packaged is not None:
            return Sentence(
                "It hides {path}, which a package wrote; `ringfence desktop remove` takes it away.", path=packaged
            )
        if not _entry.is_there(program, self._host.environ.get("PATH")):
            return Sentence(
                "It starts {program}, which is not there; run `ringfence desktop install`.",
                program=program or Sentence("nothing"),
            )
        if any(foreign_files.read(path) != content for path, content in self._wanted().items()):
            return Sentence(
                "It starts {program}, and is not what this Ringfence would write; run `ringfence desktop install`.",
                program=program,
            )
        return ""

    def _wanted(self) -> dict[Path, bytes]:
        return {
            self._data / ENTRY: entry_text(self._host).encode(),
            **{self._data / place: _drawing(name).read_bytes() for place, name in ICONS.items()},
        }

    def _stands(self, path: Path, content: bytes, known: dict[Path, str]) -> bool:
        """Tell whether a file is there as it should be. Raises FileError for one that is not ours to replace."""
        there = foreign_files.read(path)
        if there is None or there == content:
            return there is not None
        if _digest(there) != known.get(path):
            raise FileError(
                Sentence(
                    "{path} is not as Ringfence wrote it, and was left; move it away and install again.", path=path
                )
            )
        return False

    def _packaged(self) -> Path | None:
        """Return the entry that a package of the system put into the menu; None: there is none."""
        places = (folder / ENTRY for folder in _data_dirs(self._host) if folder != self._data)
        return next((place for place in places if os.access(place, os.F_OK)), None)

    def _receipt(self) -> dict[Path, str]:
        """Return what was written with its digests; what lies elsewhere than in the person's data is none of ours."""
        try:
            known = json.loads(foreign_files.read(self._host.receipt) or b"{}")
            files = known.get("files", {}) if known.get("format", FORMAT) == FORMAT else {}
            return {Path(p): str(d) for p, d in files.items() if self._data in Path(p).parents and ".." not in p}
        except (ValueError, AttributeError, TypeError):
            return {}

    def _keep(self, files: dict[Path, str]) -> None:
        receipt = {"format": FORMAT, "files": {str(path): digest for path, digest in files.items()}}
        content = f"{json.dumps(receipt, indent=1)}\n".encode()
        if foreign_files.read(self._host.receipt) != content:
            foreign_files.replace(self._host.receipt, content, 0o600)

    def _prune(self, path: Path) -> None:
        """Delete the folders above a file that are empty now."""
        with suppress(OSError):  # the first that is not empty
            for folder in path.relative_to(self._data).parents:
                if folder != Path():
                    (self._data / folder).rmdir()

    def _refresh(self) -> Iterator[str]:
        """Bring the desktop's caches up to date, and say which; one without a cache looks at the folder's time."""
        with suppress(OSError):
            os.utime(self._data / "icons/hicolor")
        for cache, command in CACHES:
            tool = shutil.which(command[0], path=self._host.environ.get("PATH"))
            file = self._data / cache
            if tool is not None and file.exists() and _run((tool, *command[1:], str(file.parent))):
                yield Sentence("{path} was brought up to date.", path=file)


def data_home(host: Host) -> Path:
    """Return the person's XDG_DATA_HOME."""
    given = host.environ.get("XDG_DATA_HOME", "")
    return Path(given) if Path(given).is_absolute() else _home(host) / ".local/share"


def entry_text(host: Host) -> str:
    """Return the menu entry that starts this Ringfence. Raises FileError."""
    lines = []
    for line in _drawing(f"{APP_ID}.desktop").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key == "Exec":
            line = f"Exec={_entry.exec_line(_entry.words_of(host, *value.split()[1:]))}"  # noqa: PLW2901 - the changed line
        lines.append(line)
        if line == "Terminal=false":
            lines.append(f"TryExec={_entry.string_of(host.command[0])}")  # gone with the program, the entry is hidden
    return "\n".join(lines) + "\n"


def _data_dirs(host: Host) -> Iterator[Path]:
    given = host.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (Path(folder) for folder in given.split(":") if folder.startswith("/"))


def _home(host: Host) -> Path:
    return Path(host.environ.get("HOME") or Path.home())


def _drawing(name: str) -> Path:
    file = shipped(name)
    if file is None:
        raise FileError(Sentence("This Ringfence was installed without its file {name}; install it again.", name=name))
    return file


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _run(command: tuple[str, ...]) -> bool:
    try:
        subprocess.run(command, capture_output=True, timeout=TOOL_S, check=True)  # noqa: S603 - the desktop's own tool
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _build(host: Host) -> Menu:
    return XdgMenu(host)


SPEC = MenuSpec(id="xdg", build=_build)
