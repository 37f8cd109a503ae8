"""Where the history's window reads from, and what it copies as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from ringfence import history_texts
from ringfence.core.gate_changes import GateChange
from ringfence.core.history import WEEKDAYS, Day, Kept, Level, Reading, Reset
from ringfence.documents.spreadsheet import cell


class Book(Protocol):
    """Where the history comes from. Methods block, the longer the more time is asked for, and raise FileError."""

    def kept(self) -> list[Kept]:
        """Return the windows that there are samples of."""
        ...

    def levels(self, account: str, window: str, since: float, until: float, columns: int) -> list[Level]:
        """Return a level a column."""
        ...

    def readings(self, account: str, window: str, since: float, until: float) -> list[Reading]:
        """Return every sample."""
        ...

    def resets(self, account: str, window: str, since: float, until: float) -> list[Reset]:
        """Return where the window began anew."""
        ...

    def changes(self, since: float, until: float) -> list[GateChange]:
        """Return what the gate said."""
        ...

    def days(self, since: date, until: date, account: str | None, by: str) -> list[Day]:
        """Return tokens a day by `model` or `project`."""
        ...

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        ...


def hours_csv(table: Sequence[Sequence[float]]) -> str:
    """Return what each hour of the week used, a line each; weekdays by name, hours from 0 to 23."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("weekday", "hour", "used_pct"))
    for day in range(WEEKDAYS):
        writer.writerows(
            (history_texts.weekday(day), hour, f"{used * 100:.2f}") for hour, used in enumerate(table[day])
        )
    return out.getvalue()


def days_csv(days: Sequence[Day], by: str) -> str:
    """Return the tokens of each day by model or project, a line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("day", by, "tokens"))
    for day in days:
        writer.writerows((day.day, cell(history_texts.part_name(name)), count) for name, count in day.parts.items())
    return out.getvalue()
