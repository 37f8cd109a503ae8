"""What a command loads: it costs more than what the command does. By names, for times depend on the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.test_main import loaded_after
from cli.test_tokens_real import answer
from cli.world import account, program, window
from ringfence.storage.paths import Paths

EVERY = frozenset({
    "__main__", "cli", "cli.app", "file_errors", "gate_reader", "language", "sentence", "storage",
    "storage.chosen_language", "version",
})  # fmt: skip
"""Ours that every command of `cli.app` loads."""
TOKENS = EVERY | {
    "cli.columns", "cli.gate_check", "cli.output", "cli.token_names", "cli.token_scan", "cli.token_table", "cli.tokens",
    "core", "core.account_settings", "core.sums", "core.weeks", "documents", "documents.days", "documents.token_rows",
    "session_classes", "storage", "storage.atomic", "storage.database", "storage.local_days", "storage.paths",
    "storage.token_ledger", "storage.token_marks", "storage.token_sums", "token_texts", "tokens", "tokens.reader",
    "tokens.tree", "transcripts", "wiring", "words",
}  # fmt: skip
"""Ours that a report needs when nothing is new. A new name here makes `ringfence tokens` slower for everybody."""
SETTINGS = {
    "core.address", "core.budget_settings", "core.declared", "core.faults", "core.periods", "core.route_settings",
    "core.settings", "core.tmux_settings", "storage.settings_file",
}  # fmt: skip
"""What a file of settings takes besides."""
LATE = frozenset({
    "asyncio", "email", "filelock", "hashlib", "http", "logging", "msgspec", "platformdirs", "rich", "shutil", "socket",
    "subprocess", "tempfile", "textwrap", "tomllib", "zoneinfo",
})  # fmt: skip
"""Large ones of others, which come with what needs them."""
ASKS = {"core.events", "core.identity", "core.state", "once"}
"""What it takes to ask the endpoint by the monitor's rules."""


def loaded(*arguments: str) -> tuple[set[str], set[str]]:
    """Return what a command has loaded when it is done: ours, without `ringfence.`, and the large ones of others."""
    names = loaded_after(f"from ringfence.__main__ import main; main({list(arguments)!r})")
    return {name.removeprefix("ringfence.") for name in names if name.startswith("ringfence.")}, names & LATE


@pytest.fixture
def read(world: Path) -> Path:
    """Return the home of a person whose transcripts were read."""
    transcript = world / "home" / ".claude" / "projects" / "-srv-api" / "0b5d.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_text(answer(1))
    assert program("tokens").returncode == 0
    return world


def test_a_report_over_known_transcripts_loads_no_more_than_it_needs(read: Path) -> None:
    assert loaded("tokens", "daily") == (TOKENS, set())


def test_a_file_of_settings_adds_what_checks_it(read: Path, paths: Paths) -> None:
    paths.settings.write_text("[thresholds]\nsession_pct = 90\n")
    assert loaded("tokens", "daily") == (TOKENS | SETTINGS, {"tomllib"})


def test_a_command_that_does_nothing_loads_no_command(world: Path) -> None:
    assert "pathlib" not in loaded_after("from ringfence.__main__ import main; main(['--version'])")
    assert loaded("--version") == (EVERY, set())


@pytest.mark.usefixtures("running")
def test_beside_a_monitor_the_status_loads_nothing_that_asks_the_endpoint(furnish: Callable[..., None]) -> None:
    furnish(account(window("session", 0.62), window("week", 0.41)))
    formats = {"msgspec", "textwrap", "tomllib"}
    for more, others in ((), {*formats, "rich"}), (("--json",), formats):
        names, large = loaded("status", *more)
        assert names & ASKS == set()
        assert large <= others


def test_the_help_of_a_command_loads_nothing_that_it_works_with(world: Path) -> None:
    names, large = loaded("status", "--help")
    assert not names & {"core", "cli.reading"}
    assert large <= {"shutil", "textwrap"}  # click lays the help out with them
