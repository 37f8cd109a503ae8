"""What the monitor knows, as one frozen value, and the small readings of it that several places need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ringfence import gate_reader
from ringfence.core import alerts, budgets, exhausted, gating, polling
from ringfence.core.calibration import Calibration
from ringfence.core.effects import Effect, Notify
from ringfence.core.forecast import Seen
from ringfence.core.gate_changes import GateChange
from ringfence.core.meters import Count, Meter, TokenNews
from ringfence.core.model import (
    SIGN_IN_KINDS,
    AccountMemory,
    AccountStatus,
    Alert,
    Failure,
    Gate,
    Hint,
    Hold,
    Latches,
    Launches,
    Memory,
    Relief,
    Sample,
    Shown,
    Status,
)
from ringfence.core.periods import Period
from ringfence.core.polling import Planned, Why
from ringfence.core.ring import View
from ringfence.core.route_memory import Routed, RouteMemory
from ringfence.core.settings import Settings
from ringfence.core.tokens import SeenRefusal

RENEW_S = 270.0
"""The lease is renewed this often; DESIGN 4 asks for 300 at most, and timers may be late."""
OLD_ENOUGH_S = 60.0
"""A person who looks gets a fresh reading only if the last one is older than this."""


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
    subscription: str | None = None
    """Who is signed in and where they are asked; None where Claude Code does not say now. One for all its names."""
    watched_since: float
    """Since when readings could have come: the start, the account's first moment, or the end of the last sleep."""
    attempted_at: float | None = None
    requested: bool = True
    """Whether the newest attempt spent a request."""
    in_flight: bool = False
    read: bool = False
    """Whether a reading arrived since the start."""
    fed: bool = False
    """Whether Claude Code told something by itself since the start."""
    wish: Planned | None = None
    planned: Planned | None = None
    calibrations: tuple[tuple[str, Calibration], ...] = ()
    """What its windows cost, by their ids."""
    history: tuple[Seen, ...] = ()
    """The readings of the last hour, for a rate where the cost is not known."""
    running_out: tuple[tuple[str, float], ...] = ()
    """The windows that seemed to run out at the last reading, and since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the monitor knows."""

    settings: Settings = field(default_factory=Settings)
    accounts: tuple[AccountFacts, ...] = ()
    latches: Latches = Latches()
    launches: Launches = Launches()
    news: TokenNews = TokenNews()
    """What the transcripts told last."""
    pane_refusals: tuple[SeenRefusal, ...] = ()
    """What panes of a terminal have shown, the newest of each window, until its reset."""
    counted: bool = False
    """Whether everything in them was counted since the start."""
    heard: bool = False
    """Whether messages were made of that."""
    counts: tuple[Count, ...] = ()
    """What the budgets' meters counted last; those that were reached before a restart too."""
    told: tuple[Shown, ...] = ()
    """What was announced of refusals and budgets."""
    meters: tuple[Meter, ...] = ()
    """What is counted in them now."""
    measured_at: float = 0.0
    """When that was last asked for."""
    last_good_settings: dict[str, object] = field(default_factory=dict)
    seed: int = 0
    hidden_hints: tuple[Hint, ...] = ()
    """The explanations that the person wants no more."""
    asleep_since: float | None = None
    """Since when the machine is about to sleep; None: it is not."""
    metered: bool = False
    """Whether the system says that its connection is."""
    settings_trouble: str = ""
    lost: str = ""
    """A file of ours that could not be read at the start; told for a while, for it cannot be mended any more."""
    started_at: float = 0.0
    file_trouble: str = ""
    file_told: bool = False
    gate: Gate | None = None
    """The automatic part as it was last published."""
    gate_published_at: float | None = None
    """None: it has to be written at once."""
    routes: RouteMemory = RouteMemory()
    route: dict[str, Any] | None = None
    """`route.json` as it was last published."""
    route_written_at: float | None = None
    routed: Routed | None = None
    """What the routes were decided from, while the same again decides the same."""
    verdict: str = gate_reader.UNKNOWN
    change: GateChange | None = None
    """The last change of the gate's answer that was noted."""
    view: View | None = None
    status: Status | None = None
    memory: Memory | None = None
    stopping: bool = False

    def account(self, name: str) -> AccountFacts | None:
        """Return the account of that name, None when it was removed meanwhile."""
        return next((a for a in self.accounts if a.name == name), None)


def decide(state: State, now: float) -> Gate:
    """Return the gate as samples, refusals, budgets and settings make it now."""
    refused = [hold for account in state.accounts for hold in _refused(state, account, now)]
    reached = budgets.holds(
        state.settings.budgets, state.counts, samples_of(state),
        several=len(state.accounts) > 1, now=now, before=state.gate,
    )  # fmt: skip
    return gating.decide_gate(
        [(a.name, a.believed) for a in state.accounts], state.settings,
        now=now, before=state.gate, others=(*refused, *reached),
    )  # fmt: skip


def _refused(state: State, account: AccountFacts, now: float) -> Iterator[Hold]:
    return exhausted.holds(
        refusals_of(state, account),
        account.sample,
        reliefs_of(state, account, now),
        account=account.name if len(state.accounts) > 1 else None,
        blind_after_s=state.settings.gate.blind_after_s,
        now=now,
        before=state.gate,
    )


def twins_of(state: State, account: AccountFacts) -> tuple[AccountFacts, ...]:
    """Return the names of an account's subscription in their order, itself among them."""
    if account.subscription is None:
        return (account,)
    return tuple(a for a in state.accounts if a.subscription == account.subscription)


def leader_of(state: State, name: str) -> AccountFacts | None:
    """Return the name of the subscription that is asked: the first that has a login. None: no such account."""
    account = state.account(name)
    return leader_among(twins_of(state, account)) if account else None


def leader_among(twins: Sequence[AccountFacts]) -> AccountFacts:
    """Return the one of a subscription's names that is asked."""
    return next((a for a in twins if a.failure is None or a.failure.kind not in SIGN_IN_KINDS), twins[0])


def leads(state: State, account: AccountFacts) -> bool:
    """Tell whether an account is the one of its subscription that is asked."""
    return account.subscription is None or leader_among(twins_of(state, account)) is account


def spenders_of(state: State, name: str) -> tuple[tuple[str, ...], float]:
    """Return the names whose tokens fill an account's windows, and since when they are of who is signed in now."""
    account = state.account(name)
    if account is None:
        return (name,), 0.0
    return tuple(a.name for a in twins_of(state, account)), account.memory.identified_at


def refusals_of(state: State, account: AccountFacts) -> list[SeenRefusal]:
    """Return what Claude refused an account's subscription, as transcripts and panes tell it."""
    since = {a.name: a.memory.identified_at for a in twins_of(state, account)}
    told = (*state.news.refusals, *state.pane_refusals)
    return [r for r in told if r.account in since and r.at >= since[r.account]]


def reliefs_of(state: State, account: AccountFacts, now: float) -> tuple[Relief, ...]:
    """Return up to when an account's refusals count no more, with what is known now."""
    names = {a.name for a in twins_of(state, account)}
    runs = [r for r in state.news.runs if r.account in names]
    return exhausted.relieved(account.memory.relieved, refusals_of(state, account), runs, account.sample, now)


def samples_of(state: State) -> dict[str, Sample | None]:
    """Return the last readings by account."""
    return {a.name: a.sample for a in state.accounts}


def holds_of(gate: Gate, account: str) -> list[Hold]:
    """Return the holds that an account has to do with."""
    return [hold for hold in gate.holds if hold.scope.account in {None, account}]


def status_of(account: AccountFacts) -> AccountStatus:
    """Return an account's readings without its polling."""
    return AccountStatus(name=account.name, sample=account.sample, failure=account.failure, suspects=account.suspects)


def meters_of(state: State) -> tuple[Meter, ...]:
    """Return what has to be counted in the transcripts: what each account spent since its last reading, and budgets.

    A feed reads some windows later than the others: then there is one more for each such moment.
    """
    since = (meter for account in state.accounts for meter in _since(account))
    return (*since, *budgets.meters(state.settings.budgets, samples_of(state)))


def _since(account: AccountFacts) -> Iterator[Meter]:
    sample = account.sample
    if sample is None:
        return
    moments = dict.fromkeys((sample.observed_at, *(sample.observed(w) for w in sample.windows)))
    for number, since in enumerate(moments):
        more = f":{number}" if number else ""
        yield Meter(id=f"since:{account.name}{more}", period=Period.SINCE, since=since, account=account.name)


def base_url_of(state: State, name: str) -> str:
    """Return where an account is read from."""
    account = next((a for a in state.settings.accounts if a.name == name), None)
    return state.settings.base_url_of(account) if account else state.settings.usage.base_url


def interval_of(state: State, name: str) -> float:
    """Return how often an account is read now, in seconds."""
    account = next((a for a in state.settings.accounts if a.name == name), None)
    chosen = state.settings.interval_of(account) if account else state.settings.usage.interval_s
    return polling.slowed(chosen, state.settings.gate.blind_after_s) if slows(state) else chosen


def slows(state: State) -> bool:
    """Tell whether readings are half as often as chosen, for the connection is metered."""
    return state.metered and state.settings.usage.slower_on_metered


def longest_interval(state: State) -> float:
    """Return the longest interval of all accounts: what "stale" is measured by."""
    return max((interval_of(state, a.name) for a in state.accounts), default=interval_of(state, ""))


def with_account(state: State, changed: AccountFacts) -> State:
    """Return the state with one account replaced."""
    return replace(state, accounts=tuple(changed if a.name == changed.name else a for a in state.accounts))


def wish_all(state: State, at: float, why: Why, *, only: str | None = None) -> State:
    """Return the state in which every account, or the subscription of one, wishes for a reading at a moment."""
    wish = Planned(at=at, why=why)
    leader = leader_of(state, only) if only is not None else None
    asked = (replace(a, wish=wish) if only is None or a is leader else a for a in state.accounts)
    return replace(state, accounts=tuple(asked))


def wanted(told: tuple[Alert, ...], settings: Settings) -> tuple[Effect, ...]:
    """Return the messages that the person wants to get."""
    return tuple(Notify(alert=a) for a in told if alerts.wanted(a, settings.notify))
