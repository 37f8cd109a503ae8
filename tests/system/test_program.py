"""How this Ringfence is started from a menu: by a name that outlives an update."""

from __future__ import annotations

import pytest

from ringfence.file_errors import FileError
from ringfence.system import _entry
from ringfence.system.program import command, tray_command
from system.conftest import program


def test_an_environment_of_python_is_started_by_its_script(tmp_path):
    script = program(tmp_path / "venv/bin/ringfence")
    assert tray_command({}, str(tmp_path / "venv/bin/python"), "linux") == (str(script),)


def test_a_link_in_path_is_taken_as_pipx_makes_it(tmp_path):
    script = program(tmp_path / "pipx/venvs/ringfence/bin/ringfence")
    link = tmp_path / "local/bin/ringfence"
    link.parent.mkdir(parents=True)
    link.symlink_to(script)
    python = str(script.with_name("python"))
    assert tray_command({"PATH": str(link.parent)}, python, "linux") == (str(link),)
    link.unlink()
    program(link)  # another Ringfence stands first in PATH
    assert tray_command({"PATH": str(link.parent)}, python, "linux") == (str(script),)


def test_a_bundle_is_its_own_program(tmp_path):
    own = program(tmp_path / "usr/lib/ringfence/ringfence")
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/ringfence").symlink_to(own)
    assert tray_command({"PATH": str(tmp_path / "usr/bin")}, str(own), "linux") == (
        str(tmp_path / "usr/bin/ringfence"),
    )


def test_an_appimage_is_its_file(tmp_path):
    image = program(tmp_path / "Ringfence-0.1.0.AppImage")
    inside = program(tmp_path / ".mount_x/usr/lib/ringfence/ringfence")
    for started in (command, tray_command):
        assert started({"APPIMAGE": str(image)}, str(inside), "linux") == (str(image),)


def test_without_a_script_it_is_the_module(tmp_path):
    python = str(program(tmp_path / "bin/python"))
    assert tray_command({}, python, "linux") == (python, "-m", "ringfence")


def test_windows_has_a_program_without_a_console(tmp_path):
    tray = program(tmp_path / "ringfence-tray.exe")
    console = program(tmp_path / "ringfence.exe")
    assert tray_command({}, str(tmp_path / "python.exe"), "win32") == (str(tray),)
    # A hook has something to say: Claude Code would hear nothing of a program without a console, and let all pass.
    assert command({}, str(tmp_path / "python.exe"), "win32") == (str(console),)


def test_a_flatpak_says_that_it_cannot():
    with pytest.raises(FileError, match="Flatpak"):
        tray_command({"FLATPAK_ID": "io.github.ringfence.Ringfence"}, "/app/bin/ringfence", "linux")


@pytest.mark.parametrize(
    "command",
    [("/usr/bin/ringfence",), ("/a b/c", "--x=1"), ('/q"u$o`t\\e', "50%", ""), ("/py", "-m", "ringfence"), ("/ü/é",)],
)
def test_a_command_comes_back_from_the_line_that_carries_it(command):
    assert _entry.command_of(_entry.exec_line(command)) == command


def test_field_codes_are_no_words_of_the_command():
    assert _entry.command_of('/usr/bin/ringfence --x %U "a %% b"') == ("/usr/bin/ringfence", "--x", "a % b")


def test_a_path_with_a_line_end_is_refused():
    with pytest.raises(FileError, match="control character"):
        _entry.exec_line(("/a\nExec=evil",))


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("/usr/bin/ringfence --background", True),
        ('"/a b/ringfence-tray"', True),
        ("/usr/bin/python3 -m ringfence", True),
        ("/home/me/ringfence-0.1.0-x86_64.AppImage", True),
        ("/usr/bin/env", False),
        ("/usr/bin/env A=1", False),
        ("env A=1 /usr/bin/ringfence --window", True),
        ("env RINGFENCE=/usr/bin/ringfence /bin/ls", False),
        ("/usr/bin/ringfence-killer", False),
        ("", False),
    ],
)
def test_what_starts_ringfence_is_known_by_its_name(line, ours):
    assert _entry.starts_ringfence({"Exec": line}) == ours
