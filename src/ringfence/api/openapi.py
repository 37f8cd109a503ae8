"""The OpenAPI 3.1 document: made from the declared endpoints and the types of their bodies, never written by hand."""

from __future__ import annotations

from typing import Any

import msgspec

from ringfence.api import answers
from ringfence.api.hub import CROSSED, GATE, REFUSED, SNAPSHOT, USAGE
from ringfence.api.routes import ROUTES, Answer, Route, answers_of
from ringfence.documents.tokens import LiveRun
from ringfence.version import __version__

FRAMES = {
    SNAPSHOT: answers.UsageDocument,
    CROSSED: answers.ThresholdCrossed,
    GATE: answers.GateAnswer,
    USAGE: LiveRun,
    REFUSED: answers.LaunchRefused,
}
"""What the data of each kind of frame is."""
_REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """Return the document as dicts and lists."""
    bodies = [route.body for route in ROUTES if route.body is not None]
    told = [answer.body for route in ROUTES for answer in answers_of(route).values() if answer.body is not None]
    types = list(dict.fromkeys([*bodies, *told, *FRAMES.values()]))
    references, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringfence",
            "version": __version__,
            "description": "Usage windows, thresholds, the gate and live frames, on this machine alone (docs/api.md).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://localhost", "description": "Through the Unix socket; over TCP with its port."}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Over TCP alone."}},
        },
    }


def _operation(route: Route, schema_of: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": route.name, "summary": route.help}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in (route.place or {}).items()
    ] + [{"name": q.name, "in": "query", "description": q.help, "schema": q.schema} for q in route.query]
    if parameters:
        made["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[route.body]}}
        made["requestBody"] = {"required": False, "content": content}
    made["responses"] = {str(code): _response(each, schema_of) for code, each in answers_of(route).items()}
    if route.name == "events":
        made["x-frames"] = {event: schema_of[kind] for event, kind in FRAMES.items()}
    return made


def _response(answer: Answer, schema_of: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if answer.body is not None:
        schema = schema_of[answer.body]
    else:
        schema = {"type": "object"} if answer.content_type == "application/json" else {"type": "string"}
    made: dict[str, Any] = {"description": answer.help, "content": {answer.content_type: {"schema": schema}}}
    if answer.headers:
        made["headers"] = {name: {"schema": {"type": "string"}, "required": True} for name in answer.headers}
    return made
