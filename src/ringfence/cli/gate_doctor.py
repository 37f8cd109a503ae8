"""`ringfence gate doctor`: a proof that each way in refuses at a closed gate and admits at an open one."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import assert_never

import click

from ringfence import gate_reader, launch, texts, wiring, words
from ringfence.adapter_ports import AdapterOptions, Proof
from ringfence.cli.columns import padded, width_of
from ringfence.cli.hooks import Found, adapter_options, find
from ringfence.cli.output import console, paths, print_lines, say_json, wrapped
from ringfence.core import gating
from ringfence.core.model import Evidence, Gate, Latches, Pause
from ringfence.file_errors import FileError
from ringfence.language import _, told
from ringfence.storage.paths import Paths
from ringfence.version import __version__

DEADLINE_S = 30.0
MOUNTS = Path("/proc/self/mounts")
NETWORK = ("nfs", "cifs", "smb", "sshfs", "fuse.", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs", "davfs")
"""What a file system over a network is called; `fuse.` counts too: renames and locks are the program's behind it."""


class Word(StrEnum):
    """How a proof ended."""

    PROVED = "proved"
    NOT_PROVED = "NOT PROVED"
    NOT_INSTALLED = "not installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one way in."""

    id: str
    label: str
    word: Word
    where: str = ""
    proofs: tuple[Proof, ...] = ()
    next_step: str = ""


def run(*, as_json: bool) -> int:
    """Prove everything that is installed and print it; exit status 1 when something is not proved."""
    with two_homes() as (closed, opened):
        verdicts = tuple(_verdicts(closed, opened))
    warnings = tuple(_warnings(paths(), wiring.now()))
    broken = any(v.word is Word.NOT_PROVED for v in verdicts)
    if as_json:
        say_json({"format": 1, "ok": not broken, "adapters": [_row(v) for v in verdicts], "warnings": list(warnings)})
    else:
        _print(verdicts, warnings)
    return int(broken)


@contextmanager
def two_homes() -> Iterator[tuple[Path, Path]]:
    """Make two homes, one with a closed gate and one with an open one, as a monitor and a person leave them."""
    with tempfile.TemporaryDirectory(prefix="ringfence-proof-") as folder:
        now = wiring.now()
        homes = Path(folder) / "closed", Path(folder) / "open"
        for home in homes:
            home.mkdir(mode=0o700)
            # Every account that an adapter may name is an account of these gates.
            names = [a.name for a in wiring.settings_in_force(paths())[0].accounts]
            evidence = tuple(
                Evidence(account=name, observed_at=now, evidence_until=now + gate_reader.LEASE_S) for name in names
            )
            gate = wiring.gate_channel(Paths(config=home, state=home))
            gate.publish(Gate(lease_until=now + gate_reader.LEASE_S, evidence=evidence), now=now)
            if home.name == "closed":
                pause = Pause(since=now, until=None, why="a proof of ringfence gate doctor")
                gate.change(partial(_with, pause), now=now)
        yield homes


def _with(pause: Pause, latches: Latches) -> Latches:
    return gating.with_pause(latches, pause)


def _verdicts(closed: Path, opened: Path) -> Iterator[Verdict]:
    """Yield Ringfence's own commands first, then each adapter."""
    options = adapter_options()
    for name, command, refused in (
        ("gate check", ("gate", "check"), gate_reader.EXIT_CLOSED),
        ("run", ("run", "--", *options.program, "--version"), 75),
    ):
        proofs = tuple(_own(name, options, command, refused, closed, opened))
        proved = all(p.proved for p in proofs)
        yield Verdict(
            id=name, label=f"ringfence {name}", word=Word.PROVED if proved else Word.NOT_PROVED, proofs=proofs,
            where=" ".join(options.program), next_step="" if proved else _("Install Ringfence anew."),
        )  # fmt: skip
    for found in find(options, launch.specs()):
        yield _verdict(found, options, closed, opened)


def _own(
    name: str, options: AdapterOptions, command: tuple[str, ...], refused: int, closed: Path, opened: Path
) -> Iterator[Proof]:
    for home, said, wanted in (
        (closed, _("{command} with the gate closed"), refused),
        (opened, _("{command} with the gate open"), 0),
    ):
        what = said.format(command=f"ringfence {name}")
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                [*options.program, *command], env={**options.environ, "RINGFENCE_HOME": str(home)}, check=False,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            failed = _("It could not be run ({error}).").format(error=type(error).__name__)
            yield Proof(what=what, proved=False, detail=failed)
            continue
        started = __version__ in done.stdout
        right = done.returncode == wanted and started == (name == "run" and wanted == 0)
        detail = _("Exit status {status}, {wanted} was expected.").format(status=done.returncode, wanted=wanted)
        yield Proof(what=what, proved=right, detail=detail)


def _verdict(found: Found, options: AdapterOptions, closed: Path, opened: Path) -> Verdict:
    spec, state = found.spec, found.state
    note = told(state.note)
    if not state.installed:
        step = note or _("To add it: `ringfence hooks install {id}`.").format(id=spec.id)
        return Verdict(id=spec.id, label=spec.label, word=Word.NOT_INSTALLED, where=state.where, next_step=step)
    try:
        proofs = spec.adapter.prove(options, closed, opened)
    except FileError as error:
        proofs = (Proof(what=_("the proof itself"), proved=False, detail=told(error.args[0])),)
    proved = bool(proofs) and all(p.proved for p in proofs)
    advice = _("The program that it is for is not in this PATH, so nothing could be tried.")
    if proofs:
        advice = _("Run `ringfence hooks install {id}` again; when that does not help, `ringfence hooks remove {id}`.")
    step = note if proved else words.sentences([note, advice.format(id=spec.id)])
    word = Word.PROVED if proved else Word.NOT_PROVED
    return Verdict(id=spec.id, label=spec.label, word=word, where=state.where, proofs=proofs, next_step=step)


# ---- what would weaken a gate although everything refuses


def _warnings(where: Paths, now: float) -> Iterator[str]:
    yield from _network(where.state)
    yield from _loose(where)
    yield from _foreign_host(where, now)
    yield from _other_version()


def _network(folder: Path) -> Iterator[str]:
    kind = file_system_of(folder)
    if kind.startswith(NETWORK):
        yield _(
            "{folder} is on a network file system ({kind}): locks and renames are not sure there, and another "
            "machine's monitor could write the same gate. Set RINGFENCE_HOME to a local folder."
        ).format(folder=folder, kind=kind)


def file_system_of(folder: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of file system a folder is on, or would be; empty where the system does not tell."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place = Path(os.path.realpath(folder))
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # Blanks and backslashes stand in octal in this file (proc(5)).
        mounted = Path(fields[1].encode("latin-1", "replace").decode("unicode_escape"))
        if (place == mounted or mounted in place.parents) and len(mounted.parts) >= best:
            best, kind = len(mounted.parts), fields[2]
    return kind


def _loose(where: Paths) -> Iterator[str]:
    if os.name == "nt":
        return
    for place, allowed in ((where.config, 0o700), (where.state, 0o700), (where.gate, 0o600), (where.settings, 0o600)):
        try:
            found = place.stat()
        except OSError:
            continue
        if found.st_uid not in {os.geteuid(), 0}:
            said = _("{path} belongs to somebody else, who can open and close your gate. Make it yours (chown).")
            yield said.format(path=place)
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o022:
            said = _("{path} can be written by others (mode {mode}): {command}")
            yield said.format(path=place, mode=f"{mode:o}", command=f"chmod {allowed:o} {place}")


def _foreign_host(where: Paths, now: float) -> Iterator[str]:
    document = gate_reader.read_gate(str(where.gate), now=now).document
    writer = document.get("writer") if document else None
    host = writer.get("host") if isinstance(writer, dict) else None
    if isinstance(host, str) and host and host != socket.gethostname():
        yield _(
            "The gate was written on another machine ({host}): this one follows that monitor. "
            "Set RINGFENCE_HOME to a folder of this machine's own."
        ).format(host=texts.clean(host, 60))


def _other_version() -> Iterator[str]:
    """Tell of another Ringfence in the PATH: scripts that say `ringfence` ask that one."""
    found = shutil.which("ringfence")
    ours = Path(adapter_options().program[0])
    if found is None or (ours.name.startswith("ringfence") and Path(found).samefile(ours)):
        return
    version = _version_of(found)
    if version != __version__:
        said = _(
            "Your PATH has another ringfence ({path}, and does not tell its version; this is {ours})."
            " Update or remove it."
        )
        if version:
            said = _("Your PATH has another ringfence ({path}, version {theirs}; this is {ours}). Update or remove it.")
        yield said.format(path=found, theirs=version, ours=__version__)


def _version_of(program: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - what a script would start
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return texts.clean(done.stdout.strip().rpartition(" ")[2], 20) if done.returncode == 0 else ""


# ---- what is said


def _row(verdict: Verdict) -> dict[str, object]:
    return {
        "id": verdict.id,
        "state": verdict.word.value.lower().replace(" ", "_"),
        "where": verdict.where,
        "proofs": [{"what": p.what, "proved": p.proved, "detail": p.detail} for p in verdict.proofs],
        "next_step": verdict.next_step or None,
    }


def _print(verdicts: tuple[Verdict, ...], warnings: tuple[str, ...]) -> None:
    from rich.text import Text

    out = console()
    styles = {Word.PROVED: "color(36)", Word.NOT_PROVED: "bold color(160)", Word.NOT_INSTALLED: "dim"}
    widest = max(13, *(width_of(_said(word)) for word in Word))
    column = widest + 16
    for each in verdicts:
        head = Text.assemble((padded(_said(each.word), widest), styles[each.word]), f"  {each.id:<12}  ")
        where = "" if each.word is Word.NOT_INSTALLED else texts.clean(each.where, 300)
        first, *rest = wrapped(out, where, column) or [Text()]
        first = head + first[column:]
        first.rstrip()
        print_lines(out, [first, *rest])
        for proof in each.proofs:
            if not proof.proved:
                said = _("{name}: {sentence}").format(name=told(proof.what), sentence=told(proof.detail))
                print_lines(out, wrapped(out, texts.clean(said, 400), column, "color(166)"))
        if each.next_step:
            print_lines(out, wrapped(out, f"→ {texts.clean(each.next_step, 300)}", column, "dim"))
    for warning in warnings:
        first, *rest = wrapped(out, texts.clean(warning, 500), 2)
        print_lines(out, [Text.assemble(("! ", "bold color(166)"), first[2:]), *rest])
    _print_sum(verdicts)


def _said(word: Word) -> str:
    match word:
        case Word.PROVED:
            return _("proved")
        case Word.NOT_PROVED:
            return _("NOT PROVED")
        case Word.NOT_INSTALLED:
            return _("not installed")
        case _:
            assert_never(word)


def _print_sum(verdicts: tuple[Verdict, ...]) -> None:
    installed = [v for v in verdicts if v.word is not Word.NOT_INSTALLED]
    proved = sum(v.word is Word.PROVED for v in installed)
    said = _("{count} of {all} proved: they refuse at a closed gate and admit at an open one.")
    click.echo(said.format(count=proved, all=len(installed)))
