"""What was read of each window, reading by reading, and what was spent between: the history beside the tokens."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from ringfence.core.calibration import Pair, weighted
from ringfence.core.model import same_instance
from ringfence.core.sums import ByModel
from ringfence.file_errors import FileError
from ringfence.storage.atomic import is_there
from ringfence.storage.database import BUSY_S, connect, reason_of

MODEL = "model:"
"""Before the model's name in the id of a model's week."""
SPEND = "spend:"
"""Before a meter of money: tokens of the plan do not fill it."""

_Row = tuple[float, float, float]
"""When it was read, fraction used, reset."""


class TokenSums(Protocol):
    """What is asked of the tokens."""

    def pairs(self, account: str, times: Sequence[float]) -> Sequence[ByModel]:
        """Return an account's tokens between each of `times` (epoch seconds, rising) and the next."""
        ...

    def close(self) -> None:
        """Close them."""
        ...


class PairLedger:
    """The pairs of readings in the ledger's file. It only reads; every method blocks, and any thread may call it."""

    def __init__(
        self,
        path: str | Path,
        tokens: TokenSums,
        *,
        busy_s: float = BUSY_S,
    ) -> None:
        """Take the ledger's path and the tokens in it; they are closed with this."""
        self._path = Path(path)
        self._tokens = tokens
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def pairs(
        self, account: str, since: float, now: float, *, spenders: Sequence[str] = ()
    ) -> dict[str, tuple[Pair, ...]]:
        """Return each window's pairs of readings from `since` to `now`, oldest first. Raises FileError.

        `spenders` are the accounts whose tokens fill these windows; none named: the account itself.

        Two readings make a pair when they are of one instance of the window; of a model's week only that model's tokens
        count.
        """
        rows = {window: rows for window, rows in self._rows(account, since, now) if not window.startswith(SPEND)}
        moments = sorted({at for found in rows.values() for at, _, _ in found})
        if len(moments) < 2:
            return {}
        of_each = [self._tokens.pairs(name, moments) for name in spenders or (account,)]
        spent = [tuple(each for by_model in between for each in by_model) for between in zip(*of_each, strict=True)]
        place = {at: number for number, at in enumerate(moments)}
        made = {}
        for window, found in rows.items():
            model = window.removeprefix(MODEL) if window.startswith(MODEL) else None
            weights = [weighted(by_model, model) for by_model in spent]
            made[window] = tuple(
                Pair(
                    since=at, until=later, before=before, after=after,
                    weighted=math.fsum(weights[place[at] : place[later]]),
                )
                for (at, before, resets_at), (later, after, resets_later) in pairwise(found)
                if same_instance(resets_at, resets_later)
            )  # fmt: skip
        return made

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._disconnect()
        self._tokens.close()

    def _rows(self, account: str, since: float, now: float) -> list[tuple[str, list[_Row]]]:
        with self._lock:
            try:
                if not is_there(self._path):
                    return []
                if self._connection is None:
                    self._connection = connect(self._path, self._busy_s)
                windows = list(_windows(self._connection, account))
                return [(window, _readings(self._connection, account, window, since, now)) for window in windows]
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise FileError.cannot("read", self._path, reason_of(error)) from None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _windows(connection: sqlite3.Connection, account: str) -> Iterator[str]:
    """Yield the windows that were ever read: one step into the key each, where DISTINCT would read every row."""
    window = ""
    while True:
        (found,) = connection.execute(
            "SELECT MIN(window_id) FROM samples WHERE account = ? AND window_id > ?", (account, window)
        ).fetchone()
        if found is None:
            return
        window = found
        yield window


def _readings(connection: sqlite3.Connection, account: str, window: str, since: float, now: float) -> list[_Row]:
    """Return a window's readings that have a number and a reset, one a moment."""
    rows = connection.execute(
        "SELECT observed_at, MAX(used), resets_at FROM samples WHERE account = ? AND window_id = ?"
        " AND observed_at BETWEEN ? AND ? AND used IS NOT NULL AND resets_at IS NOT NULL"
        " GROUP BY observed_at ORDER BY observed_at",
        (account, window, since, now),
    )
    return [(at, used, resets_at) for at, used, resets_at in rows]
