"""The documents: every command they show is run, every link leads somewhere, every setting and state is told of."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import click
import pytest

from ringfence import texts
from ringfence.cli import app, settings_table
from ringfence.core.model import FailureKind
from ringfence.core.ring import AccountState
from ringfence.core.settings import parse_settings, schema

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(ringfence(?: [^`]+)?)`")
PLACE = re.compile(r"^[A-Z][A-Z_]*$|[\[\]{}<>|…]|\.\.\.")
"""What stands for something else in a usage line."""
BLOCKING = ("ringfence daemon", "ringfence demo", "ringfence gate wait", "ringfence mcp", "--wait", "waybar")
"""They go on until somebody ends them: half a second is enough to see that they began."""
NEVER = {2, 64, 126, 127}
"""Exit statuses of a command that is written wrong, or is not there."""
FOREIGN = (
    "claude", "make", "apt-get", "sudo", "dnf", "pipx", "pip", "uv", "systemctl", "curl", "waybar", "strace", "tmux",
)  # fmt: skip
"""Programs that are not ours: a stand-in notes how they were called. `make` must have the target."""


def blocks(page: Path, *kinds: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")) if kind in kinds]


def shell_lines() -> list[tuple[str, str]]:
    """Return every line of every shell block, with its page; what belongs together stands together."""
    found = []
    for page in PAGES:
        for body in blocks(page, "sh"):
            whole = len(body.splitlines()) > 1 and re.search(r"\b(do|then|<<)\b|\\$", body, re.MULTILINE)
            found += [(page.name, line) for line in ([body] if whole else body.splitlines()) if line.strip()]
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a person who has Ringfence alone: a home, and stand-ins for other programs."""
    home = tmp_path_factory.mktemp("reader")
    programs = home / "bin"
    programs.mkdir()
    for name in FOREIGN:
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"$HOME/called"\n')
        (programs / name).chmod(0o755)
    (programs / "ringfence").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ringfence "$@"\n')
    (programs / "ringfence").chmod(0o755)
    for folder in (".claude", ".local/share/bash-completion/completions", ".config/fish/completions"):
        (home / folder).mkdir(parents=True)
    made = {
        "HOME": str(home), "RINGFENCE_HOME": str(home / "ringfence"), "LANG": "C.UTF-8", "TERM": "dumb",
        "PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "PROMPT": "review",
        "XDG_RUNTIME_DIR": str(home),
    }  # fmt: skip
    install = ["bash", "-c", "ringfence hooks install shell --file ~/.bashrc"]
    subprocess.run(install, env=made, cwd=home, check=True, capture_output=True)
    return made


@pytest.mark.parametrize(("page", "line"), shell_lines())
def test_a_command_that_the_documents_show_runs(place: dict[str, str], page: str, line: str) -> None:
    command = line.replace("/home/me/.local/bin/", "").replace("while ringfence gate wait", "ringfence gate wait")
    command = re.sub(r"; do claude .*; done", "", command)
    if command.strip() == "ringfence":
        pytest.skip("the app itself: tests/desktop starts it")
    if "ringfence_" in command:
        command = f". ~/.bashrc\n{command}"
    before = [] if "make" not in command else _calls(place)
    blocking = any(part in command for part in BLOCKING)
    try:
        done = subprocess.run(
            ["bash", "-c", command], env=place, cwd=place["HOME"], capture_output=True, text=True,
            timeout=2 if blocking else 60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as still:
        said, ended = str(still.stderr), blocking
    else:
        said, ended = done.stderr, done.returncode not in NEVER
    assert ended, f"{command}: {said}"
    assert "Traceback" not in said
    if "make" in command:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for call in _calls(place)[len(before) :]:
            if call.startswith("make "):
                assert re.search(rf"^{call.split()[1]}:", makefile, re.MULTILINE), call


def _calls(place: dict[str, str]) -> list[str]:
    told = Path(place["HOME"]) / "called"
    return told.read_text().splitlines() if told.exists() else []


def inline_commands() -> list[tuple[str, str]]:
    found = {(page.name, command) for page in PAGES for command in INLINE.findall(page.read_text(encoding="utf-8"))}
    return sorted(found)


@pytest.mark.parametrize(("page", "command"), inline_commands())
def test_a_command_that_is_named_exists_with_its_options(page: str, command: str) -> None:
    words = command.replace("|", " ").split()[1:]
    at: click.Command | None = app.ringfence
    path: list[str] = []
    while words and isinstance(at, click.Group) and not words[0].startswith(("-", "[")) and not PLACE.search(words[0]):
        path.append(words.pop(0).rstrip(",.;:"))
        at = at.get_command(click.Context(at), path[-1])
    own = words[: words.index("--")] if "--" in words else words
    given = {found[1] for word in own if (found := re.match(r"\[?(--?[a-z][a-z-]*)", word))}
    told = help_of(*path)
    assert {option for option in given if option not in told} <= {"-h"}, f"{page}: `{command}`"


def help_of(*path: str) -> str:
    """Return what a command says of itself and of those below it, for a few are named together."""
    at: click.Command | None = app.ringfence
    for name in path:
        at = at.get_command(click.Context(at), name) if isinstance(at, click.Group) else None
    names = at.list_commands(click.Context(at)) if isinstance(at, click.Group) and path else []
    return own_help(*path) + "".join(help_of(*path, name) for name in names)


@cache
def own_help(*path: str) -> str:
    """Return what is printed, and not what click knows: `run` and `gate check` read their arguments themselves."""
    command = [sys.executable, "-m", "ringfence", *path, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def below(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """Return the path of every command that the help shows, groups too."""
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if command is None or command.hidden:
            continue
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += below(command, *path, name)
    return found


def usages() -> list[tuple[str, str]]:
    """Return each usage in the headings of commands.md, beginning with `ringfence`, with the text below its heading."""
    page = BLOCK.sub("", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"))
    found = []
    for section in re.split(r"^(?=###? )", page, flags=re.MULTILINE):
        head, _, text = section.partition("\n")
        found += [
            ("ringfence " + usage.removeprefix("ringfence").strip(), text) for usage in re.findall("`(.+?)`", head)
        ]
    return found


@pytest.mark.parametrize("path", below(app.ringfence), ids=" ".join)
def test_every_command_has_its_heading_with_every_option(path: tuple[str, ...]) -> None:
    told = []
    for usage, text in usages():
        words = re.findall(r"(?<![\w-])[a-z][\w-]*", usage)[1:]
        # What stands behind the group may be one of several: `desktop [install | remove]`.
        here = words[: len(path) - 1] == list(path[:-1]) and path[-1] in words[len(path) - 1 :]
        if here and (len(path) > 1 or words[0] == path[0]):
            told.append(usage + text)
    assert told, f"no heading of docs/commands.md names `ringfence {' '.join(path)}`"
    shown = re.findall(r"(?:^ +(?:-\w, )?|\[)(--[a-z][a-z-]+)", own_help(*path), re.MULTILINE)
    text = "\n".join(told)
    assert not [option for option in shown if option != "--help" and not re.search(rf"{option}(?![\w-])", text)]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name) if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES[1:]} - {"README.md"} <= set(re.findall(r"\((\w[\w.-]*\.md)\)", index))


def test_the_reference_of_settings_comes_from_their_declarations() -> None:
    """Made anew by `python -m ringfence.cli.settings_table README.md docs/settings.md`."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings_table.filled(page, settings_table.reference()) == page


@pytest.mark.parametrize("body", blocks(ROOT / "docs" / "settings.md", "toml"))
def test_every_example_of_a_setting_is_a_setting(body: str) -> None:
    _, faults = parse_settings(tomllib.loads(body))
    assert not faults


def test_every_setting_has_an_example() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^### `([\w.]+)`", page, re.MULTILINE) == [setting.key for setting in schema()]


def test_every_state_and_its_next_step_stands_under_its_symptom() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for kind in FailureKind:
        assert f"**{texts.failure_title(kind)}** (`{kind.value}`)" in page
    assert all(f"`{state.value}`" in page for state in AccountState if state is not AccountState.OK)


def test_every_exit_status_is_explained() -> None:
    commands = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    table = commands.partition("| Exit status |")[2].partition("\n\n")[0]
    told = {number for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for number in row.split(", ")}
    assert told == set(re.findall(r"\b\d{1,3}\b", page.rpartition("Exit statuses:")[2]))


def test_every_file_that_is_written_is_told_of(tmp_path: Path) -> None:
    from ringfence.storage.paths import Paths

    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    places = Paths(config=tmp_path, state=tmp_path)
    names = {
        value.name
        for name in dir(places)
        if not name.startswith("_") and isinstance(value := getattr(places, name), Path) and value != tmp_path
    }
    wanted = {name for name in names if name.endswith((".json", ".toml", ".sqlite3", ".log", ".lock"))}
    assert wanted <= set(re.findall(r"`([\w.-]+)`", page)), wanted
