"""The demo's story: what its account says and what its runs write, seen through the ordinary scanner and the core."""

from __future__ import annotations

import asyncio
import json

import pytest

from ringfence import session_classes, wiring
from ringfence.core.calibration import fit
from ringfence.core.history import SpanKind, spans
from ringfence.core.meters import Meter
from ringfence.core.periods import Period
from ringfence.demo import STORY_S, account, past, scene_at
from ringfence.demo.work import SESSION_WHOLE, WORKERS, Work
from ringfence.storage.paths import Paths

NOON = 1_795_262_400.0  # 2026-11-21


class Stage:
    """The demo without its clock: the past is there, and each second is played when it is asked for."""

    def __init__(self, home):
        self.paths = Paths(config=home, state=home)
        self.config = account.login_file(home).parent
        self.work = Work(self.config, home)
        account.furnish(home, "http://127.0.0.1:9", NOON)
        self.settings, _ = wiring.settings_in_force(self.paths)
        self.ledger = wiring.token_reports(self.paths)
        self.book = wiring.token_book(self.paths, self.ledger)
        self.news = None

    async def begin(self):
        week_resets_at = account.resets_of(0, NOON)[1]
        await past.remember(self.work, self.paths.ledger, account.ACCOUNT, NOON, week_resets_at)
        self.look(NOON)

    def play(self, since, until):
        for second in range(since, until):
            scene = scene_at(second)
            if scene.refused:
                self.work.refuse(account.resets_of(second, NOON)[0], NOON + second)
            else:
                self.work.go_on(scene.session, NOON + second)
        self.look(NOON + until)

    def look(self, now):
        self.news = self.book.catch_up(self.settings, None, now=now, scanned=lambda _: True)

    def spent(self, budget, at):
        meter = Meter(id=f"budget:{budget.name}", period=budget.per, class_=budget.class_)
        [reading] = self.book.measure([meter], now=NOON + at)
        return reading.tokens.total / budget.tokens


@pytest.fixture
async def stage(home, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    stage = Stage(home)
    await stage.begin()
    yield stage
    stage.ledger.close()


@pytest.mark.parametrize("second", range(int(STORY_S)))
def test_every_second_of_the_story_is_a_scene(second):
    scene = scene_at(second)
    assert 0 <= scene.session <= 1
    assert 0 <= scene.week <= 1
    assert scene.refused == (scene.session == 1)


async def test_the_settings_are_without_a_fault(stage):
    assert wiring.settings_in_force(stage.paths)[1] == ""
    assert {b.name: (b.class_, b.enforced) for b in stage.settings.budgets} == {
        "reviews": ("batch", True),
        "everything": (None, False),
    }


async def test_what_windows_cost_is_learnt_from_the_past(stage):
    pairs = wiring.pair_book(stage.paths)
    found = pairs.pairs(account.ACCOUNT, 0, NOON)
    pairs.close()
    assert fit(found["session"]).whole == pytest.approx(SESSION_WHOLE, rel=0.01)
    assert fit(found["week"]).whole == pytest.approx(SESSION_WHOLE / past.WEEK_PER_SESSION, rel=0.03)


async def test_its_past_has_a_closure_a_pause_and_an_override_that_agree_with_the_readings(stage):
    history = wiring.history(stage.paths)
    found = spans(history.changes(0, NOON), 0, NOON)
    used = {level.until: level.high for level in history.samples(account.ACCOUNT, "session", 0, NOON)}
    history.close()
    closed = [span for span in found if span.kind is SpanKind.CLOSED]
    assert {span.kind for span in found} == {SpanKind.CLOSED, SpanKind.PAUSED, SpanKind.OVERRIDDEN}
    threshold = stage.settings.thresholds.session_pct / 100
    assert all(used[span.since] >= threshold > used[span.since - past.EVERY_S] for span in closed)
    [pause] = [span for span in found if span.kind is SpanKind.PAUSED]
    assert used[pause.since] == used[pause.until], "nothing was started while it was paused"
    assert found[-1].until < NOON - 86400, "and the demo begins with an open gate"


async def test_the_story_lets_the_week_grow_as_the_past_did():
    grown = [scene_at(20).session - scene_at(10).session, scene_at(20).week - scene_at(10).week]
    assert grown[1] / grown[0] == pytest.approx(past.WEEK_PER_SESSION, rel=0.02)


async def test_three_runs_go_on_from_the_first_second_with_subagents_and_a_class(stage):
    found = {run.project.rpartition("/")[2]: run for run in stage.news.runs}
    assert found.keys() == {"api", "website", "reviews"}
    assert (found["api"].subagents, found["api"].class_) == (1, "interactive")
    assert found["reviews"].class_ == "batch"
    [batch] = [worker for worker in WORKERS if worker.class_]
    assert session_classes.class_of(str(stage.paths.state), batch.session) == "batch"


async def test_a_budget_is_reached_while_the_gate_is_still_open_and_the_other_at_the_end_of_a_round(stage):
    batch, whole = stage.settings.budgets
    stage.play(0, 20)
    assert stage.spent(batch, 20) < 1
    stage.play(20, 33)
    assert stage.spent(batch, 33) >= 1
    assert scene_at(33).session < 0.9
    stage.play(33, 100)
    assert 0.8 < stage.spent(whole, 100) < 1
    stage.play(100, 119)
    assert stage.spent(whole, 119) >= 1


async def test_claude_refuses_every_run_until_the_reset_and_then_no_more(stage):
    stage.play(0, 42)
    assert stage.news.refusals == ()
    stage.play(42, 50)
    refusals = stage.news.refusals
    assert {(r.claim, r.resets_at) for r in refusals} == {("session", NOON + account.RESET_S)}
    assert len(refusals) == len(WORKERS)
    stage.play(50, 90)
    assert stage.news.refusals == ()
    assert stage.ledger.refusals() == ()


async def test_one_refusal_is_written_once(stage):
    stage.play(0, 80)
    refused = [line for path in stage.config.rglob("*.jsonl") for line in path.read_text().splitlines()]
    assert sum(json.loads(line).get("error") == "rate_limit" for line in refused) == len(WORKERS)


async def test_a_day_begins_with_what_the_last_minute_spent(stage):
    day = Meter(id="d", period=Period.DAY)
    before = stage.book.measure([day], now=NOON)[0].tokens.total
    everything = sum(row.tokens.total for row in stage.ledger.daily())
    assert 0 < before < everything / 3


async def test_another_round_makes_no_leap(stage):
    stage.play(0, 120)
    before = stage.book.measure([Meter(id="d", period=Period.ALL)], now=NOON + 120)[0].tokens.total
    stage.work.go_on(scene_at(120).session, NOON + 120)
    stage.look(NOON + 121)
    assert stage.book.measure([Meter(id="d", period=Period.ALL)], now=NOON + 121)[0].tokens.total == before


async def test_nothing_of_the_persons_own_is_read_or_written(stage, world, monkeypatch):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(world / "own"))
    before = sorted(world.rglob("*"))
    stage.play(0, 60)
    assert stage.book.folders(stage.settings) == (str(stage.config / "projects"),)
    assert all(path.is_relative_to(stage.paths.state) for path in set(world.rglob("*")) - set(before))


async def test_a_demo_that_is_busy_is_furnished_before_the_first_reading_and_works_while_it_lasts(home):
    now = NOON
    async with account.DemoAccount(lambda: now, home, busy=True) as demo:
        paths = Paths(config=home, state=home)
        ledger = wiring.token_reports(paths)
        assert len(ledger.runs(NOON)) == len(WORKERS)
        projects = account.login_file(home).parent / "projects"
        before = {path: path.stat().st_size for path in projects.rglob("*.jsonl")}
        await asyncio.sleep(0)
        now = NOON + 50
        demo._advance()
        grown = [path for path, size in before.items() if path.stat().st_size > size]
        ledger.close()
    assert len(grown) == len(WORKERS)
    assert all('"isApiErrorMessage":true' in path.read_text() for path in grown)


async def test_an_account_that_is_not_busy_has_no_transcripts(home):
    async with account.DemoAccount(lambda: NOON, home):
        assert not (account.login_file(home).parent / "projects").exists()
