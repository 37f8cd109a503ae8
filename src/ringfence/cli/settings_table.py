"""The README's table of settings, made from their declarations: `python -m ringfence.cli.settings_table`.

With a file as argument it replaces what stands between the markers in that file.
"""

from __future__ import annotations

import sys
from pathlib import Path

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


def filled(document: str) -> str:
    """Return a document with the table between its markers. Raises ValueError when they are not there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the markers {BEGIN} and {END} are missing")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.write_text(filled(target.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(f"{table()}\n")
