"""The history's window: the windows over a day, a week or any time, the hours of the week, the tokens of each day."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from ringfence import history_texts, texts
from ringfence.core.history import Frame, Kept
from ringfence.core.settings import Thresholds
from ringfence.file_errors import FileError
from ringfence.tray import theme
from ringfence.tray.history_bar import EARLIER_KEYS, LATER_KEYS, NEWEST_S, WEEK_S, HistoryBar
from ringfence.tray.history_book import Book
from ringfence.tray.history_pages import Asked, CoursesPage, HistoryPage, HoursPage, TokensPage
from ringfence.tray.history_reader import Reader
from ringfence.tray.labels import follow_font, follow_palette
from ringfence.tray.page_parts import bring_to_front, quiet
from ringfence.tray.screen_scale import keep_size
from ringfence.tray.setting_rows import Notice

WIDTH_PX, HEIGHT_PX, LEAST_PX = 720, 640, 400
FRESH_MS = 60_000
"""How often an open window looks for new readings."""


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
        stopwatch: Callable[[], float] = time.perf_counter,
        parent: QWidget | None = None,
    ) -> None:
        """Build the window.

        Args:
            book: where the history comes from.
            clock: epoch seconds.
            thresholds: by a window's id, where it closes the gate: a fraction.
            first_weekday: 0 is Monday, 6 is Sunday.
            stopwatch: seconds, for how long a slice of a read takes.
            parent: the usual.
        """
        super().__init__(parent)
        self._book, self._clock = book, clock
        self._kept: list[Kept] = []
        now = clock()
        self._frame = Frame(since=now - WEEK_S, until=now)
        self.courses = CoursesPage(book, thresholds, stopwatch)
        self.hours = HoursPage(book, first_weekday, stopwatch)
        self.tokens = TokensPage(book, stopwatch)
        self._copier = Reader(stopwatch, self)
        self._tick = QTimer(self)
        self._tick.setInterval(FRESH_MS)
        self._tick.timeout.connect(self._refresh)
        self.setWindowTitle(self.tr("History"))
        self._build()
        self._add_shortcuts()
        self._fit()
        follow_palette(self)
        keep_size(self)

    @property
    def reading(self) -> bool:
        """Whether something of what is shown is still being read."""
        return any(page.reader.busy for page in self._pages())

    def show_in_front(self) -> None:
        """Read, show the window and raise it."""
        self.refresh()
        bring_to_front(self)
        self.courses.settle()  # what grew while it was hidden was not laid out
        self._tick.start()

    def refresh(self) -> None:
        """Read anew."""
        for page in self._pages():
            page.forget()
        try:
            self._kept = self._book.kept()
        except FileError as error:
            self._kept = []
            self._say_fault(error)
        else:
            self.fault.say("")
        self._bar.show_accounts(list(dict.fromkeys(kept.account for kept in self._kept)))
        self._show()

    # ---- building

    def _build(self) -> None:
        self.fault = Notice(fault=True)
        self._bar = HistoryBar()
        self._bar.length_asked.connect(self._set_length)
        self._bar.step_asked.connect(self._step)
        self._bar.account_changed.connect(self._show)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName(self.tr("History"))
        self._tabs.addTab(self.courses, self.tr("W&indows"))
        self._tabs.addTab(self.hours, self.tr("&Hours"))
        self._tabs.addTab(self.tokens, self.tr("&Tokens"))
        self._tabs.currentChanged.connect(lambda _index: self._show())
        self._readout = quiet()
        self._keep_two_lines()
        for page in self._pages():
            page.read_out.connect(self._read_out)
            page.reader.slow.connect(self._say_reading)
            page.reader.failed.connect(self._say_fault)
        self._copier.slow.connect(self._say_reading)
        self._copier.failed.connect(self._say_fault)
        self.courses.pan_asked.connect(self._pan)
        self.courses.zoom_asked.connect(self._zoom)
        self.courses.edge_asked.connect(lambda newest: self._pan(1e12 if newest else -1e12))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # the plots scroll
        column.addWidget(self.fault)
        column.addWidget(self._bar)
        column.addWidget(self._tabs, 1)
        column.addLayout(self._build_foot())

    def _build_foot(self) -> QHBoxLayout:
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
        return foot

    def _keep_two_lines(self) -> None:
        """Leave the readout room for the longest sentence, so that nothing moves under the pointer."""
        self._readout.setMinimumHeight(self._readout.fontMetrics().height() * 2)

    def _add_shortcuts(self) -> None:
        for keys, asked in (
            ("Ctrl+W", self.close), ("Escape", self.close), ("Ctrl+R", self.refresh), ("Ctrl+C", self.copy_table),
            ("Ctrl+Shift+C", self.copy_picture),
            (EARLIER_KEYS, lambda: self._step(-1)), (LATER_KEYS, lambda: self._step(1)),
        ):  # fmt: skip
            QShortcut(QKeySequence(keys), self).activated.connect(asked)

    def _fit(self) -> None:
        free = self.screen().availableGeometry()
        scale = max(1.0, theme.font(QApplication.font()).pixelSize() / 13)
        self.setMinimumSize(min(round(LEAST_PX * scale), free.width()), min(round(LEAST_PX * scale), free.height()))
        self.resize(min(round(WIDTH_PX * scale), free.width()), min(round(HEIGHT_PX * scale), free.height() - 32))

    # ---- showing

    def _pages(self) -> tuple[HistoryPage, ...]:
        return self.courses, self.hours, self.tokens

    def _page(self) -> HistoryPage:
        return self._pages()[self._tabs.currentIndex()]

    def _mine(self) -> tuple[Kept, ...]:
        account = self._bar.account.currentData()
        return tuple(kept for kept in self._kept if kept.account == account)

    def _refresh(self) -> None:
        """Follow the time while the newest readings are shown."""
        if self._clock() - self._frame.until < NEWEST_S:
            self._frame = self._frame.moved(NEWEST_S, self._clock(), 0.0)
        self.refresh()

    def _show(self) -> None:
        self._bar.setVisible(bool(self._kept) or self._page() is self.tokens)  # those need no readings
        several = self._bar.account.count() > 1
        account = self._bar.account.currentData() if several else None
        self._bar.show_frame(self._frame, self._first_at(), self._clock())
        self._page().show_asked(
            Asked(
                windows=self._mine(), account=account, frame=self._frame, now=self._clock(),
                broken=not self.fault.isHidden(),
            )
        )  # fmt: skip

    def _read_out(self, said: str) -> None:
        self._readout.setText(said)

    def _say_reading(self, _slow: bool) -> None:
        self._bar.reading.setVisible(self.reading or self._copier.busy)

    def _say_fault(self, error: object) -> None:
        if isinstance(error, FileError):
            self.fault.say(texts.fault_text(error))

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

    def _step(self, by: int) -> None:
        """Go to the time before or after what is shown."""
        self._pan(by * self._frame.length_s)

    def _zoom(self, factor: float, at: float) -> None:
        self._frame = self._frame.zoomed(factor, at, self._clock())
        self._show()

    # ---- copying

    def copy_picture(self) -> None:
        """Put what is shown on the clipboard, as a picture."""
        QGuiApplication.clipboard().setPixmap(self._page().grab())
        self._read_out(self.tr("The picture is on the clipboard."))

    def copy_table(self) -> None:
        """Put what is shown on the clipboard, as CSV; a year of readings takes its time, beside the window."""
        self._copier.start(self._page().table(), self._copied)

    def _copied(self, table: str) -> None:
        QGuiApplication.clipboard().setText(table)
        self._read_out(history_texts.copied_text(max(table.count("\n") - 1, 0)))

    # ---- the desktop

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other columns."""
        super().resizeEvent(event)
        if self.isVisible() and event.size().width() != event.oldSize().width():
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette and font live."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
            self._keep_two_lines()
        else:
            return
        if self.isVisible():
            for page in self._pages():
                page.restyle()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; the app lets go of the window."""
        self._tick.stop()
        for reader in (self._copier, *(page.reader for page in self._pages())):
            reader.stop()
        self._book.close()
        event.accept()
        self.closed.emit()


def lines_of(thresholds: Thresholds) -> dict[str, float]:
    """Return where each window closes the gate, by its id: a fraction."""
    lines = {"session": thresholds.session_pct, "week": thresholds.week_pct}
    lines |= {f"model:{name}": pct for name, pct in thresholds.models.items()}
    return {window: pct / 100 for window, pct in lines.items() if pct is not None}
