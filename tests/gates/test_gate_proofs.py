"""The gate against a failing disk, a moved clock, two monitors, and the readers and writers of other versions."""

import copy
import errno
import importlib.util
import os
from pathlib import Path

import pytest

from gates.test_gate_file import CLOSED, NOW, OPEN, OVERRIDE, channel, document, paused
from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.model import Latches, Pause, Scope
from ringfence.file_errors import FileError
from ringfence.storage.atomic import sweep

FROZEN = Path(__file__).parents[1] / "data" / "frozen" / "gate_reader_format_1.py"
LAUNCHES = ({}, {"account": "default"}, {"account": "other"}, {"model": "Opus"}, {"class_": "batch"})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "gate.json"


def frozen():
    """Return the reader as it was when format 1 was released: copies of it live in people's projects."""
    spec = importlib.util.spec_from_file_location("frozen_gate_reader", FROZEN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documents():
    """Return what today's writer makes: open, closed, paused in part, overridden, stopped."""
    batch = Latches(pauses=(Pause(since=NOW, until=None, scope=Scope(class_="batch")),))
    lifted = Latches(override=OVERRIDE)
    stopped = gating.Gate(lease_until=NOW, stopped=True)
    parts = ((OPEN, Latches()), (CLOSED, Latches()), (OPEN, batch), (CLOSED, lifted), (stopped, batch))
    return [gating.gate_document(gate, latches, now=NOW, serial=7) for gate, latches in parts]


def with_news(made):
    """Return a document with keys that no reader of today knows, wherever a later version may add one."""
    later = copy.deepcopy(made) | {"budget": {"left": 3}, "advice": ["x"], "zz": None}
    for each in [*later["holds"], *later["windows"], *later["accounts"], later["writer"]]:
        each["later"] = {"a": [1, 2]}
    for key in ("override", "refusal"):
        if later[key]:
            later[key]["later"] = 1
    return later


def answers(reader, where):
    found = [reader.read_gate(where, now=NOW + 1, **launch) for launch in LAUNCHES]
    return [(a.verdict, a.why, a.valid_until) for a in found]


@pytest.mark.parametrize("made", documents(), ids=["open", "closed", "class_paused", "overridden", "stopped"])
def test_the_reader_of_format_1_reads_todays_file_and_tomorrows(tmp_path, made):
    old = frozen()
    said = []
    for name, each in (("today", made), ("tomorrow", with_news(made))):
        where = tmp_path / name
        where.write_bytes(gate_reader.dump_gate(each))
        where.chmod(0o600)
        said.append(answers(gate_reader, str(where)))
        assert answers(old, str(where)) == said[-1]
    assert said[0] == said[1]
    assert any(verdict != "unknown" for verdict, _, _ in said[0])


def test_the_reader_of_format_1_knows_that_it_does_not_know_format_2(tmp_path):
    where = tmp_path / "gate.json"
    where.write_bytes(gate_reader.dump_gate(documents()[0] | {"format": 2}))
    where.chmod(0o600)
    assert frozen().read_gate(str(where), now=NOW).why.endswith("has format 2, this reader knows 1.")


def test_the_frozen_reader_keeps_the_numbers_that_readers_rely_on():
    old = frozen()
    for name in ("FORMAT", "MAX_BYTES", "FUTURE_S", "EXIT_OPEN", "EXIT_CLOSED", "EXIT_UNKNOWN", "EXIT_USAGE"):
        assert getattr(old, name) == getattr(gate_reader, name)


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES], ids=errno.errorcode.get)
def test_a_disk_that_fails_at_any_step_keeps_the_last_gate_and_leaves_nothing_behind(path, monkeypatch, step, code):
    writer = channel(path)
    writer.publish(OPEN, now=NOW)
    before = path.read_bytes()
    real = getattr(os, step)

    def fail(*args, **kwargs):
        ours = step != "open" or (Path(os.fsdecode(args[0])).parent == path.parent and args[1] & os.O_EXCL)
        if ours and not str(args[0]).endswith(".lock"):
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(os, step, fail)
        with pytest.raises(FileError, match=r"^Cannot write .*gate\.json: [^.]+"):
            writer.publish(CLOSED, now=NOW)
    assert path.read_bytes() == before
    sweep(path.parent)
    assert {p.name for p in path.parent.iterdir()} <= {"gate.json", "gate.lock"}
    writer.publish(CLOSED, now=NOW)
    assert document(path)["serial"] == 2


@pytest.mark.parametrize(
    ("jump_s", "verdict"),
    [
        (0, "closed"),
        (899, "closed"),
        (900, "unknown"),
        (86_400, "unknown"),
        (-120, "closed"),
        (-121, "unknown"),
        (-86_400, "unknown"),
    ],
)
def test_a_clock_that_jumps_leaves_the_gate_true_or_unknown_and_the_next_write_mends_it(path, jump_s, verdict):
    channel(path).publish(CLOSED, now=NOW)
    there = NOW + jump_s
    answer = gate_reader.read_gate(str(path), now=there)
    assert answer.verdict == verdict
    moved = gating.Gate(
        lease_until=there + 900,
        evidence=(gating.Evidence(account="default", observed_at=there, evidence_until=there + 900),),
    )
    channel(path).publish(moved, now=there)
    assert gate_reader.read_gate(str(path), now=there).verdict == "open"
    assert document(path)["serial"] == 2


def test_a_pause_without_an_end_outlives_every_jump_forwards(path):
    channel(path).change(paused(Pause(since=NOW, until=None)), now=NOW)
    for jump_s in (0, 3600, 10 * 365 * 86_400):
        assert gate_reader.read_gate(str(path), now=NOW + jump_s).verdict == "closed"


def test_two_monitors_that_both_write_lose_no_pause_and_no_serial(path):
    one, two = channel(path), channel(path)
    one.change(paused(Pause(since=NOW, until=None, scope=Scope(class_="batch"))), now=NOW)
    for turn in range(20):
        latches = (one, two)[turn % 2].publish((OPEN, CLOSED)[turn % 2], now=NOW)
        assert [p.scope.class_ for p in latches.pauses] == ["batch"]
        assert document(path)["serial"] == turn + 2
        assert gate_reader.read_gate(str(path), now=NOW).verdict == ("open", "closed")[turn % 2]
