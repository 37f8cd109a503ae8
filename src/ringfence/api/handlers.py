"""What each endpoint does. The state is the monitor's; nothing is kept here but the last answer of `/v1/usage`."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from ringfence import gate_reader, texts
from ringfence.api import answers, metrics, openapi, stream, wishes
from ringfence.api.hub import Eyes, Hub
from ringfence.api.port import Launch, Port, Refused
from ringfence.api.routes import ROUTES, Route
from ringfence.api.wishes import WrongRequestError
from ringfence.core import gating, resets
from ringfence.core.model import Override, Pause, Scope
from ringfence.core.ring import View
from ringfence.documents import days, token_rows, tokens
from ringfence.documents.base import Document, encoded
from ringfence.file_errors import FileError
from ringfence.save_effects import closes, effects_of

log = logging.getLogger(__name__)

BODY_S = 10.0
"""A body that takes longer to come is not waited for."""
ASK_AGAIN_S = 300
"""What `Retry-After` says when nobody knows when a hold ends."""
REPORTS_WAITING = 8
NOTES_WAITING = 256
"""Refused launches that wait for their row in the history; more of them get none."""
_T = TypeVar("_T")
_W = TypeVar("_W", bound=wishes.Wish)


class Endpoints:
    """The handlers, by the names of `routes`."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._usage: tuple[View, int, bytes] | None = None
        self._document = msgspec.json.encode(openapi.document())
        self._reporting = asyncio.Lock()
        self._reports_waiting = 0
        self._saving = asyncio.Lock()
        self._notes: asyncio.Queue[Refused] = asyncio.Queue(NOTES_WAITING)
        self._noting: asyncio.Task[None] | None = None
        self._going: set[asyncio.Task[Any]] = set()
        self.hub = Hub(Eyes(now=port.now, ask_gate=lambda: port.ask_gate(Launch()), usage=self._usage_of))

    def add_to(self, app: web.Application) -> None:
        """Put every declared endpoint in the router."""
        for route in ROUTES:
            path = route.path.replace("{kind}", "{kind:[a-z]+}")
            app.router.add_route(route.method, path, _checked(route, getattr(self, route.name)))

    async def close(self) -> None:
        """End what goes on in the background."""
        self.hub.close()
        await asyncio.gather(*self._going, return_exceptions=True)
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.gather(self._noting, return_exceptions=True)

    async def usage(self, _request: web.Request) -> web.Response:
        """Return the windows. They are told anew with every change, and every second for what time alone changes."""
        view, now = self._port.state().view, self._port.now()
        if view is None:
            view = View(verdict=gate_reader.UNKNOWN)
        if self._usage is None or self._usage[0] is not view or self._usage[1] != int(now):
            self._usage = view, int(now), encoded(self._usage_of(view))
        return web.Response(body=self._usage[2], content_type="application/json")

    async def thresholds(self, _request: web.Request) -> web.Response:
        """Return the thresholds."""
        return _json(answers.thresholds_answer(self._port.state().settings))

    async def set_thresholds(self, request: web.Request) -> web.Response:
        """Set thresholds, and say what they hold at once."""
        wish = await _body(request, wishes.ThresholdsWish)
        return _json(await self._to_the_end(self._set_thresholds(wish)))

    async def _set_thresholds(self, wish: wishes.ThresholdsWish) -> answers.ThresholdsAnswer:
        async with self._saving:
            state = self._port.state()
            values = wishes.values_of(wish, state.settings)
            view = state.view or View(verdict=gate_reader.UNKNOWN)
            effects = effects_of(values, state.settings, view, self._port.now())
            if values:
                await self._port.set_thresholds(values)
        return answers.thresholds_answer(self._port.state().settings, effects, closes=closes(effects, view))

    async def gate(self, request: web.Request) -> web.Response:
        """Return what the gate says to a launch."""
        asked = _launch(request.query)
        return _json(answers.gate_answer(self._port.ask_gate(asked), self._port.now()))

    async def ask_launch(self, request: web.Request) -> web.Response:
        """Answer a launch that wants to start."""
        wish = await _body(request, wishes.LaunchWish)
        launch = Launch(
            account=wish.account, model=wish.model, class_=wish.class_, project=_folder(wish.project),
            command=texts.clean(wish.command or "api", 200) or "api",
        )  # fmt: skip
        answer = self._port.ask_gate(launch)
        unknown = wish.if_unknown or self._port.state().settings.gate.if_unknown
        passes = answer.verdict == gate_reader.OPEN or (
            answer.verdict == gate_reader.UNKNOWN and unknown == gate_reader.OPEN
        )
        if passes:
            until = None if answer.valid_until is None else int(answer.valid_until)
            return _json(answers.LaunchAnswer(verdict=answer.verdict, why=answer.why, valid_until=until))
        refusal = _refusal(answer)
        self._note(launch, refusal.reason)
        self.hub.refused(1, launch, refusal)
        return _json(refusal, status=503, headers={"Retry-After": str(self._retry_after(answer))})

    async def launches(self, _request: web.Request) -> web.Response:
        """Return the held launches."""
        return _json(answers.launches_answer(self._port.state().launches))

    async def pause(self, request: web.Request) -> web.Response:
        """Hold new launches."""
        wish = await _body(request, wishes.PauseWish)
        state, now = self._port.state(), self._port.now()
        known = [account.name for account in state.settings.accounts]
        if wish.account is not None and wish.account not in known:
            detail = f"There is no account called {texts.clean(wish.account)}; there is {', '.join(known)}."
            raise WrongRequestError(404, "no_account", detail, key="account")
        scope = Scope(account=wish.account, model=wish.model, class_=wish.class_)
        made = Pause(
            since=now,
            until=self._pause_end(wish, scope, now),
            scope=scope,
            why=texts.clean(wish.why, 300) or None if wish.why else None,
        )
        self._port.change_latches(lambda latches: gating.with_pause(latches, made))
        return self._gate_now()

    async def unpause(self, request: web.Request) -> web.Response:
        """Lift pauses."""
        wish = await _body(request, wishes.ScopeWish)
        scope = Scope(account=wish.account, model=wish.model, class_=wish.class_)
        asked = None if scope == Scope() else scope
        self._port.change_latches(lambda latches: gating.without_pauses(latches, asked))
        return self._gate_now()

    async def override(self, request: web.Request) -> web.Response:
        """Override automatic holds."""
        wish = await _body(request, wishes.OverrideWish)
        now = self._port.now()
        if wish.off and wish.for_s is not None:
            raise WrongRequestError(409, "conflict", "`off` and `for_s` exclude each other.", key="off")
        made = None if wish.off else self._override(wish.for_s, now)
        self._port.change_latches(lambda latches: gating.with_override(latches, made))
        return self._gate_now()

    async def runs(self, _request: web.Request) -> web.Response:
        """Return what runs."""
        state = self._port.state()
        view = state.view or View(verdict=gate_reader.UNKNOWN)
        return _json(tokens.runs_document(view.runs, view.scan, self._port.now()))

    async def budgets(self, _request: web.Request) -> web.Response:
        """Return how far the budgets are used."""
        view = self._port.state().view
        return _json(answers.budgets_answer(view.budgets if view else (), self._port.now()))

    async def tokens(self, request: web.Request) -> web.Response:
        """Return a report of tokens. One is made at a time: it reads a database in a thread that others need too."""
        kind = request.match_info["kind"]
        if kind not in list(token_rows.Kind):
            raise WrongRequestError(404, "not_found", f"There is no report `{kind}`.", key="kind")
        try:
            span = days.span_of(request.query.get("since"), request.query.get("until"), self._port.now())
        except ValueError as error:
            raise WrongRequestError(409, "days", f"{str(error)[:300]}.") from None
        scope = token_rows.Scope(
            span=span, account=request.query.get("account"), project=_folder(request.query.get("project"))
        )
        if self._reports_waiting >= REPORTS_WAITING:
            raise WrongRequestError(429, "busy", "Too many reports at once.", headers={"Retry-After": "1"})
        report = await self._to_the_end(self._report(token_rows.Kind(kind), scope))
        return _json(tokens.report_document(report))

    async def _report(self, kind: token_rows.Kind, scope: token_rows.Scope) -> token_rows.Report:
        self._reports_waiting += 1
        try:
            async with self._reporting:
                return await self._port.report(kind, scope)
        finally:
            self._reports_waiting -= 1

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Follow what happens."""
        return await stream.follow(request, self.hub)

    async def health(self, _request: web.Request) -> web.Response:
        """Return how the monitor does."""
        clients, dropped = self.hub.clients, self.hub.dropped
        state = self._port.state()
        return _json(answers.health_document(state, self._verdict(), clients=clients, dropped=dropped))

    async def openapi(self, _request: web.Request) -> web.Response:
        """Return the OpenAPI document."""
        return web.Response(body=self._document, content_type="application/json")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Return everything for Prometheus."""
        made = metrics.text(self._port.state(), self._verdict(), clients=self.hub.clients, dropped=self.hub.dropped)
        return web.Response(body=made.encode(), headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _to_the_end(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Await work that is finished even when its client goes away: half of it would be worse than all of it."""
        task = asyncio.ensure_future(work)
        self._going.add(task)
        task.add_done_callback(self._gone)
        return await asyncio.shield(task)

    def _gone(self, task: asyncio.Task[Any]) -> None:
        self._going.discard(task)
        if not task.cancelled():
            task.exception()  # whoever awaits it gets it; nobody may be left who does

    def _usage_of(self, view: View) -> answers.UsageDocument:
        state = self._port.state()
        return answers.usage_document(view, state.settings, self._port.ask_gate(Launch()), self._port.now())

    def _gate_now(self) -> web.Response:
        return _json(answers.gate_answer(self._port.ask_gate(Launch()), self._port.now()))

    def _verdict(self) -> str:
        return self._port.ask_gate(Launch()).verdict

    def _pause_end(self, wish: wishes.PauseWish, scope: Scope, now: float) -> float | None:
        if wish.for_s is not None and wish.until is not None:
            raise WrongRequestError(409, "conflict", "`for_s` and `until` exclude each other.", key="until")
        if wish.for_s is not None:
            return now + wish.for_s
        if wish.until != "reset":
            if wish.until is not None and wish.until <= now:
                raise WrongRequestError(409, "past", "`until` has passed already.", key="until")
            return wish.until
        end = resets.reset_of(((a.name, a.sample) for a in self._port.state().accounts), scope, now)
        if end is None:
            raise WrongRequestError(409, "no_reset", "No reset is known yet, so nothing was paused.", key="until")
        return end

    def _override(self, for_s: float | None, now: float) -> Override:
        if for_s is not None:
            return Override(since=now, until=now + for_s)
        made = gating.override_until_reset(self._port.ask_gate(Launch()).document, now)
        if made is None:
            detail = "Nothing was overridden: no threshold holds launches now; name `for_s` to do it in any case."
            raise WrongRequestError(409, "nothing_holds", detail)
        return made

    def _retry_after(self, answer: gate_reader.Answer) -> int:
        """Return the seconds after which asking again may help: the end of the hold that binds, where it has one."""
        until = answer.hold["until"] if answer.hold is not None else None
        return ASK_AGAIN_S if until is None else max(1, math.ceil(until - self._port.now()))

    def _note(self, launch: Launch, reason: str) -> None:
        """Add a refused launch to the history, soon: the answer does not wait for a disk."""
        if self._notes.full():
            return
        self._notes.put_nowait(Refused(launch=launch, reason=reason, at=self._port.now()))
        if self._noting is None:
            self._noting = asyncio.ensure_future(self._keep_noting())

    async def _keep_noting(self) -> None:
        while True:
            several = [await self._notes.get()]
            while not self._notes.empty():
                several.append(self._notes.get_nowait())
            self.hub.noted(len(several))  # before the ledger tells of them
            try:
                await self._port.note_refusals(several)
            except FileError as error:
                self.hub.noted(-len(several))
                log.info("refused launches stand in no history: %s", error)


def _checked(route: Route, handler: Handler) -> Handler:
    """Refuse keys of a query that the endpoint does not know: `acount=` would be answered for every account."""
    known = {query.name: query for query in route.query}
    allowed = {"last_event_id"} if route.name == "events" else known.keys()

    async def checked(request: web.Request) -> web.StreamResponse:
        for name in request.query:
            if name not in allowed:
                raise WrongRequestError(
                    400, "unknown_key", f"`{texts.clean(name, 60)}` is no key of this query.", key=name
                )
            if len(request.query.getall(name)) > 1:
                raise WrongRequestError(400, "key_twice", f"`{name}` stands twice in the query.", key=name)
            if name in known:
                _check_query(name, request.query[name], known[name].schema)
        return await handler(request)

    return checked


def _check_query(name: str, value: str, schema: Mapping[str, object]) -> None:
    import re  # noqa: PLC0415

    pattern, longest = schema.get("pattern"), schema.get("maxLength")
    fits = pattern is None or re.fullmatch(str(pattern), value, re.ASCII) is not None
    if not value or not fits or (isinstance(longest, int) and len(value) > longest) or "\n" in value or "\0" in value:
        raise WrongRequestError(400, "wrong_value", f"`{name}` does not have the form that it must have.", key=name)


async def _body(request: web.Request, made: type[_W]) -> _W:
    """Return what a request asks for. Raises WrongRequestError."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise WrongRequestError(415, "encoding", "The body must not be compressed.")
    try:
        async with asyncio.timeout(BODY_S):
            data = await request.read()
    except TimeoutError:
        raise WrongRequestError(
            408, "slow", "The body did not come in time.", headers={"Connection": "close"}
        ) from None
    if data and request.content_type != "application/json":
        raise WrongRequestError(415, "content_type", "The body must be application/json.")
    return wishes.read(data, made)


def _launch(query: Mapping[str, str]) -> Launch:
    return Launch(
        account=query.get("account"),
        model=query.get("model"),
        class_=query.get("class"),
        project=_folder(query.get("project")),
    )


def _folder(given: str | None) -> str | None:
    """Return a folder as holds and reports name it. One that is relative would be one of the monitor's, not theirs."""
    if given is None:
        return None
    try:
        folder = Path(given).expanduser()
    except RuntimeError:  # there is no such person
        folder = Path()
    if not folder.is_absolute():
        raise WrongRequestError(409, "relative", "`project` must be an absolute folder.", key="project")
    return os.path.abspath(folder)  # noqa: PTH100 - keeps links


def _refusal(answer: gate_reader.Answer) -> answers.Refusal:
    if answer.refusal is not None:
        return answers.Refusal(**answer.refusal)
    return answers.Refusal(
        error="gate_unknown", reason="gate_unknown", utilization_pct=None, threshold_pct=None, resets_at=None
    )


def _json(document: Document, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=encoded(document), content_type="application/json", headers=headers)
