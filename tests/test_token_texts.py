"""Tokens and runs in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.test_runs import run
from ringfence import token_texts
from ringfence.core.sums import ScanProgress, Tokens

NOW = 1_795_300_000.0


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0"), (999, "999"), (1000, "1k"), (1049, "1k"), (12_449, "12.4k"), (99_999, "99.9k"), (412_900, "412k"),
        (999_999, "999k"), (3_100_000, "3.1M"), (5_000_000, "5M"), (1_250_000_000, "1.2B"), (12.9, "12"),
    ],
)  # fmt: skip
def test_amounts_are_short(count, said):
    assert token_texts.amount_text(count) == said


@given(st.integers(min_value=0, max_value=10**12))
def test_an_amount_never_says_more_than_there_is_and_misses_less_than_a_tenth(count):
    said = token_texts.amount_text(count)
    value = float(said.rstrip("kMB")) * {"k": 1e3, "M": 1e6, "B": 1e9}.get(said[-1], 1)
    assert value <= count + 1e-6
    assert value >= count * 0.9


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("claude-opus-4-5-20251101", "Opus 4.5"),
        ("claude-sonnet-4-20250514", "Sonnet 4"),
        ("claude-3-5-sonnet-20241022", "Sonnet 3.5"),
        ("claude-fable-5", "Fable 5"),
        ("claude-opus-5[1m]", "Opus 5"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "Haiku 4.5"),
        ("claude-opus-4-1@20250805", "Opus 4.1"),
        ("claude-mythos", "Mythos"),
        ("claude-", "claude-"),
        ("", ""),
        ("glm-4.6", "glm-4.6"),
        ("x" * 50, "x" * 19 + "…"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_a_model_is_named_as_people_say_it(model, said):
    assert token_texts.model_text(model) == said


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["/home/me/api"], ["api"]),
        (["/home/me/api/", "/srv/docs"], ["api", "docs"]),
        (["/home/me/api", "/home/you/api"], ["me/api", "you/api"]),
        (["/a/x/api", "/b/x/api", "/c/web"], ["a/x/api", "b/x/api", "web"]),
        (["/api", "/home/api"], ["api", "home/api"]),
        (["/home/me/api", "/home/me/api"], ["api", "api"]),
        ([r"C:\work\api", r"D:\play\api"], ["work/api", "play/api"]),
        (["", "/"], ["no folder", "no folder"]),
        (["/x/" + "long" * 30], ["…" + ("long" * 30)[-39:]]),
        (["/x/a\x1b[2Jb\n\u202ec"], ["a [2Jb c"]),
    ],
)
def test_a_project_is_the_last_folder_and_two_alike_are_told_apart(folders, names):
    assert token_texts.project_names([run(project=folder) for folder in folders]) == names


def test_the_runs_that_spend_most_are_drawn_and_do_not_change_places_when_they_answer_in_turn():
    runs = [run(f"s{n}", burn_per_min=n * 100.0, started_at=NOW - 60 * n) for n in range(6)]
    drawn = [each.session for each in token_texts.drawn_runs(runs, 4)]
    assert drawn == ["s2", "s3", "s4", "s5"]
    assert [each.session for each in token_texts.drawn_runs(reversed(runs), 4)] == drawn


def test_a_run_in_words():
    made = run(
        started_at=NOW - 400, last_at=NOW - 90,
        tokens=Tokens(input=1200, cache_creation=2000, cache_read=80_000, output=1000),
        burn_per_min=12_450.0, subagents=2, model="claude-opus-4-5-20251101",
    )  # fmt: skip
    said = token_texts.run_text(made, "api", NOW)
    assert said == ("api", "Opus 4.5", "12.4k/min", "84.2k tokens", "6 min", "2 subagents", "")
    words = "api, Opus 4.5, 84.2k tokens in 6 min, 12.4k tokens a minute, 2 subagents"
    assert token_texts.run_words(made, said, account=False) == words
    assert token_texts.run_words(made, said, account=True).startswith("api, default, Opus 4.5")
    assert token_texts.run_detail(made, NOW).split("\n") == [
        "/home/me/api",
        "1.2k input, 2k written to the cache, 80k read from it, 1k output",
        "last answer 1 min ago",
    ]


def test_a_run_that_has_not_answered_for_minutes_says_so_beside_its_rate():
    made = run(last_at=NOW - 185)
    said = token_texts.run_text(made, "api", NOW)
    assert said.silent == "silent for 3 min"
    assert token_texts.run_line(made, said, account=False).endswith("15 tokens · silent for 3 min")
    assert token_texts.run_words(made, said, account=False).endswith(", silent for 3 min")
    assert token_texts.run_text(run(last_at=NOW - 119), "api", NOW).silent == ""


def test_a_run_that_has_just_begun_and_has_one_subagent():
    said = token_texts.run_text(run(started_at=NOW - 5, subagents=1), "api", NOW)
    assert (said.lasted, said.subagents) == ("< 1 min", "1 subagent")
    assert "in under a minute" in token_texts.run_words(run(), said, account=False)


def test_kinds_without_a_cache_do_not_speak_of_one():
    assert token_texts.kinds_text(Tokens(input=12, output=7)) == "12 input, 7 output"
    assert token_texts.kinds_text(Tokens(cache_read=5)) == "0 input, 5 read from the cache, 0 output"


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (714_000_000, 2_100_000_000, "34 % of 2.1 GB"),
        (0, 640_000_000, "0 % of 640 MB"),
        (999, 1000, "99 % of 1 kB"),
        (1000, 1000, "99 % of 1 kB"),
        (0, 0, "0 % of under 1 kB"),
    ],
)
def test_a_scan_says_how_far_it_is_and_never_that_it_is_done(done, total, said):
    scan = ScanProgress(done_bytes=done, total_bytes=total, files=3)
    assert token_texts.scan_text(scan) == f"Reading your transcripts, {said}"
