"""One tray app per person: a second start asks the first to show its window, and ends.

The first holds a lock and watches its folder; the second leaves a request there. Files, as everything else here, not a
socket: QtNetwork alone would cost every running app 4 MB. The request carries the token by which Wayland lets a window
come to the front: the desktop gives it to the program that a person started, which is the second.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject, Signal

TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - a variable's name; Qt takes the token from it, once
LONGEST_TOKEN = 1024
PATIENCE_S = 2.0
"""How long the first app has to notice a request; a busy desktop takes a tenth of it."""


class Instance(QObject):
    """This process's claim to be the tray app of a home."""

    show_asked = Signal()

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        """Make one that claims nothing yet, and its home where there is none. Raises OSError."""
        super().__init__(parent)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._request = home / "show.request"
        self._lock = QLockFile(str(home / "tray.lock"))
        self._lock.setStaleLockTime(0)  # only a holder that is gone loses it: an app may run for months
        self._watcher: QFileSystemWatcher | None = None

    def claim(self) -> bool:
        """Become the first; False when another tray app runs. A killed one's lock is free at once.

        Raises OSError when nobody can be the first there, e.g. because the disk is full.
        """
        if not self._lock.tryLock(0):
            if self._lock.error() is not QLockFile.LockError.LockFailedError:
                os.close(os.open(self._lock.fileName(), os.O_RDWR | os.O_CREAT, 0o600))  # it says why, Qt does not
            return False
        self._take()  # of a start before
        self._watcher = QFileSystemWatcher([str(self._request.parent)], self)
        self._watcher.directoryChanged.connect(self._look)
        return True

    def ask_to_show(self, token: str = "") -> bool:
        """Ask the first to show its window; False when it does not answer, e.g. because it hangs.

        `token` is Wayland's leave to come to the front (XDG_ACTIVATION_TOKEN); empty: the desktop gave none.
        """
        try:
            self._leave(token)
            end = time.monotonic() + PATIENCE_S
            while self._request.exists():
                if time.monotonic() > end:
                    self._request.unlink(missing_ok=True)
                    return False
                time.sleep(0.01)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Stop being the first."""
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None
        self._lock.unlock()

    def _leave(self, token: str) -> None:
        mine = self._request.with_name(f"{self._request.name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(token[:LONGEST_TOKEN], encoding="utf-8")
        mine.replace(self._request)

    def _take(self) -> str | None:
        """Take the request away and return its token; None: there is none."""
        try:
            token = self._request.read_text(encoding="utf-8", errors="replace")[:LONGEST_TOKEN]
            self._request.unlink()
        except OSError:
            return None
        return token if token.isprintable() else ""

    def _look(self) -> None:
        token = self._take()
        if token is None:
            return
        if token:
            os.environ[TOKEN] = token
        self.show_asked.emit()
        os.environ.pop(TOKEN, None)  # spent, or of no use here: programs that are started from here must not have it
