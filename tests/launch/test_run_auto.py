"""`ringfence run --account auto`, as processes: the command starts on an account that is open, or not at all."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from parts.account import LoopbackAccount
from parts.fleet import fleet_settings
from ringfence import gate_reader, wiring
from ringfence.core import failover
from ringfence.core.gating import decide_gate, gate_document
from ringfence.core.model import Latches, Sample, Window
from ringfence.core.route_memory import RouteMemory
from ringfence.route import report_refusal
from ringfence.storage import route_file
from ringfence.storage.ledger import Ledger
from ringfence.storage.paths import find_paths

PROGRAM = [sys.executable, "-m", "ringfence", "run", "--account", "auto"]
CODE = "import os; print(*map(os.environ.get, ('RINGFENCE_ACCOUNT', 'CLAUDE_CONFIG_DIR')))"
SHOW = ["--", sys.executable, "-c", CODE]
SPACING = "[launch]\nspacing_s = 0.05\njitter_s = 0\n"


@pytest.fixture
def fleet(home):
    """Publish what a monitor would after these readings: work=0.95, home=None (no reading)."""
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(SPACING)
    paths = find_paths()

    def publish(**used):
        now = time.time()
        settings = fleet_settings(*used, thresholds={"session_pct": 90}, strategy="in-order")
        samples = [(name, None if u is None else sample(name, u, now)) for name, u in used.items()]
        gate = decide_gate(samples, settings, now=now)
        wiring.gate_channel(paths).publish(gate, now=now)
        document = gate_document(gate, Latches(), now=now)
        memory, _ = failover.advance(RouteMemory(), document, settings, frozenset(), now)
        # Each reading may change the account at once: the cool-down is tested where it is decided.
        calm = replace(settings, route=replace(settings.route, cooldown_s=0.0))
        route_file.write(paths.route, failover.route_document(memory, calm, frozenset()))

    return publish


def sample(name, used, now):
    window = Window(id="session", label="Session", used=used, resets_at=now + 3600, duration_s=18000)
    return Sample(account=name, source="oauth_usage", observed_at=now, windows=(window,))


def run(*options, command=SHOW):
    return subprocess.run([*PROGRAM, *options, *command], capture_output=True, text=True, timeout=60, check=False)


def test_it_starts_on_the_account_that_is_open(fleet):
    fleet(work=0.95, home=0.1)
    ran = run()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "home /claude/home\n", "")


def test_it_is_held_when_none_is_open(fleet):
    fleet(work=0.95, home=0.92)
    ran = run()
    assert (ran.returncode, ran.stdout) == (75, "")
    refusal = json.loads(ran.stderr)
    assert (refusal["error"], refusal["reason"]) == ("quota_threshold_reached", "session_threshold")


def test_where_nobody_can_tell_it_starts_on_the_first_with_a_warning_or_not_at_all(fleet):
    fleet(work=None, home=None)
    ran = run()
    assert (ran.returncode, ran.stdout) == (0, "work /claude/work\n")
    assert "unknown" in ran.stderr
    held = run("--if-unknown", "closed")
    assert (held.returncode, json.loads(held.stderr)["error"]) == (75, "gate_unknown")


def test_it_waits_for_any_of_them(fleet):
    fleet(work=0.95, home=0.95)
    waiting = subprocess.Popen(
        [*PROGRAM, "--wait=50s", *SHOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert waiting.stderr is not None
    assert "waiting" in waiting.stderr.readline()
    fleet(work=0.95, home=0.1)
    out, _ = waiting.communicate(timeout=50)
    assert (waiting.returncode, out) == (0, "home /claude/home\n")


def test_a_login_that_needs_no_folder_leaves_the_variable_alone(home, monkeypatch):
    """Without any [[accounts]] there is one account: whatever Claude Code finds by itself."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/mine")
    ran = run()
    assert (ran.returncode, ran.stdout) == (0, "default /mine\n")


# ---- a real monitor, two accounts on loopback

CHAIN = """
[thresholds]
session_pct = 90
[usage]
interval_s = 1
[route]
strategy = "in-order"
cooldown_s = 2
[[failover]]
class = "batch"
chain = ["work", "home", "local"]
"""


def until(holds, seconds=60.0):
    """Wait for another process: there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def sign_in(folder):
    folder.mkdir()
    login = {
        "accessToken": "sk-ant-oat01-invented", "expiresAt": int((time.time() + 86400) * 1000),
        "scopes": ["user:inference", "user:profile"], "subscriptionType": "max",
    }  # fmt: skip
    (folder / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
    (folder / ".credentials.json").chmod(0o600)
    return folder


def test_a_fleet_goes_to_the_other_account_and_back(home, tmp_path):
    """Issue 5: one account is full, the next run starts on the other; after the reset the first is used again."""
    home.mkdir(mode=0o700)
    paths = find_paths()
    with LoopbackAccount(five_hour=0.2, seven_day=0.1) as work, LoopbackAccount(five_hour=0.1, seven_day=0.1) as other:
        entries = [("work", work), ("home", other)]
        paths.settings.write_text(
            CHAIN
            + "".join(
                f'[[accounts]]\nname = "{name}"\nconfig_dir = "{sign_in(tmp_path / name)}"\nbase_url = "{a.url}"\n'
                for name, a in entries
            )
        )
        daemon = subprocess.Popen([sys.executable, "-m", "ringfence", "daemon"], stderr=subprocess.DEVNULL)
        try:
            until(lambda: gate_reader.read_gate(account="home").verdict == gate_reader.OPEN)
            until(lambda: {run().stdout.partition(" ")[0], batch()} == {"work"})
            work.set(five_hour=0.95)
            until(lambda: {run().stdout.partition(" ")[0], batch()} == {"home"})
            status = subprocess.run([*PROGRAM[:3], "status"], capture_output=True, text=True, check=True)
            assert "batch runs on home since" in status.stdout
            work.set(five_hour=0.01)
            until(lambda: {run().stdout.partition(" ")[0], batch()} == {"work"})
            report_refusal("work", until=time.time() + 3600)
            until(lambda: run().stdout.startswith("home "))
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=30)
    moves = asyncio.run(Ledger(paths.ledger).moves(0))
    told = [(m.left, m.to, m.cause) for m in moves]
    away = told.index(("work", "home", "threshold"))
    assert told[away + 1] == ("home", "work", "back")
    # It was at home a moment ago: within the cool-down the end of the chain takes it.
    assert told[away + 2] in {("work", "home", "exhausted"), ("work", "local", "exhausted")}
    for name, _ in entries:  # no login was copied, swapped or written
        assert [f.name for f in (tmp_path / name).iterdir()] == [".credentials.json"]


def batch():
    return run("--class", "batch").stdout.partition(" ")[0]
