"""A bar's line for as long as the bar lives: printed anew when it differs. Files are followed, nothing is polled."""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from ringfence import gate_reader
from ringfence.cli.following import Following, following

SETTLE_S = 0.1


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

    A pipe or a socket (tmux's) whose other end is closed wakes the loop: nothing has to be printed to find out.
    """
    gone = asyncio.Event()
    output = sys.stdout.fileno()
    mode = os.fstat(output).st_mode
    if os.name == "nt" or not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return gone
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(output)
        if _is_closed(output):
            gone.set()
            files.look_again()

    loop.add_reader(output, end)
    return gone


def _is_closed(output: int) -> bool:
    """Tell a closed other end from one that writes to us, which nobody should."""
    poll = select.poll()
    poll.register(output, 0)
    return any(found & (select.POLLERR | select.POLLHUP) for _, found in poll.poll(0))
