"""A simulated account behind a real loopback HTTP endpoint in the real body format, and its two-minute story."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType

from ringfence import wiring
from ringfence.demo.work import Work
from ringfence.storage.atomic import make_folder, write_atomic
from ringfence.storage.paths import Paths

STORY_S = 120.0
"""The story's length; it begins again after that."""
RESET_S = 84.0
"""When, in each round, the session resets."""
INTERVAL_S = 5
"""Long enough that the ring is seen to move by itself in between, with the tokens."""
BATCH_TOKENS, DAY_TOKENS = 1_500_000, 5_300_000
"""The budgets: the first is reached while the gate is still open, the second at its end."""
_SESSION_S, _WEEK_S = 5 * 3600, 7 * 86400
_MAX_HEAD = 16 * 1024
ACCOUNT = "demo"
TOKEN = "demo-token-that-opens-nothing"  # noqa: S105 - it is sent to this process alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the account says at one moment of the story."""

    session: float
    week: float
    fable: float
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    signed_in: bool = True
    """False while the login file is away."""
    refused: bool = False
    """Whether Claude refuses every run: the session is used up."""


def scene_at(elapsed_s: float) -> Scene:
    """Return the scene: rings climb, the gate closes at 90 %, Claude refuses, trouble comes, a reset reopens it."""
    t = elapsed_s % STORY_S
    session = min(0.38 + 0.0145 * t, 1.0) if t < RESET_S else 0.02 + 0.008 * (t - RESET_S)
    calm = Scene(
        session=session,
        week=0.61 + 0.0012 * t,
        fable=0.22 + 0.001 * t,
        refused=session >= 1,
    )
    if 58 <= t < 64:
        return replace(calm, status=429, headers=(("retry-after", "3"),))
    if 68 <= t < 74:
        return replace(calm, status=503)
    return replace(calm, signed_in=False) if 104 <= t < 112 else calm


def resets_of(elapsed_s: float, started_at: float) -> tuple[float, float]:
    """Return when the session and the week reset, epoch seconds."""
    # Each round has a session of its own, which resets in the middle of the round.
    session = started_at + elapsed_s // STORY_S * STORY_S + RESET_S
    return session + (_SESSION_S if elapsed_s % STORY_S >= RESET_S else 0), started_at + 0.4 * _WEEK_S


def body_of(scene: Scene, elapsed_s: float, started_at: float) -> bytes:
    """Return the usage body of a scene, as FORMATS A2 has it since mid-2026: named windows and limits[]."""
    if scene.status != 200:
        return json.dumps({"type": "error", "error": {"type": "demo_error", "message": "Part of the story."}}).encode()
    session_resets_at, week_resets_at = resets_of(elapsed_s, started_at)
    limits = [
        _limit("session", "session", scene.session, session_resets_at, None),
        _limit("weekly_all", "weekly", scene.week, week_resets_at, None),
        _limit("weekly_scoped", "weekly", scene.fable, week_resets_at, "Fable"),
    ]
    named = {
        "five_hour": {"utilization": round(scene.session * 100, 1), "resets_at": _iso(session_resets_at)},
        "seven_day": {"utilization": round(scene.week * 100, 1), "resets_at": _iso(week_resets_at)},
        "seven_day_opus": None,
        "seven_day_sonnet": None,
        "extra_usage": {"is_enabled": False, "monthly_limit": None, "used_credits": None, "utilization": None},
    }
    return json.dumps(named | {"limits": limits}).encode()


class DemoAccount:
    """The account's endpoint on 127.0.0.1, for as long as the `async with` lasts; `url` is its address.

    Args:
        now: epoch seconds.
        home: a folder of the demo's own; `furnish` lays it out once the address is known.
        story: what the account says after so many seconds.
        busy: whether it has a past and its runs write transcripts.
    """

    def __init__(
        self, now: Callable[[], float], home: Path, *, story: Callable[[float], Scene] = scene_at, busy: bool = False
    ) -> None:
        self._now = now
        self._home = home
        self._story = story
        self._work = Work(login_file(home).parent, home) if busy else None
        self._server: asyncio.Server | None = None
        self._stage: asyncio.Task[None] | None = None
        self._started_at = 0.0
        self.url = ""
        self.requests = 0
        """How many readings were asked for."""

    async def __aenter__(self) -> DemoAccount:
        self._started_at = self._now()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        furnish(self._home, self.url, self._started_at)
        if self._work is not None:
            await self._remember(self._work)
        self._stage = asyncio.get_running_loop().create_task(self._play(), name="demo")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stage is not None:
            self._stage.cancel()
            await asyncio.gather(self._stage, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _remember(self, work: Work) -> None:
        """Lay out the past, read already: what windows cost is learnt with the first reading."""
        from ringfence.demo import past  # noqa: PLC0415 - with sqlite, which the icon need not wait for

        paths = Paths(config=self._home, state=self._home)
        await past.remember(work, paths.ledger, ACCOUNT, self._started_at, resets_of(0, self._started_at)[1])
        await asyncio.to_thread(_read_transcripts, paths, self._started_at)

    async def _play(self) -> None:
        while True:
            self._advance()
            await asyncio.sleep(1)

    def _advance(self) -> None:
        """Sign out and in again as the story says, by the login file, and let the runs work."""
        login, away = login_file(self._home), login_file(self._home).with_suffix(".away")
        now = self._now()
        elapsed = now - self._started_at
        scene = self._story(elapsed)
        if scene.signed_in == away.exists():
            (away if scene.signed_in else login).replace(login if scene.signed_in else away)
        if self._work is not None and scene.refused:
            self._work.refuse(resets_of(elapsed, self._started_at)[0], now)
        elif self._work is not None:
            self._work.go_on(scene.session, now)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                head = (await reader.readuntil(b"\r\n\r\n"))[:_MAX_HEAD].decode("latin-1")
            writer.write(self._reply(head))
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a client that went away is none of the story's business
        finally:
            writer.close()

    def _reply(self, head: str) -> bytes:
        request = head.split("\r\n", 1)[0]
        elapsed = self._now() - self._started_at
        scene = self._story(elapsed)
        status, body = scene.status, body_of(scene, elapsed, self._started_at)
        if not request.startswith("GET /api/oauth/usage"):
            status, body = 404, b"{}"
        elif f"authorization: bearer {TOKEN}" not in head.lower():
            status, body = 401, b'{"type":"error","error":{"type":"authentication_error"}}'
        else:
            self.requests += 1
        lines = [
            f"HTTP/1.1 {status} Demo",
            f"date: {format_datetime(datetime.fromtimestamp(self._now(), UTC), usegmt=True)}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
            *(f"{name}: {value}" for name, value in scene.headers if status == scene.status),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def login_file(home: Path) -> Path:
    """Return where the demo's made-up login is."""
    return home / "claude" / ".credentials.json"


def furnish(home: Path, url: str, now: float) -> None:
    """Lay out the demo's home: settings with a threshold at 90 %, and a made-up login. Raises FileError."""
    login = login_file(home)
    make_folder(login.parent)
    made = {"accessToken": TOKEN, "expiresAt": int((now + 86400) * 1000), "scopes": ["user:profile"]}
    write_atomic(login, json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}).encode())
    settings = f"""\
# The demo's own settings; yours are elsewhere.
[usage]
interval_s = {INTERVAL_S}

[thresholds]
session_pct = 90

[[accounts]]
name = "{ACCOUNT}"
config_dir = {json.dumps(str(login.parent))}
base_url = "{url}"

[[budgets]]  # holds what launchers start with --class batch
name = "reviews"
class = "batch"
tokens = {BATCH_TOKENS:_}
per = "day"

[[budgets]]  # only tells
name = "everything"
tokens = {DAY_TOKENS:_}
per = "day"
action = "alert"
"""
    write_atomic(home / "settings.toml", settings.encode())


def _read_transcripts(paths: Paths, now: float) -> None:
    ledger = wiring.token_reports(paths)
    try:
        settings, _ = wiring.settings_in_force(paths)
        wiring.transcripts(paths, ledger).catch_up(settings.accounts, None, now=now, scanned=lambda _: True)
    finally:
        ledger.close()


def _limit(kind: str, group: str, used: float, resets_at: float, model: str | None) -> dict[str, object]:
    return {
        "kind": kind,
        "group": group,
        "percent": round(used * 100),
        "severity": "critical" if used >= 0.95 else "warning" if used >= 0.8 else "normal",
        "resets_at": _iso(resets_at),
        "scope": {"model": {"id": None, "display_name": model}, "surface": None} if model else None,
        "is_active": kind == "session",
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
