"""The readings of the sources: each, whatever happens to it, comes back as an event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

from ringfence.core import events
from ringfence.core.model import FailureKind
from ringfence.core.settings import Settings
from ringfence.identity_watch import IdentityWatch
from ringfence.ports import Source, SourceError
from ringfence.sentence import Sentence

log = logging.getLogger(__name__)

POLL_DEADLINE_S = 60.0


class Polls:
    """The accounts' sources as the settings have them, and what they are asked. Call it on the loop's thread."""

    def __init__(
        self,
        build: Callable[[Settings], Mapping[str, Source]],
        identities: IdentityWatch,
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[events.Event], None],
    ) -> None:
        self._build = build
        self._identities = identities
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._sources: Mapping[str, Source] = {}
        self._reading: set[int] = set()
        self._crashed: set[str] = set()

    def use(self, settings: Settings) -> None:
        """Build the sources of these settings. One that is reading keeps its connection until it has its answer."""
        for source in self._sources.values():
            if id(source) not in self._reading:
                self._spawn(source.aclose(), "close a source")
        self._sources = self._build(settings)

    def ask(self, account: str) -> None:
        """Read an account's source; what comes of it is told as an event."""
        self._spawn(self._poll(account), f"poll {account}")

    def closings(self) -> Iterable[Awaitable[None]]:
        """Return what ends the sources' connections."""
        return [source.aclose() for source in self._sources.values()]

    async def _poll(self, account: str) -> None:
        source = self._sources.get(account)
        if source is None:
            return
        self._reading.add(id(source))
        asked_as = self._identities.of(account)
        try:
            outcome = await outcome_of(source, account, now=self._now, crashed=self._crashed)
            await self._identities.look()
            if asked_as is None or self._identities.of(account) in {None, asked_as}:
                self._tell(outcome)  # else it tells of who was signed in before
        finally:
            self._reading.discard(id(source))
            retired = source is not self._sources.get(account)
            if retired:
                await source.aclose()
        if retired:  # new settings came while it read: what they name is asked as soon as the limits allow
            self._tell(events.RefreshAsked(at=self._now()))


async def outcome_of(
    source: Source, account: str, *, now: Callable[[], float], crashed: set[str]
) -> events.SampleArrived | events.PollFailed:
    """Return what a source answered, or why it did not; never raises but when it is cancelled.

    `crashed` holds the accounts whose source failed by a bug: each is logged once, until it answers again.
    """
    failed = partial(events.PollFailed, account=account)
    try:
        async with asyncio.timeout(POLL_DEADLINE_S):
            sample = await source.sample(now=now())
    except SourceError as error:
        return failed(
            at=now(), kind=error.kind, detail=error.detail, retry_after_s=error.retry_after_s, requested=error.requested
        )
    except TimeoutError:
        longest = f"{POLL_DEADLINE_S:g}"
        detail = Sentence("The reading took longer than {seconds} s and was given up.", seconds=longest)
        return failed(at=now(), kind=FailureKind.OFFLINE, detail=detail)
    except Exception as error:
        # A bug must not end the polling: the gate would go blind without a word. The log has the traceback, once.
        if account not in crashed:
            log.exception("a source failed in a way it should not")
        crashed.add(account)
        return unreadable(account, error, at=now())
    crashed.discard(account)
    return events.SampleArrived(at=now(), sample=sample)


def unreadable(account: str, error: Exception, *, at: float) -> events.PollFailed:
    """Return that a reading came to nothing by a bug of ours, which the log has."""
    name = type(error).__name__
    detail = Sentence("Ringfence could not read the answer ({error}); the log says more.", error=name)
    return events.PollFailed(at=at, account=account, kind=FailureKind.FORMAT_CHANGED, detail=detail)
