"""`ringfence demo`: the app on a simulated account; with --terminal the same story without a screen."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringfence import face_texts, gate_reader, texts, wiring
from ringfence.cli.columns import padded, width_of
from ringfence.cli.output import console, say
from ringfence.cli.reading import Reading
from ringfence.language import _, pgettext
from ringfence.storage.paths import Paths

if TYPE_CHECKING:
    from ringfence.core.ring import View
    from ringfence.monitor import Monitor
    from ringfence.ports import Message

LAST_ALERTS = 6
FRAME_S = 1.0


@click.command()
@click.option("--terminal", is_flag=True, help="In the terminal instead of the tray.")
@click.pass_context
def demo(ctx: click.Context, terminal: bool) -> int:
    """Show every state in two minutes on a simulated account. Your own login and files are not touched."""
    if not terminal:
        status: int = ctx.obj(demo=True)
        return status
    from ringfence.storage.logs import start_logging

    home = Path(tempfile.mkdtemp(prefix="ringfence-demo-"))
    where = Paths(config=home, state=home)
    try:
        stop_logging = start_logging(where.log)  # a line on stderr would tear the picture
        try:
            asyncio.run(_play(where))
        finally:
            stop_logging()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


async def _play(where: Paths) -> None:
    from ringfence.demo import STORY_S, DemoAccount

    async with DemoAccount(wiring.now, where.state, busy=True):
        monitor, _lock = wiring.build_monitor(where, desktop_alerts=False)
        out = console()
        if not out.is_terminal:
            said = _("The demo's gate is {path}; the story takes {seconds} seconds.")
            say(said.format(path=where.gate, seconds=f"{STORY_S:g}"))
        face = _draw(monitor, where) if out.is_terminal else _tell(monitor, STORY_S)
        tasks = {asyncio.create_task(monitor.run()), asyncio.create_task(face)}  # noqa: TID251 - awaited below
        try:
            ended, _others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:  # a monitor that fails ends the picture too, with its reason
                task.result()
        finally:
            await monitor.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _draw(monitor: Monitor, where: Paths) -> None:
    """Redraw in place, with the last alerts below, until Ctrl-C."""
    from rich.live import Live
    from rich.text import Text

    from ringfence.cli import render

    out = console()
    alerts: deque[str] = deque(maxlen=LAST_ALERTS)
    monitor.on_alert(lambda message: alerts.append(_alert_line(message, monitor.now())))
    with Live(console=out, auto_refresh=False, screen=True) as live:
        while True:
            if (view := monitor.state.view) is not None:
                lines = [render.watched(_reading(view, where, monitor.now()), out), Text()]
                lines += [Text(_("Alerts"), "bold"), *(Text("  " + line) for line in alerts)] if alerts else []
                command = f"RINGFENCE_HOME={where.state} ringfence gate check"
                lines += [Text(), Text(_("Ask it yourself: {command}").format(command=command), "dim")]
                live.update(Text("\n").join(lines), refresh=True)
            await asyncio.sleep(FRAME_S)


async def _tell(monitor: Monitor, seconds: float) -> None:
    """Print each alert and each new headline as a line of its own, with the second of the story."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    last = ""
    gate, alert = kinds = pgettext("event", "gate"), pgettext("event", "alert")

    def tell(kind: str, line: str) -> None:
        say(f"{loop.time() - began:3.0f} s  {padded(kind, max(map(width_of, kinds)))}  {line}")

    def headline(view: View) -> None:
        nonlocal last
        line, below = texts.headline(view, monitor.now()), face_texts.subline(view, monitor.now())
        if line != last:
            last = line
            tell(gate, _("{title}: {body}").format(title=line, body=below) if below else line)

    monitor.on_view(headline)
    monitor.on_alert(lambda message: tell(alert, _said(message)))
    await asyncio.sleep(seconds)


def _alert_line(message: Message, now: float) -> str:
    return f"{texts.clock_text(now, now)}  {_said(message)}"


def _said(message: Message) -> str:
    return _("{title}: {body}").format(title=message.title, body=message.body)


def _reading(view: View, where: Paths, now: float) -> Reading:
    return Reading(at=now, view=view, answer=gate_reader.read_gate(str(where.gate), now=now), running=True)
