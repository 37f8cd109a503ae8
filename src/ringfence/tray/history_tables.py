"""Two pictures of habits: the hours of the week in which a window was used, and the tokens of each day."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from ringfence import history_texts
from ringfence.core.history import HOURS, WEEKDAYS, Day
from ringfence.tray import theme
from ringfence.tray.labels import Picture

GAP = 2.0
APART_PX = 5.0
"""Bars narrower than this have no gap between them: it would be a pattern of its own."""


class _Cells(Picture):
    """A picture of cells that pointer and arrow keys go through, each read out in words."""

    read_out = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cursor_at: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        raise NotImplementedError

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the cell under a point."""
        raise NotImplementedError

    def words(self, row: int, column: int) -> str:
        """Return what a cell says."""
        raise NotImplementedError

    def em(self) -> int:
        """Return the size of the small font."""
        return theme.font(QApplication.font(), 0.86).pixelSize()

    def set_cursor(self, at: tuple[int, int] | None) -> None:
        """Point at a cell and read it out."""
        if at == self.cursor_at:
            return
        self.cursor_at = at
        said = "" if at is None else self.words(*at)
        self.read_out.emit(said)
        if said and self.hasFocus():
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out what is under the pointer."""
        self.set_cursor(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        if not self.hasFocus():
            self.set_cursor(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell."""
        rows, columns = self.shape()
        step = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Home: (0, -columns), Qt.Key.Key_End: (0, columns),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is None or not rows or not columns:
            super().keyPressEvent(event)
            return
        before_first = (0, columns if step[1] < 0 else -1)  # Left begins with the last
        row, column = self.cursor_at if self.cursor_at is not None else before_first
        self.set_cursor((min(max(row + step[0], 0), rows - 1), min(max(column + step[1], 0), columns - 1)))

    def focusOutEvent(self, event: object) -> None:
        """Point at nothing."""
        self.set_cursor(None)
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.update()

    def paint_focus(self, painter: QPainter, cell: QRectF | None) -> None:
        """Draw the cursor's cell and the focus."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if cell is not None:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.5))
            painter.drawRoundedRect(cell, 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(theme.accent(self.palette()), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)


class HeatMap(_Cells):
    """Seven rows of 24 cells: the darker, the more of the window went in that hour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: Sequence[Sequence[float]] = [[0.0] * HOURS for _ in range(WEEKDAYS)]
        self._days = list(range(WEEKDAYS))
        self._highest = 0.0
        self._longest = ""

    def show_table(self, label: str, table: Sequence[Sequence[float]], first_weekday: int) -> None:
        """Show fractions of a window by weekday (row 0 is Monday) and hour; the week begins as the locale says."""
        self._table = table
        self._days = [(first_weekday + n) % WEEKDAYS for n in range(WEEKDAYS)]
        self._highest = max(map(max, table), default=0.0)
        self._longest = max(map(history_texts.weekday, self._days), key=self._metrics().horizontalAdvance)
        self.setAccessibleName(f"{label}: {history_texts.heat_text(table)}")
        self.setAccessibleDescription(self.tr("The arrow keys move from hour to hour"))
        self.update()

    def shape(self) -> tuple[int, int]:
        """Return days and hours."""
        return WEEKDAYS, HOURS

    def words(self, row: int, column: int) -> str:
        """Return an hour and what was used in it."""
        day = self._days[row]
        return history_texts.hour_text(day, column, self._table[day][column])

    def sizeHint(self) -> QSize:
        """Return room for labels and cells."""
        return QSize(480, round(self.em() * 15))

    def minimumSizeHint(self) -> QSize:
        """Return what keeps the labels apart."""
        return QSize(round(self.em() * 24), round(self.em() * 12))

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the hour under a point."""
        area = self._area()
        column = (point.x() - area.left()) / area.width() * HOURS
        row = (point.y() - area.top()) / area.height() * WEEKDAYS
        return (int(row), int(column)) if 0 <= row < WEEKDAYS and 0 <= column < HOURS else None

    def _area(self) -> QRectF:
        names = self._metrics().horizontalAdvance(self._longest) + theme.GRID + 2
        left, below = max(3.2 * self.em(), names), 1.8 * self.em()
        return QRectF(left, 4, self.width() - left - theme.GRID, self.height() - below - 4)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme.font(QApplication.font(), 0.86))

    def _cell(self, row: int, column: int) -> QRectF:
        area = self._area()
        wide, high = area.width() / HOURS, area.height() / WEEKDAYS
        left, top = area.left() + column * wide, area.top() + row * high
        return QRectF(left, top, wide - GAP, high - GAP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cells and their names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(QApplication.font(), 0.86))
        ground = theme.line(self.palette())
        full = theme.accent(self.palette())
        quiet, area = theme.quiet(self.palette()), self._area()
        for row, day in enumerate(self._days):
            painter.setPen(quiet)
            cell = self._cell(row, 0)
            box = QRectF(0, cell.top(), area.left() - theme.GRID, cell.height())
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, align, history_texts.weekday(day))
            painter.setPen(Qt.PenStyle.NoPen)
            for column in range(HOURS):
                share = self._table[day][column] / self._highest if self._highest else 0.0
                painter.setBrush(theme.blend(ground, full, share**0.7) if share else ground)
                painter.drawRoundedRect(self._cell(row, column), 2, 2)
        painter.setPen(quiet)
        for hour in range(0, HOURS, 3):
            painter.drawText(QPointF(self._cell(0, hour).left(), self.height() - 0.5 * self.em()), f"{hour:02}")
        self.paint_focus(painter, None if self.cursor_at is None else self._cell(*self.cursor_at))
        painter.end()


class TokenDays(_Cells):
    """A bar a day, stacked by model or project: the largest kinds each in a shade, the others together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days: Sequence[Day] = ()
        self._names: Sequence[str] = ()
        self._stacks: list[list[tuple[int, int]]] = []
        self._highest = 0

    def show_days(self, days: Sequence[Day], names: Sequence[str], what: str) -> None:
        """Show days, oldest first; `names` in the order of the stack, `what` says what they are."""
        self._days, self._names = days, names
        self._stacks = [_stack(day, names) for day in days]
        self._highest = max((day.total for day in days), default=0)
        self.setAccessibleName(history_texts.days_text(days, what))
        self.setAccessibleDescription(self.tr("Left and Right move from day to day, Up and Down within a day"))
        self.cursor_at = None
        self.update()

    def shape(self) -> tuple[int, int]:
        """Return the kinds and the days."""
        return len(self._names), len(self._days)

    def words(self, row: int, column: int) -> str:
        """Return what a day spent on a kind, and in all."""
        day, name = self._days[column], self._names[row]
        return history_texts.day_text(day, name)

    def shade(self, index: int) -> QColor:
        """Return the colour of a kind."""
        return theme.shades(self.palette(), len(self._names))[index]

    def sizeHint(self) -> QSize:
        """Return room for bars."""
        return QSize(480, round(self.em() * 14))

    def minimumSizeHint(self) -> QSize:
        """Return what keeps the labels apart."""
        return QSize(round(self.em() * 20), round(self.em() * 9))

    def _area(self) -> QRectF:
        left, below = 4.2 * self.em(), 1.8 * self.em()
        return QRectF(left, 0.8 * self.em(), self.width() - left - theme.GRID, self.height() - below - 0.8 * self.em())

    def _part(self, row: int, column: int, area: QRectF) -> QRectF:
        wide = area.width() / len(self._days)
        gap = wide * 0.12 if wide >= APART_PX else 0.0
        scale = area.height() / max(self._highest, 1)
        before, count = self._stacks[column][row]
        left, high = area.left() + column * wide + gap, count * scale
        return QRectF(left, area.bottom() - before * scale - high, wide - 2 * gap, high)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the day under a point, and the kind when it is on one."""
        area = self._area()
        if not self._days or not area.left() <= point.x() < area.right():
            return None
        column = int((point.x() - area.left()) / area.width() * len(self._days))
        rows = range(len(self._names))
        return next(((row, column) for row in rows if self._part(row, column, area).contains(point)), (0, column))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars, the scale and the days."""
        painter = QPainter(self)
        painter.setFont(theme.font(QApplication.font(), 0.86))
        area, highest, quiet = self._area(), self._highest, theme.quiet(self.palette())
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(theme.line(self.palette()))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            if highest and share:
                painter.setPen(quiet)
                box = QRectF(0, y - self.em(), area.left() - theme.GRID, 2 * self.em())
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, align, history_texts.amount(round(highest * share)))
        painter.setPen(Qt.PenStyle.NoPen)
        for row, shade in enumerate(theme.shades(self.palette(), len(self._names))):
            painter.setBrush(shade)
            painter.drawRects([self._part(row, column, area) for column in range(len(self._days))])
        self._paint_days(painter, area, quiet)
        cursor = None if self.cursor_at is None else self._part(*self.cursor_at, area).adjusted(-1, -1, 1, 1)
        self.paint_focus(painter, cursor)
        painter.end()

    def _paint_days(self, painter: QPainter, area: QRectF, quiet: QColor) -> None:
        painter.setPen(quiet)
        metrics, free = painter.fontMetrics(), 0.0
        wide = area.width() / max(len(self._days), 1)
        for column, day in enumerate(self._days):
            name = history_texts.day_name(day.day)
            middle = area.left() + (column + 0.5) * wide
            start = middle - metrics.horizontalAdvance(name) / 2
            if start >= free and start + metrics.horizontalAdvance(name) <= self.width():
                painter.drawText(QPointF(start, self.height() - 0.5 * self.em()), name)
                free = start + metrics.horizontalAdvance(name) + 1.5 * theme.GRID


def _stack(day: Day, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return what lies below each kind of a day, and how much it is itself."""
    found, below = [], 0
    for name in names:
        count = day.parts.get(name, 0)
        found.append((below, count))
        below += count
    return found
