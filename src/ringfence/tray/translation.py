"""The tray's language: the desktop's, with the catalogues of gettext, of the tray's own words and of Qt's."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from ringfence import language

translate = QCoreApplication.translate
"""For words outside a QObject: `translate("Menu", "&Open")`. pyside6-lupdate knows it by this name."""


def speak() -> None:
    """Speak the person's language from here on. English needs no catalogue, and nothing is loaded for it."""
    # On Linux Qt reads the same variables; macOS and Windows keep the languages elsewhere.
    wanted = language.wanted_by(os.environ) or QLocale.system().uiLanguages()
    key = language.speak(wanted)
    if key == language.ENGLISH:
        return
    _install(str(Path(language.FOLDER, key, "tray.qm")))
    _install(str(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{key}.qm")))


def _install(qm: str) -> None:
    """Let Qt look up its words in a file. Qt's own are missing in some packages: its three buttons are English then."""
    translator = QTranslator(QCoreApplication.instance())
    if translator.load(qm):
        QCoreApplication.installTranslator(translator)
