"""The icon in a real panel: seen, clicked, asked for its menu, and back after every way a panel can come and go."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from ringfence.core.model import Tier
from ringfence.tray.theme import DARK

TESTS = Path(__file__).resolve().parents[1]
ELEVATED = int(DARK.tiers[Tier.ELEVATED].removeprefix("#"), 16)
HIGH = int(DARK.tiers[Tier.HIGH].removeprefix("#"), 16)

APP = """
import sys
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication
from ringfence.tray.icon import TrayIcon
from tray.states import NOW, STATES

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
icon = TrayIcon()
icon.show_view(STATES["open"](), NOW)
print("available", icon.is_available())
icon.available.connect(lambda there: print("available", there))
for name in ("open", "pause", "unpause", "override", "refresh", "settings", "quit"):
    getattr(icon, name + "_asked").connect(lambda *told, name=name: print(name, *told))
icon.refresh_asked.connect(lambda: icon.show_view(STATES["high"](), NOW))
icon.quit_asked.connect(app.quit)
status = app.exec()
icon.hide()
sys.exit(status)
"""

# A watcher as KDE and GNOME's AppIndicator have it: no XEmbed beside it, and its host may register after its name.
WATCHER = """
import asyncio, sys
from dbus_fast import PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method, signal

class Watcher(ServiceInterface):
    def __init__(self):
        super().__init__("org.kde.StatusNotifierWatcher")
        self.host = sys.argv[1] == "at-once"
    @method()
    def RegisterStatusNotifierItem(self, service: "s"):
        print("registered", service, "host", self.host)
    @method()
    def RegisterStatusNotifierHost(self, service: "s"):
        self.host = True
        self.StatusNotifierHostRegistered()
    @signal()
    def StatusNotifierHostRegistered(self):
        pass
    @dbus_property(PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> "b":
        return self.host
    @dbus_property(PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> "as":
        return []
    @dbus_property(PropertyAccess.READ)
    def ProtocolVersion(self) -> "i":
        return 0

async def main():
    bus = await MessageBus().connect()
    bus.export("/StatusNotifierWatcher", Watcher())
    await bus.request_name("org.kde.StatusNotifierWatcher")
    print("ready")
    await bus.wait_for_disconnect()

asyncio.run(main())
"""
REGISTER_HOST = (
    "busctl", "--user", "call", "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher",
    "org.kde.StatusNotifierWatcher", "RegisterStatusNotifierHost", "s", "host",
)  # fmt: skip


@pytest.fixture
def start(desktop):
    def started():
        program = desktop.python(APP, PYTHONPATH=f"{TESTS.parent / 'src'}:{TESTS}")
        desktop.until(lambda: "available" in program.said())
        return program

    return started


@pytest.fixture
def app(start, desktop):
    program = start()
    desktop.until(desktop.tray_items)
    return program


def test_the_icon_is_in_the_panel_in_its_tier_s_colour_and_is_repainted(app, desktop, pixels):
    assert app.said().startswith("available True")
    desktop.until(lambda: pixels(ELEVATED).count > 10)
    assert pixels(HIGH).count == 0
    desktop.tray("choose", "_Read now")
    desktop.until(lambda: pixels(HIGH).count > 10)


def test_a_left_click_opens(app, desktop, pixels):
    spot = desktop.until(lambda: (found := pixels(ELEVATED)).count > 10 and found)
    desktop.click(spot.x, spot.y)
    desktop.until(lambda: "open" in app.said().split())
    assert app.said().split().count("open") == 1


def test_the_menu_says_the_state_first_and_every_entry_works_over_the_bus(app, desktop):
    lines = desktop.tray("menu")
    assert "Agents may start [disabled]" in lines[0]
    assert "Next stop: 5-hour session at 90 % [disabled]" in lines[1]
    for entry, told in (
        ("_30 minutes", "pause 1800.0"),
        ("Until the _session resets", "pause reset"),
        ("Until I _unpause", "pause None"),
        ("_Settings…", "settings"),
    ):
        desktop.tray("choose", entry)
        desktop.until(lambda told=told: told in app.said())
    desktop.tray("choose", "_Quit")
    desktop.until(lambda: app.process.poll() is not None)
    assert app.process.returncode == 0


def test_the_tooltip_says_the_rings_in_words(app, desktop):
    said = "\n".join(desktop.tray("tooltip"))
    assert "Agents may start" in said
    assert "5-hour session: 62 %" in said


def test_the_icon_comes_when_the_panel_starts_later(start, desktop, pixels):
    desktop.part("stop", "tray")
    program = start()
    assert program.said().startswith("available False")
    desktop.part("start", "tray")
    desktop.until(lambda: "available True" in program.said())
    desktop.until(desktop.tray_items)
    desktop.until(lambda: pixels(ELEVATED).count > 10)
    desktop.tray("activate")
    desktop.until(lambda: "open" in program.said().split())
    assert len(desktop.tray_items()) == 1


@pytest.mark.parametrize("host", ["at-once", "after-its-name"])
def test_the_icon_registers_with_a_watcher_that_comes_late_and_knows_no_xembed(start, desktop, host):
    desktop.part("stop", "tray")
    program = start()
    assert program.said().startswith("available False")
    watcher = desktop.start(sys.executable, "-c", WATCHER, host)
    desktop.until(lambda: "ready" in watcher.said())
    if host == "after-its-name":
        desktop.start(*REGISTER_HOST)
    desktop.until(lambda: "registered" in watcher.said())
    desktop.until(lambda: "available True" in program.said())
    assert watcher.said().count("host True") == 1
    assert "host False" not in watcher.said(), "made before there was a host, it would be lost"


def test_the_icon_is_back_after_the_panel_crashed_and_nobody_was_alarmed(app, desktop, pixels):
    for _ in range(2):
        desktop.part("restart", "tray")
        desktop.until(desktop.tray_items)
        desktop.until(lambda: pixels(ELEVATED).count > 10)
    assert len(desktop.tray_items()) == 1
    assert "available False" not in app.said()
    desktop.tray("choose", "_Read now")
    desktop.until(lambda: pixels(HIGH).count > 10)


def test_an_idle_icon_never_wakes_up(app, desktop):
    def switches() -> int:
        status = Path(f"/proc/{app.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("voluntary_ctxt")).split()[1])

    def quiet() -> bool:
        before = switches()
        time.sleep(0.5)  # nothing to wait for: that nothing happens is what is measured
        return switches() == before

    desktop.until(quiet)
    before = switches()
    time.sleep(3)
    assert switches() - before <= 1
