"""Small changes of a JSON file that somebody else keeps: the rest stays as it is, to the byte.

`append` and `remove` undo each other: what was added goes away with the separator that came with it. Whether a list or
an object was there, empty, or was made for what it holds is told by one space: `[ X]` was there, `[X]` was made for X.
Each change is checked by reading both texts again; a text that would say anything else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.sentence import Sentence

Key = str | int
Path = tuple[Key, ...]
"""The way to a value from the top: names in objects, numbers in lists."""
_SPACE = re.compile(r"[ \t\n\r]*")
_BREAK = re.compile(r"(\r\n|\n|\r)([ \t]*)$")
_KEPT = " "
"""Stands before the first entry of a list or an object that was there before it."""


class EditError(ValueError):
    """A change could not be made; the text ends the sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An entry of an object or a list: where its key (or value) begins, where its value does, and where both end."""

    key: Key
    start: int
    value: int
    end: int


def parse(text: str) -> object:
    """Return what a JSON text says. Raises EditError when it is not JSON as the standard has it."""
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise EditError(Sentence("is not JSON (a comma too many, a comment?)")) from None


def append(text: str, path: tuple[str, ...], value: object) -> str:
    """Return the text with a value added to the end of the list at `path`, which is made where it is missing.

    Raises EditError when the text is not JSON, or something else stands where an object or the list should.
    """
    before = parse(text)
    edited = _append(text, path, json.dumps(value, ensure_ascii=False))
    if _said(parse(edited)) != _said(_with(before, path, value)):
        raise EditError(Sentence("cannot be changed without touching the rest of it"))
    return edited


def remove(text: str, path: Path) -> str:
    """Return the text without the value at `path`, and without the lists and objects that were made to hold it.

    Raises EditError when the text is not JSON, or nothing stands at `path`.
    """
    before = parse(text)
    gone = path
    while len(gone) > 1 and _was_made(text, gone[:-1]):
        gone = gone[:-1]
    parts = _parts(text, _value_at(text, gone[:-1]))
    index = _index(parts, gone[-1])
    if index:  # with the comma before it
        start, end = parts[index - 1].end, parts[index].end
    elif len(parts) > 1:  # with the comma behind it
        start, end = parts[0].start, parts[1].start
    else:
        start, end = _value_at(text, gone[:-1]) + 1, parts[0].end
    edited = text[:start] + text[end:]
    if _said(parse(edited)) != _said(_without(before, gone)):
        raise EditError(Sentence("cannot be changed without touching the rest of it"))
    return edited


def _append(text: str, path: tuple[str, ...], value: str) -> str:
    at = _top(text)
    for depth, name in enumerate(path):
        parts = _parts(text, _expect(text, at, "{", path[:depth]))
        found = [part for part in parts if part.key == name]
        if len(found) > 1:
            raise EditError(Sentence("has {name} in it twice", name=repr(name)))
        if not found:
            return _add(text, at, path[depth:], value, top=depth == 0)
        at = found[0].value
    _expect(text, at, "[", path)
    return _add(text, at, (), value, top=False)


def _add(text: str, at: int, names: tuple[str, ...], value: str, *, top: bool) -> str:
    """Return the text with a value, inside new objects and a list called `names`, added to what stands at `at`."""
    parts = _parts(text, at)
    if parts:
        last = parts[-1]
        space = _space_before(text, last.start)
        return f"{text[: last.end]},{space or ' '}{_wrapped(names, value, space)}{text[last.end :]}"
    inside = text[at + 1 : _skip(text, at + 1)]
    broken = _BREAK.search(inside) if top else None
    space = f"{broken[1]}{broken[2]}  " if broken else "" if top else _KEPT
    return f"{text[: at + 1]}{space}{_wrapped(names, value, space)}{text[at + 1 :]}"


def _wrapped(names: tuple[str, ...], value: str, space: str) -> str:
    if not names:
        return value
    name = json.dumps(names[0])
    if len(names) == 1:
        return f"{name}: [{value}]"
    broken = _BREAK.search(space)
    if broken is None:
        return f"{name}: {{{_wrapped(names[1:], value, '')}}}"
    inner = f"{broken[1]}{broken[2]}{broken[2] or '  '}"
    return f"{name}: {{{inner}{_wrapped(names[1:], value, inner)}{broken[0]}}}"


def _was_made(text: str, path: Path) -> bool:
    """Tell whether the list or object at `path` holds one entry alone and was made for it."""
    at = _value_at(text, path)
    parts = _parts(text, at)
    return len(parts) == 1 and text[at + 1 : parts[0].start] != _KEPT


def _value_at(text: str, path: Path) -> int:
    at = _top(text)
    for key in path:
        parts = _parts(text, at)
        at = parts[_index(parts, key)].value
    return at


def _index(parts: Sequence[_Part], key: Key) -> int:
    found = [index for index, part in enumerate(parts) if part.key == key]
    if len(found) != 1:
        twice = Sentence("has {name} in it twice", name=repr(key))
        raise EditError(twice if found else Sentence("has {name} in it no more", name=repr(key)))
    return found[0]


def _parts(text: str, at: int) -> list[_Part]:
    """Return the entries of the object or list that begins at `at`, in a text that is known to be JSON."""
    decoder = json.JSONDecoder(strict=False)
    parts: list[_Part] = []
    named = text[at] == "{"
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        start = value = at
        key: Key = len(parts)
        if named:
            key, at = decoder.raw_decode(text, at)
            value = _skip(text, _skip(text, at) + 1)
        _, end = decoder.raw_decode(text, value)
        parts.append(_Part(key, start, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return parts


def _expect(text: str, at: int, opening: str, path: Sequence[Key]) -> int:
    if text[at] != opening:
        place = ".".join(map(str, path)) or Sentence("its top")
        if opening == "{":
            raise EditError(Sentence("has something else than an object at {place}", place=place))
        raise EditError(Sentence("has something else than a list at {place}", place=place))
    return at


def _top(text: str) -> int:
    return _skip(text, 1 if text.startswith("\ufeff") else 0)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _space_before(text: str, at: int) -> str:
    return text[len(text[:at].rstrip(" \t\n\r")) : at]


def _with(document: object, path: Path, value: object) -> object:
    """Return what a document says with a value added to the list at `path`."""
    if not path:
        return [*document, value] if isinstance(document, list) else [value]
    known = document if isinstance(document, dict) else {}
    return {**known, path[0]: _with(known.get(path[0]), path[1:], value)}


def _without(document: object, path: Path) -> object:
    key, rest = path[0], path[1:]
    if isinstance(document, list):
        return [_without(v, rest) if i == key else v for i, v in enumerate(document) if i != key or rest]
    known = document if isinstance(document, dict) else {}
    return {k: _without(v, rest) if k == key else v for k, v in known.items() if k != key or rest}


def _said(document: object) -> str:
    """Return what a document says, the order of its keys included."""
    return json.dumps(document)


def _no_constant(name: str) -> object:
    raise ValueError(name)
