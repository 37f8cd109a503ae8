"""A pause of one account, class or model beside the one of everything; and the account that the icon shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.story import RESET, T0, Story, paused, sample, settings, unpaused
from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.budget_settings import Budget
from ringfence.core.events import RefreshAsked
from ringfence.core.model import AccountStatus, HeldLaunch, Launches, Pause, Sample, Scope, Status, Window
from ringfence.core.pause_targets import PauseTargets, pause_targets
from ringfence.core.periods import Period
from ringfence.core.route_settings import Failover, Tier
from ringfence.core.settings import Settings
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Run

BATCH, WORK, OPUS = Scope(class_="batch"), Scope(account="work"), Scope(model="Opus")


def _ask(story: Story, account=None, model=None, class_=None) -> str:
    document = gating.gate_document(story.state.gate, story.state.latches, now=story.now)
    return gate_reader.evaluate(document, story.now, account=account, model=model, class_=class_).verdict


def test_a_pause_of_a_class_holds_that_class_alone_and_is_lifted_alone():
    story = Story() >> sample(session=0.1) >> paused(scope=BATCH) >> paused(scope=OPUS)
    assert (_ask(story), _ask(story, class_="batch"), _ask(story, model="opus")) == ("open", "closed", "closed")
    story >> unpaused(BATCH)
    assert (_ask(story, class_="batch"), _ask(story, model="opus")) == ("open", "closed")


def test_the_pause_of_everything_is_lifted_without_the_others_and_all_of_them_by_no_scope():
    story = Story() >> sample(session=0.1) >> paused() >> paused(scope=BATCH)
    story >> unpaused(Scope())
    assert [p.scope for p in story.state.view.pauses] == [BATCH]
    story >> paused() >> unpaused()
    assert story.state.view.pauses == ()


def test_a_pause_until_the_reset_ends_with_the_session_of_its_own_account():
    story = Story(settings(accounts=("work", "home"))) >> sample(account="work", session=0.1)
    story >> paused(until_reset=True, scope=Scope(account="home"))
    assert story.state.view.pauses[0].until > T0 + 17_000  # nothing is known of home: a whole session from now
    story >> paused(until_reset=True, scope=WORK)
    assert story.state.view.pauses[1].until == RESET


def test_one_account_alone_is_read_when_it_alone_is_asked_for():
    story = Story(settings(accounts=("work", "home")))
    story >> sample(account="work", session=0.1) >> sample(account="home", session=0.1)
    story.feed(RefreshAsked(at=story.now, account="home"))
    assert {a.name: a.wish is not None for a in story.state.accounts} == {"work": False, "home": True}


def test_a_reading_of_the_second_folder_of_a_subscription_is_asked_of_the_first():
    story = Story(settings(accounts=("work", "home")), signed_in={"work": "ann", "home": "ann"})
    story >> sample(account="work", session=0.1)
    story.feed(RefreshAsked(at=story.now, account="home"))
    assert story.state.account("work").wish is not None


# ---- what can be paused alone


def windowed(name: str, *models: str) -> AccountStatus:
    made = tuple(Window(id=f"model:{m}", label=m, used=0.1, resets_at=None, model=m) for m in models)
    return AccountStatus(name=name, sample=Sample(account=name, source="x", observed_at=T0, windows=made))


def run(class_: str | None) -> Run:
    return Run(
        session="s", account="work", project="/p", model="haiku", models=(), tokens=Tokens(), burn_per_min=0.0,
        started_at=T0, last_at=T0, class_=class_,
    )  # fmt: skip


def test_what_something_names_can_be_paused_each_once():
    status = Status(
        written_at=T0, accounts=(windowed("work", "Opus", "Fable"), windowed("home", "Opus")),
        runs=(run("autonomous"), run(None), run("batch")),
    )  # fmt: skip
    known = Settings(
        failover=(Failover(class_="batch", chain=("work",), triggers=()),),
        budgets=(Budget(name="n", tokens=1, per=Period.DAY, class_="nightly"),),
        tiers=(
            Tier(name="best", model="opus"),
            Tier(name="second", model="sonnet"),
            Tier(name="x", kind="local", model="qwen"),
        ),
    )
    waiting = HeldLaunch(id=1, asked_at=T0, command="claude", class_="cron", reason="r", state="waiting")
    pauses = (Pause(since=T0, until=None, scope=Scope(model="Haiku", class_="odd")),)
    assert pause_targets(status, known, Launches(waiting=(waiting,)), pauses) == PauseTargets(
        accounts=("work", "home"),
        classes=("batch", "nightly", "autonomous", "cron", "odd"),
        models=("Opus", "Fable", "sonnet", "Haiku"),
    )


def test_the_one_account_is_nothing_to_pause_apart():
    found = pause_targets(Status(written_at=T0, accounts=(windowed("work"),)), Settings(), Launches(), ())
    assert found == PauseTargets()
    assert found.scopes() == ()


# ---- which account the icon shows


def shown(*used: tuple[str, float, float], pinned: str = "", **thresholds) -> tuple[str, bool, float]:
    story = Story(settings(accounts=[name for name, _, _ in used], **thresholds))
    if pinned:
        story = Story(_pinned(story.settings, pinned))
    for name, session, week in used:
        story >> sample(account=name, session=session, week=week)
    view = story.state.view
    return view.icon.name, view.pinned, view.outer.used


def _pinned(known: Settings, name: str) -> Settings:
    return replace(known, appearance=replace(known.appearance, icon_account=name))


@pytest.mark.parametrize(
    ("used", "thresholds", "expected"),
    [
        ((("a", 0.5, 0.1), ("b", 0.6, 0.1)), {}, "b"),
        ((("a", 0.5, 0.1), ("b", 0.1, 0.6)), {}, "b"),
        ((("a", 0.5, 0.1), ("b", 0.5, 0.1)), {}, "a"),
        ((("a", 0.6, 0.1), ("b", 0.1, 0.5)), {"week_pct": 60}, "b"),  # 60 % of its limit against 83 %
        ((("a", 0.89, 0.1), ("b", 0.1, 0.5)), {"week_pct": 50, "session_pct": 89.5}, "b"),  # closed before full
    ],
)
def test_the_icon_shows_the_account_that_is_closest_to_its_limit(used, thresholds, expected):
    assert shown(*used, **thresholds)[:2] == (expected, False)


def test_the_icon_shows_the_account_that_was_chosen_while_it_exists():
    used = (("a", 0.5, 0.1), ("b", 0.6, 0.1))
    assert shown(*used, pinned="a") == ("a", True, 0.5)
    assert shown(*used, pinned="gone") == ("b", False, 0.6)


def test_an_account_without_a_reading_is_closest_to_nothing():
    story = Story(settings(accounts=("a", "b"))) >> sample(account="b", session=0.0)
    assert story.state.view.icon.name == "b"
