"""Which template a finished English sentence was made of, and what was filled into it. The standard library alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

LETTERS = 9
"""So many a template has to say by itself for any sentence to be recognised by it: `{path} is damaged.` does."""
_FIELD = re.compile(r"\{(\w+)\}")


def made_of(
    text: str, templates: Iterable[str], shapes: Mapping[str, str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Return each template that fits with its fields' values, first those that say most by themselves.

    Args:
        text: the sentence.
        templates: what it may be made of; fields are `{name}`, each name once.
        shapes: regular expressions for the values of some fields; the others may be any text that is not empty.
    """
    fitting = [each for each in templates if all(piece in text for piece in _FIELD.split(each)[::2])]
    for template in sorted(fitting, key=letters, reverse=True):
        found = _pattern(template, tuple(sorted((shapes or {}).items()))).fullmatch(text)
        if found is not None:
            yield template, found.groupdict()


@cache
def templates_of(catalogue: object) -> tuple[str, ...]:
    """Return what a catalogue of gettext's can say with fields in it, without what would fit almost everything."""
    known = getattr(catalogue, "_catalog", ())  # no other way to ask for it
    plain = (each for each in known if isinstance(each, str) and "\x04" not in each)  # of no form and no context
    return tuple(each for each in plain if _FIELD.search(each) and letters(each) >= LETTERS)


def letters(template: str) -> int:
    """Return how many letters a template says by itself."""
    return sum(map(str.isalpha, _FIELD.sub("", template)))


@cache
def _pattern(template: str, shapes: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    said, names = _FIELD.split(template)[::2], _FIELD.findall(template)
    fields = [f"(?P<{name}>{dict(shapes).get(name, '.+?')})" for name in names]
    pieces = zip(map(re.escape, said), [*fields, ""], strict=True)
    return re.compile("".join(part for pair in pieces for part in pair), re.DOTALL)
