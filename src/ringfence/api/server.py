"""The server: both ways in, the door, the guard and the endpoints, inside the loop that runs already."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import cast

from aiohttp import web
from aiohttp.http import HttpProcessingError

from ringfence.api import sockets
from ringfence.api.door import Doorkeeper
from ringfence.api.guard import MAX_BODY, Guard, dress
from ringfence.api.handlers import Endpoints
from ringfence.api.port import Places, Port
from ringfence.core.ring import View
from ringfence.file_errors import FileError
from ringfence.ports import Secret
from ringfence.sentence import Sentence

log = logging.getLogger(__name__)

IDLE_S = 15.0
"""A connection that asks nothing more for so long is closed."""
LINGER_S = 0.5
"""A body that was refused is read and thrown away for so long: who closes at once takes the answer back with it."""
MAX_LINE = 16 * 1024
"""Of the request: a folder of 1024 characters, each of them escaped, has room in it."""
UNIX = hasattr(socket, "AF_UNIX")


class ApiServer:
    """The local API while it is on. All methods are called on the loop's thread."""

    def __init__(self, port: Port, places: Places, read_token: Callable[[], Secret]) -> None:
        """Prepare a server.

        Args:
            port: what it may do.
            places: where it is reached.
            read_token: the token that TCP asks for, made when there is none. Raises FileError.
        """
        self._port, self._places, self._read_token = port, places, read_token
        self._endpoints = Endpoints(port)
        self._runner: web.AppRunner | None = None
        self._keeper: Doorkeeper | None = None
        self._servers: list[asyncio.Server] = []
        self._inode = 0
        self.tcp_port: int | None = None
        """Where it listens on 127.0.0.1; None: nowhere."""

    def show(self, view: View) -> None:
        """Tell those who follow what changed."""
        self._endpoints.hub.show(view)

    async def start(self, tcp_port: int | None) -> None:
        """Listen on the socket, and on 127.0.0.1 when a port is given (0: any). Raises FileError."""
        if not UNIX and tcp_port is None:
            raise FileError(
                Sentence("The local API needs a port on this system: `ringfence settings set api.port 8765`.")
            )
        token = self._read_token().reveal().encode() if tcp_port is not None else None
        listening = []
        try:
            if UNIX:
                listening.append(sockets.unix_socket(self._places.socket))
                self._inode = self._places.socket.lstat().st_ino
            if tcp_port is not None:
                listening.append(sockets.loopback_socket(tcp_port))
                self.tcp_port = int(listening[-1].getsockname()[1])
        except FileError:
            for each in listening:
                each.close()
            self._forget_socket()
            raise
        await self._serve(listening, token)
        log.info("the local API listens on %s%s", self._places.socket, f" and 127.0.0.1:{tcp_port}" if tcp_port else "")

    async def close(self) -> None:
        """End every connection and remove the socket."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self._forget_socket()
        if self._keeper is not None:
            self._keeper.close()
        await self._endpoints.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, listening: list[socket.socket], token: bytes | None) -> None:
        guard = Guard(token=token, port=self.tcp_port, spoke=self._spoke)
        app = web.Application(middlewares=[guard.middleware()], client_max_size=MAX_BODY)
        app.on_response_prepare.append(dress)
        self._endpoints.add_to(app)
        self._runner = web.AppRunner(
            app, access_log=None, logger=_http_log(), handle_signals=False, handler_cancellation=True,
            keepalive_timeout=IDLE_S, lingering_time=LINGER_S, shutdown_timeout=0.2, tcp_keepalive=False,
            auto_decompress=False, read_bufsize=MAX_BODY, max_line_size=MAX_LINE,
        )  # fmt: skip
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # it was set up
        self._keeper = Doorkeeper(cast("Callable[[], asyncio.Protocol]", server), lambda: len(server.connections))
        loop = asyncio.get_running_loop()
        for each in listening:
            create = loop.create_server if each.family == socket.AF_INET else loop.create_unix_server
            self._servers.append(await create(self._keeper.door, sock=each))

    def _spoke(self, request: web.Request) -> None:
        if self._keeper is not None:
            self._keeper.spoke(request.transport)

    def _forget_socket(self) -> None:
        if self._inode:
            sockets.remove(self._places.socket, self._inode)
            self._inode = 0


class _OursAlone(logging.Filter):
    """Leaves out what strangers send that is no HTTP: they must not be able to fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether it is worth a line."""
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _http_log() -> logging.Logger:
    made = logging.getLogger("ringfence.api.http")
    if not made.filters:
        made.addFilter(_OursAlone())
    return made
