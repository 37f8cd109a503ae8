"""What the shell is asked to do: imperatives, performed in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringfence.core.gate_changes import GateChange
from ringfence.core.meters import Meter
from ringfence.core.model import Alert, Gate, Memory, Override, Pause, Sample, Scope, Status
from ringfence.core.ring import View
from ringfence.core.route_memory import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Ask the account's source once; its answer comes back as SampleArrived or PollFailed."""

    account: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishGate:
    """Write the automatic part of the gate; the person's latches in the file are kept."""

    gate: Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPause:
    """Write a pause of the person's into the gate file; the file's other parts are kept."""

    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearPauses:
    """Take pauses of the person's out of the gate file."""

    scope: Scope | None = None
    """The one of this scope; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOverride:
    """Write the person's override into the gate file, or take it out."""

    override: Override | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetNextThrough:
    """Let the launch that has waited longest start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell the person."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Draw this."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteStatus:
    """Publish the readings."""

    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveMemory:
    """Keep what was learnt."""

    memory: Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendHistory:
    """Add a sample to the history."""

    sample: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRoute:
    """Write `route.json`."""

    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendMove:
    """Add a move of a class to the ledger."""

    move: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendChange:
    """Add a change of the gate's answer to the history."""

    change: GateChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Count these from now on, at once and whenever transcripts grow; the sums come with TokensSeen."""

    meters: tuple[Meter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeAt:
    """Send TimeCame at this moment. It replaces the one pending timer."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """Nothing more will come: end the loop."""


Effect = (
    Poll
    | PublishGate
    | AddPause
    | ClearPauses
    | SetOverride
    | LetNextThrough
    | Notify
    | Show
    | WriteStatus
    | SaveMemory
    | AppendHistory
    | PublishRoute
    | AppendMove
    | AppendChange
    | Measure
    | WakeAt
    | Quit
)
