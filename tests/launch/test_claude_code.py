"""The hooks in Claude Code's settings: beside what is there, taken out to the byte, and proved by running them."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given

import ringfence
from launch import homes
from launch.test_json_edit import texts
from ringfence import launch
from ringfence.file_errors import FileError
from ringfence.launch import claude_code

ADAPTER = claude_code.SPEC.adapter
PERSONS = """\
{
  "model": "opus",
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "~/bin/check"}]}
    ]
  },
  "env": {}
}
"""


@pytest.fixture
def settings(tmp_path):
    """Return the settings file of a person, with a hook of theirs."""
    path = tmp_path / "settings.json"
    path.write_text(PERSONS)
    return path


@pytest.fixture
def options(settings):
    return homes.options(file=settings)


def commands(path, event):
    return [hook["command"] for entry in json.loads(path.read_text())["hooks"][event] for hook in entry["hooks"]]


def test_it_is_one_of_the_adapters():
    assert claude_code.SPEC in launch.specs()


def test_the_hooks_stand_beside_the_persons_own(settings, options):
    said = ADAPTER.install(options)
    assert settings.read_text() == PERSONS.replace(
        '"~/bin/check"}]}\n    ]',
        '"~/bin/check"}]},\n      {"matcher": "Agent|Task|Workflow", "hooks": [{"type": "command", '
        '"command": "/usr/bin/ringfence hook claude-code", "timeout": 10}]}\n    ],\n    '
        '"UserPromptSubmit": [{"hooks": [{"type": "command", '
        '"command": "/usr/bin/ringfence hook claude-code", "timeout": 10}]}]',
    )
    assert "settings.json.before-ringfence" in said
    assert ADAPTER.state(options).installed


def test_installing_twice_is_once(settings, options):
    ADAPTER.install(options)
    once = settings.read_bytes()
    assert "already" in ADAPTER.install(options)
    assert settings.read_bytes() == once


def test_hooks_limited_to_other_tools_are_told_and_renewed(settings, options):
    ADAPTER.install(options)
    assert ADAPTER.state(options).note == ""
    settings.write_text(settings.read_text().replace("Agent|Task|Workflow", "Task"))
    state = ADAPTER.state(options)
    assert (state.installed, state.note.endswith("install it again.")) == (True, True)
    ADAPTER.install(options)
    assert ADAPTER.state(options).note == ""


def test_another_account_replaces_the_hooks_instead_of_adding_some(settings, options):
    ADAPTER.install(options)
    ADAPTER.install(homes.options(file=settings, account="my work"))
    assert commands(settings, "UserPromptSubmit") == ["/usr/bin/ringfence hook claude-code --account 'my work'"]
    assert commands(settings, "PreToolUse")[1:] == commands(settings, "UserPromptSubmit")
    ADAPTER.remove(options)
    assert settings.read_text() == PERSONS


def test_a_program_with_spaces_in_its_path_is_quoted_for_sh_and_known_again(settings):
    options = homes.options(file=settings, program=("/opt/my apps/python", "-m", "ringfence"))
    ADAPTER.install(options)
    assert commands(settings, "UserPromptSubmit") == ["'/opt/my apps/python' -m ringfence hook claude-code"]
    ADAPTER.remove(options)
    assert settings.read_text() == PERSONS


@pytest.mark.parametrize(
    "program", ["/home/me/Apps/Ringfence-0.1.0-x86_64.AppImage", r"C:\Program Files\Ringfence\ringfence.exe"]
)
def test_a_program_of_another_name_is_known_again(settings, program):
    options = homes.options(file=settings, program=(program,))
    ADAPTER.install(options)
    assert ADAPTER.state(options).installed
    assert "already" in ADAPTER.install(options)
    assert len(commands(settings, "UserPromptSubmit")) == 1
    ADAPTER.remove(options)
    assert settings.read_text() == PERSONS


def test_the_backup_is_of_the_first_time_for_ever(settings, options):
    backup = settings.with_name("settings.json.before-ringfence")
    ADAPTER.install(options)
    ADAPTER.remove(options)
    settings.write_text("{}")
    ADAPTER.install(options)
    assert backup.read_text() == PERSONS
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


@given(texts())
def test_removing_restores_any_file_to_the_byte(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "settings.json"
    path.write_bytes(text.encode())
    options = homes.options(file=path)
    ADAPTER.install(options)
    assert ADAPTER.state(options).installed
    ADAPTER.remove(options)
    assert path.read_bytes() == text.encode()


def test_a_file_that_was_not_there_is_not_there_again(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    path, options = tmp_path / "claude" / "settings.json", homes.options()
    assert "not there" in ADAPTER.remove(options)
    assert not ADAPTER.state(options).installed
    ADAPTER.install(options)
    assert ADAPTER.state(options).where == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ADAPTER.remove(options)
    assert list(path.parent.iterdir()) == []


def test_without_a_name_the_file_is_that_of_the_home_folder():
    assert claude_code.settings_file(homes.options(environ={"HOME": "/h"})) == Path("/h/.claude/settings.json")


def test_removing_leaves_what_changed_meanwhile(settings, options):
    ADAPTER.install(options)
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "theme": "dark"}, indent=4))
    ADAPTER.remove(options)
    assert json.loads(settings.read_text()) == {**json.loads(PERSONS), "theme": "dark"}
    assert "no hooks of Ringfence" in ADAPTER.remove(options)


def test_a_hook_that_was_moved_among_the_persons_own_goes_alone(settings, options):
    ours = {"type": "command", "command": "/usr/bin/ringfence hook claude-code --hold-interactive"}
    theirs = {"type": "command", "command": "echo ringfence hook claude-code"}
    settings.write_text(json.dumps({"hooks": {"UserPromptSubmit": [{"hooks": [theirs, ours]}]}}))
    assert "One of its two hooks is gone" in ADAPTER.state(options).note
    ADAPTER.remove(options)
    assert json.loads(settings.read_text()) == {"hooks": {"UserPromptSubmit": [{"hooks": [theirs]}]}}


@pytest.mark.parametrize(
    "content",
    [b"", b"{ // mine\n}", b"[]", b'{"hooks": []}', b'{"hooks": {"PreToolUse": {}}}', b"\xff{}", b'{"a": 1,}'],
)
def test_a_file_that_is_not_as_it_should_be_is_left_as_it_is(settings, options, content):
    settings.write_bytes(content)
    with pytest.raises(FileError, match=r"settings\.json .*; it was left as it is\.$"):
        ADAPTER.install(options)
    assert settings.read_bytes() == content
    assert [path.name for path in settings.parent.iterdir()] == ["settings.json"]


def test_a_link_is_left_as_it_is(settings, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(settings)
    with pytest.raises(FileError, match="is a link and was left as it is"):
        ADAPTER.install(homes.options(file=link))
    assert settings.read_text() == PERSONS


def test_hooks_that_are_switched_off_are_told(settings, options):
    ADAPTER.install(options)
    settings.write_text(settings.read_text().replace('"env": {}', '"disableAllHooks": true'))
    assert "disableAllHooks" in ADAPTER.state(options).note


@pytest.fixture
def gates(tmp_path):
    return homes.gate(tmp_path / "closed", closed=True), homes.gate(tmp_path / "open")


def test_the_installed_hooks_refuse_and_admit(settings, gates, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(ringfence.__file__).parents[1]))
    options = homes.options(file=settings, program=(sys.executable, "-m", "ringfence"))
    ADAPTER.install(options)
    proofs = ADAPTER.prove(options, *gates)
    assert [(proof.what, proof.proved) for proof in proofs] == [
        ("a prompt of `claude -p` with the gate closed", True),
        ("a prompt of `claude -p` with the gate open", True),
        ("a new subagent with the gate closed", True),
        ("a new subagent with the gate open", True),
    ]
    assert "exit status 2: Ringfence holds new work: session is over its limit" in proofs[0].detail


def a_client(folder: Path, script: str) -> None:
    (folder / "claude").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "claude").chmod(0o755)


def test_the_proof_says_when_there_is_no_real_client(settings, gates, tmp_path):
    options = homes.options(file=settings, environ={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    ADAPTER.install(options)
    proofs = ADAPTER.prove(options, *gates)
    assert len(proofs) == 4
    assert "Not tried with Claude Code: it is not on PATH." in proofs[-1].detail


def test_a_client_that_sends_its_prompt_although_the_gate_is_closed_is_no_proof(settings, gates, tmp_path):
    asks = (
        f"exec {sys.executable} -c 'import os, urllib.request as r;"
        'r.urlopen(r.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", b"{}"))\' 2>/dev/null'
    )
    a_client(tmp_path, asks)
    options = homes.options(file=settings, environ={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    ADAPTER.install(options)
    closed, opened = ADAPTER.prove(options, *gates)[4:]
    assert (closed.proved, opened.proved) == (False, True)
    assert "It sent its prompt" in closed.detail


def test_a_client_that_cannot_be_run_is_no_proof(settings, gates, tmp_path):
    a_client(tmp_path, "")
    (tmp_path / "claude").write_text("#!/nowhere\n")
    options = homes.options(file=settings, environ={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    ADAPTER.install(options)
    assert [proof.proved for proof in ADAPTER.prove(options, *gates)[4:]] == [False, False]


def test_the_client_of_the_proof_sees_nothing_of_the_persons_login(settings, gates, tmp_path):
    a_client(tmp_path, f"env > {tmp_path}/seen; ls $CLAUDE_CONFIG_DIR >> {tmp_path}/seen")
    login = {"ANTHROPIC_AUTH_TOKEN": "person", "CLAUDE_CODE_OAUTH_TOKEN": "person", "HTTPS_PROXY": "http://person"}
    options = homes.options(file=settings, environ={"PATH": f"{tmp_path}:/usr/bin:/bin", **login})
    ADAPTER.install(options)
    ADAPTER.prove(options, *gates)
    seen = (tmp_path / "seen").read_text()
    assert "person" not in seen
    assert seen.endswith("settings.json\n")


def test_a_hook_whose_program_is_gone_proves_nothing(settings, options, gates):
    options = homes.options(file=settings, program=("/nowhere/ringfence",))
    ADAPTER.install(options)
    assert not any(proof.proved for proof in ADAPTER.prove(options, *gates))


def test_hooks_that_are_not_there_prove_nothing(settings, options, gates):
    proofs = ADAPTER.prove(options, *gates)
    assert not any(proof.proved for proof in proofs)
    assert "has no UserPromptSubmit hook of Ringfence" in proofs[0].detail
