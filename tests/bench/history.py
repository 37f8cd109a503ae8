"""`make bench`, part history: a year of samples is opened, panned and zoomed, beside an empty window of Qt's."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

YEAR_S, NOW = 365 * 86400, 1795305600.0
WINDOWS = (("session", "5-hour session"), ("week", "Week"), ("model:Opus", "Opus week"), ("model:Fable", "Fable week"))
ROWS = 500_000


def run(times: int, row: Callable[..., None]) -> None:
    """Print how long the history takes to open and to follow a drag."""
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        ledger = Path(folder) / "ledger.sqlite3"
        _fill(ledger)
        told = [_measured(ledger) for _ in range(times)]
    opened, empty, step, year, hours, longest = (statistics.median(each) for each in zip(*told, strict=True))
    reference = f"an empty window {empty:.0f} ms"
    row(f"history of {ROWS} samples opens", f"{opened:.0f} ms", reference, f"{opened / empty:.1f}", "<= 150 ms")
    row(
        "a month is panned by a step, drawn", f"{step:.1f} ms", "a frame at 60 Hz 16.7 ms", f"{step / 16.7:.2f}", "<= 1"
    )
    row("the whole year is read and drawn", f"{year:.0f} ms", reference, f"{year / empty:.1f}", "")
    row("the year's hours are read and drawn", f"{hours:.0f} ms", reference, f"{hours / empty:.1f}", "")
    row("the longest turn of the loop meanwhile", f"{longest:.0f} ms", "50 ms", f"{longest / 50:.2f}", "<= 1")


def _fill(path: Path) -> None:
    from ringfence.storage.database import connect, transaction

    step = YEAR_S * len(WINDOWS) / ROWS
    connection = connect(path)
    with transaction(connection):
        for window, label in WINDOWS:
            length = 18000 if window == "session" else 7 * 86400
            connection.executemany(
                "INSERT INTO samples VALUES ('default', ?, ?, 'oauth_usage', ?, ?, ?)",
                (
                    (window, at, label, (at % length) / length, (at // length + 1) * length)
                    for at in (NOW - YEAR_S + n * step for n in range(ROWS // len(WINDOWS)))
                ),
            )
    connection.close()


def _measured(ledger: Path) -> tuple[float, ...]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, __file__, str(ledger)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    return tuple(map(float, said))


def _inside(ledger: Path) -> None:
    """Open the window in this process and print milliseconds.

    They are: opened and all read, an empty window, a step of a drag, a year, its hours, and the longest turn of Qt's
    loop in the last two, in which nothing could be drawn.
    """
    import time

    from PySide6.QtWidgets import QApplication, QWidget

    import ringfence.tray.pages
    import ringfence.tray.window  # noqa: F401 - what the app has loaded when somebody asks for the history

    application = QApplication([])

    def drawn(widget: QWidget) -> None:
        widget.update()
        application.processEvents()  # paints what has changed, once

    def timed(work: Callable[[], None]) -> float:
        began = time.perf_counter()
        work()
        return (time.perf_counter() - began) * 1000

    def open_empty() -> None:
        widget.show()
        drawn(widget)

    widget = QWidget()
    widget.resize(720, 640)
    empty = timed(open_empty)

    def open_history() -> None:
        from ringfence.storage.history import History
        from ringfence.tray.history_window import HistoryWindow

        kept.append(HistoryWindow(History(ledger), clock=lambda: NOW, thresholds={"session": 0.9}, first_weekday=0))
        kept[0].show_in_front()
        while kept[0].reading:
            application.processEvents()
        drawn(kept[0])

    kept: list = []
    opened = timed(open_history)
    window = kept[0]
    window._set_length(30 * 86400.0)
    window._pan(-60 * 86400.0)
    while window.reading:
        application.processEvents()
    drawn(window)
    steps = [timed(lambda: (window._pan(-3600.0), drawn(window))) for _ in range(100)]
    window._pan(1e12)
    turns: list[float] = []

    def read_whole(ask: Callable[[], None]) -> None:
        turns.append(timed(ask))
        while window.reading:
            turns.append(timed(application.processEvents))
        turns.append(timed(lambda: drawn(window)))

    year = timed(lambda: read_whole(lambda: window._set_length(float(YEAR_S))))
    hours = timed(lambda: read_whole(lambda: window._tabs.setCurrentIndex(1)))
    print(opened, empty, statistics.median(steps), year, hours, max(turns))


if __name__ == "__main__":
    _inside(Path(sys.argv[1]))
