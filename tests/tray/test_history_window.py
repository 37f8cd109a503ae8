"""The history's window: what it draws, reads out and copies, and how pointer and keys move it."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QImage, QPainter, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QTabWidget, QWidget

from ringfence import history_texts, language
from ringfence.core.gate_changes import GateChange
from ringfence.core.history import Day, Kept, Level, SpanKind, resets
from ringfence.core.settings import Thresholds
from ringfence.file_errors import FileError
from ringfence.tray.history_book import days_csv
from ringfence.tray.history_plot import CoursePlot, span_brush
from ringfence.tray.history_tables import HeatMap, TokenDays
from ringfence.tray.history_window import HistoryWindow, lines_of

NOW = 1795305600.0  # 2026-11-22 00:00:00 UTC, a Sunday
HOUR, DAY = 3600.0, 86400.0


class Book:
    """Readings every hour for thirty days; the session climbs a tenth an hour and begins anew every five."""

    def __init__(self, accounts=("default",), windows=(("session", "5-hour session"), ("week", "Week"))) -> None:
        self.accounts, self.reads, self.closed = accounts, 0, 0
        self.windows = windows
        self.broken = ""

    def kept(self):
        if self.broken:
            raise FileError(self.broken)
        return [
            Kept(account=a, window=w, label=label, first_at=NOW - 30 * DAY, last_at=NOW)
            for a in self.accounts
            for w, label in self.windows
        ]

    def readings(self, account, window, since, until):
        every = [NOW - n * HOUR for n in range(30 * 24, -1, -1)]
        used = [(n % 5) / 5 + 0.19 if window == "session" else n / len(every) for n in range(len(every))]
        return [(at, u, None) for at, u in zip(every, used, strict=True) if since <= at <= until]

    def levels(self, account, window, since, until, columns):
        self.reads += 1
        found = self.readings(account, window, since, until)
        return [Level(since=at, until=at, low=u, high=u, resets_at=due) for at, u, due in found]

    def resets(self, account, window, since, until):
        return resets(self.readings(account, window, since, until))

    def changes(self, since, until):
        return [
            GateChange(at=NOW - 3 * DAY, verdict="closed", kind="threshold", window="session"),
            GateChange(at=NOW - 2 * DAY, verdict="open"),
        ]

    def days(self, since, until, account, by):
        names = {"model": ("claude-opus-4-5", "claude-sonnet-4-5"), "project": ("/src/api",)}[by]
        return [Day(day=f"2026-11-{n:02}", parts=dict.fromkeys(names, n * 1000)) for n in (20, 21)]

    def close(self):
        self.closed += 1


def at_once():
    """A stopwatch on which no read takes any time: all of it is there with the first frame."""
    return 0.0


def opened(book, qtlog, qtbot, thresholds=None):
    made = HistoryWindow(book, clock=lambda: NOW, thresholds=thresholds or {}, first_weekday=0, stopwatch=at_once)
    qtbot.addWidget(made)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window, nor keep its size
        made.show_in_front()
        QApplication.processEvents()
    return made


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def window(qapp, qtlog, qtbot, book):
    made = HistoryWindow(
        book, clock=lambda: NOW, thresholds=lines_of(Thresholds(session_pct=90.0)), first_weekday=0, stopwatch=at_once
    )
    qtbot.addWidget(made)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window
        made.show_in_front()
    return made


def plots(window):
    return [plot for plot in window.findChildren(CoursePlot) if plot.isVisible()]


def press(window, text):
    next(b for b in window.findChildren(QPushButton) if b.text().replace("&", "") == text).click()


def span(window):
    return window._frame.until - window._frame.since


def test_a_minimized_window_comes_back_when_it_is_asked_for(window, qtlog):
    with qtlog.disabled():
        window.showMinimized()
        window.show_in_front()
    assert not window.isMinimized()


def test_it_opens_on_the_last_week_with_a_plot_for_each_window(window):
    assert span(window) == 7 * DAY
    assert [plot.accessibleName().partition(":")[0] for plot in plots(window)] == ["5-hour session", "Week"]
    assert "highest 99 %" in plots(window)[0].accessibleName()


def test_a_models_week_has_its_name_in_the_language_in_use(qapp, qtlog, qtbot):
    language.speak(["ja"])
    window = opened(Book(windows=(("model:Fable", "Fable week"),)), qtlog, qtbot)
    assert "Fable の週" in {each.text() for each in window.findChildren(QLabel)}


@pytest.mark.parametrize("kind", [CoursePlot, HeatMap, TokenDays])
def test_a_plot_is_an_image_with_its_sentence_to_a_screen_reader(window, kind):
    for index in range(3):
        window.findChild(QTabWidget).setCurrentIndex(index)
    heard = QAccessible.queryAccessibleInterface(window.findChild(kind))
    assert heard.role() is QAccessible.Role.Graphic
    assert heard.text(QAccessible.Text.Name) == window.findChild(kind).accessibleName() != ""


@pytest.mark.parametrize(("button", "days"), [("Day", 1), ("Week", 7), ("Month", 30)])
def test_a_button_shows_a_day_a_week_or_a_month(window, button, days):
    press(window, button)
    assert span(window) == days * DAY
    assert window._frame.until == NOW


def test_plots_are_as_wide_as_there_is_room_beside_a_scroll_bar(qapp, qtlog, qtbot, book):
    made = HistoryWindow(book, clock=lambda: NOW, thresholds={}, first_weekday=0, stopwatch=at_once)
    qtbot.addWidget(made)
    made.setMinimumSize(0, 0)
    made.resize(640, 340)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window, nor keep its size
        made.show_in_front()
        QApplication.processEvents()
    assert made.courses.plots.beside_px() > 0, "no scroll bar"
    assert {plot.width() for plot in plots(made)} == {made.courses.plots.viewport().width()}


def test_a_drag_moves_through_time_and_reads_only_when_it_leaves_what_was_read(window, book):
    press(window, "Day")
    plot, before = plots(window)[0], book.reads
    middle = QPoint(plot.width() // 2, plot.height() // 2)
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 11):
        QTest.mouseMove(plot, middle + QPoint(step * 10, 0))
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=middle + QPoint(100, 0))
    assert NOW - DAY < window._frame.until < NOW - HOUR
    assert book.reads == before


def test_time_ends_now_and_begins_with_the_first_reading(window):
    for _ in range(20):
        QTest.keyClick(plots(window)[0], Qt.Key.Key_PageUp)
    assert window._frame.until == NOW - 23 * DAY
    QTest.keyClick(plots(window)[0], Qt.Key.Key_End)
    QTest.keyClick(plots(window)[0], Qt.Key.Key_PageDown)
    assert window._frame.until == NOW
    QTest.keyClick(plots(window)[0], Qt.Key.Key_Home)
    assert window._frame.until == NOW - 23 * DAY


def test_plus_and_minus_and_the_wheel_with_ctrl_zoom(window):
    plot = plots(window)[0]
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert span(window) == pytest.approx(7 * DAY / 1.25)
    QTest.keyClick(plot, Qt.Key.Key_Minus)
    assert span(window) == pytest.approx(7 * DAY)
    where = QPointF(plot.width() / 2, 20)
    turned = QWheelEvent(
        where, plot.mapToGlobal(where), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot, turned)
    assert span(window) == pytest.approx(7 * DAY / 1.25)


def test_the_arrow_keys_read_out_reading_after_reading(window, qtlog):
    plot = plots(window)[0]
    with qtlog.disabled():
        plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert window._readout.text() == f"5-hour session: 19 %, calm, {history_texts.moment_text(NOW)}"
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert "99 %, critical" in window._readout.text()


def test_the_pointer_reads_out_what_is_under_it_with_the_gate(window):
    plot = plots(window)[0]
    area = plot.area()
    x = area.left() + area.width() * (1 - 2.5 / 7)
    QTest.mouseMove(plot, QPoint(round(x), round(area.center().y())))
    said = window._readout.text()
    assert said.startswith("5-hour session:")
    assert "Gate closed by Session" in said
    assert "for 1 d" in said


def test_the_legend_explains_only_what_is_seen(window):
    def explained():
        return [words.text() for words in window.courses.legend.findChildren(QLabel) if words.isVisible()]

    assert explained() == ["Gate closed", "Reset", "Closes the gate"]
    press(window, "Day")
    assert explained() == ["Reset", "Closes the gate"]


def test_a_legend_that_is_wider_than_the_window_goes_on_in_a_second_line(window):
    legend = window.courses.legend
    text = window.palette().color(QPalette.ColorRole.WindowText)
    signs = [(f"Sign number {number} of a language of long words", text) for number in range(7)]
    one = legend.heightForWidth(5000)
    legend.show_names(signs)
    QApplication.processEvents()
    places = [item.geometry() for item in legend.children() if isinstance(item, QWidget) and item.isVisible()]
    assert all(place.right() <= legend.width() for place in places)
    assert len({place.top() for place in places}) > 1
    assert not any(one.intersects(other) for one, other in itertools.combinations(places, 2))
    assert legend.height() > one


def test_a_history_without_readings_is_one_sentence_at_the_top(qapp, qtlog, qtbot):
    empty = Book()
    empty.kept = list
    window = opened(empty, qtlog, qtbot)
    assert window.courses.nothing.mapTo(window, QPoint()).y() < 100
    assert not window.courses.when.isVisible()
    assert not [button for button in window._bar._lengths.buttons() if button.isVisible()]


def test_the_hours_are_a_table_that_is_read_out_cell_by_cell(window, qtlog):
    window.findChild(QTabWidget).setCurrentIndex(1)
    heat = window.findChild(HeatMap)
    assert "most was used" in heat.accessibleName()
    with qtlog.disabled():
        heat.setFocus()
    QTest.keyClick(heat, Qt.Key.Key_Right)
    assert window._readout.text().startswith("Mon 00:00 to 01:00:")
    QTest.keyClick(heat, Qt.Key.Key_Down)
    assert window._readout.text().startswith("Tue 00:00")


def test_tokens_a_day_are_stacked_by_model_or_project(window):
    window.findChild(QTabWidget).setCurrentIndex(2)
    bars = window.findChild(TokenDays)
    assert bars.accessibleName() == "Tokens a day by model: 82k in all, most on 21 Nov with 42k."
    QTest.keyClick(bars, Qt.Key.Key_Left)
    assert window._readout.text() == "22 Nov: claude-opus-4-5 0 of 0 tokens", "a day without any is a day"
    QTest.keyClick(bars, Qt.Key.Key_Left)
    assert window._readout.text() == "21 Nov: claude-opus-4-5 21k of 42k tokens"
    window.tokens.by.setCurrentIndex(1)
    assert "by project: 41k in all" in bars.accessibleName()


def test_a_time_without_tokens_is_a_sentence_and_no_empty_bars(window):
    window.findChild(QTabWidget).setCurrentIndex(2)
    bars, by = window.findChild(TokenDays), window.tokens.by
    assert bars.isVisible()
    assert by.isVisible()
    window._bar.earlier.click()
    assert window.tokens.words.text() == "No tokens in this time."
    assert window.tokens.words.mapTo(window, QPoint()).y() < 160, "at the top, as on the other pages"
    assert not bars.isVisible()
    assert not by.isVisible()
    window._bar.later.click()
    assert bars.isVisible()
    assert by.isVisible()


def test_what_is_shown_is_copied_as_a_table_and_as_a_picture(window):
    press(window, "Day")
    press(window, "Copy table")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "at,account,window,used_pct,resets_at"
    assert len(lines) == 1 + 2 * 25
    window.findChild(QTabWidget).setCurrentIndex(1)
    press(window, "Copy table")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] == ["weekday,hour,used_pct", f"Mon,0,{window.hours.hours[0][0] * 100:.2f}"]
    assert len(lines) == 1 + 7 * 24
    press(window, "Week")
    window.findChild(QTabWidget).setCurrentIndex(2)
    press(window, "Copy table")
    assert QGuiApplication.clipboard().text().splitlines()[:2] == [
        "day,model,tokens",
        "2026-11-20,claude-opus-4-5,20000",
    ]
    press(window, "Copy picture")
    assert not QGuiApplication.clipboard().pixmap().isNull()


def test_one_account_of_several_is_shown_and_one_alone_is_not_asked_for(qapp, qtlog, qtbot, window):
    assert not window._bar.account.isVisible()
    two = opened(Book(("home", "work")), qtlog, qtbot)
    box = next(b for b in two.findChildren(QComboBox) if b.accessibleName() == "Account")
    assert box.isVisible()
    box.setCurrentIndex(1)
    assert {course.kept.account for course in two.courses.courses} == {"work"}


def test_without_readings_one_sentence_says_so(qapp, qtlog, qtbot):
    made = opened(Book(()), qtlog, qtbot)
    assert made.courses.nothing.text() == history_texts.nothing()
    assert plots(made) == []


def test_a_history_that_cannot_be_read_says_why_and_is_read_again(window, book):
    book.broken = "Cannot read the file: it is damaged."
    window.refresh()
    assert window.fault.text() == book.broken
    book.broken = ""
    window.refresh()
    assert window.fault.text() == ""


def test_escape_closes_it_and_lets_go_of_the_file(window, book):
    told = []
    window.closed.connect(lambda: told.append(True))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert told == [True]
    assert book.closed == 1
    assert not window._tick.isActive()


def test_a_model_window_has_its_own_line():
    found = lines_of(Thresholds(session_pct=None, week_pct=80.0, models={"Opus": 50.0}))
    assert found == {"week": 0.8, "model:Opus": 0.5}


def test_a_project_of_a_formula_is_copied_as_text():
    days = [Day(day="2026-11-20", parts={"=HYPERLINK(1)": 5})]
    assert "'=HYPERLINK(1)" in days_csv(days, "project")


@pytest.mark.parametrize("kind", SpanKind)
def test_a_shading_is_as_coarse_on_a_sharp_screen_as_on_any_other(qapp, kind):
    def shaded(ratio):
        image = QImage(round(64 * ratio), round(64 * ratio), QImage.Format.Format_ARGB32)
        image.fill(0)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        painter.fillRect(QRectF(0, 0, 64, 64), span_brush(kind, QColor("black"), ratio))
        painter.end()
        alphas = [[image.pixelColor(x, y).alpha() for x in range(image.width())] for y in range(image.height())]
        lines = sum(before < 40 <= after for before, after in itertools.pairwise([0, *alphas[0]]))
        return lines, sum(map(sum, alphas)) / len(alphas) ** 2

    lines, density = shaded(1.0)
    for ratio in (2.0, 3.0):
        assert abs(shaded(ratio)[0] - lines) <= 1, "one may begin at the edge"
        assert shaded(ratio)[1] == pytest.approx(density, rel=0.2)
