"""The real Claude Code's status line, in a real terminal (tmux): its limits reach the feed, the person's line stays."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ringfence
from launch import homes
from parts.claude import Claude, ClaudeApi, program
from ringfence.core.account_settings import Account
from ringfence.launch.statusline import SPEC
from ringfence.ports import Tools
from ringfence.sources import feeds

pytestmark = pytest.mark.claude
RESET, WEEK_RESET = int(time.time()) + 7200, int(time.time()) + 300_000
LIMITS = {
    "status": "allowed", "5h-status": "allowed", "5h-utilization": "0.42", "5h-reset": str(RESET),
    "7d-status": "allowed", "7d-utilization": "0.87", "7d-reset": str(WEEK_RESET),
    "representative-claim": "five_hour", "reset": str(RESET),
}  # fmt: skip


def until(holds: Callable[[], bool], seconds: float = 40.0) -> bool:
    """Wait for another process: there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Terminal:
    """A tmux server of its own, with Claude Code in its only pane."""

    def __init__(self, claude: Claude, *arguments: str) -> None:
        self._tmux = ["tmux", "-S", str(claude.home / "tmux.socket")]
        self._call("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "-c", str(claude.work),
                   str(program()), *arguments, environ=dict(claude.environ))  # fmt: skip

    def shows(self, words: str) -> bool:
        return until(lambda: words in self._call("capture-pane", "-p"))

    def enter(self, words: str) -> None:
        self._call("send-keys", "-l", words)
        assert self.shows(words)
        self._call("send-keys", "Enter")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=20, check=False)

    def _call(self, *words: str, environ: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, timeout=20, env=environ, check=True
        )
        return done.stdout


@pytest.fixture
def api() -> Iterator[ClaudeApi]:
    with ClaudeApi() as api:
        handler = api._server.RequestHandlerClass

        def end_headers(self) -> None:
            for name, value in LIMITS.items():
                self.send_header(f"anthropic-ratelimit-unified-{name}", value)
            handler.end_headers(self)

        api._server.RequestHandlerClass = type("Limited", (handler,), {"end_headers": end_headers})
        yield api


def test_what_the_client_was_told_reaches_the_feed_and_the_persons_line_is_drawn(api, tmp_path, home, monkeypatch):
    assert shutil.which("tmux"), "tmux is needed; Debian's package has its name"
    monkeypatch.setenv("PYTHONPATH", str(Path(ringfence.__file__).parents[1]))
    claude = Claude(tmp_path, api)
    settings = claude.config / "settings.json"
    own = '{"statusLine": {"type": "command", "command": "echo it is \\u0027mine\\u0027 | tr a-z A-Z"}}'
    settings.write_text(own)
    options = homes.options(program=(sys.executable, "-m", "ringfence"), environ=claude.environ)
    SPEC.adapter.install(options)
    terminal = Terminal(claude)
    try:
        assert terminal.shows("IT IS MINE")
        (feed,) = feeds()
        tools = Tools(now=time.time, environ={}.get, read_secret=None)
        paths = feed.files(Account(name="one", config_dir=str(claude.config)), home, tools)
        assert not any(Path(path).exists() for path in paths)  # before its first answer it knows no limits
        terminal.enter("ping")
        assert until(lambda: any(Path(path).exists() for path in paths))
    finally:
        terminal.close()
    (path,) = (path for path in paths if Path(path).exists())
    sample = feed.read(path, "one", now=time.time())
    assert {w.id: (w.used, w.resets_at) for w in sample.windows} == {
        "session": (0.42, RESET), "week": (0.87, WEEK_RESET),
    }  # fmt: skip
    assert time.time() - sample.observed_at < 60
    assert json.loads(Path(path).read_text())["claude_code"]
    SPEC.adapter.remove(options)
    assert settings.read_text() == own
