"""Transcripts on their way to the core: when they are read, what is counted, what happens when they cannot be."""

import asyncio
import threading

import pytest

from core.story import settings
from ringfence import token_watch
from ringfence.core.meters import Reading, TokenNews
from ringfence.core.periods import Period
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.file_errors import FileError
from test_monitor import World

FOLDER = "/claude/projects"
HALF = ScanProgress(done_bytes=1, total_bytes=2, files=3)


class Book:
    """A ledger of tokens in the test's hand."""

    def __init__(self):
        self.looks, self.measured, self.trouble, self.goes_on = [], [], None, []
        self.progress, self.threads, self.tells = (), set(), TokenNews()

    def folders(self, settings):
        return tuple(f"/{account.name}{FOLDER}" for account in settings.accounts)

    def catch_up(self, settings, paths, *, now, scanned):
        self.threads.add(threading.get_ident())
        self.looks.append(paths)
        self.goes_on += [scanned(each) for each in self.progress]
        if self.trouble:
            raise FileError(self.trouble)
        return self.tells

    def measure(self, meters, *, now):
        self.measured.append(meters)
        one = (("claude-opus-4-5", Tokens(output=7, responses=1)),)
        return tuple(Reading(meter=m, since=m.since or 0.0, until=None, by_model=one) for m in meters)


class Scene(World):
    """The monitor's world with transcripts in it."""

    def __init__(self):
        super().__init__()
        self.book = Book()

    def parts(self):
        made = super().parts()
        made.tokens = self.book
        return made

    @property
    def news(self):
        return self.monitor.state.news


@pytest.fixture
async def scene(monkeypatch):
    monkeypatch.setattr(token_watch, "TOKENS_EVERY_S", 0)
    monkeypatch.setattr(token_watch, "BAR_AFTER_S", 0)
    made = Scene()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_everything_is_read_at_the_start_and_then_what_is_written(scene):
    await scene.start()
    assert scene.watch.trees == ("/default/claude/projects",)
    scene.watch.tell_trees(frozenset({"/default/claude/projects/s/a.jsonl", "/default/claude/projects/s"}))
    await scene.settle()
    assert scene.book.looks == [None, frozenset({"/default/claude/projects/s/a.jsonl"})]


async def test_a_clock_set_back_puts_off_no_look_at_everything(scene):
    await scene.start()
    scene.clock.wall -= 86400
    for _ in range(2):
        await scene.pass_time(token_watch.LOOK_AT_ALL_S)
    assert scene.book.looks == [None, None, None]


async def test_what_is_no_transcript_wakes_nobody(scene):
    await scene.start()
    scene.watch.tell_trees(frozenset({"/default/claude/projects/s/notes.md"}))
    await scene.settle()
    assert scene.book.looks == [None]


async def test_nothing_is_read_or_counted_while_nothing_is_written(scene):
    await scene.start()
    looks, measured = len(scene.book.looks), len(scene.book.measured)
    await scene.pass_time(30)
    assert (len(scene.book.looks), len(scene.book.measured)) == (looks, measured)


async def test_a_thousand_writes_are_two_looks(scene):
    await scene.start()
    for number in range(1000):
        scene.watch.tell_trees(frozenset({f"/default/claude/projects/s/{number}.jsonl"}))
    await scene.settle()
    assert len(scene.book.looks) <= 3


async def test_each_reading_of_the_endpoint_begins_a_count_of_its_own(scene, monkeypatch):
    monkeypatch.setattr(token_watch, "LOOK_AT_ALL_S", 1e6)
    await scene.start()
    await scene.read(0.42)
    meter = scene.news.reading("since:default").meter
    assert (meter.period, meter.since) == (Period.SINCE, scene.view.accounts[0].observed_at)
    await scene.read(0.43)
    assert scene.news.reading("since:default").meter.since > meter.since
    assert scene.book.looks == [None]  # counted, not read again


async def test_the_reading_is_done_beside_the_loop(scene):
    await scene.start()
    assert threading.get_ident() not in scene.book.threads


async def test_a_first_reading_tells_how_far_it_is_and_then_no_more(scene):
    scene.book.progress, seen = (HALF,), []
    await scene.start()
    scene.monitor._tokens._tell = lambda news: seen.append(news.scan)
    scene.monitor._tokens.look()
    await scene.settle()
    assert scene.book.goes_on == [True, True]
    assert seen == [HALF, None]


async def test_what_is_read_within_a_second_draws_no_bar(scene, monkeypatch):
    monkeypatch.setattr(token_watch, "BAR_AFTER_S", 3600.0)
    scene.book.progress, seen = (HALF,), []
    await scene.start()
    scene.monitor._tokens._tell = lambda news: seen.append(news.scan)
    scene.monitor._tokens.look()
    await scene.settle()
    assert seen == [None]


async def test_a_monitor_that_closes_ends_a_reading_that_goes_on(scene):
    await scene.start()
    scene.monitor._tokens.close()
    assert scene.monitor._tokens._scanned(asyncio.get_running_loop(), HALF) is False


async def test_other_accounts_have_other_folders(scene):
    await scene.start()
    scene.change_settings(settings(accounts=("job", "home")))
    await scene.settle()
    assert scene.watch.trees == ("/job/claude/projects", "/home/claude/projects")
    assert scene.book.looks == [None, None]


@pytest.mark.expected_log("Cannot use /ledger")
async def test_a_ledger_that_cannot_be_used_is_told_once_and_tried_again(scene, expected_log):
    scene.book.trouble = "Cannot use /ledger.sqlite3: the disk is full; free some space."
    await scene.start()
    assert "Cannot use /ledger.sqlite3" in scene.view.trouble
    scene.book.trouble = None
    await scene.pass_time(token_watch.TRY_AGAIN_S)
    assert scene.view.trouble == ""
    assert scene.book.looks == [None, None]
    assert len(expected_log.records) == 1


async def test_all_of_it_is_looked_at_now_and_then_for_folders_that_tell_nothing(scene):
    await scene.start()
    await scene.pass_time(token_watch.LOOK_AT_ALL_S)
    assert scene.book.looks == [None, None]


async def test_what_is_asked_for_again_is_counted_again(scene):
    """A day that is over: the same meters, another sum."""
    await scene.start()
    await scene.settle()
    meters, before = scene.monitor.state.meters, len(scene.book.measured)
    scene.monitor._tokens.want(meters)
    await scene.settle()
    assert scene.book.measured[before:] == [meters]
