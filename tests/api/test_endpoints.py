"""What each endpoint tells, sets and refuses."""

from __future__ import annotations

import json

import pytest

from api.served import JSON, serving
from core.story import RESET, T0, Story, answered, dead, failed, paused, sample, settings, spent
from ringfence import gate_reader
from ringfence.api import handlers
from ringfence.core import events
from ringfence.core.model import HeldLaunch, Launches
from ringfence.documents.token_rows import Kind


async def told(client, path, status=200):
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def put(client, path, body, status=200, method="PUT"):
    answer = await client.request(method, path, content=json.dumps(body), headers=JSON)
    assert answer.status_code == status, answer.text
    return answer.json()


async def post(client, path, body, status=200):
    return await put(client, path, body, status, "POST")


# ---- usage


async def test_usage_tells_windows_with_pace_thresholds_and_whether_launches_are_held(api, client):
    found = await told(client, "/v1/usage")
    [account] = found["accounts"]
    assert (found["verdict"], account["paused"], account["reason"], account["resets_at"]) == ("open", False, None, None)
    assert [(w["id"], w["used_pct"], w["pace"]) for w in account["usage"]] == [
        ("session", 42, "on_track"), ("week", 87, "hot"),
    ]  # fmt: skip
    assert account["thresholds"] == {"session_pct": None, "week_pct": None, "models": {}}


async def test_usage_names_the_hold_that_binds_and_when_it_ends(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.92)) as api, api.client() as client:
        found = await told(client, "/v1/usage")
    [account] = found["accounts"]
    assert (found["verdict"], account["paused"]) == ("closed", True)
    assert (account["reason"], account["resets_at"]) == ("session_threshold", RESET)


async def test_each_account_has_a_verdict_of_its_own(tmp_path):
    story = Story(settings(accounts=("a", "b"), session_pct=90)) >> sample(account="a", session=0.5)
    async with serving(tmp_path, story >> sample(account="b", session=0.95)) as api, api.client() as client:
        found = await told(client, "/v1/usage")
    assert [(a["name"], a["verdict"], a["paused"]) for a in found["accounts"]] == [
        ("a", "open", False), ("b", "closed", True),
    ]  # fmt: skip


async def test_usage_follows_time_alone(api, client):
    assert (await told(client, "/v1/usage"))["verdict"] == "open"
    api.happens(dead(gate_reader.LEASE_S + 1))
    assert (await told(client, "/v1/usage"))["verdict"] == "unknown"


async def test_without_any_reading_there_is_an_account_and_no_number(tmp_path):
    async with serving(tmp_path) as api, api.client() as client:
        [account] = (await told(client, "/v1/usage"))["accounts"]
    assert (account["usage"], account["state"], account["verdict"]) == ([], "stale", "unknown")


# ---- thresholds


async def test_a_threshold_is_set_and_the_answer_says_that_it_pauses_at_once(api, client):
    said = await put(client, "/v1/thresholds", {"session_pct": 40})
    assert (said["thresholds"]["session_pct"], said["pauses_at_once"]) == (40, True)
    [effect] = said["effects"]
    assert effect["key"] == "thresholds.session_pct"
    assert "42 %" in effect["sentence"]
    assert (await told(client, "/v1/gate"))["verdict"] == "closed"


async def test_a_threshold_above_what_is_used_pauses_nothing(client):
    said = await put(client, "/v1/thresholds", {"session_pct": 90, "models": {"Opus": 80.5}})
    assert said["thresholds"] == {"session_pct": 90, "week_pct": None, "models": {"Opus": 80.5}}
    assert (said["pauses_at_once"], said["effects"]) == (False, [])
    assert (await told(client, "/v1/thresholds"))["thresholds"] == said["thresholds"]


async def test_null_takes_a_threshold_off_and_what_is_not_named_stays(client):
    await put(client, "/v1/thresholds", {"session_pct": 90, "week_pct": 95, "models": {"Opus": 80, "Fable 5.1": 70}})
    said = await put(client, "/v1/thresholds", {"session_pct": None, "models": {"opus": None}})
    assert said["thresholds"] == {"session_pct": None, "week_pct": 95, "models": {"Fable 5.1": 70}}


@pytest.mark.parametrize(
    ("body", "code", "key"),
    [
        ('{"sesion_pct": 90}', "unknown_key", "sesion_pct"),
        ('{"session_pct": 0}', "wrong_value", "session_pct"),
        ('{"session_pct": 0.99}', "wrong_value", "session_pct"),
        ('{"session_pct": 100.1}', "wrong_value", "session_pct"),
        ('{"session_pct": 101}', "wrong_value", "session_pct"),
        ('{"session_pct": true}', "wrong_value", "session_pct"),
        ('{"session_pct": "90"}', "wrong_value", "session_pct"),
        ('{"session_pct": 1e999}', "wrong_value", "session_pct"),
        ('{"week_pct": [90]}', "wrong_value", "week_pct"),
        ('{"models": {"Fable": 50, "Opus": 101}}', "wrong_value", "models.Opus"),
        ('{"models": {"Op\\u202eus": 50}}', "wrong_value", "models.Op\u202eus"),
        ('{"models": {"": 50}}', "wrong_value", "models."),
        ('{"models": 90}', "wrong_value", "models"),
        ('{"session_pct": 90, "session_pct": 10}', "key_twice", "session_pct"),
        ("[]", "not_an_object", None),
        ("90", "not_an_object", None),
        ('{"session_pct": NaN}', "not_json", None),
        ('{"session_pct": 90', "not_json", None),
        ("[" * 5000, "not_json", None),
        ("\xff", "not_json", None),
    ],
)
async def test_what_a_threshold_may_not_be_is_refused_by_its_key_and_changes_nothing(api, client, body, code, key):
    content = body.encode("latin-1") if body == "\xff" else body.encode()
    answer = await client.put("/v1/thresholds", content=content, headers=JSON)
    said = answer.json()
    assert (answer.status_code, said["error"], said["key"]) == (400, code, key)
    assert said["detail"].endswith(".")
    assert not (api.folder / "settings.toml").exists()
    assert (await told(client, "/v1/thresholds"))["thresholds"]["session_pct"] is None


async def test_an_empty_wish_changes_nothing(api, client):
    assert (await put(client, "/v1/thresholds", {}))["pauses_at_once"] is False
    assert not (api.folder / "settings.toml").exists()


async def test_a_body_of_blanks_is_no_json(client):
    """An empty one asks for nothing in particular; found by schemathesis."""
    answer = await client.post("/v1/launches", content=b"\t", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "not_json")


async def test_a_body_that_is_not_called_json_is_refused(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await client.put("/v1/thresholds", content="{}", headers={"Content-Type": kind})
        assert answer.status_code == 415


async def test_a_settings_file_that_cannot_be_written_is_told_in_a_sentence(api, client):
    api.broken = "Cannot write settings.toml: the disk is full; free some space."
    said = await put(client, "/v1/thresholds", {"session_pct": 40}, 500)
    assert (said["error"], said["detail"]) == ("file", api.broken)


# ---- launches


async def test_a_launch_may_start_while_the_gate_is_open(api, client):
    said = await post(client, "/v1/launches", {"account": "default", "model": "opus", "class": "batch"})
    assert said["verdict"] == "open"
    assert said["valid_until"] > T0
    assert api.noted == []


async def test_a_held_launch_gets_503_the_refusal_and_when_to_ask_again(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.92)) as api, api.client() as client:
        answer = await client.post("/v1/launches", json={"model": "opus", "command": "night\x1b[31mly"})
        assert answer.status_code == 503
        assert answer.json() == gate_reader.read_gate(str(api.folder / "gate.json"), now=T0).refusal
        assert int(answer.headers["Retry-After"]) == RESET - T0
        await client.get("/v1/health")  # the note is made meanwhile
    [noted] = api.noted
    assert (noted.launch.model, noted.launch.command, noted.reason) == ("opus", "night [31mly", "session_threshold")


async def test_a_pause_without_an_end_asks_to_come_again_in_a_while(tmp_path):
    async with serving(tmp_path, Story() >> sample(session=0.1) >> paused()) as api, api.client() as client:
        answer = await client.post("/v1/launches", json={})
    assert answer.json()["error"] == "paused"
    assert answer.headers["Retry-After"] == str(handlers.ASK_AGAIN_S)


@pytest.mark.parametrize(
    ("setting", "wish", "status"),
    [("open", None, 200), ("open", "closed", 503), ("closed", None, 503), ("closed", "open", 200)],
)
async def test_an_unknown_gate_counts_as_the_launch_or_the_setting_says(tmp_path, setting, wish, status):
    story = Story(settings())
    story.feed(events.SettingsChanged(at=T0, settings=_if_unknown(story.settings, setting)))
    async with serving(tmp_path, story) as api, api.client() as client:
        said = await post(client, "/v1/launches", {"if_unknown": wish}, status)
    assert said.get("verdict", said.get("error")) == ("unknown" if status == 200 else "gate_unknown")


def _if_unknown(chosen, value):
    from dataclasses import replace

    return replace(chosen, gate=replace(chosen.gate, if_unknown=value))


async def test_a_history_that_cannot_be_written_does_not_change_the_refusal(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.92)) as api, api.client() as client:
        api.broken = "the disk is full"
        for _ in range(3):
            assert (await client.post("/v1/launches", json={})).status_code == 503


async def test_held_launches_are_told(api, client):
    waits = HeldLaunch(id=7, asked_at=T0, command="claude", class_="batch", reason="session_threshold", state="waiting")
    launches = Launches(waiting=(waits,), refused_today=3, released_today=1, by_reason=(("session_threshold", 4),))
    api.story.feed(events.LaunchesSeen(at=T0, launches=launches))
    found = await told(client, "/v1/launches")
    assert [(w["id"], w["class"]) for w in found["waiting"]] == [(7, "batch")]
    assert (found["refused_today"], found["released_today"], found["by_reason"]) == (3, 1, {"session_threshold": 4})


@pytest.mark.parametrize("project", [".", "x/y", "~nobody-of-that-name/x"])
async def test_a_folder_that_is_not_absolute_is_refused(client, project):
    assert (await post(client, "/v1/launches", {"project": project}, 409))["key"] == "project"
    for path in ("/v1/gate", "/v1/tokens/daily"):
        answer = await client.get(path, params={"project": project})
        assert (answer.status_code, answer.json()["error"]) == (409, "relative")


async def test_a_budget_of_a_folder_holds_what_would_start_below_it(tmp_path):
    budget = {"name": "x", "tokens": 5, "per": "day", "project": "/home/me/x"}
    story = Story(budgets=[budget]) >> sample(session=0.4) >> spent(x=9)
    async with serving(tmp_path, story) as api, api.client() as client:
        assert (await post(client, "/v1/launches", {"project": "/home/me/x/y"}, 503))["reason"] == "budget"
        assert (await post(client, "/v1/launches", {"project": "/home/me/z"}))["verdict"] == "open"
        assert (await told(client, "/v1/gate?project=/home/me/x"))["verdict"] == "closed"


# ---- the person's latches


async def test_an_account_of_any_name_can_be_paused(tmp_path):
    story = Story(settings(accounts=("Büro 東京", "b"))) >> sample(account="Büro 東京", session=0.4)
    async with serving(tmp_path, story) as api, api.client() as client:
        await post(client, "/v1/pause", {"account": "Büro 東京"})
        answer = await client.get("/v1/gate", params={"account": "Büro 東京"})
        assert (answer.json()["verdict"], answer.json()["refusal"]["error"]) == ("closed", "paused")


async def test_a_pause_of_a_model_holds_that_model_until_it_is_lifted(client):
    said = await post(client, "/v1/pause", {"model": "Opus", "for_s": 600, "why": "deploying\x1b]0;x"})
    assert [(p["applies_to"], p["until"], p["why"]) for p in said["pauses"]] == [
        ({"model": "Opus"}, T0 + 600, "deploying ]0;x")
    ]
    assert (await told(client, "/v1/gate"))["verdict"] == "open"
    assert (await told(client, "/v1/gate?model=claude-opus-4-6"))["verdict"] == "closed"
    said = await post(client, "/v1/unpause", {"model": "Opus"})
    assert said["pauses"] == []
    assert (await told(client, "/v1/gate?model=opus"))["verdict"] == "open"


async def test_unpause_without_a_scope_lifts_every_pause(client):
    await post(client, "/v1/pause", {})
    await post(client, "/v1/pause", {"class": "batch"})
    assert (await post(client, "/v1/unpause", {}))["pauses"] == []


async def test_a_pause_until_reset_ends_with_the_session(client):
    [pause] = (await post(client, "/v1/pause", {"until": "reset"}))["pauses"]
    assert pause["until"] == RESET


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"account": "nobody"}, 404, "account"),
        ({"until": T0 - 1}, 409, "until"),
        ({"for_s": 60, "until": T0 + 60}, 409, "until"),
        ({"for_s": 0}, 400, "for_s"),
        ({"for_s": -1}, 400, "for_s"),
        ({"until": "tomorrow"}, 400, "until"),
        ({"untill": T0 + 60}, 400, "untill"),
        ({"model": "  "}, 400, "model"),
    ],
)
async def test_a_pause_that_cannot_be_meant_is_refused_and_pauses_nothing(client, body, status, key):
    said = await post(client, "/v1/pause", body, status)
    assert said["key"] == key
    assert (await told(client, "/v1/gate"))["pauses"] == []


async def test_a_pause_until_a_reset_that_nobody_knows_is_refused(tmp_path):
    async with serving(tmp_path) as api, api.client() as client:
        said = await post(client, "/v1/pause", {"until": "reset"}, 409)
    assert said["error"] == "no_reset"


async def test_an_override_lets_launches_start_until_the_reset_and_is_taken_back(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.92)) as api, api.client() as client:
        said = await post(client, "/v1/override", {})
        assert (said["verdict"], said["override"]["until"]) == ("open", RESET)
        assert (await post(client, "/v1/override", {"off": True}))["verdict"] == "closed"
        assert (await post(client, "/v1/override", {"for_s": 60}))["override"]["until"] == T0 + 60


async def test_an_override_of_nothing_is_refused(client):
    assert (await post(client, "/v1/override", {}, 409))["error"] == "nothing_holds"
    assert (await post(client, "/v1/override", {"off": True, "for_s": 60}, 409))["error"] == "conflict"


# ---- tokens, runs, health


async def test_runs_are_those_of_the_view(api, client):
    api.happens(answered(session="s9", project="/home/me/x"))
    found = await told(client, "/v1/runs")
    assert [(r["session"], r["project"], r["tokens"]["output"]) for r in found["runs"]] == [("s9", "/home/me/x", 1)]


async def test_each_budget_says_how_far_it_is_used_and_whether_it_holds(tmp_path):
    budgets = [
        {"name": "all", "tokens": 10, "per": "day"},
        {"name": "x", "tokens": 5, "per": "day", "project": "/home/me/x"},
        {"name": "new", "tokens": 5, "per": "day"},
    ]
    story = Story(budgets=budgets) >> sample(session=0.4) >> spent(all=6, x=9)
    async with serving(tmp_path, story) as api, api.client() as client:
        found = await told(client, "/v1/budgets")
    assert [(b["name"], b["used_pct"], b["tier"], b["state"], b["holds"]) for b in found["budgets"]] == [
        ("all", 60.0, "elevated", "live", False),
        ("x", 180.0, "critical", "live", True),
        ("new", None, None, "waiting", False),
    ]
    assert found["budgets"][1]["applies_to"] == {"project": "/home/me/x"}


async def test_without_budgets_the_list_of_them_is_empty(client):
    assert (await told(client, "/v1/budgets"))["budgets"] == []


@pytest.mark.parametrize("kind", Kind)
async def test_each_report_of_tokens_is_asked_for_with_its_days(api, client, kind):
    found = await told(client, f"/v1/tokens/{kind}?since=2026-11-20&until=2026-11-21&account=default&project=/home/me")
    assert (found["kind"], found["total"]["output"], found["rows"][0]["key"]) == (str(kind), 5, "2026-11-21")
    [(asked, scope)] = api.reports
    assert (asked, str(scope.span.since), scope.account, scope.project) == (kind, "2026-11-20", "default", "/home/me")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/tokens/yearly", 404),
        ("/v1/tokens/daily?since=2026-02-31", 409),
        ("/v1/tokens/daily?since=2199-01-01", 409),
        ("/v1/tokens/daily?since=soon", 400),
        ("/v1/tokens/daily?sinse=today", 400),
        ("/v1/tokens/daily?account=a&account=b", 400),
        ("/v1/usage?account=default", 400),
        ("/v1/gate?acount=default", 400),
        ("/v1/gate?model=%00", 400),
        ("/v1/gate?model=", 400),
        ("/v1/nothing", 404),
        ("/", 404),
        ("/v1/usage/", 404),
        ("/v1/../v1/thresholds%00", 404),
    ],
)
async def test_an_address_or_a_query_that_is_not_known_is_refused(api, client, path, status):
    answer = await client.get(path)
    assert (answer.status_code, set(answer.json())) == (status, {"error", "detail", "key"})
    assert api.reports == []


async def test_too_many_reports_at_once_are_asked_to_come_again(api, client, monkeypatch):
    monkeypatch.setattr(handlers, "REPORTS_WAITING", 0)
    answer = await client.get("/v1/tokens/daily")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


async def test_health_is_ok_until_an_account_is_not_read(api, client):
    assert (await told(client, "/v1/health"))["status"] == "ok"
    api.happens(failed("expired", after=300))
    found = await told(client, "/v1/health")
    assert (found["status"], found["accounts"][0]["state"]) == ("degraded", "expired")


async def test_a_bug_is_logged_and_told_without_its_text(api, client, expected_log, monkeypatch):
    expected_log("failed in a way it should not")
    monkeypatch.setattr("ringfence.api.answers.health_document", lambda *_, **__: 1 / 0)
    said = await told(client, "/v1/health", 500)
    assert said["error"] == "bug"
    assert "division" not in said["detail"]


async def test_answers_name_no_software_and_are_kept_by_nobody(client):
    for path in ("/v1/usage", "/nothing"):
        headers = (await client.get(path)).headers
        assert (headers["Server"], headers["Cache-Control"]) == ("ringfence", "no-store")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers
