"""The .deb as a new user meets it: installed, started under X and removed in a Debian that has no Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import linux
import smoke
from steps import OUT, Failed, run

ROOM = OUT / "debian"
PERSON = 1000
_NO_PYTHON = "find / -xdev ( -name python3* -o -name python ) -path */bin/* -not -path /proc/*"
_OURS = "find / -xdev -iname *ringfence* -not -path /proc/* -not -path /tmp/*"


def why_not() -> str:
    """Return why it cannot be tried here, else nothing."""
    if os.geteuid() != 0:
        return "a chroot needs root"
    missing = [program for program in ("debootstrap", "dpkg-deb") if shutil.which(program) is None]
    return f"{missing[0]} is not installed" if missing else ""


def make() -> str:
    """Make a minimal Debian of this one's release, with this one's sources of packages."""
    remove()
    _debootstrap()
    for name in ("sources.list", "sources.list.d", "apt.conf.d"):
        _copy(Path("/etc/apt") / name, ROOM / "etc/apt" / name)
    _copy(Path("/etc/ssl/certs"), ROOM / "etc/ssl/certs")  # a source by https, and no ca-certificates
    _copy(Path("/etc/resolv.conf"), ROOM / "etc/resolv.conf")
    inside("useradd", "--uid", str(PERSON), "--create-home", "person")
    inside("apt-get", "update", "-q")
    _no_python()
    return f"Debian {_codename()}, minimal, without Python"


def install() -> str:
    """Install the .deb with what it depends on and nothing that it recommends."""
    shutil.copy(linux.deb(), ROOM / "var/tmp/ringfence.deb")
    inside("apt-get", "install", "-y", "-q", "--no-install-recommends", "/var/tmp/ringfence.deb")
    (ROOM / "var/tmp/ringfence.deb").unlink()
    if broken := inside("dpkg", "--verify", "ringfence").strip():
        raise Failed(f"dpkg --verify says: {broken}")
    _no_python()
    return "apt is content with its dependencies, dpkg with its files, and there is still no Python"


def started() -> str:
    """Start it as an ordinary person."""
    words = (_chroot(), f"--userspec={PERSON}:{PERSON}", str(ROOM), "/usr/bin/ringfence")
    with _display():
        return smoke.proves_itself(smoke.Program(words=words, root=ROOM))


def removed() -> str:
    """Purge it and look for anything of that name."""
    inside("apt-get", "purge", "-y", "-q", "ringfence")
    inside("apt-get", "clean")
    left = [line for line in inside(*_OURS.split()).splitlines() if line]
    if left:
        raise Failed(f"The package leaves behind: {' '.join(left[:10])}")
    return "nothing of that name is left"


def remove() -> None:
    """Take the chroot away."""
    for place in ("proc", "tmp/.X11-unix"):
        if os.path.ismount(ROOM / place):
            run("umount", ROOM / place)
    if ROOM.exists():
        shutil.rmtree(ROOM)


def inside(*command: str) -> str:
    """Run a program as root in the chroot."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C", "HOME": "/root"}
    env["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
    return run(_chroot(), ROOM, *command, env=env)


def _no_python() -> None:
    if found := inside(*_NO_PYTHON.split()).strip():
        raise Failed(f"There is a Python in the chroot that should have none: {found}")


def _debootstrap() -> None:
    ROOM.parent.mkdir(parents=True, exist_ok=True)
    mirror = _mirror()
    run("debootstrap", "--variant=minbase", _codename(), ROOM, *([mirror] if mirror else []))
    run("mount", "-t", "proc", "proc", ROOM / "proc")


def _codename() -> str:
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)$", release, re.MULTILINE)
    if found is None:
        raise Failed("/etc/os-release names no release of Debian.")
    return found[1]


def _mirror() -> str:
    """Return where this machine gets its packages, empty for debootstrap's own choice."""
    files = [*Path("/etc/apt/sources.list.d").glob("*.sources"), *Path("/etc/apt/sources.list.d").glob("*.list")]
    for path in [*files, Path("/etc/apt/sources.list")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            found = re.search(r"^(?:URIs:|deb(?: +\[[^]]*\])?) *(https?://\S+)", text, re.MULTILINE)
            if found:
                return found[1]
    return ""


def _chroot() -> str:
    return shutil.which("chroot") or "/usr/sbin/chroot"


@contextmanager
def _display() -> Iterator[None]:
    """Let programs in the chroot reach X servers outside: a display server inside would bring libraries of its own."""
    sockets, place = Path("/tmp/.X11-unix"), ROOM / "tmp/.X11-unix"
    sockets.mkdir(mode=0o1777, exist_ok=True)
    place.mkdir(exist_ok=True)
    run("mount", "--bind", sockets, place)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=False)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore_dangling_symlinks=True)
    elif source.exists():
        target.unlink(missing_ok=True)
        shutil.copy(source, target)
