"""The documents say what the program does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.test_status import run
from cli.world import HOUR, NOW, account, failure, window
from ringfence.cli import app, settings_table
from ringfence.core.budget_settings import Budget
from ringfence.core.budgets import meter_of
from ringfence.core.meters import Count
from ringfence.core.model import FailureKind
from ringfence.core.outlook import Estimate, Forecast, Outlook
from ringfence.core.periods import Period
from ringfence.core.ring import AccountState

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def keys(value: Any, at: str = "") -> set[str]:
    """Return every path of keys in a JSON value; lists count by their items."""
    if isinstance(value, dict):
        return {f"{at}.{key}" for key in value} | {path for key in value for path in keys(value[key], f"{at}.{key}")}
    if isinstance(value, list):
        return {path for item in value for path in keys(item, f"{at}[]")}
    return set()


def example() -> dict[str, Any]:
    """Return the example of `status --json`."""
    found = re.search(r"```json\n(\{\n  \"format\": 1,\n  \"verdict\".*?)```", COMMANDS, re.DOTALL)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


@pytest.mark.usefixtures("clock", "running")
def test_the_example_of_status_json_is_what_status_prints(cli, furnish) -> None:
    told = run("/home/me/work/api", subagents=2, class_="interactive", session="5f0c5a3e-2f0b-4d55-9c43-0f6c1a2b7d11")
    over = account(window("session", 0.92, resets_in=2 * HOUR + 600))
    ahead = Outlook(
        window="session", estimate=Estimate(used=0.93, low=0.93, high=0.94), forecast=Forecast(full_at=NOW + HOUR)
    )
    over = replace(over, outlooks=(ahead,))
    budget = Budget(name="api", tokens=5_000_000, per=Period.DAY, project="/home/me/work/api")
    meter = meter_of(budget, None)
    counted = Count(meter=meter, at=NOW, since=1795219200, until=1795309200, tokens=4_250_000)
    chosen = '[[budgets]]\nname = "api"\ntokens = 5_000_000\nper = "day"\nproject = "/home/me/work/api"\n'
    furnish(over, settings=f"{chosen}[thresholds]\nsession_pct = 90\n", runs=(told,), budgets=(counted,))
    printed = json.loads(cli("status", "--json").out)
    documented = example()
    documented["accounts"][0]["next_poll_at"] = printed["accounts"][0]["next_poll_at"]
    assert printed == documented


@pytest.mark.usefixtures("clock", "running")
def test_every_key_of_status_json_is_documented(cli, furnish) -> None:
    furnish(account(window("session", 0.92), failure=failure(FailureKind.OFFLINE)))
    cli("pause", "--model", "Opus")
    cli("override", "--for", "1h")
    printed = keys(json.loads(cli("status", "--json").out))
    told = {path.rpartition(".")[2] for path in keys(example())} | set(re.findall(r"`(\w+)`", COMMANDS))
    inner = {path for path in printed if path.startswith((".gate.pauses[].", ".gate.override."))}
    assert {path.rpartition(".")[2] for path in printed - inner} <= told


def test_every_state_is_documented() -> None:
    row = next(line for line in COMMANDS.splitlines() if line.startswith("| `accounts[].state`"))
    assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == {state.value for state in AccountState}


def test_every_command_is_documented() -> None:
    assert all(f"ringfence {name}" in COMMANDS for name in app.COMMANDS)


def test_the_readmes_table_of_settings_comes_from_their_declarations() -> None:
    """Made anew by `python -m ringfence.cli.settings_table README.md`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert settings_table.filled(readme) == readme


def test_the_table_escapes_what_markdown_would_read() -> None:
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in settings_table.table().splitlines())


def test_a_document_without_markers_is_not_touched() -> None:
    with pytest.raises(ValueError, match="markers"):
        settings_table.filled("# Nothing here\n")
