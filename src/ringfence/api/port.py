"""What the local API may do: the few doors that whoever runs the monitor opens to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ringfence import gate_reader
from ringfence.core.model import Latches
from ringfence.core.state import State
from ringfence.documents.token_rows import Kind, Report, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A launch that asks whether it may start; what it does not name is None."""

    account: str | None = None
    model: str | None = None
    class_: str | None = None
    project: str | None = None
    """The folder it would work in."""
    command: str = "api"
    """Its name in the history of held launches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A launch that was refused, and why."""

    launch: Launch
    reason: str
    at: float
    """Epoch seconds, UTC."""


class AskGate(Protocol):
    """How the gate is asked."""

    def __call__(self, launch: Launch) -> gate_reader.Answer:
        """Return what `gate.json` says to a launch now. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """What the API works with. Everything is called on the loop's thread."""

    now: Callable[[], float]
    """Epoch seconds, UTC."""
    state: Callable[[], State]
    """What the monitor knows."""
    ask_gate: AskGate
    change_latches: Callable[[Callable[[Latches], Latches]], None]
    """Change the person's pauses and override, in the gate file and at once. Raises FileError."""
    set_thresholds: Callable[[Mapping[str, object]], Awaitable[None]]
    """Set settings by key, None takes one out; they are in force when it returns. Raises FileError."""
    report: Callable[[Kind, Scope], Awaitable[Report]]
    """A report of tokens from the ledger. Raises FileError."""
    note_refusals: Callable[[Sequence[Refused]], Awaitable[None]]
    """Add refused launches to the history of held launches. Raises FileError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the API is reached."""

    socket: Path
    """The Unix socket."""
    token: Path
    """The file with the bearer token for TCP."""
