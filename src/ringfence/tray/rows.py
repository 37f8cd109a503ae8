"""The rows of the window: one per limit, with the number where every number stands."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ringfence import forecast_texts, texts, words
from ringfence.core.model import WindowState
from ringfence.core.ring import WindowView
from ringfence.tray import theme
from ringfence.tray.labels import QUIET_ROLE, embolden, label, say
from ringfence.tray.look import ArcLook, RingLook, arc_of, estimated_arc_of
from ringfence.tray.painter import arc_colour, estimate_pen, paint_rings
from ringfence.tray.translation import translate

WIDEST_NUMBER = "188.8 %"
LONGEST_NAME = 32
"""A label is the server's text: longer ones are cut, a window must not grow with them."""


class TierDot(QWidget):
    """The tier's colour beside a name; the word stands in the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._arc, self._stale = ArcLook(), False
        self.setFixedSize(10, 10)

    def show_arc(self, arc: ArcLook, *, stale: bool) -> None:
        """Show a tier."""
        if (arc, stale) != (self._arc, self._stale):
            self._arc, self._stale = arc, stale
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a disc; a ring when there is no number."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.colours_of(theme.scheme_of(self.palette()))
        painter.setPen(QColor(colours.stale) if self._arc.tier is None else Qt.PenStyle.NoPen)
        if self._arc.tier is not None:
            painter.setBrush(arc_colour(self._arc, colours, stale=self._stale))
        painter.drawEllipse(QRectF(1, 1, 8, 8))
        painter.end()


class Bar(QProgressBar):
    """A quiet bar with the threshold's line: the ring of a limit that has no ring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._arc, self._stale = ArcLook(), False
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_arc(self, arc: ArcLook, words: str, *, stale: bool) -> None:
        """Show a fill; `words` say it for those who do not see it."""
        self.setAccessibleName(words)
        if arc.fill is None:
            self.reset()
        else:
            self.setValue(round(arc.fill * 100))
        if (arc, stale) != (self._arc, self._stale):
            self._arc, self._stale = arc, stale
            self.update()

    def sizeHint(self) -> QSize:
        """Return one grid step of height."""
        return QSize(16 * theme.GRID, theme.GRID + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track, fill and threshold."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.colours_of(theme.scheme_of(self.palette()))
        track = QRectF(0, 2, self.width(), self.height() - 4)
        radius = track.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        if self._arc.fill is None:
            _dotted(painter, track, QColor(colours.stale))
        else:
            painter.setBrush(QColor(colours.track))
            painter.drawRoundedRect(track, radius, radius)
            if self._arc.fill > 0:
                painter.setBrush(arc_colour(self._arc, colours, stale=self._stale))
                width = max(track.height(), track.width() * self._arc.fill)
                painter.drawRoundedRect(QRectF(0, 2, width, track.height()), radius, radius)
            if self._arc.estimated is not None and not self._stale:
                painter.setPen(estimate_pen(self._arc, colours, track.height()))
                y = track.center().y()
                start, end = (track.width() * part for part in (self._arc.fill, self._arc.estimated))
                painter.drawLine(QPointF(start, y), QPointF(end, y))
                painter.setPen(Qt.PenStyle.NoPen)
        if self._arc.threshold is not None:
            x = round(min(self._arc.threshold, 1.0) * (self.width() - 2))
            painter.fillRect(QRectF(x - 1, 0, 4, self.height()), self.palette().color(QPalette.ColorRole.Window))
            painter.fillRect(QRectF(x, 0, 2, self.height()), QColor(colours.ink))
        painter.end()


class SmallRing(Bar):
    """A bar bent to a ring: the hero's outer one at the size of a row."""

    def sizeHint(self) -> QSize:
        """Return a square of two lines."""
        side = round(2.4 * theme.font(QApplication.font()).pixelSize() / 2) * 2
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        dark = theme.scheme_of(self.palette()) is theme.Scheme.DARK
        panel = theme.Panel.DARK if dark else theme.Panel.LIGHT
        paint_rings(
            painter, QRectF(self.rect()), RingLook(outer=self._arc, inner=None, stale=self._stale, panel=panel),
            mark=False,
        )  # fmt: skip
        painter.end()


class WindowRow(QWidget):
    """A limit that has a ring: name and number, tier and threshold, reset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = TierDot()
        self._name = label(wrap=True)
        self._number = label(scale=1.35, weight=QFont.Weight.DemiBold)
        self._tier = label(scale=0.92, quiet=True, wrap=True)
        self._threshold = label(scale=0.92)
        self._reset = label(scale=0.92, quiet=True, wrap=True)
        self._outlook = label(scale=0.92, quiet=True, wrap=True)
        self._doubt = label(scale=0.92, quiet=True, wrap=True)
        grid = _grid(self)
        grid.addWidget(self._dot, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._number, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._tier, 1, 1)
        grid.addWidget(self._threshold, 1, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._reset, 2, 1, 1, 2)
        grid.addWidget(self._outlook, 3, 1, 1, 2)
        grid.addWidget(self._doubt, 4, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_window(self, window: WindowView, now: float, *, stale: bool, binds: bool) -> None:
        """Show a limit; the one that binds has a heavier name."""
        self._dot.show_arc(arc_of(window), stale=stale)
        say(self._name, texts.label_text(window, LONGEST_NAME))
        embolden(self._name, heavy=binds)
        say(self._number, number_text(window))
        live = window.state is WindowState.LIVE
        say(self._tier, tier_text(window) if live else texts.countdown_text(window, now))
        say(self._reset, texts.countdown_text(window, now) if live else "")
        outlook = _show_outlook(self._outlook, window, now, stale=stale)
        say(self._doubt, doubt_text(window))
        _show_stop(self._threshold, threshold_text(window), heavy=window.holds)
        self.setAccessibleName(words.joined([texts.window_text(window, now), outlook]))
        self.setAccessibleDescription(self._outlook.toolTip())


class BarRow(QWidget):
    """A row with a bar: name and number at its sides, details and where it stops below."""

    def __init__(self, parent: QWidget | None = None, *, ring: bool = False) -> None:
        """`ring`: a ring before the row instead of a bar in it."""
        super().__init__(parent)
        self._name = label(wrap=True)
        self._bar = SmallRing() if ring else Bar()
        self._number = label(weight=QFont.Weight.DemiBold)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._details = label(scale=0.92, quiet=True, wrap=True)
        self._threshold = label(scale=0.92)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(theme.GRID)
        first.addWidget(self._name, 1)
        if not ring:
            first.addWidget(self._bar)
        first.addWidget(self._number)
        second.addWidget(self._details, 1)
        second.addWidget(self._threshold, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout() if ring else QVBoxLayout(self)
        if ring:
            beside = QHBoxLayout(self)
            beside.setContentsMargins(0, 0, 0, 0)
            beside.setSpacing(theme.GRID)
            beside.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignTop)
            beside.addLayout(self._column, 1)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addLayout(first)
        self._column.addLayout(second)

    def show_name(self, name: str, *, heavy: bool) -> None:
        """Show the name."""
        say(self._name, name)
        embolden(self._name, heavy=heavy)
        widest = self._number.fontMetrics().horizontalAdvance(WIDEST_NUMBER)
        self._number.setMinimumWidth(widest)  # the bars of all rows begin at one place

    def show_stop(self, text: str, *, heavy: bool) -> None:
        """Show where it stops; heavier when it does."""
        _show_stop(self._threshold, text, heavy=heavy)


class QuietRow(BarRow):
    """A limit of less weight: a model's week, spend, or whatever else the server meters."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlook = label(scale=0.92, quiet=True, wrap=True)
        self._doubt = label(scale=0.92, quiet=True, wrap=True)
        self._column.addWidget(self._outlook)
        self._column.addWidget(self._doubt)

    def show_window(self, window: WindowView, now: float, *, stale: bool, binds: bool) -> None:
        """Show a limit; the one that binds has a heavier name."""
        outlook = _show_outlook(self._outlook, window, now, stale=stale)
        said = words.joined([texts.window_text(window, now), outlook])
        self._bar.show_arc(estimated_arc_of(window), said, stale=stale)
        self.show_name(texts.label_text(window, LONGEST_NAME), heavy=binds)
        say(self._number, number_text(window))
        say(self._details, details_text(window, now))
        say(self._doubt, doubt_text(window))
        self.show_stop(threshold_text(window), heavy=window.holds)
        self.setAccessibleName(said)
        self.setAccessibleDescription(self._outlook.toolTip())


def number_text(window: WindowView) -> str:
    """Return the number at the right edge; a limit without one has a dash there and its reason below."""
    return texts.percent_text(window.used) if window.state is WindowState.LIVE else "–"


def tier_text(window: WindowView) -> str:
    """Return tier and pace: `elevated · on track`."""
    if window.state is not WindowState.LIVE:
        return ""
    parts = [texts.tier_word(window.tier)] if window.tier else []
    parts += [texts.pace_word(window.pace.verdict)] if window.pace else []
    return " · ".join(parts)


def details_text(window: WindowView, now: float) -> str:
    """Return a quiet row's second line: tier, pace, money, reset."""
    parts = [tier_text(window)]
    parts += [texts.money_text(window.money)] if window.money else []
    if window.money is None or window.resets_at is not None:
        parts.append(texts.countdown_text(window, now))
    return " · ".join(part for part in parts if part)


def threshold_text(window: WindowView) -> str:
    """Return where the gate closes: `stop 90 %`, or `over 90 %` for a limit that holds."""
    if window.threshold_pct is None:
        return ""
    said = translate("Rows", "over {percent}") if window.holds else translate("Rows", "stop {percent}")
    return said.format(percent=texts.points_text(window.threshold_pct))


def doubt_text(window: WindowView) -> str:
    """Return why a full number closes nothing yet (DESIGN 2.6)."""
    return translate("Rows", "waiting for a second reading") if window.doubted else ""


def _show_outlook(made: QLabel, window: WindowView, now: float, *, stale: bool) -> str:
    """Show what is thought of a limit; nothing is built on an old reading."""
    words = "" if stale else forecast_texts.outlook_text(window, now)
    say(made, words)
    made.setToolTip(forecast_texts.interval_text(window) if words else "")
    return words


def _show_stop(made: QLabel, text: str, *, heavy: bool) -> None:
    say(made, text)
    made.setForegroundRole(QPalette.ColorRole.WindowText if heavy else QUIET_ROLE)
    embolden(made, heavy=heavy)


def _grid(parent: QWidget) -> QGridLayout:
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.GRID)
    grid.setVerticalSpacing(2)
    return grid


def _dotted(painter: QPainter, track: QRectF, colour: QColor) -> None:
    painter.setBrush(colour)
    x = track.left() + 2
    while x < track.right():
        painter.drawEllipse(QPointF(x, track.center().y()), 1.2, 1.2)
        x += 6
