"""A long look at the transcripts, in a process of its own: the real one, over a real ledger."""

import subprocess
import sys
from contextlib import closing

import pytest

from ringfence import late, scan_apart, wiring
from ringfence.storage.paths import Paths
from tokens.reference import line

NOW = 1795300000.0


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """A home with two sessions that no ledger knows."""
    folder = tmp_path / "claude" / "projects" / "-home-user-src-api"
    folder.mkdir(parents=True)
    for session in ("s1", "s2"):
        (folder / f"{session}.jsonl").write_bytes(line(f"msg_{session}", session=session) + b"\n")
    (tmp_path / "settings.toml").write_text(f'[[accounts]]\nname = "work"\nconfig_dir = "{tmp_path / "claude"}"\n')
    return Paths(config=tmp_path, state=tmp_path)


def settings_of(paths):
    return wiring.settings_in_force(paths)[0]


def responses(paths) -> int:
    with closing(wiring.token_reports(paths)) as ledger:
        return sum(row.tokens.responses for row in ledger.daily())


def tokens_of(paths, read_apart):
    return late.LateTokens(
        wiring._config_folders,
        lambda: wiring.token_reports(paths),
        lambda ledger: wiring.token_book(paths, ledger),
        read_apart,
    )


def look(book, paths, scanned=lambda _: True, only=None):
    return book.catch_up(settings_of(paths), only, now=NOW, scanned=scanned)


def test_the_process_reads_everything_and_says_how_far_it_is(paths):
    told = []
    scan_apart.read_apart(paths, lambda progress: told.append(progress) or True)
    assert responses(paths) == 2
    assert told[0].files == 2
    assert told[0].done_bytes == 0 < told[0].total_bytes


def test_a_reading_that_is_stopped_ends_the_process(paths, monkeypatch):
    endless = paths.state / "endless"
    endless.write_text("#!/bin/sh\nexec yes '0 9 1'\n")
    endless.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(endless))
    told = []
    scan_apart.read_apart(paths, lambda progress: told.append(progress.total_bytes) or len(told) < 3)
    assert told == [9, 9, 9]


def test_a_monitor_reads_much_apart_and_little_by_itself(paths, monkeypatch):
    apart = []
    book = tokens_of(paths, lambda scanned: apart.append(1) or scan_apart.read_apart(paths, scanned))
    monkeypatch.setattr(late, "LARGE_BYTES", 1)
    with closing(book):
        look(book, paths)
        assert (responses(paths), len(apart)) == (2, 1)
        look(book, paths)  # nothing is new
        one = paths.state / "claude" / "projects" / "-home-user-src-api" / "s1.jsonl"
        one.write_bytes(one.read_bytes() + line("msg_more", session="s1") + b"\n")
        look(book, paths, only=frozenset([str(one)]))  # a line that was told by the kernel needs no process
        assert (responses(paths), len(apart)) == (3, 1)


def test_without_a_process_the_monitor_reads_by_itself(paths, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(paths.state / "nothing-here"))
    monkeypatch.setattr(late, "LARGE_BYTES", 1)
    told = []
    with closing(tokens_of(paths, lambda scanned: scan_apart.read_apart(paths, scanned))) as book:
        look(book, paths, scanned=lambda progress: told.append(progress) or True)
    assert responses(paths) == 2
    assert told


def test_nobody_who_listens_ends_it(paths):
    command = [sys.executable, "-m", "ringfence", scan_apart.ARGUMENT, str(paths.config), str(paths.state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert (child.wait(60), child.stderr.read()) == (1, b"")


@pytest.mark.parametrize("junk", [b"", b"\n", b"1 2\n", b"a b c\n", b"Traceback\n"])
def test_a_line_that_is_none_is_no_progress(junk):
    assert scan_apart.progress_of(junk) is None


def test_a_bundle_is_asked_without_words_for_an_interpreter(paths, tmp_path, monkeypatch):
    program = tmp_path / "ringfence"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    scan_apart.read_apart(paths, lambda _: True)
    assert (tmp_path / "asked").read_text().split() == [scan_apart.ARGUMENT, str(paths.config), str(paths.state)]
