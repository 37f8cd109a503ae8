"""The panes of a real tmux: watched ones are read, all of them in two calls, and nothing is typed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parts.tmux import Server, sockets, until
from ringfence.core.settings import Settings, Tmux
from ringfence.exhaustion import Claim
from ringfence.sources import tmux_panes
from ringfence.sources.tmux_panes import SPEC, TmuxPanes
from ringfence.wiring import refusal_specs

RECORDED = Path(__file__).parents[1] / "data" / "tmux_panes"
NOW = datetime(2025, 11, 27, 23, 15, tzinfo=UTC).timestamp()
"""Before the panes of these tests print anything, whatever this machine's clock says: it counts as said now."""
REFUSED, QUIET = "session-2.1.197", "overloaded-2.1.197"


@pytest.fixture
def folder(monkeypatch):
    """Give tmux a folder of sockets of this test's own."""
    with sockets(monkeypatch) as made:
        yield made


class Panes(Server):
    """A server whose panes show a file, then wait."""

    def show(self, session: str, name: str, *, columns: int = 110) -> None:
        self._show(session, name, "new-session", "-x", str(columns), "-y", "50", "-s", session)

    def split(self, session: str, name: str) -> None:
        self._show(session, name, "split-window", "-t", session)

    def _show(self, session: str, name: str, *words: str) -> None:
        path = RECORDED / f"{name}.txt"
        pane = self.call(*words, "-d", "-P", "-F", "#{pane_id}", f"cat {path}; exec sleep 600").strip()
        last = path.read_text("utf-8").splitlines()[-1].strip()[:20]
        assert until(lambda: last in self.text(pane))


@pytest.fixture
def server(folder):
    made = Panes()
    made.call("new-session", "-d", "-s", "held", "sleep 600")  # an own one, so that there always is a server
    yield made
    made.call("kill-server")


def panes(**chosen) -> TmuxPanes:
    return TmuxPanes(Tmux(**chosen), zone=UTC)


async def test_a_dedicated_session_that_shows_a_refusal_is_found(server):
    server.show("night shift", REFUSED)
    (found,) = await panes(dedicated={"night shift": "work"}).sweep(now=NOW)
    assert (found.account, found.sessions, found.refusal.claim) == ("work", ("night shift",), Claim.SESSION)
    assert found.refusal.resets_at == datetime(2025, 11, 28, 2, 13, tzinfo=UTC).timestamp()


async def test_two_sessions_of_a_pool_are_found_and_others_are_not_looked_at(server):
    for session, shown in (("agent-1", REFUSED), ("agent-2", QUIET), ("other", REFUSED)):
        server.show(session, shown)
    source = panes(pools={"agent-": "work"})
    assert await source.sweep(now=NOW) == ()
    server.split("agent-2", REFUSED)
    (found,) = await source.sweep(now=NOW + 30)
    assert found.sessions == ("agent-1", "agent-2")
    assert len(found.panes) == 2


async def test_a_pane_in_two_sessions_is_one(server):
    server.show("agent-1", REFUSED)
    server.call("new-session", "-d", "-t", "agent-1", "-s", "agent-2")
    assert await panes(pools={"agent-": "work"}).sweep(now=NOW) == ()


async def test_a_pane_says_when_it_last_printed_anything(server, monkeypatch):
    seen = []
    monkeypatch.setattr(tmux_panes.panes, "step", lambda memory, captures, **_: seen.extend(captures) or (memory, ()))
    began = time.time()
    server.show("night", REFUSED)
    await panes(dedicated={"night": "work"}).sweep(now=NOW)
    (capture,) = seen
    assert began - 2 < capture.active_at < time.time() + 2


async def test_a_low_pane_is_read_above_what_is_visible(server):
    server.show("night", REFUSED)
    server.call("resize-window", "-t", "night", "-y", "8")
    assert "session limit" not in server.call("capture-pane", "-p", "-t", "night")
    assert await panes(dedicated={"night": "work"}).sweep(now=NOW)


async def test_the_locale_does_not_matter(server, monkeypatch):
    server.show("nächtlich", REFUSED)
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.setenv(name, "C")
    assert await panes(dedicated={"nächtlich": "work"}).sweep(now=NOW)


async def test_a_line_that_the_terminal_wrapped_is_one(server):
    """Printed for a wider window than the one in which it is shown."""
    server.show("night", REFUSED, columns=40)
    assert await panes(dedicated={"night": "work"}).sweep(now=NOW)


async def test_a_pane_whose_program_has_ended_says_nothing(server):
    server.call("set-option", "-g", "remain-on-exit", "on")
    server.call("new-session", "-d", "-x", "110", "-y", "50", "-s", "night", f"cat {RECORDED / REFUSED}.txt")
    assert until(lambda: server.call("list-panes", "-t", "night", "-F", "#{pane_dead}").strip() == "1")
    assert await panes(dedicated={"night": "work"}).sweep(now=NOW) == ()


async def test_a_pane_that_closes_between_the_two_calls_costs_the_others_nothing(server, monkeypatch):
    for session in ("agent-1", "agent-2", "agent-3", "agent-4"):
        server.show(session, REFUSED)
    called = tmux_panes._tmux

    async def closes_two(*words):
        said = await called(*words)
        if words[0] == "list-panes":
            server.call("kill-session", "-t", "agent-1")
            server.call("kill-session", "-t", "agent-3")
        return said

    monkeypatch.setattr(tmux_panes, "_tmux", closes_two)
    (found,) = await panes(pools={"agent-": "work"}).sweep(now=NOW)
    assert found.sessions == ("agent-2", "agent-4")


async def test_many_panes_cost_two_processes(server, monkeypatch):
    for number in range(8):
        server.show(f"agent-{number}", REFUSED)
    calls = []
    called = tmux_panes._tmux
    monkeypatch.setattr(tmux_panes, "_tmux", lambda *words: calls.append(words) or called(*words))
    (found,) = await panes(pools={"agent-": "work"}).sweep(now=NOW)
    assert len(found.panes) == 8
    assert len(calls) == 2
    assert {"send-keys", "paste-buffer", "set-buffer"}.isdisjoint(word for words in calls for word in words)


async def test_without_a_server_there_is_nothing(folder):
    assert await panes(pools={"": "work"}).sweep(now=NOW) == ()
    assert not [path for path in Path(folder).rglob("*") if path.is_socket()]  # it starts none


async def test_without_tmux_there_is_nothing(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert await panes(pools={"agent-": "work"}).sweep(now=NOW) == ()


@pytest.mark.parametrize(
    "does",
    ["exit 1", "echo no such thing; exit 1", "echo '%0 1 0 agent-1'", "printf '\\377\\0 1 0 agent-1\\n'", "kill -9 $$"],
)
async def test_a_tmux_that_answers_anything_else_is_no_error(tmp_path, monkeypatch, does):
    fake(tmp_path, monkeypatch, does)
    assert await panes(pools={"agent-": "work"}).sweep(now=NOW) == ()


async def test_a_tmux_that_does_not_answer_is_left_and_ended(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, f"echo $$ >{tmp_path}/pid; exec sleep 600")
    monkeypatch.setattr(tmux_panes, "DEADLINE_S", 0.3)
    assert await panes(pools={"agent-": "work"}).sweep(now=NOW) == ()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def fake(folder: Path, monkeypatch, does: str) -> None:
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_it_is_a_source_of_refusals_and_off_until_a_session_is_named():
    assert refusal_specs() == (SPEC,)
    assert SPEC.build(Settings()) is None
    assert SPEC.build(Settings(tmux=Tmux(pools={"agent-": "default"}))) is not None
    assert SPEC.every_s(Settings(tmux=Tmux(every_s=60))) == 60
