"""The tray icon: made when somebody shows it; its menu is the whole app on desktops that show no more."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from ringfence import face_texts
from ringfence.core.ring import View
from ringfence.tray.host import Host, TrayHost
from ringfence.tray.look import RingLook, look_of, with_panel
from ringfence.tray.menu import TrayMenu
from ringfence.tray.painter import tray_icon
from ringfence.tray.screen_scale import ScreenScale
from ringfence.tray.theme import Panel
from ringfence.words import quoted

GONE_AFTER_MS = 10_000
"""A panel that restarts is back within seconds; only then is the tray called gone."""


class TrayIcon(QObject):
    """The icon with its menu.

    It looks for a tray from the start. Qt shows nothing on a desktop whose tray came after the icon was made
    (DESKTOP 1), so the QSystemTrayIcon is made when a host is there, and anew when a better one comes.
    """

    open_asked = Signal()
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
    pages_asked = Signal()
    history_asked = Signal()
    settings_asked = Signal()
    welcome_asked = Signal()
    quit_asked = Signal()
    available = Signal(bool)
    """Whether a tray shows the icon; at every change. False: open the window instead."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._made_for: Host | None = None
        self._look = RingLook()
        self._panel = Panel.AUTO
        self._tooltip = ""
        self._view, self._now = View(verdict="unknown"), 0.0
        self._told: bool | None = None
        self.menu = TrayMenu()
        for name in (
            "open",
            "pause",
            "unpause",
            "pause_only",
            "unpause_only",
            "override",
            "refresh",
            "pages",
            "history",
            "settings",
            "welcome",
            "quit",
        ):
            getattr(self.menu, f"{name}_asked").connect(getattr(self, f"{name}_asked"))
        self.menu.override_ended.connect(self.override_ended)
        self._scale = ScreenScale(self)
        self._scale.changed.connect(self._send_picture)
        self._host = TrayHost(self)
        self._host.changed.connect(self._host_changed)
        self._gone = QTimer(self)
        self._gone.setSingleShot(True)
        self._gone.setInterval(GONE_AFTER_MS)
        self._gone.timeout.connect(lambda: self._tell(there=False))
        self._host.start()

    def is_available(self) -> bool:
        """Tell whether a tray shows the icon now."""
        return bool(self._told)

    def set_panel(self, panel: Panel) -> None:
        """Follow `appearance.panel`."""
        self._panel = panel
        self._show_look(with_panel(self._look, panel))

    def show_view(self, view: View, now: float) -> None:
        """Show a view. Nothing is sent to the panel unless the picture or the words changed."""
        self._view, self._now = view, now
        self.menu.show_view(view, now)
        self._show_look(look_of(view, self._panel))
        self._show_tooltip(face_texts.tooltip(view, now))

    def geometry(self) -> QRect:
        """Return where the icon is on the screen; empty where the panel does not tell (every D-Bus host)."""
        return self._icon.geometry() if self._icon else QRect()

    def hide(self) -> None:
        """Take the icon away."""
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None

    def _show_look(self, look: RingLook) -> None:
        if look == self._look:
            return
        self._look = look
        self._send_picture()

    def _send_picture(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(tray_icon(self._look))

    def _show_tooltip(self, tooltip: str) -> None:
        shown = tooltip_safe(tooltip)
        if shown == self._tooltip:
            return
        self._tooltip = shown
        if self._icon is not None:
            self._icon.setToolTip(shown)

    def _host_changed(self, host: object) -> None:
        if not isinstance(host, Host) or host is Host.NONE:
            self._lose()
            return
        self._gone.stop()
        # A panel that comes back is served by Qt itself, as long as the icon was made for its kind.
        if self._icon is None or self._made_for is not host:
            self._make(host)
        self._tell(there=True)

    def _lose(self) -> None:
        if self._told:
            self._gone.start()
        else:
            self._tell(there=False)

    def _make(self, host: Host) -> None:
        self.hide()
        self.menu.set_over_bus(host is Host.STATUS_NOTIFIER)
        self.menu.show_view(self._view, self._now)
        icon = QSystemTrayIcon(tray_icon(self._look), self)
        icon.setToolTip(self._tooltip)
        icon.setContextMenu(self.menu)  # before show(): a host asks for the menu once
        icon.activated.connect(self._activated)
        icon.show()
        self._icon, self._made_for = icon, host

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # Never DoubleClick: KDE sends two Triggers, GNOME's extension needs a double click for one (PACKAGING 2.2).
        if reason is QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.open_asked.emit()

    def _tell(self, *, there: bool) -> None:
        if there is not self._told:
            self._told = there
            self.available.emit(there)


def tooltip_safe(text: str) -> str:
    """Return a tooltip that stays plain text everywhere.

    Qt turns a tooltip into rich text when it looks like HTML, some panels read Pango markup and others show entities as
    they are: so no angle bracket at all, and an ampersand that begins no entity.
    """
    return quoted(text).translate({ord("<"): "‹", ord(">"): "›", ord("&"): "＆"})
