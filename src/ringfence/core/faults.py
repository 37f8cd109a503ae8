"""What is wrong in the settings, said by key and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in the settings: the key and the reason, never the value (a secret may be pasted by mistake)."""

    key: str
    reason: str


def unknown(key: str, known: Iterable[str]) -> str:
    """Return the reason why a key is refused that nothing is called by, with the nearest name that is one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a key that is wrong

    close = get_close_matches(key, list(known), n=1)
    return f"is not a setting; did you mean {close[0]}?" if close else "is not a setting"
