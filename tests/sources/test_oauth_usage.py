"""The usage source over real HTTP: numbers, and every failure as one of the closed kinds with a next step."""

from __future__ import annotations

import json
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from parts.account import LoopbackAccount
from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.model import FailureKind, Sample
from ringfence.ports import Endpoint, Secret, Source, SourceError, Tools
from ringfence.sources import specs
from ringfence.sources.credentials import Login
from ringfence.sources.oauth_usage import SPEC, fault_of, retry_after_s
from ringfence.sources.transport import Answer

CANARY = "sk-ant-oat01-CANARY"


class Person:
    """Somebody with a login in a folder, whose account is on loopback."""

    def __init__(self, folder: Path, account: LoopbackAccount) -> None:
        self.folder = folder
        self.account = account
        self.now = account.state.five_hour_resets_at - 3600.0
        self.sign_in()

    def sign_in(self, token: str = CANARY, **more: Any) -> None:
        login = {"accessToken": token, "scopes": ["user:profile"], "subscriptionType": "max", **more}
        (self.folder / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))

    def source(self, base_url: str = "") -> Source:
        async def nothing_stored(_: str) -> Secret | None:
            return None

        tools = Tools(
            now=lambda: self.now,
            environ={"CLAUDE_CONFIG_DIR": str(self.folder)}.get,
            read_secret=nothing_stored,
        )
        return SPEC.build(DEFAULT_ACCOUNT, Endpoint(base_url=base_url or self.account.url), tools)


@pytest.fixture
def person(tmp_path: Path):
    with LoopbackAccount() as account:
        yield Person(tmp_path, account)


async def refusal(source: Source, now: float = 0.0) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.sample(now=now)
    error = caught.value
    assert "CANARY" not in f"{error}{error!r}"
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.detail.endswith(".")
    return error


def answer(status: int, body: bytes = b"", date: str | None = None, retry_after: str | None = None) -> Answer:
    return Answer(status=status, body=body, date=date, retry_after=retry_after)


# ---- numbers ---------------------------------------------------------------------------------------------------------


async def test_a_reading_has_windows_plan_and_origin(person):
    person.account.set(five_hour=0.91, seven_day=0.4, scoped={"Fable": 0.18})
    sample = await person.source().sample(now=person.now)
    assert isinstance(sample, Sample)
    assert (sample.account, sample.source, sample.observed_at, sample.plan) == (
        "default", "oauth_usage", person.now, "max",
    )  # fmt: skip
    assert [(w.id, w.used) for w in sample.windows] == [("session", 0.91), ("week", 0.4), ("model:Fable", 0.18)]
    assert sample.windows[0].resets_at == person.account.state.five_hour_resets_at
    assert [w.id for w in sample.windows if w.headline] == ["session"]


async def test_the_body_of_before_mid_2026_gives_the_same_windows(person):
    person.account.set(limits=False, seven_day_opus=0.05)
    sample = await person.source().sample(now=person.now)
    assert [(w.id, w.used) for w in sample.windows] == [("session", 0.42), ("week", 0.87), ("model:Opus", 0.05)]


async def test_a_wandering_reset_reads_as_one_whole_second(person):
    person.account.set(jitter_us=400_000)
    resets = {(await person.source().sample(now=person.now)).windows[0].resets_at for _ in range(5)}
    assert resets == {person.account.state.five_hour_resets_at}


async def test_the_servers_clock_is_compared_with_ours(person):
    person.account.set(date_skew_s=3600)
    source = person.source()
    sample = await source.sample(now=person.now)
    ours = person.account.requests[0].at - person.now  # the test's clock against the machine's
    assert sample.skew_s == pytest.approx(3600 + ours, abs=2)


async def test_every_reading_uses_the_login_of_that_moment(person):
    source = person.source()
    await source.sample(now=person.now)
    (person.folder / ".credentials.json").unlink()
    assert (await refusal(source)).kind is FailureKind.SIGNED_OUT
    assert len(person.account.requests) == 1


# ---- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "kind", "says"),
    [
        ("401", FailureKind.EXPIRED, "run `claude` once"),
        ("403", FailureKind.MISSING_SCOPE, "user:profile is missing"),
        ("403-other", FailureKind.MISSING_SCOPE, "sign in again"),
        ("404", FailureKind.FORMAT_CHANGED, "HTTP 404"),
        ("429", FailureKind.THROTTLED, "not your usage limit"),
        ("429-bare", FailureKind.THROTTLED, "not your usage limit"),
        ("500", FailureKind.SERVER_ERROR, "HTTP 500"),
        ("503", FailureKind.SERVER_ERROR, "HTTP 503"),
        ("garbage", FailureKind.SERVER_ERROR, "a page instead of numbers"),
        ("empty", FailureKind.SERVER_ERROR, "nothing instead of numbers"),
        ("nan", FailureKind.SERVER_ERROR, "not JSON"),
        ("redirect", FailureKind.SERVER_ERROR, "redirect"),
        ("bomb", FailureKind.SERVER_ERROR, "compressed"),
        ("huge", FailureKind.SERVER_ERROR, "256 kB"),
        ("deep", FailureKind.FORMAT_CHANGED, "nested too deeply"),
        ("wrong-types", FailureKind.FORMAT_CHANGED, "session cannot be read"),
        ("no-windows", FailureKind.FORMAT_CHANGED, "none of the known keys"),
    ],
)
async def test_every_failure_is_of_a_closed_kind_with_a_sentence(person, mode, kind, says):
    person.account.set(usage_mode=mode)
    error = await refusal(person.source(), person.now)
    assert (error.kind, error.requested) == (kind, True)
    assert says in error.detail


async def test_a_refused_login_names_the_file_it_came_from(person):
    person.account.set(usage_mode="401")
    assert str(person.folder / ".credentials.json") in (await refusal(person.source(), person.now)).detail


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(120, 120.0), (0, 0.0), ("0", 0.0), ("3242.5", 3242.5), (None, None), ("soon", None), (-5, 0.0), ("nan", None)],
)
async def test_the_pause_that_the_server_asks_for_is_handed_on(person, sent, seconds):
    person.account.set(usage_mode="429", retry_after=sent)
    assert (await refusal(person.source(), person.now)).retry_after_s == seconds


def test_a_pause_given_as_a_date_is_measured_on_the_servers_own_clock():
    made = answer(429, date=formatdate(50_000, usegmt=True), retry_after=formatdate(50_300, usegmt=True))
    assert retry_after_s(made, now=0) == 300.0
    assert retry_after_s(answer(429, retry_after=formatdate(50_300, usegmt=True)), now=50_200) == 100.0
    assert retry_after_s(answer(429, retry_after=formatdate(1, usegmt=True)), now=50_200) == 0.0


@pytest.mark.parametrize("text", ["inf", "1e999", "Mon, 99 Foo 2026", "Tue, 01 Jan 99999 00:00:00 GMT", "\x00"])
def test_a_pause_that_cannot_be_read_is_no_pause(text):
    assert retry_after_s(answer(429, retry_after=text), now=0) is None


@pytest.mark.parametrize("status", [200, 204, 299, 400, 402, 410, 451, 500, 502, 529, 599])
def test_every_status_is_judged(status):
    fault = fault_of(answer(status), Login(token=Secret(CANARY), where="here"), now=0)
    kind = fault and fault.kind
    expected = None if status < 300 else FailureKind.SERVER_ERROR if status >= 500 else FailureKind.FORMAT_CHANGED
    assert kind is expected


async def test_no_request_goes_out_without_a_token(person):
    person.sign_in(token="")
    error = await refusal(person.source(), person.now)
    assert (error.kind, error.requested) == (FailureKind.SIGNED_OUT, False)
    person.sign_in(expiresAt=(person.now - 1) * 1000)
    assert (await refusal(person.source(), person.now)).kind is FailureKind.EXPIRED
    assert person.account.requests == []


async def test_an_address_that_is_not_allowed_gets_no_token(person):
    error = await refusal(person.source("http://example.invalid"), person.now)
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)


# ---- a token that was refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "kind"), [("401", FailureKind.EXPIRED), ("403", FailureKind.MISSING_SCOPE)])
async def test_a_refused_token_is_not_sent_again(person, mode, kind):
    person.account.set(usage_mode=mode)
    source = person.source()
    first = await refusal(source, person.now)
    person.account.set(usage_mode="ok")
    again = await refusal(source, person.now + 5)
    assert (again.kind, again.detail, again.requested) == (kind, first.detail, False)
    assert len(person.account.requests) == 1


async def test_a_new_token_is_tried_at_once(person):
    person.account.set(usage_mode="401")
    source = person.source()
    await refusal(source, person.now)
    person.account.set(usage_mode="ok")
    person.sign_in(token="renewed")
    assert (await source.sample(now=person.now + 1)).windows


async def test_a_refused_token_is_tried_again_after_its_rest(person):
    person.account.set(usage_mode="401")
    source = person.source()
    await refusal(source, person.now)
    person.account.set(usage_mode="ok")
    assert not (await refusal(source, person.now + 19)).requested
    assert (await source.sample(now=person.now + 20)).windows  # an hour on the real host, 20 s on loopback


async def test_a_clock_that_was_set_back_ends_the_rest(person):
    person.account.set(usage_mode="401")
    source = person.source()
    await refusal(source, person.now)
    person.account.set(usage_mode="ok")
    assert (await source.sample(now=person.now - 7200)).windows


async def test_a_server_in_trouble_is_asked_again(person):
    person.account.set(usage_mode="500")
    source = person.source()
    await refusal(source, person.now)
    person.account.set(usage_mode="ok")
    assert (await source.sample(now=person.now + 1)).windows


# ---- the declaration -------------------------------------------------------------------------------------------------


def test_the_source_is_found_by_its_file():
    assert [spec.id for spec in specs()] == ["oauth_usage"]


def test_the_watched_file_is_the_logins(tmp_path):
    async def nothing_stored(_: str) -> Secret | None:
        return None

    tools = Tools(now=lambda: 0.0, environ={"CLAUDE_CONFIG_DIR": str(tmp_path)}.get, read_secret=nothing_stored)
    assert SPEC.watched_files(DEFAULT_ACCOUNT, tools) == (str(tmp_path / ".credentials.json"),)
    assert SPEC.watched_files(Account(name="b", config_dir="/srv/b"), tools) == ("/srv/b/.credentials.json",)
    assert SPEC.watched_files(Account(name="team"), tools) == ()
