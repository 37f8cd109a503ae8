"""The hands and the eyes of the desktop tests. They run one after another: there is one screen and one mouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from desktop import parts, screen

T = TypeVar("T")

PANEL = screen.Region(0, 0, 1280, 32)
WHOLE = screen.Region(0, 0, 1280, 800)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the desktop."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("desktop")


class Spot(NamedTuple):
    """Where a colour stands: how many pixels, and their centre on the screen."""

    count: int
    x: int
    y: int


def pixels_of(colour: int, region: screen.Region = PANEL) -> Spot:
    """Return how many pixels of a colour (0xRRGGBB) a piece of the screen has, and their centre on the screen."""
    at = screen.look(region).find(colour)
    if not at:
        return Spot(0, 0, 0)
    return Spot(len(at), region.x + sum(x for x, _ in at) // len(at), region.y + sum(y for _, y in at) // len(at))


class Program:
    """A program that a test started. Its output is kept, and shown when the test fails."""

    def __init__(self, command: list[str], env: dict[str, str], output: Path) -> None:
        self._output = output
        with output.open("wb") as written:
            self.process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env=env)

    def said(self) -> str:
        """Return everything that it has written so far."""
        return self._output.read_text(errors="replace")

    def end(self) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.wait()


class Desktop:
    """The test desktop as a person meets it."""

    panel = PANEL
    whole = WHOLE

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.programs: list[Program] = []

    def start(self, *command: str, **env: str) -> Program:
        """Start a program beside the test; it is killed when the test ends."""
        output = self._folder / f"program-{len(self.programs)}.txt"
        self.programs.append(Program(list(command), {**os.environ, "PYTHONUNBUFFERED": "1", **env}, output))
        return self.programs[-1]

    def python(self, code: str, **env: str) -> Program:
        """Start a piece of Python."""
        return self.start(sys.executable, "-c", code, **env)

    def shot(self, path: Path, region: screen.Region = WHOLE) -> Path:
        """Write a picture of the screen, or of a piece of it, as PNG."""
        path.write_bytes(screen.look(region).png())
        return path

    def part(self, verb: str, name: str) -> None:
        """`part("restart", "tray")`: the panel crashes and comes back. Parts: wm, tray, notify, secrets."""
        self._helper("part", verb, name)

    def tray(self, *arguments: str) -> list[str]:
        """Ask the panel (see `tray --help`); returns the lines it answers."""
        return self._helper("tray", *arguments).splitlines()

    def tray_items(self) -> list[str]:
        """Return the registered icons; none while the panel is away."""
        return [line for line in self._run("tray", "items").stdout.splitlines() if line]

    def notes(self) -> list[dict[str, Any]]:
        """Return every notification since the session began, with what became of it; the newest is the last."""
        return [json.loads(line) for line in self._helper("notes").splitlines()]

    def note_click(self, label: str = "") -> None:
        """Press a button of the newest notification that has it; no label: its default action."""
        self._helper("note-click", label)

    def accessible(self, application: str) -> list[dict[str, Any]]:
        """Return what a screen reader meets in an application, outside in; nothing while it is not there."""
        return [json.loads(line) for line in self._run("accessible", "tree", application).stdout.splitlines()]

    def press(self, application: str, name: str) -> None:
        """Press the element of that name as a screen reader does."""
        self._helper("accessible", "press", application, name)

    def xdotool(self, *arguments: str) -> str:
        """Move the mouse, click, type (see xdotool's manual)."""
        return self._helper("xdotool", *arguments)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Click at a place of the screen."""
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def until(self, condition: Callable[[], T], seconds: float = 10.0) -> T:
        """Return what `condition` gives as soon as it is true; the test fails when that takes longer than `seconds`."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > end:
                pytest.fail(f"still {value!r} after {seconds:g} s{self._what_programs_said()}{self._what_crashed()}")
            time.sleep(0.03)
        return value

    def end_programs(self) -> None:
        """Kill what `start` started."""
        for program in self.programs:
            program.end()

    def _helper(self, *command: str) -> str:
        done = self._run(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}{self._what_programs_said()}"
        return done.stdout

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def _what_crashed(self) -> str:
        gone = [name for name in parts.PARTS if parts.pid_file(name).exists() and not parts.runs(name)]
        return "".join(f"\nthe desktop's part {name} has crashed: {parts.last_words(name)}" for name in gone)

    def _what_programs_said(self) -> str:
        return "".join(f"\n{p.process.args[:3]} said:\n{p.said()}" for p in self.programs)


@pytest.fixture
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The test desktop. What the test starts through it ends with the test."""
    hands = Desktop(tmp_path_factory.mktemp("desktop"))
    for name in ("wm", "tray", "notify", "secrets"):
        # A test that took a part away, or in which it crashed, does not take it from the next one.
        if not parts.runs(name):
            hands.part("start", name)
    try:
        yield hands
    finally:
        hands.end_programs()
        # The panel notices that an icon's owner is gone by itself, a moment later.
        hands.until(lambda: not hands.tray_items())


@pytest.fixture
def pixels() -> Callable[..., Spot]:
    """Return `pixels(colour, region=the panel)`, which gives (count, x, y) of that colour on the screen."""
    return pixels_of
