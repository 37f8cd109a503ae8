"""What panes of a terminal say: a hold of the account, beside what transcripts say, until a reading or the reset."""

from __future__ import annotations

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    WEEK_RESET,
    Story,
    answered,
    because,
    clock_set,
    failing,
    gate,
    killed,
    later,
    polls,
    refused,
    rested,
    sample,
    settings,
    shown,
    told,
    until,
)

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"


def hold(story):
    [found] = story.document["holds"]
    return found


def test_a_pane_that_shows_a_refusal_holds_its_account():
    story = Story(settings(accounts=("a", "b"))) >> sample(account="a", session=0.4) >> sample(account="b", session=0.4)
    story >> rested() >> shown(account="b", after=60) << gate(OPEN, account="a") << gate(CLOSED, account="b")
    assert hold(story)["applies_to"] == {"account": "b"}
    story << because("session_exhausted", account="b") << told("gate_closed")


def test_the_same_pane_at_the_next_look_is_no_news():
    story = Story() >> sample(session=0.4) >> rested() >> shown(after=200) << told("gate_closed")
    written, asked = len(story.published), len(story.polled)
    story >> shown(after=30, age=30) >> shown(after=30, age=60) << told()
    assert (len(story.published), len(story.polled)) == (written, asked)


def test_a_new_one_asks_for_a_reading_and_one_below_95_percent_overrules_it():
    story = Story() >> sample(session=0.4) >> later(200)
    before = len(story.polled)
    story >> shown() << gate(CLOSED) << polls(before + 1)
    story >> sample(session=0.11, after=1) << gate(OPEN) >> shown(after=30, age=31) << gate(OPEN)


def test_a_reading_that_was_there_before_is_no_witness_against_it():
    Story() >> sample(session=0.1) >> shown(age=5) << gate(OPEN) >> shown() << gate(CLOSED)


def test_an_answer_in_a_transcript_overrules_it():
    Story() >> sample(session=0.97) >> shown(after=1) << gate(CLOSED) >> answered(after=60) << gate(OPEN)


def test_transcripts_and_panes_do_not_take_back_each_others_word():
    story = Story() >> sample(session=0.4) >> shown("week", resets_at=WEEK_RESET, after=1) >> refused(after=1)
    assert [h["window"] for h in story.document["holds"]] == ["session", "week"]
    story >> rested(after=60)
    assert [h["window"] for h in story.document["holds"]] == ["session", "week"]
    story.news = story.news.__class__()
    story >> rested(after=60)
    assert hold(story)["window"] == "week"


def test_both_saying_the_same_are_one_hold_and_one_message():
    story = Story() >> sample(session=0.4) >> refused(after=1) >> shown(after=2) << told("gate_closed")
    assert (hold(story)["since"], hold(story)["until"]) == (T0 + 1, int(RESET))


def test_a_pane_that_is_cut_short_does_not_unsay_the_reset():
    story = Story() >> sample(session=0.4, resets_at=None) >> refused(after=1) >> shown(after=2, resets_at=None)
    assert hold(story)["until"] == int(RESET)


def test_a_pane_that_was_closed_is_no_evidence_that_the_limit_is_gone():
    story = Story() >> failing() >> shown() >> shown("week", resets_at=WEEK_RESET) >> later(HOUR)
    assert [h["window"] for h in story.document["holds"]] == ["session", "week"]


def test_it_ends_at_its_reset_and_one_without_when_its_evidence_is_old():
    story = Story(blind_after_s=6000) >> failing() >> shown() << gate(CLOSED) >> until(RESET - 1) << gate(CLOSED)
    story >> later(1) << gate(UNKNOWN)
    story = Story() >> failing() >> shown(resets_at=None) >> later(7199) << gate(CLOSED) >> later(1) << gate(UNKNOWN)
    assert story.document["holds"] == []


def test_it_outlives_a_restart_and_not_its_reset():
    story = (
        Story()
        >> failing()
        >> rested()
        >> shown()
        << gate(CLOSED)
        << told("gate_closed")
        >> killed(MINUTE)
        << gate(CLOSED)
    )
    story >> rested() << told() >> until(RESET) << gate(UNKNOWN)
    assert story.memory.refused == ()


def test_one_that_was_overruled_stays_so_after_a_restart():
    story = Story() >> sample(session=0.4) >> shown(after=10) >> sample(session=0.5, after=60) << gate(OPEN)
    story >> killed(1) << gate(OPEN)


def test_a_clock_that_is_set_back_moves_it_along():
    story = Story() >> failing() >> shown(after=60) >> clock_set(-HOUR) << gate(CLOSED)
    assert hold(story)["observed_at"] == story.now


def test_one_of_the_future_counts_as_now():
    story = Story() >> failing() >> shown(age=-HOUR)
    assert hold(story)["observed_at"] == T0


def test_the_newer_of_two_of_one_window_counts():
    story = Story() >> failing() >> shown(age=60, session="tmux:%1") >> shown(age=10, session="tmux:%2")
    assert hold(story)["observed_at"] == T0 - 10
    story >> shown(age=60, session="tmux:%1")
    assert hold(story)["observed_at"] == T0 - 10
