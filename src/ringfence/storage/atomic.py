"""One way to write a file, for all of them: whole or not at all, and told in a sentence when it fails."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence

_SUFFIX = ".ringfence-tmp"
_WINDOWS = os.name == "nt"
_TRIES, _PAUSE_S = 40, 0.01


def make_folder(folder: Path) -> None:
    """Make a folder of ours, for its owner alone (0700), with its parents. Raises FileError."""
    try:
        if folder.is_dir():
            return
        # Each by itself: `parents=True` would leave the parents to the umask.
        for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
    except OSError as error:
        raise FileError.of("make the folder", folder, error) from None


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file (0600): temp file in the same folder, fsync, rename, fsync of the folder. Raises FileError.

    After a kill at any moment the old or the new content is there, whole; `sweep` removes what a kill left behind.
    A rename alone is not durable (PostgreSQL's durable_rename, PACKAGING 4.1).
    """
    make_folder(path.parent)
    temporary = path.parent / f".{path.name}.{os.getpid()}{_SUFFIX}"
    try:
        with suppress(FileNotFoundError):  # of a process that was killed and had our number
            temporary.unlink()
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        _replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise FileError.of("write", path, error) from None


def is_there(path: Path) -> bool:
    """Tell whether there is something of that name. Raises FileError where nobody may look, as in a folder of root's.

    `Path.exists` lets that out as a PermissionError.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise FileError.of("read", path, error) from None
    return True


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder of that name; where nobody may look there is none."""
    return os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises a PermissionError there


def read_file(path: Path, limit: int = 8 << 20) -> bytes | None:
    """Return a file's bytes, None when there is none. Raises FileError when it is there and cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a fifo would wait for its writer, for ever
            raise FileError(Sentence("{path} is not a regular file; move it away.", path=path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError.of("read", path, error) from None
    if len(data) > limit:
        raise FileError(Sentence("{path} is larger than {size} MB; move it away.", path=path, size=limit >> 20))
    return data


def sweep(folder: Path) -> None:
    """Remove temporary files of processes that are gone: what a kill in the middle of a write leaves."""
    for path in folder.glob(f".*{_SUFFIX}"):
        number = path.name.removesuffix(_SUFFIX).rpartition(".")[2]
        if not number.isdigit() or not _runs(int(number)):
            with suppress(OSError):
                path.unlink()


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _replace(temporary: Path, path: Path) -> None:
    for attempt in range(_TRIES):
        try:
            temporary.replace(path)
        except PermissionError:
            # A reader that has the file open this instant makes the rename fail there (PACKAGING 4.2.1).
            if not _WINDOWS or attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _sync_folder(folder: Path) -> None:
    if _WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems cannot; the new content stands all the same (PostgreSQL's fsync_fname_ext).
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def _runs(pid: int) -> bool:
    if _WINDOWS:  # os.kill(pid, 0) would end the process there
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
