"""The view: what every face draws, from readings, gate and settings at one moment. Data; no sentence, no colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ringfence import gate_reader, window_rules
from ringfence.core.budget_view import BudgetView, budget_views
from ringfence.core.gating import holds_in, latches_in, pauses_now, threshold_of
from ringfence.core.model import (
    AccountStatus,
    Failure,
    Hint,
    Hold,
    Launches,
    Money,
    Override,
    Pause,
    Scope,
    Status,
    Tier,
    Window,
    WindowState,
    tier_of,
)
from ringfence.core.outlook import Estimate, Forecast
from ringfence.core.pace import Pace, pace_of
from ringfence.core.pause_targets import PauseTargets, pause_targets
from ringfence.core.route_memory import Detour
from ringfence.core.sums import ScanProgress
from ringfence.core.tokens import Run, active

if TYPE_CHECKING:
    from ringfence.core.settings import Settings


class AccountState(StrEnum):
    """How an account's reading stands: `state` in `status --json` (DESIGN 5)."""

    OK = "ok"
    STALE = "stale"
    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    MISSING_SCOPE = "missing_scope"
    THROTTLED = "throttled"
    OFFLINE = "offline"
    SERVER_ERROR = "server_error"
    FORMAT_CHANGED = "format_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """One arc of the icon."""

    used: float | None = None
    """Fraction to fill; None: nothing to fill (no such window, not started, no number, or its reset has passed)."""
    tier: Tier | None = None
    state: WindowState | None = None
    """None: there is no such window, or no reading yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowView:
    """One window as it is drawn."""

    id: str
    label: str
    used: float | None
    tier: Tier | None
    """None when the number says nothing about the present: not started, elapsed, unreported."""
    state: WindowState
    resets_at: float | None
    duration_s: float | None
    pace: Pace | None
    observed_at: float
    source: str
    threshold_pct: float | None
    holds: bool
    """True when this window keeps the gate closed, or would without the person's override."""
    doubted: bool
    """True while its last reading needs a second one (DESIGN 2.6)."""
    model: str | None
    money: Money | None
    estimate: Estimate | None = None
    """Where it is thought to stand by now, above its reading; None: nothing more is known than the reading says."""
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One account as it is drawn."""

    name: str
    state: AccountState
    windows: tuple[WindowView, ...]
    observed_at: float | None
    failure: Failure | None
    plan: str | None
    skew_s: float | None
    next_poll_at: float | None
    next_poll_why: str
    requests_last_hour: int
    request_budget: int
    same_as: str | None = None
    """The account before it that is the same subscription: both show one reading."""
    stale: bool = True
    """Whether its reading is old, or there is none."""
    metered_every_s: float | None = None
    """How often it is read while the connection is metered; None: as often as chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything the icon, the window, the tooltip and `ringfence status` show."""

    verdict: str
    """`open`, `closed` or `unknown`, for a launch that names nothing."""
    why_unknown: str = ""
    pauses: tuple[Pause, ...] = ()
    holds: tuple[Hold, ...] = ()
    """Automatic holds, the one that binds first; still listed while overridden."""
    override: Override | None = None
    accounts: tuple[AccountView, ...] = ()
    outer: Arc = Arc()
    """The session of the account that the icon shows."""
    inner: Arc = Arc()
    """Its week."""
    stale: bool = True
    """Whether its reading is old."""
    trouble: str = ""
    launches: Launches = Launches()
    """What the gate held today, and what waits for it."""
    detours: tuple[Detour, ...] = ()
    """Classes that run elsewhere than at the first place of their chain."""
    runs: tuple[Run, ...] = ()
    """What runs now, the most recent answer first."""
    scan: ScanProgress | None = None
    """While the transcripts are read for the first time."""
    budgets: tuple[BudgetView, ...] = ()
    """Those of the settings, in their order."""
    targets: PauseTargets = PauseTargets()
    """What the person may pause alone."""
    hidden_hints: tuple[Hint, ...] = ()
    """The explanations that the person wants no more."""
    pinned: bool = False
    """Whether the icon shows the account that the person chose; else it is the one that is closest to its limit."""
    icon: AccountView | None = None
    """The account that the icon shows; None before the first view."""

    @property
    def paused(self) -> bool:
        """Whether the person's pause holds every launch."""
        return any(p.scope == Scope() for p in self.pauses)

    @property
    def failure(self) -> Failure | None:
        """The first account's failure: the gate's first line is about that account."""
        return self.accounts[0].failure if self.accounts else None


SCAN_TOLD_S = 60.0
"""A scan is told of every second; a monitor that was silent for this long was killed in the middle of it."""
stale_after_s = window_rules.stale_after_s
OUTLOOK_S = window_rules.OUTLOOK_S


def build_view(
    status: Status,
    document: gate_reader.Document | None,
    settings: Settings,
    *,
    now: float,
    why_unknown: str = "",
    launches: Launches = Launches(),
) -> View:
    """Return what to draw.

    Args:
        status: the readings.
        document: the gate; None when there is none that can be trusted, and `why_unknown` says why.
        settings: thresholds, for the marks on the rings.
        now: epoch seconds; ages, elapsed windows and ended latches are as of here. Countdowns are the face's.
        why_unknown: why there is no document.
        launches: what the ledger tells of held launches.
    """
    answer = gate_reader.evaluate(document, now) if document else None
    latches = latches_in(document) if document else None
    holds = holds_in(document) if document else ()
    overridden = document is not None and gate_reader.override_until(document, now) is not None
    # One that has ended polls no more, whatever it had planned, and knows nothing of what runs.
    told = status.accounts if status.running else tuple(replace(a, next_poll_at=None) for a in status.accounts)
    if not status.running or not 0 <= now - status.written_at < OUTLOOK_S:
        told = tuple(replace(a, outlooks=()) for a in told)
    slow_s = status.interval_s if status.metered and status.running else None
    drawn = (_account(a, holds, settings, status.interval_s, now) for a in told)
    accounts = tuple(replace(a, metered_every_s=slow_s) for a in drawn)
    pinned = next((a for a in accounts if a.name == settings.appearance.icon_account), None)
    icon = pinned or max(accounts, key=_nearness, default=None)
    pauses = pauses_now(latches, now) if latches else ()
    return View(
        verdict=answer.verdict if answer else gate_reader.UNKNOWN,
        why_unknown=answer.why if answer and answer.verdict == gate_reader.UNKNOWN else why_unknown,
        pauses=pauses,
        holds=holds,
        override=latches.override if latches and overridden else None,
        accounts=accounts,
        outer=_arc(icon, "session"),
        inner=_arc(icon, "week"),
        stale=icon is None or icon.stale,
        trouble=status.trouble,
        launches=launches,
        detours=status.detours if status.running else (),
        runs=active(status.runs, now) if status.running else (),
        budgets=budget_views(settings.budgets, status.budgets, {a.name: a.sample for a in status.accounts}, holds, now),
        scan=status.scan if status.running and now - status.written_at < SCAN_TOLD_S else None,
        targets=pause_targets(status, settings, launches, pauses),
        hidden_hints=status.hidden_hints,
        pinned=pinned is not None,
        icon=icon,
    )


def _nearness(account: AccountView) -> tuple[bool, float]:
    """Return how close an account is to its limit: closed first, then by the share of its threshold that is used.

    Of session and week, for these are what the icon draws; of every limit where there is neither.
    """
    live = [w for w in account.windows if w.state is WindowState.LIVE and w.used is not None]
    ringed = [w for w in live if w.id in {"session", "week"}] or live
    shares = ((w.used or 0.0) * 100 / (w.threshold_pct or 100.0) for w in ringed)
    return any(w.holds for w in live), max(shares, default=-1.0)


def _account(
    account: AccountStatus, holds: Iterable[Hold], settings: Settings, interval_s: float, now: float
) -> AccountView:
    sample = account.sample
    binding = {h.window for h in holds if h.scope.account in {None, account.name}}
    windows = (
        ()
        if sample is None
        else tuple(
            _window(w, account, sample.observed(w), sample.source_of(w), settings, binding, now) for w in sample.windows
        )
    )
    return AccountView(
        name=account.name,
        state=_state(account, interval_s, now),
        windows=windows,
        observed_at=sample.observed_at if sample else None,
        failure=account.failure,
        plan=sample.plan if sample else None,
        skew_s=sample.skew_s if sample else None,
        next_poll_at=account.next_poll_at,
        next_poll_why=account.next_poll_why,
        requests_last_hour=account.requests_last_hour,
        request_budget=account.request_budget,
        same_as=account.same_as,
        stale=sample is None or _is_stale(sample.observed_at, interval_s, now),
    )


def _window(
    window: Window, account: AccountStatus, observed_at: float, source: str, settings: Settings, binding: set[str],
    now: float,
) -> WindowView:  # fmt: skip
    state = window.state(now)
    live = state is WindowState.LIVE and window.used is not None
    outlook = next((o for o in account.outlooks if o.window == window.id), None)
    return WindowView(
        id=window.id,
        label=window.label,
        used=window.used,
        tier=tier_of(window.used) if live and window.used is not None else None,
        state=state,
        resets_at=window.resets_at,
        duration_s=window.duration_s,
        pace=pace_of(window, observed_at),
        observed_at=observed_at,
        source=source,
        threshold_pct=threshold_of(window, settings),
        holds=window.id in binding,
        doubted=window.id in account.suspects,
        model=window.model,
        money=window.money,
        estimate=outlook.estimate if live and outlook else None,
        forecast=outlook.forecast if live and outlook else None,
    )


def _state(account: AccountStatus, interval_s: float, now: float) -> AccountState:
    if account.failure is not None:
        return AccountState(account.failure.kind.value)
    if account.sample is None or _is_stale(account.sample.observed_at, interval_s, now):
        return AccountState.STALE
    return AccountState.OK


def _is_stale(observed_at: float, interval_s: float, now: float) -> bool:
    return now - observed_at >= stale_after_s(interval_s)


def _arc(account: AccountView | None, window_id: str) -> Arc:
    window = next((w for w in account.windows if w.id == window_id), None) if account else None
    if window is None:
        return Arc()
    return Arc(used=window.used if window.state is WindowState.LIVE else None, tier=window.tier, state=window.state)
