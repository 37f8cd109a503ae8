"""A simulated account: work comes in bursts, a window fills by it, and somebody reads the window in rounded numbers."""

from __future__ import annotations

import math
from random import Random

from ringfence.core.calibration import Pair


def pairs_of(
    rng: Random,
    *,
    whole: float,
    windows=4,
    quantum=0.01,
    every_s=300.0,
    length_s=5 * 3600.0,
    rounding=round,
    noise=0.0,
    outside=0.0,
    gap_s=3600.0,
) -> list[Pair]:
    """Pairs of readings of an account whose window costs `whole` weighted tokens.

    Args:
        rng: the chance.
        whole: the truth to be found.
        windows: how many instances are worked through.
        quantum: readings are rounded to this.
        every_s: between two readings.
        length_s: a window's length.
        rounding: how the server rounds: `round`, `math.floor` or `math.ceil`.
        noise: how far the server's own count of a response scatters, relatively.
        outside: the share of pairs between which somebody else uses 2 to 6 % too.
        gap_s: between two windows.
    """
    found, at = [], 1_795_000_000.0
    for _ in range(windows):
        used, shown, burn = 0.0, 0.0, 0.0
        for _ in range(int(length_s / every_s)):
            if rng.random() < 0.2:
                burn = rng.choice([0.0, rng.uniform(0.1, 2.0)]) * whole * every_s / length_s
            spent = burn * rng.uniform(0.5, 1.5)
            used += spent / whole * (1 + noise * rng.uniform(-1, 1))
            used += rng.uniform(0.02, 0.06) if rng.random() < outside else 0.0
            now = min(rounding(used / quantum) * quantum, 1.0)
            found.append(Pair(since=at, until=at + every_s, before=shown, after=now, weighted=spent))
            at, shown = at + every_s, now
        at += gap_s
    return found


ROUNDINGS = (round, math.floor, math.ceil)
