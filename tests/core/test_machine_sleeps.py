"""A machine that sleeps, and one whose connection is metered: readings come when they help, no old one is believed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.story import (
    HOUR,
    RESET,
    T0,
    Story,
    answering,
    asleep,
    change,
    failed,
    gate,
    later,
    looked,
    metered,
    polls,
    sample,
    settings,
    sleep_begins,
    told,
)
from ringfence.core import polling
from ringfence.core.polling import Why
from ringfence.core.settings import parse_settings

# ---- on the way to sleep, and back


def test_no_reading_begins_on_the_way_to_sleep():
    story = Story() >> sample(session=0.1) >> later(200) >> sleep_begins() >> looked() << polls(1)
    story >> later(60) << polls(1)


def test_a_sleep_that_never_came_about_is_forgotten():
    Story() >> sample(session=0.1) >> later(250) >> sleep_begins() >> later(polling.ASLEEP_S + 100) << polls(2)


def test_a_sleep_that_began_under_another_clock_holds_nothing_back():
    story = Story() >> sample(session=0.1) >> sleep_begins()
    story.now -= HOUR
    story >> later(HOUR) >> later(400) << polls(2)


def test_after_the_sleep_the_reading_comes_and_only_one():
    story = Story() >> sample(session=0.2) >> answering(session=0.2) >> later(10) >> sleep_begins() >> asleep(8 * HOUR)
    before = len(story.polled)
    story >> later(120) << polls(before + 1)
    assert 2 <= story.polled[-1][0] - (story.now - 120) <= 10


def test_machines_that_wake_together_do_not_ask_together():
    planned = set()
    for seed in range(20):
        story = Story(seed=seed) >> sample(session=0.1) >> sleep_begins() >> asleep(HOUR)
        planned.add(round(story.account.planned.at - story.now, 2))
    assert len(planned) > 15


def test_a_lid_that_opens_and_closes_all_the_time_stays_within_the_budget():
    story = Story() >> sample(session=0.2) >> answering(session=0.2)
    begun = len(story.polled)
    for _ in range(60):
        story >> sleep_begins() >> asleep(31) >> later(20)
    asked = [at for at, _ in story.polled[begun:]]
    assert all(after - before >= 180 for before, after in pairwise(asked))
    assert 10 < len(asked) <= polling.budget_of(180)


def test_an_open_gate_of_before_a_long_sleep_is_unknown_until_it_is_read():
    story = Story(session_pct=90) >> sample(session=0.5) << gate("open") >> sleep_begins() >> asleep(8 * HOUR)
    story << gate("unknown") << told()
    assert story.shell_reads() == "unknown"
    story >> later(10) >> sample(session=0.1) << gate("open") << told()


def test_a_gate_that_was_closed_before_a_sleep_over_its_reset_opens_by_a_reading_alone():
    story = Story(session_pct=90) >> sample(session=0.95) << gate("closed")
    story >> sleep_begins() >> asleep(RESET + 600 - story.now)
    assert story.shell_reads() != "open"
    story >> later(10) >> sample(session=0.05, resets_at=RESET + 5 * HOUR) << gate("open")


def test_waking_brings_no_burst_of_messages():
    """Offline at first, as a laptop is; then one reading that crossed two lines and a reset."""
    story = Story(session_pct=90) >> sample(session=0.55)
    before = len(story.alerts)
    story >> sleep_begins() >> asleep(3 * HOUR) >> later(10) >> failed("offline") >> later(120)
    assert len(story.alerts) == before
    story >> sample(session=0.85, resets_at=RESET + 5 * HOUR, requested=False)
    assert len(story.alerts) <= before + 1


def test_a_short_sleep_renews_the_lease():
    story = Story() >> sample(session=0.5) >> later(100) >> sleep_begins() >> asleep(20)
    assert story.published[-1] == story.now
    story << gate("open")


# ---- metered


def regular(story):
    return story.account.planned.at - story.account.attempted_at


def test_on_a_metered_connection_readings_are_half_as_often():
    story = Story() >> metered() >> sample(session=0.1)
    assert 540 <= regular(story) <= 660
    story >> metered(False)
    assert 270 <= regular(story) <= 330


def test_over_hours_it_is_half_the_requests():
    counts = []
    for yes in (False, True):
        story = Story() >> metered(yes) >> sample(session=0.1) >> answering(session=0.1, resets_at=T0 + 40 * HOUR)
        before = len(story.polled)
        story >> later(10 * HOUR)
        counts.append(len(story.polled) - before)
    assert counts[0] > 100
    assert counts[1] == pytest.approx(counts[0] / 2, rel=0.1)


def test_the_setting_turns_it_off_at_once():
    story = Story() >> metered() >> sample(session=0.1)
    story.settings = parse_settings({"usage": {"slower_on_metered": False}})[0]
    story >> change_to(story.settings)
    assert 270 <= regular(story) <= 330
    assert not story.status.metered


def change_to(wanted):
    from ringfence.core.events import SettingsChanged

    return lambda story: story.feed(SettingsChanged(at=story.now, settings=wanted))


def test_near_a_threshold_it_is_half_as_often_too():
    near = Story(session_pct=90) >> sample(session=0.88)
    assert near.account.planned.at - near.now == 180
    near >> metered()
    assert near.account.planned.at - near.now == 360
    assert near.account.planned.why is Why.NEAR_THRESHOLD


def test_a_person_who_looks_waits_no_longer():
    Story() >> metered() >> sample(session=0.1) >> later(200) >> looked() << polls(2)


def test_the_gate_does_not_go_blind_between_two_readings():
    for interval in (180, 300, 600, 900, 1000):
        story = Story(interval_s=interval) >> metered() >> sample(session=0.1, resets_at=T0 + 40 * HOUR)
        story >> answering(session=0.1, resets_at=T0 + 40 * HOUR)
        for _ in range(200):
            story >> later(60)
            assert story.shell_reads() == "open", interval


def test_what_is_drawn_stale_follows_the_interval():
    story = Story() >> metered() >> sample(session=0.1)
    assert story.status.metered
    assert story.status.interval_s == 600


def test_a_change_of_settings_keeps_what_is_known_of_the_connection():
    story = Story() >> metered() >> sample(session=0.1) >> change(interval_s=400)
    assert story.status.interval_s == 800
    assert story.settings == settings(interval_s=400)


@given(st.floats(1, 3600), st.floats(60, 86400))
def test_slower_is_never_faster_never_more_than_twice_and_never_blind(interval, blind):
    slow = polling.slowed(interval, blind)
    assert interval <= slow <= 2 * interval
    if interval * (1 + polling.JITTER) + polling.ANSWER_S <= blind:
        assert slow * (1 + polling.JITTER) + polling.ANSWER_S <= blind + 1e-6
