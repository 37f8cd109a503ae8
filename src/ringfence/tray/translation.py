"""The tray's language: the desktop's, with the catalogues of gettext, of the tray's own words and of Qt's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from ringfence import language
from ringfence.storage.chosen_language import chosen_language

translate = QCoreApplication.translate
"""For words outside a QObject: `translate("Menu", "&Open")`. pyside6-lupdate knows it by this name."""


def wanted() -> list[str]:
    """Return the languages that the settings or the desktop ask for, the dearest first."""
    # On Linux Qt reads the same variables; macOS and Windows keep the languages elsewhere.
    return language.wanted_by(os.environ, chosen_language()) or QLocale.system().uiLanguages()


def speak(languages: Iterable[str]) -> bool:
    """Speak the first of these languages that there is. English needs no catalogue, and nothing is loaded for it.

    Returns whether all of it is there: our texts, the tray's words and Qt's own, which some packages leave out.
    """
    key = language.speak(languages)
    if key == language.ENGLISH:
        return True
    ours = _install(str(Path(language.FOLDER, key, "tray.qm")))
    return (
        _install(str(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{key}.qm"))) and ours
    )


def _install(qm: str) -> bool:
    """Let Qt look up its words in a file; tells whether it could be read."""
    translator = QTranslator(QCoreApplication.instance())
    return translator.load(qm) and QCoreApplication.installTranslator(translator)
