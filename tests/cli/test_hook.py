"""`ringfence hook claude-code`: what may start, what is held, and that it never stands in the way by mistake."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
import time

import pytest

from launch import homes
from ringfence import __main__ as entry
from ringfence import session_classes
from ringfence.cli import hook
from ringfence.core.model import Latches, Pause, Scope
from ringfence.gates.gate_file import GateFile
from ringfence.storage.atomic import write_atomic

PROMPT = {"session_id": "s1", "hook_event_name": "UserPromptSubmit", "prompt": "ping"}
SUBAGENT = {
    "session_id": "s1",
    "hook_event_name": "PreToolUse",
    "tool_name": "Task",
    "tool_input": {"prompt": "look", "subagent_type": "Explore"},
}


@pytest.fixture
def ask(monkeypatch, capsys):
    """Return a call that lets Claude Code ask: the exit status, and what went to stdout and to stderr."""

    def ask(event, *arguments, entrypoint="sdk-cli"):
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        monkeypatch.setenv("CLAUDE_CODE_ENTRYPOINT", entrypoint)
        status = entry.main(["hook", "claude-code", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return ask


def pause(home, **scope):
    homes.gate(home)
    latches = Latches(pauses=(Pause(since=time.time(), until=None, scope=Scope(**scope)),))
    GateFile(home / "gate.json", write_atomic).change(lambda _: latches, now=time.time())


WORKFLOW = {**SUBAGENT, "tool_name": "Workflow", "tool_input": {"script": "export const meta = {}"}}


@pytest.mark.parametrize("event", [PROMPT, SUBAGENT, {**SUBAGENT, "tool_name": "Agent"}, WORKFLOW])
def test_a_closed_gate_holds_prompts_and_new_subagents_with_one_sentence(ask, home, event):
    homes.gate(home, closed=True)
    status, out, err = ask(event)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Ringfence holds new work: session is over its limit (session_threshold): 91 % used")
    assert "resets 20" in err
    assert err.endswith("; `ringfence override --for 30m` lets it through.\n")


@pytest.mark.parametrize("event", [PROMPT, SUBAGENT])
def test_an_open_gate_lets_everything_pass_in_silence(ask, home, event):
    homes.gate(home)
    assert ask(event) == (0, "", "")


@pytest.mark.parametrize(
    "event",
    [
        {**SUBAGENT, "tool_name": "Bash"},
        {**SUBAGENT, "tool_name": "Edit"},
        {**SUBAGENT, "tool_name": "TaskOutput"},
        {**SUBAGENT, "tool_name": "TaskCreate"},
        {**SUBAGENT, "tool_name": "SendMessage"},
        {**SUBAGENT, "hook_event_name": "PostToolUse"},
        {**PROMPT, "hook_event_name": "SessionStart"},
        {**PROMPT, "source": "system"},
        {**PROMPT, "source": "loop_wakeup"},
        {**PROMPT, "source": "schedule_wakeup"},
        # As 2.1.332 was heard to send it, and as its program has the others: without a source.
        {**PROMPT, "prompt": "<task-notification>\n<task-id>a8e6</task-id>\n<status>completed</status>"},
        {**PROMPT, "prompt": "Your claude.ai usage limit has reset. Continue the task you were working on when the "
                             "limit was reached; do not repeat work that is already complete."},
    ],
)  # fmt: skip
def test_work_that_runs_is_never_asked_about(ask, home, event):
    homes.gate(home, closed=True)
    assert ask(event) == (0, "", "")


@pytest.mark.parametrize("source", ["user", "sdk", "something_new"])
def test_a_prompt_from_anybody_else_is_new_work(ask, home, source):
    homes.gate(home, closed=True)
    assert ask({**PROMPT, "source": source})[0] == 2
    assert ask({**PROMPT, "source": source, "prompt": "<task-notification>"})[0] == 2  # who says it counts


def history(tmp_path, *calls):
    """Write a run's history as 2.1.332 does, with these calls of tools in it."""
    blocks = [{"type": "tool_use", "id": "t1", "name": name, "input": given} for name, given in calls]
    lines = [{"type": "assistant", "message": {"role": "assistant", "content": [block]}} for block in blocks]
    lines += [{"type": "user", "message": {"role": "user", "content": "ScheduleWakeup"}}, {"type": "last-prompt"}]
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"ScheduleWakeup":')
    return {**PROMPT, "transcript_path": str(path)}


def test_a_prompt_that_its_own_run_asked_for_is_no_new_work(ask, home, tmp_path):
    homes.gate(home, closed=True)
    again = {"prompt": "/loop look at the build", "delaySeconds": 60, "reason": "slow"}
    event = history(tmp_path, ("ScheduleWakeup", again), ("CronCreate", {"cron": "* * * * *", "prompt": "tidy up"}))

    assert ask({**event, "prompt": "/loop look at the build"}) == (0, "", "")
    assert ask({**event, "prompt": "tidy up"}) == (0, "", "")
    assert ask({**event, "prompt": "/loop something else"})[0] == 2
    assert ask({**event, "prompt": "tidy up", "source": "user"})[0] == 2  # who says it counts
    assert ask({**history(tmp_path, ("Bash", again)), "prompt": "/loop look at the build"})[0] == 2
    assert ask({**event, "prompt": "tidy up", "transcript_path": str(tmp_path / "none")})[0] == 2


@pytest.mark.parametrize("prompt", ["what is a <task-notification>?", "Continue the task", 7, None])
def test_a_prompt_that_only_talks_about_running_work_is_new_work(ask, home, prompt):
    homes.gate(home, closed=True)
    assert ask({**PROMPT, "prompt": prompt})[0] == 2


@pytest.mark.parametrize("entrypoint", ["cli", "claude-vscode", "claude-desktop"])
def test_a_person_who_types_is_exempt_unless_told_otherwise(ask, home, entrypoint):
    homes.gate(home, closed=True)
    assert ask(PROMPT, entrypoint=entrypoint) == (0, "", "")
    assert ask(SUBAGENT, entrypoint=entrypoint) == (0, "", "")
    assert ask(PROMPT, "--hold-interactive", entrypoint=entrypoint)[0] == 2


@pytest.mark.parametrize("entrypoint", ["sdk-cli", "sdk-py", "local-agent", ""])
def test_whatever_else_starts_it_is_autonomous(ask, home, entrypoint):
    pause(home, class_="autonomous")
    assert ask(PROMPT, entrypoint=entrypoint)[0] == 2


def test_a_pause_of_the_interactive_class_holds_a_person_too(ask, home):
    pause(home, class_="interactive")
    status, _, err = ask(PROMPT, entrypoint="cli")
    assert (status, "`ringfence unpause` ends the pause" in err) == (2, True)
    assert ask(PROMPT) == (0, "", "")


def test_the_account_decides_which_hold_counts(ask, home):
    pause(home, account="work")
    assert ask(PROMPT)[0] == 0
    assert ask(PROMPT, "--account", "work")[0] == 2
    assert ask(PROMPT, "--account=work")[0] == 2


@pytest.mark.parametrize(
    ("event", "held"),
    [
        ({**SUBAGENT, "tool_input": {"model": "opus"}}, True),
        ({**SUBAGENT, "tool_input": {"model": "haiku"}, "model": "claude-opus-4-6"}, False),
        ({**SUBAGENT, "tool_input": {"model": "inherit"}, "model": "claude-opus-4-6"}, True),
        ({**PROMPT, "model": {"id": "claude-opus-4-6"}}, True),
        ({**PROMPT, "model": "claude-sonnet-4-6"}, False),
        ({**PROMPT, "model": 7}, False),
        (PROMPT, False),
    ],
)
def test_the_model_that_the_event_names_decides(ask, home, event, held):
    pause(home, model="Opus")
    assert ask(event)[0] == (2 if held else 0)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"hook_event_name": 7}', b" " * (1 << 20) + b"{}"]
)
def test_what_is_no_event_passes(ask, home, raw):
    homes.gate(home, closed=True)
    assert ask(raw) == (0, "", "")


def test_an_unknown_gate_lets_pass_and_says_so_once_a_run(ask, home):
    status, out, err = ask(PROMPT)
    assert (status, err) == (0, "")
    assert json.loads(out)["systemMessage"].startswith(
        "Ringfence cannot tell whether new work may start, so it passes: The gate file"
    )
    assert ask(PROMPT) == ask(SUBAGENT) == (0, "", "")
    assert ask({**PROMPT, "session_id": "s2"})[1]
    assert (home / hook.WARNED).read_text() == "s1\ns2\n"
    assert stat.S_IMODE((home / hook.WARNED).stat().st_mode) == 0o600


def test_the_list_of_the_warned_does_not_grow_for_ever(ask, home):
    for number in range(205):
        ask({**PROMPT, "session_id": f"r{number}"})
    assert (home / hook.WARNED).read_text().splitlines() == [f"r{number}" for number in range(5, 205)]


def test_what_cannot_be_remembered_is_said_again(ask, home):
    home.write_bytes(b"no folder")
    assert ask(PROMPT)[1]
    assert ask(PROMPT)[1]
    assert ask({**PROMPT, "session_id": None})[0] == 0


def test_a_disk_that_is_full_leaves_no_half_of_the_list_behind(ask, home, monkeypatch):
    def full(*_) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hook.os, "replace", full)
    assert ask(PROMPT)[0] == 0
    assert list(home.iterdir()) == []


def test_the_setting_can_make_unknown_hold(ask, home):
    home.mkdir()
    (home / "settings.toml").write_text('[gate]\nif_unknown = "closed"\n')
    status, out, err = ask(PROMPT)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "`ringfence settings set gate.if_unknown open` lets it through" in err


def test_a_fault_of_ours_passes_with_a_line(ask, home, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(hook.gate_reader, "read_gate", broken)
    status, out, err = ask(PROMPT)
    assert (status, out) == (0, "")
    assert err == "ringfence hook: something is wrong, so it passes (RuntimeError: two lines).\n"


@pytest.mark.parametrize(
    "arguments", [[], ["codex"], ["claude-code", "--what"], ["claude-code", "--account"], ["claude-code", "stray"]]
)
def test_wrong_usage_is_not_an_answer_that_blocks(capsys, arguments):
    assert entry.main(["hook", *arguments]) == 64
    assert capsys.readouterr().err.startswith("ringfence hook: ")


def test_help_says_what_it_is_for(capsys):
    assert entry.main(["hook", "--help"]) == 0
    assert "--hold-interactive" in capsys.readouterr().out


@pytest.mark.parametrize("closed", [False, True])
def test_it_loads_the_standard_library_alone(home, closed):
    homes.gate(home, closed=closed)
    code = (
        "import sys; from ringfence.__main__ import main; status = main(['hook', 'claude-code']);"
        "print(status, [m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names | {'ringfence'}"
        " and not m.startswith('_')], 'pathlib' in sys.modules)"
    )
    found = os.pathsep.join(path for path in sys.path if path)
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code],
        input=json.dumps(PROMPT).encode(),
        env={**os.environ, "PYTHONPATH": found},
        capture_output=True,
        check=True,
    )
    assert ran.stdout.decode().strip() == f"{2 if closed else 0} ['__main__'] False".replace("'__main__'", "")


# ---- folders and classes


@pytest.mark.parametrize(
    ("folder", "status"),
    [("/home/me/work", 2), ("/home/me/work/a", 2), ("/home/me", 0), (None, 0), (5, 0), ("work", 0)],
)
def test_the_folder_of_the_event_decides_about_a_projects_hold(ask, home, folder, status):
    homes.budget(home, project="/home/me/work")
    assert ask({**PROMPT, "cwd": folder})[0] == status


@pytest.mark.parametrize(("held", "status"), [("batch", 2), ("autonomous", 2), ("other", 0), ("interactive", 0)])
def test_a_run_of_a_class_is_of_that_class_and_autonomous(ask, home, monkeypatch, held, status):
    monkeypatch.setenv("RINGFENCE_CLASS", "batch")
    homes.budget(home, class_=held)
    assert ask(PROMPT)[0] == status


ID = "fd9e0220-560f-4c73-abaa-c5ced85d3b81"


@pytest.mark.parametrize("event", [PROMPT, SUBAGENT])
def test_the_class_of_a_session_is_noted_for_whoever_counts_its_tokens(ask, home, monkeypatch, event):
    monkeypatch.setenv("RINGFENCE_CLASS", "batch")
    homes.gate(home)
    assert ask({**event, "session_id": ID}) == (0, "", "")
    assert session_classes.class_of(str(home), ID) == "batch"


@pytest.mark.parametrize(
    ("named", "entrypoint", "session"),
    [
        (None, "sdk-cli", ID),
        ("", "sdk-cli", ID),
        ("autonomous", "sdk-cli", ID),
        ("interactive", "sdk-cli", ID),
        ("batch", "cli", ID),
        ("batch", "claude-vscode", ID),
        ("batch", "sdk-cli", 5),
        ("batch", "sdk-cli", "../../gate.json"),
    ],
)
def test_nothing_is_noted_of_a_run_that_no_launcher_named(ask, home, monkeypatch, named, entrypoint, session):
    if named is not None:
        monkeypatch.setenv("RINGFENCE_CLASS", named)
    homes.gate(home)
    before = sorted(home.rglob("*"))
    assert ask({**PROMPT, "session_id": session}, entrypoint=entrypoint) == (0, "", "")
    assert sorted(home.rglob("*")) == before


def test_a_class_that_cannot_be_noted_does_not_stand_in_the_prompts_way(ask, home, monkeypatch):
    monkeypatch.setenv("RINGFENCE_CLASS", "batch")
    homes.gate(home)
    (home / session_classes.FOLDER).write_text("no folder")
    assert ask({**PROMPT, "session_id": ID}) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="the environment is text there")
def test_a_class_that_is_no_text_is_not_noted(ask, home, monkeypatch):
    monkeypatch.setitem(os.environ, "RINGFENCE_CLASS", os.fsdecode(b"b\xff"))
    homes.gate(home)
    assert ask({**PROMPT, "session_id": ID}) == (0, "", "")
    assert session_classes.class_of(str(home), ID) is None


@pytest.mark.parametrize("own", ["interactive", "autonomous"])
@pytest.mark.parametrize(("held", "status"), [("autonomous", 2), ("interactive", 0)])
def test_a_run_that_nobody_typed_is_autonomous_whatever_word_of_claude_codes_it_goes_by(
    ask, home, monkeypatch, own, held, status
):
    monkeypatch.setenv("RINGFENCE_CLASS", own)
    homes.budget(home, class_=held)
    assert ask(PROMPT)[0] == status


def test_a_class_that_is_empty_is_none(ask, home, monkeypatch):
    monkeypatch.setenv("RINGFENCE_CLASS", "")
    homes.budget(home, class_="autonomous")
    assert ask(PROMPT)[0] == 2


def test_a_person_who_types_is_of_no_launchers_class(ask, home, monkeypatch):
    monkeypatch.setenv("RINGFENCE_CLASS", "batch")
    homes.budget(home, class_="batch")
    assert ask(PROMPT, entrypoint="cli")[0] == 0
    assert ask(PROMPT, "--hold-interactive", entrypoint="cli")[0] == 0


def test_a_budget_for_what_is_typed_holds_a_person_too_also_in_a_project(ask, home):
    homes.budget(home, class_="interactive", project="/w")
    assert ask({**PROMPT, "cwd": "/w/a"}, entrypoint="cli")[0] == 2
    assert ask({**PROMPT, "cwd": "/v"}, entrypoint="cli")[0] == 0
