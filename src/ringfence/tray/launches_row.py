"""The row that tells of launches the gate held today, and lets the next one through."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ringfence import launch_texts
from ringfence.core.model import Launches
from ringfence.tray import theme
from ringfence.tray.labels import label, plain_tip


class LaunchesRow(QWidget):
    """`Held today: 3 (2 waiting)`, with the holds in its tooltip; hidden while the gate held nothing."""

    next_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        self._said = label(scale=0.92, quiet=True, wrap=True)
        self._next = QPushButton(self.tr("Let the &next one through"))
        self._next.setToolTip(self.tr("The launch that has waited longest starts, whatever the gate says."))
        self._next.clicked.connect(lambda _checked=False: self.next_asked.emit())
        row.addWidget(self._said, 1)
        row.addWidget(self._next, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_launches(self, launches: Launches, now: float) -> None:
        """Show these launches, as of `now`."""
        text, detail = launch_texts.launches_text(launches), launch_texts.launches_detail(launches, now)
        self._said.setText(text)
        self._said.setToolTip(plain_tip(detail))
        self._said.setAccessibleName(text)
        self._said.setAccessibleDescription(detail)
        self._next.setVisible(bool(launches.waiting))
        self.setVisible(bool(text))
