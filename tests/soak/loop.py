"""An asyncio loop whose time jumps to the next timer as soon as nothing real is under way.

Sockets, threads and files are real; only waiting is not. So ten days of polls take as long as their work takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

GRACE_S = 0.001
"""So long a real event may take to be seen after the last one."""
PATIENCE_S = 0.25
"""What is under way for so long without any event is waiting for a timer itself."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. `at` says how far its time is ahead of the machine's; `waits` names what must not be jumped over."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: Callable[[], bool] = lambda: False
        self.jumps = 0
        self._virtual = 0.0
        self._settled_at = self._event_at = 0.0
        self._working = 0
        self._select = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._selected  # type: ignore[attr-defined]
        self.set_default_executor(ThreadPoolExecutor(max_workers=2, thread_name_prefix="soak"))

    def time(self) -> float:
        """Return seconds that stand still while something real is under way: a run does not depend on its speed."""
        return self._virtual

    def settle(self, real_s: float) -> None:
        """Let so much real time pass before the next jump: a file was changed, and a thread is about to tell it."""
        self._settled_at = max(self._settled_at, time.monotonic() + real_s)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Count what threads are doing: time stands still for it."""
        self._working += 1
        made = super().run_in_executor(executor, func, *args)
        made.add_done_callback(self._worked)
        return made

    def _worked(self, _done: object) -> None:
        self._working -= 1

    def _selected(self, timeout: float | None) -> Any:
        events = self._select(0 if timeout == 0 else GRACE_S)
        now = time.monotonic()
        if events or timeout is None or timeout <= 0:
            self._event_at = now
            return events
        busy = self._working or self.waits() or now < self._settled_at
        if busy and now - self._event_at < PATIENCE_S:
            return self._select(0.005)
        self._event_at = now
        self._virtual += timeout
        self.jumps += 1
        return events
