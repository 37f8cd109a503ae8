"""A local API over a story: the real server on a real socket, the core's own state, a clock in the test's hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from core.story import Story
from ringfence import gate_reader
from ringfence.api.port import Launch, Places, Port, Refused
from ringfence.api.server import ApiServer
from ringfence.core import events
from ringfence.core.ring import View
from ringfence.core.sums import Spent, Tokens
from ringfence.documents.token_rows import Kind, Report, Scope
from ringfence.file_errors import FileError
from ringfence.ports import Secret
from ringfence.storage.settings_file import load_settings, set_values

TOKEN = "a-token-of-this-test-and-nobody-elses"
JSON = {"Content-Type": "application/json"}


class Served:
    """The API, its story, and what it was asked to do."""

    def __init__(self, story: Story, folder: Path) -> None:
        folder.chmod(0o700)
        self.story, self.folder = story, folder
        self.noted: list[Refused] = []
        self.reports: list[tuple[Kind, Scope]] = []
        self.broken = ""
        self.places = Places(socket=folder / "api.sock", token=folder / "api.token")
        self.server = ApiServer(self.port(), self.places, lambda: Secret(TOKEN))
        self.url = "http://ringfence"
        self._shown: View | None = None

    def happens(self, *acts: Any) -> None:
        """Let something happen to the monitor, and show it as the monitor does."""
        for act in acts:
            act(self.story)
        self.follow()

    def follow(self) -> None:
        self._write_gate()
        view = self.story.state.view
        if view is not None and view is not self._shown:
            self._shown = view
            self.server.show(view)

    def client(self, **more: Any) -> httpx.AsyncClient:
        """Return a client of the socket."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.places.socket))
        return httpx.AsyncClient(transport=transport, base_url=self.url, timeout=20, **more)

    def over_tcp(self, token: str | None = TOKEN, **more: Any) -> httpx.AsyncClient:
        """Return a client of the loopback port."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.server.tcp_port}", headers=headers, **more)

    def port(self) -> Port:
        return Port(
            now=lambda: self.story.now,
            state=lambda: self.story.state,
            ask_gate=self._ask_gate,
            change_latches=self._change_latches,
            set_thresholds=self._set_thresholds,
            report=self._report,
            note_refusals=self._note,
        )

    def _write_gate(self) -> None:
        path = self.folder / "gate.json"
        path.write_bytes(self.story.raw)
        path.chmod(0o600)

    def _ask_gate(self, launch: Launch) -> gate_reader.Answer:
        return gate_reader.read_gate(
            str(self.folder / "gate.json"), account=launch.account, model=launch.model, class_=launch.class_,
            project=launch.project, now=self.story.now,
        )  # fmt: skip

    def _change_latches(self, change) -> None:
        self._fail_if_broken()
        self.story.change(change(self.story.latches))
        self.story.feed(events.LatchesSeen(at=self.story.now, latches=self.story.latches))
        self.follow()

    async def _set_thresholds(self, values: Mapping[str, object]) -> None:
        self._fail_if_broken()
        path = self.folder / "settings.toml"
        set_values(path, values)
        settings = load_settings(path).settings
        assert settings is not None
        self.story.feed(events.SettingsChanged(at=self.story.now, settings=settings))
        self.follow()

    async def _report(self, kind: Kind, scope: Scope) -> Report:
        self._fail_if_broken()
        self.reports.append((kind, scope))
        tokens = Tokens(input=3, output=5, responses=1)
        return Report(
            kind=kind, rows=(Spent(key="2026-11-21", tokens=tokens, by_model=(("claude-opus-4-6", tokens),)),)
        )

    async def _note(self, refused: Sequence[Refused]) -> None:
        self._fail_if_broken()
        self.noted += refused

    def _fail_if_broken(self) -> None:
        if self.broken:
            raise FileError(self.broken)


@asynccontextmanager
async def serving(folder: Path, story: Story | None = None, *, tcp: bool = False):
    """Serve a story for a while."""
    made = Served(story or Story(), folder)
    made._write_gate()
    await made.server.start(0 if tcp else None)
    made.follow()
    try:
        yield made
    finally:
        await made.server.close()
