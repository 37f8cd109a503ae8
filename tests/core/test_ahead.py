"""Estimates and forecasts in a monitor's life: drawn, told once, and never decided by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    Act,
    Story,
    asleep,
    clock_set,
    fed,
    gate,
    killed,
    later,
    quits,
    sample,
    told,
    use_accounts,
)
from ringfence.core import events
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.calibration import Calibration
from ringfence.core.meters import Reading, TokenNews
from ringfence.core.model import SESSION_S, AccountMemory, AlertKind, Shown
from ringfence.core.outlook import Estimate, Forecast
from ringfence.core.ring import OUTLOOK_S, build_view
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Run

NAME = DEFAULT_ACCOUNT.name
COST = Calibration(whole=1e6, low=0.9e6, high=1.1e6, blocks=9)
QUIET = {"tiers": False}


def learnt(*windows: str, account=NAME) -> Act:
    """A whole window costs a million weighted tokens; so was learnt."""
    known = tuple((window, COST) for window in windows or ("session", "week"))
    return lambda story: story.feed(events.Calibrated(at=story.now, account=account, calibrations=known))


def spent(amount=0, model="claude-haiku-5-5", burn=None, after=0.0) -> Act:
    """The transcripts tell what was spent since each account's last reading, and of a run at `burn` tokens a minute."""

    def act(story: Story) -> None:
        story.pass_time(after)
        tokens = Tokens(input=amount)
        readings = tuple(
            Reading(meter=m, since=m.since, until=None, by_model=((model, tokens),))
            for m in story.state.meters
            if m.id.startswith("since:")
        )
        one = Tokens(input=1)
        running = Run(
            session="s", account=NAME, project="/p", model=model, models=((model, one),), tokens=one,
            burn_per_min=burn or 0.0, started_at=T0, last_at=story.now,
        )  # fmt: skip
        news = TokenNews(readings=readings, runs=(running,) if burn else (), refusals=story.news.refusals)
        story.feed(events.TokensSeen(at=story.now, news=news))

    return act


def window(story: Story, window_id="session"):
    return next(w for w in story.state.view.accounts[0].windows if w.id == window_id)


def running(burn_pct_h, every=300.0, times=2, start=0.6) -> Act:
    """A run burns a share of the session an hour, and readings follow it."""

    def act(story: Story) -> None:
        for n in range(times):
            story >> spent(burn=burn_pct_h / 100 * COST.whole / 60)
            used = start + burn_pct_h / 100 * n * every / HOUR
            story >> sample(after=every if n else 0.0, session=used)

    return act


# ---- the estimate


def test_between_two_readings_the_tokens_move_the_estimate():
    story = Story() >> sample(session=0.5, week=0.2) >> learnt() >> spent(amount=100_000)
    assert window(story).used == 0.5
    assert window(story).estimate == Estimate(used=0.6, low=0.59, high=0.62)
    assert window(story, "week").estimate.used == 0.3


def test_a_fresh_reading_wins():
    story = Story() >> sample(session=0.5) >> learnt() >> spent(amount=100_000) >> sample(after=300, session=0.55)
    assert window(story).estimate is None
    assert window(story).used == 0.55


def test_what_was_counted_since_an_older_reading_is_not_counted_again():
    """The sums for the new reading come a moment later; until then there is nothing to add."""
    story = Story() >> sample(session=0.5) >> learnt() >> spent(amount=100_000) >> sample(after=300, session=0.6)
    story >> later(1)
    assert window(story).estimate is None
    assert window(story >> spent(amount=50_000)).estimate.used == 0.65


def test_a_window_that_claude_code_told_later_is_counted_from_there():
    story = Story() >> sample(session=0.5, week=0.2, Opus=0.3) >> learnt("session", "week", "model:Opus")
    story >> fed(after=120, session=0.52, week=0.2)
    assert sorted(m.since for m in story.state.meters) == [T0, T0 + 120]
    story >> spent(amount=20_000, model="claude-opus-5")  # of Opus each token counts five
    assert window(story).estimate.used == 0.62
    assert window(story, "model:Opus").estimate.used == 0.4


def test_a_models_week_moves_by_its_own_tokens():
    story = Story() >> sample(session=0.5, Opus=0.3) >> learnt("session", "model:Opus") >> spent(amount=100_000)
    assert window(story).estimate.used == 0.6
    assert window(story, "model:Opus").estimate is None


def test_without_a_calibration_there_is_no_estimate():
    assert window(Story() >> sample(session=0.5) >> spent(amount=100_000)).estimate is None


def test_a_doubted_reading_carries_no_estimate():
    story = Story() >> sample(session=0.1) >> learnt() >> later(RESET - T0 + MINUTE)
    story >> sample(session=0.97, resets_at=RESET + SESSION_S) >> spent(amount=10_000, burn=1000)
    assert window(story).doubted
    assert (window(story).estimate, window(story).forecast) == (None, None)


def test_a_calibration_of_an_account_that_was_removed_changes_nothing():
    story = Story() >> use_accounts(Account(name="b")) >> learnt()
    assert story.state.accounts[0].calibrations == ()


def test_thresholds_and_holds_never_look_at_an_estimate():
    """DESIGN 2.6: close on evidence. The tokens say 95 %; the gate waits for the reading that says so."""
    story = Story(session_pct=90) >> sample(session=0.85) >> learnt() >> told("summary")
    story >> spent(amount=100_000) << gate("open") << told()
    assert window(story).estimate.used == 0.95
    assert window(story).tier == "high"
    story >> sample(after=300, session=0.95) << gate("closed")


def test_tier_alerts_never_look_at_an_estimate():
    story = Story() >> sample(session=0.45) >> learnt() >> spent(amount=500_000) << told()
    assert window(story).tier == "calm"


def test_an_estimate_is_published_and_dropped_when_its_writer_was_killed():
    story = Story() >> sample(session=0.5) >> learnt() >> spent(amount=100_000)
    (outlook,) = story.status.accounts[0].outlooks
    assert outlook.estimate.used == 0.6

    def seen(after, status=story.status):
        return build_view(status, None, story.settings, now=story.now + after).accounts[0].windows[0].estimate

    assert seen(OUTLOOK_S - 1).used == 0.6
    assert seen(OUTLOOK_S) is None
    assert seen(1, replace(story.status, running=False)) is None  # `status` read by itself, beside an old outlook


def test_tokens_that_move_nothing_to_be_seen_write_nothing():
    """One line appended a second must not be a file written a second."""
    story = Story() >> sample(session=0.5) >> learnt() >> spent(amount=100_000)
    written, view = story.status, story.state.view
    story >> spent(amount=100_900, after=1)
    assert story.status is written
    assert story.state.view == view


# ---- the forecast


def test_a_run_says_when_its_window_is_full():
    """20 % an hour from 60 %."""
    story = Story(session_pct=90) >> sample(session=0.6) >> learnt() >> spent(burn=0.2 * COST.whole / 60)
    made = window(story).forecast
    assert made.full_at == pytest.approx(T0 + 2 * HOUR, abs=300)
    assert made.threshold_at == pytest.approx(T0 + 1.5 * HOUR, abs=300)


def test_a_run_that_is_slow_enough_is_not_full_before_the_reset():
    story = Story() >> sample(session=0.2) >> learnt() >> spent(burn=0.2 * COST.whole / 60)
    assert window(story).forecast == Forecast()


def test_a_run_that_ended_forecasts_nothing():
    story = Story() >> sample(session=0.6) >> learnt() >> spent(burn=0.2 * COST.whole / 60) >> later(900)
    assert window(story).forecast is None


def test_without_a_calibration_the_readings_of_the_last_hour_are_the_rate():
    story = Story()
    for n in range(5):
        story >> sample(after=300, session=0.5 + 0.02 * n)
    assert window(story).forecast.full_at == pytest.approx(story.now + 0.42 / 0.02 * 300, abs=300)


def test_a_clock_that_is_set_forgets_the_readings_of_the_last_hour():
    story = Story()
    for n in range(5):
        story >> sample(after=300, session=0.5 + 0.02 * n)
    story >> clock_set(HOUR)
    assert story.state.accounts[0].history == ()


# ---- the alert


def test_a_window_that_runs_out_is_told_once():
    """Two readings agree: 24 % an hour from 60 %, 100 minutes before the end and well before the reset."""
    story = Story(notify=QUIET) >> learnt() >> running(24) << told("running_out")
    alert = story.alerts[-1]
    assert (alert.kind, alert.window.id, alert.line) == (AlertKind.RUNNING_OUT, "session", None)
    assert alert.expected_at == pytest.approx(T0 + 100 * MINUTE, abs=300)
    story >> running(24, times=6, start=0.64) << told()


def test_one_reading_is_no_judgement():
    """Never at a start, whatever was known from before."""
    story = Story(notify=QUIET) >> learnt() >> running(24) << told("running_out")
    fresh = Story(notify=QUIET, accounts=story.status.accounts) >> learnt() >> running(24, times=1, start=0.7) << told()
    fresh >> killed() << told()


def test_it_stays_told_across_a_restart():
    story = Story(notify=QUIET) >> learnt() >> running(24) << told("running_out") >> killed(60) >> learnt()
    assert [s.line for s in story.state.accounts[0].memory.shown if s.line == "forecast"] == ["forecast"]
    story >> running(24, times=4, start=0.66) << told()


def test_the_next_window_is_told_of_anew():
    story = Story(notify=QUIET) >> learnt() >> running(24) << told("running_out")
    story >> later(RESET - story.now + 15 * MINUTE) >> quits()
    again = Story(at=story.now, memory=story.memory, notify=QUIET) >> learnt()
    for n in range(3):
        again >> spent(burn=0.24 * COST.whole / 60)
        again >> sample(after=300, session=0.6 + 0.02 * n, resets_at=RESET + SESSION_S)
    again << told("running_out")


def test_a_rate_that_does_not_last_is_not_told():
    """Hysteresis: one reading in a burst, the next after it."""
    story = Story(notify=QUIET) >> learnt() >> running(24, times=1)
    story >> sample(after=400, session=0.61) >> running(24, times=1, start=0.61) << told()


def test_two_readings_within_two_minutes_are_one_judgement():
    story = Story(notify=QUIET) >> learnt() >> spent(burn=0.24 * COST.whole / 60)
    story >> fed(session=0.6) >> spent(burn=0.24 * COST.whole / 60) >> fed(after=100, session=0.61) << told()
    story >> spent(burn=0.24 * COST.whole / 60) >> fed(after=100, session=0.62) << told("running_out")


def test_less_than_half_is_no_news():
    Story(notify=QUIET) >> learnt() >> running(40, times=3, start=0.3) << told()


def test_a_threshold_is_what_a_window_runs_out_at():
    story = Story(session_pct=80, notify=QUIET) >> learnt() >> running(12) << told("running_out")
    assert story.alerts[-1].line == 0.8
    assert story.alerts[-1].expected_at == pytest.approx(story.now + 0.19 / 0.12 * HOUR, abs=300)


def test_an_estimate_warns_of_nothing():
    """Tokens alone, without a second reading, tell nobody."""
    story = Story(notify=QUIET) >> learnt() >> running(24, times=1)
    for _ in range(10):
        story >> spent(amount=100_000, burn=0.24 * COST.whole / 60, after=20)
    story << told()


def test_what_was_judged_before_a_sleep_is_forgotten():
    Story(notify=QUIET) >> learnt() >> running(24, times=1) >> asleep(HOUR) >> running(24, times=1) << told()


def test_who_does_not_want_it_is_not_told():
    Story(notify={**QUIET, "forecast": False}) >> learnt() >> running(24) << told()


def test_a_remembered_forecast_is_no_closing_and_no_crossing():
    """`Shown.line` carries three kinds of lines; each reader of it must know this one."""
    shown = (Shown(window="session", line="forecast", resets_at=RESET),)
    story = Story(session_pct=90, memory=replace(Story().memory, accounts=(AccountMemory(name=NAME, shown=shown),)))
    story >> sample(session=0.91) << told("summary") >> sample(after=300, session=0.2) << told("gate_opened")
    assert shown[0] in story.state.accounts[0].memory.shown
