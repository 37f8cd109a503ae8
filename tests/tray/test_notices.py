"""What the window says beside the rings: reasons, and the settings they rest on."""

from dataclasses import replace

from ringfence import face_texts, texts
from ringfence.tray.notices import hold_lines
from tray.states import NOW, STATES


def test_a_single_reason_is_said_once_in_the_state_line():
    view = STATES["closed"]()
    assert hold_lines(view, NOW) == []
    assert face_texts.subline(view, NOW) == texts.hold_text(view.holds[0], NOW)


def test_a_file_in_trouble_hides_no_reason():
    view = replace(STATES["closed"](), trouble="settings.toml is not TOML.")
    reason = texts.hold_text(view.holds[0], NOW)
    assert face_texts.subline(view, NOW) == "settings.toml is not TOML."
    assert [text for text, _ in hold_lines(view, NOW)] == [reason]
    assert reason in face_texts.tooltip(view, NOW)
    assert view.trouble in face_texts.tooltip(view, NOW)


def test_the_tooltip_says_a_failure_once():
    said = face_texts.tooltip(STATES["signed_out"](), NOW)
    assert said.count("Not signed in") == 1


def test_a_hold_that_nobody_stands_behind_is_not_the_reason():
    view = replace(STATES["closed"](), verdict="unknown", why_unknown="The monitor was stopped.")
    assert face_texts.subline(view, NOW) == "The monitor was stopped."
    assert hold_lines(view, NOW) == []


def test_no_reading_is_announced_by_a_monitor_that_is_gone():
    (account,) = STATES["calm"]().accounts
    planned = replace(account, next_poll_at=NOW + 60, next_poll_why="regular")
    assert "next" in texts.provenance_text(planned, NOW)
    assert "next" not in texts.provenance_text(planned, NOW + 300)


def test_a_number_that_waits_for_a_second_reading_is_no_next_stop():
    assert texts.next_stop_text(STATES["doubted"](), NOW) == "Next stop: Week at 85 %"


def test_no_threshold_is_called_missing_before_a_window_is_seen():
    assert "No threshold is set" in texts.next_stop_text(STATES["no_threshold"](), NOW)
    assert texts.next_stop_text(STATES["loading"](), NOW) == ""
