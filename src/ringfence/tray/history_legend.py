"""What the shadings and colours of the history mean: chips with words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ringfence import history_texts
from ringfence.core.history import Span, SpanKind
from ringfence.tray import theme
from ringfence.tray.flow import Flow
from ringfence.tray.history_plot import line_pen, reset_pen, span_brush
from ringfence.tray.labels import label, say

Sign = QBrush | QColor | QPen
"""What a mark is drawn with: a filling, or a line."""


class Legend(QWidget):
    """What the shadings or the colours mean: chips with words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = Flow(self, across=theme.GRID + 4, down=theme.GRID // 2)
        self._flow.setContentsMargins(0, 0, 0, theme.GRID // 2)
        self._items: list[_Item] = []

    def show_marks(self, found: Sequence[Span], *, resets: bool, line: bool) -> None:
        """Explain the shadings and the lines that are seen.

        Args:
            found: the spans that are seen.
            resets: whether any reset is.
            line: whether a threshold is.
        """
        text = self.palette().color(QPalette.ColorRole.WindowText)
        kinds = [kind for kind in SpanKind if any(span.kind is kind for span in found)]
        ratio = self.devicePixelRatioF()
        items: list[tuple[str, Sign]] = [
            (history_texts.legend_text(kind), span_brush(kind, text, ratio)) for kind in kinds
        ]
        if resets:
            items.append((self.tr("Reset"), reset_pen(self.palette())))
        if line:
            items.append((self.tr("Closes the gate"), line_pen(text)))
        self._show(items)

    def show_names(self, names: Sequence[tuple[str, Sign]]) -> None:
        """Explain colours."""
        self._show(list(names))

    def _show(self, items: Sequence[tuple[str, Sign]]) -> None:
        while len(self._items) < len(items):
            self._items.append(_Item())
            self._flow.addWidget(self._items[-1])
        for index, item in enumerate(self._items):
            item.setVisible(index < len(items))
            if index < len(items):
                item.show_sign(*items[index])


class _Item(QWidget):
    """One sign with its words."""

    def __init__(self) -> None:
        super().__init__()
        self._chip, self._words = Chip(), label(scale=0.92, quiet=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self._chip)
        row.addWidget(self._words)

    def show_sign(self, words: str, sign: Sign) -> None:
        """Explain a sign."""
        self._chip.show_sign(sign)
        say(self._words, words)


class Chip(QWidget):
    """A sample of a shading, or of a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign: Sign = QBrush(Qt.BrushStyle.NoBrush)
        self.setFixedSize(2 * theme.GRID, theme.GRID + 4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_sign(self, sign: Sign) -> None:
        """Show a filling with an edge, or a line: dotted ones stand, as resets do."""
        self._sign = sign
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        if isinstance(self._sign, QPen):
            painter.setPen(self._sign)
            x, y = self.width() / 2, self.height() / 2
            stands = self._sign.style() is Qt.PenStyle.DotLine
            painter.drawLine(QLineF(x, 0, x, self.height()) if stands else QLineF(0, y, self.width(), y))
        else:
            painter.setPen(theme.line(self.palette()))
            painter.setBrush(self._sign)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
