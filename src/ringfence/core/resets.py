"""The reset that a pause "until the reset" waits for: that of the model's week where it runs, else the session's."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence import gate_reader
from ringfence.core.model import SESSION_S, Sample, Scope

Resets = Iterable[tuple[str, float | None]]
"""Each window of an account by its id, with its reset."""


def reset_for(resets: Resets, scope: Scope, now: float) -> float | None:
    """Return the reset that a pause of a scope waits for; None while no such window runs."""
    running = {window: at for window, at in resets if at is not None and at > now}
    named = (window.partition("model:")[2] for window in running)
    own = next((name for name in named if scope.model and gate_reader.same_model(name, scope.model)), None)
    return running.get(f"model:{own}") or running.get("session")


def end_of_pause(resets: Resets, scope: Scope, now: float) -> float:
    """Return when such a pause ends; without a reset a whole session from now, for the next one comes no later.

    Args:
        resets: those of the account that the scope means, the first where it names none.
        scope: what is paused.
        now: epoch seconds.
    """
    return reset_for(resets, scope, now) or now + SESSION_S


def reset_of(accounts: Iterable[tuple[str, Sample | None]], scope: Scope, now: float) -> float | None:
    """Return the same from the accounts' last readings, the first account's first; None: no reset is known."""
    sample = next((sample for name, sample in accounts if scope.account in {None, name}), None)
    return None if sample is None else reset_for([(w.id, w.resets_at) for w in sample.windows], scope, now)
