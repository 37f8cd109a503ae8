"""The days of a time zone as numbers: 1 is the first of January of the year 1, a Monday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zlib import crc32

QUARTER_MS = 900_000
"""Every zone's offset from UTC is a multiple of a quarter of an hour, so one lies in one day."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = tuple(
    datetime(year, month, day, tzinfo=UTC) for year in range(2024, 2029) for month in range(1, 13) for day in (1, 15)
)


class LocalDays:
    """The days of `zone`; None: the system's, which may change while the program runs."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._known: dict[int, int] = {}

    def of(self, at_ms: int) -> int:
        """Return the day of a moment, epoch milliseconds."""
        quarter = at_ms // QUARTER_MS
        day = self._known.get(quarter)
        if day is None:
            local = (_EPOCH + timedelta(milliseconds=quarter * QUARTER_MS)).astimezone(self._zone)
            day = self._known[quarter] = local.toordinal()
        return day

    def forget(self) -> None:
        """Ask the zone anew: it changed."""
        self._known.clear()

    def mark(self) -> str:
        """Return a checksum of the zone's offsets twice a month over some years: a zone need not have a name."""
        offsets = [str(moment.astimezone(self._zone).utcoffset()) for moment in _MOMENTS]
        return f"{crc32(','.join(offsets).encode()):08x}"
