"""The times a person types: `90s`, `30m`, `2h`, `1h30m`, `2d`; `18:00`, `2026-11-30 18:00`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

LONGEST_S = 366 * 86400.0
"""Longer than a year is a slip of the finger, and would be forgotten; an open-ended pause is the honest way."""
_DURATION = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
_CLOCK = re.compile(r"(?:([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})[ T])?([0-9]{1,2}):([0-9]{2})")


def duration_s(text: str) -> float:
    """Return the seconds of `90s`, `30m`, `2h`, `1h30m` or `2d`. Raises ValueError whose text is a sentence."""
    found = _DURATION.fullmatch(text.strip().lower().replace(" ", ""))
    if found is None or not any(found.groups()):
        raise ValueError(f"`{text}` is not a length of time; write 90s, 30m, 2h, 1h30m or 2d.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = float(days * 86400 + hours * 3600 + minutes * 60 + seconds)
    if total <= 0:
        raise ValueError(f"`{text}` is no time at all.")
    if total > LONGEST_S:
        raise ValueError(f"`{text}` is longer than a year.")
    return total


def moment_at(text: str, now: float, zone: tzinfo | None = None) -> float:
    """Return the epoch second of `18:00` (the next such local time) or `2026-11-30 18:00`.

    A time that the clocks skip in spring is an hour later by the new time; of a time that comes twice in autumn the
    next one is taken. Raises ValueError, whose text is a sentence, for a moment that is past, further than a year away,
    or written in another way.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is not a time; write 18:00 or 2026-11-30 18:00.")
    year, month, day, hour, minute = (None if part is None else int(part) for part in found.groups())
    assert hour is not None
    assert minute is not None
    if hour > 23 or minute > 59:
        raise ValueError(f"`{text}` is not a time of day.")
    if year is None or month is None or day is None:
        return _next(hour, minute, now, zone)
    try:
        days = [date(year, month, day)]
    except ValueError:
        raise ValueError(f"`{text}` is not a day of the calendar.") from None
    at = next((each for each in _moments(days, hour, minute, zone) if each > now), None)
    if at is None:
        raise ValueError(f"`{text}` is in the past.")
    if at - now > LONGEST_S:
        raise ValueError(f"`{text}` is more than a year away.")
    return at


def day_began_at(now: float, zone: tzinfo | None = None) -> float:
    """Return the epoch second of the last local midnight."""
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    return _moments([today], 0, 0, zone)[0]


def _next(hour: int, minute: int, now: float, zone: tzinfo | None) -> float:
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    moments = _moments([today, today + timedelta(days=1)], hour, minute, zone)
    return next(at for at in moments if at > now)


def _moments(days: list[date], hour: int, minute: int, zone: tzinfo | None) -> list[float]:
    """Return the moments of a time of day on these days, in order; twice where the clocks are set back."""
    # Without a zone the datetime stays naive: that alone follows the machine's zone through its changes, where
    # astimezone() would pin the offset of today.
    return sorted({
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).timestamp()
        for day in days
        for fold in (0, 1)
        if fold == 0 or _comes_twice(day, hour, minute, zone)
    })  # fmt: skip


def _comes_twice(day: date, hour: int, minute: int, zone: tzinfo | None) -> bool:
    first, second = (
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)
    )
    return second > first  # in spring's gap it is the other way round
