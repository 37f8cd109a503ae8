"""Where nothing can be printed, on a full disk or with a closed stream, a command does its work and tells by status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.world import SOURCE
from ringfence.storage.paths import Paths

pytestmark = [
    pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"),
    pytest.mark.usefixtures("home"),
]


def status_of(line: str) -> tuple[int, str]:
    """Return the exit status of a line of shell, and what it said; RINGFENCE stands for the program."""
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    line = line.replace("RINGFENCE", f"'{sys.executable}' -m ringfence")
    ran = subprocess.run(
        ["/bin/sh", "-c", line], env=environ, capture_output=True, text=True, check=False, timeout=60, input=""
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "where", ["2>/dev/full", "--json >/dev/full", "--json >/dev/full 2>&1", ">&-", "2>&-", "--json >&- 2>&-"]
)
def test_the_gate_s_answer_is_its_status(where: str) -> None:
    assert status_of(f"RINGFENCE gate check {where}")[0] == 69
    assert status_of(f"RINGFENCE gate check --if-unknown open {where}")[0] == 0


def test_waiting_for_the_gate_ends_as_it_would() -> None:
    assert status_of("RINGFENCE gate wait --if-unknown open 2>/dev/full")[0] == 0
    assert status_of("RINGFENCE gate wait --if-unknown open >&- 2>&-")[0] == 0


def test_where_a_run_goes_is_its_status() -> None:
    assert status_of("RINGFENCE route >/dev/full") == status_of("RINGFENCE route >&-") == (0, "")


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_pause_with_closed_streams_is_a_pause(paths: Paths, streams: str) -> None:
    assert status_of(f"RINGFENCE pause {streams}")[0] == 0
    assert b'"manual"' in paths.gate.read_bytes()


@pytest.mark.parametrize("command", ["status", "status --json", "history --csv", "tokens", "settings", "--help"])
def test_an_answer_that_cannot_be_written_is_one_sentence(command: str) -> None:
    assert status_of(f"RINGFENCE {command} >/dev/full") == (
        1, "ringfence: Cannot write stdout: the disk is full; free some space.\n",
    )  # fmt: skip
    assert status_of(f"RINGFENCE {command} >&-")[0] == 0


def test_a_bar_that_cannot_be_written_is_quiet() -> None:
    assert status_of("RINGFENCE status --tmux >/dev/full") == (1, "")
