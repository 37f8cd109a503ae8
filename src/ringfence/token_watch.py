"""The transcripts, followed for the core: read when they are written, counted when a meter asks for something else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ringfence.core.meters import Meter, TokenNews
from ringfence.core.settings import Settings
from ringfence.core.sums import ScanProgress
from ringfence.file_errors import FileError
from ringfence.ports import TokenBook

log = logging.getLogger(__name__)

TOKENS_EVERY_S = 1.0
"""Transcripts are read at most this often while they are written: a person sees them two seconds late at the most."""
BAR_AFTER_S = 1.0
"""What is read within a second needs no bar: it would come and go with every answer, and the window with it."""
TRY_AGAIN_S = 60.0
LOOK_AT_ALL_S = 600.0
"""Behind the kernel's word, every file is looked at this often: a network folder tells nothing."""


class TokenWatch:
    """Tells what the transcripts say each time it may have changed.

    All methods are called on the loop's thread. Without a book nothing is read and nothing is told.
    """

    def __init__(
        self,
        book: TokenBook | None,
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[TokenNews | FileError], None],
    ) -> None:
        self._book = book
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._settings = Settings()
        self._meters: tuple[Meter, ...] = ()
        self._measured: tuple[Meter, ...] | None = None
        self._paths: set[str] = set()
        self._all = False
        self._begun = False
        self._working = False
        self._closed = False
        self._look_at = float("inf")
        self._bar_from = self._progress_told_at = float("-inf")
        self._news = TokenNews()

    def use(self, settings: Settings) -> tuple[str, ...]:
        """Take new settings; return the folders to watch, and look at everything in them."""
        self._settings = settings
        if self._book is None:
            return ()
        self.look()
        return self._book.folders(settings)

    def look(self) -> None:
        """Look at every transcript soon."""
        self._all = True
        self._begin()

    def changed(self, paths: Iterable[str]) -> None:
        """Look soon at the transcripts that changed."""
        self._paths.update(path for path in paths if path.endswith(".jsonl"))
        if self._paths:
            self._begin()

    def want(self, meters: tuple[Meter, ...]) -> None:
        """Count these from now on, and at once: others than before, or the same of a day that has begun."""
        self._meters, self._measured = meters, None
        self._begin()

    def tick(self, now: float) -> None:
        """Look at everything when that was long ago."""
        if now >= self._look_at:
            self.look()

    def close(self) -> None:
        """Begin nothing any more, and let a reading that goes on end soon."""
        self._closed = True

    def _begin(self) -> None:
        if self._book is not None and not self._working and not self._closed:
            self._working = True
            self._spawn(self._work(self._book), "tokens")

    async def _work(self, book: TokenBook) -> None:
        try:
            if not self._begun:  # the icon comes first: this loads sqlite, and may read gigabytes
                self._begun = True
                await asyncio.sleep(TOKENS_EVERY_S)
            while not self._closed and (self._all or self._paths or self._meters != self._measured):
                await self._once(book)
                await asyncio.sleep(TOKENS_EVERY_S)
        finally:
            self._working = False

    async def _once(self, book: TokenBook) -> None:
        now = self._now()
        paths = None if self._all else frozenset(self._paths)
        if self._all:
            self._look_at = now + LOOK_AT_ALL_S
        self._all, self._paths = False, set()
        meters, self._measured = self._meters, self._meters
        loop = asyncio.get_running_loop()
        self._bar_from = loop.time() + BAR_AFTER_S
        scanned = partial(self._scanned, loop)
        try:
            news = self._news
            if paths is None or paths:
                news = await asyncio.to_thread(book.catch_up, self._settings, paths, now=now, scanned=scanned)
            readings = await asyncio.to_thread(book.measure, meters, now=self._now())
        except FileError as error:
            self._look_at = now + TRY_AGAIN_S
            self._tell(error)
            return
        self._news = replace(news, readings=readings, scan=None)
        self._tell(self._news)

    def _scanned(self, loop: asyncio.AbstractEventLoop, progress: ScanProgress) -> bool:
        """On the reading thread: hand the progress on, and say whether to go on."""
        if self._closed:
            return False
        at = loop.time()
        if at >= max(
            self._bar_from, self._progress_told_at + TOKENS_EVERY_S
        ):  # each one is drawn and written to a file
            self._progress_told_at = at
            loop.call_soon_threadsafe(self._progressed, progress)
        return True

    def _progressed(self, progress: ScanProgress) -> None:
        if not self._closed:
            self._tell(replace(self._news, scan=progress))
