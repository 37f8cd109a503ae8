"""What Qt says about itself: `doctor` and `self-test` ask it in a process of its own, which may die of it."""

from __future__ import annotations

import json
import sys

from PySide6 import __version__
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QApplication

from ringfence.language import LANGUAGES
from ringfence.tray import translation


def run() -> int:
    """Start Qt on the platform of QT_QPA_PLATFORM and print what it has as JSON.

    Its version, its platform, its image formats, and the languages in which every text is there.
    """
    app = QApplication(sys.argv[:1])
    formats = sorted(bytes(name.data()).decode() for name in QImageReader.supportedImageFormats())
    languages = [key for key in LANGUAGES if translation.speak([key])]
    report = {
        "version": __version__, "platform": app.platformName(), "image_formats": formats, "languages": languages,
    }  # fmt: skip
    sys.stdout.write(json.dumps(report) + "\n")
    return 0
