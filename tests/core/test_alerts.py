"""What a person is told: once per crossing per window, across restarts, never a burst (DESIGN 8)."""

from __future__ import annotations

import pytest

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    Story,
    answering,
    change,
    gate,
    killed,
    later,
    overridden,
    override_taken_back,
    paused,
    sample,
    told,
    unpaused,
    until,
)
from ringfence.core import alerts
from ringfence.core.model import AccountMemory, Alert, AlertAction, AlertKind, Memory, Shown
from ringfence.core.settings import Notify

NEW = RESET + 5 * HOUR
QUIET = dict.fromkeys(("tiers", "gate", "reset", "sign_in", "blind", "forecast", "failover"), False)


def calm(**more) -> Story:
    """A monitor that has had its first reading."""
    return Story(**more) >> sample(session=0.1, week=0.1)


@pytest.mark.parametrize("line", [0.5, 0.8, 0.95])
def test_each_line_is_told_once(line):
    """DESIGN 8: tier crossings 50/80/95; equality counts."""
    story = calm() >> sample(session=line - 0.01) >> sample(session=line)
    assert story.alerts[-1].line == line
    count = len(story.alerts)
    for _ in range(5):
        story >> sample(after=300, session=line + 0.01)
    assert len(story.alerts) == count


def test_a_jump_over_several_lines_is_one_message():
    """DESIGN 8: never a burst."""
    story = calm() >> sample(session=0.97) << told("tier")
    assert story.alerts[-1].line == 0.95


def test_a_closing_is_critical_and_has_a_button_and_tells_its_tier_too():
    """DESIGN 8, issue 2."""
    story = calm(session_pct=90) >> sample(session=0.91) << told("gate_closed")
    alert = story.alerts[-1]
    assert alert.critical
    assert alert.actions == (AlertAction.OVERRIDE_UNTIL_RESET, AlertAction.OPEN_WINDOW)
    assert (alert.window.id, alert.hold.threshold_pct) == ("session", 90)


def test_only_a_closing_is_critical():
    """Issue 2: urgency critical only when the gate closes."""
    story = calm(session_pct=90) >> sample(session=0.6, week=0.97) >> sample(session=0.91) >> until(RESET + 400)
    story >> sample(session=0.01, resets_at=NEW)
    assert {a.kind for a in story.alerts if a.critical} == {AlertKind.GATE_CLOSED}


def test_nothing_is_told_again_after_a_restart():
    """DESIGN 8: the memory went through a file."""
    story = calm(session_pct=90) >> sample(session=0.91) << told("gate_closed")
    story >> killed(60) >> sample(session=0.92) << told() >> killed(60) >> sample(session=0.93) << told()


def test_what_was_crossed_before_the_start_is_one_summary():
    """DESIGN 8."""
    story = Story(session_pct=90) >> sample(session=0.96, week=0.85, Opus=0.6) << told("summary")
    summary = story.alerts[0]
    assert {w.id for w in summary.windows} == {"session", "week", "model:Opus"}
    assert summary.hold.window == "session"
    assert summary.critical
    story >> sample(after=300, session=0.97, week=0.86, Opus=0.61) << told()


def test_a_half_full_window_is_no_news_at_the_start():
    """DESIGN 8."""
    Story() >> sample(session=0.7, week=0.79) << told() >> sample(session=0.8) << told("tier")


def test_a_reading_that_wanders_around_a_line_is_told_once():
    """DESIGN 8: five-hour readings flap."""
    story = calm() >> sample(session=0.8) << told("tier")
    for used in (0.79, 0.81, 0.65, 0.8):
        story >> sample(after=300, session=used) << told()


def test_a_gate_that_wanders_around_its_threshold_is_told_once():
    """DESIGN 8."""
    story = calm(session_pct=90) >> sample(session=0.9) << told("gate_closed")
    for used in (0.89, 0.9, 0.89, 0.9):
        story >> sample(after=300, session=used) << told()


def test_an_early_reset_arms_the_lines_again():
    """DESIGN 8, 2.6."""
    story = calm(session_pct=90) >> sample(session=0.91) << told("gate_closed")
    story >> sample(after=300, session=0.02) << gate("open") << told("gate_opened")
    story >> sample(after=300, session=0.92) << told("gate_closed")


def test_a_low_threshold_is_armed_again_too():
    """DESIGN 8."""
    story = calm(session_pct=15) >> sample(session=0.16) << told("gate_closed")
    story >> sample(session=0.01) << told("gate_opened") >> sample(session=0.16) << told("gate_closed")


def test_a_new_window_is_told_anew_and_the_reset_once():
    """DESIGN 8."""
    story = (
        calm() >> sample(session=0.85) << told("tier") >> answering(session=0.01, resets_at=NEW) >> until(RESET + 700)
    )
    story << told("reset") >> later(HOUR) << told() >> answering(session=0.85, resets_at=NEW) >> later(6 * MINUTE)
    story << told("tier")


def test_a_reset_that_opens_the_gate_is_one_message():
    """DESIGN 8."""
    story = (
        calm(session_pct=90) >> sample(session=0.91) << told("gate_closed") >> answering(session=0.01, resets_at=NEW)
    )
    story >> until(RESET + 300) << gate("open") << told("gate_opened")
    assert [w.id for w in story.alerts[-1].windows] == ["session"]


def test_a_new_window_that_is_half_full_already_opens_the_gate_aloud():
    """DESIGN 8."""
    story = (
        calm(session_pct=90) >> sample(session=0.91) << told("gate_closed") >> answering(session=0.75, resets_at=NEW)
    )
    story >> until(RESET + 300) << gate("open")
    assert story.alerts[-1].kind is AlertKind.GATE_OPENED or story.alerts[-2].kind is AlertKind.GATE_OPENED


def test_an_answer_without_its_reset_is_no_new_window():
    """DESIGN 8: an endpoint may leave it out once and name it again."""
    story = calm() >> sample(session=0.85) << told("tier")
    story >> sample(session=0.85, resets_at=None) << told() >> sample(session=0.85) << told()


def test_the_old_window_repeated_after_a_rollover_is_told_neither_way():
    """DESIGN 2.6, 8: FORMATS A2, the endpoint repeats."""
    story = calm() >> until(RESET - 60)
    (
        story
        >> sample(session=0.85)
        << told("blind", "tier")
        >> sample(after=120, session=0.55, resets_at=NEW)
        << told("tier")
    )
    story >> sample(after=10, session=0.85) << told() >> sample(after=10, session=0.56, resets_at=NEW) << told()


def test_a_reset_time_that_wanders_is_the_same_window():
    """FORMATS A2: by a second around the minute, a gateway's by minutes."""
    story = calm() >> sample(session=0.85) << told("tier")
    (
        story
        >> sample(session=0.85, resets_at=RESET + 0.9)
        << told()
        >> sample(session=0.85, resets_at=RESET - 300)
        << told()
    )


def test_a_window_that_is_gone_from_an_answer_is_not_told_again_when_it_returns():
    """DESIGN 8."""
    calm() >> sample(session=0.85) << told("tier") >> sample(week=0.1) << told() >> sample(session=0.85) << told()


def test_a_remembered_line_is_forgotten_when_its_window_is_over():
    """DESIGN 3: memory does not grow for ever."""
    memory = AccountMemory(name="default", shown=(Shown(window="gone", line="80", resets_at=T0 - 700),))
    from core.story import reading

    after, _ = alerts.alerts_of_sample(reading(session=0.1), memory, first=False, closing=None, opened=False)
    assert after.shown == ()


def test_a_line_that_another_version_remembered_stands_in_no_readings_way():
    memory = AccountMemory(name="default", shown=(Shown(window="session", line="doubled", resets_at=RESET),))
    calm(memory=Memory(accounts=(memory,))) >> sample(session=0.55) << told("tier")


def test_a_gate_that_the_person_closes_with_a_setting_is_not_told():
    """DESIGN 8: they know; the next reading does not bring it up again."""
    story = calm() >> sample(session=0.6) << told("tier") >> change(session_pct=50) << gate("closed") << told()
    story >> sample(after=300, session=0.61) << told()


def test_a_pause_and_its_end_are_not_told():
    """DESIGN 8: the person did it."""
    calm() >> paused() << told() >> unpaused() << told()


def test_the_closing_under_an_override_is_told_when_the_override_ends():
    """DESIGN 2.5, 8."""
    story = calm(session_pct=90) >> answering(session=0.91) >> overridden(for_s=600) >> sample(session=0.91)
    story << told("tier") >> later(600) << told("gate_closed")


def test_a_model_of_its_own_threshold_closes_aloud():
    """DESIGN 8, 2.3: its launches are refused from now on."""
    story = Story(models={"Opus": 60}, notify={"tiers": False}) >> sample(Opus=0.1) >> sample(Opus=0.65)
    story << told("gate_closed") << gate("open")
    assert story.alerts[-1].hold.scope.model == "Opus"


def test_a_second_hold_on_a_closed_gate_is_no_second_closing():
    """DESIGN 8."""
    story = calm(session_pct=90, week_pct=90, notify={"tiers": False}) >> sample(session=0.91, week=0.5)
    story << told("gate_closed") >> sample(session=0.92, week=0.91) << told()


def test_what_is_switched_off_is_not_told():
    """DESIGN 8: notification kinds."""
    story = calm(session_pct=90, notify=QUIET) >> sample(session=0.97) >> overridden(for_s=60) >> later(90)
    story >> override_taken_back() >> later(3 * HOUR) >> sample(session=0.01, resets_at=NEW) << told()


@pytest.mark.parametrize("kind", list(AlertKind))
def test_each_kind_of_alert_has_a_switch_and_trouble_has_none(kind):
    """DESIGN 8."""
    silent = Notify(**QUIET)
    assert alerts.wanted(Alert(kind=kind, at=T0), Notify())
    assert alerts.wanted(Alert(kind=kind, at=T0), silent) is (kind is AlertKind.TROUBLE)
