"""The JSON schema of what `ringfence history --json` prints, made from its types; run as a program it writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ringfence.documents.gate_schema import DIALECT, Schema, text_of
from ringfence.documents.history import HistoryDocument

FILE = "history.schema.json"


def history_schema() -> Schema:
    """Return the schema. It says what a reader may rely on; more keys may follow everywhere."""
    return {
        "$schema": DIALECT,
        "title": "What `ringfence history --json` prints, format 1",
        **msgspec.json.schema(HistoryDocument),
    }


def write(folder: Path) -> None:
    """Write the schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text_of(history_schema()), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
