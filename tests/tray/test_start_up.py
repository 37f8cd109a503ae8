"""A start that cannot become an app says why, in a sentence, and ends."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.tray import app, start_up


@pytest.fixture
def no_application(monkeypatch):
    monkeypatch.setattr(app, "make_application", lambda: None)


def test_a_home_that_cannot_be_used_is_named(no_application, monkeypatch, tmp_path, capsys):
    home = tmp_path / "home"
    home.write_text("a file")
    monkeypatch.setenv("RINGFENCE_HOME", str(home))
    assert app.run() == 1
    assert str(home) in capsys.readouterr().err


def test_without_a_home_folder_the_way_out_is_told(no_application, monkeypatch, capsys):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(app, "find_paths", nowhere)
    assert app.run() == 1
    assert "set RINGFENCE_HOME" in capsys.readouterr().err


def test_without_a_terminal_nothing_is_told_and_nothing_fails(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)  # as a program of Windows's desktop has it
    start_up.tell("Nobody hears this.")


def test_once_the_icon_is_there_python_collects_again(qapp, qtlog):
    gc.disable()  # as the start does (ringfence.__main__)
    try:
        with qtlog.disabled():  # without a host Qt complains of a signal (test_icon)
            icon = start_up.show_icon(qapp, 0.0)
        assert gc.isenabled()
    finally:
        gc.enable()
    icon.hide()
    icon.menu.deleteLater()
    icon.deleteLater()


def test_the_icon_waits_for_nothing_that_only_the_monitor_needs():
    later = (
        "ringfence.core.settings", "ringfence.core.reducer", "ringfence.monitor", "ringfence.wiring",
        "ringfence.system_ports", "ringfence.ports", "asyncio", "qasync", "msgspec", "sqlite3", "httpx", "tomllib",
    )  # fmt: skip
    code = f"import sys, ringfence.tray.app; print(*sorted(set({later!r}) & sys.modules.keys()))"
    source = Path(__file__).parents[2] / "src"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(source)}, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert loaded == []
