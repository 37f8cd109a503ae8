"""The signs, drawn from shapes: no font, no emoji, no image file. Small ones sit on whole pixels."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from ringfence.tray.look import Mark

SNAP_PX = 12.0
"""Signs in holes of up to this radius are snapped to whole pixels."""


def paint_mark(painter: QPainter, middle: QPointF, hole_r: float, mark: Mark, colour: QColor) -> None:
    """Draw a sign that fits a round hole of radius `hole_r` around `middle`."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.translate(middle)
    unit = _unit(hole_r)
    match mark:
        case Mark.NONE:
            pass
        case Mark.PAUSED:
            _bars(painter, unit)
        case Mark.CLOSED:
            _barrier(painter, unit)
        case Mark.OVERRIDDEN:
            _play(painter, unit)
        case Mark.UNKNOWN:
            _question(painter, unit, colour)
        case _:
            assert_never(mark)
    painter.restore()


def _unit(hole_r: float) -> float:
    """Return half of a sign's height; whole pixels when small, or its edges would blur."""
    half = hole_r * 0.66
    return max(2.0, round(half)) if hole_r <= SNAP_PX else half


def _snapped(value: float, unit: float) -> float:
    return max(1.0, round(value)) if unit <= SNAP_PX * 0.66 else value


def _bars(painter: QPainter, unit: float) -> None:
    thick, gap = _snapped(unit * 0.66, unit), _snapped(unit * 0.33, unit)
    for left in (-gap - thick, gap):
        painter.drawRect(QRectF(left, -unit, thick, 2 * unit))


def _barrier(painter: QPainter, unit: float) -> None:
    """Draw the bar of a no-entry sign."""
    long, thick = _snapped(unit * 1.22, unit), _snapped(unit * 0.42, unit)
    painter.drawRect(QRectF(-long, -thick, 2 * long, 2 * thick))


def _play(painter: QPainter, unit: float) -> None:
    left, right = -unit * 0.62, unit * 1.05
    painter.drawPolygon(QPolygonF([QPointF(left, -unit), QPointF(right, 0), QPointF(left, unit)]))


def _question(painter: QPainter, unit: float, colour: QColor) -> None:
    thick = _snapped(unit * 0.5, unit) if unit > 3 else 1.6
    radius = unit * 0.62
    top = -unit * 1.1 + thick / 2
    hook = QPainterPath(QPointF(-radius, top + radius))
    hook.arcTo(QRectF(-radius, top, 2 * radius, 2 * radius), 180, -230)
    hook.lineTo(0, unit * 0.42)
    painter.strokePath(hook, QPen(colour, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawRect(QRectF(-thick / 2, unit * 1.15 - thick, thick, thick))
