"""Which messages refusals and budgets are worth: a closing and an opening once each, a line once in a period.

Samples have their own rules (`alerts`). These holds come and go with the transcripts and the clock, so that the gate
before and after is what is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ringfence import gate_reader
from ringfence.core import budgets, gating
from ringfence.core.alerts import SUMMARY_PCT, WITH_OVERRIDE
from ringfence.core.budget_settings import Action, Budget
from ringfence.core.meters import Count
from ringfence.core.model import (
    SAME_WINDOW_S,
    TIER_LINES,
    Alert,
    AlertKind,
    Gate,
    Hold,
    Shown,
    reaches,
    same_instance,
)

KINDS = frozenset({"exhausted", "budget"})
CLOSED, OPENED = "closed", "opened"
FULL_PCT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the comparison looks at."""

    before: Gate | None
    document_before: gate_reader.Document | None
    gate: Gate
    document: gate_reader.Document
    account: str
    """Whose messages they are when a hold names none: the first."""
    now: float
    first: bool
    """The first news since the monitor started: what happened meanwhile is told in one message at the most."""
    told_open: bool = False
    """Whether the opening is being told already."""


@dataclass(slots=True)
class _Told:
    """What was announced, while it is being worked out."""

    shown: list[Shown]
    alerts: list[Alert] = field(default_factory=list)

    def has(self, subject: str, line: str, until: float | None) -> bool:
        """Whether a line of this instance was told; one whose end is not known is every instance's."""
        return any(
            s.window == subject and s.line == line and (s.resets_at == until or same_instance(s.resets_at, until))
            for s in self.shown
        )

    def add(self, subject: str, line: str, until: float | None) -> None:
        self.shown.append(Shown(window=subject, line=line, resets_at=until))


def alerts_of_holds(told: tuple[Shown, ...], scene: Scene) -> tuple[tuple[Shown, ...], tuple[Alert, ...]]:
    """Return what was told, with what is told now, and the messages: the gate closed, or opened, by these holds."""
    made = _Told(shown=[s for s in told if s.resets_at is None or s.resets_at + SAME_WINDOW_S > scene.now])
    closing = [hold for hold in scene.gate.holds if hold.kind in KINDS and _is_news(hold, made, scene)]
    if closing:  # one message, however many there are
        made.alerts.append(_closed(closing[0], scene))
    _openings(made, scene)
    return _unless_same(told, made)


def alerts_of_budgets(
    told: tuple[Shown, ...], counts: Iterable[tuple[Budget, Count]], *, account: str, now: float, first: bool
) -> tuple[tuple[Shown, ...], tuple[Alert, ...]]:
    """Return what was told, with what is told now, and the messages of budgets that passed a line.

    Args:
        told: what was told before.
        counts: each budget with its count in the period of now.
        account: whose messages they are when a budget names none.
        now: epoch seconds.
        first: the first news since the start: one message, for the fullest, when that stands high.
    """
    made = _Told(shown=list(told))
    crossed = []
    for budget, count in counts:
        window = budgets.as_window(budget, count)
        lines = [line for line in _lines(budget) if window.used is not None and reaches(window.used, line)]
        new = [line for line in lines if not made.has(window.id, f"{line:g}", count.until)]
        for line in new:
            made.add(window.id, f"{line:g}", count.until)
        # One that closes the gate says so itself, with the same number.
        if new and not (budget.enforced and reaches(window.used or 0.0, FULL_PCT)):
            alert = Alert(
                kind=AlertKind.TIER, at=now, account=budget.account or account, window=window, line=max(new) / 100
            )
            crossed.append((window.used or 0.0, alert))
    if first:
        crossed = sorted(((u, a) for u, a in crossed if reaches(u, SUMMARY_PCT)), key=lambda pair: -pair[0])[:1]
    made.alerts += [alert for _, alert in crossed]
    return _unless_same(told, made)


def _lines(budget: Budget) -> Iterator[float]:
    yield from (line * 100 for line, _ in TIER_LINES)
    if budget.action is Action.ALERT:
        yield FULL_PCT


def _subject(hold: Hold) -> str:
    return hold.window if hold.kind == "budget" else f"{hold.kind}:{hold.scope.account or ''}:{hold.window}"


def _end(hold: Hold) -> float:
    return hold.evidence_until if hold.until is None else hold.until


def _is_news(hold: Hold, made: _Told, scene: Scene) -> bool:
    """Note a hold that was not told in its window, and tell whether it is what closed the gate."""
    subject, until = _subject(hold), _end(hold)
    if made.has(subject, CLOSED, until):
        return False
    made.add(subject, CLOSED, until)
    was = gating.answer_about(hold, scene.document_before, scene.now).verdict if scene.document_before else ""
    return was != gate_reader.CLOSED == gating.answer_about(hold, scene.document, scene.now).verdict


def _closed(hold: Hold, scene: Scene) -> Alert:
    return Alert(
        kind=AlertKind.GATE_CLOSED, at=scene.now, account=hold.scope.account or scene.account, hold=hold, critical=True,
        actions=WITH_OVERRIDE,
    )  # fmt: skip


def _openings(made: _Told, scene: Scene) -> None:
    """Tell once that the launches of a hold which is gone may start again; not who overrode it, or who paused."""
    standing = {_subject(h) for h in scene.gate.holds}
    gone = [h for h in (scene.before.holds if scene.before else ()) if h.kind in KINDS and _subject(h) not in standing]
    about = {_subject(h): h for h in gone}
    for shown in [s for s in made.shown if s.line == CLOSED and s.window not in standing]:
        if made.has(shown.window, OPENED, shown.resets_at):
            continue
        hold = about.get(shown.window)
        if hold is None and not scene.first:
            continue
        made.add(shown.window, OPENED, shown.resets_at)
        if hold is None or scene.told_open or gate_reader.override_until(scene.document, scene.now) is not None:
            continue
        answer = gating.answer_about(hold, scene.document, scene.now)
        told = any(a.kind is AlertKind.GATE_OPENED for a in made.alerts)
        if answer.verdict == gate_reader.OPEN and not told:
            account = hold.scope.account or scene.account
            made.alerts.append(Alert(kind=AlertKind.GATE_OPENED, at=scene.now, account=account, hold=hold))


def _unless_same(told: tuple[Shown, ...], made: _Told) -> tuple[tuple[Shown, ...], tuple[Alert, ...]]:
    shown = tuple(made.shown)
    return (told if shown == told else shown), tuple(made.alerts)


def without_removed(told: tuple[Shown, ...], known: Iterable[Budget]) -> tuple[Shown, ...]:
    """Return what was told without the lines of budgets that are no more: the next of that name begins anew."""
    named = {budgets.window_id(b) for b in known}
    kept = tuple(s for s in told if not s.window.startswith(budgets.PREFIX) or s.window in named)
    return told if kept == told else kept
