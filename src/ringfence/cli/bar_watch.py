"""A bar's line for as long as the bar lives: printed anew when it differs. Files are followed, nothing is polled."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from ringfence import gate_reader
from ringfence.cli.following import Following, following


def run(draw: Callable[[], str]) -> int:
    """Print what `draw` returns, now and whenever it changes; return 0 when nobody reads it any more."""
    return asyncio.run(_run(draw))


async def _run(draw: Callable[[], str]) -> int:
    state = Path(gate_reader.home_folder())
    async with following((state / "status.json", state / "gate.json")) as files:
        gone = _notice_end(files)
        said = ""
        while not gone.is_set():
            if (line := draw()) != said:
                print(line, flush=True)
                said = line
            await files.wait()
    return 0


def _notice_end(files: Following) -> asyncio.Event:
    """Return what is set when the reader of standard output has gone: a bar that ends may leave its commands behind.

    A pipe whose other end is closed wakes the loop, so that nothing has to be printed to find out.
    """
    gone = asyncio.Event()
    output = sys.stdout.fileno()
    if os.name == "nt" or not stat.S_ISFIFO(os.fstat(output).st_mode):
        return gone
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(output)
        gone.set()
        files.look_again()

    loop.add_reader(output, end)
    return gone
