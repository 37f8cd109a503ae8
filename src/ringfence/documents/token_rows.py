"""A report of tokens: what was asked for, its rows and their sum, and the cost where it was wished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from ringfence.core.sums import ByModel, Spent, Tokens
from ringfence.documents.days import Span

if TYPE_CHECKING:
    from ringfence.prices import Cost
    from ringfence.storage.token_ledger import TokenLedger


class Kind(StrEnum):
    """What a row stands for."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SESSIONS = "sessions"
    MODELS = "models"
    PROJECTS = "projects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which tokens count; what it does not name has no bound."""

    span: Span = field(default_factory=Span)
    account: str | None = None
    project: str | None = None
    """A folder; work in it and in the folders below counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rows, and their sum."""

    kind: Kind
    rows: tuple[Spent, ...]
    costs: tuple[Cost, ...] | None = None
    """A cost a row; None: not asked for."""
    cost: Cost | None = None
    """The rows' together."""

    @property
    def total(self) -> Tokens:
        """Everything that the rows count."""
        return sum((row.tokens for row in self.rows), Tokens())


def ask(reports: TokenLedger, kind: Kind, scope: Scope, *, first_weekday: int) -> tuple[Spent, ...]:
    """Return the rows of a report. Raises FileError."""
    match kind:
        case Kind.DAILY:
            return tuple(reports.daily(scope))
        case Kind.WEEKLY:
            return tuple(reports.weekly(scope, first_weekday=first_weekday))
        case Kind.MONTHLY:
            return tuple(reports.monthly(scope))
        case Kind.SESSIONS:
            return tuple(reports.sessions(scope))
        case Kind.MODELS:
            return tuple(reports.models(scope))
        case Kind.PROJECTS:
            return tuple(reports.projects(scope))
        case _:
            assert_never(kind)


def models_of(row: Spent, kind: Kind) -> ByModel:
    """Return a row's tokens by model; a model's row is its own."""
    return ((row.key, row.tokens),) if kind is Kind.MODELS else row.by_model


def summed(rows: Iterable[ByModel]) -> ByModel:
    """Return the sums of several rows by model, the largest first."""
    sums: dict[str, Tokens] = {}
    for by_model in rows:
        for model, tokens in by_model:
            sums[model] = sums.get(model, Tokens()) + tokens
    return tuple(sorted(sums.items(), key=lambda each: (-each[1].total, each[0])))
