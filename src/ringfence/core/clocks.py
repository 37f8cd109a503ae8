"""Three clocks, read together, tell sleeping from setting the time."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.events import ClockJumped, Woke

GAP_S = 30.0
"""A difference between two clocks that is a sleep or a set clock, not a busy machine."""
SAME_S = 1.0
"""Two clocks that were never further apart than this are one clock, read twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """One look at the clocks, in seconds."""

    wall: float
    """Epoch seconds, UTC."""
    awake: float
    """Stands still while the machine sleeps."""
    whole: float
    """Goes on while the machine sleeps; the same as `awake` where the system has no such clock."""


def gap(before: Clocks, after: Clocks) -> Woke | ClockJumped | None:
    """Return what happened between two looks: a sleep, a set clock, or neither.

    A jump forwards on a machine whose clocks do not tell sleep apart is taken for a sleep (or a paused virtual
    machine): then a reading ages by it. Taken for a set clock, an old reading would pass for a fresh one.
    """
    wall, awake, whole = after.wall - before.wall, after.awake - before.awake, after.whole - before.whole
    if abs(wall - whole) > GAP_S:
        told_apart = abs(after.whole - after.awake) > SAME_S
        if wall > whole and not told_apart:
            return Woke(at=after.wall, slept_s=wall - awake)
        return ClockJumped(at=after.wall, by_s=wall - whole)
    return Woke(at=after.wall, slept_s=whole - awake) if whole - awake > GAP_S else None
