"""What the build scripts share: places, running a program, and proofs that are counted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from ringfence.version import APP_ID  # noqa: E402, F401
from ringfence.version import __version__ as VERSION  # noqa: E402, F401, N812

OUT = ROOT / "build" / "packages"
MADE = OUT / "made"
"""What is generated for the packages: icons, man page, completions, licences."""
BUNDLE = OUT / "bundle" / "ringfence"
DIST = ROOT / "dist"
MB = 1_000_000


class Failed(Exception):
    """A build or a proof failed; its text is one sentence, and what the program said."""


def run(
    *command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None, limit_s: float = 600.0, stdin: str = ""
) -> str:
    """Run a program and return what it wrote to standard output. Raises Failed with the end of what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, errors="replace", timeout=limit_s,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(words)}` took longer than {limit_s:g} s.") from None
    except OSError as error:
        raise Failed(f"`{words[0]}` cannot be run: {error.strerror}.") from None
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failed(f"`{' '.join(words)}` ended with {done.returncode}:\n{said}")
    return done.stdout


def bare(**more: str) -> dict[str, str]:
    """Return the environment of somebody who has set nothing: no locale, no certificates, no Python of ours."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **more}


def network() -> dict[str, str]:
    """Return this environment, as pip needs it."""
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def size_of(place: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; a link counts nothing."""
    files = [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
    return sum(file.stat().st_size for file in files)


def mb(place: Path) -> str:
    """Return a size in words."""
    return f"{size_of(place) / MB:.1f} MB"


def within(place: Path, budget_mb: float) -> str:
    """Return a size in words. Raises Failed when it is over its budget."""
    if size_of(place) > budget_mb * MB:
        raise Failed(f"{place.name} has {mb(place)}, more than its budget of {budget_mb:g} MB.")
    return f"{mb(place)} of {budget_mb:g}"


@dataclass(slots=True)
class Proofs:
    """Runs proofs one after the other, prints a line each, and counts. A proof whose ground failed is not tried."""

    passed: int = 0
    left_out: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def prove(self, name: str, proof: Callable[[], str]) -> bool:
        """Run one proof, which returns what it found or raises Failed; tell whether it held."""
        began = time.monotonic()
        try:
            found = proof()
        except Failed as error:
            self.failed.append(name)
            print(f"FAILED  {name}: {error}", flush=True)
            return False
        self.passed += 1
        print(f"ok      {name}: {found} ({time.monotonic() - began:.0f} s)", flush=True)
        return True

    def leave_out(self, name: str, why: str) -> None:
        """Say what was not proved here."""
        self.left_out.append(name)
        print(f"left out  {name}: {why}", flush=True)

    def close(self) -> int:
        """Print the closing line and return the exit status."""
        skipped = f", {len(self.left_out)} skipped" if self.left_out else ""
        print(f"packages: {self.passed} passed, {len(self.failed)} failed{skipped}", flush=True)
        return 1 if self.failed else 0


def differ(what: str, one: Sequence[str] | set[str], other: Sequence[str] | set[str]) -> None:
    """Raise Failed with what stands in only one of two lists."""
    more, less = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    if more or less:
        raise Failed(f"{what} differ: {' '.join([*(f'+{x}' for x in more), *(f'-{x}' for x in less)])[:1000]}")
