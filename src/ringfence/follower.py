"""A face without a monitor of its own: it draws what another process publishes, and writes the person's latches.

The tray uses it beside a daemon. It polls nobody and decides nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ringfence import gate_reader
from ringfence.core import gating, resets
from ringfence.core.events import (
    Event,
    HintHidden,
    NextLaunchAsked,
    OverrideAsked,
    OverrideEnded,
    PauseAsked,
    QuitAsked,
    RefreshAsked,
    UnpauseAsked,
    WindowOpened,
)
from ringfence.core.model import HeldLaunch, Hint, Latches, Launches, Override, Pause, Status
from ringfence.core.ring import View, build_view
from ringfence.core.settings import Settings
from ringfence.core.state import OLD_ENOUGH_S
from ringfence.file_errors import FileError
from ringfence.ports import GateChannel, Watch

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 60.0
"""Ages and leases run out by themselves: at most this late a face shows it."""
TAKE_OVER_S = 60.0
"""How long nobody may watch before the face's program does: a daemon that restarts is back sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerParts:
    """What a follower works with, filled in `wiring`."""

    now: Callable[[], float]
    gate: GateChannel
    load_status: Callable[[], Status]
    load_settings: Callable[[], Settings]
    monitor_runs: Callable[[], bool]
    ask_to_read: Callable[[], None]
    """Leave the monitor a request for a fresh reading. Raises FileError."""
    build_watch: Callable[[Callable[[str], None]], Watch]
    gate_path: str
    paths: tuple[str, ...]
    """Every file whose change is worth a look."""
    hide_hint: Callable[[Hint], None] = lambda _hint: None
    """Leave the monitor a request to explain something no more. Raises FileError."""
    load_launches: Callable[[float], Launches] = lambda _now: Launches()
    """The held launches at a moment. Raises FileError."""
    let_next_through: Callable[[float], HeldLaunch | None] = lambda _now: None
    """Let the launch that has waited longest start. Raises FileError."""


class Follower:
    """Follows the files until it is asked to quit."""

    def __init__(self, parts: FollowerParts) -> None:
        self._parts = parts
        self._views: list[Callable[[View], None]] = []
        self._view: View | None = None
        self._trouble = ""
        self._alone_since: float | None = None
        self._asked_to_quit = False
        self._launches = Launches()
        self._done = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.settings = parts.load_settings()

    def on_view(self, listener: Callable[[View], None]) -> None:
        """Call the listener with each new view, and at once with the last one."""
        self._views.append(listener)
        if self._view is not None:
            listener(self._view)

    def dispatch(self, event: Event) -> None:
        """Take a wish of the person's. What only a monitor can do is handed to it."""
        if isinstance(event, QuitAsked):
            self._asked_to_quit = True
            self._done.set()
        act = self._act_of(event)
        if act is None:
            return
        try:
            act()
            self._trouble = ""
        except FileError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all
            self._trouble = str(error)
        self.look()

    def look(self) -> None:
        """Read the files and show what they say now."""
        now = self._parts.now()
        view = self.view_at(now)
        if view != self._view:
            self._view = view
            for show in self._views:
                show(view)
        self._notice_end(now)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self.look)

    def view_at(self, now: float) -> View:
        """Return what the files say at a moment."""
        answer = gate_reader.read_gate(self._parts.gate_path, now=now)
        status = self._parts.load_status()
        launches = self._launches_at(now)
        view = build_view(status, answer.document, self.settings, now=now, why_unknown=answer.why, launches=launches)
        return replace(view, trouble=self._trouble) if self._trouble else view

    async def run(self) -> bool:
        """Follow until `QuitAsked`, or until there is nobody to follow: then return True, for somebody should watch."""
        watch = self._parts.build_watch(self._changed)
        for path in self._parts.paths:
            watch.watch(path)
        self.look()
        try:
            await self._done.wait()
        finally:
            watch.close()
            if self._timer is not None:
                self._timer.cancel()
        return not self._asked_to_quit

    def _notice_end(self, now: float) -> None:
        """End when no monitor has run for a while."""
        if self._parts.monitor_runs():
            self._alone_since = None
        elif self._alone_since is None or now < self._alone_since:  # the second: the clock was set back
            self._alone_since = now
        elif now - self._alone_since >= TAKE_OVER_S:
            self._done.set()

    def _changed(self, _path: str) -> None:
        self.settings = self._parts.load_settings()
        self.look()

    def _launches_at(self, now: float) -> Launches:
        """Return the held launches; those seen last while the ledger cannot be read: they are not worth an alarm."""
        try:
            self._launches = self._parts.load_launches(now)
        except FileError as error:
            log.info("%s", error)
        return self._launches

    def _act_of(self, event: Event) -> Callable[[], object] | None:
        if isinstance(event, RefreshAsked) or (isinstance(event, WindowOpened) and self._is_old(event.at)):
            return self._parts.ask_to_read
        if isinstance(event, HintHidden):
            return lambda: self._parts.hide_hint(event.hint)
        if isinstance(event, NextLaunchAsked):
            return lambda: self._parts.let_next_through(event.at)
        change = self._change_of(event)
        return None if change is None else lambda: self._parts.gate.change(change, now=event.at)

    def _change_of(self, event: Event) -> Callable[[Latches], Latches] | None:
        match event:
            case PauseAsked():
                pause = Pause(since=event.at, until=self._pause_end(event), scope=event.scope, why=event.why)
                return lambda latches: gating.with_pause(latches, pause)
            case UnpauseAsked():
                return lambda latches: gating.without_pauses(latches, event.scope)
            case OverrideAsked():
                override = self._override(event)
                return None if override is None else lambda latches: gating.with_override(latches, override)
            case OverrideEnded():
                return lambda latches: gating.with_override(latches, None)
            case _:
                return None

    def _is_old(self, now: float) -> bool:
        """Tell whether a person who looks would see an old reading."""
        read = [a.observed_at for a in self._view.accounts] if self._view else []
        return any(at is None or now - at > OLD_ENOUGH_S for at in read)

    def _pause_end(self, event: PauseAsked) -> float | None:
        if not event.until_reset:
            return event.until
        accounts = self._view.accounts if self._view else ()
        first = next((a for a in accounts if event.scope.account in {None, a.name}), None)
        known = [(w.id, w.resets_at) for w in first.windows] if first else []
        return resets.end_of_pause(known, event.scope, event.at)

    def _override(self, event: OverrideAsked) -> Override | None:
        if event.for_s is not None:
            return Override(since=event.at, until=event.at + event.for_s)
        document = gate_reader.read_gate(self._parts.gate_path, now=event.at).document
        return gating.override_until_reset(document, event.at)
