"""`ringfence tokens live`: beside a monitor from its status.json, else from the transcripts themselves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from cli.token_world import OPUS, SONNET, Transcripts, tokens
from cli.world import NOW, SOURCE
from ringfence import wiring
from ringfence.cli import token_live
from ringfence.cli.columns import width_of
from ringfence.core.meters import TokenNews
from ringfence.core.model import Status
from ringfence.core.sums import ScanProgress
from ringfence.core.tokens import Run
from ringfence.file_errors import FileError
from ringfence.storage import records
from ringfence.storage.paths import Paths


def run(project: str = "/srv/api", *, at: float = NOW, model: str = OPUS, **more: object) -> Run:
    """Return a run that answered half a minute ago."""
    made: dict[str, object] = {
        "session": f"s-{project}", "account": "default", "project": project, "model": model,
        "models": ((model, tokens(2)),), "tokens": tokens(2), "burn_per_min": 12_400.0, "started_at": at - 360,
        "last_at": at - 30,
    }  # fmt: skip
    return Run(**(made | more))  # type: ignore[arg-type]


def test_a_run_is_a_row_in_words() -> None:
    news = TokenNews(runs=(run(), run("/srv/web", model=SONNET, subagents=2)))
    assert token_live.picture(news, NOW, 80) == [
        "2 runs · 24.8k tokens a minute",
        "api  Opus 4.5    12.4k/min  650k tokens  6 min",
        "web  Sonnet 4.5  12.4k/min  650k tokens  6 min  2 subagents",
    ]


def test_rows_stay_where_they_are_whoever_answered_last() -> None:
    old, new = run("/srv/old", started_at=NOW - 900), run("/srv/new", started_at=NOW - 90)
    assert [
        [line.split()[0] for line in token_live.picture(TokenNews(runs=runs), NOW, 80)[1:]]
        for runs in ((old, new), (new, old))
    ] == [["new", "old"]] * 2


def test_more_runs_than_lines_are_counted() -> None:
    runs = tuple(run(f"/srv/{at}", burn_per_min=float(at)) for at in range(9))
    lines = token_live.picture(TokenNews(runs=runs), NOW, 80, 3)
    assert lines[0].startswith("9 runs")
    assert {line.split()[0] for line in lines[1:4]} == {"8", "7", "6"}
    assert lines[4:] == ["and 6 more"]


def test_nothing_runs_is_said() -> None:
    assert token_live.picture(TokenNews(), NOW, 80) == [token_live.NOTHING]


def test_the_first_reading_shows_how_far_it_is() -> None:
    news = TokenNews(scan=ScanProgress(done_bytes=10**9, total_bytes=4 * 10**9, files=9))
    assert token_live.picture(news, NOW, 80) == ["Reading your transcripts, 25 % of 4 GB"]


@pytest.mark.parametrize("width", [64, 80, 120])
def test_long_names_fit_the_terminal(width: int) -> None:
    news = TokenNews(runs=tuple(run(f"/srv/{'長い名前' * 9}{at}", subagents=at) for at in range(3)))
    assert max(map(width_of, token_live.picture(news, NOW, width))) <= width


async def drawn(paths: Paths, until: Callable[[TokenNews], bool], do: Callable[[int], None] = lambda _: None):
    """Follow until a picture is the wanted one; `do` is called with the number of each."""
    seen: list[TokenNews] = []
    enough = asyncio.Event()

    def draw(news: TokenNews) -> None:
        seen.append(news)
        do(len(seen))
        if until(news):
            enough.set()

    following = asyncio.ensure_future(token_live._follow(paths, draw))
    waiting = asyncio.ensure_future(enough.wait())
    try:
        async with asyncio.timeout(30):
            await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
    finally:
        for task in (waiting, following):
            task.cancel()
        await asyncio.gather(waiting, following, return_exceptions=True)
    return seen


@pytest.mark.usefixtures("clock", "running")
async def test_beside_a_monitor_it_follows_status_json(paths: Paths) -> None:
    records.save_status(paths.status, Status(written_at=NOW, accounts=(), runs=(run(),)))

    def next_state(count: int) -> None:
        if count == 1:
            records.save_status(paths.status, Status(written_at=NOW, accounts=(), runs=(run("/srv/web"), run())))

    seen = await drawn(paths, lambda news: len(news.runs) == 2, next_state)
    assert [r.project for r in seen[0].runs] == ["/srv/api"]
    assert [r.project for r in seen[-1].runs] == ["/srv/web", "/srv/api"]


@pytest.mark.usefixtures("clock", "running")
async def test_a_run_that_is_over_is_not_shown_from_an_old_file(paths: Paths) -> None:
    records.save_status(paths.status, Status(written_at=NOW, accounts=(), runs=(run(last_at=NOW - 301),)))
    assert (await drawn(paths, lambda _: True))[0].runs == ()


@pytest.mark.usefixtures("clock")
async def test_without_a_monitor_it_reads_the_transcripts_itself(paths: Paths, monkeypatch, tmp_path) -> None:
    ledger = Transcripts(news=TokenNews(runs=(run(),)))
    monkeypatch.setattr(ledger, "folders", lambda _settings: (str(tmp_path),), raising=False)
    monkeypatch.setattr(wiring, "token_reports", lambda _paths: ledger)
    monkeypatch.setattr(wiring, "token_book", lambda _paths, _ledger: ledger)

    def next_state(count: int) -> None:
        if count == 1:
            ledger.news = TokenNews(runs=(run("/srv/web"),))
            (tmp_path / "new.jsonl").write_text("{}\n")

    seen = await drawn(paths, lambda news: bool(news.runs) and news.runs[0].project == "/srv/web", next_state)
    assert seen[0].runs[0].project == "/srv/api"
    assert ledger.caught_up >= 2


@pytest.mark.usefixtures("clock")
async def test_a_reading_that_is_soon_over_is_not_shown(paths: Paths, monkeypatch, tmp_path) -> None:
    ledger = Transcripts(news=TokenNews(runs=(run(),)))
    ledger.progress = [ScanProgress(done_bytes=0, total_bytes=0, files=0)]
    monkeypatch.setattr(wiring, "token_reports", lambda _paths: ledger)
    monkeypatch.setattr(wiring, "token_book", lambda _paths, _ledger: ledger)
    seen = await drawn(paths, lambda news: bool(news.runs))
    assert all(news.scan is None for news in seen)


@pytest.mark.usefixtures("clock")
async def test_a_ledger_that_cannot_be_read_is_one_sentence(paths: Paths, monkeypatch) -> None:
    ledger = Transcripts()

    def refuse(*_: object, **__: object) -> TokenNews:
        raise FileError("Cannot read the history.")

    monkeypatch.setattr(ledger, "catch_up", refuse, raising=False)
    monkeypatch.setattr(wiring, "token_reports", lambda _paths: ledger)
    monkeypatch.setattr(wiring, "token_book", lambda _paths, _ledger: ledger)
    with pytest.raises(token_live.Failed, match=r"Cannot read the history\."):
        await drawn(paths, lambda _: False)


@pytest.mark.usefixtures("clock")
async def test_a_reader_that_went_away_ends_it_quietly(paths: Paths, monkeypatch) -> None:
    ledger = Transcripts(news=TokenNews(runs=(run(),)))
    monkeypatch.setattr(wiring, "token_reports", lambda _paths: ledger)
    monkeypatch.setattr(wiring, "token_book", lambda _paths, _ledger: ledger)

    def draw(_news: TokenNews) -> None:
        raise BrokenPipeError

    async with asyncio.timeout(60):
        with pytest.raises(BrokenPipeError):  # the command line ends quietly by it, but by no group of errors
            await token_live._follow(paths, draw)


@pytest.mark.usefixtures("running")
def test_json_is_one_object_a_line_until_ctrl_c(paths: Paths) -> None:
    now = wiring.now()
    records.save_status(paths.status, Status(written_at=now, accounts=(), runs=(run(at=now),)))
    live = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "tokens", "live", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert live.stdout is not None
    document = json.loads(live.stdout.readline())
    live.send_signal(signal.SIGINT)
    _, err = live.communicate(timeout=30)
    assert (live.returncode, err.strip()) == (130, "")  # a line break after the terminal's ^C
    assert (document["format"], document["scan"]) == (1, None)
    told = document["runs"][0]
    assert (told["project"], told["model"], told["burn_per_min"]) == ("/srv/api", OPUS, 12_400)
    assert told["tokens"]["cache_read"] == 600_000
