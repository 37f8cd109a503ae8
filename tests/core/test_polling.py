"""When the endpoint is asked: DESIGN 2.7 and issue 2, polling."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    Story,
    answering,
    asked,
    asleep,
    change,
    clock_set,
    failed,
    failing,
    gate,
    killed,
    later,
    login_changed,
    looked,
    next_poll,
    polls,
    reading,
    sample,
    settings,
    told,
    until,
    use_accounts,
)
from ringfence.core import polling
from ringfence.core.account_settings import Account
from ringfence.core.model import FailureKind, PollMemory
from ringfence.core.polling import Planned, Situation, Why


def gaps(story: Story) -> list[float]:
    return [b - a for (a, _), (b, _) in pairwise(story.polled)]


def situation(**more) -> Situation:
    return Situation(**{"name": "a", "memory": PollMemory(), "floor_s": 180.0, "interval_s": 300.0, **more})


def test_the_first_poll_is_at_once():
    """DESIGN 2.7."""
    assert Story().polled == [(T0, Why.START)]


def test_a_poll_comes_every_300_s_give_or_take_a_tenth():
    """DESIGN 2.7."""
    story = Story() >> answering(session=0.1) >> sample(session=0.1) >> later(2 * HOUR)
    assert all(270 <= gap <= 330 for gap in gaps(story)[1:])
    assert len(set(gaps(story))) > 5


@given(st.text(max_size=5), st.integers(), st.floats(0, 2e9))
def test_the_jitter_stays_within_a_tenth_and_is_the_same_for_the_same_moment(name, seed, attempted_at):
    """DESIGN 2.7."""
    made = situation(name=name, seed=seed, attempted_at=attempted_at)
    planned = polling.next_poll(made, attempted_at)
    assert planned == polling.next_poll(made, attempted_at)
    assert 269.9 <= planned.at - attempted_at <= 330.1


def test_never_faster_than_the_floor_however_often_a_person_asks():
    """DESIGN 2.7."""
    story = Story() >> answering(session=0.1) >> sample(session=0.1)
    for _ in range(200):
        story >> later(20) >> asked()
    assert min(gaps(story)[1:]) >= 180


def test_the_floor_is_one_second_on_loopback():
    """DESIGN 3."""
    story = Story(loopback=True, interval_s=1) >> answering(session=0.1) >> sample(session=0.1) >> later(MINUTE)
    assert min(gaps(story)[1:]) >= 1
    assert len(story.polled) > 50


def test_the_budget_of_a_rolling_hour_is_never_exceeded_across_restarts():
    """DESIGN 2.7: 20 of the 28-30 that everybody together may ask."""
    story = Story() >> answering(session=0.1) >> sample(session=0.1)
    for _ in range(100):
        story >> later(70) >> killed(1) >> asked()
    moments = [at for at, _ in story.polled]
    assert max(sum(at - HOUR < other <= at for other in moments) for at in moments) <= 20
    assert min(gaps(story)) >= 180


def test_a_spent_budget_is_the_reason_that_is_shown():
    """Issue 2, polling 4: status shows the next poll and why."""
    spent = tuple(T0 - 3500 + 10 * n for n in range(20))
    planned = polling.next_poll(situation(memory=PollMemory(requested_at=spent)), T0)
    assert planned == Planned(at=T0 + 100, why=Why.BUDGET)


def test_a_request_is_counted_before_it_is_sent():
    """DESIGN 2.7: a kill in between must not forget it."""
    story = Story()
    kinds = [type(e).__name__ for e in story.effects]
    assert kinds.index("SaveMemory") < kinds.index("Poll")
    assert story.memory.accounts[0].poll.requested_at == (T0,)


def test_an_account_that_is_taken_out_and_put_back_finds_its_requests_counted():
    """DESIGN 2.7."""
    me, you = Account(name="me"), Account(name="you")
    story = Story(settings(accounts=("me", "you"))) >> use_accounts(me) >> use_accounts(me, you)
    polled = len(story.polled)
    assert story.state.accounts[1].planned.why is Why.FLOOR
    story >> later(170)
    assert len(story.polled) == polled


# ---- Retry-After


@pytest.mark.parametrize(
    ("retry_after_s", "wait", "why"),
    [
        (None, 300, Why.BACK_OFF),
        (0, 300, Why.BACK_OFF),
        (-5, 300, Why.BACK_OFF),
        (1, 180, Why.FLOOR),
        (300, 375, Why.RETRY_AFTER),
        (3600, 4500, Why.RETRY_AFTER),
        (10**9, 8100, Why.RETRY_AFTER),
        (float("inf"), 8100, Why.RETRY_AFTER),
    ],
)
def test_retry_after_is_honoured_with_a_margin(retry_after_s, wait, why):
    """DESIGN 2.7: absent, 0, seconds, huge."""
    story = Story() >> failed("throttled", retry_after_s=retry_after_s)
    if why is not Why.FLOOR:
        story << next_poll(wait, why)
    story >> asked() << next_poll(wait, why)


def test_retry_after_is_honoured_across_restarts():
    """DESIGN 2.7."""
    story = Story() >> failed("throttled", retry_after_s=3600) >> killed(600) >> asked() >> looked() << polls(1)
    story >> later(3899) << polls(1) >> later(1) << polls(2)


def test_429s_without_a_time_wait_longer_and_longer_up_to_an_hour():
    """DESIGN 2.7, FORMATS A4."""
    story = Story() >> failing("throttled", retry_after_s=0) >> failed("throttled", retry_after_s=0) >> later(12 * HOUR)
    assert [round(g) for g in gaps(story)[:6]] == [300, 600, 1200, 2400, 3600, 3600]


def test_an_answer_ends_the_back_off():
    """DESIGN 2.7."""
    story = Story() >> failed("throttled") >> answering(session=0.1) >> later(301)
    assert story.account.memory.poll == PollMemory(requested_at=(T0, T0 + 300))


def test_a_throttled_reading_that_names_a_time_is_not_a_back_off():
    """Issue 2, polling 4: the reason that is shown is the true one."""
    memory = polling.after_failure(PollMemory(throttles=3), FailureKind.THROTTLED, 300, now=T0, floor_s=180)
    assert polling.next_poll(situation(memory=memory), T0).why is Why.RETRY_AFTER


def test_a_server_error_with_a_retry_after_waits_for_it():
    """DESIGN 2.7."""
    Story() >> failed("server_error", retry_after_s=1000) >> asked() << next_poll(1250, Why.RETRY_AFTER)


@pytest.mark.parametrize("by_s", [-HOUR, HOUR])
def test_a_clock_that_is_set_neither_lengthens_nor_cuts_a_block(by_s):
    """DESIGN 2.7."""
    Story() >> failed("throttled", retry_after_s=3600) >> clock_set(by_s) << next_poll(4500, Why.RETRY_AFTER)


def test_a_block_from_another_clock_is_shortened_to_the_longest_there_is():
    """DESIGN 2.7: it was asked for, but no clock of ours can have meant a year."""
    assert polling.sane(PollMemory(not_before=T0 + 10**8), T0).not_before == T0 + 8100


def test_requests_of_the_future_count_as_now():
    """DESIGN 2.7: the clock was set back while nobody watched."""
    assert polling.sane(PollMemory(requested_at=(T0 + 999,)), T0).requested_at == (T0,)


# ---- failures


def test_failures_back_off():
    """DESIGN 2.7."""
    story = Story() >> failing() >> failed() >> later(6 * HOUR)
    assert 270 <= gaps(story)[0] <= 330
    assert all(1620 <= gap <= 1980 for gap in gaps(story)[4:])


def test_a_reset_that_passes_during_an_outage_does_not_end_the_back_off():
    """DESIGN 2.7: it is asked once after the reset."""
    story = Story() >> answering(session=0.5) >> sample(session=0.5) >> until(RESET - HOUR) >> failing()
    story >> until(RESET + HOUR)
    assert [why for at, why in story.polled if at >= RESET].count(Why.RESET_PASSED) == 1


def test_a_refused_login_is_tried_again_after_an_hour_alone():
    """FORMATS A4: Claude Code itself remembers a rejected login for an hour."""
    Story() >> failed("expired") << next_poll(3600, Why.SIGN_IN)


def test_a_missing_login_is_looked_for_every_minute_and_costs_no_request():
    """DESIGN 2.7."""
    story = Story() >> failed("signed_out", requested=False) << next_poll(60, Why.SIGN_IN)
    assert story.account.memory.poll.requested_at == ()
    story >> failing("signed_out", requested=False) >> later(HOUR)
    assert story.account.memory.poll.requested_at == ()
    assert len(story.polled) == 61


def test_a_missing_login_on_loopback_is_not_looked_for_more_than_once_a_second():
    """DESIGN 3."""
    Story(loopback=True, interval_s=1) >> failed("signed_out", requested=False) << next_poll(1, Why.SIGN_IN)


def test_a_login_that_changed_is_tried_at_once_when_the_last_one_failed():
    """Issue 2, polling 4."""
    story = Story() >> sample(session=0.1) >> failed("expired", after=400) << told("sign_in") >> login_changed()
    assert story.account.planned.why in {Why.CREDENTIALS_CHANGED, Why.FLOOR}
    story >> later(180) << polls(3)


def test_a_login_that_is_renewed_while_readings_succeed_asks_for_nothing():
    """DESIGN 2.7: Claude Code rewrites its file every few hours."""
    story = Story() >> sample(session=0.1)
    before = story.account.planned
    story >> login_changed() >> login_changed("nobody")
    assert story.account.planned == before


def test_a_login_that_changes_while_a_request_is_out_is_tried_after_its_failure():
    """Issue 2, polling 4."""
    story = Story() >> failed("expired") >> asked() >> later(180)
    assert story.account.in_flight
    story >> login_changed() >> failed("expired", after=5) << next_poll(175, Why.FLOOR)


# ---- wishes


def test_a_reading_is_asked_for_just_after_a_reset():
    """Issue 2, polling 4."""
    story = Story() >> answering(session=0.5) >> sample(session=0.5) >> until(RESET - 200)
    story.answer = None
    story >> sample(session=0.5) << next_poll(210, Why.RESET_PASSED)


def test_near_a_threshold_the_floor_is_the_interval():
    """DESIGN 2.7."""
    Story(session_pct=90) >> sample(session=0.85) << next_poll(180, Why.NEAR_THRESHOLD)
    for used in (0.84, 0.90):
        story = Story(session_pct=90) >> sample(session=used)
        assert story.account.planned.why is Why.REGULAR
    assert (Story(session_pct=3) >> sample(session=0.0)).account.planned.why is Why.REGULAR
    assert (Story(session_pct=90) >> sample(week=0.89)).account.planned.why is Why.REGULAR


def test_a_doubted_reading_is_repeated_after_the_floor():
    """DESIGN 2.6."""
    story = Story(at=RESET + 60) >> sample(session=1.0, resets_at=RESET + 5 * HOUR)
    story << next_poll(180, Why.SECOND_READING)


def test_whoever_looks_at_old_numbers_gets_fresh_ones():
    """Issue 2, polling 4: window opened."""
    story = Story() >> sample(session=0.1) >> later(200) << polls(1) >> looked() << polls(2)
    assert story.polled[-1][1] is Why.WINDOW_OPENED
    story >> sample(session=0.1)
    before = story.account.planned
    story >> later(59) >> looked()
    assert story.account.planned == before


def test_after_sleep_a_reading_comes_within_seconds_but_not_at_once():
    """Issue 2, polling 4: the network is not there yet."""
    story = Story() >> sample(session=0.1) >> asleep(8 * HOUR) << polls(1)
    assert story.account.planned.why is Why.WOKE
    assert 2 <= story.account.planned.at - story.now <= 10
    story >> later(10) << polls(2)


def test_a_request_that_slept_with_the_machine_does_not_cost_the_reading_after_waking():
    """Issue 2, polling 4."""
    Story() >> asleep(HOUR) >> failed("offline") >> later(10) << polls(2)


def test_after_a_clock_jump_a_reading_is_asked_for():
    """Issue 2, polling 4."""
    story = Story() >> sample(session=0.1) >> later(200) >> clock_set(HOUR) << polls(2)
    assert story.polled[-1][1] is Why.CLOCK_JUMPED


def test_an_interval_takes_effect_at_once():
    """DESIGN 2.7."""
    story = Story() >> sample(session=0.1) >> change(interval_s=3600)
    assert 3240 <= story.account.planned.at - T0 <= 3960


def test_a_request_that_is_out_is_not_doubled():
    """DESIGN 2.7."""
    story = Story() >> later(HOUR) >> asked() << polls(1) << gate("unknown")
    assert story.status.accounts[0].next_poll_why == Why.IN_FLIGHT


def test_a_reading_that_spent_no_request_takes_none_back_that_was_not_out():
    """DESIGN 2.7: another way to the same number must not refill the budget."""
    story = Story() >> sample(session=0.1) >> sample(after=10, session=0.2, requested=False)
    assert story.account.memory.poll.requested_at == (T0,)


def test_without_windows_there_is_no_reset_to_wait_for():
    made = situation(sample=replace(reading(), windows=()), attempted_at=T0)
    assert polling.next_poll(made, T0).why is Why.REGULAR
