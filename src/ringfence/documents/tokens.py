"""A report of tokens, and what runs, as `tokens --json` and the local API tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from ringfence.core.sums import ByModel, ScanProgress, Spent, Tokens
from ringfence.core.tokens import Run
from ringfence.documents.base import FORMAT, Document, second
from ringfence.documents.status import ScanDocument, scan_document
from ringfence.documents.token_rows import Kind, Report, models_of, summed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.prices import Cost


class TokenSum(Document, frozen=True):
    """Tokens by kind; `cache_creation_1h` is the part of `cache_creation` that is kept for an hour."""

    input: int
    cache_creation: int
    cache_read: int
    output: int
    responses: int
    cache_creation_1h: int


class CostDocument(Document, frozen=True, kw_only=True):
    """What the API's list prices would make of it; null where a model has no known price. Left out unless asked for."""

    cost_usd: float | UnsetType | None = UNSET
    cost_known_usd: float | UnsetType = UNSET
    unpriced: list[str] | UnsetType = UNSET


class TokenTotal(CostDocument, frozen=True, kw_only=True):
    """Everything that the rows count."""

    input: int
    cache_creation: int
    cache_read: int
    output: int
    responses: int
    cache_creation_1h: int
    models: dict[str, TokenSum]


class TokenRow(CostDocument, frozen=True, kw_only=True):
    """A day, a week, a month, a session, a model or a project."""

    key: str
    input: int
    cache_creation: int
    cache_read: int
    output: int
    responses: int
    cache_creation_1h: int
    account: str | UnsetType | None = UNSET
    """A session's, as what follows but `models`."""
    project: str | UnsetType | None = UNSET
    first_at: int | UnsetType | None = UNSET
    last_at: int | UnsetType | None = UNSET
    models: dict[str, TokenSum] | UnsetType = UNSET
    """Not of a model's row, which is its own."""


class TokenReport(Document, frozen=True):
    """A report of tokens."""

    format: int
    kind: Kind
    total: TokenTotal
    rows: list[TokenRow]


class LiveRun(Document, frozen=True):
    """A session that answered within the last minutes, with its tokens by model."""

    session: str
    account: str
    project: str
    model: str
    tokens: TokenSum
    models: dict[str, TokenSum]
    burn_per_min: int
    started_at: int | None
    last_at: int | None
    subagents: int
    class_: str | None


class RunsDocument(Document, frozen=True):
    """What runs now; `scan` while everything is read at first."""

    format: int
    at: int
    runs: list[LiveRun]
    scan: ScanDocument | None


def report_document(report: Report) -> TokenReport:
    """Return a report of tokens. Costs are null where a model has no known price, and left out unless asked for."""
    everything = summed(models_of(row, report.kind) for row in report.rows)
    costs = report.costs or (None,) * len(report.rows)
    known, usd, unpriced = _cost(report.cost)
    total = report.total
    return TokenReport(
        format=FORMAT,
        kind=report.kind,
        total=TokenTotal(
            input=total.input, cache_creation=total.cache_creation, cache_read=total.cache_read, output=total.output,
            responses=total.responses, cache_creation_1h=total.cache_creation_1h, models=models_document(everything),
            cost_usd=usd, cost_known_usd=known, unpriced=unpriced,
        ),
        rows=[row_document(row, report.kind, cost) for row, cost in zip(report.rows, costs, strict=True)],
    )  # fmt: skip


def row_document(row: Spent, kind: Kind, cost: Cost | None = None) -> TokenRow:
    """Return one row of a report."""
    known, usd, unpriced = _cost(cost)
    session, tokens = kind is Kind.SESSIONS, row.tokens
    return TokenRow(
        key=row.key, input=tokens.input, cache_creation=tokens.cache_creation, cache_read=tokens.cache_read,
        output=tokens.output, responses=tokens.responses, cache_creation_1h=tokens.cache_creation_1h,
        account=row.account if session else UNSET, project=row.project if session else UNSET,
        first_at=second(row.first_at) if session else UNSET, last_at=second(row.last_at) if session else UNSET,
        models=UNSET if kind is Kind.MODELS else models_document(row.by_model),
        cost_usd=usd, cost_known_usd=known, unpriced=unpriced,
    )  # fmt: skip


def runs_document(runs: Iterable[Run], scan: ScanProgress | None, now: float) -> RunsDocument:
    """Return what runs now."""
    return RunsDocument(
        format=FORMAT, at=round(now), runs=[run_document(run) for run in runs], scan=scan_document(scan)
    )


def run_document(run: Run) -> LiveRun:
    """Return one run."""
    return LiveRun(
        session=run.session, account=run.account, project=run.project, model=run.model, tokens=sum_document(run.tokens),
        models=models_document(run.models), burn_per_min=round(run.burn_per_min), started_at=second(run.started_at),
        last_at=second(run.last_at), subagents=run.subagents, class_=run.class_,
    )  # fmt: skip


def sum_document(tokens: Tokens) -> TokenSum:
    """Return a sum of tokens."""
    return TokenSum(
        input=tokens.input, cache_creation=tokens.cache_creation, cache_read=tokens.cache_read, output=tokens.output,
        responses=tokens.responses, cache_creation_1h=tokens.cache_creation_1h,
    )  # fmt: skip


def models_document(by_model: ByModel) -> dict[str, TokenSum]:
    """Return sums by model, the largest first."""
    return {model: sum_document(tokens) for model, tokens in by_model}


def _cost(cost: Cost | None) -> tuple[float | UnsetType, float | UnsetType | None, list[str] | UnsetType]:
    if cost is None:
        return UNSET, UNSET, UNSET
    known = round(cost.known_usd, 6)
    return known, None if cost.unknown else known, list(cost.unknown)
