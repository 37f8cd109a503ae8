"""Makes assets/ from the one drawing: `python packaging/dev/render_assets.py [FOLDER]`.

The SVGs repeat the painter's geometry as shapes, so that they scale; the PNG is the painter's own picture. Symbolic
ones are filled shapes in one colour that desktops put in: GTK as each shape's `fill`, KDE as the style's
`ColorScheme-Text`.
With `--icons FOLDER` it makes what packages install instead: a hicolor tree, ringfence.ico and ringfence.icns.
"""

from __future__ import annotations

import math
import os
import shutil
import struct
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "src"))

from PySide6.QtCore import QBuffer, QIODevice, Qt  # noqa: E402
from PySide6.QtGui import QColor, QGuiApplication, QPainterPath, QTransform  # noqa: E402

from ringfence.core.model import tier_of  # noqa: E402
from ringfence.tray.glyphs import GLYPHS, glyph_path  # noqa: E402
from ringfence.tray.look import ArcLook, Mark, RingLook  # noqa: E402
from ringfence.tray.marks import mark_path  # noqa: E402
from ringfence.tray.painter import Geometry, geometry_of, pixmap  # noqa: E402
from ringfence.tray.theme import COIN, DARK, Panel  # noqa: E402

OUTER, INNER = 0.68, 0.4
"""The app icon is a real state: a session that is elevated, a week that is calm."""
PNG_PX = 128
HICOLOR_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512)
ICO_PX = (16, 20, 24, 32, 40, 48, 64, 256)
ICNS_PX = {
    "icp4": 16,
    "icp5": 32,
    "ic11": 32,
    "ic12": 64,
    "ic07": 128,
    "ic13": 256,
    "ic08": 256,
    "ic14": 512,
    "ic09": 512,
    "ic10": 1024,
}
"""Apple's names of the sizes; ic11 to ic14 are those of sharper screens."""
INK = 'class="ColorScheme-Text" fill="currentColor"'
APP_ID = "io.github.ringfence.Ringfence"
LOOK = RingLook(
    outer=ArcLook(fill=OUTER, tier=tier_of(OUTER)), inner=ArcLook(fill=INNER, tier=tier_of(INNER)), panel=Panel.AUTO
)


def app_icon(size: int = 128) -> str:
    """Return the app icon as SVG."""
    shape = geometry_of(size, rim=True)
    middle = size / 2
    rings = "".join(
        _ring(middle, radius, width, DARK.tiers[tier_of(used)], used)
        for radius, width, used in ((shape.outer_r, shape.outer_w, OUTER), (shape.inner_r, shape.inner_w, INNER))
    )
    coin, shown = QColor(COIN).name(), _n(QColor(COIN).alphaF())
    disc = f'<circle cx="{_n(middle)}" cy="{_n(middle)}" r="{_n(middle)}" fill="{coin}" fill-opacity="{shown}"/>'
    return _svg(size, f"<title>Ringfence</title>{disc}{rings}")


def symbolic_icon(size: int = 16) -> str:
    """Return the one-coloured icon as SVG: filled shapes, which desktops recolour."""
    shape = geometry_of(size, rim=False)
    return _symbolic(size, "".join(_sector(shape, radius, width, used) for radius, width, used in _arcs(shape)))


def tray_glyph(mark: Mark, size: int = 16) -> str:
    """Return the tray icon with a sign in its middle, in one colour: the sign takes the inner ring's place."""
    shape = geometry_of(size, rim=False)
    sign = QTransform.fromTranslate(size / 2, size / 2).map(mark_path(shape.wide_hole_r, mark))
    return _symbolic(size, _sector(shape, shape.outer_r, shape.outer_w, OUTER) + _shape(sign))


def button_glyph(name: str, size: int = 16) -> str:
    """Return a sign of the window's buttons, in one colour."""
    return _symbolic(size, _shape(QTransform.fromTranslate(size / 2, size / 2).map(glyph_path(name))))


def glyphs() -> dict[str, str]:
    """Return every glyph as SVG, by its file's name."""
    tray = {f"tray-{mark.value}-symbolic.svg": tray_glyph(mark) for mark in Mark if mark is not Mark.NONE}
    return tray | {f"{name}-symbolic.svg": button_glyph(name) for name in GLYPHS}


def png(size: int) -> bytes:
    """Return the app icon as the painter draws it at that size."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap(LOOK, size).save(buffer, "PNG")
    return bytes(buffer.data().data())


def ico() -> bytes:
    """Return Windows' icon: a list of sizes, then their PNGs."""
    pictures = [(size, png(size)) for size in ICO_PX]
    at = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in pictures:
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return head + b"".join(picture for _, picture in pictures)


def icns() -> bytes:
    """Return macOS' icon: chunks of a name, a length and a PNG."""
    pictures = [(name.encode(), png(size)) for name, size in ICNS_PX.items()]
    body = b"".join(name + struct.pack(">I", 8 + len(picture)) + picture for name, picture in pictures)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def icons(folder: Path) -> None:
    """Write what packages install."""
    places = {
        f"hicolor/{size}x{size}/apps/{APP_ID}.png": png(size) for size in HICOLOR_PX
    } | {
        f"hicolor/scalable/apps/{APP_ID}.svg": app_icon().encode(),
        f"hicolor/symbolic/apps/{APP_ID}-symbolic.svg": symbolic_icon().encode(),
        "ringfence.ico": ico(),
        "ringfence.icns": icns(),
    }  # fmt: skip
    shutil.rmtree(folder / "hicolor", ignore_errors=True)
    for place, content in places.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)


def _arcs(shape: Geometry) -> tuple[tuple[float, float, float], ...]:
    return (shape.outer_r, shape.outer_w, OUTER), (shape.inner_r, shape.inner_w, INNER)


def _ring(middle: float, radius: float, width: float, colour: str, used: float) -> str:
    over = math.asin(width / 2 / radius)  # the round ends are taken off, as in the painter
    start, end = over, 2 * math.pi * used - over
    way = f"M{_point(middle, radius, start)}A{_n(radius)} {_n(radius)} 0 {int(end - start > math.pi)} 1 "
    arc = f'<path d="{way}{_point(middle, radius, end)}" stroke="{colour}" stroke-linecap="round"/>'
    track = f'<circle cx="{_n(middle)}" cy="{_n(middle)}" r="{_n(radius)}" stroke="{DARK.track}"/>'
    return f'<g fill="none" stroke-width="{_n(width)}">{track}{arc}</g>'


def _sector(shape: Geometry, radius: float, width: float, used: float) -> str:
    middle, end = shape.size / 2, 2 * math.pi * used
    near, far, large = radius - width / 2, radius + width / 2, int(used > 0.5)
    full = (
        f"M{_point(middle, far, 0)}A{_n(far)} {_n(far)} 0 {large} 1 {_point(middle, far, end)}"
        f"L{_point(middle, near, end)}A{_n(near)} {_n(near)} 0 {large} 0 {_point(middle, near, 0)}Z"
    )
    rest = (
        f"M{_point(middle, far, end)}A{_n(far)} {_n(far)} 0 {1 - large} 1 {_point(middle, far, 0)}"
        f"L{_point(middle, near, 0)}A{_n(near)} {_n(near)} 0 {1 - large} 0 {_point(middle, near, end)}Z"
    )
    return f'<path {INK} d="{full}"/><path {INK} d="{rest}" opacity="0.35"/>'


def _shape(path: QPainterPath) -> str:
    """Return a painter's path as a filled shape."""
    way, waiting = "", []
    for index in range(path.elementCount()):
        element = path.elementAt(index)
        here = f"{_n(element.x)} {_n(element.y)}"
        match element.type:
            case QPainterPath.ElementType.MoveToElement:
                way += f"M{here}"
            case QPainterPath.ElementType.LineToElement:
                way += f"L{here}"
            case _:  # the three points of a curve, one after the other
                waiting.append(here)
                if len(waiting) == 3:
                    way += f"C{' '.join(waiting)}"
                    waiting.clear()
    rule = ' fill-rule="evenodd"' if path.fillRule() is Qt.FillRule.OddEvenFill else ""
    return f'<path {INK}{rule} d="{way}Z"/>'


def _symbolic(size: int, content: str) -> str:
    style = '<style id="current-color-scheme" type="text/css">.ColorScheme-Text{color:#2e3436}</style>'
    return _svg(size, f"{style}{content}")


def _point(middle: float, radius: float, angle: float) -> str:
    return f"{_n(middle + radius * math.sin(angle))} {_n(middle - radius * math.cos(angle))}"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _svg(size: int, content: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
    return f"{head}{content}</svg>\n"


def main() -> None:
    """Write the files of assets/, or the icons."""
    app = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    if sys.argv[1:2] == ["--icons"]:
        icons(Path(sys.argv[2]))
        return
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ringfence.svg").write_text(app_icon(), encoding="utf-8")
    (folder / "ringfence-symbolic.svg").write_text(symbolic_icon(), encoding="utf-8")
    (folder / "glyphs").mkdir(exist_ok=True)
    for name, content in glyphs().items():
        (folder / "glyphs" / name).write_text(content, encoding="utf-8")
    pixmap(LOOK, PNG_PX).save(str(folder / "ringfence.png"))
    del app


if __name__ == "__main__":
    main()
