"""One GET with a bearer token, on the narrowest path there is (PACKAGING_LIBRARIES_SECURITY 4.3).

No redirect is followed, no proxy of the environment is used, nothing compressed is accepted, an answer ends at 256 kB
and everything at one deadline. httpx comes with the first request: the tray icon does not wait 80 ms for it.

The token lives in a `Secret` and in the request alone. Errors are raised outside of the `except` that saw the library's
own: its frames hold the header, and a chained traceback with local variables would show it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ringfence.core.address import url_fault
from ringfence.core.model import FailureKind
from ringfence.ports import SourceError
from ringfence.sentence import Sentence
from ringfence.texts import clean
from ringfence.version import __version__

if TYPE_CHECKING:
    import httpx

    from ringfence.ports import Endpoint, Secret

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
        answer: Answer | SourceError
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await self._exchange(path, token)
        except TimeoutError:
            late = f"{self._deadline_s:g}"
            answer = _offline(Sentence("{host} did not answer within {seconds} s", host=self._host, seconds=late))
        if isinstance(answer, SourceError):
            raise answer
        return answer

    async def _exchange(self, path: str, token: Secret) -> Answer | SourceError:
        _leave_out_httpx_command()
        import httpx  # noqa: PLC0415

        try:
            client = self._client()
            if isinstance(client, SourceError):
                return client
            async with (
                client,
                client.stream("GET", self._endpoint.base_url.rstrip("/") + path, auth=_bearer(token)) as response,
            ):
                return await self._read(response)
        except httpx.HTTPError as error:
            return self._trouble(error)
        except httpx.InvalidURL:
            return _unusable(Sentence("The usage endpoint's address (usage.base_url) is not one"))

    def _client(self) -> httpx.AsyncClient | SourceError:
        """Return a client that can reach the endpoint and nothing else, or why there is none."""
        import httpx  # noqa: PLC0415

        base_url = self._endpoint.base_url
        reason = url_fault(base_url)
        # The settings were checked by one parser, the request is made by another: both must mean the same host.
        if not reason and httpx.URL(base_url).host != self._host:
            reason = Sentence("is not a plain address")
        if reason:
            return _unusable(Sentence("The usage endpoint's address (usage.base_url) {reason}", reason=reason))
        tls = self._context()
        if isinstance(tls, SourceError):
            return tls
        # Loopback is asked directly: through a proxy the token would leave this machine in the clear.
        proxy = self._proxy(tls) if self._endpoint.proxy and base_url.startswith("https:") else None
        if isinstance(proxy, SourceError):
            return proxy
        return httpx.AsyncClient(
            headers=HEADERS,
            verify=tls,
            proxy=proxy,
            trust_env=False,
            follow_redirects=False,
            http1=True,
            http2=False,
            timeout=httpx.Timeout(self._deadline_s, connect=self._deadline_s * CONNECT_SHARE),
        )

    def _proxy(self, tls: ssl.SSLContext) -> httpx.Proxy | SourceError:
        import httpx  # noqa: PLC0415

        address = self._endpoint.proxy
        try:
            if address.startswith("http:"):  # httpx refuses a context for the connection that has no TLS
                return httpx.Proxy(address)
            if address.startswith("https:"):
                return httpx.Proxy(address, ssl_context=tls)
        except (ValueError, httpx.InvalidURL):
            pass
        # Not quoted: a proxy's address may carry a password.
        return _unusable(Sentence("The proxy (usage.proxy) is not an http:// or https:// address"))

    def _context(self) -> ssl.SSLContext | SourceError:
        if self._tls is None:
            try:
                self._tls = tls_context(self._endpoint)
            except (OSError, ValueError):
                where = clean(self._endpoint.ca_bundle)
                return _unusable(Sentence("The certificates in {path} (usage.ca_bundle) cannot be read", path=where))
        return self._tls

    async def _read(self, response: httpx.Response) -> Answer | SourceError:
        headers: Mapping[str, str] = response.headers
        if 300 <= response.status_code < 400:
            return _server(Sentence("The usage endpoint answered with a redirect, which is not followed"))
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            return _server(Sentence("The usage endpoint answered with something compressed, which was not asked for"))
        body = bytearray()
        # Raw: a decoder would unpack 64 kB into 67 MB before anybody could count.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                return _server(Sentence("The usage endpoint answered with more than {size} kB", size=MAX_BYTES // 1024))
        return Answer(
            status=response.status_code,
            body=bytes(body),
            date=headers.get("date"),
            retry_after=headers.get("retry-after"),
        )

    def _trouble(self, error: httpx.HTTPError) -> SourceError:
        """Return the library's error in words of our own: its text may quote what it sent."""
        import httpx  # noqa: PLC0415

        connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)
        proxied = self._endpoint.proxy and self._endpoint.base_url.startswith("https:")
        where = Sentence("the proxy (usage.proxy)") if proxied else self._host
        for cause in _chain(error):
            if isinstance(cause, ssl.SSLError):
                return self._refused_certificate(cause)
            if isinstance(cause, socket.gaierror):
                return _offline(Sentence("No address of {where} could be found", where=where), requested=False)
        match error:
            case httpx.ProxyError():
                return _offline(Sentence("The proxy (usage.proxy) refused the connection"), requested=False)
            case httpx.TimeoutException():
                return _offline(Sentence("{host} did not answer in time", host=self._host), requested=connected)
            case httpx.ConnectError():
                return _offline(Sentence("No connection to {where} could be made", where=where), requested=False)
            case httpx.RemoteProtocolError():
                return _server(Sentence("The usage endpoint broke off its answer or speaks something that is not HTTP"))
            case _:
                return _offline(Sentence("The connection to {host} broke", host=self._host), requested=connected)

    def _refused_certificate(self, error: ssl.SSLError) -> SourceError:
        reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        return SourceError(
            FailureKind.OFFLINE,
            Sentence(
                "The certificate of {host} was refused ({reason}): a proxy or a wrong clock; a "
                "company's own root certificate belongs into usage.ca_bundle.",
                host=self._host,
                reason=clean(str(reason), 100),
            ),
            requested=False,
        )


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS settings: names and certificates are checked, against the system's roots and `ca_bundle`.

    Made by hand, because `ssl.create_default_context` writes the session keys to where SSLKEYLOGFILE says, and httpx
    does so even without `trust_env`. Raises OSError (ssl.SSLError is one) or ValueError when `ca_bundle` is not usable.
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


def _leave_out_httpx_command() -> None:
    """Let httpx come without its command line.

    `import httpx` imports that too where its optional packages are there: click, rich and pygments, 6 MB and 40 ms
    that no request needs. A None in `sys.modules` makes Python refuse that import alone; httpx is written for the case.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how Python spells "not this one"


def _bearer(token: Secret) -> Callable[[httpx.Request], httpx.Request]:
    """Return what puts the token into the one header it belongs in, as late as possible."""

    def sign(request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        return request

    return sign


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _offline(what: Sentence, *, requested: bool = True) -> SourceError:
    said = Sentence("{what}: check the network; Ringfence tries again by itself.", what=what)
    return SourceError(FailureKind.OFFLINE, said, requested=requested)


def _unusable(what: Sentence) -> SourceError:
    said = Sentence("{what}: mend it in the settings.", what=what)
    return SourceError(FailureKind.OFFLINE, said, requested=False)


def _server(what: Sentence) -> SourceError:
    return SourceError(FailureKind.SERVER_ERROR, Sentence("{what}; Ringfence tries again by itself.", what=what))
