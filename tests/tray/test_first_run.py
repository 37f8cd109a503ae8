"""The first window: it says what is so, chooses nothing by itself, and writes only what was chosen."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from ringfence.core.account_settings import Account
from ringfence.core.settings import Settings, Thresholds
from ringfence.file_errors import FileError
from ringfence.tray import theme
from ringfence.tray.first_run import Hook, WelcomeWindow
from ringfence.tray.labels import MAY_BREAK
from ringfence.tray.setting_rows import Card
from tray.states import NOW, STATES

PLACE = "/home/me/.claude/.credentials.json"
SETTINGS = Settings()


class Welcomed:
    def __init__(self, qtlog, qtbot, *, installed=False, hook=True, settings: Settings = SETTINGS) -> None:
        self.saved, self.done, self.installs = [], [], 0
        self.fails = ""
        made = None
        if hook:
            made = Hook(where="/home/me/.claude/settings.json", installed=installed, install=self._install)
        self.window = WelcomeWindow(
            settings, places=(PLACE,), folders=("/home/me/.claude",), hook=made, save=self._save, clock=lambda: NOW
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


def test_an_account_with_an_endpoint_of_its_own_has_that_one_named(qapp, qtlog, qtbot):
    settings = Settings(accounts=(Account(name="a", base_url="http://127.0.0.1:9"), Account(name="b")))
    settings = replace(settings, usage=replace(settings.usage, interval_s=10))
    assert (
        "Sent: one question to 127.0.0.1, api.anthropic.com about every 10 seconds"
        in Welcomed(qtlog, qtbot, settings=settings).said()
    )


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


def test_who_opens_it_again_sees_what_was_chosen_and_may_take_it_back(qapp, qtlog, qtbot):
    again = Welcomed(qtlog, qtbot, settings=Settings(thresholds=Thresholds(session_pct=87.5, week_pct=95)))
    session, week = again.window._rows.values()
    assert (session.value(), week.value()) == (87.5, 95)
    assert "Both are off" not in again.said()
    week.toggle.click()
    again.press("Start")
    assert again.saved == [{"thresholds.week_pct": None}], "what was not touched is not written"


def test_it_is_as_high_as_what_it_says(welcomed):
    def room() -> tuple[int, int]:
        page = welcomed.window._page
        lowest = max(card.geometry().bottom() for card in welcomed.window.findChildren(Card) if card.isVisible())
        return page.viewport().height() - lowest, page.verticalScrollBar().maximum()

    first = room()
    assert first[0] <= 3 * theme.GRID, "no empty band above the buttons"
    assert first[1] == 0, "and nothing to scroll"
    row = welcomed.window._rows["thresholds.session_pct"]
    row.toggle.click()
    row.box.setValue(50)
    assert row.notice.isVisible()
    assert room() == first
    row.toggle.click()
    assert room() == first


def test_a_height_that_the_person_chose_stays(welcomed):
    welcomed.window.resize(560, 700)
    welcomed.window._rows["thresholds.session_pct"].toggle.click()
    assert welcomed.window.height() == 700


def test_a_long_path_breaks_at_its_folders(welcomed):
    welcomed.window._places = ("/home/somebody/projects-of-a-year/settings/.claude/.credentials.json",)
    welcomed.window.show_view(STATES["open"]())
    [shown] = [w for w in welcomed.window.findChildren(QLabel) if w.text().startswith("Found:")]
    broken = shown.text().split()[-1].split(MAY_BREAK)
    assert broken == ["/home/", "somebody/", "projects-of-a-year/", "settings/", ".claude/", ".credentials.json."]
    assert MAY_BREAK not in shown.accessibleName()


def test_escape_chooses_nothing_and_is_seen(welcomed):
    welcomed.window._rows["thresholds.week_pct"].toggle.click()
    QTest.keyClick(welcomed.window, Qt.Key.Key_Escape)
    assert (welcomed.saved, welcomed.done) == ([], [True])


def test_a_name_from_outside_moves_nothing(welcomed):
    view = STATES["signed_out"]()
    first = replace(view.accounts[0], failure=None, plan="max\x1b[31m<b>")
    welcomed.window.show_view(replace(view, accounts=(first,)))
    assert "\x1b" not in welcomed.said()
