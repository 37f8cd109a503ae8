"""What Qt says about itself: `doctor` and `self-test` ask it in a process of its own, which may die of it."""

from __future__ import annotations

import json
import sys

from PySide6 import __version__
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QApplication


def run() -> int:
    """Start Qt on the platform of QT_QPA_PLATFORM and print its version, platform and image formats as JSON."""
    app = QApplication(sys.argv[:1])
    formats = sorted(bytes(name.data()).decode() for name in QImageReader.supportedImageFormats())
    report = {"version": __version__, "platform": app.platformName(), "image_formats": formats}
    sys.stdout.write(json.dumps(report) + "\n")
    return 0
