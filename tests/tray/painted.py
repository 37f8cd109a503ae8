"""What is painted as text, and not by a label, is measured while it is drawn: where it lands, what room it had."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from ringfence.tray.painter import geometry_of
from ringfence.tray.ring_widget import RingWidget

SLACK_PX = 1.0
"""A font's box is a little larger than its ink."""
AIR_PX = 0.5
"""Between letters and the ring around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """One text."""

    widget: QWidget
    text: str
    box: QRectF
    """Where it lies on its widget."""
    px: int
    """The font's size."""
    ink: QRectF
    """Its letters alone."""
    room: QRectF
    """What it was given: a rectangle, the clip, the widget."""


@contextmanager
def watched() -> Iterator[list[Painted]]:
    """Give what our own painters draw as text meanwhile; Qt's labels draw theirs without them."""
    found: list[Painted] = []
    draw = QPainter.drawText

    def drawn(painter: QPainter, *given: object) -> object:
        widget, text = painter.device(), str(given[-1])
        if isinstance(widget, QWidget) and text:
            room = QRectF(widget.rect())
            if painter.hasClipping():
                room &= painter.clipBoundingRect()
            if isinstance(given[0], QRectF):
                box = QRectF(painter.boundingRect(*given))
                room &= given[0].adjusted(0, -SLACK_PX, 0, SLACK_PX)
            else:
                box = QRectF(painter.fontMetrics().boundingRect(text)).translated(QPointF(given[0]))
            metrics = painter.fontMetrics()
            ink = QRectF(metrics.tightBoundingRect(text)).translated(box.left(), box.top() + metrics.ascent())
            found.append(Painted(widget=widget, text=text, px=painter.font().pixelSize(), box=box, ink=ink, room=room))
        return draw(painter, *given)

    QPainter.drawText = drawn  # type: ignore[method-assign]
    try:
        yield found
    finally:
        QPainter.drawText = draw  # type: ignore[method-assign]


def painted_faults(found: list[Painted]) -> Iterator[str]:
    """Yield what is cut off, and what lies on another text or on a ring."""
    for one in found:
        grown = one.room.adjusted(-SLACK_PX, -SLACK_PX, SLACK_PX, SLACK_PX)
        if not grown.contains(one.box):
            yield f"painted {one.text!r}: {_said(one.box)} has {_said(one.room)}"
        if isinstance(one.widget, RingWidget) and not _in_hole(one):
            yield f"painted {one.text!r}: {_said(one.box)} lies on the rings"
    for one, other in itertools.combinations(found, 2):
        if one.widget is other.widget and _meet(one.box, other.box):
            yield f"painted {one.text!r} and {other.text!r} lie on each other: {_said(one.box)}, {_said(other.box)}"


def _meet(one: QRectF, other: QRectF) -> bool:
    shared = one & other
    return shared.width() > SLACK_PX and shared.height() > SLACK_PX * 2


def _in_hole(one: Painted) -> bool:
    """Tell whether a text is within the rings."""
    middle, ink = QRectF(one.widget.rect()).center(), one.ink
    side = min(one.widget.width(), one.widget.height())
    shape = geometry_of(side, rim=False)
    hole = shape.inner_r - shape.inner_w / 2 - AIR_PX
    corners = (ink.topLeft(), ink.topRight(), ink.bottomLeft(), ink.bottomRight())
    return all(hypot(at.x() - middle.x(), at.y() - middle.y()) <= hole for at in corners)


def _said(box: QRectF) -> str:
    return f"{box.x():.0f},{box.y():.0f} {box.width():.0f}x{box.height():.0f}"
