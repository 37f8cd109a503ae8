"""Homes of Ringfence with a gate in them, written by the real writer at the real time: no shell takes a clock."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ringfence.adapter_ports import AdapterOptions
from ringfence.core.model import Evidence, Gate, Hold, Latches, Pause, Scope
from ringfence.gate_reader import first_line
from ringfence.gates.gate_file import GateFile, uptime_s
from ringfence.storage.atomic import write_atomic


def gate(home: Path, *, closed: bool = False, at: float | None = None) -> Path:
    """Write an open gate, or one that a threshold closed, and return the home."""
    now = time.time() if at is None else at
    hold = Hold(
        kind="threshold", reason="session_threshold", window="session", scope=Scope(), also_unnamed=False,
        since=now - 60, until=now + 7800, used=0.91, threshold_pct=90.0,
        observed_at=now - 10, evidence_until=now + 7200,
    )  # fmt: skip
    evidence = (Evidence(account="default", observed_at=now - 10, evidence_until=now + 1190),)
    decided = Gate(lease_until=now + 900, evidence=evidence, holds=(hold,) if closed else ())
    GateFile(home / "gate.json", write_atomic, uptime=lambda: _uptime_at(now)).publish(decided, now=now)
    return home


def _uptime_at(then: float) -> float | None:
    """Return how long this system had run at some moment."""
    uptime = uptime_s()
    return None if uptime is None else uptime - (time.time() - then)


def paused(home: Path, until: float | None = None) -> Path:
    """Write an open gate that the person paused, and return the home."""
    now = time.time()
    gate(home)
    GateFile(home / "gate.json", write_atomic).change(
        lambda _: Latches(pauses=(Pause(since=now, until=until),)), now=now
    )
    return home


def raw(home: Path, content: bytes) -> Path:
    """Write a gate file with this content, and return the home."""
    home.mkdir(parents=True)
    (home / "gate.json").write_bytes(content)
    (home / "gate.json").chmod(0o600)
    return home


def line(verdict: str, until: float | None) -> bytes:
    """Return a first line, and a body that tells a shell nothing."""
    return first_line(verdict, until).encode() + b'"format":1}\n'


def options(**more) -> AdapterOptions:
    """Return what an adapter is told, with this test's environment."""
    return AdapterOptions(**{"program": ("/usr/bin/ringfence",), "environ": dict(os.environ)} | more)


def budget(home: Path, **scope: str) -> Path:
    """Write a gate that a budget closed for some launches, and return the home."""
    now = time.time()
    hold = Hold(
        kind="budget", reason="budget", window="budget:nightly", scope=Scope(**scope), also_unnamed=False,
        since=now - 60, until=now + 7800, used=1.02, threshold_pct=100.0, observed_at=now - 10,
        evidence_until=now + 7800,
    )  # fmt: skip
    evidence = (Evidence(account="default", observed_at=now - 10, evidence_until=now + 1190),)
    decided = Gate(lease_until=now + 900, evidence=evidence, holds=(hold,))
    GateFile(home / "gate.json", write_atomic).publish(decided, now=now)
    return home
