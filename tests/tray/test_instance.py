"""One tray app a person: the second start raises the first, with the desktop's leave to come to the front."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ringfence.tray import instance
from ringfence.tray.instance import TOKEN, Instance


@pytest.fixture
def first(qtbot, tmp_path):
    made = Instance(tmp_path / "home")
    assert made.claim()
    yield made
    made.release()


def asked(qtbot, first, token=""):
    """Ask as a second start does, from a thread of its own, and return the token that was there meanwhile."""
    seen, answers = [], []
    first.show_asked.connect(lambda: seen.append(os.environ.get(TOKEN)))
    second = Instance(first._request.parent)
    asking = threading.Thread(target=lambda: answers.append(second.ask_to_show(token)))
    asking.start()
    qtbot.waitUntil(lambda: bool(seen), timeout=5000)
    asking.join()
    assert answers == [True]
    return seen


def test_the_second_start_is_told_and_the_first_shows_its_window(qtbot, first, tmp_path):
    assert not Instance(tmp_path / "home").claim()
    assert asked(qtbot, first) == [None]
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["tray.lock"]


def test_the_desktops_leave_goes_along_and_is_gone_afterwards(qtbot, first):
    assert asked(qtbot, first, "kwin-42") == ["kwin-42"]
    assert TOKEN not in os.environ


@pytest.mark.parametrize("token", ["a\nb", "\0"])
def test_a_token_that_is_none_is_left_out(qtbot, first, token):
    assert asked(qtbot, first, token) == [None]


def test_a_request_of_before_raises_nothing(qtbot, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "show.request").write_text("old")
    made = Instance(home)
    shown = []
    made.show_asked.connect(lambda: shown.append(True))
    assert made.claim()
    assert not (home / "show.request").exists()
    made._look()
    assert shown == []
    made.release()


def test_a_first_that_hangs_is_not_waited_for(qtbot, first, monkeypatch):
    monkeypatch.setattr(instance, "PATIENCE_S", 0.0)
    first._watcher.blockSignals(True)
    assert Instance(first._request.parent).ask_to_show() is False
    assert not first._request.exists()


def test_a_killed_first_leaves_its_place_at_once(qtbot, tmp_path):
    code = (
        "import sys, signal, os\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from ringfence.tray.instance import Instance\n"
        "app = QCoreApplication([])\n"
        "first = Instance(Path(sys.argv[1]))\n"
        "assert first.claim()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    source = str(Path(__file__).parents[2] / "src")
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-c", code, home], env={**os.environ, "PYTHONPATH": source}, check=False)
    assert (home / "tray.lock").exists()  # it had no time to take it away
    made = Instance(home)
    assert made.claim()
    made.release()


def test_two_people_have_an_app_each(qtbot, first, tmp_path):
    other = Instance(tmp_path / "another home")
    assert other.claim()
    other.release()


def test_a_home_of_its_own_is_for_the_person_alone(qtbot, first):
    assert first._request.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's /proc is a folder in which nobody can make a file")
def test_where_nobody_can_be_the_first_nobody_is_said_to_run(qtbot):
    with pytest.raises(OSError, match="tray"):
        Instance(Path("/proc/self")).claim()
