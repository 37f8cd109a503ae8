"""Where Ringfence's files are: all moved by RINGFENCE_HOME, else the system's config and state folders (DESIGN 3)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ringfence import gate_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Every file of ours."""

    config: Path
    state: Path
    runtime: Path | None = None
    """Where sockets are; None: the state folder."""

    @property
    def settings(self) -> Path:
        """Choices, written by people and the dialog."""
        return self.config / "settings.toml"

    @property
    def gate(self) -> Path:
        """The gate file: what launchers ask."""
        return self.state / "gate.json"

    @property
    def status(self) -> Path:
        """The last readings: what `ringfence status` prints."""
        return self.state / "status.json"

    @property
    def memory(self) -> Path:
        """Facts learnt."""
        return self.state / "memory.json"

    @property
    def ledger(self) -> Path:
        """History."""
        return self.state / "ledger.sqlite3"

    @property
    def log(self) -> Path:
        """The rotating, redacted log."""
        return self.state / "ringfence.log"

    @property
    def route(self) -> Path:
        """What `ringfence route` needs beside the gate."""
        return self.state / "route.json"

    @property
    def refusals(self) -> Path:
        """Left by launchers beside a monitor: an account refused a run."""
        return self.state / "route.refused"

    @property
    def read_request(self) -> Path:
        """Left by a face beside a monitor: a person wants a fresh reading."""
        return self.state / "read.request"

    @property
    def hint_request(self) -> Path:
        """Left by a face beside a monitor: a person wants an explanation no more."""
        return self.state / "hint.request"

    @property
    def monitor_lock(self) -> Path:
        """Held by the one monitor that runs."""
        return self.state / "monitor.lock"

    @property
    def desktop_files(self) -> Path:
        """What `ringfence desktop install` wrote into the desktop's folders."""
        return self.state / "desktop-files.json"

    @property
    def api_socket(self) -> Path:
        """The Unix socket of the local API."""
        return (self.runtime or self.state) / "api.sock"

    @property
    def api_token(self) -> Path:
        """The token that the local API asks for over TCP."""
        return self.state / "api.token"


def find_paths() -> Paths:
    """Return where the files are now, by the rule of the gate's readers. Raises RuntimeError where there is no home."""
    config, state = (Path(gate_reader.home_folder(kind)) for kind in ("config", "state"))
    if not state.is_absolute():  # nothing says where home is, and a `~` stands there still
        Path.home()
    if moved := os.environ.get("RINGFENCE_HOME"):
        Path(moved).expanduser()  # of somebody who is not known: for a reader that is a folder's name like others
        return Paths(config=config, state=state)
    # Files are never in the runtime folder: cron jobs and ssh sessions, which ask the gate, may have none.
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    usable = runtime.is_absolute() and os.access(runtime, os.W_OK | os.X_OK)  # `su` leaves the folder of somebody else
    return Paths(config=config, state=state, runtime=runtime / "ringfence" if usable else None)
