"""`ringfence daemon`: the monitor without a screen, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringfence import wiring
from ringfence.cli.app import EXIT_INTERRUPTED, EXIT_OK
from ringfence.cli.output import paths, warn
from ringfence.file_errors import FileError
from ringfence.language import _

if TYPE_CHECKING:
    from ringfence.monitor import Monitor


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Log more, and repeat warnings on stderr.")
def daemon(verbose: bool) -> int:
    """Watch the windows and keep the gate without a screen. SIGTERM ends it cleanly."""
    from ringfence.storage.logs import start_logging

    where = paths()
    # The lock first: a second daemon must not write into the first one's log.
    monitor, lock = wiring.build_monitor(where, desktop_alerts=has_desktop())
    try:
        stop_logging = start_logging(where.log, debug=verbose, to_stderr=verbose)
    except FileError:
        lock.release()
        raise
    try:
        said = _("Ringfence keeps the gate {path} (process {pid}); its log is {log}.")
        warn(said.format(path=where.gate, pid=os.getpid(), log=where.log))
        return asyncio.run(run(monitor))
    finally:
        stop_logging()


async def run(monitor: Monitor) -> int:
    """Run a monitor until a signal asks it to quit; exit status 0 after SIGTERM, 130 after Ctrl-C."""
    from ringfence.core.events import QuitAsked

    status = EXIT_OK

    def leave(exit_status: int) -> None:
        nonlocal status
        status = exit_status
        monitor.dispatch(QuitAsked(at=monitor.now()))

    restore = [_on(signal.SIGTERM, lambda: leave(EXIT_OK)), _on(signal.SIGINT, lambda: leave(EXIT_INTERRUPTED))]
    try:
        await monitor.run()
    finally:
        for put_back in restore:
            put_back()
    return status


def has_desktop() -> bool:
    """Tell whether there may be somebody who shows notifications."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return bool(runtime) and os.access(Path(str(runtime), "bus"), os.F_OK)  # `su` leaves the folder of somebody else


def _on(number: signal.Signals, act: Callable[[], None]) -> Callable[[], object]:
    """Call `act` on the loop when a signal comes; return what undoes it."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:  # Windows
        before = signal.signal(number, lambda *_signal: loop.call_soon_threadsafe(act))
        return lambda: signal.signal(number, before)
    return lambda: loop.remove_signal_handler(number)
