"""When the text of a pane is a refusal, and when panes together are believed (FORMATS F, H)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.exhaustion import Claim, Refusal
from ringfence.panes import Capture, refusal_in_pane, step, watched

RECORDED = Path(__file__).parent / "data" / "tmux_panes"
NOW = datetime(2026, 11, 27, 23, 15, tzinfo=UTC).timestamp()
HOUR = 3600.0
IN_A_WEEK = datetime(2026, 12, 1, 23, 13, tzinfo=UTC).timestamp()
BOX = f"\n✻ Baked for 0s\n\n{'─' * 60}\n❯ \n{'─' * 60}\n  ? for shortcuts · ← for agents\n"
SENTENCE = "You've hit your session limit · resets 2:15am (UTC)"
WITHOUT_RESET = "You've hit your monthly spend limit"


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.txt").read_text("utf-8")


def turn(*said: str, prompt: str = "❯ ping", below: str = BOX) -> str:
    return "\n".join(["", prompt, *said, below])


def refused(sentence: str = SENTENCE) -> str:
    return turn(f"  ⎿  {sentence}", "     /login to switch to an API usage-billed account.")


def read(text: str, said_at: float = NOW) -> Refusal | None:
    return refusal_in_pane(text, said_at=said_at, zone=UTC)


# ---- one pane


@pytest.mark.parametrize(
    ("name", "claim", "model", "resets_at"),
    [
        ("session-2.1.197", Claim.SESSION, None, datetime(2026, 11, 28, 2, 13, tzinfo=UTC).timestamp()),
        ("opus-2.1.197", Claim.MODEL, "Opus", IN_A_WEEK),
        ("week-36-columns-2.1.197", Claim.WEEK, None, IN_A_WEEK),
        ("in-a-turn-2.1.197", Claim.SESSION, None, datetime(2026, 11, 28, 1, 29, tzinfo=UTC).timestamp()),
        ("in-a-turn-30-columns-2.1.197", Claim.SESSION, None, datetime(2026, 11, 28, 1, 29, tzinfo=UTC).timestamp()),
    ],
)
def test_a_refusal_of_the_real_client_is_read_also_wrapped_and_in_the_middle_of_a_turn(name, claim, model, resets_at):
    found = read(recorded(name))
    assert (found.claim, found.model, found.resets_at) == (claim, model, resets_at)


@pytest.mark.parametrize("name", ["overloaded-2.1.197", "server-error-2.1.197", "printed-by-a-tool-2.1.197"])
def test_a_failing_service_and_a_printed_sentence_are_none(name):
    assert read(recorded(name)) is None


def test_what_a_tool_printed_is_none_also_when_the_turn_has_ended():
    text = recorded("printed-by-a-tool-2.1.197").replace("esc to interrupt", "? for shortcuts")
    assert SENTENCE.split(" · ", maxsplit=1)[0] in text
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        refused(),
        refused().replace("❯", ">"),  # before 2.1
        turn(f"● {SENTENCE}"),
        turn(f"⏺ {SENTENCE}"),
        turn(f"  ⎿ \u00a0{SENTENCE.replace('15am', '15' + chr(0x202F) + 'AM')}"),
        turn(f"  ⎿  {SENTENCE}", below=""),  # no input box on this screen
        turn(f"  ⎿  {SENTENCE}", below=f"\n╭{'─' * 40}╮\n│ > \n╰{'─' * 40}╯\n  ? for shortcuts\n"),
        turn("● Reading.", "", "● Bash(ls)", "  ⎿  a", "     b", f"  ⎿  {SENTENCE}"),
        turn("  two lines", f"  ⎿  {SENTENCE}", prompt="❯ one line"),
        turn(f"  ⎿  {SENTENCE}", below=f"\n  What do you want to do?\n❯ 1. Stop and wait\n  2. Upgrade{BOX}"),
        f"● API Error: 529 overloaded\n{refused()}",  # of the turn before
        "x\n" * 500 + refused(),
    ],
)
def test_a_refusal_stands_behind_claude_codes_mark_at_the_end(text):
    assert read(text).resets_at == NOW + 3 * HOUR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        SENTENCE,
        turn(SENTENCE),
        turn(f"❯ {SENTENCE}"),
        turn(f"  ⎿  It says: {SENTENCE}"),
        turn(f"● Bash(tail log)\n  ⎿  {SENTENCE}"),
        turn("● Bash(tail log", "      --lines 3)", f"  ⎿  {SENTENCE}"),
        turn(f"  ⎿  {SENTENCE}", "", "● Done."),
        turn(f"  ⎿  {SENTENCE}", "", "❯ go on"),
        refused().replace("? for shortcuts", "esc to interrupt"),
        turn("● API Error: 529 overloaded_error", f"  ⎿  {SENTENCE}"),
        turn(f"  ⎿  {SENTENCE}", "", "✻ API error · Retrying in 4s · attempt 4/10"),
        turn("● Opus is experiencing high load", f"  ⎿  {SENTENCE}"),
        turn("● API Error: Server is temporarily limiting requests (not your usage limit)", f"  ⎿  {SENTENCE}"),
        turn(f"  ⎿  {SENTENCE}", *["line"] * 20),
        turn("● Ready.", below=BOX.replace("❯ ", f"❯ {SENTENCE}")),
        turn("● Ready.", below=BOX.replace("❯ ", f"❯ about this:\n  ⎿  {SENTENCE}")),
        turn("  ⎿  You've used 85% of your weekly limit · resets 3pm (UTC)"),
        turn("  ⎿  Usage limit reached · set to continue automatically at 3pm"),
    ],
)
def test_whatever_else_stands_in_a_pane_is_none(text):
    assert read(text) is None


def test_a_wrapped_sentence_is_read_with_its_zone():
    said = [
        "  ⎿  You've hit your weekly",
        "     limit · resets Dec 1,",
        "     11:13pm",
        "     (Asia/Tokyo)",
        "     /upgrade",
    ]
    assert read(turn(*said)).resets_at == IN_A_WEEK - 9 * HOUR


@given(
    st.text(
        alphabet=st.sampled_from("⎿●❯>─│╭╮╰╯ \n·∙()/You've hit your session limit resets 3pm\x1b\u202f"), max_size=300
    )
)
def test_no_pane_is_too_much(text):
    for shown in (text, turn(text), turn(f"  ⎿  {SENTENCE}", text), f"{text}{refused()}"):
        found = read(shown)
        assert found is None or found.text.isprintable()


# ---- which session is whose


@pytest.mark.parametrize(
    ("session", "whose"),
    [
        ("agent-7", ("work", False)),
        ("agent-big-7", ("home", False)),
        ("agent-big-0", ("solo", True)),
        ("night", ("solo", True)),
        ("night-2", None),
        ("my-agent-1", None),
        ("", None),
    ],
)
def test_dedicated_names_go_before_pools_and_long_beginnings_before_short_ones(session, whose):
    pools = {"agent-": "work", "agent-big-": "home"}
    assert watched(session, pools, {"night": "solo", "agent-big-0": "solo"}) == whose


# ---- panes together


def capture(pane: str = "%1", text: str | None = None, *, dedicated: bool = False, account: str = "work") -> Capture:
    shown = refused() if text is None else text
    session = f"agent-{pane[1:]}"
    return Capture(pane=pane, session=session, account=account, dedicated=dedicated, active_at=1e10, text=shown)


class Looks:
    """Looks at panes, one after the other."""

    def __init__(self) -> None:
        self.memory, self.now = {}, NOW

    def at(self, *captures: Capture, after_s: float = 30) -> tuple:
        self.memory, confirmed = step(self.memory, captures, now=self.now, zone=UTC)
        self.now += after_s
        return confirmed


@pytest.fixture
def looks() -> Looks:
    return Looks()


def test_one_dedicated_pane_with_its_reset_is_enough(looks):
    (found,) = looks.at(capture(dedicated=True))
    assert (found.account, found.panes, found.sessions, found.said_at) == ("work", ("%1",), ("agent-1",), NOW)
    assert (found.refusal.claim, found.refusal.resets_at) == (Claim.SESSION, NOW + 3 * HOUR)
    assert looks.at(capture(dedicated=True))[0].said_at == NOW


def test_a_pool_needs_two_panes_that_say_the_same(looks):
    assert looks.at(capture("%1")) == ()
    assert looks.at(capture("%1")) == ()
    assert looks.at(capture("%1"), capture("%2", refused("You've hit your Opus limit · resets 2:15am (UTC)"))) == ()
    assert looks.at(capture("%1"), capture("%2", account="home")) == ()
    (found,) = looks.at(capture("%1"), capture("%2"))
    assert (found.panes, found.sessions) == (("%1", "%2"), ("agent-1", "agent-2"))


def test_without_a_reset_two_looks_in_a_row_are_needed(looks):
    spent = capture(text=refused(WITHOUT_RESET), dedicated=True)
    other = replace(spent, text=turn("● Done."))
    assert [len(looks.at(one)) for one in (spent, other, spent)] == [0, 0, 0]
    (found,) = looks.at(spent)
    assert (found.refusal.claim, found.refusal.resets_at) == (Claim.SPEND, None)
    assert looks.at() == ()
    assert looks.at(spent) == ()  # a pane that was away begins anew


def test_after_its_reset_a_sentence_that_still_stands_there_says_nothing(looks):
    """The same words must not become a refusal until tomorrow."""
    looks.at(capture(dedicated=True))
    looks.now = NOW + 3 * HOUR
    assert looks.at(capture(dedicated=True), after_s=12 * HOUR) == ()
    assert looks.at(capture(dedicated=True)) == ()


def test_what_stood_there_before_the_first_look_is_as_old_as_its_pane(looks):
    """Ringfence begins after the reset: "resets 2:15am" must not be read as tomorrow's."""
    old = capture(text=refused("You've hit your weekly limit · resets 2:15am (UTC)"), dedicated=True)
    looks.now = NOW + 4 * HOUR
    assert looks.at(replace(old, active_at=NOW)) == ()
    (found,) = looks.at(replace(old, pane="%2", active_at=looks.now - 60))  # said after it
    assert found.refusal.resets_at == NOW + 27 * HOUR
    assert found.said_at == looks.now - 90


def test_a_new_refusal_in_the_same_pane_is_a_new_one(looks):
    looks.at(capture(dedicated=True))
    looks.now = NOW + 3 * HOUR
    looks.at(capture(text=turn("● Done."), dedicated=True))
    later = refused("You've hit your session limit · resets 7:15am (UTC)")
    (found,) = looks.at(capture(text=later, dedicated=True))
    assert found.refusal.resets_at == NOW + 8 * HOUR


def test_of_two_resets_the_later_counts(looks):
    week = [refused(f"You've hit your weekly limit · resets {day} (UTC)") for day in ("Dec 1, 11:13pm", "Dec 2, 11pm")]
    (found,) = looks.at(*(capture(f"%{i}", text) for i, text in enumerate(week)))
    assert found.refusal.resets_at == datetime(2026, 12, 2, 23, tzinfo=UTC).timestamp()


def test_accounts_and_limits_are_told_apart(looks):
    spent = refused("You've hit your weekly limit · resets Dec 1, 11:13pm (UTC)")
    found = looks.at(
        capture("%1", dedicated=True),
        capture("%2", dedicated=True, account="home"),
        capture("%3", spent, dedicated=True),
    )
    assert {(f.account, f.refusal.claim) for f in found} == {
        ("work", Claim.SESSION), ("home", Claim.SESSION), ("work", Claim.WEEK),
    }  # fmt: skip


@pytest.mark.parametrize(
    "banner",
    [
        "Usage limit reached · set to continue automatically at 2:15am",
        "Continuing automatically at 2:15am · Esc to cancel",
    ],
)
def test_a_pane_that_claude_code_will_resume_is_marked_so(looks, banner):
    waits = turn(f"  ⎿  {SENTENCE}", below=f"\n{banner}{BOX}")
    (found,) = looks.at(capture("%1", waits), capture("%2", waits))
    assert found.resumes_itself
    (found,) = looks.at(capture("%1", waits), capture("%2"))
    assert not found.resumes_itself  # somebody has to look after one of them


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["%1", "%2", "%3"]), st.booleans(), st.booleans()), max_size=4), max_size=6
    )
)
def test_whatever_comes_a_pool_never_speaks_with_one_pane_and_no_reset_is_past(story):
    looks = Looks()
    for shown in story:
        panes = {pane: (refuses, dedicated) for pane, refuses, dedicated in shown}
        captures = [
            capture(pane, refused() if refuses else turn("● Done."), dedicated=dedicated)
            for pane, (refuses, dedicated) in panes.items()
        ]
        now = looks.now
        for found in looks.at(*captures, after_s=HOUR):
            assert found.refusal.resets_at > now
            assert len(found.panes) > 1 or panes[found.panes[0]][1]
            assert all(panes[pane][0] for pane in found.panes)
