"""Routes in words: short, on the clock of here, and plain whatever an account is called."""

from __future__ import annotations

from datetime import UTC

import pytest

from parts.fleet import HOUR, NOW
from ringfence import alert_texts, launch_texts, route_texts, texts
from ringfence.core.model import Alert, AlertKind
from ringfence.core.route_memory import Detour, Move, Quarantine
from ringfence.core.route_view import Answer, Place


def answer(verdict="start", **more) -> Answer:
    made = {
        "values": ("high",), "account": None, "tier": None, "model": None, "code": "best", "why": "w.", "until": None,
    }  # fmt: skip
    return Answer(verdict=verdict, **(made | more))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (answer(account="work", tier="opus", model="opus"), "opus on work"),
        (answer(account="work", tier="best", model="claude-opus-4-6"), "best (claude-opus-4-6) on work"),
        (answer(tier="ollama", model="qwen3:32b"), "ollama (qwen3:32b), on this machine"),
        (answer("wait", until=NOW + HOUR), "waits until 23:26"),
        (answer("wait"), "waits"),
        (answer("wait", code="no_evidence"), "nobody can tell"),
        (answer(tier="ollama", code="no_evidence"), "ollama, on this machine"),
        (answer("refused", code="paused"), "held until you unpause"),
        (answer("refused", code="no_folder"), "cannot start"),
        (answer(account="\u202ework\n", tier="a\x1b[2J"), "a [2J on work"),
    ],
)
def test_an_answer_in_a_few_words(made, said):
    assert route_texts.answer_text(made, NOW, UTC) == said


def test_values_in_words():
    assert route_texts.values_text(answer(values=("high", "medium", "low"))) == "Any value"
    assert route_texts.values_text(answer(values=("medium", "low"))) == "Medium and low value"


def test_a_reason_is_told_on_the_clock_of_here_and_without_codes():
    why = "work: session is over its limit (session_threshold): 92 % used, threshold 90 %, resets 2026-11-21T23:26:40Z."
    assert texts.why_sentence(why, NOW, UTC) == (
        "work: session is over its limit: 92 % used, threshold 90 %, resets 23:26."
    )


def test_a_place_is_named_once():
    place = Place(name="work", here=False, obstacle="work is not signed in.", left_until=NOW + 60)
    assert route_texts.place_text(place, NOW, UTC) == (
        "work is not signed in. work was left lately and is taken again from 22:27 on."
    )
    assert route_texts.place_text(Place(name="l", here=False, obstacle="Paused.", left_until=None), NOW) == "l: Paused."
    assert route_texts.place_text(Place(name="l", here=True, obstacle="", left_until=NOW + 60), NOW) == ""


def test_a_quarantine_names_its_model_and_only_its_own_account():
    known = (
        Quarantine(account="work", until=NOW + HOUR),
        Quarantine(account="work", until=NOW + HOUR, model="Opus"),
        Quarantine(account="home", until=NOW - 1),
    )
    said = route_texts.quarantine_text("work", known, NOW, UTC)
    assert said == "Refused a run: left alone until 23:26, Opus until 23:26"
    assert route_texts.quarantine_text("home", known, NOW, UTC) == ""


def test_a_class_on_a_detour_and_its_message_tell_the_reason_on_the_clock_of_here_too():
    why = "work: session is over its limit (session_threshold): 92 % used, resets 2026-11-21T23:26:40Z."
    told = "work: session is over its limit: 92 % used, resets 23:26."
    detour = Detour(class_="batch", home="work", at="home", since=NOW, cause="threshold", why=why)
    assert launch_texts.detour_text(detour, NOW, UTC).endswith(f": {told}")
    move = Move(class_="batch", left="work", to="home", cause="threshold", why=why, at=NOW)
    message = alert_texts.message_of(Alert(kind=AlertKind.FAILOVER, at=NOW, move=move), NOW, UTC)
    assert (message.title, message.body) == ("batch runs on home now", told)
