"""Whose numbers an account's are: which login stands under a name, and which names are one subscription.

A login that changes under a folder is another account: nothing of the one before is said of it. Names of one
subscription share everything that is its own: the requests, the reading, what was announced, what was refused. One of
them is asked, the first whose login can be; the others show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ringfence.core.events import IdentitiesSeen
from ringfence.core.model import SIGN_IN_KINDS, AccountMemory, PollMemory, Relief, Sample
from ringfence.core.state import AccountFacts, State, base_url_of, leader_among, twins_of

MOST_REMEMBERED = 50
"""How many accounts that are not watched now are remembered."""


def identities_seen(state: State, event: IdentitiesSeen) -> State:
    """Return the state with the logins that stand in the accounts' folders now."""
    seen = dict(event.identities)
    accounts = tuple(_identified(state, a, seen[a.name], event.at) if a.name in seen else a for a in state.accounts)
    changed = [a.name for a, before in zip(accounts, state.accounts, strict=True) if _is_new(a, before)]
    if changed:  # what the login before it was refused is not this one's
        routes = state.routes
        routes = replace(routes, quarantined=tuple(q for q in routes.quarantined if q.account not in changed))
        panes = tuple(r for r in state.pane_refusals if r.account not in changed)
        state = replace(state, routes=routes, pane_refusals=panes)
    return joined(replace(state, accounts=accounts), event.identities)


def recalled(name: str, identity: str | None, memories: Sequence[AccountMemory], now: float) -> AccountMemory:
    """Return what is remembered of the login that stands under a name now, under whatever name it was learnt.

    Args:
        name: the account.
        identity: who is signed in; None: that cannot be told, so it is who was signed in last.
        memories: everything that is remembered; of one name the one that was in force last comes first.
        now: epoch seconds: from here on another login's refusals count.
    """
    last = next((m for m in memories if m.name == name), AccountMemory(name=name))
    if identity is None:
        return last
    theirs = [m for m in memories if m.identity == identity]
    if last.identity in {None, identity}:
        made = replace(last, identity=identity)
    else:
        known = next((m for m in theirs if m.name == name), next(iter(theirs), AccountMemory(name=name)))
        made = replace(known, name=name, identity=identity, identified_at=now, sign_in_told=False)
    return replace(made, poll=_polls_of(made, theirs))


def others_remembered(memories: Iterable[AccountMemory], watched: Iterable[AccountMemory]) -> tuple[AccountMemory, ...]:
    """Return the memories of accounts and logins that are not watched now: put back, they find their requests counted.

    One from before its login was known has become the known one's.
    """
    now = list(watched)
    known = {(m.name, m.identity) for m in now} | {(m.name, None) for m in now}
    return tuple(m for m in memories if (m.name, m.identity) not in known)[:MOST_REMEMBERED]


def joined(state: State, identities: Iterable[tuple[str, str | None]]) -> State:
    """Return the state in which names that turn out to be one subscription have what any of them had."""
    who = dict(identities)
    known = (
        replace(a, subscription=_subscription(who[a.name], base_url_of(state, a.name))) if a.name in who else a
        for a in state.accounts
    )
    state = replace(state, accounts=tuple(known))
    for account in state.accounts:
        twins = twins_of(state, account)
        if len(twins) > 1 and account is twins[0]:
            one = _united(leader_among(twins), twins)
            state = replace(state, accounts=tuple(one if a.name == one.name else a for a in state.accounts))
    return mirrored(state)


def mirrored(state: State) -> State:
    """Return the state in which every name of a subscription shows what is known of the one that is asked."""
    groups: dict[str, list[AccountFacts]] = {}
    for account in state.accounts:
        if account.subscription is not None:
            groups.setdefault(account.subscription, []).append(account)
    shown: dict[str, AccountFacts] = {}
    for twins in groups.values():
        if len(twins) > 1:
            leader = leader_among(twins)
            leader = replace(leader, wish=leader.wish or next((a.wish for a in twins if a.wish), None))
            shown |= {a.name: leader if a.name == leader.name else _mirror(leader, a) for a in twins}
    return replace(state, accounts=tuple(shown.get(a.name, a) for a in state.accounts)) if shown else state


def named(sample: Sample, name: str) -> Sample:
    """Return a reading under another name."""
    return sample if sample.account == name else replace(sample, account=name)


def _shown(sample: Sample | None, name: str) -> Sample | None:
    return None if sample is None else named(sample, name)


def _identified(state: State, account: AccountFacts, identity: str | None, now: float) -> AccountFacts:
    known = account.memory.identity
    if identity is None or known in {None, identity}:
        return replace(account, memory=replace(account.memory, identity=identity or known))
    memories = (account.memory, *(state.memory.accounts if state.memory else ()))
    return AccountFacts(name=account.name, memory=recalled(account.name, identity, memories, now), watched_since=now)


def _subscription(who: str | None, base_url: str) -> str | None:
    return None if who is None else f"{who} {base_url}"


def _is_new(account: AccountFacts, before: AccountFacts) -> bool:
    return account.memory.identified_at != before.memory.identified_at


def _united(leader: AccountFacts, twins: Sequence[AccountFacts]) -> AccountFacts:
    newest = max(twins, key=lambda a: a.sample.observed_at if a.sample else 0.0)
    reliefs = sorted((r for a in twins for r in a.memory.relieved), key=lambda r: r.at)
    spoken = {r.window: r.at for r in reliefs}
    memory = replace(
        leader.memory,
        poll=_polls_of(leader.memory, [a.memory for a in twins]),
        shown=tuple(dict.fromkeys(shown for a in twins for shown in a.memory.shown)),
        relieved=tuple(Relief(window=window, at=at) for window, at in spoken.items()),
    )
    read = newest if newest.sample is not None else leader
    return replace(
        leader, memory=memory, sample=_shown(read.sample, leader.name), believed=_shown(read.believed, leader.name),
        suspects=read.suspects,
    )  # fmt: skip


def _polls_of(one: AccountMemory, others: Iterable[AccountMemory]) -> PollMemory:
    """Return what a subscription may still ask for, by what was spent under each of its names."""
    polls = [one.poll, *(m.poll for m in others)]
    return replace(
        one.poll,
        requested_at=tuple(sorted({at for p in polls for at in p.requested_at})),
        not_before=max(p.not_before for p in polls),
        throttles=max(p.throttles for p in polls),
    )


def _mirror(leader: AccountFacts, account: AccountFacts) -> AccountFacts:
    """Return what one name of a subscription shows; that its own login is missing or refused stays its own."""
    own = account.failure if account.failure and account.failure.kind in SIGN_IN_KINDS else None
    memory = replace(
        leader.memory, name=account.name, identified_at=account.memory.identified_at,
        sign_in_told=own is not None and account.memory.sign_in_told,
    )  # fmt: skip
    return replace(
        leader, name=account.name, memory=memory, failure=own or leader.failure, wish=None,
        sample=_shown(leader.sample, account.name), believed=_shown(leader.believed, account.name),
    )  # fmt: skip


def released(state: State, account: AccountFacts) -> State:
    """Return the state after an account's attempt failed for want of a login: the next name may be asked at once."""
    waiting = {a.name for a in twins_of(state, account)}
    return replace(
        state,
        accounts=tuple(
            replace(a, in_flight=False, memory=replace(a.memory, poll=account.memory.poll)) if a.name in waiting else a
            for a in state.accounts
        ),
    )
