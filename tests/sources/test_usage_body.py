"""What the endpoint's body says (FORMATS A2): every published body, and what may stand in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.model import SESSION_S, WEEK_S, FailureKind, Money, Sample, Window, WindowState
from ringfence.ports import SourceError
from ringfence.sources.usage_body import MOST_WINDOWS, parse_usage

DATA = Path(__file__).parent.parent / "data" / "oauth_usage"
NOW = 1_783_300_000.0


def parse(body: Any) -> Sample:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_usage(raw, account="me", source="oauth_usage", now=NOW, plan="max", skew_s=0.5)


def refused(body: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        parse(body)
    return caught.value


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def row(kind: str, percent: Any, resets_at: Any = "2026-07-06T11:00:00Z", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "percent": percent, "resets_at": resets_at, **more}


def scoped(model: Any = None, surface: Any = None) -> dict[str, Any]:
    named = {"model": {"id": None, "display_name": model} if model else None}
    return {"scope": {**named, "surface": {"display_name": surface} if surface else None}}


SESSION, WEEK = row("session", 10), row("weekly_all", 20)


# ---- every published body --------------------------------------------------------------------------------------------

PUBLISHED: dict[str, list[tuple[str, str, float, str | None]]] = {
    "2025-11-04_early_max5x": [
        ("session", "5-hour session", 0.06, "2025-11-04T05:00:00"),
        ("week", "Week", 0.35, "2025-11-06T04:00:00"),
        ("model:Opus", "Opus week", 0.0, None),
    ],
    "2026-03-09_ccometixline_issue95": [
        ("session", "5-hour session", 0.37, "2026-03-10T04:59:59"),
        ("week", "Week", 0.26, "2026-03-15T15:00:00"),
        ("model:Sonnet", "Sonnet week", 0.01, "2026-03-16T21:00:00"),
    ],
    "2026-03-13_extra_enabled": [
        ("session", "5-hour session", 0.61, "2026-03-13T00:00:01"),
        ("week", "Week", 0.29, "2026-03-15T00:00:01"),
        ("model:Sonnet", "Sonnet week", 0.0, None),
        ("spend:monthly", "Monthly spend", 0.0, None),
    ],
    "2026-05-20_full_shape_no_limits": [
        ("session", "5-hour session", 0.68, "2026-05-20T20:00:01"),
        ("week", "Week", 0.55, "2026-05-22T01:00:00"),
        ("model:Sonnet", "Sonnet week", 0.38, "2026-05-22T01:00:00"),
        ("seven_day_omelette", "Omelette week", 0.0, None),
    ],
    "2026-07-06_cc2.1.201_session96_critical": [
        ("session", "5-hour session", 0.96, "2026-07-06T11:00:00"),
        ("week", "Week", 0.65, "2026-07-08T16:00:00"),
        ("model:Fable", "Fable week", 0.83, "2026-07-08T16:00:00"),
    ],
    "2026-08-04_cc2.1.221_eur": [
        ("session", "5-hour session", 0.10, "2026-08-04T16:20:00"),
        ("week", "Week", 0.29, "2026-08-06T19:00:00"),
        ("model:Fable", "Fable week", 0.32, "2026-08-06T19:00:00"),
    ],
    "gateway_spend_documented_cc2.1.330": [
        ("spend:monthly", "Monthly spend", 0.54, "2026-10-01T00:00:00"),
    ],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_body_parses_to_its_windows(name):
    windows = parse((DATA / f"{name}.json").read_bytes()).windows
    expected = [(i, label, used, None if reset is None else at(reset)) for i, label, used, reset in PUBLISHED[name]]
    assert [(w.id, w.label, w.used, w.resets_at) for w in windows] == expected


def test_no_published_body_is_forgotten_here():
    published = {path.stem for path in DATA.glob("*.json") if not path.stem.startswith("error_")}
    assert published == PUBLISHED.keys()


@pytest.mark.parametrize("name", ["error_401_invalid_token", "error_403_missing_scope", "error_429"])
def test_an_error_body_is_no_usage(name):
    assert refused((DATA / f"{name}.json").read_bytes()).kind is FailureKind.FORMAT_CHANGED


@pytest.mark.parametrize(
    ("name", "headline"),
    [("2026-07-06_cc2.1.201_session96_critical", "session"), ("2026-08-04_cc2.1.221_eur", "model:Fable")],
)
def test_the_servers_own_pick_is_the_headline(name, headline):
    windows = parse((DATA / f"{name}.json").read_bytes()).windows
    assert [w.id for w in windows if w.headline] == [headline]


def test_a_sample_carries_what_it_was_read_with():
    sample = parse({"five_hour": None, "seven_day": None})
    assert (sample.account, sample.source, sample.observed_at, sample.plan, sample.skew_s) == (
        "me", "oauth_usage", NOW, "max", 0.5,
    )  # fmt: skip


# ---- windows ---------------------------------------------------------------------------------------------------------


def test_durations_are_known_for_the_session_and_for_weeks():
    rows = [SESSION, WEEK, row("weekly_scoped", 3, **scoped("Fable")), row("hourly_burst", 4), row("weekly_new", 5)]
    windows = parse({"limits": rows, "seven_day_cowork": {"utilization": 1, "resets_at": None}}).windows
    assert {w.id: w.duration_s for w in windows} == {
        "session": SESSION_S, "week": WEEK_S, "model:Fable": WEEK_S, "hourly_burst": None, "weekly_new": WEEK_S,
        "seven_day_cowork": WEEK_S,
    }  # fmt: skip


def test_a_row_wins_over_the_named_window_of_the_same_limit():
    sample = parse({"five_hour": {"utilization": 99.0, "resets_at": None}, "limits": [SESSION]})
    assert [(w.id, w.used) for w in sample.windows] == [("session", 0.1)]


def test_a_named_window_fills_in_for_a_row_without_a_number():
    sample = parse({"five_hour": {"utilization": 44.0, "resets_at": None}, "limits": [row("session", None)]})
    assert [(w.id, w.used) for w in sample.windows] == [("session", 0.44)]


def test_named_windows_that_no_row_covers_are_added():
    sample = parse({"seven_day_opus": {"utilization": 7, "resets_at": None}, "limits": [SESSION, WEEK]})
    assert [w.id for w in sample.windows] == ["session", "week", "model:Opus"]
    assert sample.windows[2].model == "Opus"


def test_session_and_week_come_first_whatever_the_servers_order():
    rows = [row("weekly_scoped", 3, **scoped("Fable")), row("spend", 4, group="daily"), WEEK, SESSION]
    assert [w.id for w in parse({"limits": rows}).windows] == ["session", "week", "model:Fable", "spend:daily"]


def test_a_null_window_is_no_window_and_never_zero_percent():
    assert [w.id for w in parse({"five_hour": None, "seven_day": {"utilization": 5, "resets_at": None}}).windows] == [
        "week"
    ]


def test_zero_without_a_reset_is_a_window_that_has_not_started():
    window = parse({"five_hour": {"utilization": 0, "resets_at": None}}).windows[0]
    assert (window.used, window.resets_at, window.state(NOW)) == (0.0, None, WindowState.NOT_STARTED)


def test_a_window_without_a_number_is_unreported_and_not_zero():
    window = parse({"five_hour": {"utilization": None, "resets_at": None}}).windows[0]
    assert (window.used, window.state(NOW)) == (None, WindowState.UNREPORTED)


def test_a_window_may_be_over_its_limit():
    assert parse({"limits": [row("session", 105)]}).windows[0].used == 1.05


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-06T10:59:59.800387+00:00",
        "2026-07-06T11:00:00+00:00",
        "2026-07-06T11:00:00Z",
        "2026-07-06T11:00:00.000Z",
        "2026-07-06T11:00:00.499999Z",
        "2026-07-06T13:00:00+02:00",
        "2026-07-06T11:00:00",
    ],
)
def test_every_spelling_of_a_reset_is_the_same_whole_second(text):
    assert parse({"limits": [row("session", 5, text)]}).windows[0].resets_at == at("2026-07-06T11:00:00")


@pytest.mark.parametrize("reset", ["", "soon", "9999-99-99", "0001-01-01T00:00:00+14:00", 1795303550, True, [], {}])
def test_a_reset_that_is_no_instant_is_not_taken_for_a_window_that_has_not_started(reset):
    assert refused({"five_hour": {"utilization": 0, "resets_at": reset}}).kind is FailureKind.FORMAT_CHANGED


# ---- meters of other kinds -------------------------------------------------------------------------------------------


def test_an_unknown_row_is_shown_under_the_servers_name():
    window = parse({"limits": [SESSION, row("daily_routines", 12, None)]}).windows[1]
    assert (window.id, window.label, window.used, window.model) == ("daily_routines", "Daily routines", 0.12, None)


def test_an_unknown_named_window_is_shown_under_the_servers_name():
    window = parse({"limits": [SESSION], "nimbus_quill": {"utilization": 30.0, "resets_at": None}}).windows[1]
    assert (window.id, window.label, window.used) == ("nimbus_quill", "Nimbus quill", 0.3)


def test_other_objects_of_the_body_are_no_meters():
    body = {
        "limits": [SESSION],
        "seven_day_breakdown": {"as_of": "2026-09-01T00:00:00Z", "rows": [{"key": "chat", "percent": 5}]},
        "juniper_tide": {"eligible": True},
        "promo_credits": [{"utilization": 5}],
        "member_dashboard_available": False,
    }
    assert [w.id for w in parse(body).windows] == ["session"]


def test_two_models_have_a_week_each():
    rows = [SESSION, row("weekly_scoped", 1, **scoped("Fable")), row("weekly_scoped", 2, **scoped("Opus 5.5"))]
    windows = parse({"limits": rows}).windows[1:]
    assert [(w.id, w.model) for w in windows] == [("model:Fable", "Fable"), ("model:Opus 5.5", "Opus 5.5")]


def test_a_models_week_on_one_surface_is_another_window_than_its_week():
    rows = [row("weekly_scoped", 1, **scoped("Fable")), row("weekly_scoped", 2, **scoped("Fable", "Cowork"))]
    windows = parse({"limits": rows}).windows
    assert [(w.id, w.label) for w in windows] == [
        ("model:Fable", "Fable week"),
        ("model:Fable Cowork", "Fable Cowork week"),
    ]


def test_rows_of_one_unknown_kind_are_told_apart_by_what_they_are_for():
    rows = [
        SESSION,
        row("weekly_scoped", 1, **scoped(surface="Cowork")),
        row("weekly_scoped", 2, **scoped(surface="Chat")),
    ]
    windows = parse({"limits": rows}).windows[1:]
    assert [(w.id, w.label) for w in windows] == [
        ("weekly_scoped:Cowork", "Cowork week"),
        ("weekly_scoped:Chat", "Chat week"),
    ]


def test_rows_that_nothing_tells_apart_are_all_shown():
    rows = [SESSION, row("burst", 1), row("burst", 2)]
    assert [(w.id, w.used) for w in parse({"limits": rows}).windows[1:]] == [("burst", 0.01), ("burst:2", 0.02)]


def test_an_unknown_meter_cannot_pass_for_one_of_ours():
    body = {
        "limits": [row("week", 99), WEEK, row("model:Fable", 98), row("spend:monthly", 97)],
        "session": {"utilization": 96, "resets_at": None},
    }
    used = {w.id: w.used for w in parse(body).windows}
    assert used == {
        "week": 0.2, "meter:week": 0.99, "meter:model:Fable": 0.98, "meter:spend:monthly": 0.97, "meter:session": 0.96,
    }  # fmt: skip


def test_names_from_outside_carry_no_control_or_direction_characters_and_are_cut():
    hostile = "Fa\x1b[31mble\u202e\u2066\x00\n" + "x" * 500
    window = parse({"limits": [row("weekly_scoped", 1, **scoped(hostile)), row("\x1b]0;pwned\x07", 2)]}).windows
    for text in (window[0].id, window[0].label, window[0].model, window[1].id, window[1].label):
        assert text.isprintable()
        assert len(text) <= 70


# ---- money -----------------------------------------------------------------------------------------------------------


def money_of(body: dict[str, Any]) -> Window | None:
    return next((w for w in parse({"five_hour": None, **body}).windows if w.id.startswith("spend:")), None)


def test_the_documented_spend_row_gets_its_money():
    window = parse((DATA / "gateway_spend_documented_cc2.1.330.json").read_bytes()).windows[0]
    assert window.money == Money(used_minor=27140, limit_minor=50000, currency="USD", exponent=2)


def test_spending_that_is_switched_off_is_no_meter():
    assert (
        money_of({"extra_usage": {"is_enabled": False, "monthly_limit": 4000, "used_credits": 0, "utilization": 0}})
        is None
    )
    assert money_of({"spend": {"enabled": False, "used": {"amount_minor": 5}, "percent": 1}}) is None


def test_extra_usage_without_a_fraction_gets_it_from_its_amounts():
    window = money_of(
        {"extra_usage": {"is_enabled": True, "monthly_limit": 5000, "used_credits": 1250.0, "currency": "EUR"}}
    )
    assert window is not None
    assert (window.used, window.money) == (0.25, Money(used_minor=1250, limit_minor=5000, currency="EUR", exponent=2))


def test_extra_usage_without_a_limit_has_money_and_no_fraction():
    window = money_of({"extra_usage": {"is_enabled": True, "monthly_limit": None, "used_credits": 1250}})
    assert window is not None
    assert (window.used, window.money) == (None, Money(used_minor=1250, limit_minor=None, currency=None, exponent=2))


@pytest.mark.parametrize("currency", ["JPY", "KRW", "VND", "jpy"])
def test_currencies_without_cents_have_none(currency):
    window = money_of(
        {"extra_usage": {"is_enabled": True, "monthly_limit": 5000, "used_credits": 10, "currency": currency}}
    )
    assert window is not None
    assert window.money == Money(used_minor=10, limit_minor=5000, currency=currency.upper(), exponent=0)


def test_the_decimal_places_that_the_server_names_count():
    window = money_of(
        {
            "extra_usage": {
                "is_enabled": True,
                "monthly_limit": 9,
                "used_credits": 1,
                "currency": "JPY",
                "decimal_places": 3,
            }
        }
    )
    assert window is not None
    assert window.money is not None
    assert window.money.exponent == 3


def test_spend_is_preferred_and_its_amounts_are_brought_to_one_unit():
    window = money_of(
        {
            "spend": {
                "enabled": True,
                "used": {"amount_minor": 1250, "currency": "USD", "exponent": 2},
                "limit": {"amount_minor": 50, "currency": "USD", "exponent": 0},
                "percent": 25,
            },
            "extra_usage": {"is_enabled": True, "monthly_limit": 1, "used_credits": 1},
        }
    )
    assert window is not None
    assert (window.used, window.money) == (0.25, Money(used_minor=1250, limit_minor=5000, currency="USD", exponent=2))


def test_a_daily_spend_row_does_not_get_the_months_money():
    window = money_of(
        {
            "limits": [row("spend", 40, group="daily")],
            "extra_usage": {"is_enabled": True, "monthly_limit": 5000, "used_credits": 10},
        }
    )
    assert window is not None
    assert (window.id, window.label, window.money) == ("spend:daily", "Daily spend", None)


# ---- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"  \n", b"<html><body>gateway</body></html>", b"Bad gateway", b'{"five_hour": ', b"\xff\xfe", b'{"a":NaN}',
     b'{"five_hour": {"utilization": NaN, "resets_at": null}}', b'{"a": "\\ud800"}'],
)  # fmt: skip
def test_what_is_not_json_comes_from_an_edge_server_and_passes(body):
    assert refused(body).kind is FailureKind.SERVER_ERROR


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "text",
        17,
        {"error": {"type": "rate_limit_error"}},
        {"five_hours": {"utilization": 5, "resets_at": None}},
        {"five_hour": "12 %"},
        {"five_hour": {"utilization": "12", "resets_at": None}},
        {"five_hour": {"utilization": True, "resets_at": None}},
        {"five_hour": {"utilization": -1, "resets_at": None}},
        {"five_hour": {"utilization": 1e300, "resets_at": None}},
        {"five_hour": {"used": 12}},
        {"five_hour": [], "seven_day": {"utilization": 5, "resets_at": None}},
        {"five_hour": {"utilization": 5, "resets_at": None}, "seven_day": 5},
        {"limits": "none"},
        {"limits": [row("session", "96"), WEEK]},
        {"limits": [SESSION, row("weekly_all", [])]},
        {"limits": [5, "row", None]},
        {"limits": 7, "five_hour": None, "extra_usage": {"is_enabled": True, "monthly_limit": 5, "used_credits": 1}},
        {"extra_usage": 5},
        b'{"five_hour": {"utilization": ' + b"9" * 5000 + b', "resets_at": null}}',
        b'{"five_hour": {"utilization": 1e999, "resets_at": null}}',
        b'{"five_hour": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_body_whose_session_or_week_cannot_be_told_has_a_new_form(body):
    assert refused(body).kind is FailureKind.FORMAT_CHANGED


@pytest.mark.parametrize(
    "broken",
    [None, 5, "row", {}, {"kind": 7, "percent": 5}, row("weekly_scoped", "many"), row("burst", -4),
     row("burst", 5, "soon"), row("burst", 10**400)],
)  # fmt: skip
def test_one_broken_row_hides_no_other(broken):
    assert [w.id for w in parse({"limits": [SESSION, broken, WEEK]}).windows] == ["session", "week"]


def test_a_broken_row_of_another_kind_is_no_lost_week():
    assert [w.id for w in parse({"limits": [SESSION, row("week", "many")]}).windows] == ["session"]


def test_a_broken_session_row_is_made_good_by_the_named_window():
    sample = parse({"five_hour": {"utilization": 44, "resets_at": None}, "limits": [row("session", "96"), WEEK]})
    assert [(w.id, w.used) for w in sample.windows] == [("session", 0.44), ("week", 0.2)]


def test_a_broken_named_window_is_made_good_by_the_row():
    assert [w.id for w in parse({"five_hour": "?", "seven_day": 7, "limits": [SESSION, WEEK]}).windows] == [
        "session",
        "week",
    ]


def test_what_only_describes_a_row_does_not_cost_its_number():
    rows = [row("session", 10, group=7, scope="all", is_active="yes", severity=[]), WEEK]
    assert [(w.id, w.headline) for w in parse({"limits": rows}).windows] == [("session", False), ("week", False)]


def test_new_fields_are_no_trouble():
    rows = [{**SESSION, "locked_reason": None, "ceiling": {"soft": 5}}, WEEK]
    assert len(parse({"limits": rows, "amber_gauge": None, "copper_kite": {"x": [1]}}).windows) == 2


def test_a_missing_reset_costs_the_countdown_and_not_the_number():
    window = parse({"five_hour": {"utilization": 12}}).windows[0]
    assert (window.used, window.resets_at) == (0.12, None)


def test_an_account_without_any_window_is_read_as_that():
    assert parse({"five_hour": None, "seven_day": None, "limits": []}).windows == ()


def test_a_flood_of_rows_is_cut_and_keeps_session_and_week():
    rows = [row(f"kind_{n}", 1) for n in range(2000)]
    windows = parse({"limits": [*rows, WEEK, SESSION]}).windows
    assert len(windows) == MOST_WINDOWS
    assert [w.id for w in windows[:2]] == ["session", "week"]


def test_an_error_quotes_nothing_of_the_body():
    assert "sk-ant-canary" not in str(refused({"five_hour": "sk-ant-canary"}))


# ---- whatever comes --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(["session", "weekly_all", "weekly_scoped", "spend", "burst", "week"]) | JSON
ROWS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {"kind": KINDS, "percent": st.floats(0, 200) | JSON},
        optional={"resets_at": JSON | st.just("2026-07-06T11:00:00Z"), "group": JSON, "scope": JSON, "is_active": JSON},
    ),
    max_size=6,
)
NAMED = JSON | st.fixed_dictionaries({"utilization": st.floats(0, 200) | JSON, "resets_at": JSON})
AMOUNTS = st.fixed_dictionaries({}, optional={"is_enabled": st.just(True), "used_credits": JSON, "monthly_limit": JSON})
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "five_hour": NAMED,
        "seven_day": NAMED,
        "seven_day_opus": NAMED,
        "nimbus_quill": NAMED,
        "limits": ROWS | JSON,
        "extra_usage": AMOUNTS | JSON,
        "spend": JSON,
    },
)


def leaves_only_a_sample_or_a_source_error(raw: bytes) -> None:
    try:
        sample = parse(raw)
    except SourceError:
        return
    assert len({w.id for w in sample.windows}) == len(sample.windows)
    for window in sample.windows:
        assert window.used is None or 0 <= window.used < 1e6
        assert window.label
        assert window.id.isprintable()


@given(st.binary(max_size=200))
def test_from_any_bytes_comes_a_sample_or_a_source_error(raw):
    leaves_only_a_sample_or_a_source_error(raw)


@given(BODIES | JSON)
def test_from_any_json_comes_a_sample_or_a_source_error(body):
    leaves_only_a_sample_or_a_source_error(json.dumps(body).encode())
