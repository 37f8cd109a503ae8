"""What runs on: the daemon, the demo in the terminal, the self-test, `status --watch`; the account is a real server."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.world import NOW, SOURCE, account, program, window
from ringfence import demo, gate_reader, wiring
from ringfence.cli import qt_probe
from ringfence.cli import self_test as self_test_commands
from ringfence.storage.paths import Paths


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for another process: there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@contextmanager
def started(*arguments: str, **more: object) -> Iterator[subprocess.Popen[str]]:
    """Run `ringfence ARGUMENTS` beside the test, and end it with it."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    made: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    process = subprocess.Popen([sys.executable, "-m", "ringfence", *arguments], **(made | more))  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
async def simulated(paths: Paths):
    """Serve an account that stands at 91 % of its session."""
    scene = demo.Scene(session=0.91, week=0.4, fable=0.1)
    async with demo.DemoAccount(time.time, paths.state, story=lambda _: scene) as made:
        yield made


def verdict(paths: Paths) -> str:
    return gate_reader.read_gate(str(paths.gate)).verdict


# ---- daemon


async def test_the_daemon_closes_the_gate_and_leaves_it_unknown_at_sigterm(simulated, paths: Paths) -> None:
    def story() -> None:
        with started("daemon") as process:
            until(lambda: verdict(paths) == "closed")
            status = json.loads(program("status", "--json").stdout)
            assert status["verdict"] == "closed"
            assert status["accounts"][0]["windows"][0]["used_pct"] == 91
            assert status["monitor_runs"] is True
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
            assert process.returncode == 0
            assert str(paths.gate) in err.splitlines()[0]
            assert len(err.splitlines()) == 1
            answer = gate_reader.read_gate(str(paths.gate))
            assert (answer.verdict, answer.why.partition(";")[0]) == ("unknown", "The monitor was stopped")

    await asyncio.to_thread(story)
    assert demo.TOKEN not in paths.log.read_text()
    assert "New agents are held" in paths.log.read_text()


async def test_ctrl_c_ends_the_daemon_cleanly_with_130(simulated, paths: Paths) -> None:
    def story() -> None:
        with started("daemon") as process:
            until(lambda: verdict(paths) == "closed")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
            assert process.returncode == 130
            assert "monitor was stopped" in gate_reader.read_gate(str(paths.gate)).why

    await asyncio.to_thread(story)


@pytest.mark.usefixtures("running")
def test_a_second_monitor_is_one_sentence(cli, paths: Paths) -> None:
    ran = cli("daemon")
    assert (ran.status, ran.out) == (1, "")
    who = f"process {os.getpid()}"
    assert ran.err == f"ringfence: Another Ringfence monitor runs ({who}); end it first, or use its window.\n"
    assert not paths.log.exists()


def test_a_log_that_cannot_be_written_gives_the_lock_back(cli, paths: Paths) -> None:
    paths.log.mkdir(parents=True)
    ran = cli("daemon")
    assert ran.status == 1
    assert str(paths.log) in ran.err
    assert not wiring.monitor_runs(paths)


async def test_the_persons_latches_reach_a_running_daemon(simulated, paths: Paths) -> None:
    def story() -> None:
        with started("daemon"):
            until(lambda: verdict(paths) == "closed")
            assert program("override", "--for", "30m").stdout.startswith("Overridden by you until ")
            assert verdict(paths) == "open"
            assert program("pause", "--why", "lunch").returncode == 0
            assert program("gate", "check").stderr == "closed: Paused by you: lunch, until you unpause.\n"
            assert program("unpause").stdout == "Unpaused. Agents may start.\n"
            assert "New agents are held: Session 91 %" in program("override", "--off").stdout
            assert program("settings", "set", "thresholds.session_pct", "95").returncode == 0
            assert program("gate", "wait", "--timeout", "20s").returncode == 0  # the daemon follows the settings

    await asyncio.to_thread(story)


# ---- without a monitor


async def test_without_a_monitor_status_spends_one_request_and_then_keeps_the_floor(simulated, paths: Paths) -> None:
    settings = paths.settings.read_text()
    paths.settings.write_text(settings.replace("interval_s = 2", "interval_s = 600"))
    first = await asyncio.to_thread(program, "status", "--json")
    seen = json.loads(first.stdout)
    assert seen["accounts"][0]["windows"][0]["used_pct"] == 91
    assert (seen["monitor_runs"], seen["verdict"]) == (False, "unknown")
    assert simulated.requests == 1
    words = await asyncio.to_thread(program, "status")
    assert "No monitor runs" in words.stdout
    assert demo.TOKEN not in first.stdout + first.stderr + words.stdout + words.stderr
    assert all(demo.TOKEN not in file.read_text() for file in paths.state.glob("*.json"))


@pytest.mark.parametrize("name", ["status.json", "memory.json"])
async def test_a_damaged_file_is_told_in_one_line_and_the_reading_goes_on(simulated, paths: Paths, name: str) -> None:
    (paths.state / name).write_text('{"format": 1, "accounts": 7')
    ran = await asyncio.to_thread(program, "status")
    assert ran.returncode == 0
    assert "91 %" in ran.stdout
    assert f"{name} is damaged" in " ".join(ran.stdout.split())
    assert (paths.state / f"{name}.damaged").exists()


# ---- watch


class Terminal:
    """A program in a terminal of 90 x 24."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "ringfence", *arguments]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)
        self.seen = ""

    def read_until(self, words: str) -> str:
        """Return what was drawn up to these words."""
        end = time.monotonic() + 30
        while words not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        before, found, self.seen = self.seen.partition(words)
        assert found, before
        return before + found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.mark.usefixtures("running")
def test_watch_redraws_in_place_when_a_file_changes_and_leaves_cleanly(furnish, paths: Paths) -> None:
    now = time.time()
    furnish(account(window("session", 0.5), age=NOW - now + 60), at=now)
    terminal = Terminal("status", "--watch")
    try:
        first = terminal.read_until("Ctrl-C leaves")
        assert "\x1b[?1049h" in first  # a screen of its own: what stood in the terminal comes back
        assert "Agents may start" in first
        assert program("pause", "--why", "lunch").returncode == 0
        terminal.read_until("(lunch)")
        terminal.process.send_signal(signal.SIGINT)
        assert "\x1b[?1049l" in terminal.read_until("\x1b[?1049l")
        assert terminal.process.wait(20) == 130
        assert "Traceback" not in terminal.seen
    finally:
        terminal.close()


@pytest.mark.usefixtures("running")
def test_watch_into_a_pipe_prints_each_state_as_a_line_of_json(furnish, paths: Paths) -> None:
    now = time.time()
    furnish(account(window("session", 0.5), age=NOW - now + 60), at=now)
    with started("status", "--watch", "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["gate"]["pauses"] == []
        assert program("pause", "--model", "Opus").returncode == 0
        lines = iter(process.stdout.readline, "")
        assert next(line for line in lines if json.loads(line)["gate"]["pauses"])
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert process.returncode == 130


# ---- demo


def test_the_demos_story_can_be_read_without_a_screen(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STORY_S", 1.0)
    ran = cli("demo", "--terminal")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("The demo's gate is ")
    opened = re.compile(r" *\d+ s  gate   Agents may start: Next stop: 5-hour session at 90 %")
    assert any(opened.fullmatch(line) for line in lines)
    folder = Path(lines[0].split()[4].rstrip(";")).parent
    assert not folder.exists()
    assert cli.trays == []


def test_the_demo_is_drawn_in_a_terminal() -> None:
    terminal = Terminal("demo", "--terminal")
    try:
        assert terminal.read_until("ringfence gate check").startswith("\x1b[?1049h")
        terminal.read_until("5-hour session")  # the first picture is drawn before the first reading
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_until("\x1b[?1049l")
        assert terminal.process.wait(20) == 130
        assert "Traceback" not in terminal.seen
    finally:
        terminal.close()


def test_the_demo_without_a_word_is_the_tray(cli) -> None:
    assert cli("demo").status == 0
    assert cli.trays == [True]


# ---- self-test


def test_the_self_test_passes_and_leaves_nothing_behind(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = {"version": "6", "platform": "offscreen", "image_formats": []}
    monkeypatch.setattr(qt_probe, "probe", lambda: found)
    ran = cli("self-test")
    report = json.loads(ran.out)
    assert [step["name"] for step in report["steps"] if not step["ok"]] == []
    assert (ran.status, report["ok"]) == (0, True)
    assert report["ca_store"]["openssl"].startswith("OpenSSL")
    assert list(tmp_path.iterdir()) == []


def test_the_self_tests_qt_draws_without_a_screen() -> None:
    found = qt_probe.probe()
    assert found["platform"] == "offscreen"
    assert {"png", "svg"} <= set(found["image_formats"])


def test_the_self_test_fails_when_qt_does(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "raise ImportError('libEGL.so.1 is missing')"
    monkeypatch.setattr(qt_probe, "command", lambda: [sys.executable, "-c", code])
    ran = cli("self-test")
    assert ran.status == 1
    assert "libEGL.so.1 is missing" in json.loads(ran.out)["qt"]["error"]


def test_the_self_test_fails_when_a_step_does(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test_commands, "STEP_S", 0.3)
    monkeypatch.setattr(self_test_commands, "_read_pct", lambda _: None)
    monkeypatch.setattr(qt_probe, "probe", dict)
    ran = cli("self-test")
    assert ran.status == 1
    first = json.loads(ran.out)["steps"][0]
    assert first == {"name": "a reading arrives", "ok": False, "detail": "not within 0.3 s"}
