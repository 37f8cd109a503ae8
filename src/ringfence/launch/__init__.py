"""How launchers are taught to ask the gate: one file an adapter, each with a `SPEC`."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ringfence.adapter_ports import AdapterSpec


def specs() -> tuple[AdapterSpec, ...]:
    """Return the SPEC of every adapter in this folder, in the order of their names. Imports light modules only."""
    found = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return tuple(module.SPEC for module in found if hasattr(module, "SPEC"))
