"""What the tray has loaded while it sits there: names, for the megabytes are those of a machine (`make bench`)."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parts.account import LoopbackAccount
from ringfence.gate_reader import read_gate

SRC = Path(__file__).resolve().parents[2] / "src"
PROGRAM = """
import atexit, os, re, sys

@atexit.register
def say():
    with open("/proc/self/maps") as maps:
        libraries = set(re.findall(r"/(lib\\w+)[^/]*\\.so", maps.read()))
    print("LOADED", *(name for name, module in sys.modules.items() if module), *libraries, *os.environ)

from ringfence.__main__ import main
sys.exit(main([]))
"""
WINDOWS = ("window", "rows", "section", "pages", "accounts_page", "history_window", "history_plot", "settings_dialog",
           "setting_rows", "first_run", "labels")  # fmt: skip
NOT_NEEDED = {
    *(f"ringfence.tray.{name}" for name in WINDOWS),
    "ringfence.cli", "ringfence.demo", "ringfence.launch", "ringfence.prices",  # what people ask for
    "ringfence.serving", "ringfence.api", "aiohttp",  # the API is off
    "keyring", "desktop_notifier",  # no secret is read, nobody is told anything
    "httpx._main", "click", "rich", "pygments",  # httpx's command line
    "plistlib", "getpass", "ringfence.system.autostart_launchd", "ringfence.system.menu_xdg",  # macOS, two commands
    "statistics", "fractions", "watchdog.observers.polling", "trio", "pydantic",
    "PySide6.QtNetwork", "PySide6.QtSvg", "PySide6.QtOpenGL", "PySide6.QtQml",
    "libQt6Network", "libQt6Svg", "libQt6OpenGL", "libQt6Qml", "libQt6Quick",
    "libLLVM", "libgallium", "GDK_GL",  # GTK does not try OpenGL, and who is started later is not told so
}  # fmt: skip


@pytest.fixture
def account() -> Iterator[LoopbackAccount]:
    with LoopbackAccount(five_hour=0.42, seven_day=0.31) as loopback:
        yield loopback


def test_an_idle_tray_has_loaded_nothing_that_only_windows_people_or_other_systems_need(
    desktop, account, home, tmp_path
):
    login = tmp_path / "claude"
    login.mkdir()
    made = {"accessToken": "sk-ant-oat01-fake", "expiresAt": int((time.time() + 86400) * 1000)}
    made |= {"scopes": ["user:profile"], "subscriptionType": "max"}
    (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": made}))
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(f'[usage]\nbase_url = "{account.url}"\n')
    subprocess.run(["xprop", "-root", "-remove", "GDK_VISUALS"], check=True)  # else GTK knows what X has to offer
    program = desktop.python(
        PROGRAM, RINGFENCE_HOME=str(home), CLAUDE_CONFIG_DIR=str(login), PYTHONPATH=str(SRC)
    )  # fmt: skip
    desktop.until(lambda: read_gate(str(home / "gate.json")).verdict == "open")
    desktop.until(desktop.tray_items)
    desktop.until((home / "ledger.sqlite3").exists)
    desktop.tray("choose", "_Quit")
    desktop.until(lambda: program.process.poll() is not None)
    [said] = [line for line in program.said().splitlines() if line.startswith("LOADED")]
    loaded = set(said.split())
    assert {"httpx", "PySide6.QtWidgets", "libQt6Gui", "ringfence.monitor"} <= loaded, "it read, and was seen to"
    assert sorted(loaded & NOT_NEEDED) == []
