"""The transcripts: first scan, one more line, and the reports, beside the native readers, all in one run.

The corpora are made once, and the peers installed once, under ~/.cache/ringfence-bench. Every process runs with the
same files in the page cache; CPU is user and system of the process tree, peak that of its largest process.

One process reads. Two, each with half of a gigabyte and a ledger of its own, were tried: 0.79 s instead of 1.50 s on a
clock, for the same CPU (1.51 s and 1.49 s); one ledger would have to take both halves in turn, and half a second a
gigabyte, once in a person's life, does not pay for a second process.

Four fifths of decoding a line is skipping its text (1.28 of 1.64 us), which was tried to be spared and cannot: to know
the lines of one response by their bytes, and decode the last alone, takes 0.32 s a gigabyte for the 0.13 s that it
saves; simdjson's parse without reading a field takes 1.25 us. The rest is Python's own, so its build tells: Debian's
3.11.2 is 7 % faster than a 3.11.7 that was configured without optimizations.
"""

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

HERE = Path(__file__).resolve().parent
SRC = HERE.parent.parent / "src"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ringfence-bench"
CCUSAGE, AIBURN = "ccusage@20.0.24", "aiburn==0.4.5"
OURS = """
import sys
from ringfence.storage.token_ledger import TokenLedger
from ringfence.tokens.reader import TokenReader

ledger = TokenLedger(sys.argv[1])
assert TokenReader(ledger).catch_up({"default": [sys.argv[2]]}).complete
ledger.close()
"""

Row = Callable[[str, str, str, str, str], None]


def corpus(size: str, mean_file: str = "700K") -> Path:
    """Return a config folder of transcripts with its oracle.json; made once."""
    folder = CACHE / f"corpus-{size}-{mean_file}"
    if not (folder / "oracle.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, str(HERE / "corpus.py"), "--out", str(folder), "--size", size, "--seed", "1"]
        subprocess.run([*command, "--mean-file", mean_file], check=True, stdout=subprocess.DEVNULL)
    return folder


def peers() -> dict[str, list[str]]:
    """Install the native readers, once; those that cannot be had are left out."""
    found = {}
    npm, venv = CACHE / "ccusage", CACHE / "aiburn"
    native = npm / "node_modules" / "@ccusage" / "ccusage-linux-x64" / "bin" / "ccusage"
    if not native.exists() and shutil.which("npm"):
        npm.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(npm), CCUSAGE], check=False)
    if native.exists():
        native.chmod(0o755)
        found["ccusage"] = [str(native), "claude", "daily", "--offline", "--json", "--single-thread"]
    if not (venv / "bin" / "aiburn").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", AIBURN], check=False)
    if (venv / "bin" / "aiburn").exists():
        found["aiburn"] = [str(venv / "bin" / "aiburn"), "daily", "--claude", "--json", "--exact"]
    return found


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return CPU seconds and peak MB of a process."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}; nothing was measured.")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def scan(size: str, rounds: int, row: Row) -> None:
    folder = corpus(size)
    with tempfile.TemporaryDirectory(prefix="bench-tokens-", dir=CACHE) as made:
        home = Path(made)
        environment = os.environ | {
            "HOME": made, "CLAUDE_CONFIG_DIR": str(folder), "TZ": "UTC", "PYTHONPATH": str(SRC), "LANG": "C.UTF-8",
        }  # fmt: skip
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        commands = peers()
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in ("ours", *commands)}
        for turn in range(rounds + 1):
            for name, figures in took.items():
                for old in home.glob("ledger*"):
                    old.unlink()
                command = commands.get(name) or [sys.executable, "-c", OURS, str(home / "ledger.sqlite3"), str(folder)]
                one = measured(command, environment)
                if turn:  # the first round fills the page cache and writes byte code
                    figures.append(one)
                if name == "ours" and turn == rounds:
                    shutil.copy(home / "ledger.sqlite3", home / "kept.sqlite3")
        cpu = {name: statistics.median(c for c, _ in figures) for name, figures in took.items()}
        peak = {name: max(mb for _, mb in figures) for name, figures in took.items()}
        for name, goal in (("ccusage", "<= 0.45"), ("aiburn", "<= 1.0")):
            if name in cpu:
                reference = f"{name} {cpu[name]:.2f} s, {peak[name]:.0f} MB"
                row(
                    f"first scan of {size}: CPU",
                    f"{cpu['ours']:.2f} s",
                    reference,
                    f"{cpu['ours'] / cpu[name]:.2f}",
                    goal,
                )
        row(f"first scan of {size}: peak", f"{peak['ours']:.0f} MB", "", "", "<= 80 MB" if size == "4G" else "")
        _exact(home / "kept.sqlite3", folder, size, row)


def _exact(path: Path, folder: Path, size: str, row: Row) -> None:
    from datetime import UTC

    from ringfence.storage.token_ledger import TokenLedger

    oracle = json.loads((folder / "oracle.json").read_text())
    ledger = TokenLedger(path, zone=UTC)
    for what, rows in (("by_day", ledger.daily()), ("by_model", ledger.models())):
        ours = {spent.key: _as_oracle(spent.tokens) for spent in rows}
        same = sum(ours.get(key) == value for key, value in oracle[what].items())
        row(
            f"{size}: totals {what.replace('_', ' ')} equal to the token",
            f"{same} of {len(oracle[what])}",
            "",
            "",
            "all",
        )
    total = sum(spent.tokens.total for spent in ledger.models())
    row(f"{size}: tokens in all", f"{total}", f"oracle {oracle['total']['total']}", "", "equal")
    ledger.close()


def _as_oracle(tokens) -> dict[str, int]:
    kinds = ("input", "cache_creation", "cache_read", "output", "total")
    return {kind: getattr(tokens, kind) for kind in kinds}


def append(row: Row) -> None:
    """One line more among 5,000 files, in a running monitor, and what looking costs when nothing is new."""
    from ringfence.storage.token_ledger import TokenLedger
    from ringfence.tokens.reader import TokenReader

    with tempfile.TemporaryDirectory(prefix="bench-tokens-", dir=CACHE) as made:
        folder = Path(made) / "claude"
        shutil.copytree(corpus("250M", "46K"), folder)
        ledger = TokenLedger(Path(made) / "ledger.sqlite3")
        reader, accounts = TokenReader(ledger), {"default": [str(folder)]}
        reader.catch_up(accounts)
        files = sorted((folder / "projects").rglob("*.jsonl"))
        chosen = next(f for f in files if b'"requestId"' in f.read_bytes() and f.read_bytes().endswith(b"\n"))
        line = next(li for li in chosen.read_bytes().splitlines() if b'"requestId"' in li)
        for what, known in (("told by the watcher", True), ("every file looked at", False)):
            took = []
            for turn in range(15):
                with chosen.open("ab") as file:
                    file.write(line.replace(b'"requestId":"', b'"requestId":"%d%d-' % (known, turn)) + b"\n")
                began = time.process_time()
                caught = reader.catch_up(accounts, [str(chosen)] if known else None)
                took.append((time.process_time() - began) * 1e3)
                assert caught.responses == 1, caught
            goal = "<= 20 ms"
            row(f"one line more in {len(files)} files, {what}", f"{statistics.median(took):.1f} ms CPU", "", "", goal)
        ledger.close()


def reports(row: Row) -> None:
    """A year of data, answered inside the process."""
    from ringfence.storage.token_ledger import TokenLedger
    from ringfence.tokens.reader import TokenReader

    folder = CACHE / "corpus-year"
    if not (folder / "oracle.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, str(HERE / "corpus.py"), "--out", str(folder), "--size", "500M", "--days", "365"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="bench-tokens-", dir=CACHE) as made:
        ledger = TokenLedger(Path(made) / "ledger.sqlite3")
        TokenReader(ledger).catch_up({"default": [str(folder)]})
        for report in (ledger.daily, ledger.models, ledger.projects, ledger.sessions):
            took = []
            for _ in range(15):
                began = time.perf_counter()
                report()
                took.append((time.perf_counter() - began) * 1e3)
            goal = "" if report.__name__ == "sessions" else "<= 10 ms"
            row(f"a year's {report.__name__}", f"{statistics.median(took):.1f} ms", "", "", goal)
        ledger.close()


def run(rounds: int, row: Row, sizes: tuple[str, ...] = ("1G", "4G")) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        scan(size, rounds if size == "1G" else 1, row)
    append(row)
    reports(row)
