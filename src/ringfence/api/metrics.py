"""`GET /metrics`: the monitor in the text format of Prometheus (0.0.4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ringfence import gate_reader
from ringfence.core.model import WindowState
from ringfence.core.ring import AccountState
from ringfence.core.state import State
from ringfence.version import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[dict[str, str], float]


def text(state: State, verdict: str, *, clients: int, dropped: int) -> str:
    """Return every metric. A number that is not known is left out: absence is never 0 %."""
    lines: list[str] = []
    for name, kind, help_, samples in _families(state, verdict, clients, dropped):
        lines += [f"# HELP ringfence_{name} {help_}", f"# TYPE ringfence_{name} {kind}"]
        lines += [f"ringfence_{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _families(
    state: State, verdict: str, clients: int, dropped: int
) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    view = state.view
    accounts = view.accounts if view else ()
    live = [(a, w) for a in accounts for w in a.windows if w.state is WindowState.LIVE]
    windows = [({"account": a.name, "window": w.id}, w) for a, w in live]
    yield "info", "gauge", "The version that runs.", [({"version": __version__}, 1)]
    yield (
        "used_ratio",
        "gauge",
        "Share of a window that is used, 1 = all.",
        [(labels, w.used) for labels, w in windows if w.used is not None],
    )
    yield (
        "threshold_ratio",
        "gauge",
        "Share of a window at which new runs are held.",
        [(labels, w.threshold_pct / 100) for labels, w in windows if w.threshold_pct is not None],
    )
    yield (
        "resets_timestamp_seconds",
        "gauge",
        "When a window resets.",
        [(labels, w.resets_at) for labels, w in windows if w.resets_at is not None],
    )
    yield (
        "observed_timestamp_seconds",
        "gauge",
        "When a window was read.",
        [(labels, w.observed_at) for labels, w in windows],
    )
    yield (
        "account_state",
        "gauge",
        "How an account's readings stand; 1 for the state that it is in.",
        [({"account": a.name, "state": each.value}, a.state is each) for a in accounts for each in AccountState],
    )
    yield (
        "gate_verdict",
        "gauge",
        "What the gate says to a launch that names nothing; 1 for the verdict.",
        [({"verdict": each}, verdict == each) for each in (gate_reader.OPEN, gate_reader.CLOSED, gate_reader.UNKNOWN)],
    )
    yield "holds", "gauge", "Automatic holds in force, by kind; pauses as manual.", _holds(state)
    launches = state.launches
    yield "launches_waiting", "gauge", "Launches that wait for the gate.", [({}, len(launches.waiting))]
    yield "launches_refused_today", "gauge", "Launches refused since midnight.", [({}, launches.refused_today)]
    yield (
        "launches_released_today",
        "gauge",
        "Launches let go after waiting since midnight.",
        [({}, launches.released_today)],
    )
    yield (
        "polls_last_hour",
        "gauge",
        "Requests to the usage endpoint in the last hour.",
        [({"account": a.name}, a.requests_last_hour) for a in accounts],
    )
    yield (
        "poll_budget",
        "gauge",
        "Requests that an hour allows.",
        [({"account": a.name}, a.request_budget) for a in accounts],
    )
    budgets = [({"budget": b.name}, b) for b in (view.budgets if view else ())]
    yield (
        "budget_used_ratio",
        "gauge",
        "Share of a budget that is used in its period, 1 = all.",
        [(labels, b.used) for labels, b in budgets if b.used is not None],
    )
    yield "budget_holds", "gauge", "Whether a budget holds new runs.", [(labels, b.holds) for labels, b in budgets]
    runs = view.runs if view else ()
    yield "runs", "gauge", "Sessions that answered within the last minutes.", [({}, len(runs))]
    yield "run_tokens", "gauge", "Tokens of the runs that go on, by account, model and kind.", _tokens(state)
    yield "api_event_clients", "gauge", "Programs that follow the events.", [({}, clients)]
    yield "api_dropped_clients_total", "counter", "Programs that were too slow to follow.", [({}, dropped)]


def _holds(state: State) -> list[Sample]:
    view = state.view
    kinds = dict.fromkeys(gate_reader.KINDS, 0)
    for hold in view.holds if view else ():
        kinds[hold.kind] = kinds.get(hold.kind, 0) + 1
    kinds["manual"] += len(view.pauses) if view else 0
    return [({"kind": kind}, count) for kind, count in kinds.items()]


def _tokens(state: State) -> list[Sample]:
    sums: dict[tuple[str, str, str], int] = {}
    for run in state.view.runs if state.view else ():
        for model, tokens in run.models:
            for kind in ("input", "cache_creation", "cache_read", "output"):
                key = run.account, model, kind
                sums[key] = sums.get(key, 0) + int(getattr(tokens, kind))
    return [({"account": a, "model": m, "kind": k}, count) for (a, m, k), count in sums.items()]


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    """Escape as the format asks. A carriage return would end the line for some readers."""
    clean = value.replace("\r", " ").encode("utf-8", "replace").decode()
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    number = float(value)
    return str(int(number)) if math.isfinite(number) and number == int(number) else repr(number)
