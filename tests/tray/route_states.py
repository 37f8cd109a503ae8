"""What the pages of accounts and routes can have to show: a view, and the routes that go with it, by the real rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ringfence.core import failover, gating
from ringfence.core.model import AccountStatus, Latches
from ringfence.core.ring import View
from ringfence.core.route_memory import Line, Quarantine, RouteMemory
from ringfence.core.route_view import RouteView, route_view
from ringfence.core.settings import Settings
from ringfence.route_facts import Facts
from tray.states import ALONE, EIGHT, FLEET, HOUR_S, NOW, SET, TWO, account, accounts_of, reading, session, view, week


def shown(
    *accounts: AccountStatus,
    settings: Settings,
    memory: RouteMemory = RouteMemory(),
    latches: Latches = Latches(),
) -> tuple[View, RouteView]:
    """Return what is shown of these accounts, with the routes moved on to the moment."""
    gate = gating.decide_gate([(a.name, a.sample) for a in accounts], settings, now=NOW)
    document = gating.gate_document(gate, latches, now=NOW)
    out = frozenset(a.name for a in accounts if a.failure and a.failure.kind == "signed_out")
    after, _ = failover.advance(memory, document, settings, out, NOW)
    drawn = view(*accounts, settings=settings, latches=latches)
    facts = Facts(document, failover.route_document(after, settings, out))
    return drawn, route_view(facts, settings, drawn.targets.classes, NOW)


REFUSED = RouteMemory(
    quarantined=(
        Quarantine(account="work", until=NOW + 2 * HOUR_S),
        Quarantine(account="lab", until=NOW + HOUR_S, model="Opus"),
    ),
    chains=(Line(class_="batch", at="work", since=NOW - 3000, left={"home": NOW - 300}),),
)
CLOSED = tuple(account(reading(session(0.97), week(0.9), account=each.name), name=each.name) for each in TWO)

PAGES: dict[str, Callable[[], tuple[View, RouteView]]] = {
    "one": lambda: shown(account(reading(session(), week())), settings=SET),
    "one_unread": lambda: shown(account(None), settings=SET),
    "two": lambda: shown(*TWO, settings=FLEET),
    "two_paused": lambda: shown(*TWO, settings=FLEET, latches=Latches(pauses=ALONE)),
    "two_closed": lambda: shown(*CLOSED, settings=replace(FLEET, tiers=FLEET.tiers[:2], failover=())),
    "two_pinned": lambda: shown(
        *TWO, settings=replace(FLEET, appearance=replace(FLEET.appearance, icon_account="work")), memory=REFUSED
    ),
    "eight": lambda: shown(*EIGHT, settings=replace(FLEET, accounts=accounts_of(EIGHT), failover=()), memory=REFUSED),
}
