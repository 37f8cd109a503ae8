"""A prompt typed into the real Claude Code, in a real terminal: the window shows the run while it is going on."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from desktop.test_end_to_end import App
from launch.test_statusline_real import Terminal
from parts.claude import Claude, ClaudeApi, text, tool_use
from ringfence import token_texts

pytestmark = pytest.mark.claude
LATE_S = 2.0
"""A person sees what was written at most this late."""


@pytest.fixture
def api():
    with ClaudeApi(five_hour=0.42, seven_day=0.31) as api:
        yield api


@pytest.fixture
def claude(api, tmp_path) -> Claude:
    return Claude(tmp_path / "claude", api)


@pytest.fixture
def app(desktop, api, claude, home) -> App:
    """Return the app with its window open."""
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(f'[usage]\nbase_url = "{api.url}"\ninterval_s = 60\n')
    started = App(desktop, api, home, claude.config)
    desktop.until(desktop.tray_items)
    desktop.tray("activate")
    desktop.until(lambda: "Agents may start" in heard(desktop))
    return started


def heard(desktop) -> str:
    """Return what a screen reader hears of what is shown: what is hidden is in the tree too."""
    return str([node for node in desktop.accessible("ringfence") if "showing" in node["states"]])


def answers_in(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of answers; the last line of a file may be half written."""
    lines = [line for path in folder.rglob("*.jsonl") for line in path.read_text().split("\n")[:-1]]
    return [made for made in map(json.loads, lines) if made["type"] == "assistant"]


def runs_of(app: App) -> list[dict[str, Any]]:
    """Return what `ringfence status` would list."""
    return json.loads((app.home / "status.json").read_text())["runs"]


def test_a_typed_prompt_is_in_the_window_with_its_tokens_while_it_is_going_on(app, claude, api, desktop):
    assert shutil.which("tmux"), "tmux is needed; Debian's package has its name"
    tools_asked = []

    def answer(request):
        """Call a tool in the first answer of the prompt, and hold the second one."""
        if "Bash" not in {tool["name"] for tool in request.get("tools", ())}:
            return [text("pong")]
        tools_asked.append(request)
        if len(tools_asked) == 1:
            return [tool_use("Bash", command="true", description="Do nothing")]
        api.begun.clear()
        api.released.clear()
        return [text("pong")]

    api.answer = answer
    terminal = Terminal(claude, "--allowedTools", "Bash")
    try:
        assert terminal.shows("? for shortcuts")
        assert "Running now" not in heard(desktop)
        terminal.enter("ping")
        desktop.until(lambda: len(tools_asked) == 2 and api.begun.is_set(), 40)
        (first,) = desktop.until(lambda: answers_in(claude.config / "projects"))
        desktop.until(lambda: runs_of(app))
        # The window is drawn before this file is written.
        late_s = (app.home / "status.json").stat().st_mtime - datetime.fromisoformat(first["timestamp"]).timestamp()
        desktop.until(lambda: "Running now" in heard(desktop))
        during = heard(desktop)
        assert not api.released.is_set(), "it is still going on"
    finally:
        api.released.set()
        terminal.close()
    (run,) = runs_of(app)
    usage = first["message"]["usage"]
    spent = token_texts.tokens_text(usage["input_tokens"] + usage["output_tokens"])
    name = token_texts.model_text(first["message"]["model"])
    assert f"{claude.work.name}, {name}, {spent} in under a minute" in during
    assert (run["project"], run["session"]) == (str(claude.work), first["sessionId"])
    assert late_s <= LATE_S
