"""What a face beside a monitor leaves for it: a file that is taken away when it is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ringfence.core.events import HintHidden
from ringfence.core.model import Hint


def take(request: Path) -> bool:
    """Take a request away; False when there is none."""
    try:
        request.unlink()
    except OSError:
        return False
    return True


def take_hint(request: Path, now: float) -> Iterator[HintHidden]:
    """Take a request away, and say which explanation is to be hidden."""
    try:
        named = request.read_bytes()[:100].decode("ascii", "replace")
    except OSError:
        return
    if take(request) and named in set(Hint):
        yield HintHidden(at=now, hint=Hint(named))
