"""How text from outside, numbers, lengths and moments are said, wherever that is; the standard library alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo

from ringfence.language import _, pgettext

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
LONGEST = 200
"""No text from outside is longer than this in a sentence."""
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff]"  # halves of a pair: a file name may hold one, and no terminal can print it
)
_BLANKS = re.compile(r"[^\S\u00a0]+")
"""A no-break space is none: in French it holds `:` and `%` to what stands before them."""

_COMMAND = re.compile(r"`([^`]+)`")


def clean(text: str, longest: int = LONGEST) -> str:
    """Return text from outside without control and direction characters, cut to a length: it may move no cursor."""
    seen = _BLANKS.sub(" ", _HIDDEN.sub(" ", text)).strip()
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def quoted(text: str) -> str:
    """Return a sentence for a window or a notification: commands stand in quotes, which a terminal has in backticks."""
    return _COMMAND.sub(lambda found: pgettext("a command", "“{command}”").format(command=found[1]), text)


def duration_text(seconds: float) -> str:
    """Return a length with its two largest units: `3 d 4 h`, `2 h 10 min`, `12 min`; under a minute says so."""
    minutes = int(max(seconds, 0) // MINUTE_S)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("{days} d {hours} h").format(days=days, hours=hours) if hours else _("{days} d").format(days=days)
    if hours:
        said = _("{hours} h {minutes} min") if rest else _("{hours} h")
        return said.format(hours=hours, minutes=rest)
    return _("{minutes} min").format(minutes=rest) if rest else _("under a minute")


def number_text(number: str) -> str:
    """Return a number that was written with a decimal point as people write it: `12.4`, in German `12,4`."""
    return number.replace(".", pgettext("decimal separator", "."))


def joined(parts: Iterable[str]) -> str:
    """Return the parts of a sentence that are not empty, in a row."""
    return pgettext("between the parts of a sentence", ", ").join(part for part in parts if part)


def listed(things: Iterable[str]) -> str:
    """Return things in a row of which each may have commas of its own."""
    row = ""
    for each in things:
        row = _("{first}; {second}").format(first=row, second=each) if row else each
    return row


def sentences(said: Iterable[str]) -> str:
    """Return the sentences that are not empty, one after the other: not every language has a blank between them."""
    row = ""
    for each in filter(None, said):
        row = _("{first} {second}").format(first=row, second=each) if row else each
    return row


def clock_text(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return a moment as a person says it: `17:00` within a day, `Tue 02:59` within a week, else `29 Nov, 02:59`."""
    moment, present = local(at, zone), local(now, zone)
    time = f"{moment:%H:%M}"
    if moment.date() == present.date() or 0 <= at - now < DAY_S / 2:
        return time
    if abs(at - now) < 6 * DAY_S:
        return _("{weekday} {time}").format(weekday=weekday_text(moment.weekday()), time=time)
    return _("{date}, {time}").format(date=date_text(moment), time=time)


def moment_text(at: float, zone: tzinfo | None = None) -> str:
    """Return a past moment in full, for it may be a year ago: `Tue 24 Nov 2026, 14:05`."""
    moment = local(at, zone)
    return _("{weekday} {day} {month} {year}, {time}").format(
        weekday=weekday_text(moment.weekday()), day=moment.day, month=month_text(moment.month), year=moment.year,
        time=f"{moment:%H:%M}",
    )  # fmt: skip


def date_text(day: date) -> str:
    """Return a day of this year: `24 Nov`."""
    return _("{day} {month}").format(day=day.day, month=month_text(day.month))


def weekday_text(day: int) -> str:
    """Return a weekday's short name; 0 is Monday."""
    names = (
        pgettext("weekday", "Mon"), pgettext("weekday", "Tue"), pgettext("weekday", "Wed"), pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"), pgettext("weekday", "Sat"), pgettext("weekday", "Sun"),
    )  # fmt: skip
    return names[day]


def month_text(month: int) -> str:
    """Return a month's short name; 1 is January."""
    names = (
        pgettext("month", "Jan"), pgettext("month", "Feb"), pgettext("month", "Mar"), pgettext("month", "Apr"),
        pgettext("month", "May"), pgettext("month", "Jun"), pgettext("month", "Jul"), pgettext("month", "Aug"),
        pgettext("month", "Sep"), pgettext("month", "Oct"), pgettext("month", "Nov"), pgettext("month", "Dec"),
    )  # fmt: skip
    return names[month - 1]


def local(at: float, zone: tzinfo | None) -> datetime:
    """Return a moment on the clock of a zone; None: of this machine's."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)
