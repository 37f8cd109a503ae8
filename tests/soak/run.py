"""`make soak`: the monitor over simulated days of everything that goes wrong, and what became of it.

    python tests/soak/run.py [--days 10] [--seed 1] [--write]

Waiting is simulated, the rest is real: HTTP on loopback, files, locks, SQLite, the watcher's threads. `--write` puts
the figures into docs/reliability.md. Exit status 1 when a promise was broken or something grew.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from soak.judge import Judge
from soak.loop import VirtualLoop
from soak.world import BEGIN, SETTLE_S, World, simulated

DOC = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN_MARK, END_MARK = "<!-- figures: make soak ARGS=--write -->", "<!-- end of figures -->"
GROWTH = {"rss_mb": 12.0, "objects": 6000, "handles": 4, "threads": 2, "tasks": 4, "files": 4, "leftovers": 0}
"""How much more there may be at the end than after the first tenth."""
HOME_KB_PER_DAY = 400.0
"""The history of one account: 288 readings a day."""


@dataclass
class Result:
    """What a soak found."""

    days: float
    seed: int
    real_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def soak(days: float, seed: int) -> Result:
    """Run a soak in a loop and a home of its own."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    began = time.monotonic()
    result = Result(days=days, seed=seed)
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as home:
            loop.run_until_complete(_soak(World(loop, Path(home), random.Random(seed), days), result))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)
    result.real_s = time.monotonic() - began
    return result


async def _soak(world: World, result: Result) -> None:
    world.loop.waits = world.waits
    judge = Judge(world)
    await world.open()
    with simulated(world):
        world.start()
        judge.wakes.append(world.clock.true())
        first, done = None, Counter[str]()
        end = BEGIN + world.days * 86400
        plan = iter(_plan(world))
        at, what = next(plan)
        while world.clock.true() < end:
            await _wait(world, judge, world.rng.uniform(60, 240))
            if first is None and world.clock.true() > BEGIN + world.days * 8640:
                first = world.measure()
            if world.clock.true() >= at:
                await _do(what, world, judge)
                done[what] += 1
                at, what = next(plan, (float("inf"), ""))
        last = world.measure()
        await world.quit()
        await world.close()
        judge.finish()
    assert first is not None
    _report(world, judge, result, first, last, done)


async def _wait(world: World, judge: Judge, for_s: float) -> None:
    """Let time pass, while launchers ask."""
    end = world.clock.true() + for_s
    while (left := end - world.clock.true()) > 0:
        await asyncio.sleep(min(left, world.rng.uniform(60, 240)))
        for account in world.accounts:
            account.advance(world.clock.true())
        judge.ask(world.paths.gate)


def _plan(world: World) -> list[tuple[float, str]]:
    """Return what happens to the machine, and when."""
    kinds = ("restart", "metered", "sleep", "pause", "clock", "kill", "disk", "override", "login", "nap")
    at, plan, number = BEGIN + 1.5 * 3600, [], 0
    while at < BEGIN + world.days * 86400:
        plan.append((at, kinds[number % len(kinds)]))
        at += world.rng.uniform(1.5, 4.5) * 3600
        number += 1
    return plan


async def _do(what: str, world: World, judge: Judge) -> None:
    match what:
        case "restart":
            await world.quit()
            await _wait(world, judge, world.rng.uniform(5, 900))
            world.start()
        case "kill":
            await world.kill()
            shortest, longest = world.rng.choice(((5, 600), (1200, 3600)))  # within its lease, or longer
            await _wait(world, judge, world.rng.uniform(shortest, longest))
            world.start()
        case "sleep" | "nap":
            world.sleep(world.rng.uniform(3, 9) * 3600 if what == "sleep" else world.rng.uniform(60, 600))
        case "clock":
            began = world.clock.true()
            judge.clock_wrong_until = began + 1e9
            world.clock.wrong_s = world.rng.choice((-90.0, 75.0))
            await _wait(world, judge, 900)
            world.clock.wrong_s = 0.0
            judge.clock_wrong_until = world.clock.true() + 120
            judge.wrong_clocks.append((began, judge.clock_wrong_until))
        case "disk":
            world.disk_full = True
            began = world.clock.true()
            world.full.append((began, began + 1e9))
            await _wait(world, judge, world.rng.uniform(600, 2400))
            world.disk_full = False
            world.full[-1] = (began, world.clock.true() + 60)
        case "pause" | "override":
            await _latch(what, world, judge)
        case "login":
            world.sign_in()
        case "metered":
            judge.connect_to(metered=not world.system.metered)
        case _:
            raise AssertionError(what)
    judge.wakes.append(world.clock.true())


async def _latch(what: str, world: World, judge: Judge) -> None:
    """Pause or override as another process does: by the gate file alone."""
    from ringfence import wiring
    from ringfence.core.gating import with_override, with_pause
    from ringfence.core.model import Override, Pause

    now, until = world.clock.now(), world.clock.now() + world.rng.uniform(600, 5400)
    channel = wiring.gate_channel(world.paths)
    if what == "pause":
        channel.change(lambda o: with_pause(o, Pause(since=now, until=until)), now=now)
        judge.paused_until = until
    else:
        channel.change(lambda o: with_override(o, Override(since=now, until=until)), now=now)
        judge.overridden_until = until
        judge.overrides.append(world.clock.true())
    world.loop.settle(SETTLE_S)


def _report(
    world: World, judge: Judge, result: Result, first: dict[str, float], last: dict[str, float], done: Counter[str]
) -> None:
    alerts = Counter(str(alert.kind) for _, alert in world.alerts)
    result.wrong = judge.wrong
    for name, most in GROWTH.items():
        if last[name] - first[name] > most:
            result.wrong.append(f"{name} grew from {first[name]:.0f} to {last[name]:.0f}")
    per_day = (last["home_kb"] - first["home_kb"]) / (world.days * 0.9)
    if per_day > HOME_KB_PER_DAY:
        result.wrong.append(f"the home grew by {per_day:.0f} kB a day")
    result.warnings = world.warnings
    faults = Counter(fault.mode for account in world.accounts for fault in account.faults)
    asked, resets = judge.asked, [early for account in world.accounts for _, _, early in account.resets]
    requests = sum(len(account.requests) for account in world.accounts)
    told = sum(len(account.answered) for account in world.accounts)
    cheap, dear = judge.rates()
    result.figures = [
        ("readings asked for", f"{requests}", f"{told} told usage, by {len(world.accounts)} accounts"),
        ("an hour, metered and not", f"{dear:.1f}", f"{cheap:.1f}"),
        ("the endpoint's faults", f"{sum(faults.values())}", ", ".join(f"{n} {mode}" for mode, n in faults.items())),
        ("what happened to the machine", f"{sum(done.values())}", ", ".join(f"{n} {what}" for what, n in done.items())),
        ("resets", f"{len(resets)}", f"{sum(resets)} early"),
        (
            "the gate was asked", f"{sum(asked.values())}",
            f"{asked['open']} open, {asked['closed']} closed, {asked['unknown']} unknown",
        ),
        ("messages", f"{sum(alerts.values())}", ", ".join(f"{n} {kind}" for kind, n in sorted(alerts.items()))),
        *((_NAMES[name], f"{last[name]:.0f}", f"{first[name]:.0f} after a tenth of the time") for name in GROWTH),
        ("home", f"{last['home_kb']:.0f} kB", f"{per_day:.0f} kB a day"),
        ("promises broken", f"{len(result.wrong)}", ""),
    ]  # fmt: skip


_NAMES = {
    "rss_mb": "memory, MB", "objects": "Python objects", "handles": "open handles", "threads": "threads",
    "tasks": "tasks", "files": "files in the home", "leftovers": "temporary files left",
}  # fmt: skip


def table(result: Result) -> str:
    """Return the figures as a table of Markdown, which reads well in a terminal too."""
    head = ("what", f"{result.days:g} days, seed {result.seed}", "of these")
    rows = [head, *result.figures]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["| " + " | ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (n + 2) for n in wide) + "|")
    return "\n".join(lines)


def main() -> int:
    """Soak, print, and write the figures when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    options = parser.parse_args()
    result = soak(options.days, options.seed)
    print(table(result))
    print(f"\n{result.real_s:.0f} s for {options.days:g} days.")
    for said in sorted(Counter(line.split(": ", 1)[1] for line in result.warnings).items()):
        print(f"logged {said[1]}x: {said[0]}")
    for line in result.wrong:
        print(line)
    if options.write:
        before, rest = DOC.read_text().split(BEGIN_MARK)
        _, after = rest.split(END_MARK)
        DOC.write_text(f"{before}{BEGIN_MARK}\n\n{table(result)}\n\n{END_MARK}{after}")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
