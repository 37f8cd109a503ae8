"""A home, a clock and a monitor that is started, quit, killed, put to sleep and given a full disk, for days."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from ringfence import wiring
from ringfence.core import settings as settings_module
from ringfence.core.model import Alert
from ringfence.monitor import Monitor
from ringfence.storage import atomic
from ringfence.storage.paths import Paths
from ringfence.system_ports import Connection, SystemNews, SystemSpec
from ringfence.telling import Teller
from soak.account import TOKEN, Account
from soak.loop import VirtualLoop

BEGIN = 1795305600.0  # 2026-11-22 00:00:00 UTC
REAL_FLOOR_S = 180.0
SETTLE_S = 0.03
"""Real seconds that a change of a file has to be noticed in, before time jumps on."""


NAMES = ("soak", "other")
"""The accounts. A launch that names none is asked for the first."""


class Notes:
    """A notifier that shows nothing and never fails."""

    async def send(self, message: object, on_action: object) -> None:
        """Take a message."""

    async def aclose(self) -> None:
        """Nothing is open."""


class System:
    """What the system tells by itself: the kind of its connection."""

    def __init__(self) -> None:
        self.metered = False
        self._changed = asyncio.Event()

    def connect_to(self, *, metered: bool) -> None:
        """Join another network."""
        self.metered = metered
        self._changed.set()

    async def follow(self, tell: Callable[[SystemNews], None]) -> None:
        """Tell it now and whenever it is another."""
        while True:
            self._changed.clear()
            tell(Connection(metered=self.metered))
            await self._changed.wait()

    async def probe(self) -> tuple[bool, str]:
        """Nobody asks here."""
        raise NotImplementedError


@dataclass
class Clock:
    """The machine's clocks: what the loop says, what was slept, and by how much the wall clock is wrong."""

    loop: VirtualLoop
    slept_s: float = 0.0
    wrong_s: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.loop.time()

    def true(self) -> float:
        """Return the world's time, epoch seconds."""
        return BEGIN + self.loop.time() - self._began + self.slept_s

    def now(self) -> float:
        """Return what the wall clock says."""
        return self.true() + self.wrong_s

    def monotonic(self) -> float:
        """Return the clock that stands still in sleep."""
        return self.loop.time()

    def boottime(self) -> float:
        """Return the clock that goes on in sleep."""
        return self.loop.time() + self.slept_s


@dataclass
class World:
    """Everything of one soak."""

    loop: VirtualLoop
    home: Path
    rng: random.Random
    days: float
    clock: Clock = field(init=False)
    accounts: list[Account] = field(init=False)
    system: System = field(default_factory=System)
    monitor: Monitor | None = None
    alerts: list[tuple[float, Alert]] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    """When a monitor was started; the alerts' memory must outlive it."""
    warnings: list[str] = field(default_factory=list)
    disk_full: bool = False
    full: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.loop)
        self.accounts = [Account(name, random.Random(self.rng.random()), BEGIN, self.days) for name in NAMES]
        self.paths = Paths(config=self.home, state=self.home)
        self.logins = [self.home / name / ".credentials.json" for name in NAMES]
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Lay out the home and begin to answer."""
        lines = ["[usage]", "interval_s = 300", "[thresholds]", "session_pct = 90", "week_pct = 95"]
        for account, login in zip(self.accounts, self.logins, strict=True):
            await account.serve(self.clock.true)
            folder = json.dumps(str(login.parent))
            lines += ["[[accounts]]", f'name = "{account.name}"', f"config_dir = {folder}"]
            lines += [f'base_url = "{account.url}"']
        self.sign_in()
        (self.home / "settings.toml").write_text("\n".join(lines) + "\n")

    def sign_in(self) -> None:
        """Write the logins, as Claude Code does."""
        expires = int((self.clock.true() + 40 * 86400) * 1000)
        made = {"accessToken": TOKEN, "expiresAt": expires, "scopes": ["user:profile"], "subscriptionType": "max"}
        for login in self.logins:
            login.parent.mkdir(exist_ok=True)
            login.write_text(json.dumps({"claudeAiOauth": made}))
            login.chmod(0o600)
        self.loop.settle(SETTLE_S)

    async def close(self) -> None:
        """Answer no more."""
        for account in self.accounts:
            await account.close()

    def start(self) -> None:
        """Start a monitor over what is on the disk."""
        self.monitor, _ = wiring.build_monitor(self.paths, desktop_alerts=False)
        self.started.append(self.clock.true())
        self._task = self.loop.create_task(self.monitor.run(), name="monitor")
        self.loop.settle(SETTLE_S)

    async def quit(self) -> None:
        """End the monitor as the person would."""
        from ringfence.core.events import QuitAsked

        assert self.monitor is not None
        assert self._task is not None
        self.monitor.dispatch(QuitAsked(at=self.clock.now()))
        await self._task
        self.monitor = self._task = None

    async def kill(self) -> None:
        """End it as a power cut would: nothing more is written, the lock goes with the process."""
        assert self.monitor is not None
        assert self._task is not None
        monitor, self.monitor = self.monitor, None
        monitor._state = monitor._state.__class__(stopping=True)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def sleep(self, for_s: float) -> None:
        """Suspend the machine: its clocks go on, its timers do not."""
        self.clock.slept_s += for_s

    def waits(self) -> bool:
        """Tell whether a reading is under way that is not meant to take time."""
        now = self.clock.true()
        slow = {f"poll {each.name}" for each in self.accounts if each.hanging or each.mode(now) == "slow"}
        polls = {task.get_name() for task in asyncio.all_tasks(self.loop) if task.get_name().startswith("poll ")}
        return bool(polls - slow)

    def measure(self) -> dict[str, float]:
        """Return what the process and the home hold now."""
        gc.collect()
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
        files = [path for path in self.home.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
        return {
            "rss_mb": int(status["VmRSS"].split()[0]) / 1024,
            "objects": len(gc.get_objects()),
            "handles": len(list(Path("/proc/self/fd").iterdir())),
            "threads": threading.active_count(),
            "tasks": len(asyncio.all_tasks(self.loop)),
            "files": len(files),
            "home_kb": sum(path.stat().st_size for path in files) / 1024,
            "leftovers": sum(path.name.endswith(".tmp") for path in files),
        }


class _Warnings(logging.Handler):
    def __init__(self, told: list[str], now: Callable[[], float]) -> None:
        super().__init__(logging.WARNING)
        self._told, self._now = told, now

    def emit(self, record: logging.LogRecord) -> None:
        self._told.append(f"{(self._now() - BEGIN) / 86400:.3f} d: {record.getMessage()}")


@contextmanager
def simulated(world: World) -> Iterator[None]:
    """Give the program this world's clock and disk: `wiring` alone reads the clock, `atomic` alone replaces files."""
    fsync = os.fsync
    clock = world.clock
    faked = SimpleNamespace(
        time=clock.now, monotonic=clock.monotonic, CLOCK_BOOTTIME=7, clock_gettime=lambda _which: clock.boottime()
    )

    def full_or_not(handle: int) -> None:
        if world.disk_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    def tell(self: Teller, alert: Alert, *, several: bool) -> None:
        world.alerts.append((clock.true(), alert))
        told(self, alert, several=several)

    told, time_module, floor, notifiers = Teller.tell, wiring.time, settings_module.LOOPBACK_FLOOR_S, wiring._notifiers
    specs = wiring.system_specs
    spec = SystemSpec(id="soak", label="Soak", help="The soak's own.", build=lambda: world.system)
    watching = _Warnings(world.warnings, clock.true)
    logging.getLogger("ringfence").addHandler(watching)
    atomic.os = SimpleNamespace(**{name: getattr(os, name) for name in dir(os)} | {"fsync": full_or_not})
    wiring.time, Teller.tell = faked, tell
    wiring._notifiers, wiring.system_specs = lambda _desktop: (Notes(),), lambda: (spec,)
    settings_module.LOOPBACK_FLOOR_S = REAL_FLOOR_S  # else the loopback account's own, looser limit would be soaked
    try:
        yield
    finally:
        atomic.os, wiring.time, Teller.tell, wiring._notifiers = os, time_module, told, notifiers
        wiring.system_specs, settings_module.LOOPBACK_FLOOR_S = specs, floor
        logging.getLogger("ringfence").removeHandler(watching)
