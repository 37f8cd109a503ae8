"""The log: one private file, one line a record, and never a secret in it."""

import logging
import logging.handlers
import os
import re
import stat
import subprocess
import sys

import httpx
import pytest

from ringfence.file_errors import FileError
from ringfence.ports import Secret
from ringfence.storage import logs

CANARY = "sk-ant-oat01-CANARY-4f8e2d_17"
log = logging.getLogger("ringfence.test")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ringfence.log"


@pytest.fixture
def started(path):
    stop = logs.start_logging(str(path), debug=True)
    yield path
    stop()


def text(path):
    return path.read_text(encoding="utf-8")


def test_a_record_is_one_line_with_its_time_in_utc(started, monkeypatch):
    log.info("two\nlines\x1b[31m and a \u202e turn")
    [line] = text(started).splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO ringfence\.test: two \| lines \[31m and a turn", line
    )


def test_times_do_not_follow_the_zone_of_the_machine(path):
    formatter = logs._LineFormatter()
    record = logging.LogRecord("n", logging.INFO, "f", 1, "text", None, None)
    record.created, record.msecs = 1795303550.25, 250.0
    assert formatter.format(record) == "2026-11-21T23:25:50.250Z INFO n: text"


def test_the_folder_and_the_file_are_private_whatever_the_umask(path):
    before = os.umask(0)
    try:
        logs.start_logging(str(path))()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_was_readable_by_others_is_closed_to_them(path):
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0o666)
    logs.start_logging(str(path))()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_three_files_of_half_a_megabyte_are_kept_all_private(started, monkeypatch):
    for _ in range(2000):
        log.info("x" * 1000)
    files = sorted(started.parent.iterdir())
    assert [f.name for f in files] == ["ringfence.log", "ringfence.log.1", "ringfence.log.2"]
    assert all(f.stat().st_size <= logs.MAX_BYTES and stat.S_IMODE(f.stat().st_mode) == 0o600 for f in files)


def raise_with(secret):
    outer = RuntimeError(f"outer Bearer {secret}")
    outer.add_note(f"note {secret}")
    raise outer from ValueError(f"inner {secret}")


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: log.info("".join(("message ", CANARY))), id="message"),
        pytest.param(lambda: log.info("argument %s and %r", CANARY, {"accessToken": CANARY}), id="arguments"),
        pytest.param(lambda: log.info("object %s", Secret(CANARY)), id="a Secret"),
        pytest.param(lambda: log.info("header %r", (b"authorization", b"Bearer " + CANARY.encode())), id="bytes"),
        pytest.param(lambda: logging.getLogger(f"child.{CANARY}").info("named"), id="logger's name"),
    ],
)
def test_no_token_reaches_the_file(started, write):
    write()
    assert "INFO" in text(started)
    assert "CANARY" not in text(started)


def test_no_token_reaches_the_file_through_a_chain_of_exceptions(started):
    local_variable = CANARY
    try:
        raise_with(local_variable)
    except RuntimeError:
        log.info("failed", exc_info=True)
    [line] = text(started).splitlines()
    assert "CANARY" not in line
    assert "inner [hidden]" in line
    assert "outer Bearer [hidden]" in line
    assert "note [hidden]" in line
    assert "raise_with" in line
    assert "local_variable =" not in line


def test_the_log_of_a_failed_request_at_debug_carries_no_token(started, httpserver):
    httpserver.expect_request("/usage").respond_with_data("no", status=401, headers={"Set-Cookie": f"s={CANARY}"})
    with httpx.Client(trust_env=False) as client:
        answer = client.get(
            httpserver.url_for(f"/usage?access_token=opaqueCANARY&key={CANARY}"),
            headers={"Authorization": f"Bearer {CANARY}"},
        )
    assert answer.status_code == 401
    assert "httpcore" in text(started)
    assert "CANARY" not in text(started)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Authorization: Bearer opaque.CANARY/x+y==", "Authorization: [hidden] [hidden]"),
        ("authorization=Basic Q0FOQVJZCANARY=", "authorization=[hidden] [hidden]"),
        ('{"refreshToken": "opaque-CANARY", "expiresAt": 17}', '{"refreshToken": "[hidden]", "expiresAt": 17}'),
        ("{'access_token': b'opaqueCANARY'}", "{'access_token': b'[hidden]'}"),
        ("x-api-key: CANARY", "x-api-key: [hidden]"),
        ("eyJhbGciOi.eyJDQU5B.CANARY", "[hidden]"),
        ("ghp_CANARYCANARY1234 and sk-proj-CANARY1234", "[hidden] and [hidden]"),
        ("plain words about a token stay: session 92 %", "plain words about a token stay: session 92 %"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_and_the_rest_stays(said, kept):
    hidden = logs.redact(said)
    assert "CANARY" not in hidden
    assert hidden == kept


def test_half_a_token_at_the_end_of_a_long_line_is_not_shown(started):
    log.info("%s Bearer opaque%s", "x" * (logs.LONGEST_LINE - 80), "CANARY" * 40)
    assert "CANARY" not in text(started)


def test_libraries_tell_each_request_only_at_debug(path, httpserver):
    httpserver.expect_request("/").respond_with_data("yes")
    stop = logs.start_logging(str(path))
    httpx.get(httpserver.url_for("/"), trust_env=False)
    log.info("mine")
    stop()
    assert not [line for line in text(path).splitlines() if " httpx: " in line or " httpcore" in line]
    assert "mine" in text(path)


def test_the_watcher_of_the_logs_own_folder_never_logs_its_events(started):
    logging.getLogger("watchdog.observers.inotify_c").debug("in-event")
    assert text(started) == ""


def test_the_locks_of_the_gate_are_not_told_even_at_debug(path):
    stop = logs.start_logging(str(path), debug=True)
    logging.getLogger("filelock").debug("Attempting to acquire lock")
    stop()
    assert text(path) == ""


def test_stopping_puts_everything_back_and_may_be_said_twice(path):
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("httpx").level)
    stop = logs.start_logging(str(path))
    stop()
    stop()
    assert (root.level, root.handlers, logging.getLogger("httpx").level) == before


@pytest.mark.parametrize("obstacle", ["a folder", "a pipe", "a file for its folder"])
def test_a_log_that_cannot_begin_is_one_sentence(path, obstacle):
    if obstacle == "a folder":
        path.mkdir(parents=True)
    elif obstacle == "a pipe":
        path.parent.mkdir()
        os.mkfifo(path)
    else:
        path.parent.write_text("")
    with pytest.raises(FileError) as told:
        logs.start_logging(str(path))
    assert str(told.value).startswith("Cannot ")
    assert str(path if obstacle != "a file for its folder" else path.parent) in str(told.value)
    assert "\n" not in str(told.value)


FULL_DISK = """
import logging, resource, signal, sys
sys.path[:0] = sys.argv[2:]
from ringfence.storage.logs import start_logging
stop = start_logging(sys.argv[1], to_stderr=True)
logging.info("before")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
for _ in range(1000):
    logging.info("x" * 100)
logging.warning("still here")
stop()
print("done")
"""


def test_a_full_disk_costs_lines_and_not_the_program(path):
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), *sys.path], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "done\n"
    [line] = ran.stderr.splitlines()
    assert line.endswith("WARNING root: still here")
    assert "before" in text(path)


def test_warnings_go_to_standard_error_only_when_asked(path, capsys, expected_log):
    expected_log("loud|after")
    stop = logs.start_logging(str(path), to_stderr=True)
    log.info("quiet")
    log.warning("loud %s", CANARY)
    stop()
    log.warning("after the end")
    assert [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()] == ["loud [hidden]"]
    stop = logs.start_logging(str(path))
    log.warning("loud")
    stop()
    assert capsys.readouterr().err == ""
