"""The monitor: the core against the world, with a clock in the test's hand; fakes that record, then the real files."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from parts.settings import raw_settings
from ringfence import alarm, gate_reader, monitor, polls, telling
from ringfence.core import events, gate_changes, gating
from ringfence.core.account_settings import Account
from ringfence.core.events import OverrideAsked, PauseAsked, QuitAsked, RefreshAsked, UnpauseAsked
from ringfence.core.gate_changes import GateChange
from ringfence.core.model import (
    SESSION_S,
    AccountMemory,
    AlertAction,
    FailureKind,
    Latches,
    Memory,
    Pause,
    PollMemory,
    Sample,
    Scope,
    Window,
)
from ringfence.core.settings import Settings, Thresholds, Usage
from ringfence.file_errors import FileError
from ringfence.gates.gate_file import GateFile
from ringfence.monitor import Monitor
from ringfence.parts import Parts
from ringfence.ports import NotifyError, SourceError
from ringfence.storage import records
from ringfence.storage.atomic import write_atomic
from ringfence.storage.settings_file import Loaded, load_settings, set_value

NOW = 1_795_270_000.0
AT_90 = Settings(thresholds=Thresholds(session_pct=90.0))
DISK_FULL = "Cannot write {}: the disk is full; free some space."


def sample(used, at, account="default", resets_at=NOW + 7800):
    window = Window(id="session", label="5-hour session", used=used, resets_at=resets_at, duration_s=SESSION_S)
    return Sample(account=account, source="oauth_usage", observed_at=at, windows=(window,))


class FakeClock:
    """Three clocks that stand still until the test moves them."""

    def __init__(self):
        self.wall, self.awake, self.whole = NOW, 5000.0, 9000.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.awake

    def boottime(self):
        return self.whole

    def go(self, seconds):
        self.wall, self.awake, self.whole = self.wall + seconds, self.awake + seconds, self.whole + seconds


class FakeSource:
    """Answers with what lies on top: a fraction, a sample, an error, or a future to wait for."""

    def __init__(self, scene, name):
        self.scene, self.name, self.closed = scene, name, False
        self.asked = asyncio.Event()

    async def sample(self, *, now):
        assert not self.closed
        self.scene.did.append(f"poll {self.name}")
        self.scene.on_poll()
        self.asked.set()
        answer = self.scene.answers.pop(0) if self.scene.answers else 0.42
        if isinstance(answer, asyncio.Future):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Sample) else sample(answer, now, self.name)

    async def aclose(self):
        self.closed = True


class FakeNotifier:
    """Shows a message, or fails to."""

    def __init__(self, trouble=None):
        self.trouble, self.shown, self.press, self.closed = trouble, [], None, False

    async def send(self, message, on_action):
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble == "hangs":
            await asyncio.Event().wait()
        self.shown.append(message)
        self.press = on_action

    async def aclose(self):
        self.closed = True


class FakeGate:
    """The gate in memory, with the rules of both parts."""

    def __init__(self, scene):
        self.scene, self.document, self.kept = scene, None, Latches()

    def publish(self, gate, *, now):
        self.scene.write("gate")
        self.document = gating.gate_document(gate, self.kept, now=now)
        return self.kept

    def change(self, change, *, now):
        self.scene.write("gate")
        self.kept = change(self.kept)
        return self.kept

    def latches(self, *, now):
        return self.kept

    def stands(self):
        return self.document is not None

    def lapses(self, *, now):
        return [] if self.document is None else gate_changes.lapses(self.document, now)

    def verdict(self, now):
        return gate_reader.evaluate(self.document, now).verdict


class FakeWatch:
    def __init__(self, tell):
        self.tell, self.paths, self.closed = tell, [], False

    def watch(self, path):
        self.paths.append(path)

    def watch_trees(self, folders, tell):
        self.trees, self.tell_trees = tuple(folders), tell

    def close(self):
        self.closed = True


class World:
    """Everything around a monitor, recorded."""

    def __init__(self):
        self.clock = FakeClock()
        self.answers = []
        self.requests = []
        self.did = []
        self.broken = set()
        self.settings = Settings()
        self.settings_trouble = ""
        self.memory, self.statuses, self.accounts, self.loaded_trouble = Memory(), [], (), ""
        self.history, self.sources, self.views, self.closed = [], [], [], []
        self.notifier = FakeNotifier()
        self.faces = []
        self.notifiers = (self.notifier,)
        self.gate = FakeGate(self)
        self.watch = None
        self.on_poll = lambda: None
        self.recorded = asyncio.Event()
        self.monitor = None

    def write(self, name):
        if name in self.broken:
            raise FileError(DISK_FULL.format(name))
        self.did.append(name)

    def parts(self):
        return Parts(
            clock=self.clock, gate=self.gate, notifiers=self.notifiers, build_sources=self.build_sources,
            login_files=lambda settings: {f"/login/{a.name}": a.name for a in settings.accounts},
            load_settings=self.load_settings, load_memory=lambda: (self.memory, self.accounts, self.loaded_trouble),
            save_memory=self.save_memory, write_status=self.write_status, append_history=self.append,
            build_watch=self.build_watch, settings_path="/settings.toml", gate_path="/gate.json", seed=7,
            read_request="/read.request", take_read_request=lambda: bool(self.requests and self.requests.pop()),
            on_close=[lambda: self.closed.append("ledger"), lambda: self.closed.append("lock")],
        )  # fmt: skip

    def build_sources(self, settings):
        made = {a.name: FakeSource(self, a.name) for a in settings.accounts}
        self.sources += made.values()
        return made

    def load_settings(self):
        if self.settings_trouble:
            return Loaded(settings=None, raw={}, trouble=self.settings_trouble)
        return Loaded(settings=self.settings, raw=raw_settings(self.settings))

    def save_memory(self, memory):
        self.write("memory")
        self.memory = memory

    def write_status(self, status):
        self.write("status")
        self.statuses.append(status)

    async def append(self, made):
        self.write("history")
        self.history.append(made)
        self.recorded.set()

    def build_watch(self, tell):
        self.watch = FakeWatch(tell)
        return self.watch

    # ---- what a test does

    async def start(self):
        self.monitor = Monitor(self.parts())
        self.monitor.on_view(self.views.append)
        for raise_window in self.faces:
            self.monitor.on_open(raise_window)
        self.monitor.start()
        await self.settle()
        return self.monitor

    async def settle(self):
        """Wait until every task of the monitor is done."""
        while self.monitor._tasks:
            await asyncio.gather(*self.monitor._tasks, return_exceptions=True)

    async def pass_time(self, seconds):
        """Move the clocks and let the timer ring."""
        self.clock.go(seconds)
        self.monitor._alarm.ring()
        await self.settle()

    async def read(self, answer):
        """Let the regular interval pass and answer the poll."""
        self.answers.append(answer)
        await self.pass_time(400)

    def told(self):
        return [m.title for m in self.notifier.shown]

    def change_settings(self, settings=None, trouble=""):
        self.settings, self.settings_trouble = settings or self.settings, trouble
        self.watch.tell("/settings.toml")

    @property
    def readings(self):
        """What the history has of readings, and not of the gate."""
        return [made for made in self.history if isinstance(made, Sample)]

    @property
    def view(self):
        return self.views[-1]

    @property
    def status(self):
        return self.statuses[-1]


@pytest.fixture
async def scene():
    made = World()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


# ---- the way of one sample


async def test_a_request_is_counted_on_disk_before_it_is_sent(scene):
    counted = []
    scene.on_poll = lambda: counted.append(scene.memory.accounts[0].poll.requested_at)
    await scene.start()
    await scene.read(0.5)
    assert counted == [(NOW,), (NOW, NOW + 400)]


async def test_gate_memory_and_status_are_written_before_the_poll_is_sent(scene):
    await scene.start()
    first_poll = scene.did.index("poll default")
    assert {"gate", "memory", "status"} <= set(scene.did[:first_poll])


async def test_a_sample_becomes_gate_view_status_and_history_at_once(scene):
    scene.settings = AT_90
    await scene.start()
    scene.did.clear()
    await scene.read(0.91)
    assert scene.gate.verdict(scene.clock.now()) == "closed"
    assert scene.view.verdict == "closed"
    assert scene.status.accounts[0].sample.window("session").used == 0.91
    assert [s.window("session").used for s in scene.history if isinstance(s, Sample)][-1] == 0.91
    after = scene.did[scene.did.index("poll default") :]
    assert after[1] == "gate"  # what launchers ask comes first


async def test_a_fresh_reading_reopens(scene):
    scene.settings = AT_90
    scene.answers = [0.5]
    await scene.start()
    await scene.read(0.95)
    await scene.read(0.10)
    assert scene.gate.verdict(scene.clock.now()) == "open"
    assert scene.told() == ["New agents are held", "Agents may start again"]


async def test_events_of_one_turn_are_taken_one_after_the_other(scene):
    running = await scene.start()
    seen = []

    def ask_again(view):
        seen.append(view.paused)
        if len(seen) == 1:
            running.dispatch(UnpauseAsked(at=NOW))  # from inside an effect: it must wait for its turn

    running._views.append(ask_again)
    running.dispatch(PauseAsked(at=NOW))
    assert seen == [True, False]


# ---- failures of a source


@pytest.mark.parametrize("kind", FailureKind)
async def test_every_kind_of_failure_keeps_the_last_sample_and_says_why(scene, kind):
    await scene.start()
    await scene.read(SourceError(kind, "What happened, where, what to do.", retry_after_s=60.0))
    account = scene.status.accounts[0]
    assert account.failure.kind is kind
    assert account.failure.detail == "What happened, where, what to do."
    assert account.sample.window("session").used == 0.42
    assert scene.gate.verdict(scene.clock.now()) == "open"


async def test_a_failure_without_a_request_gives_the_request_back(scene):
    scene.answers = [SourceError(FailureKind.SIGNED_OUT, "Nobody is signed in.", requested=False)]
    await scene.start()
    assert scene.memory.accounts[0].poll.requested_at == ()


async def test_a_retry_after_is_kept_across_a_restart(scene):
    scene.answers = [SourceError(FailureKind.THROTTLED, "The endpoint asks for a pause.", retry_after_s=1200.0)]
    await scene.start()
    await scene.monitor.close()
    again = World()
    again.memory, again.clock = scene.memory, scene.clock
    scene.clock.go(600)
    await again.start()
    assert "poll default" not in again.did
    assert again.status.accounts[0].next_poll_at >= NOW + 1200
    await again.monitor.close()


async def test_the_last_word_of_a_monitor_that_was_killed_ends_in_the_history_with_its_lease(scene):
    await scene.start()
    await scene.read(0.5)
    lease = scene.gate.document["lease_until"]
    kept, scene.history = scene.gate, []
    scene.clock.go(8 * 3600)
    after = World()
    after.clock, after.gate = scene.clock, kept
    await after.start()
    said = [(made.at, made.verdict) for made in after.history if isinstance(made, GateChange)]
    assert said[0] == (lease, "unknown")
    await after.monitor.close()
    await scene.monitor.close()


@pytest.mark.expected_log("a source failed in a way it should not")
async def test_a_crashing_source_does_not_end_polling_and_logs_once(scene, expected_log):
    await scene.start()
    for _ in range(3):
        scene.answers.append(ZeroDivisionError("a bug"))
        await scene.pass_time(3600)
    assert len(expected_log.records) == 1
    assert scene.status.accounts[0].failure.kind is FailureKind.FORMAT_CHANGED
    assert "ZeroDivisionError" in scene.status.accounts[0].failure.detail
    await scene.pass_time(3600)
    assert scene.status.accounts[0].failure is None
    scene.answers.append(ZeroDivisionError("another one, later"))
    await scene.pass_time(400)
    assert len(expected_log.records) == 2


async def test_a_source_that_hangs_is_given_up(scene, monkeypatch):
    monkeypatch.setattr(polls, "POLL_DEADLINE_S", 0.01)
    scene.answers = [asyncio.get_running_loop().create_future()]
    await scene.start()
    assert scene.status.accounts[0].failure.kind is FailureKind.OFFLINE
    assert scene.status.accounts[0].next_poll_at is not None


@pytest.mark.expected_log("Show failed in a way it should not")
async def test_a_face_with_a_bug_does_not_stop_the_monitor(scene):
    running = await scene.start()
    running._views.insert(0, lambda _: 1 / 0)
    await scene.read(0.6)
    assert scene.status.accounts[0].sample.window("session").used == 0.6
    running._views.pop(0)
    await scene.read(0.7)
    assert scene.view.accounts[0].windows[0].used == 0.7


@contextmanager
def a_bug_at(kind, monkeypatch):
    """Let every decision about an event of a kind fail."""
    right = monitor.step

    def wrong(state, event):
        if isinstance(event, kind):
            raise ZeroDivisionError("a bug")
        return right(state, event)

    with monkeypatch.context() as patched:
        patched.setattr(monitor, "step", wrong)
        yield


@pytest.mark.expected_log("TimeCame failed in a way it should not")
async def test_a_bug_in_a_decision_does_not_stop_the_clock(scene, monkeypatch, expected_log):
    await scene.start()
    with a_bug_at(events.TimeCame, monkeypatch):
        await scene.pass_time(400)
        await scene.pass_time(400)
    assert len(expected_log.records) == 2
    await scene.read(0.6)
    assert scene.view.accounts[0].windows[0].used == 0.6


@pytest.mark.expected_log("SampleArrived failed in a way it should not")
async def test_a_reading_that_no_decision_can_be_made_of_is_a_failed_one_and_the_next_is_taken(scene, monkeypatch):
    await scene.start()
    with a_bug_at(events.SampleArrived, monkeypatch):
        await scene.read(0.6)
    assert scene.status.accounts[0].failure.kind is FailureKind.FORMAT_CHANGED
    assert "ZeroDivisionError" in scene.status.accounts[0].failure.detail
    await scene.pass_time(3600)
    assert scene.status.accounts[0].failure is None


# ---- messages and their buttons


async def closed_gate(scene):
    scene.settings = AT_90
    scene.answers = [0.5]
    await scene.start()
    await scene.read(0.92)


async def test_a_message_nobody_shows_goes_to_the_next_notifier(scene):
    desktop = FakeNotifier(NotifyError("There is no notification server."))
    scene.notifiers = (desktop, scene.notifier)
    await closed_gate(scene)
    assert scene.told() == ["New agents are held"]


@pytest.mark.expected_log("a notifier failed in a way it should not")
async def test_a_notifier_with_a_bug_does_not_swallow_the_message(scene):
    scene.notifiers = (FakeNotifier(KeyError("a bug")), scene.notifier)
    await closed_gate(scene)
    assert scene.told() == ["New agents are held"]


async def test_a_notification_server_that_hangs_does_not_swallow_the_message(scene, monkeypatch):
    monkeypatch.setattr(telling, "NOTIFY_DEADLINE_S", 0.01)
    scene.notifiers = (FakeNotifier("hangs"), scene.notifier)
    await closed_gate(scene)
    assert scene.told() == ["New agents are held"]


async def test_the_first_notifier_that_shows_it_is_the_last_that_is_asked(scene):
    second = FakeNotifier()
    scene.notifiers = (scene.notifier, second)
    await closed_gate(scene)
    assert (len(scene.notifier.shown), second.shown) == (1, [])


async def test_the_button_overrides_until_the_reset(scene):
    await closed_gate(scene)
    assert AlertAction.OVERRIDE_UNTIL_RESET in [b.action for b in scene.notifier.shown[-1].buttons]
    scene.notifier.press(AlertAction.OVERRIDE_UNTIL_RESET)
    assert scene.gate.kept.override.until == NOW + 7800
    assert scene.view.verdict == "open"


async def test_without_a_window_no_button_promises_one(scene):
    await closed_gate(scene)
    assert [b.action for b in scene.notifier.shown[-1].buttons] == [AlertAction.OVERRIDE_UNTIL_RESET]


async def test_the_other_button_opens_the_window(scene):
    opened = []
    scene.faces = [lambda: opened.append(True)]
    await closed_gate(scene)
    assert AlertAction.OPEN_WINDOW in [b.action for b in scene.notifier.shown[-1].buttons]
    scene.notifier.press(AlertAction.OPEN_WINDOW)
    assert opened == [True]


async def test_a_face_hears_every_message(scene):
    heard = []
    scene.settings = AT_90
    scene.answers = [0.5]
    running = await scene.start()
    running.on_alert(heard.append)
    await scene.read(0.92)
    assert heard == scene.notifier.shown


# ---- the person


async def test_a_pause_is_written_followed_and_lifted(scene):
    running = await scene.start()
    running.dispatch(PauseAsked(at=NOW, why="deploying"))
    assert scene.gate.kept.pauses == (Pause(since=NOW, until=None, why="deploying"),)
    assert scene.view.paused
    running.dispatch(UnpauseAsked(at=NOW))
    assert scene.gate.kept.pauses == ()
    assert not scene.view.paused


async def test_a_pause_of_an_account_is_lifted_without_the_one_of_everything(scene):
    running = await scene.start()
    home = Scope(account="home")
    running.dispatch(PauseAsked(at=NOW))
    running.dispatch(PauseAsked(at=NOW, scope=home))
    running.dispatch(UnpauseAsked(at=NOW, scope=home))
    assert scene.gate.kept.pauses == (Pause(since=NOW, until=None),)


async def test_a_pause_of_another_process_is_followed(scene):
    await scene.start()
    scene.gate.kept = Latches(pauses=(Pause(since=NOW, until=None),))
    scene.watch.tell("/gate.json")
    assert scene.view.paused


async def test_our_own_write_is_no_news(scene):
    await scene.start()
    scene.did.clear()
    scene.watch.tell("/gate.json")
    assert scene.did == []


async def test_an_override_that_ends_closes_the_gate_again_and_says_so(scene):
    await closed_gate(scene)
    scene.monitor.dispatch(OverrideAsked(at=scene.clock.now(), for_s=100))
    assert scene.view.verdict == "open"
    scene.gate.kept = gating.trimmed(scene.gate.kept, scene.clock.now() + 100)
    await scene.pass_time(100)
    assert scene.view.verdict == "closed"
    assert scene.told() == ["New agents are held", "New agents are held"]


async def test_a_late_face_gets_the_last_view_at_once(scene):
    running = await scene.start()
    late = []
    running.on_view(late.append)
    assert late == [scene.view]


# ---- settings


async def test_settings_changed_on_disk_are_followed_at_once(scene):
    scene.answers = [0.85]
    await scene.start()
    assert scene.gate.verdict(NOW) == "open"
    scene.change_settings(Settings(thresholds=Thresholds(session_pct=80.0)))
    assert scene.gate.verdict(NOW) == "closed"
    assert scene.monitor.settings.thresholds.session_pct == 80.0
    assert len(scene.sources) == 1  # a threshold is no reason to connect anew
    await scene.settle()


async def test_wrong_settings_keep_the_last_good_ones_and_say_so(scene):
    scene.settings = AT_90
    await scene.start()
    scene.change_settings(trouble="settings.toml: thresholds.session_pct must be from 1 to 100 (line 2).")
    assert scene.monitor.settings == AT_90
    assert scene.view.trouble == scene.status.trouble == scene.settings_trouble
    scene.change_settings(trouble="")
    assert scene.view.trouble == ""


async def test_the_last_good_settings_outlive_a_restart(scene):
    scene.settings = AT_90
    await scene.start()
    await scene.monitor.close()
    again = World()
    again.memory, again.settings_trouble = scene.memory, "settings.toml is not TOML: line 3 cannot be read."
    await again.start()
    assert again.monitor.settings == AT_90
    assert again.view.trouble == again.settings_trouble
    await again.monitor.close()


async def test_good_settings_are_kept_at_once_and_not_with_the_next_reading(scene):
    scene.settings = AT_90
    poll = PollMemory(requested_at=(NOW - 10,))
    scene.memory = Memory(accounts=(AccountMemory(name="default", poll=poll),))
    await scene.start()
    assert "poll default" not in scene.did
    assert scene.memory.last_good_settings == {"thresholds": {"session_pct": 90.0}}


async def test_remembered_settings_that_no_longer_pass_are_not_followed(scene):
    scene.memory = Memory(last_good_settings={"thresholds": {"session_pct": 900}})
    scene.settings_trouble = "settings.toml is not TOML."
    await scene.start()
    assert scene.monitor.settings == Settings()


async def test_a_damaged_memory_is_told(scene):
    scene.loaded_trouble = "memory.json is damaged."
    await scene.start()
    assert scene.view.trouble == "memory.json is damaged."
    for _ in range(9):
        await scene.read(0.5)
    assert scene.view.trouble == ""  # an hour later it is no news any more, and nothing can be done about it


async def test_a_status_that_somebody_lost_is_back_with_the_lease(scene):
    await scene.start()
    scene.answers = [SourceError(FailureKind.THROTTLED, "wait", retry_after_s=3600)]
    await scene.pass_time(400)
    written = len(scene.statuses)
    await scene.pass_time(300)
    await scene.pass_time(300)
    assert len(scene.statuses) == written + 2


async def test_another_process_may_ask_for_a_reading(scene):
    await scene.start()
    await scene.pass_time(200)
    scene.watch.tell("/read.request")  # what was taken away is told too
    await scene.settle()
    assert scene.did.count("poll default") == 1
    scene.requests.append(True)
    scene.watch.tell("/read.request")
    await scene.settle()
    assert scene.did.count("poll default") == 2


async def test_a_new_endpoint_gets_new_sources_and_is_asked_as_soon_as_allowed(scene):
    await scene.start()
    usage = Usage(base_url="https://usage.example.com")
    scene.change_settings(Settings(usage=usage, accounts=(Account(name="default"), Account(name="work"))))
    await scene.settle()
    assert [s.closed for s in scene.sources] == [True, False, False]
    assert "/login/work" in scene.watch.paths
    assert scene.did.count("poll work") == 1
    assert scene.did.count("poll default") == 1  # the limits still count
    await scene.pass_time(180)
    assert scene.did.count("poll default") == 2


async def test_a_reading_under_way_keeps_its_connection_when_the_settings_change(scene):
    answer = asyncio.get_running_loop().create_future()
    scene.answers = [answer]
    scene.monitor = Monitor(scene.parts())
    scene.monitor.on_view(scene.views.append)
    scene.monitor.start()
    await scene.sources[0].asked.wait()
    scene.change_settings(Settings(usage=Usage(interval_s=600.0)))
    assert not scene.sources[0].closed
    answer.set_result(0.33)
    await scene.settle()
    assert scene.sources[0].closed
    assert scene.status.accounts[0].failure is None
    assert scene.status.accounts[0].sample.window("session").used == 0.33
    await scene.pass_time(180)
    assert scene.did.count("poll default") == 2


# ---- logins


async def test_a_changed_login_is_tried_at_once_when_the_last_one_failed(scene):
    scene.answers = [SourceError(FailureKind.EXPIRED, "The login has expired.", requested=False)]
    await scene.start()
    scene.clock.go(5)
    scene.watch.tell("/login/default")
    await scene.settle()
    assert scene.did.count("poll default") == 2
    assert scene.status.accounts[0].failure is None


async def test_a_changed_login_is_no_reason_to_ask_while_all_is_well(scene):
    await scene.start()
    scene.clock.go(200)
    scene.watch.tell("/login/default")
    scene.watch.tell("/login/of-somebody-else")
    await scene.settle()
    assert scene.did.count("poll default") == 1


# ---- time


async def test_the_lease_is_renewed_while_nothing_happens(scene):
    await scene.start()
    first = scene.gate.document["lease_until"]
    await scene.pass_time(275)
    assert scene.gate.document["lease_until"] == first + 275


async def test_a_sleep_publishes_the_gate_and_reads_a_moment_later(scene):
    await scene.start()
    scene.did.clear()
    scene.clock.wall += 3600
    scene.clock.whole += 3600
    scene.monitor._alarm.ring()
    assert "gate" in scene.did
    assert "poll default" not in scene.did
    assert 2 <= scene.status.accounts[0].next_poll_at - scene.clock.now() <= 10
    await scene.pass_time(10)
    assert "poll default" in scene.did


async def test_a_clock_set_back_keeps_ages_and_asks_no_more_often(scene):
    await scene.start()
    await scene.pass_time(60)
    scene.clock.wall -= 86400
    scene.monitor._alarm.ring()
    assert scene.clock.now() - scene.status.accounts[0].sample.observed_at == pytest.approx(60)
    assert scene.gate.document["written_at"] == int(scene.clock.now())
    await scene.settle()
    assert scene.did.count("poll default") == 1
    await scene.pass_time(125)
    assert scene.did.count("poll default") == 2


async def test_a_timer_that_rings_early_waits_on(scene):
    await scene.start()
    scene.did.clear()
    await scene.pass_time(1)
    assert scene.did == []
    assert scene.monitor._alarm._timer is not None


async def test_the_timer_never_sleeps_longer_than_a_heartbeat(scene):
    await scene.start()
    left = scene.monitor._alarm._timer.when() - asyncio.get_running_loop().time()
    assert 0 < left <= alarm.HEARTBEAT_S


# ---- the end


async def test_quit_leaves_a_stopped_gate_and_nothing_running(scene):
    scene.monitor = Monitor(scene.parts())
    run = asyncio.create_task(scene.monitor.run())
    await scene.recorded.wait()
    scene.monitor.dispatch(QuitAsked(at=NOW))
    await run
    assert scene.gate.document["note"] == "monitor stopped"
    assert scene.gate.verdict(NOW) == "unknown"
    assert scene.status.running is False
    assert scene.closed == ["ledger", "lock"]
    assert scene.watch.closed
    assert all(s.closed for s in scene.sources)
    assert scene.notifier.closed
    assert not scene.monitor._tasks


async def test_a_reading_under_way_is_broken_off_by_the_end(scene):
    scene.answers = [asyncio.get_running_loop().create_future()]
    scene.monitor = Monitor(scene.parts())
    scene.monitor.start()
    await scene.sources[0].asked.wait()
    await scene.monitor.close()
    assert scene.sources[0].closed
    assert scene.gate.document["note"] == "monitor stopped"


async def test_a_cancelled_run_stops_cleanly_too(scene):
    scene.monitor = Monitor(scene.parts())
    run = asyncio.create_task(scene.monitor.run())
    await scene.recorded.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert scene.gate.document["note"] == "monitor stopped"
    assert scene.closed == ["ledger", "lock"]


async def test_closing_twice_is_closing_once(scene):
    await scene.start()
    await scene.monitor.close()
    await scene.monitor.close()
    assert scene.closed == ["ledger", "lock"]
    assert scene.did.count("status") == len(scene.statuses)


async def test_nothing_is_done_after_the_end(scene):
    await scene.start()
    await scene.monitor.close()
    scene.did.clear()
    scene.monitor.dispatch(RefreshAsked(at=NOW + 9999))
    scene.monitor.dispatch(PauseAsked(at=NOW))
    assert scene.did == []


@pytest.mark.expected_log("something could not be closed")
async def test_the_lock_is_given_back_even_when_the_ledger_fails_to_close(scene):
    running = await scene.start()
    running._parts.on_close.insert(0, lambda: 1 / 0)
    await running.close()
    assert scene.closed == ["ledger", "lock"]


async def test_a_start_that_fails_touches_no_file_and_gives_the_lock_back(scene):
    scene.memory = Memory(accounts=(AccountMemory(name="default", sign_in_told=True),))
    scene.build_watch = lambda _: 1 / 0
    scene.monitor = Monitor(scene.parts())
    with pytest.raises(ZeroDivisionError):
        await scene.monitor.run()
    assert scene.did == []
    assert scene.closed == ["ledger", "lock"]


# ---- a failing disk


@pytest.mark.expected_log("Cannot write gate: the disk is full")
@pytest.mark.expected_log("Cannot write status: the disk is full")
@pytest.mark.expected_log("Cannot write memory: the disk is full")
@pytest.mark.expected_log("Cannot write history: the disk is full")
async def test_a_full_disk_is_told_once_and_recovers(scene, expected_log):
    await scene.start()
    scene.broken = {"gate", "status", "memory", "history"}
    for used in (0.43, 0.44, 0.45, 0.46, 0.47):
        await scene.read(used)
    assert scene.told() == ["Ringfence cannot write a file"]
    assert len(expected_log.records) == 4
    assert "the disk is full" in scene.view.trouble
    scene.broken = set()
    await scene.pass_time(31)  # the gate is tried every 30 s, and takes the others with it
    assert scene.memory == scene.monitor.state.memory
    assert scene.status.accounts == scene.monitor.state.status.accounts
    await scene.read(0.48)
    assert scene.view.trouble == ""
    assert scene.status.trouble == ""
    scene.broken = {"gate"}
    await scene.read(0.49)
    assert scene.told() == ["Ringfence cannot write a file"] * 2


@pytest.mark.expected_log("Cannot write status: the disk is full")
async def test_a_status_that_cannot_be_written_does_not_keep_the_gate_from_closing(scene):
    scene.settings = AT_90
    await scene.start()
    scene.broken = {"status"}
    await scene.read(0.97)
    assert scene.gate.verdict(scene.clock.now()) == "closed"


@pytest.mark.expected_log("Cannot write gate: the disk is full")
async def test_a_pause_that_cannot_be_written_is_not_shown_as_one(scene):
    running = await scene.start()
    scene.broken = {"gate"}
    running.dispatch(PauseAsked(at=NOW))
    assert not scene.view.paused
    assert "the disk is full" in scene.view.trouble
    await scene.settle()


# ---- with the real files


class RealFiles(World):
    """A world whose files are on the disk."""

    def __init__(self, home):
        super().__init__()
        self.home = home
        self.gate = GateFile(home / "gate.json", write_atomic)

    def parts(self):
        paths = {name: self.home / f"{name}.json" for name in ("memory", "status")}

        def load():
            memory, forgotten = records.load_memory(paths["memory"])
            status, unread = records.load_status(paths["status"])
            return memory or Memory(), status.accounts if status else (), forgotten or unread

        return replace_parts(
            super().parts(),
            load_settings=lambda: load_settings(self.home / "settings.toml"),
            load_memory=load,
            save_memory=lambda memory: records.save_memory(paths["memory"], memory),
            write_status=lambda status: records.save_status(paths["status"], status),
            settings_path=str(self.home / "settings.toml"),
            gate_path=str(self.home / "gate.json"),
        )

    def answer(self):
        return gate_reader.read_gate(str(self.home / "gate.json"), now=self.clock.now())

    def file(self, name):
        return json.loads((self.home / name).read_text())


def replace_parts(parts, **changed):
    for name, value in changed.items():
        setattr(parts, name, value)
    return parts


@pytest.fixture
async def real(home):
    home.mkdir(mode=0o700)
    made = RealFiles(home)
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_91_percent_with_a_threshold_of_90_closes_the_file_and_the_button_opens_it(real):
    set_value(real.home / "settings.toml", "thresholds.session_pct", 90)
    real.answers = [0.5]
    await real.start()
    assert real.answer().verdict == "open"
    await real.read(0.91)
    answer = real.answer()
    assert (answer.verdict, answer.refusal["utilization_pct"], answer.refusal["threshold_pct"]) == ("closed", 91, 90)
    assert real.file("status.json")["accounts"][0]["sample"]["windows"][0]["used"] == 0.91
    real.notifier.press(AlertAction.OVERRIDE_UNTIL_RESET)
    assert real.answer().verdict == "open"
    await real.pass_time(7500)  # past the reset, with a fresh reading
    assert real.answer().verdict == "open"
    assert real.file("gate.json")["override"] is None


async def test_memory_stands_on_the_disk_when_the_request_goes_out(real):
    seen = []
    real.on_poll = lambda: seen.append(real.file("memory.json")["accounts"][0]["poll"]["requested_at"])
    await real.start()
    assert seen == [[NOW]]
    assert real.file("status.json")["accounts"][0]["next_poll_why"] == "regular"


async def test_a_restart_goes_on_where_the_last_one_stopped(real):
    set_value(real.home / "settings.toml", "thresholds.session_pct", 90)
    real.answers = [0.5]
    await real.start()
    await real.read(0.92)
    await real.monitor.close()
    assert real.answer().why == "The monitor was stopped; start it with `ringfence` or `ringfence daemon`."
    (real.home / "settings.toml").write_text("[thresholds]\nsession_pct = 0\n")
    again = RealFiles(real.home)
    again.clock = real.clock
    await again.start()
    assert again.answer().verdict == "closed"  # the last reading and the last good threshold
    assert "poll default" not in again.did  # and the last request still counts
    assert "thresholds.session_pct must be from 1 to 100 (line 2)" in again.view.trouble
    assert again.told() == []  # nothing is told twice
    await again.monitor.close()


@pytest.mark.parametrize("harm", ["damaged", "gone"])
async def test_a_gate_that_is_lost_or_damaged_is_written_anew_at_once(real, harm):
    path = real.home / "gate.json"
    running = await real.start()
    running.dispatch(PauseAsked(at=NOW, why="deploying"))
    serial = real.file("gate.json")["serial"]
    path.write_text("{") if harm == "damaged" else path.unlink()
    assert real.answer().verdict == "unknown"
    real.watch.tell(str(path))
    assert real.answer().verdict == "closed"
    assert real.file("gate.json")["serial"] == serial + 1
    assert real.view.paused


@pytest.mark.expected_log("update Ringfence")
async def test_a_gate_of_a_newer_ringfence_is_left_alone_and_told(real):
    path = real.home / "gate.json"
    running = await real.start()
    newer = path.read_bytes().replace(b'"format":1,', b'"format":2,')
    path.write_bytes(newer)
    running.dispatch(PauseAsked(at=NOW))
    assert path.read_bytes() == newer
    assert "update Ringfence" in real.view.trouble
    await real.settle()


async def test_damaged_files_are_told_and_the_monitor_goes_on(real):
    (real.home / "memory.json").write_text("{")
    (real.home / "status.json").write_bytes(b"\0" * 100)
    await real.start()
    assert real.view.trouble.startswith(f"{real.home / 'memory.json'} is damaged")
    assert real.answer().verdict == "open"
    assert records.load_memory(real.home / "memory.json")[1] == ""


async def test_settings_saved_by_a_dialog_are_in_force_with_the_next_turn(real):
    real.answers = [0.85]
    await real.start()
    set_value(real.home / "settings.toml", "thresholds.session_pct", 80)
    real.watch.tell(str(real.home / "settings.toml"))
    assert real.answer().verdict == "closed"
    assert real.file("memory.json")["last_good_settings"] == {"thresholds": {"session_pct": 80}}


@pytest.mark.expected_log("a source failed in a way it should not")
async def test_what_a_crashing_source_held_in_its_hands_reaches_no_file_no_face_and_no_message(real):
    canary = "sk-ant-oat01-canary"
    real.answers = [RuntimeError(f"Bearer {canary}")]
    await real.start()
    await real.pass_time(4000)
    await real.monitor.close()
    assert all(canary not in path.read_text() for path in real.home.iterdir())
    assert canary not in repr((real.views, real.notifier.shown, real.monitor.state))


# ---- kill -9

LIFE = """
import asyncio, os, pathlib, signal, sys
from ringfence.core.model import Memory, Sample, Window
from ringfence.gates.gate_file import GateFile
from ringfence.monitor import Monitor
from ringfence.parts import Parts
from ringfence.storage import records
from ringfence.storage.atomic import sweep, write_atomic
from ringfence.storage.settings_file import load_settings

home, kill_at, start = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
rename, renames = os.replace, []

def replace(*args):
    renames.append(args)
    if len(renames) * 2 - 1 == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*args)
    if len(renames) * 2 == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

class Clock:
    at = 0.0
    def now(self): return start + self.at
    def monotonic(self): return self.at
    def boottime(self): return 9000 + self.at

class Source:
    used = iter([0.5, 0.95, 0.97])
    async def sample(self, *, now):
        with (home / "sent").open("a") as file:
            file.write("one\\n")
        session = Window(id="session", label="5-hour session", used=next(self.used), resets_at=start + 9000)
        return Sample(account="default", source="oauth_usage", observed_at=now, windows=(session,))
    async def aclose(self): pass

class Watch:
    def watch(self, path): pass
    def watch_trees(self, folders, tell): pass
    def close(self): pass

async def nothing(sample): pass

async def main():
    clock, paths = Clock(), {n: home / f"{n}.json" for n in ("memory", "status")}
    monitor = Monitor(Parts(
        clock=clock, gate=GateFile(home / "gate.json", write_atomic), notifiers=(),
        build_sources=lambda settings: {"default": Source()}, login_files=lambda settings: {},
        load_settings=lambda: load_settings(home / "settings.toml"),
        load_memory=lambda: (records.load_memory(paths["memory"])[0] or Memory(), (), ""),
        save_memory=lambda memory: records.save_memory(paths["memory"], memory),
        write_status=lambda status: records.save_status(paths["status"], status), append_history=nothing,
        build_watch=lambda tell: Watch(), settings_path="settings.toml", gate_path="gate.json",
    ))
    sweep(home)
    monitor.start()
    for _ in range(3):
        await asyncio.gather(*monitor._tasks)
        clock.at += 400
        monitor._alarm.ring()
    await asyncio.gather(*monitor._tasks)
    await monitor.close()

os.replace = replace
asyncio.run(main())
"""


def live(home, kill_at, start=NOW):
    environ = {**os.environ, "PYTHONPATH": str(Path(monitor.__file__).parents[1])}
    return subprocess.run([sys.executable, "-c", LIFE, home, str(kill_at), str(start)], env=environ, check=False)


@pytest.mark.parametrize("kill_at", [1, 2, 3, 4, 5, 6, 9, 12, 17])
def test_a_kill_at_any_write_leaves_files_that_tell_the_truth(home, kill_at):
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text("[thresholds]\nsession_pct = 90\n")
    assert live(home, kill_at).returncode == -signal.SIGKILL
    document = gate_reader.load_gate(str(home / "gate.json"))  # whole, or not there yet
    if document is not None:
        answer = gate_reader.read_gate(str(home / "gate.json"), now=document["written_at"])
        full = any(w["used_pct"] >= 90 for w in document["windows"])
        assert answer.verdict == ("closed" if full else "open" if document["windows"] else "unknown")
        late = document["written_at"] + gate_reader.LEASE_S + 1
        assert gate_reader.read_gate(str(home / "gate.json"), now=late).verdict == "unknown"
    memory, trouble = records.load_memory(home / "memory.json")
    assert trouble == ""
    assert records.load_status(home / "status.json")[1] == ""
    sent = len((home / "sent").read_text().split()) if (home / "sent").exists() else 0
    assert sent <= (len(memory.accounts[0].poll.requested_at) if memory else 0)
    assert live(home, 0, NOW + 7200).returncode == 0  # the next one finds locks free and goes on
    assert not list(home.glob("*.ringfence-tmp"))
    after = gate_reader.load_gate(str(home / "gate.json"))
    assert after["note"] == "monitor stopped"
    assert after["serial"] > (document["serial"] if document else 0)
