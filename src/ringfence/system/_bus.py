"""One question to one service on a bus, followed: a signal is only a hint, the owner is asked what is so.

Any program may send us a signal by another's name; it can make us ask, and nothing else. No service is ever started.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

USUAL = "unix:path=/var/run/dbus/system_bus_socket"
DEADLINE_S = 10.0
_DAEMON, _PROPERTIES = "org.freedesktop.DBus", "org.freedesktop.DBus.Properties"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A method without side effects, and the signal after which its answer may be another."""

    service: str
    path: str
    interface: str
    member: str
    signature: str
    body: tuple[str | list[str], ...]
    answer: str
    """The answer's signature; another one counts as none."""
    signal: tuple[str, str]
    """The signal's interface and member."""
    session: bool = False
    """On the session's bus; else on the system's."""

    @property
    def rules(self) -> tuple[str, str]:
        """The bus's match rules: for the signal, and for the service coming and going."""
        interface, member = self.signal
        return (
            f"type='signal',sender='{self.service}',path='{self.path}',interface='{interface}',member='{member}'",
            f"type='signal',sender='{_DAEMON}',member='NameOwnerChanged',arg0='{self.service}'",
        )


def of_property(*, service: str, path: str, interface: str, name: str, signal: tuple[str, str]) -> Question:
    """Return the question for a property of the system bus."""
    return Question(
        service=service, path=path, interface=_PROPERTIES, member="Get", signature="ss", body=(interface, name),
        answer="v", signal=signal,
    )  # fmt: skip


async def follow(wanted: Question, tell: Callable[[Any], None]) -> None:
    """Tell the answer now and after each signal, None while nobody gives one; return when there is no bus (any more).

    The end of a bus that was there is told as None: nobody gives an answer from then on.
    """
    if not _is_there(os.environ, session=wanted.session):
        return
    try:
        async with asyncio.timeout(DEADLINE_S):
            bus = await _connected(wanted.session)
    except (OSError, EOFError, ValueError, TimeoutError):
        return
    changed = asyncio.Event()
    watching = asyncio.ensure_future(_until_gone(bus, changed))
    bus.add_message_handler(lambda message: _hear(message, wanted, changed))
    try:
        for rule in wanted.rules:
            await _call(bus, _DAEMON, "/org/freedesktop/DBus", _DAEMON, "AddMatch", "s", [rule])
        changed.set()
        while not watching.done():
            changed.clear()
            tell(await _get(bus, wanted))
            await changed.wait()
    except (OSError, EOFError, TimeoutError):
        pass  # the bus ended while it was asked
    finally:
        watching.cancel()
        bus.disconnect()
    tell(None)


async def ask(wanted: Question) -> tuple[bool, Any]:
    """Return whether there is a bus, and the answer; None: nobody gives one. Never raises."""
    if not _is_there(os.environ, session=wanted.session):
        return False, None
    try:
        async with asyncio.timeout(DEADLINE_S):
            bus = await _connected(wanted.session)
            try:
                return True, await _get(bus, wanted)
            finally:
                bus.disconnect()
    except (OSError, EOFError, ValueError, TimeoutError):
        return False, None


def _is_there(environ: Mapping[str, str], *, session: bool) -> bool:
    """Tell whether a bus may listen: asking one costs 3 MB, which a machine without is spared."""
    if session:
        return bool(environ.get("DBUS_SESSION_BUS_ADDRESS"))
    address = environ.get("DBUS_SYSTEM_BUS_ADDRESS") or USUAL
    paths = [part.partition("path=")[2].partition(",")[0] for part in address.split(";") if "path=" in part]
    return any(Path(path).exists() for path in paths)


async def _connected(session: bool) -> MessageBus:
    from dbus_fast import BusType  # noqa: PLC0415
    from dbus_fast.aio import MessageBus  # noqa: PLC0415

    return await MessageBus(bus_type=BusType.SESSION if session else BusType.SYSTEM).connect()


async def _until_gone(bus: MessageBus, changed: asyncio.Event) -> None:
    try:
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast 5.2 lacks this one
    except (OSError, EOFError):
        pass
    finally:
        changed.set()


def _hear(message: Message, wanted: Question, changed: asyncio.Event) -> None:
    from dbus_fast import MessageType  # noqa: PLC0415

    if message.message_type is MessageType.SIGNAL and message.member in {wanted.signal[1], "NameOwnerChanged"}:
        changed.set()


async def _get(bus: MessageBus, wanted: Question) -> Any:  # noqa: ANN401 - what the service says
    """Return the answer, out of its variant; None: nobody gives one."""
    reply = await _call(
        bus, wanted.service, wanted.path, wanted.interface, wanted.member, wanted.signature, list(wanted.body)
    )
    value = reply.body[0] if reply is not None and reply.signature == wanted.answer else None
    return getattr(value, "value", value)


async def _call(
    bus: MessageBus, service: str, path: str, interface: str, member: str, signature: str, body: list[Any]
) -> Message | None:
    """Call a method, and return its answer; None for an error."""
    from dbus_fast import Message, MessageFlag, MessageType  # noqa: PLC0415

    call = Message(
        destination=service, path=path, interface=interface, member=member, signature=signature, body=body,
        flags=MessageFlag.NO_AUTOSTART,
    )  # fmt: skip
    async with asyncio.timeout(DEADLINE_S):
        reply = await bus.call(call)
    return reply if reply.message_type is MessageType.METHOD_RETURN else None
