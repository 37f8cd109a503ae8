"""Shells: functions that ask the gate without starting a process, and a line that reads them in."""

from __future__ import annotations

import shlex
from pathlib import Path

from ringfence.adapter_ports import AdapterSpec
from ringfence.launch._functions import Functions
from ringfence.sentence import N_, Sentence


def _line(path: Path) -> str:
    quoted = shlex.quote(str(path))
    return f"if [ -r {quoted} ]; then . {quoted}; fi"


def _guard(program: str, path: Path) -> list[str]:
    return [program, "-euc", '. "$1"; ringfence_guard echo started', "sh", str(path)]


SPEC = AdapterSpec(
    id="shell",
    label=N_("Shell functions"),
    help=N_("ringfence_guard and ringfence_may_start for sh, bash and zsh."),
    adapter=Functions(
        id="shell",
        name="ringfence.sh",
        line=_line,
        where=Sentence("~/.bashrc or ~/.zshrc"),
        programs=("sh", "bash", "zsh"),
        guard=_guard,
    ),
)
