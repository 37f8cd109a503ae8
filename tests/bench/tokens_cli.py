"""What `ringfence tokens daily` costs as a process when nothing is new, beside a command that does nothing."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RINGFENCE = [str(Path(sys.executable).with_name("ringfence"))]
FILES, DAYS, ANSWERS = 1_000, 365, 12
MODELS = ("claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")

SETTINGS = """
[thresholds]
session_pct = 90
week_pct = 95

[[accounts]]
name = "default"
config_dir = "{config}"

[[accounts]]
name = "work"
config_dir = "{config}-work"

[[budgets]]
name = "everything"
tokens = 500_000_000
per = "week"
"""


def run(runs: int, row: Callable[..., None]) -> None:
    """Time both in turns over a year of answers in a thousand files."""
    with tempfile.TemporaryDirectory(prefix="bench-tokens-") as folder:
        home = Path(folder)
        write_transcripts(home / "claude", now=time.time())
        environment = os.environ | {
            "RINGFENCE_HOME": str(home / "ringfence"), "CLAUDE_CONFIG_DIR": str(home / "claude"),
        }  # fmt: skip
        daily = [*RINGFENCE, "tokens", "daily"]
        told = json.loads(subprocess.run([*daily, "--json"], env=environment, capture_output=True, check=True).stdout)
        if told["total"]["responses"] != FILES * ANSWERS:
            sys.exit(f"{told['total']['responses']} of {FILES * ANSWERS} answers were counted; nothing was measured.")
        chosen = home / "chosen"
        shutil.copytree(home / "ringfence", chosen)
        (chosen / "settings.toml").write_text(SETTINGS.format(config=home / "claude"))
        taken = cpu_ms(
            {
                "empty": ([*RINGFENCE, "--version"], environment),
                "daily": (daily, environment),
                "chosen": (daily, environment | {"RINGFENCE_HOME": str(chosen)}),
            },
            runs,
        )
    for name, what, goal in (("daily", "nothing new", "<= 2"), ("chosen", "settings", "")):
        row(
            f"ringfence tokens daily, {FILES} files, {what}", f"{taken[name]:.0f} ms CPU",
            f"ringfence --version {taken['empty']:.0f} ms CPU", f"{taken[name] / taken['empty']:.2f}", goal,
        )  # fmt: skip


def cpu_ms(commands: dict[str, tuple[list[str], dict[str, str]]], runs: int) -> dict[str, float]:
    """Return the CPU time of whole processes, the median of runs in turns: other programs' work does not count."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    null = os.open(os.devnull, os.O_RDWR)
    quiet = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in (0, 1, 2)]
    for turn in range(runs + 2):
        for name, (command, environment) in commands.items():
            pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
            _, status, used = os.wait4(pid, 0)
            if status:
                sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}; nothing was measured.")
            if turn > 1:
                times[name].append((used.ru_utime + used.ru_stime) * 1e3)
    os.close(null)
    return {name: statistics.median(values) for name, values in times.items()}


def write_transcripts(config: Path, *, now: float) -> None:
    """Lay out a year of sessions, one a file, each with a few answers."""
    for number in range(FILES):
        at = now - 86_400 * DAYS * (number + 1) / (FILES + 1)
        folder = config / "projects" / f"-home-someone-work-{number % 40}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_answer(number, turn, at + turn * 60)) for turn in range(ANSWERS)]
        (folder / f"session-{number:04}.jsonl").write_text("\n".join(lines) + "\n")


def _answer(number: int, turn: int, at: float) -> dict[str, object]:
    counts = {"input_tokens": 10, "cache_creation_input_tokens": 2_000, "cache_read_input_tokens": 30_000}
    message = {
        "id": f"msg-{number}-{turn}", "type": "message", "role": "assistant", "model": MODELS[number % 3],
        "content": [], "usage": counts | {"output_tokens": 400},
    }  # fmt: skip
    return {
        "type": "assistant", "sessionId": f"session-{number:04}", "isSidechain": False,
        "cwd": f"/home/someone/work/{number % 40}", "requestId": f"req-{number}-{turn}", "uuid": f"u-{number}-{turn}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)), "message": message,
    }  # fmt: skip
