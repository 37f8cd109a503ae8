"""Small signs for buttons, drawn in the text's colour at the size and scale that is asked for."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication

from ringfence.core.ring import View
from ringfence.tray import theme
from ringfence.tray.look import Mark, mark_of
from ringfence.tray.marks import paint_mark

TEETH = 8


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
        _DRAWN[self._name](painter, colour)
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


def _gear(painter: QPainter, colour: QColor) -> None:
    wheel = QPainterPath()
    wheel.addEllipse(QPointF(0, 0), 5.0, 5.0)
    for index in range(TEETH):
        angle = 2 * math.pi * index / TEETH
        way, side = QPointF(math.sin(angle), -math.cos(angle)), QPointF(math.cos(angle), math.sin(angle))
        tooth = QPainterPath(way * 4.4 - side * 1.5)
        for point in (way * 7.2 - side * 1.1, way * 7.2 + side * 1.1, way * 4.4 + side * 1.5):
            tooth.lineTo(point)
        tooth.closeSubpath()
        wheel = wheel.united(tooth)
    hub = QPainterPath()
    hub.addEllipse(QPointF(0, 0), 2.3, 2.3)
    painter.fillPath(wheel.subtracted(hub), colour)


def _reload(painter: QPainter, colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(QRectF(-5.2, -5.2, 10.4, 10.4), 50 * 16, 280 * 16)
    tip = QPainterPath(QPointF(6.4, -6.6))
    tip.lineTo(6.4, -1.2)
    tip.lineTo(1.2, -1.9)
    tip.closeSubpath()
    painter.fillPath(tip, colour)


def _accounts(painter: QPainter, colour: QColor) -> None:
    """Draw two people, one behind the other."""
    front, back = _person(-2.4, 1.0, 1.0), _person(3.8, -0.2, 0.84)
    gap = QPainterPathStroker(QPen(colour, 2.4)).createStroke(front)
    painter.fillPath(back.subtracted(front.united(gap)).united(front), colour)


def _history(painter: QPainter, colour: QColor) -> None:
    """Draw four bars, as a plot has them."""
    for x, high in ((-6.2, 4.0), (-2.6, 8.5), (1.0, 6.0), (4.6, 11.5)):
        bar = QPainterPath()
        bar.addRoundedRect(QRectF(x, 6.0 - high, 2.4, high), 0.8, 0.8)
        painter.fillPath(bar, colour)


def _question(painter: QPainter, colour: QColor) -> None:
    """Draw a question mark in a ring: what all of this is."""
    painter.setPen(QPen(colour, 1.5))
    painter.drawEllipse(QPointF(0, 0), 6.4, 6.4)
    hook = QPainterPath(QPointF(-2.1, -1.5))
    hook.cubicTo(-2.1, -4.4, 2.3, -4.4, 2.3, -1.5)
    hook.cubicTo(2.3, 0.1, 0, 0.2, 0, 1.7)
    painter.strokePath(hook, QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(0, 3.7), 0.95, 0.95)


def _person(x: float, y: float, size: float) -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(x, y - 4.2 * size), 2.7 * size, 2.7 * size)
    shoulders = QPainterPath(QPointF(x - 4.8 * size, y + 5.4 * size))
    shoulders.cubicTo(x - 4.8 * size, y - 2.6 * size, x + 4.8 * size, y - 2.6 * size, x + 4.8 * size, y + 5.4 * size)
    shoulders.closeSubpath()
    return made.united(shoulders)


_DRAWN = {"gear": _gear, "reload": _reload, "accounts": _accounts, "history": _history, "question": _question}
