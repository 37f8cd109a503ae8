"""What a clock that was set does to the facts: moments move along, so that ages stay what they are."""

from __future__ import annotations

from dataclasses import replace

from ringfence.core import failover, polling
from ringfence.core.events import ClockJumped
from ringfence.core.model import Sample
from ringfence.core.polling import Why
from ringfence.core.state import AccountFacts, State, wish_all


def clock_jumped(state: State, event: ClockJumped) -> State:
    """Return the facts under the new clock, with a reading wished for at once."""
    moved = tuple(_moved(a, event) for a in state.accounts)
    runs = tuple(
        replace(run, started_at=run.started_at + event.by_s, last_at=run.last_at + event.by_s)
        for run in state.news.runs
    )  # else one that has ended would run again when a clock that was set back gets there
    panes = tuple(replace(r, at=min(r.at + event.by_s, event.at)) for r in state.pane_refusals)
    routes, news = failover.after_clock_jump(state.routes, event.by_s), replace(state.news, runs=runs)
    changed = replace(
        state, accounts=moved, news=news, pane_refusals=panes, routes=routes, gate_published_at=None,
        route_written_at=None,
    )  # fmt: skip
    # Another day may have begun, or be back: everything is counted anew.
    changed = replace(changed, meters=(), measured_at=0.0)
    return wish_all(changed, event.at, Why.CLOCK_JUMPED)


def _moved(account: AccountFacts, event: ClockJumped) -> AccountFacts:
    """Return the account with its moments moved along, so that ages stay what they are."""

    def shifted(sample: Sample | None) -> Sample | None:
        if sample is None:
            return None
        windows = tuple(
            w if w.observed_at is None else replace(w, observed_at=min(w.observed_at + event.by_s, event.at))
            for w in sample.windows
        )
        return replace(sample, observed_at=min(sample.observed_at + event.by_s, event.at), windows=windows)

    poll = polling.after_clock_jump(account.memory.poll, now=event.at, by_s=event.by_s)
    relieved = tuple(replace(r, at=min(r.at + event.by_s, event.at)) for r in account.memory.relieved)
    identified = (
        max(min(account.memory.identified_at + event.by_s, event.at), 0.0) if account.memory.identified_at else 0.0
    )
    attempted = None if account.attempted_at is None else min(account.attempted_at + event.by_s, event.at)
    failure = account.failure
    if failure is not None:
        failure = replace(failure, at=min(failure.at + event.by_s, event.at), since=failure.since + event.by_s)
    return replace(
        account,
        failure=failure,
        sample=shifted(account.sample),
        believed=shifted(account.believed),
        attempted_at=attempted,
        watched_since=min(account.watched_since + event.by_s, event.at),
        memory=replace(account.memory, poll=poll, relieved=relieved, identified_at=identified),
        wish=None,
        history=(),
        running_out=(),
    )
