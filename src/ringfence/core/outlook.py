"""What is thought of a window between two readings and about its future. Drawn and told; nothing is decided by it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How full a window is by now: its last reading and what the transcripts say was spent since."""

    used: float
    """Fraction; never below the last reading."""
    low: float
    high: float
    """Between these two it stands in 19 of 20 cases, if nobody else uses the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a window fills up at the present rate. A moment behind its reset is None: not before the reset."""

    full_at: float | None = None
    """Epoch seconds, rounded down to what can be known: minutes within the hour, else five or thirty of them."""
    threshold_at: float | None = None
    """When it stands at its threshold; None as well without one, and when it stands there already."""

    @property
    def before_reset(self) -> bool:
        """Whether it is full before its reset."""
        return self.full_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is thought of one window."""

    window: str
    """Its id."""
    estimate: Estimate | None = None
    """None: nothing was spent since the reading, or what a percent costs is not known."""
    forecast: Forecast | None = None
    """None: too little is known to say anything."""
