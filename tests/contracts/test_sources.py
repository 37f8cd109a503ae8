"""What every source promises (ports.Source), for each `SPEC`: SourceError alone, an end, and no secret shown."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from functools import partial
from pathlib import Path

import pytest

from parts.account import MODES, LoopbackAccount
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.model import FailureKind, Sample
from ringfence.ports import Endpoint, Secret, Source, SourceError, SourceSpec, Tools
from ringfence.sources import specs, transport

CANARY = "sk-ant-oat01-CANARY"
ENDLESS = {"slow", "drip"}
SPECS = pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.id)


@pytest.fixture
def account():
    with LoopbackAccount() as made:
        yield made


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    login = {"accessToken": CANARY, "refreshToken": f"{CANARY}-refresh", "scopes": ["user:profile"]}
    (tmp_path / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))

    async def read_secret(_: str) -> Secret | None:
        return Secret(CANARY)

    return Tools(now=lambda: 1_795_300_000.0, environ={"CLAUDE_CONFIG_DIR": str(tmp_path)}.get, read_secret=read_secret)


@pytest.fixture
def short_deadline(monkeypatch):
    monkeypatch.setattr(transport, "Transport", partial(transport.Transport, deadline_s=0.5))


def sign_in(spec: SourceSpec, tools: Tools, token: str) -> None:
    login = {"claudeAiOauth": {"accessToken": token}}
    Path(spec.watched_files(DEFAULT_ACCOUNT, tools)[0]).write_text(json.dumps(login))


async def outcome(source: Source) -> Sample | SourceError:
    """Return what a reading gives. Anything but a sample and a SourceError goes through and fails the test."""
    try:
        return await source.sample(now=1_795_300_000.0)
    except SourceError as error:
        return error


def everything_shown(error: BaseException) -> str:
    """Return the most that anybody could print of an error: with causes, contexts and every frame's variables."""
    shown = []
    seen: list[BaseException] = [error]
    for each in seen:
        report = traceback.TracebackException.from_exception(each, capture_locals=True)
        shown += [str(each), repr(each), *report.format()]
        seen += [other for other in (each.__cause__, each.__context__) if other is not None and other not in seen]
    return "\n".join(shown)


@SPECS
@pytest.mark.parametrize("mode", sorted(MODES))
async def test_a_reading_ends_in_a_sample_or_a_source_error_and_shows_no_secret(
    spec: SourceSpec, mode: str, account, tools, short_deadline, caplog
):
    account.set(usage_mode=mode)
    caplog.set_level(logging.DEBUG)
    source = spec.build(DEFAULT_ACCOUNT, Endpoint(base_url=account.url), tools)
    found = await outcome(source)
    await source.aclose()
    assert isinstance(found, Sample if mode == "ok" else SourceError)
    shown = repr(found) if isinstance(found, Sample) else everything_shown(found)
    shown += repr(source) + repr(vars(source)) + repr(account.requests)
    logged = "\n".join(f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in caplog.records)
    assert "CANARY" not in shown
    assert "CANARY" not in logged


@SPECS
@pytest.mark.parametrize("token", ["", "CANARY\r\nX: 1", "CANARY ü", "CANARY" * 5000, "CANARY\0"])
async def test_a_token_that_is_none_is_not_sent_and_not_shown(spec: SourceSpec, token: str, account, tools, caplog):
    caplog.set_level(logging.DEBUG)
    sign_in(spec, tools, token)
    found = await outcome(spec.build(DEFAULT_ACCOUNT, Endpoint(base_url=account.url), tools))
    assert isinstance(found, SourceError)
    assert (found.kind, found.requested) == (FailureKind.SIGNED_OUT, False)
    assert account.requests == []
    assert "CANARY" not in everything_shown(found) + caplog.text


@SPECS
async def test_a_token_of_the_keyring_is_read_for_an_account_without_a_folder(spec: SourceSpec, account, tools):
    found = await outcome(spec.build(Account(name="team"), Endpoint(base_url=account.url), tools))
    assert isinstance(found, Sample)
    assert account.requests[0].has_authorization


@SPECS
@pytest.mark.parametrize("mode", sorted(ENDLESS))
async def test_a_reading_that_hangs_ends_by_itself(spec: SourceSpec, mode: str, account, tools, short_deadline):
    account.set(usage_mode=mode)
    async with asyncio.timeout(20):
        found = await outcome(spec.build(DEFAULT_ACCOUNT, Endpoint(base_url=account.url), tools))
    assert isinstance(found, SourceError)
    assert found.kind is FailureKind.OFFLINE


@SPECS
async def test_a_reading_can_be_cancelled_and_leaves_nothing_behind(spec: SourceSpec, account, tools):
    account.set(usage_mode="slow")
    source = spec.build(DEFAULT_ACCOUNT, Endpoint(base_url=account.url), tools)
    reading = asyncio.ensure_future(source.sample(now=1_795_300_000.0))
    await asyncio.to_thread(account.wait_for_requests, 1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await source.aclose()
    account.set(usage_mode="ok")
    assert isinstance(await outcome(source), Sample)


@SPECS
async def test_readings_may_overlap(spec: SourceSpec, account, tools):
    source = spec.build(DEFAULT_ACCOUNT, Endpoint(base_url=account.url), tools)
    found = await asyncio.gather(*(outcome(source) for _ in range(4)))
    assert all(isinstance(each, Sample) for each in found)


@SPECS
def test_a_declaration_says_what_it_is(spec: SourceSpec):
    assert spec.id.isidentifier()
    assert spec.label
    assert spec.help.endswith(".")
