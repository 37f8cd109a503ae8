"""The API of the real daemon on a loopback account, asked by programs that know nothing of it."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from cli.world import SOURCE
from parts import chromium
from parts.account import LoopbackAccount
from ringfence.api import extra, sockets
from ringfence.gate_reader import read_gate
from ringfence.storage.paths import Paths
from tokens.reference import line

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
MAIN = "import sys; from ringfence.__main__ import main; sys.exit(main())"
CANARY = "sk-ant-oat01-CANARY-that-must-never-be-seen"


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for another process: there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


class Daemon:
    """`ringfence daemon` with a home of its own."""

    def __init__(self, home: Path, login: Path, account: LoopbackAccount) -> None:
        self.paths, self.account = Paths(config=home, state=home), account
        self.environment = {
            **os.environ, "RINGFENCE_HOME": str(home), "CLAUDE_CONFIG_DIR": str(login), "PYTHONPATH": str(SOURCE),
        }  # fmt: skip
        self.process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, prelude: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run `ringfence ARGUMENTS`; `prelude` is Python that runs before it."""
        code = "; ".join([*prelude, MAIN])
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], env=self.environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    def settings(self, more: str) -> None:
        self.paths.settings.write_text(f'[usage]\nbase_url = "{self.account.url}"\ninterval_s = 1\n{more}')

    @contextmanager
    def running(self, *prelude: str) -> Iterator[Daemon]:
        """Run the daemon for a while; `prelude` is Python that runs before it."""
        code = "; ".join([*prelude, MAIN])
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "daemon"], env=self.environment, stderr=subprocess.PIPE, text=True
        )
        try:
            until(lambda: read_gate(str(self.paths.gate)).verdict == "open")
            yield self
        finally:
            self.process.terminate()
            self.process.communicate(timeout=30)

    def log(self) -> str:
        return self.paths.log.read_text(encoding="utf-8")

    def client(self) -> httpx.Client:
        transport = httpx.HTTPTransport(uds=str(self.paths.api_socket))
        return httpx.Client(transport=transport, base_url="http://localhost", timeout=20)


@pytest.fixture
def daemon(home, tmp_path) -> Iterator[Daemon]:
    login = tmp_path / "claude"
    login.mkdir()
    made = {"accessToken": CANARY, "expiresAt": int((time.time() + 86400) * 1000), "scopes": ["user:profile"]}
    (login / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}))
    home.mkdir(mode=0o700)
    with LoopbackAccount(five_hour=0.42, seven_day=0.31) as account:
        yield Daemon(home, login, account)


# ---- on and off


def test_it_is_off_until_it_is_switched_on_and_follows_the_switch_at_once(daemon):
    daemon.settings("")
    with daemon.running():
        assert daemon.run("api").stdout == "The local API is off; switch it on with `ringfence api on`.\n"
        assert not daemon.paths.api_socket.exists()
        on = daemon.run("api", "on")
        assert on.stdout.startswith(f"The local API is on.\nSocket: {daemon.paths.api_socket}\n")
        until(lambda: sockets.answers(daemon.paths.api_socket))
        with daemon.client() as client:
            assert client.get("/v1/health").json()["status"] == "ok"
            assert "answers" in daemon.run("api", "status").stdout
            assert daemon.run("api", "off").stdout == "The local API is off.\n"
            until(lambda: not daemon.paths.api_socket.exists())
        told = json.loads(daemon.run("api", "status", "--json").stdout)
    assert (told["enabled"], told["answers"], told["socket"]) == (False, False, str(daemon.paths.api_socket))


def test_a_port_that_is_taken_is_told_in_status_until_another_one_is_chosen(daemon):
    daemon.settings("")
    with daemon.running(), socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon.run("api", "on", "--port", str(port))
        sentence = f"Cannot listen on 127.0.0.1:{port}: Address already in use"
        until(lambda: sentence in (json.loads(daemon.run("status", "--json").stdout)["trouble"] or ""))
        assert str(daemon.paths.log) in daemon.run("api", "status").stderr
        daemon.settings("[api]\nenabled = true\n")
        until(lambda: sockets.answers(daemon.paths.api_socket))
        until(lambda: json.loads(daemon.run("status", "--json").stdout)["trouble"] is None)


def test_a_daemon_that_ends_leaves_no_socket_and_one_that_was_killed_is_followed_by_the_next(daemon):
    daemon.settings("[api]\nenabled = true\n")
    with daemon.running():
        until(lambda: sockets.answers(daemon.paths.api_socket))
    assert not daemon.paths.api_socket.exists()
    with daemon.running():
        until(lambda: sockets.answers(daemon.paths.api_socket))
        daemon.process.kill()
        daemon.process.wait()
    assert daemon.paths.api_socket.exists()
    daemon.paths.gate.unlink()
    with daemon.running(), daemon.client() as client:
        until(lambda: sockets.answers(daemon.paths.api_socket))
        assert client.get("/v1/usage").status_code == 200


# ---- without the extra


HIDDEN = (
    "import sys; sys.modules['aiohttp'] = None",
    "import importlib.util as u; f = u.find_spec",
    "u.find_spec = lambda name, package=None: None if name == 'aiohttp' else f(name, package)",
)
"""Python in which the package cannot be found."""


def test_without_the_extra_everything_else_goes_on_and_switching_it_on_says_what_to_install(daemon):
    daemon.settings("")
    on = daemon.run("api", "on", prelude=HIDDEN)
    assert (on.returncode, on.stdout, on.stderr) == (1, "", f"ringfence: {extra.MISSING}\n")
    assert "api" not in daemon.paths.settings.read_text()
    daemon.settings("[api]\nenabled = true\n[thresholds]\nsession_pct = 90\n")
    with daemon.running(*HIDDEN):
        until(lambda: extra.MISSING in daemon.log())
        assert extra.MISSING in json.loads(daemon.run("status", "--json").stdout)["trouble"]
        daemon.account.set(five_hour=0.91)
        until(lambda: read_gate(str(daemon.paths.gate)).verdict == "closed")


def test_while_it_is_off_nothing_of_it_is_loaded(daemon):
    daemon.settings("")
    said = "print(*(name in sys.modules for name in ('aiohttp', 'ringfence.api.server', 'ringfence.api.hub')))"
    code = f"import atexit, sys; atexit.register(lambda: {said}); {MAIN}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "daemon"],
        env=daemon.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    until(lambda: read_gate(str(daemon.paths.gate)).verdict == "open")
    process.terminate()
    assert process.communicate(timeout=30)[0] == "False False False\n"


# ---- real clients


def page() -> str:
    """Return the page of Python that stands in docs/api.md."""
    found = re.search(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


def test_the_page_of_python_shows_windows_sets_a_threshold_is_refused_and_sees_the_frame(daemon):
    daemon.settings("[api]\nenabled = true\n")
    with daemon.running():
        until(lambda: sockets.answers(daemon.paths.api_socket))
        done = subprocess.run(
            [sys.executable, "-c", page()], capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "RINGFENCE_API": str(daemon.paths.api_socket)},
        )  # fmt: skip
        launches = json.loads(daemon.run("launches", "--json").stdout)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("default 5-hour session: 42 %, ")
    assert lines[1].startswith("default Week: 31 %, ")
    assert lines[2] == "threshold: 40 pauses at once: True"
    assert re.fullmatch(r"refused: session_threshold ask again in \d+ s", lines[3])
    assert lines[4:] == ["frame: launch_refused session_threshold"]
    assert launches["by_reason"] == {"session_threshold": 1}
    assert "session_pct = 40" in daemon.paths.settings.read_text()
    assert CANARY not in done.stdout + daemon.log()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_curl_asks_sets_and_follows_over_the_socket(daemon):
    curl = shutil.which("curl")
    assert curl is not None
    daemon.settings("[api]\nenabled = true\n")

    def ask(path: str, *more: str) -> str:
        command = [curl, "-sS", "--max-time", "20", "--unix-socket", str(daemon.paths.api_socket), *more]
        return subprocess.run(
            [*command, f"http://localhost{path}"], capture_output=True, text=True, check=False, timeout=60
        ).stdout

    with daemon.running():
        until(lambda: sockets.answers(daemon.paths.api_socket))
        assert json.loads(ask("/v1/usage"))["accounts"][0]["usage"][0]["used_pct"] == 42
        body = ("-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"session_pct": 90}')
        assert json.loads(ask("/v1/thresholds", *body))["thresholds"]["session_pct"] == 90
        assert "ringfence_used_ratio" in ask("/metrics")
        assert ask("/v1/events", "-N", "--max-time", "1").count("event: snapshot\n") >= 1
        assert json.loads(ask("/v1/usage", "-H", "Origin: http://localhost"))["error"] == "web_page"


def test_what_a_run_spends_comes_as_a_frame_and_stands_in_runs_and_tokens(daemon):
    daemon.settings("[api]\nenabled = true\n")
    transcript = Path(daemon.environment["CLAUDE_CONFIG_DIR"]) / "projects" / "-home-me-x" / "s1.jsonl"
    with daemon.running(), daemon.client() as client, daemon.client() as other:
        until(lambda: sockets.answers(daemon.paths.api_socket))
        with client.stream("GET", "/v1/events") as events:
            transcript.parent.mkdir(parents=True)
            transcript.write_bytes(line("m1", at=time.time() - 1, usage=(3, 0, 0, 5)) + b"\n")
            lines = events.iter_lines()
            assert next(each for each in lines if each == "event: usage")
            run = json.loads(next(lines).removeprefix("data: "))
        assert (run["session"], run["tokens"]["input"], run["tokens"]["output"]) == ("s1", 3, 5)
        assert [r["session"] for r in other.get("/v1/runs").json()["runs"]] == ["s1"]
        assert other.get("/v1/tokens/models?since=today").json()["total"]["output"] == 5


# ---- a web page


PAGE = """<!doctype html><title>evil</title><body><pre id=said></pre><script>
const base = "http://127.0.0.1:PORT", rebound = "http://evil.example:PORT", said = {};
const put = {method: "PUT", body: '{"session_pct": 1}', headers: {"Content-Type": "application/json"}};
const plain = {method: "POST", mode: "no-cors", body: "{}", headers: {"Content-Type": "text/plain"}};
const token = {headers: {Authorization: "Bearer TOKEN"}};
const attempts = {
  read: () => fetch(base + "/v1/usage").then(r => r.text()),
  with_token: () => fetch(base + "/v1/usage", token).then(r => r.text()),
  set: () => fetch(base + "/v1/thresholds", put).then(r => r.text()),
  blind: () => fetch(base + "/v1/pause", plain).then(r => r.type),
  rebound: () => fetch(rebound + "/v1/usage").then(r => r.text()),
  rebound_with_token: () => fetch(rebound + "/v1/usage", token).then(r => r.text()),
  socket: () => new Promise((yes, no) => { const w = new WebSocket("ws://127.0.0.1:PORT/v1/events");
    w.onmessage = m => yes(m.data); w.onerror = () => no(new Error("refused")); }),
  events: () => new Promise((yes, no) => { const e = new EventSource(base + "/v1/events");
    e.addEventListener("snapshot", m => yes(m.data)); e.onerror = () => no(new Error("refused")); }),
  script: () => new Promise((yes, no) => { const s = document.createElement("script");
    s.src = base + "/v1/usage"; s.onload = () => yes("loaded"); s.onerror = () => no(new Error("refused"));
    document.body.append(s); }),
  control: () => fetch("/control").then(r => r.text()),
};
Promise.all(Object.entries(attempts).map(([name, attempt]) =>
  attempt().then(r => { said[name] = r; }, e => { said[name] = "refused"; }))).then(() => {
    document.getElementById("said").textContent = JSON.stringify(said); });
</script>"""


@contextmanager
def page_on(port: int, token: str) -> Iterator[str]:
    """Serve a page from another origin."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = "reached" if self.path == "/control" else PAGE.replace("PORT", str(port)).replace("TOKEN", token)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=partial(server.serve_forever, 0.05))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.chromium
def test_a_page_in_a_browser_gets_nothing_and_changes_nothing_even_with_the_token(daemon, tmp_path):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as free:
        port = free.server_address[1]
    daemon.settings(f"[api]\nenabled = true\nport = {port}\n")
    with daemon.running(), daemon.client() as client:
        until(lambda: sockets.answers(daemon.paths.api_socket))
        token = daemon.paths.api_token.read_text().strip()
        with_token = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"http://127.0.0.1:{port}/v1/usage", headers=with_token).status_code == 200
        with page_on(port, token) as url:
            document = chromium.dump(url, tmp_path / "browser")
        found = re.search(r"<pre id=\"said\">(.*?)</pre>", document, re.DOTALL)
        assert found, document
        said = json.loads(found[1].replace("&quot;", '"'))
        # A blind request is sent, and its answer is hidden from the page: it says nothing of what came of it.
        assert said.pop("control") == "reached"
        assert said.pop("blind") in {"opaque", "refused"}
        assert set(said.values()) == {"refused"}, said
        assert client.get("/v1/thresholds").json()["thresholds"]["session_pct"] is None
        gate = client.get("/v1/gate").json()
        assert (gate["verdict"], gate["pauses"]) == ("open", [])


# ---- the tray's loop


QASYNC = """
import asyncio, os, sys
os.environ["QT_API"] = "pyside6"; os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication
import qasync
from ringfence import wiring
from ringfence.cli.daemon import run
from ringfence.storage.paths import find_paths
app = QApplication(sys.argv[:1])
loop = qasync.QEventLoop(app)
asyncio.set_event_loop(loop)
with loop:
    sys.exit(loop.run_until_complete(run(wiring.build_monitor(find_paths(), desktop_alerts=False)[0])))
"""


def test_the_trays_loop_runs_it_unchanged(daemon, qapp):  # left out where Qt does not load
    import aiohttp

    daemon.settings("[api]\nenabled = true\n")
    process = subprocess.Popen(
        [sys.executable, "-c", QASYNC], env=daemon.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        until(lambda: sockets.answers(daemon.paths.api_socket))
        with daemon.client() as client:
            until(lambda: client.get("/v1/health").json()["status"] == "ok")
            assert client.put("/v1/thresholds", json={"session_pct": 40}).json()["pauses_at_once"] is True
            assert client.post("/v1/launches", json={}).status_code == 503
            assert client.get("/v1/tokens/daily").json()["rows"] == []
            assert client.put("/v1/thresholds", content=b" " * 70_000).status_code == 413
        assert aiohttp.__version__
        done = subprocess.run(
            [sys.executable, "-c", page()], capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "RINGFENCE_API": str(daemon.paths.api_socket)},
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == "frame: launch_refused session_threshold", done.stderr
    finally:
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, said) == (0, "")
    assert not daemon.paths.api_socket.exists()
