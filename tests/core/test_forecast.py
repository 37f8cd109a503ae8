"""When a window is full at the rate of now, and whether that is before its reset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.story import HOUR, MINUTE, RESET, T0, WEEK_RESET, windows
from ringfence.core.calibration import Calibration
from ringfence.core.forecast import (
    HISTORY_S,
    MOST_SEEN,
    forecast,
    rate_of_readings,
    rate_of_runs,
    remembered,
    worth_a_warning,
)
from ringfence.core.model import SESSION_S, WEEK_S, Money, Sample, Window
from ringfence.core.outlook import Forecast
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Run

NOW = T0 + 200
"""At a whole half hour: what is rounded stays as it is."""
AN_HOUR = 0.10 / HOUR
"""Ten percent an hour."""


def session(used=0.8, resets_at=RESET, **more) -> Window:
    return Window(id="session", label="5-hour session", used=used, resets_at=resets_at, duration_s=SESSION_S, **more)


def week(used=0.5, resets_at=WEEK_RESET) -> Window:
    return Window(id="week", label="Week", used=used, resets_at=resets_at, duration_s=WEEK_S)


def made(window: Window, rate, *, used=None, threshold=None, now=NOW) -> Forecast | None:
    used = window.used if used is None else used
    return forecast(window, rate, used=used, observed_at=now, threshold_pct=threshold, now=now)


def run(burn=60_000.0, account="a", model="claude-haiku-5-5", last_at=NOW, tokens=None) -> Run:
    spent = tokens or Tokens(input=1000)
    return Run(
        session="s", account=account, project="/p", model=model, models=((model, spent),), tokens=spent,
        burn_per_min=burn, started_at=NOW - 600, last_at=last_at,
    )  # fmt: skip


COST = Calibration(whole=1e7, low=9e6, high=1.1e7, blocks=9)


def test_a_window_is_full_when_the_rate_has_filled_it():
    assert made(session(0.8), AN_HOUR).full_at == NOW + 2 * HOUR
    assert made(session(0.8), AN_HOUR).before_reset


def test_a_window_that_resets_first_is_not_full_before():
    assert made(session(0.6), AN_HOUR) == Forecast()
    assert not made(session(0.6), AN_HOUR).before_reset


def test_the_threshold_comes_first():
    found = made(session(0.8), AN_HOUR, threshold=90)
    assert (found.threshold_at, found.full_at) == (NOW + HOUR, NOW + 2 * HOUR)


def test_the_threshold_may_come_before_the_reset_and_the_end_not():
    found = made(session(0.7), AN_HOUR, threshold=90)
    assert (found.threshold_at, found.full_at) == (NOW + 2 * HOUR, None)


def test_a_threshold_that_was_reached_is_not_ahead():
    assert made(session(0.9), AN_HOUR, threshold=90).threshold_at is None


def test_it_goes_on_from_the_estimate():
    assert made(session(0.8), AN_HOUR, used=0.85).full_at == NOW + 1.5 * HOUR


@pytest.mark.parametrize(
    ("window", "rate"),
    [
        (session(), None),
        (session(), 0.0),
        (session(None), AN_HOUR),
        (session(1.0), AN_HOUR),
        (session(resets_at=None), AN_HOUR),
        (session(resets_at=NOW - 1), AN_HOUR),
        (session(money=Money(used_minor=1, limit_minor=2, currency="EUR")), AN_HOUR),
    ],
)
def test_where_too_little_is_known_nothing_is_said(window, rate):
    assert made(window, rate) is None


def test_nobody_works_for_days_at_one_rate():
    """A week at 50 % after four days, and 5 % an hour now: after five hours it goes on at half a percent an hour."""
    now_only, then = 5 * 0.05, 0.5 / (WEEK_S - 3 * 86400)
    at = NOW + 5 * HOUR + (0.5 - now_only) / then
    assert at < WEEK_RESET
    assert made(week(0.5), 0.05 / HOUR).full_at == pytest.approx(at, abs=1800)


def test_a_week_that_nobody_uses_now_goes_on_at_its_average():
    assert made(week(0.5), 0.0) == Forecast()
    assert made(week(0.7), 0.0).before_reset


def test_a_young_week_has_no_average():
    assert made(week(0.02, resets_at=NOW + WEEK_S - HOUR), AN_HOUR) is None


@given(
    used=st.floats(0.0, 0.99),
    rate=st.floats(1e-7, 1e-2),
    threshold=st.one_of(st.none(), st.floats(1, 100)),
    faster=st.floats(1, 10),
)
def test_faster_is_sooner_and_the_threshold_never_later_than_the_end(used, rate, threshold, faster):
    slow, fast = made(session(used), rate, threshold=threshold), made(session(used), rate * faster, threshold=threshold)
    for name in ("full_at", "threshold_at"):
        a, b = getattr(slow, name), getattr(fast, name)
        assert a is None or NOW <= b <= a + 300  # each in its own grain
        assert a is None or a < RESET
    assert slow.full_at is None or slow.threshold_at is None or slow.threshold_at <= slow.full_at


def test_a_moment_is_as_exact_as_it_can_be_known():
    assert made(session(0.8), 0.2 / (59.5 * MINUTE)).full_at % 60 == 0
    assert made(session(0.8), 0.2 / (91 * MINUTE)).full_at == (NOW + 91 * MINUTE) // 300 * 300


# ---- the rate


def test_the_runs_of_an_account_fill_its_windows():
    """60,000 input tokens a minute, of ten million: 0.6 % a minute."""
    runs = (run(), run(account="b"), run(last_at=T0 - 301))
    assert rate_of_runs(runs, {"a"}, session(), COST, T0) == pytest.approx(0.006 / 60)


def test_tokens_weigh_in_a_rate_what_they_weigh_in_a_sum():
    cheap, dear = run(tokens=Tokens(cache_read=10)), run(model="claude-opus-5", tokens=Tokens(cache_read=10))
    assert rate_of_runs((cheap,), {"a"}, session(), COST, T0) == pytest.approx(0.0006 / 60)
    assert rate_of_runs((dear,), {"a"}, session(), COST, T0) == pytest.approx(0.003 / 60)


def test_a_models_week_is_filled_by_its_model():
    (opus,) = windows(Opus=0.5)
    assert rate_of_runs((run(),), {"a"}, opus, COST, T0) == 0
    assert rate_of_runs((run(model="claude-opus-5"),), {"a"}, opus, COST, T0) > 0


def history(*used, every=300.0, resets_at=RESET):
    seen = ()
    for number, fraction in enumerate(used):
        at = T0 + every * number
        sample = Sample(
            account="a", source="oauth_usage", observed_at=at, windows=(session(fraction, resets_at=resets_at),)
        )
        seen = remembered(seen, sample)
    return seen


def test_readings_give_a_rate_too():
    assert rate_of_readings(history(0.1, 0.12, 0.14, 0.16, 0.18), session()) == pytest.approx(0.02 / 300)


def test_two_readings_ten_minutes_apart_are_no_rate():
    assert rate_of_readings(history(0.1, 0.3, every=600), session()) is None


def test_work_that_has_ended_fills_nothing():
    assert rate_of_readings(history(0.1, 0.2, 0.3, 0.3, 0.3, 0.3), session()) == 0


def test_readings_of_the_window_before_are_not_counted():
    assert rate_of_readings(history(0.1, 0.2, 0.3, 0.4, resets_at=RESET - SESSION_S), session()) is None


@given(st.lists(st.floats(1, 2000), max_size=200))
def test_the_history_is_an_hour_long_and_bounded(gaps):
    seen, at = (), T0
    for gap in gaps:
        at += gap
        sample = Sample(account="a", source="x", observed_at=at, windows=(session(0.5, resets_at=T0 + 1e7),))
        seen = remembered(seen, sample)
        assert len(seen) <= MOST_SEEN + 2
        assert seen[-1].at == at
        assert at - seen[0].at <= HISTORY_S


# ---- the warning


def test_an_end_before_the_reset_is_worth_a_warning():
    assert worth_a_warning(session(0.8), made(session(0.8), AN_HOUR), None, NOW) == NOW + 2 * HOUR
    assert worth_a_warning(session(0.8), made(session(0.8), AN_HOUR, threshold=90), 90, NOW) == NOW + HOUR


@pytest.mark.parametrize(
    ("window", "rate", "threshold"),
    [
        pytest.param(session(0.49), 0.4 / HOUR, None, id="less than half is used"),
        pytest.param(session(0.8), 0.2 / (9 * MINUTE), None, id="in nine minutes nothing can be done"),
        pytest.param(session(0.8), 0.2 / (170 * MINUTE), None, id="some minutes before the reset"),
        pytest.param(session(0.6), AN_HOUR, None, id="not before the reset"),
        pytest.param(session(0.91), AN_HOUR, 90, id="held already"),
        pytest.param(session(0.8), None, None, id="nothing known"),
    ],
)
def test_what_is_no_news_or_too_late_is_not(window, rate, threshold):
    assert worth_a_warning(window, made(window, rate, threshold=threshold), threshold, NOW) is None
