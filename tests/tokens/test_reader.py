"""Transcripts into the ledger: each response once, whatever happens to the files, the reading or the machine."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringfence.core.sums import ScanProgress
from ringfence.storage import token_rows
from ringfence.storage.token_ledger import TokenLedger
from ringfence.tokens import long_line, scan
from ringfence.tokens import work as module
from ringfence.tokens.reader import TokenReader
from tokens.reference import START, Totals, line, of_ledger, stamp

DATA = Path(__file__).parent.parent / "data" / "transcripts"


class World:
    """Config folders, a ledger, and a reader that may be started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts = {"default": [str(folder / "claude")]}
        self.ledger = TokenLedger(folder / "state" / "ledger.sqlite3", zone=UTC)
        self.reader = TokenReader(self.ledger, zone=UTC)

    def path(self, name="s1.jsonl", slug="-home-user-src-api", config="claude") -> Path:
        path = self.folder / config / "projects" / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, *lines: bytes, name="s1.jsonl", mode="ab", end=b"\n", **where) -> Path:
        path = self.path(name, **where)
        with path.open(mode) as file:
            file.write(b"\n".join(lines) + end)
        return path

    def look(self, paths=None, **more):
        return self.reader.catch_up(self.accounts, paths, **more)

    def restart(self) -> None:
        self.ledger.close()
        self.ledger = TokenLedger(self.folder / "state" / "ledger.sqlite3", zone=UTC)
        self.reader = TokenReader(self.ledger, zone=UTC)

    @property
    def output(self) -> int:
        return sum(row.tokens.output for row in self.ledger.daily())

    @property
    def responses(self) -> int:
        return sum(row.tokens.responses for row in self.ledger.daily())


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.ledger.close()


def used(output: int) -> tuple[int, ...]:
    return 1, 2, 3, output


# ---- one response, many lines


def test_the_lines_of_one_response_are_one_and_the_largest_counts(world):
    world.write(line(usage=used(1)), line(usage=used(9), at=START + 1), line(usage=used(4), at=START + 2))
    world.look()
    assert (world.output, world.responses) == (9, 1)


def test_a_larger_record_that_comes_later_takes_the_place_of_the_smaller_in_every_report(world):
    world.write(line(usage=used(1), model="opus"))
    world.look()
    world.write(line(usage=used(9), at=START + 86400, model="sonnet"))
    assert world.look().responses == 1
    world.write(line(usage=used(5), at=START + 2 * 86400))
    assert world.look().responses == 0
    assert [(row.key, row.tokens.output) for row in world.ledger.daily()] == [("2026-11-22", 9)]
    assert [(row.key, row.tokens.output) for row in world.ledger.models()] == [("sonnet", 9)]
    assert [(row.key, row.tokens.responses) for row in world.ledger.sessions()] == [("s1", 1)]
    assert [row.key for row in world.ledger.monthly()] == ["2026-11"]


def test_a_resumed_session_copies_lines_and_adds_none_of_them(world):
    world.write(line("m1"), line("m2", "r2"))
    world.write(
        line("m1", session="s2"), line("m2", "r2", session="s2"), line("m3", "r3", session="s2"), name="s2.jsonl"
    )
    os.utime(world.path("s1.jsonl"), (START, START))
    world.look()
    assert world.responses == 3
    assert {row.key: row.tokens.responses for row in world.ledger.sessions()} == {"s1": 2, "s2": 1}


def test_two_accounts_folders_with_copies_of_one_response_count_it_once(world):
    world.accounts["work"] = [str(world.folder / "work")]
    world.write(line(), name="s1.jsonl")
    world.write(line(), line("m2", "r2"), name="s1.jsonl", config="work")
    world.look()
    assert world.responses == 2


@pytest.mark.parametrize("first", ["main", "side"])
def test_a_side_chain_that_replays_the_main_chain_under_a_new_request_adds_nothing_whichever_comes_first(world, first):
    main = {"name": "s1.jsonl"}, [line("m1", "r1"), line("m2", "r2")]
    side = (
        {"name": "s1/subagents/agent-a1.jsonl"},
        [line("m1", "r9", side=True, usage=used(3)), line("m5", "r5", side=True)],
    )
    for where, lines in (main, side) if first == "main" else (side, main):
        path = world.path().parent / where["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(lines) + b"\n")
        world.look()
    assert (world.responses, world.output) == (3, 12)


@pytest.mark.parametrize("first", ["main", "side"])
def test_a_replay_tells_what_a_damaged_main_chain_does_not(world, first):
    """The last line of the stream was torn in the main chain; the replay has it whole."""
    main, side = line("m1", "r1", usage=used(4)), line("m1", "r9", side=True, usage=used(99))
    for data in (main, side) if first == "main" else (side, main):
        world.write(data)
        world.look()
    assert (world.responses, world.output) == (1, 99)


def test_a_replay_counts_once_when_the_main_chain_is_gone(world):
    world.write(
        line("m1", "r8", side=True, usage=used(5)), line("m1", "r9", side=True, usage=used(7)), name="agent-a.jsonl"
    )
    world.look()
    assert (world.responses, world.output) == (1, 7)


def test_without_a_request_a_message_is_one_within_its_session(world):
    world.write(line(rid=None), line(rid=None, usage=used(9)), line(rid=None, session="s2"))
    world.look()
    assert (world.responses, world.output) == (2, 13)


def test_without_a_message_id_a_line_is_itself_however_often_it_is_read(world):
    world.write(line(None, None, at=START), line(None, None, at=START + 1))
    world.look()
    shutil.copy(world.path(), world.path("copy.jsonl"))
    world.look()
    assert world.responses == 2


def test_what_is_no_response_counts_nothing(world):
    world.write(
        line(model="<synthetic>", usage=used(0)),
        json.dumps(
            {"type": "progress", "data": {"message": json.loads(line("m2"))}, "timestamp": stamp(START)}
        ).encode(),
        json.dumps(
            {"type": "user", "toolUseResult": {"usage": {"output_tokens": 7}}, "timestamp": stamp(START)}
        ).encode(),
        line("m3", "r3", usage={"input_tokens": 5}),
        line("m4", "r4", at=START, timestamp="yesterday"),
    )
    world.look()
    assert world.responses == 0


@pytest.mark.parametrize("year", ["0001-01-01", "1999-12-31", "9999-12-31"])
def test_a_time_out_of_this_world_counts_nothing_and_stops_nothing(world, year):
    world.write(line(timestamp=f"{year}T23:30:00Z"), line("m2", "r2"))
    world.look()
    assert world.responses == 1


def test_a_number_that_is_null_is_none(world):
    world.write(
        line(usage={"output_tokens": 5, "input_tokens": None, "cache_read_input_tokens": None, "cache_creation": None})
    )
    world.look()
    assert world.ledger.daily()[0].tokens.total == 5


def test_the_hours_part_of_what_was_cached_is_kept_apart(world):
    usage = {"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 4}, "output_tokens": 1}
    world.write(line(usage=usage))
    world.look()
    assert world.ledger.daily()[0].tokens.cache_creation_1h == 4


# ---- where transcripts are


def test_transcripts_are_found_in_every_layout_and_a_journal_is_none(world):
    for n, name in enumerate(
        ("s1.jsonl", "s1/subagents/agent-1.jsonl", "s1/subagents/workflows/w/agent-2.jsonl", "agent-3.jsonl")
    ):
        path = world.path().parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(line(f"m{n}", side=n > 0) + b"\n")
    (world.path().parent / "s1/subagents/workflows/w/journal.jsonl").write_bytes(line("m9") + b"\n")
    (world.path().parent / "notes.txt").write_bytes(line("m9") + b"\n")
    world.look()
    assert [(row.key, row.tokens.responses) for row in world.ledger.sessions()] == [("s1", 4)]


def test_a_link_that_leads_back_is_followed_once(world):
    world.write(line())
    (world.path().parent / "again").symlink_to(world.path().parent.parent)
    world.look()
    assert world.responses == 1


def test_a_folder_that_is_not_there_is_no_fault(world):
    assert world.look().unread == ()


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(world, monkeypatch):
    world.write(line())
    bad = str(world.write(line("m2"), name="s2.jsonl"))
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, *a, **b: _refuse(path) if path == bad else opened(path, *a, **b))
    caught = world.look()
    assert caught.unread == (f"Cannot read {bad}: Permission denied.",)
    assert world.responses == 1


def _refuse(path):
    raise PermissionError(13, "Permission denied", path)


def test_a_pipe_of_that_name_is_no_transcript(world):
    os.mkfifo(world.path("pipe.jsonl"))
    world.write(line())
    world.look()
    world.look([str(world.path("pipe.jsonl"))])
    assert world.responses == 1


# ---- files that change


def test_what_is_appended_is_read_and_nothing_else(world):
    path = world.write(line())
    world.look()
    world.write(line("m2", "r2"))
    assert world.look([str(path)]).responses == 1
    assert world.look([str(path)]).responses == 0
    assert world.look().responses == 0
    assert world.responses == 2


def test_a_half_written_line_counts_when_it_is_whole(world):
    whole = line("m2", "r2")
    path = world.write(line(), whole[:50], end=b"")
    world.look()
    assert world.responses == 1
    with path.open("ab") as file:
        file.write(whole[50:] + b"\n")
    world.look()
    assert world.responses == 2


def test_a_last_line_without_its_end_counts_once(world):
    world.write(line(), end=b"")
    world.look()
    assert world.responses == 1
    world.write(b"", line("m2", "r2"))
    world.look()
    assert world.responses == 2


@pytest.mark.parametrize("restart", [False, True])
def test_a_truncated_deleted_replaced_or_rewritten_file_takes_nothing_away(world, restart):
    path = world.write(line(), line("m2", "r2"))
    world.look()
    path.write_bytes(line("m3", "r3") + b"\n")  # truncated and written anew, in place
    if restart:
        world.restart()
    world.look()
    assert world.responses == 3
    other = path.with_suffix(".new")
    other.write_bytes(line("m4", "r4") + b"\n" + line("m3", "r3") + b"\n")
    other.replace(path)
    world.look()
    assert world.responses == 4
    path.rename(path.with_name("s9.jsonl"))
    world.look()
    path.with_name("s9.jsonl").unlink()
    world.look()
    assert world.responses == 4


def test_a_file_rewritten_in_place_to_more_than_was_read_is_read_from_the_start(world):
    path = world.write(line("a"), line("b"))
    world.look()
    path.write_bytes(b"\n".join(line(f"x{n}") for n in range(5)) + b"\n")
    world.look()
    assert world.responses == 7


def test_a_file_that_was_renamed_goes_on_where_it_was(world, monkeypatch):
    path = world.write(line(), line("m2", "r2"))
    world.look()
    moved = path.rename(path.with_name("s9.jsonl"))
    with moved.open("ab") as file:
        file.write(line("m3", "r3") + b"\n")
    seen = []

    def note(_pile, buffer, _view, begin, end, _transcript):
        seen.append(bytes(buffer[begin:end]))

    monkeypatch.setattr(scan.Pile, "read", note)
    world.look()
    assert seen == [line("m3", "r3") + b"\n"]


def test_a_file_under_a_number_that_another_had_is_its_own(world):
    """File systems use the number of a deleted file again."""
    path = world.write(line())
    world.look()
    new = path.rename(path.with_name("s2.jsonl"))
    new.write_bytes(line("m2", "r2", session="s2", cwd="/home/user/src/web") + b"\n")
    world.look()
    assert {(row.key, row.project) for row in world.ledger.sessions()} == {
        ("s1", "/home/user/src/api"),
        ("s2", "/home/user/src/web"),
    }


# ---- lines that are too much


@pytest.fixture
def small(monkeypatch):
    """Buffers so small that ordinary lines are long ones."""
    monkeypatch.setattr(module, "CHUNK", 64)
    monkeypatch.setattr(scan, "CHUNK", 64)
    monkeypatch.setattr(scan, "LONGEST_LINE", 1024)
    monkeypatch.setattr(long_line, "LONGEST_STRING", 100)


def test_long_lines_are_read_in_pieces_and_those_that_tell_of_a_response_count(world, small):
    long_text = 'C:\\x "y" ' * 2000
    world.write(
        line("m1", "r1"),
        b"\0" * 5000,
        line("m2", "r2", toolUseResult=long_text, zzz={"usage": {"output_tokens": 77}}),
        json.dumps({"type": "user", "message": long_text}).encode(),
        b'{"type":"assistant","message":{"usage":{"output_tokens":' + b"1" * 5000 + b"}}}",
        b'{"a":"' + b"\\" * 5001,
        line("m3", "r3"),
    )
    world.look()
    assert (world.responses, world.output) == (3, 12)


def test_a_long_line_without_its_end_is_waited_for(world, small):
    path = world.write(line("m1", "r1", pad="x" * 5000)[:-200], end=b"")
    world.look()
    assert world.responses == 0
    with path.open("ab") as file:
        file.write(line("m1", "r1", pad="x" * 5000)[-200:] + b"\n")
    world.look()
    assert world.responses == 1


@pytest.mark.parametrize("chunk", range(30, 90))
def test_lines_are_the_same_wherever_the_buffer_ends(world, monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)
    monkeypatch.setattr(scan, "CHUNK", chunk)
    monkeypatch.setattr(scan, "LONGEST_LINE", 900)
    monkeypatch.setattr(long_line, "LONGEST_STRING", 100)
    world.write(line("m1", "r1", note='a\\"b' * 40), b"", line("m2", "r2", pad="\\" * 301), line("m3", "r3"))
    world.look()
    assert (world.responses, world.output) == (3, 12)


@pytest.mark.parametrize("chunk", [64, 300, 700, 1 << 20])
@pytest.mark.parametrize(
    "first", [b"{}", line("m1", "r1"), line("m1", "r1") + b"\n" + line("m4", "r4", pad="x" * 2000)]
)
def test_a_mark_has_the_prints_of_what_stands_before_it(world, monkeypatch, chunk, first):
    monkeypatch.setattr(module, "CHUNK", chunk)
    monkeypatch.setattr(scan, "CHUNK", chunk)
    monkeypatch.setattr(scan, "LONGEST_LINE", 1500)
    for more in (first, b"{}", line("m2", "r2"), line("m3", "r3", pad="y" * 400), b"[]"):
        path = world.write(more)
        world.look()
        mark = world.ledger.mark(str(path))
        read = path.read_bytes()
        assert mark.offset == len(read)
        assert (mark.head, mark.tail) == (_print(read[: scan.PRINT]), _print(read[-scan.PRINT :]))


def _print(piece: bytes) -> bytes:
    return hashlib.blake2b(piece, digest_size=8).digest()


def test_a_file_system_that_gives_less_than_it_is_asked_for_loses_nothing(world, monkeypatch):
    read = scan.Reading._read_at
    monkeypatch.setattr(scan.Reading, "_read_at", lambda it, at, into: read(it, at, memoryview(into)[:100]))
    world.write(line("m1", "r1"), line("m2", "r2", pad="x" * 3000), line("m3", "r3"))
    world.look()
    assert world.responses == 3


# ---- a scan that is stopped, a process that is killed


def test_progress_is_told_and_a_stopped_scan_goes_on_where_it_was(world, monkeypatch):
    monkeypatch.setattr(module, "TELL_BYTES", 1)
    monkeypatch.setattr(module, "CHUNK", 4096)
    for n in range(4):
        world.write(*(line(f"m{n}-{k}") for k in range(30)), name=f"s{n}.jsonl")
    told: list[ScanProgress] = []

    def stop_soon(progress):
        told.append(progress)
        return len(told) < 4

    assert not world.look(on_progress=stop_soon).complete
    part = world.responses
    assert 0 < part < 120
    assert told[0].done_bytes == 0
    assert told[0].files == 4
    assert [p.done_bytes for p in told] == sorted(p.done_bytes for p in told)
    world.restart()
    again: list[ScanProgress] = []
    assert world.look(on_progress=lambda p: again.append(p) or True).complete
    assert world.responses == 120
    assert again[-1].done_bytes == again[-1].total_bytes


def test_a_kill_between_two_transactions_neither_loses_nor_doubles(world, monkeypatch):
    monkeypatch.setattr(module, "MOST_ANSWERS", 7)
    monkeypatch.setattr(module, "CHUNK", 1024)
    world.write(*(line(f"m{n}", usage=used(n)) for n in range(100)))
    apply = TokenLedger.apply
    done = []

    def die_at_the_third(self, batch):
        done.append(batch)
        if len(done) == 3:
            raise KeyboardInterrupt
        return apply(self, batch)

    monkeypatch.setattr(TokenLedger, "apply", die_at_the_third)
    with suppress(KeyboardInterrupt):
        world.look()
    world.restart()
    assert 0 < world.responses < 100
    world.look()
    assert (world.responses, world.output) == (100, sum(range(100)))


# ---- classes


class Classes(dict):
    """The classes that were noted, and whose were asked for."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = []

    def of(self, session):
        self.asked.append(session)
        return self.get(session)


@pytest.fixture
def classes(world):
    classes = Classes()
    world.reader = TokenReader(world.ledger, UTC, classes.of)
    return classes


def class_in(world):
    [run] = world.ledger.runs(START + 1)
    return run.class_


@pytest.mark.parametrize("entrypoint", ["cli", "claude-vscode", "claude-desktop"])
def test_what_a_person_types_is_interactive_whatever_was_noted(world, classes, entrypoint):
    classes["s1"] = "batch"
    world.write(line(entrypoint=entrypoint))
    world.look()
    assert class_in(world) == "interactive"


@pytest.mark.parametrize(
    ("entrypoint", "noted", "class_"),
    [
        ("sdk-cli", "batch", "batch"),
        ("sdk-cli", None, "autonomous"),
        ("local-agent", None, "autonomous"),
        (None, "batch", "batch"),
        (None, None, None),
    ],
)
def test_what_nobody_typed_is_of_its_launchers_class(world, classes, entrypoint, noted, class_):
    if noted:
        classes["s1"] = noted
    world.write(line(entrypoint=entrypoint))
    world.look()
    assert class_in(world) == class_
    assert classes.asked == ["s1"]


@pytest.mark.parametrize("name", ["s1/subagents/agent-a.jsonl", "agent-a.jsonl"])
def test_a_subagent_is_of_its_sessions_class_in_every_layout(world, classes, name):
    classes["s1"] = "batch"
    world.write(line(entrypoint="sdk-cli", side=True), name=name)
    world.look()
    assert class_in(world) == "batch"


def test_a_session_keeps_its_class_when_the_note_is_gone(world, classes):
    classes["s1"] = "batch"
    world.write(line("m1", entrypoint="sdk-cli"))
    world.look()
    classes.clear()
    world.restart()
    world.write(line("m2", entrypoint="sdk-cli", at=START + 0.5))
    world.look()
    assert world.ledger.spent(START, START + 1, class_="batch")[0][1].responses == 2


# ---- the real client


@pytest.mark.parametrize(("name", "total", "class_"), [("answered-2.1.197.jsonl", 2119, "autonomous")])
def test_a_transcript_of_the_real_client(world, name, total, class_):
    shutil.copy(DATA / name, world.path("f5d78a67.jsonl"))
    world.look()
    [row] = world.ledger.sessions()
    assert (row.key, row.tokens.total, row.project) == ("f5d78a67", total, "/home/user/src/api")
    [run] = world.ledger.runs(row.last_at + 1)
    assert (run.class_, run.model, run.subagents) == (class_, "claude-opus-4-8", 0)


def test_a_refusal_of_the_real_client_stands_until_an_answer_comes(world):
    path = world.path("322119f5.jsonl")
    shutil.copy(DATA / "refused-2.1.197.jsonl", path)
    caught = world.look()
    assert caught.refused == {("default", "322119f5")}
    [refusal] = world.ledger.refusals()
    assert (refusal.claim, refusal.model) == ("session", None)
    assert refusal.resets_at > refusal.at
    world.restart()
    assert world.look().refused == frozenset()
    assert len(world.ledger.refusals()) == 1
    with path.open("ab") as file:
        file.write(line(at=refusal.at + 60) + b"\n")
    assert world.look().cleared == {("default", "322119f5")}
    assert world.ledger.refusals() == ()


def refused(**more) -> bytes:
    found = json.loads((DATA / "refused-2.1.197.jsonl").read_bytes().splitlines()[3])
    return json.dumps(found | more).encode()


def test_only_the_last_word_of_the_main_chain_counts(world):
    world.write(refused(), line(at=START))  # answered since
    world.write(refused(isSidechain=True), name="s2.jsonl")
    world.write(refused(), refused(error="overloaded", apiErrorStatus=529, apiErrorIsTransient=True), name="s3.jsonl")
    no_word = json.loads(refused())
    del no_word["isApiErrorMessage"]
    world.write(refused(), json.dumps(no_word).encode(), name="s4.jsonl")
    world.look()
    assert [r.session for r in world.ledger.refusals()] == ["s4"]


# ---- whatever happens, in whatever order

SMALL = st.integers(0, 3)
LINES = st.builds(
    lambda mid, rid, side, out, day, session, model: line(
        f"m{mid}", rid and f"r{rid}", side=side, usage=used(out), at=START + day * 43200, session=session, model=model
    ),
    SMALL, st.sampled_from([None, 1, 2]), st.booleans(), SMALL, SMALL, st.sampled_from(["s1", "s2"]),
    st.sampled_from(["opus", "sonnet"]),
)  # fmt: skip
JUNK = st.sampled_from([b"", b"\0\0\0", b"{", line()[:40], b'{"type":"user","output_tokens":1}', b"\xff" * 9])
BLOCKS = st.lists(st.one_of(LINES, LINES, JUNK), min_size=1, max_size=5).map(lambda ls: b"\n".join(ls) + b"\n")
NAMES = st.sampled_from(["s1.jsonl", "s2.jsonl", "s1/subagents/agent-1.jsonl"])


class Life(RuleBasedStateMachine):
    """Files are written, cut, replaced and moved while a reader looks, is stopped and is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.held = tempfile.TemporaryDirectory()
        self.world = World(Path(self.held.name))
        self.totals = Totals()
        self.ticks = 0
        self.kept = (module.CHUNK, scan.CHUNK, scan.LONGEST_LINE, module.MOST_ANSWERS)
        self.kept_rows = (token_rows.AT_ONCE, token_rows._is_large)

    def teardown(self):
        self.world.ledger.close()
        self.held.cleanup()
        module.CHUNK, scan.CHUNK, scan.LONGEST_LINE, module.MOST_ANSWERS = self.kept
        token_rows.AT_ONCE, token_rows._is_large = self.kept_rows

    @initialize(
        chunk=st.sampled_from([48, 300, 4096]),
        answers=st.sampled_from([1, 3, 1000]),
        at_once=st.sampled_from([1, 2, 500]),
        large=st.booleans(),
    )
    def sizes(self, chunk, answers, at_once, large):
        token_rows.AT_ONCE, token_rows._is_large = at_once, lambda _: large
        module.CHUNK = scan.CHUNK = chunk
        scan.LONGEST_LINE = 16 * chunk
        module.MOST_ANSWERS = answers

    def file(self, name) -> Path:
        path = self.world.path().parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def written(self, path):
        """Give a file a time of its own: the system's clock for files ticks every few milliseconds."""
        self.ticks += 1
        os.utime(path, (START + self.ticks, START + self.ticks))

    def see(self):
        for path in self.world.path().parent.rglob("*.jsonl"):
            self.totals.see(path.read_bytes())

    @rule(name=NAMES, block=BLOCKS, cut=st.integers(0, 30))
    def append(self, name, block, cut):
        with self.file(name).open("ab") as file:
            file.write(block[: len(block) - cut])
        self.written(self.file(name))

    @rule(name=NAMES, block=BLOCKS)
    def replace(self, name, block):
        new = self.file(name).with_suffix(".new")
        new.write_bytes(block)
        new.replace(self.file(name))
        self.written(self.file(name))

    @rule(name=NAMES, size=st.integers(0, 400))
    def truncate(self, name, size):
        path = self.file(name)
        if path.exists():
            os.truncate(path, min(size, path.stat().st_size))
            self.written(path)

    @rule(name=NAMES, block=BLOCKS)
    def rewrite_in_place(self, name, block):
        self.file(name).write_bytes(block)
        self.written(self.file(name))

    @rule(name=NAMES, other=NAMES)
    def move(self, name, other):
        if self.file(name).exists():
            self.file(name).replace(self.file(other))

    @rule(name=NAMES)
    def delete(self, name):
        self.file(name).unlink(missing_ok=True)

    @rule()
    def restart(self):
        self.world.restart()

    @rule(name=NAMES)
    def look_at_one(self, name):
        if self.file(name).exists():
            self.totals.see(self.file(name).read_bytes())
        self.world.look([str(self.file(name))])

    @rule()
    def look(self):
        self.see()
        assert self.world.look().complete
        assert of_ledger(self.world.ledger) == self.totals.by_day_and_model()

    @precondition(lambda _: module.MOST_ANSWERS < 1000)
    @rule(at=st.integers(0, 4), before=st.booleans())
    def killed_while_looking(self, at, before):
        apply, done = TokenLedger.apply, []

        def die(ledger, batch):
            done.append(1)
            if len(done) > at and before:
                raise KeyboardInterrupt
            apply(ledger, batch)
            if len(done) > at:
                raise KeyboardInterrupt
            return apply(ledger, batch)

        TokenLedger.apply = die
        self.see()  # what was not reached is either seen later or stays out: so it is looked at again at once
        try:
            with suppress(KeyboardInterrupt):
                self.world.look()
        finally:
            TokenLedger.apply = apply
        self.world.restart()
        self.world.look()

    @invariant()
    def sums_are_those_of_the_answers(self):
        self.world.ledger.refusals()  # the file is there, in its newest format
        with closing(sqlite3.connect(self.world.ledger._path)) as raw:
            [one] = raw.execute("SELECT sum(output), sum(input), count(*) FROM token_answers WHERE state < 2")
            [two] = raw.execute("SELECT sum(output), sum(input), sum(responses) FROM token_days")
            [three] = raw.execute("SELECT sum(output), sum(input), sum(responses) FROM token_sessions")
            assert [x or 0 for x in one] == [x or 0 for x in two] == [x or 0 for x in three]


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_any_life_of_files_and_readers_gives_the_totals_of_what_was_seen = Life.TestCase


def test_a_corpus_gives_the_oracles_totals_by_day_and_by_model(world, tmp_path):
    """Streams, copies, replays, gateways, torn lines and NUL bytes, as tests/bench/corpus.py makes them."""
    folder = tmp_path / "corpus"
    script = Path(__file__).parent.parent / "bench" / "corpus.py"
    subprocess.run(
        [sys.executable, script, "--out", folder, "--size", "12M", "--seed", "3"], check=True, capture_output=True
    )
    oracle = json.loads((folder / "oracle.json").read_bytes())
    assert oracle["malformed_lines"] > 0
    assert oracle["replayed_lines"] > 0
    world.accounts = {"default": [str(folder)]}
    world.look()
    kinds = ("input", "cache_creation", "cache_read", "output", "total")
    for what, rows in (("by_day", world.ledger.daily()), ("by_model", world.ledger.models())):
        assert {row.key: {kind: getattr(row.tokens, kind) for kind in kinds} for row in rows} == oracle[what]
    assert world.responses == oracle["unique_responses"]


def test_where_nothing_is_new_no_decoder_is_loaded(tmp_path):
    """`ringfence tokens daily` looks at thousands of transcripts that it knows: it needs nothing that reads a line."""
    script = (
        "import sys\n"
        "from ringfence.storage.token_ledger import TokenLedger\n"
        "from ringfence.tokens.reader import TokenReader\n"
        "ledger = TokenLedger(sys.argv[1])\n"
        "TokenReader(ledger).catch_up({'default': [sys.argv[2]]})\n"
        "ledger.close()\n"
        "print(sorted({'msgspec', 'ringfence.tokens.pile', 'ringfence.tokens.scan'} & sys.modules.keys()))\n"
    )
    World(tmp_path).write(line("m1"))
    command = [sys.executable, "-c", script, str(tmp_path / "ledger.sqlite3"), str(tmp_path / "claude")]
    first, second = (subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2))
    assert first.strip() == "['msgspec', 'ringfence.tokens.pile', 'ringfence.tokens.scan']"
    assert second.strip() == "[]"
