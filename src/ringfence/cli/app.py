"""The command line: which commands there are, how mistakes are told, and what the exit status says."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Protocol, TextIO

import click

from ringfence import language
from ringfence.file_errors import FileError
from ringfence.gate_reader import EXIT_USAGE
from ringfence.version import __version__

EXIT_OK, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Why what is printed cannot be written where it goes."""
FOR_PROGRAMS = frozenset({"--json", "--csv"})
"""What is printed for a program is English."""
COMMANDS = {
    "status": "ringfence.cli.status:status",
    "pause": "ringfence.cli.latches:pause",
    "unpause": "ringfence.cli.latches:unpause",
    "override": "ringfence.cli.latches:override",
    "gate": "ringfence.cli.gate:gate",
    "run": "ringfence.cli.launches:run",
    "launches": "ringfence.cli.launches:launches",
    "route": "ringfence.cli.launches:route",
    "hooks": "ringfence.cli.hooks:hooks",
    "tokens": "ringfence.cli.tokens:tokens",
    "history": "ringfence.cli.history:history",
    "settings": "ringfence.cli.settings:settings",
    "account": "ringfence.cli.account:account",
    "api": "ringfence.cli.api:api",
    "desktop": "ringfence.cli.desktop:desktop",
    "daemon": "ringfence.cli.daemon:daemon",
    "mcp": "ringfence.cli.mcp:mcp",
    "demo": "ringfence.cli.demo:demo",
    "doctor": "ringfence.cli.doctor:doctor",
    "self-test": "ringfence.cli.self_test:self_test",
}
"""In the order of `--help`; each is imported when it is used."""


class StartTray(Protocol):
    """How the tray is started without knowing it."""

    def __call__(self, *, demo: bool, window: bool | None = None) -> int:
        """Run it and return the exit status."""
        ...


class Group(click.Group):
    """A group whose help cuts no sentence, and that names the nearest command when there is none of that name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raises UsageError with a suggestion."""
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        close = get_close_matches(name, self.list_commands(ctx), n=1)
        shown = f"{ctx.command_path} {name}".encode("unicode_escape").decode("ascii")
        raise click.UsageError(
            f"there is no command `{shown}`"
            + (f"; did you mean `{ctx.command_path} {close[0]}`?" if close else f"; see `{ctx.command_path} --help`"),
            ctx,
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first sentence of each, whole: it goes on in the next line."""
        known = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, each.get_short_help_str(limit=200)) for name, each in known if each is not None]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


class LateGroup(Group):
    """The program itself: its commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command, None when there is none of that name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    "ringfence",
    cls=LateGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 refused or failed, 64 wrong usage, 130 interrupted; `gate check` has its own.",
)
@click.option("--window", is_flag=True, help="Open the window too, as the menu does.")
@click.option("--background", is_flag=True, help="Open no window by itself, as autostart does.")
@click.version_option(__version__, prog_name="ringfence", message="%(prog)s %(version)s")
@click.pass_context
def ringfence(ctx: click.Context, window: bool, background: bool) -> int | None:
    """Watch your Claude subscription's usage windows, and hold new agent runs before they run out.

    Without a command: the tray app.
    """
    if (window or background) and (ctx.invoked_subcommand is not None or (window and background)):
        raise click.UsageError("--window and --background are for the tray app, one at a time", ctx)
    if ctx.invoked_subcommand is not None:
        return None
    start: StartTray = ctx.obj
    return start(demo=False, window=True if window else False if background else None)


def main(arguments: Sequence[str], start_tray: StartTray) -> int:
    """Run the command line and return the exit status (DESIGN 5).

    Args:
        arguments: without the program's name.
        start_tray: how the tray is started; the command line does not know it.
    """
    _have_streams()
    for_programs = not FOR_PROGRAMS.isdisjoint(arguments)
    language.speak([] if for_programs else _wanted())
    try:
        result = ringfence.main(list(arguments), "ringfence", standalone_mode=False, obj=start_tray)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.exceptions.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `ringfence status | head` has seen enough
        _give_up(sys.stdout)
        return EXIT_FAILED
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:
            raise
        _give_up(sys.stdout)
        return _told(language.told(str(FileError.of("write", "stdout", error))), EXIT_FAILED)
    except click.UsageError as error:
        return _told(error.format_message(), EXIT_USAGE, error.ctx)
    except click.ClickException as error:
        return _told(language.told(error.format_message()), EXIT_FAILED)
    except FileError as error:
        return _told(language.told(error.args[0]), EXIT_FAILED)
    return result if isinstance(result, int) else EXIT_OK


def _wanted() -> list[str]:
    from ringfence.storage.chosen_language import chosen_language

    return language.wanted_by(os.environ, chosen_language())


def _told(sentence: str, status: int, ctx: click.Context | None = None) -> int:
    """Say what is wrong in one line, whatever stood in an argument."""
    command = ctx.command_path if ctx else "ringfence"
    line = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
    if status == EXIT_USAGE and "--help" not in line and not line.endswith("?"):
        line = f"{line.rstrip('.')}; see `{command} --help`"
    try:
        click.echo(f"{command}: {line}", err=True)
    except OSError:  # who cannot be told gets the status all the same
        _give_up(sys.stderr)
    return status


def _have_streams() -> None:
    """Let a stream that lacks a character show a question mark: a window's label must not end the program.

    One that was closed, `>&-`, is nowhere, and so is the number that the next file would get.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_up(stream: TextIO) -> None:
    from ringfence.cli.gate_check import give_up  # who prints what is asked for need not load it

    give_up(stream)
