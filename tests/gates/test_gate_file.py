"""The gate file with its two writers: nothing torn, nothing lost, the serial only rises, and a kill harms nobody."""

import errno
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.model import (
    Evidence,
    Gate,
    Hold,
    Latches,
    Override,
    Pause,
    PublishedWindow,
    Scope,
    Window,
)
from ringfence.file_errors import FileError
from ringfence.gates import gate_file
from ringfence.gates.gate_file import GateFile
from ringfence.storage.atomic import sweep, write_atomic

SOURCES = str(Path(gate_file.__file__).parents[2])
NOW = 1_795_270_000.0
HOLD = Hold(
    kind="threshold", reason="session_threshold", window="session", scope=Scope(), also_unnamed=False, since=NOW - 60,
    until=NOW + 7800, used=0.91, threshold_pct=90.0, observed_at=NOW - 10, evidence_until=NOW + 7200,
)  # fmt: skip
OPEN = Gate(
    lease_until=NOW + 900,
    evidence=(Evidence(account="default", observed_at=NOW - 10, evidence_until=NOW + 1190),),
    windows=(
        PublishedWindow(
            account="default", observed_at=NOW - 10, source="oauth_usage",
            window=Window(id="session", label="5-hour session", used=0.42, resets_at=NOW + 7800),
        ),
    ),
)  # fmt: skip
CLOSED = replace(OPEN, holds=(HOLD,))
PAUSE = Pause(since=NOW, until=NOW + 600, why="deploying")
OVERRIDE = Override(since=NOW, until=NOW + 1200)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "gate.json"


def channel(path):
    """A writer as another process has it: it remembers nothing."""
    return GateFile(path, write_atomic)


def paused(pause=PAUSE):
    return lambda latches: gating.with_pause(latches, pause)


def verdict(path, now=NOW, **launch):
    return gate_reader.read_gate(str(path), now=now, **launch).verdict


def document(path):
    return json.loads(path.read_text())


# ---- two latches, two writers


def test_a_publish_opens_and_closes(path):
    ours = channel(path)
    ours.publish(OPEN, now=NOW)
    assert verdict(path) == "open"
    ours.publish(CLOSED, now=NOW)
    assert verdict(path) == "closed"
    assert document(path)["refusal"]["reason"] == "session_threshold"


def test_a_pause_survives_every_publish_and_an_unpause_leaves_the_hold(path):
    monitor, person = channel(path), channel(path)
    monitor.publish(CLOSED, now=NOW)
    person.change(paused(), now=NOW)
    for gate in (OPEN, CLOSED, OPEN, replace(OPEN, stopped=True)):
        assert monitor.publish(gate, now=NOW).pauses == (PAUSE,)
        assert document(path)["refusal"]["error"] == "paused"
    monitor.publish(CLOSED, now=NOW)
    person.change(gating.without_pauses, now=NOW)
    assert document(path)["refusal"]["error"] == "quota_threshold_reached"


def test_an_override_survives_publishes_and_does_not_lift_a_pause(path):
    monitor, person = channel(path), channel(path)
    monitor.publish(CLOSED, now=NOW)
    person.change(lambda latches: gating.with_override(latches, OVERRIDE), now=NOW)
    assert verdict(path) == "open"
    monitor.publish(CLOSED, now=NOW)
    assert verdict(path) == "open"
    person.change(paused(), now=NOW)
    assert verdict(path) == "closed"


def test_the_second_line_says_when_this_system_started_by_the_clock_of_who_wrote_last(path, tmp_path, monkeypatch):
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("8f0c\n")
    monkeypatch.setattr(gate_file, "_BOOT_ID", boot_id)
    GateFile(path, write_atomic, uptime=lambda: 5000.4).publish(OPEN, now=NOW)
    assert path.read_text().split("\n")[1] == f'"boot":{{"id":"8f0c","at":{NOW - 5000:.0f}}},'
    # The time was set by an hour; later the system was started anew.
    GateFile(path, write_atomic, uptime=lambda: 5010.0).change(paused(), now=NOW + 3610)
    assert document(path)["boot"]["at"] == NOW - 1400
    GateFile(path, write_atomic, uptime=lambda: None).publish(OPEN, now=NOW + 3620)
    assert "boot" not in document(path)


def test_a_change_keeps_the_automatic_part_the_lease_and_keys_it_does_not_know(path):
    channel(path).publish(CLOSED, now=NOW)
    before = document(path)
    before["added_later"] = {"by": "a newer writer of this format"}
    path.write_bytes(gate_reader.dump_gate(before))
    channel(path).change(paused(), now=NOW + 5)
    after = document(path)
    assert [h for h in after["holds"] if h["kind"] != "manual"] == before["holds"]
    for key in ("lease_until", "windows", "accounts", "added_later"):
        assert after[key] == before[key]


def test_what_has_ended_is_not_written_again(path):
    ours = channel(path)
    ours.change(paused(), now=NOW)
    assert ours.publish(OPEN, now=NOW + 600) == Latches()
    assert document(path)["holds"] == []
    assert ours.latches(now=NOW + 601) == Latches()


def test_a_pause_needs_no_monitor(path):
    assert channel(path).change(paused(), now=NOW).pauses == (PAUSE,)
    assert verdict(path) == "closed"
    assert verdict(path, now=NOW + 599) == "closed"
    assert verdict(path, now=NOW + 601) == "unknown"
    channel(path).change(gating.without_pauses, now=NOW)
    assert verdict(path) == "unknown"


def test_an_open_ended_pause_outlives_the_monitor(path):
    ours = channel(path)
    ours.publish(OPEN, now=NOW)
    ours.change(paused(Pause(since=NOW, until=None)), now=NOW)
    ours.publish(replace(OPEN, stopped=True), now=NOW)
    assert document(path)["valid_until"] is None
    assert verdict(path, now=NOW + 30 * 86400) == "closed"
    assert channel(path).latches(now=NOW + 30 * 86400).pauses == (Pause(since=NOW, until=None),)


def test_a_clean_exit_leaves_an_unknown_that_says_why(path):
    ours = channel(path)
    ours.publish(CLOSED, now=NOW)
    ours.publish(replace(CLOSED, stopped=True), now=NOW)
    answer = gate_reader.read_gate(str(path), now=NOW)
    assert answer.verdict == "unknown"
    assert answer.why == "The monitor was stopped; start it with `ringfence` or `ringfence daemon`."
    assert path.read_text().startswith('{"verdict":"unknown","valid_until":null,\n')


def test_without_a_writer_the_lease_runs_out_and_the_answer_is_unknown(path):
    channel(path).publish(OPEN, now=NOW)
    assert verdict(path, now=NOW + 899) == "open"
    assert verdict(path, now=NOW + 900) == "unknown"


def test_the_serial_rises_by_one_at_every_write_across_restarts(path):
    channel(path).publish(OPEN, now=NOW)
    channel(path).change(paused(), now=NOW)
    channel(path).publish(CLOSED, now=NOW)
    assert document(path)["serial"] == 3


def test_the_writer_is_named(path):
    channel(path).publish(OPEN, now=NOW)
    assert document(path)["writer"]["pid"] == os.getpid()


# ---- damage

DAMAGE = {
    "empty": lambda _: b"",
    "cut off": lambda raw: raw[:-40],
    "not JSON": lambda _: b"<html>",
    "a list": lambda _: b"[]",
    "an empty object": lambda _: b"{}",
    "no format": lambda raw: raw.replace(b'"format":1,', b""),
    "a format that is text": lambda raw: raw.replace(b'"format":1,', b'"format":"2",'),
    "format 0": lambda raw: raw.replace(b'"format":1,', b'"format":0,'),
    "a hold of unknown kind": lambda raw: raw.replace(b'"manual"', b'"lunar"'),
    "a text for a time": lambda raw: raw.replace(b'"since":1795270000', b'"since":"today"'),
    "a window that is a number": lambda raw: raw.replace(b'"windows":[', b'"windows":[7,'),
    "NaN": lambda raw: raw.replace(b'"lease_until":1795270900', b'"lease_until":NaN'),
    "a key twice": lambda raw: raw.replace(b'"format":1,', b'"format":1,"format":1,'),
    "too large": lambda raw: raw + b" " * gate_reader.MAX_BYTES,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_keeps_the_last_latches_and_raises_the_serial(path, name):
    ours = channel(path)
    ours.publish(CLOSED, now=NOW)
    ours.change(paused(), now=NOW)
    ours.publish(CLOSED, now=NOW)
    harmed = DAMAGE[name](path.read_bytes())
    path.write_bytes(harmed)
    assert verdict(path) == "unknown"
    assert not ours.stands()
    assert ours.latches(now=NOW).pauses == (PAUSE,)
    assert ours.publish(CLOSED, now=NOW).pauses == (PAUSE,)
    assert ours.stands()
    assert document(path)["serial"] == 4
    assert document(path)["refusal"]["error"] == "paused"


@pytest.mark.parametrize("name", ["cut off", "a hold of unknown kind", "NaN", "too large"])
def test_a_writer_that_never_saw_the_file_raises_the_serial_that_can_still_be_read(path, name):
    ours = channel(path)
    for _ in range(7):
        ours.change(paused(), now=NOW)
    path.write_bytes(DAMAGE[name](path.read_bytes()))
    channel(path).publish(OPEN, now=NOW)
    assert document(path)["serial"] == 8


@pytest.mark.parametrize("serial", [b"-1", b"true", b'"7"', b"1.5", b"1" + b"0" * 15, b"9" * 18, b"9" * 40])
def test_a_serial_that_is_none_of_ours_does_not_lock_the_gate(path, serial):
    channel(path).publish(OPEN, now=NOW)
    path.write_bytes(path.read_bytes().replace(b'"serial":1,', b'"serial":' + serial + b","))
    assert verdict(path) == "unknown"
    ours = channel(path)
    ours.publish(OPEN, now=NOW)
    ours.publish(OPEN, now=NOW)
    assert verdict(path) == "open"


def test_a_first_line_that_contradicts_its_holds_is_mended_by_the_next_write(path):
    ours = channel(path)
    ours.publish(CLOSED, now=NOW)
    lines = path.read_bytes().split(b"\n", 1)
    path.write_bytes(b'{"verdict":"open","valid_until":1795270900,\n' + lines[1])
    assert verdict(path) == "unknown"
    channel(path).change(paused(), now=NOW)
    assert verdict(path) == "closed"


def test_a_damaged_file_does_not_stop_a_pause(path):
    path.parent.mkdir()
    path.write_text("{")
    channel(path).change(paused(), now=NOW)
    assert verdict(path) == "closed"


def test_a_lost_file_keeps_the_pause_that_was_seen(path):
    ours = channel(path)
    ours.change(paused(), now=NOW)
    path.unlink()
    assert not ours.stands()
    assert ours.latches(now=NOW).pauses == (PAUSE,)
    ours.publish(OPEN, now=NOW)
    assert verdict(path) == "closed"
    assert document(path)["serial"] == 2


@pytest.mark.parametrize("act", ["publish", "change"])
def test_a_newer_format_is_not_overwritten(path, act):
    channel(path).publish(OPEN, now=NOW)
    path.write_bytes(path.read_bytes().replace(b'"format":1,', b'"format":2,'))
    before = path.read_bytes()
    ours = channel(path)
    with pytest.raises(FileError, match=r"has format 2, this reader knows 1; update Ringfence\.$"):
        ours.publish(OPEN, now=NOW) if act == "publish" else ours.change(paused(), now=NOW)
    assert path.read_bytes() == before
    assert verdict(path) == "unknown"


def test_what_stands_in_the_files_place_is_replaced_and_nothing_behind_it_is_touched(path, tmp_path):
    path.parent.mkdir()
    os.mkfifo(path)
    channel(path).publish(OPEN, now=NOW)
    assert verdict(path) == "open"
    path.unlink()
    secret = tmp_path / "elsewhere"
    secret.write_text("mine")
    path.symlink_to(secret)
    channel(path).publish(OPEN, now=NOW)
    assert verdict(path) == "open"
    assert secret.read_text() == "mine"


def test_a_file_that_others_could_write_is_neither_believed_nor_left_so(path):
    ours = channel(path)
    ours.publish(OPEN, now=NOW)
    path.chmod(0o666)
    assert verdict(path) == "unknown"
    assert channel(path).latches(now=NOW) == Latches()
    ours.publish(OPEN, now=NOW)
    assert verdict(path) == "open"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_keeps_the_last_gate_and_frees_the_lock(path):
    channel(path).publish(OPEN, now=NOW)
    before = path.read_bytes()

    def full(where, data):
        raise FileError(f"Cannot write {where}: the disk is full; free some space.")

    broken = GateFile(path, full)
    for _ in range(2):
        with pytest.raises(FileError, match="the disk is full"):
            broken.publish(CLOSED, now=NOW)
    assert path.read_bytes() == before
    channel(path).publish(CLOSED, now=NOW)
    assert document(path)["serial"] == 2


def test_a_change_that_raises_changes_nothing_and_frees_the_lock(path):
    ours = channel(path)
    ours.publish(OPEN, now=NOW)
    with pytest.raises(ZeroDivisionError):
        ours.change(lambda _: 1 / 0, now=NOW)
    channel(path).publish(OPEN, now=NOW)
    assert document(path)["serial"] == 2


def test_a_folder_that_cannot_be_made_is_a_sentence(path):
    path.parent.touch()
    with pytest.raises(FileError, match=rf"^Cannot write {path}: [^.]+\.$"):
        channel(path).publish(OPEN, now=NOW)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EROFS, ""), "the disk is read-only; mount it writable or set RINGFENCE_HOME to another folder"),
        (OSError(errno.EACCES, ""), "permission is denied; make it and its folder yours (chown, chmod u+rwX)"),
        (NotImplementedError(), "the file system has no locks; set RINGFENCE_HOME to a local folder"),
    ],
)
def test_a_lock_that_cannot_be_had_is_a_sentence(path, monkeypatch, error, said):
    ours = channel(path)
    ours.publish(OPEN, now=NOW)

    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(gate_file.FileLock, "acquire", refuse)
    with pytest.raises(FileError) as failed:
        ours.publish(CLOSED, now=NOW)
    assert str(failed.value) == f"Cannot write {path}: {said}."
    assert verdict(path) == "open"


def test_a_stuck_writer_is_named_instead_of_waited_for(path, monkeypatch):
    monkeypatch.setattr(gate_file, "LOCK_TIMEOUT_S", 0.01)
    waiting = channel(path)
    environ = {**os.environ, "PYTHONPATH": SOURCES}
    stuck = subprocess.Popen([sys.executable, "-c", STUCK, path], env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert stuck.stdout.readline() == "locked\n"
        with pytest.raises(FileError, match="is locked by another program; try again"):
            waiting.publish(OPEN, now=NOW)
    finally:
        stuck.kill()
        stuck.wait()
        stuck.stdout.close()
    waiting.publish(OPEN, now=NOW)  # the lock goes with its holder


def test_folder_and_files_are_for_their_owner_alone_whatever_the_umask(tmp_path):
    path = tmp_path / "a" / "b" / "gate.json"
    before = os.umask(0)
    try:
        channel(path).change(paused(), now=NOW)
    finally:
        os.umask(before)
    modes = [p.stat().st_mode & 0o777 for p in (path.parent.parent, path.parent, path, path.with_suffix(".lock"))]
    assert modes == [0o700, 0o700, 0o600, 0o600]


# ---- many processes

COMMON = """
import json, os, pathlib, signal, sys, time
sys.path.insert(0, sys.argv[2])
from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.model import Evidence, Gate, Pause, Scope
from ringfence.gates.gate_file import GateFile
from ringfence.storage.atomic import write_atomic

path = pathlib.Path(sys.argv[1])
channel = GateFile(path, write_atomic)
NOW = 1_795_270_000.0
gate = Gate(lease_until=NOW + 900, evidence=(Evidence(account="default", observed_at=NOW, evidence_until=NOW + 900),))
"""
STUCK = """
import pathlib, signal, sys
from filelock import FileLock

held = FileLock(pathlib.Path(sys.argv[1]).with_suffix(".lock"))
held.acquire()
print("locked", flush=True)
signal.pause()
"""
PUBLISHER = (
    COMMON
    + """
for _ in range(60):
    latches = channel.publish(gate, now=NOW)
    assert any(p.scope == Scope(class_="kept") for p in latches.pauses), latches
"""
)
PAUSER = (
    COMMON
    + """
scope = Scope(class_=sys.argv[3])
for _ in range(30):
    on = channel.change(lambda latches: gating.with_pause(latches, Pause(since=NOW, until=None, scope=scope)), now=NOW)
    assert scope in [p.scope for p in on.pauses]
    off = channel.change(lambda latches: gating.without_pauses(latches, scope), now=NOW)
    assert scope not in [p.scope for p in off.pauses]
"""
)
READER = (
    COMMON
    + """
last, reads = 0, 0
stop = pathlib.Path(sys.argv[3])
while not stop.exists():
    answer = gate_reader.read_gate(str(path), now=NOW, class_="kept")
    assert answer.verdict == "closed", answer.why
    assert answer.document["serial"] >= last, (answer.document["serial"], last)
    last, reads = answer.document["serial"], reads + 1
print(reads, last)
"""
)


def start(code, path, *args, **pipes):
    return subprocess.Popen([sys.executable, "-c", code, path, SOURCES, *map(str, args)], text=True, **pipes)


def test_writers_and_readers_in_many_processes_see_nothing_torn_lost_or_backward(path, tmp_path):
    channel(path).change(paused(Pause(since=NOW, until=None, scope=Scope(class_="kept"))), now=NOW)
    stop = tmp_path / "stop"
    readers = [start(READER, path, stop, stdout=subprocess.PIPE) for _ in range(2)]
    writers = [start(PUBLISHER, path), start(PAUSER, path, "a"), start(PAUSER, path, "b")]
    assert [w.wait(90) for w in writers] == [0, 0, 0]
    stop.touch()
    said = [r.communicate(timeout=30)[0].split() for r in readers]
    assert [r.returncode for r in readers] == [0, 0]
    assert all(int(reads) > 0 for reads, _ in said)
    assert document(path)["serial"] == 1 + 60 + 2 * 60
    assert [p.scope.class_ for p in channel(path).latches(now=NOW).pauses] == ["kept"]


KILLED = (
    COMMON
    + """
step = sys.argv[3]
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)

def before(real):
    return lambda *args: (kill(), real(*args))

def after(real):
    def call(*args):
        done = real(*args)
        kill()
        return done
    return call

if step == "write": os.write = lambda handle, data: (os.pwrite(handle, bytes(data[:100]), 0), kill())
elif step == "fsync": os.fsync = before(os.fsync)
elif step == "replace": os.replace = before(os.replace)
elif step == "replaced": os.replace = after(os.replace)
channel.publish(gate, now=NOW)
"""
)


@pytest.mark.parametrize(("step", "verdict_after"), [
    ("write", "closed"), ("fsync", "closed"), ("replace", "closed"), ("replaced", "open"),
])  # fmt: skip
def test_a_kill_at_any_step_leaves_a_gate_whose_readers_answer_correctly(path, step, verdict_after):
    channel(path).publish(CLOSED, now=NOW)
    killed = start(KILLED, path, step)
    assert killed.wait(30) == -signal.SIGKILL
    assert verdict(path) == verdict_after
    sweep(path.parent)
    channel(path).change(paused(), now=NOW)  # its lock is free
    assert document(path)["serial"] == (3 if step == "replaced" else 2)
    assert sorted(p.name for p in path.parent.iterdir()) == ["gate.json", "gate.lock"]
    assert verdict(path, now=NOW + 7 * 86400) == "unknown"  # nobody stands behind it any more
