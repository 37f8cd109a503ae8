"""The local API beside a monitor: switched on and off by the settings, fed with the monitor's views."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ringfence import gate_reader
from ringfence.api import extra
from ringfence.api.port import Launch, Places, Port, Refused
from ringfence.core import events
from ringfence.core.model import Latches
from ringfence.core.ring import View
from ringfence.core.settings import Api
from ringfence.core.sums import Spent
from ringfence.documents import token_rows
from ringfence.file_errors import FileError
from ringfence.gates import gate_file
from ringfence.ports import GateChannel
from ringfence.storage.api_token import read_token
from ringfence.storage.atomic import make_folder, write_atomic
from ringfence.storage.settings_file import set_values

if TYPE_CHECKING:
    from ringfence.api.server import ApiServer
    from ringfence.monitor import Monitor
    from ringfence.storage.paths import Paths
    from ringfence.storage.token_ledger import TokenLedger

log = logging.getLogger(__name__)

TRY_AGAIN_S = 60.0
"""A socket that another program holds may be free later."""
NOTE_PATIENCE_S = 1.0
"""A refusal waits no longer than this for its row in the history."""


class Serving:
    """Keeps the API as the settings want it, for as long as the monitor runs."""

    def __init__(self, monitor: Monitor, paths: Paths, first_weekday: int) -> None:
        self._monitor, self._paths, self._first_weekday = monitor, paths, first_weekday
        self._gate: GateChannel = gate_file.SPEC.build(paths.gate, write_atomic)
        self._server: ApiServer | None = None
        self._in_force = Api()
        self._ledger: TokenLedger | None = None

    async def run(self) -> None:
        """Follow the settings until it is cancelled; then everything is closed."""
        self._monitor.on_view(self._show)
        try:
            while True:
                self._monitor.settings_read.clear()
                well = await self._follow(self._monitor.settings.api)
                await self._wait(None if well else TRY_AGAIN_S)
        finally:
            await self._stop()

    async def _wait(self, patience_s: float | None) -> None:
        try:
            async with asyncio.timeout(patience_s):
                await self._monitor.settings_read.wait()
        except TimeoutError:
            return

    def _show(self, view: View) -> None:
        if self._server is not None:
            self._server.show(view)

    async def _follow(self, wanted: Api) -> bool:
        """Make it as the settings want it; False when it cannot be."""
        if wanted == self._in_force:
            return True
        await self._stop()
        try:
            if wanted.enabled:
                await self._start(wanted.port or None)
        except FileError as error:
            await self._stop()
            self._monitor.failed("api", str(error))
            return False
        self._in_force = wanted
        self._monitor.succeeded("api")
        return True

    async def _start(self, tcp_port: int | None) -> None:
        if not extra.installed():
            raise FileError(extra.MISSING)
        # A thread reads aiohttp's 300 files: the tray answers in between.
        made = (await asyncio.to_thread(importlib.import_module, "ringfence.api.server")).ApiServer
        places = Places(socket=self._paths.api_socket, token=self._paths.api_token)
        make_folder(places.socket.parent)
        server: ApiServer = made(self._port(), places, partial(read_token, places.token))
        self._server = server
        await server.start(tcp_port)
        if self._monitor.state.view is not None:
            server.show(self._monitor.state.view)

    async def _stop(self) -> None:
        self._in_force = Api()
        server, self._server = self._server, None
        if server is not None:
            await server.close()
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def _port(self) -> Port:
        return Port(
            now=self._monitor.now,
            state=lambda: self._monitor.state,
            ask_gate=self._ask_gate,
            change_latches=self._change_latches,
            set_thresholds=self._set_thresholds,
            report=self._report,
            note_refusals=self._note_refusals,
        )

    def _ask_gate(self, launch: Launch) -> gate_reader.Answer:
        return gate_reader.read_gate(
            str(self._paths.gate), account=launch.account, model=launch.model, class_=launch.class_,
            project=launch.project, now=self._monitor.now(),
        )  # fmt: skip

    def _change_latches(self, change: Callable[[Latches], Latches]) -> None:
        now = self._monitor.now()
        latches = self._gate.change(change, now=now)
        if latches != self._monitor.state.latches:
            self._monitor.dispatch(events.LatchesSeen(at=now, latches=latches))

    async def _set_thresholds(self, values: Mapping[str, object]) -> None:
        await asyncio.to_thread(set_values, self._paths.settings, values)
        self._monitor.read_settings()

    async def _report(self, kind: token_rows.Kind, scope: token_rows.Scope) -> token_rows.Report:
        rows = await asyncio.to_thread(self._rows, kind, scope)
        return token_rows.Report(kind=kind, rows=rows)

    def _rows(self, kind: token_rows.Kind, scope: token_rows.Scope) -> tuple[Spent, ...]:
        from ringfence.storage.token_ledger import TokenLedger  # noqa: PLC0415 - it needs sqlite

        self._ledger = self._ledger or TokenLedger(self._paths.ledger)
        return token_rows.ask(self._ledger, kind, scope, first_weekday=self._first_weekday)

    async def _note_refusals(self, refused: Sequence[Refused]) -> None:
        await asyncio.to_thread(self._note, refused)

    def _note(self, refused: Sequence[Refused]) -> None:
        from ringfence.storage.launches import Asked, LaunchLog  # noqa: PLC0415 - it needs sqlite

        ledger = LaunchLog(self._paths.ledger, busy_s=NOTE_PATIENCE_S)
        try:
            for each in refused:
                launch = each.launch
                ledger.add(
                    Asked(
                        asked_at=each.at, command=launch.command, reason=each.reason, class_=launch.class_,
                        account=launch.account, model=launch.model, project=launch.project,
                    )
                )  # fmt: skip
        finally:
            ledger.close()  # that is what the monitor sees of it
