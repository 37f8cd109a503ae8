"""The history: every sample ever read, in one SQLite file that is kept for ever.

One row a window and reading.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, assert_never

from ringfence.core.gate_changes import GateChange
from ringfence.core.model import Sample
from ringfence.core.route_memory import Move
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import is_there
from ringfence.storage.database import BUSY_S, connect, is_damaged, plain_text, reason_of, transaction

MOST_WAITING = 1000
Kept = Sample | Move | GateChange

_NO_SAMPLE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


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
        self._waiting: deque[Kept] = deque(maxlen=MOST_WAITING)
        # Also across a cancelled task: its thread goes on.
        self._lock = threading.Lock()

    async def append(self, *what: Kept) -> None:
        """Add samples, moves of a class, or changes of the gate, in the order of the calls; the same twice is once.

        Raises FileError when they cannot be written; they then wait in memory and are added with the next ones. Raises
        it once, too, when the file was damaged: that was moved aside, and they stand in a new one.
        """
        self._waiting.extend(what)  # before the threads, which keep no order
        await asyncio.to_thread(self._flush, what[-1])

    async def history(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        """Return what was read of one window from `since` to `until`, both included, oldest first.

        Raises FileError when the file is there and cannot be read; the file is left as it is.
        """
        return await asyncio.to_thread(self._history, account, window, since, until)

    async def moves(self, since: float) -> list[Move]:
        """Return the moves of classes from `since` on, oldest first.

        Raises FileError when the file is there and cannot be read; the file is left as it is.
        """
        return await asyncio.to_thread(self._moves, since)

    def close(self) -> None:
        """Close the file; what waits is written first, where that is possible.

        It waits after an error, and when the task that brought it was cancelled before its thread began.
        """
        with self._lock:
            if self._waiting:
                with suppress(sqlite3.DatabaseError, FileError):  # at the end there is nobody to tell
                    self._write_waiting()
            self._disconnect()

    def append_now(self, *what: Kept) -> None:
        """Do the same in this thread, which it blocks for milliseconds."""
        self._waiting.extend(what)
        self._flush(what[-1])

    def _flush(self, newest: Kept) -> None:
        with self._lock:
            try:
                self._write_waiting()
            except sqlite3.DatabaseError as error:
                self._disconnect()
                if is_damaged(error):
                    self._begin_anew(newest.observed_at if isinstance(newest, Sample) else newest.at)
                if isinstance(error, _NO_SAMPLE):
                    self._waiting.popleft()  # it would be refused for ever, and hold up those behind it
                raise FileError.cannot("write", self._path, reason_of(error)) from None

    def _write_waiting(self) -> None:
        while self._waiting:
            first, connection = self._waiting[0], self._connected()
            with transaction(connection):
                _insert(connection, first)
            if self._waiting[0] is first:  # else a full queue has let go of it meanwhile
                self._waiting.popleft()

    def _begin_anew(self, at: float) -> NoReturn:
        aside = self._move_aside(at)
        try:
            self._write_waiting()
        except sqlite3.DatabaseError as error:
            self._disconnect()
            raise FileError(
                Sentence(
                    "The history {path} was damaged and is now {name}; a new one cannot be begun: {reason}.",
                    path=self._path, name=aside.name, reason=reason_of(error),
                )
            ) from None  # fmt: skip
        raise FileError(
            Sentence(
                "The history {path} was damaged: it is kept as {name}, and a new one was begun.",
                path=self._path, name=aside.name,
            )
        )  # fmt: skip

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
            raise FileError.of("move aside the damaged history", self._path, error) from None
        return aside

    def _history(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        with self._lock:
            try:
                if not is_there(self._path):
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
                raise FileError.cannot("read", self._path, reason_of(error)) from None

    def _moves(self, since: float) -> list[Move]:
        with self._lock:
            try:
                if not is_there(self._path):
                    return []
                rows = self._connected().execute(
                    'SELECT at, class, "left", "to", cause, why FROM moves WHERE at >= ? ORDER BY at, class', (since,)
                )
                return [
                    Move(at=at, class_=class_, left=left, to=to, cause=cause, why=why)
                    for at, class_, left, to, cause, why in rows
                ]
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise FileError.cannot("read", self._path, reason_of(error)) from None

    def _connected(self) -> sqlite3.Connection:
        """Return the open file, in the newest format. Raises FileError and sqlite3's errors."""
        if self._connection is None:
            self._connection = connect(self._path, self._busy_s)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _insert(connection: sqlite3.Connection, what: Kept) -> None:
    match what:
        case Sample():
            _insert_sample(connection, what)
        case Move():
            _insert_move(connection, what)
        case GateChange():
            _insert_change(connection, what)
        case _:
            assert_never(what)


def _insert_change(connection: sqlite3.Connection, change: GateChange) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO gate_changes VALUES (?, ?, ?, ?, ?, ?)",
        (change.at, change.verdict, change.kind, change.reason, plain_text(change.window), change.overridden),
    )


def _insert_move(connection: sqlite3.Connection, move: Move) -> None:
    texts = (plain_text(text) for text in (move.class_, move.left, move.to, move.cause, move.why))
    connection.execute(
        'INSERT OR REPLACE INTO moves (at, class, "left", "to", cause, why) VALUES (?, ?, ?, ?, ?, ?)',
        (move.at, *texts),
    )


def _insert_sample(connection: sqlite3.Connection, sample: Sample) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO samples (account, source, observed_at, window_id, label, used, resets_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                plain_text(sample.account),
                sample.source,
                sample.observed_at,
                plain_text(w.id),
                plain_text(w.label),
                w.used,
                w.resets_at,
            )
            for w in sample.windows
        ),
    )
