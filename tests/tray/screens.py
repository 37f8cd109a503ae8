"""Every screen in every state, shown: what the gallery draws for a person and `measured.py` measures."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QTabWidget, QWidget

from ringfence.core.gate_changes import GateChange
from ringfence.core.history import Day
from ringfence.core.settings import Settings, Thresholds
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.tray.first_run import Hook, WelcomeWindow
from ringfence.tray.history_window import HistoryWindow, lines_of
from ringfence.tray.menu import TrayMenu
from ringfence.tray.pages import Pages
from ringfence.tray.settings_dialog import SettingsDialog
from ringfence.tray.window import MainWindow
from tray.route_states import PAGES
from tray.states import FLEET, NOW, SET, STATES
from tray.test_history_window import DAY, HOUR, Book
from tray.test_history_window import NOW as TODAY

HISTORY_TABS = "windows", "hours", "tokens"
PAGE_TABS = "accounts", "routes"
PATHS = LEDGER, SETTINGS = (
    "/home/me/.local/state/ringfence/ledger.sqlite3", "/home/me/.config/ringfence/settings.toml",
)  # fmt: skip
LOCKED = Sentence("{path} is locked by another program; try again.", path=LEDGER)
FULL = FileError.of("write", SETTINGS, OSError(errno.ENOSPC, ""))
DATA = (
    "~/.claude", "/home/me/.claude/settings.json", ".credentials.json", "api.anthropic.com", "claude", *PATHS,
    *(f"/home/me/src/project-{n}" for n in range(12)),
)  # fmt: skip
"""What is said in no language: names from outside, and errors that were told before they were shown."""


class Busy(Book):
    """A month of somebody who works by day: every kind of span, more models and projects than colours."""

    def readings(self, account, window, since, until):
        found, used = [], 0.0
        for n in range(30 * 24 + 1):
            at = TODAY - (30 * 24 - n) * HOUR
            if n % (5 if window == "session" else 24 * 7) == 0:
                used = 0.0
            working = 8 <= n % 24 <= 19 and n % (7 * 24) < 5 * 24
            used = min(used + working * (0.05 + (n * 37 % 11) / 80) / (1 if window == "session" else 14), 1.0)
            if since <= at <= until:
                found.append((at, used, None))
        return found

    def changes(self, since, until):
        told = (
            GateChange(at=0, verdict="closed", kind="threshold", reason="session_threshold", window="session"),
            GateChange(at=0, verdict="open"),
            GateChange(at=0, verdict="closed", kind="manual"),
            GateChange(at=0, verdict="open", overridden=True),
            GateChange(at=0, verdict="unknown"),
            GateChange(at=0, verdict="open"),
        )
        return [replace(change, at=TODAY - (6.5 - n) * DAY) for n, change in enumerate(told)]

    def days(self, since, until, account, by):
        names = {
            "model": ("claude-opus-4-8", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-fable-1", "claude-opus-4-5"),
            "project": tuple(f"/home/me/src/project-{n}" for n in range(12)),
        }[by]
        return [
            Day(day=f"2026-11-{n:02}", parts={name: (n * 7919 + i * 104729) % 900_000 for i, name in enumerate(names)})
            for n in range(1, 22) if n % 7
        ]  # fmt: skip


class Unread(Book):
    """Nothing was ever read."""

    def kept(self):
        return []

    def readings(self, account, window, since, until):
        return []

    def changes(self, since, until):
        return []

    def days(self, since, until, account, by):
        return []


def screens() -> Iterator[tuple[str, QWidget]]:
    """Yield every window in every state, shown, with a name that a file may have; whoever takes one closes it."""
    yield from _main_windows()
    yield from _pages()
    yield from _settings()
    yield from _histories()
    yield from _welcomes()


def menus() -> Iterator[tuple[str, QWidget]]:
    """Yield the tray's menu in every state, open, as a desktop draws it that lets Qt do it."""
    for state in STATES:
        menu = TrayMenu()
        menu.show_view(STATES[state](), NOW)
        menu.popup(QPoint(0, 0))
        yield f"menu-{state}", menu


def grown(window: QWidget) -> QWidget:
    """Return a window made as high as everything in it, where it would scroll."""
    for area in window.findChildren(QScrollArea):
        if area.isVisible():
            window.resize(window.width(), window.height() + area.verticalScrollBar().maximum())
    return window


def _main_windows() -> Iterator[tuple[str, QWidget]]:
    for name, make in STATES.items():
        window = MainWindow(clock=lambda: NOW)
        window.show_in_front()
        window.show_view(make(), NOW)  # the way that is harder to lay out: everything changes while it is seen
        yield f"window-{name}", window


def _pages() -> Iterator[tuple[str, QWidget]]:
    for name, make in PAGES.items():
        drawn, routes = make()
        for index, tab in enumerate(PAGE_TABS):
            pages = Pages(clock=lambda: NOW, read_routes=lambda _view, _now, routes=routes: routes)
            pages.show_in_front()
            pages.show_view(drawn, NOW)
            pages.findChild(QTabWidget).setCurrentIndex(index)
            yield f"{tab}-{name}", pages


def _settings() -> Iterator[tuple[str, QWidget]]:
    for name, settings in (("plain", Settings()), ("set", SET), ("fleet", FLEET)):
        dialog = SettingsDialog(settings, STATES["open"](), lambda _values: None, clock=lambda: NOW)
        dialog.show()
        yield f"settings-{name}", dialog
    warned = SettingsDialog(SET, STATES["open"](), lambda _values: None, clock=lambda: NOW)
    warned.show()
    warned.row("thresholds.session_pct").box.setValue(50)
    yield "settings-warned", warned

    def failing(_values: object) -> None:
        raise FULL

    failed = SettingsDialog(SET, STATES["open"](), failing, clock=lambda: NOW)
    failed.show()
    failed.row("thresholds.session_pct").box.setValue(95)
    failed.save_button.click()
    yield "settings-not-saved", failed


def _histories() -> Iterator[tuple[str, QWidget]]:
    broken = Book()
    broken.broken = LOCKED
    books = {"": Book(("default", "work")), "-busy": Busy(), "-unread": Unread(), "-broken": broken}
    for name, book in books.items():
        for index, tab in enumerate(HISTORY_TABS):
            window = HistoryWindow(
                book,
                clock=lambda: TODAY,
                thresholds=lines_of(Thresholds(session_pct=90.0)),
                first_weekday=0,
                stopwatch=lambda: 0.0,
            )
            window.show_in_front()
            window.findChild(QTabWidget).setCurrentIndex(index)
            yield f"history-{tab}{name}", window


def _welcomes() -> Iterator[tuple[str, QWidget]]:
    home = "/home/me/.claude"
    hook = Hook(where=f"{home}/settings.json", installed=False, install=lambda: "done")
    for name, state, given in (
        ("login", "open", hook),
        ("hooked", "open", replace(hook, installed=True)),
        ("no-login", "signed_out", None),
    ):
        window = WelcomeWindow(
            Settings(), places=(f"{home}/.credentials.json",), folders=(home,), hook=given,
            save=lambda _values: None, clock=lambda: NOW,
        )  # fmt: skip
        window.show_view(STATES[state]())
        window.show()
        yield f"welcome-{name}", window
