"""What a window's number is worth: the rules that the core and the faces which must start quickly share.

Plain functions on plain values; it imports nothing, so that a line in a bar costs little over bare Python.
"""

from __future__ import annotations

CALM, ELEVATED, HIGH, CRITICAL = "calm", "elevated", "high", "critical"
TIER_LINES = ((0.95, CRITICAL), (0.80, HIGH), (0.50, ELEVATED))
LIVE, NOT_STARTED, ELAPSED, UNREPORTED = "live", "not_started", "elapsed", "unreported"
OUTLOOK_S = 600.0
"""An estimate is of the moment it was written: who wrote it renews it every few minutes, unless it was killed."""


def reaches(used: float, pct: float) -> bool:
    """Tell whether a fraction stands at or above a percentage. Equality counts (DESIGN 2.3).

    0.29 * 100 is 28.999999999999996 in binary: a reading of exactly the threshold must not slip below it.
    """
    return used * 100 + 1e-9 >= pct


def tier_of(used: float) -> str:
    """Return the tier of a fraction: calm below 50 %, elevated below 80 %, high below 95 %, critical from there."""
    return next((tier for line, tier in TIER_LINES if reaches(used, line * 100)), CALM)


def state_of(used: float | None, resets_at: float | None, now: float, *, metered: bool) -> str:
    """Return what a window's number is worth at `now`.

    Args:
        used: fraction of the limit; None when the server gives no number.
        resets_at: epoch seconds; None while the window has not started, or when the server does not say.
        now: epoch seconds.
        metered: whether it counts money: such a window may stand at zero without having a reset.
    """
    if used is None:
        return UNREPORTED
    if resets_at is None:
        return LIVE if used > 0 or metered else NOT_STARTED
    return LIVE if now < resets_at else ELAPSED


def stale_after_s(interval_s: float) -> float:
    """Return the age from which a reading is drawn stale: two polls were missed."""
    return max(interval_s * 2.2, interval_s + 60)
