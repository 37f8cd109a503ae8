"""The sentences about launches that the gate held, for the window and the terminal; times are local."""

from __future__ import annotations

from datetime import tzinfo

from ringfence.core.model import HeldLaunch, Launches
from ringfence.core.route_memory import Detour
from ringfence.texts import clean, clock_text, why_sentence


def held_total(launches: Launches) -> int:
    """Return how many launches the gate held today, whatever became of them."""
    return sum(count for _, count in launches.by_reason)


def detour_text(detour: Detour, now: float, zone: tzinfo | None = None) -> str:
    """Return `batch runs on home since 14:10: work: session is over its limit: 92 % used, …, resets 17:00`."""
    since = clock_text(detour.since, now, zone)
    why = f": {why_sentence(detour.why, now, zone)}" if detour.why else ""
    return f"{clean(detour.class_)} runs on {clean(detour.at)} since {since}{why}"


def launches_text(launches: Launches) -> str:
    """Return how many launches the gate held: `Held today: 3 (2 waiting)`; empty when it held none."""
    waiting = len(launches.waiting)
    if not waiting and not held_total(launches):
        return ""
    # One that was asked yesterday may still wait: it is no launch of today.
    return f"Held today: {held_total(launches)}" + (f" ({waiting} waiting)" if waiting else "")


def launches_detail(launches: Launches, now: float, zone: tzinfo | None = None) -> str:
    """Return by which holds, what became of them, and who waits, in sentences."""
    said = []
    if launches.by_reason:
        said.append("By " + ", ".join(f"{held_by_text(reason)}: {n}" for reason, n in launches.by_reason) + ".")
    said += [f"Refused: {launches.refused_today}."] if launches.refused_today else []
    said += [f"Released: {launches.released_today}."] if launches.released_today else []
    said += [f"{held_launch_text(each, now, zone)}." for each in launches.waiting[:5]]
    more = len(launches.waiting) - 5
    return " ".join(said + ([f"And {more} more."] if more > 0 else []))


def held_launch_text(launch: HeldLaunch, now: float, zone: tzinfo | None = None) -> str:
    """Return a launch that waits, in words: `claude (batch) waits since 16:20, session threshold`."""
    named = ", ".join(clean(name, 24) for name in (launch.class_, launch.account, launch.model) if name)
    since = clock_text(launch.asked_at, now, zone)
    return f"{clean(launch.command, 40)}{f' ({named})' if named else ''} waits since {since}, " + held_by_text(
        launch.reason
    )


def held_by_text(reason: str) -> str:
    """Return a hold's reason in words: `session threshold`, `your pause`."""
    return "your pause" if reason == "manual_pause" else clean(reason.replace("_", " "))
