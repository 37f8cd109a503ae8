"""What the shadings and colours of the history mean: chips with words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ringfence import history_texts
from ringfence.core.history import Span, SpanKind
from ringfence.tray import theme
from ringfence.tray.history_plot import span_brush
from ringfence.tray.labels import label, say


class Legend(QWidget):
    """What the shadings or the colours mean: chips with words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, theme.GRID // 2)
        self._row.setSpacing(theme.GRID // 2)
        self._row.addStretch()
        self._items: list[tuple[Chip, QLabel]] = []

    def show_spans(self, found: Sequence[Span]) -> None:
        """Explain the shadings that are seen, and how long each was."""
        text = self.palette().color(QPalette.ColorRole.WindowText)
        kinds = [kind for kind in SpanKind if any(span.kind is kind for span in found)]
        self._show([(f"Gate {history_texts.SPANS[kind]}", span_brush(kind, text)) for kind in kinds])

    def show_names(self, names: Sequence[tuple[str, QBrush | QColor]]) -> None:
        """Explain colours."""
        self._show(list(names))

    def _show(self, items: Sequence[tuple[str, QBrush | QColor]]) -> None:
        while len(self._items) < len(items):
            made = Chip(), label(scale=0.92, quiet=True)
            self._items.append(made)
            at = self._row.count() - 1
            self._row.insertWidget(at, made[0])
            self._row.insertWidget(at + 1, made[1])
            self._row.insertSpacing(at + 2, theme.GRID)
        for index, (chip, words_) in enumerate(self._items):
            shown = index < len(items)
            chip.setVisible(shown)
            say(words_, items[index][0] if shown else "")
            if shown:
                chip.show_brush(items[index][1])


class Chip(QWidget):
    """A sample of a shading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brush: QBrush | QColor = QBrush(Qt.BrushStyle.NoBrush)
        self.setFixedSize(2 * theme.GRID, theme.GRID + 4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_brush(self, brush: QBrush | QColor) -> None:
        """Show a brush or a colour."""
        self._brush = brush
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it with an edge."""
        painter = QPainter(self)
        painter.setPen(theme.line(self.palette()))
        painter.setBrush(self._brush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
