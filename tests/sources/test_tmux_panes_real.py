"""The real Claude Code in a real pane of tmux: its refusal is seen, and with the next answer it is over."""

from __future__ import annotations

import json
import time

import pytest

from parts.claude import Claude, ClaudeApi, program, text, tool_use
from parts.tmux import Server, sockets, until
from ringfence.core.settings import Tmux
from ringfence.exhaustion import Claim, Refusal, refusal_in_record
from ringfence.sources.tmux_panes import TmuxPanes

pytestmark = pytest.mark.claude
RESET = (int(time.time()) + 7200) // 60 * 60


@pytest.fixture
def api():
    with ClaudeApi() as api:
        yield api


@pytest.fixture
def pane(api, tmp_path, monkeypatch):
    """Return the client's home and the pane in which it runs."""
    claude = Claude(tmp_path, api)
    with sockets(monkeypatch):
        server = Server(dict(claude.environ))
        where = ("-x", "120", "-y", "40", "-c", str(claude.work))
        server.call("new-session", "-d", *where, "-s", "night", str(program()), "--allowedTools", "Bash")
        yield claude, Pane(server)
        server.call("kill-server")


class Pane:
    def __init__(self, server: Server) -> None:
        self._server = server

    def text(self) -> str:
        return self._server.call("capture-pane", "-p", "-S", "-50", "-t", "night")

    def shows(self, words: str) -> bool:
        return until(lambda: words in self.text())

    def enter(self, words: str) -> None:
        self._server.call("send-keys", "-t", "night", "-l", words)
        assert self.shows(words)
        self._server.call("send-keys", "-t", "night", "Enter")


async def test_a_refusal_in_the_middle_of_a_turn_is_seen_and_over_with_the_next_answer(pane, api):
    claude, shown = pane
    source = TmuxPanes(Tmux(dedicated={"night": "work"}))

    begun = []

    def answer(request):
        has_tools = "Bash" in {tool["name"] for tool in request.get("tools", ())}
        if not has_tools or begun:
            return [text("pong")]
        begun.append(request)
        api.refuses_until = RESET  # the next request, with what the tool printed
        return [tool_use("Bash", command="echo one; echo two", description="Count")]

    api.answer = answer
    assert shown.shows("? for shortcuts")
    assert await source.sweep(now=time.time()) == ()

    shown.enter("begin")
    assert shown.shows("hit your session limit"), shown.text()
    found = await until_found(source)
    assert (found.account, found.refusal.claim, found.refusal.resets_at) == ("work", Claim.SESSION, RESET), shown.text()

    assert until(lambda: refusals_in_transcripts(claude) == [found.refusal])

    api.refuses_until = None
    shown.enter("again")
    assert shown.shows("● pong"), shown.text()
    assert await source.sweep(now=time.time()) == ()


def refusals_in_transcripts(claude: Claude) -> list[Refusal]:
    """Return what the transcripts say; the client writes them a little after the screen."""
    written = "".join(path.read_text("utf-8") for path in (claude.config / "projects").rglob("*.jsonl"))
    records = [json.loads(line) for line in written.rpartition("\n")[0].split("\n") if line]
    return [r for record in records if (r := refusal_in_record(record, said_at=time.time(), zone=None))]


async def until_found(source: TmuxPanes):
    """Look until the refusal is there: with the sentence on the screen the footer still changes."""
    end = time.monotonic() + 20
    while not (found := await source.sweep(now=time.time())):
        assert time.monotonic() < end
    return found[0]
