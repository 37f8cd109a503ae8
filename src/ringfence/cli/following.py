"""Following files from a command: a look now, at every change of one of them, and at every full minute."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ringfence import wiring
from ringfence.storage.watch import Watcher

MINUTE_S = 60


class Following:
    """Waits for what is worth another look. The kernel tells of files; ages and leases run out by themselves."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def look_again(self) -> None:
        """End the wait that is on, or the next one."""
        self._changed.set()

    async def wait(self) -> None:
        """Return at the next change, at the latest just after the next full minute.

        The next wait's changes count from here: whoever reads the files now misses none.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(MINUTE_S - wiring.now() % MINUTE_S + 0.01):
                await self._changed.wait()
        self._changed.clear()


@asynccontextmanager
async def following(files: Iterable[Path]) -> AsyncIterator[Following]:
    """Watch some files, there or not, as long as the block lasts."""
    made = Following()
    watcher = Watcher(lambda _path: made.look_again(), asyncio.get_running_loop().call_soon_threadsafe)
    try:
        for path in files:
            watcher.watch(str(path))
        yield made
    finally:
        watcher.close()
