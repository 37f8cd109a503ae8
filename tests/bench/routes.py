"""A decision of a fleet, and `ringfence route` beside `ringfence gate check`, as processes."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ringfence import gate_reader
from ringfence.core import failover
from ringfence.core.gating import decided
from ringfence.core.route_memory import RouteMemory
from ringfence.core.settings import Settings, parse_settings
from ringfence.route_facts import Facts, Request
from ringfence.route_rules import decide_route
from ringfence.storage import route_file

Row = Callable[[str, str, str, str, str], None]
ACCOUNTS, CLASSES, HOLDS = 100, 20, 1000
RINGFENCE = [sys.executable, "-m", "ringfence"]


def run(runs: int, row: Row) -> None:
    """Print the rows."""
    now = time.time()
    for what, last in (("the last account is open", ACCOUNTS - 1), ("every account is closed", ACCOUNTS)):
        settings, gate = fleet(now, closed=last)
        memory, _ = failover.advance(RouteMemory(), gate, settings, frozenset(), now)
        route = failover.route_document(memory, settings, frozenset())
        asked = [Request("high", class_=f"class-{n % CLASSES}", local=False) for n in range(runs * 20)]
        times = []
        for request in asked:
            began = time.perf_counter()
            decide_route(request, Facts(gate, route), now)
            times.append((time.perf_counter() - began) * 1e3)
        median, worst = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
        row(f"a decision: {what}", f"{median:.2f} ms", f"99 of 100 within {worst:.2f} ms", f"{median:.2f}", "<= 1")
    _processes(runs, row)


def fleet(now: float, *, closed: int) -> tuple[Settings, gate_reader.Document]:
    """Accounts, the first `closed` of them held by a threshold; and holds of classes, so that there are HOLDS."""
    names = [f"account-{n}" for n in range(ACCOUNTS)]
    raw = {
        "accounts": [{"name": name, "config_dir": f"~/.claude-{name}"} for name in names],
        "failover": [{"class": f"class-{n}", "chain": [*names[n : n + 3], "claude"]} for n in range(0, CLASSES, 2)],
    }
    settings, faults = parse_settings(raw)
    assert not faults
    scopes = [{"account": name} for name in names[:closed]]
    scopes += [
        {"account": names[n % ACCOUNTS], "class": f"class-{n % CLASSES}", "model": "opus" if n % 3 else "fable"}
        for n in range(HOLDS - len(scopes))
    ]
    windows = [
        {"account": name, "id": id_, "label": id_, "used_pct": 10 + n % 70, "resets_at": now + 60 * n + 3600,
         "observed_at": now, "source": "oauth_usage"}
        for n, name in enumerate(names) for id_ in ("session", "week", "model:Opus")
    ]  # fmt: skip
    document = {
        "verdict": "open", "valid_until": None, "format": 1, "serial": 1, "written_at": now, "lease_until": now + 900,
        "writer": {}, "override": None, "windows": windows, "holds": [_hold(scope, now) for scope in scopes],
        "accounts": [{"name": name, "observed_at": now, "evidence_until": now + 900} for name in names],
    }  # fmt: skip
    return settings, document


def _hold(scope: dict[str, str], now: float) -> gate_reader.Document:
    return {
        "kind": "threshold", "reason": "session_threshold", "window": "session", "applies_to": scope, "since": now,
        "until": now + 3600, "utilization_pct": 92, "threshold_pct": 90, "observed_at": now,
        "evidence_until": now + 900,
    }  # fmt: skip


def _processes(runs: int, row: Row) -> None:
    """Time whole processes in turns, so that a drift of the machine is shared; two accounts, as people have."""
    now = time.time()
    raw = {"accounts": [{"name": name, "config_dir": f"/claude/{name}"} for name in ("work", "home")]}
    settings, _ = parse_settings(raw)
    gate = fleet(now, closed=0)[1]
    gate |= {
        "holds": [],
        "accounts": [{"name": n, "observed_at": now, "evidence_until": now + 900} for n in ("work", "home")],
        "windows": [w | {"account": n} for n in ("work", "home") for w in gate["windows"][:3]],
    }
    with tempfile.TemporaryDirectory(prefix="bench-route-") as folder:
        (Path(folder) / "gate.json").write_bytes(gate_reader.dump_gate(decided(gate, now)))
        (Path(folder) / "gate.json").chmod(0o600)
        memory, _ = failover.advance(RouteMemory(), gate, settings, frozenset(), now)
        route_file.write(Path(folder) / "route.json", failover.route_document(memory, settings, frozenset()))
        times = _times(
            {
                "check": [*RINGFENCE, "gate", "check"],
                "route": [*RINGFENCE, "route", "--task-value", "high", "--json"],
                "check --json": [*RINGFENCE, "gate", "check", "--json"],
            },
            os.environ | {"RINGFENCE_HOME": folder},
            runs,
        )
    median = {name: statistics.median(values) for name, values in times.items()}
    row("ringfence route", f"{median['route']:.1f} ms", f"ringfence gate check {median['check']:.1f} ms",
        f"{median['route'] / median['check']:.2f}", "<= 1.3")  # fmt: skip


def _times(commands: dict[str, list[str]], environment: dict[str, str], runs: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in commands}
    null = os.open(os.devnull, os.O_RDWR)
    quiet = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    for turn in range(runs + 2):
        for name, command in commands.items():
            began = time.perf_counter_ns()
            pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
            _, status = os.waitpid(pid, 0)
            if status:
                sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}; nothing was measured.")
            if turn > 1:
                times[name].append((time.perf_counter_ns() - began) / 1e6)
    os.close(null)
    return times
