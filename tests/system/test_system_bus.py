"""What the system tells by itself, on a real bus: sleep from logind, the kind of connection from NetworkManager."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from parts.system_bus import Logind, NetworkManager, system_bus
from ringfence.system import _bus, logind, network_manager, system_specs
from ringfence.system_ports import Awake, Connection, Sleeping

__all__ = ["system_bus"]
YES, NO, GUESS_YES, GUESS_NO, UNKNOWN = 1, 2, 3, 4, 0


class Listener:
    """Follows a source, and keeps what it tells."""

    def __init__(self, source):
        self.told: list[object] = []
        self.news = asyncio.Event()
        self.task = asyncio.ensure_future(source.follow(self._tell))

    def _tell(self, news):
        self.told.append(news)
        self.news.set()

    async def until(self, *wanted):
        """Return when the last things told are these."""
        async with asyncio.timeout(20):
            while tuple(self.told[-len(wanted) :]) != wanted:
                self.news.clear()
                await self.news.wait()

    async def stop(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture
async def listen():
    made = []

    def follow(source):
        made.append(Listener(source))
        return made[-1]

    yield follow
    for listener in made:
        await listener.stop()


async def test_sleep_and_waking_are_told(system_bus, listen):
    login = await Logind().start()
    heard = listen(logind.SPEC.build())
    await heard.until(Awake())
    await login.prepare(sleeps=True)
    await heard.until(Sleeping())
    await login.prepare(sleeps=False)
    await heard.until(Sleeping(), Awake())
    await login.stop()


async def test_a_sleep_that_was_over_before_it_was_heard_of_is_told_as_waking(system_bus, listen):
    login = await Logind().start()
    heard = listen(logind.SPEC.build())
    await heard.until(Awake())
    before = len(heard.told)
    heard.news.clear()
    await login.signal(login.interface, "PrepareForSleep", "b", [True])  # the property says already that it is over
    await login.signal(login.interface, "PrepareForSleep", "b", [False])
    async with asyncio.timeout(20):
        await heard.news.wait()
    assert set(heard.told[before:]) == {Awake()}
    await login.stop()


async def test_a_program_that_signals_by_logins_name_is_not_believed(system_bus, listen):
    login = await Logind().start()
    heard = listen(logind.SPEC.build())
    await heard.until(Awake())
    liar = Logind()
    liar.name = "org.example.Liar"
    await liar.start()
    await liar.prepare(sleeps=True)
    await login.prepare(sleeps=True)
    await heard.until(Sleeping())
    assert heard.told.count(Sleeping()) == 1
    await liar.stop()
    await login.stop()


@pytest.mark.parametrize(
    ("value", "metered"),
    [(YES, True), (GUESS_YES, True), (NO, False), (GUESS_NO, False), (UNKNOWN, False), (99, False)],
)
async def test_the_connection_is_told_at_the_start(system_bus, listen, value, metered):
    manager = await NetworkManager(value).start()
    await listen(network_manager.SPEC.build()).until(Connection(metered=metered))
    await manager.stop()


async def test_another_network_is_told(system_bus, listen):
    manager = await NetworkManager(NO).start()
    heard = listen(network_manager.SPEC.build())
    await heard.until(Connection(metered=False))
    await manager.connect_to(YES)
    await heard.until(Connection(metered=True))
    await manager.connect_to(GUESS_NO)
    await heard.until(Connection(metered=False))
    await manager.stop()


async def test_a_service_that_comes_and_goes_is_followed(system_bus, listen):
    heard = listen(network_manager.SPEC.build())
    await heard.until(Connection(metered=False))
    manager = await NetworkManager(YES).start()
    await heard.until(Connection(metered=True))
    await manager.stop()
    await heard.until(Connection(metered=False))


async def test_the_end_of_the_bus_ends_the_following_and_what_it_had_told(system_bus, listen):
    await NetworkManager(YES).start()
    heard = listen(network_manager.SPEC.build())
    await heard.until(Connection(metered=True))
    system_bus.stop()
    await asyncio.wait_for(heard.task, 20)
    assert heard.told[-1] == Connection(metered=False)  # nobody says so any more
    system_bus.start()


@pytest.mark.parametrize("spec", system_specs(), ids=lambda spec: spec.id)
async def test_without_a_bus_there_is_nothing_to_follow(spec, monkeypatch):
    monkeypatch.setattr(_bus, "_connected", lambda: pytest.fail("a library was loaded for nothing"))
    await asyncio.wait_for(spec.build().follow(lambda _: pytest.fail("nobody can have told")), 20)
    told, sentence = await spec.build().probe()
    assert not told
    assert sentence


@pytest.mark.parametrize("spec", system_specs(), ids=lambda spec: spec.id)
async def test_a_bus_that_nobody_listens_on_is_no_bus(spec, world, monkeypatch):
    (world / "dead").touch()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={world / 'dead'}")
    await asyncio.wait_for(spec.build().follow(lambda _: pytest.fail("nobody can have told")), 20)
    assert not (await spec.build().probe())[0]


async def test_doctor_is_told_what_is_so(system_bus):
    assert await network_manager.SPEC.build().probe() == (
        False, "no NetworkManager to tell whether it is metered: taken as not metered"
    )  # fmt: skip
    login, manager = await Logind().start(), await NetworkManager(GUESS_YES).start()
    assert await logind.SPEC.build().probe() == (True, "logind tells when the machine sleeps and wakes up")
    assert await network_manager.SPEC.build().probe() == (True, "metered, as NetworkManager guesses")
    manager.value = YES
    assert await network_manager.SPEC.build().probe() == (True, "metered")
    manager.value = NO
    assert await network_manager.SPEC.build().probe() == (True, "not metered")
    await login.stop()
    await manager.stop()


async def test_an_idle_system_is_asked_nothing(system_bus, listen):
    manager = await NetworkManager(NO).start()
    heard = listen(network_manager.SPEC.build())
    await heard.until(Connection(metered=False))
    await manager.connect_to(YES)
    await heard.until(Connection(metered=True))
    assert manager.asked == 2
    await manager.stop()
