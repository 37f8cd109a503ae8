"""The sentences and the axis of the history, for the window and the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

from ringfence import texts, token_texts, words
from ringfence.core.gate_changes import GateChange
from ringfence.core.history import OTHERS, Day, Level, Reset, Span, SpanKind
from ringfence.core.model import tier_of
from ringfence.language import ngettext

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14, 28)
_MONTHS = (1, 2, 3, 6, 12)
SPANS = {
    SpanKind.CLOSED: "closed",
    SpanKind.PAUSED: "paused by you",
    SpanKind.OVERRIDDEN: "open by your override",
    SpanKind.UNKNOWN: "unknown",
}
RESET, LINE = "Reset", "Closes the gate"
NOTHING = "No readings yet: the history begins with the first one."


def ticks(since: float, until: float, most: int, zone: tzinfo | None = None) -> list[tuple[float, str]]:
    """Return moments for an axis with their labels, at round local times, at most so many, oldest first."""
    most, length = max(most, 1), until - since
    for hours in _HOURS:
        if length / (hours * HOUR_S) <= most:
            return _hour_ticks(since, until, hours, zone)
    for days in _DAYS:
        if length / (days * DAY_S) <= most:
            return _day_ticks(since, until, days, zone)
    for months in _MONTHS:
        if length / (months * 30 * DAY_S) <= most:
            return _month_ticks(since, until, months, zone)
    return _month_ticks(since, until, 12, zone)[:: max(1, round(length / (365 * DAY_S * most)))]


def _hour_ticks(since: float, until: float, hours: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    found = []
    at = -(-since // 900) * 900  # every zone is off by whole quarters
    while at <= until:
        moment = words.local(at, zone)
        if moment.minute == 0 and moment.hour % hours == 0:
            found.append((at, f"{moment:%a %d}" if moment.hour == 0 else f"{moment:%H:%M}"))
        at += 900
    return found


def _day_ticks(since: float, until: float, days: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    day = words.local(since, zone).date()
    found = []
    while (at := _midnight(day.year, day.month, day.day, zone)) <= until:
        if at >= since and day.toordinal() % days == 0:
            found.append((at, f"{day:%a %d}" if days == 1 else f"{day.day} {day:%b}"))
        day += timedelta(days=1)
    return found


def _month_ticks(since: float, until: float, months: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    day = words.local(since, zone).date().replace(day=1)
    found = []
    while (at := _midnight(day.year, day.month, 1, zone)) <= until:
        if at >= since and (day.month - 1) % months == 0:
            found.append((at, f"{day:%b %Y}" if day.month == 1 or months == 12 else f"{day:%b}"))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _midnight(year: int, month: int, day: int, zone: tzinfo | None) -> float:
    # Without a zone the datetime stays naive: that alone follows the machine's zone through its changes.
    return datetime(year, month, day, tzinfo=zone).timestamp()


def day_hour(at: float, zone: tzinfo | None = None) -> tuple[int, int]:
    """Return the weekday (0 is Monday) and the hour of a moment on the local clock."""
    moment = words.local(at, zone)
    return moment.weekday(), moment.hour


def moment_text(at: float, zone: tzinfo | None = None) -> str:
    """Return a past moment in full, for it may be a year ago: `Tue 24 Nov 2026, 14:05`."""
    moment = words.local(at, zone)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def level_text(label: str, level: Level, zone: tzinfo | None = None) -> str:
    """Return a readout: `5-hour session: 62 %, elevated, Tue 24 Nov 2026, 14:05`."""
    low, high = texts.percent_text(level.low), texts.percent_text(level.high)
    used = high if low == high else f"{low} to {high}"
    return f"{label}: {used}, {texts.tier_word(tier_of(level.high))}, {moment_text(level.until, zone)}"


def span_text(span: Span, zone: tzinfo | None = None) -> str:
    """Return what the gate did over a span: `closed by the 5-hour session, Tue ... for 2 h 10 min`."""
    length = words.duration_text(span.until - span.since)
    return f"Gate {SPANS[span.kind]}{_cause(span.change)} from {moment_text(span.since, zone)} for {length}"


def legend_text(kind: SpanKind) -> str:
    """Return what a shading means: `Gate closed`."""
    return f"Gate {SPANS[kind]}"


def _cause(change: GateChange) -> str:
    if not change.window:
        return ""
    return f" by {texts.window_name(change.window)}"


def summary_text(levels: Sequence[Level], found: Sequence[Reset], zone: tzinfo | None = None) -> str:
    """Return what a plot shows, in a sentence."""
    if not levels:
        return "No readings in this time."
    top = max(levels, key=lambda level: level.high)
    count = len(found)
    early = sum(reset.early for reset in found)
    times = "no reset" if not count else "1 reset" if count == 1 else f"{count} resets"
    before = f", {early} of them early" if early and count > 1 else ", early" if early else ""
    highest, last = texts.percent_text(top.high), texts.percent_text(levels[-1].high)
    return f"Last {last}; highest {highest} on {moment_text(top.until, zone)}; {times}{before}."


def gate_text(found: Sequence[Span]) -> str:
    """Return how long the gate was closed, paused and overridden, in a sentence; empty: it was open all the time."""
    said = []
    for kind in (SpanKind.CLOSED, SpanKind.PAUSED, SpanKind.OVERRIDDEN):
        mine = [span for span in found if span.kind is kind]
        if mine:
            length = words.duration_text(sum(span.until - span.since for span in mine))
            times = "once" if len(mine) == 1 else f"{len(mine)} times"
            said.append(f"{SPANS[kind]} {times}, {length} in all")
    return f"The gate was {'; '.join(said)}." if said else ""


def last_days_text(label: str, days: int) -> str:
    """Return what the hours are of: `5-hour session, the last 28 days`."""
    return ngettext("{window}, the last {count} day", "{window}, the last {count} days", days).format(
        window=texts.clean(label), count=days
    )


def copied_text(lines: int) -> str:
    """Return that a table was copied, and how long it is."""
    said = ngettext("{count} line is on the clipboard, as CSV.", "{count} lines are on the clipboard, as CSV.", lines)
    return said.format(count=lines)


def weekday(day: int) -> str:
    """Return a weekday's short name; 0 is Monday."""
    return f"{date(2024, 1, 1 + day):%a}"


def hour_text(day: int, hour: int, used: float) -> str:
    """Return what an hour of the week used: `Tue 14:00 to 15:00: 31 % of the window in all`."""
    spent = "nothing" if used <= 0 else f"{texts.percent_text(used)} of the window in all"
    return f"{weekday(day)} {hour:02}:00 to {(hour + 1) % 24:02}:00: {spent}"


def heat_text(table: Sequence[Sequence[float]]) -> str:
    """Return the busiest hour of a week, in a sentence."""
    used, day, hour = max((used, -day, -hour) for day, row in enumerate(table) for hour, used in enumerate(row))
    if used <= 0:
        return "nothing was used in this time."
    return f"most was used {weekday(-day)} {-hour:02}:00 to {(-hour + 1) % 24:02}:00."


def amount(count: int) -> str:
    """Return tokens as `12.4k` or `3.1M`."""
    return token_texts.amount_text(count)


def day_name(day: str) -> str:
    """Return a day for an axis: `24 Nov`."""
    made = date.fromisoformat(day)
    return f"{made.day} {made:%b}"


def day_text(day: Day, name: str) -> str:
    """Return what a day spent on one kind, and in all."""
    said = part_name(name)
    return f"{day_name(day.day)}: {said} {amount(day.parts.get(name, 0))} of {amount(day.total)} tokens"


def part_name(name: str) -> str:
    """Return a model's or a project's name; what is left is `others`."""
    return texts.clean(name, 40) if name != OTHERS else "others"


def days_text(days: Sequence[Day], what: str) -> str:
    """Return what bars of days show, in a sentence."""
    if not days:
        return f"Tokens a day by {what}: none in this time."
    top = max(days, key=lambda day: day.total)
    total = amount(sum(day.total for day in days))
    return f"Tokens a day by {what}: {total} in all, most on {day_name(top.day)} with {amount(top.total)}."
