"""How `ringfence run --wait` waits: for the gate, then for its turn, so that ten agents do not start in one moment.

Nothing is polled while the system tells of changes: it sleeps until the gate or the queue changes, the verdict runs
out or its turn comes, and looks every half minute all the same, for a network folder tells nothing.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass

from ringfence import gate_reader, language, wiring
from ringfence.cli import launch_auto, verdicts
from ringfence.cli.launch_request import (
    AUTO,
    Request,
    ask_gate,
    asked,
    refuse,
    tell,
    working_folder,
)
from ringfence.core.queueing import Turn, Waiter, next_turn
from ringfence.core.settings import LaunchSettings
from ringfence.file_errors import FileError
from ringfence.language import _, told
from ringfence.storage.chosen_language import chosen_language
from ringfence.storage.launches import WAITING, LaunchLog, Queued
from ringfence.storage.paths import find_paths

RECHECK_S = 30.0
OVERDUE_S = 1.0
"""How soon to look again when the one in front should have started by now."""
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def wait(request: Request) -> int | None:
    """Return None when the command is to start now, else the exit status: 75 at the timeout, 128 + signal.

    Why it waits is told on stderr, in the person's language; the refusal is JSON as ever.
    """
    language.speak(language.wanted_by(os.environ, chosen_language()))
    try:
        paths = find_paths()
    except RuntimeError as error:
        tell(_("There is no home folder ({error}); set RINGFENCE_HOME.").format(error=error))
        return refuse(ask_gate(request))
    settings, _trouble = wiring.settings_in_force(paths)
    unknown_opens = (request.if_unknown or settings.gate.if_unknown) == gate_reader.OPEN
    log = LaunchLog(paths.ledger)
    try:
        return asyncio.run(_Wait(request, unknown_opens, settings.launch, log, str(paths.gate)).through())
    finally:
        log.close()


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look brought."""

    answer: gate_reader.Answer
    turn: Turn | None
    mine: bool
    now: float


class _Wait:
    """One launch that waits."""

    def __init__(
        self, request: Request, unknown_opens: bool, spacing: LaunchSettings, log: LaunchLog, gate_path: str
    ) -> None:
        self._request = request
        self._unknown_opens = unknown_opens
        self._spacing = spacing
        self._log = log
        self._gate_path = gate_path
        self._number: int | None = None
        self._alone: _Alone | None = None
        self._told: object = None
        self._signal = 0

    async def through(self) -> int | None:
        from ringfence.storage.watch import Watcher

        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        watcher = Watcher(lambda _path: changed.set(), loop.call_soon_threadsafe)
        ends_at = math.inf if self._request.timeout_s is None else loop.time() + self._request.timeout_s
        self._catch_signals(loop, changed)
        try:
            watcher.watch(self._gate_path)
            watcher.watch(str(self._log.signal))
            while not self._signal:
                changed.clear()  # before looking: a change after this is not lost
                look = self._look()
                if look.mine:
                    return await self._started(look)
                left = ends_at - loop.time()
                if left <= 0:
                    self._give_up()
                    return refuse(look.answer)
                self._say(look)
                await _until(changed, min(left, self._pause_s(look)))
            self._give_up()
            return 128 + self._signal
        except asyncio.CancelledError:  # Windows: Ctrl-C
            self._give_up()
            raise
        finally:
            watcher.close()

    def _catch_signals(self, loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
        def caught(number: int) -> None:
            self._signal = number
            changed.set()

        for name in _SIGNALS:
            number = getattr(signal, name, None)
            # What is ignored (nohup, a shell's background job) stays so, here and in the command.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                with suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run
                    loop.add_signal_handler(number, caught, number)

    async def _started(self, look: _Look) -> int | None:
        for _turn in range(3):  # a signal that came while it looked is with the loop: the command would never see it
            await asyncio.sleep(0)
        if self._signal:
            return 128 + self._signal
        if self._alone is not None and self._number is not None:
            with suppress(FileError):  # it stood in the queue before the history failed
                self._log.release(self._number, look.now)
        if look.answer.verdict == gate_reader.UNKNOWN:
            why = verdicts.why(look.answer, look.now)
            tell(_("The gate is unknown, so the run starts: {why}").format(why=why))
        return None

    def _enter(self) -> int:
        """Stand in the queue, and return the place's number. Raises FileError when the history cannot be written."""
        if self._number is None:
            answer = ask_gate(self._request)
            row = asked(self._request, answer, wiring.now(), unknown_opens=self._unknown_opens)
            self._number = self._log.add(row, WAITING)
        return self._number

    def _go_alone(self, error: FileError) -> _Alone:
        """Wait without the others for now."""
        if self._alone is None:
            tell(_("It waits outside the queue: {error}").format(error=told(error.args[0])))
            self._alone = _Alone(self._spacing)
        return self._alone

    def _look(self) -> _Look:
        """Ask the gate and take the turn if it has come."""
        answers = _Answers()
        try:
            turn, mine = self._log.take_turn(
                self._enter(),
                wiring.now,
                lambda queued: self._may_start(answers.of_queued(queued), queued.unknown_opens),
                spacing_s=self._spacing.spacing_s,
                jitter_s=self._spacing.jitter_s,
            )
        except FileError as error:
            alone = self._go_alone(error)
        else:
            self._alone = None  # the history can be written again
            return _Look(answers.of(self._request), turn, mine, wiring.now())
        answer, now = answers.of(self._request), wiring.now()
        turn = alone.turn(self._may_start(answer, self._unknown_opens), now)
        return _Look(answer, turn, turn is not None and turn.at <= now, now)

    @staticmethod
    def _may_start(answer: gate_reader.Answer, unknown_opens: bool) -> bool:
        return answer.verdict == gate_reader.OPEN or (answer.verdict == gate_reader.UNKNOWN and unknown_opens)

    def _give_up(self) -> None:
        if self._number is not None:
            with suppress(FileError):  # the next who looks finds that nobody holds it
                self._log.give_up(self._number, wiring.now())

    def _say(self, look: _Look) -> None:
        """Say why it waits, once a reason."""
        reason = (look.answer.verdict, (look.answer.hold or {}).get("reason"))
        if reason == self._told:
            return
        self._told = reason
        others = look.turn is not None
        tell(verdicts.waiting_for_others(look.answer) if others else verdicts.waiting(look.answer, look.now))

    def _pause_s(self, look: _Look) -> float:
        """Return how long to sleep when nothing is told."""
        until = [RECHECK_S]
        if look.answer.valid_until is not None:
            until.append(look.answer.valid_until - look.now + 0.05)
        if look.turn is not None:
            until.append(look.turn.at - look.now if look.turn.at > look.now else OVERDUE_S)
        return max(min(until), 0.01)


class _Alone:
    """The turn of a launch that cannot see the others: at random within the time that one takes."""

    def __init__(self, spacing: LaunchSettings) -> None:
        self._spread_s = random.random() * (spacing.spacing_s + spacing.jitter_s)  # noqa: S311 - it spreads runs
        self._since: float | None = None

    def turn(self, may_start: bool, now: float) -> Turn | None:
        """Return when it may start, None while the gate holds it."""
        if not may_start:
            self._since = None
            return None
        self._since = now if self._since is None else min(self._since, now)
        return next_turn([Waiter(id=0, may_start=True)], self._since, now, self._spread_s, 0.0)


class _Answers:
    """The gate's answers of one moment, each asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], gate_reader.Answer] = {}

    def of(self, request: Request) -> gate_reader.Answer:
        if request.account == AUTO:  # at the last moment, and which account it is has to be kept
            return ask_gate(request)
        return self._of(request.account, request.model, request.class_, working_folder())

    def of_queued(self, queued: Queued) -> gate_reader.Answer:
        return self._of(queued.launch.account, queued.launch.model, queued.launch.class_, queued.project)

    def _of(
        self, account: str | None, model: str | None, class_: str | None, project: str | None
    ) -> gate_reader.Answer:
        key = (account, model, class_, project)
        if key not in self._known and account == AUTO:
            self._known[key] = launch_auto.ask(model, class_, project)[0]
        if key not in self._known:
            self._known[key] = gate_reader.read_gate(account=account, model=model, class_=class_, project=project)
        return self._known[key]


async def _until(changed: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
