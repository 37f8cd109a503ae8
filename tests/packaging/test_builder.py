"""The builders' own judgement: what a healthy start may say, what is counted, and what the man page takes over."""

from __future__ import annotations

import importlib
import os
import struct
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest
from PySide6.QtGui import QImage

from ringfence.cli import app
from ringfence.cli.settings import value_text
from ringfence.core.declared import check_value
from ringfence.core.settings import schema

ROOT = Path(__file__).resolve().parents[2]
BUILDER = ROOT / "packaging" / "builder"


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch):
    """Import a module of packaging/builder by its name."""
    monkeypatch.syspath_prepend(str(BUILDER))

    def take(name: str) -> ModuleType:
        return importlib.import_module(name)

    return take


def script(folder: Path, body: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# ---- the smoke test


def test_a_start_that_says_something_unexpected_fails(builder, tmp_path: Path) -> None:
    smoke = builder("smoke")
    program = smoke.Program(words=(str(script(tmp_path, "echo 'QObject: no such signal' >&2")),))
    with pytest.raises(smoke.Failed, match="QObject: no such signal"):
        smoke.quiet(program)


def test_what_qt_says_without_a_locale_is_expected(builder, tmp_path: Path) -> None:
    smoke = builder("smoke")
    body = 'echo \'Detected locale "C" with character encoding "ANSI_X3.4-1968", which is not UTF-8.\' >&2; echo fine'
    assert smoke.quiet(smoke.Program(words=(str(script(tmp_path, body)),))) == "fine\n"


def test_a_program_that_hangs_is_ended_with_its_children(builder, tmp_path: Path) -> None:
    smoke = builder("smoke")
    program = smoke.Program(words=(str(script(tmp_path, f"sleep 600 & echo $! >{tmp_path}/child; wait")),))
    with pytest.raises(smoke.Failed, match=r"did not end within 0\.5 s"):
        smoke.quiet(program, limit_s=0.5)
    child = int((tmp_path / "child").read_text())
    ends = time.monotonic() + 10
    while Path(f"/proc/{child}/stat").exists() and " Z " not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < ends, "the child lives on"


def test_a_program_finds_nothing_of_the_callers_world(builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smoke = builder("smoke")
    monkeypatch.setenv("SSL_CERT_FILE", "/a/file/of/mine")
    found = smoke.quiet(smoke.Program(words=("/usr/bin/env",)))
    assert {line.partition("=")[0] for line in found.splitlines()} == {"PATH", "HOME", "TMPDIR"}


def test_a_window_that_never_comes_fails_at_the_limit(builder, tmp_path: Path) -> None:
    smoke = builder("smoke")
    program = smoke.Program(words=(str(script(tmp_path, "echo 'still trying'; sleep 600")),))
    with pytest.raises(smoke.Failed, match="No gate was written within 1 s: still trying"):
        smoke.starts_offscreen(program, limit_s=1)


def test_a_start_that_does_not_end_well_fails(builder, tmp_path: Path) -> None:
    smoke = builder("smoke")
    gate = 'mkdir "$HOME/ringfence-demo-1"; trap "exit 3" TERM; touch "$HOME/ringfence-demo-1/gate.json"'
    body = f"{gate}; sleep 600 >/dev/null 2>&1 & wait"
    with pytest.raises(smoke.Failed, match="ended with 3"):
        smoke.starts_offscreen(smoke.Program(words=(str(script(tmp_path, body)),)), limit_s=30)


# ---- counting


def test_the_closing_line_counts_and_a_failure_is_the_exit_status(builder, capsys) -> None:
    steps = builder("steps")
    proofs = steps.Proofs()

    def fails() -> str:
        raise steps.Failed("it is too large.")

    assert proofs.prove("one", lambda: "fine")
    assert not proofs.prove("two", fails)
    proofs.leave_out("three", "a chroot needs root")
    assert proofs.close() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "FAILED  two: it is too large.",
        "left out  three: a chroot needs root",
        "packages: 1 passed, 1 failed, 1 skipped",
    ]


def test_a_size_over_its_budget_fails(builder, tmp_path: Path) -> None:
    steps = builder("steps")
    (tmp_path / "file").write_bytes(b"x" * 2_000_000)
    assert steps.within(tmp_path, 2) == "2.0 MB of 2"
    with pytest.raises(steps.Failed, match=r"has 2\.0 MB, more than its budget of 1 MB"):
        steps.within(tmp_path, 1)


def test_a_failed_program_is_told_with_what_it_said(builder) -> None:
    steps = builder("steps")
    with pytest.raises(steps.Failed, match="ended with 1:\nthe reason"):
        steps.run(sys.executable, "-c", "import sys; sys.exit('the reason')")


# ---- generated


def test_the_man_page_names_every_command_and_every_exit_status(builder) -> None:
    manual = builder("manual")
    page = manual.man_page()
    assert {path.split()[1] for path, _ in manual.commands()} == set(app.COMMANDS)
    for path, command in manual.commands():
        _, named, section = page.partition(f"\n.SS {path}\n".replace("-", r"\-"))
        assert named, path
        told = section.partition("\n.S")[0]
        for option in (p for p in command.params if isinstance(p, click.Option) and not p.hidden):
            assert option.name == "help" or max(option.opts, key=len).replace("-", r"\-") in told, (path, option.opts)
    assert [status for status, _ in manual.exit_statuses()] == ["0", "1", "64", "69", "75", "126, 127", "130, 143"]
    for status, _ in manual.exit_statuses():
        assert f"\n.B {status}\n" in page
    for own in ("keep-arguments", "task-value", "if-unknown", "until-reset"):  # some commands read theirs themselves
        assert f"--{own}".replace("-", r"\-") in page
    assert ".B \\-\\-help" not in page  # said once, at the end


def test_the_page_of_settings_names_each_with_its_default_and_a_value_that_it_takes(builder) -> None:
    page = builder("manual").settings_page()
    for setting in schema():
        table, name = setting.key.split(".")
        _, named, section = page.partition(f"\n.SH [{table}]\n")
        told = section.partition("\n.SH ")[0].partition(f"\n.B {name}\n")[2].partition("\n.TP\n")[0]
        assert named, setting.key
        assert told, setting.key
        assert value_text(setting, setting.default).replace("-", r"\-") in told
        example = told.rpartition("\n.I ")[2].replace(r"\-", "-").strip()
        value = tomllib.loads(f"[{table}]\n{example}\n")[table][name]
        assert check_value(setting, value)[1] is None, (setting.key, example)


def test_the_completions_ask_the_program(builder) -> None:
    for shell, text in builder("manual").completions().items():
        assert f"_RINGFENCE_COMPLETE={shell}_complete" in text


def test_a_completion_is_answered_and_starts_no_tray() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COMP_WORDS": "ringfence sta", "COMP_CWORD": "1"}
    said = subprocess.run(
        [sys.executable, "-m", "ringfence"], env={**environment, "_RINGFENCE_COMPLETE": "bash_complete"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert said.stdout.split() == ["plain,status"]


def test_the_icons_of_packages_are_the_one_drawing(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    monkeypatch.setattr("sys.argv", ["render_assets.py", "--icons", str(tmp_path)])
    runpy.run_path(str(ROOT / "packaging/dev/render_assets.py"), run_name="__main__")
    icons = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    name = "io.github.ringfence.Ringfence"
    for px in (16, 22, 24, 32, 48, 64, 128, 256, 512):
        assert QImage(str(icons[f"hicolor/{px}x{px}/apps/{name}.png"])).width() == px
    assert icons[f"hicolor/scalable/apps/{name}.svg"].read_text() == (ROOT / "assets/ringfence.svg").read_text()
    assert f"hicolor/symbolic/apps/{name}-symbolic.svg" in icons
    assert QImage(str(icons["ringfence.ico"])).width() in {16, 20, 24, 32, 40, 48, 64, 256}
    apple = icons["ringfence.icns"].read_bytes()
    assert (apple[:4], struct.unpack(">I", apple[4:8])[0]) == (b"icns", len(apple))
