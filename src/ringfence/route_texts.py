"""What people read about routes and about accounts as places to start on; times are local. Plain text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from ringfence.core.ring import AccountView
from ringfence.core.route_memory import Quarantine
from ringfence.core.route_view import VALUES, Answer, ClassRoute, Place
from ringfence.route_facts import NO_EVIDENCE, PAUSED
from ringfence.texts import clean, clock_text, why_sentence

NOTHING_TO_CHOOSE = "There is nothing to choose: one account, no tiers, no chain. Every run goes to your login."
HOW = "docs/route.md and `ringfence route --help` say how accounts, tiers and chains are set."


def class_title(route: ClassRoute) -> str:
    """Return which launches a route is about: `Class batch`."""
    return f"Class {clean(route.class_, 60)}" if route.class_ is not None else "Runs that name no class"


def values_text(answer: Answer) -> str:
    """Return what the tasks are worth that get an answer: `High value`, `Medium and low value`, `Any value`."""
    if answer.values == VALUES:
        return "Any value"
    return f"{' and '.join(answer.values)} value".capitalize()


def answer_text(answer: Answer, now: float, zone: tzinfo | None = None) -> str:
    """Return where it goes in a few words: `sonnet on work`, `waits until 17:00`."""
    if answer.verdict == "start":
        model = f" ({clean(answer.model, 40)})" if answer.model and answer.model != answer.tier else ""
        place = f" on {clean(answer.account, 40)}" if answer.account else ", on this machine"
        return f"{clean(answer.tier or '', 40)}{model}{place}"
    until = f" until {clock_text(answer.until, now, zone)}" if answer.until is not None and answer.until > now else ""
    if answer.code == NO_EVIDENCE:
        return "nobody can tell"
    if answer.verdict == "wait":
        return f"waits{until}"
    return "held until you unpause" if answer.code == PAUSED else "cannot start"


def chain_text(route: ClassRoute, now: float, zone: tzinfo | None = None) -> str:
    """Return a chain and where its class is: `work → home → ollama; on home since 14:20`; empty without a chain."""
    if not route.chain:
        return ""
    here = next((place.name for place in route.chain if place.here), "")
    since = f" since {clock_text(route.since, now, zone)}" if route.since else ""
    return f"{' → '.join(clean(place.name, 40) for place in route.chain)}; on {clean(here, 40)}{since}"


def triggers_text(route: ClassRoute) -> str:
    """Return what moves a class on: `Moves on: threshold, exhausted`; empty when nothing does."""
    return f"Moves on: {', '.join(name.replace('_', ' ') for name in route.triggers)}" if route.triggers else ""


def place_text(place: Place, now: float, zone: tzinfo | None = None) -> str:
    """Return what is in the way at a place of a chain, by its name; empty when nothing is."""
    name = clean(place.name, 40)
    why = why_sentence(place.obstacle, now, zone)
    said = [why if why.startswith(name) else f"{name}: {why}"] if why else []
    if place.left_until is not None and not place.here:
        said.append(f"{name} was left lately and is taken again from {clock_text(place.left_until, now, zone)} on.")
    return " ".join(said)


def quarantine_text(account: str, quarantined: Iterable[Quarantine], now: float, zone: tzinfo | None = None) -> str:
    """Return until when an account is left alone because it refused a run; empty when it is not."""
    ends = [
        (f"{clean(q.model, 40)} " if q.model else "") + f"until {clock_text(q.until, now, zone)}"
        for q in quarantined
        if q.account == account and q.until > now
    ]
    return f"Refused a run: left alone {', '.join(ends)}" if ends else ""


def requests_text(account: AccountView) -> str:
    """Return how many readings were asked for in the last hour, of how many: `9 of 18 requests this hour`."""
    if not account.request_budget:
        return ""
    return f"{account.requests_last_hour} of {account.request_budget} requests this hour"
