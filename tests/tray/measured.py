"""Measures every state of every window at this process's scale: `QT_SCALE_FACTOR=2 python tests/tray/measured.py 2 18`.

Prints what is clipped or squeezed, or has a command as a terminal shows it, a line each; the second argument is the
system font's size in points, the third the language: one of ours, or `pseudo`, in which every text is 130 % as long,
and what is left in English is printed too.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
from ringfence.tray import translation  # noqa: E402
from ringfence.tray.ring_widget import RingWidget  # noqa: E402
from ringfence.tray.rows import Bar  # noqa: E402
from tray import pseudo_qt  # noqa: E402
from tray.painted import painted_faults, watched  # noqa: E402
from tray.route_states import PAGES  # noqa: E402
from tray.screens import DATA, menus, screens  # noqa: E402
from tray.states import STATES  # noqa: E402


def application(scale: float, points: float | None = None) -> QApplication:
    """Return an app on a screen of 1280 by 800 logical pixels, with the system's font in that size."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as described:
        one = {"name": "one", "x": 0, "y": 0, "width": round(1280 * scale), "height": round(800 * scale)}
        json.dump({"screens": [one]}, described)
        described.flush()
        app = QApplication([sys.argv[0], "-platform", f"offscreen:configfile={described.name}"])
    app.setStyle("Fusion")
    if points is not None:
        font = QFont(app.font())
        font.setPointSizeF(points)
        app.setFont(font)
    return app


def faults(window: QWidget) -> Iterator[str]:
    """Yield what is too small for what is in it."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            flags = Qt.TextFlag.TextWordWrap | widget.alignment()
            text = widget.fontMetrics().boundingRect(
                widget.contentsRect().adjusted(0, 0, 0, 9999), flags, widget.text()
            )
            if text.height() > widget.height() + 1 or text.width() > widget.width() + 1:
                yield f"{widget.text()!r}: {text.size().toTuple()} in {widget.size().toTuple()}"
        elif isinstance(widget, QLabel | QAbstractButton | RingWidget | Bar):
            wanted, given = widget.minimumSizeHint(), widget.size()
            if given.width() < wanted.width() or given.height() < wanted.height():
                said = widget.text() if isinstance(widget, QLabel | QAbstractButton) else type(widget).__name__
                yield f"{said!r}: wants {wanted.toTuple()}, has {given.toTuple()}"
        if isinstance(widget, QLabel | QAbstractButton) and widget.text():
            left = widget.mapTo(window, QPoint()).x()
            if left < 0 or left + widget.width() > window.width():
                yield f"{widget.text()!r}: {left} to {left + widget.width()} in a window {window.width()} wide"


def main() -> int:
    """Measure everything."""
    scale = float(sys.argv[1])
    app = application(scale, float(sys.argv[2]))
    tongue = sys.argv[3] if len(sys.argv) > 3 else "en"
    kept = pseudo_qt.speak() if tongue == "pseudo" else translation.speak([tongue])
    data = pseudo_qt.data_in(
        *(make() for make in STATES.values()), *(make() for make in PAGES.values()),
        DATA,
    )  # fmt: skip
    found = 0
    for name, window in itertools.chain(screens(), menus()):
        app.processEvents()
        with watched() as texts:
            drawn = window.grab()
        if window.devicePixelRatioF() != scale or drawn.devicePixelRatioF() != scale:
            print(f"{name}: not drawn at this scale")
            found += 1
        raw = [f"{said!r} has a terminal's backticks" for said in pseudo_qt.texts_of(window) if "`" in said]
        left = pseudo_qt.english(window, data) if tongue == "pseudo" else ()
        for fault in (*faults(window), *painted_faults(texts), *raw, *left):
            print(f"{name}: {fault}")
            found += 1
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del kept
    if not found:
        print("nothing is clipped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
