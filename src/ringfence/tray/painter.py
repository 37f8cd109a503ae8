"""The one drawing: two rings with their marks, from 16 px in a panel to the hero in the window and the app's icon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap

from ringfence.tray.look import ArcLook, Mark, RingLook
from ringfence.tray.marks import paint_mark
from ringfence.tray.theme import COIN, DARK, LIGHT, Colours, Panel

ICON_SIZES = (16, 22, 24, 32, 48, 64)
PANEL_SIZES = (16, 22, 24)
"""What panels ask for, before their scale."""
SPARE_PX = 48
"""From here on strokes are thinner, and leave room for the sign."""
DETAIL_PX = 96
"""From here on the drawing has round ends and threshold lines; below, every pixel goes into the strokes.

Above every size in the tray: Xfce takes the largest picture and shrinks it, which turns fine lines into specks.
"""
ROOM_FOR_BOTH_PX = 28
"""Below, a sign takes the inner ring's place: both would be legible for nobody. The tooltip still says the week."""
TOP = 90.0
HATCH_PX = 2.0
"""A stroke of an estimate, and the gap to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Where the rings lie in a square of `size` device pixels; radii are to the middle of the stroke."""

    size: float
    outer_r: float
    outer_w: float
    inner_r: float
    inner_w: float
    hole_r: float
    """What is left in the middle for a mark, with the inner ring drawn."""
    wide_hole_r: float
    """The same without the inner ring."""
    fine: bool
    """Whether it is large enough for round ends and threshold lines, and will not be shrunk."""


def geometry_of(size: float, *, rim: bool, fine: bool = True) -> Geometry:
    """Return the rings' places: strokes in whole pixels at small sizes, proportional in the hero.

    Args:
        size: the square's side in device pixels.
        rim: leave the coin's edge outside the rings.
        fine: with details, where it is large enough.
    """
    fine = fine and size >= DETAIL_PX
    margin = (0.5 if size < 20 else max(1.0, round(size / 26))) if rim else 0.0
    if size < 20:
        outer_w, gap, inner_w = (2.5 if rim else 3.0), 1.0, 2.0
    elif size < SPARE_PX:
        outer_w, gap, inner_w = round(size * 0.135), max(1.0, round(size / 18)), round(size * 0.1)
    elif not fine:
        outer_w, gap, inner_w = round(size * 0.11), round(size * 0.042), round(size * 0.084)
    else:
        outer_w, gap, inner_w = size * 0.105, size * 0.042, size * 0.082
    edge = size / 2 - margin
    inner_edge = edge - outer_w - gap
    return Geometry(
        size=size,
        outer_r=edge - outer_w / 2,
        outer_w=outer_w,
        inner_r=inner_edge - inner_w / 2,
        inner_w=inner_w,
        hole_r=inner_edge - inner_w - gap / 2,
        wide_hole_r=edge - outer_w - gap / 2,
        fine=fine,
    )


def paint_rings(painter: QPainter, rect: QRectF, look: RingLook, *, mark: bool = True, fine: bool = True) -> None:
    """Draw a look into the largest square in the middle of `rect`.

    Args:
        painter: any; its state is kept.
        rect: where, in logical pixels. Whole numbers keep small strokes crisp.
        look: what.
        mark: draw the sign too; False where the middle holds something else.
        fine: with details, where it is large enough.
    """
    size = min(rect.width(), rect.height())
    coin = look.panel is Panel.AUTO
    colours = colours_on(look.panel)
    shape = geometry_of(size, rim=coin, fine=fine)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - size / 2, rect.center().y() - size / 2)
    if coin:
        _disc(painter, QPointF(size / 2, size / 2), size / 2, QColor(COIN))
    alone = mark and size < ROOM_FOR_BOTH_PX and look.mark is not Mark.NONE
    painter.save()
    if look.error:
        painter.setClipPath(_without(size, *_notch(shape, gap=True)))
    if look.outer is not None:
        _ring(painter, shape, shape.outer_r, shape.outer_w, look.outer, look, colours)
    if look.inner is not None and not alone:
        _ring(painter, shape, shape.inner_r, shape.inner_w, look.inner, look, colours)
    painter.restore()
    if look.error:
        _error_dot(painter, shape, colours)
    if mark:
        hole = shape.wide_hole_r if alone or look.inner is None else shape.hole_r
        paint_mark(painter, QPointF(size / 2, size / 2), hole, look.mark, QColor(colours.ink))
    painter.restore()


def colours_on(panel: Panel) -> Colours:
    """Return the colours for a ground: the coin of `auto` is dark."""
    return LIGHT if panel is Panel.LIGHT else DARK


class RingsEngine(QIconEngine):
    """The tray's icon, drawn in just as many pixels as a panel asks for: at 150 % that is no size known before."""

    def __init__(self, look: RingLook) -> None:
        super().__init__()
        self._look = look

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it in the pixels of what is painted on, so that small strokes stay on whole ones."""
        ratio = painter.device().devicePixelRatio()
        drawn = self.pixmap(QSize(round(rect.width() * ratio), round(rect.height() * ratio)), mode, state)
        drawn.setDevicePixelRatio(ratio)
        painter.drawPixmap(rect.topLeft(), drawn)

    def pixmap(self, size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        """Return the drawing in so many device pixels. Never in detail: a panel may shrink it."""
        side = min(size.width(), size.height())
        made = pixmap(self._look, side, fine=False)
        return made if made.size() == size else made.copy((side - size.width()) // 2, 0, size.width(), size.height())

    def availableSizes(
        self, _mode: QIcon.Mode = QIcon.Mode.Normal, _state: QIcon.State = QIcon.State.Off
    ) -> list[QSize]:
        """Return the sizes that Qt sends to a panel over D-Bus: in device pixels, whatever the screens' ratio is.

        So what panels ask for is there times the ratio too, up to where Qt leaves sizes out.
        """
        ratio = QGuiApplication.instance().devicePixelRatio()
        scaled = {round(size * ratio) for size in PANEL_SIZES}
        return [QSize(size, size) for size in sorted({*ICON_SIZES, *scaled}) if size <= ICON_SIZES[-1]]

    def actualSize(self, size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QSize:
        """Return the same: every size can be drawn."""
        return size

    def clone(self) -> QIconEngine:
        """Return the same icon."""
        return RingsEngine(self._look)


@lru_cache(maxsize=4)
def tray_icon(look: RingLook) -> QIcon:
    """Return the tray's icon, in every size. Equal looks are one icon, as long as they are among the last few."""
    return QIcon(RingsEngine(look))


def pixmap(look: RingLook, size: int, *, fine: bool = True) -> QPixmap:
    """Return the drawing on a transparent ground, `size` device pixels square."""
    made = QPixmap(size, size)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint_rings(painter, QRectF(0, 0, size, size), look, fine=fine)
    painter.end()
    return made


def arc_colour(arc: ArcLook, colours: Colours, *, stale: bool) -> QColor:
    """Return the tier's colour; drained when stale, its lightness kept, so that the tier can still be told."""
    colour = QColor(colours.tiers[arc.tier]) if arc.tier else QColor(colours.track)
    if not stale:
        return colour
    grey = round(0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue())
    return QColor(grey, grey, min(255, grey + 6))


def _ring(
    painter: QPainter, shape: Geometry, radius: float, width: float, arc: ArcLook, look: RingLook, colours: Colours
) -> None:
    box = QRectF(shape.size / 2 - radius, shape.size / 2 - radius, 2 * radius, 2 * radius)
    if arc.fill is None:
        _dots(painter, shape, radius, width, colours)
    else:
        if not look.stale:
            painter.setPen(QPen(QColor(colours.track), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawEllipse(box)
        if arc.estimated is not None and not look.stale and shape.fine:
            _estimate(painter, box, width, arc, colours)
        _fill(painter, shape, box, width, arc, look, colours)
    if arc.threshold is not None and shape.fine:
        _threshold(painter, shape, radius, width, arc.threshold, colours)


def _fill(
    painter: QPainter, shape: Geometry, box: QRectF, width: float, arc: ArcLook, look: RingLook, colours: Colours
) -> None:
    assert arc.fill is not None
    if arc.fill <= 0 and not look.stale:
        return
    round_ends = shape.fine and not look.stale
    cap = Qt.PenCapStyle.RoundCap if round_ends else Qt.PenCapStyle.FlatCap
    pen = QPen(arc_colour(arc, colours, stale=look.stale), width, Qt.PenStyle.SolidLine, cap)
    if look.stale:
        painter.setPen(QPen(QColor(colours.track), max(1.0, width / 4)))  # a hairline: where the ring would be
        painter.drawEllipse(box)
        pen.setDashPattern([1.8, 0.7] if not shape.fine else [1.1, 0.5])
    painter.setPen(pen)
    # A round end stands half a stroke over: it is taken off, or 97 % would look like all.
    over = math.degrees(width / 2 / (box.width() / 2)) if round_ends else 0.0
    sweep = max(360 * arc.fill - (0 if arc.fill >= 1 else 2 * over), 0.5)
    if arc.fill > 0:
        painter.drawArc(box, round((TOP - over) * 16), -round(sweep * 16))


def _estimate(painter: QPainter, box: QRectF, width: float, arc: ArcLook, colours: Colours) -> None:
    """Go on from the reading in strokes across the ring: what is thought is hatched, what was read is solid."""
    assert arc.fill is not None
    assert arc.estimated is not None
    painter.setPen(estimate_pen(arc, colours, width))
    painter.drawArc(box, round((TOP - 360 * arc.fill) * 16), -round(360 * (arc.estimated - arc.fill) * 16))


def estimate_pen(arc: ArcLook, colours: Colours, width: float) -> QPen:
    """Return the pen that hatches an estimate, in a ring as in a bar."""
    pen = QPen(arc_colour(arc, colours, stale=False), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([HATCH_PX / width, HATCH_PX / width])
    pen.setDashOffset(HATCH_PX / width)  # a gap first: it parts the estimate from the reading
    return pen


def _dots(painter: QPainter, shape: Geometry, radius: float, width: float, colours: Colours) -> None:
    """Draw an empty track: a ring of dots says that there is nothing to fill, where a plain track says 0 %."""
    diameter = max(1.5, width * (0.42 if shape.size >= SPARE_PX else 0.7 if shape.size >= 20 else 0.85))
    count = max(8, round(2 * math.pi * radius / (diameter * 2.1) / 4) * 4)
    colour = QColor(colours.stale)
    for index in range(count):
        angle = 2 * math.pi * index / count
        at = QPointF(shape.size / 2 + radius * math.sin(angle), shape.size / 2 - radius * math.cos(angle))
        _disc(painter, at, diameter / 2, colour)


def _threshold(
    painter: QPainter, shape: Geometry, radius: float, width: float, threshold: float, colours: Colours
) -> None:
    angle = 2 * math.pi * min(threshold, 1.0)
    way = QPointF(math.sin(angle), -math.cos(angle))
    middle = QPointF(shape.size / 2, shape.size / 2)
    ends = (middle + way * (radius - width / 2), middle + way * (radius + width / 2))
    ground = QColor("#ffffff" if colours is LIGHT else COIN)
    ground.setAlpha(255)
    for colour, thick in ((ground, max(4.0, shape.size / 26)), (QColor(colours.ink), max(1.6, shape.size / 64))):
        painter.setPen(QPen(colour, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(*ends)


def _notch(shape: Geometry, *, gap: bool) -> tuple[QPointF, float]:
    """Return the notch at half past four: its middle and radius, with or without the gap around the dot."""
    reach = shape.outer_r * math.sqrt(0.5)
    radius = 2.5 if shape.size < 20 else max(3.0, shape.size * (0.13 if not shape.fine else 0.095))
    room = 1.0 if not shape.fine else shape.size / 30
    return QPointF(shape.size / 2 + reach, shape.size / 2 + reach), radius + (room if gap else 0)


def _error_dot(painter: QPainter, shape: Geometry, colours: Colours) -> None:
    middle, radius = _notch(shape, gap=False)
    _disc(painter, middle, radius, QColor(colours.error))
    if not shape.fine:
        return
    painter.setPen(QPen(QColor(colours.on_error), radius * 0.32, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(middle + QPointF(0, -radius * 0.62), middle + QPointF(0, radius * 0.18))
    painter.drawLine(middle + QPointF(0, radius * 0.36), middle + QPointF(0, radius * 0.64))


def _without(size: float, middle: QPointF, radius: float) -> QPainterPath:
    whole, hole = QPainterPath(), QPainterPath()
    whole.addRect(QRectF(-1, -1, size + 2, size + 2))
    hole.addEllipse(middle, radius, radius)
    return whole.subtracted(hole)


def _disc(painter: QPainter, middle: QPointF, radius: float, colour: QColor) -> None:
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(middle, radius, radius)
    painter.restore()
