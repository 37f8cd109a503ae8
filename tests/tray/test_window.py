"""The window in every designed state: what it says, to eyes and to screen readers, what it asks, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QProgressBar, QScrollArea, QWidget

from ringfence import texts
from ringfence.core.model import Window
from ringfence.core.polling import Why
from ringfence.tray import ring_widget, theme
from ringfence.tray.labels import MAY_BREAK
from ringfence.tray.look import look_of
from ringfence.tray.notices import notice_of
from ringfence.tray.ring_widget import RingWidget
from ringfence.tray.rows import Bar, QuietRow, WindowRow
from ringfence.tray.window import MANY, MainWindow
from ringfence.why_texts import why_text
from ringfence.words import quoted
from tray.gallery import palette
from tray.painted import painted_faults, watched
from tray.states import NOW, STATES, account, model_week, reading, session, view, week

HOSTILE = ('<img src="file:///etc/passwd">', "R&D <b>bold</b> &amp;", "\u202egnp.exe", "שבוע", "A" * 300, "a\nb\x1b[2J")
SIGNALS = ("unpause_asked", "override_asked", "override_ended", "refresh_asked", "settings_asked", "quit_asked")


class Clock:
    """A clock of the test's own."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(qapp, clock, qtlog) -> MainWindow:
    made = MainWindow(clock=clock)
    with qtlog.disabled():  # the offscreen platform regrets that it cannot keep a window's size
        made.show_in_front()
    with qtlog.disabled():
        yield made
        made.close()
        made.deleteLater()
        QApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


def shown(window: MainWindow, state: str) -> MainWindow:
    window.show_view(STATES[state](), NOW)
    return window


def labels(window: QWidget) -> list[QLabel]:
    return [label for label in window.findChildren(QLabel) if label.isVisible()]


def said(window: QWidget) -> str:
    return "\n".join(label.text().replace(MAY_BREAK, "") for label in labels(window))


def buttons(window: QWidget) -> list[str]:
    found = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
    return [b.text().replace("&", "") or b.accessibleName() for b in found if b.text() or b.accessibleName()]


def press(window: QWidget, text: str) -> None:
    found = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and b.text().replace("&", "") == text]
    found[0].click()


# ---- what it says


@pytest.mark.parametrize("state", STATES)
def test_the_verdict_comes_first_then_every_limit_then_its_source_and_age(window, state):
    shown(window, state)
    drawn = STATES[state]()
    words = said(window)
    assert words.startswith(texts.headline(drawn, NOW))
    for account_view in drawn.accounts:
        brief = len(drawn.accounts) < MANY
        assert texts.provenance_text(account_view, NOW, brief=brief) in words
        for each in account_view.windows:
            assert each.label in words
            assert texts.percent_text(each.used) in words or each.tier is None


@pytest.mark.parametrize(
    ("state", "control", "asks"),
    [
        ("closed", "Override until reset", "override_asked"),
        ("closed_by_model", "Override until reset", "override_asked"),
        ("overridden", "End override", "override_ended"),
        ("paused", "Unpause", "unpause_asked"),
        ("paused_and_closed", "Unpause", "unpause_asked"),
        ("loading", "Read now", "refresh_asked"),
        ("stale", "Read now", "refresh_asked"),
        ("blind", "Read now", "refresh_asked"),
        ("signed_out", "Look again", "refresh_asked"),
        ("expired", "Look again", "refresh_asked"),
        ("missing_scope", "Look again", "refresh_asked"),
        ("throttled", "Read less often…", "settings_asked"),
        ("offline", "Try again", "refresh_asked"),
        ("server_error", "Try again", "refresh_asked"),
    ],
)
def test_every_designed_state_has_one_button_that_helps(window, qtbot, state, control, asks):
    shown(window, state)
    with qtbot.waitSignal(getattr(window, asks), timeout=1000):
        press(window, control)


@pytest.mark.parametrize("state", ["signed_out", "expired", "missing_scope", "throttled", "offline", "server_error"])
def test_a_failure_says_what_happened_and_what_to_do(window, state):
    failure = STATES[state]().failure
    assert failure is not None
    shown(window, state)
    assert quoted(texts.failure_text(failure.kind)) in said(window)


def test_a_changed_format_can_be_copied_for_a_report(window):
    shown(window, "format_changed")
    press(window, "Copy details")
    assert QGuiApplication.clipboard().text() == "A clean sentence about format_changed."


def test_before_the_first_reading_there_is_no_number_anywhere(window):
    shown(window, "loading")
    assert "%" not in said(window)
    assert "Your usage has not been read yet." in said(window)


def test_old_numbers_say_how_old_they_are(window):
    shown(window, "stale")
    assert "These numbers are 16 min old." in said(window)


def test_a_hold_of_a_model_s_week_names_the_setting_it_rests_on(window):
    shown(window, "closed_by_model")
    assert "thresholds.unnamed_model_counts" in said(window)


def test_several_holds_are_listed_and_the_one_that_binds_comes_first(window):
    shown(window, "closed_by_week")
    words = said(window)
    assert "Binds: Session 97 %" in words
    assert words.index("Session 97 %") < words.index("Week 96 %") < words.index("Opus week 104 %")


def test_the_limit_that_binds_stands_out(window):
    shown(window, "closed")
    rows = window.findChildren(WindowRow)
    weights = [row._name.font().weight() for row in rows]
    assert weights == [QFont.Weight.DemiBold, QFont.Weight.Normal]
    assert "over 90 %" in said(rows[0])


def test_the_next_readings_reason_is_said_where_it_is_not_the_usual_one(window):
    usual = shown(window, "open")._provenance.text()
    assert usual == "endpoint · 2 min ago · next 14:52"
    account_ = replace(STATES["open"]().accounts[0], next_poll_why=Why.BACK_OFF)
    window.show_view(replace(STATES["open"](), accounts=(account_,)), NOW)
    assert window._provenance.text() == f"{usual} ({why_text(Why.BACK_OFF)})"


def test_two_accounts_are_two_named_sections(window):
    shown(window, "two_accounts")
    assert "work · up to date" in said(window)
    assert "home · up to date" in said(window)
    assert len([r for r in window.findChildren(RingWidget) if r.isVisible()]) == 2


def test_fewer_accounts_leave_nothing_behind(window):
    shown(window, "two_accounts")
    shown(window, "open")
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert "home" not in said(window)
    assert len(window.findChildren(RingWidget)) == 1


def test_a_limit_that_is_no_longer_reported_goes(window):
    shown(window, "open")
    shown(window, "calm")
    assert "Fable week" not in said(window)


# ---- screen readers and keyboard


def test_an_estimate_is_said_as_one_and_the_number_stays_the_reading(window):
    window.show_view(STATES["full_soon"](), NOW)
    said = [x.text() for x in window.findChildren(QLabel) if x.isVisibleTo(window)]
    assert "86 %" in said
    assert any(text.startswith("~90 % by now, estimated · at this rate full in 1 h 20 min") for text in said)
    assert any(text.startswith("Next stop: 5-hour session at 90 %, not before ") for text in said)
    rows = [row.accessibleName() for row in window.findChildren(WindowRow)]
    assert "~90 % by now, estimated" in rows[0]
    between = "Between 89 % and 91 % in 19 of 20 cases, where nobody else uses the account."
    [estimate] = [x for x in window.findChildren(QLabel) if x.isVisible() and x.text().startswith("~90 %")]
    assert estimate.toolTip() == between
    assert window.findChildren(WindowRow)[0].accessibleDescription() == between
    window.show_view(STATES["open"](), NOW)
    assert not any(r.accessibleDescription() for r in window.findChildren(WindowRow) if r.isVisible())


@pytest.mark.parametrize("state", STATES)
def test_every_drawn_number_is_in_an_accessible_name(window, state):
    shown(window, state)
    bars = [b for b in window.findChildren(QProgressBar) if b.isVisible()]
    assert all(bar.accessibleName() for bar in bars)
    for each in [w for a in STATES[state]().accounts for w in a.windows]:
        assert any(texts.window_text(each, NOW) in bar.accessibleName() for bar in bars)


def test_a_ring_without_a_number_has_no_value_and_says_so(window):
    shown(window, "signed_out")
    ring = window.findChild(RingWidget)
    assert ring.value() < ring.minimum()
    assert ring.accessibleName() == "Usage rings: no reading yet"


def test_the_ring_s_value_is_the_percent_in_its_middle(window):
    shown(window, "closed_by_model")
    assert window.findChild(RingWidget).value() == 88


@pytest.mark.parametrize("state", STATES)
def test_every_button_has_a_name_and_is_reached_by_tab(window, state):
    shown(window, state)
    found = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
    assert all(b.text() or b.accessibleName() for b in found)
    assert all(b.focusPolicy() & Qt.FocusPolicy.TabFocus for b in found)


@pytest.mark.parametrize(
    ("key", "modifiers", "signal"),
    [
        (Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier, "refresh_asked"),
        (Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, "settings_asked"),
        (Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier, "welcome_asked"),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier, "quit_asked"),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, "closed"),
    ],
)
def test_the_shortcuts(window, qtbot, key, modifiers, signal):
    qtbot.waitUntil(window.isActiveWindow)
    with qtbot.waitSignal(getattr(window, signal), timeout=1000):
        qtbot.keyClick(window, key, modifiers)


def test_what_the_screen_has_no_room_for_is_reached_by_page_down(window, qtbot):
    qtbot.waitUntil(window.isActiveWindow)
    shown(window, "running_twelve")
    window.setFixedHeight(300)
    bar = window.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert bar.value() == 0


def test_ctrl_p_unpauses_while_paused_and_offers_the_lengths_else(window, qtbot):
    shown(window, "paused")
    with qtbot.waitSignal(window.unpause_asked, timeout=1000):
        window._toggle_pause()
    shown(window, "open")
    window._toggle_pause()
    menu = next(m for m in window.findChildren(QMenu) if m.isVisible())
    with qtbot.waitSignal(window.pause_asked, timeout=1000) as asked:
        menu.actions()[0].trigger()
    menu.close()
    assert asked.args == [1800.0]


# ---- text from outside


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_from_outside_is_shown_as_plain_text(window, hostile):
    odd = Window(id=f"x:{hostile}", label=hostile, used=0.3, resets_at=None)
    told = account(reading(replace(session(), label=hostile), week(), model_week(hostile), odd), name=hostile)
    drawn = view(told, account(reading(week(), account="b"), name="b"))
    window.show_view(replace(drawn, trouble=hostile), NOW)
    assert {label.textFormat() for label in window.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    assert texts.clean(hostile, 32) in said(window)
    assert "\u202e" not in said(window)
    assert "\x1b" not in said(window)
    assert window.width() <= 480, "a long name does not widen the window"


# ---- layout


def _clipped(window: MainWindow) -> list[str]:
    found = []
    for label in labels(window):
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        wide = 0 if label.wordWrap() else label.sizeHint().width()
        if label.height() < needed or label.width() < wide:
            found.append(f"{label.text()!r}: {label.size().toTuple()} for {(wide, needed)}")
    named = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and b.text()]
    return found + [b.text() for b in named if b.width() < b.minimumSizeHint().width()]


@pytest.fixture
def font_scale(qapp):
    before = QApplication.font()

    def scaled(by: float) -> None:
        font = QFont(before)
        font.setPointSizeF(before.pointSizeF() * by)
        QApplication.setFont(font)

    yield scaled
    QApplication.setFont(before)


@pytest.mark.parametrize("scale", [1.0, 1.3, 2.0])
def test_no_text_is_clipped_in_any_state_at_any_font_size(qapp, clock, font_scale, qtlog, scale):
    font_scale(scale)
    with qtlog.disabled():
        window = MainWindow(clock=clock)
        window.show_in_front()
        clipped = []
        for state in STATES:
            shown(window, state)
            qapp.processEvents()
            clipped += [f"{state}: {text}" for text in _clipped(window)]
        window.close()
        window.deleteLater()
        qapp.processEvents()
    assert clipped == []


def test_the_window_fits_its_content_and_scrolls_only_when_the_screen_is_too_small(window):
    heights = {}
    for state in ("calm", "two_accounts", "calm"):
        shown(window, state)
        heights.setdefault(state, []).append(window.height())
        bar = window.findChild(QScrollArea).verticalScrollBar()
        assert bar.maximum() == 0, state
    assert heights["calm"][0] == heights["calm"][1] < heights["two_accounts"][0]


@pytest.mark.parametrize("state", STATES)
def test_the_window_is_as_high_as_what_is_in_it_from_the_first_frame_on(window, state):
    first = shown(window, state).size()
    QApplication.processEvents()
    window._fit()
    assert window.size() == first


def test_a_window_that_grows_over_the_screens_edge_moves_up_and_one_that_was_put_there_stays(window):
    screen = window.screen().availableGeometry()
    shown(window, "open")
    window.move(screen.left(), screen.bottom() - window.height())
    placed = window.pos()
    shown(window, "open")
    assert window.pos() == placed
    before = window.height()
    shown(window, "many_budgets")
    assert window.height() > before
    assert window.frameGeometry().bottom() <= screen.bottom()
    window.move(screen.left(), screen.bottom() - 50)
    shown(window, "open")
    assert window.y() == screen.bottom() - 50


def test_the_numbers_of_all_limits_end_at_one_edge(window):
    shown(window, "open")
    rows = [r for r in window.findChildren(WindowRow) + window.findChildren(QuietRow) if r.isVisible()]
    edges = {r._number.mapTo(window, r._number.rect().topRight()).x() for r in rows}
    assert len(edges) == 1
    bars = {b.mapTo(window, b.rect().topLeft()).x() for b in window.findChildren(Bar) if b.isVisible()}
    assert len(bars) == 1


def test_the_window_follows_the_desktop_from_light_to_dark(window, qapp):
    before = qapp.palette()
    shown(window, "open")
    try:
        grounds = []
        for dark in (True, False):
            qapp.setPalette(palette(dark=dark))
            qapp.processEvents()
            grounds.append(window.grab().toImage().pixelColor(2, 2).lightness())
    finally:
        qapp.setPalette(before)
    assert grounds[0] < 80
    assert grounds[1] > 200


# ---- what it costs


def test_nothing_ticks_while_the_window_is_hidden(window):
    assert window._tick.isActive()
    window.close()
    assert not window._tick.isActive()
    window.show_view(STATES["closed"](), NOW)
    assert not window._tick.isActive()


def test_a_hidden_window_keeps_a_view_for_later_and_draws_it_when_shown(window):
    window.close()
    window.show_view(STATES["closed"](), NOW)
    assert "held" not in window._state._headline.text()
    window.show_in_front()
    assert "New agents are held" in said(window)


def test_countdowns_go_on_at_the_next_minute_and_not_sooner(window, clock):
    clock.now = NOW + 20
    shown(window, "open")
    window._refresh()
    assert 39_000 <= window._tick.interval() <= 41_000
    assert "2 h 10 min" in said(window) or "2 h 9 min" in said(window)
    clock.now = NOW + 600
    window._tick.timeout.emit()
    assert "2 h" in said(window)
    assert "2 h 10 min" not in said(window)


def test_a_closed_window_says_so_and_may_be_deleted_at_once(qapp, clock, qtlog):
    with qtlog.disabled():
        window = MainWindow(clock=clock)
        window.closed.connect(window.deleteLater)
        gone = []
        window.destroyed.connect(lambda: gone.append(True))
        window.show_in_front()
        window.show_view(STATES["open"](), NOW)
        window.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert gone == [True]
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)  # nobody listens who is gone


def test_the_window_stands_beside_a_known_icon_else_where_it_stood_last(window, qapp):
    free = window.screen().availableGeometry()
    window.close()
    window.show_in_front(QRect(free.right() - 24, free.top(), 24, 24))
    assert window.geometry().right() <= free.right()
    assert window.geometry().top() < free.center().y()
    window.close()
    window.show_in_front(QRect(free.left(), free.bottom() - 24, 24, 24))
    assert window.geometry().left() >= free.left()
    assert free.center().y() < window.geometry().bottom() <= free.bottom()
    window.move(33, 44)
    window.close()
    window.move(0, 0)
    window.show_in_front()
    assert window.pos().toTuple() == (33, 44)


def test_a_second_request_raises_the_window_that_is_open(window):
    window.show_in_front()
    assert window.isVisible()


@pytest.mark.parametrize("state", STATES)
def test_a_notice_is_one_sentence_with_one_button(state):
    for each in STATES[state]().accounts:
        notice = notice_of(each, NOW)
        assert notice is None or (notice.sentence.endswith(".") and notice.button)


@pytest.mark.parametrize("caption", ["week", "semaine", "wwwwww"])
@pytest.mark.parametrize(
    ("side", "state"),
    [(ring_widget.HERO_PX, "open"), (ring_widget.HERO_PX, "closed"), (ring_widget.SMALL_PX, "open")],
)
def test_what_stands_in_a_ring_does_not_cross_it_and_is_not_tiny(qtbot, monkeypatch, side, caption, state):
    monkeypatch.setattr(ring_widget, "_short_name", lambda _window: caption)
    ring, drawn = RingWidget(side), STATES[state]()
    qtbot.addWidget(ring)
    ring.show_look(look_of(drawn), drawn.accounts[0].windows[0], "words")
    with watched() as texts:
        ring.grab()
    assert len(texts) == (1 if side == ring_widget.SMALL_PX and caption != "week" else 2)
    assert not list(painted_faults(texts))
    assert min(text.px for text in texts) >= theme.SMALLEST_PX
