"""A bar's line for as long as the bar lives: printed anew when it differs. Files are followed, nothing is polled."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ringfence import gate_reader
from ringfence.cli.following import Following, following

SETTLE_S = 0.1
"""The monitor writes the one within milliseconds of the other."""


def run(draw: Callable[[], str]) -> int:
    """Print what `draw` returns, now and whenever it changes; return 0 when nobody reads it any more."""
    return asyncio.run(_run(draw))


async def settle() -> None:
    """Wait until what is written together is there: a reading and the gate that follows from it are two files."""
    await asyncio.sleep(SETTLE_S)


async def _run(draw: Callable[[], str]) -> int:
    state = Path(gate_reader.home_folder())
    async with following((state / "status.json", state / "gate.json")) as files:
        gone = _notice_end(files)
        said = ""
        while True:
            if (line := draw()) != said:
                sys.stdout.write(f"{line}\n")  # in one piece, also where output is not buffered
                sys.stdout.flush()
                said = line
            await files.wait()
            if gone.is_set():
                return 0
            await settle()


def _notice_end(files: Following) -> asyncio.Event:
    """Return what is set when the reader of standard output has gone: a bar that ends may leave its commands behind.

    A pipe, socket or terminal that is closed at its other end is told by the kernel: nothing has to be printed to find
    out. The loop's own readers cannot wait for that alone: tmux ends its side of the input at once, which they report.
    """
    gone = asyncio.Event()
    if not hasattr(select, "poll"):
        return gone
    loop = asyncio.get_running_loop()

    def end() -> None:
        gone.set()
        files.look_again()

    def wait_for_the_end() -> None:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)  # no event but the two that are always told: error and hang-up
        poll.poll()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(end)

    threading.Thread(target=wait_for_the_end, daemon=True).start()  # one of asyncio's would hold up the exit
    return gone
