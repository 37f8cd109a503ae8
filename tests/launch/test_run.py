"""`ringfence run`, as processes: it becomes the command, or starts nothing; who waits starts in turn."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from cli.world import SOURCE, account, window
from launch import homes
from ringfence import gate_reader, wiring
from ringfence.cli import launch_run
from ringfence.core import gating
from ringfence.core.gating import decide_gate
from ringfence.core.model import Gate, Latches, Memory, Pause, Scope
from ringfence.core.settings import Settings
from ringfence.storage import records
from ringfence.storage.launches import WAITING, Asked, LaunchLog
from ringfence.storage.paths import Paths, find_paths

PROGRAM = [sys.executable, "-m", "ringfence"]
SPACING = "[launch]\nspacing_s = 0.05\njitter_s = 0\n"
PAUSED = '{"error":"paused","reason":"manual_pause","utilization_pct":null,"threshold_pct":null,"resets_at":null}'


@pytest.fixture
def paths(home: Path) -> Paths:
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(SPACING)
    return find_paths()


@pytest.fixture
def opened(paths: Paths) -> Callable[[], None]:
    """Leave an open gate, as a monitor does; call it to open it again."""

    def leave() -> None:
        now = time.time()
        reading = account(window("session", 0.5, resets_at=now + 3600), age=0).sample
        assert reading is not None
        from dataclasses import replace

        gate = decide_gate([("default", replace(reading, observed_at=now))], Settings(), now=now)
        wiring.gate_channel(paths).publish(gate, now=now)

    leave()
    return leave


def pause(paths: Paths, scope: Scope = Scope()) -> None:
    now = time.time()
    made = Pause(since=now, until=None, scope=scope)
    wiring.gate_channel(paths).change(lambda latches: gating.with_pause(latches, made), now=now)


def unpause(paths: Paths) -> None:
    wiring.gate_channel(paths).change(lambda _: Latches(), now=time.time())


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), **more}


def run(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    made: dict[str, object] = {"capture_output": True, "text": True, "timeout": 60, "env": environment()}
    return subprocess.run([*PROGRAM, "run", *arguments], check=False, **(made | more))


def rows(paths: Paths, columns: str = "command, class, state, reason") -> list[tuple]:
    if not paths.ledger.exists():
        return []
    with closing(sqlite3.connect(paths.ledger)) as connection:
        return connection.execute(f"SELECT {columns} FROM launches ORDER BY id").fetchall()


@pytest.fixture
def waiter(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return what starts a run that waits, and comes back when it says so. Its command appends a line to `started`."""
    made: list[subprocess.Popen[str]] = []

    def start(name: str, *options: str, wait: str = "--wait") -> subprocess.Popen[str]:
        command = ["sh", "-c", 'echo "$0" >> "$1"', name, str(tmp_path / "started")]
        process = subprocess.Popen(
            [*PROGRAM, "run", wait, *options, "--", *command], stderr=subprocess.PIPE, text=True, env=environment()
        )
        made.append(process)
        assert process.stderr is not None
        assert "waiting: " in process.stderr.readline()
        return process

    yield start
    for process in made:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def started(tmp_path: Path) -> list[str]:
    file = tmp_path / "started"
    return file.read_text().split() if file.exists() else []


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=30)
    return process.returncode, said


# ---- open: it becomes the command


@pytest.mark.usefixtures("opened")
def test_it_becomes_the_command_in_the_same_process(paths: Paths) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "run", "--", "sh", "-c", "echo $$"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    out, _ = process.communicate(timeout=60)
    assert int(out) == process.pid
    assert not paths.ledger.exists()


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 3", 3), ("exit 75", 75), ("kill -9 $$", -9)])
def test_the_exit_status_is_the_commands(script: str, status: int) -> None:
    done = run("--", "sh", "-c", script)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


@pytest.mark.usefixtures("opened")
def test_the_streams_and_the_arguments_are_the_commands() -> None:
    done = run("--model=Opus", "--", "sh", "-c", 'printf "<%s>" "$@"; cat; echo e >&2', "-", "--help", "a b", "--", "",
               input="given\n")  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "<--help><a b><--><>given\n", "e\n")


@pytest.mark.usefixtures("opened")
def test_the_dashes_may_be_left_out_in_front_of_a_command() -> None:
    assert run("--class", "batch", "echo", "--wait", "-n").stdout == "--wait -n\n"


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    "locale", [{}, {"LC_CTYPE": "C"}, {"LC_ALL": "C"}, {"LC_CTYPE": "C.UTF-8"}, {"LANG": "C"}], ids=str
)
def test_the_commands_environment_is_what_was_given(locale: dict[str, str], home: Path) -> None:
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "RINGFENCE_HOME": str(home), **locale}
    found = run("--", "env", env=given).stdout.splitlines()
    assert sorted(found) == sorted(f"{name}={value}" for name, value in given.items())


@pytest.mark.usefixtures("opened")
def test_a_broken_pipe_ends_the_command_as_it_would_without_ringfence() -> None:
    done = run("--", "sh", "-c", "kill -PIPE $$; echo alive")
    assert (done.returncode, done.stdout) == (-signal.SIGPIPE, "")


@pytest.mark.usefixtures("opened")
def test_nothing_but_the_standard_library_is_loaded_on_the_way() -> None:
    script = (
        "import os, sys\n"
        "before = set(sys.modules)\n"
        "os.execvp = lambda *a: sys.exit(' '.join({m.partition('.')[0] for m in set(sys.modules) - before}))\n"
        "from ringfence.__main__ import main\n"
        "sys.exit(main(['run', '--account', 'default', '--', 'true']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, env=environment()
    )
    foreign = set(done.stderr.split()) - sys.stdlib_module_names
    assert foreign == {"ringfence"}
    assert not {"sqlite3", "asyncio", "tomllib", "dataclasses", "argparse", "typing"} & set(done.stderr.split())


@pytest.mark.usefixtures("opened")
def test_a_command_that_is_not_there_or_no_program_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program\n")
    (tmp_path / "script").write_text("#!/nowhere/interpreter\n")
    (tmp_path / "script").chmod(0o755)
    places = {
        "no-such-program-of-ours": 127,
        str(tmp_path / "script"): 127,
        str(tmp_path / "text"): 126,
        str(tmp_path): 126,
    }
    for command, status in places.items():
        done = run("--", command)
        assert (done.returncode, done.stdout) == (status, "")
        said = r"was not found \(or .+\); check PATH" if status == 127 else "cannot be run: [^.]+"
        assert re.fullmatch(rf"ringfence run: {re.escape(command)} {said}\.\n", done.stderr)


@pytest.mark.usefixtures("opened")
def test_a_closed_stderr_does_not_stop_the_run(paths: Paths) -> None:
    paths.gate.unlink()  # unknown: there would be a warning
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "-", *PROGRAM, "run", "--", "echo", "ran"],
        capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "ran\n")


# ---- closed: it starts nothing


@pytest.mark.usefixtures("opened")
def test_held_is_75_with_the_refusal_as_one_line_and_nothing_is_started(paths: Paths, tmp_path: Path) -> None:
    pause(paths)
    done = run("--class", "batch", "--", "touch", str(tmp_path / "ran"))
    assert (done.returncode, done.stdout, done.stderr) == (75, "", f"{PAUSED}\n")
    assert not (tmp_path / "ran").exists()
    assert rows(paths) == [("touch", "batch", "refused", "manual_pause")]


def test_the_refusal_is_the_gates_own(paths: Paths) -> None:
    from dataclasses import replace

    from ringfence.core.settings import Thresholds

    now = time.time()
    reading = account(window("session", 0.92, resets_at=float(round(now) + 3600)), age=0).sample
    assert reading is not None
    settings = Settings(thresholds=Thresholds(session_pct=90))
    gate = decide_gate([("default", replace(reading, observed_at=now))], settings, now=now)
    wiring.gate_channel(paths).publish(gate, now=now)
    done = run("--", "true")
    assert done.returncode == 75
    assert json.loads(done.stderr) == gate_reader.read_gate(str(paths.gate)).refusal
    assert list(json.loads(done.stderr)) == ["error", "reason", "utilization_pct", "threshold_pct", "resets_at"]
    assert rows(paths) == [("true", None, "refused", "session_threshold")]


@pytest.mark.usefixtures("opened")
def test_only_the_launch_that_the_hold_is_for_is_held(paths: Paths) -> None:
    pause(paths, Scope(class_="batch"))
    assert run("--class=batch", "--", "true").returncode == 75
    assert run("--class=interactive", "--", "true").returncode == 0
    assert run("--class=", "--", "true").returncode == 0


@pytest.mark.usefixtures("opened")
def test_the_arguments_are_kept_only_when_asked(paths: Paths) -> None:
    pause(paths)
    run("--", "/usr/bin/claude", "-p", "my secret plan")
    assert b"secret" not in b"".join(file.read_bytes() for file in paths.state.iterdir() if file.is_file())
    run("--keep-arguments", "--", "claude", "-p", "my plan")
    assert rows(paths, "command") == [("claude",), ("claude -p 'my plan'",)]


@pytest.mark.usefixtures("opened")
def test_a_history_that_cannot_be_written_changes_no_answer(paths: Paths, tmp_path: Path) -> None:
    pause(paths)
    paths.ledger.mkdir()
    done = run("--", "touch", str(tmp_path / "ran"))
    first, second = done.stderr.splitlines()
    assert (done.returncode, first) == (75, PAUSED)
    assert second.startswith("ringfence run: This refusal stands in no history: ")
    assert not (tmp_path / "ran").exists()


# ---- unknown: as the person wants it


def test_unknown_lets_the_run_start_with_one_line_of_warning(paths: Paths) -> None:
    done = run("--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr.startswith("ringfence run: The gate is unknown, so the run starts: The gate file ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("broken", ["[gate\n", "[gate]\nif_unknown = 'shut'\n", "gate = 3\n", b"\xff\xfe["])
@pytest.mark.parametrize("last_good", ["open", "closed", None])
def test_a_settings_file_with_a_fault_leaves_what_the_person_had_chosen_in_force(
    paths: Paths, broken: str | bytes, last_good: str | None
) -> None:
    chosen: dict[str, object] = {"gate": {"if_unknown": last_good}} if last_good else {}
    records.save_memory(paths.memory, Memory(last_good_settings=chosen))
    paths.settings.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    assert launch_run.if_unknown_setting() == (last_good or "open")
    assert wiring.settings_in_force(paths)[0].gate.if_unknown == (last_good or "open")


def test_without_a_settings_file_the_default_counts_whatever_was_chosen_before(paths: Paths) -> None:
    records.save_memory(paths.memory, Memory(last_good_settings={"gate": {"if_unknown": "closed"}}))
    paths.settings.unlink()
    assert launch_run.if_unknown_setting() == "open"
    paths.settings.write_text("[gate\n")
    paths.memory.write_text("[]")
    assert launch_run.if_unknown_setting() == "open"


@pytest.mark.parametrize(
    ("settings", "option", "status"),
    [
        ("[gate]\nif_unknown = 'closed'\n", "", 75),
        ("[gate]\nif_unknown = 'closed'\n", "open", 0),
        ("[gate]\nif_unknown = 'open'\n", "closed", 75),
        ("this is no TOML", "", 0),
        ("gate = 3", "", 0),
        ("", "", 0),
    ],
)
def test_what_unknown_counts_as_is_the_options_word_then_the_settings(
    paths: Paths, settings: str, option: str, status: int
) -> None:
    paths.settings.write_text(settings)
    done = run(f"--if-unknown={option}", "--", "true")
    assert done.returncode == status
    if status == 75:
        assert json.loads(done.stderr) == {
            "error": "gate_unknown", "reason": "gate_unknown",
            "utilization_pct": None, "threshold_pct": None, "resets_at": None,
        }  # fmt: skip


# ---- usage


@pytest.mark.parametrize(
    "arguments",
    [[], ["--"], ["--modell", "x", "--", "true"], ["--model"], ["--model", "--", "true"], ["--wait=soon", "--", "true"],
     ["--keep-arguments=yes", "--", "true"], ["--if-unknown", "maybe", "--", "true"], ["-x", "true"], ["--", ""]],
    ids=str,
)  # fmt: skip
def test_wrong_usage_is_64_and_one_sentence(arguments: list[str], capsys) -> None:
    assert launch_run.run(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"ringfence run: .+\n", err)


@pytest.mark.parametrize("arguments", [["--help"], ["--model", "x", "-h"]])
def test_help_says_how_it_is_used(arguments: list[str], capsys) -> None:
    assert launch_run.run(arguments) == 0
    assert capsys.readouterr().out.startswith("Usage: ringfence run [OPTIONS] -- COMMAND")


def test_where_a_process_cannot_become_another_the_exit_status_is_handed_on() -> None:
    assert launch_run._start([sys.executable, "-c", "raise SystemExit(7)"]) == 7


# ---- waiting


@pytest.mark.usefixtures("opened")
def test_with_an_open_gate_and_nobody_waiting_there_is_no_wait(paths: Paths) -> None:
    assert run("--wait", "--", "echo", "ran").stdout == "ran\n"
    assert not paths.ledger.exists()


@pytest.mark.usefixtures("opened")
def test_ten_that_wait_start_in_the_order_of_asking_and_apart(paths: Paths, waiter, tmp_path: Path) -> None:
    pause(paths)
    names = [f"run{number}" for number in range(10)]
    processes = [waiter(name) for name in names]
    assert started(tmp_path) == []
    unpause(paths)
    assert [ended(process)[0] for process in processes] == [0] * 10
    assert sorted(started(tmp_path)) == sorted(names)
    moments = [at for state, at in rows(paths, "state, ended_at") if state == "released"]
    assert len(moments) == 10
    assert all(b - a >= 0.05 for a, b in pairwise(moments))


@pytest.mark.usefixtures("opened")
def test_who_waits_becomes_the_command_in_its_own_process_too(paths: Paths) -> None:
    pause(paths)
    process = subprocess.Popen(
        [*PROGRAM, "run", "--wait", "--", "sh", "-c", "echo $$; cat; exit 5"], text=True, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "ringfence run: closed, waiting: Paused by you, until you unpause.\n"
    unpause(paths)
    out, err = process.communicate("given\n", timeout=30)
    assert (out, err, process.returncode) == (f"{process.pid}\ngiven\n", "", 5)


@pytest.mark.usefixtures("opened")
def test_a_killed_waiter_does_not_block_the_queue(paths: Paths, waiter, tmp_path: Path) -> None:
    pause(paths)
    processes = [waiter(name) for name in ("first", "second", "third")]
    processes[0].kill()
    processes[0].wait(timeout=30)
    unpause(paths)
    assert [ended(process)[0] for process in processes] == [-9, 0, 0]
    assert started(tmp_path) == ["second", "third"]
    assert [state for (state,) in rows(paths, "state")] == ["given_up", "released", "released"]


@pytest.mark.usefixtures("opened")
def test_one_that_is_held_by_its_class_does_not_stop_those_behind(paths: Paths, waiter, tmp_path: Path) -> None:
    pause(paths)
    batch, other = waiter("batch", "--class", "batch"), waiter("other")
    pause(paths, Scope(class_="batch"))
    wiring.gate_channel(paths).change(
        lambda latches: Latches(pauses=tuple(p for p in latches.pauses if p.scope.class_)), now=time.time()
    )
    assert ended(other)[0] == 0
    assert started(tmp_path) == ["other"]
    assert batch.poll() is None
    unpause(paths)
    assert ended(batch)[0] == 0


@pytest.mark.usefixtures("opened")
def test_letting_the_next_one_through_starts_exactly_one_at_a_closed_gate(paths: Paths, waiter, tmp_path: Path) -> None:
    pause(paths)
    first, second = waiter("first"), waiter("second")
    log = LaunchLog(paths.ledger)
    assert log.let_next_through(time.time()) is not None
    assert ended(first)[0] == 0
    assert started(tmp_path) == ["first"]
    assert [launch.pid for launch in log.waiting(time.time())] == [second.pid]
    log.close()
    assert second.poll() is None


@pytest.mark.usefixtures("opened")
def test_when_the_time_is_over_it_is_held_and_given_up(paths: Paths, waiter, tmp_path: Path) -> None:
    pause(paths)
    status, said = ended(waiter("late", wait="--wait=1s"))
    assert (status, said) == (75, f"{PAUSED}\n")
    assert started(tmp_path) == []
    assert rows(paths) == [("sh", None, "given_up", "manual_pause")]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_wait_cleanly(paths: Paths, waiter, number: int, status: int) -> None:
    pause(paths)
    process = waiter("never")
    process.send_signal(number)
    assert ended(process) == (status, "")
    assert rows(paths, "state") == [("given_up",)]
    assert list((paths.state / "launches").glob("*.lock")) == []


@pytest.mark.usefixtures("opened")
def test_a_signal_that_was_ignored_stays_so_while_waiting_and_in_the_command(paths: Paths) -> None:
    pause(paths)
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "-",
         *PROGRAM, "run", "--wait", "--", "sh", "-c", "kill -HUP $$; echo ran"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGHUP)
    unpause(paths)
    out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("ran\n", 0)


@pytest.mark.usefixtures("opened")
def test_who_comes_later_does_not_overtake_those_who_wait(paths: Paths) -> None:
    paths.settings.write_text("[launch]\nspacing_s = 3600\n")
    log = LaunchLog(paths.ledger)
    for _ in range(2):
        log.add(Asked(asked_at=time.time(), command="claude", reason="manual_pause"), WAITING)
    log.release(1, time.time())
    done = run("--wait=1s", "--", "echo", "ran")
    log.close()
    assert (done.returncode, done.stdout) == (75, "")
    said, refusal = done.stderr.splitlines()
    assert said == "ringfence run: open, waiting: other runs start first."
    assert json.loads(refusal)["error"] == "wait_timed_out"
    assert rows(paths, "state, reason")[2] == ("given_up", "in_turn")


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("mended", [False, True], ids=["for good", "for a while"])
def test_without_a_history_it_waits_outside_the_queue(paths: Paths, mended: bool) -> None:
    pause(paths)
    paths.ledger.mkdir()
    process = subprocess.Popen(
        [*PROGRAM, "run", "--wait", "--", "echo", "ran"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("ringfence run: It waits outside the queue: ")
    assert process.stderr.readline() == "ringfence run: closed, waiting: Paused by you, until you unpause.\n"
    if mended:
        paths.ledger.rmdir()
    unpause(paths)
    out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("ran\n", 0)
    assert not mended or rows(paths, "state") == [("released",)]


def test_an_unknown_gate_that_counts_as_closed_is_waited_for(paths: Paths, waiter, opened, tmp_path: Path) -> None:
    wiring.gate_channel(paths).publish(Gate(lease_until=0.0), now=time.time())
    process = waiter("late", "--if-unknown=closed")
    assert started(tmp_path) == []
    opened()
    assert ended(process)[0] == 0


# ---- launches


def test_launches_shows_who_waits_and_lets_the_next_one_through(paths: Paths, opened, waiter, tmp_path: Path) -> None:
    pause(paths)
    run("--", "make")
    process = waiter("first", "--class=batch")

    def launches(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, "launches", *options], capture_output=True, text=True, timeout=60, check=False, env=environment()
        )

    shown = launches().stdout.splitlines()
    assert shown == [
        "1 run waits for the gate; the first to start stands first:",
        f"  sh, class batch, asked just now, your pause, process {process.pid}",
        "Today: 1 refused, 0 released after waiting.",
        "Held today by: your pause: 2.",
    ]
    found = json.loads(launches("--json").stdout)
    assert [launch["pid"] for launch in found["waiting"]] == [process.pid]
    assert launches("--let-next-through").stdout == f"sh (process {process.pid}) starts now; the gate stays as it is.\n"
    assert ended(process)[0] == 0
    found = json.loads(launches("--json").stdout)
    assert found == {
        "format": 1, "waiting": [], "refused_today": 1, "released_today": 1, "by_reason": {"manual_pause": 2},
    }  # fmt: skip
    none_left = launches("--let-next-through")
    assert (none_left.returncode, none_left.stdout) == (1, "")
    assert none_left.stderr.count("\n") == 1


# ---- folders and classes


def test_the_folder_it_is_started_in_decides_about_a_projects_hold(home: Path, paths: Paths, tmp_path: Path) -> None:
    held = tmp_path / "work" / "a"
    held.mkdir(parents=True)
    homes.budget(home, project=str(tmp_path / "work"))
    assert run("--", "true", cwd=held).returncode == 75
    assert run("--", "true", cwd=tmp_path).returncode == 0


def test_the_command_is_told_its_class(paths: Paths) -> None:
    homes.gate(paths.state)
    told = ("--", "sh", "-c", 'echo "class ${RINGFENCE_CLASS-none}"')
    assert run("--class", "batch", *told).stdout == "class batch\n"
    assert run(*told).stdout == "class none\n"


def test_one_that_is_held_by_its_project_waits_and_does_not_stop_those_behind(
    home: Path, paths: Paths, waiter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    homes.budget(home, project=str(work))
    monkeypatch.chdir(work)
    first = waiter("first")
    assert run("--wait", "--", "true", cwd=tmp_path).returncode == 0
    assert first.poll() is None
    assert started(tmp_path) == []
    homes.gate(home)
    assert ended(first)[0] == 0
