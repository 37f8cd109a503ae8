"""Held launches: what became of each, one at a time, whoever dies."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ringfence.core.model import HeldLaunch, Launches
from ringfence.core.queueing import Turn
from ringfence.file_errors import FileError
from ringfence.storage.launches import ASLEEP_S, GIVEN_UP, WAITING, Asked, LaunchLog

DATA = Path(__file__).parent.parent / "data" / "ledger"
AT = 1795302650.0


def asked(at: float = AT, command: str = "claude", reason: str = "session_threshold", **more: object) -> Asked:
    return Asked(asked_at=at, command=command, reason=reason, pid=os.getpid(), **more)


def take(log: LaunchLog, number: int, at: float = AT, *, opened=lambda _: True, spacing: float = 20):
    return log.take_turn(number, lambda: at, opened, spacing_s=spacing, jitter_s=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def opened(path: Path):
    """Return what opens one more log of the same ledger, as another process would."""
    made = []

    def another() -> LaunchLog:
        made.append(LaunchLog(path, busy_s=0.05))
        return made[-1]

    yield another
    for log in made:
        log.close()


@pytest.fixture
def log(opened) -> LaunchLog:
    return opened()


def rows(path: Path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT id, state, ended_at FROM launches ORDER BY id").fetchall()


def test_a_refused_launch_is_counted_by_its_hold(log) -> None:
    log.add(asked(command="claude", class_="batch"))
    log.add(asked(AT + 1))
    log.add(asked(AT + 2, reason="manual_pause"))
    log.add(asked(AT - 86400, reason="week_threshold"))
    assert log.summary(AT + 10, AT - 10) == Launches(
        refused_today=3, by_reason=(("session_threshold", 2), ("manual_pause", 1))
    )


def test_nobody_held_makes_no_file(log, path) -> None:
    assert log.summary(AT, 0) == Launches()
    assert log.waiting(AT) == ()
    assert not path.parent.exists()


def test_a_waiting_launch_is_shown_with_what_it_names(log, opened) -> None:
    number = log.add(asked(account="work", model="Opus", class_="batch"), WAITING)
    expected = HeldLaunch(
        id=number, asked_at=AT, command="claude", account="work", model="Opus", class_="batch",
        reason="session_threshold", state="waiting", pid=os.getpid(),
    )  # fmt: skip
    assert opened().summary(AT, AT).waiting == (expected,)


def test_a_released_launch_waits_no_more_and_counts_as_released(log) -> None:
    first, second = log.add(asked(), WAITING), log.add(asked(), WAITING)
    assert log.release(first, AT + 5)
    assert not log.release(first, AT + 6)
    assert log.give_up(second, AT + 7)
    assert not log.release(second, AT + 8)
    assert log.summary(AT + 9, AT) == Launches(released_today=1, by_reason=(("session_threshold", 2),))


def test_turns_are_taken_in_the_order_of_asking_and_apart(opened) -> None:
    logs = [opened() for _ in range(3)]
    numbers = [log.add(asked(), WAITING) for log in logs]
    assert take(logs[1], numbers[1]) == (Turn(id=numbers[0], at=AT), False)
    assert take(logs[0], numbers[0]) == (Turn(id=numbers[0], at=AT), True)
    assert take(logs[1], numbers[1], AT + 19) == (Turn(id=numbers[1], at=AT + 20), False)
    assert take(logs[2], numbers[2], AT + 30) == (Turn(id=numbers[1], at=AT + 30), False)
    assert take(logs[1], numbers[1], AT + 30) == (Turn(id=numbers[1], at=AT + 30), True)


def test_the_gate_is_asked_when_the_turn_comes(log) -> None:
    number = log.add(asked(model="Opus"), WAITING)
    seen = []
    assert take(log, number, opened=lambda q: bool(seen.append(q.launch.model))) == (None, False)
    assert seen == ["Opus"]
    assert take(log, number) == (Turn(id=number, at=AT), True)


def test_many_at_once_release_one(path) -> None:
    logs = [LaunchLog(path) for _ in range(8)]
    numbers = [log.add(asked(), WAITING) for log in logs]
    released = []
    start = threading.Barrier(len(logs))

    def go(log: LaunchLog, number: int) -> None:
        start.wait()
        released.extend(number for _ in range(5) if take(log, number)[1])

    threads = [threading.Thread(target=go, args=pair) for pair in zip(logs, numbers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for log in logs:
        log.close()
    assert released == numbers[:1]


def test_letting_the_next_one_through_is_for_exactly_one(opened) -> None:
    logs = [opened() for _ in range(2)]
    numbers = [log.add(asked(), WAITING) for log in logs]
    held = {"opened": lambda _: False}
    assert logs[1].let_next_through(AT).id == numbers[0]
    assert take(logs[1], numbers[1], **held) == (Turn(id=numbers[0], at=AT), False)
    assert take(logs[0], numbers[0], **held) == (Turn(id=numbers[0], at=AT), True)
    assert take(logs[1], numbers[1], **held) == (None, False)


def test_letting_through_again_before_the_first_has_gone_is_for_the_second(opened) -> None:
    log = opened()
    numbers = [log.add(asked(), WAITING) for _ in range(2)]
    assert [log.let_next_through(AT).id for _ in range(2)] == numbers
    assert log.let_next_through(AT) is None


def test_the_queue_that_moved_is_told_in_a_file(log) -> None:
    number = log.add(asked(), WAITING)
    log.signal.unlink()
    log.give_up(number, AT)
    assert stat.S_IMODE(log.signal.stat().st_mode) == 0o600


def test_all_its_files_are_private(log, path) -> None:
    log.add(asked(), WAITING)
    files = [file for file in path.parent.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((path.parent / "launches").stat().st_mode) == 0o700


# ---- who is gone


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[2:]
from ringfence.storage.launches import Asked, LaunchLog
LaunchLog(sys.argv[1]).add(Asked(asked_at=1795302650.0, command="claude", reason="manual_pause"), "waiting")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_waiter_is_given_up_and_leaves_no_file(log, path, opened) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), *sys.path], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    number = log.add(asked(), WAITING)
    assert take(log, number, AT + 5) == (Turn(id=number, at=AT + 5), True)
    assert rows(path) == [(1, GIVEN_UP, AT + 5), (2, "released", AT + 5)]
    assert list((path.parent / "launches").glob("*.lock")) == []


def test_looking_at_the_queue_finds_the_dead(log, opened, path) -> None:
    log.add(asked(), WAITING)
    log.close()
    assert opened().summary(AT + 1, AT).waiting == ()
    assert rows(path) == [(1, GIVEN_UP, AT + 1)]


def test_a_stopped_waiter_is_overtaken_and_keeps_its_place(opened) -> None:
    logs = [opened() for _ in range(2)]
    numbers = [log.add(asked(), WAITING) for log in logs]
    take(logs[0], numbers[0], AT, opened=lambda _: False)  # it looks, and is stopped
    later = AT + ASLEEP_S + 1
    assert take(logs[1], numbers[1], later) == (Turn(id=numbers[1], at=later), True)
    assert take(logs[0], numbers[0], later + 20) == (Turn(id=numbers[0], at=later + 20), True)


def test_who_was_taken_for_dead_goes_on_waiting(log, path) -> None:
    number = log.add(asked(), WAITING)
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE launches SET state = 'given_up', ended_at = 1")
        other.commit()
    assert take(log, number, opened=lambda _: False) == (None, False)
    assert rows(path) == [(number, WAITING, None)]


def test_what_a_kill_on_the_way_into_the_queue_left_is_swept(log, path) -> None:
    folder = path.parent / "launches"
    folder.mkdir(parents=True)
    for name, age in (("old", ASLEEP_S + 5), ("new", 1)):
        (folder / f"{name}.lock").touch()
        os.utime(folder / f"{name}.lock", (AT - age, AT - age))
    log.add(asked(), WAITING)
    names = {file.name for file in folder.glob("*.lock")}
    assert "new.lock" in names
    assert "old.lock" not in names


# ---- the file


def test_launches_of_format_2_load_for_ever(log, path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / "format_2.sql").read_text())
    assert log.summary(AT + 100, AT) == Launches(
        refused_today=1,
        released_today=1,
        by_reason=(("manual_pause", 2), ("gate_unknown", 1), ("session_threshold", 1)),
    )
    assert rows(path)[3] == (4, GIVEN_UP, AT + 100)  # its process died long ago


def test_a_history_from_before_there_were_launches_takes_them(log, path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / "format_1.sql").read_text())
    log.add(asked())
    assert log.summary(AT, AT).refused_today == 1


def test_a_text_that_is_half_a_character_is_kept_as_well_as_it_can_be(log) -> None:
    log.add(asked(command="a\udcff"), WAITING)
    assert log.waiting(AT)[0].command == "a?"


def test_a_ledger_that_is_locked_or_damaged_is_one_sentence(log, path) -> None:
    log.add(asked())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FileError, match="another program keeps it locked"):
            log.add(asked(), WAITING)
    log.close()
    path.write_text("<html>" * 1000)
    with pytest.raises(FileError, match="it is damaged"):
        log.add(asked(), WAITING)
    assert list((path.parent / "launches").glob("*.lock")) == []


def test_who_stands_in_no_ledger_any_more_is_told(log, path) -> None:
    number = log.add(asked(), WAITING)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DELETE FROM launches")
        other.commit()
    with pytest.raises(FileError, match="begun anew"):
        take(log, number)
