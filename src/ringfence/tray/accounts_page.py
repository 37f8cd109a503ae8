"""The page of accounts: how each stands, when it is read next and why, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ringfence import route_texts, texts
from ringfence.core.model import Scope
from ringfence.core.ring import AccountView, View
from ringfence.core.route_view import RouteView
from ringfence.tray import theme
from ringfence.tray.labels import label, say
from ringfence.tray.notices import notice_of
from ringfence.tray.page_parts import Page, heading, quiet, row
from ringfence.tray.pause_menu import PauseMenu
from ringfence.tray.rows import QuietRow
from ringfence.tray.setting_rows import Card

NAME = 40


class AccountsPage(Page):
    """A card for each account."""

    refresh_asked = Signal(object)
    """An account's name."""
    pause_asked = Signal(object, object)
    """A length as in `PauseMenu`, and a Scope."""
    unpause_asked = Signal(object)
    """A Scope."""
    pin_asked = Signal(str)
    """The account for the icon; empty: whichever is closest to its limit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[AccountCard] = []

    def show_accounts(self, view: View, routes: RouteView, now: float) -> None:
        """Show the accounts of a view, and who of them refused a run."""
        while len(self._cards) < len(view.accounts):
            self._cards.append(self._made())
            self.column.addWidget(self._cards[-1])
        for index, card in enumerate(self._cards):
            card.setVisible(index < len(view.accounts))
        for card, account in zip(self._cards, view.accounts, strict=False):
            card.show_account(account, view, routes, now)
        self.settle()

    def _made(self) -> AccountCard:
        card = AccountCard()
        card.refresh_asked.connect(self.refresh_asked)
        card.pause_asked.connect(self.pause_asked)
        card.unpause_asked.connect(self.unpause_asked)
        card.pin_asked.connect(self.pin_asked)
        return card


class AccountCard(Card):
    """One account."""

    refresh_asked = Signal(object)
    pause_asked = Signal(object, object)
    unpause_asked = Signal(object)
    pin_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._scope = Scope()
        self._rows: dict[str, QuietRow] = {}
        self._title, self._state = heading(), label(quiet=True)
        self._trouble = label(wrap=True)
        self._paused_line, self._refused = label(wrap=True), label(wrap=True)
        self._same, self._read, self._requests, self._icon = quiet(), quiet(), quiet(), quiet()
        self._refresh, self._pause = QPushButton(self.tr("Read now")), QPushButton(self.tr("Pause"))
        self._unpause, self._pin = QPushButton(self.tr("Unpause")), QCheckBox(self.tr("Show in the icon"))
        self._windows = QVBoxLayout()
        self._windows.setSpacing(theme.GRID)
        self._build()

    def show_account(self, account: AccountView, view: View, routes: RouteView, now: float) -> None:
        """Show an account of a view."""
        several = len(view.accounts) > 1
        self._name, self._scope = account.name, Scope(account=account.name) if several else Scope()
        name = texts.clean(account.name, NAME)
        plan = f" ({texts.clean(account.plan, 20)})" if account.plan else ""
        say(self._title, f"{name}{plan}")
        say(self._state, texts.state_text(account.state) if account.observed_at or account.failure else "")
        self.setAccessibleName(self.tr("Account {name}").format(name=name))
        say(self._same, texts.same_as_text(account))
        notice = notice_of(account, now)
        say(self._trouble, notice.sentence if notice else "")
        pause = next((p for p in view.pauses if p.scope == self._scope), None)
        self._show_pause(texts.pause_text(replace(pause, scope=Scope()), now) if pause else "", name)
        say(self._refused, route_texts.quarantine_text(account.name, routes.quarantined, now))
        self._show_windows(account, now)
        say(self._read, texts.provenance_text(account, now))
        say(self._requests, route_texts.requests_text(account))
        self._show_pin(account, view)
        self._refresh.setAccessibleName(self.tr("Read {name} now").format(name=name))

    def _show_pause(self, line: str, name: str) -> None:
        say(self._paused_line, line)
        self._pause.setVisible(not line)
        self._unpause.setVisible(bool(line))
        self._pause.setAccessibleName(self.tr("Pause {name}").format(name=name))
        self._unpause.setAccessibleName(self.tr("Unpause {name}").format(name=name))

    def _show_windows(self, account: AccountView, now: float) -> None:
        shape = {w.id for w in account.windows}
        for gone in set(self._rows) - shape:
            old = self._rows.pop(gone)
            old.hide()
            old.deleteLater()
        for window in account.windows:
            if window.id not in self._rows:
                self._rows[window.id] = QuietRow()
                self._windows.addWidget(self._rows[window.id])
                self._rows[window.id].show()  # now, not with the next round of the event loop: no frame without it
            self._rows[window.id].show_window(window, now, stale=account.stale, binds=window.holds)

    def _show_pin(self, account: AccountView, view: View) -> None:
        several = len(view.accounts) > 1
        shown = several and view.icon is not None and view.icon.name == account.name
        self._pin.setVisible(several)
        with QSignalBlocker(self._pin):
            self._pin.setChecked(shown and view.pinned)
        self._pin.setAccessibleName(self.tr("Show {name} in the icon").format(name=texts.clean(account.name, NAME)))
        chosen, closest = (
            self.tr("In the tray icon: as you chose"),
            self.tr("In the tray icon: the closest to its limit"),
        )
        say(self._icon, "" if not shown else chosen if view.pinned else closest)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GRID)
        head.addWidget(self._title, 1)
        head.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        self.column.setSpacing(theme.GRID)
        self.column.addLayout(head)
        for line in (self._same, self._trouble, self._paused_line, self._refused):
            self.column.addWidget(line)
        self.column.addLayout(self._windows)
        for line in (self._read, self._requests, self._icon):
            self.column.addWidget(line)
        menu = PauseMenu(self.tr("Pause"), self)
        menu.pause_asked.connect(lambda length: self.pause_asked.emit(length, self._scope))
        self._pause.setMenu(menu)
        self._refresh.clicked.connect(lambda _checked=False: self.refresh_asked.emit(self._name))
        self._unpause.clicked.connect(lambda _checked=False: self.unpause_asked.emit(self._scope))
        # Not clicked: a screen reader toggles, and that is no click.
        self._pin.toggled.connect(lambda checked: self.pin_asked.emit(self._name if checked else ""))
        self.column.addLayout(row(self._refresh, self._pause, self._unpause, self._pin))
