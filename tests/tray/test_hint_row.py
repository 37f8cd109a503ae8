"""The window explains once why there is no icon, quietly."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest

from ringfence import face_texts
from ringfence.core.model import Hint
from ringfence.core.ring import View
from ringfence.tray.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # of Qt's offscreen platform
SENTENCE = face_texts.no_tray_text("GNOME")


@pytest.fixture
def window(qtbot):
    made = MainWindow(clock=lambda: 0.0)
    qtbot.addWidget(made)
    made.show_view(View(verdict="unknown"), 0.0)
    made.show_in_front()
    qtbot.waitExposed(made)
    return made


def test_nothing_is_explained_where_there_is_a_tray(window):
    assert not window.tray_hint.isVisible()


def test_the_sentence_is_there_and_the_window_makes_room_for_it(window):
    before = window.height()
    window.explain_tray(SENTENCE)
    assert window.tray_hint.isVisible()
    assert window.tray_hint.said.text().replace("\u200b", "") == SENTENCE
    assert window.height() > before
    window.explain_tray("")
    assert not window.tray_hint.isVisible()
    assert window.height() == before


def test_one_press_of_a_key_hides_it_for_good(window):
    asked = QSignalSpy(window.hint_hidden)
    window.explain_tray(SENTENCE)
    QTest.keyClick(window.tray_hint.button, Qt.Key.Key_Space)
    assert asked.at(0) == [Hint.NO_TRAY]
    assert window.tray_hint.button.accessibleDescription() == "Hides this explanation for good."
