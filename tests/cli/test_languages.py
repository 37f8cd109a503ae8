"""What the commands say to people is said in their language; what programs read is English, whatever they speak."""

from __future__ import annotations

import re
import socket

import pytest

from cli.test_account import typed  # noqa: F401 - a fixture
from cli.test_doctor import quick  # noqa: F401 - a fixture
from cli.test_history import kept  # noqa: F401 - a fixture
from cli.test_status import GOLDEN, SCENES, TWO, both, play, skewed
from cli.world import NOW, account, failure
from parts import pseudo
from ringfence import once
from ringfence.cli import output, render
from ringfence.core.model import FailureKind, Status
from ringfence.storage.paths import Paths

pytestmark = pytest.mark.usefixtures("clock", "abroad")
CLOSING = "[thresholds]\nsession_pct = 90\nweek_pct = 80\n"
NAMES = (
    "Ringfence", "ringfence", "Claude Code", "Claude", "Fable", "Opus", "Haiku", "Sonnet", "PySide6", "Qt", "USD", "kB",
    "MB", "GB", "max", "default", "work", "worq", "home", "nova", "nobody", "batch", "deploying", "curl", "TCP",
    socket.gethostname(),
)  # fmt: skip
"""What is no word of ours wherever it stands: names of products, units, accounts, models and classes."""
VALUES = ("on", "off", "auto", "open", "closed", "none", "dark", "light", "soonest-reset", "most-left", "in-order")
ADAPTERS = ("claude-code", "statusline", "powershell", "systemd", "shell", "cron", "tmux")
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
    "hooks": "hooks status",
    "api": "api | api on | api | api on --port 8000 | api status | api off | api",
    "doctor": "doctor",
    "history": "history | history --window weak | history --account nobody | history --window weak --account nobody",
}


OWN = {
    "settings": VALUES,
    "hooks": ADAPTERS,
    "doctor": ("The network is away.", "FileNotFoundError", "qt", "of this test"),
    "history": ("session", "week", "weak"),
}
"""Names and values that stand in the answers of some commands alone."""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", list(HISTORIES))
def test_commands(name: str, cli, furnish, kept, monkeypatch) -> None:  # noqa: F811
    """Each says something, and none of it in English, whatever became of it."""
    monkeypatch.setattr(output, "PLAIN_WIDTH", 400)  # no path is broken, and no command
    reading = skewed(account(*both(0.92, 0.83), name="work"), -600.0)
    furnish(reading, account(*both(), name="home", failure=failure(FailureKind.OFFLINE)), settings=CLOSING + TWO)
    for command in re.split(r"[|\n]", HISTORIES[name].strip()):
        ran = cli(*command.split())
        said = f"{ran.out}{ran.err}"
        assert said, command
        assert (command, english(said, *OWN.get(name, ()))) == (command, [])
