"""A notification server for tests, in the test's own loop: freedesktop's interface, and nothing on any screen."""

import asyncio
from contextlib import suppress
from typing import Annotated

from dbus_fast import DBusError, Message, MessageType, NameFlag
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
Strings = Annotated[list[str], DBusSignature("as")]
CAPABILITIES = ("actions", "body", "body-markup", "persistence")


class Note:
    """A message as the server got it."""

    def __init__(self, number, app, icon, title, body, actions, hints, timeout):
        self.number = number
        self.app = app
        self.icon = icon
        self.title = title
        self.body = body
        self.actions = dict(zip(actions[::2], actions[1::2], strict=True))
        self.hints = {name: value.value for name, value in hints.items()}
        self.timeout = timeout


class NotificationServer(ServiceInterface):
    """Keeps what it is sent in `notes`; `press` is a person's click."""

    def __init__(self, *, name="fake", capabilities=CAPABILITIES):
        super().__init__(NAME)
        self.name_ = name
        self.capabilities = list(capabilities)
        self.refuses = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.notes = []
        self.closed = []
        self._bus = None

    async def start(self):
        """Take the name on the session bus."""
        self._bus = await MessageBus().connect()
        self._bus.export(PATH, self)
        await self._bus.request_name(NAME, NameFlag.DO_NOT_QUEUE)
        return self

    async def stop(self):
        """Go away as a crash would."""
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    async def gone(self):
        """Return when the server has noticed that its bus is no more; everybody else has then, too."""
        with suppress(EOFError):
            await self._bus.wait_for_disconnect()

    def press(self, note, key="default"):
        """Click a button, or the body."""
        self.ActionInvoked(note.number, key)

    def dismiss(self, note):
        """Click it away."""
        self.NotificationClosed(note.number, 2)

    @dbus_method()
    def Notify(  # noqa: N802
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        title: DBusStr,
        body: DBusStr,
        actions: Strings,
        hints: DBusDict,
        timeout: DBusInt32,
    ) -> DBusUInt32:
        if self.refuses:
            raise DBusError("org.freedesktop.Notifications.Error", "too many")
        self.notes.append(Note(len(self.notes) + 1, app, icon, title, body, actions, hints, timeout))
        return len(self.notes)

    @dbus_method()
    async def GetCapabilities(self) -> Strings:  # noqa: N802
        await self.answers.wait()
        return self.capabilities

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:  # noqa: N802
        return [self.name_, "the tests", "1.0", "1.2"]

    @dbus_method()
    def CloseNotification(self, number: DBusUInt32) -> None:  # noqa: N802
        self.closed.append(number)
        self.NotificationClosed(number, 3)

    @dbus_signal()
    def ActionInvoked(self, number, key) -> Annotated[tuple[int, str], DBusSignature("us")]:  # noqa: N802
        return [number, key]

    @dbus_signal()
    def NotificationClosed(self, number, reason) -> Annotated[tuple[int, int], DBusSignature("uu")]:  # noqa: N802
        return [number, reason]


async def connections():
    """Return how many programs are connected to the session bus, without this question."""
    bus = await MessageBus().connect()
    ask = Message(destination="org.freedesktop.DBus", path="/", interface="org.freedesktop.DBus", member="ListNames")
    reply = await bus.call(ask)
    assert reply.message_type is MessageType.METHOD_RETURN
    bus.disconnect()
    await bus.wait_for_disconnect()
    return sum(name.startswith(":") for name in reply.body[0]) - 1
