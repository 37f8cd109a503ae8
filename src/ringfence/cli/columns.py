"""Text in columns of their own width, counted in a terminal's cells. Pure; rich takes longer to load than a report."""

from __future__ import annotations

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
        object.__setattr__(self, "width", max(map(width_of, self.cells), default=0))


def width_of(text: str) -> int:
    """Return how many cells of a terminal a text takes: a wide character two, a combining one none."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def width_of_all(columns: Sequence[Column]) -> int:
    """Return how wide columns are beside each other."""
    return sum(column.width + GAP for column in columns) - GAP


def joined(columns: Sequence[Column]) -> list[str]:
    """Return the columns' lines, without blanks at their ends."""
    padded = [_padded(column) for column in columns]
    return [(" " * GAP).join(cells).rstrip() for cells in zip(*padded, strict=True)]


def ending(text: str, room: int) -> str:
    """Return a text that fits; its end says more than its beginning."""
    if width_of(text) <= room:
        return text
    while text and width_of(text) >= room:
        text = text[1:]
    return "…" + text


def _padded(column: Column) -> list[str]:
    width = column.width
    blanks = [" " * (width - width_of(cell)) for cell in column.cells]
    return [blank + cell if column.right else cell + blank for blank, cell in zip(blanks, column.cells, strict=True)]
