"""What the command line's tests are made of: a moment, windows, accounts, and the program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ringfence.core.model import AccountStatus, Failure, FailureKind, Sample, Window

NOW = 1795305600.0  # 2026-11-22 00:00:00 UTC, a Sunday
HOUR = 3600.0
SOURCE = Path(__file__).parents[2] / "src"


def window(window_id: str, used: float | None, *, resets_in: float | None = HOUR, **more: object) -> Window:
    """Return a window as of NOW."""
    label, length = {"session": ("5-hour session", 5 * HOUR), "week": ("Week", 168 * HOUR)}.get(
        window_id, (window_id, 168 * HOUR)
    )
    made: dict[str, object] = {
        "id": window_id,
        "label": label,
        "used": used,
        "resets_at": None if resets_in is None else NOW + resets_in,
        "duration_s": length,
    }
    return Window(**(made | more))  # type: ignore[arg-type]


def account(*windows: Window, name: str = "default", age: float = 120.0, **more: object) -> AccountStatus:
    """Return an account whose reading is `age` seconds old at NOW."""
    sample = Sample(account=name, source="oauth_usage", observed_at=NOW - age, windows=windows, plan="max")
    made: dict[str, object] = {
        "name": name,
        "sample": sample if windows else None,
        "next_poll_at": NOW + 180,
        "next_poll_why": "regular",
        "requests_last_hour": 12,
        "request_budget": 20,
    }
    return AccountStatus(**(made | more))  # type: ignore[arg-type]


def failure(kind: FailureKind, *, since: float = 600.0, detail: str = "The network is away.") -> Failure:
    """Return a failure that began before NOW."""
    return Failure(kind=kind, at=NOW - 60, since=NOW - since, detail=detail)


def program(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run `ringfence ARGUMENTS` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=environment, **more,
    )  # fmt: skip
