"""Each guard of tests/guards.py fails the test that breaks its rule, and lets the others pass."""

import shutil
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from architecture import rules

SINS = """
import asyncio, logging, os, socket, threading
import pytest

log = logging.getLogger("sinner")
forever = threading.Event()

def test_warns():
    log.warning("the disk is full")

def test_warns_as_expected(expected_log):
    expected_log("disk is full")
    log.warning("the disk is full")

@pytest.mark.expected_log("disk is full")
def test_warns_as_marked():
    log.warning("the disk is full")

def test_expects_in_vain(expected_log):
    expected_log("disk is full")

def test_goes_out():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

def test_goes_out_and_hides_it():
    with socket.socket() as outward, pytest.raises(OSError):
        outward.connect(("192.0.2.1", 80))

def test_resolves_and_hides_it():
    with pytest.raises(OSError):
        socket.getaddrinfo("example.com", 443)

async def test_goes_out_by_asyncio_and_hides_it():
    with pytest.raises(OSError):
        await asyncio.open_connection("192.0.2.1", 80)

def test_a_name_that_never_resolves():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nobody.invalid", 443)

def test_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()

def test_leaves_a_thread():
    threading.Thread(target=forever.wait, name="sinner", daemon=True).start()

async def test_leaves_a_task():
    test_leaves_a_task.kept = asyncio.get_running_loop().create_task(asyncio.sleep(3600), name="sinner")

async def test_ends_its_task():
    await asyncio.create_task(asyncio.sleep(0))

def test_leaves_a_widget(qtbot):
    from PySide6.QtWidgets import QWidget
    test_leaves_a_widget.kept = QWidget()
    test_leaves_a_widget.kept.setObjectName("sinner")

def test_gives_its_widget_back(qtbot):
    from PySide6.QtWidgets import QWidget
    widget = QWidget()
    qtbot.addWidget(widget)

def test_opens_a_modal_dialog(qtbot):
    from PySide6.QtWidgets import QMessageBox
    box = QMessageBox()
    qtbot.addWidget(box)
    box.exec()

def test_qt_warns(qtbot):
    from PySide6.QtCore import qWarning
    qWarning("sinner")

def test_world(home):
    assert not home.exists()
    assert os.environ["RINGFENCE_HOME"] == str(home)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        assert os.environ[name].startswith(str(home.parent))
    left = {"CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN", "HTTPS_PROXY", "no_proxy", "DISPLAY"} & set(os.environ)
    assert not left

@pytest.mark.desktop
def test_of_the_desktop():
    raise AssertionError("there is none")
"""

# What the guard says; None where nothing may be said.
SAID = {
    "test_warns": "logged: WARNING sinner: the disk is full",
    "test_warns_as_expected": None,
    "test_warns_as_marked": None,
    "test_expects_in_vain": "not logged: disk is full",
    "test_goes_out": "tests may not reach",
    "test_goes_out_and_hides_it": "tried to leave this machine: ('192.0.2.1', 80)",
    "test_resolves_and_hides_it": "tried to leave this machine: example.com",
    "test_goes_out_by_asyncio_and_hides_it": "tried to leave this machine",
    "test_a_name_that_never_resolves": None,
    "test_loopback": None,
    "test_leaves_a_thread": "threads left behind: sinner",
    "test_leaves_a_task": "asyncio tasks left behind: sinner",
    "test_ends_its_task": None,
    "test_world": None,
}
SAID_OF_QT = {
    "test_leaves_a_widget": "top-level widgets left behind: QWidget 'sinner'",
    "test_gives_its_widget_back": None,
    "test_opens_a_modal_dialog": "QMessageBox.exec would stop",
    "test_qt_warns": "sinner",
}


@pytest.fixture(scope="module")
def sinful_run(tmp_path_factory):
    """Return (test's name -> what pytest reported as failure or error, pytest's output)."""
    folder = tmp_path_factory.mktemp("sinners")
    (folder / "tests").mkdir()
    (folder / "src").mkdir()
    shutil.copy(rules.ROOT / "pyproject.toml", folder)
    for name in ("conftest.py", "guards.py"):
        shutil.copy(rules.ROOT / "tests" / name, folder / "tests")
    (folder / "tests" / "test_sins.py").write_text(SINS, encoding="utf-8")
    # A full environment, as a person's is; only the desktop is not there.
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "CLAUDE_CONFIG_DIR": "x",
        "HTTPS_PROXY": "x",
        "no_proxy": "x",
        "DISPLAY": ":99",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--junit-xml=report.xml", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    reported: dict[str, str] = {}
    for case in ET.parse(folder / "report.xml").iter("testcase"):
        said = [f"{found.get('message')} {found.text}" for found in case if found.tag in {"failure", "error"}]
        reported[case.get("name", "")] = reported.get(case.get("name", ""), "") + "".join(said)
    return reported, done.stdout


@pytest.mark.parametrize("name", SAID)
def test_a_guard_sees_what_it_is_there_for(sinful_run, name):
    check(SAID[name], name, *sinful_run)


@pytest.mark.parametrize("name", SAID_OF_QT)
def test_a_guard_of_qt_sees_what_it_is_there_for(sinful_run, name, qtbot):  # left out where Qt does not load
    check(SAID_OF_QT[name], name, *sinful_run)


def check(said, name, reported, output):
    if said is None:
        assert reported[name] == "", output
    else:
        assert said in reported[name], output


def test_a_desktop_test_without_a_desktop_is_counted_in_the_last_line(sinful_run):
    reported, output = sinful_run
    assert "test_of_the_desktop" not in reported
    last = output.rstrip().splitlines()[-1]
    assert last.startswith("Skipped: ")
    assert "1 test (no test desktop here: run `make test`" in last
