"""The sentences and the axis of the history, for the window and the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import assert_never

from ringfence import texts, token_texts, words
from ringfence.core.history import OTHERS, Day, Level, Reset, Span, SpanKind
from ringfence.core.model import tier_of
from ringfence.language import _, ngettext
from ringfence.words import moment_text

__all__ = ["moment_text"]
# and all that is defined here
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14, 28)
_MONTHS = (1, 2, 3, 6, 12)


def nothing() -> str:
    """Return what is said before the first reading."""
    return _("No readings yet: the history begins with the first one.")


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
            found.append((at, _day_of_week(moment) if moment.hour == 0 else f"{moment:%H:%M}"))
        at += 900
    return found


def _day_ticks(since: float, until: float, days: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    day = words.local(since, zone).date()
    found = []
    while (at := _midnight(day.year, day.month, day.day, zone)) <= until:
        if at >= since and day.toordinal() % days == 0:
            found.append((at, _day_of_week(day) if days == 1 else words.date_text(day)))
        day += timedelta(days=1)
    return found


def _month_ticks(since: float, until: float, months: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    day = words.local(since, zone).date().replace(day=1)
    found = []
    while (at := _midnight(day.year, day.month, 1, zone)) <= until:
        if at >= since and (day.month - 1) % months == 0:
            found.append((at, _month(day) if day.month == 1 or months == 12 else words.month_text(day.month)))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _day_of_week(day: date) -> str:
    return _("{weekday} {day}").format(weekday=words.weekday_text(day.weekday()), day=f"{day.day:02}")


def _month(day: date) -> str:
    return _("{month} {year}").format(month=words.month_text(day.month), year=day.year)


def _midnight(year: int, month: int, day: int, zone: tzinfo | None) -> float:
    # Without a zone the datetime stays naive: that alone follows the machine's zone through its changes.
    return datetime(year, month, day, tzinfo=zone).timestamp()


def day_hour(at: float, zone: tzinfo | None = None) -> tuple[int, int]:
    """Return the weekday (0 is Monday) and the hour of a moment on the local clock."""
    moment = words.local(at, zone)
    return moment.weekday(), moment.hour


def level_text(label: str, level: Level, zone: tzinfo | None = None) -> str:
    """Return a readout: `5-hour session: 62 %, elevated, Tue 24 Nov 2026, 14:05`."""
    low, high = texts.percent_text(level.low), texts.percent_text(level.high)
    used = high if low == high else _("{low} to {high}").format(low=low, high=high)
    said = words.joined([used, texts.tier_word(tier_of(level.high)), moment_text(level.until, zone)])
    return _("{name}: {sentence}").format(name=label, sentence=said)


def span_text(span: Span, zone: tzinfo | None = None) -> str:
    """Return what the gate did over a span: `closed by the 5-hour session, Tue ... for 2 h 10 min`."""
    length = words.duration_text(span.until - span.since)
    window = span.change.window
    said = _by(span.kind) if window else legend_text(span.kind)
    when = _("{what} from {time} for {length}")
    what = said.format(window=texts.window_name(window))
    return when.format(what=what, time=moment_text(span.since, zone), length=length)


def legend_text(kind: SpanKind) -> str:
    """Return what a shading means: `Gate closed`."""
    match kind:
        case SpanKind.CLOSED:
            return _("Gate closed")
        case SpanKind.PAUSED:
            return _("Gate paused by you")
        case SpanKind.OVERRIDDEN:
            return _("Gate open by your override")
        case SpanKind.UNKNOWN:
            return _("Gate unknown")
        case _:
            assert_never(kind)


def span_word(kind: SpanKind) -> str:
    """Return the same without naming the gate: `paused by you`."""
    match kind:
        case SpanKind.CLOSED:
            return _("closed")
        case SpanKind.PAUSED:
            return _("paused by you")
        case SpanKind.OVERRIDDEN:
            return _("open by your override")
        case SpanKind.UNKNOWN:
            return _("unknown")
        case _:
            assert_never(kind)


def _by(kind: SpanKind) -> str:
    """Return what the gate did because of a window, whose name stands for `{window}`."""
    match kind:
        case SpanKind.CLOSED:
            return _("Gate closed by {window}")
        case SpanKind.PAUSED:
            return _("Gate paused by you by {window}")
        case SpanKind.OVERRIDDEN:
            return _("Gate open by your override by {window}")
        case SpanKind.UNKNOWN:
            return _("Gate unknown by {window}")
        case _:
            assert_never(kind)


def summary_text(levels: Sequence[Level], found: Sequence[Reset], zone: tzinfo | None = None) -> str:
    """Return what a plot shows, in a sentence."""
    if not levels:
        return _("No readings in this time.")
    top = max(levels, key=lambda level: level.high)
    count = len(found)
    early = sum(reset.early for reset in found)
    times = ngettext("{count} reset", "{count} resets", count).format(count=count) if count else _("no reset")
    if early:
        many = ngettext("{count} of them early", "{count} of them early", early).format(count=early)
        times = words.joined([times, many if count > 1 else _("early")])
    return _("Last {last}; highest {highest} on {time}; {resets}.").format(
        last=texts.percent_text(levels[-1].high),
        highest=texts.percent_text(top.high),
        time=moment_text(top.until, zone),
        resets=times,
    )


def gate_text(found: Sequence[Span]) -> str:
    """Return how long the gate was closed, paused and overridden, in a sentence; empty: it was open all the time."""
    said = []
    for kind in (SpanKind.CLOSED, SpanKind.PAUSED, SpanKind.OVERRIDDEN):
        mine = [span for span in found if span.kind is kind]
        if mine:
            length = words.duration_text(sum(span.until - span.since for span in mine))
            said.append(_times(kind, len(mine)).format(count=len(mine), length=length))
    return _("The gate was {what}.").format(what=words.listed(said)) if said else ""


def _times(kind: SpanKind, count: int) -> str:
    """Return how often and how long the gate was something; the count and the length are filled in later."""
    match kind:
        case SpanKind.PAUSED:
            return ngettext(
                "paused by you once, {length} in all", "paused by you {count} times, {length} in all", count
            )
        case SpanKind.OVERRIDDEN:
            return ngettext(
                "open by your override once, {length} in all",
                "open by your override {count} times, {length} in all",
                count,
            )
        case _:
            return ngettext("closed once, {length} in all", "closed {count} times, {length} in all", count)


def moments_text(since: float, until: float, zone: tzinfo | None = None) -> str:
    """Return how much time is shown: `Mon 23 Nov 2026, 14:05 – Tue 24 Nov 2026, 14:05`."""
    return f"{moment_text(since, zone)} – {moment_text(until, zone)}"


def hours_title(name: str, since: float, until: float, zone: tzinfo | None = None) -> str:
    """Return what the hours are of: `5-hour session, 17 Nov 2026 – 24 Nov 2026`; a short time with its hours."""
    when = moments_text(since, until, zone)
    if until - since > 2 * DAY_S:
        when = dates_text(words.local(since, zone).date(), words.local(until, zone).date())
    return words.joined([name, when])


def days_title(since: date, until: date) -> str:
    """Return which days are shown: `Tokens a day, 17 Nov 2026 – 24 Nov 2026`."""
    return words.joined([_("Tokens a day"), dates_text(since, until)])


def dates_text(since: date, until: date) -> str:
    """Return days: `17 Nov 2026 – 24 Nov 2026`."""
    return f"{_date(since)} – {_date(until)}"


def _date(day: date) -> str:
    return _("{date} {year}").format(date=words.date_text(day), year=day.year)


def copied_text(lines: int) -> str:
    """Return that a table was copied, and how long it is."""
    said = ngettext("{count} line is on the clipboard, as CSV.", "{count} lines are on the clipboard, as CSV.", lines)
    return said.format(count=lines)


def weekday(day: int) -> str:
    """Return a weekday's short name; 0 is Monday."""
    return words.weekday_text(day)


def hour_text(day: int, hour: int, used: float) -> str:
    """Return what an hour of the week used: `Tue 14:00 to 15:00: 31 % of the window in all`."""
    spent = _("nothing")
    if used > 0:
        spent = _("{percent} of the window in all").format(percent=texts.percent_text(used))
    return _("{hour}: {spent}").format(hour=_hour(day, hour), spent=spent)


def _hour(day: int, hour: int) -> str:
    return _("{weekday} {since} to {until}").format(
        weekday=weekday(day), since=f"{hour:02}:00", until=f"{(hour + 1) % 24:02}:00"
    )


def heat_text(table: Sequence[Sequence[float]]) -> str:
    """Return the busiest hour of a week, in a sentence."""
    used, day, hour = max((used, -day, -hour) for day, row in enumerate(table) for hour, used in enumerate(row))
    if used <= 0:
        return _("nothing was used in this time.")
    return _("most was used {hour}.").format(hour=_hour(-day, -hour))


def amount(count: int) -> str:
    """Return tokens as `12.4k` or `3.1M`."""
    return token_texts.amount_text(count)


def day_name(day: str) -> str:
    """Return a day for an axis: `24 Nov`."""
    return words.date_text(date.fromisoformat(day))


def day_text(day: Day, name: str) -> str:
    """Return what a day spent on one kind, and in all."""
    said = part_name(name)
    return _("{day}: {name} {part} of {total} tokens").format(
        day=day_name(day.day), name=said, part=amount(day.parts.get(name, 0)), total=amount(day.total)
    )


def part_name(name: str) -> str:
    """Return a model's or a project's name; what is left is `others`."""
    return texts.clean(name, 40) if name != OTHERS else _("others")


def days_text(days: Sequence[Day], what: str) -> str:
    """Return what bars of days show, in a sentence."""
    if not any(day.total for day in days):
        return _("No tokens in this time.")
    top = max(days, key=lambda day: day.total)
    said = _("Tokens a day by model: {total} in all, most on {day} with {amount}.")
    if what == "project":
        said = _("Tokens a day by project: {total} in all, most on {day} with {amount}.")
    total = amount(sum(day.total for day in days))
    return said.format(total=total, day=day_name(top.day), amount=amount(top.total))
