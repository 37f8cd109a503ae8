"""The history's window: the windows over a day, a week or a month, the hours of the week, the tokens of each day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ringfence import history_texts, texts, words
from ringfence.core.history import Course, Day, Frame, Kept, Span, heat, spans, stacked
from ringfence.core.settings import Thresholds
from ringfence.ports import FileError
from ringfence.tray import theme
from ringfence.tray.history_book import Book, days_csv, hours_csv, samples_csv
from ringfence.tray.history_legend import Legend
from ringfence.tray.history_plot import Axis, CoursePlot
from ringfence.tray.history_tables import HeatMap, TokenDays
from ringfence.tray.labels import follow_font, follow_palette, label, say
from ringfence.tray.page_parts import Page, heading, in_corner, quiet
from ringfence.tray.setting_rows import Notice

WIDTH_PX, HEIGHT_PX, LEAST_PX = 720, 640, 400
DAY_S = 86400.0
WEEK_S, MONTH_S = 7 * DAY_S, 30 * DAY_S
FRESH_MS = 60_000
"""How often an open window looks for new readings."""
HEAT_DAYS = 28
COLUMNS_MARGIN = 1
"""So many frames' worth of readings are kept on both sides: a drag reads only when it leaves them."""


class HistoryWindow(QWidget):
    """The window. It reads when it is opened, moved or a minute old, and writes nothing but to the clipboard."""

    closed = Signal()

    def __init__(
        self,
        book: Book,
        *,
        clock: Callable[[], float],
        thresholds: Mapping[str, float | None],
        first_weekday: int,
        parent: QWidget | None = None,
    ) -> None:
        """Build the window.

        Args:
            book: where the history comes from.
            clock: epoch seconds.
            thresholds: by a window's id, where it closes the gate: a fraction.
            first_weekday: 0 is Monday, 6 is Sunday.
            parent: the usual.
        """
        super().__init__(parent)
        self._book, self._clock, self._thresholds, self._first_weekday = book, clock, thresholds, first_weekday
        self._kept: list[Kept] = []
        now = clock()
        self._frame = Frame(since=now - WEEK_S, until=now)
        self._read: Frame | None = None
        self._read_px = 0
        self._courses: list[Course] = []
        self._spans: list[Span] = []
        self._plots: list[CoursePlot] = []
        self._days: list[Day] = []
        self._table: list[list[float]] = []
        self._tick = QTimer(self)
        self._tick.setInterval(FRESH_MS)
        self._tick.timeout.connect(self._refresh)
        self.setWindowTitle(self.tr("History"))
        self._build()
        self._add_shortcuts()
        self._fit()
        follow_palette(self)

    def show_in_front(self) -> None:
        """Read, show the window and raise it."""
        self.refresh()
        self.show()
        self._page.settle()  # what grew while it was hidden was not laid out
        self._tick.start()
        self.raise_()
        self.activateWindow()

    def refresh(self) -> None:
        """Read anew."""
        self._read = None
        try:
            self._kept = self._book.kept()
        except FileError as error:
            self._kept = []
            self.fault.say(texts.fault_text(error))
        else:
            self.fault.say("")
        self._fill_accounts()
        self._show()

    # ---- building

    def _build(self) -> None:
        self.fault = Notice(fault=True)
        self._account = QComboBox()
        self._account.setAccessibleName(self.tr("Account"))
        self._account.currentIndexChanged.connect(lambda _index: self._show(anew=True))
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName(self.tr("History"))
        self._tabs.addTab(self._build_course(), self.tr("W&indows"))
        self._tabs.addTab(self._build_hours(), self.tr("&Hours"))
        self._tabs.addTab(self._build_tokens(), self.tr("&Tokens"))
        self._tabs.currentChanged.connect(lambda _index: self._show())
        self._readout = quiet()
        picture = QPushButton(self.tr("Copy &picture"))
        picture.clicked.connect(lambda _checked=False: self.copy_picture())
        table = QPushButton(self.tr("&Copy table"))
        table.setToolTip(self.tr("Every reading, hour or day that is shown, as CSV"))
        table.clicked.connect(lambda _checked=False: self.copy_table())
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 2 * theme.GRID)
        foot.setSpacing(theme.GRID)
        foot.addWidget(self._readout, 1)
        for button in (picture, table):
            foot.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # the plots scroll
        column.addWidget(self.fault)
        column.addWidget(self._tabs, 1)
        column.addLayout(foot)
        self._tabs.setCornerWidget(in_corner(self._account))

    def _build_course(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, 0)
        column.setSpacing(theme.GRID // 2)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(theme.GRID // 2)
        self._lengths = QButtonGroup(self)
        for text, length in ((self.tr("&Day"), DAY_S), (self.tr("&Week"), WEEK_S), (self.tr("&Month"), MONTH_S)):
            button = QPushButton(text)
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, length=length: self._set_length(length))
            self._lengths.addButton(button, round(length))
            head.addWidget(button)
        head.addSpacing(theme.GRID)
        self._when = label(quiet=True, wrap=True)
        head.addWidget(self._when, 1)
        column.addWidget(self._head)
        self._nothing = label(wrap=True)
        column.addWidget(self._nothing)
        self._page = Page()
        self._page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page.fill()
        column.addWidget(self._page, 1)
        self._axis = Axis(self._page.beside_px)
        self._page.width_changed.connect(self._axis.update)  # times stand under their plots, whatever came beside them
        column.addWidget(self._axis)
        self._legend = Legend()
        column.addWidget(self._legend)
        column.addStretch()  # below the one sentence, where there is nothing else
        return made

    def _build_hours(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 0)
        self._hours_title = heading()
        self._hours_words = quiet()
        self._heat = HeatMap()
        self._heat.read_out.connect(self._read_out)
        for widget in (self._hours_title, self._hours_words):
            column.addWidget(widget)
        column.addWidget(self._heat, 1)
        return made

    def _build_tokens(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 0)
        head = QHBoxLayout()
        self._by = QComboBox()
        self._by.setAccessibleName(self.tr("Tokens by"))
        self._by.addItem(self.tr("By model"), "model")
        self._by.addItem(self.tr("By project"), "project")
        self._by.currentIndexChanged.connect(lambda _index: self._show())
        self._tokens_words = quiet()
        head.addWidget(self._by)
        head.addSpacing(theme.GRID)
        head.addWidget(self._tokens_words, 1)
        column.addLayout(head)
        self._bars = TokenDays()
        self._bars.read_out.connect(self._read_out)
        column.addWidget(self._bars, 1)
        self._names = Legend()
        column.addWidget(self._names)
        return made

    def _add_shortcuts(self) -> None:
        for keys, asked in (
            ("Ctrl+W", self.close), ("Escape", self.close), ("Ctrl+R", self.refresh), ("Ctrl+C", self.copy_table),
            ("Ctrl+Shift+C", self.copy_picture),
        ):  # fmt: skip
            QShortcut(QKeySequence(keys), self).activated.connect(asked)

    def _fit(self) -> None:
        free = self.screen().availableGeometry()
        scale = max(1.0, theme.font(QApplication.font()).pixelSize() / 13)
        self.setMinimumSize(min(round(LEAST_PX * scale), free.width()), min(round(LEAST_PX * scale), free.height()))
        self.resize(min(round(WIDTH_PX * scale), free.width()), min(round(HEIGHT_PX * scale), free.height() - 32))

    # ---- showing

    def _fill_accounts(self) -> None:
        names = list(dict.fromkeys(kept.account for kept in self._kept))
        shown = [self._account.itemData(index) for index in range(self._account.count())]
        if names != shown:
            self._account.blockSignals(True)
            self._account.clear()
            for name in names:
                self._account.addItem(texts.clean(name, 32), name)
            self._account.blockSignals(False)
        self._account.setVisible(len(names) > 1)

    def _mine(self) -> list[Kept]:
        account = self._account.currentData()
        return [kept for kept in self._kept if kept.account == account]

    def _refresh(self) -> None:
        """Follow the time while the newest readings are shown."""
        if self._clock() - self._frame.until < 2 * FRESH_MS / 1000:
            self._frame = self._frame.moved(2 * FRESH_MS, self._clock(), 0.0)
        self.refresh()

    def _show(self, *, anew: bool = False) -> None:
        if anew:
            self._read = None
        try:
            self._draw()
        except FileError as error:
            self.fault.say(texts.fault_text(error))

    def _draw(self) -> None:
        self._readout.setMinimumHeight(self._readout.fontMetrics().height() * 2)
        index = self._tabs.currentIndex()
        if index == 0:
            self._draw_courses()
        elif index == 1:
            self._draw_hours()
        else:
            self._draw_tokens()

    def _draw_courses(self) -> None:
        mine = self._mine()
        say(self._nothing, "" if mine or not self.fault.isHidden() else history_texts.nothing())
        for widget in (self._head, self._page, self._axis, self._legend):
            widget.setVisible(bool(mine))
        self._read_around(mine)
        for button in self._lengths.buttons():
            button.setChecked(abs(self._frame.length_s - self._lengths.id(button)) < 60)
        since, until = history_texts.moment_text(self._frame.since), history_texts.moment_text(self._frame.until)
        say(self._when, f"{since} – {until}")
        self._grow_plots(len(mine))
        for plot, title, course in zip(self._plots, self._titles, self._courses, strict=False):
            say(title, texts.named_text(course.kept.window, course.kept.label))
            plot.show_course(course, self._frame, self._spans, self._thresholds.get(course.kept.window))
        self._page.settle()
        self._axis.show_frame(self._frame)
        shown = [s for s in self._spans if s.until >= self._frame.since and s.since <= self._frame.until]
        self._legend.show_marks(
            shown,
            resets=any(plot.resets() for plot in self._plots[: len(mine)]),
            line=any(kept.window in self._thresholds for kept in mine),
        )

    def _read_around(self, mine: Sequence[Kept]) -> None:
        """Read the frame and as much again on both sides, unless that was read already."""
        frame, read = self._frame, self._read
        fine_enough = read is not None and read.length_s <= (2 * COLUMNS_MARGIN + 1) * frame.length_s * 1.5
        if read is not None and fine_enough and read.since <= frame.since and frame.until <= read.until:
            return
        margin = COLUMNS_MARGIN * frame.length_s
        around = Frame(since=frame.since - margin, until=frame.until + margin)
        self._read_px = max(self.width(), 100)
        columns = self._read_px * (2 * COLUMNS_MARGIN + 1)
        self._courses = []
        for kept in mine:
            levels = self._book.levels(kept.account, kept.window, around.since, around.until, columns)
            resets = self._book.resets(kept.account, kept.window, around.since, around.until)
            self._courses.append(Course(kept=kept, levels=levels, resets=resets))
        now = self._clock()
        self._spans = spans(
            self._book.changes(around.since, min(around.until, now)), around.since, min(around.until, now)
        )
        self._read = around

    _titles: list[QLabel]

    def _grow_plots(self, count: int) -> None:
        if not self._plots:
            self._titles = []
        while len(self._plots) < count:
            title, plot = heading(), CoursePlot()
            plot.read_out.connect(self._read_out)
            plot.pan_asked.connect(self._pan)
            plot.zoom_asked.connect(self._zoom)
            plot.edge_asked.connect(self._edge)
            self._titles.append(title)
            self._plots.append(plot)
            for widget in (title, plot):
                self._page.column.addWidget(widget)
                widget.show()
        for index, (title, plot) in enumerate(zip(self._titles, self._plots, strict=True)):
            title.setVisible(index < count)
            plot.setVisible(index < count)

    def _draw_hours(self) -> None:
        now = self._clock()
        kept = next((each for each in self._mine() if each.window == "session"), next(iter(self._mine()), None))
        say(
            self._hours_title,
            "" if kept is None else history_texts.last_days_text(texts.named_text(kept.window, kept.label), HEAT_DAYS),
        )
        if kept is None:
            self._table = []
            say(self._hours_words, history_texts.nothing())
            return
        name = texts.named_text(kept.window, kept.label)
        say(self._hours_title, history_texts.last_days_text(name, HEAT_DAYS))
        levels = self._book.samples(kept.account, kept.window, now - HEAT_DAYS * DAY_S, now)
        self._table = table = heat(levels, history_texts.day_hour)
        busiest = history_texts.heat_text(table)
        say(self._hours_words, busiest[:1].upper() + busiest[1:])
        self._heat.show_table(name, table, self._first_weekday)

    def _draw_tokens(self) -> None:
        until = words.local(self._clock(), None).date()
        since = until - timedelta(days=29)
        by = str(self._by.currentData())
        several = self._account.count() > 1
        account = self._account.currentData() if several else None
        self._days, names = stacked(self._book.days(since, until, account, by))
        self._bars.show_days(self._days, names, by)
        say(self._tokens_words, history_texts.days_text(self._days, by))
        self._names.show_names([(history_texts.part_name(name), self._bars.shade(n)) for n, name in enumerate(names)])

    def _read_out(self, said: str) -> None:
        self._readout.setText(said)

    # ---- moving

    def _set_length(self, length: float) -> None:
        now = self._clock()
        until = min(max(self._frame.until, 0.0), now)
        self._frame = Frame(since=until - length, until=until)
        self._show()

    def _first_at(self) -> float:
        return min((kept.first_at for kept in self._mine()), default=self._clock())

    def _pan(self, by_s: float) -> None:
        self._frame = self._frame.moved(by_s, self._clock(), self._first_at())
        self._show()

    def _zoom(self, factor: float, at: float) -> None:
        self._frame = self._frame.zoomed(factor, at, self._clock())
        self._show()

    def _edge(self, newest: bool) -> None:
        self._pan(1e12 if newest else -1e12)

    # ---- copying

    def copy_picture(self) -> None:
        """Put what is shown on the clipboard, as a picture."""
        QGuiApplication.clipboard().setPixmap(self._tabs.currentWidget().grab())
        self._read_out(self.tr("The picture is on the clipboard."))

    def copy_table(self) -> None:
        """Put what is shown on the clipboard, as CSV."""
        try:
            table = self._csv()
        except FileError as error:
            self.fault.say(texts.fault_text(error))
            return
        QGuiApplication.clipboard().setText(table)
        self._read_out(history_texts.copied_text(max(table.count("\n") - 1, 0)))

    def _csv(self) -> str:
        index = self._tabs.currentIndex()
        if index == 0:
            return samples_csv(self._book, self._mine(), self._frame)
        return hours_csv(self._table) if index == 1 else days_csv(self._days, str(self._by.currentData()))

    # ---- the desktop

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other columns."""
        super().resizeEvent(event)
        if self.isVisible() and event.size().width() != event.oldSize().width():
            self._show(anew=event.size().width() > 1.5 * self._read_px)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette and font live."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
        else:
            return
        if self.isVisible():
            self._show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; the app lets go of the window."""
        self._tick.stop()
        self._book.close()
        event.accept()
        self.closed.emit()


def lines_of(thresholds: Thresholds) -> dict[str, float]:
    """Return where each window closes the gate, by its id: a fraction."""
    lines = {"session": thresholds.session_pct, "week": thresholds.week_pct}
    lines |= {f"model:{name}": pct for name, pct in thresholds.models.items()}
    return {window: pct / 100 for window, pct in lines.items() if pct is not None}
