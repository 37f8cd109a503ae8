"""The ledger's file: opened one way, brought to the newest format, its faults told in a sentence.

The file is in WAL mode, so a reader never waits for the monitor nor the monitor for it; with `synchronous=NORMAL` a
killed process loses nothing and a power cut at most the last moments, never the file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import make_folder

BUSY_S = 5.0
"""How long another program may hold the file before we give up."""

_REASONS = {
    sqlite3.SQLITE_BUSY: Sentence("another program keeps it locked; end that program"),
    sqlite3.SQLITE_LOCKED: Sentence("another program keeps it locked; end that program"),
    sqlite3.SQLITE_READONLY: Sentence("it is read-only; make the file and its folder writable for you"),
    sqlite3.SQLITE_PERM: Sentence("permission is denied; make the file and its folder yours"),
    sqlite3.SQLITE_CANTOPEN: Sentence("it cannot be opened; make the file and its folder writable for you"),
    sqlite3.SQLITE_FULL: Sentence("the disk is full; free some space"),
    sqlite3.SQLITE_IOERR: Sentence("the disk does not take it; free some space or check the disk"),
}
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def connect(path: Path, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """Return the open file, made when it is not there, in the newest format. Raises FileError and sqlite3's errors."""
    make_folder(path.parent)
    _make_private(path)
    # Any thread may use it, one at a time. No transaction begins unasked.
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; other programs wait from the first moment on, so what is read inside is still true."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def is_damaged(error: sqlite3.Error) -> bool:
    """Tell whether the file is no database any more."""
    return _code(error) in _DAMAGED


def reason_of(error: sqlite3.Error) -> str:
    """Return what is wrong and what to do, as the end of a sentence, without its full stop."""
    if is_damaged(error):
        return Sentence(
            "it is damaged; with its next reading Ringfence keeps it under another name and begins a new one"
        )
    return _REASONS.get(_code(error), str(error))


def plain_text(text: str) -> str:
    """Return a text that SQLite takes: half a surrogate pair, which JSON can carry, is none."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _format_1(connection: sqlite3.Connection) -> None:
    """Begin. The key is the order of the one question that is asked, so there is no other index to keep."""
    connection.execute(
        "CREATE TABLE samples ("
        " account TEXT NOT NULL, window_id TEXT NOT NULL, observed_at REAL NOT NULL, source TEXT NOT NULL,"
        " label TEXT NOT NULL, used REAL, resets_at REAL,"
        " PRIMARY KEY (account, window_id, observed_at, source)) WITHOUT ROWID"
    )


def _format_2(connection: sqlite3.Connection) -> None:
    """Held launches. `spread` is a launch's share of the jitter, `passed` the person's leave to go first."""
    connection.execute(
        "CREATE TABLE launches ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, asked_at REAL NOT NULL, command TEXT NOT NULL, class TEXT,"
        " account TEXT, model TEXT, reason TEXT NOT NULL, state TEXT NOT NULL, ended_at REAL, pid INTEGER,"
        " holder TEXT, unknown_opens INTEGER NOT NULL DEFAULT 0, spread REAL NOT NULL DEFAULT 0,"
        " passed INTEGER NOT NULL DEFAULT 0)"
    )
    connection.execute("CREATE INDEX launches_by_time ON launches (asked_at)")
    connection.execute("CREATE INDEX launches_by_end ON launches (state, ended_at)")


def _moves(connection: sqlite3.Connection) -> None:
    """Moves of a class of launches to another account or tier, and back."""
    connection.execute(
        'CREATE TABLE moves (at REAL NOT NULL, class TEXT NOT NULL, "left" TEXT NOT NULL, "to" TEXT NOT NULL,'
        " cause TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (at, class)) WITHOUT ROWID"
    )


def _format_4(connection: sqlite3.Connection) -> None:
    """Tokens. Answers are kept for ever by the digest of their ids; the sums by day are made from them.

    `state`: 0 the main chain has it, 1 a side chain alone; not counted: 2 a replay of what is, 3 what a larger replay
    stands for. `day` is a day of the local zone as a number (1 is the first of January of the year 1), for the zone of
    `token_facts`.
    """
    kinds = ("input", "cache_creation", "cache_creation_1h", "cache_read", "output")
    sums = ", ".join(f"{kind} INTEGER NOT NULL" for kind in kinds)
    connection.execute("CREATE TABLE token_facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
    connection.execute("CREATE TABLE token_models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    connection.execute(
        "CREATE TABLE token_places ("
        " id INTEGER PRIMARY KEY, account TEXT NOT NULL, project TEXT NOT NULL, UNIQUE (account, project))"
    )
    connection.execute(
        "CREATE TABLE token_origins ("
        " id INTEGER PRIMARY KEY, place INTEGER NOT NULL, session TEXT NOT NULL, class TEXT NOT NULL,"
        " UNIQUE (session, place, class))"
    )
    connection.execute(
        "CREATE TABLE token_answers ("
        " message INTEGER NOT NULL, request INTEGER NOT NULL, at_ms INTEGER NOT NULL, origin INTEGER NOT NULL,"
        f" model INTEGER NOT NULL, {sums}, state INTEGER NOT NULL, PRIMARY KEY (message, request)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE token_days ("
        f" day INTEGER NOT NULL, place INTEGER NOT NULL, model INTEGER NOT NULL, {sums}, responses INTEGER NOT NULL,"
        " PRIMARY KEY (day, place, model)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE token_sessions ("
        f" origin INTEGER NOT NULL, day INTEGER NOT NULL, model INTEGER NOT NULL, {sums}, responses INTEGER NOT NULL,"
        " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (origin, day, model)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE token_files ("
        " path BLOB PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,"
        " mtime_ns INTEGER NOT NULL, offset INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL, origin INTEGER,"
        " agent INTEGER NOT NULL, last_at REAL NOT NULL) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE token_refusals ("
        " account TEXT NOT NULL, session TEXT NOT NULL, at REAL NOT NULL, claim TEXT NOT NULL, model TEXT,"
        " resets_at REAL, text TEXT NOT NULL, PRIMARY KEY (account, session)) WITHOUT ROWID"
    )


def _folders(connection: sqlite3.Connection) -> None:
    """The folder that a waiting launch would start in: a hold may be a project's."""
    connection.execute("ALTER TABLE launches ADD COLUMN project TEXT")


def _gate_changes(connection: sqlite3.Connection) -> None:
    """When the gate changed its answer, and why: the history marks closures and overrides."""
    connection.execute(
        "CREATE TABLE gate_changes ("
        ' at REAL PRIMARY KEY, verdict TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, "window" TEXT NOT NULL,'
        " overridden INTEGER NOT NULL) WITHOUT ROWID"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _format_1,
    _format_2,
    _moves,
    _format_4,
    _folders,
    _gate_changes,
)
"""The step to each format, the first to format 1. `PRAGMA user_version` counts those that were taken. Never change
one that was released: a step is added, and a database of the format before it becomes a test's data."""


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _format_of(connection) == len(MIGRATIONS):
        return
    with transaction(connection):  # two programs may come here at once: what is true is asked under the lock
        for number in range(_format_of(connection), len(MIGRATIONS)):
            MIGRATIONS[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
    if _format_of(connection) > len(MIGRATIONS):
        raise FileError(
            Sentence(
                "The history {path} was written by a newer Ringfence; update this one, or move the file away.",
                path=path,
            )
        )


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


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
        raise FileError.of("open the history", path, error) from None


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code; the extended one has it in its low byte."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
