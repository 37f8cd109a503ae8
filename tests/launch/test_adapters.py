"""Adapters for shells, services, cron and tmux: put in beside what is there, taken out to the byte, and proved."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launch import homes
from ringfence import foreign_files, launch
from ringfence.file_errors import FileError
from ringfence.launch import _blocks, cron, powershell, shell, systemd, tmux

SOURCES = str(Path(launch.__file__).parents[2])
PYTHON = (sys.executable, "-m", "ringfence")


@pytest.fixture
def gates(tmp_path):
    """Return two homes, one with a closed gate and one with an open one."""
    return homes.gate(tmp_path / "closed", closed=True), homes.gate(tmp_path / "open")


@pytest.fixture
def options(monkeypatch):
    """Return what the adapters are told; Ringfence is this one."""
    monkeypatch.setenv("PYTHONPATH", SOURCES)
    return homes.options(program=PYTHON)


@pytest.fixture
def rc(tmp_path):
    path = tmp_path / "rc"
    path.write_bytes(b"alias ll='ls -l'\n")
    return path


# ---- files of other programs


def test_a_file_keeps_its_permissions_and_a_new_one_gets_those_asked_for(tmp_path):
    old, new = tmp_path / "old", tmp_path / "deep" / "new"
    old.write_bytes(b"1")
    old.chmod(0o640)

    foreign_files.replace(old, b"2")
    foreign_files.replace(new, b"3", 0o600)

    assert (old.read_bytes(), stat.S_IMODE(old.stat().st_mode)) == (b"2", 0o640)
    assert (new.read_bytes(), stat.S_IMODE(new.stat().st_mode)) == (b"3", 0o600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "old"]


@pytest.mark.parametrize(
    "touch", [foreign_files.read, foreign_files.remove, lambda path: foreign_files.replace(path, b"x")]
)
def test_a_link_a_folder_and_a_fifo_are_left_as_they_are(touch, tmp_path, rc):
    link, fifo = tmp_path / "link", tmp_path / "fifo"
    link.symlink_to(rc)
    os.mkfifo(fifo)

    for path, said in ((link, "is a link"), (fifo, "not a regular file"), (tmp_path, "not a regular file")):
        with pytest.raises(FileError, match=said):
            touch(path)
    assert link.is_symlink()
    assert rc.read_bytes() == b"alias ll='ls -l'\n"


def test_a_file_of_somebody_else_is_left_as_it_is(rc, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    with pytest.raises(FileError, match="belongs to somebody else"):
        foreign_files.replace(rc, b"x")


def test_a_write_that_fails_leaves_the_file_and_no_litter(rc, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"Cannot write .*disk is full"):
        foreign_files.replace(rc, b"x")
    assert rc.read_bytes() == b"alias ll='ls -l'\n"
    assert [path.name for path in rc.parent.iterdir()] == ["rc"]


def test_a_file_larger_than_any_settings_is_not_read(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * (foreign_files.MAX_BYTES + 1))

    with pytest.raises(FileError, match="larger than 4 MB"):
        foreign_files.read(tmp_path / "big")


# ---- marked blocks


@given(
    st.binary(max_size=60).filter(lambda text: b"ringfence" not in text and text[:2] not in {b"\xff\xfe", b"\xfe\xff"})
)
def test_a_block_goes_in_once_and_comes_out_to_the_byte(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rc"
        path.write_bytes(text)

        assert _blocks.put(path, "one\n")
        first = path.read_bytes()
        assert first.startswith(text)
        assert not _blocks.put(path, "one\n")
        assert path.read_bytes() == first
        assert _blocks.put(path, "two\nthree\n")
        assert _blocks.body_of(path) == "two\nthree\n"
        assert _blocks.take_out(path)
        assert path.read_bytes() == text
        assert not _blocks.take_out(path)


def test_what_was_added_around_a_block_stays(tmp_path):
    path = tmp_path / "rc"
    path.write_bytes(b"before")
    _blocks.put(path, "one\n")
    path.write_bytes(b"above\n" + path.read_bytes() + b"below\n")

    _blocks.take_out(path)

    assert path.read_bytes() == b"above\nbefore\nbelow\n"


def test_a_file_that_came_with_the_block_goes_with_it_unless_it_was_used(tmp_path):
    alone, used = tmp_path / "alone", tmp_path / "used"
    for path in (alone, used):
        _blocks.put(path, "one\n")
    used.write_bytes(used.read_bytes() + b"mine\n")

    assert _blocks.take_out(alone)
    assert _blocks.take_out(used)
    assert not alone.exists()
    assert used.read_bytes() == b"mine\n"


def test_a_block_ends_its_lines_as_the_file_does(tmp_path):
    path = tmp_path / "profile.ps1"
    path.write_bytes(b"Set-Alias a b\r\n")

    _blocks.put(path, "one\n")

    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 4


@pytest.mark.parametrize(
    "text",
    [b"# >>> ringfence >>>\nmine\n", b"# <<< ringfence <<<\n", b"# >>> ringfence >>>\n# <<< ringfence <<<\n" * 2,
     "Set-Alias a b\n".encode("utf-16")],
)  # fmt: skip
def test_a_file_that_cannot_be_understood_is_left_as_it_is(text, rc):
    rc.write_bytes(text)

    for touch in (lambda: _blocks.put(rc, "one\n"), lambda: _blocks.take_out(rc)):
        with pytest.raises(FileError, match="left as it is"):
            touch()
    assert rc.read_bytes() == text


# ---- shells


def test_the_functions_are_installed_once_and_a_start_up_file_reads_them_in(options, rc, gates, home):
    adapter = shell.SPEC.adapter
    before = rc.read_bytes()
    with_file = homes.options(program=PYTHON, file=rc)

    assert "was written" in adapter.install(options)
    assert "is up to date" in adapter.install(options)
    assert "reads it in now" in adapter.install(with_file)
    assert "reads it in already" in adapter.install(with_file)
    assert adapter.state(options).installed
    assert adapter.state(with_file).installed
    ran = subprocess.run(
        ["bash", "-c", f". {rc}; ringfence_guard true"], env=os.environ | {"RINGFENCE_HOME": str(gates[0])}, check=False
    )
    assert ran.returncode == 75

    adapter.remove(with_file)
    assert rc.read_bytes() == before
    adapter.remove(options)
    assert not adapter.state(options).installed
    assert list(home.iterdir()) == []


def test_a_shell_still_starts_when_the_functions_are_gone(options, rc):
    shell.SPEC.adapter.install(homes.options(file=rc))
    shell.SPEC.adapter.remove(options)

    for name in ("sh", "bash"):
        assert subprocess.run([name, "-euc", f". {rc}; echo up"], capture_output=True, check=True).stdout == b"up\n"


def test_functions_of_another_version_are_named(options, home):
    shell.SPEC.adapter.install(options)
    (home / "ringfence.sh").write_text("# older\n")

    assert "ringfence hooks install shell" in shell.SPEC.adapter.state(options).note


def test_a_folder_with_blanks_and_quotes_is_sourced_too(tmp_path, rc, gates, monkeypatch):
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path / "it's a `folder` $HOME"))
    options = homes.options(file=rc)
    shell.SPEC.adapter.install(options)

    assert all(proof.proved for proof in shell.SPEC.adapter.prove(homes.options(), *gates))
    subprocess.run(["sh", "-euc", f". {rc}; command -v ringfence_guard"], check=True, capture_output=True)


def test_the_profile_of_powershell_gets_a_line_of_its_own(options, rc, home):
    adapter = powershell.SPEC.adapter
    before = rc.read_bytes()
    adapter.install(homes.options(file=rc))

    line = f"if (Test-Path -LiteralPath '{home}/ringfence.ps1') {{ . '{home}/ringfence.ps1' }}"
    assert line in rc.read_text()
    assert adapter.state(options).installed
    adapter.remove(homes.options(file=rc))
    assert rc.read_bytes() == before


# ---- systemd


def unit_options(**more):
    return homes.options(program=PYTHON, unit="agent", **more)


def drop_in():
    return Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user" / "agent.service.d" / "50-ringfence.conf"


def test_a_unit_gets_one_file_beside_its_own_and_loses_it_again(options):
    adapter = systemd.SPEC.adapter

    assert not adapter.state(options).installed
    assert "systemctl --user daemon-reload" in adapter.install(unit_options())
    assert "up to date" in adapter.install(unit_options())
    assert adapter.state(unit_options()).where == str(drop_in())
    assert adapter.state(options).installed
    assert adapter.state(unit_options(account="work")).note
    adapter.remove(unit_options())
    assert not drop_in().parent.exists()
    assert not adapter.state(options).installed


def test_the_folder_of_a_unit_stays_while_others_use_it(options):
    systemd.SPEC.adapter.install(unit_options())
    (drop_in().parent / "10-mine.conf").touch()
    systemd.SPEC.adapter.remove(unit_options())

    assert [path.name for path in drop_in().parent.iterdir()] == ["10-mine.conf"]


@pytest.mark.parametrize(
    ("unit", "said"),
    [(None, "Name the unit"), ("", "Name the unit"), ("../../etc/x", "no name of a unit"), ("a b", "no name of a unit"),
     ("-x", "no name of a unit"), ("agent.timer", "name the service")],
)  # fmt: skip
def test_what_is_no_service_is_told_so(unit, said):
    with pytest.raises(FileError, match=said):
        systemd.SPEC.adapter.install(homes.options(unit=unit))


ODD = ('/opt/it\'s 100% "ours" $HOME/\\x/ringfence',)


@pytest.mark.parametrize("program", [PYTHON, ODD])
def test_systemd_reads_the_unit_without_a_complaint(program, monkeypatch, tmp_path):
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path / 'it\'s 5% $HOME \\ "x"'))
    systemd.SPEC.adapter.install(homes.options(program=program, unit="agent"))
    unit = drop_in().parents[1] / "agent.service"
    unit.write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")

    def verify():
        return subprocess.run(
            ["systemd-analyze", "--user", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
        )

    good = verify()
    assert (good.returncode, good.stderr) == (0, "")
    drop_in().write_text(drop_in().read_text().replace("ExecCondition", "ExecWish"))
    assert "ExecWish" in verify().stderr  # it does read the drop-in


def test_the_condition_skips_a_unit_only_on_the_word_of_the_gate(options, gates, tmp_path):
    adapter = systemd.SPEC.adapter
    adapter.install(unit_options())

    assert [proof.proved for proof in adapter.prove(options, *gates)] == [True, True]
    unknown = adapter.prove(options, tmp_path / "none", gates[1])[0]
    assert "the unit starts" in unknown.detail

    adapter.install(homes.options(program=("/nowhere/ringfence",), unit="agent"))
    gone = adapter.prove(options, *gates)[0]
    assert not gone.proved
    assert "the unit starts" in gone.detail


def test_a_condition_that_was_changed_by_hand_is_not_run(options, gates):
    systemd.SPEC.adapter.install(unit_options())
    drop_in().write_text("[Service]\nExecCondition=/bin/sh -c 'touch /nowhere'\n")

    with pytest.raises(FileError, match="was changed"):
        systemd.SPEC.adapter.prove(options, *gates)


class UserManager:
    """A manager of services of its own: it sees a /run of its own, so that it believes in the system's."""

    def __init__(self, folder: Path) -> None:
        self.runtime = folder
        setup = "mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec /lib/systemd/systemd --user"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(folder / "ready"))
            ready.settimeout(20)
            self.environ = os.environ | {"XDG_RUNTIME_DIR": str(folder), "DBUS_SESSION_BUS_ADDRESS": ""}
            unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
            self.process = subprocess.Popen(
                [*unshare, "sh", "-c", setup],
                env=self.environ | {"NOTIFY_SOCKET": str(folder / "ready")},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self.runs = self._came_up(ready)

    def _came_up(self, ready: socket.socket) -> bool:
        # A manager that cannot run closes the pipe of its process, and says nothing on the socket.
        while self.process.poll() is None:
            ready.settimeout(1)
            try:
                if b"READY=1" in ready.recv(4096):
                    return True
            except TimeoutError:
                continue
        return False

    def systemctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["nsenter", "-t", str(self.process.pid), "-m", "systemctl", "--user", *arguments]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=60, check=False)

    def end(self) -> None:
        if self.runs:
            self.systemctl("exit")
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def manager():
    with tempfile.TemporaryDirectory(prefix="um") as folder:  # short: a socket's path is
        made = UserManager(Path(folder))
        if not made.runs:
            pytest.skip("no manager of systemd's can be started here")
        yield made
        made.end()


def test_a_real_manager_skips_a_closed_unit_without_failing_it_and_starts_an_open_one(manager, home, tmp_path, options):
    marker = tmp_path / "started"
    systemd.SPEC.adapter.install(unit_options())
    (drop_in().parents[1] / "agent.service").write_text(
        f"[Service]\nType=oneshot\nEnvironment=PYTHONPATH={SOURCES}\nExecStart=/bin/touch {marker}\n"
    )
    manager.systemctl("daemon-reload")

    def start():
        started = manager.systemctl("start", "agent.service")
        return started.returncode, manager.systemctl("is-failed", "agent.service").stdout.strip()

    homes.gate(home, closed=True)
    assert start() == (0, "inactive")
    assert not marker.exists()

    homes.gate(home)
    assert start() == (0, "inactive")  # it ran and is done
    assert marker.exists()


# ---- cron


def test_cron_is_told_what_to_write_and_nothing_is_changed(options, home, monkeypatch):
    adapter = cron.SPEC.adapter
    said = adapter.install(options)

    assert said.startswith("Nothing was changed.")
    assert said.endswith(f"RINGFENCE_HOME={home} {shlex.join(PYTHON)} run --class cron --")
    assert adapter.remove(options).startswith("Nothing was changed.")
    assert not home.exists()
    monkeypatch.delenv("RINGFENCE_HOME")
    assert r"/opt/100\%/ringfence run" in adapter.install(homes.options(program=("/opt/100%/ringfence",)))


def test_a_line_of_cron_is_held_and_admitted(gates, monkeypatch, tmp_path):
    # cron hands on no PYTHONPATH: a small program stands for the installed one.
    program = tmp_path / "ringfence"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={SOURCES} exec {sys.executable} -m ringfence "$@"\n')
    program.chmod(0o755)

    proofs = cron.SPEC.adapter.prove(homes.options(program=(str(program),)), *gates)

    assert [(proof.proved, proof.detail) for proof in proofs] == [
        (True, "It was not started, exit status 75."),
        (True, "It was started."),
    ]


@pytest.mark.parametrize(("line", "installed"), [("0 1 * * * ringfence run -- x", True), ("# ringfence run", False)])
def test_a_table_that_asks_is_recognized(line, installed, tmp_path, monkeypatch):
    (tmp_path / "crontab").write_text(f"#!/bin/sh\necho {shlex.quote(line)}\n")
    (tmp_path / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert cron.SPEC.adapter.state(homes.options()).installed == installed


# ---- tmux


def test_the_supervisor_is_installed_proved_and_removed(options, gates, home):
    adapter = tmux.SPEC.adapter
    assert "tmux new-session" in adapter.install(options)
    assert adapter.state(options).installed

    assert [proof.proved for proof in adapter.prove(options, *gates)] == [True, True]

    (home / tmux.NAME).write_text("# older\n")
    assert "ringfence hooks install tmux" in adapter.state(options).note
    adapter.remove(options)
    assert not adapter.state(options).installed


@pytest.mark.parametrize("arguments", [[], ["--account"], ["--nothing", "x"], ["--account", "work", "--"]])
def test_the_supervisor_wants_a_command(arguments, options, home):
    tmux.SPEC.adapter.install(options)

    ran = subprocess.run(["sh", str(home / tmux.NAME), *arguments], capture_output=True, text=True, check=False)

    assert ran.returncode == 64
    assert "name the command" in ran.stderr


def test_the_supervisor_starts_its_command_when_ringfence_is_gone(gates, home):
    tmux.SPEC.adapter.install(homes.options(program=("/nowhere/ringfence",)))

    command = ["sh", str(home / tmux.NAME), "sh", "-c", 'echo started; kill -TERM "$PPID"']
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert ran.stdout == "started\n"
    assert "starting all the same" in ran.stderr


@pytest.fixture
def pane(tmp_path):
    """Return what runs a command of tmux on a server of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux here")
    with tempfile.TemporaryDirectory(prefix="tm") as folder:

        def run(*arguments):
            command = ["tmux", "-S", f"{folder}/socket", "-f", "/dev/null", *arguments]
            return subprocess.run(
                command, env=os.environ | {"TERM": "xterm"}, timeout=60, check=True, capture_output=True
            )

        yield run
        run("kill-server")


def test_in_a_pane_of_tmux_a_run_waits_for_the_gate_starts_and_starts_again(pane, options, home, tmp_path):
    homes.gate(home, closed=True)
    tmux.SPEC.adapter.install(options)
    seen, ran = tmp_path / "seen", tmp_path / "ran"
    os.mkfifo(seen)
    work = f"echo once >>{ran}; echo the run runs"
    supervisor = shlex.join(["sh", str(home / tmux.NAME), "sh", "-c", work])

    pane("new-session", "-d", "-x", "150", "-s", "agent", f"RINGFENCE_RESTART_S=0 {supervisor} 2>&1 | tee {seen}")
    with seen.open() as said:
        assert "closed, waiting" in said.readline()
        assert not ran.exists()
        homes.gate(home)
        starts = 0
        while starts < 2:
            line = said.readline()
            assert line, "the pane ended"
            starts += "the run runs" in line
    assert ran.read_text().startswith("once\nonce\n")
