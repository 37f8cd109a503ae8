"""`settings.toml`: read strictly with sentences that name key, reason and line; saved without losing a comment."""

import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.settings import Settings, parse_settings
from ringfence.file_errors import FileError
from ringfence.storage import settings_file
from ringfence.storage.settings_file import change_settings, line_of, load_settings, set_value, set_values

SOURCES = str(Path(settings_file.__file__).parents[2])
STAYS = " The last good settings stay in force."

MINE = """\
# My settings. Do not lose this line.
[usage] # where
interval_s = 600   # every ten minutes

[thresholds]
# the session resets soon enough
session_pct = 90

[thresholds.models]
"Fable 5.1" = 80

[[accounts]]
name = "default" # mine
config_dir = "~/.claude"

[[accounts]]
name = "work"
config_dir = "~/work/.claude"
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def trouble(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    loaded = load_settings(path)
    assert loaded.settings is None
    assert loaded.raw == {}
    assert loaded.trouble.startswith((f"{path} ", f"{path}: "))
    assert loaded.trouble.endswith(STAYS)
    return loaded.trouble.removeprefix(str(path)).removeprefix(":").strip().removesuffix(STAYS)


# ---- reading


def test_no_file_and_an_empty_one_are_the_defaults(path):
    assert load_settings(path).settings == Settings()
    path.touch()
    assert load_settings(path).settings == Settings()


def test_a_good_file_is_followed(path):
    path.write_text(MINE)
    loaded = load_settings(path)
    assert loaded.trouble == ""
    assert loaded.settings.thresholds.session_pct == 90
    assert loaded.settings.thresholds.models == {"Fable 5.1": 80}
    assert [a.name for a in loaded.settings.accounts] == ["default", "work"]
    assert loaded.raw == tomllib.loads(MINE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[thresholds]\n\nsession_pct = 0\n", "thresholds.session_pct must be from 1 to 100 (line 3)."),
        ("[thresholds]\nweek_pct = 101\n", "thresholds.week_pct must be from 1 to 100 (line 2)."),
        ('[thresholds]\nweek_pct = "90"\n', "thresholds.week_pct must be a number (line 2)."),
        ("[thresholds]\nweek_pct = true\n", "thresholds.week_pct must be a number (line 2)."),
        ("[thresholds]\nweek_pct = nan\n", "thresholds.week_pct must be a number (line 2)."),
        ("[thresholds]\nweek_pct = -inf\n", "thresholds.week_pct must be a number (line 2)."),
        ("[thresholds]\nweek_pct = [90]\n", "thresholds.week_pct must be a number (line 2)."),
        ("# x\nthresholds.week_pct = 0\n", "thresholds.week_pct must be from 1 to 100 (line 2)."),
        ("thresholds = { week_pct = 0 }\n", "thresholds.week_pct must be from 1 to 100 (line 1)."),
        ("\nthresholds = 3\n", "thresholds must be a table of settings (line 2)."),
        ("[thresholds.models]\nOpus = 80\n'Fable 5.1' = 0\n",
         "thresholds.models Fable 5.1 must be from 1 to 100 (line 3)."),
        ("[tmux]\nevery_s = 60\n\n[tmux.pools]\n'agent.1' = 'wrk'\n",
         "tmux.pools agent.1 must be given one of your accounts: default (line 5)."),
        ("[thresholds]\nmodels.Opus = 101\n", "thresholds.models Opus must be from 1 to 100 (line 2)."),
        ("[usage]\ninterval = 300\n", "usage.interval is not a setting; did you mean interval_s? (line 2)."),
        ("[treshold]\n", "treshold is not a setting; did you mean thresholds? (line 1)."),
        ("[zebra.stripes]\nx = 1\n", "zebra is not a setting (line 1)."),
        ('[usage]\nbase_url = "http://example.com"\n', ("usage.base_url must start with https:// (http:// is for this"
         " machine alone: 127.0.0.1, localhost) (line 2).")),
        ("[usage]\ninterval_s = 60\n", ("usage.interval_s must be at least 180 for this endpoint (it bans faster"
         " readers) (line 2).")),
        ('[gate]\nif_unknown = "ask"\n', "gate.if_unknown must be one of open, closed (line 2)."),
        ("[notify]\ntiers = 1\n", "notify.tiers must be true or false (line 2)."),
        ('[[accounts]]\nname = "a"\n[[accounts]]\nnam = "b"\n', ("accounts[1].nam is not a setting; did you mean name?"
         " (line 4). accounts[1].name must be a text that is not empty (line 3).")),
        ('[[accounts]]\nname = "a"\n[[accounts]]\nname = "a"\n', ("accounts[1].name is used twice; every account"
         " needs a name of its own (line 4).")),
        ('[[budgets]]\nname = "a"\nper = "day"\ntokens = 5\n\n[[budgets]]\nname = "b"\nper = "hour"\n',
         ("budgets[1].tokens is missing: say how many tokens, or how much money as usd (line 6)."
          " budgets[1].per must be one of day, week, session, all (line 8).")),
        ('[[route.tiers]]\nname = "a"\n\n[[route.tiers]]\nname = "b"\nkind = "far"\n',
         "route.tiers[1].kind must be one of claude, local (line 6)."),
        ('[[failover]]\nclass = "batch"\nchain = ["default", "nobody"]\n',
         "failover[0].chain[1] is not an account or a tier (line 3)."),
        ("[[failover]]\n",
         ("failover[0].class must be a text that is not empty (line 1). failover[0].chain must be a list of at least"
          " one account or tier (line 1).")),
        ("accounts = 3\n", "accounts must be written as [[accounts]] tables (line 1)."),
        ("format = 2\n", "format is newer than this Ringfence knows (1); update Ringfence (line 1)."),
        ("a = 1\nb = 2\nc = 3\nd = 4\n", ("a is not a setting (line 1). b is not a setting (line 2)."
         " c is not a setting (line 3). And 1 more.")),
        ("[usage]\ninterval_s = = 3\n", "is not TOML: line 2 cannot be read."),
        ("[usage\n", "is not TOML: line 1 cannot be read."),
        ('x = """\n', "is not TOML: it ends too early or is nested too deeply."),
        ("a = 1\na = 2\n", "is not TOML: line 2 cannot be read."),
        (b"\xff\xfe[usage]", "is not UTF-8 text."),
        ("x = " + "[" * 50_000, "is not TOML: it ends too early or is nested too deeply."),
        ("x = " + "9" * 5000, "is not TOML: a number in it is too long."),
    ],
)  # fmt: skip
def test_a_fault_names_its_key_the_reason_and_the_line(path, content, said):
    assert trouble(path, content) == said


def test_the_value_itself_is_not_repeated_for_a_secret_may_stand_there(path):
    assert "sk-ant-canary" not in trouble(path, '[usage]\nbase_url = "sk-ant-canary"\ninterval_s = "sk-ant-canary"\n')


def test_a_file_that_cannot_be_read_is_a_sentence(path):
    path.mkdir()
    loaded = load_settings(path)
    assert loaded.settings is None
    assert loaded.trouble == f"{path} is not a regular file; move it away.{STAYS}"


def test_a_fifo_does_not_block(path):
    os.mkfifo(path)
    assert "is not a regular file" in load_settings(path).trouble


def test_notepads_byte_order_mark_is_no_fault(path):
    path.write_bytes(b"\xef\xbb\xbf[thresholds]\r\nweek_pct = 80\r\n")
    assert load_settings(path).settings.thresholds.week_pct == 80
    set_value(path, "thresholds.session_pct", 90)
    assert load_settings(path).settings.thresholds.session_pct == 90


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode()))
def test_whatever_stands_in_the_file_is_a_sentence_and_never_a_traceback(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    loaded = load_settings(path)
    assert (loaded.settings is None) == bool(loaded.trouble)
    before = path.read_bytes()
    try:
        set_value(path, "thresholds.session_pct", 80)
    except FileError:
        assert path.read_bytes() == before
    else:
        assert load_settings(path).settings.thresholds.session_pct == 80


def test_the_line_of_what_is_not_there_is_not_guessed():
    assert line_of("usage.proxy", MINE) is None
    assert line_of("thresholds.models.Opus", MINE) is None
    assert line_of("thresholds.models.Fable 5.1", MINE) == 10
    assert line_of("accounts[1].config_dir", MINE) == 18


# ---- saving


def test_comments_and_order_survive_a_save(path):
    path.write_text(MINE)
    set_values(path, {"thresholds.session_pct": 85, "thresholds.models.Fable 5.1": None, "usage.interval_s": 900})
    wanted = MINE.replace("session_pct = 90", "session_pct = 85").replace('"Fable 5.1" = 80\n', "")
    assert path.read_text() == wanted.replace("interval_s = 600 ", "interval_s = 900 ")


@pytest.mark.parametrize(
    "before",
    ["", MINE, "# only a comment", "thresholds = { week_pct = 80 }\n", "thresholds.week_pct = 80\n", "[thresholds]",
     '[[accounts]]\nname = "a"\n', "[usage]\r\ninterval_s = 600\r\n", "[thresholds.models]\nOpus = 70\n[usage]\n"],
)  # fmt: skip
@pytest.mark.parametrize(
    "values",
    [
        {"thresholds.session_pct": 75},
        {"thresholds.models.Opus 4.6": 60},
        {"appearance.panel": "dark", "notify.tiers": False},
        {"thresholds.week_pct": None},
    ],
)
def test_every_way_to_write_a_table_takes_a_value(path, before, values):
    path.write_bytes(before.encode())
    set_values(path, values)
    raw = tomllib.loads(before)
    for key, value in values.items():
        *tables, name = settings_file.split_key(key)
        holder = raw
        for table in tables:
            holder = holder.setdefault(table, {})
        holder.pop(name, None) if value is None else holder.update({name: value})
    assert load_settings(path).settings == parse_settings(raw)[0]
    for line in before.splitlines():
        if line.startswith("#"):
            assert line in path.read_text()


def test_the_first_save_makes_the_file_and_its_folder_for_its_owner_alone(tmp_path):
    path = tmp_path / "config" / "settings.toml"
    set_value(path, "thresholds.week_pct", 80)
    assert path.read_text() == "[thresholds]\nweek_pct = 80\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("thresholds.week_pct", 0, "thresholds.week_pct must be from 1 to 100 (line 20)"),
        ("thresholds.week_pct", "80", "thresholds.week_pct must be a number"),
        ("thresholds.week_pct", float("nan"), "thresholds.week_pct must be a number"),
        ("thresholds.models.Opus", 400, "thresholds.models Opus must be from 1 to 100"),
        ("usage.interval_s", 5, "usage.interval_s must be at least 180"),
        ("usage.base_url", "http://example.com", "usage.base_url must start with https://"),
        ("usage.intervall", 5, "usage.intervall is not a setting; did you mean interval_s?"),
        ("zebra", 5, "zebra is not a setting"),
        ("", 5, "is not a setting"),
        ("usage.proxy.host", "x", "proxy is not a table in the file"),
        ("accounts.name", "x", "accounts is not a table in the file"),
        ("usage.proxy", object(), "usage.proxy cannot be set to a object"),
        ("usage.proxy", None, None),
    ],
)
def test_a_save_that_would_not_load_again_is_refused_and_the_file_stays(path, key, value, said):
    content = MINE.replace("[usage] # where", '[usage] # where\nproxy = ""')
    path.write_text(content)
    if said is None:
        set_value(path, key, value)
        assert path.read_text() == MINE
        return
    with pytest.raises(FileError) as refused:
        set_value(path, key, value)
    assert said.removesuffix(" (line 20)") in str(refused.value)
    assert str(refused.value).endswith("Nothing was saved.")
    assert path.read_text() == content


def test_a_save_clears_away_what_a_killed_one_left(path):
    left = path.with_name(".settings.toml.gone.ringfence-tmp")
    left.touch()
    set_value(path, "thresholds.week_pct", 80)
    assert not left.exists()


def test_values_are_saved_all_or_none(path):
    path.write_text(MINE)
    with pytest.raises(FileError):
        set_values(path, {"thresholds.session_pct": 50, "thresholds.week_pct": 1000})
    assert path.read_text() == MINE


def test_a_file_with_a_fault_is_not_made_worse_and_the_fault_is_named(path):
    path.write_text("[usage]\ntypo = 1\n")
    with pytest.raises(FileError, match=r"usage\.typo is not a setting \(line 2\)\. Nothing was saved\."):
        set_value(path, "thresholds.week_pct", 80)
    assert path.read_text() == "[usage]\ntypo = 1\n"


def test_a_save_that_mends_the_fault_is_taken(path):
    path.write_text("[thresholds]\nweek_pct = 1000\n")
    set_value(path, "thresholds.week_pct", 80)
    assert load_settings(path).settings.thresholds.week_pct == 80


@pytest.mark.parametrize("content", [b"[usage", b"\xff", b"x = " + b"[" * 50_000, b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml_is_never_overwritten(path, content):
    path.write_bytes(content)
    with pytest.raises(FileError, match="is not TOML; mend it by hand first"):
        set_value(path, "thresholds.week_pct", 80)
    assert path.read_bytes() == content


def test_a_link_into_a_dotfiles_folder_stays_a_link(path, tmp_path):
    real = tmp_path / "dotfiles" / "ringfence.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    path.symlink_to(real)
    set_value(path, "thresholds.week_pct", 80)
    assert path.is_symlink()
    assert real.read_text() == "# mine\n\n[thresholds]\nweek_pct = 80\n"


def test_a_stuck_saver_is_named_instead_of_waited_for(path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(settings_file, "LOCK_TIMEOUT_S", 0.01)
    path.write_text(MINE)
    taken, release = threading.Event(), threading.Event()

    def hold():
        with FileLock(path.with_suffix(".lock")):
            taken.set()
            release.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    taken.wait(20)
    try:
        with pytest.raises(FileError, match="is being saved by another program; try again"):
            set_value(path, "thresholds.week_pct", 80)
    finally:
        release.set()
        other.join()
    assert path.read_text() == MINE


def test_a_change_that_fails_leaves_the_file_and_frees_the_lock(path):
    path.write_text(MINE)

    def fail(document):
        document["usage"]["interval_s"] = 900
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        change_settings(path, fail)
    assert path.read_text() == MINE
    set_value(path, "thresholds.week_pct", 80)


SAVER = """
import pathlib, sys
from ringfence.storage.settings_file import set_value

for number in range(10):
    set_value(pathlib.Path(sys.argv[1]), f"thresholds.models.{sys.argv[2]}{number}", 50 + number)
"""


def test_concurrent_saves_lose_nothing(path):
    path.write_text(MINE)
    environ = {**os.environ, "PYTHONPATH": SOURCES}
    savers = [subprocess.Popen([sys.executable, "-c", SAVER, path, name], env=environ) for name in "abc"]
    assert [saver.wait(60) for saver in savers] == [0, 0, 0]
    wanted = {f"{name}{number}": 50 + number for name in "abc" for number in range(10)} | {"Fable 5.1": 80}
    assert load_settings(path).settings.thresholds.models == wanted
    assert all(line in path.read_text() for line in MINE.splitlines() if "#" in line)
