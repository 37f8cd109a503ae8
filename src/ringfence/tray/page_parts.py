"""What the pages of accounts and routes are built from: a page that scrolls, headings, lines, rows of buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ringfence.tray import theme
from ringfence.tray.labels import label


class Page(QScrollArea):
    """A column of cards that scrolls; `column` is filled from above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        outer.setSpacing(theme.GRID + 4)
        self.column = QVBoxLayout()
        self.column.setSpacing(theme.GRID + 4)
        outer.addLayout(self.column)
        outer.addStretch()
        self.setWidget(body)


def heading(text: str = "") -> QLabel:
    """Return a heading."""
    return label(text, weight=QFont.Weight.DemiBold, wrap=True)


def quiet() -> QLabel:
    """Return a line of secondary text."""
    return label(scale=0.92, quiet=True, wrap=True)


def row(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets side by side from the left."""
    made = QHBoxLayout()
    made.setSpacing(theme.GRID)
    for widget in widgets:
        made.addWidget(widget)
    made.addStretch()
    return made
