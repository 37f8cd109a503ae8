"""`ringfence route`: the answer, its exit status, the way to it, and the dry run."""

from __future__ import annotations

import json

import pytest

from ringfence.__main__ import main

TWO = """
[thresholds]
session_pct = 90
[[route.tiers]]
name = "opus"
model = "opus"
[[route.tiers]]
name = "ollama"
kind = "local"
model = "qwen3:32b"
[[accounts]]
name = "work"
config_dir = "~/.claude-work"
[[accounts]]
name = "home"
config_dir = "/claude/home"
[[failover]]
class = "batch"
chain = ["work", "home"]
"""
NO_LOCAL = '[[route.tiers]]\nname = "opus"\n'


@pytest.fixture
def ask(home, capsys):
    """Ask with settings, as the program does; the exit status and what it said."""
    home.mkdir(mode=0o700)

    def run(*arguments, settings=TWO):
        (home / "settings.toml").write_text(settings)
        capsys.readouterr()
        status = main(["route", *arguments])
        return status, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("arguments", "status", "first"),
    [
        (["--simulate", "used=0.1,0.1"], 0, "start: opus on work (simulated)"),
        (["--simulate", "used=work:0.95,0.1;home:0.2,0.1"], 0, "start: opus on home (simulated)"),
        (["--simulate", "used=0.6,0.1", "--task-value", "low"], 0, "start: ollama (qwen3:32b) (simulated)"),
        (["--simulate", "used=0.6,0.1", "--task-value=high"], 0, "start: opus on work (simulated)"),
        (["--simulate", "used=0.1,0.85", "--task-value=high"], 0, "start: ollama (qwen3:32b) (simulated)"),
        (["--simulate", "used=work:0.95,0.1;home:0.1,0.1", "--class=batch"], 0, "start: opus on home (simulated)"),
        ([], 0, "start: ollama (qwen3:32b)"),
        (["--account", "nobody"], 1, "refused"),
        (["--account", ""], 0, "start: ollama (qwen3:32b)"),
    ],
)
def test_the_first_line_and_the_exit_status_are_the_answer(ask, arguments, status, first):
    found, out, _ = ask(*arguments)
    assert (found, out.splitlines()[0]) == (status, first)


def test_it_has_to_wait_until_the_reset_of_what_holds_it(ask):
    status, out, _ = ask("--simulate", "used=0.95,0.1", "--class", "batch")
    assert status == 1
    assert out.startswith("wait until 20")
    assert "95 % used, threshold 90 %" in out


def test_nobody_can_tell_without_a_reading_and_a_local_tier(ask):
    status, out, _ = ask("--json", settings=NO_LOCAL)
    assert status == 69
    assert json.loads(out)["code"] == "no_evidence"


def test_the_way_is_told_step_by_step(ask):
    _, out, _ = ask("--simulate", "used=work:0.95,0.1;home:0.6,0.1", "--task-value", "low", "--explain")
    steps = [line.strip() for line in out.splitlines() if line.startswith(("  +", "  -"))]
    assert steps[0].startswith("- tier     opus: home is 60 % used: opus takes high-value work alone")
    assert steps[-1] == "+ tier     ollama: ollama needs no account."


def test_json_carries_the_folder_as_a_program_takes_it(ask, monkeypatch):
    monkeypatch.setenv("HOME", "/people/me")
    _, out, _ = ask("--simulate", "used=0.1,0.1", "--json", "--explain")
    answer = json.loads(out)
    assert answer["config_dir"] == "/people/me/.claude-work"
    assert (answer["format"], answer["verdict"], answer["account"], answer["simulated"]) == (1, "start", "work", True)
    assert all(set(step) == {"what", "name", "taken", "code", "why"} for step in answer["path"])


def test_without_json_the_variable_is_named(ask):
    _, out, _ = ask("--simulate", "used=0.95,0.1;home:0.1,0.1")
    assert "  CLAUDE_CONFIG_DIR=/claude/home" in out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task-value", "urgent"], "low, medium, high"),
        (["--task-value"], "needs a value"),
        (["--fast"], "is not an option"),
        (["--simulate", "0.5,0.5"], "must be like used=0.85,0.40"),
        (["--simulate", "used=0.5"], "two fractions"),
        (["--simulate", "used=85,40"], "0.85 is 85 %"),
        (["--simulate", "used=nan,0"], "0.85 is 85 %"),
        (["--simulate", "used=nobody:0.1,0.1"], "there are work, home"),
    ],
)
def test_wrong_usage_is_one_sentence(ask, arguments, said):
    status, out, err = ask(*arguments)
    assert (status, out) == (64, "")
    assert said in err
    assert err.count("\n") == 1


def test_help_says_how(ask):
    status, out, _ = ask("--help")
    assert status == 0
    assert "--task-value" in out
