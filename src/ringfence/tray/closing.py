"""What a window leaves behind when it was closed: given back, for the app sits in the tray for months."""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

SOON_MS = 1000
"""A person who closes one window may be about to open another: that one need not wait 50 ms."""


def let_go(window: QWidget) -> None:
    """Delete a window that was closed, and give back what it held. It is built again in 50 ms when it is wanted."""
    window.deleteLater()
    QTimer.singleShot(SOON_MS, give_back)


def give_back() -> None:
    """Collect what is held in circles alone, and hand what is free to the system.

    Python looks for circles among its older objects only after a quarter as many new ones: a history of a year leaves
    6,000 objects, and one that is opened again adds 2 MB until then. glibc keeps freed pages for a next time.
    """
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
