"""Issue 5, as it happens: two accounts, the real Claude Code in a pane of tmux, and a daemon that watches both.

One account refuses, the pane says so, the next run starts on the other; after the reset the first is used again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from parts.claude import Claude, ClaudeApi, program
from parts.tmux import Server, sockets, until
from ringfence import gate_reader
from ringfence.storage.paths import find_paths

pytestmark = [pytest.mark.claude, pytest.mark.timeout(300)]
RINGFENCE = [sys.executable, "-m", "ringfence"]
SETTINGS = """
[usage]
interval_s = 1
[route]
strategy = "in-order"
cooldown_s = 1
[tmux]
every_s = 5
[tmux.dedicated]
night = "work"
"""
ACCOUNT = """[[accounts]]
name = "{name}"
config_dir = "{claude.config}"
base_url = "{api.url}"
"""


@pytest.fixture
def apis():
    with ClaudeApi(five_hour=0.4, seven_day=0.1) as work, ClaudeApi(five_hour=0.1, seven_day=0.1) as spare:
        yield {"work": work, "spare": spare}


@pytest.fixture
def clients(apis, tmp_path):
    """Sign in twice, each in a folder of its own; what each asks stands in the folder's settings."""
    made = {}
    for person, (name, api) in enumerate(apis.items(), start=1):
        claude = Claude(tmp_path / name, api, person=person)
        (claude.config / "settings.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": api.url}}))
        made[name] = claude
    return made


@pytest.fixture
def pane(clients, monkeypatch):
    """Start the client of work in a session of tmux."""
    claude = clients["work"]
    with sockets(monkeypatch):
        server = Server(dict(claude.environ))
        where = ("-x", "120", "-y", "40", "-c", str(claude.work))
        server.call("new-session", "-d", *where, "-s", "night", str(program()))
        yield server
        server.call("kill-server")


@pytest.fixture
def daemon(home, apis, clients, pane):
    home.mkdir(mode=0o700)
    accounts = (ACCOUNT.format(name=name, claude=clients[name], api=api) for name, api in apis.items())
    find_paths().settings.write_text(SETTINGS + "".join(accounts))
    process = subprocess.Popen([*RINGFENCE, "daemon"], stderr=subprocess.DEVNULL)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def launched(clients):
    """Start a run of Claude Code wherever there is room, and return how it ended."""
    environ = {name: value for name, value in os.environ.items() if name != "CLAUDE_CONFIG_DIR"}
    command = [*RINGFENCE, "run", "--account", "auto", "--", str(program()), "-p", "ping"]
    return subprocess.run(
        command, cwd=clients["work"].work, capture_output=True, text=True, timeout=60, check=False,
        env=environ | {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def holds(kind="exhausted"):
    document = gate_reader.read_gate().document or {"holds": []}
    return [h for h in document["holds"] if h["kind"] == kind]


def typed(server, words):
    server.call("send-keys", "-t", "night", "-l", words)
    assert until(lambda: words in server.text("night"))
    server.call("send-keys", "-t", "night", "Enter")


@pytest.mark.usefixtures("daemon")
def test_a_run_goes_to_the_other_account_while_one_refuses_and_back_after_the_reset(apis, clients, pane):
    work, spare = apis["work"], apis["spare"]
    assert until(lambda: gate_reader.read_gate(account="spare").verdict == gate_reader.OPEN)
    # Whichever was read first may have been taken first.
    assert until(lambda: route() == "work")
    ran = launched(clients)
    assert (ran.stdout.strip(), work.prompts, spare.prompts) == ("pong", 1, 0), ran.stderr

    # A screen names the minute alone.
    resets_at = (int(time.time()) + 30 + 59) // 60 * 60
    work.refuses_until = resets_at
    work.set(five_hour=1.0, five_hour_resets_at=resets_at)
    assert until(lambda: "? for shortcuts" in pane.text("night")), pane.text("night")
    typed(pane, "begin")
    assert until(lambda: "hit your session limit" in pane.text("night")), pane.text("night")
    assert until(lambda: bool(holds())), pane.text("night")
    assert until(lambda: bool(panes_remembered())), "the transcript alone was heard"
    [hold] = holds()
    assert (hold["applies_to"], hold["until"]) == ({"account": "work"}, resets_at)
    doctor = subprocess.run([*RINGFENCE, "doctor"], capture_output=True, text=True, timeout=60, check=False)
    assert "1 pane watched, Claude refuses in night" in doctor.stdout

    ran = launched(clients)
    assert (ran.stdout.strip(), work.prompts, spare.prompts) == ("pong", 1, 1), ran.stderr

    assert until(lambda: time.time() >= resets_at, 120)
    work.refuses_until = None
    work.reset_session()
    assert until(lambda: gate_reader.read_gate(account="work").verdict == gate_reader.OPEN)
    assert until(lambda: route() == "work")
    ran = launched(clients)
    assert (ran.stdout.strip(), work.prompts, spare.prompts) == ("pong", 2, 1), ran.stderr
    assert holds() == []


def panes_remembered():
    refused = json.loads(find_paths().memory.read_text())["refused"]
    return [each for each in refused if each["session"].startswith("tmux:%") and each["account"] == "work"]


def route():
    asked = [*RINGFENCE, "route", "--task-value", "high", "--json"]
    return json.loads(subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False).stdout)["account"]
