"""A bar's line beside `ringfence gate check`, as processes: what a bar that asks every few seconds costs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ringfence import gate_reader
from ringfence.core.model import SESSION_S, WEEK_S, AccountStatus, Evidence, Gate, Sample, Status, Window
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Run
from ringfence.gates.gate_file import GateFile
from ringfence.storage import records
from ringfence.storage.atomic import write_atomic

Row = Callable[[str, str, str, str, str], None]
RINGFENCE = str(Path(sys.executable).with_name("ringfence"))
ACCOUNTS, RUNS = 3, 12


def run(runs: int, medians: Callable[..., dict[str, float]], row: Row) -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory(prefix="bench-bars-") as folder:
        home = Path(folder)
        _furnish(home, time.time())
        commands = {
            "check": [RINGFENCE, "gate", "check"],
            "tmux": [RINGFENCE, "status", "--tmux"],
            "waybar": [RINGFENCE, "status", "--waybar"],
        }
        environment = os.environ | {"RINGFENCE_HOME": folder}
        median = medians(commands, environment, home / "gate.json", runs)
    reference = f"gate check {median['check']:.1f} ms"
    for name in ("tmux", "waybar"):
        ratio = f"{median[name] / median['check']:.2f}"
        row(f"ringfence status --{name}", f"{median[name]:.1f} ms", reference, ratio, "<= 2")


def _furnish(home: Path, now: float) -> None:
    """Write files as a monitor of several accounts and runs leaves them."""
    names = [f"account-{n}" for n in range(ACCOUNTS)]
    evidence = tuple(Evidence(account=n, observed_at=now, evidence_until=now + gate_reader.LEASE_S) for n in names)
    gate = GateFile(home / "gate.json", write_atomic)
    gate.publish(Gate(lease_until=now + gate_reader.LEASE_S, evidence=evidence), now=now)
    windows = (
        Window(id="session", label="5-hour session", used=0.62, resets_at=now + 7800, duration_s=SESSION_S),
        Window(id="week", label="Week", used=0.41, resets_at=now + 300000, duration_s=WEEK_S),
        Window(id="model:Opus", label="Opus week", used=0.2, resets_at=now + 300000, duration_s=WEEK_S, model="Opus"),
    )
    accounts = tuple(
        AccountStatus(
            name=name, sample=Sample(account=name, source="oauth_usage", observed_at=now, windows=windows, plan="max")
        )
        for name in names
    )
    live = tuple(
        Run(
            session=f"session-{n}", account=names[0], project=f"/home/me/work/project-{n}", model="claude-opus-4-6",
            models=(), tokens=Tokens(input=1200, output=900, responses=9), burn_per_min=1000.0, started_at=now - 400,
            last_at=now, subagents=0, class_=None,
        )
        for n in range(RUNS)
    )  # fmt: skip
    records.save_status(home / "status.json", Status(written_at=now, accounts=accounts, runs=live))
