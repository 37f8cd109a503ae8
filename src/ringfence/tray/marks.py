"""The signs, drawn from shapes: no font, no emoji, no image file. Small ones sit on whole pixels."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen

from ringfence.tray.look import Mark

SNAP_PX = 12.0
"""Signs in holes of up to this radius are snapped to whole pixels."""


def paint_mark(painter: QPainter, middle: QPointF, hole_r: float, mark: Mark, colour: QColor) -> None:
    """Draw a sign that fits a round hole of radius `hole_r` around `middle`."""
    painter.save()
    painter.translate(middle)
    painter.fillPath(mark_path(hole_r, mark), colour)
    painter.restore()


def mark_path(hole_r: float, mark: Mark) -> QPainterPath:
    """Return a sign's shape around 0, 0, for a round hole of radius `hole_r`."""
    unit = _unit(hole_r)
    match mark:
        case Mark.NONE:
            return QPainterPath()
        case Mark.PAUSED:
            return _bars(unit)
        case Mark.CLOSED:
            return _barrier(unit)
        case Mark.OVERRIDDEN:
            return _play(unit)
        case Mark.UNKNOWN:
            return _question(unit)
        case _:
            assert_never(mark)


def outline(path: QPainterPath, width: float, cap: Qt.PenCapStyle = Qt.PenCapStyle.FlatCap) -> QPainterPath:
    """Return the shape of a line of that width."""
    stroker = QPainterPathStroker(QPen(QColor(), width, Qt.PenStyle.SolidLine, cap))
    stroker.setCurveThreshold(0.01)  # a sign is a few units wide: the usual quarter of one makes corners
    return stroker.createStroke(path)


def _unit(hole_r: float) -> float:
    """Return half of a sign's height; whole pixels when small, or its edges would blur."""
    half = hole_r * 0.66
    return max(2.0, round(half)) if hole_r <= SNAP_PX else half


def _snapped(value: float, unit: float) -> float:
    return max(1.0, round(value)) if unit <= SNAP_PX * 0.66 else value


def _bars(unit: float) -> QPainterPath:
    thick, gap = _snapped(unit * 0.66, unit), _snapped(unit * 0.33, unit)
    made = QPainterPath()
    for left in (-gap - thick, gap):
        made.addRect(QRectF(left, -unit, thick, 2 * unit))
    return made


def _barrier(unit: float) -> QPainterPath:
    """Return the bar of a no-entry sign."""
    long, thick = _snapped(unit * 1.22, unit), _snapped(unit * 0.42, unit)
    made = QPainterPath()
    made.addRect(QRectF(-long, -thick, 2 * long, 2 * thick))
    return made


def _play(unit: float) -> QPainterPath:
    left, right = -unit * 0.62, unit * 1.05
    made = QPainterPath(QPointF(left, -unit))
    made.lineTo(right, 0)
    made.lineTo(left, unit)
    made.closeSubpath()
    return made


def _question(unit: float) -> QPainterPath:
    thick = _snapped(unit * 0.5, unit) if unit > 3 else 1.6
    radius = unit * 0.62
    top = -unit * 1.1 + thick / 2
    hook = QPainterPath(QPointF(-radius, top + radius))
    hook.arcTo(QRectF(-radius, top, 2 * radius, 2 * radius), 180, -230)
    hook.lineTo(0, unit * 0.42)
    made = outline(hook, thick)
    made.setFillRule(Qt.FillRule.WindingFill)
    made.addRect(QRectF(-thick / 2, unit * 1.15 - thick, thick, thick))
    return made
