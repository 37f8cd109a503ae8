"""`GET /v1/events`: frames to one client, as server-sent events or as a WebSocket, for as long as it keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from ringfence.api.hub import Client, Frame, GoneError, Hub
from ringfence.api.wishes import WrongRequestError

MOST = 256
"""Clients at once."""
ALIVE_S = 15.0
"""After so long without a frame a client is told that the line stands."""
WRITE_S = 20.0
"""A client that takes longer to take a frame is dropped."""
BUFFER = 32 * 1024
"""Bytes that wait in this process for one client before its next frame does."""


async def follow(request: web.Request, hub: Hub) -> web.StreamResponse:
    """Tell a client what happens until it goes away, or is too slow."""
    if hub.clients >= MOST:
        raise WrongRequestError(503, "full", "Too many programs follow already.", headers={"Retry-After": "5"})
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    transport.set_write_buffer_limits(high=BUFFER)
    last_id = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
    if web.WebSocketResponse().can_prepare(request).ok:
        return await _socket(request, hub, last_id, transport.abort)
    return await _stream(request, hub, last_id, transport.abort)


async def _stream(request: web.Request, hub: Hub, last_id: str | None, drop: Callable[[], None]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.force_close()
    await response.prepare(request)
    client = hub.join(last_id, drop)
    try:
        await _pump(client, lambda frame: response.write(frame.sse()), lambda: response.write(b":\n\n"), drop)
    finally:
        hub.leave(client)
    return response


async def _socket(request: web.Request, hub: Hub, last_id: str | None, drop: Callable[[], None]) -> web.StreamResponse:
    socket = web.WebSocketResponse(heartbeat=ALIVE_S, max_msg_size=1024, compress=False, timeout=1.0)
    await socket.prepare(request)
    client = hub.join(last_id, drop)

    async def listen() -> None:
        """Go on until the client closes; what it says is of no interest, and too much of it ends the line."""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
        client.end()

    listening = asyncio.ensure_future(listen())
    try:
        await _pump(client, lambda frame: socket.send_str(frame.text()), None, drop)
    finally:
        hub.leave(client)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        with suppress(TimeoutError, ConnectionError):
            await socket.close()
    return socket


async def _pump(
    client: Client,
    send: Callable[[Frame], Awaitable[None]],
    keep_alive: Callable[[], Awaitable[None]] | None,
    drop: Callable[[], None],
) -> None:
    """Send frames until the client is gone."""
    with suppress(GoneError, ConnectionError):
        while True:
            frame = await client.next(ALIVE_S)
            try:
                async with asyncio.timeout(WRITE_S):
                    if frame is not None:
                        await send(frame)
                    elif keep_alive is not None:
                        await keep_alive()
            except TimeoutError:
                drop()
                return
