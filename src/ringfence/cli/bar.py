"""`ringfence status --waybar` and `--tmux`: one line for a bar, on the standard library alone.

A bar asks every few seconds, all day: it costs little more than `gate check`, reads two files and asks nobody.
"""

from __future__ import annotations

import os
import sys
import time

from ringfence.cli import bar_facts, bar_lines
from ringfence.cli.gate_check import give_up, options_in

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXIT_USAGE, EXIT_FAILED, EXIT_INTERRUPTED = 64, 1, 130
FACES = ("waybar", "tmux")
NARROWEST = 10
clock = time.time
USAGE = (
    "Usage: ringfence status --waybar|--tmux [OPTIONS]\n\n"
    "One line for a bar, from the files alone: the endpoint is never asked.\n\n"
    "  --waybar   an object for a custom module with return-type json\n"
    "  --tmux     for #() in status-right; plain with NO_COLOR\n"
    "  --watch    go on: a line each time the picture changes\n"
    f"  --width    the most cells of the line (default {bar_lines.WIDTH})\n"
    "  --account  whose numbers it has (default: the first)"
)


def run(arguments: Sequence[str]) -> int:
    """Print the line and return 0; with --watch go on until the bar closes its end. Wrong usage exits 64."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    try:
        options = options_of(arguments)
        draw = _face(options)
    except ValueError as error:
        print(f"ringfence status: {error}", file=sys.stderr)
        return EXIT_USAGE
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a bar whose locale lacks a mark still gets a line
    try:
        if "watch" in options:
            from ringfence.cli import bar_watch

            return bar_watch.run(draw)
        print(draw(), flush=True)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError:  # a bar that went away, or a full disk: whatever stands in the files, reading them raises none
        give_up(sys.stdout)
        return EXIT_FAILED
    return 0


def _face(options: dict[str, str]) -> Callable[[], str]:
    """Return what draws the line of now."""
    width, account = _width(options.get("width", "")), options.get("account") or None
    if "waybar" in options:
        return lambda: bar_lines.waybar(bar_facts.read(now=clock(), account=account), width=width)
    colours = not os.environ.get("NO_COLOR")
    return lambda: bar_lines.tmux(bar_facts.read(now=clock(), account=account), width=width, colours=colours)


def _width(given: str) -> int:
    if not given:
        return bar_lines.WIDTH
    if not given.isascii() or not given.isdigit() or not NARROWEST <= int(given) <= 1000:
        raise ValueError(f"--width must be a whole number from {NARROWEST} to 1000.")
    return int(given)


def options_of(arguments: Sequence[str]) -> dict[str, str]:
    """Return the options by their names. Raises ValueError whose text is a sentence."""
    options = options_in(arguments, ("width", "account"), (*FACES, "watch"), "status --tmux")
    if len(options.keys() & set(FACES)) != 1:
        raise ValueError("give one of --waybar and --tmux.")
    return options
