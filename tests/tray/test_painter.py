"""The drawing, measured in its pixels."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from ringfence.core.model import Tier, tier_of
from ringfence.core.ring import View
from ringfence.tray.look import ArcLook, Mark, RingLook, look_of, look_of_first, mark_of, quantized, with_panel
from ringfence.tray.painter import DETAIL_PX, ICON_SIZES, geometry_of, pixmap, tray_icon
from ringfence.tray.theme import DARK, LIGHT, Panel, contrast
from tray.states import STATES

pytestmark = pytest.mark.usefixtures("qapp")

GROUNDS = {
    Panel.AUTO: ("#2d2d2d", "#f2f2f2", "#000000", "#ffffff"),
    Panel.DARK: ("#2d2d2d",),
    Panel.LIGHT: ("#f2f2f2",),
}
ON = [(panel, ground) for panel, grounds in GROUNDS.items() for ground in grounds]
MARKS = {
    "closed": Mark.CLOSED,
    "closed_by_week": Mark.CLOSED,
    "closed_by_model": Mark.CLOSED,
    "running_three": Mark.CLOSED,
    "overridden": Mark.OVERRIDDEN,
    "paused": Mark.PAUSED,
    "paused_until": Mark.PAUSED,
    "paused_and_closed": Mark.PAUSED,
    "loading": Mark.UNKNOWN,
    "blind": Mark.UNKNOWN,
    "signed_out": Mark.UNKNOWN,
    "expired": Mark.UNKNOWN,
    "first_account_paused": Mark.CLOSED,
    "missing_scope": Mark.UNKNOWN,
    "offline": Mark.UNKNOWN,
    "format_changed": Mark.UNKNOWN,
}
FAILED = {"signed_out", "expired", "missing_scope", "throttled", "offline", "server_error", "format_changed", "trouble"}
FAILED |= {"eight_accounts"}  # the account in the icon
STALE = {"stale", "blind", "expired", "offline"}


def arc(used: float) -> ArcLook:
    return ArcLook(fill=quantized(used), tier=tier_of(used))


def drawn(look: RingLook, size: int, ground: str = "#00000000") -> QImage:
    """Return the picture as a panel of that colour shows it."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.drawPixmap(0, 0, pixmap(look, size))
    painter.end()
    return image


def colours_in(image: QImage) -> list[QColor]:
    return [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]


def count(image: QImage, colour: str) -> int:
    wanted = QColor(colour).rgb()
    return sum(pixel.rgb() == wanted for pixel in colours_in(image))


# ---- looks


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_mark_its_notch_and_its_age(state):
    look = look_of(STATES[state]())
    assert look.mark is MARKS.get(state, Mark.NONE)
    assert look.error is (state in FAILED)
    assert look.stale is (state in STALE)


def test_the_tray_icon_shows_readings_alone():
    """A glance tells the truth: at 16 px nobody can tell an estimate from a reading."""
    assert look_of(STATES["estimated"]()).outer == arc_of_state("estimated", threshold=0.9)
    drawn = STATES["estimated"]()
    estimated = arc_of_state("estimated", threshold=0.9, estimated=0.66)
    assert look_of_first(drawn.accounts[0], drawn).outer == estimated


def arc_of_state(state, **more):
    used = STATES[state]().accounts[0].windows[0].used
    return replace(arc(used), **more)


@pytest.mark.parametrize("scheme", [DARK, LIGHT])
@pytest.mark.parametrize("used", [0.3, 0.62, 0.86, 0.95])
def test_an_estimate_is_hatched_behind_the_reading_and_the_reading_stays_as_it_was(scheme, used):
    """What is thought is strokes with gaps; what was read is solid; neither takes the other's place."""
    panel = Panel.DARK if scheme is DARK else Panel.LIGHT
    plain = RingLook(outer=arc(used), inner=None, panel=panel)
    foreseen = replace(plain, outer=replace(arc(used), estimated=used + 0.04))
    size = 136
    before, after = drawn(plain, size), drawn(foreseen, size)
    shape = geometry_of(size, rim=False)

    def along(image, start, end):
        return [
            image.pixelColor(
                round(size / 2 + shape.outer_r * math.sin(2 * math.pi * part) - 0.5),
                round(size / 2 - shape.outer_r * math.cos(2 * math.pi * part) - 0.5),
            ).name()
            for part in (start + (end - start) * n / 200 for n in range(201))
        ]

    solid = scheme.tiers[tier_of(used)]
    assert along(after, 0.03, used - 0.03) == along(before, 0.03, used - 0.03)
    assert set(along(after, 0.03, used - 0.03)) == {solid}
    behind = along(after, used + 0.002, used + 0.04)
    strokes = sum(solid == colour for colour, _ in itertools.groupby(behind))
    gaps = sum(colour == scheme.track for colour, _ in itertools.groupby(behind))
    assert strokes >= 2
    assert gaps >= 2
    assert along(after, used + 0.045, 0.999) == along(before, used + 0.045, 0.999)


@pytest.mark.parametrize("size", [s for s in ICON_SIZES if s < DETAIL_PX])
def test_small_sizes_have_no_room_for_an_estimate(size):
    plain = RingLook(outer=arc(0.6), inner=None)
    assert drawn(replace(plain, outer=replace(arc(0.6), estimated=0.8)), size) == drawn(plain, size)


def test_nothing_is_built_on_an_old_reading():
    old = RingLook(outer=arc(0.6), inner=None, stale=True)
    assert drawn(replace(old, outer=replace(arc(0.6), estimated=0.8)), 136) == drawn(old, 136)


def test_a_failed_poll_before_any_reading_fills_no_ring():
    look = look_of(STATES["signed_out"]())
    assert (look.outer, look.inner) == (ArcLook(), ArcLook())


def test_a_window_that_has_not_started_or_has_elapsed_is_empty_and_not_0_percent():
    for state in ("not_started", "elapsed"):
        outer = look_of(STATES[state]()).outer
        assert outer is not None
        assert outer.fill is None
        assert outer.tier is None


def test_a_window_that_does_not_exist_has_no_ring():
    look = look_of(STATES["spend_only"]())
    assert look.inner is None
    assert look.outer is not None, "the fullest limit stands in for session and week"
    assert look.outer.fill == 0.54


def test_the_person_s_pause_is_shown_before_an_automatic_hold():
    assert mark_of(STATES["paused_and_closed"]()) is Mark.PAUSED


def test_no_view_yet_is_unknown():
    assert look_of(View(verdict="unknown")).mark is Mark.UNKNOWN


@pytest.mark.parametrize(
    ("used", "fill"), [(0.0, 0.0), (0.0001, 0.01), (0.2999999, 0.29), (0.3, 0.3), (0.999, 0.99), (1.4, 1.0)]
)
def test_fills_are_whole_percents_never_nothing_for_something_and_never_all_for_less(used, fill):
    assert quantized(used) == fill


# ---- pixels


@pytest.mark.parametrize("size", ICON_SIZES)
def test_an_arc_s_pixels_grow_with_its_fill(size):
    def filled(used: float) -> int:
        # One tier's colour for every fill, so that only the length differs.
        look = RingLook(outer=ArcLook(fill=used, tier=Tier.CRITICAL), inner=None, panel=Panel.DARK)
        return count(drawn(look, size), DARK.tiers[Tier.CRITICAL])

    whole = filled(1.0)
    for used in (0.25, 0.5, 0.75):
        assert filled(used) / whole == pytest.approx(used, abs=0.08)
    assert all(a < b for a, b in itertools.pairwise([filled(u) for u in (0.05, 0.3, 0.6, 0.9, 1.0)]))


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("size", ICON_SIZES)
def test_the_tier_s_own_colour_is_in_the_icon_at_every_size(size, tier):
    for panel, colours in ((Panel.AUTO, DARK), (Panel.DARK, DARK), (Panel.LIGHT, LIGHT)):
        look = RingLook(outer=ArcLook(fill=0.9, tier=tier), inner=ArcLook(fill=0.1, tier=Tier.CALM), panel=panel)
        assert count(drawn(look, size), colours.tiers[tier]) >= size


@pytest.mark.parametrize("mark", [m for m in Mark if m is not Mark.NONE])
@pytest.mark.parametrize(("panel", "ground"), ON)
def test_marks_can_be_read_at_16_px_on_dark_and_light_panels(panel, ground, mark):
    plain = drawn(RingLook(outer=arc(0.9), inner=None, panel=panel), 16, ground)
    marked = drawn(RingLook(outer=arc(0.9), inner=None, panel=panel, mark=mark), 16, ground)
    pairs = zip(colours_in(plain), colours_in(marked), strict=True)
    strong = [contrast(before, after) for before, after in pairs if before != after]
    assert sum(ratio >= 4.5 for ratio in strong) >= 12, "twelve pixels or more with the contrast of text"


def test_no_two_marks_look_alike_at_16_px():
    pictures = {m: drawn(RingLook(outer=arc(0.9), inner=None, panel=Panel.DARK, mark=m), 16, "#2d2d2d") for m in Mark}
    for one, other in itertools.combinations(Mark, 2):
        pairs = zip(colours_in(pictures[one]), colours_in(pictures[other]), strict=True)
        assert sum(contrast(a, b) >= 3 for a, b in pairs) >= 8, (one, other)


@pytest.mark.parametrize(("panel", "ground"), ON)
@pytest.mark.parametrize("size", [16, 22, 48])
def test_the_icon_is_seen_on_every_panel(panel, ground, size):
    for state in STATES:
        image = drawn(look_of(STATES[state](), panel), size, ground)
        seen = sum(contrast(colour, QColor(ground)) >= 3 for colour in colours_in(image))
        assert seen >= 12, f"{state}: only {seen} pixels stand out"


def test_stale_is_drained_of_colour_and_dashed():
    fresh = drawn(RingLook(outer=arc(0.9), inner=None, panel=Panel.DARK), 22)
    stale = drawn(RingLook(outer=arc(0.9), inner=None, panel=Panel.DARK, stale=True), 22)
    assert max(c.saturation() for c in colours_in(fresh) if c.alpha() == 255) > 150
    assert max(c.saturation() for c in colours_in(stale) if c.alpha() == 255) < 50
    opaque = [sum(c.alpha() > 128 for c in colours_in(image)) for image in (fresh, stale)]
    assert opaque[1] < opaque[0] * 0.9


def test_an_error_cuts_a_notch_and_puts_a_dot_in_it():
    size = 22
    well = drawn(RingLook(outer=arc(1.0), inner=None, panel=Panel.DARK), size)
    failed = drawn(RingLook(outer=arc(1.0), inner=None, panel=Panel.DARK, error=True), size)
    assert count(failed, DARK.error) >= 12
    red = DARK.tiers[Tier.CRITICAL]
    assert count(failed, red) < count(well, red) - 6


def test_an_empty_track_is_dotted_and_0_percent_is_not():
    def gaps(outer: ArcLook) -> int:
        shape = geometry_of(64, rim=False)
        image = drawn(RingLook(outer=outer, inner=None, panel=Panel.DARK), 64)
        row = [
            image.pixelColor(x, round(32 - (shape.outer_r**2 - (x - 32) ** 2) ** 0.5)).alpha() for x in range(12, 52)
        ]
        return sum(a < 64 for a in row)

    assert gaps(ArcLook()) > 10
    assert gaps(ArcLook(fill=0.0, tier=Tier.CALM)) == 0


def test_thresholds_are_lines_in_the_hero_and_nothing_in_the_panel():
    plain, lined = (RingLook(outer=ArcLook(fill=0.3, tier=Tier.CALM, threshold=t), inner=None) for t in (None, 0.9))
    assert drawn(plain, 22) == drawn(lined, 22)
    assert drawn(plain, DETAIL_PX) != drawn(lined, DETAIL_PX)


def test_small_strokes_begin_and_end_on_whole_pixels():
    for size in (22, 24, 32):
        shape = geometry_of(size, rim=True)
        for radius, width in ((shape.outer_r, shape.outer_w), (shape.inner_r, shape.inner_w)):
            assert (radius + width / 2) % 1 == 0
            assert width % 1 == 0


# ---- the key


def test_a_reading_that_changes_no_picture_makes_no_new_icon():
    first = look_of(STATES["open"]())
    again = look_of(STATES["open"]())
    assert first == again
    assert tray_icon(first) is tray_icon(again)


def test_the_icon_has_every_size_a_panel_asks_for():
    icon = tray_icon(with_panel(look_of(STATES["open"]()), Panel.AUTO))
    assert sorted(size.width() for size in icon.availableSizes()) == list(ICON_SIZES)
