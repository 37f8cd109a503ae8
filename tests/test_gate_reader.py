"""The reader of the gate: the rules of DESIGN 4 on real files. What it cannot trust is unknown, with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence import gate_reader
from ringfence.gate_reader import dump_gate, home_folder, parse_gate, read_gate

NOW = 1_795_302_650


def hold(**more):
    return {
        "kind": "threshold",
        "reason": "session_threshold",
        "window": "session",
        "applies_to": {},
        "since": NOW,
        "until": NOW + 9000,
        "utilization_pct": 92,
        "threshold_pct": 90,
        "observed_at": NOW,
        "evidence_until": NOW + 7200,
        **more,
    }


def pause(**more):
    return {
        "kind": "manual",
        "reason": "manual_pause",
        "applies_to": {},
        "since": NOW,
        "until": None,
        "why": None,
        **more,
    }


def document(verdict="open", valid_until=NOW + 900, **more):
    return {
        "verdict": verdict,
        "valid_until": valid_until,
        "format": 1,
        "serial": 7,
        "written_at": NOW,
        "lease_until": NOW + 900,
        "writer": {"pid": 1},
        "refusal": None,
        "holds": [],
        "override": None,
        "windows": [],
        "accounts": [{"name": "default", "evidence_until": NOW + 1200}],
        **more,
    }


CLOSED = document("closed", holds=[hold()])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gate.json"


def written(path: Path, content) -> str:
    path.write_bytes(content if isinstance(content, bytes) else dump_gate(content))
    path.chmod(0o600)
    return str(path)


def read(path: Path, content, now=NOW, **launch):
    return read_gate(written(path, content), now=now, **launch)


# ---- what is read


def test_an_open_gate(path):
    answer = read(path, document())
    assert (answer.verdict, answer.valid_until, answer.refusal) == ("open", NOW + 900, None)
    assert answer.document["serial"] == 7


def test_a_closed_gate_gives_the_refusal_and_one_sentence(path):
    answer = read(path, CLOSED)
    assert answer.verdict == "closed"
    assert answer.refusal["error"] == "quota_threshold_reached"
    assert answer.hold["window"] == "session"
    assert answer.why == (
        "session is over its limit (session_threshold): 92 % used, threshold 90 %, resets "
        f"{gate_reader.iso(NOW + 9000)}."
    )


def test_a_hold_without_a_known_reset_says_none(path):
    answer = read(path, document("closed", holds=[hold(until=None)]))
    assert answer.refusal["resets_at"] is None
    assert "resets" not in answer.why


@pytest.mark.parametrize(("kind", "error"), [("exhausted", "quota_exhausted"), ("budget", "budget_reached")])
def test_every_kind_of_automatic_hold_has_an_error_of_its_own(path, kind, error):
    assert read(path, document("closed", holds=[hold(kind=kind)])).refusal["error"] == error


def test_a_pauses_own_words_are_shown_on_one_line_without_control_characters(path):
    answer = read(path, document("closed", None, holds=[pause(why="deploy\n\x1b[31mred")]))
    assert answer.why == "Paused by you: deploy  [31mred, until you unpause."


def test_a_pause_with_an_end_names_it(path):
    answer = read(path, document("closed", NOW + 60, holds=[pause(until=NOW + 60)]))
    assert answer.why == f"Paused by you, until {gate_reader.iso(NOW + 60)}."


def test_without_now_the_clock_is_read(path):
    assert read_gate(written(path, document("closed", None, holds=[pause()], written_at=0))).verdict == "closed"


def test_without_a_path_the_persons_own_gate_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path))
    written(tmp_path / "gate.json", document())
    assert read_gate(now=NOW).verdict == "open"


def test_the_example_of_the_design_is_read_although_it_does_not_say_how_old_its_evidence_is(path):
    """DESIGN 4: then the lease is all there is to go by."""
    bare = {k: v for k, v in hold().items() if k != "evidence_until"}
    foreign = {k: v for k, v in document("closed", holds=[bare]).items() if k != "accounts"}
    assert read(path, foreign).verdict == "closed"
    assert read(path, foreign, now=NOW + 900).verdict == "unknown"
    opened = {k: v for k, v in document().items() if k != "accounts"}
    assert read(path, opened, model="Opus", account="work").verdict == "open"
    unknown = {k: v for k, v in document("unknown", None).items() if k != "accounts"}
    assert read(path, unknown, model="Opus").verdict == "unknown"


# ---- what is not trusted


def unknown(answer, *words):
    assert answer.verdict == "unknown"
    assert answer.refusal is None
    assert answer.document is None
    for word in words:
        assert word in answer.why


def test_no_file_is_unknown(path):
    unknown(read_gate(str(path), now=NOW), str(path), "not there")


def test_a_link_is_unknown(path, tmp_path):
    real = tmp_path / "real.json"
    written(real, document())
    path.symlink_to(real)
    unknown(read_gate(str(path), now=NOW), "a link")


def test_a_fifo_does_not_block(path):
    os.mkfifo(path, 0o600)
    unknown(read_gate(str(path), now=NOW), "not a regular file")


def test_a_folder_is_unknown(path):
    path.mkdir()
    unknown(read_gate(str(path), now=NOW), "not a regular file")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_unknown(path, mode):
    written(path, document())
    path.chmod(mode)
    unknown(read_gate(str(path), now=NOW), "written by others", "chmod 600")


def test_a_file_of_somebody_else_is_unknown(path, monkeypatch):
    written(path, document())
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    if path.stat().st_uid == 0:
        assert read_gate(str(path), now=NOW).verdict == "open"  # root's is as good as one's own
        os.chown(path, 12345, 12345)
    unknown(read_gate(str(path), now=NOW), "somebody else")


def test_a_file_that_may_not_be_opened_is_unknown(path, monkeypatch):
    written(path, document())

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    unknown(read_gate(str(path), now=NOW), "Permission denied")


def test_a_file_that_fails_while_it_is_read_is_unknown(path, monkeypatch):
    written(path, document())

    def fail(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    unknown(read_gate(str(path), now=NOW), "Input/output error")


def test_a_file_over_256_kb_is_unknown(path):
    whole = dump_gate(document(windows=[{"label": "x" * 300_000}]))
    unknown(read(path, whole), "256 kB")


BODY = dump_gate(document()).decode()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"\xef\xbb\xbf" + BODY.encode(), "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "format None"),
        (BODY.replace('"serial":7', '"serial":NaN').encode(), "not finite"),
        (BODY.replace('"serial":7', '"serial":-Infinity').encode(), "not finite"),
        (BODY.replace('"serial":7', '"serial":1e999').encode(), "not finite"),
        (BODY.replace('"serial":7', '"serial":' + "9" * 5000).encode(), "no time and no percentage"),
        (BODY.replace('"serial":7', '"serial":7,\n"serial":7').encode(), "twice"),
        (BODY.replace('"pid":1', '"pid":1,"pid":2').encode(), "twice"),
        (BODY.replace('"format":1', '"format":2').encode(), "format 2"),
        (BODY.replace('"format":1', '"format":true').encode(), "format True"),
        (BODY.replace('"format":1', '"format":"1"').encode(), "format '1'"),
        (BODY.replace("open", "ajar").encode(), "'ajar'"),
        (BODY.replace('"verdict":"open"', '"verdict":[]').encode(), "[]"),
        (BODY.replace('{"verdict"', '{ "verdict"').encode(), "verdict line"),
        (json.dumps(document()).encode(), "verdict line"),
        (BODY[:-40].encode(), "not JSON"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, str) else "",
)
def test_damage_is_unknown_and_named(path, content, word):
    unknown(read(path, content), word)


@pytest.mark.parametrize(
    "more",
    [
        {"valid_until": True},
        {"valid_until": "soon"},
        {"valid_until": -1},
        {"valid_until": 1e12},
        {"written_at": None},
        {"written_at": False},
        {"lease_until": None},
        {"lease_until": [1]},
        {"serial": True},
        {"serial": -1},
        {"serial": 10**15},
        {"serial": 1.5},
        {"override": []},
        {"override": {"until": None}},
        {"override": {"until": NOW, "since": "x"}},
        {"windows": {}},
        {"windows": [1]},
        {"holds": None},
        {"holds": [1]},
        {"holds": [hold(kind="mood")]},
        {"holds": [hold(kind=["threshold"])]},
        {"holds": [hold(reason=None)]},
        {"holds": [hold(until="later")]},
        {"holds": [hold(since=True)]},
        {"holds": [hold(observed_at="x")]},
        {"holds": [hold(window=3)]},
        {"holds": [hold(utilization_pct="92")]},
        {"holds": [hold(threshold_pct=True)]},
        {"holds": [hold(evidence_until=None)]},
        {"holds": [hold(applies_to=None)]},
        {"holds": [hold(applies_to={"planet": "Mars"})]},
        {"holds": [hold(applies_to={"model": None})]},
        {"accounts": None},
        {"accounts": [{"name": None, "evidence_until": NOW}]},
        {"accounts": [{"name": "default"}]},
    ],
    ids=repr,
)
def test_a_wrong_type_is_unknown(path, more):
    content = document(**more)
    line = content["valid_until"]
    head = json.dumps({"verdict": "open", "valid_until": line}, separators=(",", ":"))[:-1] + ",\n"
    rest = json.dumps({k: v for k, v in content.items() if k not in {"verdict", "valid_until"}})[1:]
    unknown(read(path, (head + rest).encode()), "gate file")


@pytest.mark.parametrize("key", ["format", "written_at", "lease_until", "holds", "override"])
def test_a_missing_key_is_unknown(path, key):
    unknown(read(path, {k: v for k, v in document().items() if k != key}))


@pytest.mark.parametrize("key", ["reason", "until", "applies_to", "window", "utilization_pct", "threshold_pct", "kind"])
def test_a_hold_with_a_missing_key_is_unknown(path, key):
    unknown(read(path, document("closed", holds=[{k: v for k, v in hold().items() if k != key}])))


def test_a_newer_format_is_told_apart_for_writers():
    with pytest.raises(gate_reader.NewerFormatError, match="format 2"):
        parse_gate(dump_gate(document(format=2)), NOW)


def test_a_long_text_from_the_file_is_cut_in_the_sentence(path):
    assert len(read(path, dump_gate(document(format="x" * 100_000))).why) < 300


def test_a_file_of_the_future_is_unknown(path):
    assert read(path, document(written_at=NOW + 120)).verdict == "open"
    unknown(read(path, document(written_at=NOW + 121)), "future")


def test_a_lease_that_ran_out_is_unknown(path):
    assert read(path, document(), now=NOW + 899).verdict == "open"
    answer = read(path, document(), now=NOW + 900)
    assert answer.verdict == "unknown"
    assert "lease ran out" in answer.why


def test_a_monitor_that_was_stopped_says_so(path):
    stopped = document("unknown", None, lease_until=NOW, note="monitor stopped")
    assert "was stopped" in read(path, stopped).why


def test_a_first_line_that_ran_out_before_the_lease_is_unknown(path):
    """DESIGN 4: past valid_until the verdict is unknown, for a shell and for the reader alike."""
    answer = read(path, document(valid_until=NOW + 10), now=NOW + 10)
    assert (answer.verdict, answer.why) == ("unknown", "The gate's verdict has run out and no new one was written.")


@pytest.mark.parametrize(
    "content",
    [
        document("open", holds=[hold()]),
        document("closed"),
        document("open", holds=[pause()]),
        document("unknown", None, holds=[hold()]),
    ],
)
def test_a_first_line_that_disagrees_with_the_body_is_unknown(path, content):
    answer = read(path, content)
    assert answer.verdict == "unknown"
    assert (answer.refusal, answer.hold, answer.valid_until) == (None, None, None)


def test_the_writers_way_of_loading_tells_nothing_there_from_damage(path):
    assert gate_reader.load_gate(str(path)) is None
    assert gate_reader.load_gate(written(path, document(written_at=NOW + 10**6)))["serial"] == 7
    with pytest.raises(ValueError, match="damaged"):
        gate_reader.load_gate(written(path, b"{"))


# ---- launches


@pytest.mark.parametrize(
    ("limited", "launched", "same"),
    [
        ("Opus", "Opus", True),
        ("Opus", "opus", True),
        ("Opus", "claude-opus-4-6", True),
        ("Opus", "claude-opus-4-5-20251101", True),
        ("Opus", "us.anthropic.claude-opus-4-6-v1:0", True),
        ("Opus", "opus[1m]", True),
        ("Opus", "claude-sonnet-4-6", False),
        ("Opus 4.6", "claude-opus-4-6", True),
        ("Opus 4.6", "claude-opus-4-5", False),
        ("Sonnet", "claude-3-5-sonnet", True),
        ("Sonnet 5", "claude-3-5-sonnet", False),
        ("Fable 5", "fable", True),
        ("Fable 5", "fable[1m]", True),
        ("Fable 5", "claude-fable-latest", True),
        ("Fable 5", "claude-fable-5-2", True),
        ("Fable", "claude", False),
        ("Fable", "", False),
        ("", "fable", False),
    ],
)
def test_model_spellings(limited, launched, same):
    assert gate_reader.same_model(limited, launched) is same


def test_a_hold_for_a_model_holds_that_model(path):
    scoped = document(holds=[hold(applies_to={"model": "Opus"})])
    assert read(path, scoped).verdict == "open"
    assert read(path, scoped, model="claude-opus-4-6").verdict == "closed"
    assert read(path, scoped, model="Sonnet").verdict == "open"
    assert read(path, scoped, model="claude").verdict == "open"


def test_a_hold_for_a_model_may_hold_launches_that_name_none(path):
    scoped = document("closed", holds=[hold(applies_to={"model": "Opus"}, also_unnamed=True)])
    assert read(path, scoped).verdict == "closed"
    assert read(path, scoped, model="claude").verdict == "closed"
    assert read(path, scoped, model="Sonnet").verdict == "open"


def test_a_hold_for_an_account_holds_that_account(path):
    two = [{"name": "home", "evidence_until": NOW + 900}, {"name": "work", "evidence_until": None}]
    scoped = document(holds=[hold(applies_to={"account": "work"})], accounts=two)
    assert read(path, scoped).verdict == "open"
    assert read(path, scoped, account="home").verdict == "open"
    assert read(path, scoped, account="work").verdict == "closed"
    assert read(path, document(accounts=two), account="work").verdict == "unknown"
    assert "no account called" in read(path, scoped, account="x").why


def test_a_pause_for_a_class_holds_that_class(path):
    scoped = document(holds=[pause(applies_to={"class": "batch"})])
    assert read(path, scoped).verdict == "open"
    assert read(path, scoped, class_="batch").verdict == "closed"
    assert read(path, scoped, class_="interactive").verdict == "open"


def test_a_pause_needs_no_lease_and_ends_at_its_end(path):
    paused = document("closed", NOW + 5000, holds=[pause(until=NOW + 5000)])
    assert read(path, paused, now=NOW + 4999).verdict == "closed"
    assert read(path, paused, now=NOW + 5000).verdict == "unknown"


def test_an_override_lifts_automatic_holds_and_no_pause(path):
    lifted = {"override": {"since": NOW, "until": NOW + 100}}
    assert read(path, document("open", NOW + 100, holds=[hold()], **lifted)).why == "Overridden by you."
    assert read(path, document("closed", None, holds=[pause(), hold()], **lifted)).verdict == "closed"


def test_evidence_that_is_too_old_neither_opens_nor_closes(path):
    old = [{"name": "default", "evidence_until": NOW}]
    assert "no fresh reading" in read(path, document("unknown", None, accounts=old)).why
    assert "too old" in read(path, document("unknown", None, holds=[hold(evidence_until=NOW)])).why


def test_no_account_at_all_is_unknown(path):
    assert read(path, document("unknown", None, accounts=[])).verdict == "unknown"


# ---- bytes


def test_the_first_line_is_exactly_as_the_design_says():
    """DESIGN 4."""
    line = dump_gate(document("closed", 1795303550)).split(b"\n")[0] + b"\n"
    assert line == b'{"verdict":"closed","valid_until":1795303550,\n'
    assert gate_reader.first_line("closed", None) == '{"verdict":"closed","valid_until":null,\n'


TEXTS = st.text(max_size=20)
HOLDS = st.one_of(
    st.builds(lambda until, why: pause(until=until, why=why), st.none() | st.integers(0, 2**33), TEXTS),
    st.builds(
        lambda pct, until, model: hold(utilization_pct=pct, until=until, applies_to={"model": model}),
        st.integers(0, 120) | st.floats(0, 200, allow_nan=False),
        st.none() | st.integers(0, 2**33),
        TEXTS,
    ),
)
DOCUMENTS = st.builds(
    lambda verdict, until, holds, label: document(verdict, until, holds=holds, windows=[{"label": label}]),
    st.sampled_from(["open", "closed", "unknown"]),
    st.none() | st.integers(0, 2**33),
    st.lists(HOLDS, max_size=3),
    TEXTS,
)


@settings(max_examples=60)
@given(DOCUMENTS)
def test_what_is_written_is_read_back(made):
    assert parse_gate(dump_gate(made), NOW) == made


@settings(max_examples=60)
@given(DOCUMENTS, TEXTS, st.floats(0, 1e11))
def test_every_document_that_parses_has_an_answer(made, model, now):
    answer = gate_reader.evaluate(parse_gate(dump_gate(made), NOW), now, model=model)
    assert answer.verdict in {"open", "closed", "unknown"}
    assert (answer.refusal is not None) == (answer.verdict == "closed")
    assert "\n" not in answer.why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def verdict_of(raw: bytes) -> str:
    """Only ValueError may leave the parser, and with a text; what it lets through has an answer."""
    try:
        made = parse_gate(raw, NOW)
    except ValueError as error:
        return str(error)
    return gate_reader.evaluate(made, NOW).verdict


@settings(max_examples=200)
@given(st.sampled_from(sorted({*document()} - {"verdict", "valid_until"})), JSON)
def test_any_value_under_any_key_is_answered_or_refused(key, value):
    body = {**document(holds=[hold(), pause()]), key: value}
    body = {k: v for k, v in body.items() if k not in {"verdict", "valid_until"}}
    assert verdict_of((gate_reader.first_line("open", NOW + 900) + json.dumps(body)[1:]).encode())


@settings(max_examples=200)
@given(st.sampled_from(sorted(hold())), JSON, st.booleans())
def test_any_value_in_a_hold_is_answered_or_refused(key, value, manual):
    body = {**document(holds=[{**(pause() if manual else hold()), key: value}])}
    body = {k: v for k, v in body.items() if k not in {"verdict", "valid_until"}}
    assert verdict_of((gate_reader.first_line("open", NOW + 900) + json.dumps(body)[1:]).encode())


@settings(max_examples=150)
@given(st.binary(max_size=60), st.integers(0, len(BODY)), st.integers(0, 60))
def test_any_bytes_are_answered_or_refused(junk, at, cut):
    raw = BODY.encode()
    assert verdict_of(junk)
    assert verdict_of(raw[:at] + junk + raw[at + cut :])


# ---- where it is, and what it costs


@pytest.mark.parametrize(
    "variables", [{}, {"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, {"XDG_STATE_HOME": "rel"}]
)
def test_the_folders_are_those_of_platformdirs(monkeypatch, variables):
    for name in ("RINGFENCE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    dirs = platformdirs.PlatformDirs("ringfence", appauthor=False)
    assert home_folder() == dirs.user_state_dir
    assert home_folder("config") == dirs.user_config_dir


class Elsewhere:
    """`os` as another system has it."""

    def __init__(self, name: str, sysname: str = "", refusals: int = 0) -> None:
        self.name = name
        self.sysname = sysname
        self.refusals = refusals

    def __getattr__(self, name: str):
        return getattr(os, name)

    def uname(self):
        return self

    def open(self, *args):
        self.refusals -= 1
        if self.refusals >= 0:
            raise PermissionError(13, "being replaced")
        return os.open(*args)


def test_the_folders_on_other_systems(monkeypatch):
    monkeypatch.delenv("RINGFENCE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("LOCALAPPDATA", "/data")
    monkeypatch.setattr(gate_reader, "os", Elsewhere("nt"))
    assert home_folder() == home_folder("config") == "/data/ringfence"
    monkeypatch.delenv("LOCALAPPDATA")
    assert home_folder() == "/home/me/AppData/Local/ringfence"
    monkeypatch.setattr(gate_reader, "os", Elsewhere("posix", "Darwin"))
    assert home_folder() == "/home/me/Library/Application Support/ringfence"


@pytest.mark.parametrize(("refusals", "verdict"), [(4, "open"), (5, "unknown")])
def test_on_windows_a_file_that_is_being_replaced_is_opened_again(path, monkeypatch, refusals, verdict):
    where = written(path, document())
    monkeypatch.setattr(gate_reader, "os", Elsewhere("nt", refusals=refusals))
    waits = []
    monkeypatch.setattr(gate_reader.time, "sleep", waits.append)
    assert read_gate(where, now=NOW).verdict == verdict
    assert waits == [0.005] * 4


def test_on_windows_the_modes_of_files_mean_nothing(path, monkeypatch):
    where = written(path, document())
    path.chmod(0o666)
    monkeypatch.setattr(gate_reader, "os", Elsewhere("nt"))
    assert read_gate(where, now=NOW).verdict == "open"


def test_keys_that_only_people_read_may_be_missing(path):
    bare = {k: v for k, v in hold().items() if k not in {"since", "observed_at"}}
    made = document(holds=[bare], override={"until": NOW + 60}, valid_until=NOW + 60)
    assert read(path, {k: v for k, v in made.items() if k not in {"windows", "writer", "serial"}}).verdict == "open"


def test_ringfence_home_moves_both_folders(monkeypatch, tmp_path):
    """DESIGN 3."""
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path))
    assert home_folder() == home_folder("config") == str(tmp_path)
    assert gate_reader.gate_path() == str(tmp_path / "gate.json")


def test_importing_the_reader_loads_json_os_and_time_alone():
    """DESIGN 4: a check costs little over bare Python."""
    source = Path(gate_reader.__file__).parents[1]
    code = f"""
import sys, json, os, time
sys.path.insert(0, {str(source)!r})
before = set(sys.modules)
import ringfence.gate_reader
print(*sorted(set(sys.modules) - before - {{"__future__"}}))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ringfence", "ringfence.gate_reader"]


# ---- holds of a project


def of_project(project="/home/me/work", **more):
    scope = more.pop("applies_to", {})
    made = {"kind": "budget", "reason": "budget", "window": "budget:work", "applies_to": {**scope, "project": project}}
    return hold(**made | more)


HELD_WORK = document(project_holds=[of_project()])


@pytest.mark.parametrize(
    ("project", "verdict"),
    [
        (None, "open"),
        ("", "open"),
        ("/home/me/work", "closed"),
        ("/home/me/work/", "closed"),
        ("/home/me/work/a/b", "closed"),
        ("/home/me/work/../work", "closed"),
        ("/home/me/work/../other", "open"),
        ("/home/me/workshop", "open"),
        ("/home/me", "open"),
        ("/", "open"),
        ("/home/me/Work", "open" if os.path.normcase("A") == "A" else "closed"),
    ],
)
def test_a_projects_hold_is_for_its_folder_and_those_below(path, project, verdict):
    assert read(path, HELD_WORK, project=project).verdict == verdict


def test_a_hold_of_the_whole_machine_is_for_every_folder(path):
    assert read(path, document(project_holds=[of_project("/")]), project="/home").verdict == "closed"


def test_a_projects_folder_may_begin_at_the_persons_home(path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    held = document(project_holds=[of_project("~/work")])
    assert read(path, held, project="/home/me/work/a").verdict == "closed"
    assert read(path, held, project="~/work").verdict == "closed"


def test_a_relative_folder_is_that_of_the_process(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    held = document(project_holds=[of_project(str(tmp_path / "a"))])
    assert read(path, held, project="a/b").verdict == "closed"
    assert read(path, held, project=".").verdict == "open"


def test_a_projects_hold_may_be_for_a_model_too(path):
    held = document(project_holds=[of_project(applies_to={"model": "Opus"})])
    assert read(path, held, project="/home/me/work", model="claude-opus-4-6").verdict == "closed"
    assert read(path, held, project="/home/me/work", model="sonnet").verdict == "open"
    assert read(path, held, project="/home/me/other", model="opus").verdict == "open"


def test_a_projects_hold_ends_like_every_automatic_one(path):
    held = document(lease_until=NOW + 5000, accounts=[{"name": "default", "evidence_until": NOW + 9000}])
    held["project_holds"] = [of_project(evidence_until=NOW + 100)]
    assert read(path, held, now=NOW + 99, project="/home/me/work").verdict == "closed"
    assert read(path, held, now=NOW + 100, project="/home/me/work").verdict == "unknown"
    held["override"] = {"until": NOW + 50}
    assert read(path, held, now=NOW + 49, project="/home/me/work").verdict == "open"
    assert read(path, held, now=NOW + 50, project="/home/me/work").verdict == "closed"


def test_a_closed_project_says_until_when_and_for_what(path):
    answer = read(path, HELD_WORK, project="/home/me/work")
    assert answer.refusal["error"] == "budget_reached"
    assert answer.hold["applies_to"] == {"project": "/home/me/work"}
    assert answer.valid_until == NOW + 900
    assert answer.why == f"Your budget work is reached: 92 % used, resets {gate_reader.iso(NOW + 9000)}."


def test_a_folder_that_no_hold_concerns_gets_what_a_shell_reads(path):
    lying = document("closed", project_holds=[of_project()])
    assert read(path, lying, project="/elsewhere").verdict == "unknown"
    assert read(path, lying).verdict == "unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        [5],
        [hold()],
        [of_project() | {"applies_to": {"project": 5}}],
        [of_project(applies_to={"planet": "x"})],
        [of_project(until="soon")],
        [of_project(kind="mood")],
    ],
)
def test_damaged_holds_of_projects_are_not_believed(path, wrong):
    assert read(path, document(project_holds=wrong)).verdict == "unknown"


def test_a_project_among_the_other_holds_is_not_believed(path):
    """A reader that knows no projects would take it for everybody's; and so no writer puts it there."""
    assert read(path, document(holds=[of_project()])).verdict == "unknown"


# ---- what a refusal and a budget say


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("session", "Claude refused: the session limit is reached"),
        ("model:Opus", "Claude refused: the Opus limit is reached"),
        ("model:\x1b[31m", "Claude refused: the  [31m limit is reached"),
    ],
)
def test_a_refusal_needs_no_number(path, window, said):
    bare = hold(kind="exhausted", window=window, utilization_pct=None, threshold_pct=None)
    answer = read(path, document("closed", holds=[bare]))
    assert answer.why == f"{said}, resets {gate_reader.iso(NOW + 9000)}."
    assert (answer.refusal["utilization_pct"], answer.refusal["threshold_pct"]) == (None, None)
    assert read(path, document("closed", holds=[bare | {"until": None}])).why == f"{said}."
