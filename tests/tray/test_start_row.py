"""The toggle for the start at sign-in shows what is so, not what was once saved."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ringfence.core.ring import View
from ringfence.core.settings import Settings
from ringfence.file_errors import FileError
from ringfence.system_ports import AutostartState
from ringfence.tray.settings_dialog import SettingsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # of Qt's offscreen platform


class Autostart:
    """The system's files, in memory."""

    def __init__(self, *, on=False, note="", theirs=False):
        self.on, self.note, self.theirs = on, note, theirs
        self.trouble = None
        self.obeys = True

    def state(self):
        if self.trouble:
            raise FileError(self.trouble)
        return AutostartState(on=self.on, where="here", note=self.note, theirs=self.theirs)

    def switch(self, *, on):
        if self.trouble:
            raise FileError(self.trouble)
        if self.obeys:
            self.on = on


@pytest.fixture
def opened(qtbot):
    kept = []

    def make(autostart, save=lambda _values: None):
        dialog = SettingsDialog(Settings(), View(verdict="unknown"), save, autostart=autostart, clock=lambda: 0.0)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitExposed(dialog)
        kept.append(dialog)
        return dialog

    return make


@pytest.mark.parametrize("on", [True, False])
def test_it_shows_what_is_so(opened, on):
    row = opened(Autostart(on=on)).start_row
    assert row.value() is on
    assert row.help_label.text() == "In the background, without a window."


def test_saving_switches_it_and_writes_no_setting(opened):
    saves, autostart = [], Autostart()
    dialog = opened(autostart, saves.append)
    dialog.start_row.toggle.click()
    assert not autostart.on  # not before the person saves
    dialog.accept()
    assert autostart.on
    assert saves == []


def test_cancelling_changes_nothing(opened):
    autostart = Autostart()
    dialog = opened(autostart)
    dialog.start_row.toggle.click()
    dialog.reject()
    assert not autostart.on


def test_what_the_desktop_changes_is_seen_while_the_dialog_is_open(opened, qtbot):
    autostart = Autostart(on=True)
    dialog = opened(autostart)
    autostart.on, autostart.note = False, "The desktop's own settings have switched it off."
    qtbot.waitUntil(lambda: dialog.start_row.value() is False, timeout=5000)
    assert dialog.start_row.help_label.text() == "The desktop's own settings have switched it off."
    dialog.accept()
    assert not autostart.on


def test_a_choice_that_is_not_saved_yet_outlives_a_look(opened):
    autostart = Autostart()
    dialog = opened(autostart)
    dialog.start_row.toggle.click()
    dialog.start_row.refresh()
    assert dialog.start_row.value() is True


def test_what_only_the_person_can_switch_is_grey_and_says_where(opened):
    row = opened(Autostart(note="Windows has it switched off.", theirs=True)).start_row
    assert not row.toggle.isEnabled()
    assert row.toggle.accessibleDescription() == "Windows has it switched off."


def test_a_switch_without_effect_is_told_and_keeps_the_dialog(opened):
    autostart = Autostart(note="It is held elsewhere.")
    autostart.obeys = False
    dialog = opened(autostart)
    dialog.start_row.toggle.click()
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.fault.text() == "It is held elsewhere."


def test_what_cannot_be_told_is_no_answer(opened):
    autostart = Autostart()
    autostart.trouble = "Cannot read here: permission is denied."
    row = opened(autostart).start_row
    assert not row.toggle.isEnabled()
    assert row.help_label.text() == "Cannot read here: permission is denied."


def test_without_a_way_to_start_there_is_no_row(opened):
    assert opened(None).start_row is None


def test_the_keyboard_reaches_it_after_the_other_rows(opened):
    dialog = opened(Autostart())
    dialog.start_row.toggle.setFocus()
    QTest.keyClick(dialog.start_row.toggle, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.save_button
