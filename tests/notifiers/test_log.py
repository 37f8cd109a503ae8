"""Alerts in the log: one line each, and no fault."""

import logging

from ringfence.core.model import AlertAction
from ringfence.notifiers.log import SPEC
from ringfence.ports import Button, Message


async def test_a_message_is_one_line_of_news(caplog):
    pressed = []
    message = Message(
        title="Gate closed",
        body="Session 91 %\nresets at 17:00\u202e",
        critical=True,
        buttons=(Button(action=AlertAction.OPEN_WINDOW, label="Open"),),
    )
    with caplog.at_level(logging.INFO, "ringfence"):
        await SPEC.build().send(message, pressed.append)
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.INFO, "Gate closed: Session 91 % resets at 17:00")
    assert pressed == []


async def test_the_line_is_english_also_for_a_message_in_another_language(caplog):
    message = Message(title="Das Tor ist zu", body="Sitzung 91 %", logged=("Gate closed", "Session 91 %"))
    with caplog.at_level(logging.INFO, "ringfence"):
        await SPEC.build().send(message, lambda _action: None)
    assert caplog.messages == ["Gate closed: Session 91 %"]
