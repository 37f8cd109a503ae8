"""What is drawn of the history: nothing is averaged away, resets and closures are where they were."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.gate_changes import GateChange, change_of, lapses
from ringfence.core.history import (
    LONGEST_STEP_S,
    Level,
    SpanKind,
    heat,
    nearest,
    no_heat,
    resets,
    runs_of,
    spans,
)

HOUR = 3600.0


def level(at, used):
    return Level(since=at, until=at, low=used, high=used)


def test_a_window_that_began_anew_at_its_time_has_one_reset_there():
    seen = [(0, 0.5, HOUR), (HOUR - 300, 0.7, HOUR), (HOUR + 300, 0.0, None), (9000, 0.1, 27000)]
    [reset] = resets(seen)
    assert (reset.at, reset.early) == (HOUR, False)


def test_an_early_reset_is_where_the_first_lower_reading_is():
    seen = [(0, 0.5, 5 * HOUR), (600, 0.9, 5 * HOUR), (900, 0.02, 5 * HOUR + 900)]
    [reset] = resets(seen)
    assert (reset.at, reset.early) == (900, True)


def test_a_reset_time_that_differs_by_seconds_is_no_reset():
    assert resets([(0, 0.5, 5000.2), (300, 0.6, 5001.9), (600, 0.6, 4999.0)]) == []


def test_a_window_that_is_idle_after_its_reset_has_begun_anew_once():
    seen = [(0.0, 1.0, HOUR), (HOUR + 60, 0.0, None), (HOUR + 360, 0.0, None), (2 * HOUR, 0.02, 7 * HOUR)]
    assert [(reset.at, reset.early) for reset in resets(seen)] == [(HOUR, False)]


@given(st.lists(st.tuples(st.floats(0, 1.2), st.integers(60, 900)), max_size=60))
def test_every_reset_lies_within_what_was_read_and_in_order(steps):
    at, seen = 0.0, []
    for used, step in steps:
        at += step
        seen.append((at, used, at + 5 * HOUR))
    found = resets(seen)
    assert all(seen[0][0] <= reset.at <= seen[-1][0] for reset in found)
    assert all(one.at <= other.at for one, other in pairwise(found))


def test_a_long_silence_breaks_the_line():
    seen = [level(0, 0.1), level(300, 0.2), level(300 + LONGEST_STEP_S + 1, 0.3)]
    assert [len(run) for run in runs_of(seen, 1.0)] == [2, 1]
    assert [len(run) for run in runs_of(seen, LONGEST_STEP_S)] == [3], "a column of two hours is no silence"


def change(at, verdict, kind="", *, overridden=False):
    return GateChange(at=at, verdict=verdict, kind=kind, window="session" if kind else "", overridden=overridden)


def test_closures_pauses_overrides_and_blindness_are_spans_and_openness_is_none():
    told = [
        change(0, "open"), change(10, "closed", "threshold"), change(20, "open", overridden=True), change(30, "open"),
        change(40, "closed", "manual"), change(50, "unknown"), change(60, "open"),
    ]  # fmt: skip
    found = [(s.kind, s.since, s.until) for s in spans(told, 0, 100)]
    assert found == [
        (SpanKind.CLOSED, 10, 20), (SpanKind.OVERRIDDEN, 20, 30), (SpanKind.PAUSED, 40, 50), (SpanKind.UNKNOWN, 50, 60),
    ]  # fmt: skip


def test_a_monitor_that_begins_with_what_the_gate_said_before_begins_no_span_of_its_own():
    told = [change(0, "closed", "threshold"), change(30, "closed", "threshold"), change(50, "open")]
    [span] = spans(told, 0, 100)
    assert (span.since, span.until) == (0, 50)
    other = [change(0, "closed", "threshold"), change(30, "closed", "manual")]
    assert [s.kind for s in spans(other, 0, 100)] == [SpanKind.CLOSED, SpanKind.PAUSED]
    again = [change(0, "closed", "threshold"), change(30, "open"), change(50, "closed", "threshold")]
    assert len(spans(again, 0, 100)) == 2


def test_a_span_is_cut_to_what_is_looked_at():
    told = [change(0, "closed", "threshold"), change(90, "open")]
    assert [(s.since, s.until) for s in spans(told, 50, 70)] == [(50, 70)]
    assert spans(told, 95, 99) == []
    assert spans([], 0, 10) == []


def utc(at):
    return int(at // 86400 + 3) % 7, int(at // HOUR) % 24  # the first day of the epoch is a Thursday


def heated(*readings):
    return heat([(at, used, None) for at, used in readings], utc, no_heat())


def test_what_was_used_belongs_to_the_hours_in_which_it_was_used():
    table = heated((0, 0.1), (HOUR, 0.3), (1.5 * HOUR, 0.3), (2 * HOUR, 0.5))
    assert table[3][0] == pytest.approx(0.2)
    assert table[3][1] == pytest.approx(0.2)
    assert sum(map(sum, table)) == pytest.approx(0.4)


def test_after_a_reset_what_is_there_counts_and_a_long_silence_counts_nothing():
    table = heated((0, 0.9), (600, 0.05))
    assert sum(map(sum, table)) == pytest.approx(0.05)
    assert sum(map(sum, heated((0, 0.1), (LONGEST_STEP_S + 1, 0.9)))) == 0


@given(st.lists(st.floats(0, 0.05), min_size=2, max_size=50), st.integers(60, 3000))
def test_the_hours_hold_exactly_what_was_used(rises, step):
    used, seen = 0.0, []
    for number, rise in enumerate(rises):
        used += rise
        seen.append((1e9 + number * step, used, None))
    table = heat(seen, utc, no_heat())
    assert sum(map(sum, table)) == pytest.approx(used - seen[0][1], abs=1e-9)
    half = len(seen) // 2
    again = heat(seen[half:], utc, heat(seen[: half + 1], utc, no_heat()))
    for row, other in zip(table, again, strict=True):
        assert row == pytest.approx(other, abs=1e-9), "read in pieces it is the same"


def test_the_nearest_level_is_the_one_under_the_pointer_or_none():
    seen = [level(0, 0.1), Level(since=100, until=200, low=0.2, high=0.4)]
    assert nearest(seen, 150, 10) is seen[1]
    assert nearest(seen, 8, 10) is seen[0]
    assert nearest(seen, 50, 10) is None


OPEN = {
    "lease_until": 1000.0, "holds": [], "override": None, "verdict": "open",
    "accounts": [{"name": "default", "evidence_until": 900.0}],
}  # fmt: skip
HOLD = {
    "kind": "threshold", "reason": "session_threshold", "window": "session", "applies_to": {}, "until": 800.0,
    "evidence_until": 900.0,
}  # fmt: skip


def test_a_change_is_told_once_with_its_cause():
    first = change_of(None, OPEN, 1.0)
    assert (first.at, first.verdict) == (1.0, "open")
    assert change_of(first, OPEN, 2.0) is None
    closed = change_of(first, OPEN | {"holds": [HOLD]}, 3.0)
    assert (closed.verdict, closed.kind, closed.reason, closed.window) == (
        "closed", "threshold", "session_threshold", "session",
    )  # fmt: skip
    assert change_of(closed, OPEN | {"holds": [HOLD]}, 4.0) is None


def test_an_override_is_a_change_only_while_it_lifts_a_hold():
    first = change_of(None, OPEN, 1.0)
    leave = {"override": {"until": 500.0}}
    assert change_of(first, OPEN | leave, 2.0) is None
    lifted = change_of(first, OPEN | leave | {"holds": [HOLD]}, 3.0)
    assert (lifted.verdict, lifted.overridden) == ("open", True)


def written(at, lease_until, *holds, evidence_until=1e6, override=None):
    accounts = [{"name": "default", "evidence_until": evidence_until}]
    return {
        "verdict": "open", "written_at": at, "lease_until": lease_until, "holds": list(holds), "override": override,
        "accounts": accounts,
    }  # fmt: skip


def paused(since, until):
    return {
        "kind": "manual", "reason": "manual_pause", "window": None, "applies_to": {}, "since": since, "until": until,
    }  # fmt: skip


def told(document, now):
    return [(change.at, change.verdict, change.kind) for change in lapses(document, now)]


def test_what_a_killed_monitor_said_last_is_over_with_its_lease():
    assert told(written(100, 1000), 5000) == [(1000, "unknown", "")]
    assert told(written(100, 1000, HOLD | {"evidence_until": 1e6}), 5000) == [(1000, "unknown", "")]
    assert told(written(100, 1000, evidence_until=700), 5000) == [(700, "unknown", "")]


def test_a_gate_whose_lease_runs_has_said_nothing_by_itself():
    assert told(written(100, 1000), 999) == []


def test_a_monitor_that_was_stopped_has_noted_its_end_itself():
    assert told(written(100, 100), 5000) == []


def test_a_pause_outlives_the_killed_monitor_and_ends_at_its_time():
    assert told(written(100, 1000, paused(50, 3000)), 5000) == [(3000, "unknown", "")]
    assert told(written(100, 1000, paused(50, None)), 5000) == []
    assert told(written(100, 1000, paused(50, 600)), 5000) == [(600, "open", ""), (1000, "unknown", "")]


def test_a_pause_made_after_the_monitor_was_killed_is_told_with_the_time_before_it():
    late = written(2000, 1000, paused(2000, 3000))
    assert told(late, 5000) == [(1000, "unknown", ""), (2000, "closed", "manual"), (3000, "unknown", "")]


def test_an_override_that_ends_closes_the_gate_until_the_lease_is_over():
    lifted = written(100, 1000, HOLD | {"evidence_until": 1e6}, override={"since": 90, "until": 500})
    assert told(lifted, 5000) == [(500, "closed", "threshold"), (1000, "unknown", "")]
