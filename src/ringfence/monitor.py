"""The monitor: event queue, effect handlers, tasks and timers. asyncio without Qt; the tray and the daemon run it.

`dispatch` is synchronous: an event is stepped and its effects performed before the next one is looked at, without an
`await` between. What takes time runs in a task of its own, whose outcome comes back as an event.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from ringfence.alarm import Alarm
from ringfence.calibration_watch import CalibrationWatch
from ringfence.core import events, gating
from ringfence.core.effects import (
    AddPause,
    AppendChange,
    AppendHistory,
    AppendMove,
    ClearPauses,
    Effect,
    LetNextThrough,
    Measure,
    Notify,
    Poll,
    PublishGate,
    PublishRoute,
    Quit,
    SaveMemory,
    SetOverride,
    Show,
    WakeAt,
    WriteStatus,
)
from ringfence.core.gate_changes import GateChange
from ringfence.core.meters import TokenNews
from ringfence.core.model import Latches, Launches, Sample
from ringfence.core.reducer import step
from ringfence.core.ring import View
from ringfence.core.route_memory import Move
from ringfence.core.settings import Settings, last_good
from ringfence.core.state import State, spenders_of
from ringfence.file_errors import FileError
from ringfence.identity_watch import Identities, IdentityWatch
from ringfence.launch_watch import LaunchWatch
from ringfence.parts import Parts
from ringfence.polls import Polls, unreadable
from ringfence.ports import Message, Watch
from ringfence.refusal_watch import RefusalWatch
from ringfence.system_watch import SystemWatch
from ringfence.telling import Teller
from ringfence.token_watch import TokenWatch

log = logging.getLogger(__name__)

HISTORY = "history"
LAST_WORDS_S = 2.0
"""What the history was still told of at the end may take so long to be written."""


class Monitor:
    """Runs the core against the world until it is asked to quit."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._state = State()
        self._queue: deque[events.Event] = deque()
        self._draining = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm = Alarm(parts.clock, tell=self._rang, look=self._look_at_time)
        self._begun = False
        self._logins: Mapping[str, str] = {}
        self._feeds: Mapping[str, str] = {}
        self._watch: Watch | None = None
        self._failing: set[str] = set()
        self._launches = LaunchWatch(
            parts.launches, parts.next_midnight, now=self.now, spawn=self.spawn, tell=self._launches_seen
        )
        self._tokens = TokenWatch(parts.tokens, now=self.now, spawn=self.spawn, tell=self._tokens_seen)
        self._calibrations = CalibrationWatch(parts.pairs, now=self.now, spawn=self.spawn, tell=self.dispatch)
        self._refusals = RefusalWatch(parts.refusal_specs, now=self.now, spawn=self.spawn, tell=self.dispatch)
        self._identities = IdentityWatch(
            parts.identity_files, parts.read_identity, now=self.now, spawn=self.spawn, tell=self.dispatch
        )
        self._polls = Polls(parts.build_sources, self._identities, now=self.now, spawn=self.spawn, tell=self.dispatch)
        self._teller = Teller(
            parts.notifiers, now=self.now, spawn=self.spawn,
            override=lambda: self.dispatch(events.OverrideAsked(at=self.now())),
        )  # fmt: skip
        self._done = asyncio.Event()
        self.settings_read = asyncio.Event()  # set when they were read again; the companion clears it
        self._views: list[Callable[[View], None]] = []

    # ---- what the faces use

    @property
    def state(self) -> State:
        """The last state, for reading."""
        return self._state

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._state.settings

    def on_view(self, listener: Callable[[View], None]) -> None:
        """Call the listener with each new view, and at once with the last one."""
        self._views.append(listener)
        if self._state.view is not None:
            listener(self._state.view)

    def on_alert(self, listener: Callable[[Message], None]) -> None:
        """Call the listener with each message that goes to the person."""
        self._teller.listeners.append(listener)

    def on_open(self, listener: Callable[[], None]) -> None:
        """Call the listener when a notification's button asks for the window."""
        self._teller.openers.append(listener)

    def now(self) -> float:
        """Epoch seconds, as the monitor counts them."""
        return self._parts.clock.now()

    def dispatch(self, event: events.Event) -> None:
        """Take an event and all that follows from it. Call it on the loop's thread."""
        self._queue.append(event)
        if self._draining:
            return
        self._draining = True
        try:
            while self._queue:
                # No `await` below this line: between two events nobody sees a half-done state.
                for effect in self._stepped(self._queue.popleft()):
                    self._try(effect)
        finally:
            self._draining = False

    def _stepped(self, event: events.Event) -> tuple[Effect, ...]:
        """Take an event, and return what it asks for; one that fails by a bug is logged, and the next one is taken."""
        try:
            self._state, effects = step(self._state, event)
        except Exception as error:
            log.exception("%s failed in a way it should not", type(event).__name__)
            if isinstance(event, events.SampleArrived) and event.requested:  # its account waits for one
                self._queue.append(unreadable(event.sample.account, error, at=event.at))
            return ()
        return effects

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run work in a task that is kept, and whose failure is logged instead of lost."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    # ---- life

    def start(self) -> None:
        """Begin: restore, publish, poll when it is time. Call it inside the running loop."""
        parts, now = self._parts, self._parts.clock.now()
        self._alarm.begin()
        memory, accounts, lost = parts.load_memory()
        loaded = parts.load_settings()
        settings = loaded.settings or last_good(memory.last_good_settings)
        news = loaded.settings is not None and loaded.raw != memory.last_good_settings
        if loaded.settings is not None:
            memory = replace(memory, last_good_settings=loaded.raw)
        self._use(settings)
        self._watch = parts.build_watch(self._file_changed)
        followed = (parts.settings_path, parts.gate_path, parts.read_request, *parts.requests, *parts.launch_paths)
        signed_in = self._identities.use(settings)
        for path in filter(None, (*followed, *self._logins, *self._feeds, *self._identities.paths)):
            self._watch.watch(path)
        self._begun = True
        for change in parts.gate.lapses(now=now):
            self.spawn(self._append(change), HISTORY)
        self.dispatch(
            events.Started(
                at=now, settings=settings, memory=memory, accounts=accounts, latches=parts.gate.latches(now=now),
                seed=parts.seed, trouble=loaded.trouble, lost=lost, identities=signed_in,
            )
        )  # fmt: skip
        for sentence in filter(None, (loaded.trouble, lost)):
            log.info("%s", sentence)
        self._read_feeds(self._feeds)
        self._launches.look()
        self._watch.watch_trees(self._tokens.use(settings), self._tokens.changed)
        self._refusals.use(settings)
        if news:  # what is in force now must be there when the file breaks before the next reading
            self._write("memory", self._save_memory)
        SystemWatch(
            parts.system_specs, now=self.now, spawn=self.spawn, tell=self.dispatch, compare=self._alarm.compare,
            is_asleep=lambda: self._state.asleep_since is not None,
        ).start()  # fmt: skip
        self.spawn(self._append(None), "begin the history")
        if parts.companion is not None:
            self.spawn(parts.companion(self), "companion")

    async def run(self) -> None:
        """Start and go on until `QuitAsked`; then leave everything written and closed."""
        try:
            self.start()
            await self._done.wait()
        finally:
            await self.close()

    async def close(self) -> None:
        """End tasks, timers, watchers and connections; one that was not asked to quit says so in the gate first."""
        if self._begun and not self._state.stopping:
            self.dispatch(events.QuitAsked(at=self.now()))
        self._alarm.stop()
        if self._watch is not None:
            self._watch.close()
        self._tokens.close()
        self._calibrations.close()
        self._refusals.close()
        if last := [task for task in self._tasks if task.get_name() == HISTORY]:
            await asyncio.wait(last, timeout=LAST_WORDS_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        closings = [*self._polls.closings(), *(n.aclose() for n in self._parts.notifiers)]
        await asyncio.gather(*closings, return_exceptions=True)
        while self._parts.on_close:
            try:
                self._parts.on_close.pop(0)()
            except Exception:  # the ones after it must have their turn: the last one gives the lock back
                log.exception("something could not be closed")

    # ---- effects

    def _try(self, effect: Effect) -> None:
        """Perform an effect; one that fails by a bug is logged, and the others follow: the last one is the timer."""
        try:
            self._perform(effect)
        except Exception:
            log.exception("%s failed in a way it should not", type(effect).__name__)

    def _perform(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one line an effect
        match effect:
            case Poll():
                self._polls.ask(effect.account)
                log.info("reading %s (%s)", effect.account, effect.why)
            case PublishGate():
                self._latch("gate", lambda: self._parts.gate.publish(effect.gate, now=self.now()))
            case AddPause():
                self._latch("gate", lambda: self._change(lambda latches: gating.with_pause(latches, effect.pause)))
            case ClearPauses():
                self._latch("gate", lambda: self._change(lambda o: gating.without_pauses(o, effect.scope)))
            case SetOverride():
                self._latch("gate", lambda: self._change(lambda o: gating.with_override(o, effect.override)))
            case LetNextThrough():
                self.spawn(self._launches.let_next_through(), "let the next launch through")
            case Notify():
                self._teller.tell(effect.alert, several=len(self._state.accounts) > 1)
            case Show():
                for show in self._views:
                    show(effect.view)
            case WriteStatus():
                self._write("status", lambda: self._parts.write_status(effect.status))
            case SaveMemory():
                self._write("memory", lambda: self._parts.save_memory(effect.memory))
            case AppendHistory(sample=what) | AppendMove(move=what) | AppendChange(change=what):
                self.spawn(self._append(what), HISTORY)
            case PublishRoute():
                self._write("route", lambda: self._parts.write_route(effect.document))
            case Measure():
                self._tokens.want(effect.meters)
            case WakeAt():
                self._alarm.wake_at(effect.at)
            case Quit():
                self._done.set()
            case _:
                assert_never(effect)

    def _change(self, change: Callable[[Latches], Latches]) -> Latches:
        return self._parts.gate.change(change, now=self.now())

    def _latch(self, name: str, write: Callable[[], Latches]) -> None:
        """Write the gate and follow what it carries now."""
        try:
            latches = write()
        except FileError as error:
            self.failed(name, str(error))
            return
        self.succeeded(name)
        self._try_again()
        if latches != self._state.latches:
            self.dispatch(events.LatchesSeen(at=self.now(), latches=latches))

    def _write(self, name: str, write: Callable[[], None]) -> None:
        try:
            write()
        except FileError as error:
            self.failed(name, str(error))
        else:
            self.succeeded(name)

    def _try_again(self) -> None:
        """Write what could not be written: the gate, tried every 30 s then, has just found the disk well again."""
        if "memory" in self._failing:
            self._write("memory", self._save_memory)
        status = self._state.status
        if "status" in self._failing and status is not None:
            self._write("status", lambda: self._parts.write_status(status))

    def _save_memory(self) -> None:
        if self._state.memory is not None:
            self._parts.save_memory(self._state.memory)

    async def _append(self, what: Sample | Move | GateChange | None) -> None:
        """Add to the history; None: what was put off at the start."""
        try:
            await (self._parts.begin_history() if what is None else self._parts.append_history(what))
        except FileError as error:
            self.failed("history", str(error))
        else:
            self.succeeded("history")
            if isinstance(what, Sample):
                self._calibrations.sampled(what, *spenders_of(self._state, what.account))

    def failed(self, name: str, detail: str) -> None:
        """Tell the person that something of ours cannot be used: `detail` is a sentence. Logged once."""
        if name not in self._failing:
            log.error("%s", detail)
        self._failing.add(name)
        self.dispatch(events.FileFailed(at=self.now(), detail=detail))

    def succeeded(self, name: str) -> None:
        """Note that it can be used again."""
        if name in self._failing:
            self._failing.discard(name)
            if not self._failing:
                self.dispatch(events.FileRecovered(at=self.now()))

    # ---- files

    def _file_changed(self, path: str) -> None:
        now = self.now()
        if path == self._parts.gate_path:
            latches = self._parts.gate.latches(now=now)
            if latches != self._state.latches:
                self.dispatch(events.LatchesSeen(at=now, latches=latches))
            gate = self._state.gate
            if gate is not None and not self._state.stopping and not self._parts.gate.stands():
                self._latch("gate", lambda: self._parts.gate.publish(gate, now=self.now()))
        if path == self._parts.settings_path:
            self.read_settings()
        if path == self._parts.read_request and self._parts.take_read_request():
            self.dispatch(events.RefreshAsked(at=now))
        for asked in self._parts.requests[path](now) if path in self._parts.requests else ():
            self.dispatch(asked)
        if path in self._parts.launch_paths:
            self._launches.look()
        self._identities.changed(path)
        if path in self._logins:
            self.dispatch(events.CredentialsChanged(at=now, account=self._logins[path]))
        if path in self._feeds:
            self._read_feeds([path])

    def _read_feeds(self, paths: Iterable[str]) -> None:
        """Take what these files tell; an old one, or one that says nothing new, changes nothing."""
        for path in paths:
            sample = self._parts.read_feed(path, self._feeds[path])
            if sample is not None and not self._state.stopping:
                self.dispatch(events.SampleArrived(at=self.now(), sample=sample, requested=False))

    def read_settings(self) -> None:
        """Read the settings file again and follow it: it was changed."""
        now = self.now()
        loaded = self._parts.load_settings()
        settings = loaded.settings or self._state.settings
        old = self._state.settings
        asks_anew = (settings.usage, settings.accounts) != (old.usage, old.accounts)
        signed_in: Identities = ()
        if asks_anew:
            self._use(settings)
            signed_in = self._identities.use(settings)
            if self._watch is not None:
                for path in (*self._logins, *self._feeds, *self._identities.paths):
                    self._watch.watch(path)
                self._watch.watch_trees(self._tokens.use(settings), self._tokens.changed)
        log.info("%s", loaded.trouble or "the settings were read")
        raw = loaded.raw if loaded.settings is not None else None
        self.dispatch(
            events.SettingsChanged(at=now, settings=settings, trouble=loaded.trouble, raw=raw, identities=signed_in)
        )
        self._refusals.use(settings)
        if asks_anew:
            self._read_feeds(self._feeds)
            self.dispatch(events.RefreshAsked(at=now))
        self.settings_read.set()

    def _launches_seen(self, found: Launches | FileError) -> None:
        if isinstance(found, FileError):
            self.failed("launches", str(found))
            return
        self.succeeded("launches")
        if found != self._state.launches:
            self.dispatch(events.LaunchesSeen(at=self.now(), launches=found))

    def _tokens_seen(self, found: TokenNews | FileError) -> None:
        if isinstance(found, FileError):
            self.failed("tokens", str(found))
            return
        self.succeeded("tokens")
        self.dispatch(events.TokensSeen(at=self.now(), news=found))

    def _rang(self, event: events.TimeCame | events.Woke | events.ClockJumped) -> None:
        if isinstance(event, events.ClockJumped):  # the moments at which these look next are of the other clock
            self._launches.look()
            self._tokens.look()
        self.dispatch(event)

    def _look_at_time(self, now: float) -> None:
        self._launches.tick(now)
        self._tokens.tick(now)

    def _use(self, settings: Settings) -> None:
        """Ask, and follow the files, as these settings have it."""
        self._polls.use(settings)
        self._logins = self._parts.login_files(settings)
        self._feeds = self._parts.feed_files(settings)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task failed: %s", task.get_name(), exc_info=error)
