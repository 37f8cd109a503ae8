"""`[[route.tiers]]`, `[route.bands]` and `[[failover]]`: what they are made of, and their check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.core.faults import Fault, unknown, unknown_place
from ringfence.sentence import Sentence

CLAUDE, LOCAL = "claude", "local"
KINDS = (CLAUDE, LOCAL)
TRIGGERS = ("threshold", "exhausted", "budget", "auth_error")
BANDS = ("burst", "active", "resting")
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One step of quality: a Claude model, or a model of this machine."""

    name: str
    kind: str = CLAUDE
    """`claude` draws on an account's windows; `local` on nothing that Ringfence counts."""
    model: str | None = None
    """The model, by the name its launcher takes (an alias, an Ollama tag); None: the launcher's own choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """How much of an account is used, in three steps; each from (included) and up to (excluded), in percent."""

    burst: tuple[float, float] = (0.0, 50.0)
    active: tuple[float, float] = (50.0, 80.0)
    resting: tuple[float, float] = (80.0, 100.0)
    """Without an end: an account may be used beyond 100 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """Where launches of one class go when the first place does not take them."""

    class_: str
    chain: tuple[str, ...]
    """Names of accounts and tiers, the first preferred."""
    triggers: tuple[str, ...]
    """The causes that move the class on; for any other it waits where it is."""


DEFAULT_TIERS = (Tier(name="claude"), Tier(name="local", kind=LOCAL))


def tiers_in(raw: Any, faults: list[Fault]) -> tuple[Tier, ...]:
    """Return the tiers of a raw list, the best first; what is wrong goes to `faults`."""
    found: list[Tier] = []
    for where, item in _tables("route.tiers", raw, faults):
        before = len(faults)
        _check_keys(where, item, ("name", "kind", "model"), faults)
        _check_texts(where, item, ("name",), ("kind", "model"), faults)
        if len(faults) > before:
            continue
        if item.get("kind", CLAUDE) not in KINDS:
            reason = Sentence("must be one of {choices}", choices=", ".join(KINDS))
            faults.append(Fault(key=f"{where}.kind", reason=reason))
        if item["name"] in {tier.name for tier in found}:
            reason = Sentence("is used twice; every tier needs a name of its own")
            faults.append(Fault(key=f"{where}.name", reason=reason))
        found.append(Tier(**item))
    if isinstance(raw, list) and not raw:
        faults.append(Fault(key="route.tiers", reason=Sentence("must name at least one tier")))
    return tuple(found)


def bands_in(raw: Any, faults: list[Fault]) -> Bands:
    """Return the bands of a raw table; what is wrong goes to `faults`. One that is not named keeps its default."""
    if not isinstance(raw, Mapping):
        faults.append(Fault(key="route.bands", reason=Sentence("must be a table of burst, active and resting")))
        return Bands()
    before = len(faults)
    _check_keys("route.bands", raw, BANDS, faults)
    faults.extend(
        Fault(key=f"route.bands.{name}", reason=reason)
        for name in BANDS
        if name in raw and (reason := _band_fault(raw[name]))
    )
    if len(faults) > before:
        return Bands()
    made = Bands(**{name: (float(low), float(high)) for name, (low, high) in raw.items()})
    begins = 0.0
    for name in BANDS:
        low, high = getattr(made, name)
        if low != begins:
            reason = Sentence("leaves a gap below it; it must begin at {begin}", begin=f"{begins:g}")
            if low < begins:
                reason = Sentence("overlaps the band before it; it must begin at {begin}", begin=f"{begins:g}")
            faults.append(Fault(key=f"route.bands.{name}", reason=reason))
            return Bands()
        begins = high
    if made.resting[1] != 100:
        faults.append(Fault(key="route.bands.resting", reason=Sentence("must end at 100")))
    return made


def failovers_in(raw: Any, accounts: Sequence[str], tiers: Sequence[Tier], faults: list[Fault]) -> tuple[Failover, ...]:
    """Return the chains of a raw list; what is wrong goes to `faults`."""
    found: list[Failover] = []
    for where, item in _tables("failover", raw, faults):
        before = len(faults)
        _check_keys(where, item, ("class", "chain", "triggers"), faults)
        _check_texts(where, item, ("class",), (), faults)
        chain = _names(f"{where}.chain", item.get("chain"), faults)
        if len(faults) > before:
            continue
        triggers = item.get("triggers", list(TRIGGERS) if len(chain) > 1 else [])
        _check_chain(f"{where}.chain", chain, accounts, [tier.name for tier in tiers], faults)
        _check_triggers(f"{where}.triggers", triggers, len(chain), faults)
        if item["class"] in {f.class_ for f in found}:
            faults.append(Fault(key=f"{where}.class", reason=Sentence("has a chain already; a class has one")))
        if len(faults) == before:
            found.append(Failover(class_=item["class"], chain=tuple(chain), triggers=tuple(triggers)))
    return tuple(found)


def _check_chain(
    where: str, chain: list[str], accounts: Sequence[str], tiers: Sequence[str], faults: list[Fault]
) -> None:
    for index, name in enumerate(chain):
        key = f"{where}[{index}]"
        if name in chain[:index]:
            faults.append(Fault(key=key, reason=Sentence("names the same place again; a fallback must be another one")))
        elif name in accounts and name in tiers:
            faults.append(Fault(key=key, reason=Sentence("is an account and a tier; rename one of them")))
        elif name not in accounts and name not in tiers:
            faults.append(Fault(key=key, reason=unknown_place(name, [*accounts, *tiers])))


def _check_triggers(where: str, triggers: Any, length: int, faults: list[Fault]) -> None:
    if not isinstance(triggers, list) or not all(isinstance(t, str) and t in TRIGGERS for t in triggers):
        faults.append(Fault(key=where, reason=Sentence("must be a list of {choices}", choices=", ".join(TRIGGERS))))
    elif triggers and length == 1:
        faults.append(Fault(key=where, reason=Sentence("cannot act on a chain of one; add where the class shall go")))
    elif not triggers and length > 1:
        reason = Sentence("must name at least one cause; the chain would never be followed")
        faults.append(Fault(key=where, reason=reason))
    elif len(set(triggers)) < len(triggers):
        faults.append(Fault(key=where, reason=Sentence("names a cause twice")))


def _band_fault(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_percentage(v) for v in value):
        return Sentence("must be two percentages from 0 to 100, such as [50, 80]")
    return None if value[0] <= value[1] else Sentence("must not end before it begins")


def _is_percentage(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _tables(key: str, raw: Any, faults: list[Fault]) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(raw, list) or not all(isinstance(item, Mapping) for item in raw):
        faults.append(Fault(key=key, reason=Sentence("must be written as {tables} tables", tables=f"[[{key}]]")))
        return []
    return [(f"{key}[{index}]", item) for index, item in enumerate(raw)]


def _check_keys(where: str, item: Mapping[str, Any], known: Sequence[str], faults: list[Fault]) -> None:
    faults.extend(Fault(key=f"{where}.{key}", reason=unknown(key, known)) for key in item if key not in known)


def _check_texts(
    where: str, item: Mapping[str, Any], needed: Sequence[str], others: Sequence[str], faults: list[Fault]
) -> None:
    faults.extend(
        Fault(key=f"{where}.{key}", reason=Sentence("must be a text that is not empty"))
        for key in (*needed, *(k for k in others if k in item))
        if not _is_name(item.get(key))
    )


def _names(where: str, value: Any, faults: list[Fault]) -> list[str]:
    if isinstance(value, list) and value and all(_is_name(v) for v in value):
        return value
    faults.append(Fault(key=where, reason=Sentence("must be a list of at least one account or tier")))
    return []


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_NAME
