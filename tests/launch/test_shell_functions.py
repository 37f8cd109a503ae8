"""The functions for shells, in every shell that is here: they say what the reader says, and start nothing for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from launch import homes
from ringfence import gate_reader
from ringfence.launch import _data

UPTIME, BOOT_ID = Path("/proc/uptime"), Path("/proc/sys/kernel/random/boot_id")
SCRIPT = Path(gate_reader.__file__).parent / "launch" / "data" / "ringfence.sh"
SHELLS = {
    "sh": ["sh"],
    "dash": ["dash"],
    "bash": ["bash"],
    "bash as sh": ["bash", "--posix"],
    "zsh": ["zsh", "-f"],
    "zsh as sh": ["zsh", "--emulate", "sh", "-f"],
    "zsh, strict": [
        "zsh", "-f", "-o", "warn_create_global", "-o", "extended_glob", "-o", "ksh_arrays", "-o", "glob_subst",
        "-o", "sh_word_split", "-o", "no_prompt_percent", "-o", "noclobber", "-o", "typeset_silent",
    ],
    "busybox": ["busybox", "sh"],
    "mksh": ["mksh"],
}  # fmt: skip


@pytest.fixture(params=SHELLS)
def shell(request):
    command = SHELLS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    return command


def run(shell, code, *arguments, home=None, **environ):
    """Run code after the functions were read in, as a strict script: -e and -u."""
    env = os.environ | ({} if home is None else {"RINGFENCE_HOME": str(home)}) | environ
    command = [*shell, "-euc", f'. "$0"; {code}', str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)


ASK_EACH = 'for home do RINGFENCE_HOME=$home; s=0; ringfence_gate || s=$?; echo "$s"; done'


def ask(shell, *given):
    """Return the exit status of ringfence_gate for each home."""
    ran = run(shell, ASK_EACH, *given)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [int(word) for word in ran.stdout.split()]


def now() -> int:
    """Return this second: a run of all tests is longer than a verdict is good for, so no line is made at the import."""
    return int(time.time())


def lines() -> dict[str, tuple[bytes, int]]:
    """Return first lines of a gate file, each with the answer that is right now."""
    return {
        "open": (homes.line("open", now() + 600), 0),
        "closed": (homes.line("closed", now() + 600), 1),
        "closed for days": (homes.line("closed", now() + 600_000), 1),
        "paused without an end": (homes.line("closed", None), 1),
        "open without an end": (homes.line("open", None), 69),
        "open, run out": (homes.line("open", now() - 1), 69),
        "closed, run out": (homes.line("closed", now() - 1), 69),
        "open under another clock": (homes.line("open", now() + 5000), 69),
        "unknown": (homes.line("unknown", None), 69),
        "another verdict": (homes.line("ajar", now() + 600), 69),
        "a verdict in capitals": (homes.line("OPEN", now() + 600), 69),
        "nothing": (b"", 69),
        "an empty line": (b"\n", 69),
        "cut off": (b'{"verdict":"open","valid_until":%d,' % (now() + 600), 69),
        "cut off in the number": (b'{"verdict":"closed","valid_until":17\n', 69),
        "no number": (b'{"verdict":"closed","valid_until":,\n', 69),
        "a fraction": (b'{"verdict":"closed","valid_until":%d.5,\n' % (now() + 600), 69),
        "below zero": (b'{"verdict":"closed","valid_until":-%d,\n' % (now() + 600), 69),
        "not a number": (b'{"verdict":"open","valid_until":NaN,\n', 69),
        "a leading zero": (b'{"verdict":"closed","valid_until":0%d,\n' % (now() + 600), 69),
        "a number without measure": (b'{"verdict":"closed","valid_until":%s,\n' % (b"9" * 40), 69),
        "a sum": (b'{"verdict":"closed","valid_until":1+99999999999,\n', 69),
        "a command": (b'{"verdict":"closed","valid_until":$(touch /nowhere),\n', 69),
        "a blank in front": (b" " + homes.line("open", now() + 600), 69),
        "a blank behind": (b'{"verdict":"open","valid_until":%d, \n' % (now() + 600), 69),
        "lines of Windows": (b'{"verdict":"open","valid_until":%d,\r\n' % (now() + 600), 69),
        "two of them": (b'{"verdict":"open","valid_until":9,"valid_until":%d,\n' % (now() + 600), 69),
        "other bytes": (bytes(range(256)) + b"\n", 69),
        "a long line": (b"x" * 300_000 + b"\n", 69),
    }


def test_a_line_is_answered_as_it_stands_and_everything_else_is_unknown(shell, tmp_path):
    known = lines()
    given = [homes.raw(tmp_path / str(number), content) for number, (content, _) in enumerate(known.values())]

    answered = dict(zip(known, ask(shell, *given), strict=True))

    assert answered == {name: wanted for name, (_, wanted) in known.items()}


def test_it_says_what_the_reader_says_of_files_the_writer_wrote(shell, tmp_path):
    now = time.time()
    given = [
        homes.gate(tmp_path / "open"),
        homes.gate(tmp_path / "closed", closed=True),
        homes.gate(tmp_path / "old", at=now - 5000),
        homes.gate(tmp_path / "old and closed", closed=True, at=now - 5000),
        homes.paused(tmp_path / "paused"),
        homes.paused(tmp_path / "paused for a while", until=now + 5000),
    ]
    exits = {"open": 0, "closed": 1, "unknown": 69}
    wanted = [exits[gate_reader.read_gate(str(home / "gate.json")).verdict] for home in given]

    assert wanted == [0, 1, 69, 69, 1, 1]
    assert ask(shell, *given) == wanted


def test_what_is_no_file_of_ours_is_unknown_and_blocks_nobody(shell, tmp_path):
    real = homes.gate(tmp_path / "real")
    for name in ("link", "fifo", "folder"):
        (tmp_path / name).mkdir()
    (tmp_path / "link" / "gate.json").symlink_to(real / "gate.json")
    os.mkfifo(tmp_path / "fifo" / "gate.json")
    (tmp_path / "folder" / "gate.json").mkdir()

    assert ask(shell, *(tmp_path / name for name in ("real", "link", "fifo", "folder", "none"))) == [0, 69, 69, 69, 69]


# The system counts what the children that a process waited for have done: a child leaves page faults behind, and
# without one the count stays at zero. It is the 11th field of /proc/PID/stat.
CHILDREN = 'IFS= read -r stat </proc/$$/stat; set -f; IFS=" "; set -- ${=stat}; echo "${11}"'


KERNELS = UPTIME.is_file() and UPTIME.stat().st_size == 0
WHY_NOT = "this system tells no shell when it started: no Linux, or a container with an uptime of its own"


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "mksh", "busybox"])
def test_no_shell_starts_a_process_to_ask(name, tmp_path):
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    if name not in {"bash", "zsh"} and not KERNELS:
        pytest.skip(WHY_NOT)
    count = CHILDREN if name == "zsh" else CHILDREN.replace("${=stat}", "$stat")
    homes.gate(tmp_path / "gate")
    asking = "ringfence_gate; ringfence_gate; ringfence_may_start; ringfence_guard echo started"

    shell = [shutil.which(name), *SHELLS[name][1:]]
    ran = run(shell, f"{asking}; {count}", home=tmp_path / "gate", PATH="/nonexistent")
    with_a_child = run(shell, f"(:); {count}", home=tmp_path / "gate", PATH="/nonexistent")

    assert (ran.stdout, ran.stderr) == ("started\n0\n", "")
    assert int(with_a_child.stdout) > 0  # the count does count


def test_a_shell_without_a_clock_and_without_date_knows_only_what_needs_none(tmp_path):
    dash = shutil.which("dash") or "sh"
    given = [
        homes.raw(tmp_path / str(number), homes.line("closed", until))
        for number, until in enumerate([now() + 600, None])
    ]

    ran = run([dash], ASK_EACH, *given, PATH="/nonexistent")

    assert ran.stdout.split() == ["69", "1"]


def started(verdict: str, until: float, *, at: float | None = None, boot_id: str | None = None, tail="},") -> bytes:
    """Return a gate file of a writer by whose clock this system started then, or when it did."""
    at = now() - float(UPTIME.read_text().split()[0]) if at is None else at
    boot_id = BOOT_ID.read_text().strip() if boot_id is None else boot_id
    second = f'"boot":{{"id":"{boot_id}","at":{at:.0f}{tail}'
    return f'{gate_reader.first_line(verdict, until)}{second}\n"format":1}}\n'.encode()


@pytest.mark.skipif(not KERNELS, reason=WHY_NOT)
@pytest.mark.parametrize("name", ["dash", "mksh", "busybox"])
def test_what_the_time_since_the_start_cannot_confirm_is_asked_of_date(name, tmp_path):
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    start = now() - float(UPTIME.read_text().split()[0])
    given = {
        "open": (started("open", now() + 600), 0),
        "closed": (started("closed", now() + 600), 1),
        # The writer's clock went on as ours did: somebody set the time since, and the monitor will write anew.
        "open, the time set since": (started("open", now() - 49_400, at=start - 50_000), 0),
        "closed, the time set since": (started("closed", now() - 49_400, at=start - 50_000), 1),
        "open, run out": (started("open", now() - 5), 69),
        "closed, run out": (started("closed", now() - 5), 69),
        "open for longer than a lease": (started("open", now() + 1100), 69),
        "another start": (started("open", now() + 600, boot_id="0" * 36), 69),
        "no start": (started("open", now() + 600, boot_id=""), 69),
        "not as it is written": (started("open", now() + 600, tail="} ,"), 69),
        "a sum": (started("open", now() + 600, tail="+1},"), 69),
        "cut off": (started("open", now() + 600).split(b'\n"format')[0], 69),
    }
    places = [homes.raw(tmp_path / str(number), content) for number, (content, _) in enumerate(given.values())]

    # With a date that tells nothing, what it would be asked for is unknown.
    ran = run([shutil.which(name), *SHELLS[name][1:]], f"date() {{ false; }}; {ASK_EACH}", *places)

    answered = dict(zip(given, map(int, ran.stdout.split()), strict=True))
    assert answered == {what: said for what, (_, said) in given.items()}


@pytest.mark.skipif(not KERNELS, reason=WHY_NOT)
def test_an_uptime_that_a_container_shows_is_no_clock(shell, tmp_path):
    """lxcfs and proot lay files over /proc/uptime: with it a gate of yesterday would be open."""
    old = homes.raw(tmp_path / "old", started("open", now() - 40_000, at=now() - 50_000))
    uptime = tmp_path / "uptime"
    uptime.write_text("9700.00 0.00\n")  # of a container that was started 40,300 s after its host
    inside = f'mount --bind {uptime} /proc/uptime && exec "$@"'
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inside, "sh"]
    may = (
        shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0
    )
    if not may:
        pytest.skip("no file can be laid over /proc/uptime here")

    assert run([*unshare, *shell], 'ringfence_gate || echo "$?"', home=old).stdout == "69\n"


def test_a_number_that_somebody_exported_is_no_clock(shell, tmp_path):
    old = homes.raw(tmp_path / "old", homes.line("open", 2000))
    lies = {"EPOCHSECONDS": "1990", "BASH_VERSION": "5.2", "_rf_clock": "bash"}

    assert run(shell, 'ringfence_gate || echo "$?"', home=old, **lies).stdout == "69\n"


def test_zsh_keeps_its_modules_as_they_were(tmp_path):
    if shutil.which("zsh") is None:
        pytest.skip("there is no zsh here")
    code = 'before=$(zmodload); ringfence_gate; test "$before" = "$(zmodload)" && echo same'

    assert run(["zsh", "-f"], code, home=homes.gate(tmp_path / "gate")).stdout == "same\n"


def test_each_question_reads_the_file_and_the_environment_anew(shell, tmp_path):
    homes.gate(tmp_path / "a")
    homes.gate(tmp_path / "b", closed=True)
    code = """
      a() { s=0; ringfence_gate || s=$?; echo "$s"; }
      RINGFENCE_HOME=$1; a; a; RINGFENCE_HOME=$2; a; a; RINGFENCE_HOME=$1; a
      cat "$2/gate.json" >"$1/new"; mv "$1/new" "$1/gate.json"; a; a
      rm "$1/gate.json"; a"""

    assert run(shell, code, tmp_path / "a", tmp_path / "b").stdout.split() == ["0", "0", "1", "1", "0", "1", "1", "69"]


def test_bash_forgets_a_line_when_its_time_is_over_or_the_clock_went_back(tmp_path):
    home = homes.raw(tmp_path / "gate", homes.line("open", 100_000))
    # Once unset it is a variable as any other: the only way to give bash a clock.
    code = """
      unset EPOCHSECONDS
      for EPOCHSECONDS in 99500 99999 100000 98000 98979 98980 99500; do s=0; ringfence_gate || s=$?; echo "$s"; done"""

    assert run(["bash"], code, home=home).stdout.split() == ["0", "0", "69", "69", "69", "0", "0"]


def test_unknown_starts_with_one_warning_a_shell_unless_told_otherwise(shell, tmp_path):
    code = """
      ringfence_may_start; ringfence_may_start --if-unknown open; ringfence_guard echo started
      ringfence_may_start --if-unknown=closed || echo "held $?"
      ringfence_guard --if-unknown closed echo never || echo "refused $?"
      ringfence_gate --if-unknown open; ringfence_gate --if-unknown=closed || echo "closed $?" """
    ran = run(shell, code, home=tmp_path / "none")

    assert ran.stdout.split("\n") == ["started", "held 1", "refused 75", "closed 1", ""]
    assert ran.stderr.count("taken as open") == 1
    assert ran.stderr.count("taken as closed") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("nowhere", ["2>/dev/full", "2>&-"])
def test_a_full_log_changes_no_answer(shell, tmp_path, nowhere):
    for asked, status in (("ringfence_may_start", 0), ("ringfence_may_start --if-unknown closed", 1),
                          ("ringfence_guard true", 0), ("ringfence_guard --if-unknown closed true", 75)):  # fmt: skip
        assert run(shell, f"{asked} {nowhere}", home=tmp_path / "none").returncode == status


def test_a_person_may_hold_what_is_unknown_in_every_script(shell, tmp_path):
    code = "ringfence_may_start --if-unknown open && echo said; ringfence_guard echo never"
    ran = run(shell, code, home=tmp_path / "none", RINGFENCE_IF_UNKNOWN="closed")

    assert (ran.returncode, ran.stdout) == (75, "said\n")


def test_a_guarded_command_keeps_its_arguments_and_its_exit_status(shell, tmp_path):
    home = homes.gate(tmp_path / "gate")

    ran = run(
        shell,
        "ringfence_guard printf '<%s>' 'a b' '' '*' --if-unknown; f() { return 7; }; ringfence_guard -- f",
        home=home,
    )

    assert (ran.returncode, ran.stdout) == (7, "<a b><><*><--if-unknown>")


def test_a_refused_command_does_not_start_and_the_refusal_is_told(shell, tmp_path):
    home = homes.gate(tmp_path / "gate", closed=True)
    ran = run(
        shell,
        'ringfence_may_start || echo "held $?"; ringfence_guard touch "$1"; echo never',
        tmp_path / "x",
        home=home,
    )

    assert (ran.returncode, ran.stdout) == (75, "held 1\n")
    said, refusal = ran.stderr.splitlines()
    assert "touch was not started" in said
    assert json.loads(refusal) == json.loads((home / "gate.json").read_text())["refusal"]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "call",
    ["ringfence_gate --model opus", "ringfence_gate --if-unknown maybe", "ringfence_may_start now",
     "ringfence_may_start --if-unknown", "ringfence_guard", "ringfence_guard --if-unknown ajar echo"],
)  # fmt: skip
def test_wrong_usage_is_64_and_says_so(shell, call, tmp_path):
    ran = run(shell, call, home=homes.gate(tmp_path / "gate"))

    assert (ran.returncode, ran.stdout) == (64, "")
    assert ran.stderr.startswith("ringfence: ")


PLACES = [
    {"RINGFENCE_HOME": "/srv/ring fence"},
    {"RINGFENCE_HOME": "~/ring"},
    {"RINGFENCE_HOME": "", "XDG_STATE_HOME": "/var/state", "HOME": "/home/me"},
    {"RINGFENCE_HOME": "", "XDG_STATE_HOME": "relative", "HOME": "/home/me"},
    {"RINGFENCE_HOME": "", "XDG_STATE_HOME": "", "HOME": "/home/me"},
]


@pytest.mark.parametrize("environ", PLACES)
def test_it_looks_where_the_reader_looks(shell, environ, monkeypatch):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert run(shell, '_ringfence_find; echo "$_rf_file"').stdout == f"{gate_reader.gate_path()}\n"


def test_on_macos_and_in_git_bash_it_looks_where_the_reader_looks_there():
    find = '_ringfence_find; echo "$_rf_file"'
    there = {"RINGFENCE_HOME": "", "HOME": "/u/me", "LOCALAPPDATA": "/c/me/Local"}

    mac, windows = (run(["sh"], find, OSTYPE=kind, **there).stdout for kind in ("darwin23", "msys"))

    assert mac == "/u/me/Library/Application Support/ringfence/gate.json\n"
    assert windows == "/c/me/Local/ringfence/gate.json\n"


# ---- PowerShell

POWERSHELL = _data.text("ringfence.ps1")


def test_the_functions_for_powershell_know_a_first_line_as_the_shells_do():
    pattern = re.search(r"\$line = '(.*)'", POWERSHELL)[1]

    for name, (content, wanted) in lines().items():
        found = re.match(pattern, content.decode("latin-1"))
        ends = found and (None if found[2] == "null" else int(found[2]))
        if found is None:
            answer = 69
        elif ends is None:
            answer = 1 if found[1] == "closed" else 69
        else:
            left = ends - now()
            answer = 69 if left <= 0 or (found[1] == "open" and left > 1020) else int(found[1] == "closed")
        assert answer == wanted, name


CMDLETS = {"Get-Variable", "Join-Path", "New-Object", "Select-Object", "Write-Warning"}  # in 5.1 and in 7


def nodes(of):
    yield of
    for child in of.children:
        yield from nodes(child)


def test_the_functions_for_powershell_are_grammatical_and_call_what_there_is():
    """PowerShell itself is on few machines of developers; its grammar is on all."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))

    def named(kind):
        return {node.text.decode() for node in tree if node.type == kind}

    tree = list(nodes(parser.parse(POWERSHELL.encode()).root_node))
    assert [node.start_point for node in tree if node.is_error or node.is_missing] == []
    assert named("function_name") >= {"Get-RingfenceVerdict", "Test-RingfenceMayStart", "Invoke-RingfenceGuard"}
    assert named("command_name") <= named("function_name") | CMDLETS
    wrong = parser.parse(POWERSHELL.replace("-not ($start", "-not ($start -and (", 1).encode()).root_node
    assert wrong.has_error  # the grammar does notice


def test_the_functions_for_powershell_are_ascii():
    # PowerShell 5.1 reads a file without a mark in the code page of the country.
    assert POWERSHELL.isascii()


def test_powershell_says_what_the_reader_says(tmp_path):
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        pytest.skip("there is no pwsh here")
    known = lines()
    for number, (content, _) in enumerate(known.values()):
        homes.raw(tmp_path / str(number), content)
    code = f"""
      . '{SCRIPT.with_suffix(".ps1")}'
      foreach ($n in 0..{len(known) - 1}) {{ $env:RINGFENCE_HOME = "{tmp_path}/$n"; Get-RingfenceVerdict }}"""
    ran = subprocess.run([pwsh, "-NoProfile", "-Command", code], capture_output=True, text=True, timeout=60, check=True)

    exits = {"open": 0, "closed": 1, "unknown": 69}
    assert [exits[word] for word in ran.stdout.split()] == [wanted for _, wanted in known.values()]
