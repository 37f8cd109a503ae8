"""The times that tokens are counted over."""

from __future__ import annotations

from enum import StrEnum


class Period(StrEnum):
    """The time a meter counts over."""

    DAY = "day"
    """From local midnight to the next."""
    WEEK = "week"
    """From the first day of the week, as the locale has it, at local midnight, for seven days."""
    SESSION = "session"
    """An account's 5-hour window; the meter carries its start and end."""
    ALL = "all"
    """Everything that was ever seen."""
    SINCE = "since"
    """From a moment until now; the meter carries it."""
