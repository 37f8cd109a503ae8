"""The status line's adapter: in front of the person's own, and away again to the byte."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.adapter_ports import AdapterOptions
from ringfence.file_errors import FileError
from ringfence.launch import statusline
from ringfence.launch.statusline import SPEC

PROGRAM = ("/opt/rf/bin/ringfence",)
SRC = Path(__file__).parents[2] / "src"
LINE = SPEC.adapter


def options(folder: Path, program=PROGRAM, **more) -> AdapterOptions:
    environ = {"CLAUDE_CONFIG_DIR": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(SRC)}
    return AdapterOptions(program=program, environ=environ, **more)


def settings(folder: Path, text: str | bytes | None = None) -> Path:
    path = folder / "settings.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def command(path: Path) -> str:
    return json.loads(path.read_text())["statusLine"]["command"]


OWN = {
    "plain": '{"statusLine": {"type": "command", "command": "date +%H:%M", "padding": 0}, "model": "opus"}',
    "quotes": '{"statusLine":{"command":"jq -r \'.model\' | sed \\"s/a/\'b\'/\\"","type":"command"}}',
    "escapes": '{"statusLine":{"type":"command", "command": "echo \\u0027\\u00e9\\/\\\\u0027 \\t\\n é\\ud83d\\ude00"}}',
    "windows": '{\r\n\t"a": 1.50,\r\n\t"statusLine" : { "type" : "command" , "command" : "x" }\r\n}\r\n',
}
NONE = [
    "{}",
    "{ }",
    "{\n}",
    "{\r\n}\r\n",
    '{"a":1}',
    '{\n    "a": [1, {"b": 2}],\n    "c": "\\u00e9"\n}\n',
    '{"a": 1 }  ',
]


@pytest.mark.parametrize("text", [*OWN.values(), *NONE])
def test_install_and_remove_give_back_every_byte(tmp_path, text):
    path = settings(tmp_path, text)
    LINE.install(options(tmp_path))
    installed = json.loads(path.read_text())
    assert LINE.state(options(tmp_path)).installed
    assert {k: v for k, v in installed.items() if k != "statusLine"} == {
        k: v for k, v in json.loads(text).items() if k != "statusLine"
    }
    LINE.remove(options(tmp_path))
    assert path.read_bytes() == text.encode()
    assert not LINE.state(options(tmp_path)).installed


@pytest.mark.parametrize("text", [*OWN.values(), *NONE])
def test_twice_is_once(tmp_path, text):
    path = settings(tmp_path, text)
    LINE.install(options(tmp_path))
    once = path.read_bytes()
    assert LINE.install(options(tmp_path)) == f"{path} has it already."
    assert path.read_bytes() == once


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
def test_the_persons_command_stands_inside_ours_word_for_word(tmp_path, text):
    path = settings(tmp_path, text)
    own = command(path)
    LINE.install(options(tmp_path))
    assert shlex.split(command(path)) == [*PROGRAM, "statusline", "--", "sh", "-c", own]


def test_an_appimage_of_any_name_is_known_again(tmp_path):
    path = settings(tmp_path, OWN["plain"])
    given = options(tmp_path, program=("/home/me/Apps/Ringfence-0.1.0-x86_64.AppImage",))
    LINE.install(given)
    assert LINE.install(given) == f"{path} has it already."
    LINE.remove(given)
    assert path.read_text() == OWN["plain"]


def test_what_stands_beside_the_command_is_kept(tmp_path):
    path = settings(tmp_path, OWN["plain"])
    LINE.install(options(tmp_path))
    assert json.loads(path.read_text())["statusLine"]["padding"] == 0


@given(own=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40), ascii_only=st.booleans())
def test_any_command_comes_back_as_it_was(tmp_path_factory, own, ascii_only):
    folder = tmp_path_factory.mktemp("claude")
    text = json.dumps({"statusLine": {"type": "command", "command": own}}, ensure_ascii=ascii_only)
    text = text.replace("'", "\\u0027") if ascii_only else text
    path = settings(folder, text)
    LINE.install(options(folder))
    assert shlex.split(command(path))[-1] == own
    LINE.remove(options(folder))
    assert path.read_bytes() == text.encode()


def test_no_file_is_made_and_goes_away_again(tmp_path):
    path = settings(tmp_path)
    LINE.install(options(tmp_path))
    assert json.loads(path.read_text()) == {"statusLine": {"type": "command", "command": f"{PROGRAM[0]} statusline"}}
    assert path.stat().st_mode & 0o777 == 0o600
    LINE.remove(options(tmp_path))
    assert not path.exists()


def test_what_the_person_added_meanwhile_stays(tmp_path):
    path = settings(tmp_path)
    LINE.install(options(tmp_path))
    path.write_text(path.read_text().replace("\n}\n", ',\n  "model": "opus"\n}\n'))
    LINE.remove(options(tmp_path))
    assert path.read_text() == '{\n  "model": "opus"\n}\n'


def test_another_account_or_another_place_of_ringfence_is_put_in_without_a_second_layer(tmp_path):
    path = settings(tmp_path, OWN["plain"])
    LINE.install(options(tmp_path))
    moved = options(tmp_path, program=("/my apps/python", "-m", "ringfence"), account="my team")
    assert LINE.state(moved).note.startswith("It starts another Ringfence")
    LINE.install(moved)
    assert shlex.split(command(path)) == [
        "/my apps/python", "-m", "ringfence", "statusline", "--account", "my team", "--", "sh", "-c", "date +%H:%M",
    ]  # fmt: skip
    assert LINE.state(moved).note == ""
    LINE.remove(moved)
    assert path.read_text() == OWN["plain"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"), ("{/* mine */}", "is not JSON"), ("[]", "no JSON object"), (b"\xff{}", "not UTF-8"),
        ('{"statusLine": null}', "does not know"), ('{"statusLine": {"type": "command"}}', "does not know"),
        ('{"statusLine": {"type": "other", "command": "x"}}', "does not know"),
        ('{"statusLine": {"type": "command", "command": 7}}', "does not know"),
        ('{"statusLine": {}, "statusLine": {}}', "twice"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_left_as_it_is(tmp_path, text, said):
    path = settings(tmp_path, text)
    before = path.read_bytes()
    for act in (LINE.install, LINE.remove, LINE.state):
        with pytest.raises(FileError, match=said):
            act(options(tmp_path))
    assert path.read_bytes() == before


def test_a_link_is_left_as_it_is(tmp_path):
    (tmp_path / "dotfiles.json").write_text("{}")
    settings(tmp_path).symlink_to("dotfiles.json")
    with pytest.raises(FileError, match="is a link"):
        LINE.install(options(tmp_path))
    assert (tmp_path / "dotfiles.json").read_text() == "{}"


@pytest.mark.parametrize("own", ["ringfence-like statusline --theme x", "my-line statusline", "ringfence status"])
def test_a_command_that_only_resembles_ours_is_the_persons(tmp_path, own):
    text = json.dumps({"statusLine": {"type": "command", "command": own}})
    path = settings(tmp_path, text)
    assert "There is no status line" in LINE.remove(options(tmp_path))
    LINE.install(options(tmp_path))
    LINE.remove(options(tmp_path))
    assert path.read_text() == text


def test_a_named_file_is_the_one_that_is_changed(tmp_path):
    path = tmp_path / "project" / "settings.local.json"
    LINE.install(options(tmp_path, file=path))
    assert command(path) == f"{PROGRAM[0]} statusline"
    assert not settings(tmp_path).exists()


def test_the_command_as_installed_draws_the_persons_line_and_keeps_the_limits(tmp_path):
    own = """printf '%s|' "it's" é; cat; exit 4"""
    path = settings(tmp_path, json.dumps({"statusLine": {"type": "command", "command": own}}))
    LINE.install(options(tmp_path, program=(sys.executable, "-m", "ringfence")))
    environ = dict(options(tmp_path).environ) | {"RINGFENCE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        ["/bin/sh", "-c", command(path)], input=statusline._LIMITS, capture_output=True, env=environ, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "it's|é|".encode() + statusline._LIMITS, b"")
    assert len(list((tmp_path / "home").glob("feed-*.json"))) == 1


def test_the_proof_runs_our_part_alone(tmp_path):
    (proof,) = LINE.prove(options(tmp_path, program=(sys.executable, "-m", "ringfence")), tmp_path, tmp_path)
    assert proof.proved
    assert proof.detail == "They were kept; the bytes came through."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", [("/nowhere/ringfence",), ("/bin/false",)])
def test_a_ringfence_that_does_not_run_is_not_proved(tmp_path, program):
    (proof,) = LINE.prove(options(tmp_path, program=program), tmp_path, tmp_path)
    assert not proof.proved
