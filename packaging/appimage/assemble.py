"""assemble.py RECIPE APPDIR: lays out the folder that appimagetool packs, from a recipe."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def assemble(recipe: dict[str, Any], folder: Path) -> None:
    """Copy each file or folder of the recipe to its place. Links inside stay links."""
    shutil.rmtree(folder, ignore_errors=True)
    for place, source in recipe["files"].items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, symlinks=True)
        else:
            shutil.copy(ROOT / source, target)


if __name__ == "__main__":
    assemble(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
