"""Messages to the person: what an alert says, who hears it, and what its buttons do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, assert_never

from ringfence import alert_texts
from ringfence.core.model import Alert, AlertAction
from ringfence.language import in_english
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


class Teller:
    """Tells alerts to the faces that listen and to the person."""

    def __init__(
        self,
        notifiers: Iterable[Notifier],
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        override: Callable[[], None],
    ) -> None:
        """`override` is what the button of a closed gate does."""
        self._notifiers = tuple(notifiers)
        self._now = now
        self._spawn = spawn
        self._override = override
        self.listeners: list[Callable[[Message], None]] = []
        """They hear each message."""
        self.openers: list[Callable[[], None]] = []
        """They open the window; without any, no message has a button for it."""

    def tell(self, alert: Alert, *, several: bool) -> None:
        """Tell an alert now; `several` accounts are watched, so that it has to say which it is about."""
        if not self.openers:  # a daemon has no window to open
            alert = replace(alert, actions=tuple(a for a in alert.actions if a is not AlertAction.OPEN_WINDOW))
        now = self._now()
        message = alert_texts.message_of(alert, now, several=several)
        english = in_english(lambda: alert_texts.message_of(alert, now, several=several))
        log.info("alert: %s", english.title)
        message = replace(message, logged=(english.title, english.body))
        for listener in self.listeners:
            listener(message)
        self._spawn(told(message, self._notifiers, self._act), "notify")

    def _act(self, action: AlertAction) -> None:
        match action:
            case AlertAction.OVERRIDE_UNTIL_RESET:
                self._override()
            case AlertAction.OPEN_WINDOW:
                for raise_window in self.openers:
                    raise_window()
            case _:
                assert_never(action)
