"""The pages of accounts and routes: what they say in every state, what they ask, and what one that is shut costs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTabWidget, QWidget

from ringfence import route_texts, words
from ringfence.core.model import Scope
from ringfence.core.polling import Why
from ringfence.tray.accounts_page import AccountCard, AccountsPage
from ringfence.tray.labels import MAY_BREAK
from ringfence.tray.pages import Pages
from ringfence.tray.route_page import AnswerRow, ClassCard, RoutePage
from tray.route_states import PAGES
from tray.states import NOW


class Opened:
    """The window, and what it asked."""

    def __init__(self, qtlog) -> None:
        self.view, self.routes = PAGES["two"]()
        self.reads = 0
        self.asked: list[object] = []
        self.window = Pages(clock=lambda: NOW, read_routes=self._read)
        self.window.refresh_asked.connect(lambda name: self.asked.append(("read", name)))
        self.window.pause_only_asked.connect(lambda length, scope: self.asked.append(("pause", length, scope)))
        self.window.unpause_only_asked.connect(lambda scope: self.asked.append(("unpause", scope)))
        self.window.pin_asked.connect(lambda name: self.asked.append(("pin", name)))
        with qtlog.disabled():  # the offscreen platform regrets that it cannot raise a window
            self.window.show_in_front()
        self.show("two")

    def _read(self, view, now):
        self.reads += 1
        return self.routes

    def show(self, state: str, tab: int = 0) -> Opened:
        self.view, self.routes = PAGES[state]()
        self.window.show_view(self.view, NOW)
        self.window.findChild(QTabWidget).setCurrentIndex(tab)
        return self

    def cards(self, kind=AccountCard) -> list[QWidget]:
        return [card for card in self.window.findChildren(kind) if card.isVisible()]

    def press(self, name: str) -> None:
        button(self.window, name).click()


@pytest.fixture
def opened(qapp, qtlog) -> Opened:
    made = Opened(qtlog)
    with qtlog.disabled():  # it regrets that it cannot keep a window's size too
        yield made
        made.window.close()
        made.window.deleteLater()
        QApplication.sendPostedEvents(made.window, QEvent.Type.DeferredDelete)


def test_a_minimized_window_comes_back_when_it_is_asked_for(opened, qtlog):
    with qtlog.disabled():
        opened.window.showMinimized()
        assert opened.window.isMinimized()
        opened.window.show_in_front()
    assert not opened.window.isMinimized()


def said(widget: QWidget) -> str:
    found = [label for label in widget.findChildren(QLabel) if label.isVisible()]
    return "\n".join(label.text().replace(MAY_BREAK, "") for label in found)


def button(widget: QWidget, name: str) -> QAbstractButton:
    return next(b for b in buttons(widget) if b.accessibleName() == name)


def buttons(widget: QWidget) -> list[QAbstractButton]:
    return [b for b in widget.findChildren(QAbstractButton) if b.isVisible()]


def test_a_page_is_built_when_it_is_first_looked_at(opened):
    assert opened.window.findChild(AccountsPage) is not None
    assert opened.window.findChild(RoutePage) is None
    opened.show("two", 1)
    assert opened.window.findChild(RoutePage) is not None


def test_a_closed_window_reads_nothing(opened, qtlog):
    opened.window.close()
    before = opened.reads
    opened.show("eight")
    assert opened.reads == before
    assert not opened.window._tick.isActive()


@pytest.mark.parametrize("state", PAGES)
def test_an_account_says_its_numbers_source_age_next_poll_and_requests(opened, state):
    opened.show(state)
    assert len(opened.cards()) == len(opened.view.accounts)
    for card, account in zip(opened.cards(), opened.view.accounts, strict=True):
        words = said(card)
        assert "requests this hour" in words
        assert "next " in words
        assert account.name[:20] in words
        assert all(window.label in words for window in account.windows)
        assert account.failure is None or "Run “claude”" in words or "Nothing to do" in words


@pytest.mark.parametrize("state", PAGES)
@pytest.mark.parametrize("tab", [0, 1])
def test_every_button_has_a_name_of_its_own_and_is_reached_by_tab(opened, state, tab):
    opened.show(state, tab)
    names = [b.accessibleName() for b in buttons(opened.window) if b.text()]
    assert len(set(names)) == len(names)
    assert all(b.focusPolicy() & Qt.FocusPolicy.TabFocus for b in buttons(opened.window) if b.text())


def test_one_account_is_read_paused_and_unpaused_alone(opened):
    opened.press("Read home now")
    menu = button(opened.window, "Pause home").menu()
    menu.actions()[1].trigger()
    opened.show("two_paused").press("Unpause home")
    home = Scope(account="home")
    assert opened.asked == [("read", "home"), ("pause", 3600.0, home), ("unpause", home)]


def test_the_only_account_is_paused_as_everything(opened):
    opened.show("one")
    button(opened.window, "Pause default").menu().actions()[-1].trigger()
    assert opened.asked == [("pause", None, Scope())]
    assert not [b for b in buttons(opened.window) if "icon" in b.text()]


def test_an_account_is_chosen_for_the_icon_and_let_go(opened):
    assert "In the tray icon: the closest to its limit" in said(opened.cards()[1])
    opened.press("Show work in the icon")
    opened.show("two_pinned")
    assert "In the tray icon: as you chose" in said(opened.cards()[0])
    assert button(opened.window, "Show work in the icon").isChecked()
    assert not button(opened.window, "Show home in the icon").isChecked()
    opened.press("Show work in the icon")
    assert opened.asked == [("pin", "work"), ("pin", "")]


def test_a_screen_reader_that_toggles_without_a_click_is_heard(opened):
    button(opened.window, "Show work in the icon").toggle()
    assert opened.asked == [("pin", "work")]


def test_who_refused_a_run_and_what_is_paused_stands_at_the_account(opened):
    opened.show("two_pinned")
    assert "Refused a run: left alone until " in said(opened.cards()[0])
    opened.show("two_paused")
    assert "Refused" not in said(opened.cards()[0])
    assert "Paused by you" in said(opened.cards()[1])


def test_fewer_accounts_leave_nothing_behind(opened):
    opened.show("eight").show("one")
    assert len(opened.cards()) == 1
    assert "work" not in said(opened.window)


def test_a_second_folder_of_one_subscription_is_said_to_be_one(opened):
    opened.show("eight")
    assert "the same subscription as main" in said(opened.cards()[5])
    assert "the same subscription" not in said(opened.cards()[0])


def test_a_name_from_outside_is_plain_text(opened):
    opened.show("eight")
    assert "<b>home</b>" in said(opened.cards()[5])


def test_a_class_says_where_it_goes_why_and_where_its_chain_stands(opened):
    opened.show("two_pinned", 1)
    words = [said(card) for card in opened.cards(ClassCard)]
    assert words[0].startswith("Runs that name no class\nHigh value\nsonnet on home\n")
    assert "Chain: home → work → ollama; on ollama since " in words[1]
    assert "work refused a run and is left alone until " in words[1]
    assert "Moves on: threshold, exhausted, budget" in words[1]


def test_an_answer_is_one_sentence_for_a_screen_reader(opened):
    opened.show("two", 1)
    names = [row.accessibleName() for row in opened.cards(AnswerRow)]
    assert names[0] == "High value: opus on work. work is 62 % used (active): opus takes it."


def test_with_nothing_to_choose_one_sentence_says_so_and_where_to_read_how(opened):
    opened.show("one", 1)
    assert said(opened.window.findChild(RoutePage)).splitlines() == [
        route_texts.nothing_to_choose(), words.quoted(route_texts.how()),
    ]  # fmt: skip
    opened.show("two", 1).show("one", 1)
    assert opened.cards(ClassCard) == []


def test_keys_reach_what_buttons_do(opened, qtbot):
    qtbot.waitUntil(opened.window.isActiveWindow)
    qtbot.keyClick(opened.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert opened.asked == [("read", None)]
    opened.show("eight")
    bar = opened.window.findChild(AccountsPage).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    qtbot.keyClick(opened.window, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    with qtbot.waitSignal(opened.window.closed, timeout=1000):
        qtbot.keyClick(opened.window, Qt.Key.Key_Escape)


def test_what_could_not_be_saved_is_said_until_it_can(opened):
    opened.window.say_fault("settings.toml cannot be written: the disk is full.")
    assert "the disk is full" in said(opened.window)
    opened.window.say_fault("")
    assert opened.window.fault.isHidden()


@pytest.mark.parametrize("tab", [0, 1])
def test_at_twice_the_text_size_nothing_is_wider_than_the_page(qapp, qtlog, tab):
    font = QFont(qapp.font())
    twice = QFont(font)
    twice.setPointSizeF(font.pointSizeF() * 2)
    qapp.setFont(twice)
    try:
        made = Opened(qtlog).show("eight", tab)
        page = made.window._page(tab)
        assert page.widget().minimumSizeHint().width() <= page.viewport().width()
        made.window.close()
        made.window.deleteLater()
    finally:
        qapp.setFont(font)


@pytest.mark.parametrize("tab", [0, 1])
def test_nothing_overlaps_when_a_line_more_or_less_is_needed(opened, qapp, tab):
    long = replace_reasons(PAGES["two_pinned"](), "why " * 40)
    for view, routes in (PAGES["two_pinned"](), long, PAGES["two"](), long, PAGES["two_pinned"](), PAGES["eight"]()):
        opened.view, opened.routes = view, routes
        opened.window.show_view(view, NOW)
        opened.window.findChild(QTabWidget).setCurrentIndex(tab)
        assert_nothing_overlaps(opened.cards(AccountCard if tab == 0 else ClassCard))
    for width in (400, 800):
        opened.window.resize(width, 500)
        qapp.processEvents()
        assert_nothing_overlaps(opened.cards(AccountCard if tab == 0 else ClassCard))


def assert_nothing_overlaps(cards: list[QWidget]) -> None:
    assert cards
    for card in cards:
        lines = sorted((w for w in card.findChildren(QLabel) if w.isVisible()), key=lambda w: top(w, card))
        for above, below in pairwise(lines):
            if abs(top(above, card) - top(below, card)) > 6:  # not side by side
                assert top(above, card) + above.heightForWidth(above.width()) <= top(below, card) + 1, below.text()


def top(widget: QWidget, card: QWidget) -> int:
    return widget.mapTo(card, QPoint(0, 0)).y()


def replace_reasons(shown, reason: str):
    view, routes = shown
    accounts = tuple(replace(a, next_poll_why=Why.SECOND_READING) for a in view.accounts)
    answers = [tuple(replace(a, why=reason) for a in r.answers) for r in routes.routes]
    longer = tuple(replace(r, answers=a) for r, a in zip(routes.routes, answers, strict=True))
    return replace(view, accounts=accounts), replace(routes, routes=longer)
