"""The menus that pause: everything, or one account, class or model alone."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ringfence import texts
from ringfence.core.model import Pause, Scope
from ringfence.core.ring import View
from ringfence.tray.translation import translate

UNTIL_RESET = "reset"
MOST_OF_A_KIND = 12
"""More classes or models than this are for `ringfence pause`: a menu has to fit the screen."""


def escaped(text: str, *, over_bus: bool = False) -> str:
    """Return a menu text in which `&` is an ampersand, not a mnemonic.

    A menu that goes over D-Bus has its mnemonics marked by underscores: those of a name are doubled there.
    """
    return text.replace("&", "&&").replace("_", "__" if over_bus else "_")


def pauses(*, own_week: bool = False) -> tuple[tuple[str, object], ...]:
    """Return what the person may choose; the value is what `pause_asked` carries.

    `own_week`: for a model that has a week of its own.
    """
    session, week = translate("Pause", "Until the &session resets"), translate("Pause", "Until its &week resets")
    return (
        (translate("Pause", "&30 minutes"), 1800.0),
        (translate("Pause", "&1 hour"), 3600.0),
        (translate("Pause", "&2 hours"), 7200.0),
        (week if own_week else session, UNTIL_RESET),
        (translate("Pause", "Until I &unpause"), None),
    )


class PauseMenu(QMenu):
    """How long to pause."""

    pause_asked = Signal(object)
    """Seconds as a float, "reset", or None (until unpaused)."""

    def __init__(self, title: str, parent: QWidget | None = None, *, own_week: bool = False) -> None:
        super().__init__(title, parent)
        for label, length in pauses(own_week=own_week):
            action = self.addAction(label)
            action.setData(length)
            action.triggered.connect(lambda _checked=False, length=length: self.pause_asked.emit(length))


class PauseOnlyMenu(QMenu):
    """`Pause only`: what is paused alone, each with its end and lifted by a click; below it what can be.

    It is filled when it is first opened, and from then on when something else can be paused.
    """

    pause_asked = Signal(object, object)
    """A length as in `PauseMenu`, and a Scope."""
    unpause_asked = Signal(object)
    """A Scope."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = View(verdict="unknown")
        self._now = 0.0
        self._over_bus = False
        self._shown: object = None
        self._menus: list[QMenu] = []
        self.aboutToShow.connect(self._fill)
        self.show_view(self._view, 0.0)

    def show_view(self, view: View, now: float) -> None:
        """Follow a view; hidden where there is nothing to tell apart."""
        self._view, self._now = view, now
        alone = pauses_alone(view)
        some, none = self.tr("Pause &only ({count} in force)").format(count=len(alone)), self.tr("Pause &only")
        self.setTitle(some if alone else none)
        self.menuAction().setVisible(bool(alone or view.targets.scopes()))
        if self._shown is not None:
            self._fill()

    def set_over_bus(self, over_bus: bool) -> None:
        """Say whether the menu goes over D-Bus, as a tray's may."""
        self._over_bus = over_bus
        self.show_view(self._view, self._now)

    def _fill(self) -> None:
        view = self._view
        shown = (view.targets, view.pauses, _weeks(view), self._over_bus)
        if shown == self._shown:
            return
        self._shown = shown
        self.clear()
        for menu in self._menus:
            menu.deleteLater()
        self._menus = []
        alone = pauses_alone(view)
        for pause in alone:
            self._add(unpause_text(pause, self._now)).triggered.connect(
                lambda _checked=False, scope=pause.scope: self.unpause_asked.emit(scope)
            )
        targets, paused = view.targets, {pause.scope for pause in alone}
        for scopes in (
            [Scope(account=name) for name in targets.accounts],
            [Scope(class_=name) for name in targets.classes],
            [Scope(model=name) for name in targets.models],
        ):
            self._add_scopes([scope for scope in scopes if scope not in paused], _weeks(view))

    def _add_scopes(self, scopes: list[Scope], weeks: frozenset[str]) -> None:
        if scopes and self.actions():
            self.addSeparator()
        for scope in scopes[:MOST_OF_A_KIND]:
            title = escaped(_capital(texts.pause_scope_text(scope)), over_bus=self._over_bus)
            menu = PauseMenu(title, self, own_week=scope.model in weeks)
            menu.pause_asked.connect(lambda length, scope=scope: self.pause_asked.emit(length, scope))
            self._menus.append(menu)
            self.addMenu(menu)
        more = len(scopes) - MOST_OF_A_KIND
        if more > 0:
            self._add(self.tr("and {count} more: ringfence pause").format(count=more)).setEnabled(False)

    def _add(self, text: str) -> QAction:
        return self.addAction(escaped(text, over_bus=self._over_bus))


def pauses_alone(view: View) -> list[Pause]:
    """Return the pauses that are not of everything."""
    return [pause for pause in view.pauses if pause.scope != Scope()]


def unpause_text(pause: Pause, now: float) -> str:
    """Return what lifts a pause: `Unpause class batch (until 18:00)`."""
    scope = texts.pause_scope_text(pause.scope)
    if pause.until is None:
        return translate("Pause", "Unpause {scope}").format(scope=scope)
    time = texts.clock_text(pause.until, now)
    return translate("Pause", "Unpause {scope} (until {time})").format(scope=scope, time=time)


def pause_line(pause: Pause, now: float) -> str:
    """Return a pause as a row says it: `Class batch · until 18:00 · deploying`."""
    until = translate("Pause", "until you unpause")
    if pause.until is not None:
        until = translate("Pause", "until {time}").format(time=texts.clock_text(pause.until, now))
    parts = (_capital(texts.pause_scope_text(pause.scope)), until, texts.clean(pause.why or ""))
    return " · ".join(part for part in parts if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _weeks(view: View) -> frozenset[str]:
    """Return the models that have a week of their own."""
    return frozenset(w.model for account in view.accounts for w in account.windows if w.model is not None)
