"""The README's table of settings, made from their declarations: `python -m ringfence.cli.settings_table`."""

from __future__ import annotations

import sys

from ringfence.cli.settings import help_text, value_text
from ringfence.core.settings import schema

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"


def table() -> str:
    """Return the Markdown table, without the markers around it."""
    rows = [
        f"| `{setting.key}` | {_cell(value_text(setting, setting.default))} | {_cell(help_text(setting))} |"
        for setting in schema()
    ]
    return "\n".join(["| Setting | Default | What it does |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(f"{BEGIN}\n{table()}\n{END}\n")
