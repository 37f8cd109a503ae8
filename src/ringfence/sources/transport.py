"""One GET with a bearer token, on the narrowest path there is (PACKAGING_LIBRARIES_SECURITY 4.3).

No redirect is followed, no proxy of the environment is used, nothing compressed is accepted, an answer ends at 256 kB
and everything at one deadline. httpcore comes with the first request: the tray icon does not wait for it.

The token lives in a `Secret` and in the request alone. Errors are raised outside of the `except` that saw the library's
own: its frames hold the header, and a chained traceback with local variables would show it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ringfence.core.address import url_fault
from ringfence.core.model import FailureKind
from ringfence.ports import SourceError
from ringfence.texts import clean
from ringfence.version import __version__

if TYPE_CHECKING:
    import httpcore

    from ringfence.ports import Endpoint, Secret
    from ringfence.sources.network import Network

USER_AGENT = f"ringfence/{__version__}"
"""Our own name (DESIGN 2.7), although the endpoint is kinder to its own clients' (FORMATS A1)."""
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Anthropic-Beta": "oauth-2025-04-20",
    "Content-Type": "application/json",
    "User-Agent": USER_AGENT,
}
MAX_BYTES = 256 * 1024
DEADLINE_S = 15.0
"""For the whole exchange, name look-up included. Claude Code itself gives it 5 s (FORMATS A1)."""

CONNECT_SHARE = 0.6
"""The part of it for the connection: one that never came about has cost nothing of the request budget."""
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes
    date: str | None
    """Its `Date` header."""
    retry_after: str | None
    """Its `Retry-After` header."""


class Transport:
    """Asks one endpoint. A connection lives for one request: the next is minutes away."""

    def __init__(self, endpoint: Endpoint, *, deadline_s: float = DEADLINE_S) -> None:
        self._endpoint = endpoint
        self._deadline_s = deadline_s
        self._host = urlsplit(endpoint.base_url).hostname or "" if not url_fault(endpoint.base_url) else ""
        self._tls: ssl.SSLContext | None = None

    async def get(self, path: str, token: Secret) -> Answer:
        """Return the answer to a GET of base URL + `path`, of any status but a redirect's.

        Raises SourceError: `offline` when the endpoint cannot be reached or its address, proxy or certificates are not
        usable, `server_error` for a redirect, for something compressed and for more than 256 kB.
        """
        from ringfence.sources.network import Network, in_thread  # noqa: PLC0415 - brings httpcore

        now, clock = asyncio.get_running_loop().time(), asyncio.get_running_loop().time
        network = Network(clock, connect_by=now + self._deadline_s * CONNECT_SHARE, until=now + self._deadline_s)
        answer: Answer | SourceError
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await in_thread(lambda: self._exchange(network, path, token))
        except TimeoutError:
            answer = _offline(f"{self._host} did not answer within {self._deadline_s:g} s")
        finally:
            network.give_up()  # also when the task was cancelled: nothing goes on in the thread for long
        if isinstance(answer, SourceError):
            raise answer
        return answer

    def _exchange(self, network: Network, path: str, token: Secret) -> Answer | SourceError:
        """In the thread: ask, and read the answer."""
        import httpcore  # noqa: PLC0415

        try:
            url, pool = self._url(path), self._pool(network)
            if isinstance(url, SourceError):
                return url
            if isinstance(pool, SourceError):
                return pool
            with pool, pool.stream("GET", url, headers=self._headers(token)) as response:
                return self._read(response)
        except (
            httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.ProxyError,
            httpcore.UnsupportedProtocol,
        ) as error:  # fmt: skip
            return self._trouble(error)

    def _url(self, path: str) -> httpcore.URL | SourceError:
        """Return what to ask: of the host that was looked at, not of one that another parser finds in the address."""
        import httpcore  # noqa: PLC0415

        base_url = self._endpoint.base_url
        if reason := url_fault(base_url):
            return _unusable(f"The usage endpoint's address (usage.base_url) {reason}")
        parts = urlsplit(base_url)
        try:
            host = self._host.encode() if self._host.isascii() else self._host.encode("idna")
            target = (parts.path.rstrip("/") + path).encode("ascii")
        except UnicodeError:
            host = target = b""
        if not _HOST.fullmatch(host) or not target:
            return _unusable("The usage endpoint's address (usage.base_url) is not a plain address")
        return httpcore.URL(scheme=parts.scheme, host=host, port=parts.port, target=target)

    def _headers(self, token: Secret) -> Sequence[tuple[bytes | str, bytes | str]]:
        """Return what is sent; the token goes into the one header it belongs in, as late as possible."""
        host = urlsplit(self._endpoint.base_url).netloc
        host = host if host.isascii() else host.encode("idna").decode()
        return [("Host", host), *HEADERS.items(), ("Authorization", f"Bearer {token.reveal()}")]

    def _pool(self, network: Network) -> httpcore.ConnectionPool | SourceError:
        """Return connections that can reach the endpoint and nothing else, or why there are none."""
        import httpcore  # noqa: PLC0415

        tls = self._context()
        if isinstance(tls, SourceError):
            return tls
        # Loopback is asked directly: through a proxy the token would leave this machine in the clear.
        if not self._endpoint.proxy or not self._endpoint.base_url.startswith("https:"):
            return httpcore.ConnectionPool(ssl_context=tls, network_backend=network)
        parts = urlsplit("")
        auth, port = None, None
        try:
            parts = urlsplit(self._endpoint.proxy)
            host, port = (parts.hostname or "").encode("ascii"), parts.port
            auth = (
                (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None
            )
        except ValueError:
            host = b""
        if not _HOST.fullmatch(host) or parts.scheme not in {"http", "https"}:
            # Not quoted: a proxy's address may carry a password.
            return _unusable("The proxy (usage.proxy) is not an http:// or https:// address")
        return httpcore.HTTPProxy(
            httpcore.URL(scheme=parts.scheme, host=host, port=port, target=b"/"),
            proxy_auth=auth,
            ssl_context=tls,
            proxy_ssl_context=tls if parts.scheme == "https" else None,
            network_backend=network,
        )

    def _context(self) -> ssl.SSLContext | SourceError:
        if self._tls is None:
            try:
                self._tls = tls_context(self._endpoint)
            except (OSError, ValueError):
                where = clean(self._endpoint.ca_bundle)
                return _unusable(f"The certificates in {where} (usage.ca_bundle) cannot be read")
        return self._tls

    def _read(self, response: httpcore.Response) -> Answer | SourceError:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        if 300 <= response.status < 400:
            return _server("answered with a redirect, which is not followed")
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            return _server("answered with something compressed, which was not asked for")
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return _server(f"answered with more than {MAX_BYTES // 1024} kB")
        return Answer(
            status=response.status,
            body=bytes(body),
            date=headers.get("date"),
            retry_after=headers.get("retry-after"),
        )

    def _trouble(self, error: Exception) -> SourceError:
        """Return the library's error in words of our own: its text may quote what it sent."""
        import httpcore  # noqa: PLC0415

        connected = not isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout | httpcore.ProxyError)
        proxied = self._endpoint.proxy and self._endpoint.base_url.startswith("https:")
        where = "the proxy (usage.proxy)" if proxied else self._host
        for cause in _chain(error):
            if isinstance(cause, ssl.SSLError):
                return self._refused_certificate(cause)
            if isinstance(cause, socket.gaierror):
                return _offline(f"No address of {where} could be found", requested=False)
        match error:
            case httpcore.ProxyError():
                return _offline("The proxy (usage.proxy) refused the connection", requested=False)
            case httpcore.TimeoutException():
                return _offline(f"{self._host} did not answer in time", requested=connected)
            case httpcore.ConnectError():
                return _offline(f"No connection to {where} could be made", requested=False)
            case httpcore.RemoteProtocolError():
                return _server("broke off its answer or speaks something that is not HTTP")
            case _:
                return _offline(f"The connection to {self._host} broke", requested=connected)

    def _refused_certificate(self, error: ssl.SSLError) -> SourceError:
        reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        return SourceError(
            FailureKind.OFFLINE,
            f"The certificate of {self._host} was refused ({clean(str(reason), 100)}): a proxy or a wrong clock; a "
            "company's own root certificate belongs into usage.ca_bundle.",
            requested=False,
        )


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS settings: names and certificates are checked, against the system's roots and `ca_bundle`.

    Made by hand, because `ssl.create_default_context` writes the session keys to where SSLKEYLOGFILE says. Raises
    OSError (ssl.SSLError is one) or ValueError when `ca_bundle` is not usable.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not endpoint.base_url.startswith("https:"):
        return context
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"] and not _system_has_roots():
        import certifi  # noqa: PLC0415 - only where the system has no roots of its own

        context.load_verify_locations(cafile=certifi.where())
    if endpoint.ca_bundle:
        context.load_verify_locations(cafile=str(Path(endpoint.ca_bundle).expanduser()))
    return context


def _system_has_roots() -> bool:
    """Tell whether OpenSSL has a folder of certificates, which it reads only when it meets a name."""
    folder = ssl.get_default_verify_paths().capath
    try:
        return bool(folder) and any(Path(folder).iterdir())
    except OSError:
        return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _offline(what: str, *, requested: bool = True) -> SourceError:
    return SourceError(
        FailureKind.OFFLINE, f"{what}: check the network; Ringfence tries again by itself.", requested=requested
    )


def _unusable(what: str) -> SourceError:
    return SourceError(FailureKind.OFFLINE, f"{what}: mend it in the settings.", requested=False)


def _server(what: str) -> SourceError:
    return SourceError(
        FailureKind.SERVER_ERROR, f"The usage endpoint {what}; Ringfence tries again by itself."
    )  # fmt: skip
