"""The main job on a real desktop: a polled reading becomes a ring, an alert and a gate file.

The real program, a real loopback endpoint, the real panel, notification server and accessibility bus; no mock.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parts.account import LoopbackAccount
from ringfence.core.model import Tier
from ringfence.gate_reader import LEASE_S, Answer, read_gate
from ringfence.tray.theme import DARK

SRC = Path(__file__).resolve().parents[2] / "src"
CANARY = "sk-ant-oat01-CANARY-that-must-never-be-seen"
HIGH = int(DARK.tiers[Tier.HIGH].removeprefix("#"), 16)
CRITICAL = int(DARK.tiers[Tier.CRITICAL].removeprefix("#"), 16)
INK = int(DARK.ink.removeprefix("#"), 16)


class App:
    """The program as a person starts it, on an account of this test's own."""

    def __init__(self, desktop, account: LoopbackAccount, home: Path, login: Path, *arguments: str) -> None:
        self._desktop, self.account, self.home, self._login = desktop, account, home, login
        self.program = self.start(*arguments)

    def start(self, *arguments: str):
        """Start it, or another one beside it."""
        return self._desktop.start(
            sys.executable, "-m", "ringfence", *arguments,
            RINGFENCE_HOME=str(self.home), CLAUDE_CONFIG_DIR=str(self._login), PYTHONPATH=str(SRC),
        )  # fmt: skip

    def gate(self, **more: float) -> Answer:
        """Ask the gate as a launcher would."""
        return read_gate(str(self.home / "gate.json"), **more)

    def until_gate(self, verdict: str) -> Answer:
        """Wait for a verdict."""
        self._desktop.until(lambda: self.gate().verdict == verdict)
        return self.gate()


@pytest.fixture
def account() -> Iterator[LoopbackAccount]:
    with LoopbackAccount(five_hour=0.42, seven_day=0.31) as loopback:
        yield loopback


@pytest.fixture
def app(desktop, account, home, tmp_path) -> App:
    login = tmp_path / "claude"
    login.mkdir()
    made = {"accessToken": CANARY, "expiresAt": int((time.time() + 86400) * 1000), "scopes": ["user:profile"]}
    (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}))
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(
        f'[usage]\nbase_url = "{account.url}"\ninterval_s = 1\n[thresholds]\nsession_pct = 90\n'
    )
    started = App(desktop, account, home, login)
    started.until_gate("open")
    desktop.until(desktop.tray_items)
    return started


def test_91_percent_closes_the_gate_alerts_with_a_button_and_the_button_opens_it(app, desktop, pixels):
    before = len(desktop.notes())
    app.account.set(five_hour=0.91)
    closed = app.until_gate("closed")
    assert closed.refusal["reason"] == "session_threshold"
    assert (closed.refusal["utilization_pct"], closed.refusal["threshold_pct"]) == (91, 90)
    desktop.until(lambda: pixels(HIGH).count > 10)  # the outer arc
    desktop.until(lambda: pixels(INK).count > 5)  # the bar of the closed mark
    note = desktop.until(lambda: next((n for n in desktop.notes()[before:] if n["urgency"] == 2), None))
    assert note["summary"] == "New agents are held"
    assert "Override until reset" in note["actions"].values()
    desktop.note_click("Override until reset")
    opened = app.until_gate("open")
    assert opened.document["override"]["until"] == pytest.approx(closed.hold["until"], abs=2)
    assert opened.document["holds"], "the hold stays listed while it is overridden"


def test_a_fresh_reading_after_the_reset_reopens_the_gate(app, desktop):
    app.account.set(five_hour=0.93)
    app.until_gate("closed")
    before = len(desktop.notes())
    app.account.set(five_hour=0.01, five_hour_resets_at=int(time.time()) + 5 * 3600)
    app.until_gate("open")
    said = {"Agents may start again"}
    note = desktop.until(lambda: next((n for n in desktop.notes()[before:] if n["summary"] in said), None))
    assert note["urgency"] == 1
    desktop.until(lambda: _events_of(desktop, "New agents are held") == ["closed by call"])


def _events_of(desktop, summary: str) -> list[str]:
    """Return what became of the newest notification of that title."""
    return [n for n in desktop.notes() if n["summary"] == summary][-1]["events"]


def test_a_pause_from_the_menu_holds_launches_until_it_is_lifted(app, desktop):
    assert "Agents may start" in desktop.tray("menu")[0]
    desktop.tray("choose", "Until I _unpause")
    paused = app.until_gate("closed")
    assert paused.refusal == {
        "error": "paused",
        "reason": "manual_pause",
        "utilization_pct": None,
        "threshold_pct": None,
        "resets_at": None,
    }
    assert paused.valid_until is None
    desktop.until(lambda: "Paused by you" in desktop.tray("menu")[0])
    desktop.tray("choose", "_Unpause")
    app.until_gate("open")


def test_a_kill_at_any_moment_leaves_a_gate_that_readers_answer_correctly(app, desktop):
    app.account.set(five_hour=0.97)
    app.until_gate("closed")
    app.program.end()  # SIGKILL
    left = app.gate()
    assert left.verdict == "closed"
    assert left.valid_until <= time.time() + LEASE_S
    assert app.gate(now=left.valid_until + 1).verdict == "unknown"
    assert not list(app.home.glob(".gate.json.*")), "a temporary file was left behind"


def test_a_clean_exit_leaves_an_unknown_gate_that_says_why(app, desktop):
    desktop.tray("choose", "_Quit")
    desktop.until(lambda: app.program.process.poll() is not None)
    assert app.program.process.returncode == 0
    left = app.gate()
    assert left.verdict == "unknown"
    assert "was stopped" in left.why


def test_a_failed_reading_is_drawn_as_trouble_and_never_as_zero(app, desktop):
    app.account.set(usage_mode="500")
    desktop.until(lambda: "endpoint has trouble" in "\n".join(desktop.tray("tooltip")))
    tooltip = "\n".join(desktop.tray("tooltip"))
    assert "5-hour session: 42 %" in tooltip
    assert "0 %," not in tooltip.replace("42 %", "").replace("31 %", "")
    assert app.gate().verdict == "open"


def test_a_second_start_raises_the_window_of_the_first(app, desktop):
    second = app.start()
    desktop.until(lambda: second.process.poll() is not None)
    assert second.process.returncode == 0
    desktop.until(lambda: "Agents may start" in str(desktop.accessible("ringfence")))
    assert len(desktop.tray_items()) == 1


def test_beside_a_daemon_the_tray_shows_what_that_one_reads_and_hands_wishes_on(app, desktop):
    desktop.tray("choose", "_Quit")
    desktop.until(lambda: app.program.process.poll() is not None)
    settings = app.home / "settings.toml"
    settings.write_text(settings.read_text().replace("interval_s = 1", "interval_s = 600"))
    app.account.set(five_hour=0.55)
    daemon = app.start("daemon")
    app.until_gate("open")
    app.start()
    desktop.until(lambda: desktop.tray_items() and "55 %" in "\n".join(desktop.tray("tooltip")))
    app.account.set(five_hour=0.93)
    desktop.tray("choose", "_Read now")
    assert app.until_gate("closed").document["writer"]["pid"] == daemon.process.pid
    desktop.until(lambda: "New agents are held" in desktop.tray("menu")[0])
    desktop.tray("choose", "O_verride until reset")
    app.until_gate("open")
    daemon.process.terminate()
    desktop.until(lambda: "The gate is unknown" in desktop.tray("menu")[0])
    assert "The monitor was stopped" in desktop.tray("menu")[1]


def test_a_screen_reader_hears_the_windows_and_overrides_by_a_press(app, desktop):
    app.account.set(five_hour=0.92)
    app.until_gate("closed")
    desktop.tray("activate")
    heard = desktop.until(lambda: str(desktop.accessible("ringfence")))
    desktop.until(lambda: "92 %" in str(desktop.accessible("ringfence")))
    heard = str(desktop.accessible("ringfence"))
    assert "New agents are held" in heard
    assert "Week" in heard
    desktop.press("ringfence", "Override until reset")
    app.until_gate("open")


def test_without_a_tray_the_window_opens_and_with_a_late_one_the_icon_comes(desktop, account, home, tmp_path, pixels):
    desktop.part("stop", "tray")
    (tmp_path / "claude").mkdir()
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(f'[usage]\nbase_url = "{account.url}"\ninterval_s = 1\n')
    App(desktop, account, home, tmp_path / "claude")
    desktop.until(lambda: "Not signed in" in str(desktop.accessible("ringfence")))
    desktop.part("start", "tray")
    desktop.until(desktop.tray_items)


def test_a_change_by_the_command_line_is_followed_at_once(app, desktop):
    paused = app.start("pause", "--for", "2h", "--why", "deploying")
    desktop.until(lambda: paused.process.poll() is not None)
    assert paused.process.returncode == 0
    desktop.until(lambda: "deploying" in desktop.tray("menu")[0])
    lifted = app.start("unpause")
    desktop.until(lambda: lifted.process.poll() is not None)
    desktop.until(lambda: "Agents may start" in desktop.tray("menu")[0])


def test_the_token_is_nowhere_but_in_the_request(app, desktop):
    app.account.set(usage_mode="401")
    desktop.until(lambda: "login has expired" in "\n".join(desktop.tray("tooltip")))
    said = app.start("status", "--json")
    desktop.until(lambda: said.process.poll() is not None)
    told = "\n".join([app.program.said(), said.said(), json.dumps(desktop.notes()), *desktop.tray("menu")])
    assert CANARY not in told
    for path in app.home.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
    command_line = Path(f"/proc/{app.program.process.pid}/cmdline").read_bytes()
    assert CANARY.encode() not in command_line
    assert all(request.has_authorization for request in app.account.usage_requests)
    assert os.environ.get("CLAUDE_CODE_OAUTH_TOKEN") is None


def test_the_settings_open_from_the_menu_and_show_the_threshold(app, desktop):
    desktop.tray("choose", "_Settings…")
    desktop.until(lambda: "5-hour session" in str(desktop.accessible("ringfence")))
    heard = str(desktop.accessible("ringfence"))
    assert "Thresholds" in heard
    assert "90 %" in heard
