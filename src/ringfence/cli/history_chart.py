"""The history as text: a plot of block characters for each window, the gate's line, and an axis of local times.

Colour only repeats what the height says. In a terminal that shows no block characters, digits stand for the tenths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ringfence import history_texts, texts, words
from ringfence.cli.columns import cells_of, padded, width_of, wrapped
from ringfence.core.history import Course, Level, Span, SpanKind, runs_of
from ringfence.core.model import Tier, tier_of
from ringfence.language import _

HEIGHT = 4
"""Lines of a plot; each has eight steps."""
AXIS = 6
"""The least cells left of the plot: `100 % `."""
TICK_CELLS = 10
_BLOCKS = " ▁▂▃▄▅▆▇█"
_DIGITS = " 123456789"
GATE = {SpanKind.CLOSED: "■", SpanKind.PAUSED: "‖", SpanKind.OVERRIDDEN: "▸", SpanKind.UNKNOWN: "?"}
_PLAIN_GATE = {SpanKind.CLOSED: "#", SpanKind.PAUSED: "=", SpanKind.OVERRIDDEN: ">", SpanKind.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The time that is shown, and how."""

    since: float
    until: float
    columns: int
    width: int
    """Cells of a line, for the sentences."""
    blocks: bool = True
    """Whether the terminal shows block characters."""
    zone: tzinfo | None = None

    def column(self, at: float) -> int:
        """Return the column of a moment, within the frame."""
        share = (at - self.since) / (self.until - self.since)
        return min(max(int(share * self.columns), 0), self.columns - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text of one colour."""

    text: str
    tier: Tier | None = None
    bold: bool = False
    dim: bool = False


Line = list[Piece]


def columns_for(width: int) -> int:
    """Return how many columns a plot has in a terminal of this width."""
    return max(width - _axis_cells() - 1, 20)


def _axis_cells() -> int:
    """Return how many cells stand left of the plot: as many as its widest word needs."""
    return max(AXIS, *(width_of(said) + 1 for said in (_("gate"), texts.points_text(100))))


def chart(courses: Sequence[Course], gate: Sequence[Span], frame: Frame) -> list[Line]:
    """Return the lines of the whole picture."""
    several = len({course.kept.account for course in courses}) > 1
    lines: list[Line] = []
    for course in courses:
        lines += [*_plot(course, frame, several=several), []]
    lines += _gate(gate, frame)
    lines += _axis(frame)
    return lines


def _plot(course: Course, frame: Frame, *, several: bool) -> list[Line]:
    name = texts.named_text(course.kept.window, course.kept.label, 40)
    whose = f" ({words.clean(course.kept.account, 24)})" if several else ""
    summary = history_texts.summary_text(course.levels, course.resets, frame.zone)
    head = [*_said(f"{name}{whose}", frame, bold=True), *_said(summary, frame, dim=True)]
    if not course.levels:
        return head
    heights = _heights(course.levels, frame)
    if not frame.blocks:
        return [*head, [Piece(text=" " * _axis_cells()), *_digits(heights)]]
    full, half = texts.points_text(100), texts.points_text(50)
    labels = {0: full, HEIGHT // 2: padded(half, width_of(full), right=True)}
    rows = [
        [Piece(text=padded(labels.get(row, ""), _axis_cells()), dim=True), *_row(heights, HEIGHT - 1 - row)]
        for row in range(HEIGHT)
    ]
    return [*head, *rows]


def _said(text: str, frame: Frame, *, indent: int = 0, bold: bool = False, dim: bool = False) -> list[Line]:
    """Return a sentence in lines that fit, each behind an indent."""
    lines = wrapped(text, max(frame.width - indent, 20))
    return [[Piece(text=" " * indent + line, bold=bold, dim=dim)] for line in lines]


def _heights(levels: Sequence[Level], frame: Frame) -> list[float | None]:
    """Return the highest reading of every column. A level lasts until the next one, if that is not long after."""
    heights: list[float | None] = [None] * frame.columns
    for run in runs_of(levels, (frame.until - frame.since) / frame.columns):
        for level, after in zip(run, [*run[1:], None], strict=True):
            first = frame.column(level.since)
            last = frame.column(after.since) if after is not None else first + 1
            for column in range(first, min(max(last, first + 1), frame.columns)):
                heights[column] = max(heights[column] or 0.0, level.high)
    return heights


def _row(heights: Sequence[float | None], row: int) -> Line:
    """Return one line of a plot, the lowest is 0; what is used at all is never drawn as nothing."""
    pieces: list[Piece] = []
    for height in heights:
        steps = 0 if height is None else max(1, round(min(height, 1.0) * HEIGHT * 8))
        block = _BLOCKS[min(max(steps - row * 8, 0), 8)]
        _append(pieces, block, tier_of(height) if height is not None and block != " " else None)
    return pieces


def _digits(heights: Sequence[float | None]) -> Line:
    pieces: list[Piece] = []
    for height in heights:
        digit = " " if height is None else _DIGITS[max(1, min(round(height * 9), 9))]
        _append(pieces, digit, None if height is None else tier_of(height))
    return pieces


def _append(pieces: list[Piece], text: str, tier: Tier | None) -> None:
    if pieces and pieces[-1].tier is tier:
        pieces[-1] = Piece(text=pieces[-1].text + text, tier=tier)
    else:
        pieces.append(Piece(text=text, tier=tier))


def _gate(gate: Sequence[Span], frame: Frame) -> list[Line]:
    """Return a line with a sign where the gate was not simply open, and what the signs mean; nothing when it was."""
    signs = GATE if frame.blocks else _PLAIN_GATE
    row = [" "] * frame.columns
    for span in sorted(gate, key=lambda s: s.kind is not SpanKind.UNKNOWN):  # what is known is drawn over it
        for column in range(frame.column(span.since), frame.column(span.until) + 1):
            row[column] = signs[span.kind]
    seen = [kind for kind in SpanKind if any(span.kind is kind for span in gate)]
    if not seen:
        return []
    meaning = words.joined(f"{signs[kind]} {history_texts.span_word(kind)}" for kind in seen)
    return [
        [Piece(text=padded(_("gate"), _axis_cells()), dim=True), Piece(text="".join(row).rstrip())],
        *_said(meaning, frame, indent=_axis_cells(), dim=True),
        *(_said(said, frame) if (said := history_texts.gate_text(gate)) else []),
        [],
    ]


def _axis(frame: Frame) -> list[Line]:
    ruler, names = ["─" if frame.blocks else "-"] * frame.columns, [" "] * (frame.columns + TICK_CELLS)
    free = 0
    for at, name in history_texts.ticks(frame.since, frame.until, frame.columns // TICK_CELLS, frame.zone):
        column = frame.column(at)
        ruler[column] = "┴" if frame.blocks else "+"
        cells = cells_of(name)
        if column >= free and column + len(cells) <= frame.columns:
            names[column : column + len(cells)] = cells
            free = column + len(cells) + 1
    left = " " * _axis_cells()
    return [
        [Piece(text=left + "".join(ruler), dim=True)],
        [Piece(text=(left + "".join(names)).rstrip(), dim=True)],
    ]
