"""The OpenAPI document is true: what it says is answered, what is answered stands in it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.served import TOKEN, serving
from core.story import Story, paused, sample, spent
from ringfence.api import openapi
from ringfence.api.routes import ROUTES

DOCUMENT = openapi.document()
DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def validator(name: str) -> Draft202012Validator:
    """Return what checks a value against a schema of the document, and nothing more may stand in it."""
    schemas = DOCUMENT["components"]["schemas"]
    closed = {key: {**s, "unevaluatedProperties": False} if "properties" in s else s for key, s in schemas.items()}
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": closed}})


ANSWERED = ("usage", "thresholds", "gate", "launches", "budgets", "runs", "health")


@pytest.mark.parametrize("path", [f"/v1/{name}" for name in ANSWERED])
async def test_each_answer_is_its_schema_to_the_last_key(tmp_path, path):
    story = Story(session_pct=90, week_pct=50, budgets=[{"name": "b", "tokens": 5, "per": "day"}])
    story = story >> sample(session=0.92, week=0.6, Opus=0.2) >> spent(b=9) >> paused(for_s=60, why="x")
    async with serving(tmp_path, story) as api, api.client() as client:
        found = (await client.get(path)).json()
    answer = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator(answer["$ref"].rpartition("/")[2]).validate(found)


async def test_the_served_document_is_this_one_and_names_no_secret(api, client):
    assert (await client.get("/v1/openapi.json")).json() == DOCUMENT


async def test_every_declared_endpoint_is_there(tmp_path):
    async with serving(tmp_path, Story() >> sample(session=0.4)) as api, api.client() as client:
        for route in ROUTES:
            if route.name != "events":
                answer = await client.request(route.method, route.path.replace("{kind}", "daily"), timeout=20)
                assert answer.status_code in {200, 409}, (route.path, answer.text)


def test_every_reference_leads_somewhere():
    def references(value) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                if key == "$ref":
                    yield each
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    names = {name.rpartition("/")[2] for name in references(DOCUMENT)}
    assert names <= set(DOCUMENT["components"]["schemas"])


def test_every_endpoint_and_every_frame_is_documented():
    for route in ROUTES:
        assert f"{route.method} {route.path}" in DOCS.replace("`", ""), route.path
    for event in openapi.FRAMES:
        assert f"`{event}`" in DOCS
    documented = set(re.findall(r"(?:GET|PUT|POST) (/[^\s`|]*)", DOCS))
    assert documented <= {route.path for route in ROUTES} | {"/v1/usage"}


# ---- schemathesis: what the document allows, and what it forbids, against the server


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a story from a thread of its own: schemathesis asks over TCP, and waits."""
    ready = threading.Event()
    place: dict[str, object] = {}

    async def run() -> None:
        done = asyncio.Event()
        folder = tmp_path_factory.mktemp("schemathesis")
        async with serving(folder, Story() >> sample(session=0.42, week=0.87), tcp=True) as api:
            place["url"] = f"http://127.0.0.1:{api.server.tcp_port}"
            loop = asyncio.get_running_loop()
            place["end"] = lambda: loop.call_soon_threadsafe(done.set)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="served (serve_forever)")
    thread.start()
    assert ready.wait(20)
    yield place["url"]
    place["end"]()
    thread.join(20)


def cases(mode: str):
    """Return the operations, with data that the document allows or forbids; the same in every run."""
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True, "max-examples": 20, "mode": mode, "allow-x00": False},
            # A day of no calendar, a moment that has passed, a hold that is not there: well-formed, and not to be done.
            "checks": {"positive_data_acceptance": {"expected-statuses": [200, 404, 409]}},
        }
    )
    # A client of the events never gets to an end.
    return schemathesis.openapi.from_dict(DOCUMENT, config=config).exclude(path="/v1/events")


CHOOSING = [route.name for route in ROUTES if route.query or route.body or route.place]
"""Where something can be asked for that may not be."""
allowed, forbidden = cases("positive"), cases("negative").include(operation_id=CHOOSING)
TOKEN_GIVEN = {"Authorization": f"Bearer {TOKEN}"}


@allowed.parametrize()
def test_what_the_document_allows_is_answered_as_it_says(served, case):
    answered_as_it_says(served, case)


@forbidden.parametrize()
def test_what_the_document_forbids_is_refused_as_it_says(served, case):
    answered_as_it_says(served, case)


def answered_as_it_says(served, case):
    answer = case.call(base_url=served, headers=TOKEN_GIVEN)
    # A threshold that was set by another case may hold the launch: 503 is what it is told then.
    held = case.path == "/v1/launches" and answer.status_code == 503
    case.validate_response(answer, excluded_checks=[not_a_server_error, positive_data_acceptance] if held else [])
