"""How text from outside, lengths and moments are said, wherever that is; the standard library alone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
LONGEST = 200
"""No text from outside is longer than this in a sentence."""
_HIDDEN = frozenset(
    {*range(0x20), *range(0x7F, 0xA0), 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)}
    | {0xFEFF, *range(0xD800, 0xE000)}  # halves of a pair: a file name may hold one, and no terminal can print it
)


def clean(text: str, longest: int = LONGEST) -> str:
    """Return text from outside without control and direction characters, cut to a length: it may move no cursor."""
    seen = " ".join("".join(" " if ord(c) in _HIDDEN else c for c in text).split())
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def duration_text(seconds: float) -> str:
    """Return a length with its two largest units: `3 d 4 h`, `2 h 10 min`, `12 min`; under a minute says so."""
    minutes = int(max(seconds, 0) // MINUTE_S)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "under a minute"


def clock_text(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return a moment as a person says it: `17:00` within a day, `Tue 02:59` within a week, else `29 Nov, 02:59`."""
    moment, present = local(at, zone), local(now, zone)
    if moment.date() == present.date() or 0 <= at - now < DAY_S / 2:
        return f"{moment:%H:%M}"
    if abs(at - now) < 6 * DAY_S:
        return f"{moment:%a %H:%M}"
    return f"{moment.day} {moment:%b, %H:%M}"


def local(at: float, zone: tzinfo | None) -> datetime:
    """Return a moment on the clock of a zone; None: of this machine's."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)
