"""Nothing is clipped at 100 to 300 % or with a large font; Qt reads its scale once, so each is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("points", [10, 18])
@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2", "3"])
def test_no_text_is_clipped_and_nothing_is_squeezed(scale, points):
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    done = subprocess.run(
        [sys.executable, str(TESTS / "tray/measured.py"), scale, str(points)],
        capture_output=True, text=True, env=env, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "nothing is clipped\n"), done.stdout + done.stderr
