"""The man pages and the completions, from what the program says itself.

ringfence(1) has the help that `--help` prints and the exit statuses of docs/commands.md, ringfence-settings(5) the
declarations of the settings.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
from click.shell_completion import get_completion_class
from steps import APP_ID, ROOT, VERSION, Failed

from ringfence.cli import app, settings_table
from ringfence.cli.settings import help_text, value_text
from ringfence.core.settings import schema

SHELLS = ("bash", "zsh", "fish")
FILES = (
    ("~/.config/ringfence/settings.toml", "what you chose; comments survive a save"),
    ("~/.local/state/ringfence/gate.json", "the gate; its first line is enough for a shell"),
    ("~/.local/state/ringfence/status.json", "the last readings, which `ringfence status` prints"),
    ("~/.local/state/ringfence/ledger.sqlite3", "the history of readings, tokens and held runs"),
    ("~/.local/state/ringfence/ringfence.log", "what went wrong, without secrets"),
)
ENVIRONMENT = (
    ("RINGFENCE_HOME", "moves every file of Ringfence into one folder"),
    ("CLAUDE_CONFIG_DIR", "where the login and the transcripts of Claude Code lie; else ~/.claude"),
    ("NO_COLOR", "plain text"),
)


def man_page() -> str:
    """Return ringfence(1) in the man macros."""
    return "\n".join(_page()) + "\n"


def settings_page() -> str:
    """Return ringfence-settings(5) in the man macros."""
    return "\n".join(_settings()) + "\n"


def completions() -> dict[str, str]:
    """Return each shell's completion by its name: click's own, which asks the program what may come next."""
    made = {}
    for shell in SHELLS:
        kind = get_completion_class(shell)
        assert kind is not None
        complete = kind(app.ringfence, {}, "ringfence", "_RINGFENCE_COMPLETE")
        made[shell] = complete.source_template % complete.source_vars()
    return made


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name, in the order of the help."""
    yield from _below(app.ringfence, "ringfence", click.Context(app.ringfence, info_name="ringfence"))


def _below(group: click.Group, path: str, ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _below(command, f"{path} {name}", click.Context(command, ctx, name))


def _page() -> Iterator[str]:
    yield f'.TH RINGFENCE 1 "{_released()}" "Ringfence {VERSION}" "User Commands"'
    yield ".SH NAME"
    yield r"ringfence \- rings for Claude usage windows, and a gate for new agent runs"
    yield ".SH SYNOPSIS"
    yield from (".B ringfence", "[\\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]]")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(app.ringfence.help or "")
    yield ".SH COMMANDS"
    for path, command in commands():
        yield from _command(path, command)
    yield ".SH EXIT STATUS"
    for status, means in exit_statuses():
        yield from (".TP", f".B {_text(status)}", _text(means))
    for title, rows in (("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)):
        yield f".SH {title}"
        for name, means in rows:
            yield from (".TP", f".I {_text(name)}", f"{_text(means)}.")
    yield ".SH SEE ALSO"
    yield from _paragraphs(
        "ringfence-settings(5). Each command has --help. The JSON that commands print and recipes for launchers stand"
        " in the documents."
    )


def _settings() -> Iterator[str]:
    yield f'.TH RINGFENCE-SETTINGS 5 "{_released()}" "Ringfence {VERSION}" "File Formats"'
    yield ".SH NAME"
    yield r"ringfence\-settings \- what a person chooses, in settings.toml"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(
        "TOML in ~/.config/ringfence/settings.toml; `ringfence settings path` prints where. The settings dialog and"
        " `ringfence settings set KEY VALUE` write the same file, and comments in it survive.\n\n"
        "A wrong value is named with its key, its reason and its line, and the last good settings stay in force."
        " Changes are followed at once, but for those that say otherwise.\n\n"
        "Lists of tables stand beside these keys: [[accounts]] and [[budgets]] are told of in docs/commands.md,"
        " [[route.tiers]], [route.bands] and [[failover]] in docs/route.md."
    )
    section = ""
    for setting in schema():
        table, name = setting.key.split(".")
        if table != section:
            section = table
            yield f".SH [{_text(table)}]"
        yield from (".TP", f".B {_text(name)}", _text(help_text(setting)), ".br")
        yield _text(f"Default: {value_text(setting, setting.default)}. Example:")
        yield from (".br", f".I {_text(f'{name} = {settings_table.example(setting)}')}")
    yield ".SH SEE ALSO"
    yield "ringfence(1)"


def _command(path: str, command: click.Command) -> Iterator[str]:
    ctx = click.Context(command, info_name=path)
    pieces = [piece for piece in command.collect_usage_pieces(ctx) if piece]
    yield f".SS {_text(path)}"
    if command.context_settings.get("help_option_names") == []:
        yield from (".EX", *map(_text, _printed_help(path)), ".EE")
        return
    yield from (f".B {_text(path)}", _text(" ".join(pieces)), ".PP")
    yield from _paragraphs(command.help or "")
    for parameter in command.get_params(ctx):
        if isinstance(parameter, click.Option) and not parameter.hidden and "--help" not in parameter.opts:
            record = parameter.get_help_record(ctx)
            if record is not None:
                yield from (".TP", f".B {_text(record[0])}", _text(record[1]) or "\\&")


def _printed_help(path: str) -> list[str]:
    """Return the help of a command that reads its arguments itself: click knows none of its options."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    asked = [sys.executable, "-m", *path.split(), "--help"]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.rstrip().splitlines()


def _paragraphs(text: str) -> Iterator[str]:
    blocks = re.split(r"\n\s*\n", re.sub(r"\x08", "", text).strip())
    for number, block in enumerate(blocks):
        if number:
            yield ".PP"
        yield _text(" ".join(block.split()))


def _text(words: str) -> str:
    """Return words as roff shows them: no escapes, real hyphens in options, no line that looks like a macro."""
    line = (
        words.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("~", r"\(ti").replace("^", r"\(ha")
    )
    return rf"\&{line}" if line.startswith((".", "'")) else line


def _released() -> str:
    """Return the date of the newest release that the metainfo names."""
    told = (ROOT / "packaging" / "linux" / f"{APP_ID}.metainfo.xml").read_text(encoding="utf-8")
    found = re.search(rf'<release version="{re.escape(VERSION)}" date="([0-9-]+)"', told)
    if found is None:
        raise Failed(f"The metainfo names no release {VERSION}.")
    return found[1]


def exit_statuses() -> list[tuple[str, str]]:
    """Return the table of docs/commands.md."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    table = page.partition("| Exit status | means |")[2].partition("\n\n")[0]
    rows = [line.strip("|").split("|", 1) for line in table.splitlines() if line.startswith("| ")]
    return [(status.strip(), means.strip().replace("`", "")) for status, means in rows]
