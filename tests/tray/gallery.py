"""Draws every state into PNGs for a designer's eye: `python tests/tray/gallery.py FOLDER` (any Qt platform)."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QTabWidget

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
from ringfence.tray.history_window import HistoryWindow  # noqa: E402
from ringfence.tray.look import look_of  # noqa: E402
from ringfence.tray.pages import Pages  # noqa: E402
from ringfence.tray.painter import pixmap  # noqa: E402
from ringfence.tray.settings_dialog import SettingsDialog  # noqa: E402
from ringfence.tray.theme import Panel  # noqa: E402
from ringfence.tray.window import MainWindow  # noqa: E402
from tray.route_states import PAGES  # noqa: E402
from tray.states import NOW, SET, STATES  # noqa: E402
from tray.test_history_window import NOW as TODAY  # noqa: E402
from tray.test_history_window import Book  # noqa: E402

PANELS = {"#2d2d2d": (Panel.AUTO, Panel.DARK), "#f2f2f2": (Panel.AUTO, Panel.LIGHT)}
ZOOM = {16: 4, 22: 3, 48: 2}


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


def windows(app: QApplication, folder: Path, scheme: str) -> None:
    """Draw the window in every state."""
    app.setPalette(palette(dark=scheme == "dark"))
    for name, make in STATES.items():
        window = MainWindow(clock=lambda: NOW)
        window.show_in_front()
        window.show_view(make(), NOW)  # the way that is harder to lay out: everything changes while it is seen
        app.processEvents()
        window.grab().save(str(folder / f"window-{scheme}-{name}.png"))
        window.close()
        window.deleteLater()
        app.processEvents()


def pages(app: QApplication, folder: Path, scheme: str) -> None:
    """Draw both pages in every state, as tall as all that is on them."""
    app.setPalette(palette(dark=scheme == "dark"))
    for name, make in PAGES.items():
        drawn, routes = make()
        for index, page in enumerate(("accounts", "routes")):
            window = Pages(clock=lambda: NOW, read_routes=lambda _view, _now, routes=routes: routes)
            window.show_in_front()
            window.show_view(drawn, NOW)
            window._tabs.setCurrentIndex(index)
            app.processEvents()
            bar = window._page(index).verticalScrollBar()
            window.resize(window.width(), window.height() + bar.maximum())
            app.processEvents()
            window.grab().save(str(folder / f"{page}-{scheme}-{name}.png"))
            window.close()
            window.deleteLater()
            app.processEvents()


def dialogs(app: QApplication, folder: Path, scheme: str) -> None:
    """Draw the settings, as tall as they are, and the history's three tabs."""
    app.setPalette(palette(dark=scheme == "dark"))
    settings = SettingsDialog(SET, STATES["open"](), lambda _values: None, clock=lambda: NOW)
    settings.show()
    app.processEvents()
    settings.resize(settings.width(), settings.height() + settings._scroll.verticalScrollBar().maximum())
    app.processEvents()
    settings.grab().save(str(folder / f"settings-{scheme}.png"))
    settings.close()
    history = HistoryWindow(Book(), clock=lambda: TODAY, thresholds={"session": 0.9}, first_weekday=0)
    history.show_in_front()
    for index, tab in enumerate(("windows", "hours", "tokens")):
        history.findChild(QTabWidget).setCurrentIndex(index)
        app.processEvents()
        history.grab().save(str(folder / f"history-{scheme}-{tab}.png"))
    history.close()


def sheets(folder: Path, scheme: str, columns: int = 4) -> None:
    """Put the windows of a scheme beside each other."""
    images = [QImage(str(folder / f"window-{scheme}-{name}.png")) for name in STATES]
    for number, start in enumerate(range(0, len(images), columns)):
        part = images[start : start + columns]
        sheet = QImage(
            sum(i.width() + 16 for i in part), max(i.height() for i in part) + 16, QImage.Format.Format_RGB32
        )
        sheet.fill(QColor("#808080"))
        painter, x = QPainter(sheet), 8
        for image in part:
            painter.drawImage(x, 8, image)
            x += image.width() + 16
        painter.end()
        sheet.save(str(folder / f"sheet-{scheme}-{number}.png"))


def main() -> None:
    """Draw everything."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    if len(sys.argv) > 2:
        font = QFont(app.font())
        font.setPointSizeF(font.pointSizeF() * float(sys.argv[2]))
        app.setFont(font)
    icons(folder)
    for scheme in ("dark", "light"):
        windows(app, folder, scheme)
        sheets(folder, scheme)
        pages(app, folder, scheme)
        dialogs(app, folder, scheme)


if __name__ == "__main__":
    main()
