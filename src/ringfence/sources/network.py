"""HTTP in a thread of its own, within one deadline: httpcore over sockets that block.

httpcore is what httpx stands on. It brings what `transport` needs (HTTP/1.1 by h11, proxies, TLS within TLS) and no
redirect, cookie, decoder, `.netrc` or variable of the environment; and in the tray it takes 2 MB where httpx with its
loop's backend takes 8.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

Result = TypeVar("Result")

if TYPE_CHECKING:
    from httpcore import SOCKET_OPTION

# httpcore offers a backend for anyio where that is installed; it takes 2 MB that nothing needs here. A None in
# `sys.modules` makes Python refuse that import alone; httpcore is written for the case.
_hidden = "anyio" not in sys.modules
if _hidden:
    sys.modules["anyio"] = None  # type: ignore[assignment]  # None is how Python spells "not this one"
try:
    import httpcore
finally:
    if _hidden:
        del sys.modules["anyio"]


class Network(httpcore.SyncBackend):
    """Connections that end at a moment of `clock`, whatever they are doing, or when they are given up."""

    def __init__(self, clock: Callable[[], float], *, connect_by: float, until: float) -> None:
        self._clock = clock
        self._connect_by = connect_by
        self._until = until
        self._open: httpcore.NetworkStream | None = None

    def give_up(self) -> None:
        """End what is open; nothing is sent any more. Call it from any thread."""
        self._until = self._connect_by = float("-inf")
        if self._open is not None:
            with suppress(OSError):  # wakes the thread that reads from it
                self._open.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is for the whole exchange
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the name's addresses that answers; each gets its share of the time that is left.

        A machine whose IPv6 leads nowhere still reaches the endpoint.
        """
        addresses = _addresses(host, port)
        failed: Exception = httpcore.ConnectError("no address")
        for number, address in enumerate(addresses):
            share = self.left_to_connect() / (len(addresses) - number)
            try:
                return self.opened(super().connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def opened(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        """Return a stream that keeps the deadline."""
        self._open = stream
        return _Stream(stream, self)

    def left(self, late: type[httpcore.TimeoutException]) -> float:
        """Return the seconds that are left; raises `late` when none are."""
        return self._before(self._until, late)

    def left_to_connect(self) -> float:
        """Return the seconds that are left for a connection, TLS included; raises ConnectTimeout when none are."""
        return self._before(self._connect_by, httpcore.ConnectTimeout)

    def _before(self, moment: float, late: type[httpcore.TimeoutException]) -> float:
        left = moment - self._clock()
        if left <= 0:
            raise late
        return left


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._network.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._network.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._network.left_to_connect()
        return self._network.opened(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def in_thread(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, done in a thread that nobody waits for at the end of the program.

    The loop's own threads are: a name that is not found, or a server that is silent, would hold up a quit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where Result allows it

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name="usage request", daemon=True).start()
    return await future
