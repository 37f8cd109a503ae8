"""`gate check`, `wait`, `path`, `show`."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import time
from pathlib import Path

import pytest

from cli.world import HOUR, account, window
from launch import homes
from ringfence import gate_reader, wiring
from ringfence.__main__ import main
from ringfence.cli import gate_check, gate_wait
from ringfence.cli.gate_wait import Launch
from ringfence.core import gating
from ringfence.core.model import Gate, Latches, Pause, Scope
from ringfence.storage.paths import Paths, find_paths


@pytest.fixture
def leave(paths: Paths, furnish):
    """Return what leaves a gate as of this very moment: `gate check` reads the real clock."""

    def write(used: float | None = 0.5, settings: str = "[thresholds]\nsession_pct = 90\n") -> None:
        now = time.time()
        windows = () if used is None else (window("session", used, resets_at=float(round(now) + 3600)),)
        reading = account(*windows)
        if reading.sample is not None:
            from dataclasses import replace

            reading = replace(reading, sample=replace(reading.sample, observed_at=now - 60))
        furnish(reading, settings=settings, at=now)

    return write


def pause(paths: Paths, *, until: float | None = None, scope: Scope = Scope(), why: str | None = None) -> None:
    now = time.time()
    made = Pause(since=now, until=until, scope=scope, why=why)
    wiring.gate_channel(paths).change(lambda latches: gating.with_pause(latches, made), now=now)


def unpause(paths: Paths) -> None:
    wiring.gate_channel(paths).change(lambda _: Latches(), now=time.time())


# ---- check


def test_open_is_0_with_nothing_on_stdout(leave, capsys) -> None:
    leave()
    assert gate_check.run([]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "open: No hold applies.\n")


def test_closed_is_1_and_says_why_in_one_line(leave, capsys) -> None:
    leave(0.92)
    assert gate_check.run([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("closed: session is over its limit (session_threshold): 92 % used, threshold 90 %, resets ")
    assert err.count("\n") == 1


def test_unknown_is_69_unless_it_is_told_what_that_means(leave, capsys, paths: Paths) -> None:
    assert gate_check.run([]) == 69
    assert gate_check.run(["--if-unknown", "open"]) == 0
    assert gate_check.run(["--if-unknown=closed"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"unknown: The gate file {paths.gate} is not there")
    assert lines[1].endswith(" Taken as open.")
    assert lines[2].endswith(" Taken as closed.")


def test_if_unknown_changes_nothing_about_what_is_known(leave) -> None:
    leave(0.92)
    assert gate_check.run(["--if-unknown", "open"]) == 1
    leave(0.1)
    assert gate_check.run(["--if-unknown", "closed"]) == 0


def test_a_scope_is_asked_for_in_both_spellings_of_an_option(leave, paths: Paths) -> None:
    leave()
    pause(paths, scope=Scope(model="Opus"))
    pause(paths, scope=Scope(class_="batch"))
    assert gate_check.run([]) == 0
    assert gate_check.run(["--model", "claude-opus-4-6"]) == 1
    assert gate_check.run(["--model=Sonnet", "--class=interactive"]) == 0
    assert gate_check.run(["--class", "batch"]) == 1
    assert gate_check.run(["--account", "default"]) == 0
    assert gate_check.run(["--account", "nobody"]) == 69


def test_a_variable_that_is_not_set_names_nothing(leave, paths: Paths) -> None:
    leave()
    assert gate_check.run(["--model", "", "--account=", "--class", "", "--if-unknown="]) == 0


def test_json_has_the_documented_keys(leave, capsys) -> None:
    leave(0.92)
    assert gate_check.run(["--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["format", "verdict", "valid_until", "why", "refusal", "hold"]
    assert answer["refusal"]["error"] == "quota_threshold_reached"
    assert answer["hold"]["window"] == "session"
    leave(0.1)
    assert gate_check.run(["--json", "--account", "nobody"]) == 69
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["valid_until"], answer["refusal"]) == ("unknown", None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--modell", "x"],
        ["x"],
        ["--model"],
        ["--model", "--json"],
        ["--if-unknown", "maybe"],
        ["--json=1"],
        ["-j"],
        ["\x1b[2J"],
    ],
)
def test_wrong_usage_is_64_and_one_clean_line(arguments: list[str], capsys) -> None:
    assert gate_check.run(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_help_of_check_is_an_answer(capsys) -> None:
    assert main(["gate", "check", "--help"]) == 0
    assert "Exit status: 0" in capsys.readouterr().out


def test_a_hostile_note_moves_no_cursor(leave, paths: Paths, capsys) -> None:
    leave()
    document = json.loads(paths.gate.read_text())
    hold = {
        "kind": "manual",
        "reason": "manual_pause",
        "applies_to": {},
        "until": None,
        "since": 1,
        "why": "a\x1b[2J\u202eb\nc",
    }
    paths.gate.write_bytes(gate_reader.dump_gate(gating.decided({**document, "holds": [hold]}, time.time())))
    assert gate_check.run([]) == 1
    assert capsys.readouterr().err == "closed: Paused by you: a [2J b c, until you unpause.\n"


# ---- wait


def waiting(paths: Paths, timeout_s: float | None = 20.0, if_unknown: str = "", **launch: str):
    made = Launch(account=launch.get("account"), model=launch.get("model"), class_=launch.get("class_"))
    return gate_wait._wait(str(paths.gate), made, timeout_s, if_unknown)


async def told(capsys, words: str) -> None:
    """Return when these words have been printed."""
    async with asyncio.timeout(20):
        while words not in capsys.readouterr().err:  # noqa: ASYNC110 - a stream is no event
            await asyncio.sleep(0.01)


async def test_wait_ends_at_once_when_the_gate_is_open(leave, paths: Paths) -> None:
    leave()
    assert await waiting(paths) == 0


async def test_wait_ends_when_the_file_says_open(leave, paths: Paths, capsys) -> None:
    leave()
    pause(paths, why="deploying")
    work = asyncio.create_task(waiting(paths))
    await told(capsys, "waiting")
    unpause(paths)
    assert await work == 0
    assert capsys.readouterr().err == "open: the launch may start.\n"


async def test_wait_follows_the_launchs_own_scope(leave, paths: Paths) -> None:
    leave()
    pause(paths, scope=Scope(model="Opus"))
    assert await waiting(paths, model="Sonnet") == 0
    assert await waiting(paths, 0.05, model="opus") == 1


async def test_wait_gives_up_at_the_timeout(leave, paths: Paths, capsys) -> None:
    leave(0.92)
    assert await waiting(paths, 0.05) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("closed, waiting: session is over its limit")
    assert lines[1] == "The gate did not open in time."


async def test_wait_looks_again_when_the_verdict_runs_out_although_nobody_writes(leave, paths: Paths) -> None:
    leave()
    pause(paths, until=time.time() + 1)
    began = time.monotonic()
    assert await waiting(paths, if_unknown="open") == 0  # past its end a verdict is unknown
    assert time.monotonic() - began < 10  # and not only at the slow recheck


async def test_wait_on_an_unknown_gate_goes_on_and_says_so_once(paths: Paths, capsys) -> None:
    assert await waiting(paths, 0.2) == 1
    assert capsys.readouterr().err.count("unknown, waiting: ") == 1


async def test_wait_takes_unknown_as_it_is_told(paths: Paths, capsys) -> None:
    assert await waiting(paths, if_unknown="open") == 0
    assert capsys.readouterr().err.rstrip().endswith("Taken as open.")
    assert await waiting(paths, 0.05, if_unknown="closed") == 1


async def test_wait_sees_a_gate_that_is_made_later(paths: Paths, leave, capsys) -> None:
    work = asyncio.create_task(waiting(paths))
    await told(capsys, "waiting")
    leave()
    assert await work == 0


def test_wait_is_a_command_with_its_own_exit_status(cli, leave) -> None:
    leave(0.92)
    assert cli("gate", "wait", "--timeout", "1s", "--if-unknown", "open").status == 1
    assert cli("gate", "wait", "--timeout", "soon").status == 64


# ---- path and show


def test_path_is_where_the_reader_looks(cli, paths: Paths) -> None:
    assert cli("gate", "path").out == f"{paths.gate}\n" == f"{gate_reader.gate_path()}\n"


@pytest.mark.parametrize("moved", ["~/elsewhere", "elsewhere", "/tmp/../tmp/elsewhere", "link/../elsewhere", ""])
def test_reader_and_writer_agree_on_where_the_file_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moved: str
) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_HOME", moved)
    assert Path(gate_reader.gate_path()).resolve() == find_paths().gate.resolve()


def test_they_agree_on_a_mac_whose_person_has_set_xdg_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Mac:
        """`os` as macOS has it."""

        sysname = "Darwin"

        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

        def uname(self) -> Mac:
            return self

    monkeypatch.delenv("RINGFENCE_HOME")
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "xdg"))
    monkeypatch.setattr(gate_reader, "os", Mac())
    found = find_paths()
    assert str(found.gate) == gate_reader.gate_path()
    assert str(found.settings.parent) == gate_reader.home_folder("config")


def test_a_person_without_a_home_folder_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch, cli) -> None:
    def nobody(_uid: int) -> object:
        raise KeyError("getpwuid(): uid not found")

    for name in ("RINGFENCE_HOME", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    done = cli("gate", "show")
    assert (done.status, done.out) == (1, "")
    assert "set RINGFENCE_HOME" in done.err


def test_show_tells_the_holds_the_windows_and_the_lease(cli, clock, furnish) -> None:
    furnish(
        account(window("session", 0.92), window("week", 0.3, resets_in=50 * HOUR)),
        settings="[thresholds]\nsession_pct = 90\n",
    )
    cli("pause", "--model", "Opus", "--why", "reviews")
    cli("override", "--for", "30m")
    ran = cli("gate", "show")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[:-1] == [
        "open: Overridden by you.",
        "  hold      Paused by you for model Opus (reviews)",
        "  hold      Session 92 % used, threshold 90 %, resets 01:00",
        "  override  Overridden by you until 00:30",
        "  window    5-hour session 92 %, resets 01:00, read 2 min ago",
        "  window    Week 30 %, resets Tue 02:00, read 2 min ago",
        "  lease     until 00:15, renewed by the monitor",
    ]
    assert ran.out.splitlines()[-1].startswith("  written   just now by process ")


def test_show_names_the_account_of_each_window_where_there_are_several(cli, clock, furnish) -> None:
    furnish(account(window("session", 0.9), name="work"), account(window("session", 0.3), name="home"))
    out = cli("gate", "show").out
    assert "  window    5-hour session of work 90 %," in out
    assert "  window    5-hour session of home 30 %," in out


def test_show_json_is_the_files_content(cli, clock, furnish, paths: Paths) -> None:
    furnish(account(window("session", 0.5)))
    assert json.loads(cli("gate", "show", "--json").out) == json.loads(paths.gate.read_text())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"verdict":"open","valid_until":1,\n"format":9}', "\0" * 10])
def test_show_of_a_damaged_gate_is_one_sentence(cli, paths: Paths, content: str) -> None:
    paths.state.mkdir(mode=0o700, parents=True)
    paths.gate.write_text(content)
    paths.gate.chmod(0o600)
    ran = cli("gate", "show")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"ringfence: The gate file {paths.gate} ")
    assert ran.err.count("\n") == 1


def test_show_survives_windows_of_any_shape(cli, clock, furnish, paths: Paths) -> None:
    furnish(account(window("session", 0.5)))
    document = json.loads(paths.gate.read_text())
    document["windows"] = [{"label": "\x1b[2J", "used_pct": "much", "resets_at": True}, {"used_pct": 1e300}]
    document["writer"] = "me"
    paths.gate.write_bytes(gate_reader.dump_gate(document))
    ran = cli("gate", "show")
    assert ran.status == 0
    assert "\x1b" not in ran.out


def test_show_of_a_stopped_gate_says_that_nobody_renews_it(cli, clock, paths: Paths) -> None:
    Path(paths.state).mkdir(mode=0o700, parents=True)
    wiring.gate_channel(paths).publish(Gate(lease_until=0.0, stopped=True), now=wiring.now())
    assert "lease     over: no monitor renews it" in cli("gate", "show").out


@pytest.mark.parametrize(("folder", "status"), [("/home/me/work/a", 1), ("/home/me", 0), ("", 0)])
def test_check_names_a_folder(paths: Paths, folder: str, status: int, capsys) -> None:
    homes.budget(paths.state, project="/home/me/work")
    assert main(["gate", "check", "--project", folder]) == status
    assert ("Your budget nightly is reached: 102 % used" in capsys.readouterr().err) == bool(status)
