"""Folders whose files others write, however deep: transcripts. The kernel tells of each write; nothing is polled.

A folder that is not there yet is waited for in its nearest parent, without looking below that.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.storage.atomic import is_folder

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

_log = logging.getLogger(__name__)

Tell = Callable[[frozenset[str]], None]


class TreeWatcher:
    """Tells which files below the folders were written, at most once per turn of the loop.

    `call_soon` is the loop's `call_soon_threadsafe`; all methods are called on the loop's thread. Where the system
    gives no watches, nothing is told: whoever follows a tree looks at all of it from time to time.
    """

    def __init__(self, tell: Tell, call_soon: Callable[..., object]) -> None:
        self._tell = tell
        self._call_soon = call_soon
        self._observer: BaseObserver | None = None
        self._watches: dict[tuple[str, bool], ObservedWatch] = {}
        self._folders: tuple[str, ...] = ()
        self._heard: deque[frozenset[str]] = deque()
        self._waking = False
        self._closed = False

    def watch(self, folders: Sequence[str]) -> None:
        """Watch these folders, instead of those given before."""
        self._folders = tuple(folders)
        self._arm()

    def close(self) -> None:
        """Stop: nothing is told any more, and the threads have ended when this returns."""
        self._closed = True
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()

    def _arm(self) -> None:
        """Watch what is there now: a folder that was made meanwhile, or one that went, is watched in another place."""
        wanted = {_place(folder) for folder in self._folders}
        for key in self._watches.keys() - wanted:
            watch = self._watches.pop(key)
            if self._observer is not None:
                with suppress(KeyError, OSError):
                    self._observer.unschedule(watch)
        for key in sorted(wanted - self._watches.keys()):
            self._begin(*key)

    def _begin(self, folder: str, whole: bool) -> None:
        try:
            if self._observer is None:
                from watchdog.observers import Observer  # noqa: PLC0415 - not needed before the icon is there

                self._observer = Observer()
                self._observer.start()
            handler = _handler(self._hear)
            self._watches[folder, whole] = self._observer.schedule(
                handler, folder, recursive=whole, event_filter=_events()
            )
        except OSError as error:
            _log.info("Writes below %s are not told (%s); they are looked for.", folder, error.strerror or error)

    def _hear(self, places: frozenset[str]) -> None:
        """On the observer's thread: gather, and wake the loop once."""
        self._heard.append(places)
        if self._waking or self._closed:
            return
        self._waking = True
        with suppress(RuntimeError):  # the loop has just ended
            self._call_soon(self._wake)

    def _wake(self) -> None:
        self._waking = False  # before what was heard is taken: what comes meanwhile wakes again
        places: set[str] = set()
        while self._heard:
            places |= self._heard.popleft()
        if self._closed:
            return
        self._arm()
        self._tell(frozenset(name for place in places for name in self._as_given(place)))

    def _as_given(self, place: str) -> Iterator[str]:
        """Return a file by the names of the folders as they were given: a link may lead to where it was written."""
        for folder in self._folders:
            real = os.path.realpath(folder)
            yield folder + place[len(real) :] if place.startswith(real + os.sep) else place


def _place(folder: str) -> tuple[str, bool]:
    """Return the folder and True, or its nearest parent and False while it is not there."""
    place = Path(folder).absolute()
    whole = is_folder(place)
    while not is_folder(place) and place != place.parent:
        place = place.parent
    return str(place.resolve()), whole


def _handler(hear: Callable[[frozenset[str]], None]) -> FileSystemEventHandler:
    from watchdog.events import FileSystemEventHandler  # noqa: PLC0415

    class Handler(FileSystemEventHandler):
        def dispatch(self, event: FileSystemEvent) -> None:
            hear(frozenset(os.fsdecode(place) for place in (event.src_path, event.dest_path) if place))

    return Handler()


def _events() -> list[type[FileSystemEvent]]:
    from watchdog import events  # noqa: PLC0415

    return [
        events.FileModifiedEvent, events.FileCreatedEvent, events.FileMovedEvent,
        events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent,
    ]  # fmt: skip
