"""The settings' declarations, their check, and what a wrong table says (DESIGN 3)."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parts.settings import raw_settings
from ringfence.core import settings as declared
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.address import url_fault
from ringfence.core.declared import Kind, check_value
from ringfence.core.settings import GateSettings, Settings, Thresholds, Tmux, floor_of, parse_settings, schema

SCHEMA = {setting.key: setting for setting in schema()}
NUMBERS = {Kind.THRESHOLD, Kind.THRESHOLDS, Kind.SECONDS}


def faults(raw) -> dict[str, str]:
    made, found = parse_settings(raw)
    if found:
        assert made == Settings()
    return {fault.key: fault.reason for fault in found}


@pytest.mark.parametrize("setting", schema(), ids=lambda s: s.key)
def test_every_setting_is_declared_completely(setting):
    """DESIGN 6: declared once; default, check, dialog row, settings text and README table come from it."""
    assert setting.label
    assert setting.help.endswith(".")
    assert (setting.kind in NUMBERS) == (setting.low is not None) == (setting.high is not None)
    assert (setting.kind is Kind.CHOICE) == bool(setting.choices)
    assert not set(setting.choices) & set(setting.choices.values()), "a word of the file is none for people"
    assert bool(setting.unit) == (setting.kind in NUMBERS)


@pytest.mark.parametrize("setting", schema(), ids=lambda s: s.key)
def test_every_default_passes_its_own_check(setting):
    if setting.default is not None:  # off
        value, reason = check_value(setting, setting.default)
        assert reason is None
        assert value == setting.default


def test_the_schema_is_what_settings_has():
    sections = {f.name: f.default for f in fields(Settings) if is_dataclass(f.default)}
    assert set(SCHEMA) == {f"{name}.{f.name}" for name, made in sections.items() for f in fields(made)}


def test_an_empty_table_is_the_defaults():
    """DESIGN 3."""
    made, found = parse_settings({})
    assert (made, found) == (Settings(), ())
    assert (made.usage.interval_s, made.gate.blind_after_s, made.gate.if_unknown) == (300, 1200, "open")
    assert made.thresholds == Thresholds(session_pct=None, week_pct=None, models={})
    assert made.accounts == (DEFAULT_ACCOUNT,)


@pytest.mark.parametrize(
    ("raw", "key", "word"),
    [
        ({"thresholds": {"session_pct": 0}}, "thresholds.session_pct", "from 1 to 100"),
        ({"thresholds": {"session_pct": 101}}, "thresholds.session_pct", "from 1 to 100"),
        ({"thresholds": {"session_pct": 10**400}}, "thresholds.session_pct", "from 1 to 100"),
        ({"thresholds": {"session_pct": True}}, "thresholds.session_pct", "number"),
        ({"thresholds": {"session_pct": "90"}}, "thresholds.session_pct", "number"),
        ({"thresholds": {"session_pct": float("nan")}}, "thresholds.session_pct", "number"),
        ({"thresholds": {"week_pct": float("inf")}}, "thresholds.week_pct", "number"),
        ({"thresholds": {"sesion_pct": 90}}, "thresholds.sesion_pct", "did you mean session_pct?"),
        ({"thresholds": {"zzz": 90}}, "thresholds.zzz", "is not a setting"),
        ({"thresholds": {"models": 3}}, "thresholds.models", "table of model names"),
        ({"thresholds": {"models": {"Opus": 0}}}, "thresholds.models", "Opus must be from 1 to 100"),
        ({"thresholds": 90}, "thresholds", "table"),
        ({"treshold": {}}, "treshold", "did you mean thresholds?"),
        ({"gate": {"if_unknown": "maybe"}}, "gate.if_unknown", "one of open, closed"),
        ({"gate": {"blind_after_s": 59}}, "gate.blind_after_s", "from 60 to 86400"),
        ({"notify": {"tiers": 1}}, "notify.tiers", "true or false"),
        ({"usage": {"proxy": 1}}, "usage.proxy", "text"),
        ({"usage": {"interval_s": 179}}, "usage.interval_s", "at least 180"),
        ({"usage": {"interval_s": 0.5, "base_url": "http://localhost:1"}}, "usage.interval_s", "from 1 to 3600"),
        ({"usage": {"base_url": "http://example.com"}}, "usage.base_url", "https://"),
        ({"tmux": {"pools": "agent"}}, "tmux.pools", "table of names and accounts"),
        ({"tmux": {"pools": {"": "default"}}}, "tmux.pools", "not empty"),
        ({"tmux": {"dedicated": {"agent": 1}}}, "tmux.dedicated", "not empty"),
        ({"tmux": {"dedicated": {"night": "wrk"}}}, "tmux.dedicated", "night must be given one of your accounts"),
        ({"tmux": {"pools": {"a-": "a"}}, "accounts": [{"name": "b"}]}, "tmux.pools", "a- must be given one of"),
        ({"tmux": {"every_s": 4}}, "tmux.every_s", "from 5 to 3600"),
        ({"tmux": {"pool": {}}}, "tmux.pool", "did you mean pools?"),
        ({"format": 2}, "format", "newer"),
        ({"format": True}, "format", "must be 1"),
        ({"format": "x"}, "format", "must be 1"),
        ({"accounts": {}}, "accounts", "[[accounts]]"),
        ({"accounts": [1]}, "accounts", "[[accounts]]"),
        ({"accounts": [{}]}, "accounts[0].name", "not empty"),
        ({"accounts": [{"name": " "}]}, "accounts[0].name", "not empty"),
        ({"accounts": [{"name": "a", "config_dir": ""}]}, "accounts[0].config_dir", "not empty"),
        ({"accounts": [{"name": "a", "nam": "b"}]}, "accounts[0].nam", "did you mean name?"),
        ({"accounts": [{"name": "a"}, {"name": "a"}]}, "accounts[1].name", "twice"),
        ({"accounts": [{"name": "a", "base_url": "ftp://x"}]}, "accounts[0].base_url", "https://"),
    ],
    ids=repr,
)
def test_a_fault_names_its_key_and_its_reason(raw, key, word):
    """DESIGN 3."""
    found = faults(raw)
    assert list(found) == [key]
    assert word in found[key]


def test_sessions_of_tmux_are_given_to_accounts_that_are_there():
    tmux = {"pools": {"agent-": "work"}, "dedicated": {"night shift": "home"}, "every_s": 60}
    made, found = parse_settings({"tmux": tmux, "accounts": [{"name": "work"}, {"name": "home"}]})
    assert found == ()
    assert made.tmux == Tmux(pools={"agent-": "work"}, dedicated={"night shift": "home"}, every_s=60)
    assert Settings().tmux == Tmux(pools={}, dedicated={}, every_s=30)


def test_every_fault_is_told_at_once():
    assert len(faults({"thresholds": {"session_pct": 0, "week_pct": 0}, "notify": {"x": 1}})) == 3


def test_a_fault_never_repeats_the_value():
    """DESIGN 2.8: a secret may be pasted by mistake."""
    canary = "sk-ant-oat01-canary"
    for setting in schema():
        section, name = setting.key.split(".")
        pasted = {Kind.THRESHOLDS: canary, Kind.ACCOUNTS: {"agent": canary}}.get(setting.kind, {canary: canary})
        raw = {section: {name: pasted}}
        assert canary not in repr(parse_settings(raw)[1])


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://api.anthropic.com", True),
        ("https://gateway.example.com:8443/base", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:9", True),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.evil.com", False),
        ("http://localhost@evil.com", False),
        ("https://me@host", False),
        ("https://:secret@host", False),
        ("https://host/?key=1", False),
        ("https://host/#x", False),
        ("https://ho st", False),
        ("https://ho\nst", False),
        ("https://host:port", False),
        ("https://[", False),
        ("https://", False),
        ("ftp://host", False),
        ("", False),
        (3, False),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(url, fine):
    """DESIGN 3: https, or http on loopback alone."""
    assert (url_fault(url) is None) is fine


def test_the_floor_is_the_hosts():
    """DESIGN 3."""
    assert floor_of("https://api.anthropic.com") == 180
    assert floor_of("http://127.0.0.1:1") == floor_of("http://localhost") == floor_of("http://[::1]") == 1


def test_an_account_with_an_endpoint_of_its_own_has_that_hosts_floor():
    """DESIGN 3."""
    raw = {"usage": {"base_url": "http://127.0.0.1:1", "interval_s": 5}}
    assert faults(raw) == {}
    raw["accounts"] = [{"name": "a"}, {"name": "b", "base_url": "https://api.anthropic.com"}]
    assert list(faults(raw)) == ["usage.interval_s"]
    made = Settings(accounts=(Account(name="b", base_url="https://x"),), usage=declared.Usage(interval_s=5))
    assert made.interval_of(made.accounts[0]) == 180


def test_no_accounts_is_the_login_found_without_any():
    """DESIGN 3."""
    assert parse_settings({"accounts": []})[0].accounts == (DEFAULT_ACCOUNT,)


PCT = st.none() | st.floats(1, 100)
NAMES = st.text(min_size=1, max_size=8).filter(str.strip)
SETTINGS = st.builds(
    Settings,
    thresholds=st.builds(
        Thresholds,
        session_pct=PCT,
        week_pct=PCT,
        models=st.dictionaries(st.text(max_size=8), st.floats(1, 100), max_size=3),
        unnamed_model_counts=st.booleans(),
    ),
    gate=st.builds(GateSettings, if_unknown=st.sampled_from(["open", "closed"]), blind_after_s=st.floats(60, 86400)),
    usage=st.builds(declared.Usage, interval_s=st.floats(180, 3600), proxy=st.text(max_size=5)),
    notify=st.builds(declared.Notify, tiers=st.booleans(), blind=st.booleans()),
    appearance=st.builds(declared.Appearance, panel=st.sampled_from(["auto", "dark", "light"])),
    accounts=st.just((DEFAULT_ACCOUNT,))
    | st.lists(
        st.builds(Account, name=NAMES, config_dir=st.none() | NAMES, base_url=st.none() | st.just("https://x")),
        min_size=1,
        max_size=3,
        unique_by=lambda a: a.name,
    ).map(tuple),
)


@given(SETTINGS)
def test_what_is_written_is_read_back(made):
    assert parse_settings({"format": 1, **raw_settings(made)}) == (made, ())


TOML = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*declared._SECTIONS, "accounts", "format", "x"]), TOML))
def test_any_table_is_settings_or_faults(raw):
    made, found = parse_settings(raw)
    assert isinstance(made, Settings)
    assert all(fault.key and fault.reason for fault in found)


@pytest.mark.parametrize("port", [80.5, -1, 65536, True, "80", float("nan"), float("inf"), 10**400])
def test_what_is_no_port_is_refused(port):
    assert faults({"api": {"port": port}}) == {"api.port": "must be a port from 0 to 65535"}


@pytest.mark.parametrize("port", [0, 8765, 8765.0, 65535])
def test_a_port_is_a_whole_number(port):
    chosen, _ = parse_settings({"api": {"enabled": True, "port": port}})
    assert (chosen.api.enabled, chosen.api.port, type(chosen.api.port)) == (True, port, int)
