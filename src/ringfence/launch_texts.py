"""The sentences about launches that the gate held, for the window and the terminal; times are local."""

from __future__ import annotations

from datetime import tzinfo

from ringfence.core.model import HeldLaunch, Launches
from ringfence.core.route_memory import Detour
from ringfence.language import _
from ringfence.texts import clean, clock_text, why_sentence
from ringfence.words import joined


def held_total(launches: Launches) -> int:
    """Return how many launches the gate held today, whatever became of them."""
    return sum(count for _, count in launches.by_reason)


def detour_text(detour: Detour, now: float, zone: tzinfo | None = None) -> str:
    """Return `batch runs on home since 14:10: work: session is over its limit: 92 % used, …, resets 17:00`."""
    since = clock_text(detour.since, now, zone)
    said = _("{agents} runs on {account} since {time}").format(
        agents=clean(detour.class_), account=clean(detour.at), time=since
    )
    why = why_sentence(detour.why, now, zone) if detour.why else ""
    return _("{sentence}: {reason}").format(sentence=said, reason=why) if why else said


def launches_text(launches: Launches) -> str:
    """Return how many launches the gate held: `Held today: 3 (2 waiting)`; empty when it held none."""
    waiting = len(launches.waiting)
    if not waiting and not held_total(launches):
        return ""
    # One that was asked yesterday may still wait: it is no launch of today.
    said = _("Held today: {count} ({waiting} waiting)") if waiting else _("Held today: {count}")
    return said.format(count=held_total(launches), waiting=waiting)


def launches_detail(launches: Launches, now: float, zone: tzinfo | None = None) -> str:
    """Return by which holds, what became of them, and who waits, in sentences."""
    said = []
    if launches.by_reason:
        reasons = joined(f"{held_by_text(reason)}: {n}" for reason, n in launches.by_reason)
        said.append(_("By {reasons}.").format(reasons=reasons))
    said += [_("Refused: {count}.").format(count=launches.refused_today)] if launches.refused_today else []
    said += [_("Released: {count}.").format(count=launches.released_today)] if launches.released_today else []
    said += [_("{sentence}.").format(sentence=held_launch_text(each, now, zone)) for each in launches.waiting[:5]]
    more = len(launches.waiting) - 5
    return " ".join(said + ([_("And {count} more.").format(count=more)] if more > 0 else []))


def held_launch_text(launch: HeldLaunch, now: float, zone: tzinfo | None = None) -> str:
    """Return a launch that waits, in words: `claude (batch) waits since 16:20, session threshold`."""
    named = joined(clean(name, 24) for name in (launch.class_, launch.account, launch.model) if name)
    command = clean(launch.command, 40)
    return _("{command} waits since {time}, {reason}").format(
        command=f"{command} ({named})" if named else command,
        time=clock_text(launch.asked_at, now, zone),
        reason=held_by_text(launch.reason),
    )


def held_by_text(reason: str) -> str:
    """Return a hold's reason in words: `session threshold`, `your pause`."""
    known = {
        "manual_pause": _("your pause"),
        "session_threshold": _("session threshold"),
        "week_threshold": _("week threshold"),
        "model_threshold": _("model threshold"),
        "session_exhausted": _("session exhausted"),
        "week_exhausted": _("week exhausted"),
        "model_exhausted": _("model exhausted"),
        "limit_exhausted": _("limit exhausted"),
        "budget": _("budget"),
        "in_turn": _("in turn"),
        "gate_unknown": _("gate unknown"),
    }
    return known.get(reason) or clean(reason.replace("_", " "))
