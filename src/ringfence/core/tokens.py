"""Tokens: what the transcripts say, answer by answer, and the runs that spend them. Sums of them are in `sums`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.core.sums import ByModel, Session, Tokens

INTERACTIVE, AUTONOMOUS = "interactive", "autonomous"
"""A run's class: a person types in Claude Code, or it was started as `claude -p` or through an SDK. A launcher may name
a class of its own for what it starts; a run of any class that nobody typed is autonomous too."""
RUN_ACTIVE_S = 300.0
"""A session runs until its last answer is older than this: a long tool call is silent for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A session's present activity."""

    session: str
    account: str
    project: str
    """The folder it works in, whole."""
    model: str
    """The model that answered last."""
    models: ByModel
    tokens: Tokens
    """Since the run began, its subagents' too."""
    burn_per_min: float
    """Tokens a minute over the last five minutes, or since it began if that is less, as of the last answer."""
    started_at: float
    """Epoch seconds: the first answer after a rest."""
    last_at: float
    """The last answer."""
    subagents: int = 0
    """Those that answered within the run."""
    class_: str | None = None
    """The launcher's name for it, else `interactive` or `autonomous`, by how Claude Code was started; None where the
    transcript does not say."""


def active(runs: Iterable[Run], now: float) -> tuple[Run, ...]:
    """Return the runs that still go on at `now`; not one whose last answer is of the future: the clock was set back."""
    return tuple(run for run in runs if run.last_at - RUN_ACTIVE_S < now < run.last_at + RUN_ACTIVE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRefusal:
    """A session whose last record says that Claude refused: its window is exhausted."""

    account: str
    session: str
    at: float
    claim: str
    """Which limit: `session`, `week`, `model`, `spend` or `other`."""
    model: str | None = None
    """The model of a `model` claim."""
    resets_at: float | None = None
    """Epoch seconds; None when it was not said."""
    text: str = ""
    """What Claude said, cleaned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where answers come from: what all records of one transcript have in common."""

    account: str
    session: str
    project: str
    class_: str | None = None


class Answer(NamedTuple):
    """One response of the API, as one record or several have it. Made a million times: hence no dataclass."""

    message: str
    """`message.id`; for a record without one, what stands for it."""
    request: str
    """`requestId`; for a record without one, what stands for it."""
    at_ms: int
    """Epoch milliseconds."""
    model: str
    input: int
    cache_creation: int
    cache_creation_1h: int
    cache_read: int
    output: int
    aside: bool
    """Whether only side chains have it: a subagent, or one that replays what the main chain was told."""
    origin: Origin


def merged(known: Answer, other: Answer) -> Answer:
    """Return the answer that two records of one (message, request) tell of.

    The record with the largest output counts, for it is the last of the stream; of equal ones the larger, then the
    earlier. The rest only makes the choice the same in whatever order they are read. The first origin stays.
    """
    best = max(known, other, key=_rank)
    return best._replace(origin=known.origin, aside=known.aside and other.aside)


def counted(answers: Sequence[Answer]) -> list[bool]:
    """Return which of the answers to one message count; they differ in their request.

    A side chain replays messages of the main chain under request ids of its own: they are one response, and its largest
    record counts, whoever has it (the main chain's may be damaged or gone). Only a message id that the main chain has
    under several requests itself (a gateway's) is several responses.
    """
    main = [not a.aside for a in answers]
    if sum(main) > 1:
        return main
    best = max(answers, key=lambda a: (_rank(a), not a.aside, a.request))
    return [a is best for a in answers]


def _rank(a: Answer) -> tuple[int | str, ...]:
    total = a.input + a.cache_creation + a.cache_read + a.output
    return a.output, total, -a.at_ms, a.input, a.cache_creation, a.cache_creation_1h, a.model


Stamp = tuple[int, int, int, int]
"""How a file looked when it was last read: its device, inode, size and time of change. One that looks so has nothing
new; a tuple, for there are thousands of them and every look compares them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """How far a transcript was read, and how it is known again."""

    path: str
    device: int
    inode: int
    size: int
    """When it was last looked at."""
    mtime_ns: int
    offset: int
    """Everything before it was read."""
    head: bytes
    """A digest of its first bytes."""
    tail: bytes
    """A digest of the last bytes before `offset`."""
    origin: Origin | None = None
    """None while nothing in it said where it comes from."""
    agent: bool = False
    """Whether it is a subagent's."""
    last_at: float = 0.0
    """Its last answer, epoch seconds; 0 when there was none."""

    @property
    def stamp(self) -> Stamp:
        """How the file looked."""
        return self.device, self.inode, self.size, self.mtime_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """What goes into the ledger in one step: answers, and the marks of the files up to where they were read."""

    answers: Iterable[Answer]
    """One for a (message, request). There may be more of them than one holds at a time."""
    files: Sequence[FileMark]
    refused: Sequence[SeenRefusal] = ()
    answered: frozenset[Session] = frozenset()
    """Sessions whose last word is no refusal."""
