"""The usage endpoint that Claude Code's `/usage` reads, asked with the login that Claude Code keeps (FORMATS A, B)."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ringfence.core.address import REAL_FLOOR_S, url_fault
from ringfence.core.model import FailureKind, Sample
from ringfence.core.polling import SIGN_IN_RETRY_S, scaled
from ringfence.core.settings import floor_of
from ringfence.ports import SourceError, SourceSpec
from ringfence.sentence import N_, Sentence

if TYPE_CHECKING:
    from ringfence.core.account_settings import Account
    from ringfence.ports import Endpoint, Tools
    from ringfence.sources.credentials import Finder, Login
    from ringfence.sources.transport import Answer, Transport

ID = "oauth_usage"
PATH = "/api/oauth/usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rejection:
    """A token that the server refused, as a hash: it is not sent again while the server would only refuse it again."""

    digest: bytes
    at: float
    kind: FailureKind
    detail: str


class OAuthUsage:
    """Reads one account's usage (ports.Source). The login is read anew for every reading and kept by nobody."""

    def __init__(
        self, account: Account, endpoint: Endpoint, tools: Tools, *, finder: Finder, transport: Transport
    ) -> None:
        self._account = account
        self._tools = tools
        self._finder = finder
        self._transport = transport
        usable = not url_fault(endpoint.base_url)
        self._rest_s = scaled(SIGN_IN_RETRY_S, floor_of(endpoint.base_url) if usable else REAL_FLOOR_S)
        self._rejection: _Rejection | None = None

    async def sample(self, *, now: float) -> Sample:
        """Read once. Raises SourceError, of every kind there is; ends within 15 s of the login being found."""
        login = await self._finder.login(now=now)
        digest = hashlib.sha256(login.token.reveal().encode()).digest()
        self._refuse_rejected(digest, now)
        answer = await self._transport.get(PATH, login.token)
        fault = fault_of(answer, login, now=now)
        if fault is not None:
            if answer.status in {401, 403}:
                self._rejection = _Rejection(digest=digest, at=now, kind=fault.kind, detail=fault.detail)
            raise fault
        self._rejection = None
        return self._sample(answer, login, now)

    async def aclose(self) -> None:
        """Nothing is kept open between two readings."""

    def _refuse_rejected(self, digest: bytes, now: float) -> None:
        """Raise the last refusal again for the same token: Claude Code too remembers it for an hour (FORMATS A4)."""
        last = self._rejection
        if last is not None and last.digest == digest and 0 <= now - last.at < self._rest_s:
            raise SourceError(last.kind, last.detail, requested=False)

    def _sample(self, answer: Answer, login: Login, now: float) -> Sample:
        from ringfence.sources.usage_body import parse_usage  # noqa: PLC0415 - msgspec comes with the first reading

        server_at = _http_date(answer.date)
        return parse_usage(
            answer.body,
            account=self._account.name,
            source=ID,
            now=now,
            plan=login.plan,
            skew_s=None if server_at is None else server_at - self._tools.now(),
        )


def fault_of(answer: Answer, login: Login, *, now: float) -> SourceError | None:
    """Return what an answer's status says is wrong, None for one that carries numbers (FORMATS A3)."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 401:
        return SourceError(
            FailureKind.EXPIRED,
            Sentence(
                "The endpoint refused the login in {where} as expired or replaced: run `claude` once, it renews it.",
                where=login.where,
            ),
        )
    if status == 403:
        return SourceError(FailureKind.MISSING_SCOPE, _forbidden(answer, login))
    if status == 429:
        return SourceError(
            FailureKind.THROTTLED,
            Sentence(
                "The endpoint asks for a pause between readings (not your usage limit); Ringfence waits by itself."
            ),
            retry_after_s=retry_after_s(answer, now=now),
        )
    if status >= 500:
        return SourceError(
            FailureKind.SERVER_ERROR,
            Sentence("The usage endpoint has trouble (HTTP {status}); Ringfence tries again by itself.", status=status),
            retry_after_s=retry_after_s(answer, now=now),
        )
    return SourceError(
        FailureKind.FORMAT_CHANGED,
        Sentence(
            "The usage endpoint does not take the question any more (HTTP {status}); look for a newer Ringfence.",
            status=status,
        ),
    )


def retry_after_s(answer: Answer, *, now: float) -> float | None:
    """Return the seconds of a Retry-After (seconds or a date); 0 when it said 0, None when it said nothing usable."""
    text = (answer.retry_after or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        at = _http_date(text)
        # Both dates are the server's: its clock may be another than ours.
        seconds = math.nan if at is None else at - (_http_date(answer.date) or now)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _forbidden(answer: Answer, login: Login) -> str:
    if b"scope" in answer.body:
        return Sentence(
            "The token in {where} may not read usage (user:profile is missing, as in a setup-token): run "
            "`claude` and sign in with the browser.",
            where=login.where,
        )
    return Sentence(
        "The endpoint does not let the login in {where} read usage: run `claude` and sign in again.", where=login.where
    )


def _http_date(text: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _finder(account: Account, tools: Tools) -> Finder:
    from ringfence.sources.credentials import Finder  # noqa: PLC0415 - brings msgspec

    return Finder(account=account, tools=tools)


def _build(account: Account, endpoint: Endpoint, tools: Tools) -> OAuthUsage:
    from ringfence.sources.transport import Transport  # noqa: PLC0415 - brings asyncio and ssl

    return OAuthUsage(account, endpoint, tools, finder=_finder(account, tools), transport=Transport(endpoint))


def _watched_files(account: Account, tools: Tools) -> tuple[str, ...]:
    path = _finder(account, tools).file()
    return () if path is None else (str(path),)


SPEC = SourceSpec(
    id=ID,
    label=N_("Usage endpoint"),
    help=N_(
        "Asks the endpoint that Claude Code's /usage reads, with the login that Claude Code keeps. Reads it, and never"
        " renews or writes it."
    ),
    build=_build,
    watched_files=_watched_files,
)
