"""A long look at the transcripts, in a process of its own: a first one reads gigabytes.

What it took of memory goes with it, some 18 MB that the allocator would keep in a tray that runs for weeks; and the
window does not share its interpreter with it. Both ends of the pipe are here: a line of three numbers a progress.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ringfence.core.sums import ScanProgress

if TYPE_CHECKING:
    from ringfence.storage.paths import Paths

ARGUMENT = "--read-transcripts"
"""How this program asks itself for it; no command for people."""
LARGE_BYTES = 64 << 20
"""Less is read sooner than a process has started, and leaves little behind."""


def read_apart(paths: Paths, scanned: Callable[[ScanProgress], bool]) -> None:
    """Read what is new in all transcripts into the ledger of these paths; return when it is over, or was stopped.

    Stopped: `scanned` returned False. Never raises: what this leaves unread, whoever asked finds unread.
    """
    import logging  # noqa: PLC0415 - most commands name this module and read nothing apart
    import subprocess  # noqa: PLC0415

    log = logging.getLogger(__name__)
    # A bundle's executable is the program itself, and takes no options of Python's.
    module = [] if getattr(sys, "frozen", False) else ["-P", "-m", "ringfence"]
    command = [sys.executable, *module, ARGUMENT, str(paths.config), str(paths.state)]
    window = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would open a console for it
    try:
        child = subprocess.Popen(  # noqa: S603 - this program
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, creationflags=window
        )
    except OSError as error:
        log.info("The transcripts are read here: no process could be started (%s).", error.strerror)
        return
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            progress = progress_of(line)
            if progress is None or not scanned(progress):
                child.terminate()  # what it has not written yet is rolled back, and read the next time
                break
    if child.returncode > 0:
        log.info("The transcripts are read here: the process for it ended with %d.", child.returncode)


def line_of(progress: ScanProgress) -> str:
    """Return a progress as it goes through the pipe."""
    return f"{progress.done_bytes} {progress.total_bytes} {progress.files}"


def progress_of(line: bytes) -> ScanProgress | None:
    """Return the progress of a line, None for what is none."""
    try:
        done, total, files = (int(word) for word in line.split())
    except ValueError:
        return None
    return ScanProgress(done_bytes=done, total_bytes=total, files=files)
