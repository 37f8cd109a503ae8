"""What a line in a bar is drawn from: the gate and the last readings, on the standard library alone.

It only reads. Nobody is asked, and what cannot be believed is no reading: absence is never 0 %.
"""

from __future__ import annotations

import json
import os

from ringfence import gate_reader, window_rules

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from typing import Any

    Document = dict[str, Any]

FORMAT = 1
PAUSED, OVERRIDDEN = "paused", "overridden"
"""Beside the gate's three verdicts."""
OK, STALE, UNREAD = "ok", "stale", "unread"
"""Beside the kinds of failures; `unread`: there is no reading at all."""
FAILURES = ("signed_out", "expired", "missing_scope", "throttled", "offline", "server_error", "format_changed")
_LATEST = gate_reader.LATEST


class Meter:
    """One window as a bar shows it: `used` and `estimate` are fractions, None where no number speaks about now."""

    __slots__ = ("estimate", "id", "label", "observed_at", "resets_at", "source", "state", "tier", "used")

    def __init__(self, raw: Document, sample: Document, estimate: float | None, now: float) -> None:
        self.id, self.label = _text(raw.get("id")), _text(raw.get("label"))
        number, self.resets_at = _number(raw.get("used")), _number(raw.get("resets_at"))
        self.state = window_rules.state_of(number, self.resets_at, now, metered=raw.get("money") is not None)
        self.used = number if self.state == window_rules.LIVE else None
        self.tier = None if self.used is None else window_rules.tier_of(self.used)
        self.estimate = None if self.used is None else estimate
        read_at = _number(raw.get("observed_at"))
        self.observed_at = _number(sample.get("observed_at")) if read_at is None else read_at
        self.source = _text(raw.get("source")) or _text(sample.get("source"))


class Account:
    """One account: `state` is `ok`, `stale`, `unread` or a kind of failure; `observed_at` None without a reading."""

    __slots__ = ("meters", "name", "observed_at", "state")

    def __init__(self, raw: Document, status: Document, now: float) -> None:
        self.name = _text(raw.get("name"))
        sample, failure = _object(raw.get("sample")), _object(raw.get("failure"))
        estimates = _estimates(raw, status, now)
        windows = [window for window in _objects(sample.get("windows")) if _text(window.get("id"))]
        self.meters = [Meter(window, sample, estimates.get(window["id"]), now) for window in windows]
        self.observed_at = _number(sample.get("observed_at"))
        self.state = self._state(_text(failure.get("kind")), _number(status.get("interval_s")) or 300.0, now)

    def _state(self, failure: str, interval_s: float, now: float) -> str:
        if failure in FAILURES:
            return failure
        if self.observed_at is None:
            return UNREAD
        return STALE if now - self.observed_at >= window_rules.stale_after_s(interval_s) else OK

    def meter(self, window_id: str) -> Meter | None:
        """Return a window, None when this account has none of that id."""
        return next((meter for meter in self.meters if meter.id == window_id), None)


class Picture:
    """What the files say at `at` (epoch seconds).

    gate: `open`, `closed`, `unknown`, `paused` or `overridden`. why: one sentence. until: when that ends, None: nobody
    can say. hold: the hold that binds, as it stands in the gate file. accounts: the chosen one, or all of them.
    """

    __slots__ = ("accounts", "at", "gate", "hold", "until", "why")

    def __init__(self, answer: gate_reader.Answer, accounts: list[Account], now: float) -> None:
        self.at, self.why, self.accounts = now, answer.why, accounts
        self.hold = answer.hold
        self.gate, self.until = _gate_of(answer, now)


def read(*, now: float, account: str | None = None) -> Picture:
    """Return what the files say at `now`, for a launch that names nothing or an account. Never raises for their state.

    An account that the files do not know has no reading.
    """
    answer = gate_reader.read_gate(account=account, now=now)
    status = _status(os.path.join(gate_reader.home_folder(), "status.json"))
    known = [Account(raw, status, now) for raw in _objects(status.get("accounts"))]
    return Picture(answer, [a for a in known if account is None or a.name == account], now)


def _gate_of(answer: gate_reader.Answer, now: float) -> tuple[str, float | None]:
    hold = answer.hold
    if hold is not None:
        until = hold["until"]
        kind = PAUSED if hold["kind"] == "manual" else gate_reader.CLOSED
        return kind, until if until is not None and until > now else None
    document = answer.document
    if answer.verdict == gate_reader.OPEN and document and any(h["kind"] != "manual" for h in document["holds"]):
        until = gate_reader.override_until(document, now)
        return (gate_reader.OPEN if until is None else OVERRIDDEN), until
    return answer.verdict, None


def _status(path: str) -> Document:
    """Return `status.json`, nothing when it cannot be used."""
    try:
        status = json.loads(gate_reader.read_bytes(path))
    except (ValueError, RecursionError):
        return {}
    return status if isinstance(status, dict) and status.get("format") == FORMAT else {}


def _estimates(raw: Document, status: Document, now: float) -> dict[str, float]:
    """Return the estimates of an account that are of now, by window."""
    written_at = _number(status.get("written_at"))
    current = written_at is not None and 0 <= now - written_at < window_rules.OUTLOOK_S
    if not current or status.get("running") is not True:
        return {}
    found = {
        _text(o.get("window")): _number(_object(o.get("estimate")).get("used")) for o in _objects(raw.get("outlooks"))
    }
    return {window: used for window, used in found.items() if used is not None}


def _object(value: object) -> Document:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Document]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    """Return a number that can be a fraction or a time; NaN is in no range."""
    found = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST
    return value if found and isinstance(value, int | float) else None
