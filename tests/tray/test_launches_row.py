"""The row of held launches: hidden when there are none, said to eyes and to screen readers, a button when one waits."""

from dataclasses import replace

from ringfence.core.model import HeldLaunch, Launches
from ringfence.tray.labels import MAY_BREAK
from tray.states import NOW, STATES
from tray.test_window import buttons, clock, said, window

__all__ = ["clock", "window"]
WAITS = HeldLaunch(id=1, asked_at=NOW - 600, command="claude", class_="batch", reason="manual_pause", state="waiting")
BUTTON = "Let the next one through"


def show(window, launches):
    window.show_view(replace(STATES["closed"](), launches=launches), NOW)


def test_nothing_is_said_while_nothing_was_held(window):
    show(window, Launches())
    assert "Held today" not in said(window)
    assert BUTTON not in buttons(window)


def test_refused_launches_are_counted_and_nothing_can_be_let_through(window):
    show(window, Launches(refused_today=3, by_reason=(("session_threshold", 3),)))
    assert "Held today: 3" in said(window)
    assert BUTTON not in buttons(window)


def test_a_waiting_launch_can_be_let_through(window, qtbot):
    show(window, Launches(waiting=(WAITS,), refused_today=2, by_reason=(("session_threshold", 2), ("manual_pause", 1))))
    assert "Held today: 3 (1 waiting)" in said(window)
    with qtbot.waitSignal(window.next_launch_asked, timeout=1000):
        window._launches._next.click()


def test_the_holds_are_named_for_a_pointer_and_for_a_screen_reader(window):
    show(window, Launches(waiting=(replace(WAITS, command="<b>x</b>"),), by_reason=(("session_threshold", 2),)))
    label = window._launches._said
    assert "session threshold: 2" in label.accessibleDescription()
    assert label.accessibleName() == label.text().replace(MAY_BREAK, "")
    assert "session threshold: 2" in label.toolTip()
    assert "<" not in label.toolTip()


def test_the_row_goes_when_the_day_is_over(window):
    show(window, Launches(refused_today=1, by_reason=(("session_threshold", 1),)))
    show(window, Launches())
    assert "Held today" not in said(window)
