"""Who is let in at all: the first protocol of each connection, before a byte of it is read."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import cast

from ringfence.api.sockets import peer_uid

HEADER_S = 10.0
"""A connection that has not made a request within this is closed: one that drips its head may do so for ever."""
MOST = 320
"""Connections at once, clients of events among them."""
SWEEP_S = 1.0
_REFUSED = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n%s\r\n"
FORBIDDEN = _REFUSED % (b"403 Forbidden", b"")
FULL = _REFUSED % (b"503 Service Unavailable", b"Retry-After: 1\r\n")


class Doorkeeper:
    """Counts connections, asks who they are, and closes those that ask for nothing."""

    def __init__(self, serve: Callable[[], asyncio.Protocol], count: Callable[[], int]) -> None:
        """Keep the door of a server.

        Args:
            serve: makes the protocol that speaks HTTP.
            count: how many connections it serves now.
        """
        self._serve = serve
        self._count = count
        self._silent: dict[asyncio.Transport, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False

    def door(self) -> asyncio.Protocol:
        """Return the first protocol of a new connection."""
        return _Door(self)

    def spoke(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a connection made a request."""
        self._silent.pop(cast("asyncio.Transport", transport), None)

    def enter(self, transport: asyncio.Transport) -> None:
        """Hand a connection on to the server, or refuse it."""
        refusal = self._refusal(transport)
        if refusal is not None:
            transport.write(refusal)
            transport.close()
            return
        protocol = self._serve()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        loop = asyncio.get_running_loop()
        self._silent[transport] = loop.time() + HEADER_S
        if self._timer is None:
            self._timer = loop.call_later(SWEEP_S, self._sweep)

    def close(self) -> None:
        """Let nobody in any more."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._silent.clear()

    def _refusal(self, transport: asyncio.Transport) -> bytes | None:
        peer = transport.get_extra_info("socket")
        if peer.family != socket.AF_INET and peer_uid(peer) not in {None, os.getuid()}:
            return FORBIDDEN
        return FULL if self.closed or self._count() >= MOST else None

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for transport, until in list(self._silent.items()):
            if transport.is_closing():
                del self._silent[transport]
            elif until <= now:
                del self._silent[transport]
                transport.abort()
        self._timer = loop.call_later(SWEEP_S, self._sweep) if self._silent else None


class _Door(asyncio.Protocol):
    def __init__(self, keeper: Doorkeeper) -> None:
        self._keeper = keeper

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or not."""
        self._keeper.enter(cast("asyncio.Transport", transport))
