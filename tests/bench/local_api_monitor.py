"""A monitor in the tray's loop, with a probe beside it that says how late that loop is. Driven by lines on stdin.

`RESET` forgets what was measured; `TELL` prints it as one line of JSON; end of file ends it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from pathlib import Path

os.environ["QT_API"] = "pyside6"
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import qasync
from PySide6.QtWidgets import QApplication

from ringfence import wiring
from ringfence.core.events import QuitAsked
from ringfence.storage.paths import find_paths

EVERY_S = 0.01


async def probe(late: list[float]) -> None:
    """Note how much later than asked for the loop wakes a task: what a click or a redraw would wait."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await asyncio.sleep(EVERY_S)
        late.append((loop.time() - began - EVERY_S) * 1e3)


def pss_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def figures(late: list[float]) -> str:
    seen = sorted(late) or [0.0]
    at = {name: seen[min(int(len(seen) * share), len(seen) - 1)] for name, share in
          (("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1.0))}  # fmt: skip
    cpu = os.times()
    return json.dumps({**at, "pss_mb": pss_mb(), "cpu_s": cpu.user + cpu.system, "count": len(seen)})


async def main() -> None:
    monitor, _ = wiring.build_monitor(find_paths(), desktop_alerts=False)
    loop, late = asyncio.get_running_loop(), []

    def told(line: str) -> None:
        if line.strip() == "RESET":
            late.clear()
        else:
            print(figures(late), flush=True)

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(told, line)
        loop.call_soon_threadsafe(lambda: monitor.dispatch(QuitAsked(at=monitor.now())))

    threading.Thread(target=listen, daemon=True).start()
    probing = asyncio.ensure_future(probe(late))
    await monitor.run()
    probing.cancel()


app = QApplication(sys.argv[:1])
made = qasync.QEventLoop(app)
asyncio.set_event_loop(made)
with made:
    made.run_until_complete(main())
