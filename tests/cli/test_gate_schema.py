"""The schemas in docs/schema: those of the code, and of one mind with the reader about every document."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.story import Story, overridden, paused, quits, sample
from ringfence import gate_reader
from ringfence.cli import app
from ringfence.documents import gate_schema

DOCS = Path(__file__).parents[2] / "docs" / "schema"
GATE = Draft202012Validator(gate_schema.gate_schema())
REFUSAL = Draft202012Validator(gate_schema.refusal_schema())
NOW = 1_795_270_000.0

REAL = {
    "open": lambda: Story(session_pct=90) >> sample(session=0.5),
    "closed": lambda: Story(session_pct=90, week_pct=50) >> sample(session=0.92, week=0.61),
    "paused": lambda: Story(session_pct=90) >> sample(session=0.92) >> paused(),
    "overridden": lambda: Story(session_pct=90) >> sample(session=0.92) >> overridden(),
    "stopped": lambda: Story() >> sample(session=0.2) >> quits(),
}
WRONG: tuple[object, ...] = (
    None,
    True,
    5,
    -1,
    1e12 + 0.5,
    0.5,
    "",
    "open",
    [],
    [5],
    {},
    {"until": "x"},
    {"account": 5},
    {"x": "y"},
)


def document(name: str) -> dict[str, Any]:
    """Return a document as the writer makes it, with all the keys it may carry."""
    made: dict[str, Any] = json.loads(REAL[name]().raw)
    return made


def test_the_files_are_those_of_the_code() -> None:
    for name, schema in (("gate", gate_schema.gate_schema()), ("refusal", gate_schema.refusal_schema())):
        Draft202012Validator.check_schema(schema)
        written = (DOCS / f"{name}.schema.json").read_text(encoding="utf-8")
        assert written == gate_schema.text_of(schema), "run: python -m ringfence.documents.gate_schema docs/schema"


def test_writing_makes_the_folder(tmp_path: Path) -> None:
    gate_schema.write(tmp_path / "new")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["gate.schema.json", "refusal.schema.json"]


@pytest.mark.parametrize("name", REAL)
def test_what_the_writer_makes_is_valid(name: str) -> None:
    made = document(name)
    GATE.validate(made)
    if made["refusal"] is not None:
        REFUSAL.validate(made["refusal"])
    assert (made["refusal"] is not None) == (made["verdict"] == "closed")


@pytest.mark.parametrize("error", gate_schema.RUN_ERRORS)
def test_run_knows_the_same_errors_of_its_own(error: str) -> None:
    source = Path(app.__file__).parent
    assert any(
        f'"{error}"' in (source / name).read_text()
        for name in ("launch_run.py", "launch_request.py", "launch_auto.py", "waiting.py")
        if (source / name).exists()
    )


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, each in inner for place in places(each, (*at, key))]


def changed(made: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    """Return the document with another value in a place; Ellipsis takes it out."""
    result = copy.deepcopy(made)
    holder: Any = result
    for key in place[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return result


def taken_by_the_reader(made: dict[str, Any]) -> bool:
    """Tell whether the reader trusts a document, whose first line is made to fit where that can be."""
    lines = made.get("verdict"), made.get("valid_until")
    fits = isinstance(lines[0], str) and (lines[1] is None or isinstance(lines[1], int | float))
    try:
        raw = gate_reader.dump_gate(made) if fits and not isinstance(lines[1], bool) else json.dumps(made).encode()
        gate_reader.parse_gate(raw, float("inf"))
    except (ValueError, KeyError):
        return False
    return True


@pytest.mark.parametrize("name", REAL)
def test_reader_and_schema_are_of_one_mind_about_every_change(name: str) -> None:
    made = document(name)
    compared = 0
    for place in places(made):
        for value in (*WRONG, ...):
            other = changed(made, place, value)
            if isinstance(other.get("valid_until"), float):
                continue  # the first line carries whole seconds
            assert GATE.is_valid(other) == taken_by_the_reader(other), (place, value)
            compared += 1
    assert compared > 300


@pytest.mark.parametrize("key", ["error", "reason", "utilization_pct", "threshold_pct", "resets_at"])
def test_a_refusal_has_all_five_fields(key: str) -> None:
    refusal = document("closed")["refusal"]
    assert not REFUSAL.is_valid({k: v for k, v in refusal.items() if k != key})
    assert not REFUSAL.is_valid(refusal | {key: ["x"]})
