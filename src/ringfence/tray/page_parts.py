"""What the pages of accounts and routes are built from: a page that scrolls, headings, lines, rows of buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QLayout, QScrollArea, QVBoxLayout, QWidget

from ringfence.tray import theme
from ringfence.tray.labels import label


class Page(QScrollArea):
    """A column of cards that scrolls; `column` is filled from above."""

    width_changed = Signal()
    """There is more or less room for the content than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = self._body = QWidget()
        outer = self._outer = QVBoxLayout(body)
        outer.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        outer.setSpacing(theme.GRID + 4)
        self.column = QVBoxLayout()
        self.column.setSpacing(theme.GRID + 4)
        outer.addLayout(self.column)
        outer.addStretch()
        self.setWidget(body)

    def fill(self) -> None:
        """Leave no margin, and let what is in the column grow with the page."""
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setStretchFactor(self.column, 1)

    def settle(self) -> None:
        """Lay out what was changed, at once: layouts inside layouts keep the heights that their texts had before."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        for layout in self._body.findChildren(QLayout):
            layout.invalidate()
            if layout.parent() is layout.parentWidget():  # what its widget told the layout above is kept there too
                layout.parentWidget().updateGeometry()
        self._body.setMinimumHeight(max(self._outer.totalHeightForWidth(self.viewport().width()), 0))
        self._outer.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure anew: another width is another height, and a scroll bar that comes takes some of the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.settle()
            self.width_changed.emit()

    def wanted_px(self, width: int) -> int:
        """Return how high the page is when everything on it is seen at this width."""
        return self._outer.totalHeightForWidth(width)

    def beside_px(self) -> int:
        """Return how much of the page's width is not for its content: a scroll bar's."""
        return self.width() - self.viewport().width()


def bring_to_front(window: QWidget) -> None:
    """Show a window, and raise it when it is there already, minimized or behind others."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def heading(text: str = "") -> QLabel:
    """Return a heading."""
    return label(text, weight=QFont.Weight.DemiBold, wrap=True)


def quiet() -> QLabel:
    """Return a line of secondary text."""
    return label(scale=0.92, quiet=True, wrap=True)


def row(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets side by side from the left."""
    made = QHBoxLayout()
    made.setSpacing(theme.GRID)
    for widget in widgets:
        made.addWidget(widget)
    made.addStretch()
    return made
