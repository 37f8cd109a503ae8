"""Which messages a new sample is worth: each crossing once per window, across restarts, never a burst (DESIGN 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ringfence.core.model import (
    SAME_WINDOW_S,
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
"""A line counts as crossed again only after the reading fell this far below it (half of it for a low threshold):
five-hour readings flap (claude-swap #146), and an early reset falls further than that."""
SUMMARY_PCT = 80.0
"""A start-up summary speaks when something stands this high; a half-full window is no news."""
RESET_AFTER_LINE = "80"
RESET_BELOW_PCT = 50.0
CLOSED = "closed "
"""Before the threshold in `Shown.line`, for a closing that was announced: `closed 90`."""
FORECAST = "forecast"
"""In `Shown.line`, for a window of which was told that it runs out."""
JUDGED_AGAIN_S = 150.0
"""A window runs out when two readings this far apart agree on it: a burst of some minutes is no rate."""
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
    kept = tuple(s for s in memory.shown if _still_counts(s, sample.window(s.window), known, sample.observed_at))
    crossed = [(w, line) for w in windows for line in _lines_crossed(w, kept, sample.observed_at)]
    closed_before = closing is not None and _is_shown(kept, closing.window, _closed_line(closing), closing.until)
    added = [Shown(window=w.id, line=f"{line:g}", resets_at=w.resets_at) for w, line in crossed]
    if closing is not None and not closed_before:
        added.append(Shown(window=closing.window, line=_closed_line(closing), resets_at=closing.until))
    remembered = replace(memory, shown=(*kept, *added), sign_in_told=False, blind_told=False)
    news = closing if not closed_before else None
    if first:
        return remembered, tuple(_summary(sample, crossed, news))
    told = tuple(_told(sample, crossed, resets, news, opened=opened and not _flaps(sample, kept)))
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


def alerts_of_forecast(
    ending: Iterable[tuple[Window, float, float | None]],
    memory: AccountMemory,
    judged: Iterable[tuple[str, float]],
    *,
    now: float,
) -> tuple[AccountMemory, tuple[Alert, ...]]:
    """Return the memory and what to tell of windows that run out before their reset; once an instance.

    Args:
        ending: those windows by the newest reading, each with the moment, and with its threshold as a fraction where
            that is what it runs out at.
        memory: what was announced before.
        judged: windows that the reading before judged so too, each with the moment of its first such reading.
        now: epoch seconds.
    """
    since = dict(judged)
    news = [
        (window, at, line)
        for window, at, line in ending
        if now - since.get(window.id, now) >= JUDGED_AGAIN_S
        and not _is_shown(memory.shown, window.id, FORECAST, window.resets_at)
    ]
    added = tuple(Shown(window=window.id, line=FORECAST, resets_at=window.resets_at) for window, _, _ in news)
    told = tuple(
        Alert(kind=AlertKind.RUNNING_OUT, at=now, account=memory.name, window=window, expected_at=at, line=line)
        for window, at, line in news
    )
    return replace(memory, shown=(*memory.shown, *added)), told


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
        AlertKind.RUNNING_OUT: notify.forecast,
        AlertKind.FAILOVER: notify.failover,
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
    return any(s.window == window and s.line == line and _may_be_same(s.resets_at, resets_at) for s in shown)


def _may_be_same(a: float | None, b: float | None) -> bool:
    """Tell whether two readings can be of one instance: an answer may leave the reset out once and name it again."""
    return a is None or b is None or same_instance(a, b)


def _flaps(sample: Sample, shown: Iterable[Shown]) -> bool:
    """Tell whether a closing that was told is of a window that goes on: around a threshold the gate opens silently."""
    closings = [(s, sample.window(s.window)) for s in shown if s.line.startswith(CLOSED)]
    return any(w is not None and _may_be_same(s.resets_at, w.resets_at) for s, w in closings)


def _still_counts(shown: Shown, window: Window | None, doubted: set[str], now: float) -> bool:
    """Tell whether a remembered crossing can come again: its instance goes on, and it has not fallen far below.

    An answer that names another instance ends nothing: the endpoint can repeat the old window after a rollover.
    """
    if shown.resets_at is not None and shown.resets_at + SAME_WINDOW_S <= now:
        return False
    if window is None or window.id in doubted or window.used is None:
        return True  # this reading says nothing about it
    try:
        line = float(shown.line.removeprefix(CLOSED))
    except ValueError:  # a forecast, once an instance wherever the reading goes; or a line of another version's
        return True
    return reaches(window.used, max(line - REARM_POINTS, line / 2))


def _closed_line(hold: Hold) -> str:
    return f"{CLOSED}{hold.threshold_pct:g}"


def _was_high_and_reset(window: Window, memory: AccountMemory) -> bool:
    """Tell whether a window that had been announced as high is fresh now: a new instance, or an early reset."""
    high = any(s.window == window.id and s.line == RESET_AFTER_LINE for s in memory.shown)
    return high and window.used is not None and not reaches(window.used, RESET_BELOW_PCT)
