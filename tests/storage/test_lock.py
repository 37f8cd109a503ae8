"""One monitor per person: the lock goes with its holder, however it ends."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from ringfence.file_errors import FileError
from ringfence.storage import lock
from ringfence.storage.lock import MonitorLock, holder_of, is_held

SOURCES = str(Path(lock.__file__).parents[2])
HOLDER = """
import pathlib, signal, sys
from ringfence.storage.lock import MonitorLock

held = MonitorLock(pathlib.Path(sys.argv[1]))
held.acquire()
print("held", flush=True)
signal.pause()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "monitor.lock"


@pytest.fixture
def other(path):
    """A monitor in another process."""
    environ = {**os.environ, "PYTHONPATH": SOURCES}
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], env=environ, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.kill()
    holder.wait()
    holder.stdout.close()


def test_the_second_monitor_is_told_who_the_first_is(path, other):
    with pytest.raises(FileError, match=rf"^Another Ringfence monitor runs \(process {other.pid}\); end it first"):
        MonitorLock(path).acquire()
    assert is_held(path)
    assert holder_of(path) == other.pid


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_is_free_when_its_holder_is_gone(path, other, end):
    other.send_signal(end)
    other.wait()
    assert not is_held(path)
    ours = MonitorLock(path)
    ours.acquire()
    assert holder_of(path) == os.getpid()
    ours.release()


def test_a_release_lets_the_next_one_in_and_may_come_twice(path):
    first, second = MonitorLock(path), MonitorLock(path)
    first.acquire()
    first.release()
    first.release()
    assert holder_of(path) is None
    second.acquire()
    assert is_held(path)
    second.release()
    assert not is_held(path)


def test_to_ask_is_not_to_take(path):
    assert not is_held(path)
    assert not path.exists()
    path.parent.mkdir()
    path.touch()
    assert not is_held(path)
    ours = MonitorLock(path)
    ours.acquire()
    ours.release()


def test_two_that_ask_at_once_do_not_take_each_other_for_a_monitor(path):
    path.parent.mkdir()
    path.touch()
    with path.open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert not is_held(path)


@pytest.mark.parametrize("held", [True, False])
def test_a_file_system_without_locks_is_asked_as_the_monitor_locks_it(path, other, monkeypatch, held):
    def missing(*_):
        raise OSError(errno.ENOSYS, "")

    if not held:
        other.kill()
        other.wait()
    real = fcntl.flock
    # The first is ours; filelock's own goes on to what it does there.
    monkeypatch.setattr(fcntl, "flock", lambda *given: monkeypatch.setattr(fcntl, "flock", real) or missing(*given))
    assert is_held(path) is held


def test_a_monitor_that_starts_while_somebody_asks_is_not_turned_away(path, other, monkeypatch):
    other.kill()
    other.wait()
    real, tries = filelock.FileLock._acquire, []

    def first_time_taken(self):
        tries.append(self)
        if len(tries) > 1:
            real(self)

    monkeypatch.setattr(filelock.FileLock, "_acquire", first_time_taken)
    ours = MonitorLock(path)
    ours.acquire()
    assert len(tries) == 2
    ours.release()


def test_on_a_full_disk_the_monitor_runs_without_its_number(path, monkeypatch):
    def full(*args):
        raise FileError("Cannot write monitor.pid: the disk is full; free some space.")

    monkeypatch.setattr(lock, "write_atomic", full)
    ours = MonitorLock(path)
    ours.acquire()
    assert is_held(path)
    assert holder_of(path) is None
    ours.release()


def test_a_number_that_cannot_be_read_is_left_out_of_the_sentence(path, other):
    path.with_suffix(".pid").write_text("soon")
    with pytest.raises(FileError, match=r"^Another Ringfence monitor runs; end it first"):
        MonitorLock(path).acquire()


def test_a_lock_that_cannot_be_made_is_a_sentence(path):
    path.mkdir(parents=True)
    with pytest.raises(FileError, match=r"^Cannot lock .*: a folder stands in its place; move it away"):
        MonitorLock(path).acquire()


def test_the_files_are_for_their_owner_alone(path):
    before = os.umask(0)
    ours = MonitorLock(path)
    try:
        ours.acquire()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (path.parent, path, path.with_suffix(".pid"))]
    ours.release()
    assert modes == [0o700, 0o600, 0o600]
