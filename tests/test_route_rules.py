"""The rule of routes, one decision at a time (docs/route.md)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parts.fleet import DAY, HOUR, NOW, facts, fleet_settings, gate, hold, window
from ringfence import gate_reader
from ringfence.core.route_memory import Line, Quarantine, RouteMemory
from ringfence.route_facts import Request
from ringfence.route_rules import decide_route, takes

TIERS = [
    {"name": "opus", "model": "opus"},
    {"name": "sonnet", "model": "sonnet"},
    {"name": "ollama", "kind": "local", "model": "qwen3:32b"},
]


def decide(settings, document, value=None, memory=None, signed_out=(), **request):
    return decide_route(Request(value, **request), facts(settings, document, memory, signed_out), NOW)


def one(used_pct, value, *, week_pct=0, tiers=TIERS, **more):
    windows = (window("work", "session", used_pct), window("work", "week", week_pct, DAY))
    return decide(fleet_settings("work", tiers=tiers), gate("work", windows=windows), value, **more)


@pytest.mark.parametrize(
    ("used_pct", "low", "medium", "high"),
    [
        (0, "opus", "opus", "opus"),
        (49.9, "opus", "opus", "opus"),
        (50, "sonnet", "sonnet", "opus"),
        (79, "sonnet", "sonnet", "opus"),
        (80, "ollama", "ollama", "sonnet"),
        (130, "ollama", "ollama", "sonnet"),
    ],
)
def test_bands_decide_which_tier_takes_the_work(used_pct, low, medium, high):
    """Issue 5.3: burst everything on the best, active high-value work alone, resting none; a tier down, a band less."""
    assert [one(used_pct, value).tier for value in ("low", "medium", "high")] == [low, medium, high]


def test_the_fuller_of_session_and_week_makes_the_band():
    assert one(10, "high", week_pct=85).tier == "sonnet"


def test_a_window_whose_reset_has_passed_makes_no_band():
    windows = (window("work", "session", 95, resets_in=-1),)
    assert decide(fleet_settings("work", tiers=TIERS), gate("work", windows=windows), "low").tier == "opus"


def test_a_models_week_counts_for_its_own_tier_alone():
    windows = (window("work", "session", 10), window("work", "model:Opus", 90, DAY))
    made = decide(fleet_settings("work", tiers=TIERS), gate("work", windows=windows), "low")
    assert (made.tier, made.model, made.account) == ("sonnet", "sonnet", "work")


def test_without_a_value_bands_do_not_count():
    assert one(99, None).tier == "opus"


def test_three_tiers_down_everything_runs_again():
    assert [takes("low", "resting", depth) for depth in range(3)] == [False, False, True]
    assert [takes("high", "resting", depth) for depth in range(3)] == [False, True, True]


@pytest.mark.parametrize("document", [None, gate("work", blind=("work",)), gate("work", lease_until=NOW - 1)])
def test_without_evidence_the_answer_is_the_local_tier(document):
    """Issue 5.3."""
    made = decide(fleet_settings("work", tiers=TIERS), document, "high")
    assert (made.verdict, made.tier, made.model, made.account, made.code) == (
        "start", "ollama", "qwen3:32b", None, "no_evidence",
    )  # fmt: skip


def test_without_evidence_and_without_a_local_tier_nobody_can_tell():
    made = decide(fleet_settings("work", tiers=TIERS[:2]), None, "high")
    assert (made.verdict, made.code) == ("wait", "no_evidence")


def test_a_closed_account_is_passed_over_and_named():
    windows = (window("work", "session", 10), window("home", "session", 20))
    made = decide(fleet_settings("work", "home"), gate("work", "home", holds=[hold(account="work")], windows=windows))
    assert (made.account, made.config_dir) == ("home", "/claude/home")
    assert any(step.name == "work" and step.code == "threshold" and not step.taken for step in made.path)


def test_when_all_are_closed_it_waits_for_the_first_reset():
    holds = [hold(account="work", until=NOW + 2 * HOUR), hold(account="home", until=NOW + HOUR)]
    made = decide(fleet_settings("work", "home", tiers=TIERS[:1]), gate("work", "home", holds=holds))
    assert (made.verdict, made.code, made.until) == ("wait", "threshold", NOW + HOUR)
    assert made.hold == holds[1]


def test_a_pause_of_everything_holds_local_work_too():
    made = decide(fleet_settings("work", tiers=TIERS), gate("work", holds=[hold("manual", until=None)]), "low")
    assert (made.verdict, made.code) == ("refused", "paused")


def test_a_pause_of_one_account_or_model_does_not_hold_local_work():
    holds = [hold("manual", until=None, account="work"), hold("manual", until=None, model="opus")]
    made = decide(fleet_settings("work", tiers=TIERS), gate("work", holds=holds), "low")
    assert made.tier == "ollama"


def test_a_pause_of_a_class_holds_that_class_alone():
    document = gate("work", holds=[hold("manual", until=NOW + HOUR, class_="batch")])
    settings = fleet_settings("work", tiers=TIERS)
    held = decide(settings, document, class_="batch")
    assert (held.verdict, held.until) == ("wait", NOW + HOUR)
    assert decide(settings, document).account == decide(settings, document, class_="other").account == "work"


def test_an_account_that_is_named_is_the_only_one():
    document = gate("work", "home", holds=[hold(account="work")])
    made = decide(fleet_settings("work", "home", tiers=TIERS[:1]), document, account="work")
    assert made.verdict == "wait"
    unknown = decide(fleet_settings("work"), document, account="nobody")
    assert (unknown.verdict, unknown.code) == ("refused", "unknown_account")
    assert "work" in unknown.why


def test_an_account_without_a_folder_is_no_place_to_start():
    settings = fleet_settings("work", tiers=TIERS[:1])
    bare = replace(settings, accounts=(replace(settings.accounts[0], config_dir=None),))
    assert decide(bare, gate("work")).code == "no_folder"
    login = replace(settings, accounts=(replace(settings.accounts[0], config_dir=None, default=True),))
    made = decide(login, gate("work"))
    assert (made.verdict, made.account, made.config_dir) == ("start", "work", None)


def test_a_model_that_is_asked_for_is_kept():
    assert one(10, "low", model="claude-sonnet-4-6").tier == "sonnet"
    assert one(10, "low", model="claude-sonnet-4-6").model == "claude-sonnet-4-6"
    nothing = one(10, "low", model="haiku", tiers=TIERS[:2])
    assert (nothing.verdict, nothing.code) == ("refused", "no_tier")


# ---- which of several accounts


def two(strategy, work, home, memory=None, **more):
    windows = [
        window(name, id_, used, resets_in)
        for name, (used, resets_in) in (("work", work), ("home", home))
        for id_ in ("session",)
    ]
    settings = fleet_settings("work", "home", strategy=strategy, **more)
    return decide(settings, gate("work", "home", windows=windows), memory=memory).account


def taken(name, ago, **left):
    return RouteMemory(choices=(Line(at=name, since=NOW - ago, left={n: NOW - s for n, s in left.items()}),))


@pytest.mark.parametrize(
    ("strategy", "work", "home", "chosen"),
    [
        ("in-order", (49, 4 * HOUR), (1, HOUR), "work"),
        ("in-order", (99, 4 * HOUR), (1, HOUR), "work"),
        ("most-left", (30, HOUR), (20, HOUR), "home"),
        ("most-left", (20, HOUR), (30, HOUR), "work"),
        ("soonest-reset", (10, 3 * HOUR), (40, HOUR), "home"),
        ("soonest-reset", (10, 3 * HOUR), (60, HOUR), "work"),
        ("soonest-reset", (10, None), (40, HOUR), "home"),
    ],
)
def test_the_strategy_chooses_the_first_account(strategy, work, home, chosen):
    assert two(strategy, work, home) == chosen


@pytest.mark.parametrize(
    ("ago", "work", "home", "chosen"),
    [
        (599, 90, 10, "work"),
        (600, 90, 10, "home"),
        (600, 14, 10, "work"),
        (600, 15, 10, "home"),
    ],
)
def test_a_better_account_is_taken_after_the_cool_down_and_by_more_than_the_hysteresis(ago, work, home, chosen):
    assert two("most-left", (work, HOUR), (home, HOUR), taken("work", ago)) == chosen


def test_an_account_that_was_left_lately_is_not_taken_again():
    document = gate("work", "home", holds=[hold(account="home")])
    settings = fleet_settings("work", "home", tiers=TIERS[:1])
    soon = decide(settings, document, memory=taken("home", 30, work=599))
    assert (soon.verdict, soon.code, soon.until) == ("wait", "cooldown", NOW + 1)
    assert decide(settings, document, memory=taken("home", 30, work=600)).account == "work"


def test_a_line_of_a_class_and_a_model_goes_before_the_general_one():
    lines = (Line(at="work", since=NOW), Line(class_="batch", model="Opus", at="home", since=NOW))
    settings, document = fleet_settings("work", "home"), gate("work", "home")
    memory = RouteMemory(choices=lines)
    assert decide(settings, document, memory=memory).account == "work"
    assert decide(settings, document, memory=memory, class_="batch", model="claude-opus-4-6").account == "home"


def test_an_account_that_refused_is_left_alone_until_its_reset():
    def asked(model, until, wanted=None):
        memory = RouteMemory(quarantined=(Quarantine(account="work", model=model, until=until),))
        return decide(fleet_settings("work", "home"), gate("work", "home"), memory=memory, model=wanted).account

    assert asked(None, NOW + 1) == "home"
    assert asked(None, NOW) == "work"
    assert asked("opus", NOW + 1) == asked("opus", NOW + 1, "sonnet") == "work"
    assert asked("opus", NOW + 1, "claude-opus-4-6") == "home"


# ---- chains


def chain(*places, triggers=None):
    made = {"class": "batch", "chain": list(places)}
    return [made | ({"triggers": triggers} if triggers else {})]


def in_chain(document, *, value=None, triggers=None, places=("work", "home", "ollama"), memory=None, signed_out=()):
    settings = fleet_settings("work", "home", tiers=TIERS, failover=chain(*places, triggers=triggers))
    return decide(settings, document, value, memory=memory, signed_out=signed_out, class_="batch")


def test_a_class_stands_at_the_first_place_of_its_chain():
    made = in_chain(gate("work", "home"))
    assert (made.account, made.code) == ("work", "best")


@pytest.mark.parametrize("kind", ["threshold", "exhausted", "budget"])
def test_a_trigger_moves_the_class_on_and_another_cause_makes_it_wait(kind):
    document = gate("work", "home", holds=[hold(kind, account="work")])
    made = in_chain(document, triggers=[kind])
    assert (made.account, made.code) == ("home", "failover")
    others = [t for t in ("threshold", "exhausted", "budget", "auth_error") if t != kind]
    waits = in_chain(document, triggers=others)
    assert (waits.verdict, waits.code) == ("wait", kind)


def test_a_login_that_is_missing_is_a_trigger_of_its_own():
    made = in_chain(gate("work", "home"), triggers=["auth_error"], signed_out=("work",))
    assert made.account == "home"
    assert in_chain(gate("work", "home"), triggers=["budget"], signed_out=("work",)).verdict == "wait"


def test_a_pause_is_no_trigger():
    made = in_chain(gate("work", "home", holds=[hold("manual", account="work", until=None)]))
    assert (made.verdict, made.code) == ("refused", "paused")


def test_at_the_end_of_the_chain_there_is_the_local_tier():
    document = gate("work", "home", holds=[hold(account="work"), hold("exhausted", account="home")])
    made = in_chain(document)
    assert (made.tier, made.model, made.account) == ("ollama", "qwen3:32b", None)


def test_a_band_sends_routine_work_of_a_chain_further():
    windows = (window("work", "session", 85), window("home", "session", 10))
    made = in_chain(gate("work", "home", windows=windows), value="low")
    assert (made.account, made.tier) == ("home", "opus")


def test_a_tier_in_a_chain_is_on_whichever_account_is_open():
    document = gate("work", "home", holds=[hold(account="work")])
    made = in_chain(document, places=("sonnet", "ollama"))
    assert (made.account, made.tier, made.model) == ("home", "sonnet", "sonnet")
    both = gate("work", "home", holds=[hold(account="work"), hold(account="home")])
    assert in_chain(both, places=("sonnet", "ollama")).tier == "ollama"


def test_a_chain_answers_its_local_tier_when_nothing_is_known():
    assert in_chain(None).tier == "ollama"


def test_a_class_comes_back_after_the_cool_down():
    def asked(ago):
        lines = (Line(class_="batch", at="home", since=NOW - ago, left={"work": NOW - ago}, cause="threshold"),)
        return in_chain(gate("work", "home"), memory=RouteMemory(chains=lines)).account

    assert [asked(599), asked(600)] == ["home", "work"]


SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "account": st.sampled_from(["work", "home"]),
        "class_": st.sampled_from(["batch", "chat"]),
        "model": st.sampled_from(["opus", "sonnet"]),
    },
)


HOLDS = st.builds(lambda kind, scope: hold(kind, **scope), st.sampled_from(["manual", "threshold"]), SCOPES)


@given(
    holds=st.lists(HOLDS),
    project=st.booleans(),
    quarantined=st.lists(st.builds(Quarantine, account=st.just("work"), model=st.sampled_from([None, "opus"]),
                                   until=st.just(NOW + 9))),
)  # fmt: skip
def test_one_answer_for_several_kinds_of_launch_is_the_answer_of_each(holds, project, quarantined):
    """Facts keep an answer for all launches that nothing tells apart; asked of nothing else they agree."""
    document = gate("work", "home", holds=holds)
    if project:
        document["project_holds"] = [hold(project="/p", class_="batch")]
    memory, settings = RouteMemory(quarantined=tuple(quarantined)), fleet_settings("work", "home")
    kept = facts(settings, document, memory)
    for account, model, class_ in product(("work", "home"), (None, "opus", "sonnet"), (None, "batch", "chat", "other")):
        once = facts(settings, document, memory).obstacle(account, model, class_, NOW)
        met = kept.obstacle(account, model, class_, NOW)
        assert (once and (once.code, once.why)) == (met and (met.code, met.why)), (account, model, class_)
        gate_says = gate_reader.evaluate(document, NOW, account=account, model=model, class_=class_)
        assert (met is None) <= (gate_says.verdict == gate_reader.OPEN)
