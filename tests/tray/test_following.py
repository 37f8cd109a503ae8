"""The desktop turns dark or changes its font while windows are open: they look as if they were opened after it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget, QWidget

from ringfence.core.settings import Settings
from ringfence.tray.first_run import WelcomeWindow
from ringfence.tray.history_window import HistoryWindow
from ringfence.tray.pages import Pages
from ringfence.tray.settings_dialog import SettingsDialog
from ringfence.tray.window import MainWindow
from tray.gallery import palette
from tray.route_states import PAGES
from tray.states import NOW, STATES
from tray.test_history_window import NOW as HISTORY_NOW
from tray.test_history_window import Book

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise", extend=True)  # offscreen


def main_window(state: str) -> QWidget:
    made = MainWindow(clock=lambda: NOW)
    made.show_view(STATES[state](), NOW)
    made.show_in_front()
    return made


def pages(tab: int) -> QWidget:
    view, routes = PAGES["two"]()
    made = Pages(clock=lambda: NOW, read_routes=lambda _view, _now: routes)
    made.show_view(view, NOW)
    made.show_in_front()
    made.findChild(QTabWidget).setCurrentIndex(tab)
    return made


def settings_dialog() -> QWidget:
    made = SettingsDialog(Settings(), STATES["open"](), lambda _values: None, clock=lambda: NOW)
    made.show()
    return made


def history() -> QWidget:
    made = HistoryWindow(
        Book(), clock=lambda: HISTORY_NOW, thresholds={"session": 0.9}, first_weekday=0, stopwatch=lambda: 0.0
    )
    made.show_in_front()
    return made


def welcome() -> QWidget:
    made = WelcomeWindow(
        Settings(), places=("/home/me/.claude/.credentials.json",), folders=("/home/me/.claude",), hook=None,
        save=lambda _values: None, clock=lambda: NOW,
    )  # fmt: skip
    made.show_view(STATES["open"]())
    made.show()
    return made


OPENED = {
    "open": lambda: main_window("open"),
    "closed": lambda: main_window("closed"),
    "budgets": lambda: main_window("budgets"),
    "running": lambda: main_window("running_three"),
    "accounts": lambda: pages(0),
    "routes": lambda: pages(1),
    "settings": settings_dialog,
    "history": history,
    "welcome": welcome,
}


@pytest.fixture
def desktop(qapp):
    """The app, on a light desktop; what a test changes is put back."""
    before, style_font = qapp.palette(), QFont(qapp.font())
    qapp.setPalette(palette(dark=False))
    yield qapp
    for window in qapp.topLevelWidgets():
        window.close()
        window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setPalette(before)
    qapp.setFont(style_font)


def picture(window: QWidget) -> QImage:
    window.setFocus()  # a frame of focus is no part of the comparison
    for _ in range(3):
        QApplication.processEvents()
    return window.grab().toImage()


@pytest.mark.parametrize("name", OPENED)
def test_an_open_window_turns_dark_with_the_desktop_and_light_again(desktop, name):
    first = OPENED[name]()
    light = picture(first)
    desktop.setPalette(palette(dark=True))
    second = OPENED[name]()
    after, fresh = picture(first), picture(second)
    assert after != light
    assert after == fresh
    desktop.setPalette(palette(dark=False))
    assert picture(first) == light


@pytest.mark.parametrize("points", [8.0, 18.0])
@pytest.mark.parametrize("name", OPENED)
def test_an_open_window_takes_the_desktops_new_font(desktop, name, points):
    first = OPENED[name]()
    picture(first)
    font = QFont(desktop.font())
    font.setPointSizeF(points)
    desktop.setFont(font)
    second = OPENED[name]()
    picture(first)
    picture(second)
    sizes = [[label.font().pixelSize() for label in w.findChildren(QLabel)] for w in (first, second)]
    assert sizes[0] == sizes[1]
    first.resize(second.size())  # a window that a person may size keeps the size that it was given
    after, fresh = picture(first), picture(second)
    assert after == fresh
