"""`ringfence tokens live`: what runs now, redrawn when something changes, until Ctrl-C.

A running monitor is followed through its status.json; without one the transcripts are followed here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from ringfence import token_texts, wiring
from ringfence.cli import token_schema
from ringfence.cli.columns import GAP, Column, ending, joined
from ringfence.cli.output import Failed, console, warn
from ringfence.core.meters import TokenNews
from ringfence.core.tokens import active
from ringfence.file_errors import FileError
from ringfence.language import _, ngettext, told
from ringfence.sentence import N_
from ringfence.storage import records
from ringfence.token_watch import TokenWatch

if TYPE_CHECKING:
    from ringfence.ports import TokenBook
    from ringfence.storage.paths import Paths

Draw = Callable[[TokenNews], None]

LOOK_S = 15.0
"""How often it is asked whether a monitor came or went, and how often the picture is drawn anew without news."""
PROJECT_MIN = 8
MOST_RUNS = 1000
SOON_READ = 64 << 20
"""So many bytes are read within a second; it is not worth saying."""
NOTHING = N_("Nothing runs: no session was answered in the last five minutes.")


def run(paths: Paths, *, as_json: bool) -> None:
    """Show the runs until Ctrl-C; in a pipe and as JSON each new state once."""
    if as_json:
        asyncio.run(_follow(paths, _each_once(lambda news: print(_line(news), flush=True))))
        return
    out = console()
    if not out.is_terminal:  # a log wants each state once, not a screen
        asyncio.run(
            _follow(
                paths, _each_once(lambda news: print(*picture(news, wiring.now(), out.width), sep="\n", flush=True))
            )
        )
        return
    from rich.live import Live
    from rich.text import Text

    from ringfence.cli import render

    def draw(news: TokenNews) -> None:
        now = wiring.now()
        foot = Text(render.foot(now), "dim")
        live.update(
            Text("\n").join([*map(Text, picture(news, now, out.width, max(out.height - 5, 1))), Text(), foot]),
            refresh=True,
        )

    with Live(console=out, auto_refresh=False, screen=True) as live:
        asyncio.run(_follow(paths, draw))


def picture(news: TokenNews, now: float, width: int, most: int = MOST_RUNS) -> list[str]:
    """Return the runs as lines: a head, and a row a run, the newest first; of too many those that spend most."""
    if news.scan is not None:
        return [token_texts.scan_text(news.scan)]
    if not news.runs:
        return [told(NOTHING)]
    names = dict(zip(news.runs, token_texts.project_names(news.runs), strict=True))
    said = [token_texts.run_text(run, names[run], now) for run in token_texts.drawn_runs(news.runs, most)]
    burn = token_texts.amount_text(sum(run.burn_per_min for run in news.runs))
    count = len(news.runs)
    figures = [
        Column(cells=[each.model for each in said]),
        Column(cells=[each.rate for each in said], right=True),
        Column(cells=[each.tokens for each in said], right=True),
        Column(cells=[each.lasted for each in said], right=True),
        Column(cells=[each.subagents for each in said]),
    ]
    room = max(width - sum(column.width + GAP for column in figures), PROJECT_MIN)
    project = Column(cells=[ending(each.project, room) for each in said])
    counted = ngettext("{count} run", "{count} runs", count).format(count=count)
    head = " · ".join([counted, _("{amount} tokens a minute").format(amount=burn)])
    more = token_texts.more_text(count - len(said))
    return [head, *joined([project, *figures]), *([more] if more else [])]


def _line(news: TokenNews) -> str:
    return json.dumps(token_schema.runs_json(news, wiring.now()), allow_nan=False)


def _each_once(tell: Draw) -> Draw:
    """Tell a state only when it is another one."""
    last: list[TokenNews] = []

    def draw(news: TokenNews) -> None:
        if last != [news]:
            last[:] = [news]
            tell(news)

    return draw


async def _follow(paths: Paths, draw: Draw) -> None:
    while True:
        if wiring.monitor_runs(paths):
            await _beside_a_monitor(paths, draw)
        else:
            with closing(wiring.token_reports(paths)) as ledger:
                await _alone(paths, wiring.token_book(paths, ledger), draw)


async def _beside_a_monitor(paths: Paths, draw: Draw) -> None:
    """Draw what status.json says, until no monitor runs any more."""
    from ringfence.storage.watch import Watcher

    changed = asyncio.Event()
    watcher = Watcher(lambda _path: changed.set(), asyncio.get_running_loop().call_soon_threadsafe)
    try:
        watcher.watch(str(paths.status))
        while wiring.monitor_runs(paths):
            changed.clear()  # before the file is read: a change after this is not lost
            status, _trouble = records.load_status(paths.status)
            runs, scan = (status.runs, status.scan) if status else ((), None)
            draw(TokenNews(runs=active(runs, wiring.now()), scan=scan))
            await _until(changed)
    finally:
        watcher.close()


async def _alone(paths: Paths, book: TokenBook, draw: Draw) -> None:
    """Follow the transcripts and draw what they tell, until a monitor runs."""
    from ringfence.storage.watch import Watcher

    settings, trouble = wiring.settings_in_force(paths)
    if trouble:
        warn(told(trouble))
    changed = asyncio.Event()
    last: list[TokenNews | FileError] = []

    def tell(news: TokenNews | FileError) -> None:
        last[:] = [news]
        changed.set()

    failed: Failed | OSError | None = None
    async with asyncio.TaskGroup() as tasks:

        def spawn(work: Coroutine[Any, Any, None], name: str) -> None:
            tasks.create_task(work, name=name)

        watch = TokenWatch(book, now=wiring.now, spawn=spawn, tell=tell)
        watcher = Watcher(lambda _path: None, asyncio.get_running_loop().call_soon_threadsafe)
        try:
            watcher.watch_trees(watch.use(settings), watch.changed)
            while failed is None and not wiring.monitor_runs(paths):
                await _until(changed)
                changed.clear()
                now = wiring.now()
                watch.tick(now)
                for news in last:
                    if isinstance(news, FileError):
                        failed = Failed(told(news.args[0]))
                    elif news.scan is None or news.scan.total_bytes > SOON_READ:
                        try:
                            draw(TokenNews(runs=active(news.runs, now), scan=news.scan))
                        except OSError as error:  # `| head` has seen enough, or the disk is full
                            failed = error
        finally:
            watch.close()
            watcher.close()
    if failed is not None:  # not inside: a group of tasks would hide it in a group of errors
        raise failed


async def _until(changed: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            await changed.wait()
