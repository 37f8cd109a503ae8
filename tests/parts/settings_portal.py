"""A stand-in of the desktop's portal of settings, as far as colours go: `python tests/parts/settings_portal.py`.

Its wishes change at once for whoever holds the object, and over the bus: `busctl --user call
org.freedesktop.portal.Desktop /org/freedesktop/portal/desktop ringfence.Test Wish uddd 1 0.1 0.8 0.2`.
"""

from __future__ import annotations

import asyncio

from dbus_fast import BusType, Message, MessageType, NameFlag, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import RequestNameReply

NAME, PATH, SETTINGS = (
    "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings",
)  # fmt: skip
APPEARANCE = "org.freedesktop.appearance"
NONE = (-1.0, -1.0, -1.0)
"""How a desktop says that it has no accent."""


class SettingsPortal:
    """Answers ReadAll, Read and ReadOne, and signals each change, once a key as the real one does."""

    def __init__(self, scheme=0, accent=NONE):
        self.wishes = {"color-scheme": Variant("u", scheme), "accent-color": Variant("(ddd)", list(accent))}
        self.asked = 0

    async def start(self):
        """Come up on the session bus."""
        self.bus = await MessageBus(bus_type=BusType.SESSION).connect()
        self.bus.add_message_handler(self._answer)
        assert await self.bus.request_name(NAME, NameFlag.DO_NOT_QUEUE) is RequestNameReply.PRIMARY_OWNER
        return self

    async def stop(self):
        """Go away."""
        await self.bus.release_name(NAME)
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()

    def wish(self, scheme, accent=NONE):
        """Change the desktop's colours."""
        self.wishes = {"color-scheme": Variant("u", scheme), "accent-color": Variant("(ddd)", list(accent))}
        for key, value in self.wishes.items():
            self.signal(APPEARANCE, key, value)

    def signal(self, namespace, key, value):
        """Say that a setting is another now."""
        self.bus.send(Message.new_signal(PATH, SETTINGS, "SettingChanged", "ssv", [namespace, key, value]))

    def _answer(self, message):
        if message.message_type is not MessageType.METHOD_CALL or message.path != PATH:
            return None
        match message.member:
            case "ReadAll":
                self.asked += APPEARANCE in message.body[0]
                return Message.new_method_return(message, "a{sa{sv}}", [{APPEARANCE: self.wishes}])
            case "Read" | "ReadOne" if message.body[0] == APPEARANCE and message.body[1] in self.wishes:
                value = self.wishes[message.body[1]]
                twice = message.member == "Read"  # a variant in a variant, for ever
                return Message.new_method_return(message, "v", [Variant("v", value) if twice else value])
            case "Read" | "ReadOne":
                return Message.new_error(message, "org.freedesktop.portal.Error.NotFound", "there is no such setting")
            case "Wish":
                self.wish(message.body[0], message.body[1:])
                return Message.new_method_return(message)
        return None


async def main():
    """Be the desktop's portal until killed."""
    portal = await SettingsPortal().start()
    print("ready", flush=True)
    await portal.bus.wait_for_disconnect()


if __name__ == "__main__":
    asyncio.run(main())
