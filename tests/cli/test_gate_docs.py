"""docs/gate.md: its recipes run as they are printed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.world import SOURCE
from ringfence import gate_reader
from ringfence.cli import gate_doctor

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")


def recipe(language: str) -> str:
    """Return the code of a recipe."""
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def test_the_python_recipe_refuses_at_a_closed_gate_and_goes_on_at_an_open_one() -> None:
    with gate_doctor.two_homes() as homes:
        done = [
            subprocess.run(
                [sys.executable, "-c", recipe("python") + "print('started')"], capture_output=True, text=True,
                check=False, env={"PYTHONPATH": str(SOURCE), "RINGFENCE_HOME": str(home)},
            )
            for home in homes
        ]  # fmt: skip
    assert [d.returncode for d in done] == [1, 0]
    assert [d.stdout for d in done] == ["", "started\n"]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_the_node_recipe_answers_as_the_reader_does() -> None:
    code = recipe("js") + "process.argv.slice(1).forEach(path => console.log(verdict(path)));"
    with gate_doctor.two_homes() as homes:
        paths = [home / "gate.json" for home in homes]
        over, loose = homes[0] / "over.json", homes[0] / "loose.json"
        over.write_text(gate_reader.first_line("open", time.time() - 5))
        loose.write_text(gate_reader.first_line("open", time.time() + 500))
        over.chmod(0o600)
        loose.chmod(0o666)
        asked = ["node", "-e", code, *map(str, [*paths, over, loose, homes[0] / "none"])]
        said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert said == ["closed", "open", "unknown", "unknown", "unknown"]


def test_the_exit_codes_are_the_programs() -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith("| `ringfence gate check`"))
    codes = re.findall(r"\| (\d+)", row)
    wanted = (gate_reader.EXIT_OPEN, gate_reader.EXIT_CLOSED, gate_reader.EXIT_UNKNOWN)
    assert codes == [str(code) for code in wanted]


def test_the_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (Path(__file__).parents[2] / "docs" / link).is_file(), link
