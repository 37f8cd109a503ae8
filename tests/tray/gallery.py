"""Draws every screen into PNGs for a designer's eye; `packaging/dev/screens` runs it once for each scale.

`QT_SCALE_FACTOR=2 python tests/tray/gallery.py FOLDER` makes FOLDER/dark-200/window-open.png and the others, and
FOLDER/dark-200.html with all of them.
"""

from __future__ import annotations

import itertools
import os
import sys
from html import escape
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
from ringfence import language  # noqa: E402
from ringfence.tray import translation  # noqa: E402
from ringfence.tray.look import look_of  # noqa: E402
from ringfence.tray.painter import pixmap  # noqa: E402
from ringfence.tray.theme import Panel  # noqa: E402
from tray.measured import application  # noqa: E402
from tray.screens import grown, menus, screens  # noqa: E402
from tray.states import STATES  # noqa: E402

PANELS = {"#2d2d2d": (Panel.AUTO, Panel.DARK), "#f2f2f2": (Panel.AUTO, Panel.LIGHT)}
ZOOM = {16: 4, 22: 3, 48: 2}
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>{title}</title>
<style>body {{ background: #808080; font: 13px sans-serif; }} figure {{ display: inline-block; margin: 8px;
vertical-align: top; }} img {{ max-width: 100%; }}</style>
<h1>{title}</h1>
{figures}
"""


def palette(*, dark: bool) -> QPalette:
    """Return a palette close to what desktops bring along."""
    if not dark:
        made = QPalette(QColor("#efefef"))
        made.setColor(QPalette.ColorRole.Base, QColor("#ffffff"))
        return made
    made = QPalette(QColor("#3a3d42"), QColor("#26282c"))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(role, QColor("#eceef1"))
    made.setColor(QPalette.ColorRole.Base, QColor("#1e2023"))
    return made


def icons(folder: Path) -> None:
    """Draw every state's icon in three sizes on every panel, enlarged without smoothing."""
    for size, zoom in ZOOM.items():
        cell = size + 6
        rows = [(ground, panel) for ground, panels in PANELS.items() for panel in panels]
        sheet = QImage(cell * len(STATES), cell * len(rows), QImage.Format.Format_RGB32)
        painter = QPainter(sheet)
        for row, (ground, panel) in enumerate(rows):
            painter.fillRect(0, row * cell, sheet.width(), cell, QColor(ground))
            for column, make in enumerate(STATES.values()):
                painter.drawPixmap(QPoint(column * cell + 3, row * cell + 3), pixmap(look_of(make(), panel), size))
        painter.end()
        enlarged = sheet.scaled(
            sheet.width() * zoom, sheet.height() * zoom, mode=Qt.TransformationMode.FastTransformation
        )
        enlarged.save(str(folder / f"icons-{size}.png"))


def everything(app: QApplication, folder: Path) -> list[str]:
    """Draw every screen, as high as all that is on it, and every menu; returns their names."""
    names = []
    for name, window in itertools.chain(screens(), menus()):
        app.processEvents()
        grown(window)
        app.processEvents()
        window.grab().save(str(folder / f"{name}.png"))
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        names.append(name)
    return names


def main() -> None:
    """Draw everything at this process's scale, in both schemes."""
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    app = application(scale, float(sys.argv[2]) if len(sys.argv) > 2 else None)
    translation.speak(language.wanted_by(os.environ))  # not what the settings of whoever runs it say
    root = Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    icons(root)
    for dark in (True, False):
        app.setPalette(palette(dark=dark))
        title = f"{'dark' if dark else 'light'}-{round(100 * scale)}"
        folder = root / title
        folder.mkdir(exist_ok=True)
        figures = [
            f'<figure><figcaption>{escape(name)}</figcaption><img src="{title}/{escape(name)}.png"></figure>'
            for name in everything(app, folder)
        ]
        (root / f"{title}.html").write_text(PAGE.format(title=title, figures="\n".join(figures)), encoding="utf-8")


if __name__ == "__main__":
    main()
