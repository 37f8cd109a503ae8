"""Runs and the first scan, from the transcripts' book to the faces: the monitor's files, the follower's view."""

import asyncio
from dataclasses import replace

from core.test_runs import SCAN, run
from ringfence import token_watch
from ringfence.core.meters import TokenNews
from ringfence.core.tokens import RUN_ACTIVE_S
from ringfence.storage import records
from ringfence.token_watch import TokenWatch
from test_follower import beside
from test_monitor import NOW
from test_tokens_seen import Book, scene

__all__ = ["beside", "scene"]

TRANSCRIPT = "/default/claude/projects/api/s1.jsonl"


async def test_a_run_goes_from_the_transcript_to_the_faces_and_to_the_status_file(scene):
    await scene.start()
    assert scene.view.runs == ()
    scene.book.tells = TokenNews(runs=(run(last_at=NOW),))
    scene.watch.tell_trees(frozenset({TRANSCRIPT}))
    await scene.settle()
    assert [each.session for each in scene.view.runs] == ["s1"]
    assert [each.session for each in scene.status.runs] == ["s1"]


async def test_nothing_is_drawn_or_written_while_transcripts_say_what_they_said(scene):
    scene.book.tells = TokenNews(runs=(run(last_at=NOW),))
    await scene.start()
    before = len(scene.views), list(scene.did)
    scene.watch.tell_trees(frozenset({TRANSCRIPT}))
    await scene.settle()
    assert scene.book.looks[-1] == {TRANSCRIPT}
    assert (len(scene.views), scene.did) == before


async def test_a_transcript_that_grows_writes_the_status_once_and_nothing_else(scene):
    await scene.start()
    before = len(scene.did)
    for second in range(1, 6):
        scene.clock.go(1)
        scene.book.tells = TokenNews(runs=(run(last_at=NOW + second),))
        scene.watch.tell_trees(frozenset({TRANSCRIPT}))
        await scene.settle()
    assert scene.did[before:] == ["status"] * 5


async def test_a_run_leaves_the_faces_when_it_is_over_without_a_look_at_a_file(scene):
    scene.book.tells = TokenNews(runs=(run(last_at=NOW),))
    await scene.start()
    looks = len(scene.book.looks)
    await scene.pass_time(RUN_ACTIVE_S)
    assert (scene.view.runs, scene.status.runs) == ((), ())
    assert len(scene.book.looks) == looks


async def test_a_face_beside_a_daemon_shows_its_runs_and_its_first_scan(beside):
    told = replace(records.load_status(beside.paths.status)[0], runs=(run(last_at=NOW),), scan=SCAN)
    records.save_status(beside.paths.status, told)
    beside.follower.look()
    assert [each.session for each in beside.view.runs] == ["s1"]
    assert beside.view.scan == SCAN


async def test_a_scan_that_reports_all_the_time_is_told_once_a_second(monkeypatch):
    monkeypatch.setattr(token_watch, "TOKENS_EVERY_S", 3600.0)
    told, loop = [], asyncio.get_running_loop()
    watch = TokenWatch(Book(), now=lambda: NOW, spawn=lambda _work, _name: None, tell=told.append)
    assert all(watch._scanned(loop, SCAN) for _ in range(1000))
    await asyncio.sleep(0)
    assert [each.scan for each in told] == [SCAN]
