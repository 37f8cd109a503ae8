"""Whether somebody shows tray icons here, followed without polling where D-Bus tells (DESKTOP 1, PACKAGING 2.1)."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Any

from PySide6.QtCore import SLOT, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtDBus import (
    QDBus,
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusServiceWatcher,
    QDBusVariant,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
FIRST_ANSWER_MS = 250
"""How long the first question may take; a panel that hangs is asked again without waiting."""
_ASK: Any = SLOT("ask()")  # the stubs want bytes, PySide wants what SLOT gives
LOOK_AGAIN_MS = 30_000
"""Only where nobody tells: an XEmbed tray that may come, Windows, macOS. Stops as soon as a tray is there."""


class Host(StrEnum):
    """Who shows the icon."""

    NONE = "none"
    STATUS_NOTIFIER = "status_notifier"
    """A host on D-Bus: KDE, Xfce, GNOME with AppIndicator, waybar."""
    OTHER = "other"
    """XEmbed, Windows, macOS: Qt docks by itself."""


class TrayHost(QObject):
    """Follows the desktop's tray.

    `changed(Host)` comes for every change after `start()`, and once for the first answer. A watcher's name alone is
    not enough: Qt picks XEmbed for good when the icon is made before a host has registered (opensnitch 1659).
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host: Host | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.setInterval(LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look_again)
        self._names: QDBusServiceWatcher | None = None

    def start(self) -> None:
        """Begin. The first answer comes with `changed`, as a rule before this returns."""
        if not _status_notifier_possible():
            self._look_elsewhere()
            return
        bus = QDBusConnection.sessionBus()
        self._names = QDBusServiceWatcher(WATCHER, bus, QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange, self)
        self._names.serviceOwnerChanged.connect(self._watcher_changed)
        bus.connect("", WATCHER_PATH, WATCHER, "StatusNotifierHostRegistered", self, _ASK)
        bus.connect("", WATCHER_PATH, WATCHER, "StatusNotifierHostUnregistered", self, _ASK)
        reply = bus.call(_question(), QDBus.CallMode.Block, FIRST_ANSWER_MS)
        if reply.errorName() == "org.freedesktop.DBus.Error.NoReply":
            self.ask()
        self._heard(reply)

    @Slot()
    def ask(self) -> None:
        """Ask the watcher whether a host is there; asynchronous, for a hanging panel must not hang us."""
        pending = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(_question()), self)
        pending.finished.connect(self._answered)  # type: ignore[arg-type]  # the stubs leave its argument out

    def _answered(self, pending: QDBusPendingCallWatcher) -> None:
        pending.deleteLater()
        self._heard(pending.reply())

    def _heard(self, reply: QDBusMessage) -> None:
        if reply.type() != QDBusMessage.MessageType.ReplyMessage:
            self._look_elsewhere()
        else:
            # A watcher without a host: Qt would take D-Bus all the same, and be seen by nobody. The host will say so.
            self._settle(Host.STATUS_NOTIFIER if _says_yes(reply) else Host.NONE)

    def _watcher_changed(self, _name: str, _old: str, new: str) -> None:
        if new:
            self.ask()
        else:
            self._look_elsewhere()

    def _look_again(self) -> None:
        if self._names is None:
            self._look_elsewhere()
        else:
            self.ask()

    def _look_elsewhere(self) -> None:
        """Answer for a desktop without a D-Bus host: XEmbed on X11, the system's own tray elsewhere."""
        elsewhere = not QGuiApplication.platformName().startswith("wayland")
        self._settle(Host.OTHER if elsewhere and _docks_elsewhere() else Host.NONE)

    def _settle(self, host: Host) -> None:
        if host is Host.NONE and not QGuiApplication.platformName().startswith("wayland"):
            self._timer.start()
        else:
            self._timer.stop()
        if host is not self.host:
            self.host = host
            self.changed.emit(host)


def _question() -> QDBusMessage:
    message = QDBusMessage.createMethodCall(WATCHER, WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get")
    message.setArguments([WATCHER, "IsStatusNotifierHostRegistered"])
    message.setAutoStartService(False)
    return message


def _says_yes(reply: QDBusMessage) -> bool:
    value = reply.arguments()[0] if reply.arguments() else False
    return bool(value.variant() if isinstance(value, QDBusVariant) else value)


def _status_notifier_possible() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return False
    platform = QGuiApplication.platformName()
    if not platform.startswith(("xcb", "wayland")):
        return False
    return QDBusConnection.sessionBus().isConnected()


def _docks_elsewhere() -> bool:
    return QGuiApplication.platformName() not in {"offscreen", "minimal"} and QSystemTrayIcon.isSystemTrayAvailable()
