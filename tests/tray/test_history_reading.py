"""A long history is read in slices: it is what one long read would give, and the window goes on meanwhile."""

from __future__ import annotations

import asyncio
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget

from ringfence import history_texts
from ringfence.core.history import Day, Frame, heat, no_heat
from ringfence.core.model import Sample, Window
from ringfence.file_errors import FileError
from ringfence.storage.history import History
from ringfence.storage.ledger import Ledger
from ringfence.tray.history_plot import CoursePlot
from ringfence.tray.history_reader import AT_ONCE_S, Reader
from ringfence.tray.history_slices import SLICE_S, Pace, read_courses, read_csv, read_days, read_hours
from ringfence.tray.history_window import HistoryWindow
from tray.test_history_window import DAY, HOUR, NOW, Book, plots, press, span


class Watch:
    """A stopwatch that stands while nothing is read; the book moves it on by what a read takes."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class SlowBook(Book):
    """A book whose reads take a second for every hundred days."""

    def __init__(self, watch, accounts=("default",)) -> None:
        super().__init__(accounts)
        self.watch, self.longest_s, self.fails = watch, 0.0, ""

    def kept(self):
        return [kept for kept in super().kept() if not self.broken]

    def readings(self, account, window, since, until):
        if self.fails:
            raise FileError(self.fails)
        took = max(until - since, 0.0) / DAY / 100
        self.watch.at += took
        self.longest_s = max(self.longest_s, took)
        return super().readings(account, window, since, until)


def run(steps):
    """Return what a read finds, and how many pauses it makes."""
    pauses = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, pauses
        pauses += 1


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def slow(watch):
    return SlowBook(watch)


@pytest.fixture
def window(qapp, qtlog, qtbot, slow, watch):
    made = HistoryWindow(slow, clock=lambda: NOW, thresholds={}, first_weekday=0, stopwatch=watch)
    qtbot.addWidget(made)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window
        made.show_in_front()
    return made


def read_on(window, qtbot):
    qtbot.waitUntil(lambda: not window.reading)


# ---- the slices


@given(st.floats(0, 1e6), st.floats(0, 40 * DAY), st.lists(st.floats(0, 0.2), max_size=30))
def test_pieces_hold_every_moment_once(since, length, took):
    watch = Watch()
    pace, found, times = Pace(watch), [], iter(took)
    for piece in pace.pieces(since, since + length):
        found.append(piece)
        watch.at += next(times, 0.001)
        pace.done()
    assert found[0][0] == since
    assert found[-1][1] == since + length
    for (_, before), (after, _) in pairwise(found):
        assert before < after
        assert after - before < 1e-3, "nothing lies between two of them"


def test_a_slice_that_takes_long_is_followed_by_shorter_ones_and_then_by_longer_ones():
    watch, pace = Watch(), None
    pace, lengths = Pace(watch), []
    for since, until in pace.pieces(0, 400 * DAY):
        lengths.append(until - since)
        watch.at += 0.05 if len(lengths) < 4 else SLICE_S / 100
        pace.done()
    assert lengths[0] > lengths[1] > lengths[2] > lengths[3]
    assert lengths[4] > lengths[3]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 9000), st.floats(0, 1.2), st.sampled_from([None, 0.0, 18000.0])), min_size=1),
    st.integers(1, 300),
)
def test_pieces_find_what_one_read_finds(tmp_path_factory, steps, columns):
    path, at, told = tmp_path_factory.mktemp("pieces") / "ledger.sqlite3", NOW, []
    for step, used, ahead in steps:
        at += step
        due = None if ahead is None else (at // 18000 + 1) * 18000 + ahead
        told.append((at, used, due))
    ledger = Ledger(path)
    for moment, used, due in told:
        windows = (Window(id="session", label="S", used=used, resets_at=due),)
        asyncio.run(ledger.append(Sample(account="a", source="x", observed_at=moment, windows=windows)))
    ledger.close()
    history, watch = History(path), Watch()
    [kept] = history.kept()
    frame = Frame(since=NOW - 5, until=at + 5)

    def paced():
        pace = Pace(watch)
        pace._length_s = 700.0
        return pace

    ((found, _spans), _), (table, _), (lines, _) = (
        run(read_courses(history, [kept], frame, columns, at, paced())),
        run(read_hours(history, kept, frame, history_texts.day_hour, paced())),
        run(read_csv(history, [kept], frame, paced())),
    )
    whole = history.readings("a", "session", frame.since, frame.until)
    resets = history.resets("a", "session", frame.since, frame.until)
    history.close()
    assert found[0].resets == resets
    assert max(level.high for level in found[0].levels) == max(used for _at, used, _due in whole)
    assert found[0].levels[0].since == whole[0][0]
    assert found[0].levels[-1].until == whole[-1][0]
    assert lines.count("\n") == 1 + len(whole)
    for row, other in zip(table, heat(whole, history_texts.day_hour, no_heat()), strict=True):
        assert row == pytest.approx(other, abs=1e-9)


def test_a_window_with_a_single_reading_is_read():
    class One(Book):
        def readings(self, account, window, since, until):
            return [(NOW, 0.5, None)] if since <= NOW <= until else []

    book = One()
    kept = book.kept()[0].__class__(account="a", window="session", label="S", first_at=NOW, last_at=NOW)
    (found, _), _ = run(read_courses(book, [kept], Frame(since=NOW - DAY, until=NOW), 100, NOW, Pace(Watch())))
    assert [level.high for level in found[0].levels] == [0.5]


def test_days_are_read_a_month_at_a_time_and_none_is_missing():
    asked = []

    class Days(Book):
        def days(self, since, until, account, by):
            asked.append((since, until))
            return [Day(day=since.isoformat(), parts={"opus": 1})]

    found, _ = run(read_days(Days(), date(2026, 1, 1), date(2026, 3, 15), None, "model"))
    assert asked == [
        (date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 3, 3)),
        (date(2026, 3, 4), date(2026, 3, 15)),
    ]  # fmt: skip
    assert [day.day for day in found[30:33]] == ["2026-01-31", "2026-02-01", "2026-02-02"]
    assert len(found) == 31 + 28 + 15
    assert sum(day.total for day in found) == 3


# ---- the reader


def counting(to):
    for _ in range(to):
        yield
    return to


def test_a_short_read_is_there_at_once(qapp):
    told = []
    reader = Reader(Watch())
    reader.start(counting(1000), told.append)
    assert told == [1000]
    assert not reader.busy


def test_a_long_read_goes_on_with_the_loop_and_another_takes_its_place(qapp, qtbot, watch):
    def taking(to):
        for number in range(to):
            watch.at += AT_ONCE_S
            yield number
        return to

    told = []
    reader = Reader(watch)
    reader.start(taking(50), told.append)
    assert reader.busy
    reader.start(taking(20), told.append)
    qtbot.waitUntil(lambda: not reader.busy)
    assert told == [20]


def test_a_read_that_is_stopped_tells_nothing(qapp, watch):
    def endless():
        while True:
            watch.at += 1
            yield

    told, ended = [], endless()
    reader = Reader(watch)
    reader.start(ended, told.append)
    reader.stop()
    QApplication.processEvents()
    assert (reader.busy, told, ended.gi_frame) == (False, [], None)


def test_a_read_that_takes_a_while_is_said_to_be_under_way_until_it_ends(qapp, qtbot, window, slow):
    window._set_length(30 * DAY)
    assert window.reading
    assert not window._bar.reading.isVisible(), "most are over before anybody could read it"
    window.courses.reader._slow.timeout.emit()
    assert window._bar.reading.isVisible()
    read_on(window, qtbot)
    assert not window._bar.reading.isVisible()


# ---- the window


def test_no_slice_of_a_long_read_is_long(window, slow, qtbot):
    read_on(window, qtbot)
    slow.longest_s = 0.0
    window._set_length(30 * DAY)
    read_on(window, qtbot)
    assert slow.longest_s <= 4 * SLICE_S
    assert "highest 99 %" in plots(window)[0].accessibleName()


def test_what_is_known_stays_to_be_seen_while_more_is_read(window, qtbot):
    read_on(window, qtbot)
    known = plots(window)[0].course
    window._set_length(30 * DAY)
    assert window.reading
    assert plots(window)[0].course is known
    read_on(window, qtbot)
    assert plots(window)[0].course is not known


def test_a_drag_over_what_is_being_read_does_not_begin_it_anew(window, slow, qtbot):
    window._set_length(30 * DAY)
    under_way = window.courses.reader._steps
    window._pan(-HOUR)
    assert window.courses.reader._steps is under_way
    read_on(window, qtbot)


def test_another_accounts_course_is_not_shown_for_this_one(qapp, qtlog, qtbot, watch):
    made = HistoryWindow(
        SlowBook(watch, ("home", "work")), clock=lambda: NOW, thresholds={}, first_weekday=0, stopwatch=watch
    )
    qtbot.addWidget(made)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window
        made.show_in_front()
    read_on(made, qtbot)
    made._bar.account.setCurrentIndex(1)
    assert made.reading
    assert [len(plot.course.levels) for plot in plots(made)] == [0, 0]
    assert not plots(made)[0].grab().isNull(), "and it is drawn empty"
    read_on(made, qtbot)
    assert {course.kept.account for course in made.courses.courses} == {"work"}


def test_a_read_that_fails_on_its_way_says_why_and_is_tried_again(window, slow, qtbot):
    read_on(window, qtbot)
    window._set_length(30 * DAY)
    slow.fails = "Cannot read the file: it is damaged."
    read_on(window, qtbot)
    assert window.fault.text() == slow.fails
    slow.fails = ""
    window.refresh()
    read_on(window, qtbot)
    assert window.fault.text() == ""
    assert "highest 99 %" in plots(window)[0].accessibleName()


def test_a_window_that_is_closed_reads_no_further(window, slow):
    window._set_length(30 * DAY)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.reading
    assert slow.closed == 1
    reads = slow.reads
    QApplication.processEvents()
    assert slow.reads == reads


def test_a_long_table_is_copied_beside_the_window(window, qtbot):
    read_on(window, qtbot)
    window._set_length(30 * DAY)
    read_on(window, qtbot)
    QGuiApplication.clipboard().setText("")
    press(window, "Copy table")
    assert QGuiApplication.clipboard().text() == ""
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    assert QGuiApplication.clipboard().text().count("\n") == 1 + 2 * (30 * 24 + 1)


def test_the_hours_that_are_copied_are_those_that_are_being_read(window, qtbot):
    window.findChild(QTabWidget).setCurrentIndex(1)
    window._set_length(30 * DAY)
    assert window.reading
    QGuiApplication.clipboard().setText("")
    press(window, "Copy table")
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    assert f"Mon,0,{window.hours.hours[0][0] * 100:.2f}" in QGuiApplication.clipboard().text()
    assert sum(map(sum, window.hours.hours)) > 50


def test_a_time_without_readings_is_drawn_empty(window, qtbot):
    read_on(window, qtbot)
    window._frame = Frame(since=NOW - 90 * DAY, until=NOW - 60 * DAY)
    window._show()
    read_on(window, qtbot)
    QApplication.processEvents()
    assert all("No readings in this time." in plot.accessibleName() for plot in plots(window))


# ---- every page shows the same time


def said(page):
    return [made.text() for made in page.findChildren(QLabel) if made.isVisible()]


@pytest.mark.parametrize(
    ("button", "title"),
    [
        ("Day", "Sat 21 Nov 2026, 00:00 – Sun 22 Nov 2026, 00:00"),
        ("Week", "15 Nov 2026 – 22 Nov 2026"),
        ("Month", "23 Oct 2026 – 22 Nov 2026"),
    ],
)
def test_the_hours_are_those_of_the_time_that_is_shown_and_say_which(window, qtbot, button, title):
    window.findChild(QTabWidget).setCurrentIndex(1)
    press(window, button)
    read_on(window, qtbot)
    assert said(window.hours)[0] == f"5-hour session, {title}"
    days = {"Day": 1, "Week": 7, "Month": 30}[button]
    # The book's session takes a fifth an hour, but 0.19 in the first of every five.
    assert sum(map(sum, window.hours.hours)) == pytest.approx(days * 24 * 0.198, rel=0.03)


@pytest.mark.parametrize(("button", "since", "count"), [("Day", "21", 2), ("Week", "15", 8), ("Month", "23 Oct", 31)])
def test_the_tokens_are_those_of_the_days_that_are_shown_and_say_which(window, qtbot, button, since, count):
    window.findChild(QTabWidget).setCurrentIndex(2)
    press(window, button)
    read_on(window, qtbot)
    assert said(window.tokens)[0].startswith(f"Tokens a day, {since}")
    assert len(window.tokens.days) == count


def test_earlier_and_later_move_every_page(window, qtbot):
    window.findChild(QTabWidget).setCurrentIndex(2)
    assert not window._bar.later.isEnabled(), "nothing is known of what comes"
    window._bar.earlier.click()
    assert (window._frame.until, span(window)) == (NOW - 7 * DAY, 7 * DAY)
    assert said(window.tokens)[0] == "Tokens a day, 8 Nov 2026 – 15 Nov 2026"
    assert said(window.tokens)[1] == "No tokens in this time."
    window._bar.later.click()
    assert window._frame.until == NOW
    for _ in range(2):  # at once: keys are not lost while a button is seen pressed
        QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window._frame.until == NOW - 14 * DAY
    QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window._frame.until == NOW - 7 * DAY


def test_later_stays_off_while_the_newest_is_shown_and_the_window_follows_the_clock(qapp, qtlog, qtbot):
    now = [NOW]
    made = HistoryWindow(Book(), clock=lambda: now[0], thresholds={}, first_weekday=0, stopwatch=lambda: 0.0)
    qtbot.addWidget(made)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window
        made.show_in_front()
    now[0] += 59
    made._show()
    assert not made._bar.later.isEnabled()
    now[0] += 1
    made._tick.timeout.emit()
    assert made._frame.until == now[0]
    made._bar.earlier.click()
    now[0] += 60
    made._tick.timeout.emit()
    assert made._frame.until == NOW + 60 - 7 * DAY, "and stays where somebody looks at the past"
    assert made._bar.later.isEnabled()


def test_a_span_that_no_button_stands_for_leaves_none_pressed(window, qtbot):
    def pressed():
        return [button.text() for button in window._bar._lengths.buttons() if button.isChecked()]

    assert pressed() == ["&Week"]
    read_on(window, qtbot)
    QTest.keyClick(window.findChildren(CoursePlot)[0], Qt.Key.Key_Plus)
    assert pressed() == []
    press(window, "Month")
    assert pressed() == ["&Month"]
