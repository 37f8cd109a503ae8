"""How the person is told: one file a notifier, each with a `SPEC`."""

from __future__ import annotations

import importlib
import pkgutil

from ringfence.ports import NotifierSpec


def specs() -> tuple[NotifierSpec, ...]:
    """Return every notifier's declaration, by id. Nothing heavy is loaded by it."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").SPEC for name in names)
