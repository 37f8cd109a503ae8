"""Cells of tables that people open with a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return f"{value:.6f}" if isinstance(value, float) else value
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
