"""Where usage is read: one file a source, each with a `SPEC` (ports.SourceSpec)."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.ports import SourceSpec

_HELPERS = frozenset({"credentials", "transport", "usage_body"})
"""Files the sources share. They have no SPEC; naming them keeps msgspec out of a mere listing."""


def specs() -> tuple[SourceSpec, ...]:
    """Return every source's declaration, by name of its file. Loads no heavy package."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _HELPERS)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(module.SPEC for module in modules if hasattr(module, "SPEC"))
