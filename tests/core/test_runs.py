"""What runs now: in the view and in `status.json`, and gone when it is over."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from core.story import MINUTE, T0, Story, clock_set, later, quits, sample, settings
from ringfence.core.effects import PublishGate, Show, WriteStatus
from ringfence.core.events import TokensSeen
from ringfence.core.meters import TokenNews
from ringfence.core.model import Status
from ringfence.core.ring import SCAN_TOLD_S, build_view
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import RUN_ACTIVE_S, Run

SCAN = ScanProgress(done_bytes=700, total_bytes=2100, files=3)


def run(session="s1", last_at=T0, **more) -> Run:
    made = {
        "session": session, "account": "default", "project": "/home/me/api", "model": "claude-opus-5", "models": (),
        "tokens": Tokens(input=10, output=5, responses=1), "burn_per_min": 15.0, "started_at": last_at - 60,
        "last_at": last_at,
    }  # fmt: skip
    return Run(**(made | more))


def seen(*runs: Run, scan: ScanProgress | None = None):
    """The transcripts were read."""

    def act(story: Story) -> None:
        story.feed(TokensSeen(at=story.now, news=TokenNews(runs=runs, scan=scan)))

    return act


def sessions(story: Story) -> list[str]:
    return [each.session for each in story.state.view.runs]


def of(story: Story, kind: type) -> list:
    return [effect for effect in story.effects if isinstance(effect, kind)]


def test_what_runs_is_drawn_and_published_at_once():
    story = Story() >> sample(session=0.2) >> seen(run())
    assert sessions(story) == ["s1"]
    assert [len(effect.view.runs) for effect in of(story, Show)] == [1]
    assert [each.session for each in story.status.runs] == ["s1"]


def test_a_run_ends_five_minutes_after_its_last_answer_without_any_news():
    story = Story() >> sample(session=0.2) >> seen(run(), run("s2", T0 + 60))
    story >> later(RUN_ACTIVE_S - 1)
    assert sessions(story) == ["s1", "s2"]
    story >> later(1)
    assert sessions(story) == ["s2"]
    assert [each.session for each in story.status.runs] == ["s2"]
    story >> later(MINUTE)
    assert sessions(story) == []
    assert story.status.runs == ()


def test_the_end_of_a_run_is_the_moment_to_wake_at():
    story = Story() >> sample(session=0.2) >> later(100) >> seen(run(last_at=T0 + 100 - RUN_ACTIVE_S + 7))
    assert story.wake_at == T0 + 107


def test_the_same_news_again_draws_and_writes_nothing():
    story = Story() >> sample(session=0.2) >> seen(run()) >> later(2) >> seen(run())
    assert (of(story, Show), of(story, WriteStatus)) == ([], [])


def test_runs_that_stream_write_no_gate():
    story = Story() >> sample(session=0.2)
    for second in range(1, 30):
        story >> later(1) >> seen(run(last_at=T0 + second))
        assert of(story, PublishGate) == []
        assert len(of(story, WriteStatus)) == 1


def test_an_answer_of_the_future_is_no_run_of_now():
    story = Story() >> sample(session=0.2) >> seen(run(last_at=T0 + 3600))
    assert sessions(story) == []


def test_a_run_keeps_its_age_when_the_clock_is_set_and_does_not_come_back_when_it_is_over():
    story = Story() >> sample(session=0.2) >> seen(run()) >> later(60) >> clock_set(-3600)
    assert [story.now - each.last_at for each in story.state.view.runs] == [60]
    story >> later(RUN_ACTIVE_S)
    assert sessions(story) == []
    story >> later(3600)
    assert sessions(story) == []


def test_a_first_scan_is_drawn_until_it_is_done():
    story = Story() >> sample(session=0.2) >> seen(scan=SCAN)
    assert (story.state.view.scan, story.status.scan) == (SCAN, SCAN)
    story >> seen(run())
    assert (story.state.view.scan, story.status.scan) == (None, None)


def test_a_monitor_that_ended_says_nothing_of_what_runs():
    story = Story() >> sample(session=0.2) >> seen(run(), scan=SCAN) >> quits()
    view = build_view(story.status, None, settings(), now=story.now)
    assert (view.runs, view.scan) == ((), None)


def test_a_monitor_killed_in_its_first_scan_scans_no_more():
    status = Status(written_at=T0, accounts=(), scan=SCAN)
    assert build_view(status, None, settings(), now=T0 + SCAN_TOLD_S - 1).scan == SCAN
    assert build_view(status, None, settings(), now=T0 + SCAN_TOLD_S).scan is None


def test_what_runs_comes_back_from_the_file_as_it_was():
    told = Status(written_at=T0, accounts=(), runs=(replace(run(), class_="autonomous", subagents=2),), scan=SCAN)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Status) == told
