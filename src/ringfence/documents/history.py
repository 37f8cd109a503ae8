"""The history of windows and of the gate, as `history --json` tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from ringfence.core.history import Course, Span, SpanKind
from ringfence.documents.base import FORMAT, Document

Moment = Annotated[float, Meta(ge=0, description="Epoch seconds, UTC.")]
Pct = Annotated[float, Meta(ge=0, description="Percent of the window, 0 to 100 and more.")]


class PointDocument(Document, frozen=True):
    """One reading, or the lowest and the highest of those that stand for one column."""

    at: Moment
    used_pct: Pct
    """The highest reading of its time."""
    low_pct: Pct
    resets_at: Moment | None


class ResetDocument(Document, frozen=True):
    """The window began anew; `early`: before the moment that the server had told."""

    at: Moment
    early: bool


class CourseDocument(Document, frozen=True):
    """One window of one account, oldest reading first."""

    account: str
    id: str
    label: str
    points: list[PointDocument]
    resets: list[ResetDocument]


class SpanDocument(Document, frozen=True):
    """The gate was `closed`, `paused`, `overridden` or `unknown`; in between it was open."""

    state: SpanKind
    since: Moment
    until: Moment
    reason: Annotated[str, Meta(description="session_threshold, manual_pause, ...; empty: nothing held.")]
    window: Annotated[str, Meta(description="The window that closed it, by its id; empty: none.")]


class HistoryDocument(Document, frozen=True, kw_only=True):
    """What `history --json` prints. Times are epoch seconds, UTC."""

    format: Literal[1] = FORMAT
    since: Moment
    until: Moment
    windows: list[CourseDocument]
    gate: list[SpanDocument]


def history_document(since: float, until: float, courses: Sequence[Course], gate: Sequence[Span]) -> HistoryDocument:
    """Return courses and spans as a document."""
    return HistoryDocument(
        since=since,
        until=until,
        windows=[_course(course) for course in courses],
        gate=[
            SpanDocument(
                state=span.kind, since=span.since, until=span.until, reason=span.change.reason,
                window=span.change.window,
            )
            for span in gate
        ],
    )  # fmt: skip


def _course(course: Course) -> CourseDocument:
    return CourseDocument(
        account=course.kept.account,
        id=course.kept.window,
        label=course.kept.label,
        points=[
            PointDocument(at=v.until, used_pct=_pct(v.high), low_pct=_pct(v.low), resets_at=v.resets_at)
            for v in course.levels
        ],
        resets=[ResetDocument(at=reset.at, early=reset.early) for reset in course.resets],
    )


def _pct(used: float) -> float:
    return round(used * 100, 2)
