"""A system bus of the test's own, and logind and NetworkManager on it as far as they are asked."""

import pytest
from dbus_fast import BusType, Message, MessageType, NameFlag, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import RequestNameReply

from parts.session_bus import SessionBus


class Service:
    """One property under a well-known name, set in the test's hand; it answers on its own connection."""

    def __init__(self, name, path, interface, prop, signature, value):
        self.name, self.path, self.interface = name, path, interface
        self.prop, self.signature, self.value = prop, signature, value
        self.asked = 0
        self._bus = None

    async def start(self):
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._bus.add_message_handler(self._answer)
        reply = await self._bus.request_name(self.name, NameFlag.DO_NOT_QUEUE)
        assert reply is RequestNameReply.PRIMARY_OWNER
        return self

    async def stop(self):
        await self._bus.release_name(self.name)  # what was asked before is answered now, and nothing is asked any more
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    def _answer(self, message):
        if message.message_type is not MessageType.METHOD_CALL or message.member != "Get":
            return None
        assert message.path == self.path
        assert message.body == [self.interface, self.prop]
        self.asked += 1
        return Message.new_method_return(message, "v", [Variant(self.signature, self.value)])

    def signal(self, interface, member, signature, body):
        return self._bus.send(Message.new_signal(self.path, interface, member, signature, body))


class Logind(Service):
    """org.freedesktop.login1, which says when it prepares for sleep."""

    def __init__(self):
        manager = "org.freedesktop.login1.Manager"
        super().__init__(
            "org.freedesktop.login1", "/org/freedesktop/login1", manager, "PreparingForSleep", "b", value=False
        )

    async def prepare(self, *, sleeps):
        """Close the lid, or open it."""
        self.value = sleeps
        await self.signal(self.interface, "PrepareForSleep", "b", [sleeps])


class NetworkManager(Service):
    """org.freedesktop.NetworkManager, which says what its connection costs."""

    def __init__(self, metered=4):
        name = "org.freedesktop.NetworkManager"
        super().__init__(name, "/org/freedesktop/NetworkManager", name, "Metered", "u", metered)

    async def connect_to(self, metered):
        """Join another network."""
        self.value = metered
        changed = [self.interface, {"Metered": Variant("u", metered)}, []]
        await self.signal("org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", changed)


@pytest.fixture
def system_bus(world, monkeypatch):
    """Give the test a system bus of its own."""
    import shutil

    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian: dbus)")
    (world / "system").mkdir()
    bus = SessionBus(world / "system")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    yield bus
    bus.stop()
