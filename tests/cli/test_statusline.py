"""`ringfence statusline` as Claude Code runs it: limits kept, the person's own status line untouched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence import feed

LIMITS = {"five_hour": {"used_percentage": 42, "resets_at": 4102444800}}
STATUS = json.dumps({"session_id": "s1", "rate_limits": LIMITS, "model": {"display_name": "Opus ü"}}).encode()
SRC = Path(__file__).parents[2] / "src"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "ringfence"


@pytest.fixture
def run(tmp_path: Path, home: Path):
    def start(*arguments, status=STATUS, check=False, **environ):
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "RINGFENCE_HOME": str(home), "PYTHONPATH": str(SRC)}
        return subprocess.run(
            [sys.executable, "-m", "ringfence", "statusline", *arguments],
            input=status, capture_output=True, timeout=60, check=check, env=env | environ,
        )  # fmt: skip

    return start


def kept(home: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in home.glob("feed-*.json")]


def python(code: str) -> tuple[str, ...]:
    return "--", sys.executable, "-c", code


def test_the_limits_are_kept_and_nothing_is_printed(run, home, tmp_path):
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (document,) = kept(home)
    assert document["five_hour"] == LIMITS["five_hour"]
    assert document["config_dir"] == str(tmp_path / ".claude")


def test_the_command_gets_the_same_bytes_and_its_output_is_untouched(run, home):
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1]); sys.stderr.write('w\\n'); sys.exit(3)"
    done = run(*python(code))
    assert (done.returncode, done.stdout, done.stderr) == (3, STATUS[::-1], b"w\n")
    assert len(kept(home)) == 1


@pytest.mark.parametrize("status", [b"", b"{", b"\0\xff" * 10, b"[" * 100_000, b'{"rate_limits":{"five_hour":7}}'])
def test_input_that_says_nothing_goes_through_all_the_same(run, home, status):
    done = run(*python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"), status=status)
    assert (done.returncode, done.stdout, done.stderr) == (0, status, b"")
    assert kept(home) == []


def test_more_than_a_megabyte_goes_through_whole(run, home):
    status = STATUS + b" " * (3 << 20)
    done = run(*python("import sys; print(len(sys.stdin.buffer.read()))"), status=status)
    assert int(done.stdout) == len(status)
    assert kept(home) == []


def test_a_command_that_does_not_read_gets_no_error(run):
    done = run("--", "sh", "-c", "echo line", status=STATUS + b" " * (1 << 20))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"line\n", b"")


def test_a_folder_that_cannot_be_written_does_not_disturb_the_status_line(run, home):
    home.write_text("a file, not a folder")
    done = run(*python("print('line')"))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"line", b"")


def test_a_signal_ends_the_command_as_without_us(run):
    done = run(*python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"))
    assert done.returncode == -signal.SIGTERM


def test_a_pipe_that_closes_early_ends_the_command_silently(run):
    """Python ignores SIGPIPE for itself; the status line's own pipes must work as ever."""
    done = run("--", "sh", "-c", "yes | head -n 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"y\n", b"")


def test_a_command_that_is_not_there_says_so(run, home):
    done = run("--", "/nowhere/line")
    assert done.returncode == 127
    assert b"there is no command '/nowhere/line'" in done.stderr
    assert len(kept(home)) == 1


def test_a_command_that_cannot_be_run_says_so(run, tmp_path):
    (tmp_path / "line").write_text("x")
    done = run("--", str(tmp_path / "line"))
    assert done.returncode == 126
    assert b"cannot be run" in done.stderr


def test_claude_codes_folder_says_whose_limits_they_are(run, home, tmp_path):
    run(CLAUDE_CONFIG_DIR=str(tmp_path / "work"))
    (path,) = home.glob("feed-*.json")
    assert path.name == feed.file_name(feed.key_of(folder=str(tmp_path / "work")))


@pytest.mark.parametrize("name", ["CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"])
def test_limits_of_a_login_from_the_environment_are_not_the_folders(run, home, name):
    secret = "sk-ant-oat01-CANARY"
    done = run(*python("print('line')"), **{name: secret})
    assert done.stdout.strip() == b"line"
    assert kept(home) == []
    run("--account", "team", **{name: secret})
    (document,) = kept(home)
    assert document["account"] == "team"
    assert secret not in json.dumps(document)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--acount", "x"], "is not an option"), (["--account"], "needs a value"), (["--account="], "needs a value"),
     (["cat"], "is not an option"), (["--account", "a", "cat"], "behind `--`")],
)  # fmt: skip
def test_wrong_usage_exits_64(run, home, arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (64, b"")
    assert said in done.stderr.decode()
    assert kept(home) == []


def test_help_says_what_it_is(run):
    done = run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith(b"Usage: ringfence statusline")


def test_it_loads_the_standard_library_alone():
    code = (
        "import io, sys; sys.stdin = io.TextIOWrapper(io.BytesIO(b'{}'))\n"
        "from ringfence.__main__ import main; main(['statusline'])\n"
        "print([n for n in sys.modules if n.split('.')[0] in "
        "{'click', 'msgspec', 'httpx', 'rich', 'argparse', 'subprocess', 'asyncio', 'dataclasses', 'platformdirs'}])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SRC)!r})\n{code}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
