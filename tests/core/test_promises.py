"""The promises of DESIGN 2, each as stories. A test's docstring names its rule."""

from __future__ import annotations

import pytest

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    WEEK_RESET,
    Story,
    answering,
    asleep,
    because,
    change,
    clock_set,
    dead,
    failed,
    failing,
    gate,
    killed,
    later,
    overridden,
    override_taken_back,
    pause_by_command,
    paused,
    quits,
    sample,
    settings,
    told,
    unpaused,
    until,
    use_accounts,
    windows,
)
from ringfence.core.account_settings import Account
from ringfence.core.model import FailureKind, Pause, Scope, Window, WindowState
from ringfence.core.ring import AccountState


def shown(story: Story, window_id: str = "session"):
    return next(w for w in story.state.view.accounts[0].windows if w.id == window_id)


# ---- 2.1 a glance tells the truth


def test_every_number_carries_its_source_and_its_age():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.62) >> later(100)
    window = shown(story)
    assert (window.used, window.source, window.observed_at) == (0.62, "oauth_usage", T0)
    published = story.document["windows"][0]
    assert (published["used_pct"], published["source"], published["observed_at"]) == (62, "oauth_usage", int(T0))


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_failed_poll_is_never_zero_percent(kind):
    """DESIGN 2.1: the last number stays, with its age; the failure stands beside it."""
    story = Story() >> sample(session=0.62) >> failed(kind, after=300)
    assert shown(story).used == 0.62
    assert shown(story).observed_at == T0
    assert story.state.view.accounts[0].state == AccountState(kind.value)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_failed_first_poll_shows_no_number_at_all(kind):
    """DESIGN 2.1."""
    story = Story() >> failed(kind) << gate("unknown")
    assert story.state.view.accounts[0].windows == ()
    assert story.state.view.outer.used is None


def test_stale_is_drawn_stale_even_when_nothing_happens():
    """DESIGN 2.1: the monitor wakes by itself when a reading becomes stale."""
    story = Story() >> sample(session=0.62)
    assert not story.state.view.stale
    story >> later(11 * MINUTE + 1)
    assert story.state.view.stale
    assert story.state.view.accounts[0].state is AccountState.STALE


def test_a_window_without_a_reset_is_not_started_and_not_zero_percent_of_something():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.0, resets_at=None)
    assert shown(story).state is WindowState.NOT_STARTED
    assert shown(story).tier is None
    assert story.state.view.outer.used is None


def test_a_window_that_the_server_does_not_name_is_no_such_window():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.4)
    assert story.state.view.inner.state is None


def test_a_window_without_a_number_is_unreported_and_closes_nothing():
    """DESIGN 2.1."""
    window = Window(id="session", label="5-hour session", used=None, resets_at=RESET)
    assert window.state(T0) is WindowState.UNREPORTED
    story = Story(session_pct=1, week_pct=90) >> sample(week=0.2)
    account = story.account
    assert account.believed.windows[0].id == "week"
    story << gate("open")


def test_a_number_whose_reset_has_passed_fills_no_arc():
    """DESIGN 2.1: it belongs to the window before."""
    story = Story() >> sample(session=0.62) >> until(RESET + 1)
    assert shown(story).state is WindowState.ELAPSED
    assert story.state.view.outer.used is None


# ---- 2.3 thresholds


def test_thresholds_are_off_until_they_are_set():
    """DESIGN 2.3."""
    Story() >> sample(session=1.05, week=1.2, Opus=1.0) << gate("open") << gate("open", model="Opus")


@pytest.mark.parametrize("pct", [1, 7, 29, 55, 57, 58, 90, 92.5, 100])
def test_at_the_threshold_counts_as_reached(pct):
    """DESIGN 2.3: also where a fraction times 100 is a hair below its percentage in binary."""
    Story(session_pct=pct) >> sample(session=pct / 100) << gate("closed")
    Story(session_pct=pct) >> sample(session=(pct - 0.1) / 100) << gate("open")


def test_the_session_is_named_when_session_and_week_are_over():
    """DESIGN 2.3: it resets first."""
    Story(session_pct=90, week_pct=90) >> sample(week=0.99, session=0.91) << because("session_threshold")
    Story(session_pct=90, week_pct=90) >> sample(week=0.99, session=0.5) << because("week_threshold")


def test_a_models_week_counts_toward_the_week_threshold_for_launches_of_that_model():
    """DESIGN 2.3."""
    story = Story(week_pct=80, unnamed_model_counts=False) >> sample(session=0.1, week=0.3, Opus=0.85)
    story << gate("closed", model="Opus") << gate("closed", model="claude-opus-4-6") << gate("open", model="Sonnet")


def test_a_models_week_holds_launches_that_name_no_model():
    """DESIGN 2.3: the window is named as the reason."""
    story = Story(week_pct=80) >> sample(week=0.3, Opus=0.85) << gate("closed") << because("model_threshold")
    assert story.ask().hold["window"] == "model:Opus"
    story << gate("open", model="Sonnet")


def test_a_setting_frees_launches_that_name_no_model():
    """DESIGN 2.3."""
    Story(week_pct=80, unnamed_model_counts=False) >> sample(week=0.3, Opus=0.85) << gate("open")


def test_a_model_with_a_threshold_of_its_own_holds_its_own_launches_alone():
    """DESIGN 2.3."""
    story = Story(week_pct=80, models={"opus": 60}) >> sample(week=0.3, Opus=0.65)
    story << gate("open") << gate("closed", model="Opus")


def test_a_threshold_of_its_own_replaces_the_weeks():
    """DESIGN 2.3."""
    Story(week_pct=80, models={"Opus": 95}) >> sample(week=0.3, Opus=0.9) << gate("open", model="Opus")


def test_a_threshold_named_fable_counts_for_the_window_fable_5():
    """DESIGN 2.3: the server may rename a window."""
    story = Story(models={"Fable": 50}) >> sample(**{"week": 0.1, "Fable 5": 0.6})
    story << gate("closed", model="claude-fable-5") << gate("open", model="Opus")


def test_a_settings_change_takes_effect_at_once():
    """DESIGN 2.3."""
    story = Story() >> sample(session=0.91) << gate("open")
    story >> change(session_pct=90) << gate("closed") >> change(session_pct=95) << gate("open")


# ---- 2.4 three answers


def test_without_a_reading_the_gate_is_unknown_and_not_open():
    """DESIGN 2.4."""
    Story(session_pct=90) << gate("unknown")


def test_an_account_that_nobody_knows_is_unknown():
    """DESIGN 2.4."""
    Story() >> sample(session=0.1) << gate("unknown", account="work")


# ---- 2.5 two latches


def test_a_pause_does_not_undo_an_automatic_hold_and_unpausing_does_not_open_it():
    """DESIGN 2.5."""
    story = Story(session_pct=90) >> sample(session=0.91) >> paused() << because("manual_pause")
    story >> unpaused() << gate("closed") << because("session_threshold")


def test_a_fresh_reading_does_not_undo_a_pause():
    """DESIGN 2.5."""
    story = Story(session_pct=90) >> paused() >> sample(session=0.91) >> sample(after=300, session=0.1)
    story << gate("closed") << because("manual_pause") >> unpaused() << gate("open")


def test_a_pause_outlives_the_monitor():
    """DESIGN 2.5."""
    story = Story() >> sample(session=0.1) >> paused(why="deploying") >> dead(30 * 86400)
    story << gate("closed") << because("manual_pause")
    assert "deploying" in story.ask().why


def test_a_pause_outlives_a_clean_exit_and_the_automatic_verdict_does_not():
    """DESIGN 2.5, 4."""
    Story(session_pct=90) >> sample(session=0.91) >> quits() << gate("unknown")
    Story(session_pct=90) >> sample(session=0.1) >> quits() << gate("unknown") << gate("unknown", model="Opus")
    Story() >> sample(session=0.1) >> paused() >> quits() << gate("closed") << because("manual_pause")


def test_a_pause_stands_again_after_a_restart_without_a_reading():
    """DESIGN 2.5."""
    Story() >> sample(session=0.1) >> paused() >> killed(5 * HOUR) << gate("closed") << because("manual_pause")


def test_a_pause_with_an_end_ends_by_itself():
    """DESIGN 2.5."""
    story = Story() >> sample(session=0.1) >> paused(for_s=600) >> later(599) << gate("closed")
    story >> later(1) << gate("open")


def test_a_pause_until_the_reset_ends_with_the_session():
    """DESIGN 5: `pause --until-reset`."""
    story = Story() >> answering(session=0.1) >> sample(session=0.1) >> paused(until_reset=True)
    story >> until(RESET - 1) << gate("closed") >> until(RESET) << gate("open")


def test_a_pause_until_the_reset_of_no_session_lasts_a_whole_session():
    """DESIGN 5: what has not started cannot reset later than that."""
    story = Story() >> sample(session=0.0, resets_at=None) >> paused(until_reset=True)
    assert story.latches.pauses[0].until == T0 + 5 * HOUR


def test_a_pause_of_one_class_holds_that_class_alone():
    """DESIGN 4: a hold may name account, model and class."""
    story = Story() >> sample(session=0.1) >> pause_by_command(Pause(since=T0, until=None, scope=Scope(class_="batch")))
    story << gate("open") << gate("closed", class_="batch") << gate("open", class_="interactive")


def test_an_automatic_hold_does_not_outlive_its_evidence():
    """DESIGN 2.5."""
    (
        Story(session_pct=90)
        >> sample(session=0.91)
        >> dead(14 * MINUTE)
        << gate("closed")
        >> dead(MINUTE)
        << gate("unknown")
    )


def test_an_override_lifts_automatic_holds_for_its_time():
    """DESIGN 2.5: and its end closes the gate again, with an alert."""
    story = Story(session_pct=90) >> answering(session=0.91) >> sample(session=0.1) >> sample(session=0.91)
    story << gate("closed") << told("gate_closed")
    story >> overridden(for_s=1800) << gate("open") >> later(1799) << gate("open") << told()
    story >> later(1) << gate("closed") << told("gate_closed") >> later(HOUR) << told()


def test_an_override_that_ends_while_a_reading_arrives_is_told_all_the_same():
    """DESIGN 2.5."""
    story = (
        Story(session_pct=90)
        >> sample(session=0.1)
        >> sample(session=0.91)
        >> overridden(for_s=100)
        << told("gate_closed")
    )
    story.now += 101
    story >> sample(session=0.92) << gate("closed") << told("gate_closed")


def test_an_override_that_ends_under_a_pause_is_no_news():
    """DESIGN 2.5."""
    story = Story(session_pct=90) >> sample(session=0.91) >> overridden(for_s=100) >> paused() << told("summary")
    story >> later(200) << gate("closed") << told()


def test_a_pause_in_the_second_in_which_an_override_ends_is_no_news():
    """DESIGN 2.5: the person closed the gate."""
    story = Story(session_pct=90) >> sample(session=0.91) >> overridden(for_s=100) << told("summary")
    story.now += 101
    story >> pause_by_command(Pause(since=story.now, until=None)) << because("manual_pause") << told()


def test_an_override_never_lifts_a_pause():
    """DESIGN 2.5."""
    story = Story(session_pct=90) >> sample(session=0.91) >> paused() >> overridden(for_s=600)
    story << gate("closed") << because("manual_pause") >> unpaused() << gate("open")


def test_an_override_until_the_reset_ends_at_the_reset_of_the_binding_hold():
    """DESIGN 2.5."""
    story = Story(session_pct=90, week_pct=90) >> sample(session=0.91, week=0.95) >> overridden()
    assert story.latches.override.until == RESET


def test_an_override_until_the_reset_of_nothing_does_not_lift_the_next_threshold():
    """DESIGN 2.5: a person who presses the button of an old message means the hold that it was about."""
    story = Story(session_pct=90) >> sample(session=0.5) >> overridden() >> later(400) >> sample(session=0.91)
    assert story.latches.override is None
    story << gate("closed")


def test_an_override_until_the_reset_without_a_known_reset_lasts_an_hour():
    """DESIGN 2.5: it is always for a stated time."""
    story = Story(session_pct=90) >> sample(session=0.91, resets_at=None) >> overridden()
    assert story.latches.override.until == T0 + HOUR


def test_an_override_taken_back_closes_the_gate_and_the_person_knows():
    """DESIGN 2.5."""
    story = Story(session_pct=90) >> sample(session=0.91) << told("summary") >> overridden(for_s=600)
    story >> override_taken_back() << gate("closed") << told()


def test_an_override_does_not_make_a_blind_gate_open():
    """DESIGN 2.4, 2.5."""
    story = Story(session_pct=90) >> sample(session=0.91) >> overridden(for_s=HOUR) >> later(20 * MINUTE)
    story << gate("unknown")


# ---- 2.6 close on evidence, reopen on evidence

NEW = RESET + 5 * HOUR
"""When the session after the first one resets."""


def test_a_window_that_starts_full_needs_a_second_reading_to_close():
    """DESIGN 2.6."""
    story = Story(session_pct=90) >> sample(session=0.2) >> until(RESET + 60)
    story >> sample(session=0.99, resets_at=NEW) << gate("open")
    assert shown(story).doubted
    story >> sample(after=180, session=0.99, resets_at=NEW) << gate("closed")


def test_a_window_that_starts_full_needs_a_second_reading_to_go_on_closing():
    """DESIGN 2.6: what was believed before stays, so the gate neither opens nor names the new window."""
    story = Story(session_pct=90) >> sample(session=0.97) >> until(RESET + 60)
    story >> sample(session=1.0, resets_at=NEW) << gate("closed")
    assert story.document["holds"][0]["until"] == int(RESET)
    story >> sample(after=180, session=0.01, resets_at=NEW) << gate("open")


def test_the_only_reading_there_is_decides_nothing_while_it_is_doubted():
    """DESIGN 2.6."""
    story = Story(session_pct=90, at=RESET + 60) >> sample(session=1.0, resets_at=NEW) << gate("unknown")
    story >> sample(after=180, session=1.0, resets_at=NEW) << gate("closed")


def test_a_restart_between_two_readings_believes_none_of_them():
    """DESIGN 2.6."""
    story = Story(session_pct=90, at=RESET + 60) >> sample(session=1.0, resets_at=NEW) >> killed(30) << gate("unknown")
    story >> sample(after=180, session=1.0, resets_at=NEW) << gate("closed")


@pytest.mark.parametrize(("used", "age", "verdict"), [(0.94, 60, "closed"), (0.95, 301, "closed"), (0.95, 299, "open")])
def test_only_95_percent_within_five_minutes_of_the_start_is_doubted(used, age, verdict):
    """DESIGN 2.6."""
    story = Story(session_pct=90) >> sample(session=0.1) >> until(RESET + age)
    story >> sample(session=used, resets_at=NEW) << gate(verdict)


def test_a_doubted_window_announces_nothing():
    """DESIGN 2.6, 8."""
    story = Story(session_pct=90) >> sample(session=0.1) >> until(RESET + 60) << told("blind")
    story >> sample(session=1.0, resets_at=NEW) << told()


def test_the_gate_keeps_polling_while_closed_and_an_early_reset_reopens_it():
    """DESIGN 2.6: a gate that trusts an old reading until its reset locks people out for days."""
    story = Story(week_pct=90) >> answering(week=0.95) >> sample(week=0.95) >> later(6 * HOUR) << gate("closed")
    assert len(story.polled) >= 6 * 10
    story >> answering(week=0.03, week_resets_at=WEEK_RESET + 86400) >> later(6 * MINUTE) << gate("open")


def test_after_the_reset_only_a_fresh_reading_reopens():
    """DESIGN 2.6."""
    story = Story(session_pct=90) >> answering(session=0.93) >> sample(session=0.93) >> until(RESET - 60)
    story >> failing() >> until(RESET + 20 * MINUTE) << gate("closed")
    story >> sample(session=0.02, resets_at=NEW) << gate("open")


def test_a_restart_after_the_reset_still_waits_for_a_fresh_reading():
    """DESIGN 2.6."""
    story = Story(session_pct=90) >> answering(session=0.93) >> sample(session=0.93) >> until(RESET - 60)
    story.answer = None
    story >> killed(5 * MINUTE) << gate("closed")


# ---- clocks and sleep


@pytest.mark.parametrize("by_s", [-86400, -3600, 3600, 86400])
def test_a_clock_that_is_set_keeps_ages_and_the_verdict(by_s):
    """DESIGN 2.1, 4: a reading of two minutes ago is one of two minutes ago on the new clock too."""
    story = Story(session_pct=90) >> sample(session=0.91) >> later(120) >> clock_set(by_s) << gate("closed")
    assert story.now - shown(story).observed_at == 120
    story << told("summary")


def test_a_clock_that_is_set_keeps_the_age_of_a_failure():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.5) >> failed(after=300) >> later(100) >> clock_set(-HOUR)
    failure = story.account.failure
    assert (story.now - failure.at, story.now - failure.since) == (100, 100)


def test_a_clock_that_is_set_while_a_request_is_out_dates_the_reading_on_the_new_clock():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.5) >> later(400)
    assert story.account.in_flight
    asked_at = story.now
    story >> clock_set(HOUR)
    story.now += 2
    from core.story import reading
    from ringfence.core.events import SampleArrived

    story.feed(SampleArrived(at=story.now, sample=reading(asked_at, session=0.6)))
    assert HOUR - 120 < story.account.sample.observed_at - T0 - 400 <= HOUR + 2
    story << gate("open")


def test_a_reading_from_the_future_is_one_of_now():
    """DESIGN 2.1: else an evidence of tomorrow would keep a gate open all night."""
    from core.story import reading
    from ringfence.core.events import SampleArrived

    story = Story()
    story.feed(SampleArrived(at=T0, sample=reading(T0 + 86400, session=0.6)))
    assert story.account.sample.observed_at == T0


def test_after_a_night_asleep_the_gate_is_unknown_and_no_blindness_is_announced_before_the_first_poll():
    """DESIGN 2.4, 8."""
    story = Story() >> sample(session=0.5) >> asleep(8 * HOUR) << gate("unknown") << told()
    story >> later(20 * MINUTE) << told("blind")


def test_after_a_night_switched_off_no_blindness_is_announced_before_the_first_poll():
    """DESIGN 2.4, 8."""
    (
        Story()
        >> sample(session=0.5)
        >> killed(8 * HOUR)
        << gate("unknown")
        << told()
        >> later(20 * MINUTE)
        << told("blind")
    )


def test_a_status_of_the_future_is_forgotten():
    """DESIGN 2.1: the clock was set back while nobody watched."""
    story = Story() >> sample(session=0.5)
    story >> killed(-HOUR)
    assert story.account.sample is None


# ---- several accounts


def test_the_hold_of_one_account_holds_its_launches_and_not_the_others():
    """DESIGN 4: the top verdict is the first account's."""
    story = Story(settings(session_pct=90, accounts=("home", "work")))
    story >> sample(account="home", session=0.2) >> sample(account="work", session=0.95)
    story << gate("open") << gate("open", account="home") << gate("closed", account="work")
    story >> sample(account="home", after=300, session=0.92) << gate("closed")


def test_the_closing_of_a_second_account_is_told():
    """DESIGN 8."""
    story = Story(settings(session_pct=90, accounts=("home", "work"), notify={"tiers": False}))
    story >> sample(account="home", session=0.2) >> sample(account="work", session=0.2) << told()
    story >> sample(account="work", after=300, session=0.95) << told("gate_closed")
    assert story.alerts[-1].account == "work"
    story >> sample(account="work", after=300, session=0.01) << told("gate_opened")


def test_a_reading_of_an_account_that_was_removed_changes_nothing():
    """DESIGN 2.1."""
    story = Story() >> sample(session=0.2)
    before = story.state
    story >> sample(account="gone", session=0.99) >> failed(account="gone")
    assert story.state.accounts == before.accounts


def test_readings_of_another_login_are_not_this_accounts():
    """DESIGN 2.1: the same name over another folder is somebody else."""
    story = Story(session_pct=90) >> use_accounts(Account(name="me", config_dir="/a"))
    story >> sample(account="me", session=0.95) << gate("closed")
    story >> use_accounts(Account(name="me", config_dir="/b")) << gate("unknown")


def test_windows_are_found_by_name():
    assert [w.id for w in windows(session=0.1, week=0.2, Opus=0.3)] == ["session", "week", "model:Opus"]
