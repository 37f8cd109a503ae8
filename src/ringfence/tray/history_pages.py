"""The history's pages over the same time: the windows' courses, the hours of the week, the tokens of each day."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ringfence import history_texts, texts, words
from ringfence.core.history import Course, Day, Frame, Kept, Span, no_heat, stacked
from ringfence.tray import theme
from ringfence.tray.history_book import Book, days_csv, hours_csv
from ringfence.tray.history_legend import Legend
from ringfence.tray.history_plot import Axis, CoursePlot
from ringfence.tray.history_reader import Reader
from ringfence.tray.history_slices import Pace, Steps, read_courses, read_csv, read_days, read_hours
from ringfence.tray.history_tables import HeatMap, TokenDays
from ringfence.tray.labels import label, say
from ringfence.tray.page_parts import Page, heading, quiet
from ringfence.tray.translation import translate

MARGIN = 1
"""So many frames' worth of readings are kept on both sides: a drag reads only when it leaves them."""
COARSE = 1.5
"""What was read for a frame this much longer is drawn for a shorter one too, before it is read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page is to show."""

    windows: tuple[Kept, ...]
    """Those of one account."""
    account: str | None
    """Whose tokens; None: there is one account alone."""
    frame: Frame
    now: float
    broken: bool
    """The history cannot be read, and the window says why: that there are no windows is no news."""


class HistoryPage(QWidget):
    """A page. It shows what it knows at once and reads the rest beside it, in slices."""

    read_out = Signal(str)
    """What is under the pointer or the cursor; empty: nothing."""

    def __init__(self, book: Book, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        super().__init__()
        self.book, self.pace, self.reader = book, Pace(stopwatch), Reader(stopwatch, self)

    def show_asked(self, asked: Asked) -> None:
        """Show it, and read what is missing."""
        raise NotImplementedError

    def forget(self) -> None:
        """Read anew with the next `show_asked`; what is known stays to be seen until then."""
        self.reader.stop()

    def restyle(self) -> None:
        """Draw again what has taken colours or sizes from the desktop, which has others now."""

    def table(self) -> Steps[str]:
        """Return the reading of what is shown as CSV."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What was read of the courses: whose, and over which time."""

    windows: tuple[Kept, ...]
    frame: Frame

    def holds(self, asked: Asked) -> bool:
        """Tell whether what is asked for is in it, finely enough."""
        wanted, read = asked.frame, self.frame
        fine = read.length_s <= (2 * MARGIN + 1) * wanted.length_s * COARSE
        return self.windows == asked.windows and fine and read.since <= wanted.since and wanted.until <= read.until


class CoursesPage(HistoryPage):
    """A plot for each window, one below the other over one axis."""

    pan_asked = Signal(float)
    """Seconds."""
    zoom_asked = Signal(float, float)
    """How many times the time, and the moment that stays."""
    edge_asked = Signal(bool)
    """The newest readings, or (False) the oldest."""

    def __init__(
        self, book: Book, thresholds: Mapping[str, float | None], stopwatch: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(book, stopwatch)
        self._thresholds = thresholds
        self._asked: Asked | None = None
        self._known: _Around | None = None
        self._pending: _Around | None = None
        self._read_px = 0
        self.courses: list[Course] = []
        self._spans: list[Span] = []
        self._rows: list[tuple[QLabel, CoursePlot]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, 0)
        column.setSpacing(theme.GRID // 2)
        self.when = quiet()
        column.addWidget(self.when)
        self.nothing = label(wrap=True)
        column.addWidget(self.nothing)
        self.plots = Page()
        self.plots.fill()
        column.addWidget(self.plots, 1)
        self._axis = Axis(self.plots.beside_px)
        self.plots.width_changed.connect(self._axis.update)  # times stand under their plots, whatever came beside them
        column.addWidget(self._axis)
        self.legend = Legend()
        column.addWidget(self.legend)
        column.addStretch()  # below the one sentence, where there is nothing else

    def show_asked(self, asked: Asked) -> None:
        """Draw the frame from what is known, and read it where it is not."""
        if self._asked is not None and self._asked.windows != asked.windows and not _same(self._asked, asked):
            self.courses = []  # another account's
        self._asked = asked
        if self.window().width() > COARSE * self._read_px:
            self._known = None
        known, pending = self._known, self._pending
        if known is not None and known.holds(asked):
            self.reader.stop()
            self._pending = None
        elif pending is None or not pending.holds(asked) or not self.reader.busy:
            self._read(asked)
            if self._pending is None:
                return  # it was read at once, and drawn
        self._draw(asked)

    def forget(self) -> None:
        """Read anew."""
        super().forget()
        self._known = self._pending = None

    def table(self) -> Steps[str]:
        """Return every reading within the frame."""
        if self._asked is None:
            return ""
        return (yield from read_csv(self.book, self._asked.windows, self._asked.frame, self.pace))

    def restyle(self) -> None:
        """Draw the legend and the plots anew."""
        if self._asked is not None:
            self._draw(self._asked)

    def settle(self) -> None:
        """Lay out what grew while the page was hidden."""
        self.plots.settle()

    def _read(self, asked: Asked) -> None:
        """Read the frame and as much again on both sides."""
        margin = MARGIN * asked.frame.length_s
        frame = Frame(since=asked.frame.since - margin, until=asked.frame.until + margin)
        self._pending = _Around(windows=asked.windows, frame=frame)
        self._read_px = self.window().width()
        columns = self._read_px * (2 * MARGIN + 1)
        self.reader.start(read_courses(self.book, asked.windows, frame, columns, asked.now, self.pace), self._take)

    def _take(self, found: tuple[list[Course], list[Span]]) -> None:
        self.courses, self._spans = found
        self._known, self._pending = self._pending, None
        if self._asked is not None:
            self._draw(self._asked)

    def _draw(self, asked: Asked) -> None:
        mine, frame = asked.windows, asked.frame
        say(self.nothing, "" if mine or asked.broken else history_texts.nothing())
        for widget in (self.plots, self._axis, self.legend):
            widget.setVisible(bool(mine))
        say(self.when, history_texts.moments_text(frame.since, frame.until) if mine else "")
        self._grow(mine)
        known = {(each.kept.account, each.kept.window): each for each in self.courses}
        for (title, plot), kept in zip(self._rows, mine, strict=False):
            course = known.get((kept.account, kept.window))
            say(title, texts.named_text(kept.window, kept.label))
            course = course if course is not None else Course(kept=kept, levels=(), resets=())
            plot.show_course(course, frame, self._spans, self._thresholds.get(kept.window))
        self.plots.settle()
        self._axis.show_frame(frame)
        shown = [s for s in self._spans if s.until >= frame.since and s.since <= frame.until]
        self.legend.show_marks(
            shown,
            resets=any(plot.resets() for _title, plot in self._rows[: len(mine)]),
            line=any(kept.window in self._thresholds for kept in mine),
        )

    def _grow(self, windows: tuple[Kept, ...]) -> None:
        while len(self._rows) < len(windows):
            title, plot = heading(), CoursePlot()
            plot.read_out.connect(self.read_out)
            plot.pan_asked.connect(self.pan_asked)
            plot.zoom_asked.connect(self.zoom_asked)
            plot.edge_asked.connect(self.edge_asked)
            self._rows.append((title, plot))
            for widget in (title, plot):
                self.plots.column.addWidget(widget)
                widget.show()
        for index, (title, plot) in enumerate(self._rows):
            title.setVisible(index < len(windows))
            plot.setVisible(index < len(windows))


class HoursPage(HistoryPage):
    """The hours of the week in which the session, else the first window, was used."""

    def __init__(self, book: Book, first_weekday: int, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(book, stopwatch)
        self._first_weekday = first_weekday
        self._read: tuple[Kept, Frame] | None = None
        self.hours = no_heat()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 0)
        self.title, self.words, self._heat = heading(), quiet(), HeatMap()
        self._heat.read_out.connect(self.read_out)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addWidget(self._heat, 1)
        column.addStretch()  # below the one sentence, where there is nothing else

    def show_asked(self, asked: Asked) -> None:
        """Show the hours of the frame."""
        session = next((each for each in asked.windows if each.window == "session"), None)
        kept = session or next(iter(asked.windows), None)
        self._heat.setVisible(kept is not None)
        if kept is None:
            self.forget()
            self.hours = no_heat()
            say(self.title, "")
            say(self.words, "" if asked.broken else history_texts.nothing())
            return
        if self._read == (kept, asked.frame):
            return
        self._read = kept, asked.frame
        self.reader.start(self._hours_of(*self._read), lambda found: self._take(kept, asked.frame, found))

    def forget(self) -> None:
        """Read anew."""
        super().forget()
        self._read = None

    def table(self) -> Steps[str]:
        """Return the hours."""
        if self._read is None or not self.reader.busy:
            return hours_csv(self.hours)
        return hours_csv((yield from self._hours_of(*self._read)))

    def _hours_of(self, kept: Kept, frame: Frame) -> Steps[list[list[float]]]:
        return read_hours(self.book, kept, frame, history_texts.day_hour, self.pace)

    def _take(self, kept: Kept, frame: Frame, found: list[list[float]]) -> None:
        self.hours = found
        name = texts.named_text(kept.window, kept.label)
        say(self.title, history_texts.hours_title(name, frame.since, frame.until))
        busiest = history_texts.heat_text(found)
        say(self.words, busiest[:1].upper() + busiest[1:])
        self._heat.show_table(name, found, self._first_weekday)


class TokensPage(HistoryPage):
    """A bar for the tokens of each day, by model or by project."""

    def __init__(self, book: Book, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(book, stopwatch)
        self._asked: Asked | None = None
        self._read: tuple[date, date, str | None, str] | None = None
        self.days: list[Day] = []
        self._kinds: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 0)
        head = QHBoxLayout()
        self.title = heading()
        self.by = QComboBox()
        self.by.setAccessibleName(translate("HistoryWindow", "Tokens by"))
        self.by.addItem(translate("HistoryWindow", "By model"), "model")
        self.by.addItem(translate("HistoryWindow", "By project"), "project")
        self.by.currentIndexChanged.connect(lambda _index: self._choose())
        head.addWidget(self.title, 1)
        head.addWidget(self.by)
        column.addLayout(head)
        self.words, self._bars, self._names = quiet(), TokenDays(), Legend()
        self._bars.read_out.connect(self.read_out)
        column.addWidget(self.words)
        column.addWidget(self._bars, 1)
        column.addWidget(self._names)
        column.addStretch()  # below the one sentence, where there is nothing else
        self._show_bars(False)

    def show_asked(self, asked: Asked) -> None:
        """Show the days that the frame touches."""
        self._asked = asked
        since, until = (words.local(at, None).date() for at in (asked.frame.since, asked.frame.until))
        wanted = since, until, asked.account, self._by()
        if self._read == wanted:
            return
        self._read = wanted
        self.reader.start(read_days(self.book, *wanted), lambda found: self._take(since, until, found))

    def forget(self) -> None:
        """Read anew."""
        super().forget()
        self._read = None

    def table(self) -> Steps[str]:
        """Return the days."""
        days, by = self.days, self._by()
        if self._read is not None and self.reader.busy:
            days, _kinds = stacked((yield from read_days(self.book, *self._read)))
        return days_csv(days, by)

    def _by(self) -> str:
        return str(self.by.currentData())

    def _choose(self) -> None:
        if self._asked is not None:
            self.show_asked(self._asked)

    def _take(self, since: date, until: date, found: list[Day]) -> None:
        self.days, self._kinds = stacked(found)
        say(self.title, history_texts.days_title(since, until))
        say(self.words, history_texts.days_text(self.days, self._by()))
        self._bars.show_days(self.days, self._kinds, self._by())
        self._show_bars(any(day.total for day in self.days))
        self.restyle()

    def _show_bars(self, shown: bool) -> None:
        """Show the bars and the choice of what they are stacked by, or neither: without tokens both say nothing."""
        for widget in (self._bars, self.by):
            widget.setVisible(shown)

    def restyle(self) -> None:
        """Give the kinds' names the colours of the bars."""
        shades = [(history_texts.part_name(kind), self._bars.shade(n)) for n, kind in enumerate(self._kinds)]
        self._names.show_names(shades)


def _same(one: Asked, other: Asked) -> bool:
    """Tell whether two ask for windows of the same accounts."""
    return {kept.account for kept in one.windows} == {kept.account for kept in other.windows}
