"""The monitor follows what the system tells: a sleep, and what its connection costs."""

from __future__ import annotations

import asyncio

import pytest

from parts.system_bus import Logind, NetworkManager, system_bus
from ringfence import system_watch
from ringfence.core.polling import Why
from ringfence.system import system_specs
from ringfence.system_ports import Awake, Connection, Sleeping, SystemSpec
from test_monitor import World

__all__ = ["system_bus"]


class Told:
    """A source in the test's hand."""

    def __init__(self):
        self.tell, self.runs, self.trouble = None, 0, None
        self.ended = asyncio.Event()
        self.following = asyncio.Event()

    async def follow(self, tell):
        self.runs += 1
        self.tell = tell
        self.following.set()
        if self.trouble:
            raise self.trouble
        await self.ended.wait()


class Scene(World):
    def __init__(self):
        super().__init__()
        self.source = Told()
        self.specs = (SystemSpec(id="told", label="Told", help="Tells.", build=lambda: self.source),)

    def parts(self):
        made = super().parts()
        made.system_specs = self.specs
        return made

    async def settle(self):
        """Wait for every task but those that follow the system."""
        while busy := [t for t in self.monitor._tasks if t.get_name() not in {spec.id for spec in self.specs}]:
            await asyncio.gather(*busy, return_exceptions=True)

    async def begin(self):
        await self.start()
        await asyncio.wait_for(self.source.following.wait(), 20)

    def planned(self):
        return self.status.accounts[0].next_poll_why

    async def until(self, true):
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110 - of several things, not all of which tell
                await asyncio.sleep(0)


@pytest.fixture
async def scene(monkeypatch):
    monkeypatch.setattr(system_watch, "LATER_S", 0.0)
    monkeypatch.setattr(system_watch, "AGAIN_S", 0.0)
    made = Scene()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


def sleeps(scene, seconds):
    scene.clock.wall += seconds
    scene.clock.whole += seconds


async def test_waking_up_is_noticed_at_once_and_once(scene):
    await scene.begin()
    scene.source.tell(Sleeping())
    sleeps(scene, 3600)
    scene.source.tell(Awake())
    assert scene.planned() == Why.WOKE
    first = scene.status.accounts[0].next_poll_at
    scene.clock.go(1)
    scene.monitor._alarm.ring()  # the clocks show no second sleep
    scene.source.tell(Awake())
    assert scene.status.accounts[0].next_poll_at == first


async def test_a_sleep_that_the_clocks_saw_first_is_not_told_twice(scene):
    await scene.begin()
    scene.source.tell(Sleeping())
    sleeps(scene, 3600)
    scene.monitor._alarm.ring()
    first = scene.status.accounts[0].next_poll_at
    scene.clock.go(3)
    scene.source.tell(Awake())
    assert scene.status.accounts[0].next_poll_at == first


async def test_a_sleep_too_short_for_the_clocks_is_noticed_too(scene):
    await scene.begin()
    scene.source.tell(Sleeping())
    sleeps(scene, 5)
    scene.source.tell(Awake())
    assert scene.planned() == Why.FLOOR  # a reading is wished for; the last one was seconds ago
    assert scene.monitor.state.asleep_since is None


async def test_awake_without_a_sleep_is_no_news(scene):
    await scene.begin()
    before = scene.status
    scene.source.tell(Awake())
    assert scene.status == before


async def test_everything_is_written_before_the_machine_sleeps(scene):
    await scene.begin()
    scene.did.clear()
    scene.source.tell(Sleeping())
    await scene.settle()
    assert not scene.monitor._queue
    assert scene.memory == scene.monitor.state.memory
    assert scene.status == scene.monitor.state.status
    assert "poll default" not in scene.did


async def test_a_metered_connection_is_in_the_status(scene):
    await scene.begin()
    scene.source.tell(Connection(metered=False))
    assert not scene.status.metered
    scene.source.tell(Connection(metered=True))
    assert (scene.status.metered, scene.status.interval_s) == (True, 600)
    assert scene.view.accounts[0].metered_every_s == 600


async def test_one_that_told_once_is_looked_for_until_it_tells_again(scene):
    await scene.begin()
    scene.source.tell(Connection(metered=False))
    scene.source.ended.set()
    await scene.until(lambda: scene.source.runs >= 4)  # it was gone for longer than one look
    scene.source.ended.clear()
    scene.source.tell(Connection(metered=True))
    assert scene.status.metered


async def test_one_that_never_told_is_not_looked_for_again(scene):
    await scene.begin()
    scene.source.ended.set()
    await scene.until(lambda: not any(task.get_name() == "told" for task in scene.monitor._tasks))
    assert scene.source.runs == 1


@pytest.mark.expected_log("told failed in a way it should not")
async def test_a_source_with_a_bug_does_not_stop_the_monitor(scene):
    scene.source.trouble = ZeroDivisionError("a bug")
    await scene.begin()
    await scene.read(0.7)
    assert scene.view.accounts[0].windows[0].used == 0.7
    assert scene.source.runs == 1


async def test_the_real_edges_on_a_real_bus(system_bus, scene):
    login, manager = await Logind().start(), await NetworkManager(1).start()
    scene.specs = system_specs()
    await scene.start()
    await scene.until(lambda: scene.status.metered)
    await login.prepare(sleeps=True)
    await scene.until(lambda: scene.monitor.state.asleep_since is not None)
    sleeps(scene, 8 * 3600)
    await login.prepare(sleeps=False)
    await scene.until(lambda: scene.planned() == Why.WOKE)
    assert scene.gate.verdict(scene.clock.now()) == "unknown"
    await scene.pass_time(10)
    assert scene.gate.verdict(scene.clock.now()) == "open"
    await manager.connect_to(2)
    await scene.until(lambda: not scene.status.metered)
    await scene.monitor.close()
    await login.stop()
    await manager.stop()
