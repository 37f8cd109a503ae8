"""The real Claude Code, with its whole world on loopback: the client from npm, a made-up login, and the API it asks.

    with ClaudeApi() as api:
        claude = Claude(program(), folder, api)
        ran = claude.run("-p", "ping")
        assert api.prompts == 1

The client is installed once into a cache folder outside the checkout; RINGFENCE_TEST_CLAUDE names another program.
"""

from __future__ import annotations

import functools
import getpass
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from parts.account import LoopbackAccount, _Handler

PACKAGE = "@anthropic-ai/claude-code"
# Read when this file is imported: a test has a HOME and an environment of its own.
_GIVEN = os.environ.get("RINGFENCE_TEST_CLAUDE")
# Not HOME: the desktop session has one of its own, which would cost a download of 80 MB a run.
_CACHE = Path(f"~{getpass.getuser()}").expanduser() / ".cache" / "ringfence-tests" / "claude"
_ENVIRON = dict(os.environ)
_INSTALL_S, _RUN_S = 180, 60

Block = dict[str, Any]


@functools.cache
def why_not() -> str:
    """Return why the real client cannot be had here, else nothing; installs it the first time."""
    if _GIVEN:
        return "" if os.access(_GIVEN, os.X_OK) else f"RINGFENCE_TEST_CLAUDE: {_GIVEN} cannot be run"
    if program().exists():
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not there to bring Claude Code"
    _CACHE.mkdir(parents=True, exist_ok=True)
    quiet = ["--silent", "--no-fund", "--no-audit", "--fetch-retries=0", "--prefix", str(_CACHE)]
    try:
        subprocess.run(
            [npm, "install", *quiet, PACKAGE], env=_ENVIRON, capture_output=True, timeout=_INSTALL_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return f"npm could not bring {PACKAGE}"
    return "" if program().exists() else f"{PACKAGE} has no program for this machine"


def program() -> Path:
    """Return where the client is, or would be."""
    return Path(_GIVEN) if _GIVEN else _CACHE / "node_modules" / ".bin" / "claude"


def text(said: str) -> Block:
    """Return an answer in words."""
    return {"type": "text", "text": said}


def tool_use(name: str, **tool_input: Any) -> Block:
    """Return a call of a tool."""
    return {"type": "tool_use", "id": f"toolu_{time.time_ns()}", "name": name, "input": tool_input}


class ClaudeApi(LoopbackAccount):
    """The account, and the API that Claude Code sends its prompts to.

    `answer` takes a request's JSON and returns the blocks of the answer. While `released` is not set, an answer stops
    after its first words; `begun` is set as soon as one has. `refuses_until` is the reset (epoch seconds) of a session
    that is used up: every prompt is refused as the plan's limit refuses it. None: none is.
    """

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._server.RequestHandlerClass = type("ClaudeHandler", (_ClaudeHandler,), {"account": self})
        self.answer: Callable[[Block], list[Block]] = lambda _: [text("pong")]
        self.bodies: list[Block] = []
        self.refuses_until: int | None = None
        self.begun, self.released = threading.Event(), threading.Event()
        self.released.set()

    def close(self) -> None:
        """Stop; an answer that is held ends at once."""
        self.released.set()
        super().close()

    @property
    def prompts(self) -> int:
        """How many requests for an answer of a model came in."""
        return len(self.bodies)


class _ClaudeHandler(_Handler):
    account: ClaudeApi

    def do_HEAD(self) -> None:  # noqa: N802 - http.server's name
        self._head(200, 0)

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        if self.path == "/rig":
            super().do_POST()
            return
        request = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        self.account.remember("POST", self.path, dict(self.headers))
        if self.path.partition("?")[0] != "/v1/messages":
            self._json(200, {"input_tokens": 10})
            return
        if self.account.refuses_until is not None:
            self._refuse(str(self.account.refuses_until))
            return
        self.account.bodies.append(request)
        content = self.account.answer(request)
        stop = "tool_use" if content[-1]["type"] == "tool_use" else "end_turn"
        message = {
            "id": f"msg_{time.time_ns()}", "type": "message", "role": "assistant", "model": request.get("model"),
            "content": [], "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 12, "output_tokens": 7},
        }  # fmt: skip
        if request.get("stream"):
            self._stream(message, content, stop)
        else:
            self._json(200, {**message, "content": content, "stop_reason": stop})

    def _refuse(self, reset: str) -> None:
        said = "This request would exceed your account's rate limit. Please try again later."
        limits = {
            "status": "rejected", "5h-status": "rejected", "5h-utilization": "1.0", "5h-reset": reset,
            "representative-claim": "five_hour", "reset": reset,
        }  # fmt: skip
        headers = {f"anthropic-ratelimit-unified-{name}": value for name, value in limits.items()}
        error = {"type": "error", "error": {"type": "rate_limit_error", "message": said}}
        self._json(429, error, **headers, **{"Retry-After": "7200"})

    def _stream(self, message: Block, content: list[Block], stop: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self._event("message_start", message=message)
        for index, block in enumerate(content):
            words = block["type"] == "text"
            empty = {**block, "text": ""} if words else {**block, "input": {}}
            delta = (
                {"type": "text_delta", "text": block["text"]}
                if words
                else {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            )
            self._event("content_block_start", index=index, content_block=empty)
            self.account.begun.set()
            self.account.released.wait(30)
            self._event("content_block_delta", index=index, delta=delta)
            self._event("content_block_stop", index=index)
        self._event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=message["usage"])
        self._event("message_stop")

    def _event(self, kind: str, **fields: Any) -> None:
        self.wfile.write(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode())
        self.wfile.flush()


class Claude:
    """The client in a home with a made-up login, asking an API on loopback; `person` tells several logins apart."""

    def __init__(self, folder: Path, api: ClaudeApi, *, person: int = 1) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.config = self.home / ".claude"
        for path in (self.config, self.work):
            path.mkdir(parents=True)
        self._api = api
        login = {
            "accessToken": "sk-ant-oat01-TEST", "refreshToken": "sk-ant-ort01-TEST",
            "expiresAt": int((time.time() + 86400) * 1000), "scopes": ["user:inference", "user:profile"],
            "subscriptionType": "max", "rateLimitTier": "default_claude_max_20x",
        }  # fmt: skip
        credentials = self.config / ".credentials.json"
        credentials.write_text(json.dumps({"claudeAiOauth": login}))
        credentials.chmod(0o600)
        known = {
            "hasCompletedOnboarding": True, "theme": "dark",
            "projects": {str(self.work): {"hasTrustDialogAccepted": True}},
            "oauthAccount": {"accountUuid": f"00000000-0000-0000-0000-{person:012}", "emailAddress": "one@example.com",
                             "organizationUuid": "00000000-0000-0000-0000-000000000000"},
        }  # fmt: skip
        for path in (self.home / ".claude.json", self.config / ".claude.json"):
            path.write_text(json.dumps(known))

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that the client runs in: this test's, with the made-up home."""
        return {
            **os.environ,
            "PATH": f"{program().parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "ANTHROPIC_BASE_URL": self._api.url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }

    def start(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start the client, behind the words of another command when `before` has them."""
        return subprocess.Popen(
            [*before, str(program()), *arguments],
            cwd=self.work, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run the client to its end."""
        return finished(self.start(*arguments, before=before))


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a client, and return how it ended; one that does not end is killed."""
    try:
        out, err = process.communicate(timeout=_RUN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
