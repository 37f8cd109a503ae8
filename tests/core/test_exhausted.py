"""What Claude refused: a hold without any threshold, and everything that ends it (DESIGN 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    WEEK_RESET,
    Story,
    answered,
    answering,
    because,
    clock_set,
    failing,
    gate,
    killed,
    later,
    overridden,
    paused,
    polls,
    quits,
    refused,
    rested,
    sample,
    settings,
    told,
    unpaused,
    until,
)
from ringfence import gate_reader
from ringfence.core.events import TokensSeen
from ringfence.core.model import FailureKind, Window, reaches

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"


def hold(story):
    [found] = story.document["holds"]
    return found


# ---- closing


def test_a_refusal_closes_the_gate_without_any_threshold():
    story = Story() >> sample(session=0.4, after=1) >> refused(after=60) << gate(CLOSED) << because("session_exhausted")
    found = hold(story)
    assert (found["kind"], found["window"], found["applies_to"]) == ("exhausted", "session", {})
    assert (found["utilization_pct"], found["threshold_pct"], found["until"]) == (40, None, int(RESET))
    assert story.ask().refusal["error"] == "quota_exhausted"
    assert story.ask().why == f"Claude refused: the session limit is reached, resets {gate_reader.iso(RESET)}."


def test_a_window_that_no_reading_told_of_has_no_number():
    story = Story() >> sample(session=0.4) >> refused("week", resets_at=WEEK_RESET) << gate(CLOSED)
    assert (hold(story)["utilization_pct"], hold(story)["window"]) == (None, "week")


def test_a_refusal_needs_no_reading_at_all():
    Story() >> failing("expired") >> refused() << gate(CLOSED)


@pytest.mark.parametrize(
    ("claim", "reason", "window"),
    [
        ("session", "session_exhausted", "session"),
        ("week", "week_exhausted", "week"),
        ("spend", "spend_exhausted", "spend:extra"),
        ("other", "limit_exhausted", "usage"),
        ("something new", "limit_exhausted", "usage"),
        ("model", "limit_exhausted", "usage"),
    ],
)
def test_each_claim_has_its_reason_and_the_samples_window(claim, reason, window):
    story = Story() >> sample(session=0.4, week=0.4)
    spend = Window(id="spend:extra", label="Extra usage", used=1.0, resets_at=None)
    account = story.account
    seen = replace(account.sample, windows=(*account.sample.windows, spend))
    story.state = replace(story.state, accounts=(replace(account, sample=seen),))
    story >> refused(claim) << gate(CLOSED) << because(reason)
    assert hold(story)["window"] == window


def test_a_models_refusal_holds_that_model_alone():
    story = Story() >> sample(session=0.4, Opus=0.97) >> refused("model", model="Opus", after=60, resets_at=WEEK_RESET)
    story << gate(OPEN) << gate(CLOSED, model="claude-opus-4-6") << gate(OPEN, model="Sonnet")
    assert (hold(story)["window"], hold(story)["applies_to"]) == ("model:Opus", {"model": "Opus"})
    story << because("model_exhausted", model="opus")


def test_one_account_of_two_is_held_alone():
    story = Story(settings(accounts=("a", "b")))
    story >> sample(account="a", session=0.4) >> sample(account="b", session=0.4)
    story >> refused(account="b") << gate(OPEN) << gate(CLOSED, account="b") << gate(OPEN, account="a")
    assert hold(story)["applies_to"] == {"account": "b"}


def test_what_was_refused_to_nobody_we_know_holds_nobody():
    Story() >> sample(session=0.4) >> refused(account="stranger") << gate(OPEN) << told()


def test_a_refusal_is_named_before_the_threshold_of_its_window_and_the_session_before_the_week():
    story = Story(session_pct=90, week_pct=90) >> sample(session=0.97, week=0.97, after=1) >> refused(after=5)
    kinds = [(h["kind"], h["window"]) for h in story.document["holds"]]
    assert kinds == [("exhausted", "session"), ("threshold", "session"), ("threshold", "week")]


def test_of_two_refused_sessions_the_later_counts():
    story = Story() >> failing() >> refused(age=600, session="a") >> refused(age=60, session="b")
    assert hold(story)["observed_at"] == T0 - 60


# ---- ending


def test_it_ends_at_its_reset():
    story = Story() >> answering(session=0.98) >> sample(session=0.97, after=1) >> refused(after=60)
    story >> until(RESET - 1) << gate(CLOSED) >> later(1) << gate(OPEN)


def test_its_file_never_closes_past_its_reset_without_a_monitor():
    story = Story() >> sample(session=0.97, after=1) >> refused(resets_at=T0 + 500)
    assert story.ask().verdict == CLOSED
    answer = gate_reader.evaluate(story.document, T0 + 500)
    assert answer.verdict == UNKNOWN


def test_a_later_reading_below_95_percent_overrules():
    """FORMATS F: the client says so at 11 % too."""
    story = Story() >> sample(session=0.4) >> refused(after=10) << gate(CLOSED) >> sample(session=0.949, after=60)
    story << gate(OPEN)


def test_a_reading_of_95_percent_agrees_and_renews_the_evidence():
    story = Story() >> sample(session=0.4) >> refused(after=10) >> sample(session=0.95, after=60) << gate(CLOSED)
    assert hold(story)["observed_at"] == T0 + 70
    assert hold(story)["evidence_until"] == T0 + 70 + 7200


def test_a_reading_before_the_refusal_or_with_it_says_nothing():
    Story() >> sample(session=0.1) >> refused() << gate(CLOSED)


def test_a_reading_that_does_not_name_the_window_says_nothing():
    (
        Story()
        >> sample(session=0.1)
        >> refused("week", after=10, resets_at=WEEK_RESET)
        >> sample(session=0.1, after=60)
        << gate(CLOSED)
    )


def test_a_reading_of_another_window_says_nothing():
    story = Story() >> sample(session=0.1, week=0.1) >> refused("week", after=10, resets_at=WEEK_RESET)
    story >> sample(session=0.1, week=0.96, after=60) << gate(CLOSED)


def test_a_window_that_has_not_started_anew_overrules_too():
    story = Story() >> sample(session=0.1) >> refused(after=10) >> sample(session=0.0, resets_at=None, after=60)
    story << gate(OPEN)


def test_a_later_answer_ends_it_also_when_its_run_is_over():
    story = Story() >> sample(session=0.97, after=1) >> refused(after=10) << gate(CLOSED) >> answered(after=60)
    story << gate(OPEN) >> rested(after=600) << gate(OPEN)


def test_an_answer_before_it_says_nothing():
    Story() >> sample(session=0.97) >> answered(after=1) >> refused(after=10) << gate(CLOSED)


def test_an_answer_of_another_account_says_nothing():
    Story() >> sample(session=0.97) >> refused(after=10) >> answered(after=60, account="b") << gate(CLOSED)


def test_an_answer_of_another_model_says_nothing_about_a_models_refusal():
    story = Story() >> sample(session=0.4) >> refused("model", model="Opus", after=10, resets_at=WEEK_RESET)
    story >> answered(after=60, model="claude-sonnet-4-5") << gate(CLOSED, model="opus")
    story >> answered(after=60, model="claude-opus-4-6") << gate(OPEN, model="opus")


def test_a_new_refusal_after_a_reading_that_overruled_closes_again_and_is_told_once():
    story = Story() >> sample(session=0.4) >> refused(after=10) << told("gate_closed")
    story >> sample(session=0.6, after=60) << gate(OPEN) << told("tier", "gate_opened")
    story >> refused(after=60) << gate(CLOSED) << told() >> sample(session=0.6, after=60) << gate(OPEN) << told()


def test_a_refusal_in_the_moment_of_the_reading_that_overruled_another_stands():
    story = Story() >> sample(session=0.4) >> refused(after=10) >> sample(session=0.6, after=60) << gate(OPEN)
    story >> refused(session="s2") << gate(CLOSED)


def test_an_overruled_refusal_does_not_come_back_with_a_high_reading():
    story = Story() >> sample(session=0.4) >> refused(after=10) >> sample(session=0.6, after=60)
    story >> sample(session=0.97, after=600) << gate(OPEN)
    story >> killed(1) >> rested() << gate(OPEN)


def test_without_fresh_evidence_it_is_unknown_after_six_times_blind_after_s_and_never_closed_longer():
    story = Story() >> sample(session=0.97) >> refused(resets_at=WEEK_RESET) >> failing()
    story >> later(7199) << gate(CLOSED) >> later(1) << gate(UNKNOWN) >> later(HOUR) << gate(UNKNOWN)


def test_one_that_names_no_reset_takes_the_windows():
    story = Story() >> sample(session=0.97) >> refused(resets_at=None, after=1)
    assert hold(story)["until"] == int(RESET)


def test_the_reset_of_a_window_that_was_over_before_is_not_its():
    story = Story() >> sample(session=0.97, resets_at=T0 + 100) >> failing() >> refused(resets_at=None, after=200)
    assert hold(story)["until"] is None


def test_one_whose_reset_nobody_knows_ends_with_its_evidence():
    story = Story() >> answering(session=0.4) >> sample(session=0.4) >> refused("other", resets_at=None) << gate(CLOSED)
    story >> later(7199) << gate(CLOSED) >> later(1) << gate(OPEN)


def test_a_refusal_of_the_future_is_of_another_clock():
    Story() >> sample(session=0.4) >> refused(age=-121) << gate(OPEN)
    Story() >> sample(session=0.4) >> refused(age=-120) << gate(CLOSED)


def test_an_answer_of_the_future_is_of_another_clock():
    story = Story() >> sample(session=0.97, after=1) >> answered(after=1)
    [run] = story.news.runs
    story.news = replace(story.news, runs=(replace(run, last_at=story.now + HOUR),))
    story >> refused(after=10) << gate(CLOSED)
    story.feed(TokensSeen(at=story.now + 60, news=story.news))
    story << gate(CLOSED)


def test_it_keeps_its_since_while_others_are_refused_too():
    story = Story() >> sample(session=0.97) >> refused(after=10, session="a") >> refused(after=60, session="b")
    assert (hold(story)["since"], hold(story)["observed_at"]) == (T0 + 10, T0 + 70)


def test_a_refusal_after_the_clock_was_set_back_is_heard():
    story = Story() >> sample(session=0.4) >> refused(after=10) >> sample(session=0.6, after=60) << gate(OPEN)
    story >> clock_set(-HOUR) >> refused(after=60, session="s9") << gate(CLOSED)
    story = Story() >> sample(session=0.4) >> refused(after=10) >> sample(session=0.6, after=60)
    story >> killed(-HOUR) >> refused(after=60, session="s9") << gate(CLOSED)


# ---- the person and the monitor


def test_an_override_lifts_it_and_until_reset_is_its_reset():
    story = Story() >> sample(session=0.97) >> refused(after=1) >> overridden() << gate(OPEN)
    assert story.latches.override.until == int(RESET)


def test_a_pause_stays_when_it_ends():
    story = Story() >> sample(session=0.4) >> refused(after=10) >> paused() >> sample(session=0.1, after=60)
    story << gate(CLOSED) << told("gate_closed") >> unpaused() << gate(OPEN) << told()


def test_closing_and_opening_are_told_once_each():
    story = Story() >> sample(session=0.97) << told("summary") >> refused(after=1) << told("gate_closed")
    assert story.alerts[-1].hold.kind == "exhausted"
    story >> refused(after=60, session="s2") << told() >> sample(session=0.5, after=60) << told("gate_opened")


def test_a_threshold_that_closed_before_is_not_told_again_and_opens_once():
    story = Story(session_pct=90) >> sample(session=0.1) >> sample(session=0.97, after=300) << told("gate_closed")
    story >> refused(after=10) << told() >> sample(session=0.05, after=300, resets_at=RESET + 5 * HOUR)
    story << gate(OPEN) << told("gate_opened")


def test_a_restart_tells_nothing_again_and_keeps_it_closed():
    story = Story() >> sample(session=0.97) >> refused(after=1) << told("summary", "gate_closed")
    story >> killed(10) >> refused(age=10) << gate(CLOSED) << told()


def test_what_ended_while_nobody_watched_is_not_told():
    story = Story() >> sample(session=0.97) >> refused(after=1) << told("summary", "gate_closed")
    story.news = replace(story.news, refusals=())
    story >> killed(8 * HOUR) >> rested() << told()


def test_one_that_ended_while_nobody_watched_opens_no_gate_later():
    story = Story() >> sample(session=0.97) >> refused(after=1) << told("summary", "gate_closed")
    story.news = replace(story.news, refusals=())
    story >> killed(60) >> rested() << told() >> refused(after=60, session="s2") << gate(CLOSED) << told()
    story >> sample(session=0.5, after=60) << gate(OPEN) << told()


def test_what_ends_under_an_override_is_not_told():
    story = Story() >> sample(session=0.4) >> refused(after=10) << told("gate_closed") >> overridden()
    story >> sample(session=0.4, after=60) << gate(OPEN) << told()


def test_several_refusals_at_the_start_are_one_message():
    seen = Story() >> refused(session="a") >> refused("week", session="b", resets_at=WEEK_RESET)
    story = Story() >> sample(session=0.4)
    story.news = seen.news
    story >> rested() << gate(CLOSED) << told("gate_closed")


def test_a_clean_exit_leaves_nobody_behind_it():
    Story() >> sample(session=0.97) >> refused(after=1) >> quits() << gate(UNKNOWN)


def test_a_refusal_asks_for_a_reading_soon_within_the_limits():
    story = Story() >> sample(session=0.4) >> later(200)
    before = len(story.polled)
    story >> refused()
    assert [why for _, why in story.polled[before:]] == ["refused"]
    story >> failing(FailureKind.OFFLINE) >> refused(session="b") >> later(60) << polls(before + 1)


def test_a_refusal_that_a_reading_has_answered_asks_for_nothing():
    story = Story() >> sample(session=0.4) >> later(200)
    before = len(story.polled)
    story >> refused(age=201)
    story >> refused(age=10, session="c")
    assert len(story.polled) == before + 1
    story >> refused(age=10, session="c")
    assert len(story.polled) == before + 1


def test_the_gate_is_not_written_anew_for_the_same_refusal():
    story = Story() >> sample(session=0.97) >> refused(after=1)
    written = len(story.published)
    story >> rested(after=1) >> rested(after=1)
    assert len(story.published) == written


# ---- any order of things

ACTS = st.one_of(
    st.tuples(st.just("reading"), st.sampled_from([0.0, 0.5, 0.94, 0.95, 1.0])),
    st.tuples(st.just("refused"), st.sampled_from([None, 600.0, 3 * HOUR])),
    st.tuples(st.just("answered"), st.just(0)),
    st.tuples(st.just("rested"), st.just(0)),
    st.tuples(st.just("killed"), st.just(0)),
    st.tuples(st.just("time"), st.sampled_from([1.0, 170.0, 900.0, 4000.0, 8000.0])),
)


@given(acts=st.lists(ACTS, max_size=10))
@hypothesis_settings(max_examples=40, deadline=None)
def test_no_order_of_things_keeps_it_past_its_reset_or_a_fresh_reading_or_opens_it_without_evidence(acts):
    story = Story() >> failing()
    refusal_at, ends, spoken = None, None, None
    for number, (what, value) in enumerate(acts):
        story >> later(1)
        match what:
            case "reading":
                story >> sample(session=value, resets_at=story.now + 4 * HOUR)
                if not reaches(value, 95):
                    spoken = story.now
            case "refused":
                ends = None if value is None else story.now + value
                refusal_at = story.now
                story >> refused(resets_at=ends, session=f"s{number}")
            case "answered":
                story >> answered(session="other")
                spoken = story.now
            case "rested":
                story >> rested()
            case "killed":
                story >> killed(1) >> rested()
            case "time":
                story >> later(value)
        story.news = replace(
            story.news, refusals=tuple(r for r in story.news.refusals if not r.resets_at or r.resets_at > story.now)
        )
        closed = story.ask().verdict == CLOSED
        stands = refusal_at is not None and (spoken is None or spoken <= refusal_at)
        assert not closed or stands
        assert (
            not closed
            or ends is None
            or any(r.resets_at is None or story.now < r.resets_at for r in story.news.refusals)
        )
        if stands and story.now - refusal_at < MINUTE and (ends is None or story.now < int(ends)):
            assert closed
