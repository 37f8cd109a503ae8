"""What a window costs, learnt from readings and transcripts together; and where it stands between two readings."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulated import ROUNDINGS, pairs_of
from ringfence.core.calibration import (
    MIN_BLOCKS,
    Backtest,
    Calibration,
    Pair,
    backtest,
    estimate,
    fit,
    weight_of,
    weighted,
)
from ringfence.core.model import Window
from ringfence.core.outlook import Estimate
from ringfence.core.sums import Tokens

WHOLE = 3e7
SEEDS = range(60)
KNOWN = Calibration(whole=1e6, low=0.9e6, high=1.1e6, blocks=9)


def window(used, resets_at=1e10) -> Window:
    return Window(id="session", label="5-hour session", used=used, resets_at=resets_at, duration_s=18000.0)


def even(steps: int, *, step=0.01, weight=1e5, start=0.0) -> list[Pair]:
    """Pairs of a window that fills in even steps."""
    return [
        Pair(
            since=300.0 * n, until=300.0 * (n + 1), before=start + step * n, after=start + step * (n + 1),
            weighted=weight,
        )
        for n in range(steps)
    ]  # fmt: skip


def test_tokens_count_by_their_kind():
    """FORMATS C: input 1, cache write 1.25, for an hour 2, cache read 0.1, output 5."""
    spent = Tokens(input=1000, cache_creation=800, cache_creation_1h=400, cache_read=10_000, output=100)
    assert weighted((("claude-haiku-4-5", spent),)) == 1000 + 1.25 * 400 + 2 * 400 + 0.1 * 10_000 + 5 * 100


@pytest.mark.parametrize(
    ("model", "weight"),
    [("claude-opus-5", 5), ("claude-sonnet-4-6", 3), ("claude-haiku-5-5", 1), ("claude-fable-5-2", 10), ("Opus", 5)],
)
def test_tokens_count_by_their_models_list_price(model, weight):
    assert weight_of(model) == weight


def test_an_unknown_model_counts_as_the_middle_one():
    assert weight_of("claude-novel-1") == weight_of("claude-sonnet-5")


def test_a_models_week_is_filled_by_that_model_alone():
    spent = (("claude-opus-5", Tokens(output=10)), ("claude-haiku-5-5", Tokens(output=1000)))
    assert weighted(spent, "Opus") == 5 * 5 * 10


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("quantum", [0.01, 0.001])
@pytest.mark.parametrize("more", [{}, {"noise": 0.3}, {"every_s": 60.0}, {"outside": 0.1}, {"outside": 0.2}])
def test_a_known_cost_is_found_within_its_interval(rounding, quantum, more):
    """Whole percents or tenths, however the server rounds, with other machines at work or without."""
    found = [fit(pairs_of(Random(s), whole=WHOLE, quantum=quantum, rounding=rounding, **more)) for s in SEEDS]
    assert None not in found
    within = [c for c in found if c.low <= WHOLE <= c.high]
    assert len(within) >= 0.9 * len(found)


def test_the_interval_narrows_with_evidence():
    few, many = (fit(pairs_of(Random(7), whole=WHOLE, windows=n)) for n in (1, 12))
    assert many.high / many.low < few.high / few.low


@given(seed=st.integers(0, 10_000), outside=st.sampled_from([0.05, 0.1, 0.2]))
def test_a_fifth_of_use_elsewhere_moves_the_cost_by_less_than_a_tenth(seed, outside):
    made = fit(pairs_of(Random(seed), whole=WHOLE, outside=outside, quantum=0.001, windows=6))
    assert made is not None
    assert abs(made.whole / WHOLE - 1) < 0.1


@given(seed=st.integers(0, 10_000), scale=st.floats(1e-6, 1e6))
def test_the_unit_of_tokens_does_not_matter(seed, scale):
    pairs = pairs_of(Random(seed), whole=WHOLE)
    one, other = fit(pairs), fit([replace(p, weighted=p.weighted * scale) for p in pairs])
    assert one is not None
    assert other is not None
    for name in ("whole", "low", "high"):
        assert math.isclose(getattr(other, name), getattr(one, name) * scale, rel_tol=1e-6)


@given(
    st.lists(
        st.builds(
            lambda since, length, before, after, spent: Pair(
                since=since, until=since + length, before=before, after=after, weighted=spent
            ),
            st.floats(0, 1e6), st.floats(1, 1e4), st.floats(0, 1.2), st.floats(0, 1.2), st.floats(0, 1e12),
        ),
        max_size=80,
    )
)  # fmt: skip
def test_nothing_that_was_read_makes_it_fail(pairs):
    made = fit(pairs)
    assert made is None or 0 < made.low < made.whole < made.high < math.inf
    assert backtest(pairs).n <= len(pairs)


@pytest.mark.parametrize("apart", [1.05, 1.1, 1.15, 1.2, 1.5, 3.0])
@pytest.mark.parametrize("heaps", [2, 3])
def test_two_heaps_of_costs_are_no_accident(apart, heaps):
    """A limit that is switched to and fro: no middle may be found where no block is."""
    pairs = [replace(p, weighted=p.weighted * apart ** (n // 3 % heaps)) for n, p in enumerate(even(90))]
    made = fit(pairs)
    assert 1e7 * 0.9 <= made.whole <= 1e7 * apart**heaps


def test_too_little_evidence_says_nothing():
    enough = 1 + 3 * MIN_BLOCKS  # the first step only anchors, three make a block
    assert fit(even(enough - 1)) is None
    assert fit(even(enough)).blocks == MIN_BLOCKS
    assert fit([]) is None


def test_the_cost_is_that_of_even_steps():
    assert math.isclose(fit(even(40)).whole, 1e7)


def test_steps_across_a_gap_are_not_joined():
    """Between two instances of a window, or while nobody read, nothing is known."""
    apart = [replace(p, since=p.since + 1000 * n, until=p.until + 1000 * n) for n, p in enumerate(even(40))]
    assert fit(apart) is None


def test_a_window_that_falls_breaks_the_chain():
    falling = [replace(p, after=p.before - 0.2) if n % 3 == 2 else p for n, p in enumerate(even(60, step=0.01))]
    assert fit(falling) is None


def test_a_full_window_teaches_nothing():
    """What is spent beyond 100 % does not show."""
    full = [replace(p, before=1.0, after=1.0) for p in even(40)]
    assert fit(full) is None
    assert math.isclose(
        fit([*even(40), *[replace(p, since=p.since + 12000, until=p.until + 12000) for p in full]]).whole, 1e7
    )


def test_late_readings_count_more_than_early_ones():
    """A limit that was doubled is followed."""
    month = 28 * 86400
    late = [replace(p, since=p.since + month, until=p.until + month, weighted=2e5) for p in even(80)]
    assert abs(fit([*even(80), *late]).whole / 2e7 - 1) < 0.05


def test_an_estimate_goes_on_from_the_reading():
    assert estimate(window(0.5), 1e5, KNOWN) == Estimate(used=0.6, low=0.59, high=0.62)


@given(used=st.floats(0, 1.5), spent=st.floats(0, 1e8), more=st.floats(0, 1e8))
def test_an_estimate_is_never_below_the_reading_nor_above_full_unless_the_reading_is(used, spent, more):
    made, further = estimate(window(used), spent, KNOWN), estimate(window(used), spent + more, KNOWN)
    assert used <= made.low <= made.used <= made.high <= max(used, 1.0)
    assert made.used <= further.used
    assert made.high <= further.high


def test_a_fresh_reading_wins():
    made = estimate(window(0.37), 0.0, KNOWN)
    assert (made.used, made.low, made.high) == (0.37, 0.37, 0.37)


def test_no_number_no_estimate():
    assert estimate(window(None), 1e5, KNOWN) is None


def test_the_backtest_beats_the_last_reading():
    for seed in range(5):
        found = backtest(pairs_of(Random(seed), whole=WHOLE, noise=0.2))
        assert found.n > 50
        assert found.mean_abs_error < found.mean_abs_error_without / 3


def test_the_backtest_knows_only_what_was_known_then():
    """Four times as dear from one day on: it is off by 3 points until it has seen four blocks. Fitted on everything it
    would meet the second half and be off in all of the first."""
    month = 28 * 86400
    cheap = even(40)
    dear = [replace(p, since=p.since + month, until=p.until + month, weighted=4e5) for p in even(40)]
    assert backtest(cheap).mean_abs_error < 1e-9
    both = backtest([*cheap, *dear])
    assert 0.05 < both.mean_abs_error * both.n < 0.2


def test_a_backtest_without_evidence_is_empty():
    assert backtest(even(5)) == Backtest()


def test_times_at_which_nothing_happened_are_not_counted():
    idle = [
        replace(p, since=p.since + 12000, until=p.until + 12000, before=0.4, after=0.4, weighted=0.0) for p in even(20)
    ]
    assert backtest([*even(40), *idle]).n == backtest(even(40)).n
