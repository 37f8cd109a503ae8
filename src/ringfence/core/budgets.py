"""Budgets: what has to be counted for them, how far each is used, and the holds of those that are reached.

The sums come from transcripts on this machine. Within a period they only grow, so that a budget that was reached stays
reached until the period ends, whether or not anybody reads the transcripts again: that is how long the evidence counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ringfence.core.meters import Count, Meter, Reading
from ringfence.core.model import Gate, Hold, Sample, Scope, Window
from ringfence.core.periods import Period
from ringfence.sentence import Sentence

if TYPE_CHECKING:
    from ringfence.core.budget_settings import Budget

PREFIX = "budget:"
SESSION_ROUND_S = 10.0
"""The endpoint's reset wanders by up to a second around the minute (FORMATS A2), and another meter counts anew."""


def window_id(budget: Budget) -> str:
    """Return what a budget is called where windows have ids."""
    return f"{PREFIX}{budget.name}"


def meter_of(budget: Budget, sample: Sample | None) -> Meter | None:
    """Return what to count for a budget; None while the account's session has not started or is not known.

    `sample` is the last reading of the budget's account.
    """
    since, until = None, None
    if budget.per is Period.SESSION:
        session = sample.window("session") if sample else None
        if session is None or session.resets_at is None or session.duration_s is None:
            return None
        until = round(session.resets_at / SESSION_ROUND_S) * SESSION_ROUND_S
        since = until - session.duration_s
    return Meter(
        id=window_id(budget), period=budget.per, since=since, until=until, account=budget.account,
        project=budget.project, class_=budget.class_, model=budget.model, priced=budget.usd is not None,
    )  # fmt: skip


def meters(budgets: Iterable[Budget], samples: Mapping[str, Sample | None]) -> tuple[Meter, ...]:
    """Return what to count for all budgets; `samples` are the last readings by account."""
    made = (meter_of(budget, samples.get(budget.account or "")) for budget in budgets)
    return tuple(meter for meter in made if meter is not None)


def counted(before: Iterable[Count], readings: Iterable[Reading], at: float) -> tuple[Count, ...]:
    """Return the counts of the budgets with what was counted at a moment."""
    known = {count.meter.id: count for count in before}
    for reading in readings:
        if reading.meter.id.startswith(PREFIX):
            known[reading.meter.id] = Count(
                meter=reading.meter, at=at, since=reading.since, until=reading.until, tokens=reading.tokens.total,
                cost_usd=reading.cost_usd,
            )  # fmt: skip
    return tuple(known.values())


def count_of(budget: Budget, counts: Iterable[Count], sample: Sample | None, now: float) -> Count | None:
    """Return what was counted for a budget in the period of now; None while nobody has counted it."""
    meter = meter_of(budget, sample)
    return next((c for c in counts if c.meter == meter and c.covers(now)), None)


def used_of(budget: Budget, count: Count | None) -> float | None:
    """Return how much of a budget is used, as a fraction; None while that is not known: money needs a price list."""
    if count is None:
        return None
    if budget.usd is None:
        return count.tokens / (budget.tokens or 1)
    return None if count.cost_usd is None else count.cost_usd / budget.usd


def reached(budgets: Iterable[Budget], counts: Iterable[Count]) -> tuple[Count, ...]:
    """Return the counts at which an enforced budget is reached."""
    named = {window_id(b): b for b in budgets if b.enforced}
    found = ((count, named.get(count.meter.id)) for count in counts)
    return tuple(count for count, budget in found if budget and (used_of(budget, count) or 0.0) >= 1)


def holds(
    budgets: Iterable[Budget], counts: tuple[Count, ...], samples: Mapping[str, Sample | None], *,
    several: bool, now: float, before: Gate | None,
) -> Iterator[Hold]:  # fmt: skip
    """Yield a hold for each enforced budget that is reached; at it counts as reached.

    Args:
        budgets: those of the settings.
        counts: what was counted last.
        samples: the last readings by account, for where a session begins.
        several: whether there are several accounts, so that a scope has to name its own.
        now: epoch seconds.
        before: the gate decided last: a hold that goes on keeps its `since`, and its figures until they differ.
    """
    last = {h.window: h for h in before.holds if h.kind == "budget"} if before else {}
    for budget in budgets:
        count = count_of(budget, counts, samples.get(budget.account or ""), now) if budget.enforced else None
        used = used_of(budget, count)
        if count is None or count.until is None or used is None or used < 1:
            continue
        made = _hold(budget, count, count.until, used, account=budget.account if several else None)
        was = last.get(made.window)
        if was is None or (was.scope, was.until) != (made.scope, made.until):
            yield made
        elif was.used == made.used:
            yield was  # as published: a run that goes on would have the gate written with each of its answers
        else:
            yield _hold(budget, count, count.until, used, account=made.scope.account, since=was.since)


def as_window(budget: Budget, count: Count) -> Window:
    """Return a budget as alerts speak of it: a window of its own."""
    return Window(
        id=window_id(budget), label=Sentence("Budget {name}", name=budget.name), used=cut(used_of(budget, count)),
        resets_at=count.until,
    )  # fmt: skip


def cut(used: float | None) -> float | None:
    """Return what people are told of how far a budget is used: whole percents, so that 99.9 % is not reached."""
    return None if used is None else int(used * 100 + 1e-9) / 100


def _hold(
    budget: Budget, count: Count, until: float, used: float, *, account: str | None, since: float | None = None
) -> Hold:
    return Hold(
        kind="budget",
        reason="budget",
        window=window_id(budget),
        scope=Scope(account=account, model=budget.model, class_=budget.class_, project=budget.project),
        also_unnamed=False,
        since=count.at if since is None else since,
        until=until,
        used=cut(used),
        threshold_pct=100.0,
        observed_at=count.at,
        evidence_until=float(int(until)),
    )
