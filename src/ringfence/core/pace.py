"""Pace: how much of a window is used against how much of it has gone by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringfence.core.model import Window, WindowState

MIN_ELAPSED = 0.02
"""Earlier than this (6 minutes of a session) one prompt makes any pace look hot; no verdict is more honest."""
HOT, CHILL = 1.15, 0.85


class PaceVerdict(StrEnum):
    """The three answers people know from usage-pipeline (PEERS 1b)."""

    CHILL = "chill"
    ON_TRACK = "on_track"
    HOT = "hot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Used against elapsed at the moment of the reading."""

    verdict: PaceVerdict
    ratio: float
    """Used over elapsed: 1.0 = the window would be exactly full at its reset."""
    elapsed: float
    """Fraction of the window that had gone by when it was read, 0..1."""


def pace_of(window: Window, observed_at: float) -> Pace | None:
    """Return the pace at the moment of the reading; None when the window's length, start or number is not known."""
    started_at = window.started_at()
    if started_at is None or window.used is None or window.state(observed_at) is not WindowState.LIVE:
        return None
    assert window.duration_s is not None  # started_at() says so
    elapsed = (observed_at - started_at) / window.duration_s
    if not MIN_ELAPSED <= elapsed <= 1:
        return None
    ratio = window.used / elapsed
    verdict = PaceVerdict.HOT if ratio > HOT else PaceVerdict.CHILL if ratio < CHILL else PaceVerdict.ON_TRACK
    return Pace(verdict=verdict, ratio=ratio, elapsed=elapsed)
