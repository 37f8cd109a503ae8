"""The desktop tests stand on this: what a person sees, presses and reads is really seen, pressed and read.

Each test starts a small program and looks at it from outside. When one of these fails, the others say nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from desktop import screen

ICON = """
import sys
from PySide6.QtCore import Qt, QRectF
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)

def disc(colour):
    pixmap = QPixmap(24, 24)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(2, 2, 20, 20))
    painter.end()
    return QIcon(pixmap)

tray = QSystemTrayIcon(disc("#ff00ff"))
tray.setToolTip("in words")
menu = QMenu()
menu.addAction("Turn green", lambda: (tray.setIcon(disc("#00ff00")), print("menu")))
menu.addAction("Quit", app.quit)
tray.setContextMenu(menu)
tray.activated.connect(lambda reason: print("activated", reason.name))
tray.show()
sys.exit(app.exec())
"""

NOTE = """
import asyncio
from desktop_notifier import Button, DesktopNotifier, Urgency

async def main():
    done = asyncio.Event()
    def snoozed():
        print("snoozed")
        done.set()
    await DesktopNotifier(app_name="harness").send(
        title="Limit 90 %", message="nearly there", urgency=Urgency.Critical,
        buttons=[Button("Snooze", on_pressed=snoozed)])
    await asyncio.wait_for(done.wait(), 20)

asyncio.run(main())
"""


def test_an_icon_is_seen_clicked_and_repainted_and_outlives_the_panel(desktop, pixels):
    app = desktop.python(ICON)
    desktop.until(desktop.tray_items)
    seen = desktop.until(lambda: (found := pixels(0xFF00FF)).count > 100 and found)
    desktop.click(seen.x, seen.y)
    desktop.until(lambda: app.said().count("activated Trigger") == 1)
    desktop.tray("activate")
    desktop.until(lambda: app.said().count("activated Trigger") == 2)
    assert "in words" in desktop.tray("tooltip")
    assert [line.split(" ", 1)[1] for line in desktop.tray("menu")] == ["Turn green", "Quit"]
    desktop.tray("choose", "Turn green")
    desktop.until(lambda: pixels(0x00FF00).count > 100)
    desktop.part("restart", "tray")
    desktop.until(lambda: pixels(0x00FF00).count > 100)
    desktop.tray("choose", "Quit")
    assert desktop.until(lambda: app.process.poll() is not None)
    assert app.process.returncode == 0


def test_a_notification_is_seen_and_its_button_is_pressed(desktop, pixels):
    app = desktop.python(NOTE)
    note = desktop.until(lambda: [n for n in desktop.notes() if n["app"] == "harness" and n["id"]])[-1]
    assert (note["summary"], note["body"], note["urgency"]) == ("Limit 90 %", "nearly there", 2)
    assert "Snooze" in note["actions"].values()
    desktop.until(lambda: pixels(0x900000, screen.Region(880, 40, 400, 200)).count > 500)
    desktop.note_click("Snooze")
    desktop.until(lambda: "snoozed" in app.said())
    desktop.until(lambda: "action Snooze" in desktop.notes()[-1]["events"])


def test_no_notification_server_is_really_none(desktop):
    desktop.part("stop", "notify")
    try:
        asked = subprocess.run(
            ["busctl", "--user", "call", "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
             "org.freedesktop.Notifications", "GetCapabilities"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert asked.returncode != 0
    finally:
        desktop.part("start", "notify")


def test_the_keyring_keeps_a_secret_over_a_restart_and_never_in_plain_text(desktop):
    def python(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
        ).stdout

    python("import keyring; keyring.set_password('harness', 'name', 'sécret')")
    looked_up = subprocess.run(
        ["secret-tool", "lookup", "service", "harness", "username", "name"],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert looked_up.stdout == "sécret"
    desktop.part("restart", "secrets")
    assert python("import keyring; print(keyring.get_password('harness', 'name'))").strip() == "sécret"
    on_disk = [path.read_bytes() for path in Path(os.environ["XDG_DATA_HOME"]).rglob("*") if path.is_file()]
    assert on_disk
    assert not any("sécret".encode() in content for content in on_disk)
    python("import keyring; keyring.delete_password('harness', 'name')")


def test_a_screen_reader_finds_a_window_and_presses_its_button(desktop):
    app = desktop.python(
        "import sys\n"
        "from PySide6.QtWidgets import QApplication, QPushButton\n"
        "app = QApplication(sys.argv)\n"
        "app.setApplicationName('harness')\n"
        "button = QPushButton('Press me')\n"
        "button.clicked.connect(lambda: print('pressed'))\n"
        "button.show()\n"
        "sys.exit(app.exec())\n"
    )
    desktop.until(lambda: any(found["name"] == "Press me" for found in desktop.accessible("harness")))
    desktop.press("harness", "Press me")
    desktop.until(lambda: "pressed" in app.said())


def test_a_picture_of_the_screen_is_a_png_of_its_size(desktop, tmp_path):
    picture = desktop.shot(tmp_path / "panel.png", desktop.panel).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (1280, 32)
    assert json.dumps(screen.look(desktop.panel).find(0x123456)) == "[]"
