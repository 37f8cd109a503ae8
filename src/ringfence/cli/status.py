"""`ringfence status`: the windows now, in words and bars or as JSON, once or until Ctrl-C."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ringfence import wiring
from ringfence.cli import bar, bar_lines
from ringfence.cli.output import console, paths, say_json, warn, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from ringfence.cli.reading import Reading
    from ringfence.storage.paths import Paths

ASK_AGAIN_S = 300.0
"""How often `--watch` asks the endpoint itself while no monitor runs; the budget may allow less."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs; with --watch one object a line.")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, redrawn in place when something changes.")
@click.option("--waybar", is_flag=True, help="One line for Waybar's custom module (docs/bars.md).")
@click.option("--tmux", is_flag=True, help="One line for tmux's status line; plain with NO_COLOR.")
@click.option("--width", metavar="CELLS", help=f"The most cells of that line (default {bar_lines.WIDTH}).")
@click.option("--account", metavar="NAME", help="The account of that line (default: the first).")
def status(as_json: bool, watch: bool, waybar: bool, tmux: bool, width: str | None, account: str | None) -> int | None:
    """Show the windows, what holds the gate, and their age.

    Asks the endpoint itself only when no monitor runs and its budget allows; a bar's line never does.
    """
    if waybar or tmux:
        faces = [name for name, asked in (("--waybar", waybar), ("--tmux", tmux), ("--watch", watch)) if asked]
        valued = [f"--{name}={value}" for name, value in (("width", width), ("account", account)) if value is not None]
        return bar.run([*faces, *(["--json"] if as_json else []), *valued])
    if width is not None or account is not None:
        raise wrong("--width and --account go with --waybar or --tmux")
    where = paths()
    if watch:
        _watch(where, as_json=as_json)
        return None
    seen = _seen(where)
    if as_json:
        from ringfence.cli import schema  # with msgspec 28 ms that `--help` does not need

        say_json(schema.status_json(seen))
        for remark in seen.remarks:
            warn(remark)
        return None
    from ringfence.cli import render

    out = console()
    out.print(render.status_text(seen, out), soft_wrap=True)
    return None


def _seen(where: Paths) -> Reading:
    from ringfence.cli import reading  # with the core's model 60 ms that `--help` does not need

    if wiring.monitor_runs(where):
        return reading.read(where, running=True)
    import asyncio  # 20 ms for the one request that is made where no monitor runs

    return asyncio.run(reading.read_or_ask(where))


def _watch(where: Paths, *, as_json: bool) -> None:
    import asyncio

    if as_json:
        from ringfence.cli import schema

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


async def _follow(where: Paths, draw: Callable[[Reading], None]) -> None:
    """Draw now, on every change of a file, when the terminal's size changes, and at every full minute."""
    import asyncio
    import signal

    from ringfence.cli import reading
    from ringfence.cli.following import following

    asked_at = 0.0
    async with following((where.status, where.gate, where.settings)) as files:
        if hasattr(signal, "SIGWINCH"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, files.look_again)
        while True:
            now = wiring.now()
            may_ask = now - asked_at >= ASK_AGAIN_S
            asked_at = now if may_ask else asked_at
            running = wiring.monitor_runs(where)
            asks = may_ask and not running
            draw(await reading.read_or_ask(where) if asks else reading.read(where, running=running))
            await files.wait()
