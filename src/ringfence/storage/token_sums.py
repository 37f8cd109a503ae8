"""Rows of the ledger put together: sums by model under a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ringfence.core.sums import ByModel, Spent, Tokens


def folded(found: Iterable[Sequence[Any]]) -> dict[Any, tuple[Tokens, ByModel]]:
    """Return the sums of each label from rows of label, model, the five sums and responses."""
    sums: dict[Any, dict[str, list[int]]] = {}
    for label, model, *row in found:
        models = sums.setdefault(label, {})
        kept = models.setdefault(model, row)
        if kept is not row:
            models[model] = [a + b for a, b in zip(kept, row, strict=True)]
    made: dict[Any, tuple[Tokens, ByModel]] = {}
    for label, rows in sums.items():
        parts = by_model(rows)
        if len(parts) == 1:
            made[label] = parts[0][1], parts
        elif parts:
            made[label] = _tokens([sum(column) for column in zip(*rows.values(), strict=True)]), parts
    return made


def by_model(sums: Mapping[str, Sequence[int]]) -> ByModel:
    """Return sums by model, the largest first, without those whose answers all went elsewhere."""
    counted = [(-_total(row), model, row) for model, row in sums.items() if row[5]]
    return tuple((model, _tokens(row)) for _, model, row in sorted(counted))


def largest_first(sums: Mapping[str, tuple[Tokens, ByModel]]) -> list[Spent]:
    """Return a row a label, the largest first."""
    rows = [Spent(key=key, tokens=tokens, by_model=models) for key, (tokens, models) in sums.items()]
    return sorted(rows, key=lambda s: (-s.tokens.total, s.key))


def _total(row: Sequence[int]) -> int:
    return row[0] + row[1] + row[3] + row[4]


def _tokens(row: Sequence[int]) -> Tokens:
    return Tokens(
        input=row[0], cache_creation=row[1], cache_creation_1h=row[2], cache_read=row[3], output=row[4],
        responses=row[5],
    )  # fmt: skip
