"""Messages: which of them take one another's place."""

from dataclasses import replace

import pytest

from ringfence import alert_texts
from ringfence.core.model import Alert, AlertKind, Hold, Scope, Window
from ringfence.core.route_memory import Move

NOW = 1_795_270_000.0
HOLD = Hold(
    kind="threshold", reason="session_threshold", window="session", scope=Scope(), also_unnamed=False, since=NOW,
    until=NOW + 60, used=0.91, threshold_pct=90.0, observed_at=NOW, evidence_until=NOW + 7200,
)  # fmt: skip


def subject(kind: AlertKind, **more) -> str:
    return alert_texts.message_of(Alert(kind=kind, at=NOW, account="work", **more), NOW).subject


def title(kind: AlertKind, **more) -> str:
    return alert_texts.message_of(Alert(kind=kind, at=NOW, **({"account": "work"} | more)), NOW, several=True).title


def test_of_several_accounts_a_message_names_the_one_it_is_about():
    window = Window(id="week", label="Week", used=0.85, resets_at=NOW + 60)
    assert title(AlertKind.TIER, window=window, line=0.8) == "work: Week at 85 %"
    assert title(AlertKind.GATE_OPENED) == "work: Agents may start again"
    assert title(AlertKind.BLIND) == "work: The gate is blind"
    assert title(AlertKind.GATE_CLOSED, hold=replace(HOLD, scope=Scope(account="work"))) == "work: New agents are held"
    assert title(AlertKind.TIER, account="w\x1b[2J", window=window, line=0.8) == "w [2J: Week at 85 %"


def test_what_is_about_no_account_names_none():
    everybody = replace(HOLD, kind="budget", window="budget:daily", reason="budget")
    for kind in (AlertKind.GATE_CLOSED, AlertKind.GATE_OPENED):
        assert "work" not in title(kind, hold=everybody)
    assert title(AlertKind.TROUBLE, account="", detail="Cannot write.") == "Ringfence cannot write a file"


def test_what_the_gate_does_is_one_subject_however_it_is_told():
    closed = subject(AlertKind.GATE_CLOSED, hold=HOLD, critical=True)
    assert closed == subject(AlertKind.GATE_OPENED) == subject(AlertKind.SUMMARY, hold=HOLD, critical=True)


@pytest.mark.parametrize(
    ("scope", "also_unnamed", "title"),
    [
        (Scope(), False, "New agents are held"),
        (Scope(account="work"), False, "New agents are held"),
        (Scope(class_="batch"), False, "New batch agents are held"),
        (Scope(model="Opus"), False, "New Opus agents are held"),
        (Scope(model="Opus"), True, "New agents are held"),
        (Scope(model="Opus", class_="batch", project="/srv/api"), False, "New Opus batch agents in /srv/api are held"),
    ],
)
def test_a_hold_of_some_launches_says_whose_for_others_may_start(scope, also_unnamed, title):
    hold = replace(HOLD, scope=scope, also_unnamed=also_unnamed)
    for kind in (AlertKind.GATE_CLOSED, AlertKind.SUMMARY):
        assert (
            alert_texts.message_of(Alert(kind=kind, at=NOW, account="work", hold=hold, critical=True), NOW).title
            == title
        )


def test_every_other_message_stands_for_itself():
    window = Window(id="session", label="5-hour session", used=0.81, resets_at=None)
    assert subject(AlertKind.TIER, window=window, line=0.8) == ""
    assert subject(AlertKind.SUMMARY, windows=(window,)) == ""


def test_a_move_of_a_class_is_told_with_its_reason():
    move = Move(at=NOW, class_="batch", left="work", to="home", cause="threshold", why="work: session is full.")
    message = alert_texts.message_of(Alert(kind=AlertKind.FAILOVER, at=NOW, move=move), NOW)
    assert (message.title, message.body) == ("batch runs on home now", "work: session is full.")
