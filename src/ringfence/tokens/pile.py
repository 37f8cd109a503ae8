"""What lines tell, piled up until it is worth a transaction: every response once, with its largest record.

`Pile.read` looks at every line that may tell of a response, so it is written for speed: what it does for one costs half
as much as decoding it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import PurePath

from msgspec import UNSET

from ringfence.core.sums import Session
from ringfence.core.tokens import AUTONOMOUS, INTERACTIVE, Answer, Origin, SeenRefusal, merged
from ringfence.session_classes import BY_HAND
from ringfence.tokens.line import (
    FIRST,
    LAST,
    SYNTHETIC,
    Line,
    Usage,
    context_of,
    decode,
    decode_odd,
    record_of,
    stand_in,
    time_of,
)  # fmt: skip
from ringfence.tokens.spans import spans_of

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)

_Entry = tuple[int, Usage, datetime, str, bool, Origin]
"""Output, usage, time, model, aside and origin of a response's largest record so far."""


def moment_of(at: float) -> datetime:
    """Return a mark's time of the last answer as a transcript's."""
    return datetime.fromtimestamp(at, UTC) if at else LONG_AGO


def at_of(moment: datetime) -> float:
    """Return a transcript's time of the last answer as a mark's."""
    return 0.0 if moment == LONG_AGO else moment.timestamp()


@dataclass(slots=True, kw_only=True)
class Transcript:
    """A file while it is read."""

    path: str
    account: str
    session: str | None
    """By its place; None when only its lines can say."""
    slug: str
    agent: bool
    origin: Origin | None = None
    last: datetime = LONG_AGO
    error: bytes | None = None
    """The main chain's last record, when it is one of an error."""
    answered: bool = False
    """Whether the main chain's last record is an answer."""


def place_of(path: str, root: str) -> tuple[str | None, str, bool]:
    """Return the session, the folder and whether it is a subagent's, from where a transcript lies below `projects`."""
    parts = path[len(root) :].strip(os.sep).split(os.sep)
    name = parts[-1].removesuffix(".jsonl")
    agent = name.startswith("agent-") or "subagents" in parts[:-1]
    if len(parts) == 2 and not agent:
        return name, parts[0], agent
    return (parts[1] if len(parts) > 2 else None), parts[0], agent


class Pile:
    """Answers that are not in the ledger yet."""

    def __init__(self, zone: tzinfo | None = None, class_of: Callable[[str], str | None] = lambda _: None) -> None:
        self._zone = zone
        self._class_of = class_of
        self._entries: dict[tuple[str, str], _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def answers(self) -> Iterable[Answer]:
        """Return what is in it until it is cleared. Each is made when it is asked for, and again when asked again."""
        return _Answers(self._entries)

    def clear(self) -> None:
        """Begin anew."""
        self._entries.clear()

    def read(self, buffer: bytearray, view: memoryview, begin: int, end: int, transcript: Transcript) -> None:  # noqa: C901, PLR0912 - a call a line costs too much
        """Read the lines that stand in a buffer, of which `view` is a view; `end` is behind a line's end."""
        entries, get = self._entries, self._entries.get
        key, same = ("", ""), None  # of the line before: most come in runs of one response
        last, heard = transcript.last, False
        for start, stop in spans_of(buffer, begin, end):
            data = view[start:stop]
            try:
                line = decode(data)
            except (ValueError, RecursionError):
                odd = decode_odd(bytes(data))
                if odd is None:
                    continue
                line = odd
            message = line.message
            if message is None or line.type != "assistant" or (usage := message.usage) is None:
                continue
            output, moment = usage.output_tokens, line.timestamp
            if moment is None or not FIRST <= moment <= LAST:
                continue
            if output is UNSET:
                continue
            if output is None:
                output = 0
            model, aside = message.model or "unknown", line.isSidechain is True
            if model == SYNTHETIC:
                if not aside and not transcript.agent:
                    self._failed(bytes(data), transcript)
                    heard = False
                continue
            identity, request = message.id, line.requestId
            if not identity or not request:
                key = _named(line, data, transcript)
                same = get(key)
            elif identity != key[0] or request != key[1]:
                key = identity, request
                same = get(key)
            if same is None:
                origin = transcript.origin or self._origin(data, transcript)
                entries[key] = same = output, usage, moment, model, aside, origin
            elif output > same[0] and aside is same[4]:
                entries[key] = same = output, usage, moment, model, aside, same[5]
            elif output != same[0] or usage != same[1] or moment < same[2] or aside is not same[4] or model != same[3]:
                entries[key] = same = _merged(key, same, (output, usage, moment, model, aside, same[5]))
            if moment > last:  # noqa: PLR1730 - a call takes longer
                last = moment
            if not aside and not heard:
                transcript.error, transcript.answered, heard = None, True, True
        transcript.last = last

    def read_one(self, data: bytes, transcript: Transcript) -> None:
        """Read one line that stands alone, without its end."""
        whole = bytearray(data + b"\n")
        with memoryview(whole) as view:
            self.read(whole, view, 0, len(whole), transcript)

    def _origin(self, data: memoryview, transcript: Transcript) -> Origin:
        context = context_of(data)
        session = transcript.session or context.sessionId or PurePath(transcript.path).stem
        transcript.origin = Origin(
            account=transcript.account,
            session=session,
            project=context.cwd or transcript.slug,
            class_=self._class(session, context.entrypoint),
        )
        return transcript.origin

    def _class(self, session: str, entrypoint: str | None) -> str | None:
        """Return a session's class as the hook has it; None where nobody says how Claude Code was started."""
        if entrypoint in BY_HAND:
            return INTERACTIVE
        return self._class_of(session) or (AUTONOMOUS if entrypoint else None)

    def _failed(self, data: bytes, transcript: Transcript) -> None:
        """Remember an error; what else Claude Code says by itself ("No response requested.") is no word of Claude's."""
        if context_of(data).isApiErrorMessage is True:
            transcript.error, transcript.answered = data, False
            _ = transcript.origin or self._origin(memoryview(data), transcript)

    def last_word(self, transcript: Transcript) -> tuple[SeenRefusal | None, Session | None]:
        """Return the refusal that a transcript ends with, or the session whose last word is none; and forget it."""
        error, answered = transcript.error, transcript.answered
        transcript.error, transcript.answered = None, False
        if transcript.origin is None or (error is None and not answered):
            return None, None
        account, session = transcript.origin.account, transcript.origin.session
        record = None if error is None else record_of(error)
        if record is not None:
            from ringfence.exhaustion import refusal_in_record  # noqa: PLC0415 - 4 ms, for one transcript in hundreds

            said_at = (time_of(record.get("timestamp")) or LONG_AGO).timestamp()
            refusal = refusal_in_record(record, said_at=said_at, zone=self._zone)
            if refusal is not None:
                seen = SeenRefusal(
                    account=account, session=session, at=said_at, claim=str(refusal.claim), model=refusal.model,
                    resets_at=refusal.resets_at, text=refusal.text,
                )  # fmt: skip
                return seen, None
        return None, (account, session)


def _named(line: Line, data: memoryview, transcript: Transcript) -> tuple[str, str]:
    """Return what identifies a response that lacks an id: without a request's, its message's within its session."""
    context = context_of(data)
    identity = line.message.id if line.message is not None else None
    if not identity:
        return stand_in(line, context), ""
    return identity, line.requestId or f"\0{context.sessionId or transcript.session or transcript.path}"


def _merged(key: tuple[str, str], known: _Entry, other: _Entry) -> _Entry:
    one, two = _answers([(key, known), (key, other)])
    best = merged(one, two)
    chosen = other if best == two._replace(aside=best.aside) and best != one._replace(aside=best.aside) else known
    return (*chosen[:4], best.aside, known[5])


class _Answers:
    def __init__(self, entries: Mapping[tuple[str, str], _Entry]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[Answer]:
        return _answers(self._entries.items())


def _answers(entries: Iterable[tuple[tuple[str, str], _Entry]]) -> Iterator[Answer]:
    make, answer = tuple.__new__, Answer
    for (message, request), (output, usage, moment, model, aside, origin) in entries:
        tokens, written = usage.input_tokens or 0, usage.cache_creation_input_tokens or 0
        read, lasting = usage.cache_read_input_tokens or 0, usage.cache_creation
        hour = 0 if lasting is None else lasting.ephemeral_1h_input_tokens or 0
        if hour > written:  # noqa: PLR1730 - a call takes longer
            hour = written
        at_ms = round(moment.timestamp() * 1000)
        yield make(answer, (message, request, at_ms, model, tokens, written, hour, read, output, aside, origin))
