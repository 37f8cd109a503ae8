"""What Claude Code tells by itself: session and week without a request, beside what the endpoint alone knows."""

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
    because,
    clock_set,
    failed,
    failing,
    fed,
    gate,
    killed,
    later,
    looked,
    reading,
    sample,
    settings,
    told,
    windows,
)
from ringfence import texts
from ringfence.core import partial
from ringfence.core.effects import AppendHistory, PublishGate, WriteStatus
from ringfence.core.model import SESSION_S, AlertKind, FailureKind, Sample, Window
from ringfence.core.ring import AccountState

ENDPOINT, FEED = "oauth_usage", "statusline_feed"


def shown(story: Story) -> dict[str, tuple]:
    """Each window as it is drawn: number, age in seconds, source."""
    windows = story.state.view.accounts[0].windows
    return {w.id: (w.used, story.now - w.observed_at, w.source) for w in windows}


def planned(story: Story) -> tuple[float, str]:
    """Seconds from the last attempt to the next poll, and why."""
    return story.account.planned.at - story.account.attempted_at, story.account.planned.why


# ---- a number keeps its age and its source


def test_a_feed_renews_session_and_week_and_the_models_week_keeps_its_age():
    story = Story() >> sample(session=0.4, week=0.5, Opus=0.6) >> fed(after=100, session=0.42, week=0.51)
    assert shown(story) == {"session": (0.42, 0, FEED), "week": (0.51, 0, FEED), "model:Opus": (0.6, 100, ENDPOINT)}


def test_the_gate_file_and_status_tell_each_windows_own_age_and_source():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=100, session=0.42)
    published = {w["id"]: (w["observed_at"], w["source"]) for w in story.document["windows"]}
    assert published == {"session": (T0 + 100, FEED), "model:Opus": (T0, ENDPOINT)}
    kept = story.status.accounts[0].sample
    assert {w.id: (w.observed_at, w.source) for w in kept.windows} == published


def test_the_words_name_both_sources_each_with_its_age():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=12 * MINUTE, session=0.42)
    said = texts.provenance_text(story.state.view.accounts[0], story.now)
    assert said.startswith("Claude Code · just now · endpoint · 12 min ago")


def test_a_window_that_the_feed_does_not_name_keeps_its_age():
    story = Story() >> sample(session=0.4, week=0.5) >> fed(after=100, week=0.51)
    assert shown(story)["session"] == (0.4, 100, ENDPOINT)
    assert story.state.view.accounts[0].observed_at == T0


def test_an_account_that_only_the_feed_told_of_has_only_its_windows():
    story = Story() >> fed(session=0.4, week=0.5)
    assert shown(story) == {"session": (0.4, 0, FEED), "week": (0.5, 0, FEED)}
    story << gate("open")


def test_what_only_the_endpoint_knows_of_a_window_stays():
    full = reading(session=0.4)
    full = replace(full, windows=(replace(full.windows[0], label="Sitzung", headline=True),))
    told_at = replace(reading(T0 + 5, session=0.5), source=FEED, partial=True)
    (session,) = partial.merged(full, told_at).windows
    assert (session.label, session.headline, session.used, session.source) == ("Sitzung", True, 0.5, FEED)


def test_a_reading_of_the_endpoint_replaces_all_that_was_told():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=100, session=0.5) >> sample(after=100, session=0.45)
    assert shown(story) == {"session": (0.45, 0, ENDPOINT)}


def test_ages_survive_a_restart():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=100, session=0.42) >> killed(down_s=60)
    assert shown(story) == {"session": (0.42, 60, FEED), "model:Opus": (0.6, 160, ENDPOINT)}


def test_ages_survive_a_clock_that_is_set():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=100, session=0.42) >> clock_set(-HOUR)
    assert shown(story) == {"session": (0.42, 0, FEED), "model:Opus": (0.6, 100, ENDPOINT)}


def test_the_history_gets_what_was_told_and_not_what_was_kept():
    story = Story() >> sample(session=0.4, Opus=0.6) >> fed(after=100, session=0.42)
    added = [e.sample for e in story.effects if isinstance(e, AppendHistory)]
    assert [(s.source, [w.id for w in s.windows]) for s in added] == [(FEED, ["session"])]


# ---- what is no news


def test_a_feed_older_than_the_reading_is_ignored():
    story = Story() >> sample(session=0.4) >> fed(after=10, age=20, session=0.9)
    assert shown(story)["session"] == (0.4, 10, ENDPOINT)


def test_a_lower_number_of_the_same_window_is_an_older_one():
    """Two runs of Claude Code each repeat what their own last answer said."""
    story = Story() >> sample(session=0.6) >> fed(after=60, session=0.4)
    assert shown(story)["session"] == (0.6, 60, ENDPOINT)


def test_a_number_lower_by_rounding_renews_the_age_and_changes_nothing():
    story = Story(session_pct=90) >> sample(session=0.904) >> fed(after=60, session=0.90)
    assert shown(story)["session"] == (0.904, 0, FEED)
    story << gate("closed")


def test_a_number_of_the_window_before_is_ignored():
    story = Story() >> sample(session=0.1, resets_at=RESET + SESSION_S) >> fed(after=60, session=0.9)
    assert shown(story)["session"][0] == 0.1


def test_a_feed_of_an_account_that_is_gone_changes_nothing():
    story = Story() >> sample(session=0.4) >> fed(account="other", session=0.9)
    assert shown(story)["session"] == (0.4, 0, ENDPOINT)


def test_the_same_again_within_a_minute_writes_nothing():
    story = Story() >> sample(session=0.4) >> fed(after=100, session=0.42) >> fed(after=5, session=0.42)
    assert not [e for e in story.effects if isinstance(e, PublishGate | WriteStatus | AppendHistory)]
    story >> fed(after=60, session=0.42)
    assert shown(story)["session"] == (0.42, 0, FEED)


def test_a_feed_of_the_future_counts_as_now():
    story = Story() >> sample(session=0.4) >> fed(after=10, age=-100, session=0.5)
    assert shown(story)["session"] == (0.5, 0, FEED)


# ---- the gate


def test_a_feed_at_the_threshold_closes_the_gate_at_once():
    story = Story(session_pct=90) >> sample(session=0.5) >> fed(after=30, session=0.91)
    story << gate("closed") << because("session_threshold") << told("gate_closed")


def test_a_feed_of_the_next_session_reopens_the_gate():
    story = Story(session_pct=90) >> sample(session=0.95) >> failing() >> later(3 * HOUR)
    story >> fed(after=60, session=0.02, resets_at=RESET + SESSION_S) << gate("open")


def test_a_feed_without_the_session_does_not_reopen_the_gate():
    """DESIGN 2.6: a hold ends with a reading. After the reset Claude Code does not name the session any more."""
    story = (
        Story(session_pct=90) >> sample(session=0.95, week=0.5, resets_at=T0 + HOUR) >> failing() >> later(HOUR + 60)
    )
    story >> fed(week=0.51) << gate("closed")
    assert story.account.sample.window("session").used == 0.95


def test_fresh_evidence_of_session_and_week_keeps_the_gate_open_while_the_endpoint_fails():
    story = Story() >> sample(session=0.1, week=0.1) >> failing() >> later(19 * MINUTE) >> fed(session=0.2, week=0.2)
    story >> later(10 * MINUTE) << gate("open")
    story >> later(11 * MINUTE) << gate("unknown")


def test_a_models_hold_ages_from_its_own_reading():
    story = Story(models={"Opus": 80}) >> sample(session=0.1, Opus=0.9) >> failing()
    for _ in range(12):
        story >> fed(after=10 * MINUTE, session=0.1)
    story << gate("unknown", model="Opus") << gate("open")


def test_a_models_hold_stands_while_its_reading_counts():
    story = Story(models={"Opus": 80}) >> sample(session=0.1, Opus=0.9) >> failing() >> fed(after=HOUR, session=0.1)
    hold = story.document["holds"][0]
    assert (hold["observed_at"], hold["evidence_until"]) == (T0, T0 + 7200)
    story << gate("closed", model="Opus")


def test_a_feed_that_starts_too_full_needs_a_second_word():
    """DESIGN 2.6."""
    story = Story(session_pct=90) >> sample(session=0.1, week=0.1)
    start = {"week": 0.1, "resets_at": T0 + SESSION_S}
    story >> fed(after=60, session=0.97, **start) << gate("open") >> fed(after=70, session=0.97, **start)
    story << gate("closed")


def test_a_doubted_number_gives_way_to_a_lower_one():
    start = {"resets_at": T0 + SESSION_S}
    story = Story(session_pct=90) >> sample(after=60, session=0.99, **start) >> fed(after=60, session=0.02, **start)
    assert shown(story)["session"] == (0.02, 0, FEED)
    story << gate("open")


def test_two_accounts_never_mix():
    story = Story(settings(accounts=("a", "b"))) >> sample(account="a", session=0.1) >> sample(account="b", session=0.2)
    story >> fed(after=60, account="b", session=0.8)
    used = [(a.name, a.windows[0].used) for a in story.state.view.accounts]
    assert used == [("a", 0.1), ("b", 0.8)]


# ---- what is said


def test_a_crossing_is_told_once_whoever_reads_it_first():
    story = Story() >> sample(session=0.4) >> fed(after=60, session=0.55) << told("tier") >> sample(session=0.56)
    story << told()


def test_the_first_thing_told_after_a_start_is_one_summary():
    Story() >> fed(session=0.85, week=0.96) << told("summary") >> fed(after=60, session=0.96) << told("tier")


def test_the_endpoints_first_reading_after_a_start_is_no_burst():
    story = Story() >> fed(session=0.1) >> sample(after=5, session=0.1, Opus=0.85, Fable=0.96) << told("summary")
    assert {w.id for w in story.alerts[-1].windows} == {"model:Opus", "model:Fable"}


def test_a_login_that_is_refused_is_told_once_although_claude_code_goes_on():
    story = Story() >> sample(session=0.4) >> failed("expired", after=300) << told("sign_in")
    story >> fed(after=60, session=0.42) >> failed("expired", after=300) << told()
    assert story.state.view.accounts[0].state is AccountState.EXPIRED


def test_a_feed_ends_blindness_and_a_new_one_is_told_again():
    story = Story() >> sample(session=0.4) >> failing() >> later(30 * MINUTE)
    assert [a.kind for a in story.alerts] == [AlertKind.BLIND]
    story >> fed(session=0.42) >> later(30 * MINUTE)
    assert [a.kind for a in story.alerts] == [AlertKind.BLIND, AlertKind.BLIND]


# ---- polling


def test_with_a_fresh_feed_the_endpoint_is_asked_every_900_s_at_most():
    used = {"session": 0.1, "week": 0.1, "Opus": 0.1}
    story = Story() >> sample(**used) >> answering(**used) >> fed(after=1, session=0.1, week=0.1)
    for _ in range(3600 // 60):
        story >> fed(after=60, session=0.1, week=0.1)
    gaps = [b - a for (a, _), (b, _) in pairwise(story.polled)]
    assert all(700 < gap <= 900 for gap in gaps)
    assert len(gaps) in {4, 5}
    assert planned(story)[1] == "feed"


def test_a_feed_that_stops_is_replaced_by_a_reading_as_soon_as_it_is_old():
    story = Story() >> sample(session=0.1, week=0.1) >> fed(after=200, session=0.1, week=0.1)
    wait, why = planned(story)
    assert why == "feed"
    assert 200 + 270 <= wait <= 200 + 330


def test_a_feed_of_one_window_alone_does_not_replace_the_endpoint():
    story = Story() >> sample(session=0.1, week=0.1) >> fed(after=200, session=0.1)
    assert planned(story)[1] == "regular"


def test_near_a_threshold_the_feed_tells_first_and_the_endpoint_rests():
    story = Story(session_pct=90) >> sample(session=0.88) >> fed(after=100, session=0.88)
    assert planned(story) == (280, "feed")


def test_near_a_models_threshold_the_endpoint_is_asked_for_it():
    story = Story(models={"Opus": 90}) >> sample(session=0.1, Opus=0.88) >> fed(after=100, session=0.1)
    assert planned(story) == (180, "near_threshold")


def test_a_feed_leaves_retry_after_and_the_failure_as_they_are():
    story = Story() >> sample(session=0.1) >> failed("throttled", after=300, retry_after_s=1200)
    before = story.account
    story >> fed(after=60, session=0.2)
    now = story.account
    assert (now.memory.poll, now.failure.kind, now.planned) == (
        before.memory.poll, FailureKind.THROTTLED, before.planned,
    )  # fmt: skip


def test_a_feed_during_a_poll_leaves_the_poll_to_its_answer():
    story = Story() >> fed(session=0.2)
    assert story.account.in_flight
    assert len(story.account.memory.poll.requested_at) == 1


def test_a_person_who_asks_gets_a_reading_although_the_feed_is_fresh():
    story = Story() >> sample(session=0.1) >> answering(session=0.1) >> later(200) >> fed(session=0.2) >> asked()
    assert story.polled[-1] == (story.now, "asked")


def test_a_person_who_looks_spends_no_request_while_the_feed_is_fresh():
    story = Story() >> sample(session=0.1) >> answering(session=0.1) >> later(200) >> fed(session=0.2)
    before = len(story.polled)
    story >> looked()
    assert len(story.polled) == before


def test_a_models_reset_is_read_although_the_feed_is_newer():
    story = Story() >> sample(session=0.1, Opus=0.5, week_resets_at=T0 + 400)
    story >> fed(after=200, session=0.1)
    assert (story.account.planned.at, story.account.planned.why) == (T0 + 410, "reset_passed")


# ---- any merge

WINDOWS = st.builds(
    lambda used, reset: windows(session=used, resets_at=reset),
    st.floats(0, 1.2), st.sampled_from([RESET, RESET + 0.5, RESET + SESSION_S]),
)  # fmt: skip
TOLD = st.builds(
    lambda at, parts: replace(
        Sample(account="default", source=FEED, observed_at=T0 + at, windows=parts), partial=True
    ),
    st.integers(-50, 500),
    st.one_of(WINDOWS, st.builds(lambda used: windows(week=used), st.floats(0, 1.2)),
              st.builds(lambda s, w: windows(session=s, week=w), st.floats(0, 1.2), st.floats(0, 1.2))),
)  # fmt: skip


@given(st.lists(TOLD, max_size=8), st.booleans())
def test_no_window_is_ever_younger_than_where_it_was_read(feeds: list[Sample], read: bool):
    known = reading(session=0.3, week=0.4, Opus=0.5) if read else None
    told_by: dict[tuple, list[Window]] = {}
    for each in ([known] if known else []) + feeds:
        for window in each.windows:
            told_by.setdefault((window.id, each.source, each.observed_at), []).append(window)
    for each in feeds:
        before = known
        fresh = partial.news_in(each, known)
        known = partial.merged(known, fresh) if fresh.windows else known
        if before is not None:
            ages = {w.id: before.observed(w) for w in before.windows}
            assert all(known.observed(known.window(i)) >= at for i, at in ages.items())
    for window in known.windows if known else ():
        origin = told_by[window.id, known.source_of(window), known.observed(window)]
        assert any(abs(o.used - window.used) < partial.ROUNDING for o in origin)
        assert known.observed_at <= max(known.observed(w) for w in known.windows)
    if known:
        measured = [known.observed(w) for w in known.windows if w.id in partial.HEADLINE]
        assert known.observed_at == min(measured)
        assert not known.partial


@pytest.mark.parametrize("used", [0.0, 0.5, 1.2])
def test_what_is_merged_twice_is_merged_once(used):
    told_at = replace(reading(T0 + 5, session=used), source=FEED, partial=True)
    once = partial.merged(reading(session=0.1, Opus=0.2), told_at)
    assert partial.merged(once, told_at) == once
