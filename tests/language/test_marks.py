"""How texts are marked for translation: what the extractors cannot see would stay English without anybody noticing."""

import ast
from pathlib import Path

import pytest

import ringfence
from ringfence.core import settings

SOURCES = sorted(Path(ringfence.__file__).parent.rglob("*.py"))
MARKS = {"_": (0,), "N_": (0,), "Sentence": (0,), "ngettext": (0, 1), "pgettext": (0, 1), "translate": (0, 1)}
METHODS = {"tr": (0,)}
LOOKED_UP = {"language.py"}
"""Says what was marked elsewhere."""


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def calls(tree: ast.AST) -> list[tuple[str, tuple[int, ...], ast.Call]]:
    """Return the calls that mark a text: the name, the places of the texts, the call."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in MARKS:
                found.append((name, MARKS[name], node))
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                found.append((name, METHODS[name], node))
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_what_is_marked_is_a_text_that_stands_there(source: Path):
    if source.name in LOOKED_UP:
        return
    for name, places, call in calls(ast.parse(source.read_text())):
        for place in places:
            given = call.args[place]
            assert isinstance(given, ast.Constant), f"{source.name}:{call.lineno}: {name}() is given no plain text"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_nothing_is_marked_inside_an_f_string_where_the_extractors_do_not_look(source: Path):
    for text in (node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.JoinedStr)):
        for name, _places, call in calls(text):
            pytest.fail(f"{source.name}:{call.lineno}: {name}() stands in an f-string")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_function_that_says_something_uses_the_name_for_a_value_it_throws_away(source: Path):
    for function in functions(ast.parse(source.read_text())):
        says = any(name == "_" for name, _places, _call in calls(function))
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
        assert not (says and "_" in bound), f"{source.name}:{function.lineno}: `_` is bound in {function.name}"


def test_every_setting_says_its_name_its_help_and_its_choices_in_the_language_in_use():
    source = Path(settings.__file__).read_text()
    declared = [node for node in ast.walk(ast.parse(source)) if is_call_of(node, "declare")]
    for call in declared:
        words = next((keyword.value for keyword in call.keywords if keyword.arg == "choices"), ast.Dict([], []))
        choices = [said for word, said in zip(words.keys, words.values, strict=True) if word is not None]
        for said in (*call.args[2:4], *choices):
            assert is_call_of(said, "N_"), f"settings.py:{said.lineno}: not marked by N_()"
    assert len(declared) == len(settings.schema())


def is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


ERRORS = {"FileError": 0, "SecretError": 0, "NotifyError": 0, "SourceError": 1, "EditError": 0}
"""Errors whose text a person reads, by the place of that text."""
TOLD = {"detail", "note", "reason", "trouble"}
"""Fields whose text a person reads."""


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_an_error_that_people_read_is_given_a_sentence_that_knows_its_template(source: Path):
    if {"cli", "api", "demo"} & set(source.parts):
        return  # these know the language, or speak English to programs
    for node in ast.walk(ast.parse(source.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        given = [node.args[ERRORS[node.func.id]]] if node.func.id in ERRORS else []
        given += [keyword.value for keyword in node.keywords if keyword.arg in TOLD]
        for text in given:
            plain = isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and " " in str(text.value))
            assert not plain, f"{source.name}:{text.lineno}: {node.func.id} is given a text that stays English"
