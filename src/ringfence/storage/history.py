"""The history as it is looked at: the samples of a window over a span, and what the gate said meanwhile.

Reads alone, beside a monitor that writes: in WAL mode neither waits for the other. Methods block for milliseconds and
raise FileError; without a file there is nothing in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.core.gate_changes import GateChange
from ringfence.core.history import Day, Kept, Level, Reading, Reset, resets
from ringfence.documents.days import Span
from ringfence.documents.token_rows import Scope
from ringfence.file_errors import FileError
from ringfence.storage.atomic import is_there
from ringfence.storage.database import connect, reason_of

if TYPE_CHECKING:
    from ringfence.storage.token_ledger import TokenLedger

BUSY_S = 0.5
"""Only a migration makes a reader wait; a window should not hang for it."""


_RANK = {"session": 0, "week": 1}


class History:
    """The ledger, for whoever draws it."""

    def __init__(self, path: Path, lapses: Callable[[float], Sequence[GateChange]] = lambda _until: ()) -> None:
        """`lapses` tells what the gate came to say by itself up to a moment: a killed monitor has not noted its end."""
        self._path, self._lapses = path, lapses
        self._connection: sqlite3.Connection | None = None
        self._tokens: TokenLedger | None = None

    def kept(self) -> list[Kept]:
        """Return every window, by account, the rings first: a step into the key each, however many samples."""
        found: list[Kept] = []
        with self._open() as connection:
            account, window = "", ""
            while connection is not None:
                row = _after(connection, account, window)
                if row is None:
                    break
                account, window = row
                found.append(_kept(connection, account, window))
        return sorted(found, key=lambda kept: (kept.account, _RANK.get(kept.window, len(_RANK)), kept.window))

    def levels(self, account: str, window: str, since: float, until: float, columns: int) -> list[Level]:
        """Return the samples of [since, until], at most one level for each of so many columns, oldest first.

        The newest of them is a level of its own: how it stands at the end is not the highest of the last column.
        """
        width = max((until - since) / max(columns, 1), 1e-3)
        with self._open() as connection:
            if connection is None:
                return []
            newest = connection.execute(
                "SELECT observed_at, observed_at, used, used, resets_at FROM samples"
                " WHERE account = ? AND window_id = ? AND observed_at BETWEEN ? AND ? AND used IS NOT NULL"
                " ORDER BY observed_at DESC LIMIT 1",
                (account, window, since, until),
            ).fetchall()
            older = connection.execute(
                "SELECT min(observed_at), max(observed_at), min(used), max(used), max(resets_at) FROM samples"
                " WHERE account = ? AND window_id = ? AND observed_at >= ? AND observed_at < ? AND used IS NOT NULL"
                " GROUP BY CAST((observed_at - ?) / ? AS INTEGER) ORDER BY 1",
                (account, window, since, newest[0][0] if newest else since, since, width),
            )
            return [
                Level(since=first, until=last, low=low, high=high, resets_at=resets_at)
                for first, last, low, high, resets_at in (*older, *newest)
            ]

    def readings(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        """Return every sample of [since, until], oldest first."""
        with self._open() as connection:
            if connection is None:
                return []
            return connection.execute(
                "SELECT observed_at, used, resets_at FROM samples"
                " WHERE account = ? AND window_id = ? AND observed_at BETWEEN ? AND ? AND used IS NOT NULL"
                " ORDER BY observed_at",
                (account, window, since, until),
            ).fetchall()

    def samples(self, account: str, window: str, since: float, until: float) -> list[Level]:
        """Return the same, each a level of its own."""
        found = self.readings(account, window, since, until)
        return [Level(since=at, until=at, low=used, high=used, resets_at=reset) for at, used, reset in found]

    def resets(self, account: str, window: str, since: float, until: float) -> list[Reset]:
        """Return where the window began anew between two samples of [since, until], oldest first."""
        return resets(self.readings(account, window, since, until))

    def changes(self, since: float, until: float) -> list[GateChange]:
        """Return what the gate said within a span, oldest first, with the last change before it."""
        with self._open() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                'SELECT at, verdict, kind, reason, "window", overridden FROM gate_changes WHERE at < ? AND at >='
                " coalesce((SELECT max(at) FROM gate_changes WHERE at <= ?), ?) ORDER BY at",
                (until, since, since),
            )
            found = [
                GateChange(at=at, verdict=verdict, kind=kind, reason=reason, window=window, overridden=bool(overridden))
                for at, verdict, kind, reason, window, overridden in rows
            ]
        found += [change for change in self._lapses(until) if not found or change.at > found[-1].at]
        begun = [index for index, change in enumerate(found) if change.at <= since]
        return found[begun[-1] :] if begun else found

    def days(self, since: date, until: date, account: str | None, by: str) -> list[Day]:
        """Return the tokens of each local day with any answer, by `model` or by `project`, the first day first."""
        if self._tokens is None:
            if not is_there(self._path):
                return []
            from ringfence.storage.token_ledger import TokenLedger  # noqa: PLC0415 - for the one page of it

            self._tokens = TokenLedger(self._path, busy_s=BUSY_S)
        scope = Scope(span=Span(since=since, until=until), account=account)
        if by == "project":
            by_project = self._tokens.daily_projects(scope)
            return [Day(day=day, parts=parts) for day, parts in by_project.items()]
        return [
            Day(day=spent.key, parts={model: tokens.total for model, tokens in spent.by_model})
            for spent in self._tokens.daily(scope)
        ]

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        if self._tokens is not None:
            self._tokens.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        try:
            if self._connection is None and is_there(self._path):
                self._connection = connect(self._path, BUSY_S)
            yield self._connection
        except sqlite3.Error as error:
            self.close()
            raise FileError.cannot("read", self._path, reason_of(error)) from None


def _after(connection: sqlite3.Connection, account: str, window: str) -> tuple[str, str] | None:
    """Return the next window's key, in two questions: one that compares pairs would walk through all its samples."""
    row: tuple[str, str] | None = connection.execute(
        "SELECT account, window_id FROM samples WHERE account = ? AND window_id > ? ORDER BY window_id LIMIT 1",
        (account, window),
    ).fetchone()
    return (
        row
        or connection.execute(
            "SELECT account, window_id FROM samples WHERE account > ? ORDER BY account, window_id LIMIT 1", (account,)
        ).fetchone()
    )


def _kept(connection: sqlite3.Connection, account: str, window: str) -> Kept:
    whose = (account, window)
    label, last = connection.execute(
        "SELECT label, observed_at FROM samples WHERE account = ? AND window_id = ? ORDER BY observed_at DESC LIMIT 1",
        whose,
    ).fetchone()
    [(first,)] = connection.execute(
        "SELECT observed_at FROM samples WHERE account = ? AND window_id = ? ORDER BY observed_at LIMIT 1", whose
    )
    return Kept(account=account, window=window, label=label, first_at=first, last_at=last)
