"""Which messages a new sample is worth: each crossing once per window, across restarts, never a burst (DESIGN 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ringfence.core.model import (
    SIGN_IN_KINDS,
    TIER_LINES,
    AccountMemory,
    Alert,
    AlertAction,
    AlertKind,
    Failure,
    Hold,
    Sample,
    Shown,
    Window,
    WindowState,
    reaches,
    same_instance,
)
from ringfence.core.settings import Notify

REARM_POINTS = 20.0
"""A line counts as crossed again only after the reading fell this far below it: five-hour readings flap
(claude-swap #146), and an early reset falls further than that."""
SUMMARY_PCT = 80.0
"""A start-up summary speaks when something stands this high; a half-full window is no news."""
RESET_AFTER_LINE = "80"
CLOSED = "closed "
"""Before the threshold in `Shown.line`, for a closing that was announced: `closed 90`."""
WITH_OVERRIDE = (AlertAction.OVERRIDE_UNTIL_RESET, AlertAction.OPEN_WINDOW)


def alerts_of_sample(
    sample: Sample,
    memory: AccountMemory,
    *,
    first: bool,
    closing: Hold | None,
    opened: bool,
    doubted: Iterable[str] = (),
) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Return the memory after a sample and what to tell the person.

    Args:
        sample: the new reading.
        memory: what was announced before.
        first: the first reading since the monitor started: all that is new is told in one summary.
        closing: the hold by which this sample closed the gate, None when it did not close it.
        opened: whether this sample opened the gate again.
        doubted: windows that need a second reading; they announce nothing.
    """
    known = set(doubted)
    windows = [w for w in sample.windows if w.id not in known]
    resets = [w for w in windows if _was_high_and_reset(w, memory)]
    kept = tuple(s for s in memory.shown if _still_counts(s, sample.window(s.window), known))
    crossed = [(w, line) for w in windows for line in _lines_crossed(w, kept, sample.observed_at)]
    closed_before = closing is not None and _is_shown(kept, closing.window, _closed_line(closing), closing.until)
    added = [Shown(window=w.id, line=f"{line:g}", resets_at=w.resets_at) for w, line in crossed]
    if closing is not None and not closed_before:
        added.append(Shown(window=closing.window, line=_closed_line(closing), resets_at=closing.until))
    remembered = replace(memory, shown=(*kept, *added), sign_in_told=False, blind_told=False)
    news = closing if not closed_before else None
    if first:
        return remembered, tuple(_summary(sample, crossed, news))
    told = tuple(_told(sample, crossed, resets, news, opened=opened))
    return remembered, told


def alert_of_failure(failure: Failure, memory: AccountMemory, account: str) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Return the memory after a failure and the one message that a person can act on: signing in is needed."""
    if failure.kind not in SIGN_IN_KINDS or memory.sign_in_told:
        return memory, ()
    alert = Alert(kind=AlertKind.SIGN_IN, at=failure.at, account=account, failure=failure)
    return replace(memory, sign_in_told=True), (alert,)


def alert_of_blindness(
    memory: AccountMemory, account: str, failure: Failure | None, now: float
) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Return the memory and the message that the gate has no fresh evidence any more; once until a reading succeeds."""
    if memory.blind_told:
        return memory, ()
    alert = Alert(kind=AlertKind.BLIND, at=now, account=account, failure=failure)
    return replace(memory, blind_told=True), (alert,)


def wanted(alert: Alert, notify: Notify) -> bool:
    """Tell whether the person wants alerts of this kind."""
    switches = {
        AlertKind.TIER: notify.tiers,
        AlertKind.SUMMARY: notify.tiers or notify.gate,
        AlertKind.GATE_CLOSED: notify.gate,
        AlertKind.GATE_OPENED: notify.gate,
        AlertKind.RESET: notify.reset,
        AlertKind.SIGN_IN: notify.sign_in,
        AlertKind.BLIND: notify.blind,
        AlertKind.TROUBLE: True,
    }
    return switches[alert.kind]


def _told(
    sample: Sample, crossed: list[tuple[Window, float]], resets: list[Window], closing: Hold | None, *, opened: bool
) -> Iterator[Alert]:
    at, account = sample.observed_at, sample.account
    if closing is not None:
        yield Alert(
            kind=AlertKind.GATE_CLOSED, at=at, account=account, window=sample.window(closing.window), hold=closing,
            critical=True, actions=WITH_OVERRIDE,
        )  # fmt: skip
    if opened:
        yield Alert(kind=AlertKind.GATE_OPENED, at=at, account=account, windows=tuple(resets))
    else:
        for window in resets:
            yield Alert(kind=AlertKind.RESET, at=at, account=account, window=window)
    highest = {w.id: (w, line) for w, line in sorted(crossed, key=lambda pair: pair[1])}
    for window, line in highest.values():
        if closing is None or closing.window != window.id:  # closing says it already, with the same number
            yield Alert(kind=AlertKind.TIER, at=at, account=account, window=window, line=line / 100)


def _summary(sample: Sample, crossed: list[tuple[Window, float]], closing: Hold | None) -> Iterator[Alert]:
    """Yield one message for all that was crossed while nobody watched, or none."""
    if closing is None and not any(line >= SUMMARY_PCT for _, line in crossed):
        return
    high = tuple(w for w in sample.windows if w.used is not None and reaches(w.used, 50))
    yield Alert(
        kind=AlertKind.SUMMARY,
        at=sample.observed_at,
        account=sample.account,
        windows=high,
        hold=closing,
        critical=closing is not None,
        actions=WITH_OVERRIDE if closing else (AlertAction.OPEN_WINDOW,),
    )


def _lines_crossed(window: Window, shown: tuple[Shown, ...], now: float) -> Iterator[float]:
    if window.used is None or window.state(now) is not WindowState.LIVE:
        return
    for line, _ in TIER_LINES:
        pct = line * 100
        if reaches(window.used, pct) and not _is_shown(shown, window.id, f"{pct:g}", window.resets_at):
            yield pct


def _is_shown(shown: Iterable[Shown], window: str, line: str, resets_at: float | None) -> bool:
    return any(s.window == window and s.line == line and same_instance(s.resets_at, resets_at) for s in shown)


def _still_counts(shown: Shown, window: Window | None, doubted: set[str]) -> bool:
    """Tell whether a remembered crossing is still of this instance and has not fallen far below its line."""
    if window is None or window.id in doubted:
        return True  # this reading says nothing about it
    if not same_instance(shown.resets_at, window.resets_at):
        return False
    return window.used is None or reaches(window.used, float(shown.line.removeprefix(CLOSED)) - REARM_POINTS)


def _closed_line(hold: Hold) -> str:
    return f"{CLOSED}{hold.threshold_pct:g}"


def _was_high_and_reset(window: Window, memory: AccountMemory) -> bool:
    """Tell whether a window that had been announced as high is fresh now: a new instance, or an early reset."""
    high = [s for s in memory.shown if s.window == window.id and s.line == RESET_AFTER_LINE]
    if not high or window.used is None or reaches(window.used, 50):
        return False
    return any(
        not same_instance(s.resets_at, window.resets_at) or not reaches(window.used, 80 - REARM_POINTS) for s in high
    )
