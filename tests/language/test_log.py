"""Whatever language a person is told an alert in, the log has it in English."""

import logging

import pytest

from parts import pseudo
from ringfence import language
from ringfence.core.model import Alert, AlertKind
from ringfence.sentence import Sentence
from ringfence.telling import Teller

FULL = Alert(
    kind=AlertKind.TROUBLE, at=0.0,
    detail=Sentence("Cannot write {path}: {reason}.", path="/x", reason=Sentence("the disk is full; free some space")),
)  # fmt: skip


@pytest.fixture
def foreign(monkeypatch):
    monkeypatch.setattr(language, "_chosen", [("pseudo", pseudo.Pseudo())])


def test_an_alert_is_told_in_the_language_in_use_and_logged_in_english(foreign, caplog):
    heard = []
    teller = Teller((), now=lambda: 0.0, spawn=lambda work, _name: work.close(), override=lambda: None)
    teller.listeners.append(heard.append)
    with caplog.at_level(logging.INFO, "ringfence"):
        teller.tell(FULL, several=False)
    [message] = heard
    assert message.title == pseudo.text("Ringfence cannot write a file")
    assert message.body == pseudo.text("Cannot write {path}: {reason}.").format(
        path="/x", reason=pseudo.text("the disk is full; free some space")
    )
    assert message.logged == ("Ringfence cannot write a file", str(FULL.detail))
    assert caplog.messages == ["alert: Ringfence cannot write a file"]
