"""Autostart on three systems: off until it is switched on, and told as the system's own files have it."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from ringfence.file_errors import FileError
from ringfence.system import _entry, autostart_spec
from ringfence.system.autostart_launchd import LaunchAgent
from ringfence.system.autostart_windows import APPROVED, NAME, RUN, WHERE, RunKey, WindowsRegistry
from ringfence.system.autostart_xdg import FILE, XdgAutostart
from ringfence.system_ports import Host
from ringfence.version import APP_ID
from system.conftest import program


def test_each_system_has_its_way():
    assert {p: autostart_spec(p).id for p in ("linux", "freebsd14", "darwin", "win32")} == {
        "linux": "xdg", "freebsd14": "xdg", "darwin": "launchd", "win32": "windows",
    }  # fmt: skip


# ---- freedesktop


def entry(tmp_path: Path) -> Path:
    return tmp_path / "home/.config" / FILE


def system_wide(tmp_path: Path, *lines: str, exec_: str | None = None) -> Path:
    path = tmp_path / "etc/xdg" / FILE
    path.parent.mkdir(parents=True)
    run = exec_ or program(tmp_path / "usr/bin/ringfence")
    path.write_text("\n".join(("[Desktop Entry]", "Type=Application", f"Exec={run} --background", *lines)))
    return path


def edited(tmp_path: Path, old: str, new: str) -> None:
    path = entry(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_it_is_off_until_it_is_switched_on_and_off_again_without_a_trace(host, tmp_path):
    start = XdgAutostart(host())
    assert (start.state().on, start.state().where) == (False, str(entry(tmp_path)))
    start.switch(on=True)
    assert start.state().on
    assert start.state().note == ""
    start.switch(on=False)
    assert not start.state().on
    assert not entry(tmp_path).exists()


def test_what_is_started_is_the_tray_without_a_window(host, tmp_path):
    made = host()
    XdgAutostart(made).switch(on=True)
    keys = _entry.keys_of(entry(tmp_path).read_text(encoding="utf-8"))
    assert _entry.command_of(keys["Exec"]) == (made.command[0], "--background")
    assert keys["TryExec"] == made.command[0]
    assert "Actions" not in keys


def test_files_that_were_moved_are_found_at_sign_in(host, tmp_path):
    made = host(RINGFENCE_HOME=str(tmp_path / "rings"))
    start = XdgAutostart(made)
    start.switch(on=True)
    keys = _entry.keys_of(entry(tmp_path).read_text(encoding="utf-8"))
    place = f"RINGFENCE_HOME={tmp_path / 'rings'}"
    assert _entry.command_of(keys["Exec"]) == ("/usr/bin/env", place, made.command[0], "--background")
    assert (start.state().on, start.state().note) == (True, "")
    start.switch(on=False)
    assert not entry(tmp_path).exists()
    LaunchAgent(made).switch(on=True)
    written = plistlib.loads(agent(tmp_path).read_bytes())
    assert written["EnvironmentVariables"] == {"RINGFENCE_HOME": str(tmp_path / "rings")}


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-validate is not installed")
def test_the_entry_is_valid(host, tmp_path):
    XdgAutostart(host()).switch(on=True)
    said = subprocess.run(["desktop-file-validate", entry(tmp_path)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("X-GNOME-Autostart-enabled=true", "X-GNOME-Autostart-enabled=false", "The desktop's own settings have"),
        ("X-GNOME-Autostart-enabled=true", "Hidden=true", ""),
        ("X-GNOME-Autostart-enabled=true", "OnlyShowIn=KDE;", "is not for this desktop"),
        ("X-GNOME-Autostart-enabled=true", "NotShowIn=XFCE;", "is not for this desktop"),
    ],
)
def test_what_the_desktop_or_the_person_switched_off_shows_off_and_can_be_switched_on(host, tmp_path, old, new, note):
    start = XdgAutostart(host(XDG_CURRENT_DESKTOP="XFCE"))
    start.switch(on=True)
    edited(tmp_path, old, new)
    assert not start.state().on
    assert note in start.state().note
    start.switch(on=True)
    assert start.state().on


def test_an_entry_that_was_deleted_shows_off(host, tmp_path):
    start = XdgAutostart(host())
    start.switch(on=True)
    entry(tmp_path).unlink()
    assert not start.state().on


def test_a_path_that_is_gone_is_off_and_says_so(host, tmp_path):
    made = host()
    start = XdgAutostart(made)
    start.switch(on=True)
    Path(made.command[0]).unlink()
    assert not start.state().on
    assert start.state().note == f"{entry(tmp_path)} starts {made.command[0]}, which is not there any more."


def test_another_ringfence_is_on_and_named(host, tmp_path):
    other = program(tmp_path / "old" / "ringfence")
    XdgAutostart(host(str(other))).switch(on=True)
    state = XdgAutostart(host()).state()
    assert state.on
    assert state.note == f"It starts another Ringfence than this one: {other}."


def test_a_link_in_path_to_this_ringfence_is_this_ringfence(host, tmp_path):
    made = host()
    link = tmp_path / "bin" / "ringfence"
    link.parent.mkdir()
    link.symlink_to(made.command[0])
    XdgAutostart(host(str(link))).switch(on=True)
    assert XdgAutostart(made).state().note == ""


def test_an_entry_of_our_name_that_starts_something_else_is_left(host, tmp_path):
    entry(tmp_path).parent.mkdir(parents=True)
    entry(tmp_path).write_text("[Desktop Entry]\nExec=/usr/bin/env\n", encoding="utf-8")
    start = XdgAutostart(host())
    assert (start.state().on, start.state().theirs) == (False, True)
    for on in (True, False):
        with pytest.raises(FileError, match="not Ringfence; it was left"):
            start.switch(on=on)
    assert entry(tmp_path).read_text(encoding="utf-8") == "[Desktop Entry]\nExec=/usr/bin/env\n"


def test_a_system_wide_entry_counts_and_is_hidden_by_the_persons_own(host, tmp_path):
    packaged = system_wide(tmp_path)
    start = XdgAutostart(host())
    assert start.state().on
    assert start.state().where == str(packaged)
    start.switch(on=False)
    assert not start.state().on
    assert "Hidden=true" in entry(tmp_path).read_text(encoding="utf-8")
    start.switch(on=True)
    assert start.state().on


def test_a_system_wide_entry_that_is_hidden_there_is_off(host, tmp_path):
    system_wide(tmp_path, "Hidden=true")
    assert not XdgAutostart(host()).state().on


def test_a_file_that_is_no_entry_starts_nothing(host, tmp_path):
    entry(tmp_path).parent.mkdir(parents=True)
    entry(tmp_path).write_bytes(b"\xff\x00 not an entry")
    state = XdgAutostart(host()).state()
    assert not state.on
    assert "starts nothing" in state.note


# ---- macOS


def agent(tmp_path: Path) -> Path:
    return tmp_path / "home/Library/LaunchAgents" / f"{APP_ID}.plist"


def test_a_launch_agent_starts_this_ringfence_at_sign_in(host, tmp_path):
    made = host()
    start = LaunchAgent(made)
    assert not start.state().on
    start.switch(on=True)
    written = plistlib.loads(agent(tmp_path).read_bytes())
    assert written["ProgramArguments"] == [made.command[0], "--background"]
    assert (written["Label"], written["RunAtLoad"]) == (APP_ID, True)
    assert (start.state().on, start.state().note) == (True, "")
    start.switch(on=False)
    assert not agent(tmp_path).exists()


@pytest.mark.parametrize("change", [{"Disabled": True}, {"RunAtLoad": False}])
def test_a_launch_agent_that_is_switched_off_in_its_file_shows_off(host, tmp_path, change):
    start = LaunchAgent(host())
    start.switch(on=True)
    agent(tmp_path).write_bytes(plistlib.dumps({**plistlib.loads(agent(tmp_path).read_bytes()), **change}))
    assert not start.state().on
    assert "is switched off" in start.state().note
    start.switch(on=True)
    assert start.state().on


def test_a_launch_agent_of_a_program_that_is_gone_or_another_is_told(host, tmp_path):
    other = program(tmp_path / "Applications/ringfence")
    LaunchAgent(host(str(other))).switch(on=True)
    assert LaunchAgent(host()).state().note == f"It starts another Ringfence than this one: {other}."
    other.unlink()
    assert not LaunchAgent(host()).state().on
    assert "which is not there any more" in LaunchAgent(host()).state().note


def test_a_launch_agent_that_starts_something_else_is_left(host, tmp_path):
    agent(tmp_path).parent.mkdir(parents=True)
    foreign = plistlib.dumps({"Label": APP_ID, "ProgramArguments": ["/bin/ls"], "RunAtLoad": True})
    agent(tmp_path).write_bytes(foreign)
    start = LaunchAgent(host())
    assert start.state().theirs
    with pytest.raises(FileError, match="starts /bin/ls, not Ringfence"):
        start.switch(on=False)
    assert agent(tmp_path).read_bytes() == foreign


@pytest.mark.parametrize(
    "damage", [b"<plist>", b"", b"bplist00", b"<plist><dict><key>A</key><date>soon</date></dict></plist>", b"<plist/>"]
)
def test_a_damaged_launch_agent_is_off_and_is_written_anew(host, tmp_path, damage):
    agent(tmp_path).parent.mkdir(parents=True)
    agent(tmp_path).write_bytes(damage)
    start = LaunchAgent(host())
    assert not start.state().on
    start.switch(on=True)
    assert start.state().on


# ---- Windows

EXE = r"C:\Users\Me and You\Ringfence\ringfence-tray.exe"


class Registry:
    """HKEY_CURRENT_USER in memory."""

    def __init__(self):
        self.values = {}
        self.fails = None

    def read(self, key, name):
        if self.fails:
            raise self.fails
        return self.values.get((key, name))

    def write(self, key, name, value):
        if self.fails:
            raise self.fails
        self.values[key, name] = value

    def delete(self, key, name):
        del self.values[key, name]


def run_key(registry: Registry, *there: str, command: str = EXE, **environ: str) -> RunKey:
    made = Host(command=(command,), environ=environ, receipt=Path("none"))
    return RunKey(made, registry, lambda path: path in (there or (EXE,)))


def test_the_run_key_starts_this_ringfence_at_sign_in():
    registry = Registry()
    start = run_key(registry)
    assert not start.state().on
    start.switch(on=True)
    assert registry.values == {(RUN, NAME): f'"{EXE}" --background'}
    assert (start.state().on, start.state().note) == (True, "")
    start.switch(on=False)
    start.switch(on=False)
    assert registry.values == {}


@pytest.mark.parametrize(("first", "on"), [(2, True), (6, True), (3, False), (7, False)])
def test_what_windows_startup_page_says_is_told_and_not_fought(first, on):
    registry = Registry()
    registry.values[APPROVED, NAME] = bytes([first, *[0] * 11])
    start = run_key(registry)
    start.switch(on=True)
    assert start.state().on == on
    assert start.state().theirs != on
    assert ("Settings, Apps, Startup" in start.state().note) != on
    assert registry.values[APPROVED, NAME][0] == first


def test_a_run_key_of_a_program_that_is_gone_or_another_is_told():
    registry = Registry()
    registry.values[RUN, NAME] = r'"C:\old\ringfence-tray.exe"'
    assert "is not there any more" in run_key(registry).state().note
    assert not run_key(registry).state().on
    state = run_key(registry, r"C:\old\ringfence-tray.exe").state()
    assert state.on
    assert state.note == r"It starts another Ringfence than this one: C:\old\ringfence-tray.exe."


def test_files_that_one_shell_alone_has_moved_are_not_found_by_the_run_key_and_that_is_told():
    registry = Registry()
    start = run_key(registry, RINGFENCE_HOME=r"D:\rings")
    start.switch(on=True)
    assert start.state().on
    assert r'setx RINGFENCE_HOME "D:\rings"' in start.state().note
    registry.values["Environment", "RINGFENCE_HOME"] = r"D:\rings"
    assert start.state().note == ""


def test_a_registry_that_refuses_is_named():
    registry = Registry()
    registry.fails = PermissionError(13, "Permission denied")
    with pytest.raises(FileError, match="Cannot read HKEY_CURRENT_USER"):
        run_key(registry).state()
    with pytest.raises(FileError, match="Cannot write HKEY_CURRENT_USER"):
        run_key(registry).switch(on=True)
    assert WHERE.endswith(r"\CurrentVersion\Run\Ringfence")


def winreg():
    """The part of Python's winreg that is used, with its ways of failing."""
    keys: dict[str, dict[str, object]] = {}

    class Key(dict):
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    def open_key(_root, key, _reserved=0, _access=None):
        if key not in keys:
            raise FileNotFoundError(2, "no such key")
        return keys[key]

    def query(key, name):
        if name not in key:
            raise FileNotFoundError(2, "no such value")
        return key[name], 1

    return SimpleNamespace(
        HKEY_CURRENT_USER=1, KEY_SET_VALUE=2, REG_SZ=1, OpenKey=open_key, QueryValueEx=query,
        CreateKey=lambda _root, key: keys.setdefault(key, Key()), DeleteValue=lambda key, name: key.pop(name),
        SetValueEx=lambda key, name, _reserved, _kind, value: key.update({name: value}),
    )  # fmt: skip


def test_the_real_registry_is_asked_as_winreg_wants_it():
    registry = WindowsRegistry(winreg())
    assert registry.read(RUN, NAME) is None
    registry.write(RUN, NAME, "a")
    assert registry.read(RUN, NAME) == "a"
    assert registry.read(RUN, "Other") is None
    registry.delete(RUN, NAME)
    assert registry.read(RUN, NAME) is None


def test_the_installer_and_the_toggle_write_the_same_value():
    script = (Path(__file__).parents[2] / "packaging/windows/ringfence.iss").read_text(encoding="utf-8")
    line = next(line for line in script.splitlines() if line.startswith("Root: HKCU; Subkey") and "Run" in line)
    assert f'Subkey: "{RUN}"' in line
    assert 'ValueName: "{#Name}"' in line
    assert f'#define Name "{NAME}"' in script
    assert line.split('ValueData: "')[1].startswith('""{app}\\{#Program}"" --background"')
