"""Qt, tried without a screen in a process of its own: the command line never loads it, and a broken one may abort."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from ringfence.system import program

DEADLINE_S = 20.0
WORD = "--try-qt"
"""The argument that no help names; `__main__` hands it to the tray."""


def probe() -> dict[str, Any]:
    """Return Qt's version, platform and image formats, else {"error": why} in one line."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command(), capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False,
            env=environment,
        )  # fmt: skip
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {"error": type(error).__name__}
    return {"error": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}


def command() -> list[str]:
    """Return what is run. A bundle has no interpreter to hand code to: it is asked through its own program."""
    return [*program.command(os.environ), WORD]
