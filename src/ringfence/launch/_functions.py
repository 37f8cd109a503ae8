"""What the shells have in common: a file of functions in the folder of the settings, and the line that reads it in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ringfence import foreign_files
from ringfence.adapter_ports import AdapterOptions, AdapterState, Proof
from ringfence.launch import _blocks, _data
from ringfence.sentence import Sentence, in_a_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """A file of functions; with `file` in the options, also a marked block in a start-up file."""

    id: str
    name: str
    """Of the file."""
    line: Callable[[Path], str]
    """Returns what reads the functions in, and does nothing where they are gone: a shell must still start."""
    where: str
    """Where people put that line, in words."""
    programs: tuple[str, ...]
    """The shells that can be proved."""
    guard: Callable[[str, Path], Sequence[str]]
    """Takes a shell's program and the functions; returns the command that prints `started` unless it is held."""

    def install(self, options: AdapterOptions) -> str:
        """Copy the functions, and add the line to `file` when one is named. Raises FileError."""
        path = _data.place(self.name)
        new = _data.copy(self.name, _data.text(self.name))
        done = Sentence("{path} was written.", path=path) if new else Sentence("{path} is up to date.", path=path)
        if options.file is None:
            how = Sentence(
                "Read it in with this line, in a script or in {where}: {line}", where=self.where, line=self.line(path)
            )
        elif _blocks.put(options.file, f"{self.line(path)}\n"):
            how = Sentence("{path} reads it in now; open a new shell.", path=options.file)
        else:
            how = Sentence("{path} reads it in already; open a new shell.", path=options.file)
        return in_a_row(done, how)

    def remove(self, options: AdapterOptions) -> str:
        """Delete the functions, or with `file` take the block out of it and keep them. Raises FileError."""
        if options.file is not None:
            if _blocks.take_out(options.file):
                return Sentence("{path} is as it was before.", path=options.file)
            return Sentence("{path} has no block of Ringfence.", path=options.file)
        path = _data.place(self.name)
        if foreign_files.remove(path):
            return Sentence("{path} was removed.", path=path)
        return Sentence("{path} is not there.", path=path)

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether the functions are there, or with `file` whether it reads them in. Raises FileError."""
        if options.file is not None:
            return AdapterState(installed=_blocks.body_of(options.file) is not None, where=str(options.file))
        path = _data.place(self.name)
        note = _data.outdated(self.name, _data.text(self.name), f"ringfence hooks install {self.id}")
        return AdapterState(installed=foreign_files.read(path) is not None, where=str(path), note=note)

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Let every shell that is here guard a command with the installed functions. Raises FileError."""
        path = _data.place(self.name)
        made: list[Proof] = []
        for name in self.programs:
            program = shutil.which(name, path=options.environ.get("PATH"))
            if program is None:
                continue
            command = self.guard(program, path)
            what = Sentence("a guarded command in {shell}", shell=name)
            made += _data.proofs(what, command, closed, opened, options.environ, _data.EXIT_REFUSED)
        return tuple(made)
