"""The days a person types: `2026-11-21`, `today`, `yesterday`, `7d`; and the span that two of them make. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

_DAYS, _DATE = r"([0-9]{1,5})d", r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_HOW = "write 2026-11-21, today, yesterday, or 7d for the last seven days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The first and the last day, both included; None: no bound."""

    since: date | None = None
    until: date | None = None


def span_of(since: str | None, until: str | None, now: float, zone: tzinfo | None = None) -> Span:
    """Return the span of `--since` and `--until`. Raises ValueError whose text is a sentence."""
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    span = Span(
        since=None if since is None else day_of(since, today), until=None if until is None else day_of(until, today)
    )
    if span.since is not None and span.since > today:
        raise ValueError(f"{span.since} has not come yet; today is {today}")
    if span.since is not None and span.until is not None and span.since > span.until:
        raise ValueError(f"--since {span.since} is after --until {span.until}; swap them")
    return span


def day_of(text: str, today: date) -> date:
    """Return the day that a text names; `7d` is the first of seven up to today. Raises ValueError with a sentence."""
    word = text.strip().lower()
    if word in {"today", "yesterday"}:
        return today - timedelta(days=word == "yesterday")
    try:
        if found := re.fullmatch(_DAYS, word):
            return _days_back(int(found[1]), today)
        if found := re.fullmatch(_DATE, word):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except (ValueError, OverflowError):
        raise ValueError(f"`{text}` is not a day of the calendar; {_HOW}") from None
    raise ValueError(f"`{text}` is not a day; {_HOW}")


def _days_back(count: int, today: date) -> date:
    if count == 0:
        raise ValueError("no day at all")
    return today - timedelta(days=count - 1)
