"""Which sentences and records are a refusal, of which limit, until when (FORMATS C, F, H)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.exhaustion import LONGEST, Claim, Refusal, refusal_in_record, refusal_in_sentence, reset_in

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=VIENNA).timestamp()
RECORDED = Path(__file__).parent / "data" / "transcripts" / "synthetic-2.1.197.jsonl"
ZONES = [
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Argentina/Buenos_Aires",
]
TIMES = st.floats(min_value=1.6e9, max_value=2.2e9)


def read(sentence: str, said_at: float = NOW, zone=VIENNA) -> Refusal | None:
    return refusal_in_sentence(sentence, said_at=said_at, zone=zone)


def at(*when: int, zone=VIENNA, fold: int = 0) -> float:
    return datetime(*when, tzinfo=zone, fold=fold).timestamp()


THREE = at(2026, 11, 21, 15)
PHRASES = [
    # <= 1.0.6x
    ("Claude usage limit reached. Your limit will reset at 3pm (Europe/Vienna).", Claim.OTHER, None, THREE),
    ("Claude AI usage limit reached|1795303550", Claim.OTHER, None, 1795303550),
    # 1.0.10x
    ("5-hour limit reached ∙ resets 3pm", Claim.SESSION, None, THREE),
    ("Weekly limit reached ∙ resets 3pm", Claim.WEEK, None, THREE),
    ("Opus weekly limit reached ∙ resets 3pm", Claim.MODEL, "Opus", THREE),
    ("Usage limit reached ∙ resets 3pm", Claim.OTHER, None, THREE),
    ("5-hour limit resets 3pm ∙ contact an admin to keep working", Claim.SESSION, None, THREE),
    ("Limit reached – contact an admin to keep working", Claim.OTHER, None, None),
    ("Spending cap reached ∙ resets 3pm", Claim.SPEND, None, THREE),
    # 1.0.128 to 2.0.60
    ("Session limit reached ∙ resets 3pm", Claim.SESSION, None, THREE),
    ("Sonnet weekly limit reached ∙ resets 3pm", Claim.MODEL, "Sonnet", THREE),
    # 2.1.19 and 2.1.100
    ("You've hit your limit · resets 3pm (Europe/Vienna)", Claim.OTHER, None, THREE),
    ("You've hit your session limit · resets 3pm (Europe/Vienna)", Claim.SESSION, None, THREE),
    ("You've hit your weekly limit · resets Nov 25, 3pm (UTC)", Claim.WEEK, None, at(2026, 11, 25, 15, zone=UTC)),
    ("You've hit your Opus limit · resets 3pm", Claim.MODEL, "Opus", THREE),
    ("You've hit your Sonnet limit · resets 3pm", Claim.MODEL, "Sonnet", THREE),
    ("You've hit your usage limit · resets 3pm", Claim.OTHER, None, THREE),
    ("You're out of extra usage · resets 3pm", Claim.SPEND, None, THREE),
    # 2.1.197, read in the client
    ("You've hit your Fable 5 limit · resets 3pm", Claim.MODEL, "Fable", THREE),
    ("You've hit your org's monthly usage limit · resets 3pm", Claim.SPEND, None, THREE),
    ("You've hit your monthly spend limit · raise it at claude.ai/settings/usage", Claim.SPEND, None, None),
    (("You've hit your org's monthly spend limit · run /usage-credits to raise it, or visit"
      " claude.ai/admin-settings/usage"), Claim.SPEND, None, None),
    (("You've hit your monthly spend limit. Run /usage-credits to manage your limit and keep using Fable 5 or switch"
      " models to continue this chat."), Claim.SPEND, None, None),
    ("You're out of usage credits. /model to switch models.", Claim.SPEND, None, None),
    ("Your usage allocation has been disabled by your admin · run /usage-credits to ask your admin for a higher limit",
     Claim.SPEND, None, None),
    # 2.1.261 to 2.1.330
    ("You've hit your session limit · resets 9:10pm (Europe/Vienna)", Claim.SESSION, None, None),
    ("You've hit your individual spend limit · run /usage-credits to ask · your session limit resets 1:50pm (UTC)",
     Claim.SPEND, None, at(2026, 11, 21, 13, 50, zone=UTC)),
    ("You've hit your 5-hour limit · resets 3pm · progress saved", Claim.SESSION, None, THREE),
    ("You've hit your Fable limit · resets 3pm · out of usage credits", Claim.MODEL, "Fable", THREE),
    ("You've hit your Mythos 2.1 limit · resets 3pm", Claim.MODEL, "Mythos", THREE),
    ("You've hit your Novel limit · resets 3pm", Claim.MODEL, "Novel", THREE),
    ("You've hit your team's pooled group budget", Claim.SPEND, None, None),
    ("You've reached your weekly limit · resets 3pm", Claim.WEEK, None, THREE),
    ("You're out of usage credits · resets 3pm", Claim.SPEND, None, THREE),
    ("Your org is out of usage · add funds to continue", Claim.SPEND, None, None),
    ("Your org is out of usage · contact your admin", Claim.SPEND, None, None),
    ("Your seat type doesn't include usage", Claim.SPEND, None, None),
    ("Your seat type doesn't include usage credits", Claim.SPEND, None, None),
    ("Your seat type doesn't include extra usage", Claim.SPEND, None, None),
    ("Your group's usage limit is set to $0 · run /usage-credits to ask your admin", Claim.SPEND, None, None),
    ("Fable 5 requires usage credits.", Claim.SPEND, "Fable", None),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "claim", "model", "resets_at"), PHRASES)
def test_every_phrasing_is_a_refusal(sentence, claim, model, resets_at):
    if "9:10pm" in sentence:  # said five hours before, as a session's is
        assert read(sentence, said_at=at(2026, 11, 21, 17)).resets_at == at(2026, 11, 21, 21, 10)
        return
    assert read(sentence) == Refusal(claim=claim, model=model, resets_at=resets_at, text=sentence)


NO_REFUSAL = [
    "",
    "   \n ",
    # warnings and transitions
    "You've used 85% of your weekly limit · resets 3pm (Europe/Vienna)",
    "You're close to your session limit · resets 3pm",
    "Approaching session limit · resets 3pm",
    "Approaching 5-hour limit",
    "Over 75% of your weekly limit used",
    "You're now using usage credits · Your session limit resets 3pm (UTC)",
    "You're now using extra usage",
    "Now using usage credits",
    "5-hour limit reached, now using extra usage",
    "5-hour limit reached ∙ now using extra usage",
    "5-hour limit resets 3pm",
    # the client goes on by itself
    "Usage limit reached · set to continue automatically at 3pm",
    "Continuing automatically at 3pm · Esc to cancel",
    "Wait here, then continue automatically when the limit resets",
    # the service, not the plan
    'API Error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}',
    'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    "Repeated 529 Overloaded errors",
    "Opus is experiencing high load, please use /model to switch to Sonnet",
    "Fable is experiencing high load",
    "API Error: Server is temporarily limiting requests (not your usage limit)",
    "API Error: Request rejected (429)",
    "API Error: Rate limit reached",
    "Rate limit reached",
    "Retrying in 4s · attempt 4/10",
    "Claude is temporarily limiting requests to the usage page (not your usage limit)",
    # other limits
    "Context limit reached · /compact or /clear to continue",
    "You've hit your context limit · resets 3pm",
    "Credit balance is too low",
    "Usage credits required for 1M context",
    "You've hit your fast limit · resets in 2h 5m",
    "You've hit your fast limit · resets 3pm",
    "[Usage limit reached — grace window active until 3pm]",
    "agent thread limit reached",
    "/upgrade to increase your usage limit.",
    "/usage-credits to finish what you're working on.",
    # somebody speaks of it
    "The log says: You've hit your session limit · resets 3pm (UTC)",
    '"You\'ve hit your session limit · resets 3pm (UTC)"',
    "> You've hit your session limit · resets 3pm (UTC)",
    "You've hit your session limit · resets 3pm (UTC) is what it says",
    "You've hit your session limit · resets 3pm (UTC)\" is in line 4",
    "You've hit your session limit, so I wait",
    "You've hit your session limit · that is what the log says",
    "You've hit your session limit. I will wait.",
    "You've hit your session limit · resets soon",
    "You've hit your GitHub limit",
    "Session limit reached is the phrase to look for",
    "it prints\nYou've hit your session limit · resets 3pm (UTC)",
    "Claude AI usage limit reached|1795303550 was in the output",
    "Claude AI usage limit reached|soon",
    f"You've hit your session limit · /{'x' * LONGEST}",
]


@pytest.mark.parametrize("sentence", NO_REFUSAL)
def test_what_is_no_refusal_is_none(sentence):
    assert read(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "You\u2019ve hit your session limit · resets 3pm (Europe/Vienna)",
        "You've hit your session limit ∙ resets 3pm (Europe/Vienna)",
        "  You've hit your session limit · resets\u00a03\u202fPM (Europe/Vienna)  ",
        "\nYou've hit your session limit · resets 3:00 pm (Europe/Vienna)\n     /login to switch",
        "You've hit your session limit · \x1b resets 3pm (Europe/Vienna)\x07",
        "You've hit your session limit · resets at 3 pm (Europe/Vienna)",
        "You've hit your session limit ·\u2009resets 3pm(Europe/Vienna)",
    ],
)
def test_apostrophes_spaces_dots_and_control_characters_do_not_matter(sentence):
    found = read(sentence)
    assert (found.claim, found.resets_at) == (Claim.SESSION, THREE)
    assert found.text.isprintable()
    assert found.text == " ".join(found.text.split())


# ---- when it resets


@pytest.mark.parametrize(
    ("when", "said", "expected"),
    [
        ("3pm", (2026, 11, 21, 12), (2026, 11, 21, 15)),
        ("3pm", (2026, 11, 21, 16), (2026, 11, 22, 15)),
        ("12am", (2026, 11, 21, 23), (2026, 11, 22)),
        ("12pm", (2026, 11, 21, 10), (2026, 11, 21, 12)),
        ("12:05am", (2026, 12, 31, 23), (2027, 1, 1, 0, 5)),
        ("3:45pm", (2026, 11, 21, 15, 45), (2026, 11, 21, 15, 45)),  # its seconds were cut off
        ("Nov 25, 3pm", (2026, 11, 21, 12), (2026, 11, 25, 15)),
        ("Apr 23 at 4pm", (2026, 4, 20), (2026, 4, 23, 16)),
        ("Apr 23, at 4pm", (2026, 4, 20), (2026, 4, 23, 16)),
        ("November 25, 3pm", (2026, 11, 21), (2026, 11, 25, 15)),
        ("Jan 2, 2027, 3pm", (2026, 12, 30), (2027, 1, 2, 15)),
        ("Jan 2, 2027 at 3:30pm", (2026, 12, 30), (2027, 1, 2, 15, 30)),
        ("Jan 2, 3pm", (2026, 12, 30), (2027, 1, 2, 15)),  # no year: the nearest
        ("Nov 25, 3pm", (2026, 11, 27), (2026, 11, 25, 15)),  # it stood there since
        ("Feb 29, 3pm", (2028, 2, 27), (2028, 2, 29, 15)),
        ("Mon 12:00am", (2026, 11, 21, 12), (2026, 11, 23)),
        ("Monday at 9am", (2026, 11, 23, 10), (2026, 11, 30, 9)),
    ],
)
def test_a_reset_is_the_next_such_instant_in_its_zone(when, said, expected):
    assert reset_in(when, said_at=at(*said), zone=VIENNA) == at(*expected)
    tokyo = ZoneInfo("Asia/Tokyo")
    named = reset_in(f"{when} (Asia/Tokyo)", said_at=at(*said, zone=tokyo), zone=VIENNA)
    assert named == at(*expected, zone=tokyo)


@pytest.mark.parametrize(
    "when",
    ["", "soon", "13pm", "0am", "3:60pm", "15:00", "3", "pm", "Feb 30, 3pm", "Nov 0, 3pm", "Xyz 3, 3pm", "Nov 25",
     "Jan 2, 0000, 3pm", "3pm (", "3pm (../../etc/passwd)", "3pm (/etc/localtime)", "in 2h", "3pm tomorrow", "٣pm"],
)  # fmt: skip
def test_what_names_no_instant_is_no_reset(when):
    assert reset_in(when, said_at=NOW, zone=VIENNA) is None


@pytest.mark.parametrize("name", ["Nowhere/Else", "Europe", "PPT", "A" * 60])
def test_a_zone_that_this_machine_does_not_know_is_the_clients_own(name):
    assert reset_in(f"3pm ({name})", said_at=NOW, zone=VIENNA) == THREE


def test_without_a_zone_the_machines_own_counts(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert reset_in("3pm", said_at=NOW, zone=None) == at(2026, 11, 22, 15, zone=ZoneInfo("Asia/Tokyo"))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_clocks_that_are_set_back_give_two_instants_and_the_first_ahead_counts():
    first, second = at(2026, 10, 25, 2, 30), at(2026, 10, 25, 2, 30, fold=1)
    assert second - first == 3600
    assert reset_in("2:30am", said_at=first - 600, zone=VIENNA) == first
    assert reset_in("2:30am", said_at=first + 600, zone=VIENNA) == second


def test_a_time_that_clocks_set_forward_leave_out_is_an_instant_all_the_same():
    assert reset_in("2:30am", said_at=at(2026, 3, 29, 1), zone=VIENNA) == at(2026, 3, 29, 3, 30)


def test_a_sessions_reset_that_would_be_a_day_ahead_has_passed():
    """A pane still shows it in the evening: five hours are the longest a session can take."""
    evening = at(2026, 11, 21, 18)
    assert read("You've hit your session limit · resets 3pm", said_at=evening).resets_at == THREE
    assert read("You've hit your weekly limit · resets 3pm", said_at=evening).resets_at == THREE + 86400
    clocks_differ = THREE - 5 * 3600 - 300
    assert read("You've hit your session limit · resets 3pm", said_at=clocks_differ).resets_at == THREE


def client_says(reset: float, now: float, zone: ZoneInfo, *, named: bool) -> str:
    """Return a reset as the client writes it (2.1.197, `Vee`)."""
    moment, present = datetime.fromtimestamp(reset, zone), datetime.fromtimestamp(now, zone)
    clock = f"{moment.hour % 12 or 12}{f':{moment:%M}' if moment.minute else ''}{'am' if moment.hour < 12 else 'pm'}"
    year = f", {moment.year}" if moment.year != present.year else ""
    day = f"{moment:%b} {moment.day}{year}, " if reset - now > 86400 else ""
    return f"{day}{clock}" + (f" ({zone.key})" if named else "")


@given(
    now=TIMES, ahead=st.floats(min_value=120, max_value=31 * 86400), zone=st.sampled_from(ZONES), named=st.booleans()
)
def test_what_the_client_writes_is_read_back_to_the_minute(now, ahead, zone, named):
    where = ZoneInfo(zone)
    reset = now + ahead
    found = reset_in(client_says(reset, now, where, named=named), said_at=now, zone=where)
    off = reset - found
    twice = datetime.fromtimestamp(reset, where).fold or datetime.fromtimestamp(found, where).fold
    last_minute = ahead > 86400 - 60 and 0 <= off - 86400 < 60  # of the day: the minute now is the nearer one
    assert 0 <= off < 60 or last_minute or (twice and abs(off) <= 3660)


@given(st.text(max_size=400), st.floats(), st.sampled_from(ZONES))
def test_no_text_is_too_much(text, said_at, zone):
    for sentence in (text, f"You've hit your session limit · resets {text}", f"You've hit your {text}"):
        found = refusal_in_sentence(sentence, said_at=said_at, zone=ZoneInfo(zone))
        assert found is None or (found.text.isprintable() and len(found.text) <= LONGEST)


@given(
    st.from_regex(r"(Mon |Nov 3[01], |Feb 29, (0000|9999), )?[01]?\d(:\d\d)?[ap]m( \(\w+(/\w+)?\))?", fullmatch=True),
    st.floats(),
)
def test_no_reset_and_no_moment_is_too_much(when, said_at):
    reset_in(when, said_at=said_at, zone=VIENNA)
    reset_in(when, said_at=said_at, zone=None)


# ---- records


def record(text: str = "You've hit your session limit · resets 3pm (Europe/Vienna)", **more) -> dict:
    return {
        "type": "assistant", "isApiErrorMessage": True, "error": "rate_limit", "apiErrorStatus": 429,
        "message": {"model": "<synthetic>", "role": "assistant", "content": [{"type": "text", "text": text}]}, **more,
    }  # fmt: skip


def limits(**more) -> dict:
    return {"status": "rejected", "resetsAt": 1795303550, "rateLimitType": "five_hour", **more}


def read_record(made: dict) -> Refusal | None:
    return refusal_in_record(made, said_at=NOW, zone=VIENNA)


def test_the_real_clients_records_are_read_as_what_they_are():
    """Recorded with Claude Code 2.1.197 against a loopback API: three refusals, then 529 and 500."""
    said = at(2026, 11, 27, 23, 2, zone=UTC)
    found = [
        refusal_in_record(json.loads(line), said_at=said, zone=UTC) for line in RECORDED.read_text("utf-8").splitlines()
    ]
    day = at(2026, 12, 1, 23, 2, zone=UTC)
    assert [r and (r.claim, r.model, r.resets_at) for r in found] == [
        (Claim.SESSION, None, at(2026, 11, 28, 2, 2, zone=UTC)),
        (Claim.WEEK, None, day),
        (Claim.MODEL, "Opus", day),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("kind", "claim", "model"),
    [
        ("five_hour", Claim.SESSION, None),
        ("seven_day", Claim.WEEK, None),
        ("seven_day_opus", Claim.MODEL, "Opus"),
        ("seven_day_sonnet", Claim.MODEL, "Sonnet"),
        ("seven_day_overage_included", Claim.MODEL, "Fable"),
        ("overage", Claim.SPEND, None),
        ("six_day", Claim.OTHER, None),
        (None, Claim.OTHER, None),
        (["five_hour"], Claim.OTHER, None),
    ],
)
def test_the_structure_says_which_limit_and_when(kind, claim, model):
    found = read_record(record("In other words.", quotaLimits=limits(rateLimitType=kind)))
    assert found == Refusal(claim=claim, model=model, resets_at=1795303550, text="In other words.")


def test_the_newest_versions_structure_is_read_where_it_stands():
    made = record(
        "", apiError="usage_limit_reached", apiErrorParams={"rate_limit_info": limits(rateLimitType="seven_day")}
    )
    assert read_record(made) == Refusal(claim=Claim.WEEK, model=None, resets_at=1795303550, text="")


def test_the_sentence_adds_what_the_structure_leaves_out():
    """Fable's week has a type that does not name it; a weekly sentence may be Sonnet's week (Pro)."""
    said = "You've hit your Mythos limit · resets 3pm (Europe/Vienna)"
    found = read_record(record(said, quotaLimits=limits(rateLimitType="seven_day_overage_included", resetsAt=None)))
    assert (found.claim, found.model, found.resets_at) == (Claim.MODEL, "Mythos", THREE)
    found = read_record(record("You've hit your weekly limit", quotaLimits=limits(rateLimitType="seven_day_sonnet")))
    assert (found.claim, found.model) == (Claim.MODEL, "Sonnet")
    found = read_record(record("You've hit your Opus limit", quotaLimits=limits(rateLimitType="new")))
    assert (found.claim, found.model) == (Claim.MODEL, "Opus")


def test_credits_have_a_reset_of_their_own():
    found = read_record(record(quotaLimits=limits(rateLimitType="overage", overageResetsAt=1795400000)))
    assert (found.claim, found.resets_at) == (Claim.SPEND, 1795400000)


@pytest.mark.parametrize(
    "resets_at", [None, "1795303550", True, -1, 0, 1795303550000, float("nan"), float("inf"), 10**400]
)
def test_a_number_that_is_no_reset_leaves_it_to_the_sentence(resets_at):
    assert read_record(record(quotaLimits=limits(resetsAt=resets_at))).resets_at == THREE
    assert read_record(record("x", quotaLimits=limits(resetsAt=resets_at))).resets_at is None


@pytest.mark.parametrize(
    "made",
    [
        record(apiErrorIsTransient=True),
        record(apiErrorIsTransient=True, quotaLimits=limits()),
        record(quotaLimits=limits(status="allowed")),
        record(quotaLimits=limits(status="allowed_warning")),
        record("API Error: Request rejected (429)"),
        record("API Error: Server is temporarily limiting requests (not your usage limit)"),
        record("You've used 85% of your weekly limit · resets 3pm"),
        record("Usage credits required for 1M context", apiError="long_context_credits_required"),
        record("You've hit your fast limit · resets 3pm"),
        record("5-hour limit reached ∙ now using extra usage"),
        record("Usage limit reached · set to continue automatically at 3pm"),
        record(apiError="long_context_credits_required", quotaLimits=limits()),
        record(error="server_error", apiErrorStatus=529),
        record(error="authentication_failed"),
        record(type="user"),
        record(type="progress"),
        record(isApiErrorMessage=False),
        record(isApiErrorMessage=None),
        record(message={**record()["message"], "model": "claude-opus-4-8"}),
        record(message=None),
        record(message={"model": "<synthetic>", "content": None}),
        record(message={"model": "<synthetic>", "content": [{"type": "tool_use", "text": "You've hit your limit"}]}),
        {},
    ],
)
def test_a_record_of_anything_else_is_none(made):
    assert read_record(made) is None


def test_in_a_record_an_unknown_ending_is_no_matter():
    """The client itself wrote it; tomorrow's version ends it in other words."""
    found = read_record(record("You've hit your weekly limit · resets 3pm · have some tea"))
    assert (found.claim, found.resets_at) == (Claim.WEEK, THREE)
    assert read_record(record("You've hit your weekly limit · resets whenever")).resets_at is None


def test_old_records_have_a_text_and_no_keys():
    made = {"type": "assistant", "isApiErrorMessage": True,
            "message": {"model": "<synthetic>", "content": "Claude AI usage limit reached|1795303550"}}  # fmt: skip
    assert read_record(made).resets_at == 1795303550


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["type", "message", "isApiErrorMessage", "error", "apiErrorStatus", "apiErrorIsTransient", "apiError",
        "apiErrorParams", "quotaLimits"]  # fmt: skip
LIMIT_KEYS = ["status", "resetsAt", "rateLimitType", "overageResetsAt"]


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON), st.dictionaries(st.sampled_from(LIMIT_KEYS), JSON), JSON, st.floats()
)
def test_no_record_is_too_much(wrong, wrong_limits, content, said_at):
    for made in (
        wrong,
        record() | wrong,
        record() | {"quotaLimits": limits() | wrong_limits},
        record() | {"apiErrorParams": {"rate_limit_info": limits() | wrong_limits}},
        record() | {"message": {"model": "<synthetic>", "content": content}},
        record() | {"message": {"model": "<synthetic>", "content": [{"type": "text", "text": content}]}},
    ):
        found = refusal_in_record(made, said_at=said_at, zone=VIENNA)
        assert found is None or found.text.isprintable()
