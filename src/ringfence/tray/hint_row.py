"""A row that explains something once: a quiet sentence, and a way to hide it for good."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ringfence.core.model import Hint
from ringfence.tray import theme
from ringfence.tray.labels import label, say


class HintRow(QWidget):
    """The sentence and its button; hidden while there is nothing to explain."""

    hidden = Signal(object)
    """The Hint that the person wants no more."""

    def __init__(self, hint: Hint, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        self.said = label(scale=0.92, quiet=True, wrap=True)
        self.button = QPushButton(self.tr("Got &it"))
        self.button.setAccessibleDescription(self.tr("Hides this explanation for good."))
        self.button.clicked.connect(lambda _checked=False: self.hidden.emit(hint))
        row.addWidget(self.said, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def explain(self, sentence: str) -> bool:
        """Show a sentence; empty: hide the row. Returns whether that is news."""
        if sentence == self._sentence:
            return False
        self._sentence = sentence
        say(self.said, sentence)
        self.setVisible(bool(sentence))
        return True
