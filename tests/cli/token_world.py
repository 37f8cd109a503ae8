"""Tokens for the command line's tests: a book and reports whose rows a test gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringfence.core.meters import TokenNews
from ringfence.core.sums import ByModel, Caught, ScanProgress, Spent, Tokens
from ringfence.documents.token_rows import Scope

OPUS, SONNET, NOVA = "claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-nova-9"
M = 1_000_000


def tokens(scale: int = 1) -> Tokens:
    """Return a sum with a different number of each kind."""
    return Tokens(
        input=1_000 * scale, cache_creation=20_000 * scale, cache_creation_1h=5_000 * scale, cache_read=300_000 * scale,
        output=4_000 * scale, responses=5 * scale,
    )  # fmt: skip


def spent(key: str, *by_model: tuple[str, int], **more: Any) -> Spent:
    """Return a row whose models have these scales."""
    models: ByModel = tuple((model, tokens(scale)) for model, scale in by_model or ((OPUS, 1),))
    return Spent(key=key, tokens=sum((each for _, each in models), Tokens()), by_model=models, **more)


@dataclass
class Transcripts:
    """Stands for the ledger of tokens: the rows it has, and what was asked of it."""

    rows: dict[str, list[Spent]] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    caught_up: int = 0
    progress: list[ScanProgress] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    stopped: bool = False
    closed: bool = False
    looked_for: list[Any] = field(default_factory=list)
    news: TokenNews | Caught = field(default_factory=TokenNews)

    def folders(self, settings: object) -> tuple[str, ...]:
        return ("/home/someone/.claude/projects",)

    def catch_up(self, looked_for: object, paths: object, *, now: float, scanned: Any) -> TokenNews | Caught:
        self.caught_up += 1
        self.looked_for.append(looked_for)
        for each in self.progress:
            self.during()
            if not scanned(each):
                self.stopped = True
                break
        return self.news

    def close(self) -> None:
        self.closed = True

    def measure(self, meters: Sequence[object], *, now: float) -> tuple[()]:
        return ()

    def __getattr__(self, kind: str) -> Callable[..., list[Spent]]:
        if kind not in {"daily", "weekly", "monthly", "sessions", "models", "projects"}:
            raise AttributeError(kind)

        def report(scope: Scope | None = None, **more: int) -> list[Spent]:
            self.asked.append((kind, scope, *more.values()))
            return self.rows.get(kind, [])

        return report
