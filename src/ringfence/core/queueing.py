"""Whose turn it is among the runs that wait for the gate: in the order of asking, spaced so that none burst. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A run that waits, as the queue sees it."""

    id: int
    may_start: bool
    """Whether the gate lets this one start now (each is asked for by its own account, model and class)."""
    passed: bool = False
    """Whether the person let it through: before the others, at once, whatever the gate says."""
    spread: float = 0.0
    """Its share of the jitter, 0..1: drawn once, so that looking again does not draw again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Who is next, and from when on."""

    id: int
    at: float
    """Epoch seconds; never before the `now` it was asked for."""


def next_turn(
    waiters: Iterable[Waiter], last_released_at: float | None, now: float, spacing_s: float, jitter_s: float
) -> Turn | None:
    """Return whose turn it is, None when nobody may start.

    Args:
        waiters: those that wait, in the order in which they asked. One that the gate holds does not stop those behind.
        last_released_at: when the last one was let go, epoch seconds; None: never.
        now: epoch seconds.
        spacing_s: the least time between two.
        jitter_s: up to this much more, by the waiter's `spread`.
    """
    waiting = list(waiters)
    passed = next((w for w in waiting if w.passed), None)
    if passed is not None:
        return Turn(id=passed.id, at=now)
    first = next((w for w in waiting if w.may_start), None)
    if first is None:
        return None
    apart = spacing_s + first.spread * jitter_s
    if last_released_at is None or last_released_at - now > apart:
        # A release far in the future was one by another clock: to wait for it could take for ever.
        return Turn(id=first.id, at=now)
    return Turn(id=first.id, at=max(now, last_released_at + apart))
