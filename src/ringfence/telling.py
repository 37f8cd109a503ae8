"""One message to the person, by the first notifier that shows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from ringfence.core.model import AlertAction
from ringfence.ports import Message, Notifier, NotifyError

log = logging.getLogger(__name__)

NOTIFY_DEADLINE_S = 30.0
"""A notification server that hangs must not keep the next notifier from telling."""


async def told(message: Message, notifiers: Iterable[Notifier], on_action: Callable[[AlertAction], None]) -> None:
    """Try the notifiers in order; the last one, the log, always works. Never raises but when it is cancelled."""
    for notifier in notifiers:
        try:
            async with asyncio.timeout(NOTIFY_DEADLINE_S):
                await notifier.send(message, on_action)
        except (NotifyError, TimeoutError) as error:
            log.info("not shown: %r", error)
        except Exception:
            log.exception("a notifier failed in a way it should not")
        else:
            return
