"""The history: kept for ever, whatever happens to the disk, the process or the file."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ringfence.core.model import Sample, Window
from ringfence.core.route_memory import Move
from ringfence.file_errors import FileError
from ringfence.storage import database as module
from ringfence.storage.ledger import Ledger, Reading

DATA = Path(__file__).parent.parent / "data" / "ledger"
AT = 1795302650.0


def sample(at=AT, used=0.91, account="default", **window):
    session = Window(**{"id": "session", "label": "5-hour session", "used": used, "resets_at": AT + 9000, **window})
    week = Window(id="week", label="Week", used=used / 2, resets_at=None)
    return Sample(account=account, source="oauth_usage", observed_at=at, windows=(session, week))


async def used(ledger, window="session", account="default"):
    return [reading.used for reading in await ledger.history(account, window, 0, 1e11)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def ledger(path):
    made = Ledger(path, busy_s=0.05)
    yield made
    made.close()


def raw(path):
    return closing(sqlite3.connect(path, isolation_level=None))


async def test_what_was_added_is_there_after_a_restart(path):
    first = Ledger(path)
    await first.append(sample(AT, 0.5))
    await first.append(sample(AT + 300, 0.6))
    first.close()
    again = Ledger(path)
    assert await again.history("default", "session", 0, 1e11) == [
        Reading(observed_at=AT, source="oauth_usage", label="5-hour session", used=0.5, resets_at=AT + 9000),
        Reading(observed_at=AT + 300, source="oauth_usage", label="5-hour session", used=0.6, resets_at=AT + 9000),
    ]
    assert await used(again, "week") == [0.25, 0.3]
    again.close()


async def test_a_closed_ledger_opens_again_when_it_is_used(ledger):
    await ledger.append(sample(AT, 0.5))
    ledger.close()
    ledger.close()
    await ledger.append(sample(AT + 1, 0.6))
    assert await used(ledger) == [0.5, 0.6]


async def test_both_ends_of_a_span_are_in_it_and_accounts_are_apart(ledger):
    for number in range(5):
        await ledger.append(sample(AT + number, number / 10))
    await ledger.append(sample(AT + 2, 0.99, account="work"))
    span = await ledger.history("default", "session", AT + 1, AT + 3)
    assert [reading.used for reading in span] == [0.1, 0.2, 0.3]


async def test_a_window_without_a_number_is_kept_without_one(ledger):
    windows = (Window(id="spend:extra", label="Extra usage", used=None, resets_at=None),)
    await ledger.append(Sample(account="default", source="s", observed_at=AT, windows=windows))
    assert await used(ledger, "spend:extra") == [None]


async def test_the_same_sample_twice_is_there_once(ledger):
    await ledger.append(sample())
    await ledger.append(sample())
    assert len(await used(ledger)) == 1


async def test_samples_that_arrive_at_once_are_all_there(ledger):
    await asyncio.gather(*(ledger.append(sample(AT + number, number / 100)) for number in range(40)))
    assert await used(ledger) == [number / 100 for number in range(40)]


async def test_the_history_of_nobody_is_empty_and_makes_no_file(ledger, path):
    assert await ledger.history("default", "session", 0, 1e11) == []
    assert not path.parent.exists()


async def test_all_its_files_are_private_whatever_the_umask(ledger, path):
    before = os.umask(0)
    try:
        await ledger.append(sample())
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"), 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_question_is_answered_along_the_key(ledger, path):
    await ledger.append(sample())
    with raw(path) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM samples"
            " WHERE account = '' AND window_id = '' AND observed_at BETWEEN 0 AND 1"
            " ORDER BY observed_at, source"
        ).fetchall()
    assert [step[3] for step in plan] == [
        "SEARCH samples USING PRIMARY KEY (account=? AND window_id=? AND observed_at>? AND observed_at<?)"
    ]


# ---- formats ---------------------------------------------------------------------------------------------------------


async def test_a_history_of_format_1_loads_for_ever_and_goes_on(ledger, path):
    path.parent.mkdir()
    with raw(path) as connection:
        connection.executescript((DATA / "format_1.sql").read_text())
    assert await ledger.history("default", "session", 0, 1e11) == [
        Reading(observed_at=AT, source="oauth_usage", label="5-hour session", used=0.91, resets_at=1795312800.0),
        Reading(
            observed_at=AT + 300.25, source="oauth_usage", label="5-hour session", used=1.02, resets_at=1795312800.0
        ),
    ]
    assert await used(ledger, "spend:extra") == [None]
    assert await used(ledger, "model:Opus", "work") == [0.0]
    await ledger.append(sample(AT + 600, 0.01))
    assert await used(ledger) == [0.91, 1.02, 0.01]


async def test_a_move_of_a_class_is_kept_and_told_in_order(ledger, path):
    out = Move(at=AT, class_="batch", left="work", to="home", cause="threshold", why="work: over its threshold.")
    back = Move(at=AT + 700, class_="batch", left="home", to="work", cause="back", why="work takes it again.")
    assert await ledger.moves(0) == []
    await ledger.append(out)
    await ledger.append(sample(AT + 1))
    await ledger.append(back)
    await ledger.append(back)
    assert await ledger.moves(0) == [out, back]
    assert await ledger.moves(AT + 1) == [back]
    ledger.close()
    path.write_bytes(b"no database" * 100)
    with pytest.raises(FileError, match="damaged"):
        await ledger.moves(0)


async def test_a_history_of_format_2_takes_moves(ledger, path):
    path.parent.mkdir()
    with raw(path) as connection:
        connection.executescript((DATA / "format_2.sql").read_text())
    await ledger.append(Move(at=AT, class_="batch", left="a", to="b", cause="budget", why="Why."))
    assert [move.to for move in await ledger.moves(0)] == ["b"]
    assert await used(ledger) == [0.91]


async def test_a_new_history_has_the_newest_format(ledger, path):
    await ledger.append(sample())
    with raw(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(module.MIGRATIONS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_step_to_the_next_format_is_taken_whole_or_not_at_all(ledger, path, monkeypatch):
    await ledger.append(sample(AT, 0.5))
    ledger.close()

    def half(connection):
        connection.execute("ALTER TABLE samples RENAME TO other")
        connection.execute("this is no SQL")

    monkeypatch.setattr(module, "MIGRATIONS", (*module.MIGRATIONS, half))
    with pytest.raises(FileError, match="syntax error"):
        await ledger.append(sample(AT + 1, 0.6))
    monkeypatch.undo()
    assert await used(ledger) == [0.5]
    await ledger.append(sample(AT + 2, 0.7))
    assert await used(ledger) == [0.5, 0.6, 0.7]


async def test_the_history_of_a_newer_ringfence_is_left_alone(ledger, path):
    await ledger.append(sample())
    ledger.close()
    with raw(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for ask in (ledger.append(sample(AT + 1)), ledger.history("default", "session", 0, 1e11)):
        with pytest.raises(FileError, match="newer Ringfence"):
            await ask
    ledger.close()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if "damaged" in file.name] == []


# ---- trouble ---------------------------------------------------------------------------------------------------------


def damage(path):
    """Spoil every page but keep the first: the file still says it is a database."""
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xa5" * (len(content) - 100))


@pytest.mark.parametrize("spoil", [damage, lambda path: path.write_text("<html>" * 1000)], ids=["pages", "other file"])
async def test_a_damaged_file_is_kept_aside_a_new_one_begun_and_it_is_said_once(ledger, path, spoil):
    await ledger.append(sample(AT, 0.5))
    ledger.close()
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(FileError) as told:
        await ledger.append(sample(AT + 300, 0.6))
    [aside] = [file for file in path.parent.iterdir() if "damaged" in file.name]
    assert aside.name == "ledger.sqlite3.damaged-20261121T231550Z"
    assert aside.read_bytes() == before
    assert str(told.value) == (f"The history {path} was damaged: it is kept as {aside.name}, and a new one was begun.")
    await ledger.append(sample(AT + 600, 0.7))
    assert await used(ledger) == [0.6, 0.7]


async def test_two_damaged_files_of_one_moment_are_both_kept(ledger, path):
    for _ in range(2):
        ledger.close()
        path.parent.mkdir(exist_ok=True)
        path.write_text("<html>" * 1000)
        with pytest.raises(FileError, match="a new one was begun"):
            await ledger.append(sample())
    assert sum("damaged" in file.name for file in path.parent.iterdir()) == 2


async def test_reading_a_damaged_file_says_so_and_leaves_it(ledger, path):
    path.parent.mkdir()
    path.write_text("<html>" * 1000)
    with pytest.raises(FileError, match="it is damaged"):
        await ledger.history("default", "session", 0, 1e11)
    assert path.read_text() == "<html>" * 1000


async def test_a_sample_waits_while_another_program_holds_the_file_and_reading_goes_on(ledger, path):
    await ledger.append(sample(AT, 0.5))
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM samples")
        with pytest.raises(FileError, match="another program keeps it locked") as told:
            await ledger.append(sample(AT + 1, 0.6))
        assert str(path) in str(told.value)
        assert await used(ledger) == [0.5]
        other.execute("ROLLBACK")
    await ledger.append(sample(AT + 2, 0.7))
    assert await used(ledger) == [0.5, 0.6, 0.7]


async def test_what_waits_is_written_at_the_end(ledger, path):
    await ledger.append(sample(AT, 0.5))
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FileError):
            await ledger.append(sample(AT + 1, 0.6))
    ledger.close()
    assert await used(Ledger(path)) == [0.5, 0.6]


async def test_what_a_cancelled_task_brought_is_written_at_the_end(ledger, path):
    bringing = asyncio.create_task(ledger.append(sample(AT, 0.5)))
    with ledger._lock:
        await asyncio.sleep(0)
        bringing.cancel()
        await asyncio.gather(bringing, return_exceptions=True)
    ledger.close()
    assert await used(Ledger(path)) == [0.5]


async def test_a_reader_beside_the_writer_sees_each_sample_whole(ledger, path):
    reader = Ledger(path)
    for number in range(20):
        await ledger.append(sample(AT + number, 0.5))
        assert len(await used(reader)) == len(await used(reader, "week")) == number + 1
    reader.close()


async def test_a_sample_that_is_none_does_not_stand_in_the_way_of_the_next(ledger):
    with pytest.raises(FileError, match="observed_at"):
        await ledger.append(sample(float("nan")))
    await ledger.append(sample(AT, 0.5))
    assert await used(ledger) == [0.5]


async def test_text_that_is_half_a_character_is_kept_as_well_as_it_can_be(ledger):
    await ledger.append(sample(label="a\ud800"))
    [reading] = await ledger.history("default", "session", 0, 1e11)
    assert reading.label == "a?"


@pytest.mark.parametrize("obstacle", ["a folder in its place", "a file for its folder"])
async def test_a_place_that_cannot_be_used_is_one_sentence(ledger, path, obstacle):
    if obstacle == "a file for its folder":
        path.parent.write_text("")
    else:
        path.mkdir(parents=True)
    with pytest.raises(FileError) as told:
        await ledger.append(sample())
    assert str(path.parent) in str(told.value)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


PROGRAM = """
import asyncio, os, resource, signal, sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from ringfence.core.model import Sample, Window
from ringfence.file_errors import FileError
from ringfence.storage.ledger import Ledger

def sample(at, windows=None):
    week = Window(id="week", label="Week", used=0.5, resets_at=None)
    session = Window(id="session", label="Session", used=0.5, resets_at=None)
    return Sample(account="default", source="s", observed_at=at, windows=windows or (session, week))

class Deadly(tuple):
    def __iter__(self):
        for window in tuple.__iter__(self):
            yield window
            os.kill(os.getpid(), signal.SIGKILL)

async def killed(ledger):
    for at in range(3):
        await ledger.append(sample(at))
    await ledger.append(sample(3, Deadly(sample(3).windows)))

async def full(ledger):
    await ledger.append(sample(0))
    wal = Path(sys.argv[1] + "-wal")
    for at in (1, 2):
        size = wal.stat().st_size if wal.exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
        try:
            await ledger.append(sample(at))
        except FileError as error:
            print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await ledger.append(sample(3))

async def readonly(ledger):
    try:
        await ledger.append(sample(9))
    except FileError as error:
        print(error)

ledger = Ledger(sys.argv[1])
asyncio.run(globals()[sys.argv[2]](ledger))
ledger.close()
"""


def run(path, what, *before):
    command = [*before, sys.executable, "-c", PROGRAM, str(path), what, *sys.path]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_a_kill_in_the_middle_of_a_sample_leaves_every_earlier_one_and_no_half(ledger, path):
    assert run(path, "killed").returncode == -signal.SIGKILL
    assert len(await used(ledger)) == len(await used(ledger, "week")) == 3
    await ledger.append(sample(AT))
    assert len(await used(ledger)) == 4
    with raw(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_full_disk_loses_nothing_and_what_waited_is_added_when_there_is_room(ledger, path):
    ran = run(path, "full")
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.splitlines()
    assert len(said) == 2
    assert all(str(path) in line and "free some space" in line for line in said)
    assert len(await used(ledger)) == len(await used(ledger, "week")) == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
async def test_a_read_only_folder_is_one_sentence_and_nothing_is_lost(ledger, path):
    await ledger.append(sample())
    ledger.close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    # Rights mean nothing to root unless it gives up the power to overlook them.
    without = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    ran = run(path, "readonly", *without)
    path.parent.chmod(0o700)
    path.chmod(0o600)
    assert ran.returncode == 0, ran.stderr
    assert str(path) in ran.stdout
    assert "writable" in ran.stdout
    assert len(await used(ledger)) == 1
