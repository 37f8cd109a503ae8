"""A home with readings in it, a clock that stands still, and the command line in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.token_world import Transcripts
from cli.world import NOW
from ringfence import wiring
from ringfence.cli import app
from ringfence.core.gating import decide_gate
from ringfence.core.model import AccountStatus, Status
from ringfence.core.settings import parse_settings
from ringfence.storage import records
from ringfence.storage.lock import MonitorLock
from ringfence.storage.paths import Paths, find_paths


@dataclass
class Ran:
    """What a command said."""

    status: int
    out: str
    err: str


@dataclass
class Cli:
    """Runs commands in this process, with a tray that only notes how it was started."""

    capsys: pytest.CaptureFixture[str]
    trays: list[bool] = field(default_factory=list)

    def __call__(self, *arguments: str) -> Ran:
        """Run `ringfence ARGUMENTS`."""
        self.capsys.readouterr()
        status = app.main(arguments, self._start)
        out, err = self.capsys.readouterr()
        return Ran(status, out, err)

    def _start(self, *, demo: bool, window: bool | None = None) -> int:
        self.trays.append(demo)
        return 0


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return the command line."""
    return Cli(capsys)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stop the command line's clock at NOW; call it to move on by some seconds."""
    at = NOW

    def move(by: float) -> None:
        nonlocal at
        at += by

    monkeypatch.setattr(wiring, "now", lambda: at)
    return move


@pytest.fixture
def paths(home: Path) -> Paths:
    """Return this test's paths."""
    return find_paths()


@pytest.fixture
def running(paths: Paths) -> Iterator[None]:
    """Let it look as if a monitor ran: its lock is held."""
    lock = MonitorLock(paths.monitor_lock)
    lock.acquire()
    yield
    lock.release()


@pytest.fixture
def furnish(paths: Paths) -> Callable[..., None]:
    """Return what writes the files as a monitor leaves them at NOW: readings, gate, settings."""

    def write(*accounts: AccountStatus, settings: str = "", at: float = NOW, gate: bool = True, **told: object) -> None:
        import tomllib

        paths.config.mkdir(mode=0o700, parents=True, exist_ok=True)
        if settings:
            paths.settings.write_text(settings)
        chosen, faults = parse_settings(tomllib.loads(settings))
        assert not faults
        records.save_status(paths.status, Status(written_at=at, accounts=accounts, **told))  # type: ignore[arg-type]
        if gate:
            decided = decide_gate([(a.name, a.sample) for a in accounts], chosen, now=at)
            wiring.gate_channel(paths).publish(decided, now=at)

    return write


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Transcripts:
    """Return what stands for the ledger of tokens; a test gives it rows."""
    made = Transcripts()
    monkeypatch.setattr(wiring, "token_book", lambda _paths, _ledger: made)
    monkeypatch.setattr(wiring, "transcripts", lambda _paths, _ledger: made)
    monkeypatch.setattr(wiring, "token_reports", lambda _paths: made)
    return made
