"""Budgets as they are drawn: how far each is used, or why nobody can say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ringfence.core import budgets
from ringfence.core.meters import Count
from ringfence.core.model import Hold, Sample, Scope, Tier, tier_of
from ringfence.core.periods import Period

if TYPE_CHECKING:
    from ringfence.core.budget_settings import Budget


class BudgetState(StrEnum):
    """What a budget's number is worth."""

    LIVE = "live"
    WAITING = "waiting"
    """Nothing was counted in its period yet: no monitor read the transcripts, or they are being read."""
    UNPRICED = "unpriced"
    """It is in money, and there is no price list, or that one lacks a model."""
    NOT_STARTED = "not_started"
    """A session's, and no session runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """One budget as it is drawn."""

    name: str
    used: float | None
    """Fraction of the amount, may exceed 1; None unless it is live."""
    tier: Tier | None
    state: BudgetState
    tokens: int | None
    """What was counted in its period; None: not counted."""
    cost_usd: float | None
    amount_tokens: int | None
    amount_usd: float | None
    """Exactly one of the two is set."""
    per: Period
    since: float | None
    until: float | None
    scope: Scope
    """The whole of it, also where the hold need not name the account."""
    enforced: bool
    """Whether reaching it holds new runs."""
    holds: bool
    """Whether it holds runs now, or would without the person's override."""


def budget_views(
    known: Iterable[Budget], counts: tuple[Count, ...], samples: Mapping[str, Sample | None], holds: Iterable[Hold],
    now: float,
) -> tuple[BudgetView, ...]:  # fmt: skip
    """Return the budgets of the settings in their order.

    Args:
        known: the budgets.
        counts: what was counted last.
        samples: the last readings by account.
        holds: the automatic holds in the gate.
        now: epoch seconds.
    """
    binding = {hold.window for hold in holds if hold.kind == "budget"}
    return tuple(_view(b, counts, samples.get(b.account or ""), budgets.window_id(b) in binding, now) for b in known)


def _view(budget: Budget, counts: tuple[Count, ...], sample: Sample | None, binds: bool, now: float) -> BudgetView:
    count = budgets.count_of(budget, counts, sample, now)
    used = budgets.used_of(budget, count)
    return BudgetView(
        name=budget.name,
        used=used,
        tier=None if used is None else tier_of(used),
        state=_state(budget, count, used, sample, now),
        tokens=count.tokens if count else None,
        cost_usd=count.cost_usd if count else None,
        amount_tokens=budget.tokens,
        amount_usd=budget.usd,
        per=budget.per,
        since=count.since if count else None,
        until=count.until if count else None,
        scope=Scope(account=budget.account, model=budget.model, class_=budget.class_, project=budget.project),
        enforced=budget.enforced,
        holds=binds,
    )


def _state(budget: Budget, count: Count | None, used: float | None, sample: Sample | None, now: float) -> BudgetState:
    if used is not None:
        return BudgetState.LIVE
    if count is not None:
        return BudgetState.UNPRICED
    if budget.per is Period.SESSION and sample is not None:
        meter = budgets.meter_of(budget, sample)
        if meter is None or (meter.until is not None and meter.until <= now):
            return BudgetState.NOT_STARTED
    return BudgetState.WAITING
