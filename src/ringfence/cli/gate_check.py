"""`ringfence gate check`: the one command that scripts run before every launch, on the standard library alone.

It parses its options by hand and imports nothing but the gate's reader: argparse alone costs more than the answer.
"""

from __future__ import annotations

import os
import sys

from ringfence import gate_reader

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

_VALUED = ("account", "model", "class", "project", "if-unknown")
_EXITS = {
    gate_reader.OPEN: gate_reader.EXIT_OPEN,
    gate_reader.CLOSED: gate_reader.EXIT_CLOSED,
    gate_reader.UNKNOWN: gate_reader.EXIT_UNKNOWN,
}
USAGE = (
    "Usage: ringfence gate check [--account NAME] [--model NAME] [--class NAME]\n"
    "                            [--project FOLDER] [--if-unknown open|closed]\n"
    "                            [--json]\n"
    "Exit status: 0 the launch may start, 1 it is held, 69 nobody can tell."
)


def run(arguments: Sequence[str]) -> int:
    """Answer one launch: exit status 0 open, 1 closed, 69 unknown, 64 for wrong usage; why on stderr.

    With --json one object goes to stdout. An option with an empty value counts as not given, so that a script may
    pass a variable that is not set.
    """
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    try:
        options = options_in(arguments, _VALUED, ("json",), "gate check")
        check_if_unknown(options)
    except ValueError as error:
        say(f"ringfence gate check: {error}", sys.stderr)
        return gate_reader.EXIT_USAGE
    answer = gate_reader.read_gate(
        account=options.get("account") or None,
        model=options.get("model") or None,
        class_=options.get("class") or None,
        project=options.get("project") or None,
    )
    if "json" in options:
        _print_json(answer)
    verdict = answer.verdict
    counted = options.get("if-unknown") if verdict == gate_reader.UNKNOWN else ""
    taken = f" Taken as {counted}." if counted else ""
    say(f"{verdict}: {one_line(answer.why)}{taken}", sys.stderr)
    return _EXITS[counted or verdict]


def say(line: str, stream: TextIO | None) -> None:
    """Print a line for whoever can read it: the exit status is the answer, also on a full disk or for a closed pipe."""
    if stream is None:
        return
    try:
        print(line, file=stream, flush=True)
    except OSError:
        give_up(stream)


def give_up(stream: TextIO) -> None:
    """Let nothing of a stream fail again: what is still in it would at exit, with another status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def one_line(text: str) -> str:
    """Return a text from a file without what could move a cursor or turn its direction: each becomes a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def options_in(arguments: Sequence[str], valued: Sequence[str], flags: Sequence[str], command: str) -> dict[str, str]:
    """Return options by their names, flags with an empty value. Raises ValueError whose text is a sentence.

    Args:
        arguments: nothing but options.
        valued: the names of those that have a value, as `--name VALUE` or `--name=VALUE`.
        flags: of those that have none.
        command: the one whose help explains them.
    """
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, value = take_option(rest, valued, flags, command)
        options[name] = value
    return options


def take_option(rest: list[str], valued: Sequence[str], flags: Sequence[str], command: str) -> tuple[str, str]:
    """Take the first option, with its value, out of a list that is not empty, and return both. Raises ValueError."""
    given = rest.pop(0)
    name, equals, value = given.partition("=")
    name = name[2:] if name.startswith("--") else ""
    if name in flags and not equals:
        return name, ""
    if name not in valued:
        raise ValueError(f"`{one_line(given)}` is not an option here; see `ringfence {command} --help`.")
    if not equals and (not rest or rest[0].startswith("--")):
        raise ValueError(f"--{name} needs a value.")
    return name, value if equals else rest.pop(0)


def check_if_unknown(options: dict[str, str]) -> None:
    """Raise ValueError when an option says what counts when nobody can tell, and it is no such word."""
    if options.get("if-unknown", "open") not in {"", "open", "closed"}:
        raise ValueError("--if-unknown must be open or closed.")


def _print_json(answer: gate_reader.Answer) -> None:
    import json

    said = {
        "format": gate_reader.FORMAT,
        "verdict": answer.verdict,
        "valid_until": answer.valid_until,
        "why": answer.why,
        "refusal": answer.refusal,
        "hold": answer.hold,
    }
    say(json.dumps(said), sys.stdout)
