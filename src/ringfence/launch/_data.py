"""The files that adapters copy to the folder of Ringfence's settings, and how programs are run to prove them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from ringfence import foreign_files, gate_reader
from ringfence.adapter_ports import Proof
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence

EXIT_REFUSED = 75
"""EX_TEMPFAIL: a launch was held and may be tried again."""
_PROOF_S = 30.0


def text(name: str) -> str:
    """Return a file of launch/data."""
    return (files("ringfence.launch") / "data" / name).read_text(encoding="utf-8")


def place(name: str) -> Path:
    """Return where a copy of it belongs, whether or not it is there."""
    return Path(gate_reader.home_folder("config")) / name


def copy(name: str, content: str) -> bool:
    """Write the copy; False when it was there already, the same. Raises FileError."""
    path = place(name)
    if foreign_files.read(path) == content.encode():
        return False
    foreign_files.replace(path, content.encode(), 0o600)
    return True


def outdated(name: str, content: str, command: str) -> str:
    """Return a sentence when the copy that is there is not this version's, else nothing. Raises FileError."""
    there = foreign_files.read(place(name))
    if there in {None, content.encode()}:
        return ""
    return Sentence("It is not this version's; run `{command}`.", command=command)


def moved(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that moves the gate away from its usual place, and its value: cron and systemd have none."""
    for name in ("RINGFENCE_HOME", "XDG_STATE_HOME"):
        if value := environ.get(name):
            return name, value
    return None


def run(command: Sequence[str], home: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program against a home of Ringfence's. Raises FileError when it cannot be run or does not end."""
    try:
        return subprocess.run(  # noqa: S603 - the command is built from our own files
            command,
            env={**environ, "RINGFENCE_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROOF_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileError(
            Sentence("{command} did not end within {seconds} s.", command=command[0], seconds=f"{_PROOF_S:.0f}")
        ) from None
    except OSError as error:
        raise FileError.of("run", command[0], error) from None


def with_gate(what: str, state: str) -> Sentence:
    """Return what is tried at a gate that is `closed` or `open`."""
    if state == "closed":
        return Sentence("{what} with the gate closed", what=what)
    return Sentence("{what} with the gate open", what=what)


def proofs(
    what: str, command: Sequence[str], closed: Path, opened: Path, environ: Mapping[str, str], refused: int
) -> tuple[Proof, Proof]:
    """Run a command with the gate closed, where it must end with `refused`, and open, where it must end with 0.

    A command that is admitted prints `started` and nothing else counts as admitted. Raises FileError.
    """
    made = []
    for home, state, wanted in ((closed, "closed", refused), (opened, "open", 0)):
        ran = run(command, home, environ)
        started = "started" in ran.stdout
        detail = Sentence("It was started.")
        if not started:
            detail = Sentence("It was not started, exit status {status}.", status=ran.returncode)
        proved = ran.returncode == wanted and started == (state == "open")
        made.append(Proof(what=with_gate(what, state), proved=proved, detail=detail))
    return made[0], made[1]
