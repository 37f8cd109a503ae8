"""`ringfence history`: pictures for people, every reading for programs."""

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.world import NOW
from ringfence import history_texts, language, wiring
from ringfence.cli import history_chart
from ringfence.cli.columns import width_of
from ringfence.core.gate_changes import GateChange
from ringfence.core.history import Course, Kept, Level, Span, SpanKind, resets
from ringfence.core.model import Evidence, Gate, Sample, Window
from ringfence.documents import history_schema
from ringfence.documents.gate_schema import text_of
from ringfence.storage.ledger import Ledger

pytestmark = pytest.mark.usefixtures("clock")
HOUR = 3600.0
SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
BY_SESSION = {"window": "session"}


def sample(at, session, week, account="default"):
    return Sample(
        account=account, source="oauth_usage", observed_at=at,
        windows=(
            Window(id="session", label="5-hour session", used=session, resets_at=NOW - 20 * HOUR),
            Window(id="week", label="Week", used=week, resets_at=NOW + 90 * HOUR),
        ),
    )  # fmt: skip


@pytest.fixture
def kept(paths):
    paths.state.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(paths.ledger)
    told = [
        sample(NOW - 24 * HOUR, 0.5, 0.2), sample(NOW - 22 * HOUR, 0.97, 0.3), sample(NOW - 19 * HOUR, 0.02, 0.31),
        GateChange(at=NOW - 22 * HOUR, verdict="closed", kind="threshold", reason="session_threshold", **BY_SESSION),
        GateChange(at=NOW - 20 * HOUR, verdict="open"),
    ]  # fmt: skip
    for each in told:
        asyncio.run(ledger.append(each))
    ledger.close()
    return paths


def test_without_readings_it_says_so(cli, home):
    ran = cli("history")
    assert (ran.status, ran.out) == (0, history_texts.nothing() + "\n")


def test_people_get_a_plot_of_each_window_the_gate_and_an_axis(cli, kept):
    ran = cli("history", "--since", "2d")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0] == "5-hour session"
    assert "highest 97 %" in lines[1]
    assert "1 reset" in lines[1]
    assert lines[2].startswith("100 %")
    assert "█" in ran.out
    assert "■ closed" in ran.out
    assert "The gate was closed once, 2 h in all." in ran.out
    assert all(len(line) <= 80 for line in lines)


def test_a_monitor_that_was_killed_leaves_a_gate_that_was_unknown_from_its_lease_on(cli, kept):
    died = NOW - 20 * HOUR
    fresh = Evidence(account="default", observed_at=died, evidence_until=died + 1200)
    wiring.gate_channel(kept).publish(Gate(lease_until=died + 900, evidence=(fresh,)), now=died)
    told = json.loads(cli("history", "--since", "2d", "--json").out)["gate"]
    assert [(span["state"], span["since"]) for span in told] == [("closed", NOW - 22 * HOUR), ("unknown", died + 900)]


def test_one_window_alone_is_shown_when_it_is_named(cli, kept):
    assert "5-hour session" not in cli("history", "--window", "week").out
    ran = cli("history", "--window", "weak")
    assert ran.out == "There is no window `weak`; the windows are session, week.\n"


def test_programs_get_every_reading_the_resets_and_the_gate(cli, kept):
    told = json.loads(cli("history", "--since", "2d", "--json").out)
    session = told["windows"][0]
    assert (told["format"], session["id"], session["account"]) == (1, "session", "default")
    assert [point["used_pct"] for point in session["points"]] == [50.0, 97.0, 2.0]
    assert session["resets"] == [{"at": NOW - 20 * HOUR, "early": False}]
    [span] = told["gate"]
    assert (span["state"], span["window"], span["until"] - span["since"]) == ("closed", "session", 2 * HOUR)


def test_its_schema_is_that_of_the_code_and_holds_for_what_is_printed(cli, kept):
    made = history_schema.history_schema()
    Draft202012Validator.check_schema(made)
    written = (SCHEMAS / history_schema.FILE).read_text(encoding="utf-8")
    assert written == text_of(made), "run: python -m ringfence.documents.history_schema docs/schema"
    told = json.loads(cli("history", "--since", "2d", "--json").out)
    assert told["windows"][0]["points"]
    assert told["gate"]
    Draft202012Validator(made).validate(told)


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("format",), 2), (("since",), None), (("windows", 0, "id"), 5), (("windows", 0, "points", 0, "used_pct"), -1),
        (("windows", 0, "points", 0, "resets_at"), "soon"), (("gate", 0, "state"), "open"),
    ],
)  # fmt: skip
def test_what_is_not_a_history_does_not_pass_its_schema(cli, kept, where, wrong):
    told = json.loads(cli("history", "--since", "2d", "--json").out)
    place = told
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = wrong
    assert not Draft202012Validator(history_schema.history_schema()).is_valid(told)


def test_spreadsheets_get_a_line_a_reading(cli, kept):
    rows = list(csv.DictReader(io.StringIO(cli("history", "--since", "2d", "--csv").out)))
    assert [(row["window"], row["used_pct"]) for row in rows][:3] == [
        ("session", "50.00"), ("session", "97.00"), ("session", "2.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--csv"), "exclude each other"),
        (("--since", "soon"), "is not a day"),
        (("--since", "2026-11-21", "--until", "2026-11-20"), "swap them"),
    ],
)
def test_wrong_usage_is_one_line(cli, kept, arguments, said):
    ran = cli("history", *arguments)
    assert ran.status == 64
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("days", [("--since", "0001-01-01"), ("--until", "9999-12-31")])
def test_the_ends_of_the_calendar_are_days_like_others(cli, kept, days):
    ran = cli("history", *days)
    assert ran.status == 0
    assert "highest" in ran.out


def test_today_just_after_midnight_is_a_short_picture_and_no_fault(cli, kept):
    ran = cli("history", "--since", "today")  # the clock stands at midnight
    assert ran.status == 0
    assert "No readings in this time." in ran.out


# ---- the drawing


def course(*levels, label="Week", account="default"):
    made = Kept(account=account, window="week", label=label, first_at=0, last_at=1)
    return Course(kept=made, levels=levels, resets=resets((v.until, v.high, v.resets_at) for v in levels))


def flat(at, until, used):
    return Level(since=at, until=until, low=used, high=used)


def drawn(courses, gate=(), **more):
    frame = history_chart.Frame(since=0.0, until=100.0, columns=20, **{"width": 80, **more})
    return ["".join(piece.text for piece in line) for line in history_chart.chart(courses, gate, frame)]


def test_a_full_window_fills_its_columns_and_an_empty_one_is_still_seen():
    lines = drawn([course(flat(0, 49, 1.0), flat(50, 99, 0.0))])
    assert lines[2] == "100 % " + "█" * 10 + " " * 10
    assert lines[5].rstrip() == " " * 6 + "█" * 10 + "▁" * 1


def test_a_terminal_without_block_characters_gets_digits():
    lines = drawn([course(flat(0, 99, 0.5))], blocks=False)
    assert "4" in lines[2] or "5" in lines[2]
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("key", list(language.LANGUAGES))
@pytest.mark.parametrize("width", [32, 40, 60])
def test_no_sentence_is_wider_than_the_terminal_in_any_language(key, width):
    language.speak([key])
    change = GateChange(at=0, verdict="closed", kind="manual")
    kinds = (SpanKind.CLOSED, SpanKind.PAUSED, SpanKind.OVERRIDDEN)
    spans = [Span(kind=kind, since=20 * n, until=20 * n + 9, change=change) for n, kind in enumerate(kinds)]
    lines = drawn([course(flat(0, 49, 0.97), flat(50, 99, 0.02), account="an-account-of-work")], spans, width=width)
    assert max(map(width_of, lines)) <= width
    said = history_texts.gate_text(spans)
    assert said.replace(" ", "") in "".join(lines).replace(" ", "")


def test_colours_are_those_of_the_tiers():
    frame = history_chart.Frame(since=0.0, until=100.0, columns=20, width=80)
    lines = history_chart.chart([course(flat(0, 40, 0.3), flat(41, 99, 0.99))], (), frame)
    assert [piece.tier for piece in lines[5] if piece.tier] == ["calm", "critical"]


def test_a_label_from_outside_moves_no_cursor():
    assert "\x1b" not in "".join(drawn([course(flat(0, 1, 0.1), label="Week\x1b[31m")]))


def test_what_is_known_of_the_gate_is_drawn_over_what_is_not():
    change = GateChange(at=0, verdict="closed", kind="manual")
    spans = [
        Span(kind=SpanKind.PAUSED, since=0, until=50, change=change),
        Span(kind=SpanKind.UNKNOWN, since=0, until=99, change=change),
    ]
    [gate] = [line for line in drawn([], spans) if line.startswith("gate")]
    assert gate == "gate  " + "‖" * 11 + "?" * 9
