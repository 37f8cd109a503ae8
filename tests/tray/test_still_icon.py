"""Nothing moves in the tray: a picture is sent when it is another, whatever else changes with the time."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSystemTrayIcon

from ringfence.tray.host import Host
from ringfence.tray.icon import TrayIcon
from ringfence.tray.look import RingLook, look_of
from ringfence.tray.theme import Panel
from soak.loop import VirtualLoop
from soak.world import BEGIN, World, simulated
from tray.states import NOW, STATES, reading, session, view, week
from tray.states import account as account_of

HOURS = 12
AGE_S = 130.0


@pytest.fixture
def sent(monkeypatch):
    """Return the pictures that the panel was sent, one after the other."""
    found = []
    monkeypatch.setattr(QSystemTrayIcon, "setIcon", lambda _icon, picture: found.append(picture.cacheKey()))
    return found


@pytest.fixture
def icon(qapp, qtlog, sent):
    made = TrayIcon()
    with qtlog.disabled():  # without a host Qt says "No such signal ... systemTrayWindowChanged" (i2pd-qt 113)
        made._host._settle(Host.STATUS_NOTIFIER)
        yield made
    made.hide()
    made.menu.deleteLater()
    made.deleteLater()


def test_with_nothing_new_the_picture_changes_only_when_it_gets_old_and_when_the_gate_goes_blind(icon, sent):
    for minute in range(HOURS * 60):
        now = NOW + 60 * minute
        status = account_of(reading(session(left_s=40 * 3600), week(), age_s=AGE_S))
        icon.show_view(view(status, now=now), now)
    assert len(sent) == 3, "the reading, that it is old, and that nobody knows any more"


@pytest.mark.parametrize("state", STATES)
def test_no_state_is_sent_twice_or_moves_by_itself(icon, sent, state, qapp):
    for minute in range(3):
        icon.set_panel(Panel.AUTO)
        icon.show_view(STATES[state](), NOW + 60 * minute)
        qapp.processEvents()
    assert len(sent) <= 1
    timers = [*icon.findChildren(QTimer), *icon.menu.findChildren(QTimer)]
    assert not [timer for timer in timers if timer.isActive()]


def test_another_scale_of_the_screen_sends_the_picture_again(icon, sent):
    icon.show_view(STATES["open"](), NOW)
    icon._scale.changed.emit()
    assert len(sent) == 2


def test_half_a_day_with_the_real_monitor_sends_each_picture_once(icon, sent, tmp_path):
    looks = []
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    world = World(loop, tmp_path, random.Random(7), HOURS / 24)

    def shown(drawn) -> None:
        looks.append(look_of(drawn))
        icon.set_panel(Panel.AUTO)
        icon.show_view(drawn, world.clock.now())

    async def live() -> None:
        world.loop.waits = world.waits
        await world.open()
        with simulated(world):
            world.start()
            world.monitor.on_view(shown)
            while world.clock.true() < BEGIN + HOURS * 3600:
                await asyncio.sleep(120)
                for account in world.accounts:
                    account.advance(world.clock.true())
            await world.quit()
            await world.close()

    try:
        loop.run_until_complete(live())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)
    changes = sum(one != other for one, other in itertools.pairwise([RingLook(), *looks]))
    assert len(looks) > HOURS * 10, "views came all day long"
    assert len(sent) == changes
    assert changes < len(looks) / 3
