"""Reads the history in slices: a ledger of years is read while its window goes on being drawn, on the one thread.

Each reader here is a generator that pauses after every slice. A slice is as much time of the history as the last ones
were read fast: how densely a ledger is filled is not known beforehand.
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import date, timedelta
from typing import TypeVar

from ringfence.core.history import Course, Day, Frame, Kept, Level, Reading, Reset, Span, heat, no_heat
from ringfence.core.history import spans as spans_of
from ringfence.documents.spreadsheet import READINGS, reading
from ringfence.tray.history_book import Book

T = TypeVar("T")
Steps = Generator[None, None, T]
"""A read that pauses after each slice, and returns what was found."""
SLICE_S = 0.006
"""How long a slice should take: with the drawing of a frame it stays under what a person notices."""
FIRST_S = 4 * 86400.0
SHORTEST_S, LONGEST_S = 600.0, 400 * 86400.0
MOST_CHANGE = 2.0
DAYS_A_SLICE = 31


class Pace:
    """How much time of the history one slice holds."""

    def __init__(self, stopwatch: Callable[[], float] = time.perf_counter) -> None:
        self._stopwatch = stopwatch
        self._length_s, self._began = FIRST_S, 0.0

    def pieces(self, since: float, until: float) -> Iterator[tuple[float, float]]:
        """Return [since, until] in pieces, both ends of each included, none in two; `done` is told after each."""
        at = since
        while at <= until:
            end = at + self._length_s
            self._began = self._stopwatch()
            if end >= until:
                yield at, until
                return
            yield at, math.nextafter(end, at)
            at = end

    def done(self) -> None:
        """The piece was read: the next one is longer or shorter by how long that took."""
        took = max(self._stopwatch() - self._began, 1e-6)
        change = min(max(SLICE_S / took, 1 / MOST_CHANGE), MOST_CHANGE)
        self._length_s = min(max(self._length_s * change, SHORTEST_S), LONGEST_S)


def read_courses(
    book: Book, windows: Sequence[Kept], around: Frame, columns: int, now: float, pace: Pace
) -> Steps[tuple[list[Course], list[Span]]]:
    """Read the windows over a frame, in about so many columns, and when the gate was not simply open."""
    width_s = around.length_s / max(columns, 1)
    found = []
    for kept in windows:
        levels: list[Level] = []
        resets: list[Reset] = []
        for since, until in pace.pieces(max(around.since, kept.first_at), min(around.until, kept.last_at)):
            before = levels[-1].until if levels else since
            levels += book.levels(kept.account, kept.window, since, until, math.ceil((until - since) / width_s))
            resets += book.resets(kept.account, kept.window, before, until)
            pace.done()
            yield
        found.append(Course(kept=kept, levels=levels, resets=resets))
    last = min(around.until, now)
    return found, spans_of(book.changes(around.since, last), around.since, last)


def read_hours(
    book: Book, kept: Kept, frame: Frame, hour_of: Callable[[float], tuple[int, int]], pace: Pace
) -> Steps[list[list[float]]]:
    """Read in which hours of the week a window was used."""
    table = no_heat()
    last: list[Reading] = []
    for since, until in pace.pieces(max(frame.since, kept.first_at), min(frame.until, kept.last_at)):
        readings = book.readings(kept.account, kept.window, since, until)
        heat([*last, *readings], hour_of, table)
        last = readings[-1:] or last
        pace.done()
        yield
    return table


def read_days(book: Book, since: date, until: date, account: str | None, by: str) -> Steps[list[Day]]:
    """Read the tokens of every day, both included, by `model` or `project`; a day without any is there, empty."""
    found: list[Day] = []
    at = since
    while at <= until:
        last = min(at + timedelta(days=DAYS_A_SLICE - 1), until)
        found += book.days(at, last, account, by)
        at = last + timedelta(days=1)
        yield
    known = {day.day: day for day in found}
    dates = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return [known.get(each.isoformat(), Day(day=each.isoformat(), parts={})) for each in dates]


def read_csv(book: Book, windows: Sequence[Kept], frame: Frame, pace: Pace) -> Steps[str]:
    """Return every reading of these windows within a frame as CSV, a line each, times in epoch seconds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(READINGS)
    for kept in windows:
        for since, until in pace.pieces(max(frame.since, kept.first_at), min(frame.until, kept.last_at)):
            found = book.readings(kept.account, kept.window, since, until)
            writer.writerows(reading(kept.account, kept.window, at, used, reset) for at, used, reset in found)
            pace.done()
            yield
    return out.getvalue()
