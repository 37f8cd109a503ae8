"""`ringfence history`: how the windows were used, and when the gate was not open."""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime, timedelta

import click

from ringfence import wiring
from ringfence.cli.gate_check import one_line
from ringfence.cli.output import PLAIN_WIDTH, Named, paths, say, say_json, wrong
from ringfence.core.history import Course, Kept, Span, spans
from ringfence.documents import days
from ringfence.language import _
from ringfence.storage.history import History

DEFAULT_DAYS = 7
OLDEST = date(1970, 1, 2)
"""No reading is older; before it not every system can say when a day began."""
EVERY = 1 << 30
"""So many columns that every reading has its own."""


@click.command(short_help="Show how the windows were used over days or weeks.")
@click.option("--window", type=Named(), metavar="ID", help="One window: session, week, model:Opus, ...")
@click.option("--since", metavar="DAY", help="The first day: 2026-11-21, today, yesterday, 30d. Without it: 7d.")
@click.option("--until", metavar="DAY", help="The last day, which counts too.")
@click.option("--account", type=Named(), metavar="NAME", help="One account's windows.")
@click.option("--json", "as_json", is_flag=True, help="One object with every reading, for programs.")
@click.option("--csv", "as_csv", is_flag=True, help="A table of every reading, for spreadsheets.")
def history(
    window: str | None, since: str | None, until: str | None, account: str | None, as_json: bool, as_csv: bool
) -> None:
    """Show how much of each window was used, with its resets, and when the gate was closed.

    Days are local. Nothing is read from the endpoint.
    """
    if as_json and as_csv:
        raise wrong("--json and --csv exclude each other")
    first, last = _span(since, until)
    kept = wiring.history(paths())
    try:
        found = [k for k in kept.kept() if account in {None, k.account} and window in {None, k.window}]
        if not found and not (as_json or as_csv):
            say(_nothing(kept.kept(), window, account))
            return
        for_people = not (as_json or as_csv)
        width = _width()
        columns = _columns(width) if for_people else EVERY
        courses = [_course(kept, each, first, last, columns) for each in found]
        gate = spans(kept.changes(first, last), first, last)
    finally:
        kept.close()
    _print(courses, first, last, gate, as_json=as_json, as_csv=as_csv, width=width)


def _course(kept: History, each: Kept, first: float, last: float, columns: int) -> Course:
    every = columns == EVERY
    levels = (
        kept.samples(each.account, each.window, first, last)
        if every
        else kept.levels(each.account, each.window, first, last, columns)
    )
    return Course(kept=each, levels=levels, resets=kept.resets(each.account, each.window, first, last))


def _span(since: str | None, until: str | None) -> tuple[float, float]:
    """Return the first and the last moment that were asked for; nothing after now, for nothing is known of it."""
    now = wiring.now()
    try:
        asked = days.span_of(since or f"{DEFAULT_DAYS}d", until, now)
    except ValueError as error:
        raise wrong(str(error)) from None
    assert asked.since is not None
    first = _midnight(asked.since)
    today = datetime.fromtimestamp(now).date()  # noqa: DTZ006 - naive follows this machine's zone
    last = now if asked.until is None or asked.until >= today else _midnight(asked.until + timedelta(days=1))
    return first, max(last, first + 60)  # a minute at least: just after midnight today has hardly begun


def _midnight(day: date) -> float:
    day = max(day, OLDEST)
    return datetime(day.year, day.month, day.day).timestamp()  # noqa: DTZ001 - naive follows this machine's zone


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PLAIN_WIDTH


def _columns(width: int) -> int:
    from ringfence.cli import history_chart

    return history_chart.columns_for(width)


def _nothing(kept: list[Kept], window: str | None, account: str | None) -> str:
    """Return why there is nothing to show, and what there is."""
    from ringfence import history_texts, texts, words

    if not kept:
        return history_texts.nothing()
    said = _("There is no window `{window}`; the windows are {known}.")
    if account:
        said = _("There is no window of account {account}; the windows are {known}.")
    if account and window:
        said = _("There is no window `{window}` of account {account}; the windows are {known}.")
    known = words.joined(sorted({texts.clean(each.window) for each in kept}))
    return said.format(window=one_line(window or ""), account=one_line(account or ""), known=known)


def _print(
    courses: list[Course], first: float, last: float, gate: list[Span], *, as_json: bool, as_csv: bool, width: int
) -> None:
    if as_json:
        from ringfence.documents.base import plain
        from ringfence.documents.history import history_document

        say_json(plain(history_document(first, last, courses, gate)))
    elif as_csv:
        _print_csv(courses)
    else:
        _draw(courses, first, last, gate, width)


def _print_csv(courses: list[Course]) -> None:
    import csv

    from ringfence.documents.spreadsheet import READINGS, reading

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(READINGS)
    for course in courses:
        whose = course.kept.account, course.kept.window
        writer.writerows(reading(*whose, v.until, v.high, v.resets_at) for v in course.levels)


def _draw(courses: list[Course], first: float, last: float, gate: list[Span], width: int) -> None:
    from rich.text import Text

    from ringfence.cli import history_chart
    from ringfence.cli.output import TIER_STYLES, console, print_lines

    out = console()
    blocks = "█".encode(out.encoding, "ignore") != b""
    frame = history_chart.Frame(since=first, until=last, columns=_columns(width), width=width, blocks=blocks)
    lines = []
    for pieces in history_chart.chart(courses, gate, frame):
        line = Text()
        for piece in pieces:
            style = "bold" if piece.bold else "dim" if piece.dim else TIER_STYLES.get(piece.tier or "", "")
            line.append(piece.text, style)
        lines.append(line)
    print_lines(out, lines)
