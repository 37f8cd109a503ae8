"""The MCP server: three questions that change nothing, answered from the files. Standard output is the protocol's.

It never asks the usage endpoint: without a monitor the answers say that nobody watches and how old everything is.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import mcp_types as types
import msgspec
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server

from ringfence import gate_reader, texts, wiring
from ringfence.cli import reading
from ringfence.documents import agents
from ringfence.documents.base import Document, plain
from ringfence.file_errors import FileError
from ringfence.storage.paths import Paths
from ringfence.version import __version__

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Ringfence watches the person's Claude subscription and holds new runs before a usage window runs out. "
    "Ask may_start before you start other agents (subagents, `claude -p`, workflows, batches), and respect a no: "
    "tell the person why and when to ask again. Work that runs already is never held. Asking costs no request."
)


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question without parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A tool: what it is called, when an agent should call it, what goes in and what comes out."""

    name: str
    title: str
    description: str
    asks: type[msgspec.Struct]
    answers: type[Document]
    ask: Callable[[Paths, Any], Awaitable[Document]]

    def tool(self) -> types.Tool:
        """Return it as the protocol lists it."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema={"properties": {}, **agents.schema_of(self.asks)},
            output_schema=agents.schema_of(self.answers),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )


async def usage(paths: Paths, _asked: Nothing) -> agents.UsageAnswer:
    """Return the windows of every account as the files tell them."""
    seen = reading.read(paths, running=wiring.monitor_runs(paths))
    remarks = [seen.view.trouble, *seen.remarks, "" if seen.running else reading.NO_MONITOR]
    warning = " ".join(texts.clean(remark, 300) for remark in remarks if remark) or None
    return agents.usage_answer(seen.view, seen.answer, now=seen.at, monitor_runs=seen.running, warning=warning)


async def may_start(paths: Paths, asked: agents.LaunchQuestion) -> agents.LaunchAnswer:
    """Ask the gate for one launch. A text that is empty counts as not given, as for `gate check`."""
    now = wiring.now()
    answer = gate_reader.read_gate(
        str(paths.gate),
        account=asked.account or None,
        model=asked.model or None,
        class_=asked.class_ or None,
        project=asked.project or None,
        now=now,
    )
    settings, _ = wiring.settings_in_force(paths)
    return agents.launch_answer(answer, now=now, unknown_opens=settings.gate.if_unknown == gate_reader.OPEN)


async def held_launches(paths: Paths, _asked: Nothing) -> agents.HeldLaunchesAnswer:
    """Return what waits for the gate. Raises FileError when the ledger cannot be read."""
    now = wiring.now()
    return agents.held_launches_answer(wiring.held_launches(paths, now=now), now=now)


QUESTIONS = (
    Question(
        name="usage",
        title="Claude usage windows",
        description=(
            "How much of the person's Claude subscription is used: each window (5-hour session, week, a model's week) "
            "with its reset, source and age. Call it before long or parallel work, to size it, and when the person "
            "asks about limits or quota. Numbers are as old as age_s says; estimated_pct is an estimate."
        ),
        asks=Nothing,
        answers=agents.UsageAnswer,
        ask=usage,
    ),
    Question(
        name="may_start",
        title="May another run start?",
        description=(
            "Whether a NEW run may start now. Call it before you start subagents, `claude -p`, a workflow or a batch "
            "(once for all of it), naming the model when you know it. When allowed is false do not start it: tell "
            "the person `why`, and ask again at ask_again_at. Your own run is not affected."
        ),
        asks=agents.LaunchQuestion,
        answers=agents.LaunchAnswer,
        ask=may_start,
    ),
    Question(
        name="held_launches",
        title="Runs held by the gate",
        description=(
            "Which runs wait for the gate, in the order in which they will start, and how many were held today. Call "
            "it when a run exited with status 75, or before you queue another one behind it."
        ),
        asks=Nothing,
        answers=agents.HeldLaunchesAnswer,
        ask=held_launches,
    ),
)


def serve(paths: Paths) -> None:
    """Answer on standard input and output until the input ends."""
    # Ctrl-C in a terminal: the thread that waits for input cannot be woken, and nothing here wants to be put away.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="ringfence mcp: %(levelname)s %(message)s")
    anyio.run(_serve, paths)


async def _serve(paths: Paths) -> None:
    server = build_server(paths)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def build_server(paths: Paths) -> Server[Any]:
    """Return the server of these paths, without a transport."""
    tools = [question.tool() for question in QUESTIONS]

    async def list_tools(
        _context: ServerRequestContext[Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call_tool(
        _context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return await _called(paths, params.name, params.arguments or {})

    return Server(
        "ringfence",
        title="Ringfence",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _called(paths: Paths, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
    """Answer one call; what is wrong with it goes back as a sentence that the model can act on."""
    question = next((q for q in QUESTIONS if q.name == name), None)
    if question is None:
        return _refused(f"There is no tool {texts.clean(name, 60)!r}: {', '.join(q.name for q in QUESTIONS)}.")
    try:
        asked = msgspec.convert(arguments, question.asks)
        answer = plain(await question.ask(paths, asked))
    except msgspec.ValidationError as error:
        return _refused(f"The arguments of {name} are wrong: {texts.clean(str(error))}.")
    except FileError as error:
        return _refused(str(error))
    said = types.TextContent(type="text", text=json.dumps(answer, allow_nan=False))
    return types.CallToolResult(content=[said], structured_content=answer)


def _refused(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=sentence)], is_error=True)
