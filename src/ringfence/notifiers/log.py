"""Alerts as lines of the log: it always works, and it is all there is without a desktop."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ringfence.core.model import AlertAction
from ringfence.ports import Message, Notifier, NotifierSpec
from ringfence.sentence import N_, Sentence
from ringfence.texts import clean

_log = logging.getLogger("ringfence.alerts")


class LogNotifications:
    """Writes each message as one line at INFO: an alert is news for the person, not a fault of the program."""

    async def send(self, message: Message, on_action: Callable[[AlertAction], None]) -> None:  # noqa: ARG002
        """Write the message. Nobody can press a button here."""
        title, body = message.logged or (message.title, message.body)
        _log.info("%s: %s", clean(title), clean(body, 1000))

    async def probe(self) -> str:
        """Say where messages go."""
        return Sentence("Alerts are written to the log.")

    async def aclose(self) -> None:
        """Nothing is held."""


def _build() -> Notifier:
    return LogNotifications()


SPEC = NotifierSpec(id="log", label=N_("Log"), help=N_("Every alert is a line in ringfence.log."), build=_build)
