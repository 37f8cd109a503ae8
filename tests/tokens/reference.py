"""The rule once more, slow and obviously right: json.loads, whole files in memory, sums from scratch.

Also what the tests write transcripts with.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

KINDS = ("input", "cache_creation", "cache_read", "output")
KEYS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
MOST = 1 << 40
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
START = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(mid="m1", rid="r1", *, at=START, model="opus", usage=(1, 2, 3, 4), side=False, session="s1", **more) -> bytes:
    """Return an assistant's line as Claude Code writes one."""
    message = {
        "model": model,
        "id": mid,
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "hi"}],
    }
    message["usage"] = dict(zip(KEYS, usage, strict=True)) if isinstance(usage, tuple) else usage
    record = {
        "parentUuid": None,
        "isSidechain": side,
        "cwd": "/home/user/src/api",
        "sessionId": session,
        "message": message,
    }
    record |= {"requestId": rid, "type": "assistant", "uuid": f"u-{mid}-{rid}-{at}", "timestamp": stamp(at), **more}
    return json.dumps({k: v for k, v in record.items() if v is not None}, separators=(",", ":")).encode()


def number(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value < MOST else 0


def moment(stamp: object) -> datetime | None:
    """Return what a time stamp of RFC 3339 says, to the microsecond; an older fashion of ISO 8601 is none."""
    match = STAMP.fullmatch(stamp) if isinstance(stamp, str) else None
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
        return (whole + timedelta(microseconds=int(Decimal(fraction or 0) * 10**6 + Decimal("0.5")))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def record(data: bytes):
    """Return (message, request, at, model, the four counts, side) that a line tells of, None when nothing."""
    try:
        found = json.loads(data.strip(b"\0 \t\r\n\xef\xbb\xbf").decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("type") != "assistant":
        return None
    message = found.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    if not isinstance(usage, dict) or "output_tokens" not in usage or message.get("model") == "<synthetic>":
        return None
    at = moment(found.get("timestamp"))
    if at is None or not 2000 <= at.year < 2100:
        return None
    mid, rid, session = (
        v if isinstance(v, str) else "" for v in (message.get("id"), found.get("requestId"), found.get("sessionId"))
    )
    model = message.get("model")
    return (
        mid or f"uuid {found.get('uuid')}",
        (rid or f"in {session}") if mid else "",
        round(at.timestamp() * 1000),
        model if isinstance(model, str) and model else "unknown",
        tuple(number(usage.get(key)) for key in KEYS),
        found.get("isSidechain") is True,
    )


class Totals:
    """Every line that was ever seen whole."""

    def __init__(self) -> None:
        self.records: set = set()

    def see(self, content: bytes) -> None:
        """Take a file as it is now. What comes after the last line's end counts when it is whole."""
        self.records.update(r for r in map(record, content.split(b"\n")) if r is not None)

    def by_day_and_model(self) -> dict[tuple[str, str], tuple[int, ...]]:
        messages: dict = {}
        for r in self.records:
            messages.setdefault(r[0], {}).setdefault(r[1], []).append(r)
        sums: dict = {}
        for requests in messages.values():
            best = {request: max(rs, key=_rank) for request, rs in requests.items()}
            main = [request for request, rs in requests.items() if not all(r[5] for r in rs)]
            chosen = [best[request] for request in main] if len(main) > 1 else [max(best.values(), key=_rank)]
            for r in chosen:
                key = datetime.fromtimestamp(r[2] / 1000, UTC).date().isoformat(), r[3]
                kept = sums.setdefault(key, (0, 0, 0, 0, 0))
                sums[key] = tuple(a + b for a, b in zip(kept, (*r[4], 1), strict=True))
        return sums


def _rank(r):
    return r[4][3], sum(r[4]), -r[2], r[4], r[3]


def of_ledger(ledger) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return what a ledger says, in the same form."""
    return {
        (row.key, model): (*(getattr(tokens, kind) for kind in KINDS), tokens.responses)
        for row in ledger.daily()
        for model, tokens in row.by_model
    }
