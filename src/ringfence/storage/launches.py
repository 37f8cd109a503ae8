"""Held launches: who was refused, who waits and in which order, and what became of them.

They stand in the history's file, a row each. A waiting one holds an OS lock on a file of its own in `launches/` beside
it: the system frees that lock however the process dies, and no process number that is used again can be taken for it.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ringfence.core.model import HeldLaunch, Launches
from ringfence.core.queueing import Turn, Waiter, next_turn
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import is_there, make_folder
from ringfence.storage.database import BUSY_S, connect, plain_text, reason_of, transaction

FOLDER = "launches"
SIGNAL = "changed"
"""A file in that folder that is written when the queue moved: those who wait watch it."""
REFUSED, WAITING, RELEASED, GIVEN_UP = "refused", "waiting", "released", "given_up"
ASLEEP_S = 90.0
"""A waiting process that has not looked for so long (it looks every 30 s) is stopped: those behind it go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A launch that the gate held, as it is added."""

    asked_at: float
    """Epoch seconds, UTC."""
    command: str
    """Its name, without arguments unless the person wants them kept."""
    reason: str
    class_: str | None = None
    account: str | None = None
    model: str | None = None
    pid: int | None = None
    unknown_opens: bool = True
    """What an unknown gate means to it."""
    project: str | None = None
    """The folder it would start in; kept for those that wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A launch that waits, with what decides about its turn."""

    launch: HeldLaunch
    project: str | None
    unknown_opens: bool
    spread: float
    passed: bool
    holder: str


class LaunchLog:
    """The held launches of one ledger. Every method raises FileError when the file cannot be used."""

    def __init__(self, path: str | Path, *, busy_s: float = BUSY_S) -> None:
        self._path = Path(path)
        self._folder = self._path.parent / FOLDER
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._held: dict[int, tuple[str, FileLock]] = {}
        self._lock = threading.RLock()

    @property
    def signal(self) -> Path:
        """The file that changes when the queue moved."""
        return self._folder / SIGNAL

    def add(self, asked: Asked, state: str = REFUSED) -> int:
        """Add a launch as `refused` or `waiting` and return its number.

        One that waits stands as waiting for as long as this object lives, and until `release` or `give_up`.
        """
        if state == REFUSED:
            return self._insert(asked, REFUSED, None)
        make_folder(self._folder)
        self._sweep(asked.asked_at)
        holder = uuid.uuid4().hex
        lock = FileLock(self._lock_path(holder), timeout=self._busy_s, mode=0o600)
        try:
            lock.acquire()  # before the row is there: nobody may find it without its holder
        except (Timeout, OSError, NotImplementedError) as error:
            raise FileError.of("lock", self._lock_path(holder), error) from None
        try:
            number = self._insert(asked, WAITING, holder)
        except BaseException:
            self._let_go(holder, lock)
            raise
        self._held[number] = (holder, lock)
        self._tell()
        return number

    def release(self, number: int, now: float) -> bool:
        """Note that a launch starts; False when it did not wait any more."""
        return self._end(number, RELEASED, now)

    def give_up(self, number: int, now: float) -> bool:
        """Note that a launch will not start; False when it did not wait any more."""
        return self._end(number, GIVEN_UP, now)

    def take_turn(
        self,
        number: int,
        clock: Callable[[], float],
        may_start: Callable[[Queued], bool],
        *,
        spacing_s: float,
        jitter_s: float,
    ) -> tuple[Turn | None, bool]:
        """Release this launch when its turn has come: one at a time among all programs.

        Returns whose turn it is (None: nobody may start), and whether this launch was released. `clock` gives epoch
        seconds; `may_start` asks the gate for one launch, at this moment.
        """
        with self._connected() as connection, transaction(connection):
            now = clock()  # under the lock: a moment read before it may lie before another's release
            self._bury(connection, now)
            self._stand_up(connection, number)
            waiters = [self._waiter(q, now, may_start) for q in _queued(connection)]
            last = connection.execute("SELECT max(ended_at) FROM launches WHERE state = ?", (RELEASED,)).fetchone()[0]
            turn = next_turn(waiters, last, now, spacing_s, jitter_s)
            mine = turn is not None and turn.id == number and turn.at <= now
            if mine:
                _set_ended(connection, number, RELEASED, now)
        if mine:
            self._ended(number)
        return turn, mine

    def let_next_through(self, now: float) -> HeldLaunch | None:
        """Let the launch that has waited longest start whatever the gate says; None when none waits."""
        if not is_there(self._path):
            return None
        with self._connected() as connection, transaction(connection):
            self._bury(connection, now)
            chosen = next((q.launch for q in _queued(connection) if not q.passed), None)
            if chosen is not None:
                connection.execute("UPDATE launches SET passed = 1 WHERE id = ?", (chosen.id,))
        if chosen is not None:
            self._tell()
        return chosen

    def waiting(self, now: float) -> tuple[HeldLaunch, ...]:
        """Return the launches that wait, in the order of asking. Those whose process has died are given up."""
        if not is_there(self._path):
            return ()
        with self._connected() as connection:
            queued = _queued(connection)
            if any(self._is_dead(q) for q in queued):
                with transaction(connection):
                    self._bury(connection, now)
                queued = _queued(connection)
        return tuple(q.launch for q in queued)

    def summary(self, now: float, since: float) -> Launches:
        """Return what waits at `now`, and what became of the launches since `since` (today's midnight)."""
        waiting = self.waiting(now)
        if not is_there(self._path):
            return Launches()
        with self._connected() as connection:
            [(refused,)] = connection.execute(
                "SELECT count(*) FROM launches WHERE state = ? AND asked_at >= ?", (REFUSED, since)
            ).fetchall()
            [(released,)] = connection.execute(
                "SELECT count(*) FROM launches WHERE state = ? AND ended_at >= ?", (RELEASED, since)
            ).fetchall()
            reasons = connection.execute(
                "SELECT reason, count(*) FROM launches WHERE asked_at >= ? GROUP BY reason ORDER BY 2 DESC, 1", (since,)
            ).fetchall()
        return Launches(waiting=waiting, refused_today=refused, released_today=released, by_reason=tuple(reasons))

    def close(self) -> None:
        """Close the file. What still waits through this object is given up by the next who looks."""
        with self._lock:
            for holder, lock in self._held.values():
                lock.release()
                with suppress(OSError):
                    self._lock_path(holder).unlink()
            self._held.clear()
            self._disconnect()

    def _insert(self, asked: Asked, state: str, holder: str | None) -> int:
        project = asked.project if state == WAITING else None
        texts = [asked.command, asked.class_, asked.account, asked.model, asked.reason, project]
        values = (
            asked.asked_at, *(t if t is None else plain_text(t) for t in texts), state, asked.pid, holder,
            asked.unknown_opens, random.random(),  # noqa: S311 - it spreads runs, it guards nothing
        )  # fmt: skip
        with self._connected() as connection, transaction(connection):
            cursor = connection.execute(
                "INSERT INTO launches (asked_at, command, class, account, model, reason, project, state, pid,"
                " holder, unknown_opens, spread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        return int(cursor.lastrowid or 0)

    def _end(self, number: int, state: str, now: float) -> bool:
        try:
            with self._connected() as connection, transaction(connection):
                ended = _set_ended(connection, number, state, now)
        finally:
            self._ended(number)
        return ended

    def _ended(self, number: int) -> None:
        """Let go of a launch's lock, and wake the others."""
        held = self._held.pop(number, None)
        if held is not None:
            self._let_go(*held)
        self._tell()

    def _let_go(self, holder: str, lock: FileLock) -> None:
        lock.release()
        with suppress(OSError):
            self._lock_path(holder).unlink()

    def _tell(self) -> None:
        with suppress(OSError):  # they look again by themselves, later
            handle = os.open(self.signal, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                os.write(handle, b".")
            finally:
                os.close(handle)

    def _bury(self, connection: sqlite3.Connection, now: float) -> None:
        """Give up the launches whose process has died."""
        for dead in [q for q in _queued(connection) if self._is_dead(q)]:
            _set_ended(connection, dead.launch.id, GIVEN_UP, now)
            with suppress(OSError):
                self._lock_path(dead.holder).unlink()

    def _stand_up(self, connection: sqlite3.Connection, number: int) -> None:
        """Wait on, in the old place, when another program took this launch for dead (e.g. from another machine)."""
        if number not in self._held:
            return
        found = connection.execute("SELECT state FROM launches WHERE id = ?", (number,)).fetchone()
        if found is None:
            raise FileError.cannot("use", self._path, Sentence("it was begun anew, and this run does not stand in it"))
        if found[0] == GIVEN_UP:
            connection.execute("UPDATE launches SET state = ?, ended_at = NULL WHERE id = ?", (WAITING, number))

    def _is_dead(self, queued: Queued) -> bool:
        if queued.launch.id in self._held:
            return False
        path = self._lock_path(queued.holder)
        return not queued.holder or not os.access(path, os.F_OK) or _is_free(path)

    def _sweep(self, now: float) -> None:
        """Remove the files of those that were killed on their way into the queue or out of it."""
        with suppress(OSError):
            for path in self._folder.glob("*.lock"):
                if now - path.stat().st_mtime > ASLEEP_S and _is_free(path):
                    path.unlink()

    def _waiter(self, queued: Queued, now: float, may_start: Callable[[Queued], bool]) -> Waiter:
        awake = self._is_awake(queued, now)
        return Waiter(
            id=queued.launch.id,
            may_start=awake and may_start(queued),
            passed=awake and queued.passed,
            spread=queued.spread,
        )

    def _is_awake(self, queued: Queued, now: float) -> bool:
        """Tell whether a launch's process has looked lately; this one's own looks now."""
        path = self._lock_path(queued.holder)
        with suppress(OSError):
            if queued.launch.id in self._held:
                os.utime(path, (now, now))
                return True
            return now - path.stat().st_mtime < ASLEEP_S
        return queued.launch.id in self._held

    def _lock_path(self, holder: str) -> Path:
        return self._folder / f"{holder}.lock"

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Give the open file to one thread at a time, and tell its errors as FileError."""
        with self._lock:
            try:
                self._connection = self._connection or connect(self._path, self._busy_s)
                yield self._connection
            except sqlite3.Error as error:
                self._disconnect()
                raise FileError.cannot("use", self._path, reason_of(error)) from None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _queued(connection: sqlite3.Connection) -> list[Queued]:
    """Return those that wait, in the order of asking; by their numbers, for the clock may have been set in between."""
    rows = connection.execute(
        "SELECT id, asked_at, command, class, account, model, reason, state, ended_at, pid,"
        " project, unknown_opens, spread, passed, coalesce(holder, '') FROM launches WHERE state = ? ORDER BY id",
        (WAITING,),
    )
    return [
        Queued(
            launch=HeldLaunch(
                id=number, asked_at=asked_at, command=command, class_=class_, account=account, model=model,
                reason=reason, state=state, ended_at=ended_at, pid=pid,
            ),
            project=project, unknown_opens=bool(unknown_opens), spread=spread, passed=bool(passed), holder=holder,
        )
        for (
            number, asked_at, command, class_, account, model, reason, state, ended_at, pid,
            project, unknown_opens, spread, passed, holder,
        ) in rows
    ]  # fmt: skip


if sys.platform == "win32":

    def _is_free(path: Path) -> bool:
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError, NotImplementedError):
            return False
        lock.release()
        return True

else:
    import fcntl

    def _is_free(path: Path) -> bool:
        """Tell whether nobody holds a lock, by taking it for an instant.

        The same flock as FileLock's, at a hundredth of its cost: each who waits asks it of all the others.
        """
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(handle)
        return True


def _set_ended(connection: sqlite3.Connection, number: int, state: str, now: float) -> bool:
    cursor = connection.execute(
        "UPDATE launches SET state = ?, ended_at = ? WHERE id = ? AND state = ?", (state, now, number, WAITING)
    )
    return cursor.rowcount == 1
