"""The forecast: when a window reaches its threshold and its end, at the rate of now. Told; no hold ever looks at it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ringfence.core.calibration import ONE_STEP, Calibration, weighted
from ringfence.core.model import HOUR_S, SAME_WINDOW_S, SESSION_S, Sample, Window, WindowState, reaches
from ringfence.core.outlook import Forecast
from ringfence.core.pace import MIN_ELAPSED
from ringfence.core.tokens import Run

DAY_S = 24 * HOUR_S
BURN_S = 300.0
"""A run's burn is that of its last five minutes; one that has been silent for longer burns nothing."""
HISTORY_S = HOUR_S
MOST_SEEN = 16
"""Readings kept of a window: an hour of them at the ordinary interval; a feed's are thinned out to as many."""
APART_S = HISTORY_S / MOST_SEEN
SHORTEST_S = 900.0
"""A rate needs readings this far apart: over less, a rounded percent is none."""
PRESENT_HOLDS_S = SESSION_S
"""Nobody works at one rate for days: after so long a window of days goes on at its own average."""
ROUGH: tuple[tuple[float, float], ...] = ((HOUR_S, 60.0), (6 * HOUR_S, 300.0), (math.inf, 1800.0))
"""How exactly a moment can be known, by how far off it is; it also keeps the picture from changing every second."""
WARN_FROM_PCT = 50.0
WARN_S = 600.0
"""An end that is nearer than this, or as near to the reset, is not worth a warning: nothing is left to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A reading of a window that is remembered for its rate."""

    window: str
    at: float
    used: float
    resets_at: float | None


def remembered(history: tuple[Seen, ...], sample: Sample) -> tuple[Seen, ...]:
    """Return the readings of the last hour with a new sample's in them, bounded, oldest first."""
    kept = [seen for seen in history if sample.observed_at - HISTORY_S <= seen.at <= sample.observed_at]
    for window in sample.windows:
        at, last = sample.observed(window), [seen for seen in kept if seen.window == window.id]
        if window.used is None or (last and last[-1].at >= at):
            continue
        if len(last) > 1 and at - last[-2].at < APART_S and _same(last[-1], window):
            kept.remove(last[-1])  # between two others that are near: it tells nothing about the hour
        kept.append(Seen(window=window.id, at=at, used=window.used, resets_at=window.resets_at))
    return tuple(kept)


def rate_of_runs(
    runs: Iterable[Run], accounts: Collection[str], window: Window, calibration: Calibration, now: float
) -> float:
    """Return how fast the runs of a subscription's names fill a window at `now`: fractions of it a second."""
    return sum(
        run.burn_per_min / 60 * weighted(run.models, window.model) / total / calibration.whole
        for run in runs
        if run.account in accounts and now - run.last_at <= BURN_S
        if (total := sum(tokens.total for _, tokens in run.models)) > 0
    )


def rate_of_readings(history: Iterable[Seen], window: Window) -> float | None:
    """Return how fast a window filled within the last hour, fractions a second; None with too few readings.

    But no faster than the last quarter of an hour allows: work that has ended fills nothing.
    """
    own = [seen for seen in history if seen.window == window.id and _same(seen, window)]
    if not own:
        return None
    last = own[-1]
    far = [seen for seen in own if last.at - seen.at >= SHORTEST_S]
    if not far:
        return None
    if last.used <= far[-1].used:
        return 0.0
    return min(_rate(far[0], last, 0.0), _rate(far[-1], last, ONE_STEP))


def _rate(first: Seen, last: Seen, more: float) -> float:
    return max(last.used - first.used + more, 0.0) / (last.at - first.at)


def forecast(
    window: Window, rate: float | None, *, used: float, observed_at: float, threshold_pct: float | None, now: float
) -> Forecast | None:
    """Return when a window reaches its threshold and its end; None where there is too little to say.

    Args:
        window: as it was read last.
        rate: at which it fills now, fractions a second; None: not known.
        used: where it is thought to stand now.
        observed_at: when it was read.
        threshold_pct: where the gate closes.
        now: epoch seconds.
    """
    if rate is None or window.used is None or window.resets_at is None or window.money is not None:
        return None
    if window.state(now) is not WindowState.LIVE or window.used >= 1:
        return None
    later = _average(window, observed_at) if _is_long(window, now) else rate
    if later is None or (rate <= 0 and later <= 0):
        return None
    resets_at = window.resets_at

    def reached(line: float) -> float | None:
        at = _moment(line - used, rate, later, now)
        return None if at >= resets_at else _rough(at, now)

    asked = threshold_pct is not None and not reaches(window.used, threshold_pct)
    threshold_at = reached(threshold_pct / 100) if asked and threshold_pct is not None else None
    full_at = reached(1.0)
    if full_at is not None and threshold_at is not None:
        full_at = max(full_at, threshold_at)  # the later one may be rounded by more
    return Forecast(full_at=full_at, threshold_at=threshold_at)


def worth_a_warning(window: Window, made: Forecast | None, threshold_pct: float | None, now: float) -> float | None:
    """Return the moment at which a window runs out, if the person should know now; None otherwise.

    It runs out at its threshold, where one is set: new runs are held from there on.
    """
    if made is None or window.used is None or window.resets_at is None or not reaches(window.used, WARN_FROM_PCT):
        return None
    if threshold_pct is not None and reaches(window.used, threshold_pct):
        return None
    at = made.full_at if threshold_pct is None else made.threshold_at
    return at if at is not None and now + WARN_S <= at <= window.resets_at - WARN_S else None


def _moment(left: float, rate: float, later: float, now: float) -> float:
    """Return when `left` more is used: at one rate for the next hours, at another from then on."""
    if left <= rate * PRESENT_HOLDS_S or rate == later:
        return now + max(left, 0.0) / rate if rate > 0 else math.inf if left > 0 else now
    return now + PRESENT_HOLDS_S + (left - rate * PRESENT_HOLDS_S) / later if later > 0 else math.inf


def _rough(at: float, now: float) -> float:
    grain = next(grain for within, grain in ROUGH if at - now < within)
    return max(math.floor((at + 0.001) / grain) * grain, now)


def _is_long(window: Window, now: float) -> bool:
    return (window.duration_s or (window.resets_at or now) - now) > DAY_S


def _average(window: Window, observed_at: float) -> float | None:
    """Return the rate of the whole instance so far; None while it is young, or when its beginning is not known."""
    started_at = window.started_at()
    if started_at is None or window.duration_s is None or window.used is None:
        return None
    elapsed = observed_at - started_at
    return window.used / elapsed if elapsed >= MIN_ELAPSED * window.duration_s else None


def _same(seen: Seen, window: Window) -> bool:
    if seen.resets_at is None or window.resets_at is None:
        return False
    return abs(seen.resets_at - window.resets_at) < SAME_WINDOW_S
