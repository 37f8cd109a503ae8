"""What a person may pause alone: the accounts, classes and models that something here names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence import gate_reader
from ringfence.core.model import Launches, Pause, Scope, Status

if TYPE_CHECKING:
    from ringfence.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTargets:
    """Names, each once: those of the settings in their order, then what runs and waits by name."""

    accounts: tuple[str, ...] = ()
    """Empty for one account: to pause it is to pause everything."""
    classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def scopes(self) -> tuple[Scope, ...]:
        """Return each as what a pause of it alone is for."""
        return (
            *(Scope(account=name) for name in self.accounts),
            *(Scope(class_=name) for name in self.classes),
            *(Scope(model=name) for name in self.models),
        )


def pause_targets(status: Status, settings: Settings, launches: Launches, pauses: Iterable[Pause]) -> PauseTargets:
    """Return what can be paused alone.

    A class is known from a chain, a budget, a run, a launch that waits or a pause; a model from a window, a tier or a
    pause. Another one is paused by `ringfence pause --class NAME` or `--model NAME`.
    """
    scopes = [pause.scope for pause in pauses]
    accounts = [account.name for account in status.accounts]
    seen = [
        *(run.class_ for run in status.runs),
        *(launch.class_ for launch in launches.waiting),
        *(scope.class_ for scope in scopes),
    ]
    classes = [
        *(chain.class_ for chain in settings.failover),
        *(budget.class_ for budget in settings.budgets),
        *sorted(name for name in seen if name),  # runs change places with every answer: a menu must not
    ]
    models = [
        *(window.model for account in status.accounts if account.sample for window in account.sample.windows),
        *(tier.model for tier in settings.tiers if tier.kind != "local"),
        *(scope.model for scope in scopes),
    ]
    return PauseTargets(
        accounts=tuple(accounts) if len(accounts) > 1 else (),
        classes=tuple(dict.fromkeys(name for name in classes if name)),
        models=_models(name for name in models if name),
    )


def _models(names: Iterable[str]) -> tuple[str, ...]:
    """Return the models without those that are another spelling of one before: a pause of either holds the same."""
    found: list[str] = []
    for name in names:
        if not any(gate_reader.same_model(a, b) for a, b in ((name, each) for each in found)):
            found.append(name)
    return tuple(found)
