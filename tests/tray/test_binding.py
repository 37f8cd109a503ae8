"""The Qt binding itself, where a fault of it would end the app."""

import os
import subprocess
import sys
from pathlib import Path

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


def test_the_source_of_what_is_imported_beside_qt_is_not_read():
    """PySide's hook for `__feature__` reads and keeps it all: 12 MB in the idle tray (ringfence.tray)."""
    code = "import linecache, ringfence.tray.app, asyncio; print(*linecache.cache)"
    source = Path(__file__).parents[2] / "src"
    read = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(source)}, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert [path for path in read if path.startswith(str(source)) or "asyncio" in path] == []
