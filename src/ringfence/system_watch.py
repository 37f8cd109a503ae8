"""What the system tells by itself, followed for as long as the monitor runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, assert_never

from ringfence.core import events
from ringfence.system_ports import Awake, Connection, Sleeping, SystemNews, SystemSpec

log = logging.getLogger(__name__)

LATER_S = 3.0
"""Nothing here is needed for the first reading, and what asks the system takes 50 ms to load."""
AGAIN_S = 60.0
"""How often somebody is looked for who told once and went away: the system's bus was restarted, or is updated."""


class SystemWatch:
    """Follows each of the sources; one that never had anybody to ask is over, and costs nothing."""

    def __init__(
        self,
        specs: Iterable[SystemSpec],
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[events.Event], None],
        compare: Callable[[], object],
        is_asleep: Callable[[], bool],
    ) -> None:
        """`compare` tells a sleep that the clocks show; `is_asleep` says whether one is still thought to go on."""
        self._specs = tuple(specs)
        self._now, self._spawn, self._tell = now, spawn, tell
        self._compare, self._is_asleep = compare, is_asleep
        self._metered = False

    def start(self) -> None:
        """Begin soon. The tasks end with the monitor's."""
        for spec in self._specs:
            self._spawn(self._follow(spec), spec.id)

    async def _follow(self, spec: SystemSpec) -> None:
        await asyncio.sleep(LATER_S)
        has_told = False

        def tell(news: SystemNews) -> None:
            nonlocal has_told
            has_told = True
            self._take(news)

        while True:
            try:
                await spec.build().follow(tell)
            except Exception:  # a bug here must not take the monitor's other work along; the clocks tell of sleep, too
                log.exception("%s failed in a way it should not", spec.id)
                return
            if not has_told:
                return
            log.debug("%s tells no more; it is looked for again", spec.id)
            await asyncio.sleep(AGAIN_S)

    def _take(self, news: SystemNews) -> None:
        match news:
            case Sleeping():
                self._tell(events.SleepBegan(at=self._now()))
            case Awake():
                self._compare()
                if self._is_asleep():  # it was shorter than the clocks can tell, or did not come about
                    self._tell(events.Woke(at=self._now(), slept_s=0.0))
            case Connection():
                if news.metered != self._metered:
                    self._metered = news.metered
                    log.info("the connection is %s", "metered" if news.metered else "not metered")
                    self._tell(events.ConnectionSeen(at=self._now(), metered=news.metered))
            case _:
                assert_never(news)
