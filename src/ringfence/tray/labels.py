"""The only maker of labels: plain text whatever stands in it, never an image or a link from outside."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from ringfence.tray import theme
from ringfence.words import quoted

QUIET_ROLE = QPalette.ColorRole.PlaceholderText
"""What the window fills with `theme.quiet`: labels follow a change of scheme without being told."""

_SCALE, _WEIGHT = "ringfence_scale", "ringfence_weight"
MAY_BREAK = "\u200b"
"""Zero wide: a line may end here."""
_LONG_WORD = re.compile(r"\S{28,}")
_STEP = re.compile(r"(?<=[^/\\])[/\\](?=[^/\\])")
"""Where a path goes down into a folder: a line ends there rather than within a name."""
_LONG_NAME = re.compile(r"[^\s\u200b]{20}(?=[^\s\u200b]{8})")


class Picture(QLabel):
    """What draws itself: a label with a picture, for Qt gives that the role of an image to whoever hears the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPixmap(QPixmap(1, 1))


class _Wrapped(QLabel):
    """A label that breaks lines and claims one line until its width is known.

    QLabel's own hints are for a square-ish block of text, which leaves holes in a layout that asks heightForWidth.
    """

    def sizeHint(self) -> QSize:
        """Return one line."""
        return QSize(super().sizeHint().width(), self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return the longest word."""
        return QSize(super().minimumSizeHint().width(), self.fontMetrics().height())


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
        text: shown as it is, but for commands, which are quoted; `&` and `<` mean nothing.
        scale: times the system font's size, never under 12 px.
        weight: another weight than the system font's.
        quiet: in the colour of secondary text.
        wrap: breaks lines; without it the label is never narrower than its text.
        parent: the usual.
    """
    made = _Wrapped(parent) if wrap else QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    dress(made, scale, weight=weight)
    if quiet:
        made.setForegroundRole(QUIET_ROLE)
    made.setWordWrap(wrap)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    made.setText(breakable(quoted(text)) if wrap else quoted(text))
    return made


def say(made: QLabel, text: str) -> None:
    """Set a label's text and hide it when there is none: an empty line is no line."""
    text = quoted(text)
    shown = breakable(text) if made.wordWrap() else text
    if made.text() != shown:
        made.setText(shown)
        made.setAccessibleName(text if shown != text else "")  # a screen reader would stop at the places to break
    made.setVisible(bool(text))


def dress(widget: QWidget, scale: float = 1.0, *, weight: QFont.Weight | None = None) -> None:
    """Give a widget the system's font in another size or weight; `follow_font` does it again when that font changes."""
    widget.setProperty(_SCALE, scale)
    widget.setProperty(_WEIGHT, None if weight is None else weight.value)
    widget.setFont(theme.font(QApplication.font(), scale, weight=weight))


def embolden(widget: QWidget, *, heavy: bool) -> None:
    """Give what was dressed another weight."""
    weight = QFont.Weight.DemiBold if heavy else QFont.Weight.Normal
    if widget.font().weight() != weight:
        dress(widget, widget.property(_SCALE), weight=weight)


def follow_font(window: QWidget) -> None:
    """Dress everything in a window anew: the desktop has another font."""
    for widget in window.findChildren(QWidget):
        scale, weight = widget.property(_SCALE), widget.property(_WEIGHT)
        if scale is not None:
            dress(widget, scale, weight=None if weight is None else QFont.Weight(weight))
        widget.updateGeometry()  # rings and bars are as large as the text beside them


def follow_palette(window: QWidget, *, sliders: bool = False) -> None:
    """Fill in the colour of secondary text, and that alone: a colour that a window has set follows no desktop.

    `sliders`: those that are off get a colour too, or on some desktops they would look as if they were on.
    """
    given, own = QApplication.palette(), QPalette()
    own.setColor(QUIET_ROLE, theme.quiet(given))
    if sliders:
        own.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, theme.line(given))
    if own.color(QUIET_ROLE) != window.palette().color(QUIET_ROLE):  # setting it is a change of palette too
        window.setPalette(own)


def describe(widget: QWidget, text: str) -> None:
    """Tell a screen reader more about a widget than its name."""
    widget.setAccessibleDescription(quoted(text))


def plain_tip(text: str) -> str:
    """Return a tooltip that Qt does not take for HTML, whatever is in it: a command may be called `<b>`."""
    return text.replace("<", "\u2039").replace(">", "\u203a")


def breakable(text: str) -> str:
    """Return the text with places to break in words that are longer than a line may be: they would widen a window."""
    return _LONG_WORD.sub(lambda found: _LONG_NAME.sub(_ended, _STEP.sub(_ended, found[0])), text)


def _ended(found: re.Match[str]) -> str:
    return f"{found[0]}{MAY_BREAK}"
