"""What a system does for a program beside running it: its menu, its autostart, and what it tells of itself.

One file each, with a `SPEC`; its name begins with what it is, `autostart_` or `menu_`, else it tells by itself.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

from ringfence.system_ports import AutostartSpec, MenuSpec, SystemSpec

_ASKED = ("autostart_", "menu_")


def autostart_spec(platform: str = sys.platform) -> AutostartSpec:
    """Return how a program is started at sign-in on a system."""
    found = [spec for spec in _specs("autostart_") if isinstance(spec, AutostartSpec)]
    own = next((spec for spec in found if spec.platform == platform), None)
    return own or next(spec for spec in found if not spec.platform)


def menu_spec(platform: str = sys.platform) -> MenuSpec | None:
    """Return the menu that a program may put itself into; None on systems whose installers alone do."""
    if platform in {"darwin", "win32"}:
        return None
    return next(spec for spec in _specs("menu_") if isinstance(spec, MenuSpec))


def system_specs() -> tuple[SystemSpec, ...]:
    """Return what a system may tell by itself."""
    return tuple(spec for spec in _specs() if isinstance(spec, SystemSpec))


def _specs(kind: str = "") -> list[object]:
    """Return the SPEC of every file of a kind. Imports light modules, and of no other kind: they stay."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    wanted = [name for name in names if (name.startswith(kind) if kind else not name.startswith(_ASKED))]
    found = (import_module(f"{__name__}.{name}") for name in wanted)
    return [module.SPEC for module in found if hasattr(module, "SPEC")]
