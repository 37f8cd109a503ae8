"""The rules of the house hold in the tree, and each rule sees the sin it is there for."""

import subprocess

import pytest

from architecture import rules

SINS = [
    (rules.clock_reads, "import time\nnow = time.time()\n", "2: time.time"),
    (rules.clock_reads, "from time import time\n", "1: from time import time"),
    (rules.clock_reads, "from datetime import datetime, UTC\nnow = datetime.now(UTC)\n", "2: datetime.now"),
    (rules.clock_reads, "import datetime as dt\nnow = dt.datetime.utcnow()\n", "2: datetime.utcnow"),
    (rules.nested_loops, "dialog = make()\nif dialog.exec():\n    pass\n", "2: .exec("),
    (rules.labels, "from PySide6 import QtWidgets\nQtWidgets.QLabel('<b>')\n", "2: QLabel("),
    (rules.labels, "from PySide6.QtWidgets import QLabel\nclass Big(QLabel):\n    pass\n", "2: class Big(QLabel)"),
    (rules.rich_text, "label.setTextFormat(Qt.TextFormat.RichText)\n", "1: RichText"),
    (rules.rich_text, "view = QTextBrowser()\n", "1: QTextBrowser("),
    (rules.too_long, "\n" * 451, "451 lines"),
    (rules.undocumented, "import os\n", "1: no docstring"),
    (rules.foreign_places, "see /ro" + "ot/notes.txt\n", "1: /ro" + "ot/"),
    (rules.foreign_places, "pip install --index-u" + "rl somewhere\n", "1: index-u" + "rl"),
]


@pytest.mark.parametrize(("rule", "code", "said"), SINS)
def test_a_rule_sees_its_sin(rule, code, said):
    assert [violation for violation in rule(code) if violation.startswith(said)]


INNOCENT = '"""A module."""\nimport time\n\n\ndef later(now: float) -> float:\n    return now + time.monotonic() * 0\n'


@pytest.mark.parametrize("rule", {rule for rule, _, _ in SINS}, ids=lambda rule: rule.__name__)
def test_a_rule_lets_honest_code_pass(rule):
    assert rule(INNOCENT) == []


def breaks(rule, paths):
    return [f"{rules.in_package(path)}:{v}" for path in paths for v in rule(path.read_text(encoding="utf-8"))]


def test_only_wiring_and_the_gate_reader_read_the_clock():
    others = [path for path in rules.modules() if rules.in_package(path) not in rules.CLOCK_READERS]
    assert breaks(rules.clock_reads, others) == []


def test_no_dialog_and_no_menu_of_the_tray_runs_a_loop_of_its_own():
    assert breaks(rules.nested_loops, rules.modules(rules.PACKAGE / "tray")) == []


def test_one_factory_makes_every_label_and_makes_it_plain():
    factories = [path for path in rules.modules() if rules.labels(path.read_text(encoding="utf-8"))]
    assert len(factories) <= 1, breaks(rules.labels, factories)
    assert all(rules.makes_plain_text(path.read_text(encoding="utf-8")) for path in factories)


def test_nothing_interprets_markup():
    assert breaks(rules.rich_text, rules.modules()) == []


def test_no_module_is_longer_than_one_room():
    assert breaks(rules.too_long, rules.modules()) == []


def test_every_module_says_what_it_is():
    assert breaks(rules.undocumented, rules.modules()) == []


def test_the_tree_names_no_machine_and_no_registry():
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=rules.ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        paths = [rules.ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # not a checkout, e.g. an unpacked archive
        paths = [path for folder in ("src", "tests", "packaging") for path in (rules.ROOT / folder).rglob("*")]
    texts = {path: path.read_bytes() for path in paths if path.is_file()}
    found = [
        f"{path.relative_to(rules.ROOT)}:{violation}"
        for path, content in texts.items()
        if b"\0" not in content
        for violation in rules.foreign_places(content.decode("utf-8", errors="replace"))
    ]
    assert found == []
