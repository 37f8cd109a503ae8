"""The tray app: joins Qt, the loop and the monitor. Slots become events at once; what is shown is the last view.

The icon comes before everything heavy (loop, storage, sources): it is what a person waits for at the start.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QObject, QTimer
from PySide6.QtWidgets import QApplication

from ringfence import face_texts
from ringfence.core.first_run import is_first
from ringfence.core.model import Hint, Scope
from ringfence.core.ring import View
from ringfence.language import _, told
from ringfence.storage.paths import Paths, find_paths
from ringfence.tray import appearance
from ringfence.tray.closing import let_go
from ringfence.tray.icon import TrayIcon
from ringfence.tray.instance import Instance
from ringfence.tray.look import look_of
from ringfence.tray.painter import tray_icon
from ringfence.tray.start_up import (
    demo_line,
    log_uncaught,
    make_application,
    make_demo_home,
    raise_first,
    show_icon,
    start_logging,
    tell,
)
from ringfence.tray.theme import Panel

if TYPE_CHECKING:
    from ringfence.core.events import Event
    from ringfence.core.route_view import RouteView
    from ringfence.follower import Follower
    from ringfence.monitor import Monitor
    from ringfence.system_ports import Autostart
    from ringfence.tray.first_run import WelcomeWindow
    from ringfence.tray.history_window import HistoryWindow
    from ringfence.tray.pages import Pages
    from ringfence.tray.settings_dialog import SettingsDialog
    from ringfence.tray.window import MainWindow

log = logging.getLogger(__name__)

NO_TRAY_GRACE_MS = 3000
"""How long a desktop that is still starting gets to bring up its tray before the window opens instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How the app was started."""

    demo_home: Path | None
    window: bool | None


def run(*, demo: bool = False, window: bool | None = None) -> int:
    """Run the app until it is quit; returns the exit status. A second start raises the first one's window.

    Args:
        demo: on a simulated account.
        window: True: it opens at once (the menu). False: never by itself, and a first app's stays as it is (autostart).
            None: where nobody shows the icon.
    """
    app = make_application()
    home = make_demo_home() if demo else None
    try:
        paths = Paths(config=home, state=home) if home else find_paths()
    except RuntimeError as error:
        tell(_("There is no home folder ({error}); set RINGFENCE_HOME.").format(error=error))
        return 1
    try:
        instance = Instance(paths.state)
        if instance.claim():
            return _run(app, instance, paths, _Asked(demo_home=home, window=window))
        return 0 if window is False else raise_first(instance)
    except OSError as error:
        from ringfence.file_errors import FileError

        tell(told(str(FileError.of("use", paths.state, error))))
        return 1
    finally:
        if home is not None:
            import shutil

            shutil.rmtree(home, ignore_errors=True)


def _run(app: QApplication, instance: Instance, paths: Paths, asked: _Asked) -> int:
    icon = show_icon(app, _now())
    os.environ["QT_API"] = "pyside6"  # qasync picks its binding by this
    import qasync

    stop_logging = start_logging(paths)
    sys.excepthook = log_uncaught
    loop = qasync.QEventLoop(app)
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    asyncio.set_event_loop(loop)
    # qasync's own executor starts ten threads at the first use; what blocks here (SQLite, name look-ups) is short.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=2))
    try:
        with loop:
            status: int = loop.run_until_complete(_main(app, icon, instance, paths, asked))
            return status
    finally:
        instance.release()
        stop_logging()


async def _main(app: QApplication, icon: TrayIcon, instance: Instance, paths: Paths, asked: _Asked) -> int:
    from ringfence import wiring
    from ringfence.file_errors import FileError

    try:
        if asked.demo_home is None:
            await _TrayApp(app, icon, instance, paths, _brain(paths)).run(window=asked.window)
            return 0
        from ringfence.demo import DemoAccount

        async with DemoAccount(_now, asked.demo_home, busy=True):
            sys.stdout.write(f"Ask the demo's gate from another terminal:\n  {demo_line(asked.demo_home)}\n")
            sys.stdout.flush()
            monitor, _ = wiring.build_monitor(paths)
            # Whoever starts the demo wants to see it, and may not look for an icon first.
            await _TrayApp(app, icon, instance, paths, monitor).run(window=asked.window is not False, demo=True)
    except FileError as error:
        icon.hide()
        tell(told(str(error)))
        return 1
    return 0


def _brain(paths: Paths) -> Monitor | Follower:
    """Return a monitor; beside one that runs already (a daemon), a face for what it publishes."""
    from ringfence import wiring
    from ringfence.file_errors import FileError

    try:
        return wiring.build_monitor(paths)[0]
    except FileError:
        if not wiring.monitor_runs(paths):
            raise
        return wiring.build_follower(paths)


class _TrayApp(QObject):
    """The app while it runs: icon, window and dialog around one monitor, or around the files of another's."""

    def __init__(
        self, app: QApplication, icon: TrayIcon, instance: Instance, paths: Paths, monitor: Monitor | Follower
    ) -> None:
        super().__init__()
        self._app, self._icon, self._paths, self._monitor = app, icon, paths, monitor
        self._view = View(verdict="unknown")
        self._window: MainWindow | None = None
        self._dialog: SettingsDialog | None = None
        self._pages: Pages | None = None
        self._history: HistoryWindow | None = None
        self._welcome: WelcomeWindow | None = None
        self._welcomed = False
        self._has_tray = False
        self._instance = instance
        self._quiet = self._demo = False
        self._tray_waited_for = False

    async def run(self, *, window: bool | None = None, demo: bool = False) -> None:
        """Go on until the person or the system quits."""
        self._quiet, self._demo = window is False, demo
        self._instance.show_asked.connect(self.open_window)
        self._join(self._icon)
        self._icon.available.connect(self._tray_changed)
        self._has_tray = self._icon.is_available()
        QTimer.singleShot(NO_TRAY_GRACE_MS, self._open_without_tray)
        if window:
            QTimer.singleShot(0, self.open_window)  # once there is a monitor, below
        self._app.aboutToQuit.connect(self._quit)
        self._quit_on_signals()
        try:
            async with appearance.followed(self._app):
                while await self._follow_brain():  # a daemon beside us ended: the app watches by itself from now on
                    self._monitor = _brain(self._paths)
        finally:
            self._icon.hide()
            if self._window is not None:
                self._window.deleteLater()

    async def _follow_brain(self) -> bool:
        """Go on until the person or the system quits, or until there is no monitor to follow: then return True."""
        from ringfence.follower import Follower

        self._monitor.on_view(self._show)
        if isinstance(self._monitor, Follower):
            return await self._monitor.run()
        self._monitor.on_open(self.open_window)
        await self._monitor.run()
        return False

    def open_window(self) -> None:
        """Show the window, in front."""
        from ringfence.core.events import WindowOpened

        if self._window is None:
            from ringfence.tray.window import MainWindow

            self._window = MainWindow(clock=_now)
            self._join(self._window)
            self._window.closed.connect(self._window_closed)
        self._window.show_view(self._view, _now())
        self._explain_tray()
        self._window.show_in_front(self._icon.geometry())
        self._do(WindowOpened(at=_now()))

    def _join(self, face: TrayIcon | MainWindow) -> None:
        """Translate a face's wishes into events."""
        from ringfence.core import events

        face.pause_asked.connect(self._pause)
        face.unpause_asked.connect(lambda: self._do(events.UnpauseAsked(at=_now(), scope=Scope())))
        face.pause_only_asked.connect(self._pause)
        face.unpause_only_asked.connect(lambda scope: self._do(events.UnpauseAsked(at=_now(), scope=scope)))
        face.override_asked.connect(lambda: self._do(events.OverrideAsked(at=_now())))
        face.override_ended.connect(lambda: self._do(events.OverrideEnded(at=_now())))
        face.refresh_asked.connect(lambda: self._do(events.RefreshAsked(at=_now())))
        face.pages_asked.connect(self._open_pages)
        face.history_asked.connect(self._open_history)
        face.settings_asked.connect(self._open_settings)
        face.welcome_asked.connect(self._open_welcome)
        face.quit_asked.connect(self._quit)
        if isinstance(face, TrayIcon):
            face.open_asked.connect(self.open_window)
        else:
            face.hint_hidden.connect(lambda hint: self._do(events.HintHidden(at=_now(), hint=hint)))
            face.next_launch_asked.connect(lambda: self._do(events.NextLaunchAsked(at=_now())))

    def _pause(self, length: object, scope: Scope = Scope()) -> None:
        """Pause everything, or a scope alone: for seconds, until the reset ("reset"), or open-ended (None)."""
        from ringfence.core.events import PauseAsked

        now = _now()
        until = now + length if isinstance(length, int | float) else None
        self._do(PauseAsked(at=now, until=until, until_reset=length == "reset", scope=scope))

    def _do(self, event: Event) -> None:
        self._monitor.dispatch(event)

    def _show(self, view: View) -> None:
        self._view = view
        self._icon.set_panel(Panel(self._monitor.settings.appearance.panel))
        self._icon.show_view(view, _now())
        if self._window is not None:
            self._explain_tray()
            self._window.show_view(view, _now())
        if self._dialog is not None:
            self._dialog.show_view(view)
        if self._pages is not None:
            self._pages.show_view(view, _now())
        self._greet(view)

    def _greet(self, view: View) -> None:
        """Show the first window to whoever has not seen it, once it is known whether a login is there."""
        known = bool(view.accounts) and (view.accounts[0].observed_at or view.accounts[0].failure) is not None
        if not self._welcomed and known:
            self._welcomed = True
            there, quiet = os.access(self._paths.settings, os.F_OK), self._quiet or self._demo
            if is_first(settings_there=there, hidden=view.hidden_hints, quiet=quiet):
                self._open_welcome()
        if self._welcome is not None:
            self._welcome.show_view(view)

    def _open_welcome(self) -> None:
        """Show the welcome, in front: by itself once, and whenever it is asked for."""
        from ringfence.core import events

        if self._welcome is None:
            from ringfence.tray import first_run

            window = first_run.made(self._monitor.settings, self._save, _now, demo=self._demo)
            window.setWindowIcon(tray_icon(look_of(self._view)))
            window.look_again_asked.connect(lambda: self._do(events.RefreshAsked(at=_now())))
            window.done.connect(lambda: self._do(events.HintHidden(at=_now(), hint=Hint.WELCOME)))
            window.done.connect(self._welcome_closed)
            self._welcome = window
        self._welcome.show_view(self._view)
        self._welcome.show_in_front()

    def _welcome_closed(self) -> None:
        if self._welcome is not None:
            let_go(self._welcome)
            self._welcome = None

    def _open_settings(self) -> None:
        from ringfence.tray.page_parts import bring_to_front
        from ringfence.tray.settings_dialog import SettingsDialog

        if self._dialog is None:
            # No parent: a closed window is deleted, and would take an open dialog along.
            self._dialog = SettingsDialog(self._monitor.settings, self._view, self._save, autostart=self._autostart())
            self._dialog.setWindowIcon(tray_icon(look_of(self._view)))
            self._dialog.finished.connect(self._settings_closed)
        self._dialog.open()  # never exec(): it would stop the other tasks for good (DESKTOP.md 4)
        bring_to_front(self._dialog)

    def _autostart(self) -> Autostart | None:
        """Return how the app is started at sign-in; None: that is not ours to say, or a demo, which touches nothing."""
        from ringfence import wiring
        from ringfence.file_errors import FileError

        try:
            return None if self._demo else wiring.autostart(self._paths)
        except FileError as error:
            log.info("%s", error)
            return None

    def _save(self, values: dict[str, object]) -> None:
        from ringfence.storage.settings_file import set_values

        set_values(self._paths.settings, values)

    def _settings_closed(self) -> None:
        if self._dialog is not None:
            let_go(self._dialog)
            self._dialog = None

    def _open_pages(self) -> None:
        """Show accounts and routes, in front."""
        from ringfence.core import events

        if self._pages is None:
            from ringfence.tray.pages import Pages

            pages = self._pages = Pages(clock=_now, read_routes=self._read_routes)
            pages.refresh_asked.connect(lambda name: self._do(events.RefreshAsked(at=_now(), account=name)))
            pages.pause_only_asked.connect(self._pause)
            pages.unpause_only_asked.connect(lambda scope: self._do(events.UnpauseAsked(at=_now(), scope=scope)))
            pages.pin_asked.connect(self._pin)
            pages.closed.connect(self._pages_closed)
        self._pages.show_view(self._view, _now())
        self._pages.show_in_front()

    def _open_history(self) -> None:
        """Show the history, in front."""
        if self._history is None:
            from ringfence import wiring
            from ringfence.tray.history_window import HistoryWindow, lines_of

            self._history = HistoryWindow(
                wiring.history(self._paths), clock=_now, thresholds=lines_of(self._monitor.settings.thresholds),
                first_weekday=wiring.first_weekday(),
            )  # fmt: skip
            self._history.closed.connect(self._history_closed)
        self._history.setWindowIcon(tray_icon(look_of(self._view)))
        self._history.show_in_front()

    def _history_closed(self) -> None:
        if self._history is not None:
            let_go(self._history)
            self._history = None

    def _read_routes(self, view: View, now: float) -> RouteView:
        """Return what the files tell a launcher now: the same beside a daemon as in a monitor of our own."""
        from ringfence import gate_reader
        from ringfence.core import failover
        from ringfence.core.route_memory import RouteMemory
        from ringfence.core.route_view import route_view
        from ringfence.route import read_route
        from ringfence.route_facts import Facts

        gate = gate_reader.read_gate(str(self._paths.gate), now=now).document
        settings = self._monitor.settings
        route = read_route(str(self._paths.route)) or failover.route_document(RouteMemory(), settings, frozenset())
        return route_view(Facts(gate, route), settings, view.targets.classes, now)

    def _pin(self, account: str) -> None:
        """Keep the account for the icon in the settings; what follows comes back from the file."""
        from ringfence.file_errors import FileError

        assert self._pages is not None
        try:
            self._save({"appearance.icon_account": account or None})
        except FileError as error:
            self._pages.say_fault(str(error))
            self._pages.show_view(self._view, _now())  # what was asked for is not so
        else:
            self._pages.say_fault("")

    def _pages_closed(self) -> None:
        if self._pages is not None:
            let_go(self._pages)
            self._pages = None

    def _window_closed(self) -> None:
        if not self._has_tray and not self._quiet:
            self._quit()  # the window was the only face there is
        elif self._window is not None:
            let_go(self._window)
            self._window = None

    def _tray_changed(self, available: bool) -> None:
        self._has_tray = available
        self._explain_tray()

    def _explain_tray(self) -> None:
        """Say in the window why there is no icon, where that is known and the person has not read it yet."""
        if self._window is None:
            return
        unknown = self._tray_waited_for and not self._has_tray and Hint.NO_TRAY not in self._view.hidden_hints
        desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
        self._window.explain_tray(face_texts.no_tray_text(desktop) if unknown else "")

    def _open_without_tray(self) -> None:
        self._tray_waited_for = True
        self._explain_tray()
        if not self._has_tray and self._window is None and not self._quiet:
            self.open_window()

    def _quit(self) -> None:
        from ringfence.core.events import QuitAsked

        self._do(QuitAsked(at=_now()))

    def _quit_on_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self._quit)
            except (NotImplementedError, RuntimeError):  # Windows
                signal.signal(number, lambda *_: self._quit())


def _now() -> float:
    """A face's own clock, for countdowns and the moment of a click; Qt reads it."""
    return QDateTime.currentMSecsSinceEpoch() / 1000
