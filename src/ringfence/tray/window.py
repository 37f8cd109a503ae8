"""The window: verdict, rings, limits, holds, provenance. It asks by signals and draws what `show_view` is given."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFont,
    QGuiApplication,
    QHideEvent,
    QIcon,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ringfence import texts
from ringfence.core.model import Hint
from ringfence.core.ring import AccountState, AccountView, View
from ringfence.tray import theme
from ringfence.tray.budget_rows import BudgetsSection
from ringfence.tray.glyphs import Glyph
from ringfence.tray.hint_row import HintRow
from ringfence.tray.labels import follow_font, follow_palette, label, say
from ringfence.tray.launches_row import LaunchesRow
from ringfence.tray.look import RingLook, look_of
from ringfence.tray.notices import Ask, hold_lines
from ringfence.tray.painter import tray_icon
from ringfence.tray.pauses_section import PausesSection
from ringfence.tray.runs_rows import RunsSection, ScanRow
from ringfence.tray.screen_scale import keep_size
from ringfence.tray.section import MANY, AccountSection, Hairline
from ringfence.tray.state_line import StateLine
from ringfence.tray.translation import translate

WIDTH_PX = 416
EMS = 33
"""The least width in sizes of the font: a larger font makes a wider window, not more lines."""
MINUTE_S = 60.0
_last_place: list[QPoint] = []
"""Where the window stood when it was closed: the next one, which is another object, opens there."""


class MainWindow(QWidget):
    """The window.

    Closing hides it and says `closed`; the app may then delete it. While it is hidden nothing ticks and nothing is
    laid out: the last view is drawn when it shows.
    """

    pause_asked = Signal(object)
    """Seconds as a float, "reset" (until the session resets), or None (until unpaused)."""
    unpause_asked = Signal()
    """Of the pause of everything."""
    pause_only_asked = Signal(object, object)
    """A length as above, and a Scope."""
    unpause_only_asked = Signal(object)
    """A Scope."""
    override_asked = Signal()
    override_ended = Signal()
    refresh_asked = Signal()
    next_launch_asked = Signal()
    hint_hidden = Signal(object)
    """A Hint."""
    pages_asked = Signal()
    """Accounts and routes."""
    history_asked = Signal()
    settings_asked = Signal()
    welcome_asked = Signal()
    quit_asked = Signal()
    closed = Signal()

    def __init__(self, *, clock: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._view = View(verdict="unknown")
        self._look: RingLook | None = None
        self._sections: list[AccountSection] = []
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.timeout.connect(self._refresh)
        self.setWindowTitle("Ringfence")
        self._build()
        self._add_shortcuts()
        follow_palette(self)
        keep_size(self, self._fit)

    def show_view(self, view: View, now: float) -> None:
        """Show a view; kept for later while the window is hidden."""
        self._view = view
        if self.isVisible():
            self._draw(now)

    def show_in_front(self, icon: QRect = QRect()) -> None:  # noqa: B008 - an empty rectangle, never changed
        """Show the window and raise it, near the tray icon where its place is known, else where the desktop likes."""
        self._draw(self._clock())
        if not self.isVisible():
            self._place(icon)
            self.show()
        else:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
            self.raise_()
        self.activateWindow()

    def explain_tray(self, sentence: str) -> None:
        """Say why the desktop shows no icon; empty: it does, or the person knows."""
        if self.tray_hint.explain(sentence) and self.isVisible():
            self._fit()

    # ---- drawing

    def _draw(self, now: float) -> None:
        view = self._view
        if (look := look_of(view)) != self._look:
            self._look = look
            self.setWindowIcon(tray_icon(look))
        self._state.show_view(view, now)
        self._arrange(view.accounts)
        for section, account in zip(self._sections, _drawn(view), strict=True):
            section.show_account(account, view, now)
        self._pauses.show_pauses(view, now)
        self._draw_holds(view, now)
        self._budgets.show_budgets(view.budgets, now)
        self._runs.show_runs(view, now)
        self._scan.show_scan(view.scan)
        self._launches.show_launches(view.launches, now)
        say(self._provenance, _provenance(view, now))
        self._fit()

    def _draw_holds(self, view: View, now: float) -> None:
        lines = hold_lines(view, now)
        while len(self._hold_labels) < len(lines):
            pair = (label(wrap=True), label(scale=0.92, quiet=True, wrap=True))
            self._hold_labels.append(pair)
            for each in pair:
                self._holds_column.addWidget(each)
        for index, (reason, setting) in enumerate(self._hold_labels):
            text, named = lines[index] if index < len(lines) else ("", "")
            say(reason, self.tr("Binds: {reason}").format(reason=text) if index == 0 and text else text)
            say(setting, named)
        self._holds_title.setVisible(any(reason for reason, _ in lines))
        self._holds.setVisible(bool(lines))

    def _arrange(self, accounts: tuple[AccountView, ...]) -> None:
        count, named = max(1, len(accounts)), len(accounts) > 1
        if len(self._sections) == count:
            return
        for section in self._sections:
            section.hide()
            section.deleteLater()
        self._sections = []
        for index in range(count):
            section = AccountSection(first=index == 0, named=named)
            section.asked.connect(self._asked)
            self._sections.append(section)
            self._accounts.addWidget(section)
            section.show()  # else it comes with the next round of the event loop, and is not measured

    def _fit(self) -> None:
        """Take the size of the content; more than the screen scrolls."""
        # A changed text reaches the layouts above its own by posted events: they are sent now, or one frame is wrong.
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        for layout in self._body.findChildren(QLayout):  # and layouts inside layouts keep what they knew before
            layout.invalidate()
            if layout.parent() is layout.parentWidget():  # what its widget told the layout above is kept there too
                layout.parentWidget().updateGeometry()
        screen = self.screen().availableGeometry()
        width = max(WIDTH_PX, EMS * theme.font(QApplication.font()).pixelSize())
        width = min(max(width, self._body_column.totalMinimumSize().width()), screen.width())
        footer = self._footer_row.totalHeightForWidth(width) + 1
        wanted = self._body_column.totalHeightForWidth(width) + footer
        most = screen.height() - 4 * theme.GRID
        # Not AsNeeded: a bar that came once narrows the text, which is then too high to let the bar go.
        fits = wanted <= most
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        self._scroll.setVerticalScrollBarPolicy(policy)
        bar = 0 if fits else self._scroll.verticalScrollBar().sizeHint().width()
        before = self.height()
        self.setFixedSize(width + bar, min(wanted, most))
        if self.isVisible() and self.height() > before:
            self._stay_on(screen)

    def _stay_on(self, screen: QRect) -> None:
        """Move up when the window has grown over the screen's edge: what came last could not be read."""
        over = self.frameGeometry().bottom() - screen.bottom()
        if over > 0 and not QGuiApplication.platformName().startswith("wayland"):
            self.move(self.x(), max(screen.top(), self.y() - over))

    def _refresh(self) -> None:
        self._draw(self._clock())
        self._plan_tick()

    def _plan_tick(self) -> None:
        """Tick when the minute changes: no text here is finer than that."""
        if self.isVisible():
            self._tick.start(round((MINUTE_S - self._clock() % MINUTE_S) * 1000) + 50)

    # ---- what the person asks

    def _asked(self, ask: object) -> None:
        signals = {
            Ask.REFRESH: self.refresh_asked,
            Ask.SETTINGS: self.settings_asked,
            Ask.UNPAUSE: self.unpause_asked,
            Ask.OVERRIDE: self.override_asked,
            Ask.END_OVERRIDE: self.override_ended,
        }
        if isinstance(ask, Ask) and ask in signals:
            signals[ask].emit()

    def _toggle_pause(self) -> None:
        if self._view.paused:
            self.unpause_asked.emit()
        else:
            self._state.menu.popup(self._state.control.mapToGlobal(QPoint(0, self._state.control.height())))

    def _add_shortcuts(self) -> None:
        for keys, asked in (
            (QKeySequence("Ctrl+P"), self._toggle_pause),
            (QKeySequence("Ctrl+R"), self.refresh_asked.emit),
            (QKeySequence("Ctrl+A"), self.pages_asked.emit),
            (QKeySequence("Ctrl+H"), self.history_asked.emit),
            (QKeySequence("Ctrl+,"), self.settings_asked.emit),
            (QKeySequence("F1"), self.welcome_asked.emit),
            (QKeySequence("Ctrl+Q"), self.quit_asked.emit),
            (QKeySequence("Escape"), self.close),
            (QKeySequence("PgDown"), lambda: self._scroll_by(QAbstractSlider.SliderAction.SliderPageStepAdd)),
            (QKeySequence("PgUp"), lambda: self._scroll_by(QAbstractSlider.SliderAction.SliderPageStepSub)),
        ):
            QShortcut(keys, self).activated.connect(asked)

    def _scroll_by(self, action: QAbstractSlider.SliderAction) -> None:
        """Scroll what the screen has no room for: most rows take no focus, so Tab alone would not bring them."""
        self._scroll.verticalScrollBar().triggerAction(action)

    # ---- parts

    def _build(self) -> None:
        self._state = StateLine()
        self._state.asked.connect(self._asked)
        self._state.pause_asked.connect(self.pause_asked)
        self._state.pause_only_asked.connect(self.pause_only_asked)
        self._state.unpause_only_asked.connect(self.unpause_only_asked)
        self._body = QWidget()
        self._body_column = QVBoxLayout(self._body)
        self._body_column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        self._body_column.setSpacing(2 * theme.GRID)
        self._accounts = QVBoxLayout()
        self._accounts.setSpacing(3 * theme.GRID)
        self._body_column.addWidget(self._state)
        self._body_column.addWidget(Hairline())
        self._pauses = PausesSection()
        self._pauses.unpause_only_asked.connect(self.unpause_only_asked)
        self._body_column.addWidget(self._pauses)
        self._body_column.addLayout(self._accounts)
        self._budgets = BudgetsSection()
        self._body_column.addWidget(self._budgets)
        self._body_column.addWidget(self._build_holds())
        self._runs, self._scan = RunsSection(), ScanRow()
        self._body_column.addWidget(self._runs)
        self._body_column.addWidget(self._scan)
        self._launches = LaunchesRow()
        self._launches.next_asked.connect(self.next_launch_asked)
        self._body_column.addWidget(self._launches)
        self.tray_hint = HintRow(Hint.NO_TRAY)
        self.tray_hint.hidden.connect(self.hint_hidden)
        self._body_column.addWidget(self.tray_hint)
        self._body_column.addStretch()
        scroll = self._scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(Hairline())
        outer.addWidget(self._build_footer())

    def _build_holds(self) -> QWidget:
        self._holds = QWidget()
        self._holds_column = QVBoxLayout(self._holds)
        self._holds_column.setContentsMargins(0, 0, 0, 0)
        self._holds_column.setSpacing(theme.GRID // 2)
        self._holds_title = label(self.tr("What holds new agents"), weight=QFont.Weight.DemiBold)
        self._holds_column.addWidget(self._holds_title)
        self._hold_labels: list[tuple[QLabel, QLabel]] = []
        return self._holds

    def _build_footer(self) -> QWidget:
        footer = QWidget()
        row = self._footer_row = QHBoxLayout(footer)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID // 2)
        self._provenance = label(scale=0.92, quiet=True, wrap=True)
        row.addWidget(self._provenance, 1)
        row.addWidget(_tool("reload", self.tr("Read now"), "Ctrl+R", self.refresh_asked.emit))
        row.addWidget(_tool("history", self.tr("History"), "Ctrl+H", self.history_asked.emit))
        row.addWidget(_tool("accounts", self.tr("Accounts and routes"), "Ctrl+A", self.pages_asked.emit))
        row.addWidget(_tool("gear", self.tr("Settings"), "Ctrl+,", self.settings_asked.emit))
        row.addWidget(_tool("question", self.tr("Welcome"), "F1", self.welcome_asked.emit))
        return footer

    # ---- the desktop

    def _place(self, icon: QRect) -> None:
        """Stand beside the tray icon where its place is known (XEmbed, Windows, macOS), else where it stood last."""
        if QGuiApplication.platformName().startswith("wayland"):
            return  # there the compositor places
        if icon.isEmpty():
            if _last_place and QGuiApplication.screenAt(_last_place[0]) is not None:
                self.move(_last_place[0])
            return
        screen = QGuiApplication.screenAt(icon.center()) or self.screen()
        free = screen.availableGeometry()
        x = min(max(icon.center().x() - self.width() // 2, free.left()), free.right() - self.width() - theme.GRID)
        below = icon.center().y() < free.center().y()
        y = free.top() + theme.GRID if below else free.bottom() - self.height() - theme.GRID
        self.move(x, y)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette and font live."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
            if self.isVisible():
                self._draw(self._clock())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what is true now, and begin to tick."""
        super().showEvent(event)
        self._draw(self._clock())
        self._plan_tick()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tick no more."""
        super().hideEvent(event)
        self._tick.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; whether the app goes on or lets go of the window is the app's."""
        event.accept()
        self._tick.stop()
        _last_place[:] = [self.pos()]
        self.closed.emit()


def _drawn(view: View) -> tuple[AccountView, ...]:
    """Return the accounts to draw: before the first view there is one of which nothing is known."""
    return view.accounts or (
        AccountView(
            name="", state=AccountState.STALE, windows=(), observed_at=None, failure=None, plan=None, skew_s=None,
            next_poll_at=None, next_poll_why="", requests_last_hour=0, request_budget=0,
        ),
    )  # fmt: skip


def _provenance(view: View, now: float) -> str:
    """Return where the numbers come from and how old they are; of many accounts each section says it."""
    if len(view.accounts) >= MANY:
        planned = [a.next_poll_at for a in view.accounts if a.next_poll_at is not None]
        counted = texts.accounts_text(len(view.accounts))
        if not planned:
            return counted
        following = translate("MainWindow", "next reading {time}").format(time=texts.clock_text(min(planned), now))
        return f"{counted} · {following}"
    several = len(view.accounts) > 1
    said = []
    for account in _drawn(view):
        name = f"{texts.clean(account.name, 24)}: " if several else ""
        said.append(name + texts.provenance_text(account, now, brief=True))
    return "\n".join(said)


def _tool(glyph: str, name: str, keys: str, asked: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setIcon(QIcon(Glyph(glyph)))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(f"{name} ({QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)})")
    button.setAccessibleName(name)
    button.clicked.connect(lambda _checked=False: asked())
    return button
