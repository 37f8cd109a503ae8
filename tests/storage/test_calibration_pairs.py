"""Readings in pairs beside what was spent between them, from the ledger's file."""

from itertools import pairwise

import pytest

from ringfence.core.calibration import Pair
from ringfence.core.model import Sample, Window
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Answer, Origin, TokenBatch
from ringfence.file_errors import FileError
from ringfence.storage.calibration_pairs import PairLedger
from ringfence.storage.ledger import Ledger
from ringfence.storage.token_ledger import TokenLedger

AT = 1795302650.0
RESET = AT + 9000


def window(used, window_id="session", resets_at=RESET):
    return Window(id=window_id, label=window_id, used=used, resets_at=resets_at)


class Spending:
    """Tells that between two moments as many input tokens of Haiku were spent as seconds went by."""

    def __init__(self):
        self.asked, self.closed = [], False

    def close(self):
        self.closed = True

    def pairs(self, account, moments):
        self.asked.append((account, list(moments)))
        spent = [int(b - a) for a, b in pairwise(moments)]
        return [(("claude-haiku-5-5", Tokens(input=n)), ("claude-opus-5", Tokens(input=1))) for n in spent]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def spending():
    return Spending()


@pytest.fixture
def book(path, spending):
    made = PairLedger(path, spending, busy_s=0.05)
    yield made
    made.close()


async def filled(path, *readings, account="a"):
    ledger = Ledger(path)
    for at, windows in readings:
        await ledger.append(Sample(account=account, source="oauth_usage", observed_at=at, windows=windows))
    ledger.close()


async def test_each_reading_and_the_next_are_a_pair(path, book, spending):
    await filled(path, (AT, (window(0.1),)), (AT + 300, (window(0.12),)), (AT + 700, (window(0.15),)))
    assert book.pairs("a", 0, AT + 1000) == {
        "session": (
            Pair(since=AT, until=AT + 300, before=0.1, after=0.12, weighted=305),
            Pair(since=AT + 300, until=AT + 700, before=0.12, after=0.15, weighted=405),
        )
    }
    assert spending.asked == [("a", [AT, AT + 300, AT + 700])]


async def test_of_several_names_of_one_subscription_all_tokens_count(path, book, spending):
    await filled(path, (AT, (window(0.1),)), (AT + 300, (window(0.12),)))
    [pair] = book.pairs("a", 0, AT + 1000, spenders=("a", "b"))["session"]
    assert pair.weighted == 610
    assert [account for account, _ in spending.asked] == ["a", "b"]


async def test_a_reset_is_no_pair(path, book):
    await filled(path, (AT, (window(0.9),)), (AT + 300, (window(0.02, resets_at=RESET + 18000),)))
    assert book.pairs("a", 0, AT + 1000) == {"session": ()}


async def test_a_window_read_more_rarely_has_all_that_was_spent_between(path, book):
    """Claude Code's feed tells session and week alone; a model's week comes with the endpoint."""
    opus = "model:Opus"
    await filled(
        path,
        (AT, (window(0.1), window(0.3, opus))),
        (AT + 100, (window(0.11),)),
        (AT + 300, (window(0.12), window(0.31, opus))),
    )
    found = book.pairs("a", 0, AT + 1000)
    assert [p.weighted for p in found["session"]] == [105, 205]
    assert [p.weighted for p in found[opus]] == [10]  # of Opus alone: one token in each of two spans, at 5


async def test_readings_without_a_number_or_a_reset_and_meters_of_money_are_left_out(path, book):
    await filled(
        path,
        (AT, (window(0.0, resets_at=None), window(0.5, "spend:extra"))),
        (AT + 300, (window(0.02), window(0.5, "spend:extra"))),
        (AT + 600, (window(None),)),
        (AT + 900, (window(0.04),)),
    )
    found = book.pairs("a", 0, AT + 1000)
    assert list(found) == ["session"]
    assert [(p.since, p.until) for p in found["session"]] == [(AT + 300, AT + 900)]


async def test_two_sources_at_one_moment_are_one_reading(path, book):
    ledger = Ledger(path)
    for source, used in (("oauth_usage", 0.1), ("statusline_feed", 0.104)):
        await ledger.append(Sample(account="a", source=source, observed_at=AT, windows=(window(used),)))
    await ledger.append(Sample(account="a", source="oauth_usage", observed_at=AT + 300, windows=(window(0.12),)))
    ledger.close()
    assert [p.before for p in book.pairs("a", 0, AT + 1000)["session"]] == [0.104]


async def test_only_the_asked_account_and_time_are_read(path, book):
    await filled(path, *((AT + 300 * n, (window(0.1 + n / 100),)) for n in range(5)))
    await filled(path, (AT + 150, (window(0.5),)), account="b")
    found = book.pairs("a", AT + 300, AT + 900)
    assert [(p.since, p.until) for p in found["session"]] == [(AT + 300, AT + 600), (AT + 600, AT + 900)]


def test_without_a_file_there_are_none_and_none_is_made(path, book, spending):
    assert book.pairs("a", 0, AT) == {}
    assert not path.exists()
    assert spending.asked == []


def test_a_file_that_is_no_database_is_said(path, book):
    path.write_bytes(b"no database at all, of any kind" * 40)
    with pytest.raises(FileError, match=r"Cannot read .*: it is damaged"):
        book.pairs("a", 0, AT)


def test_the_tokens_are_closed_with_the_readings(book, spending):
    book.close()
    assert spending.closed


async def test_the_real_tokens_are_found_between_the_readings(path):
    """The whole way through one file: an answer between two readings, one at the second, one of another account."""
    await filled(path, *((AT + 300 * n, (window(0.1 + n / 100), window(0.3, "model:Opus"))) for n in range(3)))
    tokens = TokenLedger(path)

    def answer(name, at, model, output, account="a"):
        origin = Origin(account=account, session="s", project="/p")
        return Answer(name, name, int(at * 1000), model, 0, 0, 0, 0, output, False, origin)

    found = (
        answer("m1", AT + 100, "claude-haiku-5-5", 10),
        answer("m2", AT + 299.9, "claude-opus-5", 10),
        answer("m3", AT + 300, "claude-haiku-5-5", 100),
        answer("m4", AT + 200, "claude-haiku-5-5", 1000, account="b"),
    )
    tokens.apply(TokenBatch(answers=found, files=()))
    book = PairLedger(path, tokens)
    made = book.pairs("a", 0, AT + 1000)
    assert [p.weighted for p in made["session"]] == [5 * 10 + 5 * 5 * 10, 5 * 100]
    assert [p.weighted for p in made["model:Opus"]] == [5 * 5 * 10, 0]
    book.close()
