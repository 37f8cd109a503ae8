"""The history as it is drawn: what was appended comes back a column at a time, whoever writes meanwhile."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.core.gate_changes import GateChange
from ringfence.core.history import Level
from ringfence.core.model import Evidence, Gate, Sample, Window
from ringfence.file_errors import FileError
from ringfence.gates.gate_file import GateFile
from ringfence.storage import database
from ringfence.storage.atomic import write_atomic
from ringfence.storage.history import History
from ringfence.storage.ledger import Ledger

DATA = Path(__file__).parent.parent / "data" / "ledger"
AT = 1795302650.0


def sample(at, used, account="default", **more):
    windows = [Window(id="session", label="5-hour session", used=used, resets_at=AT + 9000)]
    windows += [Window(id=name, label=name, used=value, resets_at=None) for name, value in more.items()]
    return Sample(account=account, source="oauth_usage", observed_at=at, windows=tuple(windows))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def history(path):
    made = History(path)
    yield made
    made.close()


def keep(path, *what):
    ledger = Ledger(path)
    for each in what:
        asyncio.run(ledger.append(each))
    ledger.close()


def test_without_a_file_there_is_nothing_and_none_is_made(history, path):
    assert history.kept() == []
    assert history.levels("default", "session", 0, 1e11, 10) == []
    assert history.samples("default", "session", 0, 1e11) == []
    assert history.changes(0, 1e11) == []
    assert history.resets("default", "session", 0, 1e11) == []
    assert not path.exists()


def test_the_windows_of_every_account_are_told_with_their_newest_label_the_rings_first(history, path):
    keep(path, sample(AT, 0.1, week=0.2, opus=0.3), sample(AT + 300, 0.2), sample(AT + 5, 0.2, "work"))
    assert [(k.account, k.window) for k in history.kept()] == [
        ("default", "session"), ("default", "week"), ("default", "opus"), ("work", "session"),
    ]  # fmt: skip
    first = history.kept()[0]
    assert (first.label, first.first_at, first.last_at) == ("5-hour session", AT, AT + 300)


def test_a_column_keeps_the_lowest_and_the_highest_of_its_readings(history, path):
    keep(path, *(sample(AT + at, used) for at, used in ((0, 0.1), (10, 0.9), (20, 0.3), (100, 0.4))))
    assert history.levels("default", "session", AT, AT + 200, 2) == [
        Level(since=AT, until=AT + 20, low=0.1, high=0.9, resets_at=AT + 9000),
        Level(since=AT + 100, until=AT + 100, low=0.4, high=0.4, resets_at=AT + 9000),
    ]


def test_the_newest_reading_is_told_as_it_is_although_its_column_was_higher(history, path):
    keep(path, *(sample(AT + at, used) for at, used in ((0, 0.2), (10, 1.0), (20, 0.01))))
    assert [(v.low, v.high) for v in history.levels("default", "session", AT, AT + 3600, 1)] == [
        (0.2, 1.0),
        (0.01, 0.01),
    ]


def test_a_reading_without_a_number_is_no_level(history, path):
    keep(path, sample(AT, None), sample(AT + 1, 0.2))
    assert [level.high for level in history.samples("default", "session", 0, 1e11)] == [0.2]
    assert [level.high for level in history.levels("default", "session", 0, 1e11, 5)] == [0.2]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1.5), min_size=1, max_size=40), st.integers(1, 60))
def test_no_peak_is_lost_in_however_few_columns(tmp_path_factory, used, columns):
    path = tmp_path_factory.mktemp("history") / "ledger.sqlite3"
    keep(path, *(sample(AT + 60 * number, value) for number, value in enumerate(used)))
    made = History(path)
    levels = made.levels("default", "session", AT, AT + 60 * len(used), columns)
    made.close()
    assert len(levels) <= columns + 1
    assert max(level.high for level in levels) == max(used)
    assert min(level.low for level in levels) == min(used)


def test_every_reset_of_weeks_is_found_although_one_column_holds_several(history, path):
    five_hours, count = 18000.0, 60
    for number in range(count):
        began = AT + number * five_hours
        windows = [Window(id="session", label="5-hour session", used=0.9, resets_at=began + five_hours)]
        keep(path, Sample(account="default", source="oauth_usage", observed_at=began + 60, windows=tuple(windows)))
        keep(path, replace(sample(began + 17000, 0.95), windows=(replace(windows[0], used=0.95),)))
    found = history.resets("default", "session", AT, AT + count * five_hours)
    assert [reset.at for reset in found] == [AT + number * five_hours for number in range(1, count)]
    assert not any(reset.early for reset in found)
    assert len(history.levels("default", "session", AT, AT + count * five_hours, 20)) <= 21


def change(at, verdict, **more):
    return GateChange(at=at, verdict=verdict, **more)


def test_the_change_before_a_span_says_how_it_begins(history, path):
    closed = change(AT + 10, "closed", kind="threshold", reason="session_threshold", window="session")
    opened = change(AT + 20, "open", overridden=True)
    keep(path, change(AT, "open"), closed, opened, change(AT + 30, "unknown"))
    assert history.changes(AT + 15, AT + 25) == [closed, opened]
    assert history.changes(AT + 10, AT + 11) == [closed]
    assert history.changes(AT - 9, AT + 1) == [change(AT, "open")]
    assert [c.at for c in history.changes(0, 1e11)] == [AT, AT + 10, AT + 20, AT + 30]


def test_a_monitor_writes_on_while_the_history_is_open(history, path):
    keep(path, sample(AT, 0.1))
    assert len(history.samples("default", "session", 0, 1e11)) == 1
    keep(path, sample(AT + 1, 0.2))
    assert len(history.samples("default", "session", 0, 1e11)) == 2


def test_a_damaged_file_is_told_in_a_sentence_and_left_as_it_is(history, path):
    path.write_bytes(b"no database" * 100)
    with pytest.raises(FileError, match=r"Cannot read .*damaged"):
        history.kept()
    assert path.read_bytes() == b"no database" * 100


def test_the_last_word_of_a_killed_monitor_holds_no_longer_than_its_lease(path, tmp_path):
    gate = GateFile(tmp_path / "gate.json", write_atomic)
    fresh = Evidence(account="default", observed_at=AT, evidence_until=AT + 1200)
    gate.publish(Gate(lease_until=AT + 900, evidence=(fresh,)), now=AT)
    keep(path, change(AT, "open"))
    history = History(path, lambda until: gate.lapses(now=until))
    assert history.changes(0, AT + 899) == [change(AT, "open")]
    assert history.changes(0, AT + 5000) == [change(AT, "open"), change(AT + 900, "unknown")]
    assert history.changes(AT + 1000, AT + 5000) == [change(AT + 900, "unknown")]
    keep(path, change(AT + 2000, "open"))  # the next monitor has not written its gate yet
    assert [c.at for c in history.changes(0, AT + 5000)] == [AT, AT + 2000]
    (tmp_path / "gate.json").write_bytes(b"[]")
    assert [c.at for c in history.changes(0, AT + 1500)] == [AT]
    history.close()


def test_a_history_of_format_5_loads_for_ever_and_takes_changes_of_the_gate(history, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((DATA / "format_5.sql").read_text())
    assert [level.high for level in history.samples("default", "session", 0, 1e11)] == [0.91]
    assert history.changes(0, 1e11) == []
    keep(path, change(AT, "closed", kind="manual"))
    assert [c.kind for c in history.changes(0, 1e11)] == ["manual"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS),)
