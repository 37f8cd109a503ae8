"""Who is signed in: another login under a folder is another account, and two folders of one login are one."""

from __future__ import annotations

from itertools import pairwise

import hypothesis
import pytest
from hypothesis import strategies as st

from core.story import (
    HOUR,
    MINUTE,
    Story,
    answered,
    answering,
    asked,
    clock_set,
    failed,
    fed,
    gate,
    killed,
    later,
    login_changed,
    polls,
    refused,
    rested,
    sample,
    settings,
    shown,
    signs_in,
    told,
    use_accounts,
)
from core.test_ahead import learnt, spent
from ringfence.core.account_settings import Account
from ringfence.core.calibration import weighted
from ringfence.core.effects import AppendHistory, Poll
from ringfence.core.events import RefusalReported
from ringfence.core.sums import Tokens

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
WORK, HOME = "work", "home"


def pair(**more) -> Story:
    """Two folders of one subscription."""
    return Story(settings(accounts=(WORK, HOME), **more), signed_in={WORK: "ann", HOME: "ann"})


def weighted_of(tokens) -> float:
    return weighted((("claude-haiku-5-5", Tokens(input=tokens)),), None)


def ann() -> Story:
    return Story(signed_in={"default": "ann"})


def used(story, name) -> float | None:
    found = story.state.account(name).sample
    return found.window("session").used if found else None


def status(story, name):
    return next(a for a in story.status.accounts if a.name == name)


def history(story):
    return [e.sample.account for e in story.effects if isinstance(e, AppendHistory)]


# ---- another login under a folder


def test_another_login_is_another_account_and_no_reset():
    story = ann() >> sample(session=0.3) >> sample(session=0.97, after=300) << told("tier")
    story >> signs_in(default="bob", after=60) << gate(UNKNOWN)
    assert story.account.sample is None
    story >> sample(session=0.02, after=1) << told() << gate(OPEN)


def test_a_restart_finds_out_too():
    story = ann() >> sample(session=0.3) >> sample(session=0.97, after=300) << told("tier")
    story.signed_in = {"default": "bob"}
    story >> killed(60)
    assert story.account.sample is None
    story >> sample(session=0.02, after=1) << told()


def test_its_requests_are_its_own():
    story = ann() >> sample(session=0.3) << polls(1)
    story >> signs_in(default="bob", after=1) << polls(2)
    assert status(story, "default").requests_last_hour == 1


def test_who_signs_in_again_finds_their_requests_and_messages():
    story = ann() >> sample(session=0.3) >> sample(session=0.97, after=300) << told("tier")
    story >> signs_in(default="bob", after=1) >> sample(session=0.1) >> signs_in(default="ann", after=1)
    assert status(story, "default").requests_last_hour == 2
    story >> sample(session=0.97, after=1) << told() >> sample(session=0.97, after=300) << told()


def test_a_login_that_becomes_known_or_is_gone_changes_nothing():
    story = Story() >> sample(session=0.97) << told("summary")
    for who in ("ann", None, "ann"):
        story >> signs_in(default=who, after=1)
        assert used(story, "default") == 0.97
    story >> sample(session=0.97, after=300) << told() >> killed(1)
    assert used(story, "default") == 0.97
    assert [(m.name, m.identity) for m in story.memory.accounts] == [("default", "ann")]


def test_what_the_one_before_was_refused_is_not_this_ones():
    story = ann() >> sample(session=0.4) >> refused(after=1) >> shown("week", after=1)
    story >> signs_in(default="bob", after=1) << gate(UNKNOWN)
    for _ in range(2):
        assert story.document["holds"] == []
        story >> killed(1) >> rested() >> shown("session", age=60)
    story >> refused(after=1) << gate(CLOSED)


def test_a_report_of_a_launcher_ends_with_the_login_it_was_about():
    story = ann()
    story.feed(RefusalReported(at=story.now, account="default"))
    assert story.state.routes.quarantined
    story >> signs_in(default="bob")
    assert story.state.routes.quarantined == ()


def test_a_clock_that_is_set_back_lets_no_refusal_of_the_one_before_in():
    story = ann() >> refused(after=60) >> signs_in(default="bob", after=60)
    story >> sample(session=0.1) >> clock_set(-30.0) >> rested() << gate(OPEN)


def test_memories_of_logins_do_not_grow_for_ever():
    story = Story()
    for number in range(80):
        story >> signs_in(default=f"person {number}", after=1)
    assert len(story.memory.accounts) <= 51


# ---- two folders of one login


def test_they_share_one_request_an_interval_and_one_reading():
    story = pair() >> answering(session=0.4) << polls(1)
    story >> sample(account=WORK, session=0.4)
    assert (used(story, WORK), used(story, HOME)) == (0.4, 0.4)
    before = len(story.polled)
    story >> later(HOUR)
    assert len(story.polled) - before <= 13
    assert status(story, WORK).requests_last_hour == status(story, HOME).requests_last_hour
    assert (status(story, WORK).same_as, status(story, HOME).same_as) == (None, WORK)


def test_a_reading_is_in_the_history_once_and_told_once():
    story = pair() >> sample(account=WORK, session=0.3) >> sample(account=WORK, session=0.97, after=300) << told("tier")
    assert history(story) == [WORK]


def test_a_threshold_holds_both_and_is_told_once():
    story = pair(session_pct=90) >> sample(account=WORK, session=0.3) >> sample(account=WORK, session=0.91, after=300)
    story << gate(CLOSED, account=WORK) << gate(CLOSED, account=HOME) << told("gate_closed")
    story >> sample(account=WORK, session=0.1, after=300) << gate(OPEN, account=HOME) << told("gate_opened")


def test_what_one_folder_was_refused_holds_both_and_is_told_once():
    story = pair() >> sample(account=WORK, session=0.4) >> rested() >> refused(account=HOME, after=1)
    story << gate(CLOSED, account=WORK) << gate(CLOSED, account=HOME) << told("gate_closed")
    story >> answered(account=WORK, after=10) << gate(OPEN, account=WORK) << gate(OPEN, account=HOME)


def test_a_refusal_in_the_other_folder_asks_for_a_reading():
    story = pair() >> sample(account=WORK, session=0.4) >> later(200)
    before = len(story.polled)
    story >> refused(account=HOME)
    assert [why for _, why in story.polled[before:]] == ["refused"]


def test_a_report_about_one_leaves_both_alone():
    story = pair()
    story.feed(RefusalReported(at=story.now, account=HOME, until=story.now + HOUR))
    assert {q.account for q in story.state.routes.quarantined} == {WORK, HOME}


def test_what_the_status_line_of_one_tells_both_show():
    story = pair() >> sample(account=WORK, session=0.4, week=0.1) >> fed(account=HOME, session=0.6, after=120)
    assert (used(story, WORK), used(story, HOME)) == (0.6, 0.6)


def test_what_both_spend_fills_the_one_window():
    story = pair() >> sample(account=WORK, session=0.4, week=0.1) >> learnt(account=WORK) >> spent(100_000)
    assert [meter.id for meter in story.state.meters] == ["since:work", "since:home"]
    for name in (WORK, HOME):
        outlook = next(o for o in status(story, name).outlooks if o.window == "session")
        assert round(outlook.estimate.used - 0.4, 3) == round(2 * weighted_of(100_000) / 1e6, 3)


def test_blindness_is_told_once():
    story = pair() >> failed(account=WORK) >> later(1199) << told()
    story.answer = lambda s, account: failed(account=account)(s)
    story >> later(HOUR) << told("blind")


def test_where_the_first_is_not_signed_in_the_other_is_asked():
    story = pair() >> failed("expired", account=WORK, requested=False)
    assert [e.account for e in story.effects if isinstance(e, Poll)] == [HOME]
    story >> sample(account=HOME, session=0.7) << told("sign_in")
    assert (used(story, WORK), used(story, HOME)) == (0.7, 0.7)
    assert status(story, WORK).failure.kind == "expired"
    assert status(story, HOME).failure is None
    assert status(story, HOME).requests_last_hour == 1
    story >> later(HOUR)
    assert {e.account for e in story.effects if isinstance(e, Poll)} <= {HOME}


def test_the_first_is_asked_again_when_its_login_changes():
    story = pair() >> failed("expired", account=WORK, requested=False) >> sample(account=HOME, session=0.7)
    story >> login_changed(WORK) >> later(200)
    assert (story.state.account(HOME).in_flight, story.state.account(WORK).in_flight) == (True, True)
    story >> sample(account=WORK, session=0.8)
    assert (used(story, HOME), status(story, WORK).failure) == (0.8, None)


def test_where_none_is_signed_in_each_says_so():
    story = pair() >> failed("expired", account=WORK, requested=False) >> failed("signed_out", account=HOME)
    assert [status(story, name).failure.kind for name in (WORK, HOME)] == ["expired", "signed_out"]
    assert not any(a.in_flight for a in story.state.accounts)


def test_a_failure_of_the_endpoint_is_both_names():
    story = pair() >> failed("throttled", account=WORK, retry_after_s=600.0)
    assert [status(story, name).failure.kind for name in (WORK, HOME)] == ["throttled", "throttled"]
    before = len(story.polled)
    story >> asked() >> later(600)
    assert len(story.polled) == before


def test_names_that_turn_out_to_be_one_have_spent_the_requests_of_both():
    story = Story(settings(accounts=(WORK, HOME))) >> sample(account=WORK, session=0.4)
    story >> sample(account=HOME, session=0.6, after=1) << polls(2) >> signs_in(work="ann", home="ann")
    assert (used(story, WORK), used(story, HOME)) == (0.6, 0.6)
    assert status(story, WORK).requests_last_hour == 1  # both went out in the same second
    story >> later(100) << polls(2)


def test_a_login_that_comes_back_finds_what_was_asked_for_it_under_the_other_name():
    story = pair() >> answering(session=0.4) >> sample(account=WORK, session=0.4) >> signs_in(work="bob", after=1)
    story >> later(400)
    before = len(story.polled)
    story >> signs_in(work="ann")
    assert len(story.polled) == before


def test_names_that_part_go_on_by_themselves():
    story = pair() >> sample(account=WORK, session=0.9) >> signs_in(home="bob", after=60)
    assert (used(story, WORK), used(story, HOME)) == (0.9, None)
    assert [e.account for e in story.effects if isinstance(e, Poll)] == [HOME]
    story >> sample(account=HOME, session=0.1)
    assert (used(story, WORK), used(story, HOME), status(story, HOME).same_as) == (0.9, 0.1, None)


def test_one_login_at_two_endpoints_is_two_accounts():
    accounts = (Account(name=WORK, config_dir="/a", base_url="http://127.0.0.1:1"), Account(name=HOME, config_dir="/b"))
    story = pair() >> use_accounts(*accounts) >> signs_in(work="ann", home="ann")
    assert status(story, HOME).same_as is None


def test_a_restart_keeps_them_together():
    story = pair() >> sample(account=WORK, session=0.4) >> killed(60)
    assert (used(story, WORK), used(story, HOME), status(story, HOME).same_as) == (0.4, 0.4, WORK)
    story << polls(1)


@pytest.mark.parametrize("who", ["ann", None])
def test_a_single_account_is_as_without_a_word(who):
    story = Story(signed_in={"default": who}, session_pct=90) >> sample(session=0.3) >> sample(session=0.91, after=300)
    story << gate(CLOSED) << told("gate_closed")
    assert story.document["holds"][0]["applies_to"] == {}


class Counted(Story):
    """A story that counts each person's requests by a clock that nobody sets."""

    def __init__(self, *args, **more):
        self.skew = 0.0
        self.asked: dict[str, list[float]] = {}
        super().__init__(*args, **more)

    def perform(self, effect):
        super().perform(effect)
        if isinstance(effect, Poll):
            who = self.state.account(effect.account).memory.identity
            self.asked.setdefault(who, []).append(self.now - self.skew)


ACTS = st.one_of(
    st.tuples(st.just("sample"), st.sampled_from([WORK, HOME]), st.sampled_from([0.0, 0.5, 0.97])),
    st.tuples(st.just("failed"), st.sampled_from([WORK, HOME]), st.sampled_from(["expired", "offline", "throttled"])),
    st.tuples(st.just("login"), st.sampled_from([WORK, HOME]), st.none()),
    st.tuples(st.just("who"), st.sampled_from([WORK, HOME]), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("refused"), st.sampled_from([WORK, HOME]), st.none()),
    st.tuples(st.just("later"), st.none(), st.sampled_from([1.0, 170.0, 400.0, 4000.0])),
    st.tuples(st.just("clock"), st.none(), st.sampled_from([-3600.0, 3600.0])),
    st.tuples(st.just("killed"), st.none(), st.sampled_from([1.0, 4000.0])),
)


def act(story, what, name, value) -> None:
    match what:
        case "sample":
            story >> sample(account=name, session=value, resets_at=story.now + 4 * HOUR)
        case "failed":
            story >> failed(value, account=name)
        case "login":
            story >> login_changed(name)
        case "who":
            story >> signs_in(**{name: value})
        case "refused":
            story >> refused(account=name, session=f"s{story.now}", resets_at=story.now + MINUTE)
        case "later":
            story >> later(value)
        case "clock":
            story.skew += value
            story >> clock_set(value)
        case "killed":
            story >> killed(value)


@hypothesis.given(acts=st.lists(ACTS, max_size=16))
@hypothesis.settings(max_examples=150, deadline=None)
def test_whatever_happens_a_subscription_is_asked_within_its_budget_and_shows_one_reading(acts):
    story = Counted(settings(accounts=(WORK, HOME), session_pct=90), signed_in={WORK: "ann", HOME: "ann"})
    story >> answering(session=0.4)
    for what, name, value in acts:
        act(story, what, name, value)
        work, home = story.state.accounts
        if work.subscription == home.subscription:
            assert used(story, WORK) == used(story, HOME)
            assert (work.in_flight, work.planned, work.memory.poll) == (home.in_flight, home.planned, home.memory.poll)
            assert story.ask(account=WORK).verdict == story.ask(account=HOME).verdict
    for asked_at in story.asked.values():
        assert all(b - a >= 180 for a, b in pairwise(asked_at)), asked_at
        assert all(b - a >= HOUR for a, b in zip(asked_at, asked_at[20:], strict=False))
