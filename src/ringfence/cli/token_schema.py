"""A report of tokens for programs: JSON (DESIGN 5) and CSV. More keys and columns may follow, none goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from ringfence.cli.token_rows import Kind, Report, models_of, summed
from ringfence.core.tokens import ByModel, Spent, Tokens

if TYPE_CHECKING:
    from ringfence.core.meters import TokenNews
    from ringfence.core.tokens import Run
    from ringfence.prices import Cost

FORMAT = 1
FIVE = ("input", "cache_creation", "cache_read", "output", "responses")
_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def report_json(report: Report) -> dict[str, Any]:
    """Return `{"format":1,"total":{...},"rows":[...]}`. Costs are null where a model has no known price."""
    everything = summed(models_of(row, report.kind) for row in report.rows)
    costs = report.costs or (None,) * len(report.rows)
    return {
        "format": FORMAT,
        "kind": str(report.kind),
        "total": _sum(report.total) | _models(everything) | _cost(report.cost),
        "rows": [_row(row, report.kind) | _cost(cost) for row, cost in zip(report.rows, costs, strict=True)],
    }


def report_csv(report: Report, out: TextIO) -> None:
    """Write a header and a line a row, without a total: a sum over a column is right."""
    import csv

    session = ("account", "project", "first_at", "last_at") if report.kind is Kind.SESSIONS else ()
    money = ("cost_usd",) if report.costs is not None else ()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("key", *FIVE, "cache_creation_1h", *session, *money))
    for at, row in enumerate(report.rows):
        made = _row(row, report.kind)
        cells = [made["key"], *(made[name] for name in (*FIVE, "cache_creation_1h", *session))]
        cells += [report.costs[at].usd] if report.costs is not None else []
        writer.writerow([_cell(cell) for cell in cells])


def runs_json(news: TokenNews, now: float) -> dict[str, Any]:
    """Return what `tokens live --json` prints each time something changes; `scan` while everything is read at first."""
    scan = news.scan
    progress = scan and {"done_bytes": scan.done_bytes, "total_bytes": scan.total_bytes, "files": scan.files}
    return {"format": FORMAT, "at": round(now), "runs": [_run(run) for run in news.runs], "scan": progress}


def _row(row: Spent, kind: Kind) -> dict[str, Any]:
    made: dict[str, Any] = {"key": row.key, **_sum(row.tokens)}
    if kind is Kind.SESSIONS:
        made |= {"account": row.account, "project": row.project}
        made |= {"first_at": _second(row.first_at), "last_at": _second(row.last_at)}
    return made if kind is Kind.MODELS else made | _models(row.by_model)


def _sum(tokens: Tokens) -> dict[str, int]:
    return {name: getattr(tokens, name) for name in (*FIVE, "cache_creation_1h")}


def _models(by_model: ByModel) -> dict[str, Any]:
    return {"models": {model: _sum(tokens) for model, tokens in by_model}}


def _cost(cost: Cost | None) -> dict[str, Any]:
    if cost is None:
        return {}
    known = round(cost.known_usd, 6)
    return {"cost_usd": None if cost.unknown else known, "cost_known_usd": known, "unpriced": list(cost.unknown)}


def _run(run: Run) -> dict[str, Any]:
    return {
        "session": run.session,
        "account": run.account,
        "project": run.project,
        "model": run.model,
        "tokens": _sum(run.tokens),
        "models": {model: _sum(tokens) for model, tokens in run.models},
        "burn_per_min": round(run.burn_per_min),
        "started_at": _second(run.started_at),
        "last_at": _second(run.last_at),
        "subagents": run.subagents,
        "class": run.class_,
    }


def _second(at: float | None) -> int | None:
    return None if at is None else round(at)


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return f"{value:.6f}" if isinstance(value, float) else value
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
