"""A gate document and a route document of several accounts, as a monitor would publish them."""

from __future__ import annotations

from typing import Any

from ringfence.core import failover
from ringfence.core.route_memory import RouteMemory
from ringfence.core.settings import Settings, parse_settings
from ringfence.route_facts import Facts

NOW = 1_795_300_000.0
HOUR, DAY = 3600.0, 86400.0


def fleet_settings(*names: str, **route: Any) -> Settings:
    """Settings of accounts with a folder each; `failover` and `thresholds` are tables of their own."""
    raw: dict[str, Any] = {"accounts": [{"name": name, "config_dir": f"/claude/{name}"} for name in names]}
    raw |= {key: route.pop(key) for key in ("failover", "thresholds") if key in route}
    made, faults = parse_settings(raw | {"route": route})
    assert not faults, faults
    return made


def window(account: str, id_: str, used_pct: float | None, resets_in: float | None = HOUR) -> dict[str, Any]:
    resets_at = None if resets_in is None else NOW + resets_in
    return {"account": account, "id": id_, "label": id_, "used_pct": used_pct, "resets_at": resets_at}


def hold(
    kind: str = "threshold", *, until: float | None = NOW + HOUR, since: float = NOW, **scope: str
) -> dict[str, Any]:
    names = {"class_": "class"}
    made = {
        "kind": kind, "reason": f"session_{kind}", "window": "session", "until": until, "since": since,
        "applies_to": {names.get(key, key): name for key, name in scope.items()},
    }  # fmt: skip
    if kind == "manual":
        return made | {"reason": "manual_pause", "why": None}
    return made | {"utilization_pct": 92, "threshold_pct": 90, "evidence_until": NOW + 6 * HOUR}


def gate(*names: str, holds=(), windows=(), blind=(), lease_until=NOW + 900, override=None) -> dict[str, Any]:
    """A gate of these accounts, each with a fresh reading unless it is `blind`."""
    return {
        "verdict": "open", "lease_until": lease_until, "holds": list(holds), "override": override,
        "accounts": [{"name": n, "evidence_until": None if n in blind else NOW + 1200} for n in names],
        "windows": list(windows),
    }  # fmt: skip


def facts(
    settings: Settings, document: dict[str, Any] | None, memory: RouteMemory | None = None, signed_out=()
) -> Facts:
    return Facts(document, failover.route_document(memory or RouteMemory(), settings, frozenset(signed_out)))
