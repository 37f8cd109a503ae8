"""cron: what to put before the command of a line. Nothing is changed: a table of cron's is the person's own."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState, Proof
from ringfence.launch import _data
from ringfence.sentence import N_, Sentence

_TABLE = ("crontab", "-l")
_ENVIRONMENT = ("HOME", "LOGNAME", "USER")


class Cron:
    """The words `ringfence run --class cron --`, which the person writes into the table."""

    def install(self, options: AdapterOptions) -> str:
        """Say what to write, and change nothing."""
        return Sentence(
            "Nothing was changed. In `crontab -e`, put this before the command of a line: {words}",
            words=_prefix(options),
        )

    def remove(self, options: AdapterOptions) -> str:
        """Say what to take away, and change nothing."""
        return Sentence(
            "Nothing was changed. In `crontab -e`, take this away where it stands: {words}", words=_prefix(options)
        )

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether a line of the person's table asks the gate."""
        lines = [line for line in _table(options).splitlines() if not line.lstrip().startswith("#")]
        asking = any("ringfence" in line.casefold() and " run " in line for line in lines)
        return AdapterState(installed=asking, where="crontab -l")

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Run the words before a command of no consequence, in the little environment that cron gives."""
        environ = {name: options.environ[name] for name in _ENVIRONMENT if name in options.environ}
        environ |= {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
        line = f"{shlex.join(_words(options))} echo started"
        command = ["/bin/sh", "-c", line]
        return _data.proofs(Sentence("a line of cron"), command, closed, opened, environ, _data.EXIT_REFUSED)


def _words(options: AdapterOptions) -> list[str]:
    account = ["--account", options.account] if options.account else []
    return [*options.program, "run", "--class", "cron", *account, "--"]


def _prefix(options: AdapterOptions) -> str:
    """Return the words as a line of cron's takes them: `%` ends a line there, and no variable of a shell is set."""
    moved = _data.moved(options.environ)
    words = [f"{moved[0]}={shlex.quote(moved[1])}"] if moved else []
    return " ".join([*words, shlex.join(_words(options))]).replace("%", "\\%")


def _table(options: AdapterOptions) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - a fixed command
            _TABLE, env=dict(options.environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # there is no cron here, or it does not answer: then nothing asks
        return ""
    return ran.stdout.decode("utf-8", "replace")


SPEC = AdapterSpec(
    id="cron",
    label="cron",
    help=N_("Prints what to put before a command in a crontab; changes nothing."),
    adapter=Cron(),
)
