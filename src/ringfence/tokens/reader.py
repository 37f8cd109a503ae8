"""All transcripts of all accounts, read into the ledger: the first time everything, then what is new."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from ringfence.core.tokens import Caught, FileMark, ScanProgress, SeenRefusal, Session, TokenBatch
from ringfence.ports import TokenStore
from ringfence.tokens.pile import Pile, Transcript, place_of
from ringfence.tokens.scan import CHUNK, Reading, is_transcript, transcripts

MOST_ANSWERS = 16384
"""So many make a transaction worth while."""
TELL_BYTES = 16 << 20
"""How often progress is told: several times a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    path: str
    account: str
    root: str
    status: os.stat_result


class TokenReader:
    """Reads transcripts into a store. Methods block, one at a time, from any thread; they raise FileError.

    `class_of` names the class of a session that a launcher started, None for any other.
    """

    def __init__(
        self,
        store: TokenStore,
        zone: tzinfo | None = None,
        class_of: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._store = store
        self._zone = zone
        self._class_of = class_of
        self._marks: dict[str, FileMark] | None = None
        self._by_identity: dict[tuple[int, int], FileMark] = {}

    def catch_up(
        self,
        accounts: Mapping[str, Sequence[str]],
        paths: Iterable[str] | None = None,
        on_progress: Callable[[ScanProgress], bool] | None = None,
    ) -> Caught:
        """Read what is new in the transcripts of each account's config folders, or in `paths` alone.

        `on_progress` is told how far it is several times a second, and stops it by returning False: what was read
        until then is kept, and the next call goes on there.
        """
        unread: list[str] = []
        found = self._all(accounts, unread) if paths is None else self._known(accounts, paths)
        work = _Work(self, found, on_progress)
        with _without_gc():
            caught = work.run(Pile(self._zone, self._class_of))
        if paths is None and caught.complete:
            self._store.settle()
        return _with_unread(caught, unread)

    def marks(self) -> dict[str, FileMark]:
        """Return how far each transcript was read."""
        if self._marks is None:
            self._marks = self._store.files()
            self._by_identity = {(m.device, m.inode): m for m in self._marks.values()}
        return self._marks

    def mark_of(self, path: str, status: os.stat_result) -> FileMark | None:
        """Return how far a file was read, also when it had another name then."""
        identity = status.st_dev, status.st_ino
        mark = self.marks().get(path)
        return mark if mark is not None and (mark.device, mark.inode) == identity else self._by_identity.get(identity)

    def save(
        self, pile: Pile, files: Sequence[FileMark], words: Sequence[tuple[SeenRefusal | None, Session | None]]
    ) -> Caught:
        """Put a pile into the store, with the marks that go with it."""
        # A session may have said both in one batch, in two files: the later word stands.
        refused = {(r.account, r.session): r for r, _ in words if r is not None}
        answered = frozenset(s for _, s in words if s is not None) - refused.keys()
        caught = self._store.apply(
            TokenBatch(answers=pile.answers(), files=files, refused=tuple(refused.values()), answered=answered)
        )
        pile.clear()
        for mark in files:
            self.marks()[mark.path] = mark
            self._by_identity[mark.device, mark.inode] = mark
        return caught

    def _all(self, accounts: Mapping[str, Sequence[str]], unread: list[str]) -> list[_Found]:
        """Return every transcript, the last written last: a copy then comes after what it was copied from."""
        found = [
            _Found(path=path, account=account, root=root, status=status)
            for account, root in _roots(accounts)
            for path, status in transcripts(root, unread)
            if self._is_new(path, status)
        ]
        return sorted(found, key=lambda f: (f.status.st_mtime_ns, f.path))

    def _known(self, accounts: Mapping[str, Sequence[str]], paths: Iterable[str]) -> list[_Found]:
        found = []
        roots = list(_roots(accounts))
        for path in paths:
            place = next(((a, root) for a, root in roots if path.startswith(root + os.sep)), None)
            if place is None or not is_transcript(os.path.basename(path)):
                continue
            try:
                status = os.stat(path)
            except OSError:
                continue  # gone again
            if self._is_new(path, status):
                found.append(_Found(path=path, account=place[0], root=place[1], status=status))
        return sorted(found, key=lambda f: (f.status.st_mtime_ns, f.path))

    def _is_new(self, path: str, status: os.stat_result) -> bool:
        mark = self.marks().get(path)
        return mark is None or (
            mark.mtime_ns != status.st_mtime_ns
            or mark.size != status.st_size
            or mark.inode != status.st_ino
            or mark.device != status.st_dev
        )


class _Work:
    """One call's work: file after file, a transaction whenever the pile is high."""

    def __init__(
        self, reader: TokenReader, found: list[_Found], on_progress: Callable[[ScanProgress], bool] | None
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
        buffer = bytearray(CHUNK)
        complete = self._go_on()
        for found in self._found:
            if not complete:
                break
            complete = self._read(found, buffer, pile)
        self._save(pile)
        return _with_unread(_and(self._caught, Caught(complete=complete)), self._unread)

    def _read(self, found: _Found, buffer: bytearray, pile: Pile) -> bool:
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
            self._unread.append(f"Cannot read {found.path}: {error.strerror}.")
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


def _roots(accounts: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, str]]:
    for account, folders in accounts.items():
        for folder in folders:
            yield account, os.path.join(folder, "projects")


def _and(one: Caught, other: Caught) -> Caught:
    return Caught(
        responses=one.responses + other.responses,
        sessions=one.sessions | other.sessions,
        refused=(one.refused - other.cleared) | other.refused,
        cleared=(one.cleared - other.refused) | other.cleared,
        unread=one.unread + other.unread,
        complete=one.complete and other.complete,
    )


def _with_unread(caught: Caught, unread: Sequence[str]) -> Caught:
    return _and(caught, Caught(unread=tuple(unread)))
