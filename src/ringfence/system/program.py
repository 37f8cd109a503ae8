"""How this Ringfence is started from anywhere: a name that stays when the folder behind it changes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence


def command(
    environ: Mapping[str, str], executable: str = sys.executable, platform: str = sys.platform
) -> tuple[str, ...]:
    """Return how other programs start it and hear what it says, absolute, without arguments of ours.

    An AppImage is its file; a bundle is its program; an environment of Python (venv, pipx, uv) has a script beside the
    interpreter. Where PATH has a link to that one, as pipx and the packages make it, the link is taken.
    """
    return _found(("ringfence.exe",) if platform == "win32" else ("ringfence",), environ, executable)


def tray_command(
    environ: Mapping[str, str], executable: str = sys.executable, platform: str = sys.platform
) -> tuple[str, ...]:
    """Return the same for the tray. Raises FileError inside Flatpak, whose files the desktop does not see."""
    if environ.get("FLATPAK_ID"):
        raise FileError(
            Sentence("Ringfence runs inside Flatpak, which has an entry of its own and cannot write the desktop's.")
        )
    # Windows knows programs with a console and without; the tray must not open one, and without one nothing is heard.
    names = ("ringfence-tray.exe", "ringfence.exe") if platform == "win32" else ("ringfence",)
    return _found(names, environ, executable)


def _found(names: tuple[str, ...], environ: Mapping[str, str], executable: str) -> tuple[str, ...]:
    image = environ.get("APPIMAGE", "")
    if Path(image).is_absolute() and os.access(image, os.X_OK):  # what lies in it has another place at each start
        return (image,)
    beside = (Path(executable).with_name(name) for name in names)
    script = next((str(file) for file in beside if os.access(file, os.X_OK)), None)
    if script is None:
        return executable, "-m", "ringfence"
    return (_as_path_has_it(script, environ),)


def _as_path_has_it(script: str, environ: Mapping[str, str]) -> str:
    found = shutil.which(Path(script).name, path=environ.get("PATH", ""))
    return found if found and Path(found).is_absolute() and Path(found).samefile(script) else script
