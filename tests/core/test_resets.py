"""Which reset a pause "until the reset" waits for: one rule for every face."""

from __future__ import annotations

from core.story import T0, reading
from ringfence.core.model import SESSION_S, Scope
from ringfence.core.resets import end_of_pause, reset_for, reset_of

ALL = Scope()


def test_a_session_that_resets_in_this_second_is_none_to_wait_for():
    assert reset_for([("session", T0)], ALL, T0) is None
    assert reset_for([("session", T0 + 1)], ALL, T0) == T0 + 1


def test_a_models_pause_ends_with_its_own_week_where_that_runs():
    resets = [("session", T0 + 60), ("week", T0 + 70), ("model:Opus", T0 + 80), ("model:Fable", T0 - 1)]
    assert reset_for(resets, Scope(model="claude-opus-4-6"), T0) == T0 + 80
    assert reset_for(resets, Scope(model="Fable"), T0) == T0 + 60
    assert reset_for(resets, Scope(class_="batch"), T0) == T0 + 60


def test_who_cannot_be_asked_again_waits_no_longer_than_a_session():
    assert end_of_pause([], Scope(model="Opus"), T0) == T0 + SESSION_S
    assert end_of_pause([("session", T0 + 9)], ALL, T0) == T0 + 9


def test_the_reset_is_that_of_the_account_that_is_paused_and_of_no_other():
    first, second = reading(session=0.1, resets_at=T0 + 100), reading(session=0.1, resets_at=T0 + 200)
    assert reset_of([("work", first), ("home", second)], ALL, T0) == T0 + 100
    assert reset_of([("work", first), ("home", second)], Scope(account="home"), T0) == T0 + 200
    assert reset_of([("work", None), ("home", second)], ALL, T0) is None
    assert reset_of([("work", first)], Scope(account="gone"), T0) is None
