"""The parts of the test desktop: how each is started, how one knows that it is up, how it is taken away.

Used by `session` and by the helper `part`. Standard library alone: the helpers run under any Python 3.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 15.0
BUSCTL = ("busctl", "--user")
WATCHER = "org.kde.StatusNotifierWatcher"


class PartError(Exception):
    """A part did not do what it should; the text is a sentence."""


@dataclass(frozen=True)
class Part:
    """A program of the desktop, and the question whether it serves already."""

    command: tuple[str, ...]
    is_up: Callable[[], bool]

    @property
    def program(self) -> str:
        """Its program's name."""
        return self.command[0]


def bus_call(name: str, path: str, interface: str, member: str, *arguments: str) -> list[object]:
    """Call a method on the session bus and return what it answers. Raises PartError."""
    done = subprocess.run(
        [*BUSCTL, "-j", "call", name, path, interface, member, *arguments],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PartError(f"{name} did not answer {member}: {done.stderr.strip()}")
    data: list[object] = json.loads(done.stdout)["data"] if done.stdout.strip() else []
    return data


def launch(name: str) -> None:
    """Start a part; it runs on when the caller ends."""
    part = PARTS[name]
    password = folder() / "run/keyring-password"
    password.write_text("a password for tests")
    with log(name).open("ab") as written, password.open("rb") as given:
        process = subprocess.Popen(
            [*part.command, *_more_arguments(name)],
            stdin=given if name == "secrets" else subprocess.DEVNULL,
            stdout=written, stderr=written, start_new_session=True,
            env={**os.environ, "NO_AT_BRIDGE": "1"},
        )  # fmt: skip
    pid_file(name).write_text(str(process.pid))


def wait_until_up(name: str) -> None:
    """Return when the part serves. Raises PartError with its last words when it does not."""
    end = time.monotonic() + PATIENCE_S
    while not PARTS[name].is_up():
        if time.monotonic() > end:
            raise PartError(f"{PARTS[name].program} did not come up: {last_words(name)}")
        time.sleep(0.03)


def runs(name: str) -> bool:
    """Tell whether a part's program runs."""
    return pid_file(name).exists() and Path(f"/proc/{pid_file(name).read_text()}").exists()


def stop(name: str) -> None:
    """Kill a part as a crash would, and return when it is gone."""
    if not pid_file(name).exists():
        return
    pid = int(pid_file(name).read_text())
    kill(pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > end:
            raise PartError(f"{PARTS[name].program} (process {pid}) does not end")
        time.sleep(0.02)
    pid_file(name).unlink()


def kill(pid: int, number: int) -> None:
    """Send a signal; a process that has ended already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def folder() -> Path:
    """Return the session's folder."""
    where = os.environ.get("DESKTOP_SESSION_DIR")
    if not where:
        raise PartError("there is no test desktop here; start one with tests/desktop/session")
    return Path(where)


def log(name: str) -> Path:
    """Return where a program's output is written."""
    return folder() / "log" / name


def pid_file(name: str) -> Path:
    """Return where a part's process id is noted."""
    return folder() / "pids" / name


def last_words(name: str) -> str:
    """Return the end of a program's output, on one line."""
    lines = log(name).read_text(errors="replace").splitlines() if log(name).exists() else []
    return " / ".join(lines[-3:]) or "it said nothing"


def _more_arguments(name: str) -> tuple[str, ...]:
    if name == "notify":
        return ("-conf", str(folder() / "config/dunst/dunstrc"))
    if name == "secrets" and not os.environ.get("DESKTOP_SESSION_LOCKED"):
        return ("--unlock",)
    return ()


def _owned(name: str) -> bool:
    bus = "org.freedesktop.DBus"
    return bus_call(bus, "/org/freedesktop/DBus", bus, "NameHasOwner", "s", name) == [True]


def _panel_is_a_host() -> bool:
    # The watcher's name is there before the panel shows items: Qt would take the old XEmbed way in between.
    if not _owned(WATCHER):
        return False
    command = [*BUSCTL, "get-property", WATCHER, "/StatusNotifierWatcher", WATCHER, "IsStatusNotifierHostRegistered"]
    return "true" in subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False).stdout


def _window_manager_is_up() -> bool:
    # _NET_NUMBER_OF_DESKTOPS is set by the window manager.
    return subprocess.run(["xdotool", "get_num_desktops"], capture_output=True, check=False).returncode == 0


PARTS = {
    "wm": Part(("openbox", "--sm-disable"), _window_manager_is_up),
    "tray": Part(("xfce4-panel", "--disable-wm-check"), _panel_is_a_host),
    "notify": Part(("dunst",), lambda: _owned("org.freedesktop.Notifications")),
    "secrets": Part(
        ("gnome-keyring-daemon", "--foreground", "--components=secrets"), lambda: _owned("org.freedesktop.secrets")
    ),
}
