"""`status.json` and `memory.json`: what is saved comes back, old formats load for ever, damage is set aside."""

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.model import (
    AccountMemory,
    AccountStatus,
    Failure,
    FailureKind,
    Memory,
    Money,
    PollMemory,
    Sample,
    Shown,
    Status,
    Window,
)
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import Run
from ringfence.file_errors import FileError
from ringfence.storage import records

DATA = Path(__file__).parents[1] / "data"
LOAD = {"status": records.load_status, "memory": records.load_memory}

# ---- round trips

number = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | number
text = st.text()
count = st.integers(min_value=0, max_value=2**63 - 1)
money = st.builds(
    Money, used_minor=st.none() | count, limit_minor=st.none() | count, currency=st.none() | text, exponent=count
)
window = st.builds(
    Window, id=text, label=text, used=maybe, resets_at=maybe, duration_s=maybe, model=st.none() | text,
    headline=st.booleans(), money=st.none() | money,
)  # fmt: skip
sample = st.builds(
    Sample, account=text, source=text, observed_at=number, windows=st.lists(window, max_size=4).map(tuple),
    plan=st.none() | text, skew_s=maybe,
)  # fmt: skip
failure = st.builds(Failure, kind=st.sampled_from(FailureKind), at=number, since=number, detail=text)
names = st.lists(text, max_size=3).map(tuple)
account_status = st.builds(
    AccountStatus, name=text, sample=st.none() | sample, failure=st.none() | failure, suspects=names,
    next_poll_at=maybe, next_poll_why=text, requests_last_hour=count, request_budget=count,
)  # fmt: skip
tokens = st.builds(
    Tokens, input=count, cache_creation=count, cache_creation_1h=count, cache_read=count, output=count, responses=count
)
run = st.builds(
    Run, session=text, account=text, project=text, model=text, models=st.lists(st.tuples(text, tokens), max_size=2).map(
        tuple
    ), tokens=tokens, burn_per_min=number, started_at=number, last_at=number, subagents=count, class_=st.none() | text,
)  # fmt: skip
scan = st.builds(ScanProgress, done_bytes=count, total_bytes=count, files=count)
status = st.builds(
    Status, written_at=number, accounts=st.lists(account_status, max_size=3).map(tuple), interval_s=number,
    running=st.booleans(), trouble=text, runs=st.lists(run, max_size=2).map(tuple), scan=st.none() | scan,
)  # fmt: skip
poll = st.builds(
    PollMemory, requested_at=st.lists(number, max_size=4).map(tuple), not_before=number, failures=count, throttles=count
)
shown = st.builds(Shown, window=text, line=text, resets_at=maybe)
account_memory = st.builds(
    AccountMemory, name=text, poll=poll, shown=st.lists(shown, max_size=4).map(tuple), sign_in_told=st.booleans(),
    blind_told=st.booleans(),
)  # fmt: skip
raw = st.recursive(
    st.booleans() | st.integers(min_value=-(2**63), max_value=2**63 - 1) | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
memory = st.builds(
    Memory, accounts=st.lists(account_memory, max_size=3).map(tuple),
    last_good_settings=st.dictionaries(text, raw, max_size=3),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("records")


@given(status)
def test_any_status_comes_back_as_it_was(folder, made):
    records.save_status(folder / "status.json", made)
    assert records.load_status(folder / "status.json") == (made, "")


@given(memory)
def test_any_memory_comes_back_as_it_was(folder, made):
    records.save_memory(folder / "memory.json", made)
    assert records.load_memory(folder / "memory.json") == (made, "")


# ---- formats


@pytest.mark.parametrize("path", sorted(DATA.glob("*/format_*.json")), ids=lambda p: f"{p.parent.name} {p.stem}")
def test_every_old_format_loads_for_ever(path, tmp_path):
    if path.parent.name not in LOAD:
        return
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    loaded, trouble = LOAD[path.parent.name](copy)
    assert trouble == ""
    assert loaded is not None
    assert loaded.accounts[0].name == "default"


def test_there_is_a_fixture_of_every_format():
    wanted = {f"format_{n}.json" for n in range(1, records.FORMAT + 1)}
    for kind in LOAD:
        assert {p.name for p in (DATA / kind).glob("*.json")} == wanted


def test_format_1_of_the_status_says_what_it_said():
    loaded, _ = records.load_status(DATA / "status" / "format_1.json")
    assert loaded is not None
    first, second = loaded.accounts
    assert [w.id for w in first.sample.windows] == ["session", "week", "model:Fable", "spend:extra", "raw_kind"]
    assert first.sample.windows[0].used == 0.91
    assert first.sample.windows[3].money == Money(used_minor=27140, limit_minor=50000, currency="USD")
    assert first.suspects == ("session",)
    assert (loaded.runs, loaded.scan) == ((), None)
    assert second.failure.kind is FailureKind.EXPIRED


def test_format_1_of_the_memory_says_what_it_said():
    loaded, _ = records.load_memory(DATA / "memory" / "format_1.json")
    assert loaded is not None
    poll = loaded.accounts[0].poll
    assert (poll.requested_at, poll.failures, poll.throttles) == ((1795269400.0, 1795269700.0), 2, 1)
    assert loaded.last_good_settings["thresholds"] == {"session_pct": 90, "models": {"Fable": 80.5}}


def test_a_key_that_is_new_is_no_damage_and_one_that_is_missing_has_its_default(tmp_path):
    path = tmp_path / "memory.json"
    path.write_text('{"format": 1, "accounts": [{"name": "a", "later": [1]}], "added": {}}')
    assert records.load_memory(path) == (Memory(accounts=(AccountMemory(name="a"),)), "")


def test_a_migration_works_on_the_raw_object_before_anything_is_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "FORMAT", 3)
    monkeypatch.setattr(
        records, "MIGRATIONS", {1: lambda raw: raw | {"logins": raw["names"]},
                                2: lambda raw: raw | {"accounts": [{"name": n} for n in raw["logins"]]}},
    )  # fmt: skip
    path = tmp_path / "memory.json"
    path.write_text('{"format": 1, "names": ["a"]}')
    assert records.load_memory(path) == (Memory(accounts=(AccountMemory(name="a"),)), "")
    path.write_text('{"format": 1, "names": 7}')
    loaded, trouble = records.load_memory(path)
    assert loaded is None
    assert "is damaged" in trouble


# ---- damage

GOOD = json.loads((DATA / "status" / "format_1.json").read_text())
DAMAGE = {
    "empty": b"",
    "cut off": json.dumps(GOOD).encode()[:300],
    "not JSON": b"<html>502</html>",
    "not UTF-8": b'{"format": 1, "trouble": "\xff"}',
    "zeros after a crash": b"\0" * 4096,
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no format": json.dumps({k: v for k, v in GOOD.items() if k != "format"}).encode(),
    "a format that is no number": json.dumps(GOOD | {"format": "1"}).encode(),
    "a format that is true": json.dumps(GOOD | {"format": True}).encode(),
    "a format that never was": json.dumps(GOOD | {"format": 0}).encode(),
    "a format below zero": json.dumps(GOOD | {"format": -(10**12)}).encode(),
    "a key missing": json.dumps({"format": 1, "accounts": []}).encode(),
    "accounts of the wrong type": json.dumps(GOOD | {"accounts": {"a": 1}}).encode(),
    "a text for a time": json.dumps(GOOD | {"written_at": "now"}).encode(),
    "true for a time": json.dumps(GOOD | {"written_at": True}).encode(),
    "null for a time": json.dumps(GOOD | {"written_at": None}).encode(),
    "NaN": b'{"format": 1, "written_at": NaN, "accounts": []}',
    "infinity by size": b'{"format": 1, "written_at": 1e999, "accounts": []}',
    "a number too large for any time": b'{"format": 1, "accounts": [], "written_at": ' + b"9" * 400 + b"}",
    "a number of 5000 digits": b'{"format": 1, "accounts": [], "written_at": ' + b"9" * 5000 + b"}",
    "nested too deeply": b'{"format": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an unknown failure": json.dumps(
        GOOD | {"accounts": [{"name": "a", "failure": {"kind": "tired", "at": 1, "since": 1, "detail": ""}}]}
    ).encode(),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_set_aside_with_a_sentence(tmp_path, name):
    path = tmp_path / "status.json"
    path.write_bytes(DAMAGE[name])
    loaded, trouble = records.load_status(path, to_write=True)
    assert loaded is None
    assert trouble == f"{path} is damaged. It was moved to status.json.damaged and Ringfence goes on without it."
    assert (tmp_path / "status.json.damaged").read_bytes() == DAMAGE[name]
    assert records.load_status(path) == (None, "")


@given(st.binary(max_size=60) | raw.map(lambda value: json.dumps(value).encode()))
def test_whatever_stands_in_the_file_is_a_sentence_and_never_a_traceback(folder, content):
    path = folder / "any.json"
    path.write_bytes(content)
    loaded, trouble = records.load_memory(path)
    assert (loaded is None) == ("is damaged" in trouble)


@pytest.mark.parametrize(
    ("content", "what"), [("{", "is damaged."), ('{"format": 2}', "was written by a newer Ringfence.")]
)
def test_who_only_reads_leaves_what_it_cannot_use(tmp_path, content, what):
    path = tmp_path / "memory.json"
    path.write_text(content)
    assert records.load_memory(path) == (None, f"{path} {what} Ringfence goes on without it.")
    assert [each.name for each in tmp_path.iterdir()] == ["memory.json"]


def test_a_newer_format_is_set_aside_as_newer(tmp_path):
    path = tmp_path / "memory.json"
    path.write_text('{"format": 2}')
    loaded, trouble = records.load_memory(path, to_write=True)
    assert loaded is None
    assert trouble.startswith(f"{path} was written by a newer Ringfence. It was moved to memory.json.damaged")


def test_a_huge_file_is_set_aside_unread(tmp_path):
    path = tmp_path / "status.json"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    loaded, trouble = records.load_status(path, to_write=True)
    assert loaded is None
    assert "is larger than 8 MB" in trouble
    assert not path.exists()


def test_what_is_no_file_is_set_aside_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "status.json")
    loaded, trouble = records.load_status(tmp_path / "status.json", to_write=True)
    assert loaded is None
    assert "is not a regular file" in trouble
    records.save_status(tmp_path / "status.json", Status(written_at=1.0, accounts=()))
    assert records.load_status(tmp_path / "status.json")[1] == ""


def test_an_older_damaged_file_is_not_overwritten(tmp_path):
    path = tmp_path / "status.json"
    for content in ("first", "second", "third"):
        path.write_text(content)
        records.load_status(path, to_write=True)
    kept = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert kept == {
        "status.json.damaged": "first",
        "status.json.damaged2": "second",
        "status.json.damaged3": "third",
    }


def test_a_file_that_cannot_be_moved_is_not_said_to_have_been(tmp_path, monkeypatch):
    path = tmp_path / "status.json"
    path.write_text("{")

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(os, "rename", refuse)
    assert records.load_status(path, to_write=True) == (None, f"{path} is damaged. Ringfence goes on without it.")
    assert path.read_text() == "{"


def test_no_file_is_no_trouble(tmp_path):
    assert records.load_status(tmp_path / "status.json") == (None, "")


def test_what_json_cannot_carry_is_refused_and_the_last_file_stays(tmp_path):
    path = tmp_path / "status.json"
    good = Status(written_at=1.0, accounts=())
    records.save_status(path, good)
    with pytest.raises(FileError, match=r"Cannot write .*status\.json: it would hold what JSON cannot carry"):
        records.save_status(path, Status(written_at=2.0, accounts=(), trouble="half a pair: \ud800"))
    assert records.load_status(path) == (good, "")


def test_a_number_that_is_not_finite_is_never_read_back_as_one(tmp_path):
    path = tmp_path / "status.json"
    records.save_status(path, Status(written_at=math.inf, accounts=()))
    assert records.load_status(path)[0] is None
