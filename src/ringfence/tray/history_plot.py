"""One window's course: what was used as a stepped area in the tiers' colours, resets, thresholds, and the gate's spans.

Drawn with QPainter: a plotting library that brings numpy would take a third of the bundle's budget, and this draws
what it needs, a few lists of rectangles, in a millisecond.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import assert_never

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QBrush,
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from ringfence import history_texts, texts
from ringfence.core.history import Course, Frame, Level, Reset, Span, SpanKind, longest_step, nearest
from ringfence.core.model import Tier, tier_of
from ringfence.tray import theme
from ringfence.tray.labels import Picture

LEFT_EMS, RIGHT_PX = 4.2, theme.GRID
HEIGHT_EMS = 8.0
REACH_PX = 12.0
"""A reading this near to the pointer is the one that is meant."""
ZOOM = 1.25
AREA_ALPHA = 0.34
SHADES = {SpanKind.CLOSED: 0.20, SpanKind.PAUSED: 0.5, SpanKind.OVERRIDDEN: 0.45, SpanKind.UNKNOWN: 0.5}
"""How dense the shading of each kind of span is, of the text's colour."""
APART_PX = 8
"""Resets nearer to each other than this, on average, are short ticks: a line each would hide the course."""


class CoursePlot(Picture):
    """The plot. It keeps no frame of its own: it asks to pan and zoom, and is shown what came of it."""

    read_out = Signal(str)
    """What is under the pointer or the cursor; empty: nothing."""
    pan_asked = Signal(float)
    """Seconds."""
    zoom_asked = Signal(float, float)
    """How many times the time, and the moment that stays."""
    edge_asked = Signal(bool)
    """The newest readings, or (False) the oldest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._course: Course | None = None
        self._ends: list[float] = []
        self._tiers: list[Tier] = []
        self._drawn = self._shown = slice(0, 0)
        self._frame = Frame(since=0.0, until=1.0)
        self._spans: Sequence[Span] = ()
        self._threshold: float | None = None
        self._last_x: float | None = None
        self._cursor: Level | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def course(self) -> Course | None:
        """What is drawn."""
        return self._course

    def show_course(self, course: Course, frame: Frame, spans: Sequence[Span], threshold: float | None) -> None:
        """Show a course within a frame.

        Args:
            course: the window's; its levels may begin before the frame and end after it.
            frame: the time that is shown.
            spans: when the gate was not simply open.
            threshold: where this window closes the gate, a fraction; None: nowhere.
        """
        if self._course is not course:
            self._ends = [level.until for level in course.levels]
            self._tiers = [tier_of(level.high) for level in course.levels]
        self._course, self._frame, self._spans, self._threshold = course, frame, spans, threshold
        first = bisect_left(self._ends, frame.since)
        last = bisect_right(self._ends, frame.until)
        self._drawn = slice(first, last + 1)  # up to the next one the line goes on, past the frame's edge
        began_in_it = last < len(self._ends) and course.levels[last].since <= frame.until
        self._shown = slice(first, last + began_in_it)
        seen = self._seen()
        self._cursor = self._cursor if self._cursor in seen else None
        label = texts.named_text(course.kept.window, course.kept.label)
        self.setAccessibleName(f"{label}: {history_texts.summary_text(seen, self.resets())}")
        self.setAccessibleDescription(
            self.tr(
                "Left and Right move from reading to reading, Page Up and Page Down through time, plus and minus zoom"
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height in sizes of the font."""
        return QSize(480, round(HEIGHT_EMS * self._em()))

    def minimumSizeHint(self) -> QSize:
        """Return half of it."""
        return QSize(240, round(HEIGHT_EMS * self._em() / 2))

    def area(self) -> QRectF:
        """Return where the course is drawn; left of it stand the percents."""
        left = LEFT_EMS * self._em()
        return QRectF(left, theme.GRID, self.width() - left - RIGHT_PX, self.height() - 1.5 * theme.GRID)

    def _em(self) -> int:
        return theme.font(QApplication.font(), 0.92).pixelSize()

    def _seen(self) -> list[Level]:
        return [] if self._course is None else list(self._course.levels[self._shown])

    def resets(self) -> list[Reset]:
        """Return where the window began anew within the frame."""
        resets = () if self._course is None else self._course.resets
        return [reset for reset in resets if self._frame.since <= reset.at <= self._frame.until]

    # ---- drawing

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plot."""
        painter = QPainter(self)
        area, palette = self.area(), self.palette()
        colours = theme.colours_of(theme.scheme_of(palette))
        self._paint_scale(painter, area)
        painter.save()
        painter.setClipRect(area.adjusted(0, -1, 0, 1))
        self._paint_spans(painter, area)
        self._paint_levels(painter, area, colours)
        self._paint_marks(painter, area, colours)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(theme.accent(palette), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _paint_scale(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(theme.font(QApplication.font(), 0.86))
        for percent in (0, 50, 100):
            y = self._y(area, percent / 100)
            painter.setPen(QPen(theme.line(self.palette()), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(theme.quiet(self.palette()))
            height = painter.fontMetrics().height()
            box = QRectF(0, min(max(y - height / 2, 0), self.height() - height), area.left() - theme.GRID, height)
            where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, where, texts.points_text(percent))

    def _paint_spans(self, painter: QPainter, area: QRectF) -> None:
        text = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(Qt.PenStyle.NoPen)
        for span in self._spans:
            left, right = self._x(area, span.since), self._x(area, span.until)
            painter.setBrush(span_brush(span.kind, text, self.devicePixelRatioF()))
            painter.drawRect(QRectF(left, area.top(), max(right - left, 1.5), area.height()))

    def _paint_levels(self, painter: QPainter, area: QRectF, colours: theme.Colours) -> None:
        fills: dict[Tier, list[QRectF]] = {}
        tops: dict[Tier, list[QLineF]] = {}
        left, bottom, high = area.left(), area.bottom(), area.height()
        scale, since = area.width() / self._frame.length_s, self._frame.since
        joined: float | None = None
        filled = int(left)  # whole pixels, each once: two half clear layers would be a darker one
        seen = [] if self._course is None else self._course.levels[self._drawn]
        silence = longest_step(1 / scale)
        following = (*seen[1:], None)[: len(seen)]  # of nothing there is nothing that follows
        for level, after, tier in zip(seen, following, self._tiers[self._drawn], strict=True):
            broken = after is None or after.since - level.until > silence
            ends = level.until if after is None or broken else after.since
            begin, end = int(left + (level.since - since) * scale), int(left + (ends - since) * scale)
            if end <= begin:
                end = begin + 1
            top = bottom - (level.high if level.high < 1.0 else 1.0) * high  # noqa: FURB136 - a call takes longer
            lines = tops.setdefault(tier, [])
            if joined is not None and joined - top > 1:  # a fall belongs to the reset
                lines.append(QLineF(begin, joined, begin, top))
            joined = None if broken else top
            if end > filled:
                begin_fill = max(begin, filled)
                fills.setdefault(tier, []).append(QRectF(begin_fill, top, end - begin_fill, bottom - top))
                filled = end
            lines.append(QLineF(begin, top, end, top))
            if level.high - level.low > 0.01:
                lines.append(QLineF(begin, bottom - min(level.low, 1.0) * high, begin, top))
        for tier, rects in fills.items():
            colour = QColor(colours.tiers[tier])
            colour.setAlphaF(AREA_ALPHA)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRects(rects)
        for tier, lines in tops.items():
            painter.setPen(QPen(QColor(colours.tiers[tier]), 2))
            painter.drawLines(lines)

    def _paint_marks(self, painter: QPainter, area: QRectF, colours: theme.Colours) -> None:
        ink = QColor(colours.ink)
        if self._threshold is not None:
            y = self._y(area, self._threshold)
            painter.setPen(line_pen(ink))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
        found = self.resets()
        dense = len(found) * APART_PX > area.width()
        painter.setPen(reset_pen(self.palette()))
        foot = area.top() + theme.GRID if dense else area.bottom()
        painter.drawLines([QLineF(x, area.top(), x, foot) for x in (self._x(area, reset.at) for reset in found)])
        if self._cursor is not None:
            x = self._x(area, self._cursor.until)
            painter.setPen(QPen(ink, 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(x, self._y(area, self._cursor.high)), 3.5, 3.5)

    def _x(self, area: QRectF, at: float) -> float:
        return area.left() + self._frame.share(at) * area.width()

    def _y(self, area: QRectF, used: float) -> float:
        return area.bottom() - min(max(used, 0.0), 1.0) * area.height()

    # ---- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._last_x = event.position().x()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the drag."""
        self._last_x = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while dragged, else read out what is there."""
        x = event.position().x()
        if self._last_x is None:
            self._point(self._at(x))
            return
        moved, self._last_x = self._last_x - x, x
        self.pan_asked.emit(moved * self._frame.length_s / max(self.area().width(), 1))

    def leaveEvent(self, event: object) -> None:
        """Point at nothing."""
        if not self.hasFocus():
            self._set_cursor(None)
        super().leaveEvent(event)  # type: ignore[arg-type]

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer with Ctrl, pan sideways; up and down scroll the page."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned.y():
            self.zoom_asked.emit(1 / ZOOM if turned.y() > 0 else ZOOM, self._at(event.position().x()))
        elif abs(turned.x()) > abs(turned.y()):
            self.pan_asked.emit(-turned.x() / 1200 * self._frame.length_s)
        else:
            event.ignore()
            return
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor, pan, zoom."""
        middle = (self._frame.since + self._frame.until) / 2
        at = self._cursor.until if self._cursor is not None else middle
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self._step(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_PageUp:
                self.pan_asked.emit(-self._frame.length_s / 2)
            case Qt.Key.Key_PageDown:
                self.pan_asked.emit(self._frame.length_s / 2)
            case Qt.Key.Key_Home | Qt.Key.Key_End:
                self.edge_asked.emit(event.key() == Qt.Key.Key_End)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_asked.emit(1 / ZOOM, at)
            case Qt.Key.Key_Minus:
                self.zoom_asked.emit(ZOOM, at)
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: object) -> None:
        """Lose the cursor."""
        self._set_cursor(None)
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.update()

    def _at(self, x: float) -> float:
        area = self.area()
        return self._frame.since + (x - area.left()) / max(area.width(), 1) * self._frame.length_s

    def _point(self, at: float) -> None:
        reach = REACH_PX * self._frame.length_s / max(self.area().width(), 1)
        self._set_cursor(nearest(self._seen(), at, reach))

    def _step(self, by: int) -> None:
        seen = self._seen()
        if not seen:
            return
        if self._cursor in seen:
            index = min(max(seen.index(self._cursor) + by, 0), len(seen) - 1)
        else:
            index = 0 if by > 0 else len(seen) - 1
        self._set_cursor(seen[index])

    def _set_cursor(self, level: Level | None) -> None:
        if level is self._cursor:
            return
        self._cursor = level
        said = "" if level is None or self._course is None else self._said(level)
        self.read_out.emit(said)
        if said and self.hasFocus():
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def _said(self, level: Level) -> str:
        assert self._course is not None
        said = history_texts.level_text(texts.named_text(self._course.kept.window, self._course.kept.label), level)
        span = next((s for s in self._spans if s.since <= level.until <= s.until), None)
        return said if span is None else f"{said} · {history_texts.span_text(span)}"


class Axis(QWidget):
    """The times below the plots."""

    def __init__(self, beside_px: Callable[[], int], parent: QWidget | None = None) -> None:
        """`beside_px`: how much of the width a scroll bar beside the plots takes."""
        super().__init__(parent)
        self._frame, self._beside_px = Frame(since=0.0, until=1.0), beside_px
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_frame(self, frame: Frame) -> None:
        """Show the times of a frame."""
        self._frame = frame
        first, last = history_texts.moment_text(frame.since), history_texts.moment_text(frame.until)
        self.setAccessibleName(self.tr("From {first} to {last}").format(first=first, last=last))
        self.update()

    def sizeHint(self) -> QSize:
        """Return one line."""
        return QSize(240, round(1.7 * theme.font(QApplication.font(), 0.86).pixelSize()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ticks and their labels."""
        painter = QPainter(self)
        painter.setFont(theme.font(QApplication.font(), 0.86, weight=QFont.Weight.Normal))
        metrics = painter.fontMetrics()
        left = LEFT_EMS * theme.font(QApplication.font(), 0.92).pixelSize()
        width = self.width() - self._beside_px() - left - RIGHT_PX
        most = max(int(width / (metrics.horizontalAdvance("0") * 11)), 1)
        free = 0.0
        for at, name in history_texts.ticks(self._frame.since, self._frame.until, most):
            x = left + self._frame.share(at) * width
            painter.setPen(theme.line(self.palette()))
            painter.drawLine(QLineF(x, 0, x, 4))
            wide = metrics.horizontalAdvance(name)
            start = min(max(x - wide / 2, 0.0), self.width() - wide)
            if start >= free:
                painter.setPen(theme.quiet(self.palette()))
                painter.drawText(QPointF(start, 5 + metrics.ascent()), name)
                free = start + wide + theme.GRID
        painter.end()


def reset_pen(palette: QPalette) -> QPen:
    """Return how a reset is drawn, which the legend explains."""
    return QPen(theme.quiet(palette), 1, Qt.PenStyle.DotLine)


def line_pen(ink: QColor) -> QPen:
    """Return how a threshold is drawn, which the legend explains."""
    return QPen(ink, 1.4, Qt.PenStyle.DashLine)


def span_brush(kind: SpanKind, text: QColor, ratio: float = 1.0) -> QBrush:
    """Return how a span of the gate is shaded: told apart by the hatching, which the legend explains.

    Args:
        kind: what the span is.
        text: the colour of the text.
        ratio: device pixels to a pixel. Qt's own patterns are as fine as the screen is, and fade on a sharp one.
    """
    colour = QColor(text)
    colour.setAlphaF(SHADES[kind])
    if kind is SpanKind.CLOSED:
        return QBrush(colour)
    made = QBrush(_tile(kind, colour.rgba(), ratio))
    made.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
    return made


@lru_cache(maxsize=12)
def _tile(kind: SpanKind, rgba: int, ratio: float) -> QPixmap:
    """Return what a hatching repeats: strokes a pixel wide, eight apart."""
    side = round(theme.GRID * ratio)
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    colour = QColor.fromRgba(rgba)
    match kind:
        case SpanKind.CLOSED:
            painter.fillRect(made.rect(), colour)
        case SpanKind.PAUSED:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, 1.01 * ratio))  # Qt draws one of 1 px thinner than it is
            for left in (-side, 0, side):  # the corners belong to strokes of the tiles beside it
                painter.drawLine(QLineF(left, side, left + side, 0))
        case SpanKind.OVERRIDDEN:
            painter.fillRect(QRectF(0, 0, round(ratio), side), colour)
        case SpanKind.UNKNOWN:
            for x, y in ((0.0, 0.0), (0.5, 0.0), (0.25, 0.5), (0.75, 0.5)):
                painter.fillRect(QRectF(round(x * side), round(y * side), round(ratio), round(ratio)), colour)
        case _:
            assert_never(kind)
    painter.end()
    return made
