"""What people read about routes and about accounts as places to start on; times are local. Plain text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from ringfence.core.ring import AccountView
from ringfence.core.route_memory import Quarantine
from ringfence.core.route_view import VALUES, Answer, ClassRoute, Place
from ringfence.language import _
from ringfence.route_facts import NO_EVIDENCE, PAUSED
from ringfence.texts import clean, clock_text, why_sentence
from ringfence.words import joined, sentences


def nothing_to_choose() -> str:
    """Return that every run goes to the same place, and where it is said how that is changed."""
    return _("There is nothing to choose: one account, no tiers, no chain. Every run goes to your login.")


def how() -> str:
    """Return where it is said how accounts, tiers and chains are set."""
    return _("docs/route.md and `ringfence route --help` say how accounts, tiers and chains are set.")


def class_title(route: ClassRoute) -> str:
    """Return which launches a route is about: `Class batch`."""
    if route.class_ is None:
        return _("Runs that name no class")
    return _("Class {name}").format(name=clean(route.class_, 60))


def values_text(answer: Answer) -> str:
    """Return what the tasks are worth that get an answer: `High value`, `Medium and low value`, `Any value`."""
    if answer.values == VALUES:
        return _("Any value")
    said = {
        ("high",): _("High value"),
        ("medium",): _("Medium value"),
        ("low",): _("Low value"),
        ("high", "medium"): _("High and medium value"),
        ("medium", "low"): _("Medium and low value"),
        ("high", "low"): _("High and low value"),
    }
    return said[answer.values]


def answer_text(answer: Answer, now: float, zone: tzinfo | None = None) -> str:
    """Return where it goes in a few words: `sonnet on work`, `waits until 17:00`."""
    if answer.verdict == "start":
        tier = clean(answer.tier or "", 40)
        tier = f"{tier} ({clean(answer.model, 40)})" if answer.model and answer.model != answer.tier else tier
        said = _("{tier} on {account}") if answer.account else _("{tier}, on this machine")
        return said.format(tier=tier, account=clean(answer.account or "", 40))
    if answer.code == NO_EVIDENCE:
        return _("nobody can tell")
    if answer.verdict == "wait":
        if answer.until is None or answer.until <= now:
            return _("waits")
        return _("waits until {time}").format(time=clock_text(answer.until, now, zone))
    return _("held until you unpause") if answer.code == PAUSED else _("cannot start")


def chain_text(route: ClassRoute, now: float, zone: tzinfo | None = None) -> str:
    """Return a chain and where its class is: `work → home → ollama; on home since 14:20`; empty without a chain."""
    if not route.chain:
        return ""
    here = next((place.name for place in route.chain if place.here), "")
    said = _("{chain}; on {place} since {time}") if route.since else _("{chain}; on {place}")
    return said.format(
        chain=" → ".join(clean(place.name, 40) for place in route.chain),
        place=clean(here, 40),
        time=clock_text(route.since, now, zone) if route.since else "",
    )


def triggers_text(route: ClassRoute) -> str:
    """Return what moves a class on: `Moves on: threshold, exhausted`; empty when nothing does."""
    if not route.triggers:
        return ""
    known = {
        "threshold": _("threshold"), "exhausted": _("exhausted"), "budget": _("budget"), "auth_error": _("auth error")
    }  # fmt: skip
    return _("Moves on: {triggers}").format(triggers=joined(known[name] for name in route.triggers))


def place_text(place: Place, now: float, zone: tzinfo | None = None) -> str:
    """Return what is in the way at a place of a chain, by its name; empty when nothing is."""
    name = clean(place.name, 40)
    why = why_sentence(place.obstacle, now, zone)
    said = (
        [why if why.startswith(name) else _("{account}: {sentence}").format(account=name, sentence=why)] if why else []
    )
    if place.left_until is not None and not place.here:
        left = _("{place} was left lately and is taken again from {time} on.")
        said.append(left.format(place=name, time=clock_text(place.left_until, now, zone)))
    return sentences(said)


def quarantine_text(account: str, quarantined: Iterable[Quarantine], now: float, zone: tzinfo | None = None) -> str:
    """Return until when an account is left alone because it refused a run; empty when it is not."""
    ends = [
        (_("{model} until {time}") if q.model else _("until {time}")).format(
            model=clean(q.model or "", 40), time=clock_text(q.until, now, zone)
        )
        for q in quarantined
        if q.account == account and q.until > now
    ]
    return _("Refused a run: left alone {ends}").format(ends=joined(ends)) if ends else ""


def requests_text(account: AccountView) -> str:
    """Return how many readings were asked for in the last hour, of how many: `9 of 18 requests this hour`."""
    if not account.request_budget:
        return ""
    return _("{count} of {budget} requests this hour").format(
        count=account.requests_last_hour, budget=account.request_budget
    )
