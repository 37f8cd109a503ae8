"""Refusals: what Claude itself would not start any more, as transcripts and panes tell it, and the holds that follow.

A refusal needs no threshold. It counts until its reset, and no longer than a reading or an answer after it lets it: the
client says "limit reached" at 11 % too (FORMATS F), so that a fresh reading overrules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ringfence import gate_reader
from ringfence.core.gating import AUTOMATIC_EVIDENCE_FACTOR
from ringfence.core.model import Gate, Hold, Relief, Sample, Scope, Window, reaches
from ringfence.core.tokens import Run, SeenRefusal

FULL_PCT = 95.0
"""A reading from here on agrees with a refusal; one below overrules it."""
OTHER = "usage"
"""The window of a refusal that names none."""


def window_of(refusal: SeenRefusal) -> str:
    """Return the id of the window that was refused, as far as the refusal itself tells."""
    if refusal.claim == "model":
        return f"model:{refusal.model}" if refusal.model else OTHER
    return refusal.claim if refusal.claim in {"session", "week", "spend"} else OTHER


def relieved(
    before: tuple[Relief, ...], refusals: Iterable[SeenRefusal], runs: Iterable[Run], sample: Sample | None, now: float
) -> tuple[Relief, ...]:
    """Return up to when refusals of an account's windows count no more, with what is seen now.

    It has to be remembered: the run that answered is soon no run any more, and the next reading may be high again.
    `refusals` and `runs` are the account's.
    """
    known = {r.window: r.at for r in before}
    answers = [run for run in runs if run.last_at <= now]  # one of the future is of another clock
    for refusal in refusals:
        window, at = window_of(refusal), max(_answers(refusal, answers, sample), default=0.0)
        if at > known.get(window, 0.0):
            known[window] = at
    made = tuple(Relief(window=window, at=at) for window, at in known.items())
    return before if made == before else made


def holds(
    refusals: Iterable[SeenRefusal], sample: Sample | None, reliefs: Iterable[Relief], *,
    account: str | None, blind_after_s: float, now: float, before: Gate | None,
) -> Iterator[Hold]:  # fmt: skip
    """Yield a hold for each window of one account that was refused, and for which nothing later speaks.

    Args:
        refusals: the account's.
        sample: its last reading.
        reliefs: what `relieved` made of everything seen so far.
        account: the account to name in the scope; None: it is the only one.
        blind_after_s: a sixth of how long a refusal, or a reading that agrees with it, counts as evidence.
        now: epoch seconds.
        before: the gate decided last, so that a hold that goes on keeps its `since`.
    """
    spoken = {r.window: r.at for r in reliefs}
    # From the future: the clock was set back, and nothing could ever be later than it.
    present = [r for r in refusals if r.at <= now + gate_reader.FUTURE_S and r.at >= spoken.get(window_of(r), 0.0)]
    newest: dict[str, SeenRefusal] = {}
    for refusal in sorted(present, key=lambda r: r.at):
        # A pane that is cut short names no reset where the transcript does: that is not taken back.
        known = newest.get(window_of(refusal))
        if known is not None and refusal.resets_at is None:
            refusal = replace(refusal, resets_at=known.resets_at)  # noqa: PLW2901
        newest[window_of(refusal)] = refusal
    for refusal in newest.values():
        hold = _hold(refusal, sample, account, blind_after_s * AUTOMATIC_EVIDENCE_FACTOR)
        if now < _end(hold):
            yield replace(hold, since=_since(hold, before))


def _hold(refusal: SeenRefusal, sample: Sample | None, account: str | None, counts_s: float) -> Hold:
    window = _read(refusal, sample)
    seen_at = refusal.at
    if sample is not None and window is not None and window.used is not None and reaches(window.used, FULL_PCT):
        seen_at = max(seen_at, sample.observed(window))
    until = refusal.resets_at
    if until is None and window is not None and window.resets_at is not None and window.resets_at > refusal.at:
        until = window.resets_at
    counts_until = seen_at + counts_s
    named = window_of(refusal)
    return Hold(
        kind="exhausted",
        reason="limit_exhausted" if named == OTHER else f"{named.partition(':')[0]}_exhausted",
        window=window.id if window else named,
        # Others go on where one model is refused: a launch that names none is not held by it.
        scope=Scope(account=account, model=refusal.model if named.startswith("model:") else None),
        also_unnamed=False,
        since=refusal.at,
        until=until,
        used=window.used if window else None,
        threshold_pct=None,
        observed_at=seen_at,
        evidence_until=float(int(counts_until if until is None else min(counts_until, until))),
    )


def _end(hold: Hold) -> float:
    """Return when a hold is over: at its reset; one that named none counts only as long as its evidence."""
    return hold.evidence_until if hold.until is None else float(int(hold.until))


def _since(hold: Hold, before: Gate | None) -> float:
    known = before.holds if before else ()
    same = [h.since for h in known if (h.kind, h.scope, h.window) == (hold.kind, hold.scope, hold.window)]
    return min([hold.since, *same])


def _read(refusal: SeenRefusal, sample: Sample | None) -> Window | None:
    """Return the window that a refusal speaks of, as it was last read; the fullest where several fit."""
    if sample is None:
        return None
    fitting = [w for w in sample.windows if _fits(w, refusal)]
    return max(fitting, key=lambda w: -1.0 if w.used is None else w.used, default=None)


def _fits(window: Window, refusal: SeenRefusal) -> bool:
    named = window_of(refusal)
    if named.startswith("model:"):
        return window.model is not None and gate_reader.same_model(window.model, refusal.model or "")
    return window.id == named or (named == "spend" and window.id.startswith("spend:"))


def _answers(refusal: SeenRefusal, runs: list[Run], sample: Sample | None) -> Iterator[float]:
    """Yield the moments after a refusal at which something spoke against it."""
    for run in runs:
        same = window_of(refusal).partition(":")[0] != "model" or gate_reader.same_model(refusal.model or "", run.model)
        if same and run.last_at > refusal.at:
            yield run.last_at
    window = _read(refusal, sample)
    if sample is None or window is None or window.used is None or reaches(window.used, FULL_PCT):
        return
    if sample.observed(window) > refusal.at:
        yield sample.observed(window)
