"""Any life of a monitor, step by step, against a small model of the two-latch gate (DESIGN 2.3-2.7, 4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core import story as s
from core.test_ahead import learnt, spent
from core.test_runs import run
from ringfence import gate_reader
from ringfence.core.alerts import REARM_POINTS
from ringfence.core.events import SampleArrived, TimeCame
from ringfence.core.model import AlertKind, reaches
from ringfence.core.reducer import step
from ringfence.core.tokens import RUN_ACTIVE_S

USED = st.sampled_from([0.0, 0.05, 0.3, 0.49, 0.5, 0.79, 0.8, 0.85, 0.89, 0.9, 0.91, 0.95, 1.0, 1.2])
PCT = st.sampled_from([None, 1.0, 50.0, 90.0, 100.0])
SECONDS = st.sampled_from([0.5, 1.0, 60.0, 170.0, 300.0, 900.0, 1200.0, 4000.0, 7200.0, 20000.0, 90000.0])


BUDGET = {"name": "daily", "tokens": 1000, "per": "day"}


class Model:
    """The gate by the book: a pause closes; else a believed window at its threshold, a refusal that nothing later
    speaks against, or a budget that is reached in its day closes, unless overridden."""

    def __init__(self) -> None:
        self.pct: dict[str, float | None] = {}
        self.read: dict[str, float] = {}
        self.read_at: float | None = None
        self.pause_until: float | None = 0.0
        self.override_until = 0.0
        self.refused_at: float | None = None
        self.refused_until = 0.0
        self.seen_full_at = 0.0
        self.spent: dict[float, int] = {}
        self.counted_at = 0.0
        self.budget: tuple[float, float, int] = (0.0, 0.0, 0)

    def reading(self, at: float, **used: float) -> None:
        self.read, self.read_at = used, at
        if self.refused_at is not None and at > self.refused_at:
            if reaches(used["session"], 95):
                self.seen_full_at = at
            else:
                self.refused_at = None

    def refusal(self, at: float, until: float) -> None:
        self.refused_at, self.refused_until, self.seen_full_at = at, until, at

    def answer(self, at: float) -> None:
        if self.refused_at is not None and at > self.refused_at:
            self.refused_at = None

    def verdict(self, now: float, blind_s: float = 1200.0) -> str:
        if self.pause_until is None or self.pause_until > now:
            return "closed"
        age = float("inf") if self.read_at is None else now - self.read_at
        over = any(self.pct.get(w) is not None and reaches(u, self.pct[w]) for w, u in self.read.items())
        refused = self.refused_at is not None and now < self.refused_until
        since, until, tokens = self.budget
        used_up = since <= now < until and tokens >= BUDGET["tokens"]
        if (over or refused or used_up) and self.override_until <= now:
            seen = [over and age < 6 * blind_s, refused and now - self.seen_full_at < 6 * blind_s, used_up]
            return "closed" if any(seen) else "unknown"
        return "open" if age < blind_s else "unknown"


class Monitor(RuleBasedStateMachine):
    @initialize(session=PCT, week=PCT, seed=st.integers(0, 3))
    def begin(self, session, week, seed):
        self.model = Model()
        self.model.pct = {"session": session, "week": week}
        self.story = s.Story(session_pct=session, week_pct=week, seed=seed, budgets=[BUDGET])
        self.instance = 0
        self.seen: set[tuple] = set()
        self.looked_at = 0

    @rule(session=USED, week=USED)
    def a_reading_arrives(self, session, week):
        story = self.story
        found = s.windows(session=session, week=week, resets_at=self.resets_at, week_resets_at=s.WEEK_RESET + 10**7)
        # Without a known length no reading is doubted; what doubt does (DESIGN 2.6) has stories of its own.
        made = replace(s.reading(story.now), windows=tuple(replace(w, duration_s=None) for w in found))
        story.feed(SampleArrived(at=story.now, sample=made))
        self.model.reading(story.now, session=session, week=week)
        for window, used in (("session", session), ("week", week)):
            for line in (50.0, 80.0, 95.0):
                if not reaches(used, max(line - REARM_POINTS, line / 2)):
                    self.seen.discard((window, line / 100, self.resets_at if window == "session" else 0))

    @rule(kind=st.sampled_from(["offline", "throttled", "expired", "server_error"]), wait=st.none() | SECONDS)
    def a_poll_fails(self, kind, wait):
        self.story >> s.failed(kind, retry_after_s=wait, requested=kind != "expired")

    @rule(seconds=SECONDS)
    def time_passes(self, seconds):
        self.story >> s.later(seconds)

    @rule(seconds=SECONDS)
    def the_machine_sleeps(self, seconds):
        self.story >> s.asleep(seconds)

    @rule(by_s=st.sampled_from([-86400.0, -3600.0, -7.0, 7.0, 3600.0, 86400.0]))
    def the_clock_is_set(self, by_s):
        self.story >> s.clock_set(by_s)
        self.story.polled = [(at + by_s, why) for at, why in self.story.polled]
        if self.model.read_at is not None:
            self.model.read_at += by_s
        self.follow_latches()  # one that ended on the way stays ended when the clock is set back
        self.count()
        self.story.tell_tokens(refusals=(), runs=())  # a story with both has no simple book
        self.model.refused_at = None
        self.seen = {key for key in self.seen if not key[0].startswith("budget:")}  # the same day may come again

    @rule(names=st.sets(st.sampled_from("abc")), ago=st.sampled_from([0.0, 0.4, 100.0, 299.0]))
    def sessions_answer(self, names, ago):
        self.count()
        self.story.tell_tokens(runs=tuple(run(name, self.story.now - ago) for name in sorted(names)))
        if names:
            self.model.answer(self.story.now - ago)

    @rule(windows=st.sets(st.sampled_from(["session", "week", "model:Opus"])))
    def it_is_learnt_what_windows_cost(self, windows):
        self.story >> learnt(*sorted(windows))

    @rule(amount=st.sampled_from([0, 1, 9_999, 100_000, 10**9]), burn=st.sampled_from([None, 1.0, 1e4, 1e9]))
    def accounts_spend(self, amount, burn):
        """Whatever is thought of the windows, thresholds go by readings: the model of them knows no tokens."""
        self.story >> spent(amount=amount, burn=burn)
        if burn:
            self.model.answer(self.story.now)

    @rule(down_s=st.sampled_from([0.0, 1.0, 400.0, 4000.0]))
    def the_monitor_is_killed_and_starts_again(self, down_s):
        self.story >> s.killed(down_s)
        if self.model.counted_at > self.story.now:  # counted under another clock
            self.model.budget = (0.0, 0.0, 0)
        self.story.sums.clear()
        self.story.tell_tokens()

    @rule(in_s=st.sampled_from([600.0, 7000.0, 90000.0]))
    def claude_refuses(self, in_s):
        self.count()
        self.story >> s.refused(resets_at=self.story.now + in_s)
        self.model.refusal(self.story.now, self.story.now + in_s)

    @rule()
    def claude_answers(self):
        self.count()
        self.story >> s.answered()
        self.model.answer(self.story.now)

    @rule(tokens=st.sampled_from([1, 499, 500, 1000]))
    def tokens_are_spent(self, tokens):
        self.count(tokens)
        self.story.tell_tokens()

    def count(self, more=0):
        """Count what was spent today, as the next news will."""
        story, model = self.story, self.model
        since, until = story.period(next(m for m in story.state.meters if m.id == "budget:daily"))
        model.spent[since] = model.spent.get(since, 0) + more
        model.budget, model.counted_at = (since, until, model.spent[since]), story.now
        story.sums["daily"] = (model.spent[since], None)

    @rule(for_s=st.none() | SECONDS.map(int))
    def the_person_pauses(self, for_s):
        self.story >> s.paused(for_s=for_s)
        self.follow_latches()

    @rule()
    def the_person_unpauses(self):
        self.story >> s.unpaused()
        self.follow_latches()

    @rule(for_s=st.integers(1, 7200))
    def the_person_overrides(self, for_s):
        self.story >> s.overridden(for_s=for_s)
        self.follow_latches()

    @rule(session=PCT, week=PCT)
    def the_settings_change(self, session, week):
        self.model.pct = {"session": session, "week": week}
        self.story >> s.change(session_pct=session, week_pct=week, budgets=[BUDGET])

    @rule()
    def the_person_looks_and_asks(self):
        self.story >> s.looked() >> s.asked() >> s.login_changed()

    @rule()
    def the_session_is_reset(self):
        self.instance += 1

    @property
    def resets_at(self) -> float:
        """Far enough ahead that no story gets there; instances are an hour apart."""
        return s.RESET + 10**7 + self.instance * 3600

    def follow_latches(self):
        """The latches are what the file says: their ends are whole seconds there."""
        pauses, override = self.story.latches.pauses, self.story.latches.override
        self.model.pause_until = pauses[0].until if pauses else 0.0
        self.model.override_until = override.until if override else 0.0

    @invariant()
    def the_gate_says_what_the_model_says(self):
        story, now = self.story, self.story.now
        assert story.state.verdict == story.ask().verdict == story.state.view.verdict
        allowed = {self.model.verdict(t) for t in (now - 1, now, now + 1)}  # the file has whole seconds
        assert story.ask().verdict in allowed

    @invariant()
    def the_first_line_holds_as_long_as_it_says(self):
        document = self.story.document
        end = document["valid_until"]
        for now in (document["written_at"], self.story.now, (end or self.story.now + 10**9) - 0.001):
            if document["written_at"] <= now and (end is None or now < end):
                assert (
                    gate_reader.evaluate(document, now).verdict == document["verdict"]
                    or document["verdict"] == "unknown"
                )

    @invariant()
    def it_wakes_in_the_future_and_soon(self):
        assert 0 < self.story.wake_at - self.story.now <= 300

    @invariant()
    def the_endpoint_is_not_asked_too_often(self):
        """DESIGN 2.7: the floor between two requests, and the budget of each rolling hour; across restarts."""
        spent = self.story.account.memory.poll.requested_at
        assert len([at for at in spent if at > self.story.now - 3600 + 0.001]) <= 20
        assert all(b - a > 179.999 for a, b in pairwise(spent))

    @invariant()
    def what_runs_has_answered_within_five_minutes(self):
        story = self.story
        for shown in (story.state.view.runs, story.status.runs):
            assert all(story.now - each.last_at < RUN_ACTIVE_S for each in shown)
        told = [each for each in story.state.news.runs if story.now - each.last_at < RUN_ACTIVE_S]
        assert list(story.state.view.runs) == told

    @invariant()
    def what_is_thought_of_a_window_goes_on_from_its_reading(self):
        for window in self.story.state.view.accounts[0].windows:
            made = window.estimate
            if made is not None:
                assert window.used < made.used <= max(window.used, 1.0)
                assert window.used <= made.low <= made.used <= made.high <= max(window.used, 1.0)

    @invariant()
    def no_alert_comes_twice(self):
        """DESIGN 8: once per window, line and instance; again only after the reading fell far below."""
        new, self.looked_at = self.story.alerts[self.looked_at :], len(self.story.alerts)
        for alert in new:
            if alert.kind is AlertKind.TIER:
                key = (alert.window.id, alert.line, 0 if alert.window.id == "week" else alert.window.resets_at)
                assert key not in self.seen
                self.seen.add(key)
        assert sum(a.kind is AlertKind.SUMMARY for a in new) <= 1

    @invariant()
    def the_same_event_has_the_same_effects(self):
        state, now = self.story.state, self.story.now
        assert step(state, TimeCame(at=now)) == step(state, TimeCame(at=now))


TestMonitor = Monitor.TestCase
TestMonitor.settings = hypothesis.settings(max_examples=60, stateful_step_count=40, deadline=None)
