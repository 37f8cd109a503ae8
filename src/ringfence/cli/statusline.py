"""`ringfence statusline`: the status line command that keeps Claude Code's own limits for the monitor.

It stands between Claude Code and the status line that the person has: it keeps the limits, then becomes that command,
with the same input. Whatever goes wrong with keeping them, the person's status line is drawn as without it.
"""

from __future__ import annotations

import os
import sys

from ringfence import feed

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_USAGE, EXIT_CANNOT_RUN, EXIT_NOT_FOUND = 64, 126, 127
FOREIGN_LOGINS = ("CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN")
"""With one of these Claude Code uses another login than its folder's: its limits are not that folder's."""
USAGE = (
    "Usage: ringfence statusline [--account NAME] [-- COMMAND...]\n\n"
    "A statusLine command for Claude Code: keeps the limits that it is told on\n"
    "standard input, then runs COMMAND with the same input. `ringfence hooks install\n"
    "statusline` puts it in front of the status line you have."
)


def run(arguments: Sequence[str]) -> int:
    """Keep the limits on standard input, then become COMMAND: its output and exit status are the status line's.

    Without a COMMAND nothing is printed and the exit status is 0; wrong usage exits 64.
    """
    before, command = _split(list(arguments))
    if "--help" in before or "-h" in before:
        print(USAGE)
        return 0
    try:
        account = _account(before)
    except ValueError as error:
        print(f"ringfence statusline: {error}", file=sys.stderr)
        return EXIT_USAGE
    data = sys.stdin.buffer.read() if sys.stdin else b""  # closed: `<&-`
    _keep(data, account)
    return _become(command, data) if command else 0


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _account(arguments: list[str]) -> str | None:
    if not arguments:
        return None
    name, equals, value = arguments[0].partition("=")
    if name != "--account":
        raise ValueError(f"{name!r} is not an option of it; see --help.")
    if not equals:
        value = arguments[1] if len(arguments) > 1 else ""
    if len(arguments) > (1 if equals else 2):
        raise ValueError("the status line to run stands behind `--`; see --help.")
    if not value:
        raise ValueError("--account needs a value.")
    return value


def _keep(data: bytes, account: str | None) -> None:
    if account is None and any(os.environ.get(name) for name in FOREIGN_LOGINS):
        return
    config_dir = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".claude")
    try:
        feed.store(data, folder=feed.default_folder(), config_dir=config_dir, account=account)
    except Exception:  # noqa: BLE001, S110 - no word: it would stand in the status line
        pass


def _become(command: list[str], data: bytes) -> int:
    """Run the command with the same input. Where a process can become another one, no second one stays behind."""
    try:
        if os.name == "nt":
            import subprocess

            return subprocess.run(command, input=data, check=False).returncode  # noqa: S603 - the person's own
        _give(data)
        _restore_signals()
        os.execvp(command[0], command)  # noqa: S606
    except FileNotFoundError:
        print(f"ringfence statusline: there is no command {command[0]!r}.", file=sys.stderr)
        return EXIT_NOT_FOUND
    except OSError as error:
        print(f"ringfence statusline: {command[0]!r} cannot be run: {error.strerror}.", file=sys.stderr)
        return EXIT_CANNOT_RUN


def _restore_signals() -> None:
    """Give back what Python ignores for itself: `yes | head -1` in a status line must end as without us."""
    import signal

    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _give(data: bytes) -> None:
    """Make standard input begin anew with these bytes: a file without a name, for a pipe might be too short."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("statusline")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.lseek(handle, 0, os.SEEK_SET)
    os.dup2(handle, 0)
    os.close(handle)
