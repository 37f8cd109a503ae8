"""The launches that the gate held, followed for the faces: read when they change, and when a day begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from ringfence import texts
from ringfence.core.model import Launches
from ringfence.file_errors import FileError
from ringfence.ports import LaunchBook

log = logging.getLogger(__name__)

DAY_S = 86400.0
LAUNCHES_EVERY_S = 1.0
"""The ledger is read at most this often, however many launches are refused: a loop in a script may ask all the time."""


class LaunchWatch:
    """Tells the held launches, or why they cannot be read, each time they may have changed.

    All methods are called on the loop's thread. Without a book nothing is read and nothing is told.
    """

    def __init__(
        self,
        book: LaunchBook | None,
        next_midnight: Callable[[float], float],
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[Launches | FileError], None],
    ) -> None:
        self._book = book
        self._next_midnight = next_midnight
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._looking = False
        self._look_again = False
        self._midnight = float("inf")

    def look(self) -> None:
        """Read the held launches soon: at once when the last look is long enough ago, else when it is."""
        self._look_again = True
        if not self._looking and self._book is not None:
            self._looking = True
            self._spawn(self._look(self._book), "launches")

    def tick(self, now: float) -> None:
        """Look when a day has begun: the counts of today begin anew."""
        if now >= self._midnight:
            self.look()

    async def let_next_through(self) -> None:
        """Let the launch that has waited longest start."""
        if self._book is None:
            return
        try:
            chosen = await self._book.let_next_through(now=self._now())
        except FileError as error:
            self._tell(error)
            return
        if chosen is not None:
            log.info("launch %d (%s) was let through", chosen.id, texts.clean(chosen.command))
        self.look()

    async def _look(self, book: LaunchBook) -> None:
        try:
            while self._look_again:
                self._look_again = False
                await self._see(book)
                await asyncio.sleep(LAUNCHES_EVERY_S)
        finally:
            self._looking = False

    async def _see(self, book: LaunchBook) -> None:
        now = self._now()
        self._midnight = self._next_midnight(now)
        try:
            launches = await book.seen(now=now)
        except FileError as error:
            self._tell(error)
            return
        self._tell(launches)
