"""`ringfence tokens` as a process, over transcripts in a home folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.token_world import OPUS
from cli.world import program


@pytest.fixture
def projects(world: Path) -> Path:
    folder = world / "home" / ".claude" / "projects"
    folder.mkdir(parents=True)
    return folder


def answer(number: int, *, output: int = 7, day: str = "2026-11-20", folder: str = "/srv/api") -> str:
    """Return a line as Claude Code writes it."""
    usage = {
        "input_tokens": 12, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 2_000,
        "output_tokens": output, "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
    }  # fmt: skip
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": OPUS,
        "content": [],
        "usage": usage,
    }
    return json.dumps({
        "type": "assistant", "isSidechain": False, "cwd": folder, "sessionId": "0b5d", "uuid": f"u{number}",
        "requestId": f"req_{number}", "timestamp": f"{day}T12:00:00.000Z", "message": message,
    }) + "\n"  # fmt: skip


def told(*arguments: str) -> dict[str, Any]:
    ran = program("tokens", *arguments, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def test_what_is_written_between_two_reports_is_in_the_second(projects: Path) -> None:
    transcript = projects / "-srv-api" / "0b5d.jsonl"
    transcript.parent.mkdir()
    transcript.write_text(answer(1, output=3) + answer(1))  # the same answer, growing
    first = told()
    assert {row["key"]: row["output"] for row in first["rows"]} == {"2026-11-20": 7}
    assert first["total"]["responses"] == 1
    assert first["total"]["cache_creation_1h"] == 40
    with transcript.open("a") as more:
        more.write(answer(2, day="2026-11-21"))
    second = told("daily", "--since", "2026-11-21")
    assert [row["key"] for row in second["rows"]] == ["2026-11-21"]
    transcript.unlink()  # as Claude Code does after a month
    assert told("models")["rows"][0]["responses"] == 2


def test_every_report_speaks_of_the_same_tokens(projects: Path) -> None:
    for number, folder in enumerate(("/srv/api", "/srv/web")):
        transcript = projects / f"-srv-{number}" / f"0b5{number}.jsonl"
        transcript.parent.mkdir()
        transcript.write_text(answer(number, folder=folder))
    kinds = ("daily", "weekly", "monthly", "sessions", "models", "projects")
    totals = [told(kind)["total"] for kind in kinds]
    assert all(total == totals[0] for total in totals)
    assert {row["key"] for row in told("projects")["rows"]} == {"/srv/api", "/srv/web"}
    assert told("projects", "--project", "/srv/web")["total"]["responses"] == 1


def test_before_the_first_answer_it_says_where_transcripts_would_be(projects: Path) -> None:
    ran = program("tokens")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert str(projects) in ran.stdout
