"""The PyInstaller folder: built from the installed wheel, freed of what nobody needs, started with nothing set."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import smoke
import wheel
from steps import BUNDLE, OUT, ROOT, Failed, bare, network, run, size_of, within

BUDGET_MB = 180
PROGRAM = BUNDLE / "ringfence"
INSIDE = BUNDLE / "_internal"
METADATA = (
    "PySide6-Essentials", "aiohttp", "click", "desktop-notifier", "filelock", "genai-prices", "httpx", "keyring", "mcp",
    "msgspec", "qasync", "rich",
)  # fmt: skip
"""Packages whose version is asked at run time: by `self-test`, and by themselves."""
SYSTEM = {
    "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libEGL.so.1", "libGL.so.1", "libc.so.6", "libdl.so.2",
    "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1", "libwayland-client.so.0",
    "libwayland-cursor.so.0", "libwayland-egl.so.1", "libxcb.so.1",
}  # fmt: skip
"""The libraries that stay the system's: libc's, the graphics driver's side, and what must fit the display server.
packaging/linux/nfpm.yaml depends on exactly these."""


def build() -> str:
    """Make the folder. Raises Failed when it is over its budget."""
    wheel.add(f"{wheel.WHEEL}[api,mcp,prices]", "--group", f"{ROOT}/pyproject.toml:bundle")
    shutil.rmtree(BUNDLE.parent, ignore_errors=True)
    run(
        wheel.CLEAN / "bin" / "pyinstaller", "--noconfirm", "--log-level", "ERROR", "--distpath", BUNDLE.parent,
        "--workpath", OUT / "pyinstaller", ROOT / "packaging" / "pyinstaller" / "ringfence.spec",
        env={**network(), "RINGFENCE_METADATA": " ".join(METADATA)},
    )  # fmt: skip
    before = size_of(BUNDLE)
    gone = _sweep()
    _strip()
    saved = (before - size_of(BUNDLE)) / 1_000_000
    return (
        f"{within(BUNDLE, BUDGET_MB)} ({len(gone)} libraries nobody needs and symbols of Python: {saved:.0f} MB less)"
    )


def libraries() -> str:
    """Compare what the folder takes from the system with what the packages depend on."""
    have = {path.name for path in elf_files()}
    outside = set().union(*(needed(path) for path in elf_files())) - have
    foreign = sorted(outside - SYSTEM)
    if foreign:
        raise Failed(f"The bundle needs libraries that no package brings: {' '.join(foreign)}.")
    return f"{len(have)} libraries inside; from the system: {len(outside)}, glibc {glibc()} or newer"


def nothing_foreign() -> str:
    """Look for tests, sources of ours with paths of this machine, and build leftovers."""
    names = [path.relative_to(BUNDLE) for path in BUNDLE.rglob("*") if path.is_file()]
    foreign = [str(name) for name in names if {"tests", "test", "__pycache__"} & {*name.parts}]
    if foreign:
        raise Failed(f"The bundle has what nobody needs: {' '.join(foreign[:10])}")
    here = str(ROOT).encode()
    told = [str(path.relative_to(BUNDLE)) for path in BUNDLE.rglob("*") if path.is_file() and here in path.read_bytes()]
    if told:
        raise Failed(f"The bundle names a folder of the machine that made it: {' '.join(told[:5])}")
    return f"{len(names)} files, none of tests, none that names the building machine"


def started() -> str:
    """Start it with an empty environment: version, self-test, offscreen, on X."""
    return smoke.proves_itself(smoke.Program(words=(str(PROGRAM),)))


def child_environment() -> str:
    """Compare the environment of a run's command with the one that the person has."""
    for more in ({}, {"LD_LIBRARY_PATH": "/a/folder/of/mine"}):
        command = [str(PROGRAM), "run", "--", "env"]
        given = {"PATH": "/usr/bin:/bin", "HOME": str(OUT), **more}
        done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=30, check=False)
        found = dict(line.split("=", 1) for line in done.stdout.splitlines())
        if done.returncode != 0 or found != given:
            raise Failed(f"A run's command gets {json.dumps(found)} instead of {json.dumps(given)}. {done.stderr}")
    return "a run's command gets the person's environment, unchanged"


def extras() -> str:
    """Ask the optional parts, which nobody can add to a bundle: MCP, the local API, the prices. Raises Failed."""
    asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "proof", "version": "1"}}
    hello = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked})
    with tempfile.TemporaryDirectory(prefix="ringfence-extras-") as home:
        env = bare(HOME=home, RINGFENCE_HOME=home)
        if '"protocolVersion"' not in run(PROGRAM, "mcp", env=env, stdin=hello + "\n", limit_s=60):
            raise Failed("`ringfence mcp` does not answer an initialize.")
        run(PROGRAM, "tokens", "--cost", "--json", env=env, limit_s=60)
        run(PROGRAM, "api", "on", env=env, limit_s=60)
        with subprocess.Popen([PROGRAM, "daemon"], env=env, stderr=subprocess.DEVNULL) as daemon:
            try:
                said = _usage(Path(home) / "api.sock")
            finally:
                daemon.terminate()
    if '"accounts"' not in said:
        raise Failed(f"The local API answers {said[:500]}")
    return "MCP and the local API answer, costs are told"


def _usage(place: Path) -> str:
    """Return what the API says about usage, as soon as it listens."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(10)
            line.connect(str(place))
            line.sendall(b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            with line.makefile("rb") as answer:
                return answer.read().decode()
        time.sleep(0.1)
    raise Failed("The local API does not listen within 60 s.")


def glibc() -> str:
    """Return the newest version of glibc that a file of the folder asks for."""
    asked = {
        tuple(map(int, found))
        for path in elf_files()
        for found in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())
    }
    return ".".join(map(str, max(asked)))


def needed(path: Path) -> set[str]:
    """Return the libraries that an ELF file names."""
    listed = run("objdump", "-p", path)
    return {line.split()[1] for line in listed.splitlines() if line.strip().startswith("NEEDED ")}


def elf_files() -> Iterator[Path]:
    """Yield the programs and libraries of the folder, each once."""
    for path in BUNDLE.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def _sweep() -> list[str]:
    """Take away libraries that only what was left out needed. PyInstaller collects before the spec leaves out."""
    need = {path: needed(path) for path in elf_files()}
    places = {INSIDE, INSIDE / "PySide6" / "Qt" / "lib"}
    gone: list[str] = []
    while True:
        wanted = set().union(*need.values())
        idle = [
            path for path in need
            if path.parent in places and path.name not in wanted
            and re.match(r"lib(?!python).*\.so", path.name)  # the bootloader opens Python by name
        ]  # fmt: skip
        if not idle:
            break
        for path in idle:
            path.unlink()
            del need[path]
            gone.append(path.name)
    for link in INSIDE.rglob("*"):
        if link.is_symlink() and not link.exists():
            link.unlink()
    return gone


def _strip() -> None:
    """Take the symbols out of Python's own libraries, which some builds of Python keep: 15 MB of 23."""
    files = [*INSIDE.glob("libpython*"), *INSIDE.glob("python3*/lib-dynload/*.so")]
    run("strip", "--strip-unneeded", *files)


def arch() -> str:
    """Return this machine's name in packages."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
