"""The tokens of all transcripts ever seen, in the history's file: kept for ever, whatever becomes of the transcripts.

Reports are answered from sums by local day; when the zone changed since they were made, they are made again. A program
that only asks, in another zone than the one that writes, makes them for itself alone.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, tzinfo
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.core.sums import Spent
from ringfence.file_errors import FileError
from ringfence.storage import token_marks
from ringfence.storage.database import BUSY_S, connect, plain_text, reason_of, transaction
from ringfence.storage.local_days import LocalDays
from ringfence.storage.token_sums import by_model, folded, largest_first

if TYPE_CHECKING:
    from ringfence.core.sums import ByModel, Caught, Session
    from ringfence.core.tokens import FileMark, Run, SeenRefusal, Stamp, TokenBatch
    from ringfence.documents.token_rows import Scope
    from ringfence.storage.token_writing import Writer

_SUMS = "sum(input), sum(cache_creation), sum(cache_creation_1h), sum(cache_read), sum(output)"
_TIME_INDEX = "CREATE INDEX IF NOT EXISTS token_by_time ON token_answers (at_ms, origin)"
_CACHE_KIB = 8192


class TokenLedger:
    """The tokens in one ledger. Methods block for milliseconds, from any thread, and raise FileError.

    Days are those of `zone`; None: the system's. A report counts what its scope names; None: everything.
    """

    def __init__(self, path: str | Path, *, zone: tzinfo | None = None, busy_s: float = BUSY_S) -> None:
        self._path = Path(path)
        self._days = LocalDays(zone)
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._writer: Writer | None = None

    # ---- writing

    def stamps(self) -> dict[str, Stamp]:
        """Return how every transcript looked when it was last read, by its path."""
        with self._connected() as connection:
            return token_marks.stamps(connection)

    def mark(self, path: str) -> FileMark | None:
        """Return how far a transcript was read, None when it never was."""
        with self._connected() as connection:
            return token_marks.mark(connection, path)

    def apply(self, batch: TokenBatch) -> Caught:
        """Add answers, marks and refusals, all or nothing; return what was new in them."""
        from ringfence.storage.token_writing import Writer  # noqa: PLC0415 - a report over known transcripts needs none

        with self._connected() as connection, transaction(connection):
            self._keep_zone(connection)
            if self._writer is None:
                self._writer = Writer(self._days.of)
            return self._writer.put(connection, batch)

    def settle(self) -> None:
        """Make what many answers are written faster without; to be called when a scan is over."""
        with self._connected() as connection:
            connection.execute(_TIME_INDEX)
            if self._writer is not None:
                self._writer.end(connection)
        self._writer = None

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        with self._lock:
            if self._connection is not None and self._writer is not None:  # a scan that was ended before its end
                with suppress(sqlite3.Error):
                    self._writer.end(self._connection)
            self._disconnect()

    # ---- reports

    def daily(self, scope: Scope | None = None) -> list[Spent]:
        """Return a row a day with any answer, the first day first."""
        return self._by_day(lambda day: date.fromordinal(day).isoformat(), scope)

    def weekly(self, scope: Scope | None = None, *, first_weekday: int = 0) -> list[Spent]:
        """Return a row a week, the first first, by its first day. `first_weekday`: 0 is Monday, 6 is Sunday."""

        def first_day(day: int) -> str:  # day 1, the first of January of the year 1, is a Monday
            return date.fromordinal(max(1, day - (day - 1 - first_weekday) % 7)).isoformat()

        return self._by_day(first_day, scope)

    def monthly(self, scope: Scope | None = None) -> list[Spent]:
        """Return a row a month, the first first."""
        return self._by_day(lambda day: date.fromordinal(day).isoformat()[:7], scope)

    def models(self, scope: Scope | None = None) -> list[Spent]:
        """Return a row a model, the largest first."""
        found = folded(self._sums("''", "token_days t", scope))
        by_model = found[""][1] if found else ()
        return [Spent(key=model, tokens=tokens, by_model=((model, tokens),)) for model, tokens in by_model]

    def projects(self, scope: Scope | None = None) -> list[Spent]:
        """Return a row a project, the largest first."""
        table = "token_days t JOIN token_places p ON p.id = t.place"
        return largest_first(folded(self._sums("p.project", table, scope)))

    def daily_projects(self, scope: Scope | None = None) -> dict[str, dict[str, int]]:
        """Return the tokens of each day with any answer by project, the first day first: `2026-11-21` to counts."""
        where, values = _where(scope)
        with self._connected(in_zone=True) as connection:
            found = connection.execute(
                "SELECT day, p.project, sum(input + cache_creation + cache_read + output) FROM token_days t"  # noqa: S608
                f" JOIN token_places p ON p.id = t.place {where} GROUP BY day, p.project ORDER BY day",
                values,
            ).fetchall()
        days: dict[str, dict[str, int]] = {}
        for day, project, total in found:
            days.setdefault(date.fromordinal(day).isoformat(), {})[project] = total
        return days

    def sessions(self, scope: Scope | None = None) -> list[Spent]:
        """Return a row a session, the last active first."""
        where, values = _where(scope)
        with self._connected(in_zone=True) as connection:
            found = connection.execute(
                f"SELECT p.account, o.session, max(p.project), m.name, {_SUMS}, sum(responses),"  # noqa: S608
                " min(first_ms), max(last_ms) FROM token_sessions t JOIN token_origins o ON o.id = t.origin"
                " JOIN token_places p ON p.id = o.place JOIN token_models m ON m.id = t.model"
                f" {where} GROUP BY p.account, o.session, t.model",
                values,
            ).fetchall()
        spans: dict[Session, tuple[str, int, int]] = {}
        for account_, session, folder, _, *_, first, last in found:
            _, least, most = spans.get((account_, session), ("", first, last))
            spans[account_, session] = folder, min(first, least), max(last, most)
        by_session = folded(((row[0], row[1]), *row[3:10]) for row in found)
        last_first = sorted(by_session.items(), key=lambda item: (-spans[item[0]][2], item[0]))
        return [
            Spent(
                key=key[1], tokens=tokens, by_model=models, account=key[0], project=spans[key][0],
                first_at=spans[key][1] / 1000, last_at=spans[key][2] / 1000,
            )
            for key, (tokens, models) in last_first
        ]  # fmt: skip

    # ---- sums between moments

    def spent(
        self,
        since_at: float,
        until_at: float,
        *,
        account: str | None = None,
        project: str | None = None,
        class_: str | None = None,
        model: str | None = None,
    ) -> ByModel:
        """Return the tokens of the answers that came in [since_at, until_at), epoch seconds.

        Of the class `autonomous` is every session that nobody typed, whatever its launcher called it.
        """
        from ringfence.core.tokens import AUTONOMOUS, INTERACTIVE  # noqa: PLC0415 - reports know no classes

        where, values = _in_places(account, project)
        if class_ == AUTONOMOUS:
            where.append("o.class NOT IN ('', ?)")
            values.append(INTERACTIVE)
        elif class_ is not None:
            where.append("o.class = ?")
            values.append(class_)
        if model is not None:
            where.append("m.name = ?")
            values.append(model)
        with self._connected() as connection:
            found = connection.execute(
                f"SELECT m.name, {_SUMS}, count(*) FROM token_answers t JOIN token_origins o ON o.id = t.origin"  # noqa: S608
                f" JOIN token_places p ON p.id = o.place JOIN token_models m ON m.id = t.model"
                f" WHERE {' AND '.join(['at_ms >= ?', 'at_ms < ?', 'state < 2', *where])} GROUP BY t.model",
                [_ms(since_at), _ms(until_at), *values],
            ).fetchall()
        return by_model({name: sums for name, *sums in found})

    def pairs(self, account: str, times: Sequence[float]) -> list[ByModel]:
        """Return an account's tokens between each of `times` (epoch seconds, rising) and the next."""
        spans = [[_ms(since), _ms(until)] for since, until in pairwise(times)]
        found: list[dict[str, list[int]]] = [{} for _ in spans]
        with self._connected() as connection:
            # One question for a month of readings: a step into the index for each span, and no way back here between.
            rows_ = connection.execute(
                f"SELECT s.key, m.name, {_SUMS}, count(*) FROM json_each(?) s"  # noqa: S608
                " CROSS JOIN token_answers t ON at_ms >= json_extract(s.value, '$[0]')"
                " AND at_ms < json_extract(s.value, '$[1]')"
                " JOIN token_origins o ON o.id = t.origin JOIN token_places p ON p.id = o.place"
                " JOIN token_models m ON m.id = t.model"
                " WHERE state < 2 AND p.account = ? GROUP BY s.key, t.model",
                (json.dumps(spans), account),
            )
            for number, name, *sums in rows_:
                found[number][name] = sums
        return [by_model(each) for each in found]

    # ---- now

    def runs(self, now: float, active_s: float = 300.0) -> list[Run]:
        """Return the sessions that answered within the last `active_s` seconds, the most recent first."""
        from ringfence.storage.token_runs import runs_at  # noqa: PLC0415 - for whoever follows them, not for reports

        with self._connected() as connection:
            return runs_at(connection, now, active_s)

    def refusals(self) -> tuple[SeenRefusal, ...]:
        """Return the refusals that are their session's last word, whether or not their reset has passed."""
        from ringfence.core.tokens import SeenRefusal  # noqa: PLC0415

        with self._connected() as connection:
            found = connection.execute("SELECT * FROM token_refusals ORDER BY at").fetchall()
        return tuple(
            SeenRefusal(
                account=account, session=session, at=at, claim=claim, model=model, resets_at=resets_at, text=text
            )
            for account, session, at, claim, model, resets_at, text in found
        )

    # ---- within

    def _by_day(self, key: Callable[[int], str], scope: Scope | None) -> list[Spent]:
        found = self._sums("day", "token_days t", scope)
        label = cache(key)  # a day has a row a model
        by_label = folded((label(day), *row) for day, *row in found)
        return [Spent(key=label, tokens=by_label[label][0], by_model=by_label[label][1]) for label in sorted(by_label)]

    def _sums(self, key: str, table: str, scope: Scope | None) -> list[tuple[Any, ...]]:
        """Return rows of key, model, the five sums and responses."""
        where, values = _where(scope)
        if "p." in where and "token_places" not in table:
            table += " JOIN token_places p ON p.id = t.place"
        with self._connected(in_zone=True) as connection:
            names = dict(connection.execute("SELECT id, name FROM token_models"))
            found = connection.execute(
                f"SELECT {key}, t.model, {_SUMS}, sum(responses) FROM {table} {where} GROUP BY {key}, t.model",  # noqa: S608
                values,
            )
            return [(label, names[model], *sums) for label, model, *sums in found]

    def _keep_zone(self, connection: sqlite3.Connection) -> None:
        """Make the sums by day anew when they are those of another zone, in the caller's transaction."""
        _unshadow(connection)
        zone = self._days.mark()
        if _zone_of(connection) != zone:
            self._sum_again(connection, "main")
            connection.execute("INSERT OR REPLACE INTO token_facts VALUES ('zone', ?)", (zone,))

    def _look_in_zone(self, connection: sqlite3.Connection) -> None:
        """Make the sums by day for this connection alone, when those that are there are of another zone."""
        zone, kept = self._days.mark(), _zone_of(connection)
        _unshadow(connection)
        if kept is None or kept == zone:
            return
        for name in ("token_days", "token_sessions"):
            [(made,)] = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (name,))
            connection.execute(made.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        self._sum_again(connection, "temp")

    def _sum_again(self, connection: sqlite3.Connection, schema: str) -> None:
        from ringfence.storage.token_writing import sum_again  # noqa: PLC0415

        self._days.forget()
        sum_again(connection, schema, self._days.of)

    @contextmanager
    def _connected(self, *, in_zone: bool = False) -> Iterator[sqlite3.Connection]:
        """Give the open file to one thread at a time, and tell its errors as FileError."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = connect(self._path, self._busy_s)
                    self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                if in_zone:
                    self._look_in_zone(self._connection)
                yield self._connection
            except sqlite3.Error as error:
                self._disconnect()
                raise FileError.cannot("use", self._path, reason_of(error)) from None

    def _disconnect(self) -> None:
        connection, self._connection, self._writer = self._connection, None, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _unshadow(connection: sqlite3.Connection) -> None:
    """Ask the sums that everybody sees again, not those of this connection alone."""
    if connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'token_days'").fetchone() is not None:
        connection.execute("DROP TABLE temp.token_days")
        connection.execute("DROP TABLE temp.token_sessions")


def _zone_of(connection: sqlite3.Connection) -> str | None:
    found = connection.execute("SELECT value FROM token_facts WHERE name = 'zone'").fetchone()
    return None if found is None else str(found[0])


def _ms(at: float) -> int:
    """Return epoch milliseconds, within what SQLite takes."""
    return round(max(-1e12, min(at, 1e12)) * 1000)


def _in_places(account: str | None, project: str | None) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    if account is not None:
        where.append("p.account = ?")
        values.append(plain_text(account))
    if project is not None:
        folder = plain_text(project)
        separator = "\\" if "\\" in folder and "/" not in folder else "/"
        folder = folder.rstrip(separator)
        below = folder + separator
        where.append("(p.project = ? OR substr(p.project, 1, length(?)) = ?)")
        values += [folder, below, below]
    return where, values


def _where(scope: Scope | None) -> tuple[str, list[object]]:
    """Return the condition of what a report counts, and its values; empty for everything."""
    if scope is None:
        return "", []
    where, values = _in_places(scope.account, scope.project)
    if scope.span.since is not None:
        where.append("t.day >= ?")
        values.append(scope.span.since.toordinal())
    if scope.span.until is not None:
        where.append("t.day <= ?")
        values.append(scope.span.until.toordinal())
    return ("WHERE " + " AND ".join(where)) if where else "", values
