"""Who is signed in to each account, followed for the core: read when it may have changed, and with each reading."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from ringfence.core.events import IdentitiesSeen
from ringfence.core.settings import Settings
from ringfence.texts import clean

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""Claude Code writes that file all the time while it works, and hardly ever because somebody signs in."""

Identities = tuple[tuple[str, str | None], ...]


class IdentityWatch:
    """Tells who is signed in each time it is somebody else. All methods are called on the loop's thread."""

    def __init__(
        self,
        files: Callable[[Settings], Mapping[str, tuple[str, ...]]],
        read: Callable[[tuple[str, ...]], str | None],
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[IdentitiesSeen], None],
    ) -> None:
        """`files` are those of each account by its name, `read` returns a digest of whom they name; it may block."""
        self._find = files
        self._read = read
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._files: Mapping[str, tuple[str, ...]] = {}
        self._seen: Identities = ()
        self._looking = False
        self._look_again = False
        self._turn = asyncio.Lock()

    def use(self, settings: Settings) -> Identities:
        """Take the accounts of new settings, and return who is signed in to each now."""
        self._files = self._find(settings)
        self._seen = _read_all(self._files, self._read)
        return self._seen

    @property
    def paths(self) -> frozenset[str]:
        """The files that may say who is signed in, there or not."""
        return frozenset(path for paths in self._files.values() for path in paths)

    def of(self, account: str) -> str | None:
        """Return who was signed in to an account when that was read last."""
        return dict(self._seen).get(account)

    def changed(self, path: str) -> None:
        """Look soon, if it is one of the files; at most once in a while."""
        self._look_again = self._look_again or path in self.paths
        if self._look_again and not self._looking:
            self._looking = True
            self._spawn(self._follow(), "who is signed in")

    async def look(self) -> None:
        """Read now, and tell when somebody else is signed in."""
        if not self._files:
            return
        async with self._turn:
            files = self._files
            seen = await asyncio.to_thread(_read_all, files, self._read)
            if files is self._files and seen != self._seen:
                before, self._seen = dict(self._seen), seen
                others = [account for account, who in seen if before.get(account) != who]
                log.info("who is signed in has changed: %s", ", ".join(map(clean, others)))
                self._tell(IdentitiesSeen(at=self._now(), identities=seen))

    async def _follow(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                await self.look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._looking = False


def _read_all(files: Mapping[str, tuple[str, ...]], read: Callable[[tuple[str, ...]], str | None]) -> Identities:
    return tuple((account, read(paths)) for account, paths in files.items())
