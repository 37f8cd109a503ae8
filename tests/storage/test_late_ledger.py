"""The history that opens late: what the gate says at the start waits for the icon, and is not lost."""

import asyncio

import pytest

from ringfence import late
from ringfence.core.gate_changes import GateChange
from ringfence.core.model import Sample, Window
from ringfence.file_errors import FileError
from ringfence.late import LateLedger
from ringfence.storage import ledger as ledger_module
from ringfence.storage.history import History

AT = 1795302650.0
PAUSED = GateChange(at=AT, verdict="closed", kind="manual")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite3"


def changes(path):
    history = History(path)
    found = history.changes(0, 1e11)
    history.close()
    return found


async def sampled(ledger, at=AT + 5):
    window = Window(id="session", label="5-hour session", used=0.1, resets_at=None)
    await ledger.append(Sample(account="a", source="oauth_usage", observed_at=at, windows=(window,)))


async def test_a_change_alone_opens_no_file(path):
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    ledger.close()
    assert not path.exists()


async def test_it_is_added_with_the_first_sample_in_its_order(path):
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    await sampled(ledger)
    await ledger.append(GateChange(at=AT + 6, verdict="open"))
    ledger.close()
    assert [change.at for change in changes(path)] == [AT, AT + 6]


@pytest.fixture
def at_once(monkeypatch):
    """Let the history begin without the moment that the icon has."""
    monkeypatch.setattr(late, "ICON_FIRST_S", 0.0)


@pytest.mark.usefixtures("at_once")
async def test_a_monitor_that_is_killed_before_its_first_sample_has_added_it(path):
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    await ledger.begin()
    assert changes(path) == [PAUSED]
    await ledger.append(GateChange(at=AT + 2, verdict="open"))
    assert [change.at for change in changes(path)] == [AT, AT + 2]
    ledger.close()


@pytest.mark.usefixtures("at_once")
async def test_a_start_that_says_nothing_opens_no_file(path):
    ledger = LateLedger(path)
    await ledger.begin()
    assert not path.exists()
    await ledger.append(PAUSED)
    assert changes(path) == [PAUSED]
    ledger.close()


@pytest.mark.usefixtures("at_once")
async def test_that_the_history_is_damaged_is_told_when_it_begins(path):
    path.write_bytes(b"no database" * 100)
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    with pytest.raises(FileError, match="was damaged: it is kept as"):
        await ledger.begin()
    assert changes(path) == [PAUSED]
    ledger.close()


async def test_an_app_that_ends_before_its_first_sample_adds_it_to_the_history_that_is_there(path):
    before = LateLedger(path)
    await sampled(before)
    before.close()
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    ledger.close()
    assert changes(path) == [PAUSED]


async def test_a_damaged_history_does_not_keep_an_app_from_ending(path):
    path.write_bytes(b"no database" * 100)
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    ledger.close()


async def test_a_history_that_cannot_be_written_yet_loses_neither_the_change_nor_the_sample(path):
    path.mkdir()
    ledger = LateLedger(path)
    await ledger.append(PAUSED)
    with pytest.raises(FileError):
        await sampled(ledger)
    path.rmdir()
    await sampled(ledger, AT + 305)
    ledger.close()
    assert changes(path) == [PAUSED]
    history = History(path)
    assert [level.since for level in history.samples("a", "session", 0, 1e11)] == [AT + 5, AT + 305]
    history.close()


async def test_changes_of_one_moment_stand_in_the_order_in_which_they_came_whatever_the_threads_do(path, monkeypatch):
    later = asyncio.Event()
    threads = []

    async def to_thread(work, *given):
        threads.append(work)
        if len(threads) == 1:
            await later.wait()
        work(*given)
        later.set()

    monkeypatch.setattr(ledger_module.asyncio, "to_thread", to_thread)
    ledger = LateLedger(path)
    await ledger.append(GateChange(at=AT, verdict="closed", kind="threshold"))
    await asyncio.gather(sampled(ledger), ledger.append(GateChange(at=AT, verdict="open")))
    ledger.close()
    assert changes(path) == [GateChange(at=AT, verdict="open")]


async def test_what_comes_while_a_full_queue_is_written_lets_nothing_go_unwritten(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "MOST_WAITING", 2)
    ledger = ledger_module.Ledger(path)
    came = iter([GateChange(at=AT + 2, verdict="unknown")])
    insert = ledger_module._insert

    def insert_while_one_comes(connection, what):
        insert(connection, what)
        ledger._waiting.extend(came)

    monkeypatch.setattr(ledger_module, "_insert", insert_while_one_comes)
    ledger.append_now(GateChange(at=AT, verdict="open"), GateChange(at=AT + 1, verdict="closed"))
    ledger.close()
    assert [change.at for change in changes(path)] == [AT, AT + 1, AT + 2]
