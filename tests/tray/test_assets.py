"""The files in assets/ are the one drawing."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QColor, QImage

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"


@pytest.fixture
def made(qapp, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr("sys.argv", ["render_assets.py", str(tmp_path)])
    runpy.run_path(str(ROOT / "packaging/dev/render_assets.py"), run_name="__main__")
    return tmp_path


@pytest.mark.parametrize("name", ["ringfence.svg", "ringfence-symbolic.svg"])
def test_the_svgs_are_what_the_script_makes(made, name):
    assert (ASSETS / name).read_text() == (made / name).read_text()


def test_the_png_is_what_the_painter_draws(made):
    kept, drawn = QImage(str(ASSETS / "ringfence.png")), QImage(str(made / "ringfence.png"))
    assert kept.size() == drawn.size()
    differences = [
        abs(getattr(QColor(kept.pixelColor(x, y)), channel)() - getattr(QColor(drawn.pixelColor(x, y)), channel)())
        for x in range(0, 128, 3) for y in range(0, 128, 3) for channel in ("red", "green", "blue", "alpha")
    ]  # fmt: skip
    assert max(differences) <= 8, "another Qt may smooth an edge a little differently"


def test_the_svgs_hold_shapes_alone():
    for file in ASSETS.glob("*.svg"):
        tags = {element.tag.rpartition("}")[2] for element in ET.parse(file).iter()}
        assert tags <= {"svg", "g", "path", "circle", "title"}
