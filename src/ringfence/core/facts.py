"""What an event does to the facts. What follows from them is the reducer's."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ringfence import gate_reader
from ringfence.core import ahead, alerts, failover, forecast, gating, identity, partial, polling, refusals_seen, resets
from ringfence.core.account_settings import Account
from ringfence.core.effects import (
    AddPause,
    AppendHistory,
    ClearPauses,
    Effect,
    LetNextThrough,
    Notify,
    SetOverride,
)
from ringfence.core.events import (
    Calibrated,
    ClockJumped,
    ConnectionSeen,
    CredentialsChanged,
    Event,
    FileFailed,
    FileRecovered,
    HintHidden,
    IdentitiesSeen,
    LatchesSeen,
    LaunchesSeen,
    NextLaunchAsked,
    OverrideAsked,
    OverrideEnded,
    PanesSeen,
    PauseAsked,
    PollFailed,
    QuitAsked,
    RefreshAsked,
    RefusalReported,
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
from ringfence.core.jump import clock_jumped
from ringfence.core.model import (
    SIGN_IN_KINDS,
    AccountMemory,
    AccountStatus,
    Alert,
    AlertKind,
    Failure,
    Gate,
    Hold,
    Memory,
    Override,
    Pause,
    PollMemory,
    Sample,
    Window,
    same_instance,
)
from ringfence.core.polling import Planned, Why
from ringfence.core.settings import Settings, floor_of
from ringfence.core.state import (
    OLD_ENOUGH_S,
    RENEW_S,
    AccountFacts,
    State,
    base_url_of,
    decide,
    holds_of,
    leader_of,
    status_of,
    twins_of,
    wanted,
    wish_all,
    with_account,
)

RETRY_WRITE_S = 30.0
"""How soon a gate that could not be written is tried again."""
REPEAT_S = 60.0
"""A feed that says the same again is taken this often: it renews the age, and each time files are written."""


def apply(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:  # noqa: C901, PLR0912 - one line an event
    """Return the state with an event's facts in it, and what the event itself asks for."""
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
            return _woke(state, event.at), ()
        case SleepBegan():
            return replace(state, asleep_since=event.at), ()
        case ConnectionSeen():
            return replace(state, metered=event.metered), ()
        case ClockJumped():
            return clock_jumped(state, event), ()
        case SettingsChanged():
            return _settings_changed(state, event), ()
        case LatchesSeen():
            return replace(state, latches=event.latches), ()
        case LaunchesSeen():
            return replace(state, launches=event.launches), ()
        case TokensSeen():
            return refusals_seen.tokens_seen(state, event), ()
        case PanesSeen():
            return refusals_seen.panes_seen(state, event), ()
        case Calibrated():
            return _calibrated(state, event), ()
        case NextLaunchAsked():
            return state, (LetNextThrough(),)
        case CredentialsChanged():
            return _credentials_changed(state, event), ()
        case IdentitiesSeen():
            return identity.identities_seen(state, event), ()
        case WindowOpened():
            return _window_opened(state, event.at), ()
        case RefreshAsked():
            return wish_all(state, event.at, Why.ASKED, only=event.account), ()
        case PauseAsked():
            return state, (AddPause(pause=_pause(state, event)),)
        case UnpauseAsked():
            return state, (ClearPauses(scope=event.scope),)
        case OverrideAsked():
            return state, _override(state, event)
        case OverrideEnded():
            return state, (SetOverride(override=None),)
        case RefusalReported():
            return failover.reported(state, event), ()
        case HintHidden():
            return replace(state, hidden_hints=tuple(dict.fromkeys((*state.hidden_hints, event.hint)))), ()
        case FileFailed():
            return _file_failed(state, event)
        case FileRecovered():
            return replace(state, file_trouble="", file_told=False), ()
        case QuitAsked():
            return replace(state, stopping=True), ()
        case _:
            assert_never(event)


def _started(event: Started) -> State:
    signed_in, last = dict(event.identities), {a.name: a for a in event.accounts}
    accounts = tuple(
        _restored(a.name, signed_in.get(a.name), event.memory, last.get(a.name), event.at)
        for a in event.settings.accounts
    )
    state = State(
        settings=event.settings,
        accounts=accounts,
        latches=event.latches,
        last_good_settings=event.memory.last_good_settings,
        seed=event.seed,
        settings_trouble=event.trouble,
        lost=event.lost,
        started_at=event.at,
        memory=event.memory,
        routes=failover.sane(event.memory.routes, event.at),
        counts=tuple(c for c in event.memory.reached if c.at <= event.at),
        told=event.memory.told,
        hidden_hints=event.memory.hidden_hints,
        pane_refusals=tuple(r for r in event.memory.refused if r.at <= event.at),
    )
    return identity.joined(state, event.identities)


def _restored(
    name: str, signed_in: str | None, memory: Memory, status: AccountStatus | None, now: float
) -> AccountFacts:
    kept = identity.recalled(name, signed_in, memory.accounts, now)
    another = kept.identified_at == now  # the last reading is not theirs
    # What is of the future was written under another clock.
    kept = replace(
        kept, poll=polling.sane(kept.poll, now), relieved=tuple(r for r in kept.relieved if r.at <= now),
        identified_at=min(kept.identified_at, now),
    )  # fmt: skip
    sample = status.sample if status else None
    if sample is None or status is None or sample.observed_at > now or another:  # of the future: the clock was set back
        return AccountFacts(name=name, memory=kept, watched_since=now)
    return AccountFacts(
        name=name,
        memory=kept,
        watched_since=now,
        sample=sample,
        believed=_believed(sample, status.suspects, None),
        suspects=status.suspects,
    )


def _believed(sample: Sample, suspects: tuple[str, ...], before: Sample | None) -> Sample | None:
    """Return what decisions stand on: nothing yet, when the only reading there is needs a second one (DESIGN 2.6)."""
    return gating.believed(sample, suspects, before) if before or not suspects else None


def _sample_arrived(state: State, event: SampleArrived) -> tuple[State, tuple[Effect, ...]]:
    account = leader_of(state, event.sample.account)
    if account is None:
        return state, ()
    event = replace(event, sample=identity.named(event.sample, account.name))
    if event.sample.partial:
        return _feed_arrived(state, event, account)
    sample = _dated(event, account)
    suspects = gating.suspects_in(sample, status_of(account))
    poll = _spent(account, requested=event.requested)
    changed = replace(
        account,
        sample=sample,
        believed=_believed(sample, suspects, account.believed),
        suspects=suspects,
        failure=None,
        memory=replace(account.memory, poll=polling.after_success(poll)),
        attempted_at=event.at,
        requested=event.requested,
        in_flight=False,
        read=True,
        wish=account.wish if account.wish and account.wish.at > event.at else None,
        history=forecast.remembered(account.history, sample),
    )
    after = with_account(state, changed)
    memory, told = _alerts_of(state, after, changed, sample, first=not account.read, now=event.at)
    changed, warned = _warn(after, replace(changed, memory=memory), sample, event.at)
    remembered, told = with_account(after, changed), (*told, *warned)
    history: tuple[Effect, ...] = (AppendHistory(sample=sample),)
    return remembered, (*wanted(told, state.settings), *history)


def _feed_arrived(state: State, event: SampleArrived, account: AccountFacts) -> tuple[State, tuple[Effect, ...]]:
    """Take what Claude Code told by itself. What is known of the endpoint stays: its failure, its limits."""
    told_at = replace(event.sample, observed_at=min(event.sample.observed_at, event.at))
    fresh = partial.news_in(told_at, account.sample, doubted=account.suspects)
    if not fresh.windows or _repeats(fresh, account.sample):
        return state, ()
    suspects = gating.suspects_in(fresh, status_of(account))
    certain = replace(fresh, windows=tuple(w for w in fresh.windows if w.id not in suspects))
    still = tuple(s for s in account.suspects if fresh.window(s) is None)
    changed = replace(
        account,
        sample=partial.merged(account.sample, fresh),
        believed=partial.merged(account.believed, certain) if certain.windows else account.believed,
        suspects=(*suspects, *still),
        fed=True,
        history=forecast.remembered(account.history, fresh),
    )
    after = with_account(state, changed)
    first = not (account.read or account.fed)
    memory, told = _alerts_of(state, after, changed, fresh, first=first, now=event.at)
    # A login that the endpoint refuses is still refused: its message does not come again.
    memory = replace(memory, sign_in_told=account.memory.sign_in_told)
    changed, warned = _warn(after, replace(changed, memory=memory), fresh, event.at)
    remembered, told = with_account(after, changed), (*told, *warned)
    return remembered, (*wanted(told, state.settings), AppendHistory(sample=fresh))


def _warn(state: State, account: AccountFacts, sample: Sample, now: float) -> tuple[AccountFacts, tuple[Alert, ...]]:
    """Judge whether the windows of a new reading run out before their reset, and say it of those that still do."""
    found = ahead.warnings_of(with_account(state, account), account, now)
    ending = [each for each in found if sample.window(each[0].id) is not None]
    memory, told = alerts.alerts_of_forecast(ending, account.memory, account.running_out, now=now)
    before = dict(account.running_out)
    unread = tuple((window, at) for window, at in account.running_out if sample.window(window) is None)
    judged = tuple((window.id, before.get(window.id, now)) for window, _, _ in ending)
    return replace(account, memory=memory, running_out=(*unread, *judged)), told


def _calibrated(state: State, event: Calibrated) -> State:
    account = state.account(event.account)
    return state if account is None else with_account(state, replace(account, calibrations=event.calibrations))


def _repeats(fresh: Sample, before: Sample | None) -> bool:
    """Tell whether a sample says what was said less than a minute ago: every answer of every run tells it anew."""
    if before is None:
        return False

    def same(window: Window) -> bool:
        known = before.window(window.id)
        return (
            known is not None
            and known.used == window.used
            and same_instance(known.resets_at, window.resets_at)
            and fresh.observed_at - before.observed(known) < REPEAT_S
        )

    return all(same(window) for window in fresh.windows)


def _alerts_of(
    before: State, after: State, account: AccountFacts, sample: Sample, *, first: bool, now: float
) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Compare the gate before and after a sample and say what is news, for the launches that each hold is about."""
    gate, gate_before = decide(after, now), decide(before, now)
    document = gating.gate_document(gate, after.latches, now=now)
    document_before = gating.gate_document(gate_before, before.latches, now=now)
    closed, opened = gate_reader.CLOSED, gate_reader.OPEN
    closing = [
        hold
        for hold in _thresholds(gate, account.name)
        if _answer_about(hold, document_before, now) != closed and _answer_about(hold, document, now) == closed
    ]
    opening = [
        hold
        for hold in _thresholds(gate_before, account.name)
        if _answer_about(hold, document_before, now) == closed and _answer_about(hold, document, now) == opened
    ]
    return alerts.alerts_of_sample(
        sample,
        account.memory,
        first=first,
        closing=next(iter(closing), None),
        opened=bool(opening),
        doubted=account.suspects,
    )


def _dated(event: SampleArrived, account: AccountFacts) -> Sample:
    """Return the sample dated between its request and its arrival: the clock may have been set in between."""
    requests = account.memory.poll.requested_at if event.requested and account.in_flight else ()
    asked_at = max(requests, default=0.0)  # none is left of a request that was sent over an hour ago
    return replace(event.sample, observed_at=min(max(event.sample.observed_at, asked_at), event.at))


def _spent(account: AccountFacts, *, requested: bool) -> PollMemory:
    """Return the memory of requests after an attempt: the one counted when it began is taken back if none went out."""
    poll = account.memory.poll
    return poll if requested or not account.in_flight else polling.without_request(poll)


def _thresholds(gate: Gate, name: str) -> list[Hold]:
    """Return the holds that come and go with an account's samples; the others have messages of their own."""
    return [hold for hold in holds_of(gate, name) if hold.kind == "threshold"]


def _answer_about(hold: Hold, document: gate_reader.Document, now: float) -> str:
    return gating.answer_about(hold, document, now).verdict


def _poll_failed(state: State, event: PollFailed) -> tuple[State, tuple[Effect, ...]]:
    signs_in = event.kind in SIGN_IN_KINDS  # whose login is missing is told of the name that was asked
    account = state.account(event.account) if signs_in else leader_of(state, event.account)
    if account is None:
        return state, ()
    since = account.failure.since if account.failure and account.failure.kind is event.kind else event.at
    failure = Failure(kind=event.kind, at=event.at, since=since, detail=event.detail)
    spent = _spent(account, requested=event.requested)
    floor = floor_of(base_url_of(state, account.name))
    poll = polling.after_failure(spent, event.kind, event.retry_after_s, now=event.at, floor_s=floor)
    memory, told = alerts.alert_of_failure(failure, replace(account.memory, poll=poll), account.name)
    # A wish that came up while the request was out stays: the machine slept, or the login changed meanwhile.
    changed = replace(
        account, failure=failure, memory=memory, attempted_at=event.at, requested=event.requested, in_flight=False
    )
    after = with_account(state, changed)
    return identity.released(after, changed) if signs_in else after, wanted(told, state.settings)


def _woke(state: State, now: float) -> State:
    awake = tuple(replace(a, watched_since=now, running_out=()) for a in state.accounts)
    wished_at = now + 6 + 4 * polling.jitter("woke", state.seed, now)  # 2-10 s: the network is not there at once
    return wish_all(replace(state, accounts=awake, gate_published_at=None, asleep_since=None), wished_at, Why.WOKE)


def _settings_changed(state: State, event: SettingsChanged) -> State:
    before = {a.name: _login(a, state.settings) for a in state.settings.accounts}
    accounts = tuple(
        kept
        if (kept := state.account(a.name)) and before.get(a.name) == _login(a, event.settings)
        else _begun(state, a.name, dict(event.identities).get(a.name), event.at)
        for a in event.settings.accounts
    )
    changed = replace(
        state,
        settings=event.settings,
        accounts=accounts,
        settings_trouble=event.trouble,
        last_good_settings=state.last_good_settings if event.raw is None else event.raw,
    )
    return identity.joined(changed, event.identities)


def _login(account: Account, settings: Settings) -> tuple[str | None, bool, str]:
    """Return whose numbers an account's readings are: under another folder or endpoint they are somebody else's."""
    return account.config_dir, account.default, settings.base_url_of(account)


def _begun(state: State, name: str, signed_in: str | None, now: float) -> AccountFacts:
    """Return an account that is watched anew; what is remembered of it counts, for its requests were spent."""
    known = (*(a.memory for a in state.accounts), *(state.memory.accounts if state.memory else ()))
    memory = identity.recalled(name, signed_in, known, now)
    return AccountFacts(name=name, memory=memory, watched_since=now)


def _credentials_changed(state: State, event: CredentialsChanged) -> State:
    account = state.account(event.account)
    if account is None:
        return state
    wish = Planned(at=event.at, why=Why.CREDENTIALS_CHANGED)
    # Only a login that failed is worth a reading at once: Claude Code rewrites the file every few hours.
    failed = account.failure is not None and account.failure.kind in SIGN_IN_KINDS
    if not failed:
        return state
    # Of a subscription with several names it may be this one's turn again.
    failure = account.failure if len(twins_of(state, account)) == 1 else None
    return with_account(state, replace(account, wish=wish, failure=failure))


def _window_opened(state: State, now: float) -> State:
    old = [a for a in state.accounts if a.sample is None or now - a.sample.observed_at > OLD_ENOUGH_S]
    wish = Planned(at=now, why=Why.WINDOW_OPENED)
    return replace(state, accounts=tuple(replace(a, wish=wish) if a in old else a for a in state.accounts))


def _pause(state: State, event: PauseAsked) -> Pause:
    until = event.until
    if event.until_reset:
        first = next((a for a in state.accounts if event.scope.account in {None, a.name}), None)
        windows = first.believed.windows if first and first.believed else ()
        until = resets.end_of_pause([(w.id, w.resets_at) for w in windows], event.scope, event.at)
    return Pause(since=event.at, until=until, scope=event.scope, why=event.why)


def _override(state: State, event: OverrideAsked) -> tuple[Effect, ...]:
    if event.for_s is not None:
        return (SetOverride(override=Override(since=event.at, until=event.at + event.for_s)),)
    document = gating.gate_document(decide(state, event.at), state.latches, now=event.at)
    made = gating.override_until_reset(document, event.at)
    return () if made is None else (SetOverride(override=made),)


def _file_failed(state: State, event: FileFailed) -> tuple[State, tuple[Effect, ...]]:
    retry = event.at - RENEW_S + RETRY_WRITE_S
    failed = replace(state, file_trouble=event.detail, file_told=True, gate_published_at=retry)
    alert = Alert(kind=AlertKind.TROUBLE, at=event.at, detail=event.detail)
    return failed, () if state.file_told else (Notify(alert=alert),)
