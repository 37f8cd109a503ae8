"""Files that are opened when they are first used: nothing of sqlite is loaded before the icon is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.core.gate_changes import GateChange
from ringfence.scan_apart import LARGE_BYTES
from ringfence.storage.atomic import is_there
from ringfence.transcripts import transcript_folders

if TYPE_CHECKING:
    from ringfence.core.account_settings import Account
    from ringfence.core.meters import Meter, Reading, TokenNews
    from ringfence.core.model import HeldLaunch, Launches, Sample
    from ringfence.core.route_memory import Move
    from ringfence.core.settings import Settings
    from ringfence.core.sums import ScanProgress
    from ringfence.ports import TokenBook
    from ringfence.storage.launches import LaunchLog
    from ringfence.storage.ledger import Ledger
    from ringfence.storage.token_ledger import TokenLedger


ICON_FIRST_S = 1.0
"""Nothing of the history is needed before the icon is there."""


def midnight(at: float, *, days: int = 0) -> float:
    """Return the last midnight of this machine's time zone, or the one that many days later."""
    day = time.localtime(at)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday + days, 0, 0, 0, 0, 0, -1))


class LateLaunches:
    """The held launches, opened when there is a ledger: most people hold none.

    The file stays open: closing it would look like a change to whoever watches it, this monitor too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log: LaunchLog | None = None

    async def seen(self, *, now: float) -> Launches:
        """Return what waits and what was held since midnight. Raises FileError."""
        import asyncio  # noqa: PLC0415

        return await asyncio.to_thread(self.seen_now, now)

    async def let_next_through(self, *, now: float) -> HeldLaunch | None:
        """Let the launch that has waited longest start. Raises FileError."""
        import asyncio  # noqa: PLC0415

        return await asyncio.to_thread(self.let_next_through_now, now)

    def seen_now(self, now: float) -> Launches:
        """Return the same, on this thread."""
        from ringfence.core.model import Launches  # noqa: PLC0415

        return self._opened().summary(now, midnight(now)) if is_there(self._path) else Launches()

    def let_next_through_now(self, now: float) -> HeldLaunch | None:
        """Do the same, on this thread."""
        return self._opened().let_next_through(now) if is_there(self._path) else None

    def close(self) -> None:
        """Close the file."""
        if self._log is not None:
            self._log.close()

    def _opened(self) -> LaunchLog:
        from ringfence.storage.launches import LaunchLog  # noqa: PLC0415 - it needs sqlite

        self._log = self._log or LaunchLog(self._path)
        return self._log


class LateLedger:
    """The history, opened with its first sample or a moment after the start: the icon does not wait for sqlite."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ledger: Ledger | None = None
        self._begun = False
        self._early: list[GateChange] = []

    async def append(self, what: Sample | Move | GateChange) -> None:
        """Add a sample, a move of a class, or a change of the gate. Raises FileError.

        What the gate says at the start waits until the history has begun.
        """
        if isinstance(what, GateChange) and not self._begun:
            self._early.append(what)
        else:
            await self._add(what)

    async def begin(self) -> None:
        """Add what waits, a moment after the start: a monitor may be killed before its first sample. Raises FileError.

        Cancelled before that, it leaves it to `close`.
        """
        import asyncio  # noqa: PLC0415

        await asyncio.sleep(ICON_FIRST_S)
        await self._add()

    def close(self) -> None:
        """Close the file; what still waits is added to a history that is there already."""
        if self._early:
            self._add_now()
        if self._ledger is not None:
            self._ledger.close()

    async def _add(self, *what: Sample | Move | GateChange) -> None:
        self._begun = True
        if everything := (*self._taken(), *what):
            await self._opened().append(*everything)

    def _add_now(self) -> None:
        from ringfence.file_errors import FileError  # noqa: PLC0415

        with suppress(FileError):  # at the end there is nobody to tell, and the gate itself is written
            if is_there(self._path):
                self._opened().append_now(*self._taken())

    def _taken(self) -> list[GateChange]:
        early, self._early = self._early, []
        return early

    def _opened(self) -> Ledger:
        from ringfence.storage.ledger import Ledger  # noqa: PLC0415 - it needs sqlite

        self._ledger = self._ledger or Ledger(self._path)
        return self._ledger


class LateTokens:
    """The transcripts and their ledger, opened with the first look at them: it loads sqlite and msgspec's decoders."""

    def __init__(
        self,
        config_folders: Callable[[Account], Sequence[str]],
        open_ledger: Callable[[], TokenLedger],
        book_of: Callable[[TokenLedger], TokenBook],
        read_apart: Callable[[Callable[[ScanProgress], bool]], None],
    ) -> None:
        self._config_folders = config_folders
        self._open_ledger = open_ledger
        self._book_of = book_of
        self._read_apart = read_apart
        self._ledger: TokenLedger | None = None
        self._book: TokenBook | None = None

    def folders(self, settings: Settings) -> tuple[str, ...]:
        """Return the folders below which transcripts are written, there or not."""
        return transcript_folders(settings.accounts, self._config_folders)

    def catch_up(
        self, settings: Settings, paths: frozenset[str] | None, *, now: float, scanned: Callable[[ScanProgress], bool]
    ) -> TokenNews:
        """Count what is new in the transcripts, in a process of its own where that is much. Raises FileError."""
        large = False

        def told(progress: ScanProgress) -> bool:
            nonlocal large
            # Of one file that was written to, what was read before counts too: a look at that one is never large.
            large = paths is None and progress.total_bytes - progress.done_bytes >= LARGE_BYTES
            return not large and scanned(progress)

        news = self._opened().catch_up(settings, paths, now=now, scanned=told)
        if large:
            self.close()
            self._book = None  # it remembers how far everything was read
            self._read_apart(scanned)
            news = self._opened().catch_up(settings, paths, now=now, scanned=scanned)
        return news

    def measure(self, meters: Sequence[Meter], *, now: float) -> tuple[Reading, ...]:
        """Count the meters. Raises FileError."""
        return self._opened().measure(meters, now=now) if meters else ()

    def close(self) -> None:
        """Close the file; what is being written is finished first."""
        if self._ledger is not None:
            self._ledger.close()

    def _opened(self) -> TokenBook:
        if self._book is None:
            self._ledger = self._open_ledger()
            self._book = self._book_of(self._ledger)
        return self._book
