"""What every document shares. Its type is the only place where its keys are named: text and schema come from it."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from ringfence import sentence

FORMAT: Final = 1
"""The number of every document's format. Keys may be added, never renamed."""


class Document(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """A JSON object. More keys may follow: whoever reads it passes over those that it does not know."""


def plain(document: Document) -> dict[str, Any]:
    """Return a document as dicts, lists, numbers and texts, in the order of its fields."""
    return cast("dict[str, Any]", msgspec.to_builtins(document, enc_hook=sentence.plain))


def encoded(document: Document) -> bytes:
    """Return a document as JSON."""
    return msgspec.json.encode(document, enc_hook=sentence.plain)


def second(at: float | None) -> int | None:
    """Return a moment as documents carry it: whole epoch seconds, UTC."""
    return None if at is None else round(at)
