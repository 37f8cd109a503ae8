"""Lets a read of the history go on beside the window: a slice with every turn of Qt's loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ringfence.file_errors import FileError
from ringfence.tray.history_slices import SLICE_S, Steps, T

AT_ONCE_S = 0.02
"""What is read within this is there with the first frame: most ledgers are read before anybody sees them missing."""
SLOW_MS = 250
"""A read that takes longer is said to be under way."""


class Reader(QObject):
    """Works through one read at a time; another takes the place of the one under way."""

    failed = Signal(object)
    """The FileError that says why the history cannot be read."""
    slow = Signal(bool)
    """The read takes a while; (False) it is over."""

    def __init__(self, stopwatch: Callable[[], float] = time.perf_counter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stopwatch = stopwatch
        self._steps: Steps[Any] | None = None
        self._found: Callable[[Any], None] = lambda _found: None
        self._told_slow = False
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(lambda: self._go_on(SLICE_S))
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(lambda: self._tell(slow=True))

    @property
    def busy(self) -> bool:
        """Whether a read is under way."""
        return self._steps is not None

    def start(self, steps: Steps[T], found: Callable[[T], None]) -> None:
        """Read, at once as far as that is fast, and tell what was found; `failed` tells why there is nothing."""
        self._drop()
        self._steps, self._found = steps, found
        self._go_on(AT_ONCE_S)
        if self._steps is not None:
            self._turn.start()
            if not self._told_slow:
                self._slow.start()

    def stop(self) -> None:
        """Read no further; nothing is told."""
        self._drop()
        self._tell(slow=False)

    def _go_on(self, budget_s: float) -> None:
        steps = self._steps
        if steps is None:
            return
        until = self._stopwatch() + budget_s
        try:
            next(steps)
            while self._stopwatch() < until:
                next(steps)
        except StopIteration as end:
            self.stop()
            self._found(end.value)
        except FileError as error:
            self.stop()
            self.failed.emit(error)

    def _drop(self) -> None:
        self._turn.stop()
        self._slow.stop()
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    def _tell(self, *, slow: bool) -> None:
        if slow is not self._told_slow:
            self._told_slow = slow
            self.slow.emit(slow)
