"""The view that every face draws (DESIGN 8), from readings, gate and settings at one moment."""

from __future__ import annotations

import pytest

from core.story import (
    RESET,
    T0,
    Story,
    failed,
    killed,
    later,
    overridden,
    pause_by_command,
    paused,
    reading,
    sample,
    settings,
    unpaused,
)
from ringfence.core.model import (
    AccountStatus,
    Failure,
    FailureKind,
    Money,
    Pause,
    Scope,
    Status,
    Tier,
    Window,
    WindowState,
)
from ringfence.core.pace import PaceVerdict
from ringfence.core.ring import AccountState, Arc, build_view, stale_after_s


def test_the_outer_arc_is_the_session_and_the_inner_one_the_week():
    """DESIGN 8."""
    view = (Story() >> sample(session=0.91, week=0.4)).state.view
    assert view.outer == Arc(used=0.91, tier=Tier.HIGH, state=WindowState.LIVE)
    assert view.inner == Arc(used=0.4, tier=Tier.CALM, state=WindowState.LIVE)


def test_a_window_carries_what_its_ring_says():
    """DESIGN 8: percent, label, countdown, pace, source, age, and which hold binds."""
    story = Story(session_pct=90) >> sample(session=0.91, week=0.4)
    session, week = story.state.view.accounts[0].windows
    assert (session.holds, session.threshold_pct, session.pace.verdict) == (True, 90, PaceVerdict.HOT)
    assert (session.resets_at, session.label, session.tier) == (RESET, "5-hour session", Tier.HIGH)
    assert (week.holds, week.threshold_pct) == (False, None)


def test_holds_are_still_listed_while_overridden():
    """DESIGN 8: which hold binds and why."""
    view = (Story(session_pct=90) >> sample(session=0.91) >> overridden(for_s=60)).state.view
    assert (view.verdict, view.override.until, [h.window for h in view.holds]) == ("open", T0 + 60, ["session"])


def test_a_pause_of_everything_is_a_pause_and_one_of_a_class_is_not():
    """DESIGN 8: the pause mark."""
    story = Story() >> sample(session=0.1)
    assert not story.state.view.paused
    story >> pause_by_command(Pause(since=T0, until=None, scope=Scope(class_="batch")))
    assert not story.state.view.paused
    assert (story >> paused()).state.view.paused
    assert not (story >> unpaused()).state.view.paused


def test_the_failure_of_the_first_account_is_the_one_that_is_marked():
    """DESIGN 8: the error mark."""
    story = Story() >> failed("offline")
    assert story.state.view.failure.kind is FailureKind.OFFLINE
    assert build_view(Status(written_at=T0, accounts=()), None, settings(), now=T0).failure is None


def test_without_a_gate_the_view_says_why():
    """DESIGN 2.4."""
    view = build_view(Status(written_at=T0, accounts=()), None, settings(), now=T0, why_unknown="It is not there.")
    assert (view.verdict, view.why_unknown, view.stale) == ("unknown", "It is not there.", True)
    assert (view.holds, view.pauses, view.override) == ((), (), None)


def test_an_unknown_gate_says_why():
    """DESIGN 2.4."""
    view = (Story() >> failed("offline")).state.view
    assert view.why_unknown == "There is no fresh reading of this account's usage."


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_failure_is_a_state_that_status_prints(kind):
    """DESIGN 5."""
    failure = Failure(kind=kind, at=T0, since=T0, detail="")
    status = Status(written_at=T0, accounts=(AccountStatus(name="a", sample=reading(session=0.1), failure=failure),))
    view = build_view(status, None, settings(), now=T0)
    assert view.accounts[0].state is AccountState(kind)


def test_two_missed_polls_are_stale():
    """DESIGN 2.1."""
    assert stale_after_s(300) == 660
    assert stale_after_s(5) == 65


def test_a_spend_meter_is_live_without_a_reset_and_has_no_threshold():
    """FORMATS A2."""
    money = Money(used_minor=0, limit_minor=5000, currency="EUR")
    window = Window(id="spend:monthly", label="Spend", used=0.0, resets_at=None, money=money)
    assert window.state(T0) is WindowState.LIVE
    story = Story(session_pct=1, week_pct=1)
    story >> sample(session=0.0)
    status = Status(written_at=T0, accounts=(AccountStatus(name="a", sample=_with(window)),))
    view = build_view(status, None, story.settings, now=T0)
    assert (view.accounts[0].windows[0].money, view.accounts[0].windows[0].threshold_pct) == (money, None)


def test_a_window_without_a_number_has_no_tier():
    """DESIGN 2.1."""
    window = Window(id="session", label="5-hour session", used=None, resets_at=RESET)
    status = Status(written_at=T0, accounts=(AccountStatus(name="a", sample=_with(window)),))
    view = build_view(status, None, settings(), now=T0)
    assert (view.outer.used, view.outer.tier, view.outer.state) == (None, None, WindowState.UNREPORTED)


def test_the_view_after_a_restart_is_that_of_the_last_reading():
    """DESIGN 3: status.json."""
    story = Story() >> sample(session=0.62) >> later(60) >> killed(30)
    window = story.state.view.accounts[0].windows[0]
    assert (window.used, window.observed_at) == (0.62, T0)


def test_nothing_is_drawn_when_the_picture_is_the_same():
    """DESIGN 8: redrawn only when the picture changes."""
    story = Story() >> sample(session=0.1)
    assert "Show" in {type(e).__name__ for e in story.effects}
    story >> later(0)
    from ringfence.core.events import TimeCame

    story.feed(TimeCame(at=story.now))
    assert [type(e).__name__ for e in story.effects] == ["WakeAt"]


def _with(window: Window):
    from dataclasses import replace

    return replace(reading(), windows=(window,))
