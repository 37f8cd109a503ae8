"""What is estimated, in words: always marked as an estimate, never beyond what is known."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ringfence import alert_texts, face_texts, forecast_texts
from ringfence.core.calibration import Backtest, Calibration
from ringfence.core.model import Alert, AlertKind, Window, WindowState
from ringfence.core.outlook import Estimate, Forecast
from ringfence.core.ring import AccountState, AccountView, View, WindowView

NOW = datetime(2026, 11, 27, 15, 40, tzinfo=UTC).timestamp()
MINUTE, HOUR = 60.0, 3600.0


def window(estimate=None, forecast=None, threshold=90.0):
    return WindowView(
        id="session", label="5-hour session", used=0.62, tier=None, state=WindowState.LIVE, resets_at=NOW + 2 * HOUR,
        duration_s=5 * HOUR, pace=None, observed_at=NOW, source="oauth_usage", threshold_pct=threshold, holds=False,
        doubted=False, model=None, money=None, estimate=estimate, forecast=forecast,
    )  # fmt: skip


def view(shown):
    account = AccountView(
        name="a", state=AccountState.OK, windows=(shown,), observed_at=NOW, failure=None, plan=None, skew_s=None,
        next_poll_at=None, next_poll_why="", requests_last_hour=0, request_budget=20,
    )  # fmt: skip
    return View(verdict="open", accounts=(account,))


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (None, ""),
        (Estimate(used=0.64, low=0.63, high=0.66), "~64 % by now, estimated"),
        (Estimate(used=1.0, low=1.0, high=1.0), "~100 % by now, estimated"),
    ],
)
def test_an_estimate_says_that_it_is_one(estimate, said):
    assert forecast_texts.estimate_text(window(estimate)) == said


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (None, ""),
        (
            Estimate(used=0.64, low=0.63, high=0.66),
            "Between 63 % and 66 % in 19 of 20 cases, where nobody else uses the account.",
        ),
        (Estimate(used=1.0, low=1.0, high=1.0), ""),
    ],
)
def test_between_which_two_it_is_estimated(estimate, said):
    assert forecast_texts.interval_text(window(estimate)) == said


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        (None, ""),
        (Forecast(full_at=NOW + 80 * MINUTE), "at this rate full in 1 h 20 min (17:00)"),
        (Forecast(full_at=NOW), "at this rate full in under a minute (15:40)"),
        (Forecast(threshold_at=NOW + HOUR), "at this rate not full before the reset"),
        (Forecast(), "at this rate not full before the reset"),
    ],
)
def test_a_forecast_says_when_or_that_it_is_not_before_the_reset(forecast, said):
    assert forecast_texts.forecast_text(window(forecast=forecast), NOW, UTC) == said


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        (None, "Next stop: 5-hour session at 90 %"),
        (Forecast(threshold_at=NOW + HOUR), "Next stop: 5-hour session at 90 %, not before 16:40"),
        (Forecast(), "Next stop: 5-hour session at 90 %, not before its reset"),
        (Forecast(threshold_at=NOW), "Next stop: 5-hour session at 90 %"),
    ],
)
def test_the_headline_says_how_long_agents_may_start(forecast, said):
    """LOOK: may agents start, and until when?"""
    assert face_texts.subline(view(window(forecast=forecast)), NOW, UTC) == said


def test_the_next_stop_is_the_one_that_comes_first():
    """Not the nearest in points: a week that is two points off its threshold may stay there for days."""
    week = replace(window(forecast=Forecast()), id="week", label="Week", used=0.88)
    session = window(forecast=Forecast(threshold_at=NOW + HOUR))
    both = replace(view(session), accounts=(replace(view(session).accounts[0], windows=(session, week)),))
    assert face_texts.subline(both, NOW, UTC) == "Next stop: 5-hour session at 90 %, not before 16:40"


@pytest.mark.parametrize(
    ("line", "title", "body"),
    [
        (
            None,
            "5-hour session will be full at about 16:50",
            "62 % used; at this rate that is 50 min before its reset at 17:40.",
        ),
        (
            0.9,
            "5-hour session will reach 90 % at about 16:50",
            "62 % used; at this rate that is 50 min before its reset at 17:40.",
        ),
    ],
)
def test_a_window_that_runs_out_is_told_with_its_moment(line, title, body):
    session = Window(id="session", label="5-hour session", used=0.62, resets_at=NOW + 2 * HOUR)
    alert = Alert(
        kind=AlertKind.RUNNING_OUT, at=NOW, account="a", window=session, expected_at=NOW + 70 * MINUTE, line=line
    )
    message = alert_texts.message_of(alert, NOW, UTC)
    assert (message.title, message.body, message.critical) == (title, body, False)


def test_a_row_says_only_what_is_news():
    """Every row that says that nothing will happen would hide the one that says that something will."""
    estimate = Estimate(used=0.64, low=0.63, high=0.66)
    assert forecast_texts.outlook_text(window(estimate, Forecast()), NOW, UTC) == "~64 % by now, estimated"
    assert forecast_texts.outlook_text(window(estimate, Forecast(full_at=NOW + HOUR)), NOW, UTC) == (
        "~64 % by now, estimated · at this rate full in 1 h (16:40)"
    )
    assert forecast_texts.outlook_text(window(), NOW, UTC) == ""


def test_a_backtest_is_told_in_points():
    found = Backtest(n=214, mean_abs_error=0.0081, mean_abs_error_without=0.0214)
    assert forecast_texts.backtest_text(found) == (
        "between polls the estimate was off by 0.8 points on average (without it: 2.1), 214 readings"
    )


@pytest.mark.parametrize("n", [0, 9])
def test_few_readings_are_not_enough(n):
    assert forecast_texts.backtest_text(Backtest(n=n)) == "not enough readings yet"


def test_what_a_percent_costs_is_told_with_its_interval_once_the_estimates_are_worth_something():
    cost = Calibration(whole=31e6, low=28e6, high=35e6, blocks=12)
    good = Backtest(n=214, mean_abs_error=0.0081, mean_abs_error_without=0.0214)
    assert forecast_texts.learnt_text(good, cost) == (
        f"{forecast_texts.backtest_text(good)}; 1 % costs 280k to 350k tokens, counted as input of Haiku"
    )
    assert forecast_texts.learnt_text(good, None) == forecast_texts.backtest_text(good)
    assert forecast_texts.learnt_text(Backtest(n=9), cost) == "not enough readings yet"
