"""The row that says whether Ringfence starts at sign-in: no setting, but what the system's own files have."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent

from ringfence import texts
from ringfence.core.declared import Kind, Setting
from ringfence.file_errors import FileError
from ringfence.system_ports import Autostart
from ringfence.tray.labels import describe, say
from ringfence.tray.setting_rows import ToggleRow
from ringfence.tray.setting_words import unbroken
from ringfence.tray.translation import translate

LOOK_MS = 1000
"""How soon what the desktop's own settings changed is seen, while the row is on the screen."""


class StartRow(ToggleRow):
    """A toggle that shows what will happen at the next sign-in, whoever decided it."""

    def __init__(self, autostart: Autostart) -> None:
        self._autostart = autostart
        self._seen = False
        super().__init__(_declared(), False)
        self._look = QTimer(self)
        self._look.setTimerType(Qt.TimerType.CoarseTimer)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Look at the system's files again; a choice that is not saved yet stays."""
        touched = self.touched()
        try:
            state = self._autostart.state()
        except FileError as error:
            self._show(texts.fault_text(error, 300), can_be_changed=False)
            return
        self._seen = state.on
        if not touched:
            blocked = self.toggle.blockSignals(True)
            self.toggle.setChecked(state.on)
            self.toggle.blockSignals(blocked)
        self._show(texts.fault_text(state.note, 300) or _declared().help, can_be_changed=not state.theirs)

    def touched(self) -> bool:
        """Tell whether the person chose otherwise than it is."""
        return self.value() != self._seen

    def save(self) -> None:
        """Do what was chosen; raises FileError when it is not so afterwards."""
        if not self.touched():
            return
        wanted = self.value()
        self._autostart.switch(on=wanted)
        self.refresh()
        if self._seen != wanted:
            raise FileError(self.help_label.text())

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the files from now on."""
        super().showEvent(event)
        self.refresh()
        self._look.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._look.stop()

    def _show(self, sentence: str, *, can_be_changed: bool) -> None:
        say(self.help_label, unbroken(sentence))
        self.toggle.setEnabled(can_be_changed)
        describe(self.toggle, sentence)


def _declared() -> Setting:
    return Setting(
        key="desktop.autostart",
        kind=Kind.TOGGLE,
        default=False,
        label=translate("StartRow", "Start Ringfence when I sign in"),
        help=translate("StartRow", "In the background, without a window."),
    )
