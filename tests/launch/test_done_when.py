"""Every way in at once: installed in one home, each refuses at a closed gate, admits at an open one, and is proved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.world import SOURCE, program
from launch import homes

SHELLS = [name for name in ("sh", "dash", "bash", "zsh") if shutil.which(name)]


@pytest.fixture
def person(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a person who installed everything that this machine can run."""
    folder = tmp_path / "person"
    folder.mkdir()
    for name, value in (("HOME", folder), ("XDG_CONFIG_HOME", folder / ".config"), ("PYTHONPATH", SOURCE)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    (folder / ".bashrc").write_text("alias ll='ls -l'\n")
    for install in (
        ("shell", "--file", str(folder / ".bashrc")), ("systemd", "--unit", "agent.service"), ("tmux",),
        ("claude-code",), ("statusline",),
    ):  # fmt: skip
        done = program("hooks", "install", *install)
        assert done.returncode == 0, done.stderr
    return folder


def adapters(said: str) -> dict[str, str]:
    return {each["id"]: each["state"] for each in json.loads(said)["adapters"]}


def test_the_doctor_proves_every_way_in_that_was_installed(person: Path) -> None:
    ran = program("gate", "doctor", "--json")
    states = adapters(ran.stdout)
    installed = {"gate check", "run", "shell", "systemd", "tmux", "claude-code", "statusline"}
    assert {name for name, state in states.items() if state != "not_installed"} == installed
    assert {states[name] for name in installed} == {"proved"}, ran.stdout
    assert ran.returncode == 0


def test_what_is_removed_is_not_installed_and_leaves_the_persons_files_as_they_were(person: Path) -> None:
    for name in ("statusline", "claude-code", "tmux", "systemd --unit agent.service", f"shell --file {person}/.bashrc"):
        assert program("hooks", "remove", *name.split()).returncode == 0
    assert program("hooks", "remove", "shell").returncode == 0
    assert (person / ".bashrc").read_text() == "alias ll='ls -l'\n"
    assert not (person / ".claude" / "settings.json").exists()
    states = adapters(program("gate", "doctor", "--json").stdout)
    assert {state for name, state in states.items() if name not in {"gate check", "run"}} == {"not_installed"}


@pytest.fixture
def ways(person: Path, home: Path) -> dict[str, tuple[Callable[[], subprocess.CompletedProcess[str]], int]]:
    """Return how each way starts a command that prints `started`, and its exit status when held."""
    run = [sys.executable, "-m", "ringfence"]
    functions = next(iter(home.rglob("ringfence.sh")))
    commands = {"run": ([*run, "run", "--", "echo", "started"], 75)}
    for name in SHELLS:
        commands[name] = ([name, "-c", f". {functions}; ringfence_guard echo started"], 75)
    commands["gate check"] = (["sh", "-c", f"{' '.join(run)} gate check && echo started"], 1)

    def start(command: list[str]) -> Callable[[], subprocess.CompletedProcess[str]]:
        return lambda: subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return {name: (start(command), held) for name, (command, held) in commands.items()}


def test_a_closed_gate_starts_nothing_in_any_way_and_an_open_one_everything(ways, home: Path) -> None:
    homes.gate(home, closed=True)
    held = {name: (start().stdout, start().returncode) for name, (start, _) in ways.items()}
    assert held == {name: ("", status) for name, (_, status) in ways.items()}
    homes.gate(home)
    assert {name: start().stdout.strip() for name, (start, _) in ways.items()} == dict.fromkeys(ways, "started")
    homes.paused(home)
    assert {start().stdout for start, _ in ways.values()} == {""}


def test_what_runs_goes_on_when_the_gate_closes(home: Path) -> None:
    homes.gate(home)
    running = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "run", "--", "sh", "-c", "echo begun; read line; echo ended"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    homes.gate(home, closed=True)
    assert running.communicate("go on\n", timeout=30) == ("ended\n", None)
    assert running.returncode == 0
