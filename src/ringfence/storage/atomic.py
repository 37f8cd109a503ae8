"""One way to write a file, for all of them: whole or not at all, and told in a sentence when it fails."""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

from ringfence.ports import FileError

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; mount it writable or set RINGFENCE_HOME to another folder",
    errno.EACCES: "permission is denied; make the folder yours (chmod u+rwx)",
    errno.EPERM: "permission is denied; make the folder yours (chmod u+rwx)",
    errno.EFBIG: "it would be larger than this system allows",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
}
_SUFFIX = ".ringfence-tmp"


def make_folder(folder: Path) -> None:
    """Make a folder of ours, for its owner alone (0700), with its parents. Raises FileError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(sentence("make the folder", folder, error)) from None


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
        raise FileError(sentence("write", path, error)) from None


def read_file(path: Path, limit: int = 8 << 20) -> bytes | None:
    """Return a file's bytes, None when there is none. Raises FileError when it is there and cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(sentence("read", path, error)) from None
    if len(data) > limit:
        raise FileError(f"{path} is larger than {limit >> 20} MB; move it away.")
    return data


def sweep(folder: Path) -> None:
    """Remove temporary files of processes that are gone: what a kill in the middle of a write leaves."""
    for path in folder.glob(f".*{_SUFFIX}"):
        number = path.name.removesuffix(_SUFFIX).rpartition(".")[2]
        if not number.isdigit() or not _runs(int(number)):
            with suppress(OSError):
                path.unlink()


def sentence(verb: str, path: Path, error: OSError) -> str:
    """Return what happened, where, and what to do."""
    reason = _REASONS.get(error.errno or 0) or (error.strerror or type(error).__name__).lower()
    return f"Cannot {verb} {path}: {reason}."


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _replace(temporary: Path, path: Path) -> None:
    for attempt in range(40):
        try:
            temporary.replace(path)
        except PermissionError:
            # Windows: a reader that has the file open this instant makes the rename fail (PACKAGING 4.2.1).
            if os.name != "nt" or attempt == 39:
                raise
            time.sleep(0.01)
        else:
            return


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _runs(pid: int) -> bool:
    if os.name == "nt":  # os.kill(pid, 0) would end the process there
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
