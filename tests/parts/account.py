"""A subscription account on loopback: the usage endpoint in its real form, with every failure as a mode.

In a test::

    with LoopbackAccount() as account:
        account.set(five_hour=0.91)                      # 91 % of the session is used
        ...                                              # read account.url + "/api/oauth/usage" with any bearer token
        account.set(usage_mode="429", retry_after=120)
        assert account.usage_requests[-1].has_authorization

By hand: `python tests/parts/account.py --port 8787`, then `curl -d '{"five_hour": 0.91}' 127.0.0.1:8787/rig`.

    GET  /api/oauth/usage   what Ringfence polls
    GET  /rig               the state as JSON, with the requests seen so far
    POST /rig               changes the state: an object with any of the fields of `State`

No token is kept: a request remembers only whether it carried one. Standard library alone; binds 127.0.0.1 alone.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import random
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE_PATH = "/api/oauth/usage"
MODES = frozenset(
    {
        "ok",  # the numbers
        "401",  # the token has expired
        "403",  # the token lacks the scope user:profile
        "403-other",  # refused for another reason
        "404",
        "429",  # throttled, with `retry_after`
        "429-bare",  # throttled, and no time named
        "500",
        "503",  # with `retry_after`
        "garbage",  # 200 and an edge server's HTML
        "empty",  # 200 and nothing
        "cut",  # the connection breaks in the middle of the body
        "drop",  # the connection breaks before an answer
        "slow",  # no answer, until the account is closed
        "drip",  # a byte every 50 ms, for ever
        "huge",  # 64 MB of text
        "bomb",  # 200 kB of gzip that unpack to 200 MB
        "redirect",  # 302 to `redirect_to`
        "nan",  # NaN for a number
        "deep",  # arrays in arrays, 50 000 of them
        "wrong-types",  # texts for numbers
        "no-windows",  # an object with nothing known in it
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the account answers. Fractions are 0..1, None: no such window; times epoch seconds, None: not started."""

    five_hour: float | None = 0.42
    seven_day: float | None = 0.87
    seven_day_opus: float | None = None
    seven_day_sonnet: float | None = None
    five_hour_resets_at: float | None = field(default_factory=lambda: int(time.time()) + 3 * 3600)
    seven_day_resets_at: float | None = field(default_factory=lambda: int(time.time()) + 4 * 86400)
    scoped: dict[str, float] = field(default_factory=dict)
    """A model's own week, in limits[] alone: {"Fable": 0.18}."""
    limits: bool = True
    """False: the body as it was before mid-2026, without limits[]."""
    extra_usage: dict[str, Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Further keys of the body."""
    jitter_us: int = 0
    """`resets_at` wanders by up to this many microseconds from answer to answer, as the real one does."""
    date_skew_s: float = 0.0
    """Added to the Date header: the server's clock against ours."""
    usage_mode: str = "ok"
    """One of MODES."""
    retry_after: str | int | None = 120
    redirect_to: str = ""
    """Where a redirect points; empty: to /stolen on this server."""
    raw: str | None = None
    """The whole body, instead of one made from the fields above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in, without its credential."""

    method: str
    path: str
    headers: dict[str, str]
    """Lower-case names; never authorization, x-api-key or cookie."""
    has_authorization: bool
    at: float


class LoopbackAccount:
    """The account and its server; a context manager. Every method may be called from any thread."""

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None, **state: Any) -> None:
        self._changed = threading.Condition()
        self._state = State()
        self._requests: list[Request] = []
        self._closing = threading.Event()
        self.set(**state)
        handler = type("Handler", (_Handler,), {"account": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def __enter__(self) -> LoopbackAccount:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; answers that are being held back end at once."""
        self._closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The base URL: http://127.0.0.1:PORT; https when made with a `tls` context."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def state(self) -> State:
        """What the account answers now."""
        with self._changed:
            return self._state

    @property
    def requests(self) -> list[Request]:
        """Every request so far but those to /rig, the oldest first."""
        with self._changed:
            return list(self._requests)

    @property
    def usage_requests(self) -> list[Request]:
        """The requests to the usage endpoint."""
        return [request for request in self.requests if request.path.partition("?")[0] == USAGE_PATH]

    def set(self, **changes: Any) -> None:
        """Change what the account answers from now on. Raises ValueError for what is no field or no mode."""
        unknown = changes.keys() - {f.name for f in fields(State)}
        if unknown:
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
        if changes.get("usage_mode", "ok") not in MODES:
            raise ValueError(f"no such mode: {changes['usage_mode']}")
        with self._changed:
            self._state = replace(self._state, **changes)

    def reset_session(self, used: float = 0.0) -> None:
        """Begin a new five-hour window, with this fraction used."""
        self.set(five_hour=used, five_hour_resets_at=int(time.time()) + 5 * 3600)

    def wait_for_requests(self, count: int, timeout_s: float = 20.0) -> list[Request]:
        """Return the usage requests as soon as there are `count` of them. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.usage_requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.usage_requests)} of {count} requests after {timeout_s:g} s")
            return self.usage_requests

    def hold(self, seconds: float) -> bool:
        """Wait, but not longer than the account is open; True when it closed."""
        return self._closing.wait(seconds)

    def remember(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Keep a request, without what it proves its right with."""
        lower = {name.lower(): value for name, value in headers.items()}
        has_authorization = lower.get("authorization", "").startswith("Bearer ") and len(lower["authorization"]) > 7
        kept = {
            n: v for n, v in lower.items() if n not in {"authorization", "proxy-authorization", "x-api-key", "cookie"}
        }
        with self._changed:
            self._requests.append(
                Request(method=method, path=path, headers=kept, has_authorization=has_authorization, at=time.time())
            )
            self._changed.notify_all()


def usage_body(state: State) -> dict[str, Any]:
    """Return the body of the usage endpoint: the named windows, and limits[] unless switched off."""

    def instant(at: float | None) -> str | None:
        if at is None:
            return None
        return datetime.fromtimestamp(at + random.uniform(-1, 1) * state.jitter_us / 1e6, UTC).isoformat()

    def window(used: float | None, resets_at: float | None) -> dict[str, Any] | None:
        return None if used is None else {"utilization": round(used * 100, 1), "resets_at": instant(resets_at)}

    def row(kind: str, used: float, resets_at: float | None, model: str | None = None) -> dict[str, Any]:
        return {
            "kind": kind,
            "group": "session" if kind == "session" else "weekly",
            "percent": round(used * 100),
            "severity": "critical" if used >= 0.95 else "warning" if used >= 0.8 else "normal",
            "resets_at": instant(resets_at),
            "scope": {"model": {"id": None, "display_name": model}, "surface": None} if model else None,
            "is_active": False,
        }

    week = state.seven_day_resets_at
    body: dict[str, Any] = {
        "five_hour": window(state.five_hour, state.five_hour_resets_at),
        "seven_day": window(state.seven_day, week),
        "seven_day_oauth_apps": None,
        "seven_day_opus": window(state.seven_day_opus, week),
        "seven_day_sonnet": window(state.seven_day_sonnet, week),
        "iguana_necktie": None,
        "extra_usage": state.extra_usage
        or {"is_enabled": False, "monthly_limit": None, "used_credits": None, "utilization": None},
    }
    if state.limits:
        rows = [row("session", state.five_hour, state.five_hour_resets_at)] if state.five_hour is not None else []
        rows += [row("weekly_all", state.seven_day, week)] if state.seven_day is not None else []
        rows += [row("weekly_scoped", used, week, model) for model, used in state.scoped.items()]
        if rows:
            max(rows, key=lambda each: each["percent"])["is_active"] = True
        body["limits"] = rows
    return {**body, **state.more}


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the answers under way: on a busy machine the bomb takes its time

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up; anything else is a fault of this file."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5  # a connection that a client keeps open does not keep closing waiting
    account: LoopbackAccount

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, as the server's clock has it."""
        return super().date_time_string((timestamp or time.time()) + self.account.state.date_skew_s)

    def log_message(self, *args: object) -> None:
        """Keep standard error clean."""

    def do_GET(self) -> None:
        if self.path == "/rig":
            self._rig()
            return
        self.account.remember("GET", self.path, dict(self.headers))
        if self.path.partition("?")[0] != USAGE_PATH:
            self._error(404, "not_found_error", "Not found")
        elif not self.headers.get("authorization", "").startswith("Bearer "):
            self._error(401, "authentication_error", "Invalid bearer token")
        else:
            self._failures().get(self.account.state.usage_mode, self._numbers)()

    def _numbers(self) -> None:
        state = self.account.state
        body = json.dumps(usage_body(state)) if state.raw is None else state.raw
        self._reply(200, body.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path != "/rig":
            self.account.remember("POST", self.path, dict(self.headers))
            self._json(404, {})
            return
        try:
            self.account.set(**json.loads(body))
        except (ValueError, TypeError) as error:
            self._json(400, {"error": str(error)})
        else:
            self._rig()

    def _rig(self) -> None:
        self._json(200, {**asdict(self.account.state), "requests": [asdict(r) for r in self.account.requests]})

    def _failures(self) -> dict[str, Callable[[], None]]:
        state = self.account.state
        after = {} if state.retry_after is None else {"Retry-After": str(state.retry_after)}
        limited = "Rate limited. Please try again later."
        return {
            "401": lambda: self._error(401, "authentication_error", "Invalid bearer token"),
            "403": lambda: self._error(
                403, "permission_error", "OAuth token does not meet scope requirement user:profile"
            ),
            "403-other": lambda: self._error(403, "permission_error", "Not allowed"),
            "404": lambda: self._error(404, "not_found_error", "Not found"),
            "429": lambda: self._json(429, {"error": {"message": limited, "type": "rate_limit_error"}}, **after),
            "429-bare": lambda: self._json(429, {"error": {"message": limited, "type": "rate_limit_error"}}),
            "500": lambda: self._error(500, "api_error", "Internal server error"),
            "503": lambda: self._reply(503, b"<html>overloaded</html>", "text/html", **after),
            "garbage": lambda: self._reply(200, b"<html>gateway</html>", "text/html"),
            "empty": lambda: self._reply(200, b""),
            "cut": self._cut,
            "drop": self._drop,
            "slow": self._slow,
            "drip": self._drip,
            "huge": self._huge,
            "bomb": lambda: self._reply(200, _bomb(), **{"Content-Encoding": "gzip"}),
            "redirect": lambda: self._reply(302, b"", Location=state.redirect_to or f"{self.account.url}/stolen"),
            "nan": lambda: self._reply(200, b'{"five_hour": {"utilization": NaN, "resets_at": null}}'),
            "deep": lambda: self._reply(200, b'{"five_hour": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
            "wrong-types": lambda: self._json(200, {"five_hour": {"utilization": "much", "resets_at": 5}, "limits": 7}),
            "no-windows": lambda: self._json(200, {"weather": "fine"}),
        }

    def _cut(self) -> None:
        self._head(200, 10_000)
        self.wfile.write(b'{"five_hour": ')
        self.close_connection = True

    def _drop(self) -> None:
        self.close_connection = True

    def _slow(self) -> None:
        self.account.hold(600)
        self.close_connection = True

    def _drip(self) -> None:
        self._head(200, 10_000_000)
        while not self.account.hold(0.05):
            self.wfile.write(b" ")

    def _huge(self) -> None:
        self._head(200, 64 << 20)
        for _ in range(64):
            self.wfile.write(b"A" * (1 << 20))

    def _head(self, status: int, length: int, content_type: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def _reply(self, status: int, body: bytes, content_type: str = "application/json", **headers: str) -> None:
        self._head(status, len(body), content_type, **headers)
        self.wfile.write(body)

    def _json(self, status: int, value: object, **headers: str) -> None:
        self._reply(status, json.dumps(value).encode(), **headers)

    def _error(self, status: int, kind: str, message: str) -> None:
        error = {"type": kind, "message": message}
        self._json(status, {"type": "error", "error": error, "request_id": "req_loopback"})


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(b" " * (200 << 20), compresslevel=6)


def main() -> None:
    """Serve until interrupted, and print the address."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    with LoopbackAccount(port=parser.parse_args().port) as account:
        print(account.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
