"""`ringfence gate wait`: looks at the gate whenever its file changes, until a launch may start."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from ringfence import gate_reader, wiring
from ringfence.cli import gate_check, verdicts
from ringfence.cli.app import EXIT_FAILED, EXIT_OK
from ringfence.cli.output import warn
from ringfence.language import _
from ringfence.storage.watch import Watcher

RECHECK_S = 30.0
"""How often the file is read although nothing was told: a network folder tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a launch names."""

    account: str | None
    model: str | None
    class_: str | None
    project: str | None = None


def run(where: str, launch: Launch, timeout_s: float | None, if_unknown: str) -> int:
    """Wait until the launch may start and return the exit status; `if_unknown`: what unknown counts as, or empty."""
    return asyncio.run(_wait(where, launch, timeout_s, if_unknown))


async def _wait(where: str, launch: Launch, timeout_s: float | None, if_unknown: str) -> int:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    watcher = Watcher(lambda _path: changed.set(), loop.call_soon_threadsafe)
    ends_at = math.inf if timeout_s is None else loop.time() + timeout_s
    last: object = None
    try:
        watcher.watch(where)
        while True:
            changed.clear()  # before the file is read: a change after this is not lost
            now = wiring.now()
            answer = gate_reader.read_gate(
                where, account=launch.account, model=launch.model, class_=launch.class_, project=launch.project, now=now
            )
            unknown = answer.verdict == gate_reader.UNKNOWN
            if (if_unknown if unknown else answer.verdict) == gate_reader.OPEN:
                said = _("{verdict}: {why} Taken as open.") if unknown else _("{verdict}: the launch may start.")
                why = gate_check.one_line(verdicts.why(answer, now))
                warn(said.format(verdict=verdicts.word(answer.verdict), why=why))
                return EXIT_OK
            reason = (answer.verdict, (answer.hold or {}).get("reason"))
            if reason != last:
                last = reason
                warn(verdicts.waiting(answer, now))
            left = ends_at - loop.time()
            if left <= 0:
                warn(_("The gate did not open in time."))
                return EXIT_FAILED
            over = math.inf if answer.valid_until is None else answer.valid_until - now + 0.05
            await _until(changed, min(left, max(over, 0.05), RECHECK_S))
    finally:
        watcher.close()


async def _until(changed: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return
