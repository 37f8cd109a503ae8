"""The history: every sample ever read, in one SQLite file that is kept for ever.

One row a window and reading. The file is in WAL mode, so a reader never waits for the monitor nor the monitor for it;
with `synchronous=NORMAL` a killed process loses nothing and a power cut at most the last moments, never the file.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from ringfence.core.model import Sample
from ringfence.ports import FileError
from ringfence.storage.atomic import make_folder, sentence

BUSY_S = 5.0
"""How long another program may hold the file before we give up; the sample then waits for the next one."""
MOST_WAITING = 1000

_REASONS = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked; end that program",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked; end that program",
    sqlite3.SQLITE_READONLY: "it is read-only; make the file and its folder writable for you",
    sqlite3.SQLITE_PERM: "permission is denied; make the file and its folder yours",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; make the file and its folder writable for you",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk does not take it; free some space or check the disk",
}
_NO_SAMPLE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one sample said of one window."""

    observed_at: float
    """Epoch seconds, UTC."""
    source: str
    label: str
    used: float | None
    """Fraction, may exceed 1; None when the server gave no number."""
    resets_at: float | None


class Ledger:
    """The history's file. Nothing is opened before it is used, and nothing blocks the loop's thread but `close`."""

    def __init__(self, path: str | Path, *, busy_s: float = BUSY_S) -> None:
        self._path = Path(path)
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[Sample] = deque(maxlen=MOST_WAITING)
        # Also across a cancelled task: its thread goes on.
        self._lock = threading.Lock()

    async def append(self, sample: Sample) -> None:
        """Add a sample; the same one twice is there once.

        Raises FileError when it cannot be written; it then waits in memory and is added with the next one. Raises it
        once, too, when the file was damaged: that was moved aside, and the sample stands in a new one.
        """
        await asyncio.to_thread(self._append, sample)

    async def history(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        """Return what was read of one window from `since` to `until`, both included, oldest first.

        Raises FileError when the file is there and cannot be read; the file is left as it is.
        """
        return await asyncio.to_thread(self._history, account, window, since, until)

    def close(self) -> None:
        """Close the file; a write that is under way is finished first."""
        with self._lock:
            self._disconnect()

    def _append(self, sample: Sample) -> None:
        with self._lock:
            self._waiting.append(sample)
            try:
                self._write_waiting()
            except sqlite3.DatabaseError as error:
                self._disconnect()
                if _code(error) in _DAMAGED:
                    self._begin_anew(sample.observed_at)
                if isinstance(error, _NO_SAMPLE):
                    self._waiting.popleft()  # it would be refused for ever, and hold up those behind it
                raise FileError(f"Cannot write {self._path}: {self._reason(error)}.") from None

    def _write_waiting(self) -> None:
        connection = self._connected()
        while self._waiting:
            with _transaction(connection):
                _insert(connection, self._waiting[0])
            self._waiting.popleft()

    def _begin_anew(self, at: float) -> NoReturn:
        aside = self._move_aside(at)
        try:
            self._write_waiting()
        except sqlite3.DatabaseError as error:
            self._disconnect()
            raise FileError(
                f"The history {self._path} was damaged and is now {aside.name}; a new one cannot be begun: "
                f"{self._reason(error)}."
            ) from None
        raise FileError(f"The history {self._path} was damaged: it is kept as {aside.name}, and a new one was begun.")

    def _move_aside(self, at: float) -> Path:
        """Keep a damaged file under another name, with what SQLite had beside it: tools can often mend the whole."""
        stamp = f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
        aside = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = self._path.with_name(f"{self._path.name}.damaged-{stamp}-{number}")
        try:
            # The file itself last: a kill in between leaves it damaged, and the next start comes here again.
            for beside in ("-wal", "-shm", ""):
                with suppress(FileNotFoundError):
                    Path(f"{self._path}{beside}").rename(f"{aside}{beside}")
        except OSError as error:
            raise FileError(sentence("move aside the damaged history", self._path, error)) from None
        return aside

    def _history(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        with self._lock:
            try:
                if not self._path.exists():
                    return []
                rows = self._connected().execute(
                    "SELECT observed_at, source, label, used, resets_at FROM samples"
                    " WHERE account = ? AND window_id = ? AND observed_at BETWEEN ? AND ? ORDER BY observed_at, source",
                    (account, window, since, until),
                )
                return [
                    Reading(observed_at=at, source=source, label=label, used=used, resets_at=resets_at)
                    for at, source, label, used, resets_at in rows
                ]
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise FileError(f"Cannot read {self._path}: {self._reason(error)}.") from None

    def _connected(self) -> sqlite3.Connection:
        """Return the open file, in the newest format. Raises FileError and sqlite3's errors."""
        if self._connection is None:
            make_folder(self._path.parent)
            _make_private(self._path)
            # Any thread may use it, one at a time. No transaction begins unasked.
            connection = sqlite3.connect(
                self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                _migrate(connection, self._path)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _reason(self, error: sqlite3.DatabaseError) -> str:
        if _code(error) in _DAMAGED:
            return "it is damaged; with its next reading Ringfence keeps it under another name and begins a new one"
        return _REASONS.get(_code(error), str(error))


def _insert(connection: sqlite3.Connection, sample: Sample) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO samples (account, source, observed_at, window_id, label, used, resets_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (_text(sample.account), sample.source, sample.observed_at, _text(w.id), _text(w.label), w.used, w.resets_at)
            for w in sample.windows
        ),
    )


def _format_1(connection: sqlite3.Connection) -> None:
    """Begin. The key is the order of the one question that is asked, so there is no other index to keep."""
    connection.execute(
        "CREATE TABLE samples ("
        " account TEXT NOT NULL, window_id TEXT NOT NULL, observed_at REAL NOT NULL, source TEXT NOT NULL,"
        " label TEXT NOT NULL, used REAL, resets_at REAL,"
        " PRIMARY KEY (account, window_id, observed_at, source)) WITHOUT ROWID"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_format_1,)
"""The step to each format, the first to format 1. `PRAGMA user_version` counts those that were taken. Never change
one that was released: a step is added, and a database of the format before it becomes a test's data."""


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _format_of(connection) == len(MIGRATIONS):
        return
    with _transaction(connection):  # two programs may come here at once: what is true is asked under the lock
        for number in range(_format_of(connection), len(MIGRATIONS)):
            MIGRATIONS[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
    if _format_of(connection) > len(MIGRATIONS):
        raise FileError(f"The history {path} was written by a newer Ringfence; update this one, or move the file away.")


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def _make_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its -wal and -shm the same rights.

    One that is there is not opened for it: closing it again would drop the locks that SQLite holds on it in this
    process (POSIX locks; "How To Corrupt An SQLite Database File", 2.2).
    """
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            return
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise FileError(sentence("open the history", path, error)) from None


def _text(text: str) -> str:
    """Half a surrogate pair, which JSON can carry, is no text for SQLite."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code; the extended one has it in its low byte."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
