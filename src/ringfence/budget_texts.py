"""What people read about budgets. Times are local; plain text."""

from __future__ import annotations

from datetime import tzinfo
from typing import assert_never

from ringfence import texts, token_texts
from ringfence.core.budget_view import BudgetState, BudgetView
from ringfence.core.budgets import cut
from ringfence.core.periods import Period
from ringfence.language import _, ngettext
from ringfence.words import joined, number_text

EXTRA = "ringfence[prices]"


def prices_step() -> str:
    """Return what helps where prices are missing."""
    return _("Install {extra}, or a newer one of it when a model is new.").format(extra=EXTRA)


def budget_text(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return a budget in one line, as a screen reader says it: name, number, tier, amount, end."""
    name = _("Budget {name}").format(name=texts.clean(budget.name, 60))
    tier = texts.tier_word(budget.tier) if budget.tier else ""
    return joined([f"{name} {used_text(budget)}", tier, budget_detail(budget, now, zone)])


def used_text(budget: BudgetView) -> str:
    """Return whole percents, cut off: a budget that is not reached is never said to be; `–` without a number."""
    return texts.percent_text(cut(budget.used))


def budget_line(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return the same short, for the window: `3.1M of 5M tokens today, resets at midnight · in /home/me/work`."""
    parts = [joined([_amounts(budget, short=True), _resets(budget, now, zone)]), scope_text(budget)]
    parts.append(_only_told(budget))
    return " · ".join(part for part in parts if part)


def budget_detail(budget: BudgetView, now: float, zone: tzinfo | None = None) -> str:
    """Return what stands below a budget's bar: `1 200 000 of 5 000 000 tokens today, resets at midnight · in ~/w`."""
    parts = [joined([_amounts(budget), _resets(budget, now, zone)]), scope_text(budget)]
    parts.append(_("holds new runs") if budget.holds else _only_told(budget))
    return " · ".join(part for part in parts if part)


def scope_text(budget: BudgetView) -> str:
    """Return what a budget is for, empty for everything."""
    scope = budget.scope
    owner = _("account {name}").format(name=texts.clean(scope.account)) if scope.account else ""
    folder = _("in {project}").format(project=texts.clean(scope.project)) if scope.project else ""
    return joined([owner, texts.clean(scope.model or ""), texts.clean(scope.class_ or ""), folder])


def unpriced_sentence(budget: BudgetView) -> str:
    """Return what a budget in money cannot do without prices; `prices_step` says what helps."""
    said = _("The cost of budget {name} is not known, so that it tells nothing.")
    if budget.enforced:
        said = _("The cost of budget {name} is not known, so that it holds nothing.")
    return said.format(name=texts.clean(budget.name, 60))


def _only_told(budget: BudgetView) -> str:
    """Return what is said of a budget that never holds a run: it has no end, or `action = "alert"`."""
    if budget.enforced:
        return ""
    return _("holds nothing") if budget.per is Period.ALL else _("only tells you")


def _resets(budget: BudgetView, now: float, zone: tzinfo | None) -> str:
    if budget.state is not BudgetState.LIVE or budget.until is None or budget.until <= now:
        return ""
    return texts.reset_text(budget.until, now, zone)


def _money(usd: float) -> str:
    whole, point, cents = f"{usd:,.2f}".partition(".")
    return whole.replace(",", "\u00a0") + number_text(f"{point}{cents}")


def _amounts(budget: BudgetView, *, short: bool = False) -> str:
    whole = _whole(budget, short=short)
    match budget.state:
        case BudgetState.LIVE:
            spent = _tokens(budget.tokens, short=short) if budget.amount_usd is None else _money(budget.cost_usd or 0.0)
            said = _per(budget.per, _("{used} of {limit}").format(used=spent, limit=whole))
            return said if budget.amount_usd is None else joined([said, _("at list prices")])
        case BudgetState.WAITING:
            return joined([_per(budget.per, whole), _("not counted yet")])
        case BudgetState.UNPRICED:
            unknown = _("cost not known (install {extra})").format(extra=EXTRA)
            return joined([_per(budget.per, whole), unknown])
        case BudgetState.NOT_STARTED:
            return joined([whole, _("no session runs")])
        case _:
            assert_never(budget.state)


def _whole(budget: BudgetView, *, short: bool) -> str:
    if budget.amount_usd is not None:
        return f"{_money(budget.amount_usd)} USD"
    count = budget.amount_tokens or 0
    return ngettext("{count} token", "{count} tokens", count).format(count=_tokens(count, short=short))


def _tokens(count: int | None, *, short: bool) -> str:
    return token_texts.amount_text(count or 0) if short else token_texts.grouped_text(count or 0)


def _per(period: Period, amount: str) -> str:
    match period:
        case Period.DAY:
            said = _("{amount} today")
        case Period.WEEK:
            said = _("{amount} this week")
        case Period.SESSION:
            said = _("{amount} this session")
        case Period.ALL | Period.SINCE:
            said = _("{amount} in all")
        case _:
            assert_never(period)
    return said.format(amount=amount)
