"""The one place where things change: `step(state, event) -> (state, effects)`, pure and total.

An event first changes the facts (`facts.apply`); then `_settle` derives all that follows from them: the gate, what is
drawn and written, who is polled, and when to wake. Deriving instead of remembering keeps the two from drifting apart.
"""

from __future__ import annotations

from dataclasses import replace

from ringfence import gate_reader
from ringfence.core import (
    ahead,
    alerts,
    budgets,
    failover,
    gating,
    hold_alerts,
    identity,
    partial,
    polling,
    refusals_seen,
)
from ringfence.core.effects import (
    AppendChange,
    Effect,
    Measure,
    Notify,
    Poll,
    PublishGate,
    Quit,
    SaveMemory,
    Show,
    WakeAt,
    WriteStatus,
)
from ringfence.core.events import Event
from ringfence.core.facts import apply
from ringfence.core.gate_changes import change_of
from ringfence.core.meters import Count
from ringfence.core.model import (
    AccountStatus,
    Alert,
    AlertKind,
    Gate,
    Latches,
    Memory,
    Status,
)
from ringfence.core.polling import Planned, Situation, Why
from ringfence.core.ring import build_view, stale_after_s
from ringfence.core.settings import floor_of
from ringfence.core.state import (
    RENEW_S,
    AccountFacts,
    State,
    base_url_of,
    decide,
    holds_of,
    interval_of,
    leader_of,
    leads,
    longest_interval,
    meters_of,
    reliefs_of,
    samples_of,
    slows,
    status_of,
    twins_of,
    wanted,
)
from ringfence.core.tokens import RUN_ACTIVE_S, active

LOST_TOLD_S = 3600.0
"""How long a file that was put aside at the start is told of; the log keeps it."""


def step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Return the next state and what the shell must do, in order. Total: every event in every state has an answer."""
    if state.stopping:
        return state, ()
    changed, effects = apply(state, event)
    return _settle(identity.mirrored(changed), event.at, effects)


def _settle(state: State, now: float, effects: tuple[Effect, ...]) -> tuple[State, tuple[Effect, ...]]:
    state = replace(state, latches=gating.trimmed(state.latches, now))
    if state.stopping:
        return _stopped(state, now, effects)
    state, blind = _notice_blindness(state, now)
    state = _notice_reliefs(state, now)
    before = state.gate
    state, document, published = _publish(state, now)
    state, held = _notice_holds(state, before, document, now, effects)
    state, reclosed = _notice_verdict(state, document, now, (*effects, *held))
    state, changed = _note_change(state, document, now)
    state, routed = failover.settle(state, document, now)
    state, polls = _poll_due(state, now)
    state, measured = _measure(state, now)
    state, drawn = _draw(state, document, now)
    wake = WakeAt(at=_wake_at(state, now))
    return state, (*published, *effects, *blind, *held, *reclosed, *changed, *routed, *drawn, *polls, *measured, wake)


def _publish(state: State, now: float) -> tuple[State, gate_reader.Document, tuple[Effect, ...]]:
    """Publish the gate when its content changed, a latch ended, or the lease is due; and return its document."""
    gate = decide(state, now)
    due = state.gate_published_at is None or not 0 <= now - state.gate_published_at < RENEW_S
    if state.gate is not None and not due and replace(gate, lease_until=state.gate.lease_until) == state.gate:
        document = gating.gate_document(state.gate, state.latches, now=now)
        if document["verdict"] == state.verdict:
            return state, document, ()
    document = gating.gate_document(gate, state.latches, now=now)
    return replace(state, gate=gate, gate_published_at=now), document, (PublishGate(gate=gate),)


def _notice_reliefs(state: State, now: float) -> State:
    """Keep what spoke against refusals: the run that answered is soon none any more."""
    accounts = tuple(
        replace(a, memory=replace(a.memory, relieved=reliefs)) if reliefs != a.memory.relieved else a
        for a in state.accounts
        for reliefs in (reliefs_of(state, a, now),)
    )
    return replace(state, accounts=accounts)


def _notice_holds(
    state: State, before: Gate | None, document: gate_reader.Document, now: float, effects: tuple[Effect, ...]
) -> tuple[State, tuple[Effect, ...]]:
    """Tell what refusals and budgets close and open, and the lines that budgets pass: once everything is counted."""
    if not state.counted or state.gate is None or not state.accounts:
        return state, ()
    first, account = not state.heard, state.accounts[0].name
    was = document if before is state.gate else None
    if before is not None and was is None:
        was = gating.gate_document(before, state.latches, now=now)
    scene = hold_alerts.Scene(
        before=before,
        document_before=was,
        gate=state.gate,
        document=document,
        account=account,
        now=now,
        first=first,
        told_open=any(isinstance(e, Notify) and e.alert.kind is AlertKind.GATE_OPENED for e in effects),
    )
    told = hold_alerts.without_removed(state.told, state.settings.budgets)
    told, gates = hold_alerts.alerts_of_holds(told, scene)
    samples = samples_of(state)
    counts = ((b, budgets.count_of(b, state.counts, samples.get(b.account or ""), now)) for b in state.settings.budgets)
    known = [(budget, count) for budget, count in counts if count is not None]
    told, lines = hold_alerts.alerts_of_budgets(told, known, account=account, now=now, first=first)
    shown = gates if first and gates else (*gates, *lines)  # one message at the start, not several
    return replace(state, heard=True, told=told), wanted(shown, state.settings)


def _notice_verdict(
    state: State, document: gate_reader.Document, now: float, effects: tuple[Effect, ...]
) -> tuple[State, tuple[Effect, ...]]:
    """Follow the verdict, and tell when an override's end closes the gate again."""
    assert state.gate is not None
    answer = gate_reader.evaluate(document, now)
    was, is_now = state.verdict, answer.verdict
    changed = replace(state, verdict=is_now)
    told = any(isinstance(e, Notify) and e.alert.kind is AlertKind.GATE_CLOSED for e in effects)
    if was != gate_reader.OPEN or is_now != gate_reader.CLOSED or told or state.view is None:
        return changed, ()
    override = state.view.override
    if override is None or override.until > now:  # the person changed a threshold or took the override back: they know
        return changed, ()
    bound = (answer.hold["kind"], answer.hold.get("window")) if answer.hold else None
    hold = next((h for h in holds_of(state.gate, state.accounts[0].name) if (h.kind, h.window) == bound), None)
    if hold is None:  # closed by a pause: they know
        return changed, ()
    alert = Alert(
        kind=AlertKind.GATE_CLOSED, at=now, hold=hold, critical=True, actions=alerts.WITH_OVERRIDE,
        account=hold.scope.account or state.accounts[0].name,
    )  # fmt: skip
    return changed, wanted((alert,), state.settings)


def _note_change(state: State, document: gate_reader.Document, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Note for the history what the gate answers from now on."""
    change = change_of(state.change, document, now)
    return (state, ()) if change is None else (replace(state, change=change), (AppendChange(change=change),))


def _notice_blindness(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    told: list[Alert] = []
    accounts = []
    for account in state.accounts:
        sign_in_told = account.memory.sign_in_told and state.settings.notify.sign_in  # it says that the gate goes blind
        if now < _blind_at(state, account) or sign_in_told or not leads(state, account):
            accounts.append(account)
            continue
        memory, alert = alerts.alert_of_blindness(account.memory, account.name, account.failure, now)
        told += alert
        accounts.append(replace(account, memory=memory))
    return replace(state, accounts=tuple(accounts)), wanted(tuple(told), state.settings)


def _blind_at(state: State, account: AccountFacts) -> float:
    """Return when the person is told that no reading comes.

    A machine that was off or asleep gets the whole time anew: its gate is unknown at once, but a poll is about to come.
    """
    seen = max(account.watched_since, account.sample.observed_at if account.sample else 0.0)
    return seen + state.settings.gate.blind_after_s


def _poll_due(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    accounts, polls = [], []
    begun = state.asleep_since
    asleep_until = begun + polling.ASLEEP_S if begun is not None and now >= begun else now
    for account in state.accounts:
        if account.in_flight or not leads(state, account):
            accounts.append(account)
            continue
        planned = polling.next_poll(_situation(state, account), now)
        if planned.at <= now < asleep_until:  # its answer would come to a machine that sleeps
            planned = Planned(at=asleep_until, why=Why.WOKE)
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
    return identity.mirrored(replace(state, accounts=tuple(accounts))), tuple(polls)


def _measure(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Ask for other sums when something else is to be counted, and for the same ones when a day or a week is over."""
    meters = meters_of(state)
    ended = any(c.meter in meters and c.until and state.measured_at < c.until <= now for c in state.counts)
    if meters == state.meters and not ended:
        return state, ()
    return replace(state, meters=meters, measured_at=now), (Measure(meters=meters),)


def _draw(state: State, document: gate_reader.Document, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Show, write and save what changed. Memory goes first: a request must be counted before it is sent."""
    status = _status(state, now)
    view = build_view(status, document, state.settings, now=now, launches=state.launches)
    memory = _memory(state, now)
    effects: list[Effect] = []
    if memory != state.memory:
        effects.append(SaveMemory(memory=memory))
    if view != state.view:
        effects.append(Show(view=view))
    written = state.status
    # Anew with the lease too, unchanged: a file that somebody lost or damaged is back within minutes.
    due = written is None or not 0 <= now - written.written_at < RENEW_S
    if written is None or due or replace(status, written_at=written.written_at) != written:
        effects.append(WriteStatus(status=status))
        written = status
    return replace(state, view=view, status=written, memory=memory), tuple(effects)


def _stopped(state: State, now: float, effects: tuple[Effect, ...]) -> tuple[State, tuple[Effect, ...]]:
    """Leave a gate whose automatic verdict is unknown from now on; the person's pause stays (DESIGN 2.5, 4)."""
    gate = replace(decide(state, now), stopped=True)
    status = replace(_status(state, now), running=False)
    memory = _memory(state, now)
    stopped = replace(state, gate=gate, status=status, memory=memory, verdict=_verdict(gate, state.latches, now))
    said = change_of(state.change, gating.gate_document(gate, state.latches, now=now), now)
    return stopped, (
        PublishGate(gate=gate),
        *(() if said is None else (AppendChange(change=said),)),
        *effects,
        SaveMemory(memory=memory),
        WriteStatus(status=status),
        Quit(),
    )


def _wake_at(state: State, now: float) -> float:
    """Return the next moment at which anything can change by itself."""
    assert state.gate is not None
    moments = [(state.gate_published_at or now) + RENEW_S]
    stale_s = stale_after_s(longest_interval(state))
    for account in state.accounts:
        if account.planned is not None and not account.in_flight:
            moments.append(account.planned.at)
        if account.sample is not None:
            moments.append(account.sample.observed_at + stale_s)
            moments += [w.resets_at for w in account.sample.windows if w.resets_at is not None]
        moments.append(_blind_at(state, account))
    moments += [run.last_at + RUN_ACTIVE_S for run in state.news.runs]
    moments += [h.evidence_until for h in state.gate.holds]
    moments += [float(int(h.until)) for h in state.gate.holds if h.until is not None]
    moments += [c.until for c in state.counts if c.until is not None]
    moments += [e.evidence_until for e in state.gate.evidence if e.evidence_until is not None]
    moments += [p.until for p in state.latches.pauses if p.until is not None]
    moments += [state.latches.override.until] if state.latches.override else []
    moments += failover.moments(state)
    return min(m for m in (*moments, now + RENEW_S) if m > now)


def _verdict(gate: Gate, latches: Latches, now: float) -> str:
    return gate_reader.evaluate(gating.gate_document(gate, latches, now=now), now).verdict


def _situation(state: State, account: AccountFacts) -> Situation:
    windows = account.sample.windows if account.sample else ()
    limits = [(w.id, gating.threshold_of(w, state.settings)) for w in windows]
    return Situation(
        name=account.name,
        memory=account.memory.poll,
        floor_s=floor_of(base_url_of(state, account.name)),
        interval_s=interval_of(state, account.name),
        seed=state.seed,
        sample=account.sample,
        failure=account.failure.kind if account.failure else None,
        attempted_at=account.attempted_at,
        requested=account.requested,
        suspects=bool(account.suspects),
        slowed=slows(state),
        fed_at=partial.fed_at(account.sample, account.attempted_at),
        thresholds=tuple((window, pct) for window, pct in limits if pct is not None),
        wish=account.wish,
    )


def _status(state: State, now: float) -> Status:
    return Status(
        written_at=now,
        accounts=tuple(_account_status(state, a, now) for a in state.accounts),
        interval_s=longest_interval(state),
        metered=slows(state),
        hidden_hints=state.hidden_hints,
        running=True,
        detours=failover.detours(state.routes, state.settings),
        trouble=_trouble(state, now),
        runs=active(state.news.runs, now),
        scan=state.news.scan,
        budgets=_counts(state),
    )


def _counts(state: State) -> tuple[Count, ...]:
    return tuple(c for c in state.counts if c.meter in state.meters)


def _trouble(state: State, now: float) -> str:
    """Return what is wrong with a file: first what the person can mend."""
    lost = state.lost if now - state.started_at < LOST_TOLD_S else ""
    return state.settings_trouble or state.file_trouble or lost


def _account_status(state: State, account: AccountFacts, now: float) -> AccountStatus:
    floor = floor_of(base_url_of(state, account.name))
    first = twins_of(state, account)[0]
    return replace(
        status_of(account),
        next_poll_at=account.planned.at if account.planned else None,
        next_poll_why=account.planned.why if account.planned else "",
        requests_last_hour=len(polling.recent(account.memory.poll.requested_at, now)),
        request_budget=polling.budget_of(floor),
        shown=account.memory.shown,
        outlooks=ahead.outlooks_of(state, leader_of(state, account.name) or account, now),
        same_as=None if first.name == account.name else first.name,
    )


def _memory(state: State, now: float) -> Memory:
    """Return what is to be kept, an account's that is not watched now too: put back, it finds its requests counted."""
    watched = tuple(a.memory for a in state.accounts)
    others = identity.others_remembered(state.memory.accounts if state.memory else (), watched)
    return Memory(
        accounts=(*watched, *others),
        last_good_settings=state.last_good_settings,
        routes=state.routes,
        told=state.told,
        hidden_hints=state.hidden_hints,
        reached=_reached(state, now),
        refused=refusals_seen.standing(state.pane_refusals, now),
    )


def _reached(state: State, now: float) -> tuple[Count, ...]:
    """Return the budgets that are reached, as they stood at the first sight of it: the file is not written anew."""
    known = {(c.meter, c.since): c for c in (state.memory.reached if state.memory else ()) if c.covers(now)}
    found = budgets.reached(state.settings.budgets, (c for c in state.counts if c.covers(now)))
    return tuple(known.get((c.meter, c.since), c) for c in found)
