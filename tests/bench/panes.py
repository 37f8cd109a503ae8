"""`make bench`, part panes: one look at 40 panes of a real tmux, all CPU counted: ours, tmux's calls, tmux's server."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ringfence.core.settings import Tmux
from ringfence.sources.tmux_panes import TmuxPanes

PANES, GOAL_MS = 40, 150
SHOWN = Path(__file__).parents[1] / "data" / "tmux_panes" / "session-2.1.197.txt"
NOW = 1795820400.0


def run(looks: int, row: Callable[..., None]) -> None:
    """Print what a look costs, beside one call of tmux for each pane."""
    if shutil.which("tmux") is None:
        print("tmux is not there: no look at panes in this run")
        return
    with tempfile.TemporaryDirectory(prefix="tm") as folder:
        os.environ["TMUX_TMPDIR"] = folder
        os.environ.pop("TMUX", None)
        shell = f"for i in $(seq 100); do echo work $i; done; cat {SHOWN}; exec sleep 600"
        for number in range(PANES):
            _tmux("new-session", "-d", "-x", "110", "-y", "50", "-s", f"agent-{number}", shell)
        time.sleep(2)
        try:
            ours = _cpu_ms(lambda: asyncio.run(_looks(looks))) / looks
            plain = _cpu_ms(lambda: [_tmux("capture-pane", "-p", "-t", f"agent-{n}") for n in range(PANES)])
        finally:
            _tmux("kill-server")
    reference = f"a call for each pane {plain:.0f} ms"
    row(f"a look at {PANES} panes: CPU", f"{ours:.1f} ms", reference, f"{ours / plain:.2f}", f"<= {GOAL_MS} ms")


async def _looks(count: int) -> None:
    source = TmuxPanes(Tmux(pools={"agent-": "work"}))
    for number in range(count):
        (found,) = await source.sweep(now=NOW + number)
        assert len(found.panes) == PANES


def _cpu_ms(work: Callable[[], object]) -> float:
    server = int(_tmux("display-message", "-p", "-t", "agent-0", "#{pid}"))
    before = _spent(server)
    work()
    return (_spent(server) - before) * 1000


def _spent(server: int) -> float:
    who = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ticks = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(w.ru_utime + w.ru_stime for w in who) + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _tmux(*words: str) -> str:
    return subprocess.run(["tmux", "-f", "/dev/null", *words], capture_output=True, text=True, check=True).stdout
