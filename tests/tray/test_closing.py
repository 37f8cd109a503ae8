"""A window that was closed leaves nothing behind, whatever its parts know of each other."""

import gc
import os
import sys
import weakref
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from ringfence.tray import closing


class Circle(QWidget):
    """A window that is held by one of its parts, as most are."""

    def __init__(self) -> None:
        super().__init__()
        self.part = QLabel("a part", self)
        self.part.window_of_it = self
        self.rows = {number: [self] for number in range(1000)}


@pytest.fixture
def by_hand():
    """Python collects nothing by itself meanwhile: as in an app that is hardly ever used."""
    gc.disable()
    yield
    gc.enable()


def test_what_is_held_in_circles_goes_with_the_window(qtbot, monkeypatch, by_hand):
    monkeypatch.setattr(closing, "SOON_MS", 0)
    window = Circle()
    gone = weakref.ref(window)
    window.show()
    window.close()
    closing.let_go(window)
    del window
    qtbot.waitUntil(lambda: gone() is None)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_freed_pages_go_back_to_the_system(qapp):
    # Small pieces, the last of which stays: without a word from us glibc gives back the top of its heap alone.
    pieces = [bytes(1000) for _ in range(30_000)]
    last = pieces.pop()
    held = _resident_mb()
    del pieces
    closing.give_back()
    assert _resident_mb() < held - 20
    assert last


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
