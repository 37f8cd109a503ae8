"""What the tray app does once, around its loop: Qt's application, the log, and the word to an app that runs already."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from ringfence.core.ring import View
from ringfence.language import told
from ringfence.storage.paths import Paths
from ringfence.tray import translation
from ringfence.tray.icon import TrayIcon
from ringfence.tray.instance import TOKEN, Instance
from ringfence.version import APP_ID

log = logging.getLogger(__name__)


def tell(text: str) -> None:
    """Say a thing to whoever started the app in a terminal; on Windows the app itself has neither one nor a stderr."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def make_demo_home() -> Path:
    """Make a folder for the files of one demo."""
    import tempfile

    return Path(tempfile.mkdtemp(prefix="ringfence-demo-"))


def make_application() -> QApplication:
    """Return Qt's application under our names, in the person's language."""
    QGuiApplication.setDesktopFileName(APP_ID)
    with _gtk_without_gl():
        app = QApplication(sys.argv[:1])
    app.setApplicationName("ringfence")
    app.setApplicationDisplayName("Ringfence")
    app.setQuitOnLastWindowClosed(False)
    translation.speak(translation.wanted())
    return app


@contextmanager
def _gtk_without_gl() -> Iterator[None]:
    """Keep OpenGL out while Qt takes the look from GTK, which draws nothing here.

    The first GTK program of an X session tries what there is, and keeps Mesa and LLVM: 31 MB. Programs that are started
    from here later must not have the variable.
    """
    if "GDK_GL" in os.environ:
        yield
        return
    os.environ["GDK_GL"] = "disable"
    try:
        yield
    finally:
        del os.environ["GDK_GL"]


def show_icon(app: QApplication, now: float) -> TrayIcon:
    """Return the icon, which the panel knows by then: a person waits for it, and not for 200 ms of imports."""
    icon = TrayIcon()
    icon.show_view(View(verdict="unknown"), now)
    app.processEvents()
    gc.enable()  # ringfence.__main__
    return icon


def raise_first(instance: Instance) -> int:
    """Ask the app that runs to show its window; returns the exit status of the second start."""
    if instance.ask_to_show(os.environ.get(TOKEN, "")):
        _end_start_up()
        return 0
    tell("Ringfence runs already but does not answer; end it (`pkill ringfence`) and start it again.")
    return 1


def _end_start_up() -> None:
    """Give the pointer back that a desktop on X11 keeps busy for the program it started: a window ends that."""
    if QGuiApplication.platformName() == "xcb" and "DESKTOP_STARTUP_ID" in os.environ:
        window = QWidget(None, Qt.WindowType.ToolTip | Qt.WindowType.BypassWindowManagerHint)
        window.setGeometry(-2, -2, 1, 1)
        window.show()  # and with this process it goes


def start_logging(paths: Paths) -> Callable[[], None]:
    """Write the log from now on; returns what ends that."""
    from ringfence.file_errors import FileError
    from ringfence.storage import logs

    try:
        return logs.start_logging(str(paths.log))
    except FileError as error:  # without a log the app is still of use; the sentence is for whoever started it
        tell(told(str(error)))
        return lambda: None


def demo_line(home: Path) -> str:
    """Return the command that asks a demo's gate."""
    return f"RINGFENCE_HOME={home} ringfence gate check"


def log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what a Qt slot let go: it does not reach the loop's handler (DESKTOP.md 4)."""
    log.error("uncaught in the app", exc_info=(kind, error, trace))
