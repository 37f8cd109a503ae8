"""The only maker of labels: plain text whatever stands in it, never an image or a link from outside."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from ringfence.tray import theme

QUIET_ROLE = QPalette.ColorRole.PlaceholderText
"""What the window fills with `theme.quiet`: labels follow a change of scheme without being told."""


def label(
    text: str = "",
    *,
    scale: float = 1.0,
    weight: QFont.Weight | None = None,
    quiet: bool = False,
    wrap: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """Return a label.

    Args:
        text: shown as it is; `&` and `<` mean nothing.
        scale: times the system font's size, never under 12 px.
        weight: another weight than the system font's.
        quiet: in the colour of secondary text.
        wrap: breaks lines; without it the label is never narrower than its text.
        parent: the usual.
    """
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    made.setFont(theme.font(QApplication.font(), scale, weight=weight))
    if quiet:
        made.setForegroundRole(QUIET_ROLE)
    made.setWordWrap(wrap)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        made.setMinimumWidth(1)
    made.setText(text)
    return made


def say(made: QLabel, text: str) -> None:
    """Set a label's text and hide it when there is none: an empty line is no line."""
    if made.text() != text:
        made.setText(text)
    made.setVisible(bool(text))
