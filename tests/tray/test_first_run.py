"""The first window: it says what is so, chooses nothing by itself, and writes only what was chosen."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from ringfence.core.settings import Settings
from ringfence.ports import FileError
from ringfence.tray.first_run import Hook, WelcomeWindow
from ringfence.tray.labels import MAY_BREAK
from tray.states import NOW, STATES

PLACE = "/home/me/.claude/.credentials.json"


class Welcomed:
    def __init__(self, qtlog, qtbot, *, installed=False, hook=True) -> None:
        self.saved, self.done, self.installs = [], [], 0
        self.fails = ""
        made = None
        if hook:
            made = Hook(where="/home/me/.claude/settings.json", installed=installed, install=self._install)
        self.window = WelcomeWindow(
            Settings(), places=(PLACE,), folders=("/home/me/.claude",), hook=made, save=self._save, clock=lambda: NOW
        )
        qtbot.addWidget(self.window)
        self.window.done.connect(lambda: self.done.append(True))
        with qtlog.disabled():  # the offscreen platform regrets that it cannot keep a size
            self.window.show_view(STATES["open"]() if "open" in STATES else next(iter(STATES.values()))())
            self.window.show()
            QApplication.processEvents()

    def _save(self, values) -> None:
        if self.fails:
            raise FileError(self.fails)
        self.saved.append(values)

    def _install(self) -> str:
        self.installs += 1
        return "done"

    def said(self) -> str:
        labels = [w for w in self.window.findChildren(QLabel) if w.isVisible()]
        return "\n".join(w.text().replace(MAY_BREAK, "") for w in labels)

    def press(self, text: str) -> None:
        next(b for b in self.window.findChildren(QPushButton) if b.text().replace("&", "") == text).click()


@pytest.fixture
def welcomed(qapp, qtlog, qtbot):
    return Welcomed(qtlog, qtbot)


def test_it_says_what_was_found_what_is_read_and_what_is_sent(welcomed):
    said = welcomed.said()
    assert f"Claude Code keeps in {PLACE}" in said
    assert "never changed or renewed" in said
    assert "api.anthropic.com about every 5 min" in said
    assert "Nothing else, to nobody." in said


def test_start_with_nothing_chosen_writes_nothing(welcomed):
    welcomed.press("Start")
    assert (welcomed.saved, welcomed.installs, welcomed.done) == ([], 0, [True])


def test_a_threshold_is_off_until_it_is_chosen_and_90_is_suggested(welcomed):
    row = welcomed.window._rows["thresholds.session_pct"]
    assert not row.toggle.isChecked()
    row.toggle.click()
    welcomed.press("Start")
    assert welcomed.saved == [{"thresholds.session_pct": 90}]


def test_one_that_would_hold_at_once_says_so_before_it_is_written(welcomed):
    row = welcomed.window._rows["thresholds.session_pct"]
    row.toggle.click()
    row.box.setValue(50)
    assert "closes the gate at once" in row.notice.text()


def test_the_hook_is_added_when_it_was_chosen_and_the_file_is_named(welcomed):
    assert "It is added to /home/me/.claude/settings.json" in welcomed.said()
    welcomed.window.hook.click()
    welcomed.press("Start")
    assert welcomed.installs == 1


def test_a_hook_that_is_there_is_shown_as_such_and_not_added_again(qapp, qtlog, qtbot):
    there = Welcomed(qtlog, qtbot, installed=True)
    box = there.window.hook
    assert box.isChecked()
    assert not box.isEnabled()
    there.press("Start")
    assert there.installs == 0


def test_without_readable_files_of_claude_code_the_hook_is_not_offered(qapp, qtlog, qtbot):
    none = Welcomed(qtlog, qtbot, hook=False)
    assert [b for b in none.window.findChildren(QCheckBox) if b is none.window.hook and b.isVisible()] == []


def test_without_a_login_it_offers_the_demo_and_another_look(welcomed):
    asked = []
    welcomed.window.demo_asked.connect(lambda: asked.append("demo"))
    welcomed.window.look_again_asked.connect(lambda: asked.append("look"))
    assert not welcomed.window._demo.isVisible()
    welcomed.window.show_view(STATES["signed_out"]())
    assert "No login of Claude Code was found" in welcomed.said()
    welcomed.press("Show the demo")
    welcomed.press("Look again")
    assert asked == ["demo", "look"]


def test_what_cannot_be_written_is_said_and_the_window_stays(welcomed):
    welcomed.fails = "Cannot write settings.toml: the disk is full."
    welcomed.window._rows["thresholds.week_pct"].toggle.click()
    welcomed.press("Start")
    assert welcomed.window.fault.text() == welcomed.fails
    assert welcomed.window.isVisible()
    assert welcomed.done == []


def test_escape_chooses_nothing_and_is_seen(welcomed):
    welcomed.window._rows["thresholds.week_pct"].toggle.click()
    QTest.keyClick(welcomed.window, Qt.Key.Key_Escape)
    assert (welcomed.saved, welcomed.done) == ([], [True])


def test_a_name_from_outside_moves_nothing(welcomed):
    view = STATES["signed_out"]()
    first = replace(view.accounts[0], failure=None, plan="max\x1b[31m<b>")
    welcomed.window.show_view(replace(view, accounts=(first,)))
    assert "\x1b" not in welcomed.said()
