"""The desktop's scale changes while the app runs: icon and rings are drawn anew, in the screen's own pixels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from ringfence.tray.look import look_of
from ringfence.tray.painter import PANEL_SIZES, paint_rings
from tray.states import STATES

TESTS = Path(__file__).resolve().parents[1]
APP = """
import sys
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from ringfence.tray.icon import TrayIcon
from ringfence.tray.pages import Pages
from ringfence.tray.window import MainWindow
from tray.states import NOW, STATES

app = QApplication(sys.argv)
icon, window, pages = TrayIcon(), MainWindow(clock=lambda: NOW), Pages(clock=lambda: NOW, read_routes=lambda *_: ())
icon.show_view(STATES["calm"](), NOW)
window.show_view(STATES["calm"](), NOW)
window.show_in_front()
pages.setMinimumSize(0, 0)
pages.resize(150, 150)
pages.show()
window.move(0, 40)

def pixels(picture):
    return picture.toImage().convertToFormat(QImage.Format.Format_RGB32)

def sharp(window):
    seen, drawn = pixels(app.primaryScreen().grabWindow(window.winId())), pixels(window.grab())
    seen.setDevicePixelRatio(1.0)
    drawn.setDevicePixelRatio(1.0)
    return seen == drawn and drawn.width() == round(window.width() * app.devicePixelRatio())

def look():
    ratio = app.devicePixelRatio()
    pages.move(round(880 / ratio), round(440 / ratio))  # beside the other, below notifications
    print(app.devicePixelRatio(), *("sharp" if sharp(each) else "blurred" for each in (window, pages)), flush=True)

timer = QTimer()
timer.timeout.connect(look)
timer.start(100)
sys.exit(app.exec())
"""


@pytest.fixture
def scale(desktop, tmp_path):
    """Return `scale(percent)`, which is what the desktop's settings do."""
    pipe = tmp_path / "percents"
    os.mkfifo(pipe)
    written = os.open(pipe, os.O_RDWR)
    manager = desktop.start("sh", "-c", f"exec {sys.executable} {TESTS / 'desktop/xsettings.py'} < {pipe}")
    desktop.until(lambda: "ready" in manager.said())
    yield lambda percent: os.write(written, b"%d\n" % percent)
    os.close(written)


def pictures(desktop) -> dict[int, bytes]:
    """Return what the panel is given: ARGB, big-endian, by the side's length."""
    service, path = desktop.tray_items()[0].split()
    asked = subprocess.run(
        ["busctl", "--user", "-j", "get-property", service, path, "org.kde.StatusNotifierItem", "IconPixmap"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {width: bytes(data) for width, height, data in json.loads(asked.stdout)["data"] if width == height}


def painted(side: int) -> bytes:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    paint_rings(painter, QRectF(0, 0, side, side), look_of(STATES["calm"]()), fine=False)
    painter.end()
    native = image.convertToFormat(QImage.Format.Format_ARGB32)
    raw = bytes(native.constBits())
    return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))


def test_icon_and_window_are_sharp_at_100_200_and_150_percent_one_after_the_other(desktop, scale):
    app = desktop.python(APP, PYTHONPATH=f"{TESTS.parent / 'src'}:{TESTS}")
    desktop.until(desktop.tray_items)
    for percent in (100, 200, 150):
        scale(percent)
        sides = {round(size * percent / 100) for size in PANEL_SIZES}
        desktop.until(lambda sides=sides: sides <= set(pictures(desktop)))
        desktop.until(lambda percent=percent: app.said().splitlines()[-1:] == [f"{percent / 100} sharp sharp"])
        given = pictures(desktop)
        assert all(given[side] == painted(side) for side in given), "another drawing, or one that was stretched"
        assert sum(map(len, given.values())) < 60_000, "a panel is sent this at every change"
