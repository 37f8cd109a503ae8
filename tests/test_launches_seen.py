"""Held launches, from the ledger to the faces: the monitor's look, the follower's, and what `status` says of them."""

import asyncio
import json
import time

import pytest

from cli.world import program
from ringfence import late, launch_texts, launch_watch, wiring
from ringfence.core.events import NextLaunchAsked, QuitAsked
from ringfence.core.model import HeldLaunch, Launches
from ringfence.file_errors import FileError
from ringfence.storage.launches import Asked, LaunchLog
from ringfence.storage.paths import find_paths
from test_monitor import NOW, World

WAITS = HeldLaunch(
    id=7, asked_at=NOW - 60, command="claude", class_="batch", reason="session_threshold", state="waiting", pid=99
)
HELD = Launches(waiting=(WAITS,), refused_today=2, by_reason=(("session_threshold", 2), ("manual_pause", 1)))
LEDGER = "/ledger.sqlite3"


class Book:
    """A ledger in the test's hand."""

    def __init__(self):
        self.launches, self.trouble, self.looks, self.let = Launches(), None, 0, []

    async def seen(self, *, now):
        self.looks += 1
        if self.trouble:
            raise FileError(self.trouble)
        return self.launches

    async def let_next_through(self, *, now):
        if self.trouble:
            raise FileError(self.trouble)
        self.let.append(now)
        return WAITS if self.launches.waiting else None


class Scene(World):
    """The monitor's world with held launches in it."""

    def __init__(self):
        super().__init__()
        self.book, self.midnight = Book(), NOW + 86400

    def parts(self):
        made = super().parts()
        made.launches, made.launch_paths, made.next_midnight = self.book, (LEDGER,), lambda _now: self.midnight
        return made


@pytest.fixture
async def scene(monkeypatch):
    monkeypatch.setattr(launch_watch, "LAUNCHES_EVERY_S", 0)
    made = Scene()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_a_launch_that_is_held_reaches_every_face(scene):
    await scene.start()
    assert scene.view.launches == Launches()
    scene.book.launches = HELD
    scene.watch.tell(LEDGER)
    await scene.settle()
    assert scene.view.launches == HELD
    assert LEDGER in scene.watch.paths


async def test_the_ledger_is_read_once_at_the_start_and_not_again_while_nothing_changes(scene):
    await scene.start()
    for used in (0.43, 0.44, 0.45):
        await scene.read(used)
    assert scene.book.looks == 1


async def test_a_thousand_refusals_are_two_looks(scene):
    await scene.start()
    for _ in range(1000):
        scene.watch.tell(LEDGER)
    await scene.settle()
    assert scene.book.looks <= 3


async def test_at_midnight_the_counts_begin_anew(scene):
    scene.book.launches = HELD
    await scene.start()
    scene.book.launches, scene.midnight = Launches(), scene.midnight + 86400
    await scene.pass_time(86400)
    assert scene.view.launches == Launches()


async def test_a_clock_set_back_changes_the_day_too(scene):
    scene.book.launches = HELD
    await scene.start()
    scene.book.launches = Launches()
    scene.clock.wall -= 86400
    await scene.pass_time(1)
    assert scene.view.launches == Launches()


async def test_the_person_lets_the_next_one_through(scene):
    scene.book.launches = HELD
    await scene.start()
    scene.monitor.dispatch(NextLaunchAsked(at=NOW))
    await scene.settle()
    assert scene.book.let == [NOW]
    assert scene.book.looks == 2


@pytest.mark.expected_log("Cannot use /ledger")
async def test_a_ledger_that_cannot_be_read_is_told_and_recovers(scene, expected_log):
    scene.book.trouble = "Cannot use /ledger.sqlite3: the disk is full; free some space."
    await scene.start()
    assert "Cannot use /ledger.sqlite3" in scene.view.trouble
    scene.monitor.dispatch(NextLaunchAsked(at=NOW))
    await scene.settle()
    scene.book.trouble = None
    scene.watch.tell(LEDGER)
    await scene.settle()
    assert scene.view.trouble == ""
    assert len(expected_log.records) == 1


def test_a_monitor_without_a_ledger_of_launches_lets_nothing_through():
    async def run():
        world = World()
        running = await world.start()
        running.dispatch(NextLaunchAsked(at=NOW))
        await world.settle()
        await running.close()
        return world

    assert asyncio.run(run()).view.launches == Launches()


# ---- with the real ledger


def held(log: LaunchLog, state: str = "refused", reason: str = "session_threshold") -> int:
    asked = Asked(asked_at=time.time(), command="claude", class_="batch", reason=reason, pid=1)
    return log.add(asked, state)


class Face:
    """Keeps the last view, and waits for one that fits."""

    def __init__(self, face):
        self.view, self.came = None, asyncio.Event()
        face.on_view(self.show)

    def show(self, view):
        self.view = view
        self.came.set()

    async def until(self, condition):
        async with asyncio.timeout(20):
            while self.view is None or not condition(self.view.launches):
                self.came.clear()
                await self.came.wait()


@pytest.fixture
def paths(home):
    made = find_paths()
    made.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


@pytest.mark.parametrize("role", ["monitor", "follower"])
async def test_a_run_that_waits_is_seen_at_once_and_let_through_by_a_button(paths, role, monkeypatch):
    monkeypatch.setattr(wiring, "_sources", lambda _settings: {})
    face = wiring.build_monitor(paths, desktop_alerts=False)[0] if role == "monitor" else wiring.build_follower(paths)
    monkeypatch.setattr(launch_watch, "LAUNCHES_EVERY_S", 0)
    seen, running = Face(face), asyncio.ensure_future(face.run())
    await seen.until(lambda _: True)
    log = LaunchLog(paths.ledger)
    number = held(log, "waiting", "manual_pause")
    await seen.until(lambda launches: [w.id for w in launches.waiting] == [number])
    face.dispatch(NextLaunchAsked(at=time.time()))
    # What watches beside it (the local API) goes on until the end.
    letting = (task for task in getattr(face, "_tasks", ()) if task.get_name() == "let the next launch through")
    await asyncio.gather(*letting)
    _, released = log.take_turn(number, time.time, lambda _queued: False, spacing_s=0, jitter_s=0)
    assert released
    await seen.until(lambda launches: launches.released_today == 1 and launches.waiting == ())
    log.close()
    face.dispatch(QuitAsked(at=time.time()))
    await running


def test_status_names_held_launches_in_words_and_for_programs(paths):
    log = LaunchLog(paths.ledger)
    held(log)
    held(log, reason="manual_pause")
    held(log, "waiting")
    said = program("status").stdout
    assert "Held today: 3 (2 waiting)" not in said
    assert "Held today: 3 (1 waiting)" in said
    assert "session threshold: 2, your pause: 1" in said
    seen = json.loads(program("status", "--json").stdout)["launches"]
    log.close()
    assert (seen["refused_today"], seen["released_today"]) == (2, 0)
    assert seen["by_reason"] == {"session_threshold": 2, "manual_pause": 1}
    [waiting] = seen["waiting"]
    assert waiting["command"] == "claude"
    assert waiting["class"] == "batch"


def test_status_says_nothing_of_launches_when_none_was_held_and_makes_no_ledger(paths):
    assert "Held today" not in program("status").stdout
    assert not paths.ledger.exists()


def test_a_ledger_that_cannot_be_read_is_a_remark_of_status_and_no_end_of_it(paths):
    paths.ledger.mkdir()
    said = program("status")
    assert said.returncode == 0
    assert "ledger.sqlite3" in said.stdout.replace("\n", "")


# ---- words


def test_the_line_counts_what_was_held_and_what_waits():
    assert launch_texts.launches_text(Launches()) == ""
    assert launch_texts.launches_text(HELD) == "Held today: 3 (1 waiting)"
    assert launch_texts.launches_text(Launches(by_reason=(("week_threshold", 1),))) == "Held today: 1"
    assert launch_texts.launches_text(Launches(waiting=(WAITS,))) == "Held today: 0 (1 waiting)"


def test_the_detail_names_the_holds_what_became_of_them_and_who_waits():
    said = launch_texts.launches_detail(Launches(**{f: getattr(HELD, f) for f in ("waiting", "by_reason")}), NOW)
    assert said.startswith("By session threshold: 2, your pause: 1. claude (batch) waits since ")
    many = Launches(waiting=(WAITS,) * 7, refused_today=1, released_today=4)
    said = launch_texts.launches_detail(many, NOW)
    assert said.startswith("Refused: 1. Released: 4. ")
    assert said.endswith("And 2 more.")


def test_a_hostile_command_name_stays_on_its_line():
    hostile = HeldLaunch(id=1, asked_at=NOW, command="a\x1b[2J\nb", reason="x_y", state="waiting")
    assert "\x1b" not in launch_texts.held_launch_text(hostile, NOW)
    assert "\n" not in launch_texts.held_launch_text(hostile, NOW)


def test_midnight_is_that_of_the_machines_own_zone():
    at = time.mktime((2026, 11, 21, 14, 50, 0, 0, 0, -1))
    assert time.localtime(late.midnight(at))[:6] == (2026, 11, 21, 0, 0, 0)
    assert time.localtime(late.midnight(at, days=1))[:6] == (2026, 11, 22, 0, 0, 0)
