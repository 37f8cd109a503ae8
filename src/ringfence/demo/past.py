"""The demo's past: some sessions of the last days, read and spent, from which the price of a window can be learnt."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from ringfence.core.model import Sample, Window
from ringfence.demo.work import SESSION_WHOLE, WORKERS, Work
from ringfence.storage.ledger import Ledger

BEGAN_H = (-98, -92, -74, -68, -50, -44)
"""When its sessions began, hours from now: within the present week, and before yesterday ended."""
READINGS, EVERY_S = 30, 600.0
SESSION_END = 0.8
"""How full each of them became."""
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
        for number, hours in enumerate(BEGAN_H):
            began = now + hours * _HOUR_S
            worker = WORKERS[number % len(WORKERS)]
            session = str(uuid5(NAMESPACE_URL, f"demo:past:{number}"))
            step = SESSION_END / READINGS
            for reading in range(1, READINGS + 1):
                at, week = began + reading * EVERY_S, week + step * WEEK_PER_SESSION
                work.answer(worker, step * SESSION_WHOLE, at - EVERY_S / 2, session=session)
                windows = (
                    _window("session", "5-hour session", reading * step, began + _SESSION_S, _SESSION_S),
                    _window("week", "Week", week, week_resets_at, _WEEK_S),
                )
                await history.append(Sample(account=account, source="oauth_usage", observed_at=at, windows=windows))
        for second in range(-RUNNING_S, 0, 5):
            work.spend(5 * LATELY_PER_S, now + second)
    finally:
        history.close()


def _window(window_id: str, label: str, used: float, resets_at: float, duration_s: float) -> Window:
    return Window(id=window_id, label=label, used=round(used, 3), resets_at=resets_at, duration_s=duration_s)
