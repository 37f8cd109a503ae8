"""The tokens in the history's file: what reports say, in which zone, and that they are kept."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ringfence.core.sums import Tokens
from ringfence.core.tokens import Answer, FileMark, Origin, SeenRefusal, TokenBatch
from ringfence.documents.days import Span
from ringfence.documents.token_rows import Scope
from ringfence.file_errors import FileError
from ringfence.storage.token_ledger import TokenLedger

DATA = Path(__file__).parent.parent / "data" / "ledger"
AT = 1795302650.0  # Saturday 2026-11-21 23:10:50 UTC
API = Origin(account="default", session="s1", project="/src/api", class_="interactive")
WEB = Origin(account="default", session="s2", project="/src/web", class_="autonomous")
WORK = Origin(account="work", session="s3", project="/src/api/sub")


def answer(mid, at=AT, output=10, *, origin=API, model="opus", aside=False, request="r"):
    return Answer(mid, request, round(at * 1000), model, 1, 2, 1, 3, output, aside, origin)


def mark(path="/p/s1.jsonl", **fields):
    given = {"device": 1, "inode": 1 << 63, "size": 9, "mtime_ns": 5, "offset": 9, "head": b"h", "tail": b"t"}
    return FileMark(path=path, **given | fields)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def ledger(path):
    made = TokenLedger(path, zone=UTC, busy_s=0.05)
    yield made
    made.close()


def put(ledger, *answers, **more):
    return ledger.apply(TokenBatch(answers=answers, files=(), **more))


def outputs(rows):
    return [(row.key, row.tokens.output) for row in rows]


def test_a_ledger_nobody_wrote_to_says_nothing(ledger):
    assert ledger.daily() == ledger.sessions() == ledger.models() == ledger.projects() == ledger.runs(AT) == []
    assert ledger.stamps() == {}
    assert ledger.spent(0, 1e12) == ()


def test_every_report_sums_what_was_put_in(ledger):
    put(
        ledger,
        answer("a"),
        answer("b", AT + 3600, model="sonnet"),
        answer("c", AT + 86400, 50, origin=WEB),
        answer("d", origin=WORK),
    )
    assert outputs(ledger.daily()) == [("2026-11-21", 20), ("2026-11-22", 60)]
    assert outputs(ledger.weekly()) == [("2026-11-16", 80)]
    assert outputs(ledger.weekly(first_weekday=6)) == [("2026-11-15", 20), ("2026-11-22", 60)]
    assert outputs(ledger.monthly()) == [("2026-11", 80)]
    assert outputs(ledger.models()) == [("opus", 70), ("sonnet", 10)]
    assert outputs(ledger.projects()) == [("/src/web", 50), ("/src/api", 20), ("/src/api/sub", 10)]
    assert outputs(ledger.sessions()) == [("s2", 50), ("s1", 20), ("s3", 10)]
    first = ledger.sessions()[1]
    assert (first.account, first.project, first.first_at, first.last_at) == ("default", "/src/api", AT, AT + 3600)
    one = Tokens(input=1, cache_creation=2, cache_creation_1h=1, cache_read=3, output=10, responses=1)
    assert first.by_model == (("opus", one), ("sonnet", one))
    assert first.tokens == one + one


def test_reports_are_of_the_span_the_account_and_the_folder_that_were_asked_for(ledger):
    put(ledger, answer("a"), answer("b", AT + 86400), answer("c", origin=WEB), answer("d", origin=WORK))
    sunday = date(2026, 11, 22)
    assert outputs(ledger.daily(Scope(span=Span(since=sunday)))) == [("2026-11-22", 10)]
    assert outputs(ledger.sessions(Scope(span=Span(until=date(2026, 11, 21))))) == [("s1", 10), ("s2", 10), ("s3", 10)]
    assert outputs(ledger.projects(Scope(account="work"))) == [("/src/api/sub", 10)]
    assert outputs(ledger.models(Scope(project="/src/api"))) == [("opus", 30)]
    assert outputs(ledger.models(Scope(project="/src/ap"))) == []
    of_it = Scope(span=Span(until=sunday), account="default", project="/src/api/")
    assert outputs(ledger.sessions(of_it)) == [("s1", 20)]


def test_when_everything_was_read_for_the_first_time_the_log_is_as_short_as_before(ledger, path):
    put(ledger, *(answer(f"m{n}") for n in range(2000)))
    log = path.with_name(f"{path.name}-wal")
    before = log.stat().st_size
    with closing(sqlite3.connect(path)) as monitor:
        assert monitor.execute("SELECT count(*) FROM token_answers").fetchone() == (2000,)
        ledger.settle()
        assert (before > 0, log.stat().st_size) == (True, 0)
        assert monitor.execute("SELECT count(*) FROM token_answers").fetchone() == (2000,)


def test_the_log_is_short_too_when_another_wrote_meanwhile_or_the_reading_was_ended(ledger, path):
    log = path.with_name(f"{path.name}-wal")
    for end in (ledger.settle, ledger.close):
        path.unlink(missing_ok=True)
        put(ledger, answer("a"))
        with closing(sqlite3.connect(path)) as monitor:
            monitor.execute("INSERT INTO token_facts VALUES (?, 'x')", (end.__name__,))
            monitor.commit()
            put(ledger, answer("b"))
            end()
            assert log.stat().st_size == 0, end
        ledger.close()


def test_a_log_that_a_reader_needs_stays_and_nothing_fails(ledger, path):
    put(ledger, answer("a"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM token_answers").fetchone() == (1,)
        ledger.settle()
    put(ledger, answer("b"))
    assert outputs(ledger.models()) == [("opus", 20)]


def test_sums_between_moments_are_to_the_second_and_of_one_scope(ledger):
    put(
        ledger,
        answer("a"),
        answer("b", AT + 1, model="sonnet"),
        answer("c", AT + 2, origin=WEB),
        answer("d", AT + 3, origin=WORK),
    )
    ledger.settle()

    def spent(*span, **scope):
        return {model: tokens.output for model, tokens in ledger.spent(*span, **scope)}

    assert spent(AT, AT + 2) == {"opus": 10, "sonnet": 10}
    assert spent(AT + 1, AT + 9) == {"sonnet": 10, "opus": 20}
    assert spent(0, 1e12, class_="autonomous") == {"opus": 10}
    assert spent(0, 1e12, model="sonnet") == {"sonnet": 10}
    assert spent(0, 1e12, account="work", project="/src") == {"opus": 10}
    assert [[t.output for _, t in pair] for pair in ledger.pairs("default", [AT, AT + 1, AT + 2, AT + 9])] == [
        [10],
        [10],
        [10],
    ]


def test_a_day_is_the_zones(path):
    berlin = TokenLedger(path, zone=ZoneInfo("Europe/Berlin"))
    put(berlin, answer("a"))
    assert outputs(berlin.daily()) == [("2026-11-22", 10)]
    kolkata = TokenLedger(path, zone=ZoneInfo("Asia/Kolkata"))
    put(kolkata, answer("b", AT - 5 * 3600))
    assert outputs(kolkata.daily()) == [("2026-11-21", 10), ("2026-11-22", 10)]
    berlin.close()
    kolkata.close()


def test_when_the_machines_zone_changes_the_days_follow_and_nothing_is_lost(path):
    put(first := TokenLedger(path, zone=UTC), answer("a"), answer("b", AT + 5000, model="sonnet"))
    first.close()
    moved = TokenLedger(path, zone=ZoneInfo("America/New_York"))
    assert outputs(moved.daily()) == [("2026-11-21", 20)]
    put(moved, answer("c", AT + 6 * 3600))
    assert outputs(moved.daily()) == [("2026-11-21", 20), ("2026-11-22", 10)]
    moved.close()


def test_who_only_asks_in_another_zone_changes_nothing_for_the_others(path, ledger):
    put(ledger, answer("a"))
    asking = TokenLedger(path, zone=ZoneInfo("Asia/Tokyo"))
    assert outputs(asking.daily()) == [("2026-11-22", 10)]
    assert outputs(ledger.daily()) == [("2026-11-21", 10)]
    put(ledger, answer("b", AT + 1))
    assert outputs(asking.daily()) == [("2026-11-22", 20)]
    assert outputs(asking.sessions(Scope(span=Span(until=date(2026, 11, 21))))) == []
    asking.close()


def test_everything_is_in_one_transaction(path, ledger, monkeypatch):
    put(ledger, answer("a"))
    monkeypatch.setattr("ringfence.storage.token_rows.put_refusals", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ledger.apply(TokenBatch(answers=[answer("b")], files=[mark()]))
    assert outputs(ledger.daily()) == [("2026-11-21", 10)]
    assert ledger.stamps() == {}


def test_what_another_program_counts_during_a_first_scan_is_counted_once(path, ledger):
    put(ledger, answer("a"))
    other = TokenLedger(path, zone=UTC)
    put(other, answer("b", output=50), answer("c", output=7))
    other.close()
    put(ledger, answer("b", output=20), answer("c", output=9, request="replayed", aside=True))
    assert outputs(ledger.daily()) == [("2026-11-21", 69)]


def test_what_a_failed_batch_held_is_counted_when_it_comes_again(ledger, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("ringfence.storage.token_rows.put_refusals", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put(ledger, answer("a"))
    put(ledger, answer("a"))
    put(ledger, answer("a", output=20))
    assert outputs(ledger.daily()) == [("2026-11-21", 20)]


@pytest.mark.parametrize("large", [False, True])
def test_a_batch_of_thousands_counts_each_response_once_wherever_its_records_stand(ledger, monkeypatch, large):
    monkeypatch.setattr("ringfence.storage.token_rows._is_large", lambda _: large)
    answers = [answer(f"m{n}", AT + n) for n in range(1200)]
    replays = [answer(f"m{n}", AT + n, 11, request="replayed", aside=True) for n in range(0, 1200, 3)]
    put(ledger, *answers, *replays)
    put(ledger, *answers, *replays)
    day = ledger.daily()
    assert sum(row.tokens.output for row in day) == 1200 * 10 + 400
    assert sum(row.tokens.responses for row in day) == 1200


def test_marks_come_back_as_they_were_put_in(path, ledger):
    marks = [mark(), mark("/p/\udcff.jsonl", inode=(1 << 64) - 1, origin=API, agent=True, last_at=AT)]
    ledger.apply(TokenBatch(answers=(), files=marks))
    ledger.close()
    assert [ledger.mark(each.path) for each in marks] == marks
    assert ledger.stamps() == {each.path: each.stamp for each in marks}
    assert ledger.mark("/p/other.jsonl") is None


# ---- runs


def test_a_run_is_a_session_that_answered_lately(ledger):
    put(
        ledger,
        answer("old", AT - 3 * 3600, 7), answer("a", AT - 600, 100, model="haiku"), answer("b", AT - 60, 200),
        answer("c", AT - 30, 300), answer("d", AT - 400, origin=WEB),
    )  # fmt: skip
    [run] = ledger.runs(AT)
    assert (run.session, run.account, run.project, run.class_, run.model) == (
        "s1",
        "default",
        "/src/api",
        "interactive",
        "opus",
    )
    assert (run.started_at, run.last_at) == (AT - 600, AT - 30)  # what was three hours ago is another run
    assert run.tokens.output == 600
    assert [model for model, _ in run.models] == ["opus", "haiku"]
    assert run.burn_per_min == (200 + 300 + 2 * 6) / 5
    assert [run.session for run in ledger.runs(AT, active_s=500)] == ["s1", "s2"]
    assert ledger.runs(AT + 3600) == []
    assert ledger.runs(AT - 7200, active_s=60) == []  # the clock was set back


@pytest.mark.parametrize(("age_s", "burn"), [(0, 206), (30, 412), (60, 412), (120, 206), (240, 103), (301, 206 / 5)])
def test_a_young_runs_burn_is_measured_since_it_began_and_over_a_minute_at_least(ledger, age_s, burn):
    put(ledger, *{answer("a", AT - age_s, 200), answer("b", AT, 200)} if age_s else [answer("b", AT, 200)])
    [run] = ledger.runs(AT + 1, active_s=600)
    assert run.burn_per_min == pytest.approx(burn)


def test_a_run_is_followed_back_over_hours_and_its_subagents_are_counted(ledger):
    answers = [answer(f"m{n}", AT - n * 1800) for n in range(12)]
    agents = [mark(f"/p/{n}.jsonl", inode=n, agent=True, origin=API, last_at=AT - n * 3600) for n in range(10)]
    ledger.apply(TokenBatch(answers=answers, files=[*agents, mark(origin=API, last_at=AT)]))
    [run] = ledger.runs(AT + 1)
    assert (run.started_at, run.tokens.responses, run.subagents) == (AT - 11 * 1800, 12, 6)


# ---- refusals


def test_a_refusal_stands_until_its_session_is_answered(ledger):
    refusal = SeenRefusal(
        account="default", session="s1", at=AT, claim="model", model="Opus", resets_at=None, text="no"
    )
    assert put(ledger, refused=[refusal]).refused == {("default", "s1")}
    assert put(ledger, refused=[refusal]).refused == frozenset()
    assert put(ledger, answered=frozenset({("default", "other")})).cleared == frozenset()
    assert ledger.refusals() == (refusal,)
    assert put(ledger, answered=frozenset({("default", "s1")})).cleared == {("default", "s1")}
    assert ledger.refusals() == ()


# ---- the file


def test_tokens_of_format_4_load_for_ever(ledger, path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / "format_4.sql").read_text())
    assert outputs(ledger.daily()) == [("2026-11-21", 500), ("2026-11-22", 4)]
    assert [row.account for row in ledger.sessions()] == ["work", "default"]
    assert [r.session for r in ledger.refusals()] == ["77aa0011"]
    kept = ledger.mark(*ledger.stamps())
    assert (kept.offset, kept.origin.class_) == (4096, "interactive")
    again = Answer(
        "msg_01", "req_01", 1795302651000, "claude-opus-4-5-20251101", 5, 900, 300, 20000, 401, False, kept.origin
    )
    put(ledger, again)
    assert outputs(ledger.daily()) == [("2026-11-21", 501), ("2026-11-22", 4)]


@pytest.mark.parametrize("name", ["format_1.sql", "format_2.sql"])
def test_a_history_from_before_there_were_tokens_takes_them(ledger, path, name):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / name).read_text())
    put(ledger, answer("a"))
    assert outputs(ledger.daily()) == [("2026-11-21", 10)]


def test_a_ledger_that_is_locked_or_damaged_is_one_sentence(ledger, path):
    put(ledger, answer("a"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FileError, match="another program keeps it locked"):
            put(ledger, answer("b"))
    ledger.close()
    path.write_text("<html>" * 1000)
    with pytest.raises(FileError, match="it is damaged"):
        ledger.daily()


def test_half_a_character_in_a_name_is_kept_as_well_as_it_can_be(ledger):
    put(ledger, answer("a\ud800", model="m\ud800", origin=Origin(account="a", session="s\ud800", project="/p\ud800")))
    assert [row.key for row in ledger.models()] == ["m?"]


def test_a_year_of_answers_is_asked_in_a_moment(ledger):
    origins = [Origin(account="default", session=f"s{n}", project=f"/src/p{n % 20}") for n in range(1500)]
    answers = [
        answer(f"m{n}", AT - n * 800, origin=origins[n * 1500 // 40000], model=("opus", "sonnet", "haiku")[n % 3])
        for n in range(40000)
    ]
    put(ledger, *answers)
    assert len(ledger.daily()) > 365
    began = time.process_time()
    for report in (ledger.daily, ledger.models, ledger.projects):
        report()
    assert time.process_time() - began < 0.3  # the benchmark says how long; this one that no row is read for it
