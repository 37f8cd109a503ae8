"""Where the history's window reads from, and what it copies as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from ringfence import history_texts
from ringfence.core.gate_changes import GateChange
from ringfence.core.history import WEEKDAYS, Day, Frame, Kept, Level, Reset
from ringfence.documents.spreadsheet import cell


class Book(Protocol):
    """Where the history comes from; methods block for milliseconds and raise FileError."""

    def kept(self) -> list[Kept]:
        """Return the windows that there are samples of."""
        ...

    def levels(self, account: str, window: str, since: float, until: float, columns: int) -> list[Level]:
        """Return a level a column."""
        ...

    def samples(self, account: str, window: str, since: float, until: float) -> list[Level]:
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


def samples_csv(book: Book, windows: Sequence[Kept], frame: Frame) -> str:
    """Return every reading of these windows within a frame, a line each, times in epoch seconds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("at", "account", "window", "used_pct", "resets_at"))
    for kept in windows:
        for v in book.samples(kept.account, kept.window, frame.since, frame.until):
            reset = "" if v.resets_at is None else round(v.resets_at)
            writer.writerow((round(v.until), cell(kept.account), cell(kept.window), f"{v.high * 100:.2f}", reset))
    return out.getvalue()


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
