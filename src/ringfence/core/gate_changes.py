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


def lapses(document: gate_reader.Document, now: float) -> list[GateChange]:
    """Return what a gate file came to say by itself up to now, oldest first, for nobody wrote it again.

    A monitor that was killed notes nothing: its lease ran out, and the gate was unknown from then on (DESIGN 4). A
    pause that the person made after that is among them.
    """
    wrote = document["written_at"] + 1.0  # the file has whole seconds
    began = min(wrote, document["lease_until"])
    said = change_of(None, _at(document, began), began)
    found = [said] if said is not None and began + 1.0 < wrote and began <= now else []
    for moment in sorted(at for at in _moments(document) if began < at <= now):
        change = change_of(said, _at(document, moment), moment)
        if change is not None:
            found.append(change)
            said = change
    return found


def _at(document: gate_reader.Document, moment: float) -> gate_reader.Document:
    """Return the document without the pauses that were made later."""
    later = [h for h in document["holds"] if h["kind"] == "manual" and (h.get("since") or 0.0) > moment]
    return {**document, "holds": [hold for hold in document["holds"] if hold not in later]}


def _moments(document: gate_reader.Document) -> set[float]:
    """Return every moment at which a gate's answer may become another."""
    holds = document["holds"]
    found = {document["lease_until"]}
    found |= {hold.get(key) for hold in holds for key in ("since", "until", "evidence_until")}
    found |= {account["evidence_until"] for account in document.get("accounts", ())}
    found |= {document["override"]["until"]} if document["override"] else set()
    return {at for at in found if at is not None}
