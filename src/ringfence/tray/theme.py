"""Colours, sizes and fonts of everything that is drawn: two schemes, four tiers, one grid.

The tiers go down in lightness as a window fills up (L* falls by at least 8 a step, also for deuteranopes and
protanopes; tests/tray/test_theme.py computes it), so they are told apart without seeing hue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette

from ringfence.core.model import Tier

GRID = 8
WIDEST_STEP = 24.0
"""The most that two shades differ in L*."""
SMALLEST_PX = 12
"""No text is smaller than this (at 100 % scaling)."""


class Panel(StrEnum):
    """What the tray icon is drawn on: the choices of `appearance.panel`."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"


class Scheme(StrEnum):
    """The two looks of a desktop."""

    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """One scheme's own colours, `#rrggbb` or `#aarrggbb`; everything else is the desktop's palette."""

    tiers: Mapping[Tier, str]
    track: str
    """The part of a ring or bar that is not filled."""
    ink: str
    """Marks in the icon's middle and the threshold's line."""
    stale: str
    """An arc whose number is old: no hue at all."""
    error: str
    on_error: str
    """A sign drawn on `error`."""
    open: str
    """The verdict's disc while agents may start."""


DARK = Colours(
    tiers={Tier.CALM: "#a2f2e1", Tier.ELEVATED: "#e6b236", Tier.HIGH: "#ee7a34", Tier.CRITICAL: "#e5484d"},
    track="#5c6470",
    ink="#f4f6f8",
    stale="#b4bac2",
    error="#ffd24a",
    on_error="#14181f",
    open="#a2f2e1",
)
LIGHT = Colours(
    tiers={Tier.CALM: "#219a8d", Tier.ELEVATED: "#8c6400", Tier.HIGH: "#923306", Tier.CRITICAL: "#74082b"},
    track="#aeb5be",
    ink="#14181f",
    stale="#565d66",
    error="#b3261e",
    on_error="#ffffff",
    open="#0f766b",
)
COIN = "#ec14181f"
"""Under the rings when the panel's colour is not known: a dark coin, so pale arcs keep an edge on a light panel."""


def colours_of(scheme: Scheme) -> Colours:
    """Return a scheme's colours."""
    return DARK if scheme is Scheme.DARK else LIGHT


def scheme_of(palette: QPalette) -> Scheme:
    """Return the scheme of a palette: what is really behind the drawing counts, not what the desktop announces."""
    window, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    return Scheme.DARK if window.lightness() < text.lightness() else Scheme.LIGHT


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """Return `one` with `share` (0..1) of `other` mixed in."""

    def mixed(a: float, b: float) -> float:
        return a + (b - a) * share

    return QColor.fromRgbF(
        mixed(one.redF(), other.redF()), mixed(one.greenF(), other.greenF()), mixed(one.blueF(), other.blueF())
    )


def quiet(palette: QPalette) -> QColor:
    """Return the colour of secondary text: as pale as a contrast of 4.5:1 on window and card allows, at most 40 %."""
    text = palette.color(QPalette.ColorRole.WindowText)
    window = palette.color(QPalette.ColorRole.Window)
    behind = (window, card(palette))
    for percent in range(40, 0, -4):
        colour = blend(text, window, percent / 100)
        if min(contrast(colour, b) for b in behind) >= 4.6:
            return colour
    return text


def card(palette: QPalette) -> QColor:
    """Return the ground of a group of rows: a step away from the window's, towards what is lighter."""
    window = palette.color(QPalette.ColorRole.Window)
    towards = QColor("#ffffff")
    return blend(window, towards, 0.045 if scheme_of(palette) is Scheme.DARK else 0.65)


def accent(palette: QPalette) -> QColor:
    """Return the desktop's accent for what is no tier, with as much of the text's colour as a contrast of 3:1 needs."""
    text = palette.color(QPalette.ColorRole.WindowText)
    window = palette.color(QPalette.ColorRole.Window)
    behind = (window, card(palette))
    for percent in range(0, 100, 4):
        colour = blend(palette.color(QPalette.ColorRole.Highlight), text, percent / 100)
        if min(contrast(colour, b) for b in behind) >= 3.1:
            return colour
    return text


def shades(palette: QPalette, count: int) -> list[QColor]:
    """Return colours for things in a row that are no tiers: the accent's hue in even steps of lightness.

    Each has a contrast of 3:1 to window and card. Neighbours are two steps apart, where there are more than three: told
    apart without seeing hue (tests/tray/test_theme.py computes it).
    """
    hue = accent(palette)
    if count < 2:
        return [hue] * count
    low, high = _readable(palette)
    span = min(high - low, WIDEST_STEP * (count - 1))  # a few need not reach from black to white
    first = min(max(_lightness(_luminance(hue)) - span / 2, low), high - span)
    steps = [first + span * index / (count - 1) for index in range(count)]
    return [_at_lightness(hue, lightness) for lightness in (*steps[1::2], *steps[::2])]


def _readable(palette: QPalette) -> tuple[float, float]:
    """Return between which L* a surface has 3:1 on window and card."""
    grounds = [_luminance(ground) for ground in (palette.color(QPalette.ColorRole.Window), card(palette))]
    if scheme_of(palette) is Scheme.DARK:
        return _lightness((max(grounds) + 0.05) * 3.1 - 0.05), 94.0
    return 16.0, _lightness((min(grounds) + 0.05) / 3.1 - 0.05)


def line(palette: QPalette) -> QColor:
    """Return the colour of a hairline."""
    return blend(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.16)


def contrast(one: QColor, other: QColor) -> float:
    """Return the WCAG 2 contrast of two opaque colours, 1..21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def font(base: QFont, scale: float = 1.0, *, weight: QFont.Weight | None = None) -> QFont:
    """Return the system's font in another size, never under 12 px, with figures of one width where it has them.

    Works for fonts set in points and in pixels: what Qt resolved counts.
    """
    made = QFont(base)
    made.setPixelSize(max(SMALLEST_PX, round(QFontInfo(base).pixelSize() * scale)))
    if weight is not None:
        made.setWeight(weight)
    if hasattr(made, "setFeature"):  # Qt 6.7
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def _at_lightness(hue: QColor, lightness: float) -> QColor:
    """Return a colour with as much white or black in it as gives it that L*, 0..100."""
    given = _lightness(_luminance(hue))
    end = QColor("#ffffff" if given < lightness else "#000000")
    near, far = 0.0, 1.0
    for _halving in range(12):
        middle = (near + far) / 2
        reached = _lightness(_luminance(blend(hue, end, middle)))
        near, far = (near, middle) if abs(reached - given) > abs(lightness - given) else (middle, far)
    return blend(hue, end, near)


def _lightness(luminance: float) -> float:
    """Return CIE L* of a luminance of 0..1."""
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
