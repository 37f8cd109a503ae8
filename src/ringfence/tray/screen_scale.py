"""When the screens' scale is another: what was drawn for the old one would be stretched."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


class ScreenScale(QObject):
    """Follows the largest ratio of device pixels on any screen. What is in a window Qt paints anew itself."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = QGuiApplication.instance()
        self._ratio = self._app.devicePixelRatio()
        self._app.screenAdded.connect(self._follow)
        self._app.screenRemoved.connect(self._look_soon)
        for screen in self._app.screens():
            self._follow(screen)

    def _follow(self, screen: QScreen) -> None:
        for signal in (screen.geometryChanged, screen.physicalDotsPerInchChanged, screen.logicalDotsPerInchChanged):
            signal.connect(self._look_soon)
        self._look_soon()

    def _look_soon(self, _what: object = None) -> None:
        QTimer.singleShot(0, self._look)  # a screen tells its new size before its new ratio

    def _look(self) -> None:
        ratio = self._app.devicePixelRatio()
        if ratio != self._ratio:
            self._ratio = ratio
            self.changed.emit()


def keep_size(window: QWidget, fit: Callable[[], None] | None = None) -> None:
    """Give a window its pixels when the scale is another: on X11 Qt leaves it the old ones, and what is in it is cut.

    Args:
        window: one of ours, with no frame of its own.
        fit: how it takes its size, where that follows from what is in it.
    """
    scale = ScreenScale(window)
    scale.changed.connect(lambda: _resize_anew(window, fit))


def _resize_anew(window: QWidget, fit: Callable[[], None] | None) -> None:
    if not window.isVisible():
        return
    free, size = window.screen().availableGeometry().size(), window.size()
    # The same size again is no change to Qt, and the limits that the window manager knows are in old pixels.
    nudged = size + QSize(0, 1)
    if window.minimumSize() == window.maximumSize():
        window.setFixedSize(nudged)
        window.setFixedSize(size)
    else:
        window.setMinimumSize(window.minimumSize().boundedTo(free))
        window.resize(nudged)
        window.resize(size.boundedTo(free))
    if fit is not None:
        fit()
