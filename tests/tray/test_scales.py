"""Nothing is clipped at 100 to 300 % or with a large font; Qt reads its scale once, so each is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QWidget

from tray.measured import faults
from tray.painted import painted_faults, watched
from tray.test_following import main_window

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("points", [10, 18])
@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2", "3"])
def test_no_text_is_clipped_and_nothing_is_squeezed(scale, points):
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    done = subprocess.run(
        [sys.executable, str(TESTS / "tray/measured.py"), scale, str(points)],
        capture_output=True, text=True, env=env, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "nothing is clipped\n"), done.stdout + done.stderr


def test_a_text_without_room_or_outside_its_window_is_noticed(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(200, 100)
    squeezed, outside, lacks_a_line = (QLabel(text, window) for text in ("Until reset", "Pause", "Until the reset"))
    squeezed.setGeometry(0, 0, 20, 40)
    outside.setGeometry(180, 0, 90, 40)
    lacks_a_line.setWordWrap(True)
    lacks_a_line.setGeometry(0, 50, 60, lacks_a_line.fontMetrics().height())
    window.show()
    assert [fault.partition(":")[0] for fault in faults(window)] == ["'Until reset'", "'Pause'", "'Until the reset'"]


class Careless(QWidget):
    """Paints texts on each other, out of their boxes and over its edge."""

    def paintEvent(self, _event):  # noqa: N802
        painter = QPainter(self)
        painter.drawText(QPointF(10, 20), "Mon")
        painter.drawText(QPointF(16, 22), "Tue")
        painter.drawText(QRectF(10, 40, 20, 20), Qt.AlignmentFlag.AlignLeft, "a long name")
        painter.drawText(QPointF(180, 80), "over the edge")
        painter.end()


def test_a_painted_text_that_is_cut_off_or_lies_on_another_is_noticed(qtbot):
    window = Careless()
    qtbot.addWidget(window)
    window.resize(200, 100)
    with watched() as texts:
        window.grab()
    assert [fault.partition(":")[0] for fault in painted_faults(texts)] == [
        "painted 'a long name'",
        "painted 'over the edge'",
        "painted 'Mon' and 'Tue' lie on each other",
    ]


def test_a_number_that_touches_the_ring_around_it_is_noticed(qtbot, monkeypatch):
    monkeypatch.setattr("ringfence.tray.ring_widget._Line.reach", lambda _line, _middle: 0.0)
    window = main_window("closed")
    qtbot.addWidget(window)
    with watched() as texts:
        window.grab()
    assert [fault.partition(":")[0] for fault in painted_faults(texts)] == ["painted '92 %'"]
