"""What is wrong in the settings, said by key and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.sentence import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in the settings: the key and the reason, never the value (a secret may be pasted by mistake)."""

    key: str
    reason: str


def unknown(key: str, known: Iterable[str]) -> Sentence:
    """Return the reason why a key is refused that nothing is called by, with the nearest name that is one."""
    close = _nearest(key, known)
    return Sentence("is not a setting; did you mean {name}?", name=close) if close else Sentence("is not a setting")


def unknown_place(name: str, known: Iterable[str]) -> Sentence:
    """Return the same for a name that is of no account and of no tier."""
    if close := _nearest(name, known):
        return Sentence("is not an account or a tier; did you mean {name}?", name=close)
    return Sentence("is not an account or a tier")


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a name that is wrong

    return next(iter(get_close_matches(name, list(known), n=1)), "")
