"""The files in assets/ are the one drawing: as files, as pictures, and recoloured as desktops do it."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette
from PySide6.QtSvg import QSvgRenderer

from ringfence.tray.glyphs import GLYPHS, Glyph
from ringfence.tray.look import ArcLook, Mark, RingLook
from ringfence.tray.marks import paint_mark
from ringfence.tray.painter import geometry_of, paint_rings
from ringfence.tray.theme import Panel

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
SYMBOLIC = sorted(ASSETS.rglob("*-symbolic.svg"))
TRAY = [mark for mark in Mark if mark is not Mark.NONE]
EDGE = 90
"""So far may a pixel on an edge differ: two ways to smooth it."""


@pytest.fixture
def made(qapp, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr("sys.argv", ["render_assets.py", str(tmp_path)])
    runpy.run_path(str(ROOT / "packaging/dev/render_assets.py"), run_name="__main__")
    return tmp_path


def drawn(side: int, draw: Callable[[QPainter], None]) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()
    return image


def rendered(svg: str, side: int) -> QImage:
    renderer = QSvgRenderer(svg.encode())
    assert renderer.isValid()
    return drawn(side, lambda painter: renderer.render(painter, QRectF(0, 0, side, side)))


def apart(one: QImage, other: QImage, channel: str = "alpha") -> list[int]:
    """Return by how much each pixel differs, 0..255."""
    side = one.width()
    return [
        abs(getattr(one.pixelColor(x, y), channel)() - getattr(other.pixelColor(x, y), channel)())
        for x in range(side) for y in range(side)
    ]  # fmt: skip


def test_the_svgs_are_what_the_script_makes(made):
    kept = {file.relative_to(ASSETS): file.read_text() for file in ASSETS.rglob("*.svg")}
    assert kept == {file.relative_to(made): file.read_text() for file in made.rglob("*.svg")}
    assert len(kept) == 2 + len(GLYPHS) + len(TRAY)


def test_the_png_is_what_the_painter_draws(made):
    kept, now = QImage(str(ASSETS / "ringfence.png")), QImage(str(made / "ringfence.png"))
    assert kept.size() == now.size()
    differences = [apart(kept, now, channel) for channel in ("red", "green", "blue", "alpha")]
    assert max(map(max, differences)) <= 8, "another Qt may smooth an edge a little differently"


def test_the_app_icon_looks_as_the_painter_draws_it():
    kept, svg = QImage(str(ASSETS / "ringfence.png")), rendered((ASSETS / "ringfence.svg").read_text(), 128)
    for channel in ("red", "green", "blue", "alpha"):
        differences = apart(kept, svg, channel)
        assert sum(differences) / len(differences) < 2.5
        assert sum(each > EDGE for each in differences) <= len(differences) / 500


@pytest.mark.parametrize("side", [16, 24, 64])
@pytest.mark.parametrize("name", GLYPHS)
def test_a_buttons_file_looks_as_the_app_draws_it(qapp, name, side):
    svg = rendered((ASSETS / f"glyphs/{name}-symbolic.svg").read_text(), side)
    mode, state = QIcon.Mode.Normal, QIcon.State.Off
    app = drawn(side, lambda painter: Glyph(name).paint(painter, QRect(0, 0, side, side), mode, state))
    differences = apart(svg, app)
    assert sum(differences) / len(differences) < 3
    assert max(differences) <= EDGE


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize("mark", TRAY)
def test_a_tray_glyphs_file_covers_what_the_tray_icon_covers(qapp, mark, scale):
    arc = ArcLook(fill=0.68)
    look = RingLook(outer=arc, inner=None, mark=mark, panel=Panel.DARK)

    def icon(painter: QPainter) -> None:
        painter.scale(scale, scale)
        paint_rings(painter, QRectF(0, 0, 16, 16), look)

    svg, app = (
        rendered((ASSETS / f"glyphs/tray-{mark.value}-symbolic.svg").read_text(), 16 * scale),
        drawn(16 * scale, icon),
    )
    covered = [
        (svg.pixelColor(x, y).alpha() > 40, app.pixelColor(x, y).alpha() > 40 * 2)
        for x in range(16 * scale) for y in range(16 * scale)
    ]  # fmt: skip
    assert sum(one != other for one, other in covered) <= len(covered) * 0.06
    hole = geometry_of(16, rim=False).wide_hole_r

    def enlarged(painter: QPainter) -> None:
        painter.scale(4, 4)
        paint_mark(painter, QPointF(8, 8), hole, mark, QColor("black"))

    sign = drawn(64, enlarged)
    inside = rendered((ASSETS / f"glyphs/tray-{mark.value}-symbolic.svg").read_text(), 64)
    middle = [(x, y) for x in range(20, 44) for y in range(20, 44)]
    assert max(abs(sign.pixelColor(*at).alpha() - inside.pixelColor(*at).alpha()) for at in middle) <= EDGE


@pytest.mark.parametrize("file", SYMBOLIC, ids=lambda file: file.stem)
def test_a_symbolic_file_takes_the_colour_that_kde_puts_into_its_style(qapp, file):
    red = re.sub(r"(\.ColorScheme-Text\{color:)#[0-9a-f]{6}", r"\g<1>#ff0000", file.read_text())
    assert red != file.read_text()
    image = rendered(red, 32)
    seen = {image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 200}
    assert seen == {"#ff0000"}


@pytest.mark.parametrize("file", SYMBOLIC, ids=lambda file: file.stem)
def test_a_symbolic_file_is_filled_shapes_of_one_colour(file):
    for element in ET.parse(file).iter():
        tag = element.tag.rpartition("}")[2]
        assert tag in {"svg", "style", "path"}
        assert not {"stroke", "style"} & set(element.attrib), "GTK puts its colour into fills alone"
        if tag == "path":
            assert (element.get("class"), element.get("fill")) == ("ColorScheme-Text", "currentColor")
        if tag == "style":
            assert element.get("id") == "current-color-scheme", "by that KDE finds it"


def test_the_app_icon_holds_shapes_alone():
    tags = {element.tag.rpartition("}")[2] for element in ET.parse(ASSETS / "ringfence.svg").iter()}
    assert tags <= {"svg", "g", "path", "circle", "title"}


def test_a_glyph_is_in_the_buttons_colour_and_pale_when_off(qapp):
    box = QRect(0, 0, 32, 32)
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        image = drawn(32, lambda painter, mode=mode: Glyph("gear").paint(painter, box, mode, QIcon.State.Off))
        solid = {
            image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255
        }
        assert solid == {qapp.palette().color(group, QPalette.ColorRole.ButtonText).name()}
