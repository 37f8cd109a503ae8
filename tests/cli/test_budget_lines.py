"""Budgets in `ringfence status`."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from cli.world import NOW, account, window
from ringfence import budget_texts
from ringfence.core.budget_settings import Action, Budget
from ringfence.core.budget_view import BudgetState, budget_views
from ringfence.core.budgets import meter_of
from ringfence.core.meters import Count
from ringfence.core.model import Hold, Sample, Scope
from ringfence.core.periods import Period

SETTINGS = """
[[budgets]]
name = "api"
tokens = 5_000_000
per = "day"
project = "/home/me/api"
[[budgets]]
name = "money"
usd = 20
per = "week"
action = "alert"
[[budgets]]
name = "later"
tokens = 10
per = "all"
"""
DAY = Budget(name="api", tokens=5_000_000, per=Period.DAY, project="/home/me/api")
MONEY = Budget(name="money", usd=20, per=Period.WEEK)
SESSION = Budget(name="s", tokens=100, per=Period.SESSION, account="default")


def count(budget: Budget, tokens: int = 0, usd: float | None = None, until: float | None = NOW + 3600.0) -> Count:
    meter = meter_of(budget, None)
    assert meter is not None
    return Count(meter=meter, at=NOW, since=NOW - 100, until=until, tokens=tokens, cost_usd=usd)


def viewed(budget: Budget, *counts: Count, sample: Sample | None = None, holds: tuple[Hold, ...] = ()):
    [view] = budget_views([budget], counts, {"default": sample}, holds, NOW)
    return view


@pytest.mark.usefixtures("clock", "running")
def test_status_draws_a_bar_and_the_amounts_of_each(cli, furnish) -> None:
    money = Budget(name="money", usd=20, per=Period.WEEK)
    furnish(account(window("session", 0.5)), settings=SETTINGS, budgets=(count(DAY, 4_250_000), count(money, 9)))
    out = cli("status").out
    assert "Budgets\n" in out
    assert " 85 %  high\n" in out
    assert "4\u00a0250\u00a0000 of 5\u00a0000\u00a0000 tokens today, resets " in out
    assert "in /home/me/api" in out
    assert "20.00 USD this week, cost not known (install ringfence[prices])" in out
    assert "10 tokens in all, not counted yet · holds nothing" in out
    assert "(install ringfence[prices]) · only tells you" in " ".join(out.split())


@pytest.mark.usefixtures("clock", "running")
def test_one_that_is_almost_reached_is_not_said_to_be_in_either_face(cli, furnish) -> None:
    furnish(account(window("session", 0.5)), settings=SETTINGS, budgets=(count(DAY, 4_999_999),))
    assert " 99 %  critical\n" in cli("status").out
    assert json.loads(cli("status", "--json").out)["budgets"][0]["used_pct"] == 99.9


@pytest.mark.usefixtures("clock")
def test_a_reading_without_a_monitor_keeps_what_was_counted(cli, furnish) -> None:
    furnish(account(window("session", 0.5)), settings=SETTINGS, budgets=(count(DAY, 4_250_000),))
    for _ in range(2):
        assert "4\u00a0250\u00a0000 of 5\u00a0000\u00a0000 tokens today" in cli("status").out


@pytest.mark.usefixtures("clock", "running")
def test_without_budgets_status_says_nothing_of_them(cli, furnish) -> None:
    furnish(account(window("session", 0.5)))
    assert "udget" not in cli("status").out.replace("request_budget", "")


def test_a_budget_is_live_with_its_tier() -> None:
    view = viewed(DAY, count(DAY, 4_000_000))
    assert (view.used, view.tier, view.state, view.holds, view.enforced) == (0.8, "high", "live", False, True)


@pytest.mark.parametrize("counts", [(), (count(DAY, 10, until=NOW),), (count(MONEY, 10),)])
def test_what_was_not_counted_in_this_period_is_no_number(counts) -> None:
    view = viewed(DAY, *counts)
    assert (view.used, view.tier, view.state, view.tokens) == (None, None, BudgetState.WAITING, None)


def test_money_without_prices_is_no_number_though_its_tokens_are_known() -> None:
    view = viewed(MONEY, count(MONEY, 10))
    assert (view.used, view.state, view.tokens) == (None, BudgetState.UNPRICED, 10)
    assert budget_texts.unpriced_sentence(view) == "The cost of budget money is not known, so that it holds nothing."


@pytest.mark.usefixtures("clock")
def test_doctor_names_each_budget_whose_cost_nobody_can_say_with_what_helps(cli, furnish) -> None:
    money = Budget(name="money", usd=20, per=Period.WEEK, action=Action.ALERT)
    furnish(account(window("session", 0.5)), settings=SETTINGS, budgets=(count(DAY, 4_250_000), count(money, 9)))
    told = {check["found"]: check for check in json.loads(cli("doctor", "--json").out)["checks"]}
    found = told["The cost of budget money is not known, so that it tells nothing."]
    assert (found["health"], "ringfence[prices]" in found["next_step"]) == ("warn", True)
    furnish(
        account(window("session", 0.5)), settings=SETTINGS, budgets=(count(DAY, 4_250_000), count(money, 9, usd=1.0))
    )
    assert "The cost of" not in cli("doctor").out


def test_a_session_that_does_not_run_has_not_started() -> None:
    seen = account(window("session", 0.0, resets_at=None)).sample
    assert viewed(SESSION, sample=seen).state is BudgetState.NOT_STARTED
    assert viewed(SESSION, sample=None).state is BudgetState.WAITING
    assert viewed(SESSION, sample=account(window("session", 0.5)).sample).state is BudgetState.WAITING


def test_a_reached_one_says_that_it_holds() -> None:
    hold = Hold(
        kind="budget", reason="budget", window="budget:api", scope=Scope(project="/home/me/api"), also_unnamed=False,
        since=NOW, until=NOW + 3600, used=1.0, threshold_pct=100, observed_at=NOW, evidence_until=NOW + 3600,
    )  # fmt: skip
    view = viewed(DAY, count(DAY, 5_000_000), holds=(hold,))
    assert view.holds
    text = budget_texts.budget_text(view, NOW, UTC)
    assert text.startswith(
        "Budget api 100 %, critical, 5\u00a0000\u00a0000 of 5\u00a0000\u00a0000 tokens today, resets "
    )
    assert text.endswith(" · in /home/me/api · holds new runs")


def test_a_scope_is_said_in_words() -> None:
    view = viewed(SESSION)
    assert budget_texts.budget_detail(view, NOW, UTC) == "100 tokens this session, not counted yet · account default"


def test_money_says_at_which_prices() -> None:
    view = viewed(MONEY, count(MONEY, 10, usd=5.5))
    assert "5.50 of 20.00 USD this week, at list prices" in budget_texts.budget_text(view, NOW, UTC)
