"""What is remembered of routes: which account or tier launches were given last, what was left, who refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where launches of one kind go now: of a class and a model on the accounts, or of a class in its chain."""

    class_: str | None = None
    model: str | None = None
    at: str | None = None
    """The account or tier; None: none was taken yet."""
    since: float = 0.0
    left: dict[str, float] = field(default_factory=dict)
    """When each other place was left, while its cool-down runs."""
    cause: str = ""
    """In a chain: why it is not at its first place, a trigger; empty: it is."""
    why: str = ""
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """An account that refused a run, as its launcher reported; left alone until its reset."""

    account: str
    until: float
    model: str | None = None
    """The model that was refused; None: every run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMemory:
    """What outlives a restart: a part of `memory.json`."""

    choices: tuple[Line, ...] = ()
    chains: tuple[Line, ...] = ()
    quarantined: tuple[Quarantine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """All that routes were decided from at a moment, when the decision left everything as it was."""

    memory: RouteMemory
    settings: Settings
    signed_out: frozenset[str]
    seen: tuple[object, ...]
    """What the rule looks at in the gate's document, and which moments have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A class went to another account or tier, or came back: a row of the ledger and an alert."""

    at: float
    class_: str
    left: str
    to: str
    cause: str
    """The trigger, or `back`."""
    why: str
    """One sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """A class that is not at the first place of its chain now, for `status`."""

    class_: str
    home: str
    at: str
    since: float
    cause: str
    why: str
