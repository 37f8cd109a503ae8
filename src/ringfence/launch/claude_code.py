"""Claude Code: two hooks in its settings.json, before a prompt and before a new subagent.

FORMATS D and H: the hooks of every settings file are merged, so ours stand beside the person's; a PreToolUse entry
whose matcher is `Agent|Task|Workflow` sees new subagents alone, and the tools of a running turn never ask.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ringfence import foreign_files
from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState, Proof
from ringfence.file_errors import FileError
from ringfence.launch import _client, _data, json_edit
from ringfence.sentence import N_, Sentence, in_a_row

PROMPT, TOOL = "UserPromptSubmit", "PreToolUse"
MATCHERS = {PROMPT: None, TOOL: "Agent|Task|Workflow"}
"""Each event with what it is limited to."""
BACKUP = ".before-ringfence"
TIMEOUT_S = 10
"""Claude Code waits no longer for an answer, and then goes on as if the gate were open."""
EXIT_PASS, EXIT_HELD = 0, 2
_NEW = "{\n}\n"
_NAME = re.compile(r"ringfence(?:\.exe|.*\.appimage)?")
"""How the program is called, whatever folder it is in."""
_PROOF_S = 30.0
_EVENTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    (Sentence("a prompt of `claude -p`"), PROMPT, {"hook_event_name": PROMPT, "prompt": "ping"}),
    (
        Sentence("a new subagent"),
        TOOL,
        {"hook_event_name": TOOL, "tool_name": "Task", "tool_input": {"prompt": "ping"}},
    ),
)


class ClaudeCode:
    """The entries in `hooks.UserPromptSubmit` and `hooks.PreToolUse` that run `ringfence hook claude-code`."""

    def install(self, options: AdapterOptions) -> str:
        """Add both hooks, after a copy of the file as it was before the first time. Raises FileError."""
        path, command = settings_file(options), _command(options)
        before = foreign_files.read(path)
        text = _NEW if before is None else _decoded(path, before)
        with _named(path):
            if _is_complete(text, command):
                return Sentence("{path} has the hooks already.", path=path)
            edited = _without_ours(text)
            for event, matcher in MATCHERS.items():
                edited = json_edit.append(edited, ("hooks", event), _entry(matcher, command))
        backup = path.with_name(path.name + BACKUP)
        kept: str = ""
        if before is not None and foreign_files.read(backup) is None:
            foreign_files.replace(backup, before, 0o600)
            kept = Sentence("As it was before it stands in {name}.", name=backup.name)
        foreign_files.replace(path, edited.encode(), 0o600)
        done = Sentence(
            "{path} has the hooks now; a run that is open takes them up when it is started again.", path=path
        )
        return in_a_row(done, kept)

    def remove(self, options: AdapterOptions) -> str:
        """Take both hooks out; a file that held nothing else before goes too. Raises FileError."""
        path = settings_file(options)
        before = foreign_files.read(path)
        if before is None:
            return Sentence("{path} is not there.", path=path)
        text = _decoded(path, before)
        with _named(path):
            edited = _without_ours(text)
        if edited == text:
            return Sentence("{path} has no hooks of Ringfence.", path=path)
        if edited == _NEW and foreign_files.read(path.with_name(path.name + BACKUP)) is None:
            foreign_files.remove(path)
            return Sentence("{path} was removed; nothing else was in it.", path=path)
        foreign_files.replace(path, edited.encode())
        return Sentence("{path} has no hooks of Ringfence any more; the rest is as it was.", path=path)

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether both hooks are in the file. Raises FileError."""
        path = settings_file(options)
        before = foreign_files.read(path)
        if before is None:
            return AdapterState(installed=False, where=str(path))
        with _named(path):
            document = json_edit.parse(_decoded(path, before))
        found = {event for event, *_ in _ours(document)}
        note: str = Sentence("One of its two hooks is gone; install it again.") if len(found) == 1 else ""
        if len(found) == len(MATCHERS) and not _limited_as_now(document):
            note = Sentence(
                "Its hooks are limited to other tools than those that start subagents now; install it again."
            )
        if found and isinstance(document, dict) and document.get("disableAllHooks") is True:
            note = Sentence("It also says disableAllHooks, so Claude Code runs none of them.")
        return AdapterState(installed=len(found) == len(MATCHERS), where=str(path), note=note)

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Run the installed commands as Claude Code does, and where it is on PATH let it run them. Raises FileError."""
        path = settings_file(options)
        before = foreign_files.read(path)
        with _named(path):
            ours = [] if before is None else _ours(json_edit.parse(_decoded(path, before)))
        commands = {event: command for event, _, command in ours}
        made = []
        for what, name, event in _EVENTS:
            for home, state, wanted in ((closed, "closed", EXIT_HELD), (opened, "open", EXIT_PASS)):
                tried = _data.with_gate(what, state)
                if name not in commands:
                    missing = Sentence("{path} has no {event} hook of Ringfence.", path=path, event=name)
                    made.append(Proof(what=tried, proved=False, detail=missing))
                    continue
                status, said = _ask(commands[name], event, home, options)
                detail = Sentence("The hook answered with exit status {status}.", status=status)
                if said:
                    detail = Sentence("The hook answered with exit status {status}: {said}.", status=status, said=said)
                made.append(Proof(what=tried, proved=status == wanted, detail=detail))
        client = _client.find(options)
        if client is None:
            apart = Sentence("Not tried with Claude Code: it is not on PATH.")
            made[-1] = replace(made[-1], detail=in_a_row(made[-1].detail, apart))
            return tuple(made)
        settings = {"hooks": {event: [_entry(MATCHERS[event], command)] for event, command in commands.items()}}
        return (*made, *_client.prove(client, settings, {"closed": closed, "open": opened}, options))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Give the file's name to what json_edit says of its text."""
    try:
        yield
    except json_edit.EditError as error:
        raise FileError(Sentence("{path} {fault}; it was left as it is.", path=path, fault=str(error))) from None


def settings_file(options: AdapterOptions) -> Path:
    """Return the settings file that is meant: the one named, else the person's own."""
    folder = options.environ.get("CLAUDE_CONFIG_DIR")
    home = Path(options.environ.get("HOME") or Path.home())
    return options.file or (Path(folder) if folder else home / ".claude") / "settings.json"


def _command(options: AdapterOptions) -> str:
    account = ["--account", options.account] if options.account else []
    return shlex.join([*options.program, "hook", "claude-code", *account])


def _entry(matcher: str | None, command: str) -> dict[str, object]:
    limited = {} if matcher is None else {"matcher": matcher}
    return {**limited, "hooks": [{"type": "command", "command": command, "timeout": TIMEOUT_S}]}


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise FileError(Sentence("{path} is not UTF-8; it was left as it is.", path=path)) from None


def _ours(document: object) -> list[tuple[str, json_edit.Path, str]]:
    """Return our hooks: the event, the path to what goes away with it, and the command, in the file's order.

    A command of ours that the person moved among their own goes alone; else its whole entry does.
    """
    found: list[tuple[str, json_edit.Path, str]] = []
    hooks = _member(document, "hooks")
    for event in MATCHERS:
        for index, entry in enumerate(_list(_member(hooks, event))):
            inner = [_member(hook, "command") for hook in _list(_member(entry, "hooks"))]
            path: json_edit.Path = ("hooks", event, index)
            alone = all(_is_ours(command) for command in inner)
            for place, command in enumerate(inner):
                if isinstance(command, str) and _is_ours(command):
                    found.append((event, path if alone else (*path, "hooks", place), command))
    return found


def _limited_as_now(document: object) -> bool:
    """Tell whether each of our entries has the matcher that it would be installed with."""
    hooks = _member(document, "hooks")
    entries = [(event, _list(_member(hooks, event))[int(path[2])]) for event, path, _ in _ours(document)]
    return all(_member(entry, "matcher") == MATCHERS[event] for event, entry in entries)


def _is_ours(command: object) -> bool:
    try:
        words = shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return False
    for at in range(1, len(words)):
        if words[at : at + 2] == ["hook", "claude-code"]:
            name = re.split(r"[/\\]", words[at - 1])[-1].casefold()
            return _NAME.fullmatch(name) is not None and (at == 1 or words[at - 2] == "-m")
    return False


def _is_complete(text: str, command: str) -> bool:
    """Tell whether the hooks that are there are those that would be installed."""
    document = json_edit.parse(text)
    hooks = _member(document, "hooks")
    wanted = [(event, _entry(matcher, command)) for event, matcher in MATCHERS.items()]
    there = [(event, path[2]) for event, path, _ in _ours(document) if len(path) == 3]
    return [(event, _list(_member(hooks, event))[int(index)]) for event, index in there] == wanted


def _without_ours(text: str) -> str:
    """Return the text without our hooks, the last added first: that is how the rest stays as it was."""
    while ours := _ours(json_edit.parse(text)):
        text = json_edit.remove(text, ours[-1][1])
    return text


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _ask(command: str, event: dict[str, object], home: Path, options: AdapterOptions) -> tuple[int, str]:
    """Run a hook's command through sh, as Claude Code does, and return its exit status and what it said."""
    environ = {**options.environ, "RINGFENCE_HOME": str(home), "CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}
    said = json.dumps({"session_id": "ringfence-proof", "cwd": str(home), **event}).encode()
    shell = shutil.which("sh", path=options.environ.get("PATH")) or "/bin/sh"
    try:
        ran = subprocess.run(  # noqa: S603 - what Claude Code would run
            [shell, "-c", command], input=said, env=environ, capture_output=True, timeout=_PROOF_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise FileError(
            Sentence("{command} did not end within {seconds} s.", command=command, seconds=f"{_PROOF_S:.0f}")
        ) from None
    except OSError as error:
        raise FileError.of("run", shell, error) from None
    return ran.returncode, " ".join(ran.stderr.decode("utf-8", "replace").split())[:300].removesuffix(".")


SPEC = AdapterSpec(
    id="claude-code",
    label="Claude Code",
    help=N_(
        "Hooks in its settings.json that hold new prompts of `claude -p` and new subagents while the gate is closed."
    ),
    adapter=ClaudeCode(),
)
