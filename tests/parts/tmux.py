"""A real tmux with a server of its own: the one that `tmux` takes by itself while `sockets` is entered.

with sockets(monkeypatch):
    server = Server()
    server.call("new-session", "-d", "-s", "agent", "cat")
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give tmux a folder of sockets of its own. A short one: a socket's path has a hundred characters at most."""
    assert shutil.which("tmux"), "tmux is needed; Debian's package has its name"
    monkeypatch.delenv("TMUX", raising=False)
    with tempfile.TemporaryDirectory(prefix="tm") as folder:
        monkeypatch.setenv("TMUX_TMPDIR", folder)
        monkeypatch.setenv("TERM", "xterm")
        yield folder


class Server:
    """Calls of tmux; the first session that is made starts the server, which hands on that call's environment."""

    def __init__(self, environ: dict[str, str] | None = None) -> None:
        self._environ = environ

    def call(self, *words: str) -> str:
        """Call tmux, and return what it prints."""
        command = ["tmux", "-u", "-f", "/dev/null", *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def text(self, target: str) -> str:
        """Return what a pane shows."""
        return self.call("capture-pane", "-p", "-t", target)


def until(holds: Callable[[], bool], seconds: float = 40.0) -> bool:
    """Wait for another process: there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
