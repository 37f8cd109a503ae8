"""The guards: each is an autouse fixture, and fails the test that breaks its rule.

* Every test has a RINGFENCE_HOME, HOME and XDG folders of its own, no login, no proxy, no bus and no keyring. Tests
  marked `desktop` keep the session's HOME, XDG folders, bus and keyring.
* A logged WARNING or worse fails the test, unless it asked for it through `expected_log`.
* Sockets reach loopback and unix paths only. Programs that a test starts are not covered.
* No asyncio task, no thread and no top-level widget outlives its test.
* What one test speaks, the next does not: every test begins in English.
* A modal dialog (`exec`) raises: it would stop every other task of the loop, and wait for nobody here.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import logging
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence import language

FOREIGN = re.compile(
    r"(RINGFENCE|CLAUDE|ANTHROPIC|PYTHON_KEYRING|PYTEST_QT)_?.*|.*_PROXY|(NO|FORCE|CLICOLOR)_?COLOR|CLICOLOR(_FORCE)?|COLUMNS|LINES|TZ"
)
DESKTOP_ONLY = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS", "AT_SPI_BUS_ADDRESS")
FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}
# Threads that may outlive a test. pytest-httpserver keeps one server for the whole run.
LASTING_THREADS = re.compile(r".*\((thread_target|serve_forever)\)")
# Qt makes these itself and keeps them.
LASTING_WIDGETS = {"QTipLabel", "QComboBoxPrivateContainer"}


# ---- a world of its own ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin in English, whatever the last test spoke."""
    language.speak([])
    yield
    language.speak([])


@pytest.fixture(autouse=True)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give the test a world of its own, and return its folder."""
    folder = tmp_path_factory.mktemp("world")
    for name in list(os.environ):
        if FOREIGN.fullmatch(name.upper()):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RINGFENCE_HOME", str(folder / "ringfence"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={folder / 'no-system-bus'}")
    if request.node.get_closest_marker("desktop"):
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")  # for the programs that the test starts
        return folder
    for name, place in FOLDERS.items():
        (folder / place).mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv(name, str(folder / place))
    for name in DESKTOP_ONLY:
        monkeypatch.delenv(name, raising=False)
    # Without an address a library would look for the person's own bus in well-known places.
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder / 'run' / 'no-bus'}")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder


@pytest.fixture
def home(world: Path) -> Path:
    """Return this test's RINGFENCE_HOME; nothing has made the folder yet."""
    return world / "ringfence"


# ---- the log ---------------------------------------------------------------------------------------------------------


class ExpectedLog:
    """The messages a test asks for: call it with a regular expression that is found in the message."""

    def __init__(self) -> None:
        self.records: list[logging.LogRecord] = []
        self._patterns: list[str] = []

    def __call__(self, pattern: str) -> None:
        """Expect at least one WARNING or worse whose message matches."""
        self._patterns.append(pattern)

    def problems(self) -> list[str]:
        """Return what was logged without being expected, and what was expected and not logged."""
        said = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        unexpected = [f"logged: {text}" for text in said if not any(re.search(p, text) for p in self._patterns)]
        missing = [f"not logged: {p}" for p in self._patterns if not any(re.search(p, text) for text in said)]
        return unexpected + missing


class _Collector(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture(autouse=True)
def expected_log(request: pytest.FixtureRequest, world: Path) -> Iterator[ExpectedLog]:
    """Fail the test when a WARNING or worse is logged that it did not ask for, by a call of this or by the mark."""
    expected = ExpectedLog()
    for mark in request.node.iter_markers("expected_log"):
        for pattern in mark.args:
            expected(pattern)
    collector = _Collector(expected.records)
    logging.getLogger().addHandler(collector)
    try:
        yield expected
    finally:
        logging.getLogger().removeHandler(collector)
    if problems := expected.problems():
        pytest.fail("\n".join(problems), pytrace=False)


# ---- the network -----------------------------------------------------------------------------------------------------


class OutsideError(ConnectionRefusedError):
    """A test tried to leave the machine."""


def is_inside(family: int, address: object) -> bool:
    """Tell whether a socket may connect there: a unix path, or a loopback address."""
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    return is_local_host(address[0] if isinstance(address, tuple) else address)


def is_local_host(host: object) -> bool:
    """Tell whether a name or an address is this machine. Names under .invalid never resolve: they may be asked for."""
    text = host.decode() if isinstance(host, bytes) else host
    if not text:
        return True
    name = str(text).rstrip(".").casefold()
    if name == "localhost" or name.endswith((".localhost", ".invalid")):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    attempts: list[str] = []

    def refuse(where: object) -> None:
        attempts.append(str(where))
        raise OutsideError(f"tests may not reach {where}")

    def guarded(method):
        def connect(self, address):
            if not is_inside(self.family, address):
                refuse(address)
            return method(self, address)

        return connect

    resolve = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if str(host).casefold().rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_local_host(host):
            refuse(host)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield attempts
    if attempts:  # the code under test may have swallowed the exception
        pytest.fail(f"the test tried to leave this machine: {', '.join(attempts)}", pytrace=False)


# ---- what may be left behind -----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 2.0
    left = []
    for thread in set(threading.enumerate()) - before:
        if LASTING_THREADS.fullmatch(thread.name):
            continue
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            left.append(thread.name)
    if left:
        pytest.fail(f"threads left behind: {', '.join(sorted(left))}", pytrace=False)


@pytest.fixture
async def _no_task_left_in_loop():
    yield
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]
    if left:
        names = ", ".join(
            sorted(f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', '?')})" for task in left)
        )
        pytest.fail(f"asyncio tasks left behind: {names}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_task_left(request: pytest.FixtureRequest, _no_thread_left: None) -> None:
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_no_task_left_in_loop")


@pytest.fixture(autouse=True)
def _no_widget_left() -> Iterator[None]:
    before = _top_level_widgets()
    yield
    left = _top_level_widgets() - before
    if left:
        gc.collect()  # a widget in a reference cycle is not kept by anybody
        left = _top_level_widgets() - before
    if left:
        pytest.fail(f"top-level widgets left behind: {', '.join(sorted(name for _, name in left))}", pytrace=False)


def _top_level_widgets() -> set[tuple[int, str]]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return set()
    core = sys.modules["PySide6.QtCore"]
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    found = set()
    for widget in widgets.QApplication.topLevelWidgets():
        name = widget.metaObject().className()
        if name not in LASTING_WIDGETS:
            found.add((sys.modules["shiboken6"].getCppPointer(widget)[0], f"{name} {widget.objectName()!r}"))
    return found


# ---- no modal dialogs ------------------------------------------------------------------------------------------------

MODAL = {
    "QDialog": ("exec",),
    "QMenu": ("exec",),
    "QMessageBox": ("exec", "about", "critical", "information", "question", "warning"),
    "QFileDialog": ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"),
    "QInputDialog": ("getDouble", "getInt", "getItem", "getMultiLineText", "getText"),
}


@pytest.fixture(autouse=True)
def _no_modal_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None:
        return
    for class_name, methods in MODAL.items():
        for method in methods:
            monkeypatch.setattr(getattr(widgets, class_name), method, _refusal(f"{class_name}.{method}"))


def _refusal(name: str):
    def refuse(*args: object, **kwargs: object):
        raise AssertionError(f"{name} would stop the loop's other tasks for good; use open() and signals")

    return refuse
