"""Whose turn it is: in the order of asking, never two in one moment, and nobody stands in the way of the others."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.queueing import Turn, Waiter, next_turn

NOW = 1795305600.0
SECONDS = st.floats(0, 3600)
FLAGS = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), max_size=8)
LAST = st.none() | st.floats(NOW - 1e6, NOW + 1e6)


def queue(flags) -> list[Waiter]:
    return [Waiter(id=i, may_start=may, passed=passed, spread=s) for i, (may, passed, s) in enumerate(flags, 1)]


def ready(*numbers: int, spread: float = 0.0) -> list[Waiter]:
    return [Waiter(id=number, may_start=True, spread=spread) for number in numbers]


def test_the_first_after_a_long_pause_starts_at_once() -> None:
    assert next_turn(ready(4, 5), None, NOW, 20, 10) == Turn(id=4, at=NOW)
    assert next_turn(ready(4, 5), NOW - 1000, NOW, 20, 10) == Turn(id=4, at=NOW)


def test_the_next_comes_after_the_spacing_and_its_share_of_the_jitter() -> None:
    assert next_turn(ready(5), NOW - 5, NOW, 20, 10) == Turn(id=5, at=NOW + 15)
    assert next_turn(ready(5, spread=0.5), NOW - 5, NOW, 20, 10) == Turn(id=5, at=NOW + 20)


def test_one_that_the_gate_holds_does_not_stop_those_behind() -> None:
    held = Waiter(id=1, may_start=False)
    assert next_turn([held, *ready(2, 3)], None, NOW, 20, 10) == Turn(id=2, at=NOW)
    assert next_turn([held], None, NOW, 20, 10) is None
    assert next_turn([], None, NOW, 20, 10) is None


def test_who_was_let_through_goes_first_and_at_once_though_the_gate_is_closed() -> None:
    waiters = [Waiter(id=1, may_start=False), Waiter(id=2, may_start=False, passed=True), *ready(3)]
    assert next_turn(waiters, NOW - 1, NOW, 20, 10) == Turn(id=2, at=NOW)


def test_a_release_by_a_clock_that_ran_ahead_does_not_lock_the_queue() -> None:
    assert next_turn(ready(1), NOW + 86400, NOW, 20, 10) == Turn(id=1, at=NOW)


def test_a_release_that_is_just_ahead_of_this_look_still_counts() -> None:
    assert next_turn(ready(1), NOW + 0.01, NOW, 20, 10) == Turn(id=1, at=NOW + 20.01)


@given(FLAGS, LAST, SECONDS, SECONDS)
def test_the_turn_is_the_first_ones_and_comes_in_bounded_time(flags, last, spacing, jitter) -> None:
    waiters = queue(flags)
    turn = next_turn(waiters, last, NOW, spacing, jitter)
    passed = [w.id for w in waiters if w.passed]
    able = [w.id for w in waiters if w.may_start]
    expected = (passed or able or [None])[0]
    assert (turn.id if turn else None) == expected
    if turn is not None:
        assert NOW <= turn.at <= NOW + 2 * (spacing + jitter)


@given(FLAGS, st.floats(0.1, 3600), SECONDS, st.booleans())
def test_a_whole_queue_drains_in_order_and_never_bursts(flags, spacing, jitter, gate_opens_late) -> None:
    waiters = [Waiter(id=w.id, may_start=True, spread=w.spread) for w in queue(flags)]
    now, last, started = NOW + gate_opens_late * 5, None, []
    while turn := next_turn(waiters, last, now, spacing, jitter):
        now = last = turn.at
        started.append((turn.id, turn.at))
        waiters = [w for w in waiters if w.id != turn.id]
    assert [number for number, _ in started] == sorted(number for number, _ in started)
    assert len(started) == len(flags)
    gaps = [b - a for (_, a), (_, b) in pairwise(started)]
    assert all(spacing * 0.999 - 1e-3 <= gap <= spacing + jitter + 1e-3 for gap in gaps)
