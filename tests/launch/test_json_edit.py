"""Adding to somebody's JSON and taking it out again: the rest stays, to the byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.launch import json_edit

ENTRY = {"hooks": [{"type": "command", "command": "x 'y z' \"é\""}]}
EVENTS = ("UserPromptSubmit", "PreToolUse")

SPACE = st.text(" \t\n\r", max_size=4) | st.sampled_from(["\n  ", "\r\n\t", "\n    "])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "model": VALUES,
        "hooks": st.fixed_dictionaries(
            {},
            optional={
                "PreToolUse": st.lists(VALUES, max_size=3),
                "Stop": VALUES,
                "UserPromptSubmit": st.lists(VALUES, max_size=3),
            },
        ),
        "z": VALUES,
    },
)


def written(value: object, draw) -> str:
    """Return a value as JSON, with any white space wherever it may stand."""

    def space() -> str:
        return draw(SPACE)

    if isinstance(value, dict):
        members = [f"{json.dumps(k)}{space()}:{space()}{written(v, draw)}" for k, v in value.items()]
        return "{" + (",".join(f"{space()}{m}{space()}" for m in members) or space()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{space()}{written(v, draw)}{space()}" for v in value) or space()) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def texts(draw) -> str:
    mark = draw(st.sampled_from(["", "", "\ufeff"]))
    return f"{mark}{draw(SPACE)}{written(draw(SETTINGS), draw)}{draw(SPACE)}"


@given(texts())
def test_what_was_added_to_any_file_goes_away_without_a_trace(text):
    edited = text
    for event in EVENTS:
        edited = json_edit.append(edited, ("hooks", event), ENTRY)
    hooks = json_edit.parse(edited)["hooks"]
    assert [hooks[event][-1] for event in EVENTS] == [ENTRY, ENTRY]

    for event in reversed(EVENTS):
        last = len(json_edit.parse(edited)["hooks"][event]) - 1
        edited = json_edit.remove(edited, ("hooks", event, last))
    assert edited == text


@given(texts())
def test_only_the_addition_differs_for_a_program_that_reads_the_file(text):
    before, after = (json_edit.parse(t) for t in (text, json_edit.append(text, ("hooks", "Stop2"), 7)))
    hooks = after["hooks"]
    assert hooks.pop("Stop2") == [7]
    assert (hooks if "hooks" in before else None) == before.get("hooks")
    assert {k: v for k, v in after.items() if k != "hooks"} == {k: v for k, v in before.items() if k != "hooks"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n  "model": "opus"\n}\n', '{\n  "model": "opus",\n  "hooks": {\n    "Stop": [1]\n  }\n}\n'),
        ('{\r\n\t"a": 1\r\n}', '{\r\n\t"a": 1,\r\n\t"hooks": {\r\n\t\t"Stop": [1]\r\n\t}\r\n}'),
        ('{"a":1}', '{"a":1, "hooks": {"Stop": [1]}}'),
        ("{}", '{"hooks": {"Stop": [1]}}'),
        ("{\n}\n", '{\n  "hooks": {\n    "Stop": [1]\n  }\n}\n'),
        ('{"hooks": {}}', '{"hooks": { "Stop": [1]}}'),
        ('{"hooks": {"Stop": []}}', '{"hooks": {"Stop": [ 1]}}'),
        ('{"hooks": {"Stop": [\n  0\n]}}', '{"hooks": {"Stop": [\n  0,\n  1\n]}}'),
    ],
)
def test_an_addition_looks_like_what_stands_around_it(before, after):
    assert json_edit.append(before, ("hooks", "Stop"), 1) == after
    assert json_edit.remove(after, ("hooks", "Stop", 1 if "0" in before else 0)) == before


def test_the_first_of_several_goes_with_the_comma_behind_it():
    assert json_edit.remove('{"a": [1, 2]}', ("a", 0)) == '{"a": [2]}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ('{"a": 1} // mine', "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "something else than an object at its top"),
        ('{"hooks": null}', "something else than an object at hooks"),
        ('{"hooks": {"Stop": {}}}', "something else than a list at hooks.Stop"),
        ('{"hooks": {}, "hooks": {}}', "'hooks' in it twice"),
    ],
)
def test_a_text_that_says_something_else_is_refused(text, why):
    with pytest.raises(json_edit.EditError, match=why):
        json_edit.append(text, ("hooks", "Stop"), 1)


def test_what_is_not_there_cannot_be_removed():
    with pytest.raises(json_edit.EditError, match="no more"):
        json_edit.remove('{"hooks": {}}', ("hooks", "Stop"))
