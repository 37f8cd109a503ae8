"""The rules of DESIGN 4 that the writer keeps: first line, lease, blindness, serials, refusals."""

from __future__ import annotations

import json

from core.story import (
    HOUR,
    MINUTE,
    RESET,
    T0,
    Story,
    answering,
    dead,
    failed,
    failing,
    gate,
    killed,
    later,
    overridden,
    paused,
    quits,
    sample,
    told,
    unpaused,
)
from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.events import FileFailed, FileRecovered, TimeCame
from ringfence.core.model import Gate, Latches, Pause, Scope


def test_the_first_line_is_exactly_the_shells():
    """DESIGN 4."""
    story = Story(session_pct=90) >> sample(session=0.92)
    assert story.raw.startswith(b'{"verdict":"closed","valid_until":%d,\n' % (T0 + 900))
    assert json.loads(story.raw)["verdict"] == "closed"


def test_the_refusal_has_its_five_fields():
    """DESIGN 4."""
    story = Story(session_pct=90) >> sample(session=0.92)
    assert story.document["refusal"] == {
        "error": "quota_threshold_reached",
        "reason": "session_threshold",
        "utilization_pct": 92,
        "threshold_pct": 90,
        "resets_at": gate_reader.iso(RESET),
    }


def test_the_refusal_of_a_pause_has_nulls():
    """DESIGN 4."""
    story = Story() >> paused()
    assert story.document["refusal"] == {
        "error": "paused",
        "reason": "manual_pause",
        "utilization_pct": None,
        "threshold_pct": None,
        "resets_at": None,
    }


def test_there_is_no_refusal_while_the_gate_is_open():
    """DESIGN 4."""
    assert (Story() >> sample(session=0.1)).document["refusal"] is None


def test_valid_until_of_open_is_the_lease():
    """DESIGN 4."""
    assert (Story(blind_after_s=3600) >> sample(session=0.1)).document["valid_until"] == T0 + 900


def test_valid_until_of_open_ends_with_the_evidence_when_that_is_first():
    """DESIGN 4: evidence ages apart from the lease."""
    story = Story() >> sample(session=0.1) >> failing() >> later(19 * MINUTE)
    assert story.document["valid_until"] == T0 + 1200


def test_valid_until_of_an_open_ended_pause_is_null_and_of_one_with_an_end_its_end():
    """DESIGN 4."""
    story = Story() >> paused()
    assert story.document["valid_until"] is None
    story >> paused(for_s=7200)
    assert story.document["valid_until"] == T0 + 7200


def test_valid_until_of_an_overridden_gate_is_at_most_the_overrides_end():
    """DESIGN 4."""
    story = Story(session_pct=90) >> sample(session=0.92) >> overridden(for_s=60)
    assert (story.document["verdict"], story.document["valid_until"]) == ("open", T0 + 60)


def test_past_valid_until_the_verdict_is_unknown():
    """DESIGN 4."""
    Story() >> sample(session=0.1) >> dead(899) << gate("open") >> dead(1) << gate("unknown")


def test_the_lease_is_900_s_and_renewed_at_least_every_300_s():
    """DESIGN 4."""
    story = Story() >> failing() >> later(6 * HOUR)
    gaps = [b - a for a, b in zip(story.published, story.published[1:], strict=False)]
    assert max(gaps) <= 300
    assert story.document["lease_until"] == story.published[-1] + 900


def test_every_write_carries_the_serial_it_is_given():
    """DESIGN 4: it rises by one at every write, whoever writes."""
    story = Story() >> sample(session=0.1) >> paused() >> unpaused()
    assert story.document["serial"] == story.serial > 3


def test_an_open_gate_goes_blind_after_blind_after_s_with_one_alert():
    """DESIGN 4."""
    story = Story() >> answering(session=0.1) >> sample(session=0.1) >> failing()
    story >> later(1199) << gate("open") << told() >> later(1) << gate("unknown") << told("blind")
    story >> later(24 * HOUR) << gate("unknown") << told() >> killed(60) >> later(HOUR) << told()


def test_a_fresh_reading_ends_the_blindness_and_the_next_one_is_told_again():
    """DESIGN 4."""
    story = Story() >> sample(session=0.1) >> later(1200) << told("blind") >> sample(session=0.1) << gate("open")
    story >> later(1200) << gate("unknown") << told("blind")


def test_a_closed_gate_goes_unknown_after_six_times_blind_after_s():
    """DESIGN 4."""
    story = Story(session_pct=90) >> sample(session=0.92) >> failing() << told("summary")
    story >> later(6 * 1200 - 1) << gate("closed") << told("blind") >> later(1) << gate("unknown") << told()


def test_the_need_to_sign_in_is_told_once_and_stands_for_the_blindness_too():
    """DESIGN 8: two messages for one cause are a burst."""
    story = Story() >> sample(session=0.1) >> failing("expired", requested=False) >> later(24 * HOUR)
    story << gate("unknown") << told("sign_in")


def test_whoever_switched_sign_in_alerts_off_still_hears_of_the_blindness():
    """DESIGN 4: the person is told."""
    (Story(notify={"sign_in": False}) >> sample(session=0.1) >> failing("expired") >> later(2 * HOUR) << told("blind"))


def test_a_clean_exit_says_that_the_monitor_stopped():
    """DESIGN 4."""
    story = Story() >> sample(session=0.1) >> quits() << gate("unknown")
    assert story.document["note"] == "monitor stopped"
    assert "stopped" in story.ask().why
    effects = [type(e).__name__ for e in story.effects]
    assert effects == ["PublishGate", "AppendChange", "SaveMemory", "WriteStatus", "Quit"]


def test_nothing_happens_after_the_exit():
    """DESIGN 4: a late answer must not raise the gate from the dead."""
    story = Story() >> sample(session=0.1) >> quits() >> sample(session=0.2)
    assert story.effects == []


def test_a_gate_that_could_not_be_written_is_tried_again_soon_and_told_once():
    """Issue 2, bad input: a full or read-only disk."""
    story = Story() >> sample(session=0.1) << told()
    story.feed(FileFailed(at=story.now, detail="The disk is full."))
    story.feed(FileFailed(at=story.now, detail="The disk is full."))
    story << told("trouble")
    assert story.state.view.trouble == "The disk is full."
    written = len(story.published)
    story >> later(30)
    assert len(story.published) == written + 1
    story.feed(FileRecovered(at=story.now))
    assert story.state.view.trouble == ""


def test_a_hold_keeps_its_since_while_it_goes_on():
    """DESIGN 4."""
    story = Story(session_pct=90) >> sample(session=0.92) >> sample(after=300, session=0.94)
    hold = story.document["holds"][0]
    assert (hold["since"], hold["observed_at"], hold["utilization_pct"]) == (T0, T0 + 300, 94)


def test_the_monitor_and_the_file_agree_on_the_second_in_which_a_hold_ends():
    """DESIGN 4: else the picture would say closed for minutes while every reader says unknown."""
    story = Story(session_pct=90, at=T0 + 0.6) >> sample(session=0.92) >> failing() >> later(7200.5) << gate("unknown")
    assert story.state.view.verdict == "unknown"


def test_before_the_start_any_event_has_an_answer():
    """DESIGN 6: step is total."""
    from ringfence.core.reducer import State, step

    _, effects = step(State(), TimeCame(at=T0))
    assert "PublishGate" in {type(e).__name__ for e in effects}


def test_a_document_that_was_read_gives_its_latches_and_holds_back():
    """DESIGN 4: the tray of `ringfence status` draws from the file alone."""
    pause = Pause(since=T0, until=T0 + 60, scope=Scope(account="a", model="Opus", class_="batch"), why="deploying")
    story = Story(session_pct=90) >> sample(session=0.92) >> overridden(for_s=60)
    document = gating.with_latches(story.document, Latches(pauses=(pause,), override=story.latches.override), T0)
    assert gating.latches_in(document) == Latches(pauses=(pause,), override=story.latches.override)
    assert gating.holds_in(document) == story.state.gate.holds


def test_a_pause_replaces_the_one_of_the_same_scope():
    """DESIGN 2.5."""
    first, second = Pause(since=T0, until=None), Pause(since=T0, until=T0 + 60)
    other = Pause(since=T0, until=None, scope=Scope(model="Opus"))
    latches = gating.with_pause(gating.with_pause(gating.with_pause(Latches(), first), other), second)
    assert latches.pauses == (other, second)
    assert gating.without_pauses(latches, Scope()).pauses == (other,)
    assert gating.without_pauses(latches).pauses == ()


def test_a_model_s_pause_is_the_same_in_any_case():
    """A launcher may write `--model Opus` and the person `opus`: the gate holds both, so one pause is replaced."""
    upper = Pause(since=T0, until=None, scope=Scope(model="Opus"))
    lower = Pause(since=T0, until=T0 + 60, scope=Scope(model="opus"))
    latches = gating.with_pause(gating.with_pause(Latches(), upper), lower)
    assert latches.pauses == (lower,)
    assert gating.without_pauses(latches, Scope(model="OPUS")).pauses == ()
    assert gating.without_pauses(latches, Scope(model="opus", class_="batch")).pauses == (lower,)


def test_a_pause_can_be_written_where_no_monitor_ever_ran():
    """DESIGN 5: pause works with or without a running monitor."""
    nobody = Gate(lease_until=0.0)
    document = gating.gate_document(nobody, Latches(pauses=(Pause(since=T0, until=None),)), now=T0)
    assert gate_reader.evaluate(document, T0).verdict == "closed"
    assert gate_reader.evaluate(gating.with_latches(document, Latches(), T0), T0).verdict == "unknown"


def test_a_failure_of_the_next_kind_begins_anew():
    """DESIGN 2.1: since when tells how long this trouble lasts."""
    story = Story() >> failed("offline") >> failed("offline", after=300) >> failed("server_error", after=300)
    assert story.account.failure.since == T0 + 600
