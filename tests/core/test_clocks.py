"""Three clocks tell sleeping from setting the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.clocks import GAP_S, Clocks, gap
from ringfence.core.events import ClockJumped, Woke

APART = Clocks(wall=1_795_270_000.0, awake=5000.0, whole=9000.0)
"""A machine that has slept since it was started: its clocks are told apart."""
ALIKE = Clocks(wall=1_795_270_000.0, awake=5000.0, whole=5000.000_002)
"""One clock, read twice: macOS, Windows, or Linux before its first sleep."""


def later(before, wall=0.0, awake=0.0, whole=0.0):
    return Clocks(wall=before.wall + wall, awake=before.awake + awake, whole=before.whole + whole)


@pytest.mark.parametrize("before", [APART, ALIKE])
def test_time_that_passes_is_no_news(before):
    assert gap(before, later(before, 60, 60, 60)) is None


@pytest.mark.parametrize("before", [APART, ALIKE])
def test_a_sleep_is_as_long_as_the_clocks_drew_apart(before):
    after = later(before, 3660, 60, 3660)
    assert gap(before, after) == Woke(at=after.wall, slept_s=pytest.approx(3600, abs=0.001))


def test_a_clock_set_forwards_is_told_apart_from_a_sleep():
    after = later(APART, 3660, 60, 60)
    assert gap(APART, after) == ClockJumped(at=after.wall, by_s=3600)


def test_where_sleep_is_not_counted_a_jump_forwards_is_a_sleep_so_that_readings_age():
    after = later(ALIKE, 3660, 60, 60)
    assert gap(ALIKE, after) == Woke(at=after.wall, slept_s=3600)


@pytest.mark.parametrize("before", [APART, ALIKE])
def test_a_clock_set_back_is_a_clock_set_back(before):
    after = later(before, -3540, 60, 60)
    assert gap(before, after) == ClockJumped(at=after.wall, by_s=pytest.approx(-3600))


def test_a_clock_set_during_a_sleep_moves_by_what_the_sleep_does_not_explain():
    after = later(APART, 7260, 60, 3660)
    assert gap(APART, after) == ClockJumped(at=after.wall, by_s=3600)


@given(st.floats(0, 1e6), st.floats(-GAP_S, GAP_S))
def test_a_busy_machine_and_a_disciplined_clock_are_no_news(passed, drift):
    assert gap(APART, later(APART, passed + drift * 0.9, passed, passed)) is None
