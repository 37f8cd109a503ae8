"""What would happen to a launch now, for a face: each class by each value, and where its chain stands.

Every answer is the rule's own (`route_rules.decide_route`), asked as a launcher asks it. Data; no sentence of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ringfence.core.route_memory import Quarantine
from ringfence.core.route_settings import DEFAULT_TIERS
from ringfence.core.settings import Settings
from ringfence.route_facts import HIGH, LOW, MEDIUM, Decision, Facts, Request
from ringfence.route_rules import at_home, chain_of, decide_route, link_obstacle

VALUES = (HIGH, MEDIUM, LOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where launches of some values go now."""

    values: tuple[str, ...]
    """Those that get the same answer, of VALUES."""
    verdict: str
    """`start`, `wait` or `refused`."""
    account: str | None
    """None for a tier of this machine, and while nothing may start."""
    tier: str | None
    model: str | None
    """None: the launcher's own choice."""
    code: str
    """The reason in a word of `route_rules`."""
    why: str
    """The same in a sentence, its moments in UTC."""
    until: float | None
    """While it waits: when something ends that is in the way; None: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a chain."""

    name: str
    here: bool
    """Whether the class is at it now."""
    obstacle: str
    """What is in the way there; empty: nothing."""
    left_until: float | None
    """When its cool-down ends; None: it was not left lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRoute:
    """The answers for one class of launches."""

    class_: str | None
    """None: launches that name none."""
    answers: tuple[Answer, ...]
    chain: tuple[Place, ...] = ()
    """Empty: it has no chain."""
    since: float | None = None
    """Since when it is at its place; None while it is at the first one."""
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """Everything a route page shows."""

    configured: bool
    """False while there is nothing to choose: one account, the tiers of a fresh start, no chain."""
    routes: tuple[ClassRoute, ...]
    quarantined: tuple[Quarantine, ...] = ()
    """The accounts that refused a run, while they are left alone."""


def route_view(facts: Facts, settings: Settings, classes: Iterable[str], now: float) -> RouteView:
    """Return what would happen to a launch of each class at a moment (epoch seconds).

    Args:
        facts: the gate and the route as they stand.
        settings: whose chains come first, and by which nothing may be configured.
        classes: others that are known.
        now: the moment; `facts` must have been asked about no other.
    """
    named = dict.fromkeys([*(chain.class_ for chain in settings.failover), *classes])
    chosen = len(settings.accounts) > 1 or settings.tiers != DEFAULT_TIERS or bool(settings.failover)
    return RouteView(
        configured=chosen,
        routes=tuple(_of_class(class_, facts, now) for class_ in (None, *named)),
        quarantined=tuple(
            Quarantine(account=q["account"], model=q["model"], until=q["until"])
            for q in facts.route["quarantined"]
            if q["until"] > now
        ),
    )


def _of_class(class_: str | None, facts: Facts, now: float) -> ClassRoute:
    answers: list[Answer] = []
    for value in VALUES:
        made = _answer(value, decide_route(Request(value, class_=class_), facts, now))
        last = answers[-1] if answers else None
        if last is not None and replace(made, values=last.values) == last:
            answers[-1] = replace(last, values=(*last.values, value))
        else:
            answers.append(made)
    chain = chain_of(facts.route, class_) if class_ is not None else None
    if chain is None:
        return ClassRoute(class_=class_, answers=tuple(answers))
    line = at_home(chain)
    cooldown_s = facts.route["cooldown_s"]
    places = []
    for link in chain["chain"]:
        obstacle = link_obstacle(link, None, class_, facts, now)
        left = line["left"].get(link["name"])
        places.append(
            Place(
                name=link["name"],
                here=link["name"] == line["at"],
                obstacle=obstacle.why if obstacle else "",
                left_until=left + cooldown_s if left is not None and left + cooldown_s > now else None,
            )
        )
    moved = line["at"] != chain["chain"][0]["name"]
    return ClassRoute(
        class_=class_, answers=tuple(answers), chain=tuple(places), triggers=tuple(chain["triggers"]),
        since=line["since"] if moved else None,
    )  # fmt: skip


def _answer(value: str, decision: Decision) -> Answer:
    return Answer(
        values=(value,), verdict=decision.verdict, account=decision.account, tier=decision.tier, model=decision.model,
        code=decision.code, why=decision.why, until=decision.until,
    )  # fmt: skip
