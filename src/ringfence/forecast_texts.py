"""The sentences about what is estimated: where a window stands by now, when it will be full, how good that is."""

from __future__ import annotations

from datetime import tzinfo

from ringfence.core.calibration import Backtest, Calibration
from ringfence.core.ring import WindowView
from ringfence.language import _
from ringfence.texts import clock_text, duration_text, percent_text, points_text
from ringfence.token_texts import amount_text
from ringfence.words import number_text

ENOUGH = 10
"""A backtest of fewer readings says nothing."""


def estimate_text(window: WindowView) -> str:
    """Return where a window is thought to stand: `~64 % by now, estimated`; empty without an estimate."""
    if window.estimate is None:
        return ""
    return _("~{percent} by now, estimated").format(percent=percent_text(window.estimate.used))


def forecast_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return when a window fills up: `at this rate full in 1 h 20 min (17:00)`, or that it does not before its reset.

    Empty where too little is known.
    """
    if window.forecast is None:
        return ""
    at = window.forecast.full_at
    if at is None:
        return _("at this rate not full before the reset")
    return _("at this rate full in {length} ({time})").format(
        length=duration_text(at - now), time=clock_text(at, now, zone)
    )


def outlook_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return what a row of the window has room for: the estimate, and when it is full if that is before its reset."""
    full = forecast_text(window, now, zone) if window.forecast and window.forecast.before_reset else ""
    return " · ".join(part for part in (estimate_text(window), full) if part)


def interval_text(window: WindowView) -> str:
    """Return between which two an estimated window stands; empty without an estimate, and where both are the same."""
    found = window.estimate
    if found is None or (low := percent_text(found.low)) == (high := percent_text(found.high)):
        return ""
    said = _("Between {low} and {high} in 19 of 20 cases, where nobody else uses the account.")
    return said.format(low=low, high=high)


def learnt_text(found: Backtest, calibration: Calibration | None) -> str:
    """Return how good the estimates of a window were, and between which two a percent of it costs by now."""
    good = backtest_text(found)
    if calibration is None or found.n < ENOUGH:
        return good
    return _("{accuracy}; {percent} costs {low} to {high} tokens, counted as input of Haiku").format(
        accuracy=good, percent=points_text(1), low=amount_text(calibration.low / 100),
        high=amount_text(calibration.high / 100),
    )  # fmt: skip


def backtest_text(found: Backtest) -> str:
    """Return how good the estimates of a window were, in points."""
    if found.n < ENOUGH:
        return _("not enough readings yet")
    off, without = found.mean_abs_error * 100, found.mean_abs_error_without * 100
    return _(
        "between polls the estimate was off by {off} points on average (without it: {without}), {count} readings"
    ).format(off=number_text(f"{off:.1f}"), without=number_text(f"{without:.1f}"), count=found.n)
