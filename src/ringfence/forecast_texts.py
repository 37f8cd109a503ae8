"""The sentences about what is estimated: where a window stands by now, when it will be full, how good that is."""

from __future__ import annotations

from datetime import tzinfo

from ringfence.core.calibration import Backtest
from ringfence.core.ring import WindowView
from ringfence.texts import clock_text, duration_text, percent_text

NOT_BEFORE = "at this rate not full before the reset"
ENOUGH = 10
"""A backtest of fewer readings says nothing."""


def estimate_text(window: WindowView) -> str:
    """Return where a window is thought to stand: `~64 % by now, estimated`; empty without an estimate."""
    return "" if window.estimate is None else f"~{percent_text(window.estimate.used)} by now, estimated"


def forecast_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return when a window fills up: `at this rate full in 1 h 20 min (17:00)`, or that it does not before its reset.

    Empty where too little is known.
    """
    if window.forecast is None:
        return ""
    at = window.forecast.full_at
    if at is None:
        return NOT_BEFORE
    return f"at this rate full in {duration_text(at - now)} ({clock_text(at, now, zone)})"


def outlook_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return what a row of the window has room for: the estimate, and when it is full if that is before its reset."""
    full = forecast_text(window, now, zone) if window.forecast and window.forecast.before_reset else ""
    return " · ".join(part for part in (estimate_text(window), full) if part)


def backtest_text(found: Backtest) -> str:
    """Return how good the estimates of a window were, in points."""
    if found.n < ENOUGH:
        return "not enough readings yet"
    off, without = found.mean_abs_error * 100, found.mean_abs_error_without * 100
    return (
        f"between polls the estimate was off by {off:.1f} points on average (without it: {without:.1f}), "
        f"{found.n} readings"
    )
