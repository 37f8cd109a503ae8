"""THIRD_PARTY_LICENSES: each work inside the bundle, its version, and the text of its licence."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import wheel
from bundle import INSIDE
from steps import Failed, run

LICENCE_NAMES = ("licen", "copying", "notice", "authors")
RULE = "=" * 78
COMMON = Path("/usr/share/common-licenses")
_ASK = """
import json, sys, sysconfig
from importlib.metadata import distributions
from pathlib import Path

found = []
for dist in distributions():
    meta = dist.metadata
    kinds = [c.rpartition(" :: ")[2] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    licence = meta.get("License-Expression") or ", ".join(kinds) or (meta.get("License") or "").partition(chr(10))[0]
    texts = [str(dist.locate_file(f)) for f in dist.files or []
             if ".dist-info" in str(f) and any(name in f.name.lower() for name in sys.argv[1:])]
    found.append({"name": meta["Name"], "version": dist.version, "licence": licence, "texts": texts})
own = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
print(json.dumps({"python": sys.version.split()[0], "text": str(own), "found": found}))
"""
BUILDERS = {"pip", "setuptools", "wheel", "packaging", "ringfence", "altgraph", "pyinstaller-hooks-contrib"}
"""In the environment of the build, not in what it makes. PyInstaller's bootloader is."""


def text() -> str:
    """Return the file. Raises Failed when a work that is inside names no licence."""
    told = _installed()
    parts = [_python(told), *(_dist(dist) for dist in told["found"])]
    parts += [_debian(package) for package in sorted(_debian_packages())]
    parts += [
        f"{RULE}\nThe text of {name}\n\n{(COMMON / name).read_text(encoding='utf-8')}"
        for name in ("LGPL-3", "GPL-3", "LGPL-2.1", "Apache-2.0")
        if (COMMON / name).is_file()
    ]
    return "\n".join(parts)


def bundled() -> set[str]:
    """Return the names of the packages from Python's index that are inside."""
    return {dist["name"] for dist in _installed()["found"]}


def _installed() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(wheel.CLEAN / "bin" / "python", "-c", _ASK, *LICENCE_NAMES))
    inside = [dist for dist in told["found"] if dist["name"] not in BUILDERS]
    return told | {"found": sorted(inside, key=lambda dist: str(dist["name"]).lower())}


def _python(told: dict[str, Any]) -> str:
    path = Path(told["text"])
    words = path.read_text(encoding="utf-8") if path.is_file() else "See https://docs.python.org/3/license.html\n"
    head = "Ringfence's packages hold these works, unchanged."
    return f"{head}\n\n{RULE}\nPython {told['python']}\nLicence: PSF-2.0\n\n{words}"


def _dist(dist: dict[str, Any]) -> str:
    if not dist["licence"] and not dist["texts"]:
        raise Failed(f"{dist['name']} {dist['version']} is in the bundle and names no licence.")
    words = "\n".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in dist["texts"])
    return f"{RULE}\n{dist['name']} {dist['version']}\nLicence: {dist['licence'] or 'see below'}\n\n{words}"


def _debian_packages() -> set[str]:
    """Return the packages of this Debian whose libraries were taken in; nothing where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return set()
    files = [path.name for path in INSIDE.glob("lib*.so*") if not path.is_symlink() and "libpython" not in path.name]
    places = [Path(folder) for folder in ("/lib", "/usr/lib")]
    listed = _dpkg("-S", *(str(path) for name in files for place in places for path in place.glob(f"*-gnu*/{name}")))
    return {line.partition(":")[0] for line in listed.splitlines() if line.startswith("lib")}


def _debian(package: str) -> str:
    path = Path("/usr/share/doc") / package / "copyright"
    words = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else "See Debian's package.\n"
    version = _dpkg("-W", "-f", "${Version}\n", package).partition("\n")[0]
    return f"{RULE}\n{package} {version}, as Debian has it\n\n{words}"


def _dpkg(*arguments: str) -> str:
    asked = ["dpkg-query", *arguments]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # 1: a name is not known
