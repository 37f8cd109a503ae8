"""`ringfence tokens`: what it asks the ledger for, and what people and programs get."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.token_world import NOVA, OPUS, SONNET, Transcripts, spent, tokens
from cli.world import NOW, SOURCE
from ringfence import prices
from ringfence.cli import token_names, token_scan, token_table
from ringfence.cli.columns import width_of
from ringfence.core.model import Status
from ringfence.core.sums import Caught, ScanProgress, Spent, Tokens
from ringfence.documents import days
from ringfence.documents.days import Span
from ringfence.documents.token_rows import Scope
from ringfence.storage import records

pytestmark = pytest.mark.usefixtures("clock")
TODAY = date(2026, 11, 22)


# ---- what is asked


def test_without_a_word_it_is_daily(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-21")]
    assert json.loads(cli("tokens", "--json").out)["kind"] == "daily"
    assert cli("tokens").out == cli("tokens", "daily").out


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly", "sessions", "models", "projects"])
def test_every_report_asks_for_its_own_rows_after_catching_up(cli, ledger: Transcripts, kind: str) -> None:
    ledger.rows[kind] = [spent("2026-11-16")]
    assert json.loads(cli("tokens", kind, "--json").out)["rows"][0]["key"] == "2026-11-16"
    assert ledger.caught_up == 1
    assert [asked[0] for asked in ledger.asked] == [kind]


def test_settings_that_cannot_be_followed_are_told_and_the_report_goes_on(cli, paths, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-16")]
    assert cli("tokens").err == ""
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings.mkdir()
    ran = cli("tokens")
    assert "2026-11-16" in ran.out
    assert ran.err == (f"{paths.settings} is not a regular file; move it away. The last good settings stay in force.\n")
    paths.settings.rmdir()
    paths.settings.write_text("[accounts")
    assert "is not TOML" in cli("tokens").err


def test_tokens_are_looked_for_in_the_folders_of_the_accounts_that_are_set(cli, paths, ledger: Transcripts) -> None:
    cli("tokens")
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings.write_text('[[accounts]]\nname = "work"\nconfig_dir = "/srv/work"\n')
    cli("tokens")
    assert [[account.name for account in each] for each in ledger.looked_for] == [["default"], ["work"]]


def test_what_could_not_be_read_is_said_for_its_tokens_are_missing(cli, ledger: Transcripts) -> None:
    ledger.news = Caught(unread=tuple(f"Cannot read /x/{n}.jsonl: Permission denied." for n in range(5)))
    ran = cli("tokens")
    assert ran.status == 0
    assert ran.err.splitlines() == [
        "Cannot read /x/0.jsonl: Permission denied.", "Cannot read /x/1.jsonl: Permission denied.",
        "Cannot read /x/2.jsonl: Permission denied.", "2 more files could not be read; their tokens are missing.",
    ]  # fmt: skip


def test_span_account_and_folder_are_handed_on(cli, ledger: Transcripts, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    cli("tokens", "models", "--since", "7d", "--until", "yesterday", "--account", "work", "--project", ".", "--json")
    span = Span(since=date(2026, 11, 16), until=date(2026, 11, 21))
    assert ledger.asked == [("models", Scope(span=span, account="work", project=str(tmp_path)))]


def test_the_week_begins_as_the_locale_says(cli, ledger: Transcripts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, day in (("en_US.UTF-8", 6), ("de_DE.UTF-8", 0)):
        monkeypatch.setenv("LC_ALL", name)
        cli("tokens", "weekly", "--json")
        assert ledger.asked[-1][-1] == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("2026-1-2", date(2026, 1, 2)),
        (" Today ", TODAY),
        ("yesterday", date(2026, 11, 21)),
        ("1d", TODAY),
        ("7d", date(2026, 11, 16)),
    ],
)
def test_days_that_people_type(text: str, day: date) -> None:
    assert days.day_of(text, TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "0d", "9999999d", "2026-11", "21.11.2026", "7 d ago", "-7d"]
)
def test_what_is_no_day_is_wrong_usage_that_says_how_to_write_one(cli, ledger: Transcripts, text: str) -> None:
    ran = cli("tokens", f"--since={text}")
    assert (ran.status, ran.out) == (64, "")
    assert "write 2026-11-21, today, yesterday, or 7d for the last seven days" in ran.err
    assert ledger.caught_up == 0


def test_a_span_that_ends_before_it_begins_is_wrong_usage(cli, ledger: Transcripts) -> None:
    ran = cli("tokens", "--since", "today", "--until", "2026-11-01")
    assert (ran.status, ran.out) == (64, "")
    assert "--since 2026-11-22 is after --until 2026-11-01" in ran.err


def test_a_beginning_in_the_future_is_wrong_usage(cli, ledger: Transcripts) -> None:
    ran = cli("tokens", "--since", "2027-11-21")
    assert ran.status == 64
    assert "2027-11-21 has not come yet; today is 2026-11-22" in ran.err


def test_the_local_day_counts_not_the_one_of_utc() -> None:
    from zoneinfo import ZoneInfo

    assert days.span_of("today", None, NOW, ZoneInfo("Pacific/Auckland")).since == date(2026, 11, 22)
    assert days.span_of("today", None, NOW, ZoneInfo("America/Lima")).since == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dayly",), "there is no report `dayly`; did you mean `daily`?"),
        (("zzz",), "there is no report `zzz`; there are daily, weekly, monthly, sessions, models, projects, live"),
        (("--json", "--csv"), "--json and --csv exclude each other"),
        (("live", "--csv"), "`tokens live` shows what runs now; it takes --json alone"),
        (("live", "--since", "today"), "`tokens live` shows what runs now; it takes --json alone"),
    ],
)
def test_wrong_usage_is_one_line(cli, ledger: Transcripts, arguments: tuple[str, ...], said: str) -> None:
    ran = cli("tokens", *arguments)
    assert (ran.status, ran.out) == (64, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# ---- for programs


def test_json_is_as_scripts_rely_on_it(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-21", (OPUS, 1), (SONNET, 2)), spent("2026-11-22", (OPUS, 3))]
    document = json.loads(cli("tokens", "daily", "--json").out)
    five = {"input": 6_000, "cache_creation": 120_000, "cache_read": 1_800_000, "output": 24_000, "responses": 30}
    assert document["format"] == 1
    assert {name: document["total"][name] for name in five} == five
    assert [row["key"] for row in document["rows"]] == ["2026-11-21", "2026-11-22"]
    assert all(sum(row[name] for row in document["rows"]) == count for name, count in five.items())
    assert document["rows"][0]["models"][SONNET]["output"] == 8_000
    assert document["total"]["models"][OPUS]["output"] == 16_000
    assert "cost_usd" not in document["total"]


def test_json_of_nothing_is_zeros_and_no_rows(cli, ledger: Transcripts) -> None:
    document = json.loads(cli("tokens", "daily", "--json").out)
    assert document["rows"] == []
    assert {document["total"][name] for name in ("input", "cache_creation", "cache_read", "output", "responses")} == {0}


def test_a_sessions_row_tells_whose_where_and_when(cli, ledger: Transcripts) -> None:
    ledger.rows["sessions"] = [
        spent("0b5d", account="work", project="/srv/api", first_at=NOW - 600.4, last_at=NOW - 60.4)
    ]
    row = json.loads(cli("tokens", "sessions", "--json").out)["rows"][0]
    assert {name: row[name] for name in ("account", "project", "first_at", "last_at")} == {
        "account": "work", "project": "/srv/api", "first_at": round(NOW - 600), "last_at": round(NOW - 60),
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO(cli("tokens", "sessions", "--csv").out)))
    assert (table[0]["account"], table[0]["project"]) == ("work", "/srv/api")


def test_csv_has_a_header_and_no_total(cli, ledger: Transcripts) -> None:
    ledger.rows["models"] = [Spent(key=OPUS, tokens=tokens(2)), Spent(key='a,b\n"c"', tokens=tokens())]
    out = cli("tokens", "models", "--csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [
        "key", "input", "cache_creation", "cache_read", "output", "responses", "cache_creation_1h",
    ]  # fmt: skip
    assert [row["key"] for row in rows] == [OPUS, 'a,b\N{REPLACEMENT CHARACTER}"c"']
    assert [row["cache_read"] for row in rows] == ["600000", "300000"]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_folder_never_becomes_a_formula(cli, ledger: Transcripts, name: str) -> None:
    ledger.rows["projects"] = [spent(name)]
    row = next(csv.DictReader(io.StringIO(cli("tokens", "projects", "--csv").out)))
    assert row["key"].startswith("'") or not row["key"].strip().startswith(tuple("=+-@"))
    assert not row["key"].startswith(tuple("=+-@"))


def test_a_folder_of_escape_codes_moves_no_cursor(cli, ledger: Transcripts) -> None:
    ledger.rows["projects"] = [spent("/srv/\x1b[2J\u202eevil"), spent("/srv/good")]
    for form in ([], ["--csv"], ["--json"]):
        out = cli("tokens", "projects", *form).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_every_key_of_the_json_is_documented(cli, ledger: Transcripts) -> None:
    told = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    ledger.rows["sessions"] = [spent("0b5d", account="work", project="/srv/api", first_at=NOW, last_at=NOW)]
    document = json.loads(cli("tokens", "sessions", "--cost", "--json").out)
    names = {*document, *document["total"], *document["rows"][0]}
    assert {name for name in names if f"`{name}`" not in told and f'"{name}"' not in told} == set()


# ---- for people


def test_a_narrow_table_fits_and_adds_up(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-20", (OPUS, 900), (SONNET, 5)), spent("2026-11-21", (SONNET, 1))]
    lines = cli("tokens").out.splitlines()
    assert lines == [
        "                   Cache  Cache",
        "Day         Input  write   read  Output  Total  Answers  Models",
        "2026-11-20   905k  18.1M   271M    3.6M   294M    4 525  Opus 4.5, Sonnet 4.5",
        "2026-11-21     1k    20k   300k      4k   325k        5  Sonnet 4.5",
        "Total        906k  18.1M   271M    3.6M   294M    4 530",
    ]


def lines_of(report_rows: list[Spent], kind: str, *, width: int, home: str = "/home/u") -> list[str]:
    from ringfence.documents.token_rows import Kind, Report

    report = Report(kind=Kind(kind), rows=tuple(report_rows))
    return [line.text for line in token_table.table(report, home=home, now=NOW, width=width)]


def test_a_wide_table_has_every_digit() -> None:
    lines = lines_of([spent("2026-11-20", (OPUS, 900))], "daily", width=110)
    assert lines[2].split("  ")[0] == "2026-11-20"
    assert "270 000 000" in lines[2]
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("kind", ["daily", "sessions", "models", "projects"])
@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_table_is_wider_than_the_terminal(kind: str, width: int) -> None:
    keys = [f"2026-11-1{at}" if kind == "daily" else f"/home/u/w/{at}/{'長い-' * at}name" for at in range(6)]
    rows = [
        spent(key, (OPUS, 10**at), (SONNET, 7), account="default", project=f"/home/u/w/{at}", last_at=NOW - 5000 * at)
        for at, key in enumerate(keys)
    ]
    assert max(map(width_of, lines_of(rows, kind, width=width))) <= width


def test_folders_leave_out_what_they_share_and_stay_apart() -> None:
    found = token_names.folders(["/home/u/w/a/api", "/home/u/w/b/api", "/home/u/w"], "/home/u", 30)
    assert (found.names, found.shared) == (["a/api", "b/api", "."], "~/w")


@given(st.lists(st.text("/ab é長", min_size=1, max_size=30).map("/".__add__), unique=True, max_size=8))
def test_two_folders_never_look_the_same(paths: list[str]) -> None:
    cleaned = {" ".join(path.split()) for path in paths}
    hypothesis.assume(len(cleaned) == len(paths))  # blanks at the ends of names are not drawn
    names = token_names.folders(paths, "/a", 8).names
    assert len(set(names)) == len(names)


def test_folders_that_share_only_the_root_are_whole() -> None:
    found = token_names.folders(["/srv/a", "/home/u/b", "/home/user2"], "/home/u", 30)
    assert (found.names, found.shared) == (["/srv/a", "~/b", "/home/user2"], "")


def test_two_long_folders_with_one_end_are_shown_whole() -> None:
    paths = [f"/srv/{name}/{'deep/' * 10}api" for name in ("one", "two")]
    names = token_names.folders([*paths, "/x"], "", 20).names
    assert names[:2] == paths


def test_one_folder_alone_is_not_shortened_to_a_dot() -> None:
    assert token_names.folders(["/home/u/w/api"], "/home/u", 30).names == ["~/w/api"]


def test_models_of_one_short_name_are_shown_whole() -> None:
    name = token_names.models(["claude-opus-4-5-20251101", "claude-opus-4-5-20260101", SONNET])
    assert [name(key) for key in ("claude-opus-4-5-20251101", SONNET)] == ["claude-opus-4-5-20251101", "Sonnet 4.5"]


def test_sessions_are_as_long_as_they_have_to_be() -> None:
    assert token_names.sessions(["0b5d1111-2222-3", "0b5d1112-2222-3"]) == ["0b5d1111", "0b5d1112"]
    assert token_names.sessions(["0b5d1111-2222-3", "0b5d1111-3333-3"]) == ["0b5d1111-2222", "0b5d1111-3333"]


def test_of_many_sessions_the_last_are_shown_and_the_others_are_one_row(cli, ledger: Transcripts) -> None:
    ledger.rows["sessions"] = [
        spent(f"{at:08x}", account="default", project="/srv/p", last_at=NOW - at * 60) for at in range(130)
    ]
    lines = cli("tokens", "sessions").out.splitlines()
    assert lines[2].startswith("00000000")
    assert lines[-2].split()[:2] == ["100", "more"]
    assert "500" in lines[-2]  # the answers of those hundred
    assert "650" in lines[-1]
    assert len(json.loads(cli("tokens", "sessions", "--json").out)["rows"]) == 130


def test_no_transcripts_at_all_says_where_they_would_be(cli, ledger: Transcripts) -> None:
    ran = cli("tokens")
    assert ran.status == 0
    assert ran.out.startswith("No tokens yet: there are no answers of Claude in /home/someone/.claude/projects.")
    assert "`ringfence account add NAME --config-dir DIR`" in ran.out


def test_an_empty_span_says_what_is_known(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-01"), spent("2026-11-05")]
    out = cli("tokens", "models", "--since", "2026-11-20").out
    assert out == "No tokens since 2026-11-20. Answers are known from 2026-11-01 to 2026-11-05.\n"


def test_an_account_that_does_not_exist_is_told_with_those_that_do(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-01")]
    assert cli("tokens", "models", "--account", "wrok").out == "No tokens of `wrok`; the accounts are default.\n"


# ---- prices


def test_the_cost_is_the_list_price_and_says_so(cli, ledger: Transcripts) -> None:
    ledger.rows["models"] = [Spent(key=OPUS, tokens=Tokens(input=2_000_000, output=1_000_000, responses=1))]
    out = cli("tokens", "models", "--cost").out
    assert "35.00" in out.splitlines()[2]
    assert "API list prices, in US dollars" in out
    document = json.loads(cli("tokens", "models", "--cost", "--json").out)
    assert (document["total"]["cost_usd"], document["total"]["unpriced"]) == (35.0, [])
    assert "cost_usd" in cli("tokens", "models", "--cost", "--csv").out.splitlines()[0]


def test_a_model_without_a_price_is_a_question_never_zero(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-20", (OPUS, 100), (NOVA, 1)), spent("2026-11-21", (NOVA, 1))]
    lines = cli("tokens", "--cost").out.splitlines()
    assert "+?" in lines[2]
    assert lines[3].split()[-1] == "?" or "? " in lines[3]
    assert "?: no price is known for claude-nova-9." in lines
    rows = json.loads(cli("tokens", "--cost", "--json").out)["rows"]
    assert [row["cost_usd"] for row in rows] == [None, None]
    assert rows[0]["cost_known_usd"] > 0
    assert rows[0]["unpriced"] == [NOVA]
    cells = list(csv.DictReader(io.StringIO(cli("tokens", "--cost", "--csv").out)))
    assert [cell["cost_usd"] for cell in cells] == ["", ""]


@pytest.mark.parametrize("nameless", ["", "unknown", "\u200b"])
def test_answers_that_name_no_model_are_told_apart_from_a_model_without_a_price(cli, ledger, nameless: str) -> None:
    unnamed = "?: some answers name no model, so no price is known for them."
    ledger.rows["models"] = [spent(nameless, (nameless, 1)), spent(OPUS, (OPUS, 1))]
    lines = cli("tokens", "models", "--cost").out.splitlines()
    assert [line for line in lines if line.startswith("?:")] == [unnamed]
    assert any(line.startswith("unknown ") for line in lines)
    ledger.rows["models"].append(spent(NOVA, (NOVA, 1)))
    lines = cli("tokens", "models", "--cost").out.splitlines()
    assert [line for line in lines if line.startswith("?:")] == ["?: no price is known for claude-nova-9.", unnamed]


def test_without_the_table_it_says_how_to_get_it(cli, ledger: Transcripts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "PACKAGE", "no_such_package_anywhere")
    ran = cli("tokens", "--cost")
    assert (ran.status, ran.out) == (1, "")
    assert "pip install 'ringfence[prices]'" in ran.err
    assert ledger.caught_up == 0


# ---- the first reading


def test_a_short_reading_says_nothing(cli, ledger: Transcripts) -> None:
    ledger.rows["daily"] = [spent("2026-11-20")]
    ledger.progress = [ScanProgress(done_bytes=0, total_bytes=0, files=0)]
    assert cli("tokens").err == ""


def test_a_long_reading_into_a_pipe_is_a_line_at_the_start_and_one_at_the_end(
    cli, ledger: Transcripts, monkeypatch
) -> None:
    ledger.rows["daily"] = [spent("2026-11-20")]
    monkeypatch.setattr(token_scan, "SHOWN_AFTER_S", 0.0)
    ledger.progress = [ScanProgress(done_bytes=at * 10**9, total_bytes=4 * 10**9, files=7_130) for at in range(4)]
    ran = cli("tokens")
    assert ran.err.splitlines() == [
        "Reading your transcripts, 0 % of 4 GB ...", "Read 4 GB in 7130 files.",
    ]  # fmt: skip
    assert "2026-11-20" in ran.out


@pytest.mark.usefixtures("running")
def test_a_long_reading_that_the_monitor_is_at_is_left_to_it(cli, ledger: Transcripts, monkeypatch, paths) -> None:
    monkeypatch.setattr(token_scan, "SHOWN_AFTER_S", 0.0)
    ledger.rows["daily"] = [spent("2026-11-20")]
    ledger.progress = [ScanProgress(done_bytes=at, total_bytes=4, files=1) for at in range(4)]
    theirs = ScanProgress(done_bytes=10**9, total_bytes=4 * 10**9, files=9)
    records.save_status(paths.status, Status(written_at=NOW, accounts=(), scan=theirs))
    ran = cli("tokens")
    assert ran.err == "Reading your transcripts, 25 % of 4 GB: the monitor is at it, and these sums grow with it.\n"
    assert ledger.stopped
    assert (ran.status, "2026-11-20" in ran.out) == (0, True)


def test_ctrl_c_ends_the_reading_and_says_that_it_goes_on_there(cli, ledger: Transcripts) -> None:
    ledger.progress = [ScanProgress(done_bytes=at, total_bytes=4, files=1) for at in range(4)]
    ledger.during = lambda: os.kill(os.getpid(), signal.SIGINT)
    before = signal.getsignal(signal.SIGINT)
    ran = cli("tokens")
    assert (ran.status, ran.out) == (130, "")
    assert ledger.stopped
    assert "the next `ringfence tokens` goes on there" in ran.err
    assert signal.getsignal(signal.SIGINT) is before


def test_a_long_reading_in_a_terminal_is_a_bar_that_goes_away(cli, ledger: Transcripts, monkeypatch) -> None:
    ledger.rows["daily"] = [spent("2026-11-20")]
    monkeypatch.setattr(token_scan, "SHOWN_AFTER_S", 0.0)
    ledger.progress = [ScanProgress(done_bytes=at * 10**9, total_bytes=4 * 10**9, files=7_130) for at in range(4)]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    ran = cli("tokens")
    assert "Reading your transcripts" in ran.err
    assert "/4.0 GB" in ran.err
    assert ran.err.endswith("\x1b[2K")  # its line is empty again
    assert "\x1b" not in ran.out


# ---- a terminal


def be_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's standard output look like a terminal; to be called in the test, whose capture it changes."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def test_a_terminal_shows_heads_and_the_sum_bold(cli, ledger: Transcripts, monkeypatch) -> None:
    be_a_terminal(monkeypatch)
    ledger.rows["daily"] = [spent("2026-11-20", (OPUS, 1_000))]
    lines = cli("tokens").out.splitlines()
    assert lines[1].startswith("\x1b[1mDay ")
    assert lines[-1].startswith("\x1b[1mTotal")
    assert "\x1b" not in lines[2]
    assert "300 000 000" in lines[2]  # it is wide enough for whole numbers


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_and_a_dumb_terminal_are_plain(cli, ledger: Transcripts, monkeypatch, name: str, value: str) -> None:
    be_a_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    ledger.rows["daily"] = [spent("2026-11-20")]
    assert "\x1b" not in cli("tokens").out


def test_a_report_loads_neither_rich_nor_asyncio_nor_the_price_table() -> None:
    code = (
        "import sys, ringfence.cli.app, ringfence.cli.tokens, ringfence.cli.token_scan, ringfence.cli.token_table;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert not {"rich", "asyncio", "filelock", "msgspec", "csv", "genai_prices", "tomlkit"} & set(ran.stdout.split())
