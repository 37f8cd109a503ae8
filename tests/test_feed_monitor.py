"""The monitor follows the feed: files that Claude Code's status line writes, beside an endpoint that is asked less."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from parts.account import LoopbackAccount
from ringfence import gate_reader, wiring
from ringfence.core.model import Sample
from ringfence.storage.paths import Paths
from test_monitor import NOW, World, sample

SRC = Path(__file__).parents[1] / "src"


class FedWorld(World):
    """A world with one feed an account, which says what the test puts there."""

    def __init__(self):
        super().__init__()
        self.says: dict[str, Sample] = {}

    def parts(self):
        made = super().parts()
        made.feed_files = lambda settings: {f"/feed/{a.name}": a.name for a in settings.accounts}
        made.read_feed = lambda _path, account: self.says.get(account)
        return made

    def feed(self, used, at, account="default"):
        self.says[account] = replace(sample(used, at, account), source="statusline_feed", partial=True)
        if self.watch is not None:
            self.watch.tell(f"/feed/{account}")

    def session(self):
        window = self.view.accounts[0].windows[0]
        return window.used, window.source


@pytest.fixture
async def scene():
    made = FedWorld()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_a_changed_feed_is_taken_at_once_and_costs_no_request(scene):
    await scene.start()
    polls, spent = scene.did.count("poll default"), scene.memory.accounts[0].poll
    scene.clock.go(20)
    scene.feed(0.57, scene.clock.now())
    assert scene.session() == (0.57, "statusline_feed")
    assert (scene.did.count("poll default"), scene.memory.accounts[0].poll) == (polls, spent)
    await scene.settle()
    assert [s.source for s in scene.readings] == ["oauth_usage", "statusline_feed"]


async def test_what_the_feed_said_before_the_start_is_taken_with_its_age(scene):
    scene.feed(0.3, NOW - 60)
    scene.answers.append(asyncio.get_running_loop().create_future())
    starting = asyncio.ensure_future(scene.start())
    await asyncio.sleep(0)
    assert scene.session() == (0.3, "statusline_feed")
    assert scene.view.accounts[0].observed_at == NOW - 60
    starting.cancel()


async def test_the_feeds_file_is_watched(scene):
    await scene.start()
    assert "/feed/default" in scene.watch.paths


async def test_a_feed_after_the_end_changes_nothing(scene):
    await scene.start()
    await scene.monitor.close()
    before = scene.session()
    scene.feed(0.9, NOW + 5)
    assert scene.session() == before


async def test_with_a_feed_the_endpoint_is_asked_a_third_as_often(scene):
    await scene.start()
    for _ in range(12):
        await scene.pass_time(60)
        scene.feed(0.43, scene.clock.now())
        scene.monitor._alarm.ring()
        await scene.settle()
    assert scene.did.count("poll default") == 1
    assert scene.status.accounts[0].next_poll_why == "feed"


# ---- with the real files and the real command


@pytest.fixture
def paths(tmp_path: Path, monkeypatch) -> Paths:
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path / "ringfence"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    (tmp_path / "claude").mkdir()
    return Paths(config=tmp_path / "ringfence", state=tmp_path / "ringfence")


async def draws_its_status_line(session: float, resets: tuple[float, float], **environ: str) -> None:
    """What Claude Code does after an answer."""
    limits = {
        "five_hour": {"used_percentage": session, "resets_at": int(resets[0])},
        "seven_day": {"used_percentage": 95, "resets_at": int(resets[1])},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ringfence", "statusline", "--", "cat",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(SRC), **environ},
    )  # fmt: skip
    status = json.dumps({"session_id": "s1", "rate_limits": limits}).encode()
    assert (await process.communicate(status))[0] == status


def published() -> dict[str, tuple[float, str]]:
    document = gate_reader.load_gate(gate_reader.gate_path())
    return {w["id"]: (w["used_pct"], w["source"]) for w in document["windows"]} if document else {}


async def test_what_claude_code_tells_reaches_the_gate_file_and_the_endpoint_is_left_alone(paths, tmp_path):
    with LoopbackAccount() as account:
        account.set(scoped={"Fable": 0.18})
        login = {"accessToken": "sk-ant-oat01-x", "scopes": ["user:profile"]}
        (tmp_path / "claude" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
        paths.config.mkdir(mode=0o700)
        paths.settings.write_text(
            f'[usage]\nbase_url = "{account.url}"\ninterval_s = 300\n[thresholds]\nsession_pct = 99\n'
        )
        monitor, _ = wiring.build_monitor(paths, desktop_alerts=False)
        seen = asyncio.Queue()
        monitor.on_view(seen.put_nowait)
        running = asyncio.ensure_future(monitor.run())
        try:
            async with asyncio.timeout(30):
                drawn = await _drawn_from(seen, "oauth_usage")
                await draws_its_status_line(99.5, (drawn["session"].resets_at, drawn["week"].resets_at))
                await _drawn_from(seen, "statusline_feed")
        finally:
            found, verdict = published(), gate_reader.read_gate().verdict
            await monitor.close()
            running.cancel()
        assert (found["session"], found["week"][1], verdict) == ((99.5, "statusline_feed"), "statusline_feed", "closed")
        models = [source for window, (_, source) in found.items() if window.startswith("model:")]
        assert set(models) == {"oauth_usage"}
        assert len(account.requests) == 1


async def test_another_logins_feed_is_not_taken(paths, tmp_path):
    await draws_its_status_line(
        50, (time.time() + 7200, time.time() + 90_000), CLAUDE_CONFIG_DIR=str(tmp_path / "other")
    )
    monitor, _ = wiring.build_monitor(paths, desktop_alerts=False)
    views = []
    monitor.on_view(views.append)
    monitor.start()
    await monitor.close()
    assert views[-1].accounts[0].windows == ()


async def _drawn_from(seen, source):
    """Wait for a picture with a number of that source, and return its windows."""
    while True:
        windows = (await seen.get()).accounts[0].windows
        if any(w.source == source for w in windows):
            return {w.id: w for w in windows}
