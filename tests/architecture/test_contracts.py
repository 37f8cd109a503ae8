"""The checkers of style, types and layers are satisfied: pytest alone tells the truth, without `make`."""

import os
import shutil
import subprocess
import sys
import tomllib
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


SINS = {
    "Each layer imports only what stands below it": ("core/pace.py", "import ringfence.monitor"),
    "The core has no I/O, no clock, no threads and no Qt": ("core/pace.py", "import os"),
    "Only the tray knows Qt": ("monitor.py", "import PySide6.QtCore"),
    "The edges do not know each other": ("sources/__init__.py", "import ringfence.gates"),
    "The reader of the gate stands alone": ("gate_reader.py", "import logging"),
    "No cycles anywhere": ("core/model.py", "import ringfence.core.reducer"),
}


def contracts():
    with (rules.ROOT / "pyproject.toml").open("rb") as file:
        return [contract["name"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


def test_each_contract_has_its_sin():
    assert contracts() == list(SINS)


@pytest.mark.parametrize("contract", SINS)
def test_a_contract_sees_its_sin(contract, tmp_path):
    shutil.copytree(rules.ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(rules.ROOT / "pyproject.toml", tmp_path)
    place, sin = SINS[contract]
    module = tmp_path / "src" / "ringfence" / place
    module.write_text(f"{module.read_text(encoding='utf-8')}\n{sin}\n", encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
