"""Stories: what happens to a monitor, told in one line each.

    Story(session_pct=90) >> sample(session=0.91) << gate("closed") << told("summary")

`>>` lets something happen, `<<` looks at what stands then. A story is the shell around `step`: it keeps the clock, the
gate's bytes, the person's latches and what was saved, and it feeds LatchesSeen back as the monitor does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import msgspec

from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.effects import (
    AddPause,
    ClearPauses,
    Measure,
    Notify,
    Poll,
    PublishGate,
    SaveMemory,
    SetOverride,
    WakeAt,
    WriteStatus,
)
from ringfence.core.events import (
    ClockJumped,
    ConnectionSeen,
    CredentialsChanged,
    IdentitiesSeen,
    LatchesSeen,
    OverrideAsked,
    OverrideEnded,
    PanesSeen,
    PauseAsked,
    PollFailed,
    QuitAsked,
    RefreshAsked,
    SampleArrived,
    SettingsChanged,
    SleepBegan,
    Started,
    TimeCame,
    TokensSeen,
    UnpauseAsked,
    WindowOpened,
    Woke,
)
from ringfence.core.meters import Reading, TokenNews
from ringfence.core.model import (
    SESSION_S,
    WEEK_S,
    AlertKind,
    FailureKind,
    Gate,
    Latches,
    Memory,
    Sample,
    Scope,
    Status,
    Window,
)
from ringfence.core.periods import Period
from ringfence.core.reducer import State, step
from ringfence.core.settings import Settings, parse_settings
from ringfence.core.sums import Tokens
from ringfence.core.tokens import Run, SeenRefusal

T0 = 1_795_300_000.0
"""Two hours into a session."""
RESET = T0 + 3 * 3600
WEEK_RESET = T0 + 3 * 86400
MINUTE, HOUR, DAY_S = 60.0, 3600.0, 86400.0
MIDNIGHT = T0 - T0 % DAY_S
"""The last one before the story, in UTC."""
Act = Callable[["Story"], None]


def settings(
    *, loopback=False, accounts=(), interval_s=None, blind_after_s=None, notify=None, budgets=(), **thresholds
) -> Settings:
    """Settings as the file would give them: session_pct=90, models={"Opus": 80}, loopback=True, accounts=("a", "b")."""
    usage = {"base_url": "http://127.0.0.1:9"} if loopback else {}
    usage |= {"interval_s": interval_s} if interval_s else {}
    raw = {"thresholds": {k: v for k, v in thresholds.items() if v is not None}, "usage": usage, "notify": notify or {}}
    raw |= {"gate": {"blind_after_s": blind_after_s}} if blind_after_s else {}
    raw |= {"accounts": [{"name": name} for name in accounts]} if accounts else {}
    raw |= {"budgets": list(budgets)} if budgets else {}
    made, faults = parse_settings(raw)
    assert not faults
    return made


def windows(*, session=None, week=None, resets_at=RESET, week_resets_at=WEEK_RESET, **models) -> tuple[Window, ...]:
    """Windows by name: session=0.5, week=0.8, Opus=0.9 (a model's week). A name not given is no such window."""
    found = []
    if session is not None:
        found.append(
            Window(id="session", label="5-hour session", used=session, resets_at=resets_at, duration_s=SESSION_S)
        )
    if week is not None:
        found.append(Window(id="week", label="Week", used=week, resets_at=week_resets_at, duration_s=WEEK_S))
    for name, used in models.items():
        found.append(
            Window(id=f"model:{name}", label=name, used=used, resets_at=week_resets_at, duration_s=WEEK_S, model=name)
        )
    return tuple(found)


def reading(at=T0, account=DEFAULT_ACCOUNT.name, **used) -> Sample:
    return Sample(account=account, source="oauth_usage", observed_at=at, windows=windows(**used))


class Story:
    """A monitor's life so far."""

    def __init__(
        self, start: Settings | None = None, *, at=T0, memory=None, accounts=(), latches=None, seed=0, signed_in=(),
        **wanted
    ):  # fmt: skip
        self.settings = start or settings(**wanted)
        self.seed = seed
        self.signed_in: dict[str, str | None] = dict(signed_in)
        self.now = at
        self.state = State()
        self.memory = memory or Memory()
        self.status = Status(written_at=at, accounts=tuple(accounts))
        self.latches = latches or Latches()
        self.raw = b""
        self.serial = 0
        self.wake_at: float | None = None
        self.answer: Callable[[Story, str], None] | None = None
        self.effects: list[object] = []
        self.alerts: list = []
        self.untold = 0
        self.polled: list[tuple[float, str]] = []
        self.published: list[float] = []
        self.measured: list[tuple] = []
        self.news = TokenNews()
        self.sums: dict[str, tuple[int, float | None]] = {}
        self.start()

    def start(self) -> None:
        self.state = State()
        self.feed(
            Started(
                at=self.now, settings=self.settings, memory=self.memory, accounts=self.status.accounts,
                latches=self.latches, seed=self.seed, identities=tuple(self.signed_in.items()),
            )
        )  # fmt: skip

    def feed(self, event) -> None:
        queue = deque([event])
        while queue:
            self.state, effects = step(self.state, queue.popleft())
            self.effects = list(effects)
            before = self.latches
            for effect in effects:
                self.perform(effect)
            if self.latches != before:
                queue.append(LatchesSeen(at=self.now, latches=self.latches))
        waiting = [e.account for e in self.effects if isinstance(e, Poll)]
        for account in waiting:
            if self.answer is not None:
                self.answer(self, account)

    def perform(self, effect) -> None:  # noqa: C901 - one line an effect
        match effect:
            case PublishGate():
                self.write(
                    lambda latches, serial: gating.gate_document(effect.gate, latches, now=self.now, serial=serial)
                )
                self.published.append(self.now)
            case AddPause():
                self.change(gating.with_pause(self.latches, effect.pause))
            case ClearPauses():
                self.change(gating.without_pauses(self.latches, effect.scope))
            case SetOverride():
                self.change(gating.with_override(self.latches, effect.override))
            case Notify():
                self.alerts.append(effect.alert)
            case SaveMemory():
                self.memory = msgspec.json.decode(msgspec.json.encode(effect.memory), type=Memory)
            case WriteStatus():
                self.status = msgspec.json.decode(msgspec.json.encode(effect.status), type=Status)
            case Poll():
                self.polled.append((self.now, effect.why))
            case Measure():
                self.measured.append(effect.meters)
            case WakeAt():
                self.wake_at = effect.at

    def change(self, latches: Latches) -> None:
        """Write the person's part, as `ringfence pause` does, with or without a monitor."""
        if self.raw:
            self.write(lambda _, serial: {**gating.with_latches(self.document, latches, self.now), "serial": serial})
        else:
            nobody = Gate(lease_until=0.0)
            self.write(lambda _, serial: gating.gate_document(nobody, latches, now=self.now, serial=serial))

    def write(self, make) -> None:
        self.serial += 1
        self.raw = gate_reader.dump_gate(make(gating.trimmed(self.latches, self.now), self.serial))
        self.latches = gating.trimmed(gating.latches_in(self.document), self.now)

    @property
    def document(self) -> gate_reader.Document:
        """The gate as it stands on the disk."""
        return gate_reader.parse_gate(self.raw, self.now)

    def shell_reads(self) -> str:
        """What the first line alone says."""
        line = msgspec.json.decode(self.raw.split(b"\n")[0].rstrip(b",") + b"}")
        over = line["valid_until"] is not None and line["valid_until"] <= self.now
        return gate_reader.UNKNOWN if over else line["verdict"]

    def ask(self, **launch) -> gate_reader.Answer:
        return gate_reader.evaluate(self.document, self.now, **launch)

    @property
    def account(self):
        return self.state.accounts[0]

    def tell_tokens(self, **changed) -> None:
        """The transcripts were read: the same runs and refusals as before where nothing else is said."""
        self.news = replace(self.news, **changed)
        readings = tuple(self.count(m) for m in self.state.meters if m.id.removeprefix("budget:") in self.sums)
        self.feed(TokensSeen(at=self.now, news=replace(self.news, readings=readings)))

    def count(self, meter) -> Reading:
        tokens, usd = self.sums[meter.id.removeprefix("budget:")]
        since, until = self.period(meter)
        by_model = (("claude-opus-4-6", Tokens(input=tokens)),)
        return Reading(meter=meter, since=since, until=until, by_model=by_model, cost_usd=usd)

    def period(self, meter) -> tuple[float, float | None]:
        """When a meter's period began and ends: days of 24 hours and weeks of seven days from DAY on."""
        length = {Period.DAY: DAY_S, Period.WEEK: WEEK_S}.get(meter.period)
        if length is None:
            return meter.since or 0.0, meter.until
        since = MIDNIGHT + (self.now - MIDNIGHT) // length * length
        return since, since + length

    def pass_time(self, seconds: float) -> None:
        """Let time go by: the timer comes when it was asked for."""
        until = self.now + seconds
        while self.wake_at is not None and self.wake_at <= until:
            self.now = self.wake_at
            self.feed(TimeCame(at=self.now))
        self.now = until

    def __rshift__(self, act: Act) -> Story:
        act(self)
        return self

    def __lshift__(self, check: Act) -> Story:
        check(self)
        return self


# ---- what can happen


def sample(after=0.0, account=DEFAULT_ACCOUNT.name, requested=True, **used) -> Act:
    """A reading arrives, `after` so many seconds."""

    def act(story: Story) -> None:
        story.pass_time(after)
        story.feed(SampleArrived(at=story.now, sample=reading(story.now, account, **used), requested=requested))

    return act


def fed(after=0.0, account=DEFAULT_ACCOUNT.name, age=0.0, **used) -> Act:
    """Claude Code tells its status line of session or week, `after` so many seconds; it was so `age` seconds ago."""

    def act(story: Story) -> None:
        story.pass_time(after)
        made = replace(reading(story.now - age, account, **used), source="statusline_feed", partial=True)
        story.feed(SampleArrived(at=story.now, sample=made, requested=False))

    return act


def failed(kind="offline", after=0.0, account=DEFAULT_ACCOUNT.name, retry_after_s=None, requested=True) -> Act:
    """A poll fails."""

    def act(story: Story) -> None:
        story.pass_time(after)
        story.feed(
            PollFailed(
                at=story.now, account=account, kind=FailureKind(kind), detail="No answer.", retry_after_s=retry_after_s,
                requested=requested,
            )
        )  # fmt: skip

    return act


def answering(**used) -> Act:
    """From now on every poll is answered at once with this."""

    def act(story: Story) -> None:
        story.answer = lambda s, account: sample(account=account, **used)(s)

    return act


def failing(kind="offline", **more) -> Act:
    """From now on every poll fails at once."""

    def act(story: Story) -> None:
        story.answer = lambda s, account: failed(kind, account=account, **more)(s)

    return act


def later(seconds: float) -> Act:
    return lambda story: story.pass_time(seconds)


def until(moment: float) -> Act:
    return lambda story: story.pass_time(moment - story.now)


def asleep(seconds: float) -> Act:
    """The machine sleeps: no timer comes, the clock goes on."""

    def act(story: Story) -> None:
        story.now += seconds
        story.feed(Woke(at=story.now, slept_s=seconds))

    return act


def sleep_begins() -> Act:
    """The system says that the machine is about to sleep."""
    return lambda story: story.feed(SleepBegan(at=story.now))


def metered(yes: bool = True) -> Act:
    """The system says what its connection is."""
    return lambda story: story.feed(ConnectionSeen(at=story.now, metered=yes))


def clock_set(by_s: float) -> Act:
    def act(story: Story) -> None:
        story.now += by_s
        story.feed(ClockJumped(at=story.now, by_s=by_s))

    return act


def killed(down_s=0.0) -> Act:
    """The monitor is killed; what was saved stays; it starts again `down_s` later."""

    def act(story: Story) -> None:
        story.now += down_s
        story.start()

    return act


def dead(seconds: float) -> Act:
    """The monitor is killed and nobody starts it again."""

    def act(story: Story) -> None:
        story.wake_at = None
        story.now += seconds

    return act


def quits() -> Act:
    return lambda story: story.feed(QuitAsked(at=story.now))


def change(**wanted) -> Act:
    """The person changes the settings; what is not named goes back to its default."""

    def act(story: Story) -> None:
        story.settings = settings(**wanted)
        story.feed(SettingsChanged(at=story.now, settings=story.settings))

    return act


def use_accounts(*accounts: Account) -> Act:
    def act(story: Story) -> None:
        story.settings = replace(story.settings, accounts=accounts)
        story.feed(SettingsChanged(at=story.now, settings=story.settings))

    return act


def paused(for_s=None, until_reset=False, why=None, scope=Scope()) -> Act:
    def act(story: Story) -> None:
        end = None if for_s is None else story.now + for_s
        story.feed(PauseAsked(at=story.now, until=end, until_reset=until_reset, why=why, scope=scope))

    return act


def unpaused(scope=None) -> Act:
    return lambda story: story.feed(UnpauseAsked(at=story.now, scope=scope))


def overridden(for_s=None) -> Act:
    return lambda story: story.feed(OverrideAsked(at=story.now, for_s=for_s))


def override_taken_back() -> Act:
    return lambda story: story.feed(OverrideEnded(at=story.now))


def pause_by_command(pause) -> Act:
    """`ringfence pause` in a terminal: it writes the file, and the monitor sees it when it runs."""

    def act(story: Story) -> None:
        story.change(gating.with_pause(story.latches, pause))
        story.feed(LatchesSeen(at=story.now, latches=story.latches))

    return act


def looked() -> Act:
    return lambda story: story.feed(WindowOpened(at=story.now))


def asked() -> Act:
    return lambda story: story.feed(RefreshAsked(at=story.now))


def login_changed(account=DEFAULT_ACCOUNT.name) -> Act:
    return lambda story: story.feed(CredentialsChanged(at=story.now, account=account))


def signs_in(after=0.0, **who) -> Act:
    """Claude Code notes who is signed in, by account: signs_in(work="ann", home=None)."""

    def act(story: Story) -> None:
        story.pass_time(after)
        story.signed_in |= who
        story.feed(IdentitiesSeen(at=story.now, identities=tuple(story.signed_in.items())))

    return act


def spent(after=0.0, usd=None, **tokens: int) -> Act:
    """The transcripts were read and the budgets counted, by name: spent(nightly=5_000_000)."""

    def act(story: Story) -> None:
        story.pass_time(after)
        story.sums |= {name: (count, usd) for name, count in tokens.items()}
        story.tell_tokens()

    return act


def refused(
    claim="session", after=0.0, model=None, resets_at=RESET, age=0.0, session="s1", account=DEFAULT_ACCOUNT.name
) -> Act:
    """A session's last record is a refusal, so old."""

    def act(story: Story) -> None:
        story.pass_time(after)
        made = SeenRefusal(
            account=account, session=session, at=story.now - age, claim=claim, model=model, resets_at=resets_at
        )
        others = tuple(r for r in story.news.refusals if r.session != session)
        story.tell_tokens(refusals=(*others, made))

    return act


def shown(
    claim="session", after=0.0, model=None, resets_at=RESET, age=0.0, session="tmux:%1", account=DEFAULT_ACCOUNT.name
) -> Act:
    """A pane of tmux shows a refusal, said so long ago."""

    def act(story: Story) -> None:
        story.pass_time(after)
        made = SeenRefusal(
            account=account, session=session, at=story.now - age, claim=claim, model=model, resets_at=resets_at
        )
        story.feed(PanesSeen(at=story.now, refusals=(made,)))

    return act


def answered(after=0.0, model="claude-opus-4-6", session="s2", account=DEFAULT_ACCOUNT.name, project="/home/me") -> Act:
    """A session gets an answer; it is a run, and what was refused in it is not its last record any more."""

    def act(story: Story) -> None:
        story.pass_time(after)
        run = Run(
            session=session, account=account, project=project, model=model, models=(), tokens=Tokens(output=1),
            burn_per_min=0.0, started_at=story.now, last_at=story.now,
        )  # fmt: skip
        kept = tuple(r for r in story.news.refusals if r.session != session)
        story.tell_tokens(runs=(run,), refusals=kept)

    return act


def rested(after=0.0) -> Act:
    """No session runs any more."""

    def act(story: Story) -> None:
        story.pass_time(after)
        story.tell_tokens(runs=())

    return act


# ---- what can be looked at


def gate(verdict: str, **launch) -> Act:
    """The verdict for a launch; for one that names nothing the shell's line must say the same as the whole file."""

    def check(story: Story) -> None:
        answer = story.ask(**launch)
        assert answer.verdict == verdict, answer.why
        if not launch:
            assert story.shell_reads() == verdict

    return check


def because(reason: str, **launch) -> Act:
    """The reason a refused launch is told."""
    return lambda story: _equal((story.ask(**launch).refusal or {}).get("reason"), reason)


def told(*kinds: str) -> Act:
    """Exactly these alerts since the last look."""

    def check(story: Story) -> None:
        new, story.untold = story.alerts[story.untold :], len(story.alerts)
        assert [a.kind for a in new] == [AlertKind(k) for k in kinds]

    return check


def next_poll(in_s: float, why: str) -> Act:
    def check(story: Story) -> None:
        planned = story.account.planned
        assert (round(planned.at - story.now, 3), planned.why) == (in_s, why)

    return check


def polls(count: int) -> Act:
    """So many requests since the story began."""
    return lambda story: _equal(len(story.polled), count)


def _equal(found, wanted) -> None:
    assert found == wanted


EVERY_LAUNCH = Scope()
