"""The sessions that are at work, from the rows of the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from ringfence.core.sums import Session, Tokens
from ringfence.core.tokens import Run
from ringfence.storage.token_sums import by_model

BURN_MS, LEAST_BURN_MS = 5 * 60_000, 60_000
"""A run's burn is that of its last five minutes. One that is younger is measured since it began: over five minutes it
would seem to burn a fraction of what it does; but over a minute at least, for one answer is no rate."""
REST_MS = 60 * 60_000
"""A session that says nothing for so long begins a new run."""
LONGEST_RUN_MS = 24 * 3600_000
"""As far back as a run is followed."""

AHEAD_MS = 60_000
"""A clock that was set may have written answers so far in the future; what is further ahead is not going on now."""


def runs_at(connection: sqlite3.Connection, now: float, active_s: float) -> list[Run]:
    """Return the sessions that answered within the last `active_s` seconds, the most recent first."""
    now_ms, active_ms = round(now * 1000), round(active_s * 1000)
    answers: dict[Session, list[tuple[Any, ...]]] = {}
    for row in _answers(connection, now_ms - active_ms, now_ms + AHEAD_MS):
        answers.setdefault((row[0], row[1]), []).append(row)
    open_ones = {session: rows[0][4] for session, rows in answers.items()}  # to its earliest known answer
    until = now_ms - active_ms
    while open_ones and until > now_ms - LONGEST_RUN_MS:
        since = until - REST_MS
        for row in reversed(list(_answers(connection, since, until))):
            session = row[0], row[1]
            if open_ones.get(session, row[4] + REST_MS) - row[4] < REST_MS:
                answers[session].insert(0, row)
                open_ones[session] = row[4]
        until = since
        open_ones = {s: first for s, first in open_ones.items() if first - until < REST_MS}
    found = [_run(connection, session, rows) for session, rows in answers.items()]
    return sorted(found, key=lambda run: (-run.last_at, run.session))


def _answers(connection: sqlite3.Connection, since_ms: int, until_ms: int) -> Iterable[tuple[Any, ...]]:
    """Return account, session, project, class, at, model and the five sums of what counts, in the order of time."""
    return connection.execute(
        "SELECT p.account, o.session, p.project, o.class, at_ms, m.name, input, cache_creation, cache_creation_1h,"
        " cache_read, output FROM token_answers t JOIN token_origins o ON o.id = t.origin"
        " JOIN token_places p ON p.id = o.place JOIN token_models m ON m.id = t.model"
        " WHERE at_ms >= ? AND at_ms < ? AND state < 2 ORDER BY at_ms",
        (since_ms, until_ms),
    )


def _run(connection: sqlite3.Connection, session: Session, rows: list[tuple[Any, ...]]) -> Run:
    last = rows[-1]
    sums: dict[str, list[int]] = {}
    recent = 0
    for *_, at_ms, model, tokens, written, hour, read, output in rows:
        kept = sums.setdefault(model, [0] * 6)
        for n, value in enumerate((tokens, written, hour, read, output, 1)):
            kept[n] += value
        if at_ms > last[4] - BURN_MS:
            recent += tokens + written + read + output
    models = by_model(sums)
    over_ms = min(max(last[4] - rows[0][4], LEAST_BURN_MS), BURN_MS)
    [(subagents,)] = connection.execute(
        "SELECT count(*) FROM token_files f JOIN token_origins o ON o.id = f.origin"
        " JOIN token_places p ON p.id = o.place WHERE f.agent AND f.last_at >= ? AND p.account = ? AND o.session = ?",
        (rows[0][4] / 1000, *session),
    )
    return Run(
        session=session[1], account=session[0], project=last[2], model=last[5], models=models,
        tokens=sum((tokens for _, tokens in models), Tokens()), burn_per_min=recent / (over_ms / 60_000),
        started_at=rows[0][4] / 1000, last_at=last[4] / 1000, subagents=subagents, class_=last[3] or None,
    )  # fmt: skip
