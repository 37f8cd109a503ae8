"""Meters: what the core wants counted in the ledger of tokens, and what was counted.

The core knows no calendar and no database. It names what it needs (a budget's week, the tokens since the last reading);
the token watch counts and tells with the next `TokensSeen`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.periods import Period
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import Run, SeenRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A sum that the core wants; None in a scope: everything."""

    id: str
    """`budget:<name>`, `since:<account>`."""
    period: Period
    since: float | None = None
    """Epoch seconds; for SESSION and SINCE alone."""
    until: float | None = None
    account: str | None = None
    project: str | None = None
    """A folder: work in it and in the folders below counts."""
    class_: str | None = None
    model: str | None = None
    """By `gate_reader.same_model`."""
    priced: bool = False
    """Whether the reading is to say what it costs, too; that loads a table of prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a meter counted."""

    meter: Meter
    since: float
    """Epoch seconds: where the period began."""
    until: float | None
    """Where it ends; None for ALL and SINCE."""
    by_model: tuple[tuple[str, Tokens], ...]
    """By the model's name as the transcript has it, the largest first."""
    cost_usd: float | None = None
    """At API list prices; None when it was not asked for, the price table is not installed or knows a model not."""

    @property
    def tokens(self) -> Tokens:
        """Everything that was counted."""
        return sum((tokens for _, tokens in self.by_model), Tokens())


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A budget's meter as it stood at a moment, small enough to be kept and published."""

    meter: Meter
    at: float
    since: float
    until: float | None
    tokens: int
    cost_usd: float | None = None

    def covers(self, now: float) -> bool:
        """Whether it speaks of the present day, week or session: within one, sums only grow."""
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNews:
    """What the transcripts tell at a moment."""

    runs: tuple[Run, ...] = ()
    """Sessions that answered within the last minutes, the most recent first."""
    refusals: tuple[SeenRefusal, ...] = ()
    """Sessions whose last record is a refusal, and whose reset has not passed."""
    readings: tuple[Reading, ...] = ()
    scan: ScanProgress | None = None
    """While the first reading of the transcripts goes on; None: everything is counted."""
    unread: tuple[str, ...] = ()
    """What could not be read, a sentence each: its tokens are missing."""

    def reading(self, meter_id: str) -> Reading | None:
        """Return what a meter counted, None when it was not counted yet."""
        return next((r for r in self.readings if r.meter.id == meter_id), None)
