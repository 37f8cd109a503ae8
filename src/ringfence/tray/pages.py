"""Accounts and routes: a window of two pages, each built when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSlider, QApplication, QTabWidget, QVBoxLayout, QWidget

from ringfence import texts
from ringfence.core.ring import View
from ringfence.core.route_view import RouteView
from ringfence.tray import theme
from ringfence.tray.accounts_page import AccountsPage
from ringfence.tray.labels import follow_font, follow_palette
from ringfence.tray.look import look_of
from ringfence.tray.page_parts import Page, bring_to_front
from ringfence.tray.painter import tray_icon
from ringfence.tray.route_page import RoutePage
from ringfence.tray.screen_scale import keep_size
from ringfence.tray.setting_rows import Notice

WIDTH_PX, HEIGHT_PX = 520, 640
EMS = 40
"""The least width in sizes of the font."""
MINUTE_MS = 60_000


class Pages(QWidget):
    """The window. It asks by signals and draws what `show_view` is given, and what `read_routes` answers."""

    refresh_asked = Signal(object)
    """An account's name; None: every account."""
    pause_only_asked = Signal(object, object)
    """A length as in `PauseMenu`, and a Scope."""
    unpause_only_asked = Signal(object)
    pin_asked = Signal(str)
    """The account for the icon; empty: whichever is closest to its limit."""
    closed = Signal()

    def __init__(
        self, *, clock: Callable[[], float], read_routes: Callable[[View, float], RouteView],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """Build the window, and neither page.

        Args:
            clock: epoch seconds.
            read_routes: answers what would happen to launches at a moment; asked whenever a page is drawn.
            parent: the usual.
        """
        super().__init__(parent)
        self._clock, self._read_routes = clock, read_routes
        self._view = View(verdict="unknown")
        self._pages: list[Page | None] = [None, None]
        self._holders: list[QVBoxLayout] = []
        self._tick = QTimer(self)
        self._tick.setInterval(MINUTE_MS)
        self._tick.timeout.connect(lambda: self._draw(self._clock()))
        self.setWindowTitle(self.tr("Accounts and routes"))
        self.fault = Notice(fault=True)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName(self.tr("Accounts and routes"))
        for title in (self.tr("&Accounts"), self.tr("&Routes")):
            holder = QWidget()
            self._holders.append(QVBoxLayout(holder))
            self._holders[-1].setContentsMargins(0, 0, 0, 0)
            self._tabs.addTab(holder, title)
        self._tabs.currentChanged.connect(lambda _index: self._draw(self._clock()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fault)
        column.addWidget(self._tabs)
        self._add_shortcuts()
        self._fit()
        follow_palette(self)
        keep_size(self)

    def show_view(self, view: View, now: float) -> None:
        """Show a view; kept for later while the window is hidden."""
        self._view = view
        if self.isVisible():
            self._draw(now)

    def show_in_front(self) -> None:
        """Show the window and raise it."""
        self._draw(self._clock())
        bring_to_front(self)
        self._tick.start()

    def say_fault(self, sentence: str) -> None:
        """Say what could not be done; empty: nothing is wrong any more."""
        self.fault.say(texts.fault_text(sentence))

    def _draw(self, now: float) -> None:
        self.setWindowIcon(tray_icon(look_of(self._view)))
        page = self._page(self._tabs.currentIndex())
        routes = self._read_routes(self._view, now)
        if isinstance(page, AccountsPage):
            page.show_accounts(self._view, routes, now)
        elif isinstance(page, RoutePage):
            page.show_routes(routes, now)

    def _page(self, index: int) -> Page:
        page = self._pages[index]
        if page is None:
            page = self._pages[index] = self._accounts_page() if index == 0 else RoutePage()
            self._holders[index].addWidget(page)
            page.show()  # now, not with the next round of the event loop
        return page

    def _accounts_page(self) -> AccountsPage:
        page = AccountsPage()
        page.refresh_asked.connect(self.refresh_asked)
        page.pause_asked.connect(self.pause_only_asked)
        page.unpause_asked.connect(self.unpause_only_asked)
        page.pin_asked.connect(self.pin_asked)
        return page

    def _add_shortcuts(self) -> None:
        step = QAbstractSlider.SliderAction
        for keys, asked in (
            ("Ctrl+R", lambda: self.refresh_asked.emit(None)),
            ("Ctrl+W", self.close),
            ("Escape", self.close),
            ("PgDown", lambda: self._scroll_by(step.SliderPageStepAdd)),
            ("PgUp", lambda: self._scroll_by(step.SliderPageStepSub)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(asked)

    def _scroll_by(self, action: QAbstractSlider.SliderAction) -> None:
        self._page(self._tabs.currentIndex()).verticalScrollBar().triggerAction(action)

    def _fit(self) -> None:
        free = self.screen().availableGeometry()
        size = theme.font(QApplication.font()).pixelSize()
        width = min(max(WIDTH_PX, EMS * size), free.width())
        self.resize(width, min(max(HEIGHT_PX, round(HEIGHT_PX * size / 13)), free.height() - 4 * theme.GRID))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette and font live."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
            if self.isVisible():
                self._draw(self._clock())

    def hideEvent(self, event: QHideEvent) -> None:
        """Tick no more."""
        super().hideEvent(event)
        self._tick.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; the app lets go of the window."""
        event.accept()
        self.closed.emit()
