"""What the rings show, as data: a View becomes a small picture key.

Equal looks are equal pictures, so nothing is redrawn when a reading changes nothing that can be seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from ringfence import gate_reader
from ringfence.core.model import Tier, WindowState
from ringfence.core.ring import AccountView, View, WindowView
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
    """Where the gate closes, 0..1; a line in the hero."""
    estimated: float | None = None
    """Up to where it is thought to be filled by now, above `fill`; in the window alone, and never like a reading."""


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
    """Return the tray icon's picture: the readings of the account that it shows, and the gate's sign."""
    icon = view.icon
    known = icon is not None and icon.observed_at is not None
    outer, inner = _arcs(icon, estimated=False)
    return RingLook(
        outer=outer,
        inner=inner,
        mark=mark_of(view),
        stale=view.stale and known,
        error=(icon is not None and icon.failure is not None) or bool(view.trouble),
        panel=panel,
    )


def look_of_first(account: AccountView, view: View) -> RingLook:
    """Return the hero's picture: the first account's, with estimates and the gate's sign, which is about it."""
    look = look_of_account(account, Panel.AUTO)
    return replace(look, mark=mark_of(view), error=look.error or bool(view.trouble))


def look_of_account(account: AccountView, panel: Panel) -> RingLook:
    """Return the picture of an account that is not the first: its numbers, without the gate's sign."""
    known = account.observed_at is not None
    outer, inner = _arcs(account, estimated=True)
    return RingLook(
        outer=outer,
        inner=inner,
        mark=Mark.NONE if known else Mark.UNKNOWN,
        stale=known and account.stale,
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


def ringed(account: AccountView) -> tuple[WindowView | None, WindowView | None]:
    """Return what the outer and the inner ring show: session and week.

    A login that has neither (an organisation that is billed by use) shows its fullest limit, or its icon said nothing.
    """
    by_id = {w.id: w for w in account.windows}
    outer, inner = by_id.get("session"), by_id.get("week")
    if outer is None and inner is None:
        outer = max(account.windows, key=lambda w: w.used or 0.0, default=None)
    return outer, inner


def quantized(used: float) -> float:
    """Return a fraction in whole percents, rounded down; what is used at all is never drawn as nothing."""
    if used <= 0:
        return 0.0
    return min(max(math.floor(used * STEPS + 1e-9), 1), STEPS) / STEPS


def arc_of(window: WindowView) -> ArcLook:
    """Return the fill of a limit's ring, bar or dot."""
    threshold = None if window.threshold_pct is None else window.threshold_pct / 100
    if window.state is not WindowState.LIVE or window.used is None:
        return ArcLook(threshold=threshold)
    return ArcLook(fill=quantized(window.used), tier=window.tier, threshold=threshold)


def estimated_arc_of(window: WindowView) -> ArcLook:
    """Return the same with where it is thought to stand by now."""
    arc = arc_of(window)
    if arc.fill is None or window.estimate is None:
        return arc
    estimated = quantized(window.estimate.used)
    return replace(arc, estimated=estimated) if estimated > arc.fill else arc


def _arcs(account: AccountView | None, *, estimated: bool) -> tuple[ArcLook | None, ArcLook | None]:
    if account is None or account.observed_at is None:
        return ArcLook(), ArcLook()
    outer, inner = ringed(account)
    drawn = estimated_arc_of if estimated else arc_of
    return drawn(outer) if outer else None, drawn(inner) if inner else None
