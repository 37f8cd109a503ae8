"""Budgets: what a person grants per day, week or session, and what happens when it is used up."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.story import (
    DAY_S,
    HOUR,
    MIDNIGHT,
    RESET,
    T0,
    Story,
    answering,
    asleep,
    because,
    change,
    clock_set,
    failing,
    gate,
    killed,
    later,
    overridden,
    sample,
    settings,
    spent,
    told,
    until,
)
from ringfence import gate_reader
from ringfence.core.periods import Period
from ringfence.core.settings import parse_settings

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
DAY = {"name": "nightly", "tokens": 1000, "per": "day"}
WORK = {**DAY, "project": "/home/me/work"}
EVENING = MIDNIGHT + DAY_S
"""The midnight after the story's beginning."""


def with_budget(**more):
    return Story(budgets=[{**DAY, **more}]) >> answering(session=0.1) >> sample(session=0.1) << told()


def hold(story, key="holds"):
    [found] = story.document[key]
    return found


def wanted_meter(story, name="nightly"):
    return next((m for m in story.state.meters if m.id == f"budget:{name}"), None)


def recounts(story) -> int:
    """How often the same was asked for again."""
    return sum(a == b for a, b in pairwise(story.measured))


# ---- reaching it


def test_at_its_amount_a_budget_holds_new_runs_until_its_day_is_over():
    story = (
        with_budget() >> spent(nightly=999) << gate(OPEN) >> spent(nightly=1000) << gate(CLOSED) << because("budget")
    )
    found = hold(story)
    assert (found["kind"], found["window"], found["applies_to"]) == ("budget", "budget:nightly", {})
    assert (found["utilization_pct"], found["threshold_pct"], found["until"]) == (100, 100, int(EVENING))
    assert story.ask().refusal["error"] == "budget_reached"
    assert story.ask().why == f"Your budget nightly is reached: 100 % used, resets {gate_reader.iso(EVENING)}."
    story >> until(EVENING - 1) << gate(CLOSED) >> later(1) << gate(OPEN)


def test_every_kind_of_token_counts():
    story = with_budget(tokens=10)
    reading = story.count
    from ringfence.core.sums import Tokens

    kinds = Tokens(input=1, cache_creation=2, cache_read=3, output=4)
    story.count = lambda meter: replace(reading(meter), by_model=(("claude-opus-4-6", kinds),))
    story >> spent(nightly=0) << gate(CLOSED)


@pytest.mark.parametrize(
    ("scope", "held", "free"),
    [
        ({"model": "Opus"}, {"model": "claude-opus-4-6"}, {"model": "sonnet"}),
        ({"class": "autonomous"}, {"class_": "autonomous"}, {"class_": "interactive"}),
        ({"class": "batch"}, {"class_": "batch"}, {"class_": "autonomous"}),
        ({"class": "autonomous", "model": "Opus"}, {"class_": "autonomous", "model": "opus"}, {"model": "opus"}),
        ({"project": "/home/me/work"}, {"project": "/home/me/work/a"}, {"project": "/home/me/workshop"}),
        ({"project": "/w", "model": "Opus"}, {"project": "/w", "model": "opus"}, {"project": "/w", "model": "sonnet"}),
    ],
)
def test_its_scope_is_the_holds(scope, held, free):
    story = with_budget(**scope) >> spent(nightly=1000) << gate(OPEN)
    story << gate(CLOSED, **held) << gate(OPEN, **free) << because("budget", **held)


def test_the_meter_carries_the_scope():
    story = with_budget(project="~/work", model="Opus", **{"class": "interactive"})
    meter = wanted_meter(story)
    assert (meter.period, meter.project, meter.model, meter.class_) == (Period.DAY, "~/work", "Opus", "interactive")
    assert (meter.account, meter.since, meter.until) == (None, None, None)


def test_an_accounts_budget_names_the_account_where_there_are_several():
    budget = {**DAY, "account": "b"}
    story = Story(settings(accounts=("a", "b"), budgets=[budget]))
    story >> sample(account="a", session=0.1) >> sample(account="b", session=0.1) >> spent(nightly=1000)
    story << gate(OPEN, account="a") << gate(CLOSED, account="b")
    story = with_budget(account="default") >> spent(nightly=1000) << gate(CLOSED)
    assert hold(story)["applies_to"] == {}


def test_a_projects_hold_stands_apart_so_that_an_older_reader_does_not_take_it_for_everybodys():
    story = with_budget(**WORK) >> spent(nightly=1000)
    assert story.document["holds"] == []
    assert hold(story, "project_holds")["applies_to"] == {"project": "/home/me/work"}
    assert "project_holds" not in (with_budget(**WORK) >> spent(nightly=999)).document


def test_a_projects_hold_stays_when_somebody_pauses_and_unpauses_by_command():
    from ringfence.core import gating
    from ringfence.core.model import Latches

    story = with_budget(**WORK) >> spent(nightly=1000)
    story.change(Latches())
    assert gating.holds_in(story.document) == story.state.gate.holds
    assert gating.override_until_reset(story.document, story.now).until == EVENING


def test_money_counts_at_list_prices():
    story = Story(budgets=[{"name": "eur", "usd": 5, "per": "day"}]) >> sample(session=0.1)
    story >> spent(eur=10**9, usd=4.99) << gate(OPEN) >> spent(eur=10**9, usd=5.0) << gate(CLOSED)


def test_money_without_a_price_list_is_not_known_and_holds_nothing():
    story = Story(budgets=[{"name": "eur", "usd": 0.01, "per": "day"}]) >> sample(session=0.1)
    story >> spent(eur=10**9, usd=None) << gate(OPEN) << told()


def test_a_budget_for_an_alert_holds_nothing():
    story = with_budget(action="alert") >> spent(nightly=600) << told() >> spent(nightly=2000) << gate(OPEN)
    assert story.document["holds"] == []


def test_one_of_all_time_is_counted_and_never_enforced():
    story = with_budget(per="all") >> spent(nightly=10**6) << gate(OPEN)
    assert story.state.status.budgets[0].tokens == 10**6


# ---- its period


def test_a_new_day_is_counted_anew_at_once():
    story = with_budget() >> spent(nightly=1500) << gate(CLOSED) >> until(EVENING - 1)
    before = recounts(story)
    story >> later(1) << gate(OPEN)
    assert recounts(story) == before + 1
    story >> later(900) << gate(OPEN)
    assert recounts(story) == before + 1
    story >> spent(nightly=10) >> later(HOUR) << gate(OPEN) >> spent(nightly=1000) << gate(CLOSED)


def test_a_day_that_begins_used_up_holds_until_its_own_end():
    story = with_budget() >> spent(nightly=1000)
    story.now = EVENING + 10
    story.tell_tokens()
    assert hold(story)["until"] == EVENING + DAY_S
    assert hold(story)["since"] == EVENING + 10


def test_a_week_lasts_seven_days():
    story = with_budget(per="week") >> spent(nightly=1000)
    end = MIDNIGHT + 7 * DAY_S
    assert hold(story)["until"] == end
    story >> asleep(end - 1 - story.now) << gate(CLOSED) >> sample(session=0.1) >> later(1) << gate(OPEN)


def test_the_day_is_over_also_when_the_machine_slept_through_it():
    story = with_budget() >> spent(nightly=1500)
    before = recounts(story)
    story >> asleep(DAY_S) >> sample(session=0.1) << gate(OPEN)
    assert recounts(story) == before + 1


def test_a_clock_that_was_set_has_everything_counted_anew_and_believes_no_other_day():
    story = with_budget() >> spent(nightly=1500) << gate(CLOSED)
    before = len(story.measured)
    story >> clock_set(-DAY_S) << gate(OPEN)
    assert len(story.measured) > before
    story >> clock_set(DAY_S) << gate(CLOSED)


def test_a_session_is_the_accounts_window():
    story = with_budget(per="session")
    meter = wanted_meter(story)
    assert (meter.since, meter.until, meter.account) == (RESET - 5 * HOUR, RESET, "default")
    story >> spent(nightly=1000) << gate(CLOSED) >> later(1)
    story.answer = lambda s, account: sample(account=account, session=0.0, resets_at=None)(s)
    story >> until(RESET) << gate(OPEN) >> later(60)
    assert wanted_meter(story) is None


def test_a_reset_that_wanders_by_a_second_counts_nothing_anew():
    """FORMATS A2."""
    story = with_budget(per="session") >> spent(nightly=1000) << gate(CLOSED)
    before = wanted_meter(story)
    story >> sample(session=0.2, resets_at=RESET + 0.7, after=300) << gate(CLOSED)
    assert wanted_meter(story) == before


def test_the_next_session_is_another_one():
    story = with_budget(per="session") >> spent(nightly=1000) << gate(CLOSED)
    story >> sample(session=0.0, resets_at=RESET + 2 * HOUR, after=300) << gate(OPEN)
    assert wanted_meter(story).until == RESET + 2 * HOUR


# ---- evidence


def test_a_budget_that_was_reached_stays_reached_without_any_news():
    """Sums only grow within a period: the evidence lasts as long as it does."""
    story = with_budget() >> spent(nightly=1000) >> failing() >> until(EVENING - 1) << gate(CLOSED)
    story >> later(1) << gate(UNKNOWN)


def test_it_is_bound_to_the_lease_like_every_automatic_hold():
    story = with_budget() >> spent(nightly=1000)
    lease = story.document["lease_until"]
    assert gate_reader.evaluate(story.document, lease - 1).verdict == CLOSED
    assert gate_reader.evaluate(story.document, lease).verdict == UNKNOWN


def test_after_a_restart_it_is_held_before_anything_is_counted():
    with_budget() >> spent(nightly=1000) >> killed(60) << gate(CLOSED)
    story = with_budget() >> spent(nightly=1200) << told("gate_closed") >> killed(60) << gate(CLOSED)
    story >> spent(nightly=1300) << gate(CLOSED) << told()


def test_after_a_restart_on_another_day_it_is_not():
    with_budget() >> spent(nightly=1200) >> killed(DAY_S) << gate(OPEN)


def test_an_alert_budget_that_was_reached_holds_nothing_after_a_restart_either():
    story = with_budget(action="alert") >> spent(nightly=1200) << gate(OPEN)
    assert story.memory.reached == ()
    story >> killed(60) << gate(OPEN)


def test_a_budget_of_the_same_name_for_something_else_is_not_reached_by_the_old_count():
    story = with_budget() >> spent(nightly=1200) << gate(CLOSED)
    story >> change(budgets=[{**DAY, "model": "Opus"}]) << gate(OPEN, model="opus")


def test_more_is_granted_at_once():
    story = (
        with_budget() >> spent(nightly=1200) << gate(CLOSED) >> change(budgets=[{**DAY, "tokens": 2000}]) << gate(OPEN)
    )
    story >> change(budgets=[]) << gate(OPEN)
    assert wanted_meter(story) is None
    assert story.state.status.budgets == ()


def test_what_is_not_counted_yet_holds_nothing_and_is_drawn_as_unknown():
    story = with_budget() << gate(OPEN)
    assert story.state.status.budgets == ()


def test_a_run_that_goes_on_over_its_budget_does_not_have_the_gate_written_with_each_answer():
    story = with_budget() >> spent(nightly=1001)
    written = len(story.published)
    story >> spent(nightly=1002, after=1) >> spent(nightly=1009, after=1)
    assert len(story.published) == written
    story >> spent(nightly=1010, after=1)
    assert len(story.published) == written + 1
    assert hold(story)["utilization_pct"] == 101
    assert hold(story)["since"] == T0


def test_an_override_lifts_it_until_its_end():
    story = with_budget() >> spent(nightly=1000) >> overridden() << gate(OPEN)
    assert story.latches.override.until == EVENING


# ---- messages


def test_each_line_is_told_once_in_a_period_across_restarts():
    story = with_budget() >> spent(nightly=1) >> spent(nightly=500) << told("tier") >> spent(nightly=600) << told()
    story >> spent(nightly=960) << told("tier")
    assert (story.alerts[-1].window.label, story.alerts[-1].line) == ("Budget nightly", 0.95)
    story >> killed(1) >> spent(nightly=970) << told() >> spent(nightly=1000) << told("gate_closed")
    story >> until(EVENING) << told("gate_opened") >> spent(nightly=500) << told("tier")


def test_a_message_says_whole_percents_as_the_window_does_and_never_more_than_is_used():
    story = with_budget() >> spent(nightly=1) >> spent(nightly=803) << told("tier")
    assert (story.alerts[-1].window.used, story.state.view.budgets[0].used) == (0.80, 0.803)
    story = with_budget() >> spent(nightly=1) >> spent(nightly=998) << told("tier")
    assert story.alerts[-1].window.used == 0.99


def test_an_alert_budget_tells_when_it_is_reached_too():
    story = with_budget(action="alert") >> spent(nightly=1) >> spent(nightly=999) << told("tier")
    story >> spent(nightly=1000) << told("tier")
    assert story.alerts[-1].line == 1.0


def test_at_the_start_at_most_one_message_comes_and_only_for_what_stands_high():
    many = [{**DAY, "name": name} for name in ("a", "b", "c")]
    story = Story(budgets=many) >> sample(session=0.1) >> spent(a=850, b=960, c=700) << told("tier")
    assert story.alerts[-1].window.id == "budget:b"
    story >> spent(a=860) << told()
    (Story(budgets=many) >> sample(session=0.1) >> spent(a=700) << told())
    (Story(budgets=many) >> sample(session=0.1) >> spent(a=1000, b=1000, c=960) << told("gate_closed"))


def test_two_budgets_reached_together_close_with_one_message_and_open_with_one():
    many = [{**DAY, "name": name} for name in ("a", "b")]
    story = Story(budgets=many) >> answering(session=0.1) >> sample(session=0.1) >> spent(a=1) >> spent(a=1000, b=1000)
    story << told("gate_closed") >> until(EVENING) << told("gate_opened")


def test_a_budget_that_was_removed_and_made_anew_tells_anew():
    story = with_budget() >> spent(nightly=1) >> spent(nightly=500) << told("tier")
    story >> change() >> change(budgets=[DAY]) >> spent(nightly=500) << told("tier")


def test_messages_that_nobody_wants_do_not_come():
    story = Story(budgets=[DAY], notify={"tiers": False, "gate": False}) >> sample(session=0.1) >> spent(nightly=1)
    story >> spent(nightly=500) >> spent(nightly=1000) << told()


# ---- any order of things


@given(steps=st.lists(st.tuples(st.integers(0, 700), st.sampled_from([1.0, 300.0, 4000.0, 30000.0])), max_size=8))
@hypothesis_settings(max_examples=25, deadline=None)
def test_within_a_day_a_reached_budget_never_opens_and_in_the_next_it_does(steps):
    story = Story(budgets=[DAY]) >> answering(session=0.1) >> sample(session=0.1)
    total, day = 0, MIDNIGHT
    for tokens, seconds in steps:
        story >> later(seconds)
        today = MIDNIGHT + (story.now - MIDNIGHT) // DAY_S * DAY_S
        if today != day:
            assert story.ask().verdict == OPEN
            total, day = 0, today
        total += tokens
        story >> spent(nightly=total)
        assert story.ask().verdict == (CLOSED if total >= 1000 else OPEN)
        assert story.state.verdict == story.ask().verdict


# ---- the settings


def faults(*budgets, **more):
    return [(f.key, f.reason) for f in parse_settings({"budgets": list(budgets), **more})[1]]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"tokens": 0}, "tokens"),
        ({"tokens": -1}, "tokens"),
        ({"tokens": 1.5}, "tokens"),
        ({"tokens": True}, "tokens"),
        ({"tokens": "5"}, "tokens"),
        ({"tokens": 10**15 + 1}, "tokens"),
        ({"usd": 5}, "usd"),
        ({"per": "month"}, "per"),
        ({"per": "since"}, "per"),
        ({"per": ["day"]}, "per"),
        ({"per": None}, "per"),
        ({"action": "stop"}, "action"),
        ({"action": {}}, "action"),
        ({"per": "all", "action": "hold"}, "action"),
        ({"project": "work"}, "project"),
        ({"project": "../work"}, "project"),
        ({"project": ""}, "project"),
        ({"class": ""}, "class"),
        ({"class": "a\nb"}, "class"),
        ({"class": "c" * 61}, "class"),
        ({"class": 5}, "class"),
        ({"model": "claude"}, "model"),
        ({"model": ["Opus"]}, "model"),
        ({"account": "nobody"}, "account"),
        ({"acount": "default"}, "acount"),
    ],
)
def test_a_wrong_budget_is_refused_naming_the_key(wrong, key):
    [(found, reason)] = faults({**DAY, **wrong})
    assert found == f"budgets[0].{key}"
    assert reason


@pytest.mark.parametrize("usd", [0, -1, float("nan"), float("inf"), True, "5", 10**10])
def test_wrong_money_is_refused(usd):
    assert [key for key, _ in faults({"name": "a", "per": "day", "usd": usd})] == ["budgets[0].usd"]


def test_neither_tokens_nor_money_is_refused():
    assert [key for key, _ in faults({"name": "a", "per": "day"})] == ["budgets[0].tokens"]


def test_a_name_twice_is_refused_where_it_comes_again():
    assert [key for key, _ in faults(DAY, DAY)] == ["budgets[1].name"]


@pytest.mark.parametrize("raw", [5, "x", {"name": "a"}, [5]])
def test_what_is_no_list_of_tables_is_refused(raw):
    assert [f.key for f in parse_settings({"budgets": raw})[1]] == ["budgets"]


def test_more_than_a_hundred_are_refused():
    many = [{**DAY, "name": str(n)} for n in range(101)]
    assert faults(*many[:100]) == []
    assert [key for key, _ in faults(*many)] == ["budgets"]


def test_a_budget_may_stand_above_the_accounts_that_it_names():
    raw = {"budgets": [{**DAY, "account": "b"}], "accounts": [{"name": "a"}, {"name": "b"}]}
    made, wrong = parse_settings(raw)
    assert (made.budgets[0].account, wrong) == ("b", ())


def test_a_sessions_budget_is_the_first_accounts_when_it_names_none():
    made, _ = parse_settings({"accounts": [{"name": "a"}, {"name": "b"}], "budgets": [{**DAY, "per": "session"}]})
    assert made.budgets[0].account == "a"


def test_one_of_all_time_is_for_alerts_when_it_says_nothing():
    made, _ = parse_settings({"budgets": [{**DAY, "per": "all"}, {**DAY, "name": "b"}]})
    assert [b.action for b in made.budgets] == ["alert", "hold"]
    assert [b.enforced for b in made.budgets] == [False, True]
