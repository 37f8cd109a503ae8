"""`ringfence settings`: every choice by its declaration, comments kept, surprises said."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cli.world import account, window
from ringfence.core.settings import schema
from ringfence.storage.paths import Paths


def stored(paths: Paths) -> dict[str, object]:
    return tomllib.loads(paths.settings.read_text())


def test_every_setting_is_listed_with_value_default_and_help(cli, furnish) -> None:
    furnish(settings="[thresholds]\nsession_pct = 90\n", gate=False)
    ran = cli("settings")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "thresholds.session_pct  90 % (default off)"
    assert lines[1].startswith("    5-hour session. Hold new runs")
    assert "gate.if_unknown  open (default)" in lines
    assert {line.split()[0] for line in lines if line and line[0] != " "} >= {s.key for s in schema()}
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("key", "typed", "kept", "shown"),
    [
        ("thresholds.session_pct", "90", 90, "90"),
        ("thresholds.session_pct", "87.5%", 87.5, "87.5"),
        ("thresholds.models.Fable 5.1", "80", 80, "80"),
        ("tmux.pools.agent-1.", "default", "default", "default"),
        ("tmux.every_s", "60", 60, "60"),
        ("gate.if_unknown", "closed", "closed", "closed"),
        ("gate.blind_after_s", "600", 600, "600"),
        ("usage.interval_s", "240 s", 240, "240"),
        ("notify.tiers", "off", False, "off"),
        ("notify.tiers", "yes", True, "on"),
        ("usage.base_url", "http://127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_a_setting_is_kept_in_its_own_type(cli, paths: Paths, key: str, typed: str, kept: object, shown: str) -> None:
    ran = cli("settings", "set", key, typed)
    assert (ran.status, ran.out, ran.err) == (0, f"{key} is {shown} now.\n", "")
    *tables, name = key.split(".", 2) if key.startswith(("thresholds.models", "tmux.pools")) else key.split(".")
    holder = stored(paths)
    for table in tables:
        holder = holder[table]
    assert holder[name] == kept
    assert type(holder[name]) is type(kept)
    assert cli("settings", "get", key).out == f"{shown}\n"


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("thresholds.session_pct", "0", "must be from 1 to 100"),
        ("thresholds.session_pct", "nan", "must be a number"),
        ("thresholds.session_pct", "much", "must be a number"),
        ("thresholds.models", "80", "name the model"),
        ("tmux.dedicated", "work", "name the session: `ringfence settings set tmux.dedicated.agent work`"),
        ("thresholds.models.Opus", "800", "thresholds.models.Opus must be from 1 to 100"),
        ("gate.if_unknown", "maybe", "must be one of open, closed"),
        ("notify.tiers", "perhaps", "must be true or false"),
        ("usage.base_url", "http://example.org", "must start with https://"),
        ("session_pct", "90", "did you mean thresholds.session_pct?"),
        ("tresholds.week_pct", "90", "did you mean thresholds.week_pct?"),
        ("accounts", "x", "`ringfence account add|remove|list`"),
        ("zzz", "1", "is not a setting"),
    ],
)
def test_a_wrong_key_or_value_is_named_and_nothing_is_saved(cli, paths: Paths, key: str, typed: str, said: str) -> None:
    ran = cli("settings", "set", key, typed)
    assert (ran.status, ran.out) == (64, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not paths.settings.exists()


def test_a_value_that_only_fails_beside_others_is_refused_too(cli, paths: Paths) -> None:
    ran = cli("settings", "set", "usage.interval_s", "60")  # fine on loopback, a ban at the real host
    assert ran.status == 1
    assert "must be at least 180" in ran.err
    assert not paths.settings.exists()


@pytest.mark.parametrize(
    ("before", "key", "typed", "needed"),
    [("", "usage.interval_s", "1800", 1995), ("", "gate.blind_after_s", "300", 345),
     ("[gate]\nblind_after_s = 3600\n", "usage.interval_s", "3600", 3975)],
)  # fmt: skip
def test_readings_too_seldom_to_keep_the_gate_open_are_saved_with_a_warning(
    cli, furnish, before: str, key: str, typed: str, needed: int
) -> None:
    furnish(settings=before, gate=False)
    ran = cli("settings", "set", key, typed)
    assert (ran.status, ran.out) == (0, f"{key} is {typed} now.\n")
    assert ran.err.count("\n") == 1
    assert "usage.interval_s" in ran.err
    assert f"set gate.blind_after_s to at least {needed}, or ask more often" in ran.err
    assert "turns unknown between" in " ".join(cli("status").out.split())
    assert "turns unknown between" in " ".join(cli("doctor").out.split())
    assert cli("settings", "set", "gate.blind_after_s", str(needed)).err == ""


@pytest.mark.parametrize("word", ["off", "none", "default"])
def test_off_takes_a_setting_out_of_the_file(cli, paths: Paths, furnish, word: str) -> None:
    furnish(settings="# mine\n[thresholds]\nsession_pct = 90 # for the deploy\nweek_pct = 80\n", gate=False)
    assert cli("settings", "set", "thresholds.session_pct", word).out == "thresholds.session_pct is off now.\n"
    assert stored(paths) == {"thresholds": {"week_pct": 80}}
    assert cli("settings", "get", "thresholds.session_pct").out == "off\n"


def test_a_toggle_goes_back_to_its_default(cli, paths: Paths, furnish) -> None:
    furnish(settings="[notify]\ntiers = false\n", gate=False)
    assert cli("settings", "set", "notify.tiers", "default").out == "notify.tiers is back to its default now.\n"
    assert cli("settings", "get", "notify.tiers").out == "on\n"


def test_comments_and_order_survive(cli, paths: Paths, furnish) -> None:
    furnish(
        settings="# mine\n[thresholds]\nweek_pct = 80 # since March\n\n# polling\n[usage]\ninterval_s = 240\n",
        gate=False,
    )
    cli("settings", "set", "thresholds.session_pct", "90")
    text = paths.settings.read_text()
    assert "# mine" in text
    assert "# since March" in text
    assert text.index("session_pct = 90") < text.index("# polling") < text.index("[usage]")
    assert text.startswith(
        "# mine\n[thresholds]\nweek_pct = 80 # since March\nsession_pct = 90\n\n# polling\n[usage]\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[thresholds]\nsession_pct = 90\n"),
        ("# mine\n", "# mine\n\n[thresholds]\nsession_pct = 90\n"),
        ("[thresholds]\n# off for now\n", "[thresholds]\n# off for now\nsession_pct = 90\n"),
        ("[thresholds]\n\n# polling\n[usage]\n", "[thresholds]\nsession_pct = 90\n\n# polling\n[usage]\n"),
        ("[thresholds]\nweek_pct = 80", "[thresholds]\nweek_pct = 80\nsession_pct = 90\n"),
        ("thresholds = {week_pct = 80}\n", "thresholds = {week_pct = 80,session_pct = 90}\n"),
        ("thresholds.week_pct = 80\n", "thresholds.week_pct = 80\nthresholds.session_pct = 90\n"),
        ("[thresholds]\nsession_pct = 80 # why\n\n# next\n", "[thresholds]\nsession_pct = 90 # why\n\n# next\n"),
    ],
)
def test_a_new_setting_stands_in_its_own_table(cli, paths: Paths, furnish, before: str, after: str) -> None:
    furnish(settings=before or "\n", gate=False)
    paths.settings.write_text(before)
    assert cli("settings", "set", "thresholds.session_pct", "90").status == 0
    assert paths.settings.read_text() == after
    assert cli("settings", "get", "thresholds.session_pct").out == "90\n"


def test_a_session_is_given_to_an_account_that_is_there(cli, paths: Paths) -> None:
    ran = cli("settings", "set", "tmux.pools.agent-", "work")
    assert ran.status != 0
    assert "agent- must be given one of your accounts: default" in " ".join(ran.err.split())
    cli("settings", "set", "tmux.pools.agent-", "default")
    assert cli("settings", "get", "tmux.pools").out == "agent- default\n"
    cli("settings", "set", "tmux.pools.agent-", "off")
    assert cli("settings", "get", "tmux.pools").out == "off\n"


def test_a_models_threshold_is_found_in_any_spelling(cli, paths: Paths, furnish) -> None:
    furnish(settings="[thresholds.models]\nOpus = 70\n", gate=False)
    assert cli("settings", "get", "thresholds.models.opus").out == "70\n"
    assert cli("settings", "set", "thresholds.models.opus", "75").out == "thresholds.models.Opus is 75 now.\n"
    assert stored(paths) == {"thresholds": {"models": {"Opus": 75}}}
    assert cli("settings", "get", "thresholds.models").out == "Opus 75\n"


@pytest.mark.usefixtures("clock")
def test_a_threshold_that_holds_runs_at_once_says_so(cli, furnish) -> None:
    furnish(account(window("session", 0.62), window("week", 0.2)))
    ran = cli("settings", "set", "thresholds.session_pct", "60")
    assert ran.status == 0
    assert ran.err == "This holds new agents at once: 5-hour session is at 62 %, the threshold 60 %.\n"
    assert cli("settings", "set", "thresholds.session_pct", "61").err == ""  # it held them before too
    assert cli("settings", "set", "thresholds.week_pct", "90").err == ""


@pytest.mark.usefixtures("clock")
def test_a_window_whose_reset_has_passed_holds_nothing(cli, furnish) -> None:
    furnish(account(window("session", 0.62, resets_in=-60)))
    assert cli("settings", "set", "thresholds.session_pct", "60").err == ""


def test_path_is_where_the_file_is(cli, paths: Paths) -> None:
    assert cli("settings", "path").out == f"{paths.settings}\n"


@pytest.mark.parametrize("content", [b"[thresholds", b"\xff", b"[thresholds]\nsession_pct = 900\n"])
def test_a_damaged_file_is_told_and_never_overwritten(cli, paths: Paths, content: bytes) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_bytes(content)
    shown = cli("settings")
    assert shown.status == 0
    assert str(paths.settings) in shown.err
    assert shown.err.count("\n") == 1
    changed = cli("settings", "set", "thresholds.week_pct", "80")
    assert changed.status == 1
    assert changed.err.count("\n") == 1
    assert paths.settings.read_bytes() == content


def test_an_unreadable_file_is_one_sentence(cli, paths: Paths) -> None:
    Path(paths.settings).mkdir(parents=True)
    ran = cli("settings", "set", "thresholds.week_pct", "80")
    assert ran.status == 1
    assert ran.err.startswith("ringfence: ")
    assert str(paths.settings) in ran.err
    assert ran.err.count("\n") == 1
