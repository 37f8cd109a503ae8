"""`ringfence mcp`, asked by the package's own client over stdio, with real files in a real home."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from mcp import Client, StdioServerParameters

from cli.test_bar import fresh
from cli.test_status import CLOSING, both, foreseen
from cli.world import HOUR, NOW, SOURCE, account, failure, program, window
from parts.account import LoopbackAccount
from parts.claude import Claude, ClaudeApi, text, tool_use
from parts.tmux import until
from ringfence import gate_reader
from ringfence.cli import mcp_server
from ringfence.core.model import FailureKind
from ringfence.documents import agents
from ringfence.documents.base import plain
from ringfence.storage.launches import WAITING, Asked, LaunchLog
from ringfence.storage.paths import Paths

SERVER = (sys.executable, "-m", "ringfence", "mcp")
TOOLS = ("usage", "may_start", "held_launches")


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE)}


@asynccontextmanager
async def connected(mode: str = "auto") -> AsyncIterator[Client]:
    """Return a client of a server that runs as a process of its own."""
    parameters = StdioServerParameters(command=SERVER[0], args=list(SERVER[1:]), env=environ())
    async with Client(parameters, mode=mode) as client:
        yield client


async def ask(name: str, **arguments: object) -> dict[str, Any]:
    """Ask a server of its own one question, and return the answer, which its schema and its text agree with."""
    async with connected() as client:
        (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == name]
        jsonschema.validate(arguments, tool.input_schema)
        result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    jsonschema.validate(result.structured_content, tool.output_schema)
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


# ---- what an agent sees


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_are_listed_with_schemas_and_as_changing_nothing(mode: str) -> None:
    async with connected(mode) as client:
        tools = (await client.list_tools()).tools
        assert "may_start before you start other agents" in (client.instructions or "")
    assert tuple(tool.name for tool in tools) == TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
        assert "Call it" in tool.description
        for schema in (tool.input_schema, tool.output_schema):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"


@pytest.mark.usefixtures("running")
async def test_usage_tells_windows_with_their_age_and_marks_what_is_estimated(furnish, paths: Paths) -> None:
    at = time.time()
    made = fresh(0.62)
    seen = foreseen(made)
    furnish(replace(seen, sample=replace(seen.sample, observed_at=at - 120)), settings=CLOSING, at=at)
    told = await ask("usage")
    assert (told["verdict"], told["why"]) == ("open", "No hold applies.")
    (one,) = told["accounts"]
    session, week = one["windows"]
    assert (one["name"], one["state"]) == ("default", "ok")
    assert 120 <= session["age_s"] < 180
    assert (session["used_pct"], session["estimated_pct"], session["threshold_pct"]) == (62, 66, 90)
    assert (session["source"], session["tier"], session["holds"]) == ("oauth_usage", "elevated", False)
    assert session["resets_at"] == gate_reader.iso(made.sample.windows[0].resets_at)
    assert (week["used_pct"], week["estimated_pct"]) == (41, None)


async def test_without_a_monitor_usage_says_so_and_asks_nobody(furnish) -> None:
    with LoopbackAccount() as endpoint:
        furnish(fresh(0.62), settings=f'[usage]\nbase_url = "{endpoint.url}"\n', at=time.time() - 3600)
        told = await ask("usage")
        assert endpoint.requests == []
    assert told["monitor_runs"] is False
    assert told["warning"].startswith("No monitor runs, so nothing is watched")


async def test_with_no_files_at_all_everything_is_unknown_and_nothing_is_0() -> None:
    told = await ask("usage")
    assert told["verdict"] == "unknown"
    assert told["accounts"] == [{"name": "default", "state": "stale", "age_s": None, "windows": []}]
    launch = await ask("may_start")
    assert (launch["allowed"], launch["verdict"], launch["refusal"]) == (True, "unknown", None)
    assert "is not there; start Ringfence with `ringfence`" in launch["why"]
    assert 0 < launch["ask_again_in_s"] <= 60
    held = await ask("held_launches")
    assert (held["waiting"], held["refused_today"], held["by_reason"]) == ([], 0, {})


async def test_a_closed_gate_is_told_with_the_refusal_and_when_to_ask_again(furnish) -> None:
    at = time.time()
    furnish(fresh(0.92), settings=CLOSING, at=at)
    told = await ask("may_start", model="opus")
    until = gate_reader.read_gate().hold["until"]
    assert (told["allowed"], told["verdict"]) == (False, "closed")
    assert told["refusal"] == {
        "error": "quota_threshold_reached", "reason": "session_threshold", "utilization_pct": 92, "threshold_pct": 90,
        "resets_at": gate_reader.iso(until),
    }  # fmt: skip
    assert told["ask_again_at"] == gate_reader.iso(until + 60)
    assert told["why"].startswith("session is over its limit")


async def test_a_pause_of_a_class_holds_that_class_alone(furnish) -> None:
    furnish(fresh(0.1), at=time.time())
    assert program("pause", "--class", "batch").returncode == 0
    held = await ask("may_start", **{"class": "batch"})
    assert (held["allowed"], held["ask_again_at"], held["ask_again_in_s"]) == (False, None, None)
    assert held["refusal"]["error"] == "paused"
    for arguments in ({}, {"class": "night"}, {"class": ""}, {"class": None}):
        assert (await ask("may_start", **arguments))["allowed"] is True


async def test_an_account_nobody_knows_is_unknown_and_if_unknown_decides(furnish) -> None:
    furnish(fresh(0.1), settings='[gate]\nif_unknown = "closed"\n', at=time.time())
    told = await ask("may_start", account="nobody")
    assert (told["allowed"], told["verdict"]) == (False, "unknown")
    assert told["why"] == "The monitor knows no account called nobody."


async def test_held_launches_are_told_in_their_order(paths: Paths, home: Path) -> None:
    home.mkdir(mode=0o700)
    log = LaunchLog(paths.ledger)
    try:
        for command, ago in (("first", 60), ("second", 30)):
            log.add(
                Asked(asked_at=time.time() - ago, command=command, reason="session_threshold", class_="batch"), WAITING
            )
        told = await ask("held_launches")
    finally:
        log.close()
    assert [(one["command"], one["class"]) for one in told["waiting"]] == [("first", "batch"), ("second", "batch")]
    assert told["by_reason"] == {"session_threshold": 2}


async def test_wrong_questions_are_answered_with_a_sentence(paths: Paths, home: Path) -> None:
    home.mkdir(mode=0o700)
    paths.ledger.write_text("no ledger")
    async with connected() as client:
        for name, arguments, said in (
            ("may_start", {"modle": "opus"}, "Object contains unknown field `modle`"),
            ("may_start", {"model": 3}, "Expected `str | null`, got `int` - at `$.model`"),
            ("may_start", {"model": "x" * 101}, "Expected `str` of length <= 100"),
            ("usage", {"account": "work"}, "Object contains unknown field `account`"),
            ("pause", {}, "There is no tool 'pause': usage, may_start, held_launches."),
            ("held_launches", {}, "ledger.sqlite3"),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error
            assert said in result.content[0].text
        assert not (await client.call_tool("usage", {})).is_error  # and the server goes on


# ---- stdio


def spoken(*messages: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Send messages as lines, close the input, and return how the server ended."""
    lines = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    return subprocess.run(SERVER, input=lines, capture_output=True, text=True, timeout=60, check=False, env=environ())


HELLO = {
    "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
CALL = {"id": 2, "method": "tools/call", "params": {"name": "may_start", "arguments": {}}}


def test_standard_output_is_the_protocols_alone_and_the_end_of_the_input_ends_it() -> None:
    ran = spoken(HELLO, {"method": "notifications/initialized"}, CALL)
    assert ran.returncode == 0
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    assert answers[0]["result"]["serverInfo"]["name"] == "ringfence"
    assert "Traceback" not in ran.stderr


def test_an_input_that_is_no_message_is_no_end() -> None:
    ran = subprocess.run(
        SERVER, input="nonsense\n" + json.dumps({"jsonrpc": "2.0", **HELLO}) + "\n", capture_output=True, text=True,
        timeout=60, check=False, env=environ(),
    )  # fmt: skip
    assert ran.returncode == 0
    assert any(json.loads(line).get("id") == 1 for line in ran.stdout.splitlines())


def test_in_a_terminal_it_says_what_it_waits_for_and_ctrl_c_leaves() -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(SERVER, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ())
    os.close(slave)
    assert b"waits for the messages of an MCP client" in process.stderr.readline()
    assert until(lambda: not caught(process, signal.SIGINT))  # Python's own handler is gone: it serves
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    os.close(master)
    assert (process.returncode, out, err) == (-signal.SIGINT, b"", b"")


def status(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/status").read_text()


def caught(process: subprocess.Popen[bytes], number: int) -> bool:
    """Tell whether a process has a handler of its own for a signal."""
    mask = int(re.search(r"SigCgt:\s*(\w+)", status(process))[1], 16)
    return bool(mask >> (number - 1) & 1)


@pytest.mark.parametrize("missing", ["mcp", "mcp_types"])
def test_without_the_extra_one_sentence_names_it(cli, monkeypatch, missing: str) -> None:
    monkeypatch.delitem(sys.modules, "ringfence.cli.mcp_server")
    import ringfence.cli

    monkeypatch.delattr(ringfence.cli, "mcp_server")
    for name in list(sys.modules):
        if name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    ran = cli("mcp")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        "ringfence: The MCP package (version 2) is not here; install it with: pip install 'ringfence[mcp]'\n"
    )


# ---- the rules


def test_when_to_ask_again() -> None:
    def answer(verdict: str, until: object = "no hold") -> gate_reader.Answer:
        hold = None if until == "no hold" else {"kind": "manual", "until": until}
        return gate_reader.Answer(verdict, "why", hold=hold)

    cases = (
        (answer("open"), None),
        (answer("unknown"), NOW + 60),
        (answer("closed", NOW + HOUR), NOW + HOUR + 60),
        (answer("closed", NOW - HOUR), NOW + 60),  # has reset: waits for a fresh reading
        (answer("closed", None), None),
    )
    for given, expected in cases:
        told = agents.launch_answer(given, now=NOW, unknown_opens=True)
        assert told.ask_again_at == gate_reader.iso(expected)
        assert told.ask_again_in_s == (None if expected is None else expected - NOW)


@pytest.mark.usefixtures("clock", "running")
async def test_a_number_that_says_nothing_about_now_is_null(furnish, paths: Paths) -> None:
    furnish(
        account(
            window("session", 0.0, resets_in=None), window("week", 0.9, resets_in=-120), window("model:Opus", None),
            failure=failure(FailureKind.OFFLINE),
        )
    )  # fmt: skip
    told = await mcp_server.usage(paths, mcp_server.Nothing())
    assert told.accounts[0].state == "offline"
    assert [(w.used_pct, w.state, w.tier) for w in told.accounts[0].windows] == [
        (None, "not_started", None), (None, "elapsed", None), (None, "unreported", None),
    ]  # fmt: skip
    assert told.warning is None


@pytest.mark.usefixtures("clock", "running")
def test_usage_says_what_status_says(furnish, paths: Paths, cli) -> None:
    furnish(account(*both(0.92)), settings=CLOSING)
    told = asyncio.run(mcp_server.usage(paths, mcp_server.Nothing()))
    status = json.loads(cli("status", "--json").out)
    assert (told.verdict, told.why) == (status["verdict"], status["gate"]["why"])
    for window_told, printed in zip(told.accounts[0].windows, status["accounts"][0]["windows"], strict=True):
        for key in ("id", "label", "used_pct", "state", "tier", "pace", "source", "threshold_pct", "holds"):
            assert getattr(window_told, key) == printed[key]


# ---- docs/mcp.md


DOCS = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("clock", "running")
def test_the_documents_example_is_what_an_agent_gets(furnish, paths: Paths) -> None:
    furnish(account(*both(0.92)), settings=CLOSING)
    told = asyncio.run(mcp_server.may_start(paths, agents.LaunchQuestion()))
    example = json.loads(re.search(r"```json\n(\{\n  \"allowed\".*?)```", DOCS, re.DOTALL)[1])
    assert plain(told) == example


def test_every_key_and_every_parameter_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", DOCS))
    for question in mcp_server.QUESTIONS:
        for made in (question.asks, question.answers, agents.AgentAccount, agents.AgentWindow, agents.AgentHeldLaunch):
            assert {field.encode_name for field in msgspec.structs.fields(made)} <= documented
        assert question.name in documented


# ---- the real Claude Code


@pytest.fixture
def api():
    with ClaudeApi() as api:
        yield api


@pytest.mark.claude
def test_the_real_claude_code_lists_the_tools_and_acts_on_the_answer(api, tmp_path, furnish) -> None:
    furnish(fresh(0.92), settings=CLOSING, at=time.time())
    claude = Claude(tmp_path, api)
    told: list[object] = []

    def answer(request):
        names = {tool["name"] for tool in request.get("tools", ())}
        results = [
            block for message in request["messages"] if isinstance(message["content"], list)
            for block in message["content"] if block["type"] == "tool_result"
        ]  # fmt: skip
        if any("quota_threshold_reached" in json.dumps(block) for block in results):
            told.append(results[-1]["content"])
            return [text("held")]
        if {f"mcp__ringfence__{name}" for name in TOOLS} <= names:
            return [tool_use("mcp__ringfence__may_start", model="opus")]
        if "Bash" in names and len(results) < 30:  # a run waits only so long for its servers: this one goes on
            return [tool_use("Bash", command="sleep 1", description="Wait for the server")]
        return [text("no tools")]

    api.answer = answer
    config = tmp_path / "mcp.json"
    server = {"command": SERVER[0], "args": list(SERVER[1:]), "env": {"PYTHONPATH": str(SOURCE)}}
    config.write_text(json.dumps({"mcpServers": {"ringfence": server}}))
    ran = claude.run(
        "-p", "spawn agents", "--mcp-config", str(config), "--strict-mcp-config", "--allowedTools",
        "mcp__ringfence__may_start,Bash", "--settings", '{"env":{"ENABLE_TOOL_SEARCH":"false"}}',
    )  # fmt: skip
    assert ran.stdout.strip() == "held", (ran.stdout, ran.stderr)
    assert '"allowed": false' in json.dumps(told).replace("\\", "").replace('"allowed":false', '"allowed": false')


@pytest.mark.claude
def test_the_documents_line_adds_it_to_the_real_claude_code(api, tmp_path) -> None:
    claude = Claude(tmp_path, api)
    assert claude.run("mcp", "add", "ringfence", "--env", f"PYTHONPATH={SOURCE}", "--", *SERVER).returncode == 0
    listed = claude.run("mcp", "list")
    assert "ringfence" in listed.stdout
    assert "Connected" in listed.stdout, listed.stdout
