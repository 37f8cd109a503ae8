"""Tiers, bands and chains: what a table of them means, and what a wrong one says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.route_settings import DEFAULT_TIERS, TRIGGERS, Bands, Failover, Tier
from ringfence.core.settings import Settings, parse_settings

TWO = [{"name": "work", "config_dir": "~/w"}, {"name": "home", "config_dir": "~/h"}]


def faults(raw) -> dict[str, str]:
    made, found = parse_settings(raw)
    if found:
        assert made == Settings()
    return {fault.key: fault.reason for fault in found}


def test_without_a_word_there_is_claude_and_a_local_tier():
    made, found = parse_settings({})
    assert not found
    assert made.tiers == DEFAULT_TIERS
    assert [(t.name, t.kind, t.model) for t in made.tiers] == [("claude", "claude", None), ("local", "local", None)]
    assert made.bands == Bands(burst=(0, 50), active=(50, 80), resting=(80, 100))
    assert (made.route.strategy, made.route.cooldown_s, made.failover) == ("soonest-reset", 600, ())


def test_tiers_bands_and_chains_are_read():
    made, found = parse_settings(
        {
            "accounts": TWO,
            "route": {
                "strategy": "most-left",
                "tiers": [
                    {"name": "opus", "model": "opus"},
                    {"name": "ollama", "kind": "local", "model": "qwen3:32b"},
                ],
                "bands": {"burst": [0, 30], "active": [30, 90], "resting": [90, 100]},
            },
            "failover": [{"class": "batch", "chain": ["work", "home", "ollama"], "triggers": ["exhausted"]}],
        }
    )
    assert not found
    assert made.route.strategy == "most-left"
    assert made.tiers == (Tier(name="opus", model="opus"), Tier(name="ollama", kind="local", model="qwen3:32b"))
    assert made.bands == Bands(burst=(0, 30), active=(30, 90), resting=(90, 100))
    assert made.failover == (Failover(class_="batch", chain=("work", "home", "ollama"), triggers=("exhausted",)),)


def test_a_chain_without_triggers_follows_every_cause_and_a_chain_of_one_none():
    raw = {"accounts": TWO, "failover": [{"class": "a", "chain": ["work", "home"]}, {"class": "b", "chain": ["home"]}]}
    made, found = parse_settings(raw)
    assert not found
    assert [f.triggers for f in made.failover] == [TRIGGERS, ()]


@pytest.mark.parametrize(
    ("raw", "key", "word"),
    [
        ({"route": {"strategy": "random"}}, "route.strategy", "soonest-reset, most-left, in-order"),
        ({"route": {"cooldown_s": -1}}, "route.cooldown_s", "from 0"),
        ({"route": {"hysteresis_pct": 101}}, "route.hysteresis_pct", "from 0 to 100"),
        ({"route": {"stategy": "in-order"}}, "route.stategy", "did you mean strategy?"),
        ({"route": {"tiers": []}}, "route.tiers", "at least one"),
        ({"route": {"tiers": {}}}, "route.tiers", "[[route.tiers]]"),
        ({"route": {"tiers": [{"model": "opus"}]}}, "route.tiers[0].name", "not empty"),
        ({"route": {"tiers": [{"name": "a", "kind": "gpt"}]}}, "route.tiers[0].kind", "claude, local"),
        ({"route": {"tiers": [{"name": "a", "modle": "x"}]}}, "route.tiers[0].modle", "did you mean model?"),
        ({"route": {"tiers": [{"name": "a", "model": 3}]}}, "route.tiers[0].model", "text"),
        ({"route": {"tiers": [{"name": "a"}, {"name": "a"}]}}, "route.tiers[1].name", "twice"),
        ({"route": {"bands": []}}, "route.bands", "table"),
        ({"route": {"bands": {"bursts": [0, 50]}}}, "route.bands.bursts", "did you mean burst?"),
        ({"route": {"bands": {"burst": [0, 60]}}}, "route.bands.active", "overlaps"),
        ({"route": {"bands": {"active": [50, 90]}}}, "route.bands.resting", "overlaps"),
        ({"route": {"bands": {"burst": [0, 40]}}}, "route.bands.active", "gap"),
        ({"route": {"bands": {"burst": [10, 50]}}}, "route.bands.burst", "begin at 0"),
        ({"route": {"bands": {"resting": [80, 90]}}}, "route.bands.resting", "end at 100"),
        ({"route": {"bands": {"active": [80, 50]}}}, "route.bands.active", "before it begins"),
        ({"route": {"bands": {"active": [50, float("nan")]}}}, "route.bands.active", "percentages"),
        ({"failover": {}}, "failover", "[[failover]]"),
        ({"failover": [{"chain": ["claude", "local"]}]}, "failover[0].class", "not empty"),
        ({"failover": [{"class": "a"}]}, "failover[0].chain", "at least one"),
        ({"failover": [{"class": "a", "chain": []}]}, "failover[0].chain", "at least one"),
        ({"failover": [{"class": "a", "chain": ["claude", "claude"]}]}, "failover[0].chain[1]", "another one"),
        ({"failover": [{"class": "a", "chain": ["claud", "local"]}]}, "failover[0].chain[0]", "did you mean claude?"),
        (
            {"failover": [{"class": "a", "chain": ["claude"], "triggers": ["exhausted"]}]},
            "failover[0].triggers",
            "chain of one",
        ),
        ({"failover": [{"class": "a", "chain": ["claude", "local"], "triggers": []}]}, "failover[0].triggers", "cause"),
        (
            {"failover": [{"class": "a", "chain": ["claude", "local"], "triggers": ["rain"]}]},
            "failover[0].triggers",
            "threshold, exhausted",
        ),
        (
            {"failover": [{"class": "a", "chain": ["claude", "local"]}, {"class": "a", "chain": ["local"]}]},
            "failover[1].class",
            "already",
        ),
        (
            {"accounts": [{"name": "claude"}], "failover": [{"class": "a", "chain": ["claude", "local"]}]},
            "failover[0].chain[0]",
            "an account and a tier",
        ),
    ],
    ids=repr,
)
def test_a_fault_names_its_key_and_its_reason(raw, key, word):
    """DESIGN 3."""
    found = faults(raw)
    assert list(found) == [key]
    assert word in found[key]


def test_a_fault_never_repeats_the_value():
    """DESIGN 2.8: a secret may be pasted by mistake."""
    canary = "sk-ant-oat01-canary"
    for raw in (
        {"route": {"tiers": [{"name": "a", "kind": canary}]}},
        {"route": {"bands": {"burst": [canary, 1]}}},
        {"failover": [{"class": "a", "chain": [canary, "local"]}]},
        {"failover": [{"class": "a", "chain": ["claude", "local"], "triggers": [canary]}]},
    ):
        assert canary not in repr(parse_settings(raw)[1])
        assert faults(raw)


TOML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tiers", "bands", "burst", "active", "name", "kind", "class", "chain", "triggers", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(route=TOML, failover=TOML)
def test_any_table_gives_settings_or_faults(route, failover):
    made, found = parse_settings({"route": route, "failover": failover})
    assert isinstance(made, Settings)
    assert all(fault.key.startswith(("route", "failover")) for fault in found)
