"""Files that others change: the settings, the gate, the logins. The kernel tells; nothing is polled while it can.

What is watched is a name in a folder, for an atomic replace gives the name a new file. A folder that is not there yet
is waited for in its nearest parent. Known limit: a folder that is renamed away as a whole is not noticed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.storage.atomic import is_folder
from ringfence.storage.watch_tree import Tell, TreeWatcher

if TYPE_CHECKING:  # watchdog is loaded when the first file is watched
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

_log = logging.getLogger(__name__)

POLL_S = 15.0
"""How often folders are looked at when the system gives no watches: seldom, it costs a wake-up each time."""
_TRIES = 20


@dataclass(frozen=True, slots=True)
class _Spot:
    """A name to look out for in a folder that exists, for the sake of a path."""

    folder: str
    name: str
    path: str
    is_target: bool
    """False for a folder on the way to the path."""


class Watcher:
    """Tells which of the watched files were created, changed, replaced or removed; never that one was read.

    `on_change` is called on the loop's thread with the path as it was given to `watch`, at most once per file and turn
    of the loop; `call_soon` is the loop's `call_soon_threadsafe`. All methods are called on the loop's thread.
    """

    def __init__(
        self, on_change: Callable[[str], None], call_soon: Callable[..., object], *, poll_s: float = POLL_S
    ) -> None:
        self._on_change = on_change
        self._call_soon = call_soon
        self._poll_s = poll_s
        self._paths: dict[str, None] = {}
        self._pending: set[str] = set()
        self._spots: frozenset[_Spot] = frozenset()
        self._names: dict[str, frozenset[str]] = {}  # replaced, never changed: the observer's thread reads it
        self._watches: dict[str, ObservedWatch] = {}
        self._observer: BaseObserver | None = None
        self._polling = False
        self._trees: TreeWatcher | None = None
        self._closed = False

    def watch(self, path: str) -> None:
        """Watch a file that may not exist yet. A change after this returns is told."""
        if self._closed:
            raise RuntimeError("this watcher is closed")
        self._paths[path] = None
        self._arm()

    def watch_trees(self, folders: Sequence[str], tell: Tell) -> None:
        """Watch everything below these folders, there or not, instead of those given before."""
        if self._trees is None and folders:
            self._trees = TreeWatcher(tell, self._call_soon)
        if self._trees is not None:
            self._trees.watch(folders)

    def close(self) -> None:
        """Stop: nothing is told any more, and the threads have ended when this returns."""
        self._closed = True
        self._stop_observer()
        if self._trees is not None:
            self._trees.close()

    def _arm(self) -> None:
        """Watch the folders that the paths need now; again until nothing moved under our hands."""
        for _ in range(_TRIES):
            spots = frozenset(spot for path in self._paths for spot in _spots(path))
            if spots == self._spots:
                return
            self._spots = spots
            folders = {spot.folder for spot in spots}
            # Before the watches: an event must find what it is compared with.
            self._names = {f: frozenset(s.name for s in spots if s.folder == f) for f in folders}
            for folder in self._watches.keys() - folders:
                self._unwatch(folder)
            begun = [self._watch_folder(folder) for folder in sorted(folders - self._watches.keys())]
            if not all(begun):
                self._spots = frozenset()

    def _watch_folder(self, folder: str) -> bool:
        """Begin to watch a folder; False when it is gone again, or when all folders have to be watched anew."""
        try:
            observer = self._observer = self._observer or self._start_observer()
            handler = _handler(folder, lambda names, lost: self._heard(folder, names, lost))
            self._watches[folder] = observer.schedule(handler, folder, event_filter=_events(polling=self._polling))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            reason = error.strerror or str(error)
            # A folder that is not for us, which no other way would open; or there is no third way.
            if self._polling or isinstance(error, PermissionError):
                _log.info("Changes in %s are not seen: %s.", folder, reason)
                return True
            self._stop_observer()
            self._polling = True
            _log.info("The system gives no file watches (%s): files are looked at every %g s.", reason, self._poll_s)
            return False
        return True

    def _start_observer(self) -> BaseObserver:
        if self._polling:
            from watchdog.observers.polling import PollingObserver  # noqa: PLC0415

            observer: BaseObserver = PollingObserver(timeout=self._poll_s)
        else:
            from watchdog.observers import Observer  # noqa: PLC0415

            observer = Observer()
        # watchdog 7.1 logs this as an ERROR when a watch ends between two looks of its thread; nothing is wrong then.
        logging.getLogger("watchdog.observers.inotify").addFilter(_is_no_farewell)
        observer.start()
        return observer

    def _stop_observer(self) -> None:
        observer, self._observer = self._observer, None
        self._watches.clear()
        if observer is not None:
            observer.stop()
            observer.join()

    def _unwatch(self, folder: str) -> None:
        watch = self._watches.pop(folder, None)
        if watch is not None and self._observer is not None:
            self._observer.unschedule(watch)

    def _heard(self, folder: str, names: frozenset[str], lost: bool) -> None:
        """On the observer's thread: hand on what is ours, and wake the loop for nothing else."""
        if self._closed or not (lost or names & self._names.get(folder, frozenset())):
            return
        with suppress(RuntimeError):  # the loop has just ended
            self._call_soon(self._handle, folder, names, lost)

    def _handle(self, folder: str, names: frozenset[str], lost: bool) -> None:
        if self._closed:
            return
        spots = [s for s in self._spots if s.folder == folder and (lost or s.name in names)]
        if lost:
            self._unwatch(folder)  # a folder made anew under that name needs a watch of its own
            self._spots = frozenset()
        self._arm()
        for spot in sorted(spots, key=lambda s: s.path):
            if spot.is_target or os.path.lexists(spot.path):
                self._tell_soon(spot.path)

    def _tell_soon(self, path: str) -> None:
        if path in self._pending:
            return
        self._pending.add(path)
        self._call_soon(self._tell, path)

    def _tell(self, path: str) -> None:
        self._pending.discard(path)
        if not self._closed:
            self._on_change(path)


def _spots(path: str) -> list[_Spot]:
    """Return what to look out for: the name itself, and where it leads when it is a link (dotfiles often are)."""
    given = Path(path).absolute()
    return list(dict.fromkeys(_spot(path, place) for place in (given, given.resolve())))


def _spot(path: str, place: Path) -> _Spot:
    folder, name = place.parent, place.name
    while not is_folder(folder) and folder != folder.parent:
        folder, name = folder.parent, folder.name
    # inotify would watch a link instead of the folder it leads to.
    return _Spot(str(folder.resolve()), name, path, folder == place.parent)


def _handler(folder: str, tell: Callable[[frozenset[str], bool], None]) -> FileSystemEventHandler:
    """Return what watchdog calls: it tells the names an event is about, and whether the folder itself is gone."""
    from watchdog.events import DirDeletedEvent, FileSystemEventHandler  # noqa: PLC0415

    class Handler(FileSystemEventHandler):
        def dispatch(self, event: FileSystemEvent) -> None:
            places = [os.fsdecode(place) for place in (event.src_path, event.dest_path) if place]
            lost = isinstance(event, DirDeletedEvent) and places == [folder]
            tell(frozenset(Path(place).name for place in places), lost)

    return Handler()


def _events(*, polling: bool) -> list[type[FileSystemEvent]]:
    """Return the kinds of event that mean a change; the kernel is asked for no others.

    Reading is none of them: who reads a file when told would be told again, for ever. Where the end of writing is
    told (Linux), the single writes are not wanted: they show half a file, and our log and history in the same folder
    would wake us with every line.
    """
    from watchdog import events  # noqa: PLC0415
    from watchdog.utils import platform  # noqa: PLC0415

    ended = events.FileClosedEvent if platform.is_linux() and not polling else events.FileModifiedEvent
    return [
        ended, events.FileCreatedEvent, events.FileMovedEvent, events.FileDeletedEvent,
        events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent,
    ]  # fmt: skip


def _is_no_farewell(record: logging.LogRecord) -> bool:
    return "called when the thread is inactive" not in record.getMessage()
