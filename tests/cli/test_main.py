"""The entry: what is loaded when, exit statuses and streams, as a process where only that can tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from cli.world import SOURCE, program
from ringfence import __main__ as entry
from ringfence import language
from ringfence.cli import app
from ringfence.cli.app import ringfence
from ringfence.version import __version__

HEAVY = ("PySide6", "qasync", "httpx", "rich", "keyring", "tomlkit", "msgspec", "desktop_notifier", "watchdog")


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has after some code, beyond those it begins with."""
    probe = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    # -S: without site-packages' own start-up files; -I would ignore PYTHONPATH.
    ran = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    return set(ran.stdout.splitlines()[-1].split())


def test_gate_check_loads_the_gates_reader_and_nothing_else_of_ours() -> None:
    loaded = loaded_after("from ringfence.__main__ import main; main(['gate', 'check'])")
    ours = {name for name in loaded if name.startswith("ringfence")}
    assert ours == {
        "ringfence", "ringfence.__main__", "ringfence.cli", "ringfence.cli.gate_check", "ringfence.gate_reader",
    }  # fmt: skip
    # What `json` and `re` themselves need; the next test's list is what must never come.
    foreign = {name.partition(".")[0].strip("_") for name in loaded - ours}
    allowed = "future json re enum types operator keyword reprlib copyreg functools collections sre itertools"
    assert foreign <= {*allowed.split(), ""}


def test_no_command_loads_anything_heavy_before_it_runs() -> None:
    code = "\n".join(f"import {place.partition(':')[0]}" for place in app.COMMANDS.values())
    loaded = {name.partition(".")[0] for name in loaded_after(code)}
    assert not loaded & set(HEAVY)


def test_the_exit_statuses_of_gate_check_reach_the_shell() -> None:
    ran = program("gate", "check")
    assert (ran.returncode, ran.stdout) == (69, "")
    assert ran.stderr.startswith("unknown: ")
    assert program("gate", "check", "--if-unknown=open").returncode == 0
    assert program("gate", "check", "--wat").returncode == 64


def test_wrong_usage_reaches_the_shell_as_64_with_one_line() -> None:
    ran = program("statsu")
    assert (ran.returncode, ran.stdout) == (64, "")
    assert ran.stderr == "ringfence: there is no command `ringfence statsu`; did you mean `ringfence status`?\n"


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    ran = subprocess.run(
        f"{sys.executable} -m ringfence settings | head -1",
        shell=True, capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip
    assert ran.stdout.startswith("thresholds.session_pct")
    assert ran.stderr == ""


def test_without_a_display_the_tray_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    ran = program()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("ringfence: there is no display here; ")
    assert "`ringfence status --watch`" in ran.stderr
    assert "`ringfence daemon`" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_display_that_nobody_serves_does_not_abort_qt(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    assert entry.main([]) == 1
    assert capsys.readouterr().err.startswith("ringfence: no X server answers at DISPLAY=:4711; ")


def test_the_demo_without_a_display_names_its_terminal_form(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert entry.main(["demo"]) == 1
    assert "`ringfence demo --terminal`" in capsys.readouterr().err


def test_a_missing_qt_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setitem(sys.modules, "ringfence.tray.app", None)  # what an import of it meets

    def broken(name, *rest):
        if name == "ringfence.tray":
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
        return real(name, *rest)

    import builtins

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", broken)
    assert entry.start_tray(demo=False) == 1
    err = capsys.readouterr().err
    assert err.startswith("ringfence: Qt cannot be loaded (libEGL.so.1")
    assert err.count("\n") == 1


def test_a_mistake_of_ours_is_not_called_a_missing_qt() -> None:
    assert not entry._is_qt(
        ImportError("cannot import name 'nonsense' from 'ringfence.tray.app'", name="ringfence.tray")
    )
    assert entry._is_qt(ModuleNotFoundError("No module named 'PySide6'", name="PySide6"))


def test_ctrl_c_is_130() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    waiting = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "gate", "wait"], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert waiting.stderr is not None
    assert waiting.stderr.readline().startswith("unknown, waiting: ")
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert err.strip() == ""  # a line break after the terminal's ^C


def test_without_a_command_the_tray_starts(cli) -> None:
    assert cli().status == 0
    assert cli("demo").status == 0
    assert cli.trays == [False, True]


def test_the_version_is_the_packages(cli) -> None:
    assert cli("--version").out == f"ringfence {__version__}\n"


def test_help_names_every_command_and_the_exit_statuses(cli) -> None:
    ran = cli("--help")
    assert ran.status == 0
    assert all(f"\n  {name} " in ran.out for name in app.COMMANDS)
    assert "64 wrong usage" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("name", list(app.COMMANDS))
def test_every_command_has_a_help(cli, name: str) -> None:
    ran = cli(name, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: ringfence {name}")


@pytest.mark.parametrize("name", ["gate check", "run", "route", "hook", "statusline", "status --tmux"])
def test_the_help_of_what_runs_on_the_standard_library_alone_fits_80_columns_too(capsys, name: str) -> None:
    assert entry.main([*name.split(), "--help"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gat",), "ringfence: there is no command `ringfence gat`; did you mean `ringfence gate`?\n"),
        (
            ("gate", "chek"),
            "ringfence gate: there is no command `ringfence gate chek`; did you mean `ringfence gate check`?\n",
        ),
        (("account",), "ringfence account: Missing command; see `ringfence account --help`\n"),
        (("zzz",), "ringfence: there is no command `ringfence zzz`; see `ringfence --help`\n"),
    ],
)
def test_wrong_usage_names_the_nearest(cli, arguments: tuple[str, ...], said: str) -> None:
    ran = cli(*arguments)
    assert (ran.status, ran.out, ran.err) == (64, "", said)


def test_an_unknown_option_is_one_line_that_names_the_help(cli) -> None:
    ran = cli("status", "--nonsense")
    assert (ran.status, ran.out) == (64, "")
    assert ran.err.startswith("ringfence status: No such option")  # the words are click's
    assert ran.err.endswith("; see `ringfence status --help`\n")


def test_a_hostile_command_name_moves_no_cursor(cli) -> None:
    ran = cli("\x1b[2J\u202e")
    assert ran.status == 64
    assert ran.err.isascii()
    assert "\x1b" not in ran.err


def test_a_home_that_cannot_be_found_is_one_sentence(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_HOME", "~nobody-of-that-name/ringfence")
    ran = cli("pause")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith("; set RINGFENCE_HOME.\n")
    assert ran.err.count("\n") == 1


def test_a_window_label_that_the_terminal_cannot_write_does_not_end_the_program() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "ringfence", "status"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert ran.returncode == 0
    assert "? The gate is unknown" in ran.stdout
    assert "Traceback" not in ran.stderr


def summaries(group: click.Group, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield every group with the list of its commands, as its help shows it."""
    yield context.command_path, group.get_help(context).partition("Commands:")[2]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from summaries(command, click.Context(command, parent=context, info_name=name))


def test_no_summary_of_a_command_is_cut_in_any_help() -> None:
    told = dict(summaries(ringfence, click.Context(ringfence, info_name="ringfence")))
    assert "ringfence desktop autostart" in told
    assert [path for path, listed in told.items() if "..." in listed] == []


def test_a_word_that_is_a_command_s_name_changes_no_language(monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    app.main(["unpause", "--class", "mcp"], lambda **_how: 0)
    assert language.spoken() == "de"


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_what_is_printed_for_a_program_is_english(option, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    app.main(["history", option], lambda **_how: 0)
    assert language.spoken() == "en"


def test_what_agents_are_told_is_english(monkeypatch):
    from ringfence.cli import mcp_server

    spoken = []
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setattr(mcp_server, "serve", lambda _where: spoken.append(language.spoken()))
    app.main(["mcp"], lambda **_how: 0)
    assert spoken == ["en"]
