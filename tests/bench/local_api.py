"""The local API under load: 1,000 requests a second and 200 programs that follow, half of them stalled."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from parts.account import LoopbackAccount  # noqa: E402

Row = Callable[[str, str, str, str, str], None]
RATE, CONNECTIONS, FOLLOWERS = 1000, 20, 200
PATHS = ("/v1/usage",) * 6 + ("/v1/gate", "/v1/health", "/v1/thresholds", "/metrics")
REQUEST = "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Program:
    """The monitor with its probe, in a process of its own."""

    def __init__(self, home: Path, account: LoopbackAccount, *, api: bool) -> None:
        self.socket = home / "api.sock"
        login = home / "claude"
        login.mkdir(parents=True)
        token = {"accessToken": "sk-ant-oat01-" + "fake" * 20, "expiresAt": int((time.time() + 86400) * 1000),
                 "scopes": ["user:inference", "user:profile"], "subscriptionType": "max"}  # fmt: skip
        (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": token}))
        (home / "settings.toml").write_text(
            f'[usage]\nbase_url = "{account.url}"\ninterval_s = 1\n[api]\nenabled = {str(api).lower()}\n'
        )
        home.chmod(0o700)
        environment = {**os.environ, "RINGFENCE_HOME": str(home), "CLAUDE_CONFIG_DIR": str(login)}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "local_api_monitor.py")], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        end = time.monotonic() + 30
        while not (self.socket if api else home / "status.json").exists():
            assert time.monotonic() < end, "it did not start"
            time.sleep(0.05)

    def reset(self) -> None:
        self._say("RESET")

    def tell(self) -> dict[str, float]:
        self._say("TELL")
        told: dict[str, float] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)

    def _say(self, word: str) -> None:
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()


async def asking(
    socket: Path, rate: float, seconds: float, took: list[float], failed: list[int], *, after: float
) -> None:
    """Ask at a pace over one connection, `after` so many seconds: programs do not ask at one instant."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    loop = asyncio.get_running_loop()
    began = loop.time() + after
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        asked = loop.time()
        writer.write(REQUEST.format(PATHS[number % len(PATHS)]).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append((loop.time() - asked) * 1e3)
        if not head.startswith(b"HTTP/1.1 200 "):
            failed.append(1)
    writer.close()


async def following(socket: Path, seen: list[int], *, stalled: bool) -> None:
    """Follow the events until the line ends; one that is stalled reads nothing."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=1 << 20)
    writer.write(REQUEST.format("/v1/events").encode())
    if stalled:
        writer.transport.pause_reading()
        await asyncio.Event().wait()
    while line := await reader.readline():
        seen[0] += line.startswith(b"event: ")


async def load(socket: Path, account: LoopbackAccount, seconds: float) -> dict[str, float]:
    """Put everything on it at once."""
    took, failed, seen = [], [], [0]
    followers = [asyncio.ensure_future(following(socket, seen, stalled=number % 2 == 0)) for number in range(FOLLOWERS)]

    async def change() -> None:
        number = 0
        while True:
            number += 1
            account.set(five_hour=0.3 + number % 40 / 100)  # every reading is news, and a frame for everybody
            await asyncio.sleep(0.5)

    changing = asyncio.ensure_future(change())
    await asyncio.sleep(1)
    began = time.monotonic()
    await asyncio.gather(
        *(
            asking(socket, RATE / CONNECTIONS, seconds, took, failed, after=number / RATE)
            for number in range(CONNECTIONS)
        )
    )
    lasted = time.monotonic() - began
    for each in (*followers, changing):
        each.cancel()
    await asyncio.gather(*followers, changing, return_exceptions=True)
    return {
        "rate": len(took) / lasted, "failed": len(failed), "median": statistics.median(took),
        "p99": sorted(took)[int(len(took) * 0.99)], "frames": seen[0] / (FOLLOWERS / 2),
    }  # fmt: skip


def run(seconds: float, row: Row) -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory(prefix="bench-api-") as folder, LoopbackAccount() as account:
        off = Program(Path(folder, "off"), account, api=False)
        time.sleep(5)
        without = off.tell()
        off.close()
        on = Program(Path(folder, "on"), account, api=True)
        time.sleep(5)
        on.reset()
        time.sleep(10)
        idle = on.tell()
        on.reset()
        made = asyncio.run(load(on.socket, account, seconds))
        busy = on.tell()
        on.close()
    row("API: requests a second, 200 follow", f"{made['rate']:.0f}", f"asked for {RATE}, for {seconds:.0f} s",
        f"{made['rate'] / RATE:.2f}", ">= 0.99")  # fmt: skip
    row("API: requests that failed", f"{made['failed']:.0f}", "", "", "= 0")
    row("API: an answer", f"{made['median']:.2f} ms", f"99 of 100 within {made['p99']:.1f} ms", "", "")
    for name, what in (("p50", "half"), ("p99", "99 of 100")):
        row(f"API: the tray's loop is late, {what}", f"{busy[name]:.2f} ms", f"idle {idle[name]:.2f} ms",
            f"{busy[name] / max(idle[name], 0.01):.1f}", "<= 5 ms more")  # fmt: skip
    row("API: the tray's loop is late, the worst", f"{busy['max']:.1f} ms", f"idle {idle['max']:.1f} ms",
        f"{busy['max'] / max(idle['max'], 0.01):.1f}", "")  # fmt: skip
    row("API: processor time", f"{100 * (busy['cpu_s'] - idle['cpu_s']) / seconds:.0f} %", "of one core", "", "")
    row("API: memory, idle", f"{idle['pss_mb'] - without['pss_mb']:+.1f} MB", f"off {without['pss_mb']:.1f} MB",
        f"{idle['pss_mb'] / without['pss_mb']:.2f}", "<= +20 MB")  # fmt: skip
    row("API: memory, under load", f"{busy['pss_mb'] - without['pss_mb']:+.1f} MB", f"off {without['pss_mb']:.1f} MB",
        f"{busy['pss_mb'] / without['pss_mb']:.2f}", "<= +20 MB")  # fmt: skip
    row("API: frames that each reader saw", f"{made['frames']:.0f}", f"{FOLLOWERS // 2} read, as many stalled", "", "")
