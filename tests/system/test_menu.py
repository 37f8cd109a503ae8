"""The menu entry and its icons: for the person alone, never over a file of somebody else's, gone without a trace."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ringfence.file_errors import FileError
from ringfence.system import _entry, menu_spec
from ringfence.system.menu_xdg import ENTRY, ICONS, XdgMenu
from ringfence.version import APP_ID


def data(tmp_path: Path) -> Path:
    return tmp_path / "home/.local/share"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_installing_writes_an_entry_and_the_icons_and_names_each(host, tmp_path):
    said = XdgMenu(host()).install()
    assert set(everything(data(tmp_path))) == {ENTRY, *ICONS}
    assert [line for line in said if "written" in line] == [
        f"{data(tmp_path) / place} was written." for place in (ENTRY, *ICONS)
    ]


def test_the_entry_starts_this_ringfence_and_hides_when_it_is_gone(host, tmp_path):
    made = host()
    XdgMenu(made).install()
    text = (data(tmp_path) / ENTRY).read_text(encoding="utf-8")
    keys = _entry.keys_of(text)
    assert _entry.command_of(keys["Exec"]) == (made.command[0], "--window")
    assert keys["TryExec"] == made.command[0]
    assert keys["Icon"] == APP_ID
    assert f"Exec={made.command[0]} demo" in text  # the action


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-validate is not installed")
@pytest.mark.parametrize("folder", ["venv", "a folder", 'x"$`\\y', "50%"])
def test_the_entry_is_valid_wherever_the_program_lies(host, tmp_path, folder):
    made = host(str(tmp_path / folder / "ringfence"))
    XdgMenu(made).install()
    said = subprocess.run(
        ["desktop-file-validate", data(tmp_path) / ENTRY], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")
    keys = _entry.keys_of((data(tmp_path) / ENTRY).read_text(encoding="utf-8"))
    assert _entry.command_of(keys["Exec"]) == (made.command[0], "--window")


def test_files_that_were_moved_are_found_from_the_menu(host, tmp_path):
    made = host(RINGFENCE_HOME=str(tmp_path / "my rings"))
    XdgMenu(made).install()
    keys = _entry.keys_of((data(tmp_path) / ENTRY).read_text(encoding="utf-8"))
    place = f"RINGFENCE_HOME={tmp_path / 'my rings'}"
    assert _entry.command_of(keys["Exec"]) == ("/usr/bin/env", place, made.command[0], "--window")
    assert keys["TryExec"] == made.command[0]
    assert XdgMenu(made).state().note == ""
    Path(made.command[0]).unlink()
    assert f"It starts {made.command[0]}, which is not there" in XdgMenu(made).state().note


def test_twice_is_once(host, tmp_path):
    XdgMenu(host()).install()
    before = {path: path.stat().st_mtime_ns for path in data(tmp_path).rglob("*") if path.is_file()}
    assert XdgMenu(host()).install() == (f"{data(tmp_path) / ENTRY} and its icons are up to date.",)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_another_place_of_the_program_is_followed(host, tmp_path):
    XdgMenu(host()).install()
    said = XdgMenu(host("/opt/new/ringfence")).install()
    assert said == (f"{data(tmp_path) / ENTRY} was written.",)
    assert "/opt/new/ringfence" in (data(tmp_path) / ENTRY).read_text(encoding="utf-8")


def test_a_file_that_is_not_ours_is_left_and_nothing_else_is_written(host, tmp_path):
    foreign = data(tmp_path) / next(iter(ICONS))
    foreign.parent.mkdir(parents=True)
    foreign.write_text("<svg/>", encoding="utf-8")
    with pytest.raises(FileError, match="was left; move it away"):
        XdgMenu(host()).install()
    assert set(everything(data(tmp_path))) == {next(iter(ICONS))}


def test_an_entry_that_the_person_changed_is_neither_replaced_nor_removed(host, tmp_path):
    XdgMenu(host()).install()
    entry = data(tmp_path) / ENTRY
    changed = entry.read_text(encoding="utf-8").replace("Name=Ringfence", "Name=My rings")
    entry.write_text(changed, encoding="utf-8")
    with pytest.raises(FileError, match="is not as Ringfence wrote it"):
        XdgMenu(host("/opt/new/ringfence")).install()
    said = XdgMenu(host()).remove()
    assert f"{entry} is not as Ringfence wrote it, and was left." in said
    assert everything(data(tmp_path)) == {ENTRY: changed.encode()}


def test_removing_leaves_nothing_and_touches_nothing_else(host, tmp_path):
    other = data(tmp_path) / "icons/hicolor/128x128/apps/other.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"png")
    XdgMenu(host()).install()
    said = XdgMenu(host()).remove()
    assert sum("was removed" in line for line in said) == 1 + len(ICONS)
    assert {p.relative_to(data(tmp_path)).as_posix() for p in data(tmp_path).rglob("*")} == {
        "icons", "icons/hicolor", "icons/hicolor/128x128", "icons/hicolor/128x128/apps",
        "icons/hicolor/128x128/apps/other.png",
    }  # fmt: skip
    assert not host().receipt.exists()
    assert XdgMenu(host()).remove() == ("There was nothing of Ringfence's in your menu.",)


def test_beside_a_packages_entry_nothing_is_written(host, tmp_path):
    packaged = tmp_path / "usr/share" / ENTRY
    packaged.parent.mkdir(parents=True)
    packaged.write_text("[Desktop Entry]\n", encoding="utf-8")
    (said,) = XdgMenu(host()).install()
    assert said == f"Ringfence is in the menu already: a package wrote {packaged}. Nothing was written."
    assert not data(tmp_path).exists()
    state = XdgMenu(host()).state()
    assert (state.installed, state.note) == (True, f"A package wrote {packaged}.")


def test_an_own_entry_from_before_the_package_is_named_and_can_go(host, tmp_path):
    XdgMenu(host()).install()
    packaged = tmp_path / "usr/share" / ENTRY
    packaged.parent.mkdir(parents=True)
    packaged.write_text("[Desktop Entry]\n", encoding="utf-8")
    assert f"It hides {packaged}" in XdgMenu(host()).state().note
    said = XdgMenu(host()).remove()
    assert said[-1] == f"The menu still has {packaged}, which a package wrote."
    assert everything(data(tmp_path)) == {}


def test_the_state_is_what_lies_there(host, tmp_path):
    menu = XdgMenu(host())
    assert (menu.state().installed, menu.state().files) == (False, ())
    menu.install()
    assert menu.state().installed
    assert len(menu.state().files) == 1 + len(ICONS)
    assert menu.state().note == ""
    (data(tmp_path) / next(iter(ICONS))).unlink()
    assert "is not what this Ringfence would write; run `ringfence desktop install`" in menu.state().note


def test_an_entry_whose_program_is_gone_is_told(host):
    made = host()
    XdgMenu(made).install()
    Path(made.command[0]).unlink()
    assert XdgMenu(made).state().note == (
        f"It starts {made.command[0]}, which is not there; run `ringfence desktop install`."
    )


def test_a_link_is_not_written_through(host, tmp_path):
    entry = data(tmp_path) / ENTRY
    entry.parent.mkdir(parents=True)
    (tmp_path / "dotfiles").write_text("mine", encoding="utf-8")
    entry.symlink_to(tmp_path / "dotfiles")
    with pytest.raises(FileError, match="is a link"):
        XdgMenu(host()).install()
    assert XdgMenu(host()).state().installed
    assert "is a link" in XdgMenu(host()).state().note
    assert (tmp_path / "dotfiles").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "receipt",
    [b"{", b"[]", b'{"format":1,"files":[]}', b'{"format":2,"files":{}}', b"\xff", b'{"files":{"/etc/passwd":"x"}}'],
)
def test_a_damaged_receipt_only_forgets(host, tmp_path, receipt):
    menu = XdgMenu(host())
    menu.install()
    host().receipt.write_bytes(receipt)
    assert menu.state().note == ""
    menu.remove()
    assert everything(data(tmp_path)) == {}


def test_the_receipt_of_format_1_is_followed_for_ever(host, tmp_path):
    entry = data(tmp_path) / ENTRY
    entry.parent.mkdir(parents=True)
    entry.write_text("of an older Ringfence", encoding="utf-8")
    host().receipt.parent.mkdir(parents=True)
    written = (Path(__file__).parents[1] / "data/desktop_files/format_1.json").read_text(encoding="utf-8")
    host().receipt.write_text(written.replace("PATH", str(entry)), encoding="utf-8")
    XdgMenu(host()).install()
    assert _entry.keys_of(entry.read_text(encoding="utf-8"))["Name"] == "Ringfence"


def test_a_cache_that_is_there_is_made_anew_and_named(host, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("gtk-update-icon-cache", "update-desktop-database"):
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path / "ran"}\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    cache = data(tmp_path) / "icons/hicolor/icon-theme.cache"
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"")
    said = XdgMenu(host(PATH=f"{tools}:/bin")).install()
    assert said[-1] == f"{cache} was brought up to date."
    ran = (tmp_path / "ran").read_text(encoding="utf-8")
    assert ran == f"gtk-update-icon-cache -q -f -t {cache.parent}\n"  # the other cache is not there, and is not made


def test_systems_whose_installers_make_the_menu_have_none():
    assert menu_spec("darwin") is None
    assert menu_spec("win32") is None
    assert menu_spec("linux").id == "xdg"
