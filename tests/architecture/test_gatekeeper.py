"""A source, a notifier or a gate channel is one file that declares itself, and costs nothing until it is built.

A file that defines SPEC is checked from the moment it exists: no list has to be kept.
"""

import ast
import json
import subprocess
import sys

import pytest

from architecture import rules
from architecture.test_imports import heavy_in

FOLDERS = ("sources", "notifiers", "gates")


def defines_spec(code: str) -> bool:
    """Tell whether a module assigns SPEC."""
    for node in ast.parse(code).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "SPEC" for target in targets):
            return True
    return False


EDGES = [
    path
    for folder in FOLDERS
    for path in rules.modules(rules.PACKAGE / folder)
    if defines_spec(path.read_text(encoding="utf-8"))
]


def problems(spec: dict[str, str], name: str, loaded: set[str]) -> list[str]:
    """Return what is wrong with an edge: its SPEC's texts, its file's name, what its import has loaded."""
    found = [f"its {key} is empty" for key in ("id", "label", "help") if not spec[key].strip()]
    if spec["id"] != name:
        found.append(f"its id is {spec['id']!r}, its file's name is {name!r}")
    if heavy := heavy_in(loaded):
        found.append(f"its import loads {sorted(heavy)}; import them inside `build`")
    return found


@pytest.mark.parametrize(
    ("spec", "loaded", "said"),
    [
        ({"id": "right", "label": " ", "help": "h"}, set(), "its label is empty"),
        ({"id": "right", "label": "l", "help": ""}, set(), "its help is empty"),
        ({"id": "wrong", "label": "l", "help": "h"}, set(), "its id is 'wrong', its file's name is 'right'"),
        ({"id": "right", "label": "l", "help": "h"}, {"httpx._client"}, "its import loads ['httpx']"),
    ],
)
def test_the_gatekeeper_sees_what_is_wrong(spec, loaded, said):
    assert any(problem.startswith(said) for problem in problems(spec, "right", loaded))


@pytest.mark.parametrize(
    ("code", "found"), [("SPEC = 1", True), ("SPEC: object = 1", True), ("from x import SPEC", False), ("", False)]
)
def test_a_spec_is_recognised(code, found):
    assert defines_spec(code) is found


def test_each_kind_of_edge_has_one():
    assert {path.parent.name for path in EDGES} == set(FOLDERS)


@pytest.mark.parametrize("path", EDGES, ids=rules.in_package)
def test_an_edge_declares_itself_and_is_light(path):
    module = f"ringfence.{path.parent.name}.{path.stem}"
    code = (
        f"import sys, json; sys.path.insert(0, {str(rules.ROOT / 'src')!r})\n"
        f"from {module} import SPEC\n"
        "print(json.dumps([{'id': SPEC.id, 'label': SPEC.label, 'help': SPEC.help}, list(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    spec, loaded = json.loads(done.stdout)
    assert problems(spec, path.stem, set(loaded)) == []


def sources_without_data(names, data):
    """Return the sources that bring no recording of what they were seen to answer."""
    return [name for name in names if not (data / name).is_dir() or not any((data / name).iterdir())]


def test_a_source_brings_recorded_data():
    sources = [path.stem for path in EDGES if path.parent.name == "sources"]
    assert sources_without_data(sources, rules.ROOT / "tests" / "data") == []


def test_a_source_without_recorded_data_is_seen(tmp_path):
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "answer.json").touch()
    (tmp_path / "empty").mkdir()
    assert sources_without_data(["recorded", "empty", "absent"], tmp_path) == ["empty", "absent"]
