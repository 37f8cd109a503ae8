"""The one place where things change: `step(state, event) -> (state, effects)`, pure and total.

An event first changes the facts (`_apply`); then `_settle` derives all that follows from them: the gate, what is drawn
and written, who is polled, and when to wake. Deriving instead of remembering is what keeps the two from drifting apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from ringfence import gate_reader
from ringfence.core import alerts, gating, polling
from ringfence.core.effects import (
    AddPause,
    AppendHistory,
    ClearPauses,
    Effect,
    Notify,
    Poll,
    PublishGate,
    Quit,
    SaveMemory,
    SetOverride,
    Show,
    WakeAt,
    WriteStatus,
)
from ringfence.core.events import (
    ClockJumped,
    CredentialsChanged,
    Event,
    FileFailed,
    FileRecovered,
    LatchesSeen,
    OverrideAsked,
    OverrideEnded,
    PauseAsked,
    PollFailed,
    QuitAsked,
    RefreshAsked,
    SampleArrived,
    SettingsChanged,
    Started,
    TimeCame,
    UnpauseAsked,
    WindowOpened,
    Woke,
)
from ringfence.core.model import (
    SIGN_IN_KINDS,
    AccountMemory,
    AccountStatus,
    Alert,
    AlertKind,
    Failure,
    Gate,
    Latches,
    Memory,
    Override,
    Pause,
    Sample,
    Status,
)
from ringfence.core.polling import Planned, Situation, Why
from ringfence.core.ring import View, build_view, stale_after_s
from ringfence.core.settings import Settings, floor_of

RENEW_S = 270.0
"""The lease is renewed this often; DESIGN 4 asks for 300 at most, and timers may be late."""
RETRY_WRITE_S = 30.0
"""How soon a gate that could not be written is tried again."""
OLD_ENOUGH_S = 60.0
"""A person who looks gets a fresh reading only if the last one is older than this."""
OVERRIDE_DEFAULT_S = 3600.0
"""How long "until the reset" lasts when the hold names no reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What is known of one account."""

    name: str
    sample: Sample | None = None
    """The last reading, as it came."""
    believed: Sample | None = None
    """The last reading that decisions stand on: without what still needs a second one."""
    suspects: tuple[str, ...] = ()
    failure: Failure | None = None
    memory: AccountMemory
    attempted_at: float | None = None
    in_flight: bool = False
    read: bool = False
    """Whether a reading arrived since the start."""
    wish: Planned | None = None
    planned: Planned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the monitor knows."""

    settings: Settings = field(default_factory=Settings)
    accounts: tuple[AccountFacts, ...] = ()
    latches: Latches = Latches()
    last_good_settings: dict[str, object] = field(default_factory=dict)
    seed: int = 0
    started_at: float = 0.0
    settings_trouble: str = ""
    file_trouble: str = ""
    file_told: bool = False
    gate: Gate | None = None
    """The automatic part as it was last published."""
    gate_published_at: float | None = None
    """None: it has to be written at once."""
    verdict: str = gate_reader.UNKNOWN
    view: View | None = None
    status: Status | None = None
    memory: Memory | None = None
    stopping: bool = False

    def account(self, name: str) -> AccountFacts | None:
        """Return the account of that name, None when it was removed meanwhile."""
        return next((a for a in self.accounts if a.name == name), None)


def step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Return the next state and what the shell must do, in order. Total: every event in every state has an answer."""
    if state.stopping:
        return state, ()
    changed, effects = _apply(state, event)
    return _settle(changed, event.at, effects)


def _apply(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:  # noqa: C901, PLR0912 - one line an event
    match event:
        case Started():
            return _started(event), ()
        case SampleArrived():
            return _sample_arrived(state, event)
        case PollFailed():
            return _poll_failed(state, event)
        case TimeCame():
            return state, ()
        case Woke():
            return _wish_all(replace(state, gate_published_at=None), event.at + _settle_down(state), Why.WOKE), ()
        case ClockJumped():
            return _clock_jumped(state, event), ()
        case SettingsChanged():
            return _settings_changed(state, event), ()
        case LatchesSeen():
            return replace(state, latches=event.latches), ()
        case CredentialsChanged():
            return _credentials_changed(state, event), ()
        case WindowOpened():
            return _window_opened(state, event.at), ()
        case RefreshAsked():
            return _wish_all(state, event.at, Why.ASKED), ()
        case PauseAsked():
            return state, (AddPause(pause=_pause(state, event)),)
        case UnpauseAsked():
            return state, (ClearPauses(),)
        case OverrideAsked():
            return state, (SetOverride(override=_override(state, event)),)
        case OverrideEnded():
            return state, (SetOverride(override=None),)
        case FileFailed():
            return _file_failed(state, event)
        case FileRecovered():
            return replace(state, file_trouble="", file_told=False), ()
        case QuitAsked():
            return replace(state, stopping=True), ()
        case _:
            assert_never(event)


# ---- what an event does to the facts


def _started(event: Started) -> State:
    remembered = {m.name: m for m in event.memory.accounts}
    last = {a.name: a for a in event.accounts}
    accounts = tuple(
        _restored(a.name, remembered.get(a.name), last.get(a.name), event.at) for a in event.settings.accounts
    )
    return State(
        settings=event.settings,
        accounts=accounts,
        latches=event.latches,
        last_good_settings=event.memory.last_good_settings,
        seed=event.seed,
        started_at=event.at,
        settings_trouble=event.trouble,
        memory=event.memory,
    )


def _restored(name: str, memory: AccountMemory | None, status: AccountStatus | None, now: float) -> AccountFacts:
    kept = memory or AccountMemory(name=name)
    kept = replace(kept, poll=polling.sane(kept.poll, now))
    sample = status.sample if status else None
    if sample is None or status is None or sample.observed_at > now:  # a reading of the future: the clock was set back
        return AccountFacts(name=name, memory=kept)
    return AccountFacts(
        name=name,
        memory=kept,
        sample=sample,
        believed=gating.believed(sample, status.suspects, None),
        suspects=status.suspects,
    )


def _sample_arrived(state: State, event: SampleArrived) -> tuple[State, tuple[Effect, ...]]:
    account = state.account(event.sample.account)
    if account is None:
        return state, ()
    sample = event.sample
    suspects = gating.suspects_in(sample, _status_of(account))
    poll = account.memory.poll if event.requested else polling.without_request(account.memory.poll)
    changed = replace(
        account,
        sample=sample,
        believed=gating.believed(sample, suspects, account.believed),
        suspects=suspects,
        failure=None,
        memory=replace(account.memory, poll=polling.after_success(poll)),
        attempted_at=event.at,
        in_flight=False,
        read=True,
        wish=None,
    )
    after = _with_account(state, changed)
    memory, told = _alerts_of(state, after, changed, first=not account.read, now=event.at)
    remembered = _with_account(after, replace(changed, memory=memory))
    history: tuple[Effect, ...] = (AppendHistory(sample=sample),)
    return remembered, (*_wanted(told, state.settings), *history)


def _alerts_of(
    before: State, after: State, account: AccountFacts, *, first: bool, now: float
) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Compare the gate before and after a sample and say what is news."""
    assert account.sample is not None
    gate = _decide(after, now)
    answer = gate_reader.evaluate(gating.gate_document(gate, after.latches, now=now), now)
    was, shut = before.verdict, answer.verdict == gate_reader.CLOSED
    binding = next((h for h in gate.holds if h.scope.account in {None, account.name}), None)
    automatic = answer.hold is not None and answer.hold["kind"] != "manual"
    closing = binding if shut and automatic and was != gate_reader.CLOSED else None
    held_before = bool(before.gate and before.gate.holds)
    opened = was == gate_reader.CLOSED and answer.verdict == gate_reader.OPEN and held_before
    return alerts.alerts_of_sample(
        account.sample, account.memory, first=first, closing=closing, opened=opened, doubted=account.suspects
    )


def _poll_failed(state: State, event: PollFailed) -> tuple[State, tuple[Effect, ...]]:
    account = state.account(event.account)
    if account is None:
        return state, ()
    since = account.failure.since if account.failure and account.failure.kind is event.kind else event.at
    failure = Failure(kind=event.kind, at=event.at, since=since, detail=event.detail)
    spent = account.memory.poll if event.requested else polling.without_request(account.memory.poll)
    floor = floor_of(_base_url(state, account.name))
    poll = polling.after_failure(spent, event.kind, event.retry_after_s, now=event.at, floor_s=floor)
    memory, told = alerts.alert_of_failure(failure, replace(account.memory, poll=poll), account.name)
    changed = replace(account, failure=failure, memory=memory, attempted_at=event.at, in_flight=False, wish=None)
    return _with_account(state, changed), _wanted(told, state.settings)


def _clock_jumped(state: State, event: ClockJumped) -> State:
    moved = tuple(_moved(a, event) for a in state.accounts)
    return _wish_all(replace(state, accounts=moved, gate_published_at=None), event.at, Why.CLOCK_JUMPED)


def _moved(account: AccountFacts, event: ClockJumped) -> AccountFacts:
    """Return the account with its moments moved along, so that ages stay what they are."""

    def shifted(sample: Sample | None) -> Sample | None:
        return replace(sample, observed_at=min(sample.observed_at + event.by_s, event.at)) if sample else None

    poll = polling.after_clock_jump(account.memory.poll, now=event.at, by_s=event.by_s)
    attempted = None if account.attempted_at is None else min(account.attempted_at + event.by_s, event.at)
    return replace(
        account,
        sample=shifted(account.sample),
        believed=shifted(account.believed),
        attempted_at=attempted,
        memory=replace(account.memory, poll=poll),
        wish=None,
    )


def _settings_changed(state: State, event: SettingsChanged) -> State:
    kept = {a.name: a for a in state.accounts}
    accounts = tuple(
        kept.get(a.name) or AccountFacts(name=a.name, memory=AccountMemory(name=a.name))
        for a in event.settings.accounts
    )
    return replace(
        state,
        settings=event.settings,
        accounts=accounts,
        settings_trouble=event.trouble,
        last_good_settings=state.last_good_settings if event.raw is None else event.raw,
    )


def _credentials_changed(state: State, event: CredentialsChanged) -> State:
    account = state.account(event.account)
    if account is None:
        return state
    wish = Planned(at=event.at, why=Why.CREDENTIALS_CHANGED)
    # Only a login that failed is worth a reading at once: Claude Code rewrites the file every few hours.
    failed = account.failure is not None and account.failure.kind in SIGN_IN_KINDS
    return _with_account(state, replace(account, wish=wish)) if failed else state


def _window_opened(state: State, now: float) -> State:
    old = [a for a in state.accounts if a.sample is None or now - a.sample.observed_at > OLD_ENOUGH_S]
    wish = Planned(at=now, why=Why.WINDOW_OPENED)
    return replace(state, accounts=tuple(replace(a, wish=wish) if a in old else a for a in state.accounts))


def _pause(state: State, event: PauseAsked) -> Pause:
    until = event.until
    if event.until_reset:
        believed = state.accounts[0].believed if state.accounts else None
        session = believed.window("session") if believed else None
        until = session.resets_at if session and session.resets_at and session.resets_at > event.at else None
    return Pause(since=event.at, until=until, why=event.why)


def _override(state: State, event: OverrideAsked) -> Override:
    if event.for_s is not None:
        return Override(since=event.at, until=event.at + event.for_s)
    document = gating.gate_document(_decide(state, event.at), state.latches, now=event.at)
    until = gating.reset_of_binding_hold(document, event.at)
    return Override(since=event.at, until=until or event.at + OVERRIDE_DEFAULT_S)


def _file_failed(state: State, event: FileFailed) -> tuple[State, tuple[Effect, ...]]:
    retry = event.at - RENEW_S + RETRY_WRITE_S
    failed = replace(state, file_trouble=event.detail, file_told=True, gate_published_at=retry)
    alert = Alert(kind=AlertKind.TROUBLE, at=event.at, detail=event.detail)
    return failed, () if state.file_told else (Notify(alert=alert),)


# ---- what follows from the facts


def _settle(state: State, now: float, effects: tuple[Effect, ...]) -> tuple[State, tuple[Effect, ...]]:
    state = replace(state, latches=gating.trimmed(state.latches, now))
    if state.stopping:
        return _stopped(state, now, effects)
    state, blind = _notice_blindness(state, now)
    state, published = _publish(state, now)
    state, reclosed = _notice_verdict(state, now, effects)
    state, polls = _poll_due(state, now)
    state, drawn = _draw(state, now)
    wake = WakeAt(at=_wake_at(state, now))
    return state, (*published, *effects, *blind, *reclosed, *drawn, *polls, wake)


def _publish(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Publish the gate when its content changed, a latch ended, or the lease is due."""
    gate = _decide(state, now)
    due = state.gate_published_at is None or not 0 <= now - state.gate_published_at < RENEW_S
    same = state.gate is not None and replace(gate, lease_until=state.gate.lease_until) == state.gate
    verdict = _verdict(gate, state.latches, now)
    if same and not due and verdict == state.verdict:
        return state, ()
    return replace(state, gate=gate, gate_published_at=now), (PublishGate(gate=gate),)


def _notice_verdict(state: State, now: float, effects: tuple[Effect, ...]) -> tuple[State, tuple[Effect, ...]]:
    """Follow the verdict, and tell when an override's end closes the gate again."""
    assert state.gate is not None
    answer = gate_reader.evaluate(gating.gate_document(state.gate, state.latches, now=now), now)
    was, is_now = state.verdict, answer.verdict
    changed = replace(state, verdict=is_now)
    by_sample = any(isinstance(e, AppendHistory) for e in effects)
    automatic = answer.hold is not None and answer.hold["kind"] != "manual"
    if was != gate_reader.OPEN or is_now != gate_reader.CLOSED or by_sample or not automatic or state.view is None:
        return changed, ()
    if state.view.override is None:  # the person changed a threshold: they know
        return changed, ()
    hold = state.gate.holds[0]
    alert = Alert(
        kind=AlertKind.GATE_CLOSED, at=now, hold=hold, critical=True, actions=alerts.WITH_OVERRIDE,
        account=hold.scope.account or "",
    )  # fmt: skip
    return changed, _wanted((alert,), state.settings)


def _notice_blindness(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    told: list[Alert] = []
    accounts = []
    for account in state.accounts:
        seen = account.believed.observed_at if account.believed else state.started_at
        if now - seen < state.settings.gate.blind_after_s or account.memory.sign_in_told:
            accounts.append(account)
            continue
        memory, alert = alerts.alert_of_blindness(account.memory, account.name, account.failure, now)
        told += alert
        accounts.append(replace(account, memory=memory))
    return replace(state, accounts=tuple(accounts)), _wanted(tuple(told), state.settings)


def _poll_due(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    accounts, polls = [], []
    for account in state.accounts:
        if account.in_flight:
            accounts.append(account)
            continue
        planned = polling.next_poll(_situation(state, account), now)
        if planned.at > now:
            accounts.append(replace(account, planned=planned))
            continue
        poll = polling.with_request(account.memory.poll, now)
        polls.append(Poll(account=account.name, why=planned.why))
        accounts.append(
            replace(
                account,
                in_flight=True,
                wish=None,
                planned=Planned(at=now, why=Why.IN_FLIGHT),
                memory=replace(account.memory, poll=poll),
            )
        )
    return replace(state, accounts=tuple(accounts)), tuple(polls)


def _draw(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Show, write and save what changed. Memory goes first: a request must be counted before it is sent."""
    assert state.gate is not None
    status = _status(state, now)
    view = build_view(status, gating.gate_document(state.gate, state.latches, now=now), state.settings, now=now)
    memory = Memory(accounts=tuple(a.memory for a in state.accounts), last_good_settings=state.last_good_settings)
    effects: list[Effect] = []
    if memory != state.memory:
        effects.append(SaveMemory(memory=memory))
    if view != state.view:
        effects.append(Show(view=view))
    if state.status is None or replace(status, written_at=state.status.written_at) != state.status:
        effects.append(WriteStatus(status=status))
    return replace(state, view=view, status=status, memory=memory), tuple(effects)


def _stopped(state: State, now: float, effects: tuple[Effect, ...]) -> tuple[State, tuple[Effect, ...]]:
    """Leave a gate whose automatic verdict is unknown from now on; the person's pause stays (DESIGN 2.5, 4)."""
    gate = replace(_decide(state, now), stopped=True)
    status = replace(_status(state, now), running=False)
    memory = Memory(accounts=tuple(a.memory for a in state.accounts), last_good_settings=state.last_good_settings)
    stopped = replace(state, gate=gate, status=status, memory=memory, verdict=_verdict(gate, state.latches, now))
    return stopped, (
        PublishGate(gate=gate),
        *effects,
        SaveMemory(memory=memory),
        WriteStatus(status=status),
        Quit(),
    )


def _wake_at(state: State, now: float) -> float:
    """Return the next moment at which anything can change by itself."""
    moments = [(state.gate_published_at or now) + RENEW_S]
    for account in state.accounts:
        if account.planned is not None and not account.in_flight:
            moments.append(account.planned.at)
        if account.sample is not None:
            moments.append(account.sample.observed_at + stale_after_s(_interval(state, account.name)))
            moments += [w.resets_at for w in account.sample.windows if w.resets_at is not None]
        moments.append(
            (account.believed.observed_at if account.believed else state.started_at) + state.settings.gate.blind_after_s
        )
    moments += [h.evidence_until for h in state.gate.holds] if state.gate else []
    moments += [p.until for p in state.latches.pauses if p.until is not None]
    moments += [state.latches.override.until] if state.latches.override else []
    return min(m for m in (*moments, now + RENEW_S) if m > now)


# ---- small readings of the state


def _decide(state: State, now: float) -> Gate:
    return gating.decide_gate(
        [(a.name, a.believed) for a in state.accounts], state.settings, now=now, before=state.gate
    )


def _verdict(gate: Gate, latches: Latches, now: float) -> str:
    return gate_reader.evaluate(gating.gate_document(gate, latches, now=now), now).verdict


def _situation(state: State, account: AccountFacts) -> Situation:
    windows = account.sample.windows if account.sample else ()
    limits = [(w.id, gating.threshold_of(w, state.settings)) for w in windows]
    return Situation(
        name=account.name,
        memory=account.memory.poll,
        floor_s=floor_of(_base_url(state, account.name)),
        interval_s=_interval(state, account.name),
        seed=state.seed,
        sample=account.sample,
        failure=account.failure.kind if account.failure else None,
        attempted_at=account.attempted_at,
        suspects=bool(account.suspects),
        thresholds=tuple((window, pct) for window, pct in limits if pct is not None),
        wish=account.wish,
    )


def _status(state: State, now: float) -> Status:
    return Status(
        written_at=now,
        accounts=tuple(_account_status(state, a, now) for a in state.accounts),
        interval_s=max((_interval(state, a.name) for a in state.accounts), default=300.0),
        running=True,
        trouble=state.settings_trouble or state.file_trouble,
    )


def _account_status(state: State, account: AccountFacts, now: float) -> AccountStatus:
    floor = floor_of(_base_url(state, account.name))
    return replace(
        _status_of(account),
        next_poll_at=account.planned.at if account.planned else None,
        next_poll_why=account.planned.why if account.planned else "",
        requests_last_hour=len(polling.recent(account.memory.poll.requested_at, now)),
        request_budget=polling.budget_of(floor),
    )


def _status_of(account: AccountFacts) -> AccountStatus:
    return AccountStatus(name=account.name, sample=account.sample, failure=account.failure, suspects=account.suspects)


def _base_url(state: State, name: str) -> str:
    account = next((a for a in state.settings.accounts if a.name == name), None)
    return state.settings.base_url_of(account) if account else state.settings.usage.base_url


def _interval(state: State, name: str) -> float:
    account = next((a for a in state.settings.accounts if a.name == name), None)
    return state.settings.interval_of(account) if account else state.settings.usage.interval_s


def _with_account(state: State, changed: AccountFacts) -> State:
    return replace(state, accounts=tuple(changed if a.name == changed.name else a for a in state.accounts))


def _wish_all(state: State, at: float, why: Why) -> State:
    wish = Planned(at=at, why=why)
    return replace(state, accounts=tuple(replace(a, wish=wish) for a in state.accounts))


def _settle_down(state: State) -> float:
    """Return 2-10 s to wait after waking up: the network is not there at once, and every tool wakes together."""
    return 6 + 4 * polling.jitter("woke", state.seed, state.started_at)


def _wanted(told: tuple[Alert, ...], settings: Settings) -> tuple[Effect, ...]:
    return tuple(Notify(alert=a) for a in told if alerts.wanted(a, settings.notify))
