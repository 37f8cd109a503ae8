"""The JSON that scripts rely on (DESIGN 5), described in docs/commands.md. Keys may be added, never renamed."""

from __future__ import annotations

from typing import Any

from ringfence.cli.reading import Reading
from ringfence.core.budget_view import BudgetView
from ringfence.core.gating import automatic_in, percent
from ringfence.core.model import Failure, HeldLaunch, Launches, Money, Override, Pause, Scope, WindowState
from ringfence.core.outlook import Estimate, Forecast
from ringfence.core.ring import AccountView, WindowView
from ringfence.core.route_memory import Detour
from ringfence.core.tokens import Run, ScanProgress, Tokens

FORMAT = 1


def status_json(seen: Reading) -> dict[str, Any]:
    """Return what `status --json` prints; times are whole epoch seconds, percentages 0-100 and more."""
    view, answer = seen.view, seen.answer
    return {
        "format": FORMAT,
        "verdict": view.verdict,
        "accounts": [_account(a) for a in view.accounts],
        "gate": {
            "valid_until": _second(answer.valid_until),
            "why": answer.why,
            "refusal": answer.refusal,
            "pauses": [_pause(p) for p in view.pauses],
            "holds": automatic_in(answer.document) if answer.document else [],
            "override": _override(view.override),
        },
        "failover": [_detour(d) for d in view.detours],
        "launches": _launches(view.launches),
        "budgets": [_budget(budget) for budget in view.budgets],
        "runs": [_run(run) for run in view.runs],
        "scan": _scan(view.scan),
        "monitor_runs": seen.running,
        "trouble": view.trouble or " ".join(seen.remarks) or None,
    }


def _detour(detour: Detour) -> dict[str, Any]:
    return {
        "class": detour.class_,
        "home": detour.home,
        "at": detour.at,
        "since": _second(detour.since),
        "cause": detour.cause,
        "why": detour.why,
    }


def _account(account: AccountView) -> dict[str, Any]:
    return {
        "name": account.name,
        "state": account.state.value,
        "windows": [_window(w) for w in account.windows],
        "plan": account.plan,
        "observed_at": _second(account.observed_at),
        "failure": _failure(account.failure),
        "next_poll_at": _second(account.next_poll_at),
        "next_poll_why": account.next_poll_why or None,
        "requests_last_hour": account.requests_last_hour,
        "request_budget": account.request_budget,
        "skew_s": None if account.skew_s is None else round(account.skew_s),
    }


def _window(window: WindowView) -> dict[str, Any]:
    # A window that has not started has no number: absence is never 0 % (DESIGN 2.1).
    number = window.used if window.state in {WindowState.LIVE, WindowState.ELAPSED} else None
    return {
        "id": window.id,
        "label": window.label,
        "used_pct": None if number is None else percent(number),
        "resets_at": _second(window.resets_at),
        "observed_at": _second(window.observed_at),
        "source": window.source,
        "tier": window.tier.value if window.tier else None,
        "pace": window.pace.verdict.value if window.pace else None,
        "state": window.state.value,
        "threshold_pct": window.threshold_pct,
        "holds": window.holds,
        "doubted": window.doubted,
        "model": window.model,
        "money": _money(window.money),
        **_outlook(window.estimate, window.forecast),
    }


def _outlook(estimate: Estimate | None, forecast: Forecast | None) -> dict[str, Any]:
    return {
        "estimated_pct": None if estimate is None else percent(estimate.used),
        "estimated_low_pct": None if estimate is None else percent(estimate.low),
        "estimated_high_pct": None if estimate is None else percent(estimate.high),
        "full_at": _second(forecast.full_at) if forecast else None,
        "threshold_at": _second(forecast.threshold_at) if forecast else None,
    }


def _budget(budget: BudgetView) -> dict[str, Any]:
    return {
        "name": budget.name,
        "used_pct": None if budget.used is None else percent(budget.used),
        "tier": budget.tier.value if budget.tier else None,
        "state": budget.state.value,
        "per": budget.per.value,
        "since": _second(budget.since),
        "until": _second(budget.until),
        "tokens": budget.tokens,
        "cost_usd": None if budget.cost_usd is None else round(budget.cost_usd, 6),
        "amount_tokens": budget.amount_tokens,
        "amount_usd": budget.amount_usd,
        "applies_to": _scope(budget.scope),
        "enforced": budget.enforced,
        "holds": budget.holds,
    }


def _launches(launches: Launches) -> dict[str, Any]:
    return {
        "waiting": [_held_launch(launch) for launch in launches.waiting],
        "refused_today": launches.refused_today,
        "released_today": launches.released_today,
        "by_reason": dict(launches.by_reason),
    }


def _held_launch(launch: HeldLaunch) -> dict[str, Any]:
    return {
        "id": launch.id,
        "asked_at": _second(launch.asked_at),
        "command": launch.command,
        "class": launch.class_,
        "account": launch.account,
        "model": launch.model,
        "reason": launch.reason,
        "pid": launch.pid,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "session": run.session,
        "account": run.account,
        "project": run.project,
        "model": run.model,
        "tokens": _tokens(run.tokens),
        "burn_per_min": round(run.burn_per_min),
        "started_at": _second(run.started_at),
        "last_at": _second(run.last_at),
        "subagents": run.subagents,
        "class": run.class_,
    }


def _tokens(tokens: Tokens) -> dict[str, int]:
    return {
        "input": tokens.input,
        "cache_creation": tokens.cache_creation,
        "cache_read": tokens.cache_read,
        "output": tokens.output,
        "responses": tokens.responses,
    }


def _scan(scan: ScanProgress | None) -> dict[str, int] | None:
    if scan is None:
        return None
    return {"done_bytes": scan.done_bytes, "total_bytes": scan.total_bytes, "files": scan.files}


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"kind": failure.kind.value, "since": _second(failure.since), "detail": failure.detail}


def _pause(pause: Pause) -> dict[str, Any]:
    return {
        "since": _second(pause.since),
        "until": _second(pause.until),
        "applies_to": _scope(pause.scope),
        "why": pause.why,
    }


def _scope(scope: Scope) -> dict[str, str]:
    named = {"account": scope.account, "model": scope.model, "class": scope.class_, "project": scope.project}
    return {key: value for key, value in named.items() if value is not None}


def _override(override: Override | None) -> dict[str, Any] | None:
    return None if override is None else {"since": _second(override.since), "until": _second(override.until)}


def _money(money: Money | None) -> dict[str, Any] | None:
    if money is None:
        return None
    return {
        "used_minor": money.used_minor,
        "limit_minor": money.limit_minor,
        "currency": money.currency,
        "exponent": money.exponent,
    }


def _second(at: float | None) -> int | None:
    return None if at is None else round(at)
