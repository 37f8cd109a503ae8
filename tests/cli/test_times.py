"""The times a person types."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli.times import duration_s, moment_at

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo | None = None, fold: int = 0) -> float:
    """Return the epoch second of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC, fold=fold).timestamp()


def said(seconds: float) -> str:
    """Return an epoch second as UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("2d", 172800), (" 1H 30M ", 5400), ("1d12h", 129600)],
)
def test_a_length_of_time_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0s", "90", "1.5h", "-2h", "2h30", "m30", "5000d", "½h", "2h\n3m\0", "٣m", "1e3s"]
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        duration_s(text)


@given(st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_every_length_reads_back(days: int, hours: int, minutes: int, seconds: int) -> None:
    total = days * 86400 + hours * 3600 + minutes * 60 + seconds
    if total:
        assert duration_s(f"{days}d{hours}h{minutes}m{seconds}s") == total


def test_a_time_of_day_is_its_next_occurrence() -> None:
    now = at("2026-11-22 17:00", BERLIN)
    assert moment_at("18:00", now, BERLIN) == now + 3600
    assert moment_at("17:00", now, BERLIN) == now + 86400
    assert moment_at("9:05", now, BERLIN) == at("2026-11-23 09:05", BERLIN)


def test_a_date_may_be_given() -> None:
    now = at("2026-11-22 17:00", BERLIN)
    assert moment_at("2026-11-30 18:00", now, BERLIN) == at("2026-11-30 18:00", BERLIN)
    assert moment_at("2026-11-30T18:00", now, BERLIN) == at("2026-11-30 18:00", BERLIN)


@pytest.mark.parametrize(
    "text",
    [
        "25:00",
        "18:60",
        "18",
        "2026-02-30 10:00",
        "2026-11-22 16:59",
        "2020-01-01 00:00",
        "2999-01-01 00:00",
        "soon",
        "",
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        moment_at(text, at("2026-11-22 17:00", BERLIN), BERLIN)


def test_the_hour_that_spring_skips_is_an_hour_later() -> None:
    now = at("2026-03-28 20:00", BERLIN)
    assert said(moment_at("02:30", now, BERLIN)) == "2026-03-29 01:30"  # 03:30 in Berlin


def test_a_day_of_23_hours_does_not_shift_the_time_of_day() -> None:
    now = at("2026-03-28 20:00", BERLIN)
    assert moment_at("18:00", now, BERLIN) == at("2026-03-29 18:00", BERLIN) == now + 21 * 3600


def test_the_hour_that_autumn_repeats_comes_twice() -> None:
    first, second = at("2026-10-25 02:30", BERLIN), at("2026-10-25 02:30", BERLIN, fold=1)
    assert moment_at("02:30", first - 3600, BERLIN) == first
    assert moment_at("02:30", first, BERLIN) == second
    assert moment_at("2026-10-25 02:30", first, BERLIN) == second
    assert moment_at("02:30", second, BERLIN) == at("2026-10-26 02:30", BERLIN)


def test_without_a_zone_the_machines_own_is_followed_through_its_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    now = at("2026-10-24 20:00", BERLIN)
    assert moment_at("18:00", now) == at("2026-10-25 18:00", BERLIN) == now + 23 * 3600
