"""What the rings show, as data: a View becomes a small picture key.

Equal looks are equal pictures, so nothing is redrawn when a reading changes nothing that can be seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from ringfence import gate_reader
from ringfence.core.model import Tier, WindowState
from ringfence.core.ring import AccountState, AccountView, Arc, View
from ringfence.tray.theme import Panel

STEPS = 100
"""A ring is filled in steps of one percent: the 64 px icon has about 180 px of arc, and the number has percents."""


class Mark(StrEnum):
    """The sign in the middle."""

    NONE = "none"
    CLOSED = "closed"
    """A barrier: an automatic hold keeps new runs out."""
    PAUSED = "paused"
    """Pause bars: the person's own latch."""
    OVERRIDDEN = "overridden"
    """Running although a hold applies: the person's leave."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcLook:
    """One ring."""

    fill: float | None = None
    """0..1 in whole percents; None: nothing to fill, drawn as an empty dotted track."""
    tier: Tier | None = None
    threshold: float | None = None
    """Where the gate closes, 0..1; drawn from 48 px on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingLook:
    """One picture."""

    outer: ArcLook | None = ArcLook()
    """The session; None: there is no such window, and no ring."""
    inner: ArcLook | None = ArcLook()
    """The week."""
    mark: Mark = Mark.NONE
    stale: bool = False
    """The numbers are old: drained of colour, and dashed."""
    error: bool = False
    """The last reading failed, or a file of ours cannot be written: a notch with a dot."""
    panel: Panel = Panel.AUTO


def look_of(view: View, panel: Panel = Panel.AUTO) -> RingLook:
    """Return the picture of a view: the tray icon's, and the first account's hero."""
    first = view.accounts[0] if view.accounts else None
    known = first is not None and first.observed_at is not None
    return RingLook(
        outer=_arc_look(view.outer, _threshold(first, "session"), known=known),
        inner=_arc_look(view.inner, _threshold(first, "week"), known=known),
        mark=mark_of(view),
        stale=view.stale and known,
        error=view.failure is not None or bool(view.trouble),
        panel=panel,
    )


def look_of_account(account: AccountView, panel: Panel) -> RingLook:
    """Return the picture of an account that is not the first: its numbers, without the gate's sign."""
    known = account.observed_at is not None
    return RingLook(
        outer=_arc_look(_arc(account, "session"), _threshold(account, "session"), known=known),
        inner=_arc_look(_arc(account, "week"), _threshold(account, "week"), known=known),
        mark=Mark.NONE if known else Mark.UNKNOWN,
        stale=known and account.state is not AccountState.OK,
        error=account.failure is not None,
        panel=panel,
    )


def mark_of(view: View) -> Mark:
    """Return the sign of the gate. The person's own pause comes before what is automatic: it is the one to lift."""
    if view.paused:
        return Mark.PAUSED
    if view.verdict == gate_reader.CLOSED:
        return Mark.CLOSED
    if view.verdict != gate_reader.OPEN:
        return Mark.UNKNOWN
    return Mark.OVERRIDDEN if view.override and view.holds else Mark.NONE


def with_panel(look: RingLook, panel: Panel) -> RingLook:
    """Return the same picture for another ground."""
    return replace(look, panel=panel)


def _arc_look(arc: Arc, threshold: float | None, *, known: bool) -> ArcLook | None:
    if arc.state is None:
        return None if known else ArcLook()
    if arc.used is None or arc.state is not WindowState.LIVE:
        return ArcLook(threshold=threshold)
    return ArcLook(fill=quantized(arc.used), tier=arc.tier, threshold=threshold)


def quantized(used: float) -> float:
    """Return a fraction in whole percents, rounded down; what is used at all is never drawn as nothing."""
    if used <= 0:
        return 0.0
    return min(max(math.floor(used * STEPS + 1e-9), 1), STEPS) / STEPS


def _threshold(account: AccountView | None, window_id: str) -> float | None:
    window = next((w for w in account.windows if w.id == window_id), None) if account else None
    return window.threshold_pct / 100 if window and window.threshold_pct is not None else None


def _arc(account: AccountView, window_id: str) -> Arc:
    window = next((w for w in account.windows if w.id == window_id), None)
    if window is None:
        return Arc()
    return Arc(used=window.used if window.state is WindowState.LIVE else None, tier=window.tier, state=window.state)
