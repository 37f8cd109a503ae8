"""The test desktop itself: it gives what it promises, ends with its command, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("session")
ASK = "busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus NameHasOwner s "
NAMES = {
    "--tray": "org.kde.StatusNotifierWatcher",
    "--notify": "org.freedesktop.Notifications",
    "--secrets": "org.freedesktop.secrets",
}


def run(*arguments, **more):
    return subprocess.run([SESSION, *arguments], capture_output=True, text=True, timeout=60, check=False, **more)


def alive(token):
    """Return the processes whose environment carries a token."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if token.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:  # it ended, or is not ours
                continue
    return found


@pytest.mark.parametrize("option", NAMES)
def test_a_part_that_is_left_out_is_not_there_and_the_others_are(option):
    done = run(option, "none", "--", "sh", "-c", "; ".join(ASK + name for name in NAMES.values()))
    assert done.stdout.split("\n")[:-1] == ["b false" if name == option else "b true" for name in NAMES]


def test_its_status_is_the_commands():
    assert run("--", "sh", "-c", "exit 7").returncode == 7
    assert run("--", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_a_command_that_is_not_there_is_named():
    done = run("--", "no-such-program")
    assert done.returncode == 2
    assert "no-such-program cannot be run" in done.stderr


def test_missing_programs_are_named(tmp_path):
    for name in ("env", "python3"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = run("--", "true", env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert "missing programs: Xvfb dbus-daemon " in done.stderr


def test_its_folders_are_its_own(desktop):
    asked = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
    inner = run("--", "sh", "-c", "; ".join(f"echo ${name}" for name in asked)).stdout.splitlines()
    assert len(inner) == len(asked)
    assert not set(inner) & {os.environ[name] for name in asked}


def test_when_it_is_ended_everything_in_it_ends(desktop, tmp_path):
    token = f"RINGFENCE_TOKEN={tmp_path}"
    started = tmp_path / "started"
    session = subprocess.Popen(
        [SESSION, "--", "sh", "-c", f"setsid sleep 600 & touch {started}; sleep 600"],
        env={**os.environ, "RINGFENCE_TOKEN": str(tmp_path)},
    )
    desktop.until(started.exists)
    assert len(alive(token)) > 5
    session.terminate()
    assert session.wait(timeout=20) == 128 + signal.SIGTERM
    assert alive(token) == []
