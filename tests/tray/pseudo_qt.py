"""The language nobody speaks (tests/parts/pseudo.py) for Qt's words and the tray's, and what a window says in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from parts import pseudo
from ringfence import language
from ringfence.core.model import Pause

SAID = {"why", "trouble", "why_unknown", "detail", "note", "label", "help", "obstacle", "message"}
"""Fields whose sentences are ours, and have to be translated; a pause's `why` is the person's."""
ALWAYS = (
    *language.LANGUAGES.values(),
    "Ringfence",
    "Claude Code",
    "ringfence pause",
    "ringfence[prices]",
    "gate.json",
    "NetworkManager",
    "Opus",
    "Sonnet",
    "Haiku",
    "max",
    "pro",
    "USD",
    "EUR",
    "kB",
    "MB",
    "GB",
    "CSV",
    "API",
    "Ctrl",
    "Extra usage",  # a name of the server's
)
LONGEST_WHOLE = 24
"""A longer text may be cut where it is shown: its words are looked for, not the whole."""


def data_in(*states: object) -> re.Pattern[str]:
    """Return what finds the names in states: of accounts, models, classes, budgets, folders, commands."""
    found = {*ALWAYS}
    for state in states:
        for text in _texts(state):
            whole = " ".join(text.split())
            found |= {whole} if len(whole) <= LONGEST_WHOLE else {whole, *re.findall(r"[\w-]+", whole)}
            found |= set(re.split(r"[/\\]", whole))
    worth = sorted((re.escape(text) for text in found if len(text) > 1), key=len, reverse=True)
    return re.compile(
        r"\S*…\S*|\([A-Z]\w*\+[^)]*\)|(?<![A-Za-z])(?:" + "|".join(worth) + r")(?![A-Za-z])", re.IGNORECASE
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from (*_texts(key), *_texts(each))
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in SAID or isinstance(value, Pause):
                yield from _texts(getattr(value, field.name))
    elif isinstance(value, Iterable):
        for each in value:
            yield from _texts(each)


class PseudoTranslator(QTranslator):
    """Has every word."""

    def translate(self, context: str, text: str, _comment: str | None = None, _n: int = -1) -> str:
        """Return the word, but for the names of keys, which Qt looks up before it reads them."""
        return text if context in {"QShortcut", "QKeySequence"} else pseudo.text(text)

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's own name
        """Say that there are words."""
        return False


def speak() -> PseudoTranslator:
    """Speak it from here on; the caller keeps what is returned."""
    pseudo.speak()
    made = PseudoTranslator()
    QCoreApplication.installTranslator(made)
    return made


def texts_of(window: QWidget) -> Iterator[str]:
    """Yield everything a window says, to the eye and to a screen reader."""
    yield window.windowTitle()
    for widget in [window, *window.findChildren(QWidget)]:
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
        match widget:
            case QLabel() | QAbstractButton():
                yield widget.text()
            case QComboBox():
                yield from (widget.itemText(index) for index in range(widget.count()))
            case QTabWidget():
                yield from (widget.tabText(index) for index in range(widget.count()))
            case QSpinBox():
                yield widget.suffix()
            case QAbstractSpinBox():
                yield widget.text()
            case _:
                pass
    yield from (action.text() for action in window.findChildren(QAction))


def english(window: QWidget, data: re.Pattern[str]) -> Iterator[str]:
    """Yield what a window says in English, a text each with the words."""
    for said in sorted(set(texts_of(window))):
        left = pseudo.english_in(said.replace("\u200b", ""), data)
        if left:
            yield f"{said!r}: {', '.join(left)}"
