"""The tables of settings in README.md and docs/settings.md, made from their declarations.

`python -m ringfence.cli.settings_table README.md docs/settings.md` replaces what stands between the markers in each: a
table in the README, a section for each setting in the reference.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import assert_never

from ringfence.cli.settings import help_text, value_text
from ringfence.core.declared import Kind, Setting
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


def reference() -> str:
    """Return a section for each setting: what it does, its values, its default, and how it is written."""
    said: list[str] = []
    for setting in schema():
        section, name = setting.key.split(".")
        if not any(line.startswith(f"## `[{section}]`") for line in said):
            said.append(f"## `[{section}]`")
        said.append(f"### `{setting.key}`")
        said.append(help_text(setting))
        default = value_text(setting, setting.default)
        shown = "" if setting.advanced else " Also in the settings dialog."
        said.append(f"Default: {default}. Kind: {_KINDS[setting.kind]}.{shown}")
        said.append(f"```toml\n[{section}]\n{name} = {example(setting)}\n```")
    return "\n\n".join(said)


_KINDS = {
    Kind.TOGGLE: "`true` or `false`",
    Kind.THRESHOLD: "a percentage; absent is off",
    Kind.THRESHOLDS: "a table of model names and percentages",
    Kind.ACCOUNTS: "a table of names and accounts",
    Kind.SECONDS: "a number",
    Kind.PORT: "a port",
    Kind.CHOICE: "one of the words above",
    Kind.TEXT: "a text",
    Kind.URL: "an address",
}


def example(setting: Setting) -> str:
    """Return a value that the setting takes, as TOML: its default where there is one."""
    match setting.kind:
        case Kind.TOGGLE:
            return "false" if setting.default else "true"
        case Kind.THRESHOLD:
            return "90"
        case Kind.THRESHOLDS:
            return "{ Opus = 80 }"
        case Kind.ACCOUNTS:
            return '{ "agent-" = "default" }'
        case Kind.CHOICE:
            return f'"{[*setting.choices][-1]}"'
        case Kind.TEXT | Kind.URL:
            return f'"{setting.default}"'
        case Kind.SECONDS | Kind.PORT:
            return f"{setting.default:g}"
        case _:
            assert_never(setting.kind)


def filled(document: str, made: str | None = None) -> str:
    """Return a document with the table between its markers. Raises ValueError when they are not there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the markers {BEGIN} and {END} are missing")
    return f"{before}{BEGIN}\n{table() if made is None else made}\n{END}{after}"


if __name__ == "__main__":
    for target in map(Path, sys.argv[1:]):
        made = reference() if target.name == "settings.md" else table()
        target.write_text(filled(target.read_text(encoding="utf-8"), made), encoding="utf-8")
    if len(sys.argv) == 1:
        sys.stdout.write(f"{table()}\n")
