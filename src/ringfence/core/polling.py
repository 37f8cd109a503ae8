"""When to ask the endpoint next, and why. Pure: the same memory and moment give the same answer.

Two layers. *Wishes* say when a reading would be useful: regularly, soon after a reset, after waking up, when a person
looks. *Limits* say when one is allowed: a floor between requests, a budget per rolling hour, the server's Retry-After
with a margin. A poll happens at the earliest wish that every limit allows (DESIGN 2.7, FORMATS A4).

Every figure is for the real host, whose floor is 180 s, and shrinks with the floor on loopback.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from zlib import crc32

from ringfence.core.address import LOOPBACK_FLOOR_S, REAL_FLOOR_S
from ringfence.core.model import SIGN_IN_KINDS, FailureKind, PollMemory, Sample, reaches
from ringfence.core.partial import HEADLINE

if TYPE_CHECKING:
    from ringfence.core.settings import Settings

HOUR_S = 3600.0
JITTER = 0.10
ANSWER_S = 15.0
"""An answer may take so long; then it is a failure."""
AFTER_RESET_S = 10.0
"""How long after a reset a reading is asked for: at the very second the old window may still be repeated."""
NEAR_POINTS = 5.0
"""Within this many points of a threshold the floor is the interval: the crossing is what people wait for."""
FED_FACTOR = 3.0
FED_MAX_S = 900.0
"""While session and week come without a request, the endpoint is asked for the other windows, at least this often."""
SIGN_IN_RETRY_S = 3600.0
"""Claude Code itself remembers a rejected login for an hour, or until the token changes (FORMATS A4)."""
RETRY_MARGIN = 0.25
RETRY_MARGIN_MAX_S = 900.0
"""20 of 35 blocks that had just lapsed came back within 900 s when asked at once (FORMATS A4, ccswap)."""
RETRY_MAX_S = 2 * HOUR_S
"""No block longer than 3600 s + margin was ever seen; more than this is a clock that moved or a hostile answer."""
BACK_OFF_S = 300.0
BACK_OFF_MAX_S = 3600.0
METERED_FACTOR = 2.0
ASLEEP_S = 120.0
"""A sleep that was begun and never came about is forgotten then."""
RECHECK_LOCAL_S = 60.0
"""How often a login that is missing on this machine is looked for again: it costs no request."""


class Why(StrEnum):
    """Why the next poll is when it is; `texts` has the sentence for each."""

    START = "start"
    REGULAR = "regular"
    NEAR_THRESHOLD = "near_threshold"
    SECOND_READING = "second_reading"
    RESET_PASSED = "reset_passed"
    WOKE = "woke"
    CLOCK_JUMPED = "clock_jumped"
    WINDOW_OPENED = "window_opened"
    CREDENTIALS_CHANGED = "credentials_changed"
    ASKED = "asked"
    REFUSED = "refused"
    SIGN_IN = "sign_in"
    RETRY_AFTER = "retry_after"
    BACK_OFF = "back_off"
    FEED = "feed"
    FLOOR = "floor"
    BUDGET = "budget"
    IN_FLIGHT = "in_flight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A moment and its reason."""

    at: float
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the decision looks at."""

    name: str
    memory: PollMemory
    floor_s: float
    interval_s: float
    seed: int = 0
    sample: Sample | None = None
    failure: FailureKind | None = None
    attempted_at: float | None = None
    """When the newest attempt ended, with or without a request."""
    requested: bool = True
    """False when the newest attempt spent no request: there was no login to ask with."""
    suspects: bool = False
    slowed: bool = False
    """Whether the connection is metered; `interval_s` is that of such a connection then."""
    thresholds: tuple[tuple[str, float], ...] = ()
    """Window ids and their thresholds in percent."""
    fed_at: float | None = None
    """Since when session and week are told without a request, after the newest attempt; None: they are not."""
    wish: Planned | None = None
    """A one-time wish of the person or the machine: looked, asked, woke, credentials changed."""


def next_poll(situation: Situation, now: float) -> Planned:
    """Return when to ask next and why: the earliest wish, moved behind the limits."""
    wished = min(_wishes(situation, now), key=lambda planned: planned.at)
    limit = max(_limits(situation, now), key=lambda planned: planned.at)
    return limit if limit.at > max(wished.at, now) else wished


def budget_of(floor_s: float) -> int:
    """Return how many requests a rolling hour may carry: 20 of the 28-30 that the endpoint allows everyone together."""
    return int(HOUR_S / floor_s)


def quiet_longest_s(settings: Settings) -> float:
    """Return the longest that a healthy monitor goes without a reading: the interval, its jitter, the answer; whole."""
    return round(max(settings.interval_of(account) for account in settings.accounts) * (1 + JITTER) + ANSWER_S)


def slowed(interval_s: float, blind_after_s: float) -> float:
    """Return the interval on a metered connection: twice as long, as far as the gate does not go blind between two."""
    longest = (blind_after_s - ANSWER_S) / (1 + JITTER)
    return max(min(interval_s * METERED_FACTOR, longest), interval_s)


def recent(requested_at: tuple[float, ...], now: float) -> tuple[float, ...]:
    """Return the requests of the last rolling hour. Those that a clock set back puts into the future count as now."""
    return tuple(sorted(min(at, now) for at in requested_at if at > now - HOUR_S))


def with_request(memory: PollMemory, now: float) -> PollMemory:
    """Return the memory with one more request spent."""
    return replace(memory, requested_at=(*recent(memory.requested_at, now), now))


def without_request(memory: PollMemory) -> PollMemory:
    """Return the memory with the newest request taken back: the source found that it had nothing to ask with."""
    return replace(memory, requested_at=memory.requested_at[:-1])


def after_success(memory: PollMemory) -> PollMemory:
    """Return the memory after an answer."""
    return replace(memory, failures=0, throttles=0, not_before=0.0)


def after_failure(
    memory: PollMemory, kind: FailureKind, retry_after_s: float | None, *, now: float, floor_s: float
) -> PollMemory:
    """Return the memory after a failure; a Retry-After is honoured with a margin, across restarts."""
    failed = replace(memory, failures=memory.failures + 1)
    if retry_after_s and retry_after_s > 0:
        asked = min(retry_after_s, RETRY_MAX_S)
        margin = min(max(asked * RETRY_MARGIN, 1.0), RETRY_MARGIN_MAX_S)
        return replace(failed, throttles=0, not_before=now + asked + margin)
    if kind is not FailureKind.THROTTLED:
        return failed
    # Absent or 0: the saturated edge (FORMATS A4); doubling from five minutes to an hour.
    wait = min(scaled(BACK_OFF_S, floor_s) * 2**memory.throttles, scaled(BACK_OFF_MAX_S, floor_s))
    return replace(failed, throttles=memory.throttles + 1, not_before=now + wait)


def after_clock_jump(memory: PollMemory, *, now: float, by_s: float) -> PollMemory:
    """Return the memory with its moments moved along with the clock, so that a block is neither lengthened nor cut."""
    moved = replace(
        memory,
        requested_at=tuple(at + by_s for at in memory.requested_at),
        not_before=memory.not_before + by_s if memory.not_before else 0.0,
    )
    return sane(moved, now)


def sane(memory: PollMemory, now: float) -> PollMemory:
    """Return the memory without moments that no clock of ours can have meant: restarts under another clock.

    A block is shortened to the longest there is, not dropped: the endpoint did ask for it.
    """
    longest = now + RETRY_MAX_S + RETRY_MARGIN_MAX_S
    return replace(memory, requested_at=recent(memory.requested_at, now), not_before=min(memory.not_before, longest))


def scaled(seconds: float, floor_s: float) -> float:
    """Return a duration meant for the real host as it is for this one: loopback's floor is 1 s instead of 180."""
    return seconds * floor_s / REAL_FLOOR_S


def jitter(name: str, seed: int, turn: float) -> float:
    """Return a number in -1..1 that is the same for the same name, seed and turn: chance without hidden state."""
    return crc32(f"{name}:{seed}:{turn}".encode()) / 0xFFFFFFFF * 2 - 1


def _wishes(s: Situation, now: float) -> Iterator[Planned]:
    if s.wish is not None:
        yield s.wish
    if s.attempted_at is None:
        yield Planned(at=now, why=Why.START)
        return
    yield _after_attempt(s, s.attempted_at)
    if s.sample is not None and s.failure not in SIGN_IN_KINDS:
        for window in s.sample.windows:
            at = None if window.resets_at is None else window.resets_at + scaled(AFTER_RESET_S, s.floor_s)
            # Asked once: an attempt after the reset that failed goes on with its own back-off.
            if at is not None and at > max(s.sample.observed(window), s.attempted_at):
                yield Planned(at=at, why=Why.RESET_PASSED)


def _after_attempt(s: Situation, attempted_at: float) -> Planned:
    shake = 1 + JITTER * jitter(s.name, s.seed, attempted_at)
    if s.failure in SIGN_IN_KINDS:
        # Nothing went out: looking again is free. Something did: the login was refused, only a new one helps.
        wait = SIGN_IN_RETRY_S if s.requested else RECHECK_LOCAL_S
        return Planned(at=attempted_at + max(scaled(wait, s.floor_s), LOOPBACK_FLOOR_S), why=Why.SIGN_IN)
    if s.failure is not None:
        wait = min(s.interval_s * 2 ** min(s.memory.failures - 1, 8), max(s.interval_s, scaled(1800, s.floor_s)))
        return Planned(at=attempted_at + wait * shake, why=Why.BACK_OFF)
    if s.suspects:
        return Planned(at=attempted_at + s.floor_s, why=Why.SECOND_READING)
    near = _near_threshold(s)
    if not near:
        return _unless_fed(s, attempted_at, Planned(at=attempted_at + s.interval_s * shake, why=Why.REGULAR), shake)
    soon_s = min(s.floor_s * METERED_FACTOR, s.interval_s) if s.slowed else s.floor_s
    soon = Planned(at=attempted_at + soon_s, why=Why.NEAR_THRESHOLD)
    return _unless_fed(s, attempted_at, soon, shake) if near <= frozenset(HEADLINE) else soon


def _unless_fed(s: Situation, attempted_at: float, planned: Planned, shake: float) -> Planned:
    """Return the wish, put off while Claude Code tells session and week by itself; the other windows need it too."""
    if s.fed_at is None:
        return planned
    longest = max(min(s.interval_s * FED_FACTOR, FED_MAX_S / (1 + JITTER)), s.interval_s)
    at = min(s.fed_at + (planned.at - attempted_at), attempted_at + longest * shake)
    return Planned(at=at, why=Why.FEED) if at > planned.at else planned


def _near_threshold(s: Situation) -> frozenset[str]:
    """Return the windows that stand just below their threshold; at or over it the regular interval is enough."""
    found = ((s.sample.window(window_id), pct) for window_id, pct in s.thresholds) if s.sample else ()
    return frozenset(
        w.id for w, pct in found if w and w.used and reaches(w.used, pct - NEAR_POINTS) and not reaches(w.used, pct)
    )


def _limits(s: Situation, now: float) -> Iterator[Planned]:
    yield Planned(at=0.0, why=Why.REGULAR)
    if s.wish is not None and s.wish.why is Why.WOKE:  # everything else that came due during the sleep waits for it
        yield s.wish
    if s.memory.not_before > now:
        why = Why.BACK_OFF if s.memory.throttles else Why.RETRY_AFTER
        yield Planned(at=s.memory.not_before, why=why)
    spent = recent(s.memory.requested_at, now)
    if spent:
        yield Planned(at=spent[-1] + s.floor_s, why=Why.FLOOR)
    if len(spent) >= budget_of(s.floor_s):
        yield Planned(at=spent[-budget_of(s.floor_s)] + HOUR_S, why=Why.BUDGET)
