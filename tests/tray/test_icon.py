"""The icon's menu, tooltip and signals, without a panel; with one: tests/desktop/test_tray_icon.py."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QSystemTrayIcon

from ringfence import face_texts, texts
from ringfence.core.model import Pause, Scope
from ringfence.core.ring import View
from ringfence.tray.host import Host, TrayHost
from ringfence.tray.icon import TrayIcon, tooltip_safe
from ringfence.tray.look import look_of
from ringfence.tray.menu import LONGEST_LINE, TrayMenu
from ringfence.tray.painter import tray_icon
from ringfence.tray.pause_menu import pauses
from ringfence.tray.theme import Panel
from ringfence.words import quoted
from tray.states import NOW, STATES

TAIL = ["Read now", "Accounts and routes…", "History…", "Settings…", "Welcome…", "Quit"]
HOSTILE = '<img src="file:///etc/passwd"> R&D &amp;'


@pytest.fixture
def icon(qapp, qtlog) -> TrayIcon:
    made = TrayIcon()
    with qtlog.disabled():  # without a host Qt says "No such signal ... systemTrayWindowChanged" (i2pd-qt 113)
        yield made
    made.hide()
    made.menu.deleteLater()
    made.deleteLater()


@pytest.fixture
def menu(qapp) -> TrayMenu:
    made = TrayMenu()
    yield made
    made.deleteLater()


def lines(menu: TrayMenu) -> list[str]:
    return [a.text().replace("&&", "\0").replace("&", "").replace("\0", "&") for a in menu.actions() if shown(a)]


def shown(action) -> bool:
    return action.isVisible() and not action.isSeparator()


@pytest.mark.parametrize("state", STATES)
def test_the_menu_begins_with_the_state_in_words(menu, state):
    view = STATES[state]()
    menu.show_view(view, NOW)
    head = [texts.headline(view, NOW), face_texts.subline(view, NOW)]
    assert lines(menu)[:2] == [texts.clean(quoted(line), LONGEST_LINE) for line in head]
    assert max(map(len, lines(menu))) <= LONGEST_LINE
    assert not any(action.isEnabled() for action in menu.actions()[:2])


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("calm", ["Pause new agents"]),
        ("open", ["Pause new agents", "Pause only"]),
        ("closed", ["Pause new agents", "Pause only", "Override until reset"]),
        ("closed_by_model", ["Pause new agents", "Pause only", "Override until reset"]),
        ("overridden", ["Pause new agents", "Pause only", "End the override"]),
        ("paused", ["Unpause"]),
        ("paused_and_closed", ["Unpause", "Pause only", "Override until reset"]),
        ("paused_for_model", ["Pause new agents", "Pause only (1 in force)"]),
        ("loading", ["Pause new agents"]),
    ],
)
def test_the_menu_offers_what_fits_the_state(menu, state, actions):
    menu.show_view(STATES[state](), NOW)
    assert lines(menu)[2:] == ["Open Ringfence", *actions, *TAIL]


def test_an_ampersand_from_outside_is_an_ampersand(menu):
    view = replace(STATES["open"](), pauses=(Pause(since=NOW, until=None, why="R&D &x"),))
    menu.show_view(view, NOW)
    assert menu.actions()[0].text() == "Paused by you (R&&D &&x)"


def test_every_entry_says_what_was_asked(menu, qtbot):
    menu.show_view(STATES["closed"](), NOW)
    asked = []
    names = ["open", "override", "refresh", "pages", "history", "settings", "welcome", "quit"]
    for name in names:
        getattr(menu, f"{name}_asked").connect(lambda name=name: asked.append(name))
    for action in menu.actions():
        if shown(action) and action.isEnabled() and action.menu() is None:
            action.trigger()
    assert asked == names


def test_every_length_of_a_pause_is_asked_for_as_it_reads(menu):
    asked = []
    menu.pause_asked.connect(asked.append)
    pause = next(a.menu() for a in menu.actions() if a.menu() is not None)
    for action in pause.actions():
        action.trigger()
    assert asked == [1800.0, 3600.0, 7200.0, "reset", None] == [length for _, length in pauses()]


@pytest.mark.parametrize("state", STATES)
def test_the_tooltip_says_the_rings_in_words_and_is_never_markup(state):
    from PySide6.QtGui import Qt as Gui

    said = tooltip_safe(face_texts.tooltip(STATES[state](), NOW))
    assert texts.headline(STATES[state](), NOW) in said
    assert not Gui.mightBeRichText(said)


def test_a_hostile_text_is_no_markup_in_the_tooltip():
    from PySide6.QtGui import Qt as Gui

    said = tooltip_safe(HOSTILE)
    assert not Gui.mightBeRichText(said)
    assert not set("<>&") & set(said)
    assert "img src" in said, "the words stay"


def test_no_tray_is_told_at_once_so_that_the_window_opens(icon):
    assert icon.is_available() is False
    assert icon.geometry().isEmpty()


def test_the_picture_is_set_only_when_it_changes(icon, monkeypatch):
    icon.show_view(STATES["open"](), NOW)
    sent = []
    monkeypatch.setattr(QSystemTrayIcon, "setIcon", lambda *_: sent.append("icon"))
    monkeypatch.setattr(QSystemTrayIcon, "setToolTip", lambda *_: sent.append("words"))
    icon._host.changed.emit(Host.OTHER)
    sent.clear()
    icon.show_view(STATES["open"](), NOW)
    assert sent == []
    icon.show_view(STATES["open"](), NOW + 60)
    assert sent == ["words"], "a minute on, the same picture"
    icon.show_view(STATES["closed"](), NOW + 60)
    assert sent == ["words", "icon", "words"]


def test_the_panel_setting_changes_the_picture(icon):
    icon.show_view(STATES["open"](), NOW)
    icon.set_panel(Panel.LIGHT)
    assert icon._look == look_of(STATES["open"](), Panel.LIGHT)
    assert tray_icon(icon._look) is tray_icon(look_of(STATES["open"](), Panel.LIGHT))


def test_a_click_opens_and_a_double_click_is_nothing_more(icon, monkeypatch):
    asked = []
    icon.open_asked.connect(lambda: asked.append("open"))
    icon._host.changed.emit(Host.OTHER)
    reasons = QSystemTrayIcon.ActivationReason
    for reason in (reasons.Trigger, reasons.DoubleClick, reasons.Context, reasons.MiddleClick):
        icon._icon.activated.emit(reason)
    assert asked == ([] if sys.platform == "darwin" else ["open"])


def test_the_icon_is_made_anew_when_a_better_host_comes_and_kept_when_the_same_returns(icon, qtbot):
    told = []
    icon.available.connect(told.append)
    icon._host.changed.emit(Host.OTHER)
    first = icon._icon
    icon._host.changed.emit(Host.STATUS_NOTIFIER)
    second = icon._icon
    assert second is not first
    icon._host.changed.emit(Host.NONE)
    icon._host.changed.emit(Host.STATUS_NOTIFIER)
    assert icon._icon is second, "Qt serves a panel that comes back"
    assert told == [True], "a panel that restarts is not worth a word"


def test_a_tray_that_stays_away_is_told_after_a_while(icon, qtbot):
    told = []
    icon.available.connect(told.append)
    icon._host.changed.emit(Host.STATUS_NOTIFIER)
    icon._host.changed.emit(Host.NONE)
    assert told == [True]
    icon._gone.timeout.emit()
    assert told == [True, False]


def test_the_menu_is_there_before_the_icon_is_shown(icon):
    icon._host.changed.emit(Host.OTHER)
    assert icon._icon.contextMenu() is icon.menu


def test_nothing_is_looked_for_faster_than_every_30_seconds(qapp):
    host = TrayHost()
    host.start()
    assert host._timer.interval() >= 30_000
    assert host.host is Host.NONE
    host.deleteLater()


def test_scoped_pauses_are_named_in_the_menu_of_an_open_gate(menu):
    view = replace(View(verdict="open"), pauses=(Pause(since=NOW, until=None, scope=Scope(model="Opus")),))
    menu.show_view(view, NOW)
    assert "Pause only (1 in force)" in lines(menu)
