"""The colours that a desktop wishes for, from the portal of settings on a real bus."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from dbus_fast import Variant

from parts.session_bus import session_bus
from parts.settings_portal import APPEARANCE, NONE, SettingsPortal
from ringfence.system import _bus, appearance
from ringfence.system_ports import Appearance

__all__ = ["session_bus"]
BLUE = (0.2, 0.5, 0.9)


class Listener:
    """Follows the portal, and keeps what it tells."""

    def __init__(self):
        self.told: list[Appearance] = []
        self._news = asyncio.Event()
        self.task = asyncio.ensure_future(appearance.follow(self._tell))

    def _tell(self, told):
        self.told.append(told)
        self._news.set()

    async def until(self, wanted):
        async with asyncio.timeout(20):
            while not self.told or self.told[-1] != wanted:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def heard(session_bus):
    listener = Listener()
    yield listener
    listener.task.cancel()
    with suppress(asyncio.CancelledError):
        await listener.task


async def test_scheme_and_accent_are_told_and_every_change_of_them(heard):
    portal = await SettingsPortal(1, BLUE).start()
    await heard.until(Appearance(dark=True, accent=BLUE))
    portal.wish(2, BLUE)
    await heard.until(Appearance(dark=False, accent=BLUE))
    portal.wish(0, NONE)
    await heard.until(Appearance())
    await portal.stop()


async def test_other_settings_are_no_news(heard):
    portal = await SettingsPortal(1).start()
    await heard.until(Appearance(dark=True))
    before, asked = len(heard.told), portal.asked
    portal.signal("org.gnome.desktop.interface", "clock-format", Variant("s", "24h"))
    portal.wish(1, BLUE)
    await heard.until(Appearance(dark=True, accent=BLUE))
    assert portal.asked > asked
    assert len(heard.told) == before + 1


async def test_a_portal_that_comes_later_and_goes_is_followed(heard):
    await heard.until(Appearance())
    portal = await SettingsPortal(1).start()
    await heard.until(Appearance(dark=True))
    await portal.stop()
    await heard.until(Appearance())


async def test_the_end_of_the_bus_ends_the_following(session_bus, heard):
    await heard.until(Appearance())
    session_bus.stop()
    await asyncio.wait_for(heard.task, 20)
    session_bus.start()


async def test_without_a_session_nothing_is_loaded(monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setattr(_bus, "_connected", lambda _session: pytest.fail("a library was loaded for nothing"))
    await asyncio.wait_for(appearance.follow(lambda _: pytest.fail("nobody can have told")), 20)


@pytest.mark.parametrize(
    "answer",
    [
        None, [], {}, {APPEARANCE: None}, {"another": {"color-scheme": Variant("u", 1)}},
        {APPEARANCE: {"color-scheme": Variant("u", 7), "accent-color": Variant("(ddd)", [0.0, 2.0, 0.0])}},
        {APPEARANCE: {"color-scheme": Variant("s", "dark"), "accent-color": Variant("s", "blue")}},
        {APPEARANCE: {"accent-color": Variant("(ddd)", [float("nan"), 0.0, 0.0])}},
        {APPEARANCE: {"accent-color": Variant("(dd)", [0.0, 0.0])}},
    ],
)  # fmt: skip
def test_what_is_no_colour_is_no_wish(answer):
    assert appearance.appearance_of(answer) == Appearance()
