"""The row above the history's pages: how much time is shown, earlier, later, and whose."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QToolButton, QWidget

from ringfence import texts
from ringfence.core.history import Frame
from ringfence.tray import theme
from ringfence.tray.labels import dress, embolden, label
from ringfence.tray.translation import translate

DAY_S = 86400.0
NEWEST_S = 120.0
"""A frame that ends less long ago shows the newest: it follows the clock a minute at a time."""
EARLIER_KEYS, LATER_KEYS = "Alt+Left", "Alt+Right"
"""The window's, not the buttons': one that is clicked by its keys takes none for a tenth of a second."""
WEEK_S, MONTH_S = 7 * DAY_S, 30 * DAY_S


class HistoryBar(QWidget):
    """Buttons for the time that is shown on every page, and the accounts when there are several."""

    length_asked = Signal(float)
    """Seconds."""
    step_asked = Signal(int)
    """-1: the time before what is shown; 1: the time after."""
    account_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, 0)
        row.setSpacing(theme.GRID // 2)
        self._lengths = QButtonGroup(self)
        for text, length in (
            (translate("HistoryWindow", "&Day"), DAY_S),
            (translate("HistoryWindow", "&Week"), WEEK_S),
            (translate("HistoryWindow", "&Month"), MONTH_S),
        ):
            button = QPushButton(text)
            button.setCheckable(True)
            dress(button)
            button.clicked.connect(lambda _checked=False, length=length: self.length_asked.emit(length))
            self._lengths.addButton(button, round(length))
            row.addWidget(button)
        row.addSpacing(theme.GRID)
        self.earlier = self._arrow(Qt.ArrowType.LeftArrow, translate("HistoryWindow", "Earlier"), EARLIER_KEYS, -1)
        self.later = self._arrow(Qt.ArrowType.RightArrow, translate("HistoryWindow", "Later"), LATER_KEYS, 1)
        row.addWidget(self.earlier)
        row.addWidget(self.later)
        row.addSpacing(theme.GRID)
        self.reading = label(translate("HistoryWindow", "Reading…"), scale=0.92, quiet=True)
        self.reading.hide()
        row.addWidget(self.reading)
        row.addStretch(1)
        self.account = QComboBox()
        self.account.setAccessibleName(translate("HistoryWindow", "Account"))
        self.account.currentIndexChanged.connect(lambda _index: self.account_changed.emit())
        row.addWidget(self.account)

    def show_frame(self, frame: Frame, first_at: float, now: float) -> None:
        """Show how much time is shown, and where there is more."""
        self._lengths.setExclusive(False)  # or none could be unchecked: any span may be shown
        for button in self._lengths.buttons():
            button.setChecked(abs(frame.length_s - self._lengths.id(button)) < 60)
            embolden(button, heavy=button.isChecked())  # in some dark schemes a pressed button looks like the others
        self._lengths.setExclusive(True)
        self.earlier.setEnabled(frame.since > first_at)
        self.later.setEnabled(now - frame.until >= NEWEST_S)

    def show_accounts(self, names: Sequence[str]) -> None:
        """Offer accounts; one alone is not asked for."""
        shown = [self.account.itemData(index) for index in range(self.account.count())]
        if list(names) != shown:
            blocked = self.account.blockSignals(True)
            self.account.clear()
            for name in names:
                self.account.addItem(texts.clean(name, 32), name)
            self.account.blockSignals(blocked)
        self.account.setVisible(len(names) > 1)

    def _arrow(self, arrow: Qt.ArrowType, name: str, keys: str, step: int) -> QToolButton:
        button = QToolButton()
        button.setArrowType(arrow)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)})")
        button.clicked.connect(lambda _checked=False: self.step_asked.emit(step))
        return button
