"""The JSON schemas of the gate file and of a refusal, for launchers in any language; run as a program it writes them.

The bounds and the words are the reader's own; the tests hold the rest against it: what one takes, the other takes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ringfence import gate_reader

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCOPES = ("account", "model", "class")
RUN_ERRORS = ("gate_unknown", "wait_timed_out", "no_account")
"""What `ringfence run` says when no hold refused the launch."""


def gate_schema() -> Schema:
    """Return the schema of gate.json. It says what a reader may rely on; more keys may follow everywhere."""
    return {
        "$schema": DIALECT,
        "title": "The gate file of Ringfence, format 1",
        "description": (
            "Trust it only when it is a regular file of yours or root's, that nobody else can write, of at most "
            f"{gate_reader.MAX_BYTES} bytes, without a key that stands twice in an object, written at most "
            f"{gate_reader.FUTURE_S} s in the future, and with `verdict` and `valid_until` alone on its first line."
        ),
        "type": "object",
        "required": ["verdict", "valid_until", "format", "written_at", "lease_until", "holds", "override"],
        "properties": {
            "verdict": {
                "enum": [gate_reader.OPEN, gate_reader.CLOSED, gate_reader.UNKNOWN],
                "description": "The answer for a launch that names no account, no model and no class.",
            },
            "valid_until": _or_null(_time("Past this the verdict is unknown. Null: open-ended, or unknown already.")),
            "boot": {
                "description": (
                    "On Linux, alone on the second line: the id of the run of the system in which it was written, and "
                    "the epoch second at which that began by the writer's clock. For shells that have no clock."
                ),
            },
            "format": {"const": gate_reader.FORMAT, "description": "Another number: unknown."},
            "serial": {
                "type": "integer", "minimum": 0, "exclusiveMaximum": gate_reader.SERIAL_LIMIT,
                "description": "Rises by one at every write.",
            },
            "written_at": _time("When it was written."),
            "lease_until": _time("The monitor stands behind everything automatic until then."),
            "writer": {"description": "Who wrote it: pid, host, boot_id, version. For people."},
            "refusal": {"description": "What a refused launch is told; see refusal.schema.json. Null unless closed."},
            "holds": {"type": "array", "items": _hold(SCOPES)},
            "project_holds": {
                "type": "array", "items": _hold((*SCOPES, "project"), required=("project",)),
                "description": "Holds for work in a folder and those below; a launch that names no folder skips them.",
            },
            "override": {
                "description": "The person's leave to start although automatic holds apply.",
                **_or_null(
                    {
                        "type": "object",
                        "required": ["until"],
                        "properties": {"until": _time("Its end."), "since": _or_null(_time("Its beginning."))},
                    }
                ),
            },
            "accounts": {
                "type": "array",
                "description": "The accounts the monitor knows, the first one first.",
                "items": {
                    "type": "object",
                    "required": ["name", "evidence_until"],
                    "properties": {
                        "name": {"type": "string"},
                        "evidence_until": _or_null(_time("Up to when its last reading lets the gate be open.")),
                    },
                },
            },
            "windows": {
                "type": "array", "items": {"type": "object"}, "description": "The last readings, for information.",
            },
            "note": {"description": "\"monitor stopped\" after a clean exit, else null."},
        },
    }  # fmt: skip


def refusal_schema() -> Schema:
    """Return the schema of what a refused launch is told: `refusal` in the gate file, stderr of `ringfence run`."""
    fields = ["error", "reason", "utilization_pct", "threshold_pct", "resets_at"]
    return {
        "$schema": DIALECT,
        "title": "Why Ringfence refused a launch",
        "type": "object",
        "required": fields,
        "properties": {
            "error": {"enum": ["paused", *gate_reader.ERRORS.values(), *RUN_ERRORS]},
            "reason": {"type": "string", "description": "session_threshold, week_exhausted, budget, manual_pause, ..."},
            "utilization_pct": _or_null({"type": "number", "description": "How much is used, 0 to 100 and more."}),
            "threshold_pct": _or_null({"type": "number"}),
            "resets_at": _or_null({"type": "string", "format": "date-time", "description": "RFC 3339, UTC."}),
        },
    }


def write(folder: Path) -> None:
    """Write both schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in (("gate", gate_schema()), ("refusal", refusal_schema())):
        (folder / f"{name}.schema.json").write_text(text_of(schema), encoding="utf-8")


def text_of(schema: Schema) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, indent=2) + "\n"


def _hold(scopes: tuple[str, ...], required: tuple[str, ...] = ()) -> Schema:
    percentage = _or_null({"type": "number"})
    automatic = {
        "required": ["window", "utilization_pct", "threshold_pct"],
        "properties": {
            "window": {"type": "string"},
            "utilization_pct": percentage,
            "threshold_pct": percentage,
            "evidence_until": _time("The hold counts until then; past it the answer is unknown."),
        },
    }
    return {
        "type": "object",
        "required": ["kind", "reason", "until", "applies_to"],
        "properties": {
            "kind": {"enum": list(gate_reader.KINDS)},
            "reason": {"type": "string"},
            "until": _or_null(_time("A pause's end; for the others the window's reset, for information.")),
            "since": _or_null(_time("Since when it applies.")),
            "observed_at": _or_null(_time("When the usage behind it was read.")),
            "applies_to": {
                "type": "object",
                "description": "Which launches it is for; empty: every launch.",
                "properties": {name: {"type": "string"} for name in scopes},
                "additionalProperties": False,
                **({"required": list(required)} if required else {}),
            },
            "also_unnamed": {"description": "True: it also holds launches that name no model."},
            "why": {"description": "A pause's reason, in the person's words."},
        },
        "if": {"properties": {"kind": {"const": "manual"}}},
        "then": {},
        "else": automatic,
    }


def _time(description: str) -> Schema:
    return {
        "type": "number", "minimum": 0, "maximum": gate_reader.LATEST,
        "description": f"{description} Epoch seconds, UTC.",
    }  # fmt: skip


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
