"""The windows, the gate and what runs, as `status --json` and the local API tell them (docs/commands.md)."""

from __future__ import annotations

from typing import Any

from ringfence import gate_reader
from ringfence.core.budget_view import BudgetState, BudgetView
from ringfence.core.gating import automatic_in, percent
from ringfence.core.model import (
    Failure,
    FailureKind,
    HeldLaunch,
    Launches,
    Money,
    Override,
    Pause,
    Scope,
    Tier,
    WindowState,
)
from ringfence.core.pace import PaceVerdict
from ringfence.core.periods import Period
from ringfence.core.ring import AccountState, AccountView, View, WindowView
from ringfence.core.route_memory import Detour
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import Run
from ringfence.documents.base import FORMAT, Document, second


class MoneyDocument(Document, frozen=True):
    """Amounts of a spend meter, in minor units (cents)."""

    used_minor: int | None
    limit_minor: int | None
    currency: str | None
    exponent: int


class WindowDocument(Document, frozen=True):
    """One limit with its own reset."""

    id: str
    label: str
    used_pct: float | None
    """0-100 and more; null where there is no number: absence is never 0 %."""
    resets_at: int | None
    observed_at: int | None
    source: str
    tier: Tier | None
    pace: PaceVerdict | None
    state: WindowState
    threshold_pct: float | None
    holds: bool
    doubted: bool
    model: str | None
    money: MoneyDocument | None
    estimated_pct: float | None
    estimated_low_pct: float | None
    estimated_high_pct: float | None
    full_at: int | None
    threshold_at: int | None


class FailureDocument(Document, frozen=True):
    """Why the newest reading failed."""

    kind: FailureKind
    since: int | None
    detail: str


class AccountDocument(Document, frozen=True):
    """One account's readings."""

    name: str
    state: AccountState
    windows: list[WindowDocument]
    plan: str | None
    observed_at: int | None
    failure: FailureDocument | None
    next_poll_at: int | None
    next_poll_why: str | None
    requests_last_hour: int
    request_budget: int
    same_as: str | None
    """The account before it that is the same subscription."""
    metered_every_s: int | None
    """How often it is read while the connection is metered; null: as often as chosen."""
    skew_s: int | None


class PauseDocument(Document, frozen=True):
    """A person's pause."""

    since: int | None
    until: int | None
    applies_to: dict[str, str]
    why: str | None


class OverrideDocument(Document, frozen=True):
    """A person's override."""

    since: int | None
    until: int | None


class GateDocument(Document, frozen=True):
    """What holds the gate, for a launch that names nothing."""

    valid_until: int | None
    why: str
    refusal: dict[str, Any] | None
    pauses: list[PauseDocument]
    holds: list[dict[str, Any]]
    override: OverrideDocument | None


class DetourDocument(Document, frozen=True):
    """A class that runs elsewhere than at the first place of its chain."""

    class_: str
    home: str
    at: str | None
    since: int | None
    cause: str
    why: str


class HeldLaunchDocument(Document, frozen=True):
    """A launch that the gate held."""

    id: int
    asked_at: int | None
    command: str
    class_: str | None
    account: str | None
    model: str | None
    reason: str
    pid: int | None


class LaunchesDocument(Document, frozen=True):
    """The launches that the gate held: those that wait, and what became of today's."""

    waiting: list[HeldLaunchDocument]
    refused_today: int
    released_today: int
    by_reason: dict[str, int]


class BudgetDocument(Document, frozen=True):
    """One budget."""

    name: str
    used_pct: float | None
    tier: Tier | None
    state: BudgetState
    per: Period
    since: int | None
    until: int | None
    tokens: int | None
    cost_usd: float | None
    amount_tokens: int | None
    amount_usd: float | None
    applies_to: dict[str, str]
    enforced: bool
    holds: bool


class FiveTokens(Document, frozen=True):
    """Tokens by kind, and how many responses they are of."""

    input: int
    cache_creation: int
    cache_read: int
    output: int
    responses: int


class RunDocument(Document, frozen=True):
    """A session that answered within the last minutes."""

    session: str
    account: str
    project: str
    model: str
    tokens: FiveTokens
    burn_per_min: int
    started_at: int | None
    last_at: int | None
    subagents: int
    class_: str | None


class ScanDocument(Document, frozen=True):
    """How far the first reading of the transcripts has come."""

    done_bytes: int
    total_bytes: int
    files: int


class StatusDocument(Document, frozen=True):
    """Everything that `ringfence status` shows."""

    format: int
    verdict: str
    accounts: list[AccountDocument]
    gate: GateDocument
    failover: list[DetourDocument]
    launches: LaunchesDocument
    budgets: list[BudgetDocument]
    runs: list[RunDocument]
    scan: ScanDocument | None
    monitor_runs: bool
    trouble: str | None


def status_document(
    view: View, answer: gate_reader.Answer, *, monitor_runs: bool, trouble: str | None
) -> StatusDocument:
    """Return everything; times are whole epoch seconds, percentages 0-100 and more."""
    return StatusDocument(
        format=FORMAT,
        verdict=view.verdict,
        accounts=[account_document(a) for a in view.accounts],
        gate=gate_document(view, answer),
        failover=[_detour(d) for d in view.detours],
        launches=launches_document(view.launches),
        budgets=[budget_document(budget) for budget in view.budgets],
        runs=[_run(run) for run in view.runs],
        scan=scan_document(view.scan),
        monitor_runs=monitor_runs,
        trouble=trouble,
    )


def account_document(account: AccountView) -> AccountDocument:
    """Return one account's readings."""
    return AccountDocument(
        name=account.name,
        state=account.state,
        windows=[window_document(w) for w in account.windows],
        plan=account.plan,
        observed_at=second(account.observed_at),
        failure=failure_document(account.failure),
        next_poll_at=second(account.next_poll_at),
        next_poll_why=account.next_poll_why or None,
        requests_last_hour=account.requests_last_hour,
        request_budget=account.request_budget,
        same_as=account.same_as,
        metered_every_s=second(account.metered_every_s),
        skew_s=second(account.skew_s),
    )


def window_document(window: WindowView) -> WindowDocument:
    """Return one window."""
    # A window that has not started has no number: absence is never 0 % (DESIGN 2.1).
    number = window.used if window.state in {WindowState.LIVE, WindowState.ELAPSED} else None
    estimate, forecast = window.estimate, window.forecast
    return WindowDocument(
        id=window.id,
        label=window.label,
        used_pct=None if number is None else percent(number),
        resets_at=second(window.resets_at),
        observed_at=second(window.observed_at),
        source=window.source,
        tier=window.tier,
        pace=window.pace.verdict if window.pace else None,
        state=window.state,
        threshold_pct=window.threshold_pct,
        holds=window.holds,
        doubted=window.doubted,
        model=window.model,
        money=_money(window.money),
        estimated_pct=None if estimate is None else percent(estimate.used),
        estimated_low_pct=None if estimate is None else percent(estimate.low),
        estimated_high_pct=None if estimate is None else percent(estimate.high),
        full_at=second(forecast.full_at) if forecast else None,
        threshold_at=second(forecast.threshold_at) if forecast else None,
    )


def gate_document(view: View, answer: gate_reader.Answer) -> GateDocument:
    """Return what holds the gate."""
    return GateDocument(
        valid_until=second(answer.valid_until),
        why=answer.why,
        refusal=answer.refusal,
        pauses=[pause_document(p) for p in view.pauses],
        holds=automatic_in(answer.document) if answer.document else [],
        override=override_document(view.override),
    )


def launches_document(launches: Launches) -> LaunchesDocument:
    """Return the held launches."""
    return LaunchesDocument(
        waiting=[held_launch_document(launch) for launch in launches.waiting],
        refused_today=launches.refused_today,
        released_today=launches.released_today,
        by_reason=dict(launches.by_reason),
    )


def held_launch_document(launch: HeldLaunch) -> HeldLaunchDocument:
    """Return one held launch."""
    return HeldLaunchDocument(
        id=launch.id,
        asked_at=second(launch.asked_at),
        command=launch.command,
        class_=launch.class_,
        account=launch.account,
        model=launch.model,
        reason=launch.reason,
        pid=launch.pid,
    )


def scan_document(scan: ScanProgress | None) -> ScanDocument | None:
    """Return how far the first reading of the transcripts has come."""
    if scan is None:
        return None
    return ScanDocument(done_bytes=scan.done_bytes, total_bytes=scan.total_bytes, files=scan.files)


def _detour(detour: Detour) -> DetourDocument:
    return DetourDocument(
        class_=detour.class_,
        home=detour.home,
        at=detour.at,
        since=second(detour.since),
        cause=detour.cause,
        why=detour.why,
    )


def budget_document(budget: BudgetView) -> BudgetDocument:
    """Return one budget."""
    return BudgetDocument(
        name=budget.name,
        # Cut off: one that is not reached is not said to be, as in `budget_texts.used_text`.
        used_pct=None if budget.used is None else percent(int(budget.used * 1000 + 1e-9) / 1000),
        tier=budget.tier,
        state=budget.state,
        per=budget.per,
        since=second(budget.since),
        until=second(budget.until),
        tokens=budget.tokens,
        cost_usd=None if budget.cost_usd is None else round(budget.cost_usd, 6),
        amount_tokens=budget.amount_tokens,
        amount_usd=budget.amount_usd,
        applies_to=_scope(budget.scope),
        enforced=budget.enforced,
        holds=budget.holds,
    )


def _run(run: Run) -> RunDocument:
    return RunDocument(
        session=run.session,
        account=run.account,
        project=run.project,
        model=run.model,
        tokens=_tokens(run.tokens),
        burn_per_min=round(run.burn_per_min),
        started_at=second(run.started_at),
        last_at=second(run.last_at),
        subagents=run.subagents,
        class_=run.class_,
    )


def _tokens(tokens: Tokens) -> FiveTokens:
    return FiveTokens(
        input=tokens.input,
        cache_creation=tokens.cache_creation,
        cache_read=tokens.cache_read,
        output=tokens.output,
        responses=tokens.responses,
    )


def failure_document(failure: Failure | None) -> FailureDocument | None:
    """Return why the newest reading failed; None when it did not."""
    if failure is None:
        return None
    return FailureDocument(kind=failure.kind, since=second(failure.since), detail=failure.detail)


def pause_document(pause: Pause) -> PauseDocument:
    """Return a person's pause."""
    return PauseDocument(
        since=second(pause.since), until=second(pause.until), applies_to=_scope(pause.scope), why=pause.why
    )


def _scope(scope: Scope) -> dict[str, str]:
    named = {"account": scope.account, "model": scope.model, "class": scope.class_, "project": scope.project}
    return {key: value for key, value in named.items() if value is not None}


def override_document(override: Override | None) -> OverrideDocument | None:
    """Return a person's override; None when there is none."""
    return None if override is None else OverrideDocument(since=second(override.since), until=second(override.until))


def _money(money: Money | None) -> MoneyDocument | None:
    if money is None:
        return None
    return MoneyDocument(
        used_minor=money.used_minor,
        limit_minor=money.limit_minor,
        currency=money.currency,
        exponent=money.exponent,
    )
