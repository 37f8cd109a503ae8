"""One line of a transcript: what it tells of a response, or nothing (FORMATS C).

What counts: a JSON object with `type` "assistant", a `timestamp` of RFC 3339, and a `message` whose `usage` is an
object that has `output_tokens`, as the API's always has. Order and spacing of keys do not matter, and a number that is
null, negative, no integer or beyond reason is 0. Keys are as JSON.stringify writes them: without escapes, once each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

NEEDLE = b'"output_tokens"'
"""A line without it tells of no response. Inside a string its quotes would be escaped."""
SYNTHETIC = "<synthetic>"
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A time stamp from before or after is damage, and at the calendar's ends no zone could tell its day."""
MOST = 1 << 40
"""More tokens than that nobody has used; a number beyond it is damage."""


_Tokens = Annotated[int, msgspec.Meta(ge=0, lt=MOST)] | None


class _Lasting(msgspec.Struct, gc=False):
    ephemeral_1h_input_tokens: _Tokens = None


class Usage(msgspec.Struct, gc=False):
    """`message.usage`, as it stands there."""

    output_tokens: _Tokens | UnsetType = UNSET
    input_tokens: _Tokens = None
    cache_creation_input_tokens: _Tokens = None
    cache_read_input_tokens: _Tokens = None
    cache_creation: _Lasting | None = None


class Message(msgspec.Struct, gc=False):
    """`message`."""

    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class Line(msgspec.Struct, gc=False):
    """An assistant's line: only what is needed of every one, for each field costs a tenth of a microsecond."""

    type: str | None = None
    message: Message | None = None
    requestId: str | None = None  # noqa: N815 - as it stands in the file
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    isSidechain: bool | None = None  # noqa: N815


class Context(msgspec.Struct, gc=False):
    """What a line says of where it was written."""

    sessionId: str | None = None  # noqa: N815
    cwd: str | None = None
    entrypoint: str | None = None
    uuid: str | None = None
    agentId: str | None = None  # noqa: N815
    isSidechain: bool | None = None  # noqa: N815
    isApiErrorMessage: bool | None = None  # noqa: N815


decode: Callable[[bytes | memoryview], Line] = msgspec.json.Decoder(Line).decode
"""Read an ordinary line. Raises ValueError (msgspec's errors are some) and RecursionError: then ask `decode_odd`."""

_decode_context = msgspec.json.Decoder(Context).decode


def decode_odd(data: bytes) -> Line | None:
    """Read a line that `decode` does not take: of odd types, with damaged text, behind NUL bytes. None: malformed."""
    record = record_of(data)
    if record is None:
        return None
    message, usage, moment = record.get("message"), None, time_of(record.get("timestamp"))
    if isinstance(message, dict):
        usage = message.get("usage")
    return Line(
        type=_text(record.get("type")),
        message=None if not isinstance(message, dict) else Message(
            id=_text(message.get("id")), model=_text(message.get("model")),
            usage=_usage(usage) if isinstance(usage, dict) else None,
        ),
        requestId=_text(record.get("requestId")),
        timestamp=None if moment is None or moment.tzinfo is None else moment,
        isSidechain=record.get("isSidechain") is True,
    )  # fmt: skip


def context_of(data: bytes | memoryview) -> Context:
    """Return what a line says of where it was written; nothing when it is malformed."""
    try:
        return _decode_context(data)
    except (ValueError, RecursionError):
        record = record_of(bytes(data)) or {}
    texts = {key: _text(record.get(key)) for key in ("sessionId", "cwd", "entrypoint", "uuid", "agentId")}
    flags = {key: record.get(key) is True for key in ("isSidechain", "isApiErrorMessage")}
    return Context(**texts, **flags)  # type: ignore[arg-type]


def record_of(data: bytes) -> dict[str, Any] | None:
    """Return a line's JSON object, None when there is none. A file that was cut has NUL bytes before the next line."""
    try:
        record = json.loads(data.strip(b"\0 \t\r\n\xef\xbb\xbf").decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def time_of(stamp: object) -> datetime | None:
    """Return a time stamp's moment, None when it is none: `2026-08-28T03:04:29.157Z`."""
    try:
        return msgspec.convert(stamp, datetime) if isinstance(stamp, str) else None
    except ValueError:
        return None


def stand_in(line: Line, context: Context) -> str:
    """Return what identifies a response without an id: its line's uuid, else what it says."""
    if context.uuid:
        return f"\0uuid {context.uuid}"
    usage = line.message.usage if line.message is not None else None
    said = repr((context.sessionId, line.requestId, str(line.timestamp), line.message and line.message.model, usage))
    return f"\0line {hashlib.blake2b(said.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def number(value: object) -> int:
    """Return a count of tokens; 0 for what is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 <= value < MOST else 0


def _usage(usage: dict[str, Any]) -> Usage:
    lasting = usage.get("cache_creation")
    return Usage(
        output_tokens=number(usage["output_tokens"]) if "output_tokens" in usage else UNSET,
        input_tokens=number(usage.get("input_tokens")),
        cache_creation_input_tokens=number(usage.get("cache_creation_input_tokens")),
        cache_read_input_tokens=number(usage.get("cache_read_input_tokens")),
        cache_creation=_Lasting(number(lasting.get("ephemeral_1h_input_tokens")))
        if isinstance(lasting, dict)
        else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
