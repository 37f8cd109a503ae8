"""Alerts as the desktop's own notifications, through desktop-notifier; the library loads with the first use.

What is added to the library (DESKTOP 2, PACKAGING 2.5, seen with 6.2.0 and dunst 1.9):
* its `send` does not raise when nobody shows the message, it logs a traceback: the server is asked first, and
  "dispatched" is waited for;
* it hands on text as it is, and a server with `body-markup` would follow it: then the body is escaped;
* it keeps what it once learnt of a server, and its connection for ever: both are given up when the server changes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.core.model import AlertAction
from ringfence.ports import Message, Notifier, NotifierSpec, NotifyError
from ringfence.sentence import N_, Sentence
from ringfence.shipped import shipped
from ringfence.texts import clean
from ringfence.words import quoted

if TYPE_CHECKING:
    from dbus_fast import Message as Reply
    from dbus_fast.aio import MessageBus
    from desktop_notifier import Icon, Notification
    from desktop_notifier.backends.base import DesktopNotifierBackend

APP_NAME = "Ringfence"
ICON_NAME = "ringfence"
LONGEST_TITLE = 120
LONGEST_BODY = 600
DEADLINE_S = 10.0
"""How long a server may take: the asking may have to start it, and a hung one must not hold back the next alert."""

_BUS_NAME = "org.freedesktop.Notifications"
_BUS_PATH = "/org/freedesktop/Notifications"


class _NoServerError(Exception):
    """Nobody would show a message; the text says why, as a part of a sentence."""


class _RefusedError(_NoServerError):
    """A server that is there did not take one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """Who shows messages just now, and what it can do."""

    name: str
    buttons: bool = True
    markup: bool = False


class DesktopNotifications:
    """ports.Notifier on whatever shows notifications here. Messages go out one after another, in their order."""

    def __init__(self, icon: Path | None = None, *, deadline_s: float = DEADLINE_S) -> None:
        """Take our drawing's file; without one the desktop is asked for an icon named `ringfence`, and shows none."""
        self._icon = icon
        self._deadline_s = deadline_s
        self._backend: DesktopNotifierBackend | None = None
        self._owner = ""
        self._standing: dict[str, str] = {}
        """What may still be on the screen: subject to the library's identifier."""
        self._one_at_a_time = asyncio.Lock()
        self._closed = False

    async def send(self, message: Message, on_action: Callable[[AlertAction], None]) -> None:
        """Show the message. Raises NotifyError when nobody did."""
        async with self._turn() as server:
            await self._show(message, server, on_action)

    async def probe(self) -> str:
        """Say who would show a message, and whether it has buttons. Raises NotifyError when nobody would."""
        async with self._turn() as server:
            pass
        if server.buttons:
            return Sentence("Notifications are shown by {name}, with buttons.", name=server.name)
        return Sentence("Notifications are shown by {name}, without buttons.", name=server.name)

    async def aclose(self) -> None:
        """Give back the connection; messages that still stand are left standing, their buttons do nothing more."""
        self._closed = True
        async with self._one_at_a_time:
            await self._disconnect()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[_Server]:
        """Give the server to one caller at a time, and make one sentence of whatever goes wrong."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._deadline_s):
                    yield await self._find_server()
            except Exception as error:  # noqa: BLE001  # each system has its library, each library its own errors
                if not isinstance(error, _RefusedError):  # the buttons of what it shows already still work
                    await self._disconnect()
                raise _told(error, self._deadline_s) from None

    async def _find_server(self) -> _Server:
        """Return who would show a message now, asked anew each time: servers come, go, and are replaced by others."""
        if self._closed:
            raise _NoServerError(Sentence("Ringfence is ending"))
        bus = _bus_of(self._backend)
        if self._backend is not None and bus is not None and not bus.connected:
            await self._disconnect()
        if self._backend is None:
            self._backend = _backend(self._icon)
            if not await self._backend.has_authorisation() and not await self._backend.request_authorisation():
                raise _NoServerError(Sentence("the system does not allow Ringfence to show them"))
        capabilities = await self._backend.get_capabilities()
        if not capabilities:
            raise _NoServerError(Sentence("this system has none that Ringfence can use"))
        bus = _bus_of(self._backend)
        return await self._ask(bus) if bus is not None else _Server(name="the system")

    async def _ask(self, bus: MessageBus) -> _Server:
        """Ask the freedesktop server itself: the library does not tell `body-markup`."""
        capabilities = await _call(bus, "GetCapabilities")
        if capabilities.sender != self._owner:
            # Another server than the one that the backend knows, or the first one. What was on show is gone with it.
            known, self._owner = self._owner, capabilities.sender or ""
            if known:
                await self._disconnect(keep_owner=True)
                return await self._find_server()
        name, _, version, *_ = (await _call(bus, "GetServerInformation")).body
        said = capabilities.body[0]
        return _Server(name=clean(f"{name} {version}", 60), buttons="actions" in said, markup="body-markup" in said)

    async def _show(self, message: Message, server: _Server, on_action: Callable[[AlertAction], None]) -> None:
        assert self._backend is not None  # _find_server made it
        shown: list[bool] = []
        notification = _notification(message, server, _on_the_loop(on_action), lambda: shown.append(True))
        await self._backend.send(notification)
        if not shown:
            raise _RefusedError(Sentence("{name} did not take the message", name=server.name))
        if message.subject:
            await self._replace(message.subject, notification.identifier)

    async def _replace(self, subject: str, identifier: str) -> None:
        """Take away what was said before on a subject, now that the news stands there."""
        assert self._backend is not None
        before, self._standing[subject] = self._standing.get(subject), identifier
        if before is not None and before in await self._backend.get_current_notifications():
            await self._backend.clear(before)

    async def _disconnect(self, *, keep_owner: bool = False) -> None:
        backend, self._backend = self._backend, None
        self._owner = self._owner if keep_owner else ""
        self._standing.clear()  # the next backend knows none of them
        bus = _bus_of(backend)
        if bus is None:
            return
        if bus.connected:
            bus.disconnect()
        # What the connection died of is nobody's news any more, but asyncio complains about errors nobody has seen.
        with suppress(Exception):
            async with asyncio.timeout(1.0):
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast 5.2 lacks this one


def _build() -> Notifier:
    return DesktopNotifications(shipped(f"{ICON_NAME}.svg"))


SPEC = NotifierSpec(
    id="desktop",
    label=N_("Desktop notifications"),
    help=N_("Alerts appear as the desktop's own notifications, with buttons where it has them."),
    build=_build,
)


def _backend(icon: Path | None) -> DesktopNotifierBackend:
    """Return the library's part for this system. `DesktopNotifier` would hide the bus that has to be given back."""
    from desktop_notifier.main import get_backend_class  # noqa: PLC0415

    # Its only warning is a traceback for what is raised here as one sentence.
    logging.getLogger("desktop_notifier.backends.base").setLevel(logging.ERROR)
    return get_backend_class()(APP_NAME, _icon(icon))


def _icon(file: Path | None) -> Icon | None:
    from desktop_notifier import Icon  # noqa: PLC0415

    if file is not None:
        return Icon(path=file)
    # Only freedesktop's servers look names up, and show nothing for one they do not know.
    return Icon(name=ICON_NAME) if sys.platform.startswith("linux") else None


def _bus_of(backend: DesktopNotifierBackend | None) -> MessageBus | None:
    """Return the session bus connection of a backend that has one."""
    if backend is None or not sys.platform.startswith("linux"):
        return None
    from desktop_notifier.backends.dbus import DBusDesktopNotifier  # noqa: PLC0415

    # `bus` is there once the backend has connected.
    return getattr(backend, "bus", None) if isinstance(backend, DBusDesktopNotifier) else None


async def _call(bus: MessageBus, member: str) -> Reply:
    from dbus_fast import DBusError, MessageType  # noqa: PLC0415
    from dbus_fast import Message as Call  # noqa: PLC0415

    reply = await bus.call(Call(destination=_BUS_NAME, path=_BUS_PATH, interface=_BUS_NAME, member=member))
    if reply.message_type is MessageType.ERROR:
        raise DBusError("org.freedesktop.DBus.Error.ServiceUnknown", f"{member} was not answered")
    return reply


def _notification(
    message: Message, server: _Server, press: Callable[[AlertAction], None], on_dispatched: Callable[[], None]
) -> Notification:
    from desktop_notifier import Button, Notification, Urgency  # noqa: PLC0415

    def presser(action: AlertAction) -> Callable[[], None]:
        return lambda: press(action)

    # Servers without actions may make a dialog of a message that asks for some (notify-osd did).
    buttons = message.buttons if server.buttons else ()
    opens = any(button.action is AlertAction.OPEN_WINDOW for button in buttons)
    return Notification(
        title=clean(quoted(message.title), LONGEST_TITLE),  # plain text by the standard, with every server
        message=_body(quoted(message.body), server),
        urgency=Urgency.Critical if message.critical else Urgency.Normal,
        buttons=tuple(
            Button(title=clean(button.label, 40), identifier=button.action.value, on_pressed=presser(button.action))
            for button in buttons
        ),
        on_clicked=presser(AlertAction.OPEN_WINDOW) if opens else None,
        on_dispatched=on_dispatched,
    )


def _body(text: str, server: _Server) -> str:
    lines = [clean(line) for line in text[: 2 * LONGEST_BODY].splitlines()]
    cut = "\n".join(line for line in lines if line)
    if len(cut) > LONGEST_BODY:
        cut = f"{cut[: LONGEST_BODY - 1]}…"
    if not server.markup:
        return cut
    from html import escape  # noqa: PLC0415 - its table of entities is 0.5 MB that an idle tray does not need

    return escape(cut, quote=False)  # cut first: half an entity is no text


def _on_the_loop(on_action: Callable[[AlertAction], None]) -> Callable[[AlertAction], None]:
    """Hand a press to the loop: some systems call on a thread of theirs, and an error must not meet their code."""
    loop = asyncio.get_running_loop()

    def press(action: AlertAction) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(on_action, action)

    return press


def _told(error: Exception, deadline_s: float) -> NotifyError:
    """Return the one sentence for whatever four systems' libraries raise; each means that nobody showed the message."""
    if isinstance(error, _NoServerError):
        why = str(error)
    elif isinstance(error, TimeoutError):
        why = Sentence("it did not answer within {seconds} s", seconds=f"{deadline_s:g}")
    elif isinstance(error, (OSError, EOFError)) or type(error).__name__ in {"InvalidAddressError", "AuthError"}:
        why = Sentence("this login has no session bus (DBUS_SESSION_BUS_ADDRESS)")
    else:
        why = Sentence("none is running (dunst, mako and most desktops have one)")
    return NotifyError(
        Sentence("No notification service shows alerts here: {reason}; they are in the log.", reason=why)
    )
