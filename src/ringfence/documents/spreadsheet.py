"""Cells of tables that people open with a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""
READINGS = ("at", "account", "window", "used_pct", "resets_at")
"""The head of a table of readings; times are epoch seconds."""


def reading(account: str, window: str, at: float, used: float, resets_at: float | None) -> tuple[object, ...]:
    """Return a line of a table of readings."""
    reset = "" if resets_at is None else round(resets_at)
    return round(at), cell(account), cell(window), f"{used * 100:.2f}", reset


def cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return f"{value:.6f}" if isinstance(value, float) else value
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
