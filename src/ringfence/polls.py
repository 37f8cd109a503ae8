"""One reading of one source, whatever happens to it, as an event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from ringfence.core import events
from ringfence.core.model import FailureKind
from ringfence.ports import Source, SourceError

log = logging.getLogger(__name__)

POLL_DEADLINE_S = 60.0


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
        detail = f"The reading took longer than {POLL_DEADLINE_S:g} s and was given up."
        return failed(at=now(), kind=FailureKind.OFFLINE, detail=detail)
    except Exception as error:
        # A bug must not end the polling: the gate would go blind without a word. The log has the traceback, once.
        if account not in crashed:
            log.exception("a source failed in a way it should not")
        crashed.add(account)
        detail = f"Ringfence could not read the answer ({type(error).__name__}); the log says more."
        return failed(at=now(), kind=FailureKind.FORMAT_CHANGED, detail=detail)
    crashed.discard(account)
    return events.SampleArrived(at=now(), sample=sample)
