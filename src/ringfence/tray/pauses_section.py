"""What the person paused alone, a row each with the button that lifts it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ringfence import texts
from ringfence.core.model import Scope
from ringfence.core.ring import View
from ringfence.tray import theme
from ringfence.tray.labels import label, say
from ringfence.tray.pause_menu import pause_line, pauses_alone


class PausesSection(QWidget):
    """`Paused by you`: one account, class or model each; hidden while nothing is paused alone."""

    unpause_only_asked = Signal(object)
    """A Scope."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_PauseRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID // 2)
        self._column.addWidget(label(self.tr("Paused by you"), weight=QFont.Weight.DemiBold))
        self.hide()

    def show_pauses(self, view: View, now: float) -> None:
        """Show what a view says is paused alone."""
        alone = pauses_alone(view)
        while len(self._rows) < len(alone):
            row = _PauseRow()
            row.unpause_asked.connect(self.unpause_only_asked)
            self._rows.append(row)
            self._column.addWidget(row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(alone))
        for row, pause in zip(self._rows, alone, strict=False):
            row.show_pause(pause_line(pause, now), pause.scope)
        self.setVisible(bool(alone))


class _PauseRow(QWidget):
    unpause_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = Scope()
        self._said = label(wrap=True)
        self._button = QPushButton(self.tr("Unpause"))
        self._button.clicked.connect(lambda _checked=False: self.unpause_asked.emit(self._scope))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self._said, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)

    def show_pause(self, line: str, scope: Scope) -> None:
        self._scope = scope
        say(self._said, line)
        self._button.setAccessibleName(self.tr("Unpause {scope}").format(scope=texts.pause_scope_text(scope)))
        self._button.setAccessibleDescription(line)
