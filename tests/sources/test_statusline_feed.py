"""The feed from Claude Code's status line: its file, what is believed of it, and whose it is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ringfence import feed
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.model import SESSION_S, WEEK_S
from ringfence.ports import Tools
from ringfence.sources import feeds, statusline_feed
from ringfence.sources.statusline_feed import SPEC

NOW = 1_795_300_000.0
DATA = Path(__file__).parent.parent / "data" / "statusline_feed"
LIMITS = {
    "five_hour": {"used_percentage": 42, "resets_at": 1795313448},
    "seven_day": {"used_percentage": 87.5, "resets_at": 1795648248},
}


def tools(**environ: str) -> Tools:
    async def no_secret(_: str):
        return None

    return Tools(now=lambda: NOW, environ=environ.get, read_secret=no_secret)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def stored(folder: Path, status=None, *, config_dir="/home/me/.claude", account=None, now=NOW) -> bool:
    body = {"session_id": "s1", "rate_limits": LIMITS} if status is None else status
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return feed.store(data, folder=str(folder), config_dir=config_dir, account=account, now=now)


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("feed-*.json")
    return path


def read(folder: Path, now=NOW):
    return SPEC.read(str(the_file(folder)), "default", now=now)


def test_the_feed_is_declared():
    assert [spec.id for spec in feeds()] == ["statusline_feed"]
    assert SPEC.help.endswith(".")


def test_session_and_week_as_claude_code_tells_them(folder):
    assert stored(folder)
    sample = read(folder, now=NOW + 60)
    assert (sample.account, sample.source, sample.observed_at, sample.partial) == (
        "default", "statusline_feed", NOW, True,
    )  # fmt: skip
    session, week = sample.windows
    assert (session.id, session.used, session.resets_at, session.duration_s) == (
        "session", 0.42, 1795313448.0, SESSION_S,
    )  # fmt: skip
    assert (week.id, week.used, week.resets_at, week.duration_s) == ("week", 0.875, 1795648248.0, WEEK_S)


@pytest.mark.parametrize("name", sorted(p.name for p in DATA.glob("*.json")))
def test_what_the_real_client_wrote(folder, name):
    """Standard input of a statusLine command, recorded from Claude Code; `without-*` came before its first answer."""
    body = json.loads((DATA / name).read_text())
    assert stored(folder, body) is not name.startswith("without")
    if not name.startswith("without"):
        resets = [body["rate_limits"][key]["resets_at"] for key in ("five_hour", "seven_day")]
        assert [w.resets_at for w in read(folder, now=min(resets) - 1000).windows] == resets


@pytest.mark.parametrize(
    "body",
    [
        {}, [], 7, None, "x", {"rate_limits": None}, {"rate_limits": []}, {"rate_limits": {}},
        {"rate_limits": {"five_hour": {}}}, {"rate_limits": {"five_hour": {"used_percentage": 3}}},
        *({"rate_limits": {"five_hour": {"used_percentage": used, "resets_at": 1795313448}}}
          for used in (-1, 1001, True, "42", None, float("nan"), float("inf"), [])),
        *({"rate_limits": {"five_hour": {"used_percentage": 42, "resets_at": at}}}
          for at in (-1, 1e12, float("nan"), None, "soon", 10**400)),
    ],
    ids=repr,
)  # fmt: skip
def test_limits_that_are_none_are_not_kept(folder, body):
    assert not stored(folder, body if body is not None else b"null")
    assert not folder.exists()


def test_a_window_with_a_wrong_number_does_not_take_the_other_with_it(folder):
    assert stored(folder, {"rate_limits": {**LIMITS, "five_hour": {"used_percentage": None, "resets_at": None}}})
    assert [w.id for w in read(folder).windows] == ["week"]


def test_more_than_a_megabyte_is_not_kept(folder):
    assert not stored(folder, json.dumps({"rate_limits": LIMITS, "x": "x" * feed.MAX_INPUT}).encode())


def test_what_is_no_json_is_an_error_and_no_feed(folder):
    with pytest.raises(ValueError, match="Expecting"):
        stored(folder, b"{")
    assert not folder.exists()


def test_more_than_all_is_told_as_it_is(folder):
    stored(folder, {"rate_limits": {"five_hour": {"used_percentage": 105, "resets_at": 1795313448}}})
    assert read(folder).windows[0].used == 1.05


# ---- when it was said


def test_a_run_that_repeats_itself_tells_nothing_new(folder):
    """Claude Code draws its status line while it waits, for hours, with the limits of its last answer."""
    status = {"session_id": "s1", "rate_limits": LIMITS, "cost": {"total_api_duration_ms": 900}}
    assert stored(folder, status)
    assert not stored(folder, status, now=NOW + 7200)
    assert read(folder, now=NOW + 7200).observed_at == NOW


def test_the_same_numbers_after_another_answer_are_news(folder):
    status = {"session_id": "s1", "rate_limits": LIMITS, "cost": {"total_api_duration_ms": 900}}
    stored(folder, status)
    assert stored(folder, status | {"cost": {"total_api_duration_ms": 1400}}, now=NOW + 60)
    assert read(folder, now=NOW + 60).observed_at == NOW + 60


def test_two_runs_do_not_forget_each_other(folder):
    first, second = ({"session_id": s, "rate_limits": LIMITS} for s in ("s1", "s2"))
    assert stored(folder, first)
    assert stored(folder, second, now=NOW + 5)
    assert not stored(folder, first, now=NOW + 10)
    assert not stored(folder, second, now=NOW + 15)


def test_only_the_newest_runs_are_remembered(folder):
    for number in range(feed.MOST_RUNS + 8):
        stored(folder, {"session_id": f"s{number}", "rate_limits": LIMITS})
    assert len(json.loads(the_file(folder).read_text())["runs"]) == feed.MOST_RUNS
    assert the_file(folder).stat().st_size < feed.MAX_BYTES


def test_a_window_whose_reset_has_passed_says_nothing(folder):
    stored(folder)
    assert [w.id for w in read(folder, now=1795313448).windows] == ["week"]
    assert read(folder, now=1795648248) is None


# ---- the file


def test_the_file_is_for_its_owner_alone(folder):
    stored(folder)
    assert the_file(folder).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in folder.iterdir() if p.suffix not in {".json", ".lock"}] == []


def test_a_link_in_its_place_is_replaced_and_not_followed(folder, tmp_path):
    stored(folder)
    path, other = the_file(folder), tmp_path / "other"
    path.unlink()
    path.symlink_to(other)
    stored(folder, now=NOW + 5)
    assert not path.is_symlink()
    assert not other.exists()


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_believed(folder, mode):
    stored(folder)
    the_file(folder).chmod(mode)
    assert read(folder) is None


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"[]", b"null", b'{"format":1}', b"\xff", b"[" * 50000, b"x" * (feed.MAX_BYTES + 1),
        b'{"format":2,"observed_at":1795300000}', b'{"format":1,"observed_at":NaN}',
    ],
    ids=lambda raw: repr(raw[:30]),
)  # fmt: skip
def test_a_damaged_file_says_nothing_and_is_written_anew(folder, damage):
    stored(folder)
    the_file(folder).write_bytes(damage)
    assert read(folder) is None
    assert stored(folder, now=NOW + 5)
    assert read(folder, now=NOW + 5).observed_at == NOW + 5


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", 2), ("observed_at", NOW + 121), ("observed_at", "now"), ("config_dir", None), ("config_dir", "/other"),
     ("account", "work"), ("account", 7), ("five_hour", "x")],
)  # fmt: skip
def test_a_field_that_is_wrong_is_not_believed(folder, key, value):
    stored(folder, {"rate_limits": {"five_hour": LIMITS["five_hour"]}})
    document = json.loads(the_file(folder).read_text())
    the_file(folder).write_text(json.dumps(document | {key: value}))
    assert read(folder) is None


def test_a_pipe_in_its_place_does_not_stop_the_reading(folder):
    stored(folder)
    path = the_file(folder)
    path.unlink()
    os.mkfifo(path)
    assert SPEC.read(str(path), "default", now=NOW) is None


def test_no_file_says_nothing(folder):
    assert SPEC.read(str(folder / "feed-0.json"), "default", now=NOW) is None


def test_a_feed_that_others_write_right_now_is_left_to_them(folder, monkeypatch):
    import fcntl

    stored(folder)
    monkeypatch.setattr(feed, "LOCK_TRIES", 2)
    with Path(f"{the_file(folder)}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="written by others"):
            stored(folder, {"session_id": "s2", "rate_limits": LIMITS})
    assert stored(folder, {"session_id": "s2", "rate_limits": LIMITS})


# ---- whose it is


def named(folder: Path, account: Account, **environ: str) -> set[str]:
    return {Path(path).name for path in SPEC.files(account, folder, tools(**environ))}


def test_an_accounts_feed_is_the_one_of_its_folder(folder, tmp_path):
    work = tmp_path / "work"
    stored(folder, config_dir=str(work))
    assert the_file(folder).name in named(folder, Account(name="work", config_dir=str(work)))
    assert the_file(folder).name not in named(folder, Account(name="home", config_dir=str(tmp_path / "home")))
    assert the_file(folder).name not in named(folder, DEFAULT_ACCOUNT)


def test_the_folder_is_the_same_however_it_is_spelt(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    stored(folder, config_dir=str(tmp_path / "link") + "/")
    assert the_file(folder).name in named(folder, Account(name="work", config_dir="~/real"))


def test_the_default_account_is_the_one_of_claude_codes_own_folder(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    stored(folder, config_dir=str(tmp_path / ".claude"))
    assert the_file(folder).name in named(folder, DEFAULT_ACCOUNT)
    assert the_file(folder).name not in named(folder, DEFAULT_ACCOUNT, CLAUDE_CONFIG_DIR=str(tmp_path / "other"))


def test_an_account_without_a_folder_has_the_feed_that_was_given_its_name(folder):
    stored(folder, account="team")
    assert named(folder, Account(name="team")) == {the_file(folder).name}
    assert the_file(folder).name not in named(folder, Account(name="other"))


def test_a_feed_that_was_moved_to_another_accounts_place_is_not_believed(folder, tmp_path):
    stored(folder, config_dir=str(tmp_path / "a"))
    place = folder / feed.file_name(feed.key_of(folder=str(tmp_path / "b")))
    the_file(folder).rename(place)
    assert SPEC.read(str(place), "b", now=NOW) is None


def test_the_source_knows_no_more_than_session_and_week():
    assert [window for _, window, _, _ in statusline_feed._WINDOWS] == ["session", "week"]
