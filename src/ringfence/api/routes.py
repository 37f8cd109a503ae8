"""The endpoints, each declared once: the router, the check of query keys and the OpenAPI document come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringfence.api import answers, metrics, wishes
from ringfence.documents.base import Document
from ringfence.documents.token_rows import Kind
from ringfence.documents.tokens import RunsDocument, TokenReport

NAME = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": wishes.NAME_PATTERN}
FOLDER = {"type": "string", "minLength": 1, "maxLength": 1024}
DAY = {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2}|today|yesterday|[1-9][0-9]{0,3}d)$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A key of a query."""

    name: str
    schema: dict[str, Any]
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint may answer."""

    help: str
    body: type[Document] | None = None
    content_type: str = "application/json"
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint."""

    method: str
    path: str
    name: str
    """The handler's."""
    help: str
    query: tuple[Query, ...] = ()
    body: type[wishes.Wish] | None = None
    answers: dict[int, Answer]
    place: dict[str, dict[str, Any]] | None = None
    """The parts of the path that are chosen."""


RELATIVE = Answer(help="The folder is no absolute path.", body=answers.Problem)
LAUNCH = (
    Query(name="account", schema=NAME, help="The account that a launch would use; without it the first one."),
    Query(name="model", schema=NAME, help="Its model, in any spelling."),
    Query(name="class", schema=NAME, help="Its class, e.g. batch."),
    Query(name="project", schema=FOLDER, help="The folder it would work in."),
)
SPAN = (
    Query(name="since", schema=DAY, help="The first day: 2026-11-21, today, yesterday, 7d."),
    Query(name="until", schema=DAY, help="The last day, which counts too."),
    Query(name="account", schema=NAME, help="One account's tokens."),
    Query(name="project", schema=FOLDER, help="Work in this folder and below."),
)
CONFLICT = Answer(help="It cannot be done as things stand; the sentence says why.", body=answers.Problem)
NOT_THERE = Answer(help="There is no such account.", body=answers.Problem)
GATE = Answer(help="The gate as it stands now.", body=answers.GateAnswer)

ROUTES = (
    Route(
        method="GET", path="/v1/usage", name="usage", help="Every account's windows, thresholds and verdict.",
        answers={200: Answer(help="The windows.", body=answers.UsageDocument)},
    ),
    Route(
        method="GET", path="/v1/thresholds", name="thresholds", help="Where the gate closes.",
        answers={200: Answer(help="The thresholds in force.", body=answers.ThresholdsAnswer)},
    ),
    Route(
        method="PUT", path="/v1/thresholds", name="set_thresholds",
        help="Set thresholds: 1 to 100, or null for none. Keys that are left out stay as they are.",
        body=wishes.ThresholdsWish,
        answers={
            200: Answer(help="The thresholds in force now, and what they hold at once.", body=answers.ThresholdsAnswer),
            409: CONFLICT,
        },
    ),
    Route(
        method="GET", path="/v1/gate", name="gate", help="What the gate says to a launch, without asking to start it.",
        query=LAUNCH, answers={200: GATE, 409: RELATIVE},
    ),
    Route(
        method="POST", path="/v1/launches", name="ask_launch",
        help="May this launch start? A refusal is added to the history of held launches.", body=wishes.LaunchWish,
        answers={
            200: Answer(help="It may.", body=answers.LaunchAnswer),
            409: RELATIVE,
            503: Answer(help="It may not, and why.", body=answers.Refusal, headers=("Retry-After",)),
        },
    ),
    Route(
        method="GET", path="/v1/launches", name="launches", help="The launches that the gate held.",
        answers={200: Answer(help="Those that wait, and what became of today's.", body=answers.LaunchesAnswer)},
    ),
    Route(
        method="POST", path="/v1/pause", name="pause", help="Hold new launches, as `ringfence pause` does.",
        body=wishes.PauseWish, answers={200: GATE, 404: NOT_THERE, 409: CONFLICT},
    ),
    Route(
        method="POST", path="/v1/unpause", name="unpause",
        help="Lift the pauses: all of them, or the one of a scope.", body=wishes.ScopeWish,
        answers={200: GATE},
    ),
    Route(
        method="POST", path="/v1/override", name="override",
        help="Let launches start although automatic holds apply, as `ringfence override` does.",
        body=wishes.OverrideWish, answers={200: GATE, 409: CONFLICT},
    ),
    Route(
        method="GET", path="/v1/runs", name="runs", help="The sessions that answered within the last minutes.",
        answers={200: Answer(help="The runs.", body=RunsDocument)},
    ),
    Route(
        method="GET", path="/v1/budgets", name="budgets",
        help="The budgets of the settings: how far each is used, until when, and whether it holds runs.",
        answers={200: Answer(help="The budgets.", body=answers.BudgetsAnswer)},
    ),
    Route(
        method="GET", path="/v1/tokens/{kind}", name="tokens", help="Tokens spent, as `ringfence tokens KIND --json`.",
        query=SPAN, place={"kind": {"type": "string", "enum": [str(kind) for kind in Kind]}},
        answers={
            200: Answer(help="The report.", body=TokenReport),
            404: Answer(help="There is no such report.", body=answers.Problem),
            409: Answer(help="The days cannot be meant; the sentence says why.", body=answers.Problem),
            429: Answer(help="Too many reports at once.", body=answers.Problem, headers=("Retry-After",)),
        },
    ),
    Route(
        method="GET", path="/v1/events", name="events",
        help="Frames as they happen, as server-sent events or, with an upgrade, as a WebSocket. The first one is a"
        " `snapshot`, or what was missed since `Last-Event-ID`. A client that is too slow is dropped.",
        answers={200: Answer(help="The frames.", content_type="text/event-stream"),
                 503: Answer(help="Too many follow already.", body=answers.Problem, headers=("Retry-After",))},
    ),
    Route(
        method="GET", path="/v1/health", name="health", help="How the monitor does.",
        answers={200: Answer(help="It runs.", body=answers.HealthDocument)},
    ),
    Route(
        method="GET", path="/v1/openapi.json", name="openapi", help="This document.",
        answers={200: Answer(help="OpenAPI 3.1.")},
    ),
    Route(
        method="GET", path="/metrics", name="metrics", help="The same for Prometheus.",
        answers={200: Answer(help="Text format 0.0.4.", content_type=metrics.CONTENT_TYPE)},
    ),
)  # fmt: skip
COMMON = {
    400: Answer(help="The request cannot be understood; `key` names what is wrong.", body=answers.Problem),
    401: Answer(help="Over TCP: no token, or a wrong one.", body=answers.Problem, headers=("WWW-Authenticate",)),
    403: Answer(help="It comes from a web page, or under a name that is not this machine's.", body=answers.Problem),
    500: Answer(help="A file could not be read or written; the sentence says which.", body=answers.Problem),
}
WITH_BODY = {
    408: Answer(help="The body did not come in time.", body=answers.Problem),
    413: Answer(help="The body is larger than 64 kB.", body=answers.Problem),
    415: Answer(help="The body is not application/json.", body=answers.Problem),
}


def answers_of(route: Route) -> dict[int, Answer]:
    """Return everything that an endpoint may answer, by its status."""
    return dict(sorted({**COMMON, **(WITH_BODY if route.body else {}), **route.answers}.items()))
