"""Text in columns of their own width, counted in a terminal's cells. Pure; rich takes longer to load than a report."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Cells below each other; `right`: with their ends in line, for numbers."""

    cells: Sequence[str]
    right: bool = False
    width: int = field(init=False)
    """The widest cell's; measured once, for layouts are tried several times."""

    def __post_init__(self) -> None:
        width = len if all(map(str.isascii, self.cells)) else width_of
        object.__setattr__(self, "width", max(map(width, self.cells), default=0))


def width_of(text: str) -> int:
    """Return how many cells of a terminal a text takes: a wide character two, a combining one none."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def cells_of(text: str) -> list[str]:
    """Return what each cell of a terminal shows; a wide character's second one is empty."""
    cells: list[str] = []
    for character in text:
        match width_of(character):
            case 0 if cells:
                cells[-1] += character
            case width:
                cells += [character, *[""] * (width - 1)]
    return cells


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a text with blanks behind it, or before it, up to so many cells."""
    if text.isascii():
        return text.rjust(width) if right else text.ljust(width)
    blank = " " * (width - width_of(text))
    return blank + text if right else text + blank


def has_wide(text: str) -> bool:
    """Tell whether a text has characters that are not one cell wide."""
    return width_of(text) != len(text)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines that fit; between wide characters a line may end without a blank."""
    if not has_wide(text):
        import textwrap  # most tables wrap nothing

        return textwrap.wrap(text, width)
    lines = [""]
    for piece in _pieces(text, width):
        if width_of(lines[-1] + piece.rstrip()) > width and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def width_of_all(columns: Sequence[Column]) -> int:
    """Return how wide columns are beside each other."""
    return sum(column.width + GAP for column in columns) - GAP


def joined(columns: Sequence[Column]) -> list[str]:
    """Return the columns' lines, without blanks at their ends."""
    drawn = [[padded(cell, column.width, right=column.right) for cell in column.cells] for column in columns]
    return [(" " * GAP).join(cells).rstrip() for cells in zip(*drawn, strict=True)]


def ending(text: str, room: int) -> str:
    """Return a text that fits; its end says more than its beginning."""
    if width_of(text) <= room:
        return text
    while text and width_of(text) >= room:
        text = text[1:]
    return "…" + text


def _pieces(text: str, width: int) -> list[str]:
    """Return what a line may end between: words with the blanks behind them, wide characters, parts of a long word."""
    pieces = [text[:1]]
    for before, character in itertools.pairwise(text):
        if _may_part(before, character) or (character != " " and width_of(pieces[-1] + character) > width):
            pieces.append("")
        pieces[-1] += character
    return pieces


def _may_part(before: str, after: str) -> bool:
    if before == " " or after == " ":
        return after != " "
    # No line begins with what closes something, a wide full stop too, a long vowel's sign or a combining one.
    if unicodedata.category(after) in {"Po", "Pe", "Pf", "Lm", "Mn"} or unicodedata.category(before) in {"Ps", "Pi"}:
        return False
    return width_of(before) > 1 or width_of(after) > 1
