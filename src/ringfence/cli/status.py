"""`ringfence status`: the windows now, in words and bars or as JSON, once or until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from contextlib import suppress

import click

from ringfence import wiring
from ringfence.cli import reading, schema
from ringfence.cli.output import console, paths, say_json, warn
from ringfence.storage.paths import Paths

ASK_AGAIN_S = 300.0
"""How often `--watch` asks the endpoint itself while no monitor runs; the budget may allow less."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs; with --watch one object a line.")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, redrawn in place when something changes.")
def status(as_json: bool, watch: bool) -> None:
    """Show the windows, what holds the gate, and their age.

    Asks the endpoint itself only when no monitor runs and its budget allows.
    """
    where = paths()
    if watch:
        _watch(where, as_json=as_json)
        return
    seen = asyncio.run(reading.read(where))
    if as_json:
        say_json(schema.status_json(seen))
        for remark in seen.remarks:
            warn(remark)
        return
    from ringfence.cli import render

    out = console()
    out.print(render.status_text(seen, out), soft_wrap=True)


def _watch(where: Paths, *, as_json: bool) -> None:
    if as_json:
        asyncio.run(_follow(where, lambda seen: print(json.dumps(schema.status_json(seen)), flush=True)))
        return
    from rich.live import Live

    from ringfence.cli import render

    out = console()
    if not out.is_terminal:  # a log wants each state once, not a screen
        asyncio.run(_follow(where, lambda seen: out.print(render.status_text(seen, out), "", soft_wrap=True, sep="\n")))
        return
    with Live(console=out, auto_refresh=False, screen=True) as live:
        asyncio.run(_follow(where, lambda seen: live.update(render.watched(seen, out), refresh=True)))


async def _follow(where: Paths, draw: Callable[[reading.Reading], None]) -> None:
    """Draw now, on every change of a file, when the terminal's size changes, and at every full minute."""
    from ringfence.storage.watch import Watcher

    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    watcher = Watcher(lambda _path: changed.set(), loop.call_soon_threadsafe)
    if hasattr(signal, "SIGWINCH"):
        loop.add_signal_handler(signal.SIGWINCH, changed.set)
    asked_at = 0.0
    try:
        for path in (where.status, where.gate, where.settings):
            watcher.watch(str(path))
        while True:
            changed.clear()  # before the files are read: a change after this is not lost
            now = wiring.now()
            may_ask = now - asked_at >= ASK_AGAIN_S
            asked_at = now if may_ask else asked_at
            draw(await reading.read(where, may_ask=may_ask))
            with suppress(TimeoutError):
                async with asyncio.timeout(60 - wiring.now() % 60 + 0.01):
                    await changed.wait()
    finally:
        watcher.close()
