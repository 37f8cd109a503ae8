"""What the gate's function for shells costs: in a bash that runs, and as a process through dash.

    python tests/bench/shell.py [RUNS]

Every figure is a ratio against a reference measured in turns with it, so that a drift of the machine is shared.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ringfence.cli import gate_doctor

SCRIPT = Path(__file__).resolve().parents[2] / "src" / "ringfence" / "launch" / "data" / "ringfence.sh"
Row = Callable[[str, str, str, str, str], None]
# A round is shorter than a time slice: on a busy machine most have the core to themselves, and the median is theirs.
ROUNDS, CALLS = 400, 50
# Both are calls in a loop, whose own cost (1 to 2 us) is in both figures.
IN_BASH = r"""
. "$1"
file=$RINGFENCE_HOME/gate.json
timed() { # sets $took: nanoseconds a call
  local from=$EPOCHREALTIME
  eval "for ((i = 0; i < $2; i++)); do $1; done"
  local to=$EPOCHREALTIME
  took=$(((${to/./} - ${from/./}) * 1000 / $2))
}
for ((round = 0; round < $2; round++)); do
  timed 'IFS= read -r line <"$file"' "$3"; read=$took
  timed ringfence_gate "$3"; gate=$took
  echo "$read $gate"
done
"""


def run(runs: int, row: Row | None = None) -> None:
    """Measure, and hand each figure to `row`: what, value, reference, ratio, goal. `runs` scales the processes."""
    tell = row or _print
    with gate_doctor.two_homes() as (_closed, opened):
        environ = {**os.environ, "RINGFENCE_HOME": str(opened)}
        _in_bash(environ, tell)
        _as_process(environ, runs * 20, tell)


def _in_bash(environ: dict[str, str], tell: Row) -> None:
    bash = shutil.which("bash")
    if bash is None:
        return
    command = [bash, "-c", IN_BASH, "bash", str(SCRIPT), str(ROUNDS), str(CALLS)]
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, pair.split())) for pair in said.splitlines()]
    read, gate = (statistics.median(column) / 1000 for column in zip(*pairs, strict=True))
    ratio = statistics.median(gate / read for read, gate in pairs)
    tell(
        "ringfence_gate in a running bash", f"{gate:.1f} us", f"read of one line {read:.1f} us", f"{ratio:.2f}", "<= 2"
    )


def _as_process(environ: dict[str, str], runs: int, tell: Row) -> None:
    dash = shutil.which("dash")
    if dash is None:
        return
    commands = {"ours": [dash, "-c", '. "$0"; ringfence_gate', str(SCRIPT)], "true": ["/bin/true"]}
    took: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 3):
        for name, command in commands.items():
            began = time.perf_counter()
            process = os.posix_spawn(command[0], command, environ)
            _, status = os.waitpid(process, 0)
            if turn >= 3:
                took[name].append((time.perf_counter() - began) * 1e3)
            assert status == 0, f"{name} ended with {status}"
    ours, true = (statistics.median(took[name]) for name in commands)
    tell("ringfence_gate through dash", f"{ours:.2f} ms", f"/bin/true {true:.2f} ms", f"{ours / true:.2f}", "<= 2.5")


def _print(what: str, value: str, reference: str, ratio: str, goal: str) -> None:
    print(f"{what:<44} {value:>14}   {reference:<34} {ratio:>8}   {goal}", flush=True)


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
