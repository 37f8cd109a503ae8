"""Which colours the desktop wishes for, as its portal tells them: dark or light, and the accent.

Qt reads neither where it should: 6.11 takes colours from the GTK theme or from KDE's file, follows the portal's scheme
on GTK desktops without changing a colour, and knows nothing of it elsewhere (sway, Hyprland); the accent it never asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ringfence.system import _bus
from ringfence.system_ports import Appearance

NAMESPACE = "org.freedesktop.appearance"
SETTINGS = _bus.Question(
    service="org.freedesktop.portal.Desktop", path="/org/freedesktop/portal/desktop",
    interface="org.freedesktop.portal.Settings", member="ReadAll", signature="as", body=([NAMESPACE],),
    answer="a{sa{sv}}", signal=("org.freedesktop.portal.Settings", "SettingChanged"), session=True,
)  # fmt: skip
NO_PREFERENCE, PREFER_DARK, PREFER_LIGHT = 0, 1, 2


async def follow(tell: Callable[[Appearance], None]) -> None:
    """Tell the desktop's wishes now and at each change; return when there is no session bus."""
    last: Appearance | None = None

    def heard(answer: object) -> None:
        nonlocal last
        told = appearance_of(answer)
        if told != last:  # the portal signals every setting of the desktop, and one change as two signals
            last = told
            tell(told)

    await _bus.follow(SETTINGS, heard)


def appearance_of(answer: object) -> Appearance:
    """Return what an answer of ReadAll says; what is missing or out of its range is no wish."""
    told = answer.get(NAMESPACE) if isinstance(answer, Mapping) else None
    if not isinstance(told, Mapping):
        return Appearance()
    scheme, accent = (getattr(told.get(key), "value", None) for key in ("color-scheme", "accent-color"))
    dark = {PREFER_DARK: True, PREFER_LIGHT: False}.get(scheme) if isinstance(scheme, int) else None
    return Appearance(dark=dark, accent=_colour(accent))


def _colour(value: Any) -> tuple[float, float, float] | None:  # noqa: ANN401 - what the portal says
    """Return red, green and blue; numbers outside 0..1 are how a desktop says that it has no accent."""
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if not all(isinstance(part, float) and math.isfinite(part) and 0.0 <= part <= 1.0 for part in value):
        return None
    return value[0], value[1], value[2]
