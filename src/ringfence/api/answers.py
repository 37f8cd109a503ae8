"""What the API answers: types, made from the monitor's view. Windows and runs are those of `status` and `tokens`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ringfence import gate_reader
from ringfence.core.budget_view import BudgetView
from ringfence.core.gating import automatic_in, latches_in, pauses_now
from ringfence.core.model import Launches
from ringfence.core.ring import AccountState, AccountView, View
from ringfence.core.settings import Settings
from ringfence.core.state import State
from ringfence.documents.base import FORMAT, Document, second
from ringfence.documents.status import (
    BudgetDocument,
    FailureDocument,
    HeldLaunchDocument,
    OverrideDocument,
    PauseDocument,
    WindowDocument,
    budget_document,
    failure_document,
    launches_document,
    override_document,
    pause_document,
    window_document,
)
from ringfence.save_effects import Effect
from ringfence.version import __version__


class Problem(Document, frozen=True):
    """Why a request was refused."""

    error: str
    """A code for programs."""
    detail: str
    """A sentence for a person."""
    key: str | None = None
    """The key of the body or of the query that it is about."""


class Refusal(Document, frozen=True):
    """Why a launch may not start: what `ringfence run` and the gate file say too."""

    error: str
    reason: str
    utilization_pct: float | None
    threshold_pct: float | None
    resets_at: str | None
    """RFC 3339, UTC."""


class ThresholdsDocument(Document, frozen=True):
    """Where the gate closes; null: off."""

    session_pct: float | None
    week_pct: float | None
    models: dict[str, float]


class AccountUsage(Document, frozen=True):
    """One account: its windows, its thresholds, and whether a launch that names it is held now."""

    name: str
    state: AccountState
    usage: list[WindowDocument]
    thresholds: ThresholdsDocument
    paused: bool
    reason: str | None
    """`session_threshold`, `manual_pause`, ...; null unless it is held."""
    resets_at: int | None
    """When the hold that binds ends, or its window resets; null: open-ended or not held."""
    verdict: str
    plan: str | None
    observed_at: int | None
    failure: FailureDocument | None


class UsageDocument(Document, frozen=True):
    """Every account's windows at a moment."""

    format: int
    at: int
    verdict: str
    """For a launch that names nothing."""
    accounts: list[AccountUsage]


class EffectDocument(Document, frozen=True):
    """A hold that new thresholds bring at once."""

    key: str
    sentence: str
    for_all: bool


class ThresholdsAnswer(Document, frozen=True):
    """The thresholds in force, and what a change holds at once."""

    format: int
    thresholds: ThresholdsDocument
    pauses_at_once: bool
    """True when the change closes an open gate at once."""
    effects: list[EffectDocument]


class GateAnswer(Document, frozen=True):
    """What the gate says to a launch."""

    format: int
    verdict: str
    why: str
    valid_until: int | None
    refusal: Refusal | None
    pauses: list[PauseDocument]
    holds: list[dict[str, Any]]
    """Automatic holds as they stand in the gate file."""
    override: OverrideDocument | None


class LaunchAnswer(Document, frozen=True):
    """The launch may start."""

    verdict: str
    """`open`; `unknown` when nobody can tell and that counts as open."""
    why: str
    valid_until: int | None


class LaunchesAnswer(Document, frozen=True):
    """The launches that the gate held: those that wait, and what became of today's."""

    format: int
    waiting: list[HeldLaunchDocument]
    refused_today: int
    released_today: int
    by_reason: dict[str, int]


class BudgetsAnswer(Document, frozen=True):
    """The budgets of the settings, in their order."""

    format: int
    at: int
    budgets: list[BudgetDocument]


class AccountHealth(Document, frozen=True):
    """How an account's readings stand."""

    name: str
    state: AccountState
    observed_at: int | None


class HealthDocument(Document, frozen=True):
    """How the monitor does."""

    format: int
    status: str
    """`ok`; `degraded` when an account is not read, or a file cannot be used."""
    version: str
    started_at: int
    verdict: str
    accounts: list[AccountHealth]
    trouble: str | None
    event_clients: int
    dropped_clients: int


class ThresholdCrossed(Document, frozen=True):
    """A window reached its threshold, or is below it again."""

    account: str
    window: str
    label: str
    direction: str
    """`up`: reached; `down`: below it again."""
    used_pct: float | None
    threshold_pct: float
    resets_at: int | None


class LaunchRefused(Document, frozen=True):
    """Launches were refused since the last frame of this kind."""

    at: int
    count: int
    refusal: Refusal | None
    """Of the last one that asked the API; null for those that `ringfence run` refused."""
    account: str | None
    model: str | None
    class_: str | None


def usage_document(view: View, settings: Settings, gate: gate_reader.Answer, now: float) -> UsageDocument:
    """Return every account's windows."""
    accounts = [_account(a, settings, gate.document, now) for a in view.accounts]
    return UsageDocument(format=FORMAT, at=round(now), verdict=gate.verdict, accounts=accounts)


def _account(
    account: AccountView, settings: Settings, document: gate_reader.Document | None, now: float
) -> AccountUsage:
    answer = gate_reader.evaluate(document, now, account=account.name) if document is not None else None
    held = answer is not None and answer.verdict == gate_reader.CLOSED
    hold = answer.hold if answer is not None and held else None
    return AccountUsage(
        name=account.name,
        state=account.state,
        usage=[window_document(w) for w in account.windows],
        thresholds=thresholds_document(settings),
        paused=held,
        reason=str(hold["reason"]) if hold else None,
        resets_at=second(hold["until"]) if hold else None,
        verdict=answer.verdict if answer else gate_reader.UNKNOWN,
        plan=account.plan,
        observed_at=second(account.observed_at),
        failure=failure_document(account.failure),
    )


def thresholds_document(settings: Settings) -> ThresholdsDocument:
    """Return the thresholds of settings."""
    chosen = settings.thresholds
    return ThresholdsDocument(
        session_pct=_whole(chosen.session_pct),
        week_pct=_whole(chosen.week_pct),
        models={name: pct if pct % 1 else int(pct) for name, pct in chosen.models.items()},
    )


def _whole(pct: float | None) -> float | None:
    return int(pct) if pct is not None and pct % 1 == 0 else pct


def thresholds_answer(settings: Settings, effects: Iterable[Effect] = (), *, closes: bool = False) -> ThresholdsAnswer:
    """Return the thresholds in force, and what a change of them holds at once."""
    told = [EffectDocument(key=e.key, sentence=e.sentence, for_all=e.for_all) for e in effects]
    return ThresholdsAnswer(
        format=FORMAT, thresholds=thresholds_document(settings), pauses_at_once=closes, effects=told
    )


def gate_answer(answer: gate_reader.Answer, now: float) -> GateAnswer:
    """Return what the gate says to a launch, with all that holds it."""
    document = answer.document
    latches = latches_in(document) if document is not None else None
    override = latches.override if latches is not None and latches.override and latches.override.until > now else None
    return GateAnswer(
        format=FORMAT,
        verdict=answer.verdict,
        why=answer.why,
        valid_until=second(answer.valid_until),
        refusal=None if answer.refusal is None else Refusal(**answer.refusal),
        pauses=[pause_document(p) for p in pauses_now(latches, now)] if latches else [],
        holds=automatic_in(document) if document is not None else [],
        override=override_document(override),
    )


def launches_answer(launches: Launches) -> LaunchesAnswer:
    """Return the held launches."""
    made = launches_document(launches)
    return LaunchesAnswer(
        format=FORMAT, waiting=made.waiting, refused_today=made.refused_today, released_today=made.released_today,
        by_reason=made.by_reason,
    )  # fmt: skip


def budgets_answer(budgets: Iterable[BudgetView], now: float) -> BudgetsAnswer:
    """Return how far each budget is used."""
    return BudgetsAnswer(format=FORMAT, at=round(now), budgets=[budget_document(budget) for budget in budgets])


def health_document(state: State, verdict: str, *, clients: int, dropped: int) -> HealthDocument:
    """Return how the monitor does."""
    view = state.view or View(verdict=gate_reader.UNKNOWN)
    well = not view.trouble and all(a.state is AccountState.OK for a in view.accounts)
    return HealthDocument(
        format=FORMAT,
        status="ok" if well and view.accounts else "degraded",
        version=__version__,
        started_at=round(state.started_at),
        verdict=verdict,
        accounts=[AccountHealth(name=a.name, state=a.state, observed_at=second(a.observed_at)) for a in view.accounts],
        trouble=view.trouble or None,
        event_clients=clients,
        dropped_clients=dropped,
    )
