"""What every request must be before anything is done for it, and how a refusal is told.

A web page cannot come through: it cannot leave out `Origin` or `Sec-Fetch-Site`, and a name that was rebound to this
machine stands in `Host`. Over TCP the token is asked for as well.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ringfence.api.answers import Problem
from ringfence.api.wishes import WrongRequestError
from ringfence.documents.base import encoded
from ringfence.file_errors import FileError

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
NAMES = ("localhost", "127.0.0.1", "[::1]")
UNIX_NAMES = frozenset({*NAMES, "ringfence"})
OF_BROWSERS = ("Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Access-Control-Request-Method")
"""Headers that a page cannot leave out, and that no other program has a reason to send."""
HEADERS = {
    "Server": "ringfence",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """A middleware: refuses what must not come in, and turns every error into a `Problem`."""

    def __init__(self, *, token: bytes | None, port: int | None, spoke: Callable[[web.Request], None]) -> None:
        """Guard a server.

        Args:
            token: what TCP asks for; None: there is no TCP.
            port: that of TCP.
            spoke: told of each request that comes.
        """
        self._token, self._port, self._spoke = token, port, spoke

    def middleware(self) -> Middleware:
        """Return what stands in front of every handler."""

        @web.middleware
        async def stand(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._let_through(request, handler)

        return stand

    async def _let_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through, or answer why not."""
        self._spoke(request)
        try:
            self._check(request)
            return await handler(request)
        except WrongRequestError as error:
            return problem(error.status, error.error, error.detail, key=error.key, headers=error.headers)
        except web.HTTPException as error:
            return _http_problem(error)
        except FileError as error:
            return problem(500, "file", str(error))
        except Exception:
            log.exception("the local API failed in a way it should not")
            return problem(500, "bug", "Ringfence failed in a way it should not; its log says more.")

    def _check(self, request: web.Request) -> None:
        tcp = _is_tcp(request)
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0], tcp=tcp):
            raise WrongRequestError(
                403, "foreign_host", "This is not the name of this machine; ask for http://localhost."
            )
        if any(name in request.headers for name in OF_BROWSERS):
            raise WrongRequestError(403, "web_page", "Web pages may not use Ringfence.")
        if tcp and not self._has_token(request):
            raise WrongRequestError(
                401, "token", "Send the token of `ringfence api status` as `Authorization: Bearer ...`.",
                headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        if request.content_length is not None and request.content_length > MAX_BODY:
            raise WrongRequestError(413, "too_large", "The body is larger than 64 kB.")

    def _is_ours(self, host: str, *, tcp: bool) -> bool:
        name, colon, port = host.lower().rpartition(":")
        if not colon or port.endswith("]"):
            name, port = host.lower(), ""
        if tcp:
            return name in NAMES and port == ("" if self._port == 80 else str(self._port))
        return name in UNIX_NAMES and (port == "" or port.isdecimal())

    def _has_token(self, request: web.Request) -> bool:
        given = request.headers.getall("Authorization", [])
        if self._token is None or len(given) != 1:
            return False
        scheme, _, token = given[0].partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token)


async def dress(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Say nothing of what serves, let nothing be kept, and let no page read it."""
    response.headers.update(HEADERS)


def problem(
    status: int, error: str, detail: str, *, key: str | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    """Return a refusal."""
    body = encoded(Problem(error=error, detail=detail, key=key))
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _http_problem(error: web.HTTPException) -> web.Response:
    """Return aiohttp's own refusals in the form of all the others."""
    told = {
        404: ("not_found", "There is no such address; /v1/openapi.json lists them."),
        405: ("method", "This address does not take that method; /v1/openapi.json lists them."),
        413: ("too_large", "The body is larger than 64 kB."),
    }
    code, detail = told.get(error.status, ("refused", f"{error.reason}."))
    allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return problem(error.status, code, detail, headers=allowed)


def _is_tcp(request: web.Request) -> bool:
    """Tell by which way a request came; when in doubt by the one that asks for more."""
    transport = request.transport
    name = transport.get_extra_info("sockname") if transport is not None else None
    return not isinstance(name, str | bytes)
