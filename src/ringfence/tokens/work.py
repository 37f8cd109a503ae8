"""What is new in the transcripts, file after file into the ledger: loaded when there is something new.

`reader` says what that is. With the decoders and the patterns of refusals this takes 30 ms, which a report over known
transcripts need not wait for.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ringfence.core.sums import Caught, ScanProgress, Session
from ringfence.core.tokens import FileMark, SeenRefusal
from ringfence.sentence import Sentence
from ringfence.tokens.pile import Pile, Transcript, place_of
from ringfence.tokens.scan import CHUNK, Reading

if TYPE_CHECKING:
    from ringfence.tokens.reader import Found, TokenReader

MOST_ANSWERS = 16384
"""So many make a transaction worth while."""
TELL_BYTES = 16 << 20
"""How often progress is told: several times a second."""


class Work:
    """One call's work: file after file, a transaction whenever the pile is high."""

    def __init__(
        self, reader: TokenReader, found: list[Found], on_progress: Callable[[ScanProgress], bool] | None
    ) -> None:
        self._reader = reader
        self._found = found
        self._on_progress = on_progress
        self._total = sum(f.status.st_size for f in found)
        self._done = self._told = 0
        self._caught = Caught()
        self._unread: list[str] = []
        self._marks: list[FileMark] = []
        self._words: list[tuple[SeenRefusal | None, Session | None]] = []

    def run(self, pile: Pile) -> Caught:
        """Read until everything is read or it was stopped, and return what was new."""
        with _without_gc():
            return self._run(pile)

    def _run(self, pile: Pile) -> Caught:
        buffer = bytearray(CHUNK)
        complete = self._go_on()
        for found in self._found:
            if not complete:
                break
            complete = self._read(found, buffer, pile)
        self._save(pile)
        return _and(self._caught, Caught(unread=tuple(self._unread), complete=complete))

    def _read(self, found: Found, buffer: bytearray, pile: Pile) -> bool:
        """Read one file to its end; False when the work was stopped on the way."""
        del buffer[CHUNK:]  # a long line made it grow
        session, slug, agent = place_of(found.path, found.root)
        transcript = Transcript(path=found.path, account=found.account, session=session, slug=slug, agent=agent)
        try:
            with Reading(transcript, partial(self._reader.mark_of, found.path)) as reading:
                return self._read_all(reading, buffer, pile)
        except FileNotFoundError:
            return True
        except OSError as error:
            self._unread.append(Sentence("Cannot read {path}: {reason}.", path=found.path, reason=error.strerror))
            return True

    def _read_all(self, reading: Reading, buffer: bytearray, pile: Pile) -> bool:
        self._done += reading.offset
        while True:
            self._done += reading.read_on(buffer, pile)
            if reading.done:
                self._words.append(pile.last_word(reading.transcript))
                self._marks.append(reading.mark())
            stopped = self._done - self._told >= TELL_BYTES and not self._go_on()
            if not reading.done and (stopped or len(pile) >= MOST_ANSWERS):
                self._words.append(pile.last_word(reading.transcript))
                self._marks.append(reading.mark())
            if len(pile) >= MOST_ANSWERS:
                self._save(pile)
            if reading.done or stopped:
                return not stopped

    def _save(self, pile: Pile) -> None:
        if self._marks:
            self._caught = _and(self._caught, self._reader.save(pile, self._marks, self._words))
            self._marks, self._words = [], []

    def _go_on(self) -> bool:
        if self._on_progress is None:
            return True
        self._told = self._done
        return self._on_progress(
            ScanProgress(done_bytes=min(self._done, self._total), total_bytes=self._total, files=len(self._found))
        )


@contextmanager
def _without_gc() -> Iterator[None]:
    """Spare the collector: what is made here by the million are tuples without cycles; it takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _and(one: Caught, other: Caught) -> Caught:
    return Caught(
        responses=one.responses + other.responses,
        sessions=one.sessions | other.sessions,
        refused=(one.refused - other.cleared) | other.refused,
        cleared=(one.cleared - other.refused) | other.cleared,
        unread=one.unread + other.unread,
        complete=one.complete and other.complete,
    )
