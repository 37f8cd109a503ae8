"""A subscription that is used for days, and everything that its endpoint has been seen to do (FORMATS A).

What is true is kept apart from what is answered: `Truth` is what the judge goes by.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

SESSION_S, WEEK_S = 5 * 3600.0, 7 * 86400.0
TOKEN = "soak-token-that-opens-nothing"
REPEATS_S = 175.0
"""For so long after a rollover the endpoint repeats the old window's value: one reading has it, the second does not
(DESIGN 2.6). It was seen to last up to five minutes, when the second may have it too."""
STEP_S = 30.0


@dataclass
class Limit:
    """One window as it really is."""

    length_s: float
    used: float = 0.0
    resets_at: float | None = None
    before: float = 0.0
    """What it stood at when it last began anew."""
    began_at: float = 0.0


@dataclass(frozen=True)
class Answered:
    """A reading that reached the asker whole."""

    at: float
    session: float
    week: float
    session_resets_at: float | None
    suspicious: bool
    """It repeats the old window's value."""


@dataclass(frozen=True)
class Fault:
    """A time of trouble."""

    since: float
    until: float
    mode: str


MODES = ("429", "401", "500", "offline", "hang", "garbage", "slow")


@dataclass
class Account:
    """The account and its endpoint on 127.0.0.1. `now` is the world's true time, not what a wrong clock says."""

    name: str
    rng: random.Random
    begin: float
    days: float
    limits: dict[str, Limit] = field(default_factory=dict)
    resets: list[tuple[float, str, bool]] = field(default_factory=list)
    """When a window began anew, which, and whether before its time."""
    answered: list[Answered] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    early: list[tuple[float, str]] = field(default_factory=list)
    hanging: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self._at = self.begin
        self.limits = {
            "session": Limit(length_s=SESSION_S),
            "week": Limit(length_s=WEEK_S, used=0.2, resets_at=self.begin + 2.3 * 86400),
        }
        end = self.begin + self.days * 86400
        at = self.begin + 3 * 3600
        number = 0
        while at < end:
            mode = MODES[number % len(MODES)]
            length = self.rng.uniform(300, 2400) if mode != "401" else self.rng.uniform(600, 5400)
            self.faults.append(Fault(at, at + length, mode))
            at += length + self.rng.uniform(3, 9) * 3600
            number += 1
        self.early = [(self.begin + self.days * 86400 * share, "session") for share in (0.31, 0.77)]
        self._rate, self._rate_until = 0.0, self.begin
        self._server: asyncio.Server | None = None

    # ---- the truth

    def advance(self, now: float) -> None:
        """Let the account be used up to a moment."""
        while self._at < now:
            self._at = min(self._at + STEP_S, now)
            self._step(self._at)

    def _step(self, at: float) -> None:
        for name, limit in self.limits.items():
            if limit.resets_at is not None and at >= limit.resets_at:
                self._reset(name, limit.resets_at, early=False)
        if self.early and at >= self.early[0][0]:
            _, name = self.early.pop(0)
            if self.limits[name].resets_at is not None:
                self._reset(name, at, early=True)
        if at >= self._rate_until:
            hour = at / 3600 % 24
            busy = 8 <= hour < 20
            share = self.rng.random()
            self._rate = 0.0 if share < (0.15 if busy else 0.7) else self.rng.uniform(0.05, 0.55 if busy else 0.15)
            self._rate_until = at + self.rng.uniform(1200, 5400)
        if self._rate and self.limits["session"].used < 1.0:
            self._spend(self._rate * STEP_S / 3600, at)

    def _spend(self, part: float, at: float) -> None:
        session, week = self.limits["session"], self.limits["week"]
        if session.resets_at is None:
            session.resets_at, session.began_at = at // 600 * 600 + SESSION_S, at
        session.used = min(session.used + part, 1.0)
        week.used = min(week.used + part / 11, 1.0)

    def _reset(self, name: str, at: float, *, early: bool) -> None:
        limit = self.limits[name]
        self.resets.append((at, name, early))
        limit.before, limit.used, limit.began_at = limit.used, 0.0, at
        limit.resets_at = at + WEEK_S if name == "week" else None

    def mode(self, now: float) -> str:
        """Return what the endpoint does now."""
        return next((fault.mode for fault in self.faults if fault.since <= now < fault.until), "ok")

    # ---- the endpoint

    async def serve(self, now: object) -> None:
        """Begin to answer."""
        self._now = now
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            now = self._now()  # type: ignore[operator]
            self.advance(now)
            mode = self.mode(now)
            if mode != "offline":
                self.requests.append(now)
            if mode == "offline":
                writer.transport.abort()
            elif mode == "hang":
                await self._hang(reader)
            else:
                await self._reply(writer, mode, head, now)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        self.hanging += 1
        try:
            await reader.read()  # until the asker gives up
        finally:
            self.hanging -= 1

    async def _reply(self, writer: asyncio.StreamWriter, mode: str, head: str, now: float) -> None:
        status, extra, body = 200, "", b""
        if f"authorization: bearer {TOKEN}" not in head.lower() or mode == "401":
            status, body = 401, b'{"type":"error","error":{"type":"authentication_error"}}'
        elif mode == "429":
            status, extra, body = 429, "retry-after: 600\r\n", b'{"type":"error","error":{"type":"rate_limit_error"}}'
        elif mode == "500":
            status, body = 503, b"<html>overloaded</html>"
        elif mode == "garbage":
            body = b'{"five_hour":[1,2,3],"limits":"soon"}'
        else:
            body = self._body(now)
        date = format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)
        writer.write(
            f"HTTP/1.1 {status} Soak\r\ndate: {date}\r\ncontent-type: application/json\r\n{extra}"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
        )
        if mode == "slow":
            writer.write(body[:10])
            await writer.drain()
            await asyncio.sleep(4)
            body = body[10:]
        writer.write(body)
        await writer.drain()

    def _body(self, now: float) -> bytes:
        session, week = self.limits["session"], self.limits["week"]
        just_begun = session.resets_at is not None and now - (session.resets_at - SESSION_S) < REPEATS_S
        repeats = just_begun and session.before >= 0.95
        used = session.before if repeats else session.used
        answered = Answered(now, round(used, 3), round(week.used, 3), session.resets_at, repeats)
        self.answered.append(answered)
        five = None
        if session.resets_at is not None:
            five = {"utilization": answered.session * 100, "resets_at": _iso(session.resets_at)}
        seven = {"utilization": answered.week * 100, "resets_at": _iso(week.resets_at or now + WEEK_S)}
        return json.dumps({"five_hour": five, "seven_day": seven, "seven_day_opus": None, "extra_usage": None}).encode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
