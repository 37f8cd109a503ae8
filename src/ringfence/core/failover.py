"""Which account launches are given and where each class runs: decided here, published in `route.json`.

The rule is `route_rules`, the one that readers apply; what is decided here is what they cannot know: which place was
taken last, and which was left when. It moves on with every event, as the gate does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ringfence import gate_reader
from ringfence.core.effects import AppendMove, Effect, PublishRoute
from ringfence.core.events import RefusalReported
from ringfence.core.model import Alert, AlertKind, FailureKind
from ringfence.core.polling import Planned, Why
from ringfence.core.route_memory import Detour, Line, Move, Quarantine, Routed, RouteMemory
from ringfence.core.route_settings import Failover
from ringfence.core.settings import Settings
from ringfence.core.state import RENEW_S, State, twins_of, wanted, with_account
from ringfence.route_facts import FORMAT, TRIGGERS, Facts
from ringfence.route_rules import choose_account, choose_in_chain, moved

QUARANTINE_DEFAULT_S = 5 * 3600.0
"""How long a refusal lasts that named no reset: a session."""
MOST_QUARANTINED = 200


def settle(state: State, document: gate_reader.Document, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Return the state with its routes followed, and what has to be published, kept and told.

    `document` is the gate's, of the same moment. The same again is not decided again: for a hundred accounts and twenty
    classes that takes some ten milliseconds.
    """
    due = state.route_written_at is None or not 0 <= now - state.route_written_at < RENEW_S
    without = signed_out(state)
    basis = Routed(memory=state.routes, settings=state.settings, signed_out=without, seen=_seen(document, state, now))
    if basis == state.routed and not due:
        return state, ()
    memory, moves = advance(state.routes, document, state.settings, without, now)
    state = replace(state, routed=basis if memory == state.routes else None)
    route = route_document(memory, state.settings, without)
    told = tuple(Alert(kind=AlertKind.FAILOVER, at=move.at, move=move) for move in moves)
    effects: tuple[Effect, ...] = (*(AppendMove(move=move) for move in moves), *wanted(told, state.settings))
    state = replace(state, routes=memory)
    if route == state.route and not due:
        return state, effects
    return replace(state, route=route, route_written_at=now), (PublishRoute(document=route), *effects)


def advance(
    memory: RouteMemory, gate: gate_reader.Document, settings: Settings, signed_out: frozenset[str], now: float
) -> tuple[RouteMemory, tuple[Move, ...]]:
    """Return the memory after a moment, and the moves of classes in it. Pure.

    Args:
        memory: what was remembered before.
        gate: the gate's document, as it stands now.
        settings: the accounts, tiers and chains in force.
        signed_out: the accounts without a login.
        now: epoch seconds.
    """
    kept = replace(memory, quarantined=tuple(q for q in memory.quarantined if q.until > now))
    facts = Facts(gate, route_document(kept, settings, signed_out))
    choices = tuple(_chosen(line, facts, now) for line in _lines(kept, settings, gate))
    # The chains look at the choices of now: a tier in a chain is open when an account is.
    facts = Facts(gate, route_document(replace(kept, choices=choices), settings, signed_out))
    chains: list[Line] = []
    moves: list[Move] = []
    for failover in settings.failover:
        line, move = _followed(_chain_line(kept, failover), failover, facts, now)
        chains.append(line)
        moves += move
    return replace(kept, choices=choices, chains=tuple(chains)), tuple(moves)


def route_document(memory: RouteMemory, settings: Settings, signed_out: frozenset[str]) -> gate_reader.Document:
    """Return the content of `route.json`: all that the rule needs beside the gate (docs/route.md)."""
    bands = settings.bands
    tiers = {tier.name for tier in settings.tiers}
    return {
        "format": FORMAT,
        "strategy": settings.route.strategy,
        "cooldown_s": settings.route.cooldown_s,
        "hysteresis_pct": settings.route.hysteresis_pct,
        "bands": {"burst": list(bands.burst), "active": list(bands.active), "resting": list(bands.resting)},
        "tiers": [{"name": t.name, "kind": t.kind, "model": t.model} for t in settings.tiers],
        "accounts": [
            {"name": a.name, "config_dir": a.config_dir, "default": a.default, "signed_out": a.name in signed_out}
            for a in settings.accounts
        ],
        "quarantined": [{"account": q.account, "model": q.model, "until": q.until} for q in memory.quarantined],
        "choices": [{"class": c.class_, "model": c.model, **_place(c)} for c in memory.choices],
        "failover": [
            {
                "class": f.class_,
                "chain": [{"name": name, ("tier" if name in tiers else "account"): name} for name in f.chain],
                "triggers": list(f.triggers),
                **_place(_chain_line(memory, f)),
            }
            for f in settings.failover
        ],
    }


def _seen(document: gate_reader.Document, state: State, now: float) -> tuple[object, ...]:
    """Return what the rule of routes looks at beside memory and settings: two that are equal decide alike."""
    return (
        document["lease_until"] > now,
        gate_reader.override_until(document, now) is not None,
        tuple((h["kind"], h["applies_to"], h.get("also_unnamed"), _counts(h, now))
              for h in (*document["holds"], *document.get("project_holds", ()))),
        tuple((a["name"], (a["evidence_until"] or 0.0) > now) for a in document["accounts"]),
        tuple((w["account"], w["id"], w["used_pct"], w["resets_at"], (w["resets_at"] or now) > now)
              for w in document["windows"]),
        tuple(at > now for at in moments(state)),
    )  # fmt: skip


def _counts(hold: gate_reader.Document, now: float) -> bool:
    until = hold["until"] if hold["kind"] == "manual" else hold["evidence_until"]
    return until is None or until > now


def refused(memory: RouteMemory, account: str, model: str | None, until: float | None, now: float) -> RouteMemory:
    """Return the memory with an account left alone, as a launcher reported; its reset may be at most a week away."""
    ends = now + QUARANTINE_DEFAULT_S if until is None else min(until, now + 7 * 86400)
    entry = Quarantine(account=account, model=model, until=ends)
    others = tuple(q for q in memory.quarantined if (q.account, q.model) != (account, model))
    return replace(memory, quarantined=(*others[-MOST_QUARANTINED:], entry))


def reported(state: State, event: RefusalReported) -> State:
    """Return the state with a refused account left alone, and a reading of it wished for at once."""
    account = state.account(event.account)
    if account is None:
        return state
    routes = state.routes
    for twin in twins_of(state, account):
        routes = refused(routes, twin.name, event.model, event.until, event.at)
    asked = replace(account, wish=Planned(at=event.at, why=Why.ASKED))
    return with_account(replace(state, routes=routes), asked)


def after_clock_jump(memory: RouteMemory, by_s: float) -> RouteMemory:
    """Return the memory with its moments moved along, so that ages stay what they are. Resets are the server's."""

    def shifted(line: Line) -> Line:
        return replace(line, since=line.since + by_s, left={name: at + by_s for name, at in line.left.items()})

    return replace(
        memory, choices=tuple(shifted(c) for c in memory.choices), chains=tuple(shifted(c) for c in memory.chains)
    )


def sane(memory: RouteMemory, now: float) -> RouteMemory:
    """Return a memory read back: nothing in it happened later than now (the clock was set back meanwhile)."""

    def capped(line: Line) -> Line:
        return replace(line, since=min(line.since, now), left={name: min(at, now) for name, at in line.left.items()})

    return replace(
        memory, choices=tuple(capped(c) for c in memory.choices), chains=tuple(capped(c) for c in memory.chains)
    )


def moments(state: State) -> list[float]:
    """Return when something can change by itself: a cool-down or a quarantine ends."""
    cooldown_s = state.settings.route.cooldown_s
    lines = (*state.routes.choices, *state.routes.chains)
    ends = [q.until for q in state.routes.quarantined]
    ends += [line.since + cooldown_s for line in lines if line.at is not None]
    ends += [at + cooldown_s for line in lines for at in line.left.values()]
    return ends


def detours(memory: RouteMemory, settings: Settings) -> tuple[Detour, ...]:
    """Return the classes that are not at the first place of their chain."""
    return tuple(
        Detour(
            class_=f.class_, home=f.chain[0], at=line.at, since=line.since, cause=line.cause, why=line.why
        )
        for f in settings.failover
        if (line := _chain_line(memory, f)).at is not None and line.at != f.chain[0]
    )  # fmt: skip


def signed_out(state: State) -> frozenset[str]:
    """Return the accounts without a login. An expired one is none of them: Claude Code renews it when it starts."""
    return frozenset(a.name for a in state.accounts if a.failure and a.failure.kind is FailureKind.SIGNED_OUT)


def _lines(memory: RouteMemory, settings: Settings, gate: gate_reader.Document) -> list[Line]:
    """Return a line for every kind of launch that is told apart: by the classes and models that something names."""
    if len(settings.accounts) < 2:
        return []
    scopes = [hold["applies_to"] for hold in gate["holds"]]
    classes = _distinct([f.class_ for f in settings.failover], (s.get("class") for s in scopes))
    windows = (str(w["id"]).partition("model:")[2] for w in gate["windows"])
    tiers = (tier.model for tier in settings.tiers if tier.kind != "local")
    models = _distinct(tiers, (scope.get("model") for scope in scopes), windows)
    known = {(line.class_, line.model): line for line in memory.choices}
    return [known.get((c, m)) or Line(class_=c, model=m) for c in classes for m in models]


def _distinct(*names: Iterable[str | None]) -> list[str | None]:
    """Return None for what names nothing, then each name once."""
    return list(dict.fromkeys([None, *(name for group in names for name in group if name)]))


def _chosen(line: Line, facts: Facts, now: float) -> Line:
    document = {"class": line.class_, "model": line.model, **_place(line)}
    to, _ = choose_account(list(facts.accounts), line.model, line.class_, facts, now, document)
    return _moved(line, document, to, facts, now)


def _chain_line(memory: RouteMemory, failover: Failover) -> Line:
    """Return where a class is in its chain; at the first place when nothing is remembered of one that is in it."""
    line = next((c for c in memory.chains if c.class_ == failover.class_ and c.at in failover.chain), None)
    return line or Line(class_=failover.class_, at=failover.chain[0])


def _followed(line: Line, failover: Failover, facts: Facts, now: float) -> tuple[Line, Sequence[Move]]:
    chain = next(f for f in facts.route["failover"] if f["class"] == failover.class_)
    to, steps = choose_in_chain(chain, None, facts, now)
    if to is None or to == line.at:
        return line, ()
    assert line.at is not None
    obstacle = next((s for s in steps if s.name == line.at), None)
    back = obstacle is None
    cause = "back" if obstacle is None else TRIGGERS.get(obstacle.code, obstacle.code)
    why = f"{to} takes it again." if obstacle is None else obstacle.why
    after = _moved(line, chain, to, facts, now)
    if to == failover.chain[0]:
        after = replace(after, cause="", why="")
    elif not back:
        after = replace(after, cause=cause, why=why)
    return after, (Move(at=now, class_=failover.class_, left=line.at, to=to, cause=cause, why=why),)


def _moved(line: Line, document: gate_reader.Document, to: str | None, facts: Facts, now: float) -> Line:
    after = moved(document, to, now, facts.route["cooldown_s"])
    return replace(line, at=after["at"], since=after["since"], left=after["left"])


def _place(line: Line) -> gate_reader.Document:
    return {"at": line.at, "since": line.since, "left": dict(line.left)}
