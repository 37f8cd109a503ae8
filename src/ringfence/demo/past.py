"""The demo's past: some sessions of the last days, read and spent, from which the price of a window can be learnt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from ringfence import gate_reader
from ringfence.core.gate_changes import GateChange
from ringfence.core.model import Sample, Window
from ringfence.demo.work import SESSION_WHOLE, WORKERS, Work
from ringfence.storage.ledger import Ledger

READINGS, EVERY_S = 30, 600.0
_FIRST_AFTER_S = 60.0
"""So long after a reset its first reading comes, which opens the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSession:
    """One session: how it filled, and what the gate said meanwhile."""

    began_h: int
    """Hours from now: within the present week, and before yesterday ended."""
    course: tuple[tuple[int, float], ...]
    """After which reading it was how full; evenly in between."""
    closed_at: int | None = None
    """The reading that reached the threshold."""
    overridden_at: int | None = None
    paused: tuple[int, int] | None = None

    def used(self, reading: int) -> float:
        """Return how full it was after a reading."""
        for (begin, low), (end, high) in pairwise(((0, 0.0), *self.course)):
            if reading <= end:
                return low + (high - low) * (reading - begin) / (end - begin)
        return self.course[-1][1]

    def changes(self, now: float) -> list[GateChange]:
        """Return what the gate said, oldest first; it is open before and after."""
        began = now + self.began_h * _HOUR_S
        found = []
        if self.closed_at is not None:
            found.append(_change(began + self.closed_at * EVERY_S, gate_reader.CLOSED, "threshold"))
        if self.overridden_at is not None:
            found.append(_change(began + self.overridden_at * EVERY_S, gate_reader.OPEN, overridden=True))
        if found:
            found.append(_change(began + _SESSION_S + _FIRST_AFTER_S, gate_reader.OPEN))
        if self.paused is not None:
            first, last = self.paused
            found.append(_change(began + first * EVERY_S, gate_reader.CLOSED, "manual"))
            found.append(_change(began + last * EVERY_S, gate_reader.OPEN))
        return found


SESSIONS = (
    PastSession(began_h=-98, course=((30, 0.8),)),
    PastSession(began_h=-92, course=((20, 0.9), (22, 0.9), (30, 0.98)), closed_at=20, overridden_at=22),
    PastSession(began_h=-74, course=((20, 0.96), (30, 0.96)), closed_at=19),
    PastSession(began_h=-68, course=((30, 0.7),)),
    PastSession(began_h=-50, course=((8, 0.3), (14, 0.3), (30, 0.7)), paused=(8, 14)),
    PastSession(began_h=-44, course=((30, 0.66),)),
)
WEEK_FROM, WEEK_PER_SESSION = 0.2, 1 / 12
"""How full the week was before them, and what a whole session takes of it."""
RUNNING_S, LATELY_PER_S = 60, 0.0145
"""For how long the runs have been going on, and what they took of a session a second: as in the story."""
_HOUR_S, _SESSION_S, _WEEK_S = 3600.0, 5 * 3600.0, 7 * 86400.0


async def remember(work: Work, ledger: Path, account: str, now: float, week_resets_at: float) -> None:
    """Write the transcripts of the past, and its readings into the history. Raises OSError and FileError."""
    history = Ledger(ledger)
    week = WEEK_FROM
    try:
        await history.append(_change(now + SESSIONS[0].began_h * _HOUR_S, gate_reader.OPEN))
        for number, past in enumerate(SESSIONS):
            began = now + past.began_h * _HOUR_S
            worker = WORKERS[number % len(WORKERS)]
            session = str(uuid5(NAMESPACE_URL, f"demo:past:{number}"))
            for change in past.changes(now):
                await history.append(change)
            for reading in range(1, READINGS + 1):
                step = past.used(reading) - past.used(reading - 1)
                at, week = began + reading * EVERY_S, week + step * WEEK_PER_SESSION
                if step > 0:
                    work.answer(worker, step * SESSION_WHOLE, at - EVERY_S / 2, session=session)
                windows = (
                    _window("session", "5-hour session", past.used(reading), began + _SESSION_S, _SESSION_S),
                    _window("week", "Week", week, week_resets_at, _WEEK_S),
                )
                await history.append(Sample(account=account, source="oauth_usage", observed_at=at, windows=windows))
        for second in range(-RUNNING_S, 0, 5):
            work.spend(5 * LATELY_PER_S, now + second)
    finally:
        history.close()


def _window(window_id: str, label: str, used: float, resets_at: float, duration_s: float) -> Window:
    return Window(id=window_id, label=label, used=round(used, 3), resets_at=resets_at, duration_s=duration_s)


def _change(at: float, verdict: str, kind: str = "", *, overridden: bool = False) -> GateChange:
    window = "session" if kind == "threshold" else ""
    reason = {"threshold": "session_threshold", "manual": "manual_pause"}.get(kind, "")
    return GateChange(at=at, verdict=verdict, kind=kind, reason=reason, window=window, overridden=overridden)
