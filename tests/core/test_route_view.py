"""What a face shows of routes: each class by each value, from the same rule that launchers ask."""

from __future__ import annotations

import pytest

from parts.fleet import HOUR, NOW, facts, fleet_settings, gate, hold, window
from ringfence.core.failover import QUARANTINE_DEFAULT_S, refused
from ringfence.core.route_memory import Line, Quarantine, RouteMemory
from ringfence.core.route_view import route_view
from ringfence.core.settings import Settings
from ringfence.route_facts import Request
from ringfence.route_rules import decide_route

TIERS = [
    {"name": "opus", "model": "opus"},
    {"name": "sonnet", "model": "sonnet"},
    {"name": "ollama", "kind": "local", "model": "qwen3:32b"},
]
CHAIN = [{"class": "batch", "chain": ["home", "work", "ollama"], "triggers": ["threshold", "exhausted"]}]
HALF = (window("work", "session", 62), window("home", "session", 10))


def seen(settings, document, memory=None, classes=(), signed_out=()):
    return route_view(facts(settings, document, memory, signed_out), settings, classes, NOW)


def test_values_that_get_the_same_answer_share_one():
    settings = fleet_settings("work", tiers=TIERS)
    (any_class,) = seen(settings, gate("work", windows=HALF[:1])).routes
    assert [(a.values, a.tier) for a in any_class.answers] == [(("high",), "opus"), (("medium", "low"), "sonnet")]
    (calm,) = seen(settings, gate("work", windows=[window("work", "session", 10)])).routes
    assert [a.values for a in calm.answers] == [("high", "medium", "low")]


@pytest.mark.parametrize("class_", [None, "batch", "cron"])
def test_every_answer_is_the_rule_s_own(class_):
    settings = fleet_settings("work", "home", tiers=TIERS, failover=CHAIN)
    document = gate("work", "home", windows=HALF, holds=[hold("manual", until=NOW + HOUR, class_="cron")])
    routes = {r.class_: r for r in seen(settings, document, classes=["cron", "batch"]).routes}
    assert list(routes) == [None, "batch", "cron"]
    for answer in routes[class_].answers:
        for value in answer.values:
            made = decide_route(Request(value, class_=class_), facts(settings, document), NOW)
            assert (answer.verdict, answer.account, answer.tier, answer.why, answer.until) == (
                made.verdict, made.account, made.tier, made.why, made.until,
            )  # fmt: skip


def test_a_chain_says_where_it_stands_what_is_in_the_way_and_what_was_left():
    settings = fleet_settings("work", "home", tiers=TIERS, failover=CHAIN)
    memory = RouteMemory(chains=(Line(class_="batch", at="work", since=NOW - 60, left={"home": NOW - 60}),))
    document = gate("work", "home", windows=HALF, holds=[hold(account="home")])
    _, batch = seen(settings, document, memory).routes
    assert [(p.name, p.here, bool(p.obstacle)) for p in batch.chain] == [
        ("home", False, True), ("work", True, False), ("ollama", False, False),
    ]  # fmt: skip
    assert batch.chain[0].left_until == NOW + 540
    assert (batch.since, batch.triggers) == (NOW - 60, ("threshold", "exhausted"))


def test_a_class_at_its_first_place_has_no_since():
    settings = fleet_settings("work", "home", tiers=TIERS, failover=CHAIN)
    _, batch = seen(settings, gate("work", "home", windows=HALF)).routes
    assert batch.since is None
    assert [p.here for p in batch.chain] == [True, False, False]


def test_who_refused_a_run_is_told_until_the_end():
    settings = fleet_settings("work", "home")
    memory = refused(RouteMemory(), "work", None, None, NOW)
    assert seen(settings, gate("work", "home"), memory).quarantined == (
        Quarantine(account="work", until=NOW + QUARANTINE_DEFAULT_S),
    )
    over = RouteMemory(quarantined=(Quarantine(account="work", until=NOW),))
    assert seen(settings, gate("work", "home"), over).quarantined == ()


def test_one_account_as_it_comes_is_nothing_to_choose():
    assert not seen(Settings(), gate("default")).configured
    assert seen(fleet_settings("work", "home"), gate("work", "home")).configured
    assert seen(fleet_settings("work", tiers=TIERS), gate("work")).configured
    assert seen(fleet_settings("work", failover=[{"class": "b", "chain": ["work"]}]), gate("work")).configured
