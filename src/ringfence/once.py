"""One reading of every account where no monitor runs, by the monitor's rules: `ringfence status` asks for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ringfence import wiring
from ringfence.core import gating, identity, partial, polling
from ringfence.core.account_settings import Account
from ringfence.core.model import (
    SIGN_IN_KINDS,
    AccountMemory,
    AccountStatus,
    Failure,
    FailureKind,
    Memory,
    PollMemory,
    Sample,
    Status,
)
from ringfence.core.polling import Situation
from ringfence.core.settings import Settings, floor_of
from ringfence.file_errors import FileError
from ringfence.ports import SourceError
from ringfence.sentence import in_a_row
from ringfence.storage import records

if TYPE_CHECKING:
    from ringfence.storage.paths import Paths


async def read_once(paths: Paths) -> tuple[Status, str]:
    """Return the readings for `ringfence status` when no monitor runs.

    What Claude Code told its status line counts as in the monitor; where it is not fresh the endpoint is asked, if the
    budget allows it: once for several names of one subscription. The gate is not touched.

    The second value says what could not be read, a sentence each (empty: nothing).
    """
    settings, trouble = wiring.settings_in_force(paths)
    status, damaged = records.load_status(paths.status, to_write=True)
    memory, forgotten = records.load_memory(paths.memory, to_write=True)
    known = {a.name: a for a in status.accounts} if status else {}
    learnt = memory.accounts if memory else ()
    signed_in = _signed_in(settings)
    accounts: list[AccountStatus] = []
    asked: dict[tuple[str, str], AccountStatus] = {}
    for account in settings.accounts:
        who = signed_in.get(account.name)
        one = (who, settings.base_url_of(account)) if who else None
        shared = asked.get(one) if one else None
        if shared is not None:
            sample = shared.sample and identity.named(shared.sample, account.name)
            accounts.append(replace(shared, name=account.name, sample=sample, same_as=shared.name))
            continue
        fresh = await _fresh(account, settings, known.get(account.name), learnt, who, paths)
        accounts.append(fresh)
        if one and (fresh.failure is None or fresh.failure.kind not in SIGN_IN_KINDS):
            asked[one] = fresh
    made = Status(
        written_at=wiring.now(), accounts=tuple(accounts), interval_s=settings.usage.interval_s, running=False,
        budgets=status.budgets if status else (),
    )  # fmt: skip
    with suppress(FileError):  # a status that cannot be kept is still a status
        records.save_status(paths.status, made)
    return made, in_a_row(trouble, damaged, forgotten)


def _signed_in(settings: Settings) -> dict[str, str | None]:
    read = wiring.identity_reader()
    return {name: read(files) for name, files in wiring.identity_files(settings).items()}


async def _fresh(
    account: Account, settings: Settings, last: AccountStatus | None, learnt: tuple[AccountMemory, ...],
    who: str | None, paths: Paths,
) -> AccountStatus:  # fmt: skip
    at = wiring.now()
    remembered = identity.recalled(account.name, who, learnt, at)
    if last is None or remembered.identified_at == at:  # the last reading is of who was signed in before
        last = AccountStatus(name=account.name)
    fresh, _ = await _read_if_allowed(account, settings, replace(last, same_as=None), remembered, paths)
    return fresh


async def _read_if_allowed(
    account: Account, settings: Settings, last: AccountStatus, memory: AccountMemory, paths: Paths
) -> tuple[AccountStatus, AccountMemory]:
    at = wiring.now()
    floor = floor_of(settings.base_url_of(account))
    poll = polling.sane(memory.poll, at)
    last = _with_feeds(account, last, paths, at)
    asked_at = max(poll.requested_at, default=None)
    fed_at = partial.fed_at(last.sample, asked_at)
    situation = Situation(
        name=account.name, memory=poll, floor_s=floor, interval_s=settings.interval_of(account), sample=last.sample,
        suspects=bool(last.suspects), fed_at=fed_at, attempted_at=None if fed_at is None else asked_at,
    )  # fmt: skip
    planned = polling.next_poll(situation, at)
    spent = polling.with_request(situation.memory, at)
    seen = replace(
        last, next_poll_at=None, next_poll_why="", requests_last_hour=len(spent.requested_at) - 1,
        request_budget=polling.budget_of(floor),
    )  # fmt: skip
    if planned.at > at:
        return seen, memory
    counted = replace(memory, poll=spent)
    with suppress(FileError):  # counted before it is sent: a kill now must not forget it
        _remember(paths, counted)
    sample, failure, poll = await _ask(account, settings, spent, floor)
    kept = replace(counted, poll=poll)
    with suppress(FileError):
        _remember(paths, kept)
    requests = len(polling.recent(poll.requested_at, wiring.now()))
    # As the monitor judges: what a start finds in status.json it believes, but for what needs a second reading.
    suspects = last.suspects if sample is None else gating.suspects_in(sample, last)
    if failure is not None and last.failure is not None and last.failure.kind is failure.kind:
        failure = replace(failure, since=last.failure.since)
    fresh = replace(seen, sample=sample or last.sample, failure=failure, suspects=suspects, requests_last_hour=requests)
    return fresh, kept


def _with_feeds(account: Account, last: AccountStatus, paths: Paths, now: float) -> AccountStatus:
    """Return what is known of an account after what Claude Code told its status line, as the monitor takes it."""
    spec = wiring.feed_spec()
    for path in spec.files(account, paths.state, wiring.tools()):
        told = spec.read(path, account.name, now=now)
        fresh = partial.news_in(told, last.sample, doubted=last.suspects) if told else None
        if fresh is None or not fresh.windows:
            continue
        still = tuple(s for s in last.suspects if fresh.window(s) is None)
        suspects = (*gating.suspects_in(fresh, last), *still)
        last = replace(last, sample=partial.merged(last.sample, fresh), suspects=suspects)
    return last


async def _ask(
    account: Account, settings: Settings, spent: PollMemory, floor: float
) -> tuple[Sample | None, Failure | None, PollMemory]:
    source = wiring.source_of(account, settings)
    try:
        return await source.sample(now=wiring.now()), None, polling.after_success(spent)
    except SourceError as error:
        at = wiring.now()
        poll = spent if error.requested else polling.without_request(spent)
        after = polling.after_failure(poll, error.kind, error.retry_after_s, now=at, floor_s=floor)
        return None, Failure(kind=FailureKind(error.kind), at=at, since=at, detail=error.detail), after
    finally:
        await source.aclose()


def _remember(paths: Paths, changed: AccountMemory) -> None:
    memory, _ = records.load_memory(paths.memory, to_write=True)
    before = memory or Memory()
    others = identity.others_remembered(before.accounts, [changed])
    records.save_memory(paths.memory, replace(before, accounts=(changed, *others)))
