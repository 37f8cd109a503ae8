"""One monitor per person: an OS lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import make_folder, write_atomic

PATIENCE_S = 0.2
"""Longer than `is_held` looks: a question must not turn the monitor away that starts this instant."""


class MonitorLock:
    """The right to be the monitor. `acquire` once, `release` at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._holder = path.with_suffix(".pid")
        from filelock import FileLock  # noqa: PLC0415 - 10 ms that who asks whether it is held need not wait for

        self._lock = FileLock(path, timeout=PATIENCE_S, poll_interval=0.02, mode=0o600)

    def acquire(self) -> None:
        """Become the monitor. Raises FileError when another one runs, with its process number."""
        from filelock import Timeout  # noqa: PLC0415

        make_folder(self._path.parent)
        try:
            self._lock.acquire()
        except Timeout:
            who = holder_of(self._path)
            said = Sentence("Another Ringfence monitor runs; end it first, or use its window.")
            if who:
                said = Sentence(
                    "Another Ringfence monitor runs (process {pid}); end it first, or use its window.", pid=who
                )
            raise FileError(said) from None
        except (OSError, NotImplementedError) as error:  # a file system without locks raises the second
            raise FileError.of("lock", self._path, error) from None
        with suppress(FileError):  # only for the sentence above: on a full disk the monitor runs all the same
            write_atomic(self._holder, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Stop being the monitor."""
        with suppress(OSError):
            self._holder.unlink()
        self._lock.release()


def holder_of(path: Path) -> int | None:
    """Return the process that says it holds the lock, None when there is none to be read."""
    with suppress(OSError, ValueError):
        return int(path.with_suffix(".pid").read_text())
    return None


def is_held(path: Path) -> bool:
    """Tell whether a monitor runs, by trying its lock for an instant."""
    if not os.access(path, os.F_OK):  # where nobody may look there is none either; pathlib would raise
        return False
    if sys.platform == "win32":
        return _cannot_be_taken(path)
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    try:
        # As filelock takes it, but shared: two that ask at once do not take each other for a monitor.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:  # a file system without such locks: filelock has another way there
        return _cannot_be_taken(path)
    finally:
        os.close(handle)
    return False


def _cannot_be_taken(path: Path) -> bool:
    from filelock import FileLock, Timeout  # noqa: PLC0415

    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError, NotImplementedError):
        return True
    lock.release()
    return False
