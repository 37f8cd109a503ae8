"""The first thing a person reads: may agents start, until when, and the one control that matters."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from ringfence import texts
from ringfence.core.ring import View
from ringfence.tray import theme
from ringfence.tray.glyphs import paint_verdict
from ringfence.tray.labels import describe, label, say
from ringfence.tray.notices import Ask, control_of, subline_of
from ringfence.tray.pause_menu import PauseMenu, PauseOnlyMenu

SIGN_PX = 32


class VerdictSign(QWidget):
    """The gate's sign; the headline beside it says the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = View(verdict="unknown")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_view(self, view: View) -> None:
        """Show a verdict."""
        self._view = view
        self.update()

    def sizeHint(self) -> QSize:
        """Return four grid steps."""
        return QSize(SIGN_PX, SIGN_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the disc."""
        painter = QPainter(self)
        paint_verdict(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), self._view, self.palette())
        painter.end()


class StateLine(QWidget):
    """Verdict, reason, control."""

    asked = Signal(object)
    """An `Ask`."""
    pause_asked = Signal(object)
    pause_only_asked = Signal(object, object)
    unpause_only_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = Ask.PAUSE
        self._sign = VerdictSign()
        self._headline = label(scale=1.2, weight=QFont.Weight.DemiBold, wrap=True)
        self._subline = label(quiet=True, wrap=True)
        self.control = QPushButton()
        self.control.clicked.connect(self._clicked)
        self.menu = PauseMenu(self.tr("Pause"), self)
        self.menu.pause_asked.connect(self.pause_asked)
        self.menu.addSeparator()
        self._only = PauseOnlyMenu(self)
        self._only.pause_asked.connect(self.pause_only_asked)
        self._only.unpause_asked.connect(self.unpause_only_asked)
        self.menu.addMenu(self._only)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID + 4)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._sign, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._headline, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.control, 0, 2, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._subline, 1, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_view(self, view: View, now: float) -> None:
        """Show a view."""
        self._sign.show_view(view)
        say(self._headline, texts.headline(view, now))
        say(self._subline, subline_of(view, now))
        self._only.show_view(view, now)
        text, self._ask = control_of(view)
        self.control.setText(text)
        self.control.setMenu(self.menu if self._ask is Ask.PAUSE else None)  # type: ignore[arg-type]  # None is fine
        describe(self.control, texts.headline(view, now))

    def _clicked(self) -> None:
        if self._ask is not Ask.PAUSE:
            self.asked.emit(self._ask)
