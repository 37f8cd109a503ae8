"""`ringfence self-test`: the way of one reading in a home of its own, and what this installation is made of."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import shutil
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from ringfence import gate_reader, wiring
from ringfence.cli import qt_probe
from ringfence.cli.output import say_json
from ringfence.core.events import OverrideAsked
from ringfence.core.settings import DEFAULT_BASE_URL
from ringfence.language import _
from ringfence.monitor import Monitor
from ringfence.ports import Endpoint, SecretError
from ringfence.storage import records
from ringfence.storage.paths import Paths
from ringfence.version import __version__

TIMEOUT_S = 60.0
STEP_S = 15.0
PACKAGES = (
    "PySide6-Essentials",
    "click",
    "desktop-notifier",
    "filelock",
    "httpx",
    "keyring",
    "msgspec",
    "qasync",
    "rich",
)


@click.command("self-test")
def self_test() -> int:
    """Prove that a reading closes the gate and an override opens it.

    Needs no login: a simulated account is read in a home of its own. Prints JSON.
    """
    alarm = threading.Timer(TIMEOUT_S, _give_up)
    alarm.daemon = True
    alarm.start()
    try:
        report = asyncio.run(_report())
    finally:
        alarm.cancel()
        alarm.join()
    say_json(report)
    return 0 if report["ok"] else 1


def _give_up() -> None:
    """End the process whatever it hangs in."""
    said = _("it took longer than {seconds} s and was ended.").format(seconds=f"{TIMEOUT_S:g}")
    sys.stderr.write(f"ringfence self-test: {said}\n")
    sys.stderr.flush()
    os._exit(1)


class _Errors(logging.Handler):
    """Keeps what the monitor logs as an error: a task of it failed although every file looks right."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        self.said.append(record.getMessage() + (f" ({type(cause).__name__}: {cause})" if cause else ""))


async def _report() -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="ringfence-self-test-"))
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        steps = await _steps(Paths(config=home, state=home))
    finally:
        logging.getLogger().removeHandler(errors)
        shutil.rmtree(home, ignore_errors=True)
    steps.append(
        {"name": "nothing failed on the way", "ok": not errors.said} | ({"detail": errors.said} if errors.said else {})
    )
    qt = await asyncio.to_thread(qt_probe.probe)
    ca_store = _ca_store()
    ok = all(step["ok"] for step in steps) and "error" not in qt and "error" not in ca_store
    return {
        "format": 1,
        "ok": ok,
        "ringfence": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "qt": qt,
        "keyring": await _keyring(),
        "ca_store": ca_store,
        "steps": steps,
    }


async def _steps(where: Paths) -> list[dict[str, Any]]:
    """Let a monitor read 91 % over a real socket, and look into the files it writes."""
    from ringfence.demo import DemoAccount, Scene

    steps: list[dict[str, Any]] = []
    async with DemoAccount(wiring.now, where.state, story=lambda _: Scene(session=0.91, week=0.4, fable=0.1)):
        monitor, _ = wiring.build_monitor(where, desktop_alerts=False)
        changed = asyncio.Event()
        monitor.on_view(lambda _view: changed.set())
        work = asyncio.create_task(monitor.run())  # noqa: TID251 - it is awaited below
        try:
            for name, act, holds in _plan(monitor, where):
                act()
                steps.append(await _step(name, holds, changed))
                if not steps[-1]["ok"]:
                    break
        finally:
            await monitor.close()
            work.cancel()
            (end,) = await asyncio.gather(work, return_exceptions=True)
            if isinstance(end, Exception):
                steps.append({"name": "the monitor runs", "ok": False, "detail": f"{type(end).__name__}: {end}"})
    if all(step["ok"] for step in steps):
        steps.append({"name": "a clean end leaves the gate unknown", "ok": _verdict(where) == gate_reader.UNKNOWN})
    return steps


def _plan(monitor: Monitor, where: Paths) -> list[tuple[str, Callable[[], object], Callable[[], bool]]]:
    return [
        ("a reading arrives", lambda: None, lambda: _read_pct(where) == 91),
        ("91 % of 90 % closes the gate", lambda: None, lambda: _verdict(where) == gate_reader.CLOSED),
        (
            "an override opens it",
            lambda: monitor.dispatch(OverrideAsked(at=monitor.now(), for_s=60.0)),
            lambda: _verdict(where) == gate_reader.OPEN,
        ),
    ]


async def _step(name: str, holds: Callable[[], bool], changed: asyncio.Event) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(STEP_S):
            while not holds():
                changed.clear()
                # A file may be written right after its view: look again soon, whatever is told.
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 0.2)
    except TimeoutError:
        return {"name": name, "ok": False, "detail": f"not within {STEP_S:g} s"}
    return {"name": name, "ok": True, "took_s": round(loop.time() - began, 3)}


def _read_pct(where: Paths) -> float | None:
    status, _ = records.load_status(where.status)
    sample = status.accounts[0].sample if status and status.accounts else None
    window = sample.window("session") if sample else None
    return None if window is None or window.used is None else round(window.used * 100)


def _verdict(where: Paths) -> str:
    return gate_reader.read_gate(str(where.gate)).verdict


async def _keyring() -> dict[str, str]:
    from ringfence.storage import secrets

    try:
        return {"backend": await secrets.backend_name()}
    except SecretError as error:  # a server has none, and needs none
        return {"missing": str(error)}


def _ca_store() -> dict[str, Any]:
    from ringfence.sources.transport import tls_context

    try:
        context = tls_context(Endpoint(base_url=DEFAULT_BASE_URL))
    except (OSError, ValueError) as error:
        return {"error": type(error).__name__}
    places = ssl.get_default_verify_paths()
    return {"openssl": ssl.OPENSSL_VERSION, "loaded": len(context.get_ca_certs()), "folder": places.capath}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
