"""The state line and the tooltip where several things can be paused and several accounts are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from ringfence import face_texts, texts
from ringfence.core.account_settings import Account
from ringfence.core.model import Latches, Pause, Scope
from tray.states import EIGHT, FLEET, NOW, STATES, TWO, view


def paused(*scopes: Scope, accounts=TWO) -> object:
    return view(*accounts, latches=Latches(pauses=tuple(Pause(since=NOW, until=None, scope=s) for s in scopes)))


def test_what_is_paused_alone_is_said_beside_what_comes_next():
    said = face_texts.subline(paused(Scope(class_="batch")), NOW, UTC)
    assert said == "Paused by you for class batch. Next stop: 5-hour session at 90 %"
    three = paused(Scope(class_="batch"), Scope(model="Opus"), Scope(account="home"))
    assert face_texts.subline(three, NOW, UTC).startswith("Paused by you for class batch, and for 2 more. Next stop")


def test_a_pause_of_the_first_account_is_why_unnamed_runs_are_held():
    drawn = STATES["first_account_paused"]()
    assert texts.headline(drawn, NOW) == "New agents are held"
    assert face_texts.subline(drawn, NOW, UTC) == "Paused by you for account work until 15:20"


def test_the_tooltip_says_what_is_paused_alone():
    lines = face_texts.tooltip(paused(Scope(class_="batch")), NOW, UTC).splitlines()
    assert lines[:2] == ["Agents may start", "Paused by you for class batch"]


def test_the_tooltip_names_the_account_in_the_icon_and_each_other_in_a_line():
    lines = face_texts.tooltip(STATES["two_accounts"](), NOW, UTC).splitlines()
    assert lines[1:3] == ["home, the closest to its limit", "5-hour session: 12 %, resets in 2 h 10 min · 17:00"]
    assert lines[-1] == "work: session 62 %, week 41 %"


def test_the_tooltip_says_that_the_account_was_chosen():
    chosen = replace(FLEET, appearance=replace(FLEET.appearance, icon_account="work"))
    assert "work, as you chose" in face_texts.tooltip(view(*TWO, settings=chosen), NOW, UTC)


def test_one_account_is_not_named():
    assert face_texts.icon_text(STATES["open"]()) == ""
    assert "closest" not in face_texts.tooltip(STATES["open"](), NOW)


def test_of_many_accounts_some_are_counted_and_trouble_is_told():
    settings = replace(FLEET, accounts=tuple(Account(name=a.name) for a in EIGHT), failover=())
    lines = face_texts.tooltip(view(*EIGHT, settings=settings), NOW, UTC).splitlines()
    assert lines[-1] == "and 3 more accounts"
    assert "ci: the login has expired" in lines
    assert len(lines) < 16


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(), ""),
        (Scope(account="work", class_="batch"), "account work, class batch"),
        (Scope(model="a\x1b[2J"), "model a [2J"),
    ],
)
def test_a_scope_in_words(scope, said):
    assert texts.pause_scope_text(scope) == said


def test_a_hold_of_some_launches_says_which_below_that_agents_may_start():
    drawn = STATES["budgets"]()
    assert texts.headline(drawn, NOW) == "Agents may start"
    assert face_texts.subline(drawn, NOW, UTC).startswith(
        "New autonomous agents in /home/me/work/api are held: Budget Nightly"
    )
    assert texts.reason_text(STATES["closed"](), NOW, UTC).startswith("Session 92 % used")
