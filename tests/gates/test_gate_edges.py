"""The reader's and the decision's edges, each of which a small change of the code would move unseen otherwise."""

import os
import stat
from dataclasses import replace

import pytest

from ringfence import gate_reader
from ringfence.core import gating
from ringfence.core.model import (
    SESSION_S,
    AccountStatus,
    Gate,
    Hold,
    Latches,
    Override,
    Pause,
    Sample,
    Scope,
    Window,
)
from ringfence.core.settings import Settings, Thresholds

NOW = 1_795_270_000.0
AT_90 = Settings(thresholds=Thresholds(session_pct=90.0, week_pct=80.0))


def window(window_id="session", used=0.5, **more):
    made = {"id": window_id, "label": window_id.title(), "used": used, "resets_at": NOW + 7800, "duration_s": SESSION_S}
    return Window(**(made | more))


def sample(*windows, account="default", **more):
    return Sample(account=account, source="oauth_usage", observed_at=NOW - 10, windows=windows, **more)


def document(*accounts, settings=AT_90, latches=Latches()):
    return gating.gate_document(gating.decide_gate(accounts, settings, now=NOW), latches, now=NOW)


OPEN = document(("default", sample(window())))
CLOSED = document(("default", sample(window(used=0.91))))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gate.json"


def written(path, raw=None, mode=0o600):
    path.write_bytes(gate_reader.dump_gate(OPEN) if raw is None else raw)
    path.chmod(mode)
    return str(path)


def read(path, now=NOW):
    return gate_reader.read_gate(str(path), now=now)


# ---- the reader


def test_a_time_is_said_in_full():
    assert gate_reader.iso(1_795_303_550) == "2026-11-21T23:25:50Z"


def test_a_file_of_exactly_the_size_allowed_is_read_and_one_byte_more_is_not(path):
    raw = gate_reader.dump_gate(OPEN)
    written(path, raw + b" " * (gate_reader.MAX_BYTES - len(raw)))
    assert read(path).verdict == "open"
    written(path, raw + b" " * (gate_reader.MAX_BYTES + 1 - len(raw)))
    assert read(path).why == f"The gate file {path} is larger than 256 kB."


def test_a_file_that_comes_in_pieces_is_put_together_and_never_read_past_its_bound(path, monkeypatch):
    raw = gate_reader.dump_gate(OPEN)
    written(path, raw + b" " * (gate_reader.MAX_BYTES - len(raw)))
    asked, read_some = [], os.read

    def slowly(handle, count):
        asked.append(count)
        return read_some(handle, min(count, 100_000))

    monkeypatch.setattr(os, "read", slowly)
    answer = read(path)
    monkeypatch.undo()
    most = gate_reader.MAX_BYTES + 1
    assert answer.verdict == "open"
    assert asked == [most, most - 100_000, most - 200_000, 1]


def test_a_file_that_others_may_run_or_read_is_believed(path):
    written(path, mode=0o755)
    assert read(path).verdict == "open"


def test_every_doubt_is_one_whole_sentence(path, tmp_path, monkeypatch):
    start = f"The gate file {path} "
    assert read(path).why == start + "is not there; start Ringfence with `ringfence`."
    path.symlink_to(written(tmp_path / "elsewhere"))
    assert read(path).why == start + "is a link, not a regular file."
    path.unlink()
    path.mkdir()
    assert read(path).why == start + "is not a regular file."
    path.rmdir()
    written(path, mode=0o620)
    assert read(path).why == start + "can be written by others; run `chmod 600` on it."
    written(path, b'{"verdict":NaN}')
    assert read(path).why == start + "is damaged: it holds a number that is not finite."
    written(path)
    found = list(path.stat())
    found[stat.ST_UID] = 4711
    monkeypatch.setattr(os, "fstat", lambda _handle: os.stat_result(found))
    assert read(path).why == start + "belongs to somebody else."


def test_a_hold_of_a_kind_that_is_not_known_is_named(path):
    other = {**CLOSED, "holds": [{**CLOSED["holds"][0], "kind": "weather"}]}
    written(path, gate_reader.dump_gate(other))
    assert read(path).why == f"The gate file {path} has a hold of unknown kind 'weather'."


def test_a_lease_that_ran_out_says_how_to_start_the_monitor(path):
    document_of_lease = {**OPEN, "accounts": [{"name": "default", "evidence_until": int(NOW + 9999)}]}
    written(path, gate_reader.dump_gate(document_of_lease))
    assert gate_reader.evaluate(document_of_lease, NOW + 901).why == (
        "The monitor has not written for a while (its lease ran out); start it with `ringfence`."
    )


def test_a_hold_without_a_reset_ends_its_sentence_with_its_figures():
    hold = {**CLOSED["holds"][0], "until": None}
    said = "session is over its limit (session_threshold): 91 % used, threshold 90 %."
    assert gate_reader.why_closed(hold) == said


@pytest.mark.parametrize(("line", "body"), [("open", CLOSED), ("closed", OPEN)])
def test_a_first_line_that_contradicts_its_holds_is_named(path, line, body):
    written(path, gate_reader.dump_gate({**body, "verdict": line}))
    answer = read(path)
    assert answer.verdict == "unknown"
    assert answer.why == f"The gate file's first line says {line}, its holds say {body['verdict']}."


def test_a_long_reason_is_cut_after_200_characters():
    hold = {"kind": "manual", "until": None, "why": "x" * 500}
    assert gate_reader.why_closed(hold) == f"Paused by you: {'x' * 200}, until you unpause."


# ---- the decision


def test_a_doubted_window_keeps_what_was_believed_and_the_rest_of_the_reading_stays():
    fresh = sample(window(used=0.97), window("week", 0.3), plan="max", skew_s=3.0)
    before = sample(window(used=0.2))
    assert gating.believed(fresh, ("session",), before) == replace(fresh, windows=(before.windows[0], fresh.windows[1]))
    assert gating.believed(fresh, ("session",), None).windows == (fresh.windows[1],)


@pytest.mark.parametrize(("after_s", "suspect"), [(299.9, True), (300.0, False)])
def test_a_full_window_is_doubted_for_the_first_five_minutes(after_s, suspect):
    full = window(used=0.97, resets_at=NOW - 10 - after_s + SESSION_S)
    found = gating.suspects_in(sample(full), AccountStatus(name="default"))
    assert found == (("session",) if suspect else ())


def test_one_accounts_hold_is_for_every_launch_and_one_of_several_for_its_own():
    full = sample(window(used=0.91))
    [alone] = gating.decide_gate([("a", full)], AT_90, now=NOW).holds
    [one] = gating.decide_gate([("a", full), ("b", sample(window()))], AT_90, now=NOW).holds
    assert (alone.scope, one.scope) == (Scope(), Scope(account="a"))


def test_the_gate_tells_when_each_account_was_read_and_whose_each_window_is():
    gate = gating.decide_gate([("a", sample(window())), ("b", None)], AT_90, now=NOW)
    assert [(e.account, e.observed_at) for e in gate.evidence] == [("a", NOW - 10), ("b", None)]
    assert [w.account for w in gate.windows] == ["a"]


def test_a_models_own_name_wins_over_a_lower_threshold_of_a_like_one():
    thresholds = Thresholds(models={"Fable": 60.0, "Fable 5": 90.0})
    assert gating.own_threshold("fable 5", Settings(thresholds=thresholds)) == 90.0
    assert gating.own_threshold("Fable 4", Settings(thresholds=Thresholds(models={"Fable": 60.0}))) == 60.0


def test_the_session_is_named_before_the_week_and_the_week_before_a_model():
    windows = window("model:Opus", 0.99, model="Opus"), window("week", 0.99), window(used=0.99)
    holds = gating.decide_gate([("a", sample(*windows))], AT_90, now=NOW).holds
    assert [h.window for h in holds] == ["session", "week", "model:Opus"]


def test_a_pause_leaves_the_override():
    latches = Latches(override=Override(since=NOW, until=NOW + 60))
    assert gating.with_pause(latches, Pause(since=NOW, until=None)).override == latches.override


def test_until_reset_is_the_automatic_holds_reset_and_no_pauses_end():
    pause = Latches(pauses=(Pause(since=NOW, until=NOW + 5),))
    full = document(("a", sample(window(used=0.91))), latches=pause)
    assert gating.reset_of_binding_hold(full, NOW) == NOW + 7800
    assert gating.reset_of_binding_hold(full, NOW + 7800) is None
    assert gating.reset_of_binding_hold(document(("a", sample(window())), latches=pause), NOW) is None


HOLD = Hold(
    kind="threshold", reason="model_threshold", window="model:Opus", scope=Scope(model="Opus"), also_unnamed=True,
    since=NOW - 60, until=NOW + 7800, used=0.915, threshold_pct=90.0, observed_at=NOW - 10, evidence_until=NOW + 7200,
)  # fmt: skip


@pytest.mark.parametrize("hold", [HOLD, replace(HOLD, also_unnamed=False, scope=Scope()), replace(HOLD, until=None)])
def test_a_hold_and_a_pause_come_back_from_the_file_as_they_went_in(hold):
    pause = Pause(since=NOW, until=NOW + 60, scope=Scope(class_="batch"), why="deploying")
    latches = Latches(pauses=(pause,), override=Override(since=NOW - 5, until=NOW + 60))
    made = gating.gate_document(Gate(lease_until=NOW + 900, holds=(hold,)), latches, now=NOW)
    assert gating.holds_in(made) == (hold,)
    assert gating.latches_in(made) == latches
    assert made["holds"][0]["reason"] == "manual_pause"


def test_what_a_file_does_not_say_is_nought():
    bare = {
        "kind": "threshold",
        "reason": "x",
        "window": "week",
        "applies_to": {},
        "until": None,
        "evidence_until": NOW,
        "utilization_pct": None,
        "threshold_pct": None,
    }
    [hold] = gating.holds_in({"holds": [bare]})
    assert (hold.since, hold.used, hold.threshold_pct, hold.observed_at) == (0, None, None, 0)
    manual = {"kind": "manual", "reason": "manual_pause", "applies_to": {}, "until": None}
    [pause] = gating.latches_in({"holds": [manual], "override": None}).pauses
    assert pause.since == 0
    assert gating.latches_in({"holds": [], "override": {"until": NOW}}).override == Override(since=0, until=NOW)
    [pause] = gating.latches_in({"holds": [manual | {"why": ["not", "words"]}], "override": None}).pauses
    assert pause.why is None


def test_a_window_in_the_file_has_all_its_fields():
    [written_window] = document(("default", sample(window())))["windows"]
    assert written_window == {
        "account": "default", "id": "session", "label": "Session", "used_pct": 50, "resets_at": NOW + 7800,
        "observed_at": NOW - 10, "source": "oauth_usage",
    }  # fmt: skip
    [silent] = document(("default", sample(window(used=None))))["windows"]
    assert silent["used_pct"] is None


@pytest.mark.parametrize(("used", "said"), [(0.92, "92"), (0.915, "91.5"), (0.91549, "91.5"), (1.04, "104"), (0, "0")])
def test_a_percentage_is_whole_where_it_is_whole_and_else_has_one_decimal(used, said):
    assert repr(gating.percent(used)) == said


# ---- the very second


def test_a_pause_and_an_override_are_over_in_the_second_they_name():
    pause = Latches(pauses=(Pause(since=NOW, until=NOW + 60),))
    paused = document(("default", sample(window())), latches=pause)
    assert [gate_reader.evaluate(paused, NOW + s).verdict for s in (59, 60)] == ["closed", "open"]
    leave = Latches(override=Override(since=NOW, until=NOW + 60))
    lifted = document(("default", sample(window(used=0.91))), latches=leave)
    assert [gate_reader.evaluate(lifted, NOW + s).verdict for s in (59, 60)] == ["open", "closed"]
    assert gate_reader.override_until(lifted, NOW + 60) is None


def test_an_override_that_lifts_nothing_is_not_the_reason_and_not_the_end():
    idle = document(("default", sample(window())), latches=Latches(override=Override(since=NOW, until=NOW + 60)))
    answer = gate_reader.evaluate(idle, NOW)
    assert (answer.why, answer.valid_until) == ("No hold applies.", NOW + 900)


@pytest.mark.parametrize(("change", "said"), [
    ({"applies_to": []}, "is damaged: applies_to is not as it should be"),
    ({"applies_to": {"host": "x"}}, "has a hold with an unknown scope 'host'"),
    ({"threshold_pct": "90"}, "is damaged: a hold has no threshold_pct"),
])  # fmt: skip
def test_a_damaged_hold_is_named(path, change, said):
    written(path, gate_reader.dump_gate({**CLOSED, "holds": [{**CLOSED["holds"][0], **change}]}))
    assert read(path).why == f"The gate file {path} {said}."


def test_a_hold_may_leave_open_since_when(path):
    hold = {**CLOSED["holds"][0], "since": None, "observed_at": None}
    written(path, gate_reader.dump_gate({**CLOSED, "holds": [hold]}))
    assert read(path).verdict == "closed"


DAMAGED = [
    ({"serial": -1}, "serial is not a number of ours"),
    ({"serial": True}, "serial is not a number of ours"),
    ({"override": []}, "override is not as it should be"),
    ({"override": {}}, "until is not a time"),
    ({"holds": {}}, "holds is not a list"),
    ({"holds": [7]}, "holds is not as it should be"),
    ({"windows": [7]}, "windows is not as it should be"),
    ({"accounts": [{"name": 7, "evidence_until": None}]}, "name is not a text"),
    ({"written_at": -1}, "written_at is not a time"),
    ({"lease_until": gate_reader.LATEST + 1}, "lease_until is not a time"),
]


@pytest.mark.parametrize(("part", "said"), DAMAGED)
def test_a_damaged_part_is_named(path, part, said):
    written(path, gate_reader.dump_gate({**OPEN, **part}))
    assert read(path).why == f"The gate file {path} is damaged: {said}."


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b'{"format":1,"format":1}', "a key stands in it twice"),
        (b'{"format":%s}' % (b"1" * 19), "it holds a number that is no time and no percentage"),
    ],
)
def test_what_is_no_document_is_said_in_full(path, raw, said):
    written(path, raw)
    assert read(path).why == f"The gate file {path} is damaged: {said}."


def test_a_number_of_18_digits_is_still_read(path):
    written(path, b'{"format":%s}' % (b"1" * 18))
    assert "has format 111111111111111111, this reader knows 1" in read(path).why


def test_the_last_second_that_is_a_time_is_one_and_a_file_without_a_serial_or_an_override_is_judged(path):
    written(path, gate_reader.dump_gate({**OPEN, "lease_until": gate_reader.LATEST}))
    assert read(path).verdict == "open"
    written(path, gate_reader.dump_gate({k: v for k, v in OPEN.items() if k != "serial"}))
    assert read(path).verdict == "open"
    written(path, gate_reader.dump_gate({k: v for k, v in OPEN.items() if k != "override"}))
    assert read(path).why == f"The gate file {path} is damaged: override is not as it should be."


# ---- what is written


def test_the_whole_file_stands_as_it_is_documented():
    made = gating.gate_document(
        replace(gating.decide_gate((("default", sample(window(used=0.91))),), AT_90, now=NOW), lease_until=NOW + 900.7),
        Latches(pauses=(Pause(since=NOW - 60, until=NOW + 300, why="lunch"),)),
        now=NOW + 0.4,
        serial=7,
    )
    assert gate_reader.dump_gate({**made, "writer": {"pid": 1}}).decode() == (
        '{"verdict":"closed","valid_until":1795270900,\n'
        '"format":1,\n"serial":7,\n"written_at":1795270000,\n"lease_until":1795270900,\n"writer":{"pid":1},\n'
        '"refusal":{"error":"paused","reason":"manual_pause","utilization_pct":null,"threshold_pct":null,"resets_at":null},\n'
        '"holds":[{"kind":"manual","reason":"manual_pause","applies_to":{},"since":1795269940,"until":1795270300,'
        '"why":"lunch"},'
        '{"kind":"threshold","reason":"session_threshold","window":"session","applies_to":{},"since":1795269990,'
        '"until":1795277800,"utilization_pct":91,"threshold_pct":90,"observed_at":1795269990,'
        '"evidence_until":1795277190}],\n'
        '"override":null,\n'
        '"windows":[{"account":"default","id":"session","label":"Session","used_pct":91,"resets_at":1795277800,'
        '"observed_at":1795269990,"source":"oauth_usage"}],\n'
        '"accounts":[{"name":"default","observed_at":1795269990,"evidence_until":1795271190}],\n"note":null}\n'
    )


def test_a_document_with_nothing_but_its_latches_gets_the_rest():
    bare = {"lease_until": NOW + 5, "holds": [], "override": None, "accounts": []}
    made = gating.with_latches(bare, Latches(), NOW)
    assert (made["serial"], made["writer"], made["windows"]) == (0, {}, [])
    assert gating.with_latches({**bare, "writer": {"pid": 1}}, Latches(), NOW)["writer"] == {"pid": 1}
    assert gating.gate_document(Gate(lease_until=NOW), Latches(), now=NOW)["serial"] == 0


def test_a_number_that_is_not_finite_is_not_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        gate_reader.dump_gate({**OPEN, "lease_until": float("nan")})


def test_what_is_unknown_is_said_in_whole_sentences():
    # Each at a moment at which the lease still runs: the monitor lives, and has nothing to go by.
    alive = {"lease_until": NOW + 90_000}
    assert gate_reader.evaluate({**CLOSED, **alive}, NOW + 80_000).why == (
        "The last reading is too old to keep the gate closed by it."
    )
    assert (
        gate_reader.evaluate({**OPEN, **alive}, NOW + 80_000).why
        == "There is no fresh reading of this account's usage."
    )


# ---- latches that end


def test_an_override_that_has_ended_is_trimmed_in_the_second_of_its_end():
    latches = Latches(override=Override(since=NOW - 60, until=NOW))
    assert gating.trimmed(latches, NOW).override is None
    assert gating.trimmed(latches, NOW - 1).override == latches.override


def test_an_override_until_the_reset_begins_now_and_lifts_no_pause():
    paused = document(("default", sample(window())), latches=Latches(pauses=(Pause(since=NOW, until=None),)))
    assert gating.override_until_reset(paused, NOW) is None
    assert gating.override_until_reset(CLOSED, NOW) == Override(since=NOW, until=NOW + 7800)
