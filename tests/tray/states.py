"""Every state a person can meet, as views made by the real core from readings, latches and settings."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from ringfence.core import budgets, gating
from ringfence.core.account_settings import Account
from ringfence.core.budget_settings import Budget
from ringfence.core.meters import Count
from ringfence.core.model import (
    SESSION_S,
    WEEK_S,
    AccountStatus,
    Failure,
    FailureKind,
    Latches,
    Money,
    Override,
    Pause,
    Sample,
    Scope,
    Status,
    Window,
)
from ringfence.core.outlook import Estimate, Forecast, Outlook
from ringfence.core.periods import Period
from ringfence.core.polling import Why
from ringfence.core.ring import View, build_view
from ringfence.core.route_settings import Failover, Tier
from ringfence.core.settings import Settings, Thresholds
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import Run
from ringfence.file_errors import FileError

NOW = datetime(2026, 11, 21, 14, 50, tzinfo=UTC).timestamp()
HOUR_S = 3600.0
SET = Settings(thresholds=Thresholds(session_pct=90.0, week_pct=85.0))

NO_GATE = "The gate file ~/.ringfence/gate.json is not there; start Ringfence with `ringfence`."


def session(used: float | None = 0.62, left_s: float = 2 * HOUR_S + 600) -> Window:
    return Window(
        id="session", label="5-hour session", used=used, resets_at=NOW + left_s, duration_s=SESSION_S, headline=True
    )


def week(used: float | None = 0.41, left_s: float = 3.4 * 24 * HOUR_S) -> Window:
    return Window(id="week", label="Week", used=used, resets_at=NOW + left_s, duration_s=WEEK_S)


def model_week(name: str = "Fable", used: float = 0.18) -> Window:
    return Window(
        id=f"model:{name}", label=f"{name} week", used=used, resets_at=NOW + 3.4 * 24 * HOUR_S, duration_s=WEEK_S,
        model=name,
    )  # fmt: skip


def spend() -> Window:
    money = Money(used_minor=27140, limit_minor=50000, currency="EUR")
    return Window(id="spend:extra", label="Extra usage", used=0.5428, resets_at=None, money=money)


def not_started() -> Window:
    return Window(id="session", label="5-hour session", used=0.0, resets_at=None, duration_s=SESSION_S)


def reading(*windows: Window, age_s: float = 130.0, account: str = "default") -> Sample:
    return Sample(account=account, source="oauth_usage", observed_at=NOW - age_s, windows=windows, plan="max")


def account(sample: Sample | None, *, failure: FailureKind | None = None, name: str = "default") -> AccountStatus:
    failed = None
    if failure is not None:
        failed = Failure(kind=failure, at=NOW - 40, since=NOW - 400, detail=f"A clean sentence about {failure.value}.")
    return AccountStatus(
        name=name, sample=sample, failure=failed, next_poll_at=NOW + 170, next_poll_why=Why.REGULAR.value,
        requests_last_hour=9, request_budget=18,
    )  # fmt: skip


def view(
    *accounts: AccountStatus,
    settings: Settings = SET,
    latches: Latches = Latches(),
    trouble: str = "",
    now: float = NOW,
    counts: tuple[Count, ...] = (),
) -> View:
    samples = [(a.name, gating.believed(a.sample, a.suspects, None) if a.sample else None) for a in accounts]
    several = len(accounts) > 1
    reached = budgets.holds(settings.budgets, counts, dict(samples), several=several, now=now, before=None)
    gate = gating.decide_gate(samples, settings, now=now, others=reached)
    document = gating.gate_document(gate, latches, now=now)
    status = Status(written_at=now, accounts=accounts, trouble=trouble, budgets=counts)
    return build_view(status, document, settings, now=now)


def well(*extra: Window) -> AccountStatus:
    return account(reading(session(), week(), *extra))


def foreseen(status: AccountStatus, *, full: bool = False) -> AccountStatus:
    """Return the same with an estimate of each limit, 4 % above its reading, and what the session comes to."""
    assert status.sample is not None
    soon = Forecast(full_at=NOW + 4800, threshold_at=NOW + 1500) if full else Forecast(threshold_at=NOW + 6600)
    return replace(
        status,
        outlooks=tuple(
            Outlook(
                window=w.id,
                estimate=Estimate(used=(w.used or 0.0) + 0.04, low=(w.used or 0.0) + 0.03, high=(w.used or 0.0) + 0.05),
                forecast=soon if w.id == "session" else Forecast(),
            )
            for w in status.sample.windows
        ),
    )


def _failed(kind: FailureKind, *, known: bool) -> Callable[[], View]:
    sample = reading(session(), week(), model_week(), age_s=1500) if known else None
    return lambda: view(account(sample, failure=kind))


def _paused(pause: Pause, *extra: Window) -> Callable[[], View]:
    return lambda: view(well(*extra), latches=Latches(pauses=(pause,)))


def run(project: str, **more: object) -> Run:
    made: dict[str, object] = {
        "session": project, "account": "work", "project": project, "model": "claude-opus-4-5-20251101", "models": (),
        "tokens": Tokens(input=1200, cache_creation=2000, cache_read=80_000, output=1040, responses=9),
        "burn_per_min": 12_449.0, "started_at": NOW - 400, "last_at": NOW - 20,
    }  # fmt: skip
    return Run(**(made | more))  # type: ignore[arg-type]


MIDNIGHT = datetime(2026, 11, 22).astimezone().timestamp()


def budgeted(*spent: tuple[Budget, int | None, float | None]) -> View:
    """A view with these budgets, what each has spent in tokens, and at list prices; None: not counted, not known."""
    settings = replace(SET, budgets=tuple(budget for budget, _, _ in spent))
    counts = tuple(
        Count(
            meter=budgets.meter_of(budget, None), at=NOW, since=NOW - 6 * HOUR_S, tokens=tokens, cost_usd=cost,
            until=None if budget.per is Period.ALL else MIDNIGHT + (0 if budget.per is Period.DAY else 3 * 24 * HOUR_S),
        )
        for budget, tokens, cost in spent
        if tokens is not None
    )  # fmt: skip
    return view(well(model_week()), settings=settings, counts=counts)


DAILY = Budget(name="Every day", tokens=5_000_000, per=Period.DAY)
MONEY = Budget(name="API prices", usd=50.0, per=Period.WEEK)

LONG = "/srv/the-documentation-of-everything-that-we-have-ever-written-down"
RUNS = (
    run("/home/me/api-server", subagents=2),
    run("/home/me/docs", model="claude-sonnet-4-5-20250929", burn_per_min=1100.0, started_at=NOW - 22 * 60,
        last_at=NOW - 185),
    run(LONG, model="claude-3-5-haiku-20241022", burn_per_min=1_130_000.0, tokens=Tokens(input=31_000_000),
        started_at=NOW - 40),
    *(run(f"/home/me/{name}/api-server", burn_per_min=90.0 * n) for n, name in enumerate(("work", "play", "<b>x</b>"))),
    *(run(f"/tmp/{n}", model="glm-4.6", burn_per_min=10.0 + n) for n in range(6)),
)  # fmt: skip

TWO = (
    account(reading(session(), week(), model_week(), account="work"), name="work"),
    account(reading(session(0.12), week(0.83), account="home"), name="home"),
)
ALONE = (
    Pause(since=NOW - 60, until=NOW + 11400, scope=Scope(class_="batch"), why="the night run is being mended"),
    Pause(since=NOW - 60, until=None, scope=Scope(account="home")),
    Pause(since=NOW - 60, until=NOW + 1800, scope=Scope(account="work", model="Opus", class_="<b>x</b> & y_z")),
)


def accounts_of(known: tuple[AccountStatus, ...]) -> tuple[Account, ...]:
    """Return the accounts of the settings for these, each with a folder."""
    return tuple(Account(name=each.name, config_dir=f"~/.claude-{n}") for n, each in enumerate(known))


FLEET = replace(
    SET,
    accounts=accounts_of(TWO),
    tiers=(Tier(name="opus", model="opus"), Tier(name="sonnet", model="sonnet"),
           Tier(name="ollama", kind="local", model="qwen3:32b")),
    failover=(
        Failover(class_="batch", chain=("home", "work", "ollama"), triggers=("threshold", "exhausted", "budget")),
        Failover(class_="nightly", chain=("sonnet",), triggers=()),
    ),
)  # fmt: skip
EIGHT = (
    account(reading(session(0.31), week(0.22), account="main"), name="main"),
    account(reading(session(0.92), week(0.61), model_week("Opus", 0.7), account="work"), name="work"),
    account(None, failure=FailureKind.SIGNED_OUT, name="a second login that has a really very long name indeed"),
    account(reading(session(0.5), week(0.4), account="ci", age_s=2000), failure=FailureKind.EXPIRED, name="ci"),
    account(reading(not_started(), week(0.0, 6.9 * 24 * HOUR_S), account="spare"), name="spare"),
    replace(account(reading(session(0.12), week(0.83), account="<b>home</b>"), name="<b>home</b>"), same_as="main"),
    account(reading(session(0.66), week(0.97), account="lab"), failure=FailureKind.THROTTLED, name="lab"),
    account(reading(spend(), account="company"), name="company"),
)
OVER = reading(session(0.92), week(0.61), model_week(), age_s=60)

STATES: dict[str, Callable[[], View]] = {
    "loading": lambda: View(
        verdict="unknown",
        why_unknown=NO_GATE,
    ),
    "calm": lambda: view(account(reading(session(0.22, 3 * HOUR_S), week(0.31)))),
    "open": lambda: view(well(model_week(), spend())),
    "estimated": lambda: view(foreseen(well(model_week("Opus", 0.4)))),
    "full_soon": lambda: view(foreseen(account(reading(session(0.86), week(0.55))), full=True)),
    "no_threshold": lambda: view(well(), settings=Settings()),
    "high": lambda: view(account(reading(session(0.86, 1.2 * HOUR_S), week(0.55)))),
    "closed": lambda: view(account(OVER)),
    "closed_by_week": lambda: view(account(reading(session(0.97), week(0.96), model_week("Opus", 1.04)))),
    "closed_by_model": lambda: view(account(reading(session(), week(0.7), model_week("Opus", 0.88)))),
    "overridden": lambda: view(
        account(OVER), latches=Latches(override=Override(since=NOW - 60, until=NOW + 2 * HOUR_S + 600))
    ),
    "paused": _paused(Pause(since=NOW - 60, until=None)),
    "paused_until": _paused(Pause(since=NOW - 60, until=NOW + 1800, why="deploying to production")),
    "paused_and_closed": lambda: view(account(OVER), latches=Latches(pauses=(Pause(since=NOW, until=None),))),
    "paused_for_model": _paused(Pause(since=NOW, until=None, scope=Scope(model="Opus")), model_week("Opus", 0.4)),
    "not_started": lambda: view(account(reading(not_started(), week(0.0, 6.9 * 24 * HOUR_S)))),
    "elapsed": lambda: view(account(reading(session(0.8, -300), week(), age_s=500))),
    "stale": lambda: view(account(reading(session(), week(), model_week(), age_s=1000))),
    "blind": lambda: view(account(reading(session(), week(), age_s=1500))),
    "signed_out": _failed(FailureKind.SIGNED_OUT, known=False),
    "expired": _failed(FailureKind.EXPIRED, known=True),
    "missing_scope": _failed(FailureKind.MISSING_SCOPE, known=False),
    "throttled": lambda: view(account(reading(session(), week(), age_s=400), failure=FailureKind.THROTTLED)),
    "offline": _failed(FailureKind.OFFLINE, known=True),
    "server_error": lambda: view(account(reading(session(), week(), age_s=400), failure=FailureKind.SERVER_ERROR)),
    "format_changed": _failed(FailureKind.FORMAT_CHANGED, known=False),
    "trouble": lambda: view(
        well(), trouble=FileError.of("write", "~/.ringfence/gate.json", OSError(errno.ENOSPC, "")).args[0]
    ),
    "doubted": lambda: view(replace(account(reading(session(0.97, SESSION_S - 120), week())), suspects=("session",))),
    "two_accounts": lambda: view(*TWO),
    "paused_alone": lambda: view(*TWO, settings=FLEET, latches=Latches(pauses=ALONE)),
    "first_account_paused": lambda: view(
        *TWO, latches=Latches(pauses=(Pause(since=NOW, until=NOW + 1800, scope=Scope(account="work")),))
    ),
    "eight_accounts": lambda: view(*EIGHT, settings=replace(FLEET, accounts=accounts_of(EIGHT))),
    "running": lambda: replace(view(well(model_week())), runs=RUNS[:1]),
    "running_three": lambda: replace(view(account(OVER)), runs=RUNS[:3]),
    "running_twelve": lambda: replace(
        view(
            account(reading(session(), week(), account="work"), name="work"),
            account(reading(session(0.12), account="home"), name="home"),
        ),
        runs=RUNS,
    ),
    "budgets": lambda: budgeted(
        (DAILY, 3_149_000, None),
        (replace(DAILY, name="Nightly", project="/home/me/work/api", class_="autonomous"), 5_060_000, None),
        (MONEY, 9, 12.4),
        (replace(MONEY, name="Opus at API prices", model="Opus"), 9, None),
        (Budget(name="Ever", tokens=2 * 10**9, per=Period.ALL), 1_640_000_000, None),
        (replace(DAILY, name="New"), None, None),
    ),
    "many_budgets": lambda: budgeted(
        *((replace(DAILY, name=f"<b>{n}</b> " + "long " * n), n * 400_000, None) for n in range(13))
    ),
    "first_scan": lambda: replace(
        view(well()), scan=ScanProgress(done_bytes=714_000_000, total_bytes=2_100_000_000, files=5180)
    ),
    "spend_only": lambda: view(account(reading(spend()))),
}
