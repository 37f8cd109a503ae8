"""Starts a program as a new user would and fails on any line that is not expected, with a hard limit of time."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps import VERSION, Failed, bare

from ringfence.language import LANGUAGES

ALLOWED = tuple(
    re.compile(line)
    for line in (
        # Qt without LANG, which is how `env -i` starts it.
        r'Detected locale "C" with character encoding "ANSI_X3\.4-1968", which is not UTF-8\.',
        r'Qt depends on a UTF-8 locale, and has switched to "C\.UTF-8" instead\.',
        r"If this causes problems, reconfigure your locale\. See the locale\(1\) manual",
        r"for more information\.",
        # The demo's own two lines.
        r"Ask the demo's gate from another terminal:",
        r"  RINGFENCE_HOME=\S+ \S*ringfence gate check",
    )
)
TITLE = "Ringfence"
MENU_FILES = 4
"""An entry and three icons."""
LIMIT_S, END_S = 90.0, 20.0


def unexpected(lines: Sequence[str]) -> list[str]:
    """Return the lines that a healthy start does not print."""
    return [line for line in lines if line.strip() and not any(form.fullmatch(line) for form in ALLOWED)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a program is started, and the folder that it takes for `/`."""

    words: tuple[str, ...]
    root: Path = Path("/")

    def __str__(self) -> str:
        return " ".join(self.words)


def proves_itself(program: Program) -> str:
    """Run the proofs that every installed program has to pass, and say what they measured. Raises Failed."""
    said = quiet(program, "--version").strip()
    if said != f"ringfence {VERSION}":
        raise Failed(f"`{program}` calls itself `{said}`.")
    report = self_test(program)
    menu = in_the_menu(program)
    gate = starts_offscreen(program)
    with screen() as display:
        window = shows_a_window(program, display=display)
    return (
        f"self-test passes (Python {report['python']}, Qt {report['qt']['version']}), "
        f"{menu}, a gate after {gate:.1f} s offscreen, a window after {window:.1f} s on X, nothing unexpected said"
    )


def quiet(program: Program, *arguments: str, limit_s: float = LIMIT_S) -> str:
    """Run to the end; return standard output. Raises Failed on a failure, a line on standard error, or the limit."""
    with _started(program, arguments, {}, stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"`{program} {' '.join(arguments)}` did not end within {limit_s:g} s.") from None
    if process.returncode != 0 or unexpected(err.splitlines()):
        raise Failed(f"`{program}` ended with {process.returncode} and said: {err.strip()[-2000:]}{out[-1000:]}")
    return out


def self_test(program: Program) -> dict[str, Any]:
    """Run `self-test` in an empty environment and return its report. Raises Failed when anything in it failed."""
    report: dict[str, Any] = json.loads(quiet(program, "self-test"))
    missing = [name for name, version in report["packages"].items() if version is None]
    spoken = set(report["qt"]["languages"]) == set(LANGUAGES)
    if not report["ok"] or missing or not spoken or not {"png", "svg"} <= set(report["qt"]["image_formats"]):
        raise Failed(f"the self-test says: {json.dumps(report)}")
    return report


def in_the_menu(program: Program) -> str:
    """Put it into the menu, and let it start at sign-in, in an empty home; say how. Raises Failed."""
    said = quiet(program, "desktop", "install")
    started = quiet(program, "desktop", "autostart", "on")
    packaged, written = "a package wrote /usr/share/applications/" in said, said.count(" was written.")
    if not (packaged or written == MENU_FILES) or "the tray starts" not in started:
        raise Failed(f"`{program} desktop` says: {said}{started}")
    return "its package has put it into the menu" if packaged else f"puts {written} files into the menu"


def shows_a_window(program: Program, *, display: str, limit_s: float = LIMIT_S) -> float:
    """Start the demo on an X display, wait for its window, end it by SIGTERM; return the seconds until it stood.

    Raises Failed when no window comes, on any unexpected line, and when it does not end by itself with status 0.
    """
    search = ["xdotool", "search", "--onlyvisible", "--name", f"^{TITLE}$"]
    looks = {**os.environ, "DISPLAY": display}

    def stands(_folder: Path) -> bool:
        return subprocess.run(search, env=looks, capture_output=True, check=False, timeout=10).returncode == 0

    return _runs_until(stands, program, {"DISPLAY": display}, "No window came", limit_s)


def starts_offscreen(program: Program, *, limit_s: float = LIMIT_S) -> float:
    """Start the demo without a screen, wait until its gate file stands, end it by SIGTERM; return the seconds."""

    def stands(folder: Path) -> bool:
        return any(folder.glob("ringfence-demo-*/gate.json"))

    return _runs_until(stands, program, {"QT_QPA_PLATFORM": "offscreen"}, "No gate was written", limit_s)


def _runs_until(
    stands: Callable[[Path], bool], program: Program, world: dict[str, str], missing: str, limit_s: float
) -> float:
    began = time.monotonic()
    with _started(program, ("demo",), world, stderr=subprocess.STDOUT) as process:
        home = program.root / process.home.relative_to("/")
        while process.poll() is None and not stands(home):
            if time.monotonic() - began > limit_s:
                process.kill_all()
                raise Failed(f"{missing} within {limit_s:g} s: {process.communicate()[0][-2000:]}")
            time.sleep(0.05)
        took = time.monotonic() - began
        process.terminate()
        try:
            said, _ = process.communicate(timeout=END_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"`{program} demo` did not end within {END_S:g} s of SIGTERM.") from None
    if process.returncode != 0 or unexpected(said.splitlines()):
        raise Failed(f"`{program} demo` ended with {process.returncode} and said: {said[-2000:]}")
    return took


class _Process(subprocess.Popen[str]):
    """A program in a process group and a home of its own."""

    home: Path

    def kill_all(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


@contextmanager
def _started(program: Program, arguments: Sequence[str], world: dict[str, str], stderr: int) -> Iterator[_Process]:
    """Start with nothing set but an empty home, and leave nobody behind."""
    home = Path(tempfile.mkdtemp(prefix="ringfence-smoke-", dir=program.root / "tmp"))
    home.chmod(0o777)  # in a chroot the program runs as somebody else
    inside = Path("/") / home.relative_to(program.root)
    process = _Process(
        [*program.words, *arguments], env=bare(HOME=str(inside), TMPDIR=str(inside), **world), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=stderr, text=True, errors="replace", start_new_session=True, cwd="/",
    )  # fmt: skip
    process.home = inside
    try:
        yield process
    finally:
        process.kill_all()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server without a screen and give its display."""
    program = shutil.which("Xvfb")
    if program is None:
        raise Failed("Xvfb is not installed.")
    reader, writer = os.pipe()
    command = [program, "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-ac", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writer,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise Failed("Xvfb did not come up.")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)
