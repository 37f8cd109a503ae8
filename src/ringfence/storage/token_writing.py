"""What a batch of answers, marks and refusals does to the ledger, all in the caller's transaction.

Loaded with the first thing that is new; a report over known transcripts writes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from ringfence.core.sums import Caught, Session
from ringfence.core.tokens import TokenBatch
from ringfence.storage import token_rows as rows
from ringfence.storage.database import plain_text
from ringfence.storage.local_days import QUARTER_MS

_SUMS = ", ".join(f"sum({column})" for column in rows.SUMS.split(", "))
_Sums = list[int]
_LOG_PAGES, _LOG_PAGES_AT_FIRST = 1000, 16_000
"""How long the log may be before it goes into the file: SQLite's own length, and 64 MB while everything is read for the
first time. Each transaction then touches most pages, and each goes into the file a few times instead of twenty: 3 % of
the CPU of 4 GB."""


class Writer:
    """Puts batches in. It belongs to one connection, and is done with when a scan is over."""

    def __init__(self, of_day: Callable[[int], int]) -> None:
        self._of_day = of_day
        self._met: rows.Met | None = None
        self._log_may_be_long = False
        self._version = 0

    def put(self, connection: sqlite3.Connection, batch: TokenBatch) -> Caught:
        """Add answers, marks and refusals; return what was new in them."""
        names = rows.Names(connection)
        met = self._met_by(connection)
        responses, origins = rows.put_answers(connection, batch.answers, self._of_day, names, met)
        rows.put_files(connection, batch.files, names)
        cleared = frozenset(_cleared(connection, batch.answered))
        before = set(connection.execute("SELECT account, session, at FROM token_refusals"))
        rows.put_refusals(connection, batch.refused)
        refused = frozenset((r.account, r.session) for r in batch.refused if (r.account, r.session, r.at) not in before)
        return Caught(
            responses=responses,
            sessions=frozenset((o.account, o.session) for o in origins),
            refused=refused,
            cleared=cleared - refused,
        )

    def _met_by(self, connection: sqlite3.Connection) -> rows.Met | None:
        """Return what the table may have; None: anything, for others wrote to it too."""
        [(version,)] = connection.execute("PRAGMA data_version")
        if version != self._version:
            self._met = None
        if self._met is None and connection.execute("SELECT 1 FROM token_answers LIMIT 1").fetchone() is None:
            self._met = rows.Met()
            self._log_may_be_long = True
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES_AT_FIRST}")
        self._version = version
        return self._met

    def end(self, connection: sqlite3.Connection) -> None:
        """Leave the log as short as it was before a first scan. Outside of a transaction."""
        if self._log_may_be_long:  # also when others wrote meanwhile, so that what was met is not known any more
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # a reader may prevent it: then the next


def sum_again(connection: sqlite3.Connection, schema: str, of_day: Callable[[int], int]) -> None:
    """Make the sums by day of a schema from the answers."""
    connection.execute(f"DELETE FROM {schema}.token_days")  # noqa: S608
    connection.execute(f"DELETE FROM {schema}.token_sessions")  # noqa: S608
    sums: dict[tuple[int, int, int], _Sums] = {}
    for origin, quarter, model, *row in connection.execute(
        f"SELECT origin, at_ms / {QUARTER_MS}, model, {_SUMS}, count(*), min(at_ms), max(at_ms)"  # noqa: S608
        " FROM token_answers WHERE state < 2 GROUP BY 1, 2, 3"
    ):
        key = origin, of_day(quarter * QUARTER_MS), model
        kept = sums.setdefault(key, [0] * 6 + row[6:])
        kept[:6] = [a + b for a, b in zip(kept, row[:6], strict=False)]
        kept[6:] = [min(kept[6], row[6]), max(kept[7], row[7])]
    rows.write_sums(connection, sums, rows.Names(connection).place_of)


def _cleared(connection: sqlite3.Connection, answered: Iterable[Session]) -> Iterator[Session]:
    refused = set(connection.execute("SELECT account, session FROM token_refusals"))
    for account, session in answered if refused else ():
        plain = plain_text(account), plain_text(session)
        if plain in refused:
            connection.execute("DELETE FROM token_refusals WHERE account = ? AND session = ?", plain)
            yield account, session
