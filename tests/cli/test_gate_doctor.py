"""`ringfence gate doctor`: what refuses and admits is proved, what does not is named, and a weak gate is a warning."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.world import NOW
from ringfence import gate_reader, launch, wiring
from ringfence.adapter_ports import AdapterSpec, AdapterState, Proof
from ringfence.cli import gate_doctor
from ringfence.core.model import Gate
from ringfence.file_errors import FileError
from ringfence.storage.paths import Paths
from ringfence.version import __version__


@dataclass
class FakeAdapter:
    """An adapter that asks the real reader, and passes or refuses as the test says."""

    installed: bool = True
    refuses: bool = True
    admits: bool = True
    trouble: str = ""
    untried: bool = False
    note: str = ""
    asked: list[str] = field(default_factory=list)

    def state(self, _options):
        return AdapterState(installed=self.installed, where="/where", note=self.note)

    def prove(self, _options, closed: Path, opened: Path):
        if self.trouble:
            raise FileError(self.trouble)
        if self.untried:
            return ()
        self.asked = [gate_reader.read_gate(str(home / "gate.json")).verdict for home in (closed, opened)]
        self.asked.append(gate_reader.read_gate(str(closed / "gate.json"), account="work").verdict)
        return (
            Proof(what="a launch with the gate closed", proved=self.refuses, detail="It started."),
            Proof(what="a launch with the gate open", proved=self.admits, detail="It was held."),
        )


@pytest.fixture
def adapters(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeAdapter]:
    def put(**more: object) -> FakeAdapter:
        made = FakeAdapter(**more)
        spec = AdapterSpec(id="fake", label="A fake", help="It is none.", adapter=made)
        monkeypatch.setattr(launch, "specs", lambda: (spec,))
        return made

    return put


def row(said: str) -> dict[str, object]:
    return next(a for a in json.loads(said)["adapters"] if a["id"] == "fake")


def test_an_adapter_is_proved_by_a_closed_and_an_open_gate_that_are_real(cli, adapters, home: Path) -> None:
    adapter = adapters()
    ran = cli("gate", "doctor", "--json")
    assert ran.status == 0
    assert row(ran.out)["state"] == "proved"
    assert adapter.asked == ["closed", "open", "closed"]
    assert json.loads(ran.out)["ok"] is True


def test_ringfences_own_commands_are_proved_too(cli, adapters) -> None:
    adapters(installed=False)
    ran = cli("gate", "doctor")
    assert ran.status == 0
    assert "2 of 2 proved" in ran.out
    assert "To add it: `ringfence hooks install fake`" in ran.out
    assert [line for line in ran.out.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"refuses": False}, "with the gate closed: It started."),
        ({"admits": False}, "with the gate open: It was held."),
        ({"trouble": "The shell is gone."}, "The shell is gone."),
    ],
)
def test_what_does_not_refuse_and_admit_is_named_with_what_to_do(cli, adapters, broken, said: str) -> None:
    adapters(**broken)
    ran = cli("gate", "doctor")
    plain = " ".join(ran.out.split())
    assert ran.status == 1
    assert "NOT PROVED fake" in plain
    assert said in plain
    assert "ringfence hooks install fake" in plain
    assert "2 of 3 proved" in plain


def test_what_cannot_be_tried_here_is_not_called_proved(cli, adapters) -> None:
    adapters(untried=True)
    ran = cli("gate", "doctor")
    assert ran.status == 1
    assert "nothing could be tried" in " ".join(ran.out.split())


def test_nothing_of_the_persons_is_touched(cli, adapters, home: Path) -> None:
    adapters()
    cli("gate", "doctor")
    assert not home.exists() or list(home.iterdir()) == []


def test_a_real_adapter_is_proved_and_one_that_was_tampered_with_is_not(cli, home: Path, tmp_path: Path) -> None:
    assert cli("hooks", "install", "shell", "--file", str(tmp_path / "rc")).status == 0
    assert shell(cli)["state"] == "proved"
    copy = next(iter(home.rglob("ringfence.sh")))
    copy.write_text('ringfence_guard() { "$@"; }\nringfence_may_start() { :; }\n')
    assert shell(cli)["state"] == "not_proved"


def shell(cli) -> dict[str, object]:
    return next(a for a in json.loads(cli("gate", "doctor", "--json").out)["adapters"] if a["id"] == "shell")


# ---- warnings


def warnings(cli) -> list[str]:
    found: list[str] = json.loads(cli("gate", "doctor", "--json").out)["warnings"]
    return found


@pytest.fixture
def quiet(adapters, monkeypatch: pytest.MonkeyPatch) -> None:
    """No adapter, no network folder and no other version: only what a test brings is warned of."""
    adapters(installed=False)
    monkeypatch.setattr(gate_doctor, "MOUNTS", Path("/nowhere"))
    monkeypatch.setattr(gate_doctor.shutil, "which", lambda _name, **_where: None)


@pytest.mark.usefixtures("quiet", "clock")
def test_a_gate_of_ones_own_has_no_warning(cli, paths: Paths) -> None:
    wiring.gate_channel(paths).publish(Gate(lease_until=NOW + 900), now=NOW)
    assert warnings(cli) == []


@pytest.mark.usefixtures("quiet", "clock")
def test_a_gate_of_another_machine_is_a_warning(cli, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(socket, "gethostname", lambda: "other-machine")
        wiring.gate_channel(paths).publish(Gate(lease_until=NOW + 900), now=NOW)
    [said] = warnings(cli)
    assert said.startswith("The gate was written on another machine (other-machine)")


@pytest.mark.usefixtures("quiet", "clock")
def test_files_and_folders_that_others_can_write_are_warnings(cli, paths: Paths) -> None:
    wiring.gate_channel(paths).publish(Gate(lease_until=NOW + 900), now=NOW)
    paths.state.chmod(0o770)
    paths.gate.chmod(0o666)
    said = warnings(cli)
    assert [s.partition(" can be")[0] for s in dict.fromkeys(said)] == [str(paths.state), str(paths.gate)]
    assert f"chmod 600 {paths.gate}" in said[-1]


@pytest.mark.parametrize(
    ("kind", "warned"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False), ("fuseblk", False)]
)
def test_a_network_folder_is_a_warning(tmp_path: Path, kind: str, warned: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path}/my\\040home {kind} rw 0 0\nshort\n")
    folder = tmp_path / "my home" / ".local" / "state"
    assert gate_doctor.file_system_of(folder, mounts) == kind
    assert gate_doctor.file_system_of(tmp_path, mounts) == "ext4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate_doctor, "MOUNTS", mounts)
        assert kind.startswith(gate_doctor.NETWORK) == warned


def test_a_system_that_does_not_tell_its_mounts_has_no_warning(tmp_path: Path) -> None:
    assert gate_doctor.file_system_of(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("prints", "status", "said"),
    [
        ("ringfence 0.0.1", 0, "version 0.0.1"),
        ("", 3, "does not tell its version"),
        (f"ringfence {__version__}", 0, ""),
    ],
)
def test_another_version_in_the_path_is_a_warning(
    cli, adapters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, status: int, said: str
) -> None:
    adapters(installed=False)
    other = tmp_path / "bin" / "ringfence"
    other.parent.mkdir()
    other.write_text(f"#!/bin/sh\necho '{prints}'\nexit {status}\n")
    other.chmod(0o755)
    monkeypatch.setattr(gate_doctor, "MOUNTS", Path("/nowhere"))
    monkeypatch.setenv("PATH", str(other.parent))
    found = warnings(cli)
    assert len(found) == bool(said)
    assert said in "".join(found)
