"""The real Claude Code, started by launchers that name a class: its tokens count for it, and its budget holds it."""

from __future__ import annotations

import json

import pytest

from cli.test_running import started, until
from launch import homes
from launch.test_claude_code_real import PROGRAM, api, claude
from parts.claude import text, tool_use

__all__ = ["api", "claude"]

pytestmark = pytest.mark.claude
RUN_BATCH = (*PROGRAM, "run", "--class", "batch", "--")
SETTINGS = """\
[usage]
base_url = "{url}"
interval_s = 60

[[accounts]]
name = "default"
config_dir = {config}

[[budgets]]
name = "nights"
tokens = {batch}
per = "day"
class = "batch"

[[budgets]]
name = "robots"
tokens = 1_000_000
per = "day"
class = "autonomous"

[[budgets]]
name = "people"
tokens = 1_000_000
per = "day"
class = "interactive"
"""
EACH = 19
"""Tokens of one answer of the loopback API."""


def settle(home, api, claude, *, batch):
    home.mkdir(mode=0o700, exist_ok=True)
    text = SETTINGS.format(url=api.url, config=json.dumps(str(claude.config)), batch=batch)
    (home / "settings.toml").write_text(text)


def counted(home):
    """Return how many tokens each budget has counted."""
    try:
        status = json.loads((home / "status.json").read_text())
    except FileNotFoundError:
        return {}
    return {count["meter"]["id"].removeprefix("budget:"): count["tokens"] for count in status["budgets"]}


def notes(home):
    folder = home / "session-classes"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_budget_of_a_launchers_class_counts_its_runs_and_holds_them_and_no_other(claude, api, home, monkeypatch):
    settle(home, api, claude, batch=EACH)
    homes.gate(home)
    assert claude.run("-p", "ping").stdout.strip() == "pong"
    alone = api.prompts
    assert claude.run("-p", "ping", before=RUN_BATCH).stdout.strip() == "pong"
    batch = api.prompts - alone
    [note] = notes(home)
    assert note.read_text() == "batch"
    with started("daemon"):
        until(lambda: (counted(home).get("robots") or 0) >= 2 * EACH)
        amounts = counted(home)
        assert amounts["nights"] == batch * EACH
        assert amounts["robots"] == api.prompts * EACH, "a batch run is autonomous too"
        assert amounts["people"] == 0
        until(lambda: '"budget:nights"' in (home / "gate.json").read_text())
        refused = claude.run("-p", "ping", before=RUN_BATCH)
        assert (refused.returncode, json.loads(refused.stderr)["error"]) == (75, "budget_reached")
        monkeypatch.setenv("RINGFENCE_CLASS", "batch")
        held = claude.run("-p", "ping")
        assert "Ringfence holds new work" in held.stdout
        monkeypatch.delenv("RINGFENCE_CLASS")
        assert claude.run("-p", "ping").stdout.strip() == "pong"


def test_what_a_named_runs_subagent_spends_is_of_its_class_too(claude, api, home):
    settle(home, api, claude, batch=1_000_000)
    homes.gate(home)

    def answer(request):
        said = json.dumps([m["content"] for m in request["messages"]])
        offered = {tool["name"] for tool in request.get("tools", ())} & {"Agent", "Task"}
        if "LOOK HERE" in said and "tool_result" not in said:
            return [text("seen")]
        if "tool_result" in said or not offered:
            return [text("done")]
        words = {"description": "Look", "prompt": "LOOK HERE", "subagent_type": "general-purpose"}
        return [tool_use(offered.pop(), **words)]

    api.answer = answer
    ran = claude.run("-p", "ping", "--allowedTools", "Task", "Agent", before=RUN_BATCH)
    assert ran.stdout.strip() == "done"
    assert any(path.name.startswith("agent-") for path in (claude.config / "projects").rglob("*.jsonl"))
    with started("daemon"):
        until(lambda: counted(home).get("nights") == api.prompts * EACH)
        assert counted(home)["robots"] == api.prompts * EACH
