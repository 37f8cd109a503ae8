"""The face beside a monitor of another process: real gate and status files, a clock in the test's hand."""

import asyncio

import pytest

from ringfence import gate_reader, wiring
from ringfence.core.events import (
    OverrideAsked,
    OverrideEnded,
    PauseAsked,
    QuitAsked,
    RefreshAsked,
    UnpauseAsked,
    WindowOpened,
)
from ringfence.core.gating import decide_gate
from ringfence.core.model import SESSION_S, AccountStatus, Sample, Scope, Status, Window
from ringfence.core.settings import Settings, Thresholds
from ringfence.file_errors import FileError
from ringfence.follower import LOOK_AGAIN_S, TAKE_OVER_S, Follower, FollowerParts
from ringfence.storage import records
from ringfence.storage.paths import find_paths

NOW = 1_795_270_000.0
RESET = NOW + 7800
SETTINGS = Settings(thresholds=Thresholds(session_pct=90.0))


class Silent:
    """A watch that tells nothing: the test looks by itself."""

    def __init__(self):
        self.paths, self.closed = [], False

    def watch(self, path):
        self.paths.append(path)

    def watch_trees(self, folders, tell):
        raise AssertionError("a follower reads no transcripts")

    def close(self):
        self.closed = True


class Beside:
    """A follower, and the files of the monitor it follows."""

    def __init__(self, paths):
        self.paths, self.now, self.runs, self.asked, self.views = paths, NOW, True, 0, []
        self.disk_full = False
        self.watch = Silent()
        self.gate = wiring.gate_channel(paths)
        self.furnish(0.42)
        self.follower = Follower(
            FollowerParts(
                now=lambda: self.now,
                gate=self.gate,
                load_status=lambda: wiring.last_status(paths),
                load_settings=lambda: SETTINGS,
                monitor_runs=lambda: self.runs,
                ask_to_read=self.ask,
                build_watch=lambda _tell: self.watch,
                gate_path=str(paths.gate),
                paths=(str(paths.gate),),
            )
        )
        self.follower.on_view(self.views.append)

    def ask(self):
        if self.disk_full:
            raise FileError("Cannot write read.request: the disk is full; free some space.")
        self.asked += 1

    def furnish(self, used, resets_at=RESET):
        """Write what the monitor writes after a reading."""
        window = Window(id="session", label="5-hour session", used=used, resets_at=resets_at, duration_s=SESSION_S)
        sample = Sample(account="default", source="oauth_usage", observed_at=self.now, windows=(window,))
        status = Status(written_at=self.now, accounts=(AccountStatus(name="default", sample=sample),))
        records.save_status(self.paths.status, status)
        self.gate.publish(decide_gate([("default", sample)], SETTINGS, now=self.now), now=self.now)

    def verdict(self):
        return gate_reader.read_gate(str(self.paths.gate), now=self.now).verdict

    @property
    def view(self):
        return self.views[-1]


@pytest.fixture
async def beside(home):
    paths = find_paths()
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Beside(paths)
    running = asyncio.ensure_future(made.follower.run())
    await asyncio.sleep(0)
    yield made
    made.follower.dispatch(QuitAsked(at=made.now))
    await running
    assert made.watch.closed


async def test_a_face_shows_what_another_process_published(beside):
    assert (beside.view.verdict, beside.view.outer.used) == ("open", 0.42)
    beside.furnish(0.92)
    beside.follower.look()
    assert (beside.view.verdict, beside.view.outer.used) == ("closed", 0.92)


async def test_a_pause_and_its_end_are_written_into_the_gate(beside):
    beside.follower.dispatch(PauseAsked(at=NOW, until=NOW + 60))
    assert beside.verdict() == "closed"
    assert beside.view.paused
    beside.follower.dispatch(UnpauseAsked(at=NOW))
    assert beside.verdict() == "open"


async def test_a_pause_of_a_class_is_written_and_lifted_alone(beside):
    beside.follower.dispatch(PauseAsked(at=NOW, scope=Scope(class_="batch")))
    beside.follower.dispatch(PauseAsked(at=NOW, scope=Scope(model="Opus"), until=NOW + 60))
    assert (beside.verdict(), beside.view.paused) == ("open", False)
    assert gate_reader.read_gate(str(beside.paths.gate), now=NOW, class_="batch").verdict == "closed"
    beside.follower.dispatch(UnpauseAsked(at=NOW, scope=Scope(class_="batch")))
    assert [p.scope for p in beside.view.pauses] == [Scope(model="Opus")]
    beside.follower.dispatch(UnpauseAsked(at=NOW, scope=Scope()))  # of everything: there is none
    assert [p.scope for p in beside.view.pauses] == [Scope(model="Opus")]


async def test_a_pause_until_the_reset_of_an_account_ends_with_its_own_session(beside):
    beside.follower.dispatch(PauseAsked(at=NOW, until_reset=True, scope=Scope(account="default")))
    assert [p.until for p in beside.view.pauses] == [RESET]
    beside.follower.dispatch(PauseAsked(at=NOW, until_reset=True, scope=Scope(account="unknown")))
    assert beside.view.pauses[1].until == NOW + SESSION_S


async def test_a_pause_until_the_reset_ends_with_the_session(beside):
    beside.follower.dispatch(PauseAsked(at=NOW, until_reset=True))
    assert [p.until for p in beside.view.pauses] == [RESET]


async def test_a_pause_until_the_reset_of_no_session_is_never_open_ended(beside):
    beside.furnish(0.0, resets_at=None)
    beside.follower.look()
    beside.follower.dispatch(PauseAsked(at=NOW, until_reset=True))
    assert [p.until for p in beside.view.pauses] == [NOW + SESSION_S]


async def test_an_override_lasts_until_the_reset_and_can_be_taken_back(beside):
    beside.furnish(0.92)
    beside.follower.dispatch(OverrideAsked(at=NOW))
    assert beside.verdict() == "open"
    assert beside.view.override.until == RESET
    beside.follower.dispatch(OverrideEnded(at=NOW))
    assert beside.verdict() == "closed"


async def test_an_override_of_nothing_lifts_no_later_hold(beside):
    beside.follower.dispatch(OverrideAsked(at=NOW))
    beside.furnish(0.92)
    assert beside.verdict() == "closed"


async def test_read_now_is_handed_to_the_monitor(beside):
    beside.follower.dispatch(RefreshAsked(at=NOW))
    assert beside.asked == 1


async def test_a_person_who_looks_at_old_numbers_gets_fresh_ones(beside):
    beside.follower.dispatch(WindowOpened(at=NOW + 30))
    assert beside.asked == 0
    beside.follower.dispatch(WindowOpened(at=NOW + 90))
    assert beside.asked == 1


@pytest.mark.expected_log("the disk is full")
async def test_a_wish_that_cannot_be_written_is_told(beside):
    beside.disk_full = True
    beside.follower.dispatch(RefreshAsked(at=NOW))
    assert "the disk is full" in beside.view.trouble
    beside.disk_full = False
    beside.follower.dispatch(RefreshAsked(at=NOW))
    assert beside.view.trouble == ""


async def test_a_lease_that_runs_out_is_shown_without_any_change_of_a_file(beside):
    beside.now += gate_reader.LEASE_S + 1
    beside.follower.look()
    assert beside.view.verdict == "unknown"


async def test_a_monitor_that_ended_announces_no_reading(beside):
    account = AccountStatus(name="default", next_poll_at=NOW + 60, next_poll_why="regular")
    for running, next_poll_at in ((True, NOW + 60), (False, None)):
        records.save_status(beside.paths.status, Status(written_at=NOW, accounts=(account,), running=running))
        beside.follower.look()
        assert beside.view.accounts[0].next_poll_at == next_poll_at


async def test_a_daemon_that_restarts_keeps_its_place(home):
    beside = Beside(find_paths())
    running = asyncio.ensure_future(beside.follower.run())
    await asyncio.sleep(0)
    for runs in (False, True, False):
        beside.runs = runs
        beside.now += LOOK_AGAIN_S
        beside.follower.look()
    await asyncio.sleep(0)
    assert not running.done()
    beside.follower.dispatch(QuitAsked(at=beside.now))
    assert await running is False


async def test_where_no_monitor_comes_back_the_face_ends_to_become_one(home):
    beside = Beside(find_paths())
    running = asyncio.ensure_future(beside.follower.run())
    await asyncio.sleep(0)
    beside.runs = False
    beside.follower.look()
    beside.now += TAKE_OVER_S
    beside.follower.look()
    assert await running is True
