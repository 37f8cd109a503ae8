"""The gate's decision: samples and settings in, the automatic part of the gate out; and the document of both parts.

The rules are DESIGN 2.3-2.6 and 4; `gate_reader.evaluate` answers one launch from the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ringfence import gate_reader
from ringfence.core.model import (
    AccountStatus,
    Evidence,
    Gate,
    Hold,
    Latches,
    Override,
    Pause,
    PublishedWindow,
    Sample,
    Scope,
    Window,
    reaches,
    same_instance,
)

if TYPE_CHECKING:
    from ringfence.core.settings import Settings

OVERRIDE_DEFAULT_S = 3600.0
"""How long "until the reset" lasts when the hold names no reset."""
AUTOMATIC_EVIDENCE_FACTOR = 6
"""An automatic hold outlives `gate.blind_after_s` by this factor before it too turns unknown."""
SUSPECT_PCT = 95.0
SUSPECT_WITHIN_S = 300.0
"""The endpoint can repeat the old window's ~100 % with the new `resets_at` for 2-5 minutes (AIBattery PR 174)."""


def suspects_in(sample: Sample, before: AccountStatus) -> tuple[str, ...]:
    """Return the windows of a sample that need a second reading: >= 95 % within 5 minutes of their start (DESIGN 2.6).

    The second reading of the same instance is believed, whatever it says.
    """
    return tuple(w.id for w in sample.windows if _starts_too_full(w, sample.observed(w)) and not _seen(w, before))


def believed(sample: Sample, suspects: Iterable[str], before: Sample | None) -> Sample:
    """Return the sample a decision may stand on: a suspect window keeps what was believed of it before."""
    doubted = set(suspects)
    kept = tuple((before.window(w.id) if before else None) if w.id in doubted else w for w in sample.windows)
    return replace(sample, windows=tuple(w for w in kept if w is not None))


def decide_gate(
    accounts: Iterable[tuple[str, Sample | None]],
    settings: Settings,
    *,
    now: float,
    before: Gate | None = None,
    others: Iterable[Hold] = (),
) -> Gate:
    """Decide the automatic part of the gate.

    Args:
        accounts: name and last believed sample, the first account first.
        settings: the thresholds, and how long evidence counts.
        now: epoch seconds; the lease runs from here.
        before: the gate decided last, so that a hold that goes on keeps its `since`.
        others: the holds of refusals and budgets.
    """
    known = [(name, sample) for name, sample in accounts]
    gone_on = [h for h in before.holds if h.kind == "threshold"] if before else []
    since = {(h.scope.account, h.window): h.since for h in gone_on}
    blind_s = settings.gate.blind_after_s
    several = len(known) > 1  # one account: its holds are for every launch, as in DESIGN 4's example
    holds = [h for name, sample in known if sample for h in _holds(name if several else None, sample, settings, since)]
    evidence = [
        Evidence(
            account=name,
            observed_at=sample.observed_at if sample else None,
            evidence_until=_whole(sample.observed_at + blind_s) if sample else None,
        )
        for name, sample in known
    ]
    windows = [
        PublishedWindow(account=name, window=w, observed_at=sample.observed(w), source=sample.source_of(w))
        for name, sample in known
        if sample
        for w in sample.windows
    ]
    return Gate(
        lease_until=now + gate_reader.LEASE_S,
        holds=_in_order([*holds, *others], [name for name, _ in known]),
        evidence=tuple(evidence),
        windows=tuple(windows),
    )


def over_threshold(window: Window, settings: Settings) -> float | None:
    """Return the threshold a window has reached, None when it has none or stands below it. >= counts (DESIGN 2.3)."""
    threshold = threshold_of(window, settings)
    if threshold is None or window.used is None or not reaches(window.used, threshold):
        return None
    return threshold


def threshold_of(window: Window, settings: Settings) -> float | None:
    """Return the percentage at which a window closes the gate, None when it never does."""
    if window.id == "session":
        return settings.thresholds.session_pct
    if window.id == "week":
        return settings.thresholds.week_pct
    if window.model is not None:
        own = own_threshold(window.model, settings)
        return settings.thresholds.week_pct if own is None else own
    return None


def own_threshold(model: str, settings: Settings) -> float | None:
    """Return the threshold set for this model's week, None without one; the lowest where several names fit.

    A setting for "Fable" counts for the window "Fable 5": the server may rename a window, and a threshold that silently
    stops counting is worse than one that counts for two versions.
    """
    exact = [pct for name, pct in settings.thresholds.models.items() if name.casefold() == model.casefold()]
    fitting = [pct for name, pct in settings.thresholds.models.items() if gate_reader.same_model(name, model)]
    return min(exact or fitting, default=None)


def pauses_now(latches: Latches, now: float) -> tuple[Pause, ...]:
    """Return the pauses in force."""
    return tuple(p for p in latches.pauses if p.until is None or p.until > now)


def trimmed(latches: Latches, now: float) -> Latches:
    """Return the latches without what has ended."""
    override = latches.override if latches.override and latches.override.until > now else None
    return Latches(pauses=pauses_now(latches, now), override=override)


def with_pause(latches: Latches, pause: Pause) -> Latches:
    """Return the latches with a pause added; one of the same scope is replaced."""
    others = tuple(p for p in latches.pauses if not same_scope(p.scope, pause.scope))
    return Latches(pauses=(*others, pause), override=latches.override)


def without_pauses(latches: Latches, scope: Scope | None = None) -> Latches:
    """Return the latches without the pauses of a scope; None: without any."""
    kept = () if scope is None else tuple(p for p in latches.pauses if not same_scope(p.scope, scope))
    return Latches(pauses=kept, override=latches.override)


def same_scope(one: Scope, other: Scope) -> bool:
    """Tell whether two pauses are for the same launches; a model may be written in any case, as launchers write it."""
    return _caseless(one) == _caseless(other)


def _caseless(scope: Scope) -> Scope:
    return scope if scope.model is None else replace(scope, model=scope.model.casefold())


def with_override(latches: Latches, override: Override | None) -> Latches:
    """Return the latches with this override, or with none."""
    return Latches(pauses=latches.pauses, override=override)


def override_until_reset(document: gate_reader.Document | None, now: float) -> Override | None:
    """Return the override "until the reset" of the hold that binds; an hour when that names none.

    None when nothing automatic holds: the button of an old message must not lift the next threshold.
    """
    if document is None or not automatic_in(document):
        return None
    return Override(since=now, until=reset_of_binding_hold(document, now) or now + OVERRIDE_DEFAULT_S)


def reset_of_binding_hold(document: gate_reader.Document, now: float) -> float | None:
    """Return when "until reset" ends for the person: the reset of the first automatic hold in force, else None."""
    ends = [h["until"] for h in automatic_in(document) if h["until"] and h["until"] > now]
    return float(ends[0]) if ends else None


def gate_document(gate: Gate, latches: Latches, *, now: float, serial: int = 0) -> gate_reader.Document:
    """Return the gate file's content, writer aside: both parts, and the verdict they make together.

    A document read from disk keeps its latches through `latches_in`.
    """
    return decided({**automatic_part(gate, now), **_latch_part(latches, gate, now), "serial": serial}, now)


def decided(document: gate_reader.Document, now: float) -> gate_reader.Document:
    """Return the document with the verdict, its end and the refusal worked out anew, in the order of the file."""
    answer = gate_reader.evaluate(document, now)
    head = {
        "verdict": answer.verdict,
        "valid_until": None if answer.valid_until is None else int(answer.valid_until),
        "format": gate_reader.FORMAT,
        "serial": document.get("serial", 0),
        "written_at": int(now),
        "lease_until": int(document["lease_until"]),
        "writer": document.get("writer", {}),
        "refusal": answer.refusal,
        "holds": document["holds"],
        "override": document["override"],
        "windows": document.get("windows", []),
    }
    return head | {k: v for k, v in document.items() if k not in head}


def automatic_part(gate: Gate, now: float) -> gate_reader.Document:
    """Return the keys that the monitor owns alone; its holds for every folder stand among the person's pauses."""
    of_projects = [_hold(h) for h in gate.holds if h.scope.project is not None]
    apart = {"project_holds": of_projects} if of_projects else {}
    return apart | {
        # A clean exit gives the lease back: from this second on nobody stands behind an automatic verdict.
        "lease_until": now if gate.stopped else gate.lease_until,
        "windows": [_window(p) for p in gate.windows],
        "accounts": [
            {"name": e.account, "observed_at": _second(e.observed_at), "evidence_until": _second(e.evidence_until)}
            for e in gate.evidence
        ],
        "note": "monitor stopped" if gate.stopped else None,
    }


def latches_in(document: gate_reader.Document) -> Latches:
    """Return the person's latches from a document that was read."""
    pauses = tuple(
        Pause(
            since=float(h.get("since") or 0),
            until=h["until"],
            scope=_scope_in(h["applies_to"]),
            why=h.get("why") if isinstance(h.get("why"), str) else None,
        )
        for h in document["holds"]
        if h["kind"] == "manual"
    )
    raw = document["override"]
    override = Override(since=float(raw.get("since") or 0), until=raw["until"]) if raw else None
    return Latches(pauses=pauses, override=override)


def holds_in(document: gate_reader.Document) -> tuple[Hold, ...]:
    """Return the automatic holds from a document that was read, with fractions where the file has percentages."""
    return tuple(
        Hold(
            kind=h["kind"],
            reason=h["reason"],
            window=h["window"],
            scope=_scope_in(h["applies_to"]),
            also_unnamed=bool(h.get("also_unnamed")),
            since=float(h.get("since") or 0),
            until=h["until"],
            used=None if h["utilization_pct"] is None else h["utilization_pct"] / 100,
            threshold_pct=None if h["threshold_pct"] is None else float(h["threshold_pct"]),
            observed_at=float(h.get("observed_at") or 0),
            evidence_until=h["evidence_until"],
        )
        for h in automatic_in(document)
    )


def automatic_in(document: gate_reader.Document) -> list[gate_reader.Document]:
    """Return the automatic holds of a document, those of projects last."""
    return [h for h in (*document["holds"], *document.get("project_holds", ())) if h["kind"] != "manual"]


def answer_about(hold: Hold, document: gate_reader.Document, now: float) -> gate_reader.Answer:
    """Return what the gate says to the launches that a hold is about."""
    scope = hold.scope
    model = None if hold.also_unnamed else scope.model
    return gate_reader.evaluate(
        document, now, account=scope.account, model=model, class_=scope.class_, project=scope.project
    )


def with_latches(document: gate_reader.Document, latches: Latches, now: float) -> gate_reader.Document:
    """Return a document with the person's part replaced and decided anew: what `pause` writes without a monitor."""
    automatic = [h for h in document["holds"] if h["kind"] != "manual"]
    return decided({**document, **_latch_keys(latches, automatic, now)}, now)


def _latch_part(latches: Latches, gate: Gate, now: float) -> gate_reader.Document:
    return _latch_keys(latches, _holds_of_all(gate), now)


def _latch_keys(latches: Latches, automatic: list[gate_reader.Document], now: float) -> gate_reader.Document:
    current = trimmed(latches, now)
    override = current.override
    return {
        "holds": [_pause(p) for p in current.pauses] + automatic,
        "override": {"since": _second(override.since), "until": _second(override.until)} if override else None,
    }


def _holds(
    name: str | None, sample: Sample, settings: Settings, since: dict[tuple[str | None, str], float]
) -> Iterator[Hold]:
    """Yield a hold for each window at its threshold: session, week, then models, so that the session is named first."""
    order = {"session": 0, "week": 1}
    for window in sorted(sample.windows, key=lambda w: order.get(w.id, 2)):
        threshold = over_threshold(window, settings)
        if threshold is None or window.used is None:
            continue
        own = window.model is not None and own_threshold(window.model, settings) is not None
        yield Hold(
            kind="threshold",
            reason="model_threshold" if window.model else f"{window.id}_threshold",
            window=window.id,
            scope=Scope(account=name, model=window.model),
            also_unnamed=window.model is not None and not own and settings.thresholds.unnamed_model_counts,
            since=since.get((name, window.id), sample.observed(window)),
            until=window.resets_at,
            used=window.used,
            threshold_pct=threshold,
            observed_at=sample.observed(window),
            evidence_until=_whole(sample.observed(window) + settings.gate.blind_after_s * AUTOMATIC_EVIDENCE_FACTOR),
        )


def _in_order(holds: list[Hold], accounts: list[str]) -> tuple[Hold, ...]:
    """Return the holds as they are named: account by account the session, the week, models and the rest; then budgets.

    What Claude refused comes before a threshold of the same window.
    """
    windows = {"session": 0, "week": 1}

    def rank(hold: Hold) -> tuple[int, int, bool]:
        account = accounts.index(hold.scope.account) if hold.scope.account in accounts else 0
        return account, 3 if hold.kind == "budget" else windows.get(hold.window, 2), hold.kind == "threshold"

    return tuple(sorted(holds, key=rank))


def _holds_of_all(gate: Gate) -> list[gate_reader.Document]:
    return [_hold(h) for h in gate.holds if h.scope.project is None]


def _starts_too_full(window: Window, observed_at: float) -> bool:
    started_at = window.started_at()
    return (
        window.used is not None
        and started_at is not None
        and reaches(window.used, SUSPECT_PCT)
        and observed_at - started_at < SUSPECT_WITHIN_S
    )


def _seen(window: Window, before: AccountStatus) -> bool:
    """Tell whether this instance of the window was already read at such a height: then this is the second reading."""
    last = before.sample.window(window.id) if before.sample else None
    return (
        last is not None
        and last.used is not None
        and reaches(last.used, SUSPECT_PCT)
        and same_instance(last.resets_at, window.resets_at)
    )


def _hold(hold: Hold) -> gate_reader.Document:
    made = {
        "kind": hold.kind,
        "reason": hold.reason,
        "window": hold.window,
        "applies_to": _scope(hold.scope),
        "since": _second(hold.since),
        "until": _second(hold.until),
        "utilization_pct": None if hold.used is None else percent(hold.used),
        "threshold_pct": None if hold.threshold_pct is None else percent(hold.threshold_pct / 100),
        "observed_at": _second(hold.observed_at),
        "evidence_until": _second(hold.evidence_until),
    }
    return made | ({"also_unnamed": True} if hold.also_unnamed else {})


def _pause(pause: Pause) -> gate_reader.Document:
    return {
        "kind": "manual",
        "reason": "manual_pause",
        "applies_to": _scope(pause.scope),
        "since": _second(pause.since),
        "until": _second(pause.until),
        "why": pause.why,
    }


def _window(published: PublishedWindow) -> gate_reader.Document:
    window = published.window
    return {
        "account": published.account,
        "id": window.id,
        "label": window.label,
        "used_pct": None if window.used is None else percent(window.used),
        "resets_at": _second(window.resets_at),
        "observed_at": _second(published.observed_at),
        "source": published.source,
    }


def _whole(at: float) -> float:
    """Return a moment of the gate in whole seconds, as its file carries it: both must run out at the same instant."""
    return float(int(at))


def _second(at: float | None) -> int | None:
    """Return a time as the file carries it: whole seconds, rounded (the endpoint's resets wander around the minute)."""
    return None if at is None else round(at)


def percent(used: float) -> int | float:
    """Return a fraction as the percentage that files and texts carry: whole where it is whole, else one decimal."""
    pct = round(used * 100, 1)
    return int(pct) if pct == int(pct) else pct


def _scope(scope: Scope) -> gate_reader.Document:
    named = {"account": scope.account, "model": scope.model, "class": scope.class_, "project": scope.project}
    return {k: v for k, v in named.items() if v is not None}


def _scope_in(raw: gate_reader.Document) -> Scope:
    return Scope(
        account=raw.get("account"), model=raw.get("model"), class_=raw.get("class"), project=raw.get("project")
    )
