"""The panes as the monitor follows them: looked at every so often, and told when they show something else."""

import asyncio

import pytest

from ringfence.core.events import QuitAsked
from ringfence.core.settings import Settings, Thresholds, Tmux
from ringfence.exhaustion import Claim, Refusal
from ringfence.panes import PaneRefusal
from ringfence.ports import RefusalSpec
from test_monitor import NOW, World

WATCHED = Settings(tmux=Tmux(dedicated={"night": "default"}))
SOON_S, NEVER_S = 0.001, 3600.0


def refusal(resets_at=NOW + 3600, said_at=NOW, resumes_itself=False, account="default"):
    return PaneRefusal(
        account=account, refusal=Refusal(claim=Claim.SESSION, model=None, resets_at=resets_at, text="You've hit it"),
        panes=("%3", "%4"), sessions=("night",), said_at=said_at, resumes_itself=resumes_itself,
    )  # fmt: skip


class Panes:
    """A source in the test's hand: each look takes the next of what is shown, and the last one stays."""

    def __init__(self, chosen):
        self.chosen, self.shown, self.looks, self.looked = chosen, [()], 0, asyncio.Event()

    async def sweep(self, *, now):
        self.looks += 1
        self.looked.set()
        found = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def until_looked(self, times):
        async with asyncio.timeout(20):
            while self.looks < times:
                self.looked.clear()
                await self.looked.wait()


class Scene(World):
    def __init__(self):
        super().__init__()
        self.panes, self.every_s, self.settings = [], NEVER_S, WATCHED

    def build(self, settings):
        if not settings.tmux.dedicated:
            return None
        self.panes.append(self.kind(settings.tmux))
        self.panes[-1].shown = self.shown
        return self.panes[-1]

    shown, kind = ((),), Panes

    def parts(self):
        made = super().parts()
        spec = RefusalSpec(id="panes", label="Panes", help="Looks.", build=self.build, every_s=lambda _: self.every_s)
        made.refusal_specs = (spec,)
        return made

    def holds(self):
        return [(h["kind"], h["window"], h["until"]) for h in self.gate.document["holds"]]


@pytest.fixture
async def scene():
    made = Scene()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_a_pane_that_shows_a_refusal_closes_the_gate(scene):
    scene.shown = [(refusal(),)]
    await scene.start()
    assert scene.holds() == [("exhausted", "session", NOW + 3600)]
    assert scene.gate.verdict(NOW) == "closed"
    assert scene.memory.refused[0].session == "tmux:%3"


async def test_a_pane_that_claude_code_resumes_itself_is_refused_all_the_same(scene):
    """It waits for the reset: another launch would only be refused, too."""
    scene.shown = [(refusal(resumes_itself=True),)]
    await scene.start()
    assert scene.gate.verdict(NOW) == "closed"


async def test_it_is_looked_at_again_and_what_is_shown_later_is_heard(scene):
    scene.every_s, scene.shown = SOON_S, [(), (), (refusal(),)]
    await scene.start()
    await scene.panes[0].until_looked(4)
    assert scene.gate.verdict(NOW) == "closed"


async def test_the_same_again_is_not_told(scene):
    scene.every_s, scene.shown = SOON_S, [(refusal(),)]
    await scene.start()
    scene.did.clear()
    await scene.panes[0].until_looked(scene.panes[0].looks + 3)
    assert scene.did == []


async def test_where_nothing_is_named_nobody_looks(scene):
    scene.settings = Settings()
    await scene.start()
    assert scene.panes == []
    assert scene.monitor._refusals._timers == {}


async def test_other_settings_change_nothing_and_other_names_begin_anew(scene):
    await scene.start()
    scene.change_settings(Settings(tmux=WATCHED.tmux, thresholds=Thresholds(session_pct=90.0)))
    assert len(scene.panes) == 1
    scene.change_settings(Settings(tmux=Tmux(dedicated={"day": "default"})))
    await scene.settle()
    assert [each.chosen.dedicated for each in scene.panes] == [{"night": "default"}, {"day": "default"}]
    assert list(scene.monitor._refusals._timers) == [scene.panes[1]]
    scene.change_settings(Settings())
    assert scene.monitor._refusals._timers == {}


async def test_a_look_that_ends_after_the_settings_changed_tells_nothing(scene):
    await scene.start()
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Panes):
        async def sweep(self, *, now):
            begun.set()
            await go_on.wait()
            return (refusal(),)

    scene.kind = Slow
    scene.change_settings(Settings(tmux=Tmux(dedicated={"day": "default"})))
    await begun.wait()
    scene.change_settings(Settings())
    go_on.set()
    await scene.settle()
    assert scene.holds() == []


async def test_at_the_end_nobody_looks_any_more(scene):
    await scene.start()
    scene.monitor.dispatch(QuitAsked(at=NOW))
    await scene.monitor.close()
    assert scene.monitor._refusals._timers == {}


@pytest.mark.expected_log("panes failed in a way it should not")
async def test_a_bug_in_a_look_is_logged_once_and_the_next_look_comes(scene, expected_log):
    scene.every_s, scene.shown = SOON_S, [ValueError("odd"), ValueError("odd"), (refusal(),)]
    await scene.start()
    await scene.panes[0].until_looked(4)
    assert scene.gate.verdict(NOW) == "closed"
    assert len(expected_log.records) == 1
