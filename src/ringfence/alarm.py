"""The monitor's one timer, and the clocks, which are compared whenever it rings: a timer does not run in sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ringfence.core.clocks import Clocks, gap
from ringfence.core.events import ClockJumped, TimeCame, Woke
from ringfence.ports import Clock

HEARTBEAT_S = 60.0
"""How often the clocks are compared."""


class Alarm:
    """Rings at the moment that was asked for last. All methods are called on the loop's thread."""

    def __init__(
        self, clock: Clock, *, tell: Callable[[TimeCame | Woke | ClockJumped], None], look: Callable[[float], None]
    ) -> None:
        """Make one that stands still.

        Args:
            clock: the machine's clocks.
            tell: hears that the moment came, or that the machine slept or its clock was set.
            look: called with the time whenever the clocks are compared.
        """
        self._clock, self._tell, self._look = clock, tell, look
        self._at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._clocks = Clocks(wall=0.0, awake=0.0, whole=0.0)

    def begin(self) -> None:
        """Compare the clocks with those of now from here on."""
        self._clocks = self._read()

    def wake_at(self, at: float) -> None:
        """Ring at this moment (epoch seconds), and no more at the one before."""
        self._at = at
        self._arm()

    def stop(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()

    def compare(self) -> bool:
        """Say when the machine slept or its clock was set since the last look; True when it did."""
        before, self._clocks = self._clocks, self._read()
        happened = gap(before, self._clocks)
        self._look(self._clocks.wall)
        if happened is not None:
            self._tell(happened)
        return happened is not None

    def ring(self) -> None:
        """Do what the timer does: tell that the moment came, if it did."""
        self._timer = None
        if not self.compare() and self._at is not None:
            now = self._clocks.wall
            if now < self._at:
                self._arm()
            else:
                self._tell(TimeCame(at=now))
        if self._timer is None:  # nobody named the next moment, by a bug: it must not be the last one
            self.wake_at(self._clocks.wall + HEARTBEAT_S)

    def _arm(self) -> None:
        self.stop()
        assert self._at is not None
        delay = min(max(self._at - self._clock.now(), 0.001), HEARTBEAT_S)
        self._timer = asyncio.get_running_loop().call_later(delay, self.ring)

    def _read(self) -> Clocks:
        clock = self._clock
        return Clocks(wall=clock.now(), awake=clock.monotonic(), whole=clock.boottime())
