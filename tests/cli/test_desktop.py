"""`ringfence desktop`: every file that was written is named, and the state is that of the files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from ringfence.cli.desktop import NO_MENU
from ringfence.system.autostart_xdg import FILE
from ringfence.system.menu_xdg import ENTRY, ICONS
from ringfence.version import APP_ID


@pytest.fixture(autouse=True)
def _nothing_of_a_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "usr/share"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc/xdg"))


def data() -> Path:
    return Path(os.environ["XDG_DATA_HOME"])


def test_install_status_and_remove(cli):
    absent = "Menu: Ringfence is not in it; `ringfence desktop install` adds it.\n"
    assert cli("desktop", "status").out.startswith(absent)
    installed = cli("desktop", "install")
    assert installed.status == 0
    assert all(f"{data() / place} was written." in installed.out for place in (ENTRY, *ICONS))
    told = cli("desktop").out
    assert told.startswith("Menu: Ringfence is in it.\n")
    assert all(str(data() / place) in told for place in (ENTRY, *ICONS))
    removed = cli("desktop", "remove")
    assert removed.status == 0
    assert not (data() / ENTRY).exists()


def test_the_json_has_both(cli):
    cli("desktop", "install")
    cli("desktop", "autostart", "on")
    shown = json.loads(cli("desktop", "status", "--json").out)
    where = str(Path(os.environ["XDG_CONFIG_HOME"]) / FILE)
    assert shown == {
        "format": 1,
        "menu": {"installed": True, "files": [str(data() / place) for place in (ENTRY, *ICONS)], "note": ""},
        "autostart": {"on": True, "where": where, "note": ""},
    }
    assert json.loads(cli("desktop", "autostart", "status", "--json").out) == {"format": 1, **shown["autostart"]}


def test_autostart_is_off_until_it_is_switched_on(cli):
    assert cli("desktop", "autostart").out == "At sign-in: nothing starts.\n"
    assert cli("desktop", "autostart", "on").out.startswith("At sign-in: the tray starts (")
    assert cli("desktop", "autostart", "off").out == "At sign-in: nothing starts.\n"


def test_a_foreign_file_fails_with_one_sentence(cli):
    (data() / ENTRY).parent.mkdir(parents=True)
    (data() / ENTRY).write_text("mine", encoding="utf-8")
    ran = cli("desktop", "install")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        f"ringfence: {data() / ENTRY} is not as Ringfence wrote it, and was left; move it away and install again.\n"
    )


def test_what_only_the_person_can_switch_fails_and_says_where(cli):
    path = Path(os.environ["XDG_CONFIG_HOME"]) / FILE
    path.parent.mkdir(parents=True)
    path.write_text("[Desktop Entry]\nExec=/bin/ls\n", encoding="utf-8")
    assert cli("desktop", "autostart", "on").status == 1
    assert cli("desktop", "autostart", "status").err == f"{path} starts /bin/ls, not Ringfence; change it there.\n"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_a_system_whose_installer_makes_the_menu_says_so(cli, monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("ringfence.system.menu_spec", lambda: None)
    ran = cli("desktop", "install")
    assert (ran.status, ran.err) == (1, f"ringfence: {NO_MENU[platform]}\n")
    state = cli("desktop", "status")  # which says the same way to it, not one that fails
    assert state.out.startswith("Menu: Ringfence is not in it.\n")
    assert NO_MENU[platform] in state.err


def test_the_tray_is_started_as_the_menu_and_autostart_say(cli):
    starts = []
    cli._start = lambda **how: starts.append(how["window"]) or 0
    for arguments in ((), ("--window",), ("--background",)):
        assert cli(*arguments).status == 0
    assert starts == [None, True, False]
    assert cli("--window", "--background").status == 64
    assert cli("--background", "status").status == 64


def test_the_entry_is_the_packages_own_but_for_the_program(cli):
    cli("desktop", "install")
    shipped = (Path(__file__).parents[2] / "assets" / f"{APP_ID}.desktop").read_text(encoding="utf-8")
    written = (data() / ENTRY).read_text(encoding="utf-8").splitlines()
    assert [line for line in written if not line.startswith(("Exec=", "TryExec="))] == [
        line for line in shipped.splitlines() if not line.startswith("Exec=")
    ]
