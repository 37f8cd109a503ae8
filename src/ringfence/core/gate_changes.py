"""When the gate changed its answer, and why: what the history marks as closures and overrides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringfence import gate_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChange:
    """From `at` on the gate says this to a launch that names nothing, until the next change."""

    at: float
    """Epoch seconds."""
    verdict: str
    """`open`, `closed` or `unknown`."""
    kind: str = ""
    """While closed: `manual`, `threshold`, `exhausted` or `budget`."""
    reason: str = ""
    """While closed: the hold's reason, e.g. `session_threshold`."""
    window: str = ""
    """While closed by a window: its id; of a budget `budget:<name>`."""
    overridden: bool = False
    """Open although an automatic hold applies: the person's leave."""


def change_of(before: GateChange | None, document: gate_reader.Document, now: float) -> GateChange | None:
    """Return what the gate of this document says now, None when that is what it said before."""
    answer = gate_reader.evaluate(document, now)
    hold = answer.hold or {}
    lifted = answer.verdict == gate_reader.OPEN and gate_reader.override_until(document, now) is not None
    said = GateChange(
        at=now,
        verdict=answer.verdict,
        kind=str(hold.get("kind") or ""),
        reason=str(hold.get("reason") or ""),
        window=str(hold.get("window") or ""),
        overridden=lifted and any(each["kind"] != "manual" for each in document["holds"]),
    )
    return None if before is not None and replace(said, at=before.at) == before else said
