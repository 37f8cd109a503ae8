"""What was read and decided over a span, made ready to be drawn: levels a pixel wide, resets, closures, hours, days.

Nothing is averaged away: a column of a plot keeps the lowest and the highest reading of its time, so no peak is lost
however far one looks back. Resets are found between readings, never between columns: one column may hold several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from ringfence.core.gate_changes import GateChange
from ringfence.gate_reader import CLOSED, UNKNOWN

Reading = tuple[float, float, float | None]
"""A reading's time in epoch seconds, what was used as a fraction, and the reset that it told of."""
FALL = 0.005
"""What is used falls by more than this at a reset alone; less is how the server rounds."""
SAME_RESET_S = 120.0
"""The server's resets of one window differ by seconds from reading to reading (FORMATS A)."""
LONGEST_STEP_S = 2 * 3600.0
"""Between two readings further apart nothing is known: no line is drawn, and what was used belongs to no hour."""
WEEKDAYS, HOURS = 7, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A window of an account that there are samples of."""

    account: str
    window: str
    """The window's id."""
    label: str
    """The newest sample's."""
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The readings of one column: how far they went, and the reset that the last of them told of."""

    since: float
    """The first reading's time, epoch seconds."""
    until: float
    """The last one's."""
    low: float
    """Fraction of the window, 1.0 = all; may exceed it."""
    high: float
    resets_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A window began anew."""

    at: float
    early: bool
    """Before the moment that the server had told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a window was used over a span: what is drawn of it."""

    kept: Kept
    levels: Sequence[Level]
    resets: Sequence[Reset]


class SpanKind(StrEnum):
    """What the gate did over a span."""

    PAUSED = "paused"
    CLOSED = "closed"
    OVERRIDDEN = "overridden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The gate was not simply open from `since` to `until`."""

    kind: SpanKind
    since: float
    until: float
    change: GateChange


def resets(readings: Iterable[Reading]) -> list[Reset]:
    """Return where a window began anew, oldest first: when its reset moved on, or what was used went down."""
    found = []
    for (before_at, before_used, due), (at, used, resets_at) in pairwise(readings):
        moved = due is not None and resets_at is not None and resets_at - due > SAME_RESET_S
        fell = used < before_used - FALL
        if due is not None and (moved or fell) and due <= at:
            found.append(Reset(at=max(due, before_at), early=False))
        elif fell and (moved or due is None or resets_at is None):
            found.append(Reset(at=at, early=due is not None))
    return found


def longest_step(step_s: float) -> float:
    """Return the longest silence over which a line goes on; `step_s` is the width of a column."""
    return max(LONGEST_STEP_S, 2 * step_s)


def runs_of(levels: Iterable[Level], step_s: float) -> Iterator[list[Level]]:
    """Return the levels in unbroken runs; `step_s` is the width of a column, and a longer silence breaks one."""
    run: list[Level] = []
    silence = longest_step(step_s)
    for level in levels:
        if run and level.since - run[-1].until > silence:
            yield run
            run = []
        run.append(level)
    if run:
        yield run


def spans(changes: Sequence[GateChange], since: float, until: float) -> list[Span]:
    """Return when the gate was not simply open within a span, oldest first.

    Args:
        changes: oldest first; the one before `since` says how the span begins.
        since: epoch seconds.
        until: epoch seconds; what is in force at the end lasts until then.
    """
    found: list[Span] = []
    ends = [*(change.at for change in changes[1:]), until]
    for change, end in zip(changes, ends, strict=False):
        kind = _kind_of(change)
        first, last = max(change.at, since), min(end, until)
        if kind is None or first >= last:
            continue
        if found and found[-1].until == first and replace(change, at=found[-1].change.at) == found[-1].change:
            found[-1] = replace(found[-1], until=last)  # each monitor begins with what its gate says
        else:
            found.append(Span(kind=kind, since=first, until=last, change=change))
    return found


def _kind_of(change: GateChange) -> SpanKind | None:
    if change.verdict == CLOSED:
        return SpanKind.PAUSED if change.kind == "manual" else SpanKind.CLOSED
    if change.verdict == UNKNOWN:
        return SpanKind.UNKNOWN
    return SpanKind.OVERRIDDEN if change.overridden else None


def no_heat() -> list[list[float]]:
    """Return a week in which nothing was used."""
    return [[0.0] * HOURS for _ in range(WEEKDAYS)]


def heat(
    readings: Iterable[Reading], hour_of: Callable[[float], tuple[int, int]], table: list[list[float]]
) -> list[list[float]]:
    """Add how much of a window was used in each hour of the week to a table, as fractions of the window; return it.

    Seven rows of 24: `hour_of` tells the weekday (0..6) and the hour (0..23) of a moment on the clock of whoever looks.
    What counts is by how much `used` rose from reading to reading, spread over the time between; a fall is a reset, and
    counts what is there after it. So a row says when the work is done, not when the window happens to be full.
    """
    for (before_at, before, _due), (after_at, after, _resets_at) in pairwise(readings):
        rise = after - before if after >= before else after
        if rise <= 0 or not 0 < after_at - before_at <= LONGEST_STEP_S:
            continue
        for at, share in _hours(before_at, after_at):
            day, hour = hour_of(at)
            table[day][hour] += rise * share
    return table


def _hours(since: float, until: float) -> Iterator[tuple[float, float]]:
    """Return the middle of every quarter of an hour that a span touches, with its share of the span.

    Quarters, for no zone is off by less than that.
    """
    length, at = until - since, since
    while at < until:
        end = min((at // 900 + 1) * 900, until)
        yield (at + end) / 2, (end - at) / length
        at = end


def nearest(levels: Iterable[Level], at: float, reach_s: float) -> Level | None:
    """Return the level nearest to a moment, None when there is none within `reach_s`."""
    near = min(levels, key=lambda level: _distance(level, at), default=None)
    return near if near is not None and _distance(near, at) <= reach_s else None


def _distance(level: Level, at: float) -> float:
    return max(level.since - at, at - level.until, 0.0)


SHORTEST_S, LONGEST_S = 3600.0, 400 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The time that is looked at; it ends at `now` at the latest, for nothing is known of what comes."""

    since: float
    until: float

    @property
    def length_s(self) -> float:
        """How much time it shows."""
        return self.until - self.since

    def moved(self, by_s: float, now: float, first_at: float) -> Frame:
        """Return the frame so many seconds later or earlier, within what there is."""
        until = min(max(self.until + by_s, min(first_at + self.length_s, now)), now)
        return Frame(since=until - self.length_s, until=until)

    def zoomed(self, factor: float, at: float, now: float) -> Frame:
        """Return a frame that shows `factor` times the time, with the moment `at` where it was."""
        length = min(max(self.length_s * factor, SHORTEST_S), LONGEST_S)
        share = (at - self.since) / self.length_s
        until = min(at + (1 - share) * length, now)
        return Frame(since=until - length, until=until)

    def share(self, at: float) -> float:
        """Return where a moment lies in it: 0 at the beginning, 1 at the end."""
        return (at - self.since) / self.length_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The tokens of one local day, by model or by project."""

    day: str
    """`2026-11-21`."""
    parts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.parts.values())


MOST_PARTS = 5
OTHERS = ""
"""What is left beside the largest parts."""


def stacked(days: Sequence[Day]) -> tuple[list[Day], list[str]]:
    """Return days whose smaller parts are one (`OTHERS`), and the parts' names, the largest first."""
    sums: dict[str, int] = {}
    for day in days:
        for name, count in day.parts.items():
            sums[name] = sums.get(name, 0) + count
    names = sorted(sums, key=lambda name: (-sums[name], name))
    if len(names) <= MOST_PARTS + 1:
        return list(days), names
    kept = names[:MOST_PARTS]
    folded = [
        Day(
            day=day.day,
            parts={name: day.parts[name] for name in kept if name in day.parts}
            | {OTHERS: sum(count for name, count in day.parts.items() if name not in kept)},
        )
        for day in days
    ]
    return folded, [*kept, OTHERS]
