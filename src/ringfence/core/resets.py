"""The reset that a pause "until the reset" waits for."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence import gate_reader
from ringfence.core.model import Sample, WindowState


def reset_of(
    samples: Iterable[Sample | None], *, now: float, account: str | None = None, model: str | None = None
) -> float | None:
    """Return when the window that a pause is about resets: the model's when it has one, else the session's.

    `samples` are the accounts' last readings, the first account's first. None when that account's names no reset that
    is still to come.
    """
    known = [sample for sample in samples if sample is not None]
    sample = next((s for s in known if account is None or s.account == account), None)
    if sample is None:
        return None
    own = [w for w in sample.windows if model and w.model and gate_reader.same_model(w.model, model)]
    chosen = own or [w for w in sample.windows if w.id == "session"]
    return next((w.resets_at for w in chosen if w.state(now) is WindowState.LIVE and w.resets_at), None)
