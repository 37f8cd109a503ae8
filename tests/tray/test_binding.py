"""The Qt binding itself, where a fault of it would end the app."""

import sys

from PySide6.QtGui import QPainter, QPixmap


def test_calls_that_return_nothing_leave_none_alive(qapp):
    """PySide6 6.12.0 dropped a reference to None in each of them: on Python 3.11 the app aborted after some hours."""
    pixmap = QPixmap(8, 8)
    painter = QPainter(pixmap)
    before = sys.getrefcount(None)
    for _ in range(1000):
        painter.save()
        painter.restore()
    after = sys.getrefcount(None)
    painter.end()
    assert after > before - 500
