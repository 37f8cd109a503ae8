"""What windows cost, learnt anew: after a reading, never by the clock, so that nothing goes on while idle."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from ringfence.core.calibration import LOOK_BACK_S, Calibration, fit
from ringfence.core.events import Calibrated
from ringfence.core.model import Sample
from ringfence.file_errors import FileError
from ringfence.ports import PairBook

log = logging.getLogger(__name__)

LEARN_EVERY_S = 600.0
"""A reading changes little of what is known from hundreds."""

Calibrations = tuple[tuple[str, Calibration], ...]


class CalibrationWatch:
    """Tells what an account's windows cost when there is more to learn from.

    All methods are called on the loop's thread. Without a book nothing is learnt and nothing is told.
    """

    def __init__(
        self,
        open_book: Callable[[], PairBook] | None,
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[Calibrated], None],
    ) -> None:
        self._open = open_book
        self._book: PairBook | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._learnt_at: dict[tuple[str, tuple[str, ...], float], float] = {}

    def sampled(self, sample: Sample, spenders: tuple[str, ...] = (), since: float = 0.0) -> None:
        """Take it that a reading was added to the history; learn from it when the last time was long ago.

        `spenders` are the names whose tokens fill the windows, `since` is when who is signed in began to be.
        """
        now, learnt = self._now(), (sample.account, spenders, since)
        last = self._learnt_at.get(learnt)
        if self._open is None or (last is not None and 0 <= now - last < LEARN_EVERY_S):
            return
        self._learnt_at[learnt] = now
        self._spawn(self._learn(sample.account, spenders, since, now), f"calibration {sample.account}")

    def close(self) -> None:
        """Close the book; what is being read is finished first."""
        with self._lock:
            self._closed = True
            if self._book is not None:
                self._book.close()

    async def _learn(self, account: str, spenders: tuple[str, ...], since: float, now: float) -> None:
        try:
            found = await asyncio.to_thread(self._learnt, account, spenders, since, now)
        except FileError as error:  # the next reading will find the same, and the person is told of that
            log.info("%s", error)
        else:
            self._tell(Calibrated(at=self._now(), account=account, calibrations=found))

    def _learnt(self, account: str, spenders: tuple[str, ...], since: float, now: float) -> Calibrations:
        with self._lock:  # also across a cancelled task: its thread goes on
            if self._closed or self._open is None:
                return ()
            self._book = self._book or self._open()
            pairs = self._book.pairs(account, max(now - LOOK_BACK_S, since), now, spenders=spenders)
        found = ((window, fit(of_window)) for window, of_window in pairs.items())
        return tuple((window, calibration) for window, calibration in found if calibration is not None)
