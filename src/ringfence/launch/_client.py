"""The real Claude Code, started to prove its hooks: with a folder and a key made up for it, and an API on loopback.

Nothing of the person's is used: no login, no settings of theirs but our hooks, no request that leaves the machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ringfence.adapter_ports import AdapterOptions, Proof
from ringfence.launch import _data
from ringfence.sentence import Sentence

MESSAGES = "/v1/messages"
_REFUSAL = b'{"type":"error","error":{"type":"invalid_request_error","message":"This is a proof of Ringfence."}}'
_RUN_S = 30.0
_FOREIGN = ("ANTHROPIC_", "CLAUDE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def find(options: AdapterOptions) -> str | None:
    """Return where `claude` is on PATH, None when it is not."""
    return shutil.which("claude", path=options.environ.get("PATH"))


def prove(client: str, settings: object, homes: Mapping[str, Path], options: AdapterOptions) -> tuple[Proof, ...]:
    """Let the client ask with each gate: closed it must send no prompt, open it must. Never raises."""
    made = []
    for state, home in homes.items():
        what = _data.with_gate(f"{client} -p", state)
        try:
            sent, said = _prompts_sent(client, settings, home, options)
        except subprocess.TimeoutExpired:
            made.append(
                Proof(
                    what=what,
                    proved=False,
                    detail=Sentence("It did not end within {seconds} s.", seconds=f"{_RUN_S:.0f}"),
                )
            )
            continue
        except OSError as error:
            made.append(
                Proof(what=what, proved=False, detail=Sentence("It cannot be run: {reason}.", reason=error.strerror))
            )
            continue
        held = "Ringfence holds" in said
        proved = sent == 0 and held if state == "closed" else sent > 0
        made.append(Proof(what=what, proved=proved, detail=_told(sent, "" if proved else said[:200])))
    return tuple(made)


def _told(sent: int, said: str) -> Sentence:
    """Return what was sent, and what was said to it where that matters."""
    if sent == 0:
        none = Sentence("It sent no prompt to an API on this machine and said: {said}", said=said)
        return none if said else Sentence("It sent no prompt to an API on this machine.")
    if said:
        return Sentence("It sent its prompt to an API on this machine and said: {said}", said=said)
    return Sentence("It sent its prompt to an API on this machine.")


def _prompts_sent(client: str, settings: object, home: Path, options: AdapterOptions) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="ringfence-proof-") as folder, _api() as (url, requests):
        (Path(folder) / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        ran = subprocess.run(  # noqa: S603 - the client that the person has
            [client, "-p", "ping"],
            cwd=folder,
            env=_environ(options.environ, url, folder, home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_RUN_S,
            check=False,
        )
        return sum(path.startswith(MESSAGES) for path in requests), " ".join(f"{ran.stdout} {ran.stderr}".split())


def _environ(given: Mapping[str, str], url: str, folder: str, home: Path) -> dict[str, str]:
    """Return the person's environment without their login, their proxy and the run that this may stand in."""
    kept = {k: v for k, v in given.items() if not k.startswith(_FOREIGN) and k.lower() not in _PROXIES}
    return {
        **kept,
        "ANTHROPIC_API_KEY": "made-up-for-a-proof",
        "ANTHROPIC_BASE_URL": url,
        "CLAUDE_CONFIG_DIR": folder,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "RINGFENCE_HOME": str(home),
    }


@contextmanager
def _api() -> Iterator[tuple[str, list[str]]]:
    """Serve an API on loopback that refuses every prompt for good; yields its address and the paths asked for."""
    import threading  # noqa: PLC0415 - the adapters are listed far more often than proved
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415

    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            requests.append(self.path)
            self._refuse()

        def do_GET(self) -> None:
            self._refuse()

        def _refuse(self) -> None:
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(_REFUSAL)))
            self.end_headers()
            self.wfile.write(_REFUSAL)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
