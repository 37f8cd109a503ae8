"""What people read about budgets. Times are local; plain text."""

from __future__ import annotations

from datetime import tzinfo
from typing import assert_never

from ringfence import texts, token_texts
from ringfence.core.budget_view import BudgetState, BudgetView
from ringfence.core.meters import Period

EXTRA = "ringfence[prices]"
PRICES_STEP = f"Install {EXTRA}, or a newer one of it when a model is new."
_PER = {Period.DAY: "today", Period.WEEK: "this week", Period.SESSION: "this session", Period.ALL: "in all"}


def budget_text(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return a budget in one line, as a screen reader says it: name, number, tier, amount, end."""
    tier = f", {texts.tier_word(budget.tier)}" if budget.tier else ""
    name = f"Budget {texts.clean(budget.name, 60)} {used_text(budget)}{tier}"
    return f"{name}, {budget_detail(budget, now, zone)}"


def used_text(budget: BudgetView) -> str:
    """Return whole percents, cut off: a budget that is not reached is never said to be; `–` without a number."""
    return texts.percent_text(None if budget.used is None else int(budget.used * 100 + 1e-9) / 100)


def budget_line(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return the same short, for the window: `3.1M of 5M tokens today, resets at midnight · in /home/me/work`."""
    parts = [_amounts(budget, short=True) + _resets(budget, now, zone), scope_text(budget)]
    parts.append(_only_told(budget))
    return " · ".join(part for part in parts if part)


def budget_detail(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return what stands below a budget's bar: `1 200 000 of 5 000 000 tokens today, resets at midnight · in ~/w`."""
    parts = [_amounts(budget) + _resets(budget, now, zone), scope_text(budget)]
    parts.append("holds new runs" if budget.holds else _only_told(budget))
    return " · ".join(part for part in parts if part)


def scope_text(budget: BudgetView) -> str:
    """Return what a budget is for, empty for everything."""
    scope = budget.scope
    owner = f"account {texts.clean(scope.account)}" if scope.account else ""
    told = [owner, texts.clean(scope.model or ""), texts.clean(scope.class_ or "")]
    folder = f"in {texts.clean(scope.project)}" if scope.project else ""
    return ", ".join(each for each in (*told, folder) if each)


def unpriced_sentence(budget: BudgetView) -> str:
    """Return what a budget in money cannot do without prices; `PRICES_STEP` says what helps."""
    cannot = "holds" if budget.enforced else "tells"
    return f"The cost of budget {texts.clean(budget.name, 60)} is not known, so that it {cannot} nothing."


def _only_told(budget: BudgetView) -> str:
    """Return what is said of a budget that never holds a run: it has no end, or `action = "alert"`."""
    if budget.enforced:
        return ""
    return "holds nothing" if budget.per is Period.ALL else "only tells you"


def _resets(budget: BudgetView, now: float, zone: tzinfo | None) -> str:
    if budget.state is not BudgetState.LIVE or budget.until is None or budget.until <= now:
        return ""
    return f", {texts.reset_text(budget.until, now, zone)}"


def _money(usd: float) -> str:
    return f"{usd:,.2f}".replace(",", "\u00a0")


def _amounts(budget: BudgetView, *, short: bool = False) -> str:
    per = _PER[budget.per]

    def tokens(count: int | None) -> str:
        return token_texts.amount_text(count or 0) if short else token_texts.grouped_text(count or 0)

    whole = (
        f"{tokens(budget.amount_tokens)} tokens" if budget.amount_usd is None else f"{_money(budget.amount_usd)} USD"
    )
    match budget.state:
        case BudgetState.LIVE:
            spent = tokens(budget.tokens) if budget.amount_usd is None else _money(budget.cost_usd or 0.0)
            return f"{spent} of {whole} {per}" + ("" if budget.amount_usd is None else ", at list prices")
        case BudgetState.WAITING:
            return f"{whole} {per}, not counted yet"
        case BudgetState.UNPRICED:
            return f"{whole} {per}, cost not known (install {EXTRA})"
        case BudgetState.NOT_STARTED:
            return f"{whole}, no session runs"
        case _:
            assert_never(budget.state)
