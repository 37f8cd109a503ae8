"""What the commands share: where sentences go, how they are coloured, and the types of options that people type."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from ringfence.cli import columns
from ringfence.cli.gate_check import give_up
from ringfence.language import _
from ringfence.storage.paths import Paths, find_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.text import Text

PLAIN_WIDTH = 80
NO_BREAK = "\u00a0"
_HELD = "\ue000"
"""Stands for a blank that ends no line while lines are made: of one cell, and for private use, so in no text."""
TIER_STYLES = {
    # Lightness (CIE L*) 64, 73, 56, 45: they differ in a grey picture too, and stand out on dark and light grounds.
    "calm": "color(36)",
    "elevated": "color(179)",
    "high": "color(166)",
    "critical": "bold color(160)",
}
"""The colour of a tier; a word always stands beside it."""


class Failed(click.ClickException):
    """A command could not do what was asked: one sentence on stderr, exit status 1."""


def wrong(text: str) -> click.UsageError:
    """Return what to raise when a command was used wrongly: one line on stderr, exit status 64."""
    return click.UsageError(text, click.get_current_context(silent=True))


def say(text: str) -> None:
    """Print an answer."""
    click.echo(text)


def warn(text: str) -> None:
    """Print a remark that is not the answer, and changes none where it cannot be written."""
    try:
        click.echo(text, err=True)
    except OSError:
        give_up(sys.stderr)


def say_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can carry
    """Print a value for programs. Not ASCII is escaped: a text from outside moves no cursor."""
    click.echo(json.dumps(value, indent=2, allow_nan=False))


def console() -> Console:
    """Return rich's console for stdout: plain and 80 wide when it is not a terminal; nothing is read as markup."""
    from rich.console import Console

    made = Console(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = PLAIN_WIDTH
    return made


def wrapped(out: Console, text: str, indent: int, style: str = "") -> list[Text]:
    """Return a text in lines that fit the console, each behind an indent; nothing is padded on the right."""
    from rich.text import Text

    width = max(out.width - indent, 20)
    if columns.has_wide(text):  # rich parts words at blanks alone
        lines = [Text(line, style) for line in columns.wrapped(text, width)]
    else:  # and at every blank, also at one that holds `:` to a word
        lines = [*Text(text.replace(NO_BREAK, _HELD), style).wrap(out, width)]
    for line in lines:
        line.plain = line.plain.replace(_HELD, NO_BREAK)
        line.rstrip()
        line.pad_left(indent)
    return lines


def print_lines(out: Console, lines: Iterable[Text]) -> None:
    """Print lines that were made to fit."""
    from rich.text import Text

    out.print(Text("\n").join(lines), soft_wrap=True)


def paths() -> Paths:
    """Return where this person's files are. Raises Failed when the system does not say where home is."""
    try:
        return find_paths()
    except RuntimeError as error:
        raise Failed(_("There is no home folder ({error}); set RINGFENCE_HOME.").format(error=error)) from None


class Duration(click.ParamType[float]):
    """`90s`, `30m`, `2h`, `1h30m`, `2d`, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the seconds."""
        from ringfence.cli import times

        try:
            return value if isinstance(value, float) else times.duration_s(value)
        except ValueError as error:
            self.fail(str(error).rstrip("."), param, ctx)


class Named(click.ParamType[str]):
    """A name of an account, a model or a class: one line of a sensible length, without control characters."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """Return the name without blanks around it."""
        name = str(value).strip()
        if not name or len(name) > 100 or not name.isprintable():
            self.fail("a name is 1 to 100 printable characters", param, ctx)
        return name
