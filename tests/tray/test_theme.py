"""The colours, computed: lightness between tiers for three kinds of eyes, contrast of everything that is read."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor, QFont, QPalette

from ringfence.core.history import MOST_PARTS
from ringfence.core.model import Tier
from ringfence.tray import theme
from tray.gallery import palette

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "ordinary": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
SCHEMES = {"dark": (theme.DARK, "#2d2d2d"), "light": (theme.LIGHT, "#f2f2f2")}
STEP = 8.0


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def lightness(colour: str, eyes: str) -> float:
    """Return CIE L* of a colour as these eyes see it."""
    rgb = [_linear(c) for c in QColor(colour).getRgbF()[:3]]
    seen = [min(1, max(0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in EYES[eyes]]
    y = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_tier_is_darker_than_the_one_before_for_every_kind_of_eyes(scheme, eyes):
    levels = [lightness(SCHEMES[scheme][0].tiers[tier], eyes) for tier in Tier]
    assert all(before - after >= STEP for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tiers_marks_and_errors_stand_out_from_their_ground(scheme):
    colours, ground = SCHEMES[scheme]
    drawn = [*colours.tiers.values(), colours.ink, colours.stale, colours.error, colours.open]
    assert min(theme.contrast(QColor(c), QColor(ground)) for c in drawn) >= 3.0
    assert theme.contrast(QColor(colours.on_error), QColor(colours.error)) >= 4.5


def test_what_lies_on_the_coin_stands_out_from_it():
    coin = QColor(theme.COIN)
    coin.setAlpha(255)
    drawn = [*theme.DARK.tiers.values(), theme.DARK.ink, theme.DARK.stale, theme.DARK.error]
    assert min(theme.contrast(QColor(c), coin) for c in drawn) >= 3.0


@pytest.mark.parametrize("dark", [True, False])
def test_quiet_text_has_4_5_to_1_on_window_and_card(dark):
    given = palette(dark=dark)
    window = given.color(QPalette.ColorRole.Window)
    assert theme.contrast(theme.quiet(given), window) >= 4.5
    assert theme.contrast(theme.quiet(given), theme.card(given)) >= 4.5
    assert theme.contrast(given.color(QPalette.ColorRole.WindowText), theme.card(given)) >= 7


@pytest.mark.parametrize("given", ["#3daee9", "#ffffff", "#000000", "#f6d32d", "#2d2d2d", "#efefef", "#9141ac"])
@pytest.mark.parametrize("dark", [True, False])
def test_whatever_the_desktops_accent_is_it_has_3_to_1(dark, given):
    made = palette(dark=dark)
    made.setColor(QPalette.ColorRole.Highlight, QColor(given))
    grounds = made.color(QPalette.ColorRole.Window), theme.card(made)
    assert min(theme.contrast(theme.accent(made), ground) for ground in grounds) >= 3.0


def test_an_accent_that_is_seen_stays_as_it_is():
    made = palette(dark=True)
    made.setColor(QPalette.ColorRole.Highlight, QColor("#3daee9"))
    assert theme.accent(made).name() == "#3daee9"


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("accent", ["#308cc6", "#e5a50a", "#e62d42", "#3a944a", "#9141ac", "#6f8396"])
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("count", range(2, MOST_PARTS + 2))
def test_neighbours_in_a_stack_are_told_apart_by_every_kind_of_eyes(dark, accent, eyes, count):
    made = palette(dark=dark)
    made.setColor(QPalette.ColorRole.Highlight, QColor(accent))
    shades = theme.shades(made, count)
    levels = [lightness(shade.name(), eyes) for shade in shades]
    assert len(levels) == count
    assert min(abs(one - other) for one, other in itertools.pairwise(levels)) >= 1.5 * STEP
    assert min(abs(one - other) for one, other in itertools.combinations(levels, 2)) >= 0.75 * STEP
    grounds = made.color(QPalette.ColorRole.Window), theme.card(made)
    assert min(theme.contrast(shade, ground) for shade in shades for ground in grounds) >= 3.0


@pytest.mark.parametrize("dark", [True, False])
def test_the_scheme_is_read_from_what_is_really_behind_the_drawing(dark):
    assert theme.scheme_of(palette(dark=dark)) is (theme.Scheme.DARK if dark else theme.Scheme.LIGHT)


@pytest.mark.parametrize("points", [5.0, 9.0, 14.0])
def test_no_text_is_smaller_than_12_px_and_figures_have_one_width(qapp, points):
    base = QFont(qapp.font())
    base.setPointSizeF(points)
    small = theme.font(base, 0.8)
    assert small.pixelSize() >= theme.SMALLEST_PX
    assert small.isFeatureSet(QFont.Tag("tnum"))
