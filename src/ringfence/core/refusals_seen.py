"""What transcripts and panes tell of refusals, taken into the facts. What follows from them is `exhausted`'s.

Each keeps its own: a look at the transcripts says nothing about a pane, and no look takes back what a pane has said. A
pane that was closed, or that shows something else now, is no evidence that the limit is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringfence.core import budgets
from ringfence.core.events import PanesSeen, TokensSeen
from ringfence.core.exhausted import window_of
from ringfence.core.model import WEEK_S
from ringfence.core.polling import Planned, Why
from ringfence.core.state import AccountFacts, State
from ringfence.core.tokens import SeenRefusal


def tokens_seen(state: State, event: TokensSeen) -> State:
    """Return the state with what the transcripts tell."""
    known = {(r.account, r.session, r.at) for r in state.news.refusals}
    new = [r for r in event.news.refusals if (r.account, r.session, r.at) not in known]
    counts = budgets.counted(state.counts, event.news.readings, event.at)
    counted = state.counted or event.news.scan is None
    return _asked(replace(state, news=event.news, counts=counts, counted=counted), new, event.at)


def panes_seen(state: State, event: PanesSeen) -> State:
    """Return the state with what panes show: the newest refusal of each window of an account."""
    before = standing(state.pane_refusals, event.at)
    kept = {(r.account, window_of(r)): r for r in before}
    for refusal in event.refusals:
        dated = replace(refusal, at=min(refusal.at, event.at))
        known = kept.get((dated.account, window_of(dated)))
        if known is None or dated.at > known.at:
            kept[dated.account, window_of(dated)] = dated
    new = [r for r in kept.values() if r not in before]
    return _asked(replace(state, pane_refusals=tuple(kept.values())), new, event.at)


def standing(refusals: Iterable[SeenRefusal], now: float) -> tuple[SeenRefusal, ...]:
    """Return the refusals whose reset is ahead; one that names none is no news after a week, the longest window."""
    return tuple(r for r in refusals if now < (r.at + WEEK_S if r.resets_at is None else r.resets_at))


def _asked(state: State, new: Iterable[SeenRefusal], now: float) -> State:
    """Wish for a reading of the accounts of new refusals: one from after them may overrule them."""
    newest = {r.account: r.at for r in new}
    wish = Planned(at=now, why=Why.REFUSED)

    def asked(account: AccountFacts) -> AccountFacts:
        at = newest.get(account.name)
        read = account.sample is not None and at is not None and account.sample.observed_at > at
        return account if at is None or read or account.wish is not None else replace(account, wish=wish)

    return replace(state, accounts=tuple(asked(a) for a in state.accounts))
