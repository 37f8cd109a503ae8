"""A sample that tells some windows only, put together with what is known of the others. Pure.

Claude Code tells its status line the session and the week, and nothing of a model's week or of spend (FORMATS D). What
it does not name is not gone: it keeps its number, with its own age and its own source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringfence.core.model import Sample, Window, same_instance

ROUNDING = 0.01
"""Both sources round: a number lower by less than a point is the same number."""
HEADLINE = ("session", "week")
"""The windows that a sample's age is measured by: the icon draws them, and Claude Code tells them by itself."""


def news_in(partial: Sample, before: Sample | None, *, doubted: Iterable[str] = ()) -> Sample:
    """Return the partial sample without the windows that tell nothing newer than what is known; it may be empty.

    Two runs of Claude Code know what each was told with its own last answer, and one that waits for its person may
    repeat a number of hours ago. Within one instance a window only fills, so a lower number is an older one, and so is
    an earlier reset. A number that is doubted itself (DESIGN 2.6) is no measure for others.
    """
    if before is None:
        return partial
    known = set(doubted)
    found = (_news(w, partial, before, w.id in known) for w in partial.windows)
    return replace(partial, windows=tuple(w for w in found if w is not None))


def merged(before: Sample | None, partial: Sample) -> Sample:
    """Return what is known after a partial sample: its windows, and those it does not name as they were.

    Every window says its own age and source. The sample's are those of the older of session and week. A window whose
    reset has passed stays too: without a number for the present, but its hold ends with a reading (DESIGN 2.6).
    """
    fresh = {w.id: _dated(w, partial) for w in partial.windows}
    kept = tuple(_dated(w, before) for w in before.windows) if before else ()
    windows = (*(_renewed(w, fresh.pop(w.id, w)) for w in kept), *fresh.values())
    windows = tuple(sorted(windows, key=lambda w: HEADLINE.index(w.id) if w.id in HEADLINE else len(HEADLINE)))
    measured = [w for w in windows if w.id in HEADLINE] or list(windows)
    oldest = min(measured, key=lambda w: w.observed_at or 0.0, default=None)
    base = before or partial
    return replace(
        base,
        source=base.source if oldest is None or oldest.source is None else oldest.source,
        observed_at=base.observed_at if oldest is None or oldest.observed_at is None else oldest.observed_at,
        windows=windows,
        partial=False,
    )


def fed_at(sample: Sample | None, endpoint_at: float | None) -> float | None:
    """Return since when session and week are told without the endpoint: the older one's age, None while they are not.

    `endpoint_at` is when the endpoint was last asked: a number read with it or before is no news of the feed's.
    """
    windows = [w for w in sample.windows if w.id in HEADLINE] if sample else []
    if sample is None or not windows or endpoint_at is None:
        return None
    oldest = min(sample.observed(w) for w in windows)
    return oldest if oldest > endpoint_at else None


def _news(window: Window, partial: Sample, before: Sample, doubted: bool) -> Window | None:
    known = before.window(window.id)
    if known is None:
        return window
    if partial.observed_at <= before.observed(known):
        return None
    if known.resets_at is None or window.resets_at is None or known.used is None or window.used is None or doubted:
        return window
    if not same_instance(known.resets_at, window.resets_at):
        return window if window.resets_at > known.resets_at else None
    # The higher of two roundings, so that a gate at its threshold does not flap between two sources.
    return replace(window, used=max(known.used, window.used)) if window.used > known.used - ROUNDING else None


def _renewed(window: Window, fresh: Window) -> Window:
    """Return a window with its new number; what only the other source knows of it (its label, the headline) stays."""
    return replace(
        window, used=fresh.used, resets_at=fresh.resets_at, observed_at=fresh.observed_at, source=fresh.source
    )


def _dated(window: Window, sample: Sample) -> Window:
    return replace(window, observed_at=sample.observed(window), source=sample.source_of(window))
