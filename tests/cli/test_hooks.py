"""`hooks`: every adapter in the folder can be installed, looked at and removed, and mistakes are told in a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.world import program
from ringfence import launch
from ringfence.cli import hooks

OURS = {"cron", "powershell", "shell", "systemd", "tmux"}


def test_the_adapters_are_those_in_the_folder():
    assert {spec.id for spec in launch.specs()} >= OURS
    for spec in launch.specs():
        assert spec.label
        assert spec.help.endswith(".")


def test_installed_looked_at_and_removed(cli, home):
    installed = cli("hooks", "install", "shell")
    assert (installed.status, installed.err) == (0, "")
    assert f". {home}/ringfence.sh" in installed.out
    assert cli("hooks", "status", "shell").out.split()[:2] == ["shell", "installed"]

    removed = cli("hooks", "remove", "shell")
    assert (removed.status, removed.out) == (0, f"{home}/ringfence.sh was removed.\n")
    assert "not installed" in cli("hooks", "status", "shell").out


def test_the_status_of_all_is_one_line_each_or_json(cli, home):
    cli("hooks", "install", "tmux")

    assert {line.split()[0] for line in cli("hooks", "status").out.splitlines()} == {s.id for s in launch.specs()}
    rows = {row["id"]: row for row in json.loads(cli("hooks", "status", "--json").out)["adapters"]}
    assert rows["tmux"] == {
        "id": "tmux", "installed": True, "where": str(home / "ringfence-supervise.sh"), "note": "",
    }  # fmt: skip
    assert not rows["shell"]["installed"]


def test_one_adapter_that_cannot_be_read_does_not_hide_the_others(cli, home):
    home.mkdir()
    (home / "ringfence.sh").symlink_to("/nowhere")

    everything = cli("hooks", "status")
    assert everything.status == 0
    assert "is a link" in everything.out
    alone = cli("hooks", "status", "shell")
    assert alone.status == 1
    assert "is a link" in alone.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["install", "shel"], "did you mean `shell`?"), (["remove", "nothing-like-it"], "there are "),
     (["install"], "NAME"), (["instal", "shell"], "did you mean `ringfence hooks install`?")],
)  # fmt: skip
def test_wrong_usage_is_64_and_names_the_nearest(cli, arguments, said):
    ran = cli("hooks", *arguments)

    assert (ran.status, ran.out) == (64, "")
    assert said in ran.err


def test_a_file_that_is_not_ours_to_change_is_told_in_a_sentence(cli, tmp_path):
    (tmp_path / "rc").symlink_to(tmp_path / "dotfiles")

    ran = cli("hooks", "install", "shell", "--file", str(tmp_path / "rc"))

    assert ran.status == 1
    assert "is a link and was left as it is" in ran.err


def test_a_file_may_be_named_from_here_or_from_home(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli("hooks", "install", "shell", "--file", "rc")
    cli("hooks", "install", "shell", "--file", "~/.bashrc")

    assert "# >>> ringfence (new file) >>>" in (tmp_path / "rc").read_text()
    assert "ringfence.sh" in (Path(os.environ["HOME"]) / ".bashrc").read_text()


def test_it_is_started_from_anywhere_as_it_was_started_here():
    started = hooks.adapter_options().program

    assert Path(started[0]).is_absolute()
    assert os.access(started[0], os.X_OK)


def test_as_a_program_it_installs_what_it_needs_from_the_package(home):
    ran = program("hooks", "install", "shell")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert (home / "ringfence.sh").stat().st_mode & 0o777 == 0o600
