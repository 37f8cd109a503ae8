"""All transcripts of all accounts, read into the ledger: the first time everything, then what is new."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ringfence.core.sums import Caught, ScanProgress
from ringfence.tokens.tree import is_transcript, transcripts

if TYPE_CHECKING:  # a report over known transcripts needs no more than what is above
    from datetime import tzinfo

    from ringfence.core.sums import Session
    from ringfence.core.tokens import FileMark, SeenRefusal, Stamp
    from ringfence.ports import TokenStore
    from ringfence.tokens.pile import Pile


class Found(NamedTuple):
    """A transcript with something new in it. A first scan has them by the thousand: hence no dataclass."""

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
        self._seen: dict[str, Stamp] | None = None
        self._by_identity: dict[tuple[int, int], str] | None = None

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
        caught = self._read(found, on_progress)
        if paths is None and caught.complete:
            self._store.settle()
        return replace(caught, unread=(*caught.unread, *unread))

    def _read(self, found: list[Found], on_progress: Callable[[ScanProgress], bool] | None) -> Caught:
        if not found:
            return Caught(
                complete=on_progress is None or on_progress(ScanProgress(done_bytes=0, total_bytes=0, files=0))
            )
        from ringfence.tokens.pile import Pile  # noqa: PLC0415
        from ringfence.tokens.work import Work  # noqa: PLC0415

        return Work(self, found, on_progress).run(Pile(self._zone, self._class_of))

    def mark_of(self, path: str, status: os.stat_result) -> FileMark | None:
        """Return how far a file was read, also when it had another name then."""
        identity = status.st_dev, status.st_ino
        stamp = self._stamps().get(path)
        known = path if stamp is not None and stamp[:2] == identity else self._paths().get(identity)
        return None if known is None else self._store.mark(known)

    def _stamps(self) -> dict[str, Stamp]:
        """Return how each transcript looked when it was last read."""
        if self._seen is None:
            self._seen = self._store.stamps()
        return self._seen

    def _paths(self) -> dict[tuple[int, int], str]:
        """Return each transcript's last name by its device and inode; made for the first that is not known by name."""
        if self._by_identity is None:
            self._by_identity = {stamp[:2]: path for path, stamp in self._stamps().items()}
        return self._by_identity

    def save(
        self, pile: Pile, files: Sequence[FileMark], words: Sequence[tuple[SeenRefusal | None, Session | None]]
    ) -> Caught:
        """Put a pile into the store, with the marks that go with it."""
        from ringfence.core.tokens import TokenBatch  # noqa: PLC0415

        # A session may have said both in one batch, in two files: the later word stands.
        refused = {(r.account, r.session): r for r, _ in words if r is not None}
        answered = frozenset(s for _, s in words if s is not None) - refused.keys()
        caught = self._store.apply(
            TokenBatch(answers=pile.answers(), files=files, refused=tuple(refused.values()), answered=answered)
        )
        pile.clear()
        for mark in files:
            self._stamps()[mark.path] = mark.stamp
            if self._by_identity is not None:
                self._by_identity[mark.device, mark.inode] = mark.path
        return caught

    def _all(self, accounts: Mapping[str, Sequence[str]], unread: list[str]) -> list[Found]:
        """Return every transcript, the last written last: a copy then comes after what it was copied from."""
        stamps = self._stamps()
        found = [
            Found(path=path, account=account, root=root, status=status)
            for account, root in _roots(accounts)
            for path, status in transcripts(root, unread)
            if stamps.get(path) != _stamp(status)
        ]
        return sorted(found, key=lambda f: (f.status.st_mtime_ns, f.path))

    def _known(self, accounts: Mapping[str, Sequence[str]], paths: Iterable[str]) -> list[Found]:
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
            if self._stamps().get(path) != _stamp(status):
                found.append(Found(path=path, account=place[0], root=place[1], status=status))
        return sorted(found, key=lambda f: (f.status.st_mtime_ns, f.path))


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _roots(accounts: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, str]]:
    for account, folders in accounts.items():
        for folder in folders:
            yield account, os.path.join(folder, "projects")
