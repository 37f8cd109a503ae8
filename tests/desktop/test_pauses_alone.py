"""A class, a model or an account paused alone through the real menu and the accessibility tree; whom the icon shows."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path

import pytest

from desktop import screen
from desktop.test_end_to_end import App, account  # noqa: F401 - the fixture
from ringfence.gate_reader import read_gate

FLEET = """
[usage]
base_url = "{url}"
interval_s = {interval}
[thresholds]
session_pct = 90
[[accounts]]
name = "work"
config_dir = "{folder}/work"
[[accounts]]
name = "home"
config_dir = "{folder}/home"
[[route.tiers]]
name = "opus"
model = "opus"
[[route.tiers]]
name = "ollama"
kind = "local"
[[failover]]
class = "my_batch"
chain = ["home", "work", "ollama"]
"""


def furnish(folder: Path, home: Path, url: str, interval: int = 1) -> None:
    """Write two logins and the settings of a small fleet."""
    for name in ("work", "home"):
        (folder / name).mkdir(parents=True)
        made = {"accessToken": f"sk-ant-oat01-{name}", "expiresAt": int((time.time() + 86400) * 1000)}
        login = {"claudeAiOauth": {**made, "scopes": ["user:profile"], "subscriptionType": "max"}}
        (folder / name / ".credentials.json").write_text(json.dumps(login))
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(FLEET.format(url=url, folder=folder, interval=interval))


@pytest.fixture
def app(desktop, account, home, tmp_path) -> App:  # noqa: F811
    furnish(tmp_path / "claude", home, account.url)
    started = App(desktop, account, home, tmp_path / "claude")
    ready(started, desktop)
    return started


def ready(app: App, desktop) -> None:
    app.until_gate("open")
    desktop.until(desktop.tray_items)
    desktop.until(lambda: "Next stop" in desktop.tray("menu")[1])
    desktop.until(lambda: "closest to its limit" in tooltip(desktop))


def verdict(app: App, **launch: str) -> str:
    return read_gate(str(app.home / "gate.json"), **launch).verdict


def tooltip(desktop) -> str:
    return "\n".join(desktop.tray("tooltip"))


def heard(desktop) -> str:
    return str(desktop.accessible("ringfence"))


def settled(desktop) -> list[bytes]:
    """Return the panel's picture when it stays the same: the panel draws an icon some time after it was told."""
    seen: list[list[bytes]] = []

    def stays() -> bool:
        seen.append(screen.look(desktop.panel).rows)
        return len(seen) > 4 and all(rows == seen[-1] for rows in seen[-5:])

    desktop.until(stays)
    return seen[-1]


def test_a_class_is_paused_alone_from_the_menu_and_lifted_alone(app, desktop):
    drawn = settled(desktop)
    desktop.tray("choose", "Pause only/Class my_batch/Until I unpause")
    desktop.until(lambda: verdict(app, class_="my_batch") == "closed")
    assert verdict(app) == verdict(app, class_="other") == "open"
    desktop.until(lambda: "Paused by you for class my_batch" in tooltip(desktop))
    assert "Agents may start" in tooltip(desktop)
    assert settled(desktop) == drawn, "the icon is as it was: not everything is paused"
    desktop.tray("choose", "Pause new agents/Until I unpause")
    desktop.until(lambda: verdict(app) == "closed")
    desktop.until(lambda: screen.look(desktop.panel).rows != drawn)
    desktop.tray("choose", "Unpause")
    desktop.until(lambda: verdict(app) == "open")
    assert verdict(app, class_="my_batch") == "closed"
    desktop.until(lambda: "Pause _only (1 in force)" in "\n".join(desktop.tray("menu")))
    desktop.tray("choose", "Pause only (1 in force)/Unpause class my_batch")
    desktop.until(lambda: verdict(app, class_="my_batch") == "open")


def test_an_account_paused_in_a_terminal_is_lifted_by_a_press_in_the_window(app, desktop):
    app.start("pause", "--account", "home", "--for", "2h")
    desktop.until(lambda: verdict(app, account="home") == "closed")
    desktop.tray("activate")
    desktop.until(lambda: "Unpause account home" in heard(desktop))
    assert "Account home · until " in heard(desktop)
    desktop.press("ringfence", "Unpause account home")
    desktop.until(lambda: verdict(app, account="home") == "open")


def test_an_account_is_chosen_for_the_icon_in_the_page_of_accounts(app, desktop):
    desktop.tray("choose", "Accounts and routes…")
    desktop.until(lambda: "Show home in the icon" in heard(desktop))
    said = heard(desktop)
    assert all(words in said for words in ("Read home now", "Pause home", "requests this hour", "5-hour session"))
    desktop.press("ringfence", "Show home in the icon")
    desktop.until(lambda: "home, as you chose" in tooltip(desktop))
    kept = tomllib.loads((app.home / "settings.toml").read_text())
    assert kept["appearance"]["icon_account"] == "home"


def test_the_page_of_routes_tells_what_ringfence_route_tells(app, desktop):
    desktop.tray("choose", "Accounts and routes…")
    desktop.until(lambda: "Read home now" in heard(desktop))
    desktop.until(lambda: "Accounts and routes" in desktop.xdotool("getactivewindow", "getwindowname"))
    desktop.xdotool("key", "alt+r")
    desktop.until(lambda: "Class my_batch" in heard(desktop))
    asked = app.start("route", "--class", "my_batch", "--task-value", "high")
    desktop.until(lambda: asked.process.poll() is not None)
    said = asked.said().splitlines()[0].removeprefix("start: ")
    assert said == "opus on home"
    assert f"Any value: {said}" in heard(desktop)


def test_beside_a_daemon_a_pause_alone_is_written_and_the_pages_are_there(desktop, account, home, tmp_path):  # noqa: F811
    furnish(tmp_path / "claude", home, account.url, interval=600)
    app = App(desktop, account, home, tmp_path / "claude", "daemon")
    app.until_gate("open")
    app.start()
    ready(app, desktop)
    desktop.tray("choose", "Pause only/Model opus/1 hour")
    desktop.until(lambda: verdict(app, model="opus") == "closed")
    assert verdict(app) == "open"
    desktop.until(lambda: "Paused by you for model opus until " in tooltip(desktop))
    desktop.tray("choose", "Accounts and routes…")
    desktop.until(lambda: "Read home now" in heard(desktop))
    assert "requests this hour" in heard(desktop)
