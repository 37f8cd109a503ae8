"""The letters that the settings' rows are reached by: each row its own, as far as the letters of its name go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def marked(names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Return the names with `&` before a letter that is no other's and not taken; without one where none is left.

    A row gets the first letter of a word where that is free. One that finds none free has another row take a further
    letter of its own.
    """
    used = {letter.casefold() for letter in taken}
    chosen: dict[str, tuple[int, int]] = {}
    for row in range(len(names)):
        _choose(row, names, chosen, {*used})
    places = dict(chosen.values())
    return [_with_mark(name, places.get(row)) for row, name in enumerate(names)]


def _choose(row: int, names: Sequence[str], chosen: dict[str, tuple[int, int]], tried: set[str]) -> bool:
    """Give a row a letter: a free one, else one whose row finds another (Kuhn's matching); `tried` ones it cannot."""
    wanted = [(place, names[row][place].casefold()) for place in _candidates(names[row])]
    for place, letter in wanted:
        if letter not in chosen and letter not in tried:
            chosen[letter] = row, place
            return True
    for place, letter in wanted:
        if letter in tried:
            continue
        tried.add(letter)
        if _choose(chosen[letter][0], names, chosen, tried):
            chosen[letter] = row, place
            return True
    return False


def _with_mark(name: str, place: int | None) -> str:
    if place is None:
        return name.replace("&", "&&")
    head, tail = name[:place].replace("&", "&&"), name[place:].replace("&", "&&")
    return f"{head}&{tail}"


def _candidates(name: str) -> Iterator[int]:
    """Yield where a letter may be underlined: first letters of words, then any ASCII letter."""
    letters = [i for i, c in enumerate(name) if c.isascii() and c.isalpha()]
    yield from (i for i in letters if i == 0 or name[i - 1] == " ")
    yield from letters
