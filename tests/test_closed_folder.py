"""Folders that are closed to the person: what is in them is nothing, or a sentence, and never a traceback."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import watchdog.observers

from ringfence.adapter_ports import AdapterOptions
from ringfence.api import sockets
from ringfence.cli import daemon
from ringfence.file_errors import FileError
from ringfence.launch import systemd
from ringfence.storage import atomic
from ringfence.storage.history import History
from ringfence.storage.launches import LaunchLog
from ringfence.storage.ledger import Ledger
from ringfence.storage.lock import is_held
from ringfence.storage.paths import find_paths
from ringfence.storage.records import load_status
from ringfence.storage.watch import Watcher
from ringfence.system import menu_xdg
from ringfence.system_ports import Host

DENIED = "permission is denied; make it and its folder yours"


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is there, and that others may not look into: also for root, whom no system keeps out."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "there").write_text("")

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **more: Any) -> Any:
            if isinstance(path, str | Path) and str(path).startswith(f"{folder}{os.sep}"):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, *args, **more)

        return look

    for name in ("stat", "lstat", "open", "scandir"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not str(path).startswith(f"{folder}{os.sep}") and access(path, mode)
    )
    return folder


def test_no_monitor_runs_there(closed: Path) -> None:
    assert not is_held(closed / "there")


def test_whether_something_is_there_is_a_sentence(closed: Path) -> None:
    with pytest.raises(FileError, match=DENIED):
        atomic.is_there(closed / "there")
    assert not atomic.is_there(closed.parent / "nothing")
    assert not atomic.is_folder(closed / "there")


def test_the_history_there_is_a_sentence(closed: Path) -> None:
    path = closed / "there"
    for asked in (
        lambda: History(path).kept(),
        lambda: LaunchLog(path).waiting(0.0),
        lambda: asyncio.run(Ledger(path).history("a", "session", 0.0, 1.0)),
    ):
        with pytest.raises(FileError, match=DENIED):
            asked()


def test_records_there_are_told_and_left(closed: Path) -> None:
    for to_write in (False, True):
        status, trouble = load_status(closed / "there", to_write=to_write)
        assert status is None
        assert DENIED in trouble


def test_hooks_of_systemd_units_there_are_a_sentence(closed: Path) -> None:
    asked = AdapterOptions(program=("/usr/bin/ringfence",), environ={"XDG_CONFIG_HOME": str(closed)})
    with pytest.raises(FileError, match=DENIED):
        systemd.SPEC.adapter.state(asked)


def test_a_session_of_somebody_else_is_no_desktop(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(closed))  # as `su` leaves it
    assert not daemon.has_desktop()


def test_sockets_are_not_made_where_somebody_else_has_theirs(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGFENCE_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(closed / "user"))
    where = find_paths()
    assert where.api_socket == where.state / "api.sock"


def test_nobody_answers_there(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Denied(socket.socket):
        def connect(self, _address: Any) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(sockets.socket, "socket", Denied)
    assert not sockets.answers(closed / "api.sock")
    other = closed.parent / "api.sock"
    other.write_text("")
    assert sockets.answers(other)  # somebody else's, who does not let us


def test_there_is_no_menu_entry_there(closed: Path) -> None:
    environ = {"XDG_DATA_HOME": str(closed), "XDG_DATA_DIRS": str(closed / "system")}
    state = menu_xdg.XdgMenu(Host(command=("ringfence",), environ=environ, receipt=closed / "receipt")).state()
    assert (state.installed, state.files) == (False, ())


@pytest.mark.parametrize("place", ["there", "not/yet/there"])
async def test_what_is_there_is_not_seen_and_the_rest_is_all_the_same(closed: Path, place: str, tmp_path: Path) -> None:
    told: list[str] = []
    heard = asyncio.Event()

    def tell(path: str) -> None:
        told.append(path)
        heard.set()

    watcher = Watcher(tell, asyncio.get_running_loop().call_soon_threadsafe)
    other = tmp_path / "open"
    try:
        watcher.watch(str(closed / place))
        watcher.watch_trees([str(closed / place)], lambda _places: None)
        watcher.watch(str(other))
        other.write_text("")
        async with asyncio.timeout(20):
            await heard.wait()
    finally:
        watcher.close()
    assert set(told) == {str(other)}


async def test_one_folder_that_is_not_for_us_costs_the_others_no_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def denied(*_args: object, **_more: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(watchdog.observers.Observer, "schedule", denied)
    caplog.set_level("INFO")
    watcher = Watcher(lambda _path: None, asyncio.get_running_loop().call_soon_threadsafe)
    try:
        watcher.watch(str(tmp_path / "any"))
    finally:
        watcher.close()
    assert "are not seen: Permission denied" in caplog.text
    assert "gives no file watches" not in caplog.text
