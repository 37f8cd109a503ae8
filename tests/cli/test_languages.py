"""What the commands say to people is said in their language; what programs read is English, whatever they speak."""

from __future__ import annotations

import gettext
import importlib
import json
import os
import re
import socket
from pathlib import Path

import pytest
from rich.cells import cell_len

from cli.test_doctor import quick  # noqa: F401 - a fixture
from cli.test_gate_doctor import FakeAdapter
from cli.test_history import kept  # noqa: F401 - a fixture
from cli.test_status import GOLDEN, SCENES, TWO, both, play, skewed
from cli.test_tokens_live import run as running_now
from cli.token_world import NOVA, OPUS, SONNET, M, Transcripts, spent
from cli.world import HOUR, NOW, account, failure
from parts import pseudo
from ringfence import demo as demo_account
from ringfence import language, launch, once, prices
from ringfence.adapter_ports import AdapterSpec
from ringfence.cli import (
    daemon,
    gate_doctor,
    launch_request,
    output,
    render,
    self_test,
    token_live,
    token_scan,
    tokens,
    waiting,
)
from ringfence.cli.app import COMMANDS
from ringfence.cli.columns import cells_of, width_of, wrapped
from ringfence.core.meters import TokenNews
from ringfence.core.model import FailureKind, Status
from ringfence.core.sums import ScanProgress
from ringfence.sentence import Sentence
from ringfence.storage.launches import WAITING, Asked, LaunchLog
from ringfence.storage.paths import Paths

REAL = gettext.translation
pytestmark = pytest.mark.usefixtures("clock", "abroad")
CLOSING = "[thresholds]\nsession_pct = 90\nweek_pct = 80\n"
NAMES = (
    "Ringfence", "ringfence", "Claude Code", "Claude", "Fable", "Opus", "Haiku", "Sonnet", "PySide6", "Qt", "USD", "kB",
    "MB", "GB", "max", "default", "work", "worq", "home", "nova", "nobody", "batch", "deploying", "curl", "TCP",
    socket.gethostname(),
)  # fmt: skip
"""What is no word of ours wherever it stands: names of products, units, accounts, models and classes."""
VALUES = (
    "on", "off", "auto", "open", "closed", "none", "dark", "light", "soonest-reset", "most-left", "in-order",
    *language.LANGUAGES,
)  # fmt: skip
# What adapters are called, and the lines they ask a person to write.
ADAPTERS = ("claude-code", "statusline", "powershell", "systemd", "shell", "cron", "tmux")
PROGRAMS = ("RINGFENCE_HOME", "run", "if (Test-Path -LiteralPath", "tmux new-session -d -s agent sh", "COMMAND")
PLACES = r"https?://\S+|(?<!\w)~?/[^\s,;:)`]+|[a-z_]+\.[a-z_]+(?:\.\w+)?"
"""Places in the system and keys of files."""


@pytest.fixture
def abroad(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the person speak a language that is no other's."""
    pseudo.install(monkeypatch)


def english(said: str, *names: str) -> list[str]:
    """Return the words that are said in English, but for the names that a test knows."""
    known = "|".join(map(re.escape, sorted((*NAMES, *names), key=len, reverse=True)))
    data = re.compile(rf"{PLACES}|(?<![A-Za-z])(?:{known})(?![A-Za-z])")
    return [word for line in said.splitlines() for word in pseudo.english_in(line, data)]


# ---- status

OF_THE_SCENES = (
    "\x1b[31mred", "[31mred", "gnol", "yrev", "[bold]not markup[/bold] :smile:", "title", "api", "play", "documenta",
    "The network is away.", "No login.", "Extra usage",
)  # fmt: skip


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("name", list(SCENES))
def test_status(name: str, cli, furnish) -> None:
    play(SCENES[name], furnish, cli)
    ran = cli("status")
    assert english(ran.out, *OF_THE_SCENES) == []
    assert english(ran.err) == []
    assert ran.out != (GOLDEN / f"{name}.txt").read_text()


def test_status_without_a_monitor_and_with_wrong_settings(cli, furnish, paths: Paths, monkeypatch) -> None:
    async def read_once(_paths: Paths):
        return Status(written_at=NOW, accounts=(account(*both(0.75)),), running=False), ""

    monkeypatch.setattr(once, "read_once", read_once)
    furnish(account(*both()))
    paths.settings.write_text("[thresholds]\nsession_pct = 900\n")
    ran = cli("status")
    assert len([line for line in ran.out.splitlines() if line.startswith("! ")]) == 2
    assert english(ran.out) == []


def test_the_foot_of_a_picture_that_is_redrawn() -> None:
    pseudo.speak()
    assert english(render.foot(NOW)) == []


# ---- commands, one after the other, in a home with two accounts and a closed gate

HISTORIES = {
    "pauses": """
        pause --for 2h --why deploying | pause --class batch | pause --model Fable --account work
        unpause --class batch | unpause --class batch | unpause | unpause | pause --until-reset""",
    "overrides": "override --for 30m | override --off | override --off | override | pause | override --for 2h",
    "errors": """
        pause --account worq | pause --account nobody | account add work | account remove nobody
        launches --let-next-through | desktop autostart on""",
    "gate": "gate show | pause | gate show | override | gate show | gate wait --timeout 1s --class batch",
    "launches": "launches",
    "settings": """
        settings | settings set thresholds.session_pct 50 | settings set thresholds.week_pct off
        settings set usage.interval_s 3000 | settings set usage.interval_s default | settings""",
    "accounts": """
        account list | account add nova --config-dir /nowhere | account list | account remove nova | account remove work
        account remove home""",
    "desktop": """
        desktop | desktop install | desktop | desktop remove | desktop autostart on | desktop autostart
        desktop autostart off | desktop autostart""",
    "hooks": """
        hooks status | hooks install shell | hooks install shell | hooks status | hooks remove shell
        hooks remove shell""",
    "adapters": """
        hooks install cron | hooks install powershell | hooks install tmux | hooks install claude-code
        hooks install statusline | hooks install systemd --unit nova | hooks status | hooks remove cron
        hooks remove powershell | hooks remove tmux | hooks remove claude-code | hooks remove statusline
        hooks remove systemd --unit nova""",
    "api": "api | api on | api | api on --port 8000 | api status | api off | api",
    "doctor": "doctor",
    "history": "history | history --window weak | history --account nobody | history --window weak --account nobody",
}


OWN = {
    "settings": VALUES,
    "adapters": (*ADAPTERS, *PROGRAMS),
    "hooks": (*ADAPTERS, "if [ -r", "then .", "fi"),
    "doctor": ("The network is away.", "FileNotFoundError", "qt", "of this test"),
    "history": ("session", "week", "weak"),
}
"""Names and values that stand in the answers of some commands alone."""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", list(HISTORIES))
def test_commands(name: str, cli, furnish, kept, monkeypatch) -> None:  # noqa: F811
    """Each says something, and none of it in English, whatever became of it."""
    importlib.import_module("ringfence.cli.history")  # it keeps the width there is at its import
    monkeypatch.setattr(output, "PLAIN_WIDTH", 400)  # no path is broken, and no command
    reading = skewed(account(*both(0.92, 0.83), name="work"), -600.0)
    furnish(reading, account(*both(), name="home", failure=failure(FailureKind.OFFLINE)), settings=CLOSING + TWO)
    for command in re.split(r"[|\n]", HISTORIES[name].strip()):
        ran = cli(*command.split())
        said = f"{ran.out}{ran.err}"
        assert said, command
        assert (command, english(said, *OWN.get(name, ()))) == (command, [])


# ---- tokens


def told_of(ledger: Transcripts) -> None:
    """Give the ledger rows of every kind."""
    ledger.rows["daily"] = ledger.rows["weekly"] = ledger.rows["monthly"] = [
        spent("2026-11-20", (OPUS, 900), (SONNET, 5)), spent("2026-11-21", (NOVA, 1)),
    ]  # fmt: skip
    ledger.rows["sessions"] = [
        spent(f"{at:08x}", account=("work", "home")[at % 2], project=f"/srv/{at}", last_at=NOW - at * 60)
        for at in range(33)
    ]
    ledger.rows["models"] = [spent(OPUS), spent("")]
    ledger.rows["projects"] = [spent("/srv/a"), spent("/srv/b"), spent("")]


REPORTS = ("daily", "weekly", "monthly", "sessions", "models", "projects")


@pytest.mark.parametrize("kind", REPORTS)
def test_reports_of_tokens(kind: str, cli, ledger: Transcripts) -> None:
    told_of(ledger)
    ledger.news = TokenNews(unread=tuple(Sentence("{path} is damaged", path=f"/x/{n}") for n in range(6)))
    for arguments in ([kind], [kind, "--cost"]):
        ran = cli("tokens", *arguments)
        assert ran.status == 0
        assert english(f"{ran.out}{ran.err}", NOVA, "nova") == [*["is", "damaged"] * 3]  # a sentence that nobody marked


@pytest.mark.parametrize(
    "options",
    [
        ["models", "--since", "2026-11-20"],
        ["models", "--account", "default", "--project", "/srv", "--since", "7d", "--until", "today"],
        ["models", "--account", "nobody"],
    ],
)
def test_no_tokens(options: list[str], cli, ledger: Transcripts) -> None:
    assert english(cli("tokens").out) == []
    told_of(ledger)
    del ledger.rows["models"]
    assert english(cli("tokens", *options).out) == []


def test_prices_that_are_missing(cli, ledger: Transcripts, monkeypatch) -> None:
    monkeypatch.setattr(prices, "installed", lambda: False)
    commands = ("genai-prices", "pip install", "'ringfence[prices]'", "pipx inject")
    assert english(cli("tokens", "--cost").err, *commands) == []


def test_how_far_the_transcripts_are_read(cli, ledger: Transcripts, monkeypatch, capsys) -> None:
    monkeypatch.setattr(token_scan, "SHOWN_AFTER_S", 0.0)
    pseudo.speak()
    ledger.progress = [ScanProgress(done_bytes=M, total_bytes=9 * M, files=4)]
    theirs = ScanProgress(done_bytes=2 * M, total_bytes=9 * M, files=4)
    token_scan.catch_up(ledger, None, lambda: None)
    token_scan.catch_up(ledger, None, lambda: theirs)
    said = capsys.readouterr().err
    assert said.count("\n") == 3
    assert english(said + token_scan.goes_on()) == []


@pytest.mark.parametrize("news", [TokenNews(), TokenNews(scan=ScanProgress(done_bytes=M, total_bytes=9 * M, files=4))])
def test_tokens_live(news: TokenNews) -> None:
    pseudo.speak()
    assert english("\n".join(token_live.picture(news, NOW, 80))) == []


def test_tokens_live_of_runs() -> None:
    pseudo.speak()
    runs = (running_now("/p/api"), running_now("/p/web", subagents=2), running_now(""))
    assert english("\n".join(token_live.picture(TokenNews(runs=runs), NOW, 80, 2)), "api", "web") == []


# ---- launches, and runs that wait


def test_runs_that_wait(cli, paths: Paths) -> None:
    log = LaunchLog(paths.ledger)
    try:
        log.add(Asked(asked_at=NOW - 60, command="make", reason="manual_pause", class_="batch", pid=4711), WAITING)
        log.add(Asked(asked_at=NOW - 90, command="make", reason="manual_pause", account="work", model="Opus"))
        for command in ("launches", "launches --let-next-through"):
            assert english(cli(*command.split()).out, "make") == []
    finally:
        log.close()


def test_a_run_says_why_it_waits(cli, furnish, paths: Paths, clock, monkeypatch, capsys) -> None:
    async def until(_changed: object, _seconds: float) -> None:
        cli("unpause")
        clock(HOUR)

    furnish(account(*both()))
    monkeypatch.setattr(waiting, "_until", until)
    cli("pause")
    request = launch_request.parse(["--wait", "--", "make"])
    assert request is not None
    said: list[str] = []
    monkeypatch.setattr(waiting, "tell", said.append)
    assert waiting.wait(request) is None
    assert len(said) == 2  # the reading is an hour old by now, and the gate unknown
    assert english("\n".join(said)) == []


# ---- the gate's doctor, the demo, the daemon, the self-test


@pytest.mark.parametrize("more", [{}, {"installed": False}, {"untried": True}, {"trouble": "/x"}, {"refuses": False}])
def test_the_gates_doctor(more: dict[str, object], cli, monkeypatch, home: Path) -> None:
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    spec = AdapterSpec(id="shell", label="", help="", adapter=FakeAdapter(**more))
    monkeypatch.setattr(launch, "specs", lambda: (spec,))
    monkeypatch.setattr(gate_doctor, "file_system_of", lambda _folder: "nfs")
    monkeypatch.setattr(gate_doctor, "_own", lambda *_asked: iter(()))
    monkeypatch.setattr(output, "PLAIN_WIDTH", 400)
    said = cli("gate", "doctor").out
    the_adapters = ("shell", "nfs", "gate check", "run", "a launch with the gate closed", "It started.", "chmod")
    assert english(said, *the_adapters) == []


def test_the_demo(cli, monkeypatch) -> None:
    monkeypatch.setattr(demo_account, "STORY_S", 0.5)
    assert english(cli("demo", "--terminal").out) == []


def test_the_daemon(cli, monkeypatch) -> None:
    async def run(_monitor: object) -> int:
        return 0

    monkeypatch.setattr(daemon, "run", run)
    said = cli("daemon").err
    assert str(os.getpid()) in said
    assert english(said) == []


def test_a_self_test_that_hangs(monkeypatch, capsys) -> None:
    pseudo.speak()
    monkeypatch.setattr(os, "_exit", lambda _status: None)
    self_test._give_up()
    assert english(capsys.readouterr().err, "self-test") == []


# ---- errors


def test_a_file_that_cannot_be_written(cli, paths: Paths) -> None:
    paths.gate.mkdir(parents=True)
    ran = cli("pause")
    assert ran.status == 1
    assert english(ran.err) == []


def test_no_home_folder(cli, monkeypatch) -> None:
    def find_paths() -> Paths:
        raise RuntimeError("4711")

    monkeypatch.setattr(output, "find_paths", find_paths)
    assert english(cli("pause").err, "RINGFENCE_HOME") == []


# ---- what stays English


@pytest.mark.usefixtures("running", "quick")
@pytest.mark.parametrize(
    "command",
    [
        "status --json", "tokens --json", "tokens --csv", "history --json", "history --csv", "launches --json",
        "gate show --json", "hooks status --json", "api --json", "desktop status --json", "doctor --json", "--help",
        "pause --help", "tokens dayly", "pause --for soon", "pause --until yesterday", "settings set x y",
    ],
)  # fmt: skip
def test_programs_and_mistakes_are_answered_in_english(
    command: str,
    cli,
    furnish,
    ledger: Transcripts,
    kept: Paths,  # noqa: F811
    monkeypatch,
) -> None:
    told_of(ledger)
    furnish(account(*both(0.92)), settings=CLOSING)
    abroad = cli(*command.split())
    monkeypatch.setenv("LC_ALL", "C")
    assert cli(*command.split()) == abroad


def test_every_command_is_asked_here() -> None:
    """Those that only hand on what a module of its own says to programs have no words for people."""
    asked = {command.split()[0] for story in HISTORIES.values() for command in re.split(r"[|\n]", story.strip())}
    asked |= {"status", "tokens", "launches", "demo", "daemon", "self-test"}
    assert set(COMMANDS) - asked == {"run", "route", "mcp"}


# ---- tables


def columns_in(lines: list[str]) -> int:
    """Return how many columns a table has: what two cells or more divide that are blank in every line."""
    grid = [cells_of(line) for line in lines]
    width = max(map(len, grid))
    inked = "".join("#" if any(at < len(row) and row[at] != " " for row in grid) else " " for at in range(width))
    return len(re.split(r" {2,}", inked.strip()))


TABLES = (*(f"tokens {kind} --cost" for kind in REPORTS), "account list", "gate show", "doctor")


@pytest.mark.parametrize("command", TABLES)
@pytest.mark.usefixtures("running", "quick")
def test_tables_line_up_in_wide_letters(command: str, cli, furnish, ledger: Transcripts, monkeypatch) -> None:
    told_of(ledger)
    furnish(account(*both(0.92), name="work"), account(*both(), name="home"), settings=CLOSING + TWO)
    monkeypatch.setattr(output, "PLAIN_WIDTH", 400)
    monkeypatch.setattr(tokens, "PLAIN_WIDTH", 400)

    def body() -> list[str]:
        lines = cli(*command.split()).out.partition("\n\n")[0].splitlines()
        return lines[1:] if command == "gate show" else lines

    pseudo.install(monkeypatch, pseudo.wide)
    wide = body()
    monkeypatch.setenv("LC_ALL", "C")
    assert columns_in(wide) == columns_in(body()) > 1


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("name", ["stale", "other_states", "two_accounts_and_a_wrong_clock"])
def test_bars_line_up_in_wide_letters(name: str, cli, furnish, monkeypatch) -> None:
    pseudo.install(monkeypatch, pseudo.wide)
    play(SCENES[name], furnish, cli)
    for block in cli("status").out.split("\n\n")[1:]:
        bars = [cells_of(line) for line in block.splitlines() if re.search("[█░┃·]{10}", line)]
        numbers = {row.index("%") for row in bars if "%" in row}
        assert len({next(at for at, cell in enumerate(row) if cell in set("█░·")) for row in bars}) == 1
        assert len(numbers) == 1


def test_the_plot_the_gate_and_the_axis_line_up_in_wide_letters(cli, kept: Paths, monkeypatch) -> None:  # noqa: F811
    """The gate was closed from the moment on that the session stood at 97 %; a tick's time begins below it."""
    pseudo.install(monkeypatch, pseudo.wide)
    lines = cli("history", "--since", "2d").out.splitlines()
    top = cells_of(next(line for line in lines if line.startswith("100 %")))
    gate, ruler, times = (cells_of(line) for line in (next(line for line in lines if "■" in line), *lines[-2:]))
    assert gate.index("■") == next(at for at, cell in enumerate(top) if cell in set("▁▂▃▄▅▆▇█"))
    assert max(map(len, (top, gate, ruler, times))) <= 80
    begun = [
        at for at, sign in enumerate(ruler) if sign == "┴" and at < len(times) and times[at - 1] == " " != times[at]
    ]
    assert len(begun) == len(re.findall(r"\d\d(?::\d\d)?", lines[-1])) > 1


WRITTEN = (
    "今日はトークンがありません。 nothing at all",
    "要求を消費するため（`claude` でサインインしてください）、サーバーには。",
    "/tmp/a-folder-whose-name-is-long/settings.toml がありません",
)


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("width", [10, 12, 17, 30])
def test_lines_of_wide_letters_end_between_them_and_break_nothing_that_belongs_together(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert max(map(width_of, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith(tuple("。、）ー")) or line.endswith("（") for line in lines)
    assert all(width_of(line) >= width / 2 for line in lines[:-1])


@pytest.mark.usefixtures("quick")
def test_the_language_of_the_settings_is_spoken_at_once_and_programs_get_english(cli, monkeypatch) -> None:
    monkeypatch.setattr(gettext, "translation", REAL)
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert cli("settings", "set", "appearance.language", "de").err == ""
    assert cli("history").out == "Noch keine Messungen: Der Verlauf beginnt mit der ersten.\n"
    assert json.loads(cli("doctor", "--json").out)["checks"][0]["name"] == "settings"
    assert cli("settings", "get", "appearance.language").out == "de\n"
    assert cli("settings", "set", "appearance.language", "auto").out == "appearance.language ist jetzt auto.\n"
    assert cli("history").out.startswith("Aucun")


def test_lc_all_is_for_one_run_and_the_setting_says_so(cli, monkeypatch) -> None:
    monkeypatch.setattr(gettext, "translation", REAL)
    monkeypatch.setenv("LC_ALL", "C")
    assert cli("settings", "set", "appearance.language", "de").err == "LC_ALL is set here, and goes before it.\n"
    assert cli("history").out.startswith("No readings yet")


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("spoken", [key for key in language.LANGUAGES if key != language.ENGLISH])
@pytest.mark.parametrize("name", list(SCENES))
def test_no_language_is_wider_than_80_cells(name: str, spoken: str, cli, furnish, monkeypatch) -> None:
    monkeypatch.setattr(gettext, "translation", REAL)
    monkeypatch.setenv("LC_ALL", f"{spoken}.UTF-8")
    play(SCENES[name], furnish, cli)
    said = cli("status").out
    assert max(cell_len(line) for line in said.splitlines()) <= 80
    assert said != (GOLDEN / f"{name}.txt").read_text()
