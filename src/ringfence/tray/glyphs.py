"""Small signs for buttons, drawn in the text's colour at the size and scale that is asked for.

Each is one shape, so that the files in assets/glyphs are made from it (packaging/dev/render_assets.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QApplication

from ringfence.core.ring import View
from ringfence.tray import theme
from ringfence.tray.look import Mark, mark_of
from ringfence.tray.marks import outline, paint_mark

TEETH = 8
FINE = 64.0
"""How much larger shapes are joined than they are drawn."""


class Glyph(QIconEngine):
    """An icon that is painted when it is shown, so that it follows scale and scheme by itself."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        """Draw the glyph."""
        group = QPalette.ColorGroup.Disabled if mode is QIcon.Mode.Disabled else QPalette.ColorGroup.Active
        colour = QApplication.palette().color(group, QPalette.ColorRole.ButtonText)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QRectF(rect).center())
        painter.scale(rect.width() / 16, rect.height() / 16)
        painter.fillPath(glyph_path(self._name), colour)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the glyph on a transparent ground."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        """Return the same glyph."""
        return Glyph(self._name)


def paint_verdict(painter: QPainter, rect: QRectF, view: View, palette: QPalette) -> None:
    """Draw the gate's sign on a disc: a tick while open, else the sign that the tray icon has in its middle."""
    colours = theme.colours_of(theme.scheme_of(palette))
    mark = mark_of(view)
    ground = QColor(colours.open) if mark is Mark.NONE else palette.color(QPalette.ColorRole.WindowText)
    ink = palette.color(QPalette.ColorRole.Window)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(rect)
    radius = rect.width() / 2
    if mark is not Mark.NONE:
        paint_mark(painter, rect.center(), radius * 0.92, mark, ink)
        return
    tick = QPainterPath(rect.center() + QPointF(-0.42, 0.02) * radius)
    tick.lineTo(rect.center() + QPointF(-0.1, 0.34) * radius)
    tick.lineTo(rect.center() + QPointF(0.44, -0.3) * radius)
    painter.strokePath(
        tick, QPen(ink, radius * 0.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )


@cache
def glyph_path(name: str) -> QPainterPath:
    """Return a sign's shape around the middle of a square of 16; names are in `GLYPHS`."""
    return GLYPHS[name]()


def _gear() -> QPainterPath:
    wheel = QPainterPath()
    wheel.setFillRule(Qt.FillRule.WindingFill)  # overlaps are one, and what goes round the other way is a hole
    wheel.addEllipse(QPointF(0, 0), 5.0, 5.0)
    for index in range(TEETH):
        angle = 2 * math.pi * index / TEETH
        way, side = QPointF(math.sin(angle), -math.cos(angle)), QPointF(math.cos(angle), math.sin(angle))
        tooth = QPainterPath(way * 4.4 - side * 1.5)
        for point in (way * 7.2 - side * 1.1, way * 7.2 + side * 1.1, way * 4.4 + side * 1.5):
            tooth.lineTo(point)
        tooth.closeSubpath()
        wheel.addPath(tooth)
    wheel.addPath(_disc(0, 0, 2.3).toReversed())
    return wheel


def _reload() -> QPainterPath:
    made, box = QPainterPath(), QRectF(-6.05, -6.05, 12.1, 12.1)
    made.setFillRule(Qt.FillRule.WindingFill)
    made.arcMoveTo(box, 50)
    made.arcTo(box, 50, 280)
    made.arcTo(box.adjusted(1.7, 1.7, -1.7, -1.7), 330, -280)
    made.closeSubpath()
    tip = QPainterPath(QPointF(6.4, -6.6))
    tip.lineTo(6.4, -1.2)
    tip.lineTo(1.2, -1.9)
    tip.closeSubpath()
    made.addPath(tip.toReversed())
    return made


def _accounts() -> QPainterPath:
    """Return two people, one behind the other."""
    fine = QTransform.fromScale(FINE, FINE)  # Qt joins shapes to a quarter of a unit
    front, back = fine.map(_person(-2.4, 1.0, 1.0)), fine.map(_person(3.8, -0.2, 0.84))
    gap = outline(front, 2.4 * FINE)
    return QTransform.fromScale(1 / FINE, 1 / FINE).map(back.subtracted(front.united(gap)).united(front))


def _history() -> QPainterPath:
    """Return four bars, as a plot has them."""
    made = QPainterPath()
    for x, high in ((-6.2, 4.0), (-2.6, 8.5), (1.0, 6.0), (4.6, 11.5)):
        made.addRoundedRect(QRectF(x, 6.0 - high, 2.4, high), 0.8, 0.8)
    return made


def _question() -> QPainterPath:
    """Return a question mark in a ring: what all of this is."""
    made = _disc(0, 0, 7.15)
    made.setFillRule(Qt.FillRule.WindingFill)
    made.addPath(_disc(0, 0, 5.65).toReversed())
    hook = QPainterPath(QPointF(-2.1, -1.5))
    hook.cubicTo(-2.1, -4.4, 2.3, -4.4, 2.3, -1.5)
    hook.cubicTo(2.3, 0.1, 0, 0.2, 0, 1.7)
    made.addPath(outline(hook, 1.5, Qt.PenCapStyle.RoundCap))
    made.addPath(_disc(0, 3.7, 0.95))
    return made


def _disc(x: float, y: float, radius: float) -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(x, y), radius, radius)
    return made


def _person(x: float, y: float, size: float) -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(x, y - 4.2 * size), 2.7 * size, 2.7 * size)
    shoulders = QPainterPath(QPointF(x - 4.8 * size, y + 5.4 * size))
    shoulders.cubicTo(x - 4.8 * size, y - 2.6 * size, x + 4.8 * size, y - 2.6 * size, x + 4.8 * size, y + 5.4 * size)
    shoulders.closeSubpath()
    return made.united(shoulders)


GLYPHS: Mapping[str, Callable[[], QPainterPath]] = {
    "gear": _gear,
    "reload": _reload,
    "accounts": _accounts,
    "history": _history,
    "question": _question,
}
