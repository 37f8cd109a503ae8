"""The tray app: the only Qt."""

import builtins

import PySide6.QtCore  # noqa: F401 - whatever else of this package is imported comes after what follows

# Once Qt is there, every import of this process goes through PySide, which looks into the source of each new module for
# `from __feature__ import`, and Python keeps what was read: 12 MB, and an eighth of the start's work. Nobody here asks
# for a feature: imports are Python's own again.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
