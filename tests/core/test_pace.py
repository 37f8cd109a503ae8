"""Pace: used against elapsed at the moment of the reading (DESIGN 1, 8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.story import T0
from ringfence.core.model import SESSION_S, Tier, Window, tier_of
from ringfence.core.pace import PaceVerdict, pace_of

HALF = Window(id="session", label="5-hour session", used=0.5, resets_at=T0 + SESSION_S / 2, duration_s=SESSION_S)


@pytest.mark.parametrize(
    ("used", "verdict"),
    [(0.3, PaceVerdict.CHILL), (0.424, PaceVerdict.CHILL), (0.43, PaceVerdict.ON_TRACK), (0.5, PaceVerdict.ON_TRACK),
     (0.57, PaceVerdict.ON_TRACK), (0.58, PaceVerdict.HOT), (1.2, PaceVerdict.HOT)],
)  # fmt: skip
def test_chill_on_track_and_hot_at_half_time(used, verdict):
    pace = pace_of(replace(HALF, used=used), T0)
    assert pace.verdict is verdict
    assert pace.ratio == pytest.approx(used / 0.5)
    assert pace.elapsed == pytest.approx(0.5)


@pytest.mark.parametrize(
    "window",
    [
        replace(HALF, used=None),
        replace(HALF, resets_at=None),
        replace(HALF, duration_s=None),
        replace(HALF, resets_at=T0 - 1),
        replace(HALF, resets_at=T0 + SESSION_S - 60),
        replace(HALF, resets_at=T0 + SESSION_S + 60),
    ],
    ids=["no number", "no reset", "no length", "over", "one minute old", "not begun"],
)
def test_no_verdict_is_more_honest_than_a_wrong_one(window):
    """DESIGN 2.1."""
    assert pace_of(window, T0) is None


@pytest.mark.parametrize(
    ("used", "tier"),
    [(0.0, Tier.CALM), (0.499, Tier.CALM), (0.5, Tier.ELEVATED), (0.799, Tier.ELEVATED), (0.8, Tier.HIGH),
     (0.949, Tier.HIGH), (0.95, Tier.CRITICAL), (1.3, Tier.CRITICAL)],
)  # fmt: skip
def test_the_tiers_begin_at_50_80_and_95(used, tier):
    """DESIGN 1."""
    assert tier_of(used) is tier
