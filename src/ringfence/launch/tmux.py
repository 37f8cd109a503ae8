"""tmux: a small supervisor for a pane, which waits for the gate before each start of the command it keeps alive."""

from __future__ import annotations

import shlex
from pathlib import Path

from ringfence import foreign_files
from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState, Proof
from ringfence.launch import _data
from ringfence.sentence import N_, Sentence, in_a_row

SOURCE, NAME = "supervise.sh", "ringfence-supervise.sh"
# Its command ends the supervisor, which would start it again otherwise.
_PROOF = 'echo started; kill -TERM "$PPID"'
_TERMINATED = -15


class Tmux:
    """`ringfence-supervise.sh` in the folder of the settings."""

    def install(self, options: AdapterOptions) -> str:
        """Write the supervisor. Raises FileError."""
        path = _data.place(NAME)
        new = _data.copy(NAME, _content(options))
        example = f"tmux new-session -d -s agent {shlex.join(['sh', str(path)])} COMMAND"
        done = Sentence("{path} was written.", path=path) if new else Sentence("{path} is up to date.", path=path)
        return in_a_row(done, Sentence("Start a run with it, for instance: {command}", command=example))

    def remove(self, options: AdapterOptions) -> str:  # noqa: ARG002 - the contract's signature
        """Delete the supervisor. Raises FileError."""
        path = _data.place(NAME)
        if foreign_files.remove(path):
            return Sentence("{path} was removed.", path=path)
        return Sentence("{path} is not there.", path=path)

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether the supervisor is there. Raises FileError."""
        path = _data.place(NAME)
        note = _data.outdated(NAME, _content(options), "ringfence hooks install tmux")
        return AdapterState(installed=foreign_files.read(path) is not None, where=str(path), note=note)

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Let the installed supervisor start a command of no consequence. Raises FileError."""
        command = ["/bin/sh", str(_data.place(NAME)), "--timeout", "1s", "/bin/sh", "-c", _PROOF]
        made = []
        for home, state, wanted in ((closed, "closed", _data.EXIT_REFUSED), (opened, "open", _TERMINATED)):
            ran = _data.run(command, home, options.environ)
            started = "started" in ran.stdout
            detail = Sentence("Its command was started.")
            if not started:
                detail = Sentence("Its command was not started, exit status {status}.", status=ran.returncode)
            proved = ran.returncode == wanted and started == (state == "open")
            made.append(Proof(what=_data.with_gate(Sentence("the supervisor"), state), proved=proved, detail=detail))
        return tuple(made)


def _content(options: AdapterOptions) -> str:
    return _data.text(SOURCE).replace("@PROGRAM@", shlex.join(options.program))


SPEC = AdapterSpec(
    id="tmux",
    label=N_("tmux supervisor"),
    help=N_("A script that keeps a command alive in a pane and waits for the gate before each start."),
    adapter=Tmux(),
)
