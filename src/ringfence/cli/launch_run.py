"""`ringfence run`: asks the gate at the last moment, then becomes the command.

On the way through an open gate it loads the standard library alone and writes nothing; the ledger, the settings and
the queue come with the first need of them.
"""

from __future__ import annotations

import os
import sys

from ringfence import gate_reader
from ringfence.cli.launch_request import USAGE, Request, ask_gate, asked, parse, refuse, tell, tell_unknown

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

EXIT_CANNOT_RUN, EXIT_NOT_FOUND = 126, 127
"""As every shell has them."""
CLASS = "RINGFENCE_CLASS"
"""Tells Claude Code's hook, in whatever the command starts, of which class it is."""
LEDGER_PATIENCE_S = 1.0
"""A refusal waits no longer than this for its row in the history."""


def run(arguments: Sequence[str]) -> int:
    """Start the command if the gate lets it: returns an exit status only when it does not (on Windows always)."""
    try:
        request = parse(arguments)
    except ValueError as error:
        tell(str(error))
        return gate_reader.EXIT_USAGE
    if request is None:
        print(USAGE)
        return 0
    try:
        status = _ask(request)
    except KeyboardInterrupt:
        return 130
    if status is not None:
        return status
    if request.chosen is not None:
        from ringfence.cli import launch_auto

        launch_auto.set_environment(request.chosen)
    if request.class_ is not None:
        os.environ[CLASS] = request.class_
    return _become(request.command)


def _ask(request: Request) -> int | None:
    """Return None when the command is to start, else the exit status."""
    answer = ask_gate(request)
    passes = answer.verdict == gate_reader.OPEN or (
        answer.verdict == gate_reader.UNKNOWN and (request.if_unknown or if_unknown_setting()) == gate_reader.OPEN
    )
    if request.waits and (not passes or _others_wait()):
        from ringfence.cli import waiting

        return waiting.wait(request)
    if not passes:
        status = refuse(answer)
        _note_refusal(request, answer)
        return status
    if answer.verdict == gate_reader.UNKNOWN:
        tell_unknown(answer)
    return None


def _others_wait() -> bool:
    """Tell whether runs wait in the queue: who is ready to wait does not overtake them. A file of a dead one counts."""
    try:
        names = os.listdir(os.path.join(gate_reader.home_folder(), "launches"))  # noqa: PTH118, PTH208
    except OSError:
        return False
    return any(name.endswith(".lock") for name in names)


def if_unknown_setting() -> str:
    """Return the setting `gate.if_unknown`; while its file has a fault the last good one, as the monitor keeps it."""
    import tomllib

    try:
        with open(os.path.join(gate_reader.home_folder("config"), "settings.toml"), "rb") as file:  # noqa: PTH118, PTH123
            said = _if_unknown_in(tomllib.loads(file.read(1 << 20).decode("utf-8-sig")))
    except FileNotFoundError:
        return gate_reader.OPEN
    except (OSError, ValueError, RecursionError):
        said = None
    return said or _last_good_if_unknown() or gate_reader.OPEN


def _last_good_if_unknown() -> str | None:
    import json

    try:
        memory = json.loads(gate_reader.read_bytes(os.path.join(gate_reader.home_folder(), "memory.json")))  # noqa: PTH118
        return _if_unknown_in(memory["last_good_settings"])
    except (ValueError, RecursionError, LookupError, TypeError):
        return None


def _if_unknown_in(settings: object) -> str | None:
    """Return what raw settings say, the default when they say nothing; None when what they say is no answer."""
    gate = settings.get("gate", {}) if isinstance(settings, dict) else None
    said = gate.get("if_unknown", gate_reader.OPEN) if isinstance(gate, dict) else None
    return said if said in (gate_reader.OPEN, gate_reader.CLOSED) else None


def _note_refusal(request: Request, answer: gate_reader.Answer) -> None:
    """Add a row to the held launches. The refusal stands whether or not that succeeds."""
    from ringfence import wiring
    from ringfence.file_errors import FileError
    from ringfence.storage.launches import LaunchLog
    from ringfence.storage.paths import find_paths

    try:
        log = LaunchLog(find_paths().ledger, busy_s=LEDGER_PATIENCE_S)
        try:
            log.add(asked(request, answer, wiring.now()))
        finally:
            log.close()
    except (FileError, OSError, RuntimeError) as error:  # the last: there is no home folder
        tell(f"This refusal stands in no history: {error}")


def _become(command: list[str]) -> int:
    """Become the command; on Windows, which cannot, start it and return its exit status. Returns when it cannot run."""
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        if os.name == "nt":
            return _start(command)
        _exec(command)
    except FileNotFoundError:
        tell(f"{command[0]} was not found (or the interpreter that its first line names); check PATH.")
        return EXIT_NOT_FOUND
    except OSError as error:
        tell(f"{command[0]} cannot be run: {error.strerror}.")
        return EXIT_CANNOT_RUN


def _exec(command: list[str]) -> NoReturn:
    import signal

    # Python ignores these for itself, and what is ignored stays so through exec: `... | head` would not end COMMAND.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    _undo_coerced_locale()
    os.execvp(command[0], command)  # noqa: S606 - no shell is the point


def _undo_coerced_locale() -> None:
    """Take back LC_CTYPE, which Python sets for itself and its children in the C locale, e.g. under cron (PEP 538)."""
    if os.environ.get("LC_CTYPE") not in {"C.UTF-8", "C.utf8", "UTF-8"}:
        return
    try:
        with open("/proc/self/environ", "rb") as file:  # noqa: PTH123 - as the process was given it
            given = dict(pair.partition(b"=")[::2] for pair in file.read().split(b"\0"))
    except OSError:
        return
    before = given.get(b"LC_CTYPE")
    if before is None:
        del os.environ["LC_CTYPE"]
    else:
        os.environ["LC_CTYPE"] = os.fsdecode(before)


def _start(command: list[str]) -> int:
    import shutil
    import subprocess

    found = shutil.which(command[0]) or command[0]  # CreateProcess does not look for `claude.cmd`
    with subprocess.Popen([found, *command[1:]]) as process:  # noqa: S603 - what the person asked for
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # it got the same Ctrl-C, and decides for itself
                continue
