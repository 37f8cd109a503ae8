"""Tokens as sums, and what a look at the transcripts found: all that a report needs, without the rest of `tokens`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A sum of tokens by kind, as the responses' `usage` names them (FORMATS C)."""

    input: int = 0
    cache_creation: int = 0
    cache_creation_1h: int = 0
    """The part of `cache_creation` that is kept for an hour: it has a price of its own."""
    cache_read: int = 0
    output: int = 0
    responses: int = 0

    @property
    def total(self) -> int:
        """Every token, of whatever kind."""
        return self.input + self.cache_creation + self.cache_read + self.output

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            input=self.input + other.input,
            cache_creation=self.cache_creation + other.cache_creation,
            cache_creation_1h=self.cache_creation_1h + other.cache_creation_1h,
            cache_read=self.cache_read + other.cache_read,
            output=self.output + other.output,
            responses=self.responses + other.responses,
        )


ByModel = tuple[tuple[str, Tokens], ...]
"""Sums by the model's name as the transcript has it, the largest first."""

Session = tuple[str, str]
"""A session of Claude Code's: (account, session)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A row of a report: a day, a session, a model or a project."""

    key: str
    """A local day (`2026-11-21`), a week by its first day, a month (`2026-11`), a session, a model or a project."""
    tokens: Tokens
    by_model: ByModel = ()
    account: str | None = None
    """Whose session; None in every other report, as what follows."""
    project: str | None = None
    """The folder the session works in, whole."""
    first_at: float | None = None
    """The session's first answer in the span, epoch seconds."""
    last_at: float | None = None
    """And its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProgress:
    """How far the first reading of the transcripts has come."""

    done_bytes: int
    total_bytes: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """What a look at the transcripts found."""

    responses: int = 0
    """How many are new, or larger than they were."""
    sessions: frozenset[Session] = frozenset()
    """The sessions they belong to."""
    refused: frozenset[Session] = frozenset()
    """Sessions whose last word is a refusal that was not known."""
    cleared: frozenset[Session] = frozenset()
    """Sessions whose last word was a refusal, and that were answered since."""
    unread: tuple[str, ...] = ()
    """A sentence about each file or folder that could not be read."""
    complete: bool = True
    """False when it was stopped before everything was read; the next look goes on there."""
