"""Ringfence as a part of the desktop: in the menu, started at sign-in, raised by a second start, without a tray."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.face_texts import no_tray_text
from ringfence.system import _entry
from ringfence.system.autostart_xdg import FILE
from ringfence.system.menu_xdg import ENTRY

SRC = Path(__file__).resolve().parents[2] / "src"
TOGGLE = "Start Ringfence when I sign in"


@pytest.fixture
def environ(home, tmp_path, monkeypatch):
    """A person who has Ringfence as a module, with folders of this test's own."""
    made = {
        "RINGFENCE_HOME": str(home), "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"), "PYTHONPATH": str(SRC),
        "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }  # fmt: skip
    home.mkdir(mode=0o700)
    return made


def command(environ, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments], env={**os.environ, **environ}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def start(desktop, environ, *words):
    return desktop.start(*words, **environ)


def heard(desktop, name):
    return [each for each in desktop.accessible("ringfence") if name in {each["name"], each.get("description", "")}]


def test_what_the_menu_starts_is_a_window_and_a_second_start_raises_it(desktop, environ, tmp_path):
    command(environ, "desktop", "install")
    keys = _entry.keys_of((tmp_path / "data" / ENTRY).read_text(encoding="utf-8"))
    words = _entry.command_of(keys["Exec"])
    first = start(desktop, environ, *words)
    desktop.until(lambda: windows(desktop) == ["Ringfence"], 20)
    desktop.xdotool("windowminimize", "--sync", *desktop.until(lambda: shown(desktop)))
    second = start(desktop, {**environ, "DESKTOP_STARTUP_ID": "a-menu_TIME0"}, *words)
    assert second.process.wait(20) == 0, second.said()
    desktop.until(lambda: windows(desktop) == ["Ringfence"], 20)
    assert first.process.poll() is None


def windows(desktop):
    """Return the names of the windows that are on the screen."""
    return [desktop._run("xdotool", "getwindowname", each).stdout.strip() for each in shown(desktop)]


def shown(desktop):
    """Return the windows that are on the screen; none when one went away during the search, which ends xdotool."""
    return desktop._run("xdotool", "search", "--onlyvisible", "--name", "Ringfence").stdout.split()


def test_what_autostart_starts_is_the_icon_alone(desktop, environ, tmp_path):
    command(environ, "desktop", "autostart", "on")
    keys = _entry.keys_of((tmp_path / "config" / FILE).read_text(encoding="utf-8"))
    words = _entry.command_of(keys["Exec"])
    start(desktop, environ, *words)
    desktop.until(desktop.tray_items, 20)
    again = start(desktop, environ, *words)  # a session that is restored starts it, too
    assert again.process.wait(20) == 0
    assert windows(desktop) == []


def test_the_toggle_shows_what_the_desktop_changed(desktop, environ, tmp_path):
    start(desktop, environ, sys.executable, "-m", "ringfence", "--window")
    desktop.until(lambda: heard(desktop, "Settings"), 20)
    desktop.press("ringfence", "Settings")
    desktop.until(lambda: heard(desktop, TOGGLE))
    assert "checked" not in states(desktop)
    command(environ, "desktop", "autostart", "on")
    desktop.until(lambda: "checked" in states(desktop))
    entry = tmp_path / "config" / FILE
    entry.write_text(entry.read_text(encoding="utf-8") + "Hidden=true\n", encoding="utf-8")
    desktop.until(lambda: "checked" not in states(desktop))


def states(desktop):
    return heard(desktop, TOGGLE)[0]["states"]


def test_gnome_without_a_tray_is_explained_until_it_is_hidden(desktop, environ, home):
    desktop.part("stop", "tray")
    gnome = {**environ, "XDG_CURRENT_DESKTOP": "GNOME"}
    first = start(desktop, gnome, sys.executable, "-m", "ringfence")
    desktop.until(lambda: heard(desktop, no_tray_text("GNOME")), 20)
    desktop.press("ringfence", "Got it")
    desktop.until(lambda: not heard(desktop, no_tray_text("GNOME")))
    first.process.terminate()
    assert first.process.wait(20) == 0
    assert json.loads((home / "memory.json").read_text())["hidden_hints"] == ["no_tray"]
    start(desktop, gnome, sys.executable, "-m", "ringfence")
    desktop.until(lambda: heard(desktop, "Settings"), 20)  # opened because there is no tray: that is known now
    assert not heard(desktop, no_tray_text("GNOME"))
    desktop.part("start", "tray")
