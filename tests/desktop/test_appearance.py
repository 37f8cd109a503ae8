"""The real tray's open windows follow the desktop's scheme and accent, whatever Qt makes of that desktop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop import screen
from parts import settings_portal
from ringfence.tray.appearance import plain

TESTS = Path(__file__).resolve().parents[1]
BELOW_THE_PANEL = screen.Region(0, 40, 1280, 760)
DARK = plain(dark=True).window().color().rgb() & 0xFFFFFF
NO_PREFERENCE, PREFER_DARK, PREFER_LIGHT = 0, 1, 2
GREEN, RED = (0.1, 0.8, 0.2), (0.9, 0.15, 0.2)


def wish(scheme: int, accent: tuple[float, ...] = settings_portal.NONE) -> None:
    subprocess.run(
        ["busctl", "--user", "call", settings_portal.NAME, settings_portal.PATH, "ringfence.Test", "Wish", "uddd", "--",
         str(scheme), *map(str, accent)],
        check=True,
    )  # fmt: skip


def dominated_by(channel: int) -> int:
    """Return how many pixels below the panel are mostly of one channel (0 blue, 1 green, 2 red)."""
    one, other = {0, 1, 2} - {channel}
    count = 0
    for row in screen.look(BELOW_THE_PANEL).rows:
        for at in range(0, len(row), 4):
            pixel = row[at : at + 3]
            count += pixel[channel] > pixel[one] + 70 and pixel[channel] > pixel[other] + 70
    return count


@pytest.fixture
def app(desktop, home, tmp_path, request):
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text("[thresholds]\nsession_pct = 90\n", encoding="utf-8")
    portal = desktop.start(sys.executable, str(TESTS / "parts/settings_portal.py"))
    desktop.until(lambda: "ready" in portal.said())
    program = desktop.start(
        sys.executable, "-m", "ringfence", "--window", RINGFENCE_HOME=str(home), PYTHONPATH=str(TESTS.parent / "src"),
        CLAUDE_CONFIG_DIR=str(tmp_path / "claude"), XDG_CURRENT_DESKTOP=request.param,
    )  # fmt: skip
    desktop.until(lambda: desktop.accessible("ringfence"), 20)
    return program


@pytest.mark.parametrize("app", ["XFCE", "sway"], indirect=True)
def test_open_windows_follow_the_portals_scheme_and_accent_while_the_app_runs(app, desktop, pixels):
    def dark() -> int:
        return pixels(DARK, BELOW_THE_PANEL).count

    desktop.until(lambda: any(each["name"] == "Settings" for each in desktop.accessible("ringfence")), 20)
    assert dark() < 500  # edges of letters
    wish(PREFER_DARK)
    desktop.until(lambda: dark() > 30_000)
    desktop.press("ringfence", "Settings")  # its slider is drawn by Qt, in the accent
    desktop.until(lambda: any(each["name"] == "Cancel" for each in desktop.accessible("ringfence")))
    wish(PREFER_DARK, GREEN)
    desktop.until(lambda: dominated_by(1) > 50)
    wish(PREFER_DARK, RED)
    desktop.until(lambda: dominated_by(2) > 50 and dominated_by(1) == 0)
    wish(PREFER_LIGHT, RED)
    desktop.until(lambda: dark() < 500 and dominated_by(2) > 50)
    wish(NO_PREFERENCE)
    desktop.until(lambda: dominated_by(2) == 0)
    assert "Traceback" not in app.said()
