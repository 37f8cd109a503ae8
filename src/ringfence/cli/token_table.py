"""A report of tokens as a table for people: whole numbers where they fit, short ones in a narrow terminal.

Made by hand, for rich takes longer to load than the whole report to make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, assert_never

from ringfence import token_texts, words
from ringfence.cli import token_names
from ringfence.cli.columns import GAP, Column, joined, width_of, width_of_all, wrapped
from ringfence.core.sums import Spent, Tokens
from ringfence.documents.token_rows import Kind, Report, models_of, summed
from ringfence.language import _, pgettext

if TYPE_CHECKING:
    from ringfence.prices import Cost

MOST_ROWS = 30
"""Of sessions and projects; the others are one row. JSON and CSV have all."""
NAMES_MIN, MODELS_MIN = 20, 12


class Number(Enum):
    """The numbers of a row, in their order."""

    INPUT = "input"
    CACHE_WRITE = "cache_write"
    CACHE_READ = "cache_read"
    OUTPUT = "output"
    TOTAL = "total"
    ANSWERS = "answers"


_FEW = (Number.OUTPUT, Number.TOTAL, Number.ANSWERS)
"""The numbers of a session, whose row needs room for more than a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table and how it stands out."""

    text: str
    bold: bool = False
    dim: bool = False


def table(report: Report, *, home: str, now: float, width: int) -> list[Line]:
    """Return the lines of a report with at least one row: heads, rows, the sum, and remarks on the costs."""
    shown, more = _shown(report)
    columns = _fitting(shown, report, more, home=home, now=now, width=width)
    lines = joined(columns)
    heads = [Line(text=text, bold=True) for text in lines[:2] if text]
    body = [Line(text=text) for text in lines[2:-1]]
    if more:
        body[-1] = replace(body[-1], dim=True)
    return [*heads, *body, Line(text=lines[-1], bold=True), *_remarks(report, width)]


def _shown(report: Report) -> tuple[Report, int]:
    """Return the rows to draw, the last of them standing for all others, and how many those are."""
    if report.kind not in {Kind.SESSIONS, Kind.PROJECTS} or len(report.rows) <= MOST_ROWS:
        return report, 0
    rest = report.rows[MOST_ROWS:]
    other = Spent(
        key="",
        tokens=sum((row.tokens for row in rest), Tokens()),
        by_model=summed(models_of(row, report.kind) for row in rest),
    )
    costs = report.costs
    if costs is not None:
        costs = (*costs[:MOST_ROWS], added(costs[MOST_ROWS:]))
    return replace(report, rows=(*report.rows[:MOST_ROWS], other), costs=costs), len(rest)


def added(costs: Sequence[Cost]) -> Cost:
    """Return costs as one."""
    from ringfence.prices import Cost

    unknown = dict.fromkeys(model for cost in costs for model in cost.unknown)
    return Cost(known_usd=sum(cost.known_usd for cost in costs), unknown=tuple(unknown))


def _fitting(shown: Report, whole: Report, more: int, *, home: str, now: float, width: int) -> list[Column]:
    """Return the fullest columns that fit: whole numbers and models, short numbers and models, short numbers alone."""
    columns: list[Column] = []
    leading, money, total = _leading(shown, more, now), _money(shown, whole), whole.total
    sums = [*(row.tokens for row in shown.rows), total]
    for number, with_models in ((_grouped, True), (token_texts.amount_text, True), (token_texts.amount_text, False)):
        models = _models(whole, shown) if with_models and shown.kind is not Kind.MODELS else None
        if number is _grouped:  # no number is wider than the sum: where that has no room, the others are not made
            least = [*leading, *_numbers(shown.kind, [total], number), *money]
            if _taken(least) + (0 if models is None else max(map(width_of, _models_head()))) > width:
                continue
        fixed = [*leading, *_numbers(shown.kind, sums, number), *money]
        room = width - _taken(fixed)
        for_models = 0 if models is None else MODELS_MIN + GAP
        names = _names(shown, more, home, room - for_models)
        room -= _taken(names)
        columns = _ordered(shown.kind, fixed, names)
        if models is not None:
            columns.append(models(room))
        if width_of_all(columns) <= width:
            break
    return columns


def _taken(columns: Sequence[Column]) -> int:
    """Return how many cells columns leave to none that follows."""
    return sum(column.width + GAP for column in columns)


def _ordered(kind: Kind, fixed: list[Column], names: list[Column]) -> list[Column]:
    """Put a folder where it is read: first as a project, after the session's id and time otherwise."""
    if kind is not Kind.SESSIONS:
        return [*names, *fixed]
    leading = [column for column in fixed if not column.right]
    return [*leading, *names, *(column for column in fixed if column.right)]


def _leading(report: Report, more: int, now: float) -> list[Column]:
    head = _two_lines(_key_head(report.kind))
    rows = report.rows[:-1] if more else report.rows
    tail = [_more(more)] if more else []
    if report.kind is Kind.PROJECTS:
        return []
    if report.kind is Kind.MODELS:
        name = token_names.models([row.key for row in rows])
        return [Column(cells=[*head, *(name(row.key) for row in rows), _total()])]
    if report.kind is not Kind.SESSIONS:
        return [Column(cells=[*head, *(words.clean(row.key) for row in rows), _total()])]
    times = ["" if row.last_at is None else words.clock_text(row.last_at, now) for row in rows]
    answered = _two_lines(pgettext("column", "Last\nanswer"))
    columns = [
        Column(cells=[*head, *token_names.sessions([row.key for row in rows]), *tail, _total()]),
        Column(cells=[*answered, *times, *([""] if more else []), ""]),
    ]
    if len({row.account for row in rows}) > 1:
        accounts = [words.clean(row.account or "", 16) for row in rows]
        whose = _two_lines(pgettext("column", "Account"))
        columns.append(Column(cells=[*whose, *accounts, *([""] if more else []), ""]))
    return columns


def _names(report: Report, more: int, home: str, room: int) -> list[Column]:
    """Return the folders' column, as wide as the room allows."""
    if report.kind not in {Kind.PROJECTS, Kind.SESSIONS}:
        return []
    rows = report.rows[:-1] if more else report.rows
    is_key = report.kind is Kind.PROJECTS
    paths = [row.key if is_key else row.project or "" for row in rows]
    found = token_names.folders(paths, home, max(room, NAMES_MIN))
    tail = [_more(more) if is_key else ""] if more else []
    above, head = _two_lines(_key_head(Kind.PROJECTS))
    head = f"{above} {head}".strip() if found.shared else head  # the line above is the folder's
    above = token_names.below(found.shared) if found.shared else above
    return [Column(cells=[above, head, *found.names, *tail, _total() if is_key else ""])]


def _more(count: int) -> str:
    return _("{count} more").format(count=_grouped(count))


def _total() -> str:
    return pgettext("row", "Total")


def _two_lines(head: str) -> tuple[str, str]:
    """Return a column's head as its two lines; the first may be empty."""
    above, _end, below = head.partition("\n")
    return (above, below) if below else ("", above)


def _key_head(kind: Kind) -> str:
    match kind:
        case Kind.DAILY:
            return pgettext("column", "Day")
        case Kind.WEEKLY:
            return pgettext("column", "Week of")
        case Kind.MONTHLY:
            return pgettext("column", "Month")
        case Kind.SESSIONS:
            return pgettext("column", "Session")
        case Kind.MODELS:
            return pgettext("column", "Model")
        case Kind.PROJECTS:
            return pgettext("column", "Project")
        case _:
            assert_never(kind)


def _head_and_value(number: Number) -> tuple[str, Callable[[Tokens], int]]:
    # For translators: a head may have two lines, each as short as it can be; a column is as wide as its head.
    match number:
        case Number.INPUT:
            return pgettext("column", "Input"), lambda t: t.input
        case Number.CACHE_WRITE:
            return pgettext("column", "Cache\nwrite"), lambda t: t.cache_creation
        case Number.CACHE_READ:
            return pgettext("column", "Cache\nread"), lambda t: t.cache_read
        case Number.OUTPUT:
            return pgettext("column", "Output"), lambda t: t.output
        case Number.TOTAL:
            return pgettext("column", "Total"), lambda t: t.total
        case Number.ANSWERS:
            return pgettext("column", "Answers"), lambda t: t.responses
        case _:
            assert_never(number)


def _numbers(kind: Kind, sums: Sequence[Tokens], number: Callable[[int], str]) -> list[Column]:
    columns = []
    for each in _FEW if kind is Kind.SESSIONS else Number:
        head, value = _head_and_value(each)
        said = _grouped if each is Number.ANSWERS else number
        columns.append(Column(cells=[*_two_lines(head), *(said(value(sum_)) for sum_ in sums)], right=True))
    return columns


def _money(shown: Report, whole: Report) -> list[Column]:
    if shown.costs is None or whole.cost is None:
        return []
    said = [*map(_usd, shown.costs), _usd(whole.cost)]
    if any(text.endswith("?") for text in said):
        said = [text if text.endswith("?") else f"{text}  " for text in said]
    return [Column(cells=[*_two_lines(pgettext("column", "List\nUSD")), *said], right=True)]


def _usd(cost: Cost) -> str:
    """Return `12.34`; `12.34+?` when a part has no known price, `?` when nothing has."""
    whole, point, cents = f"{cost.known_usd:,.2f}".partition(".")
    cents = whole.replace(",", " ") + words.number_text(f"{point}{cents}")
    cents = words.number_text("<0.01") if 0 < cost.known_usd < 0.005 else cents
    if not cost.unknown:
        return cents
    return f"{cents}+?" if cost.known_usd > 0 else "?"


def _models(whole: Report, shown: Report) -> Callable[[int], Column]:
    """Return what makes the models' column of a width."""
    name = token_names.models(list(dict.fromkeys(model for row in whole.rows for model, _ in row.by_model)))
    rows = [tuple(model for model, _ in row.by_model) for row in shown.rows]

    def column(room: int) -> Column:
        listed = cache(partial(_listed, name, room))  # days have few sets of models
        return Column(cells=[*_models_head(), *map(listed, rows), ""])

    return column


def _models_head() -> tuple[str, str]:
    return _two_lines(pgettext("column", "Models"))


def _listed(name: Callable[[str], str], room: int, models: Sequence[str]) -> str:
    """Return as many names as fit, the largest first, and how many are left out."""
    names = [name(model) for model in models]
    for count in range(len(names), 1, -1):
        left = len(names) - count
        text = words.joined(names[:count]) + (f" +{left}" if left else "")
        if width_of(text) <= room:
            return text
    return (names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")) if names else ""


def _remarks(report: Report, width: int) -> list[Line]:
    if report.cost is None:
        return []
    said = [_("List USD: API list prices, in US dollars; a subscription does not pay them.")]
    named = [words.clean(model) for model in report.cost.unknown if token_names.is_named(model)]
    if named:
        said.append(_("?: no price is known for {models}.").format(models=words.joined(named)))
    if len(named) < len(report.cost.unknown):
        said.append(_("?: some answers name no model, so no price is known for them."))
    return [Line(text=""), *(Line(text=line, dim=True) for each in said for line in wrapped(each, width))]


def _grouped(count: int) -> str:
    return token_texts.grouped_text(count).replace("\u00a0", " ")  # a column is never broken, and is searched for
