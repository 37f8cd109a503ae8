"""Where usage is read: one file a source, each with a `SPEC`.

A `SourceSpec` is asked, a `FeedSpec` tells by itself, a `RefusalSpec` sees refusals (`ports`).
"""

from __future__ import annotations

import importlib
import pkgutil

from ringfence.ports import FeedSpec, SourceSpec

_HELPERS = frozenset({"credentials", "identity", "transport", "usage_body"})
"""Files the sources share. They have no SPEC; naming them keeps msgspec out of a mere listing."""


def specs() -> tuple[SourceSpec, ...]:
    """Return the declaration of every source that is asked, by name of its file. Loads no heavy package."""
    return tuple(spec for spec in _declared() if isinstance(spec, SourceSpec))


def feeds() -> tuple[FeedSpec, ...]:
    """Return the declaration of every source that tells by itself, likewise."""
    return tuple(spec for spec in _declared() if isinstance(spec, FeedSpec))


def _declared() -> list[object]:
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _HELPERS)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [module.SPEC for module in modules if hasattr(module, "SPEC")]
