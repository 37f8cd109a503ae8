"""The checkers of style, types and layers are satisfied: pytest alone tells the truth, without `make`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from architecture import rules

CHECKERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy", "--no-error-summary"],
    "import-linter": ["lint-imports", "--no-logo"],
}


@pytest.mark.parametrize("name", CHECKERS)
def test_the_checker_is_satisfied(name):
    program, *arguments = CHECKERS[name]
    command = [str(Path(sys.executable).parent / program), *arguments]
    done = subprocess.run(
        command,
        cwd=rules.ROOT,
        env={**os.environ, "PYTHONPATH": str(rules.ROOT / "src")},  # import-linter finds the package by importing it
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
