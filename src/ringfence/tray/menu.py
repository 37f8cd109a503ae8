"""The tray's menu: short, with the state as its first line, for on some desktops it is all there is to see."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from ringfence import face_texts, gate_reader, texts
from ringfence.core.ring import View
from ringfence.tray.pause_menu import PauseMenu, PauseOnlyMenu, escaped
from ringfence.words import quoted

LONGEST_LINE = 90
"""A menu is as wide as its longest line; the whole sentence stands in the window and the tooltip."""


class TrayMenu(QMenu):
    """The context menu. Its texts follow the view; what the person asks comes out as signals."""

    open_asked = Signal()
    pause_asked = Signal(object)
    unpause_asked = Signal()
    """Of the pause of everything."""
    pause_only_asked = Signal(object, object)
    """A length, and a Scope."""
    unpause_only_asked = Signal(object)
    """A Scope."""
    override_asked = Signal()
    override_ended = Signal()
    refresh_asked = Signal()
    pages_asked = Signal()
    history_asked = Signal()
    settings_asked = Signal()
    welcome_asked = Signal()
    quit_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._over_bus = False
        self._headline = self._line(self.tr("Starting"))
        self._subline = self._line("")
        self.addSeparator()
        self.setDefaultAction(self._entry(self.tr("&Open Ringfence"), self.open_asked))
        self._pause = PauseMenu(self.tr("&Pause new agents"), self)
        self._pause.pause_asked.connect(self.pause_asked)
        self.addMenu(self._pause)
        self._unpause = self._entry(self.tr("&Unpause"), self.unpause_asked)
        self._only = PauseOnlyMenu(self)
        self._only.pause_asked.connect(self.pause_only_asked)
        self._only.unpause_asked.connect(self.unpause_only_asked)
        self.addMenu(self._only)
        self._override = self._entry(self.tr("O&verride until reset"), self.override_asked)
        self._end_override = self._entry(self.tr("End the o&verride"), self.override_ended)
        self._entry(self.tr("&Read now"), self.refresh_asked)
        self.addSeparator()
        self._entry(self.tr("&Accounts and routes…"), self.pages_asked)
        self._entry(self.tr("&History…"), self.history_asked)
        self._entry(self.tr("&Settings…"), self.settings_asked)
        self._entry(self.tr("&Welcome…"), self.welcome_asked)
        self._entry(self.tr("&Quit"), self.quit_asked)
        self._show_actions(paused=False, binds=False, overridden=False)

    def show_view(self, view: View, now: float) -> None:
        """Follow a view. Hosts fetch the menu before they say that they will show it, so it is never behind."""
        self._say(self._headline, texts.clean(quoted(texts.headline(view, now)), LONGEST_LINE))
        self._say(self._subline, texts.clean(quoted(face_texts.subline(view, now)), LONGEST_LINE))
        overridden = view.override is not None and bool(view.holds)
        binds = bool(view.holds) and not overridden and view.verdict == gate_reader.CLOSED
        self._only.show_view(view, now)
        self._show_actions(paused=view.paused, binds=binds, overridden=overridden)

    def set_over_bus(self, over_bus: bool) -> None:
        """Say whether the menu goes over D-Bus; what is shown next is written for it."""
        self._over_bus = over_bus
        self._only.set_over_bus(over_bus)

    def _show_actions(self, *, paused: bool, binds: bool, overridden: bool) -> None:
        self._pause.menuAction().setVisible(not paused)
        self._unpause.setVisible(paused)
        self._override.setVisible(binds)
        self._end_override.setVisible(overridden)

    def _line(self, text: str) -> QAction:
        action = self.addAction(escaped(text))
        action.setEnabled(False)
        action.setVisible(bool(text))
        return action

    def _say(self, action: QAction, text: str) -> None:
        action.setText(escaped(text, over_bus=self._over_bus))
        action.setVisible(bool(text))

    def _entry(self, text: str, asked: SignalInstance[tuple[()]]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda _checked=False: asked.emit())
        return action
