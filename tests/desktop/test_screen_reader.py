"""The whole app as somebody uses it who hears it: the accessibility bus alone, from opening the window to a pause.

The real program on a real bus; what is heard and pressed goes through AT-SPI, as a screen reader does it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parts.account import LoopbackAccount
from ringfence.gate_reader import read_gate

SRC = Path(__file__).resolve().parents[2] / "src"
CONTROLS = {
    "push button",
    "button",
    "toggle button",
    "check box",
    "combo box",
    "slider",
    "spin button",
    "menu item",
    "page tab",
}
"""Roles that do something: each has to say what."""
HOURS_2_S = 2 * 3600


class Heard:
    """The program, and what a screen reader hears of it."""

    def __init__(self, desktop, home: Path, login: Path, **environment: str) -> None:
        self._desktop, self._home, self._login, self._environment = desktop, home, login, environment
        self.program = self.start()

    def start(self):
        return self._desktop.start(
            sys.executable, "-m", "ringfence",
            RINGFENCE_HOME=str(self._home), CLAUDE_CONFIG_DIR=str(self._login), PYTHONPATH=str(SRC),
            **self._environment,
        )  # fmt: skip

    def gate(self):
        return read_gate(str(self._home / "gate.json"))

    def nodes(self, *, role: str = "") -> list[dict[str, object]]:
        """Return what is on the screen; of a role."""
        found = self._desktop.accessible("ringfence")
        return [node for node in found if "showing" in node["states"] and role in {"", node["role"]}]

    def names(self) -> set[object]:
        return {node["name"] for node in self.nodes()}

    def until_heard(self, part: str) -> str:
        """Return the first name that has this in it."""
        return self._desktop.until(
            lambda: next((str(node["name"]) for node in self.nodes() if part in str(node["name"])), None)
        )

    def press(self, name: str) -> None:
        self._desktop.press("ringfence", name)


@pytest.fixture
def account() -> Iterator[LoopbackAccount]:
    with LoopbackAccount(five_hour=0.62, seven_day=0.41) as loopback:
        yield loopback


@pytest.fixture
def app(desktop, account, home, tmp_path) -> Heard:
    login = tmp_path / "claude"
    login.mkdir()
    made = {"accessToken": "sk-ant-oat01-x", "expiresAt": int((time.time() + 86400) * 1000), "scopes": ["user:profile"]}
    (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}))
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(
        f'[usage]\nbase_url = "{account.url}"\ninterval_s = 1\n[thresholds]\nsession_pct = 90\n'
    )
    heard = Heard(desktop, home, login)
    desktop.until(lambda: heard.gate().verdict == "open")
    desktop.until(desktop.tray_items)
    return heard


def heard(ear) -> list[dict[str, object]]:
    """Return the menu items that got the focus so far."""
    said = [json.loads(line) for line in ear.said().splitlines() if line.startswith("{")]
    return [node for node in said if node["role"] == "menu item"]


def opened(app: Heard) -> Heard:
    """Open the window as the menu entry does: by starting the program again."""
    app.start()
    app.until_heard("Usage rings")
    return app


def test_from_opening_the_window_to_pausing_for_two_hours_and_back(app, desktop):
    opened(app)
    rings = app.until_heard("Usage rings: ")
    assert "5-hour session 62 %, elevated" in rings
    assert "Week 41 %, calm" in rings
    assert "resets in" in rings
    [hero] = [node for node in app.nodes() if str(node["name"]).startswith("Usage rings")]
    assert hero["role"] == "progress bar"
    assert hero["value"] == 62
    assert any("Agents may start" in str(name) for name in app.names())
    ear = desktop.start("accessible", "listen", "ringfence")
    desktop.until(lambda: "listening" in ear.said())
    app.press("Pause")
    choices = []
    while "2 hours" not in choices[-1:]:
        assert len(choices) < 8, choices
        count = len(heard(ear))
        desktop.xdotool("key", "Down")
        desktop.until(lambda count=count: len(heard(ear)) > count)
        choices.append(heard(ear)[-1]["name"])
    assert choices == ["30 minutes", "1 hour", "2 hours"]
    before = time.time()
    desktop.xdotool("key", "Return")
    desktop.until(lambda: app.gate().verdict == "closed")
    assert app.gate().hold["kind"] == "manual"
    assert app.gate().valid_until == pytest.approx(before + HOURS_2_S, abs=5)
    assert "Paused" in app.until_heard("Paused by you")
    app.press("Unpause")
    desktop.until(lambda: app.gate().verdict == "open")


@pytest.mark.parametrize(
    ("entry", "sign"),
    [("", "Usage rings"), ("Settings", "Thresholds"), ("Accounts and routes", "Accounts"), ("History", "Week")],
)
def test_every_control_of_every_screen_says_what_it_is(app, desktop, entry, sign):
    opened(app)
    if entry:
        app.press(entry)
        app.until_heard(sign)
    nodes = app.nodes()
    assert [node for node in nodes if node["role"] in CONTROLS], "the screen has no control at all"
    nameless = [node for node in nodes if node["role"] in CONTROLS and not (node["name"] or node["description"])]
    assert nameless == []
    focusable = [node for node in nodes if "focusable" in node["states"] and node["role"] not in {"frame", "window"}]
    nameless = [node for node in focusable if not (node["name"] or node["description"] or node["text"])]
    assert nameless == []


def test_the_history_is_heard_in_a_sentence_and_read_by_keys(app, desktop):
    opened(app)
    app.press("History")
    said = app.until_heard("5-hour session: Last 62 %")
    assert "highest 62 %" in said
    assert "no reset" in said


def test_whoever_starts_it_first_is_welcomed_chooses_and_is_not_welcomed_again(desktop, account, home, tmp_path):
    login = tmp_path / "claude"
    login.mkdir()
    made = {"accessToken": "sk-ant-oat01-x", "expiresAt": int((time.time() + 86400) * 1000), "scopes": ["user:profile"]}
    (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}))
    home.mkdir(mode=0o700)
    # Without a settings file the real endpoint would be asked: its address is moved to a port where nobody answers.
    heard = Heard(desktop, home, login, HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="")
    heard.until_heard("Welcome to Ringfence")
    heard.until_heard("Found: the login")
    heard.press("5-hour session threshold")
    heard.press("Claude Code asks before it starts new work")
    heard.press("Start")
    settings = home / "settings.toml"
    desktop.until(lambda: settings.exists() and "session_pct = 90" in settings.read_text())
    hooked = login / "settings.json"
    desktop.until(lambda: hooked.exists() and "ringfence" in hooked.read_text())
    desktop.until(lambda: "Welcome to Ringfence" not in heard.names())
    heard.program.process.terminate()
    desktop.until(lambda: heard.program.process.poll() is not None)
    settings.unlink()
    heard.program = heard.start()
    desktop.until(desktop.tray_items)
    desktop.until((home / "status.json").exists)
    opened_window = heard.start()
    heard.until_heard("Usage rings")
    desktop.until(lambda: opened_window.process.poll() is not None)
    assert "Welcome to Ringfence" not in heard.names()
    heard.press("Welcome")
    heard.until_heard("Welcome to Ringfence")
