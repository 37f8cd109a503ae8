"""How settings are written in the dialog: units, and sentences whose numbers do not part from their signs."""

from __future__ import annotations

from ringfence.tray.translation import translate


def unit_of(unit: str) -> tuple[str, str]:
    """Return how a setting's unit is said, and how it is written behind a number."""
    known = {
        "s": (translate("Unit", "seconds"), translate("Unit", " s")),
        "%": (translate("Unit", "percent"), translate("Unit", " %")),
    }
    return known.get(unit, ("", ""))


def unbroken(text: str) -> str:
    """Return a sentence whose percentages do not part from their sign at a line's end."""
    return text.replace(" %", "\u00a0%")
