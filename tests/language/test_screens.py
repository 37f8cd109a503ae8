"""Every screen in every language: nothing is clipped, and in the language nobody speaks nothing is left in English."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from parts import pseudo
from ringfence import language, texts
from tray import pseudo_qt

MEASURED = Path(__file__).parents[1] / "tray" / "measured.py"
TRANSLATED = [key for key in language.LANGUAGES if key != language.ENGLISH]


def measured(scale: str, points: str, key: str) -> tuple[int, str]:
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    done = subprocess.run(
        [sys.executable, MEASURED, scale, points, key],
        capture_output=True, text=True, env=env, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize(("scale", "points"), [("1", "10"), ("2", "10"), ("1", "18")])
def test_every_text_is_translated_and_has_room_for_a_third_more(scale, points):
    assert measured(scale, points, "pseudo") == (0, "nothing is clipped\n")


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("scale", ["1", "2"])
def test_every_screen_has_room_in_every_language(key, scale):
    assert measured(scale, "10", key) == (0, "nothing is clipped\n")


def test_the_language_nobody_speaks_is_a_third_longer_and_keeps_what_is_no_word():
    assert pseudo.text("Run `claude` once at {time}.") == "Řúññ `claude` óñçééé áŧŧ {time}."
    assert len(pseudo.text("The gate is unknown")) >= 1.3 * len("The gate is unknown") - 3


def test_a_text_that_was_not_marked_is_noticed(qtbot):
    pseudo.speak()
    window, box = QWidget(), QComboBox()
    qtbot.addWidget(window)
    label = QLabel(language._("Agents may start"), window)
    box.setParent(window)
    box.addItem("Not marked")
    label.setToolTip("work: forgotten")
    data = pseudo_qt.data_in("work")
    assert [fault.partition(":")[0] for fault in pseudo_qt.english(window, data)] == ["'Not marked'", "'work"]


def test_the_trays_words_come_from_qt(qtbot):
    kept = pseudo_qt.speak()
    try:
        assert QCoreApplication.translate("TrayMenu", "&Quit") == pseudo.text("&Quit")
        assert texts.percent_text(0.92) == "92 %"
    finally:
        QCoreApplication.removeTranslator(kept)
