"""Writing a file: whole or not at all, whatever happens in the middle, and told in one sentence when it fails."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ringfence.file_errors import FileError
from ringfence.storage import atomic

SOURCES = str(Path(atomic.__file__).parents[2])
OLD, NEW = b"old\n" * 500, b"new\n" * 700


def run(code, *args, before=()):
    """Run Python code in a process of its own; `before` is a command that starts it."""
    command = [*before, sys.executable, "-c", code, *map(str, args)]
    environ = {**os.environ, "PYTHONPATH": SOURCES}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def leftovers(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.endswith(".ringfence-tmp"))


# ---- a killed process

KILLED = """
import os, pathlib, signal, sys
from ringfence.storage import atomic

step, path, size = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
seen = []

def before(real):
    return lambda *args: (kill(), real(*args))

def after(real):
    def call(*args):
        done = real(*args)
        kill()
        return done
    return call

def half(handle, data):
    os.pwrite(handle, bytes(data[: len(data) // 2]), 0)
    kill()

def second(real):
    def call(handle):
        seen.append(handle)
        return real(handle) if len(seen) == 1 else kill()
    return call

match step:
    case "before the file is made": os.open = before(os.open)
    case "in the middle of the data": os.write = half
    case "before the data is on the disk": os.fsync = before(os.fsync)
    case "after the data is on the disk": os.fsync = after(os.fsync)
    case "before the rename": os.replace = before(os.replace)
    case "after the rename": os.replace = after(os.replace)
    case "before the folder is on the disk": os.fsync = second(os.fsync)
atomic.write_atomic(path, b"new\\n" * size)
print("not killed")
"""
STEPS = {
    "before the file is made": (OLD, 0),
    "in the middle of the data": (OLD, 1),
    "before the data is on the disk": (OLD, 1),
    "after the data is on the disk": (OLD, 1),
    "before the rename": (OLD, 1),
    "after the rename": (NEW, 0),
    "before the folder is on the disk": (NEW, 0),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_the_old_or_the_new_content_whole(tmp_path, step):
    path = tmp_path / "status.json"
    path.write_bytes(OLD)
    killed = run(KILLED, step, path, 700)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    content, left = STEPS[step]
    assert path.read_bytes() == content
    assert len(leftovers(tmp_path)) == left
    atomic.sweep(tmp_path)
    assert leftovers(tmp_path) == []
    assert path.read_bytes() == content
    atomic.write_atomic(path, b"after")
    assert path.read_bytes() == b"after"


def test_a_kill_of_the_first_write_ever_leaves_no_file(tmp_path):
    path = tmp_path / "status.json"
    assert run(KILLED, "before the rename", path, 700).returncode == -signal.SIGKILL
    assert atomic.read_file(path) is None


def test_the_sweep_leaves_alone_what_a_running_process_writes(tmp_path):
    ours = tmp_path / f".status.json.{os.getpid()}.ringfence-tmp"
    strange = tmp_path / ".status.json.nobody.ringfence-tmp"
    other = tmp_path / ".status.json.swp"
    for path in (ours, strange, other):
        path.touch()
    atomic.sweep(tmp_path)
    assert [p.exists() for p in (ours, strange, other)] == [True, False, True]


def test_a_leftover_with_our_own_number_is_no_obstacle(tmp_path):
    (tmp_path / f".a.json.{os.getpid()}.ringfence-tmp").write_bytes(b"of a process that had our number")
    atomic.write_atomic(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert leftovers(tmp_path) == []


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "a.json"
    atomic.write_atomic(path, OLD)
    done = threading.Event()
    seen = set()

    def read():
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(60):
        atomic.write_atomic(path, NEW)
        atomic.write_atomic(path, OLD)
    done.set()
    reader.join()
    assert seen <= {OLD, NEW}


# ---- a disk that refuses

MOUNTS = """
set -e
mkdir -p "$1/disk"
mount -t tmpfs -o size=64k,mode=0700 ringfence-test "$1/disk"
printf 'old\\n' > "$1/disk/a.json"
if [ "$2" = read-only ]; then mount -o remount,ro "$1/disk"; fi
shift 2
exec "$@"
"""
WRITE = """
import pathlib, sys
from ringfence.file_errors import FileError
from ringfence.storage import atomic

path = pathlib.Path(sys.argv[1])
try:
    atomic.write_atomic(path, b"new\\n" * 100_000)
except FileError as error:
    print(error)
print(path.read_bytes())
print(sorted(p.name for p in path.parent.iterdir()))
"""


def own_mounts():
    """Return the command that gives a process mounts of its own, None where the system allows none."""
    unshare = shutil.which("unshare")
    ways = [[unshare, "-m"], [unshare, "-Urm"]] if unshare else []
    probe = ["sh", "-c", "mount -t tmpfs ringfence-test /mnt"]
    return next(
        (w for w in ways if subprocess.run([*w, *probe], capture_output=True, check=False).returncode == 0), None
    )


@pytest.mark.parametrize(
    ("disk", "reason"),
    [
        ("full", "the disk is full; free some space"),
        ("read-only", "the disk is read-only; mount it writable or set RINGFENCE_HOME to another folder"),
    ],
)
def test_a_real_disk_that_is_full_or_read_only_keeps_the_last_file(tmp_path, disk, reason):
    mounts = own_mounts()
    if mounts is None:
        pytest.skip("no mount namespaces here; the simulated errors below are tested")
    path = tmp_path / "disk" / "a.json"
    done = run(WRITE, path, before=[*mounts, "sh", "-c", MOUNTS, "sh", str(tmp_path), disk])
    assert done.stdout.splitlines() == [f"Cannot write {path}: {reason}.", "b'old\\n'", "['a.json']"], done.stderr


def test_a_file_larger_than_the_limit_keeps_the_last_one(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old\n")
    limited = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n" + WRITE
    done = run(limited, path).stdout.splitlines()
    assert done[0] == f"Cannot write {path}: it would be larger than this system allows; raise the limit (ulimit -f)."
    assert done[1:] == ["b'old\\n'", "['a.json']"]


def test_a_folder_that_may_not_be_written_is_told_with_what_to_do(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    path = folder / "a.json"
    path.write_bytes(b"old\n")
    folder.chmod(0o555)
    # Root may write everywhere, unless it gives that right away.
    mere = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    try:
        assert run(WRITE, path, before=mere).stdout.splitlines() == [
            f"Cannot write {path}: permission is denied; make it and its folder yours (chown, chmod u+rwX).",
            "b'old\\n'",
            "['a.json']",
        ]
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_an_error_at_any_step_keeps_the_last_file_and_leaves_nothing(tmp_path, monkeypatch, name, number):
    path = tmp_path / "a.json"
    path.write_bytes(OLD)

    def fail(*args):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, name, fail)
        with pytest.raises(FileError, match=rf"^Cannot write {path}: [^.]+\.$"):
            atomic.write_atomic(path, NEW)
    assert path.read_bytes() == OLD
    assert leftovers(tmp_path) == []


def test_a_write_that_comes_in_pieces_is_finished(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:100]))
    atomic.write_atomic(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


def test_a_file_system_that_cannot_sync_folders_is_no_failure(tmp_path, monkeypatch):
    real = os.fsync

    def sync(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    atomic.write_atomic(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


@pytest.mark.parametrize("place", ["a-file/b/c.json", "a-folder"])
def test_something_in_the_way_is_named(tmp_path, place):
    (tmp_path / "a-file").touch()
    (tmp_path / "a-folder").mkdir()
    with pytest.raises(FileError, match=r"^Cannot (write|make the folder) .*; move it away\.$"):
        atomic.write_atomic(tmp_path / place, NEW)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-file", "a-folder"]


def test_a_path_that_is_not_utf_8_is_told_in_text_that_every_file_can_carry(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9/x"))
    path.parent.touch()
    with pytest.raises(FileError) as failed:
        atomic.write_atomic(path, NEW)
    assert "caf\\xe9" in str(failed.value).encode("utf-8").decode()


# ---- who may read it


def test_files_are_0600_and_folders_0700_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        path = tmp_path / "state" / "deep" / "a.json"
        atomic.write_atomic(path, NEW)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_file_that_others_could_read_is_closed_to_them_by_the_next_write(tmp_path):
    path = tmp_path / "a.json"
    path.touch(0o666)
    path.chmod(0o666)
    atomic.write_atomic(path, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    atomic.make_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


# ---- Windows, simulated: a reader holds the file for an instant


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(atomic, "_WINDOWS", True)
    monkeypatch.setattr(atomic, "_PAUSE_S", 0)


def refusing(times):
    real, left = os.replace, [times]

    def replace(*args):
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "Access is denied")
        real(*args)

    return replace


def test_on_windows_a_rename_is_tried_again_while_a_reader_has_the_file(tmp_path, windows, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "replace", refusing(39))
    atomic.write_atomic(path, NEW)
    assert path.read_bytes() == NEW


def test_on_windows_a_file_that_stays_held_is_a_sentence(tmp_path, windows, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "replace", refusing(10_000))
    with pytest.raises(FileError, match="permission is denied"):
        atomic.write_atomic(path, NEW)
    assert (path.read_bytes(), leftovers(tmp_path)) == (OLD, [])


def test_elsewhere_a_refused_rename_is_final(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", refusing(1))
    with pytest.raises(FileError):
        atomic.write_atomic(tmp_path / "a", NEW)


# ---- reading


def test_no_file_is_none_and_an_empty_one_is_empty(tmp_path):
    assert atomic.read_file(tmp_path / "a") is None
    (tmp_path / "a").touch()
    assert atomic.read_file(tmp_path / "a") == b""


def test_what_is_no_file_is_refused_and_a_fifo_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(FileError, match="is not a regular file; move it away"):
            atomic.read_file(tmp_path / name)


def test_a_link_is_followed_and_a_loop_is_told(tmp_path):
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert atomic.read_file(tmp_path / "link") == b"x"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileError, match="Cannot read"):
        atomic.read_file(tmp_path / "loop")


def test_a_huge_file_is_not_read_into_memory(tmp_path):
    with (tmp_path / "a").open("wb") as file, suppress(OSError):
        file.truncate(1 << 40)
    with pytest.raises(FileError, match="is larger than 8 MB; move it away"):
        atomic.read_file(tmp_path / "a")
