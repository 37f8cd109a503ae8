"""The files that go with the program: icons, the menu entry, the LaunchAgent."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path | None:
    """Return a file of `assets/`, in the package when installed, beside `src` in a checkout; None: it is not there."""
    package = Path(__file__).resolve().parent
    places = (package / "assets", package.parent.parent / "assets")
    return next((file for place in places if (file := place / name).is_file()), None)
