"""A report of tokens for programs: JSON (DESIGN 5) and CSV. More keys and columns may follow, none goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from ringfence.documents.base import plain
from ringfence.documents.spreadsheet import cell
from ringfence.documents.token_rows import Kind, Report
from ringfence.documents.tokens import report_document, row_document, runs_document

if TYPE_CHECKING:
    from ringfence.core.meters import TokenNews

FIVE = ("input", "cache_creation", "cache_read", "output", "responses")


def report_json(report: Report) -> dict[str, Any]:
    """Return `{"format":1,"total":{...},"rows":[...]}`. Costs are null where a model has no known price."""
    return plain(report_document(report))


def report_csv(report: Report, out: TextIO) -> None:
    """Write a header and a line a row, without a total: a sum over a column is right."""
    import csv

    session = ("account", "project", "first_at", "last_at") if report.kind is Kind.SESSIONS else ()
    money = ("cost_usd",) if report.costs is not None else ()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("key", *FIVE, "cache_creation_1h", *session, *money))
    for at, row in enumerate(report.rows):
        made = plain(row_document(row, report.kind))
        cells = [made["key"], *(made[name] for name in (*FIVE, "cache_creation_1h", *session))]
        cells += [report.costs[at].usd] if report.costs is not None else []
        writer.writerow([cell(each) for each in cells])


def runs_json(news: TokenNews, now: float) -> dict[str, Any]:
    """Return what `tokens live --json` prints each time something changes; `scan` while everything is read at first."""
    return plain(runs_document(news.runs, news.scan, now))
