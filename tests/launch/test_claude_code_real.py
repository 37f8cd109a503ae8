"""The real Claude Code and the gate: new work is held, running work goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import ringfence
from launch import homes
from launch.test_statusline_real import Terminal
from parts.claude import Claude, ClaudeApi, finished, text, tool_use
from ringfence.launch.claude_code import SPEC

pytestmark = pytest.mark.claude
PROGRAM = (sys.executable, "-m", "ringfence")


@pytest.fixture
def api():
    with ClaudeApi() as api:
        yield api


@pytest.fixture
def claude(api, tmp_path, monkeypatch):
    """Return the client with the hooks installed."""
    monkeypatch.setenv("PYTHONPATH", str(Path(ringfence.__file__).parents[1]))
    claude = Claude(tmp_path, api)
    SPEC.adapter.install(homes.options(program=PROGRAM, environ=claude.environ))
    return claude


@pytest.mark.parametrize("inside_a_terminal_run", [False, True])
def test_a_closed_gate_sends_no_request(claude, api, home, monkeypatch, inside_a_terminal_run):
    if inside_a_terminal_run:  # what its Bash tool hands on must not pass for a person who types
        monkeypatch.setenv("CLAUDE_CODE_ENTRYPOINT", "cli")
        monkeypatch.setenv("CLAUDECODE", "1")
    homes.gate(home, closed=True)
    ran = claude.run("-p", "ping")
    assert "Ringfence holds new work: session is over its limit" in ran.stdout
    assert api.prompts == 0


def test_an_open_gate_lets_the_prompt_through(claude, api, home):
    homes.gate(home)
    ran = claude.run("-p", "ping")
    assert (ran.returncode, ran.stdout.strip()) == (0, "pong")
    assert api.prompts >= 1


def test_an_unknown_gate_lets_the_prompt_through_and_is_told_in_the_history_not_to_the_model(claude, api):
    assert claude.run("-p", "ping").stdout.strip() == "pong"
    assert "Ringfence" not in json.dumps(api.bodies)
    (history,) = (claude.config / "projects").rglob("*.jsonl")
    assert history.read_text().count('"hook_system_message","content":"Ringfence cannot tell') == 1


def test_a_person_who_types_in_a_terminal_is_not_held(claude, api, home):
    homes.gate(home, closed=True)
    terminal = Terminal(claude)
    try:
        assert terminal.shows("❯")
        terminal.enter("ping")
        assert terminal.shows("pong")
    finally:
        terminal.close()
    assert api.prompts >= 1


def test_a_running_turn_ends_although_the_gate_closes_in_the_middle(claude, api, home):
    homes.gate(home)
    api.released.clear()
    process = claude.start("-p", "ping")
    assert api.begun.wait(40)
    homes.gate(home, closed=True)
    api.released.set()
    ran = finished(process)
    assert (ran.returncode, ran.stdout.strip()) == (0, "pong")
    assert "Ringfence holds" in claude.run("-p", "ping").stdout


def test_a_running_turn_keeps_its_tools_and_gets_no_new_subagent(claude, api, home):
    """The gate closes with the first answer: the shell command of that turn still runs, its subagent is refused."""
    homes.gate(home)
    marker = claude.work / "made"

    def answer(request):
        results = json.dumps([m["content"] for m in request["messages"]])
        offered = {tool["name"] for tool in request.get("tools", ())}
        if "Bash" not in offered:
            return [text("pong")]
        if "tool_result" not in results:
            homes.gate(home, closed=True)
            return [tool_use("Bash", command=f"touch {marker}", description="Make a file")]
        if "Ringfence holds" in results or len(api.bodies) > 6:
            return [text("done")]
        (name,) = offered & {"Agent", "Task"}
        return [tool_use(name, description="Look", prompt="look", subagent_type="general-purpose")]

    api.answer = answer
    ran = claude.run("-p", "ping", "--allowedTools", "Bash", "Task", "Agent")
    assert (ran.returncode, ran.stdout.strip()) == (0, "done")
    assert marker.exists()
    assert "Ringfence holds new work" in json.dumps(api.bodies[-1]["messages"])


def test_a_subagent_in_the_background_goes_on_and_its_report_reaches_the_run(claude, api, home):
    """The gate closes while it works. Its report comes as a prompt, which is no new work."""
    homes.gate(home)

    def answer(request):
        said = json.dumps([m["content"] for m in request["messages"]])
        offered = {tool["name"] for tool in request.get("tools", ())} & {"Agent", "Task"}
        if "LOOK HERE" in said and "tool_result" not in said:
            homes.gate(home, closed=True)
            return [text("seen")]
        if "task-notification" in said.partition("tool_result")[2] or len(api.bodies) > 6:
            return [text("told")]
        if "tool_result" in said or not offered:
            return [text("waiting")]
        words = {"description": "Look", "prompt": "LOOK HERE", "subagent_type": "general-purpose"}
        return [tool_use(offered.pop(), run_in_background=True, **words)]

    api.answer = answer
    ran = claude.run("-p", "ping", "--allowedTools", "Task", "Agent")
    assert (ran.returncode, "Ringfence holds" in ran.stdout) == (0, False)
    assert "task-notification" in json.dumps(api.bodies[-1]["messages"])


def test_a_workflow_is_new_work(claude, api, home):
    homes.gate(home)
    offered = set()

    def answer(request):
        offered.update(tool["name"] for tool in request.get("tools", ()))
        if "Workflow" not in offered or "tool_result" in json.dumps(request["messages"]):
            return [text("done")]
        homes.gate(home, closed=True)
        script = (
            'export const meta = { name: "look", description: "Look", phases: [] };\nreturn await agent("LOOK HERE");'
        )
        return [tool_use("Workflow", script=script)]

    api.answer = answer
    ran = claude.run("-p", "ping", "--allowedTools", "Workflow")
    if "Workflow" not in offered:
        pytest.skip("this Claude Code has no workflows")
    assert (ran.returncode, ran.stdout.strip()) == (0, "done")
    assert "Ringfence holds new work" in json.dumps(api.bodies[-1]["messages"])
    assert '"LOOK HERE"' not in json.dumps([body["messages"][:1] for body in api.bodies])


def test_ringfence_run_starts_no_client_while_the_gate_is_closed(claude, api, home):
    before = (*PROGRAM, "run", "--")
    homes.gate(home, closed=True)
    refused = claude.run("-p", "ping", before=before)
    assert (refused.returncode, refused.stdout, api.requests) == (75, "", [])
    assert json.loads(refused.stderr)["error"] == "quota_threshold_reached"

    homes.gate(home)
    admitted = claude.run("-p", "ping", before=before)
    assert (admitted.returncode, admitted.stdout.strip()) == (0, "pong")


def test_the_proof_starts_the_real_client_and_leaves_nothing_behind(claude, api, tmp_path):
    gates = homes.gate(tmp_path / "closed", closed=True), homes.gate(tmp_path / "open")
    before = sorted(claude.home.rglob("*"))
    proofs = SPEC.adapter.prove(homes.options(program=PROGRAM, environ=claude.environ), *gates)
    assert [(proof.detail, proof.proved) for proof in proofs[4:]] == [
        ("It sent no prompt to an API on this machine.", True),
        ("It sent its prompt to an API on this machine.", True),
    ]
    assert sorted(claude.home.rglob("*")) == before
    assert api.requests == []
