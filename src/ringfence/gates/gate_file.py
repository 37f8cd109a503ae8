"""The gate file as a channel with two writers: the monitor writes the automatic part, whoever pauses the person's.

Each write happens under an OS lock, keeps the other's part, raises the serial, and replaces the file in one step.
"""

from __future__ import annotations

import math
import os
import re
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ringfence import gate_reader
from ringfence.core import gate_changes, gating
from ringfence.core.gate_changes import GateChange
from ringfence.core.model import Gate, Latches
from ringfence.file_errors import FileError
from ringfence.ports import GateSpec, Write
from ringfence.sentence import N_, Sentence
from ringfence.version import __version__

LOCK_TIMEOUT_S = 5.0
"""A writer holds the lock for milliseconds; longer means that it is stuck."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UPTIME = Path("/proc/uptime")


def uptime_s() -> float | None:
    """Return the seconds since this system started, sleep included, as a shell reads them; None where none can."""
    try:
        return float(_UPTIME.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


class GateFile:
    """`gate.json`, as its writers use it."""

    def __init__(self, path: Path, write: Write, *, uptime: Callable[[], float | None] = uptime_s) -> None:
        self._path = path
        self._write = write
        self._uptime = uptime
        self._lock = FileLock(path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S, mode=0o600)
        self._last = Latches()
        self._serial = 0

    def publish(self, gate: Gate, *, now: float) -> Latches:
        """Write the automatic part, keep the person's latches, and return them. Raises FileError."""
        with self._locked():
            before, serial = self._load()
            latches = gating.trimmed(gating.latches_in(before) if before else self._last, now)
            document = gating.gate_document(gate, latches, now=now, serial=serial + 1)
            return self._replace(document, now)

    def change(self, change: Callable[[Latches], Latches], *, now: float) -> Latches:
        """Change the person's latches, keep the automatic part, and return what stands now. Raises FileError."""
        with self._locked():
            before, serial = self._load()
            latches = gating.trimmed(change(gating.latches_in(before) if before else self._last), now)
            if before is None:
                # No monitor ever wrote here: a pause needs none. The lease is over, so all else stays unknown.
                document = gating.gate_document(Gate(lease_until=0.0), latches, now=now, serial=serial + 1)
            else:
                document = {**gating.with_latches(before, latches, now), "serial": serial + 1}
            return self._replace(document, now)

    def latches(self, *, now: float) -> Latches:
        """Return the person's latches in force; those seen last while the file is gone or cannot be trusted."""
        try:
            document = gate_reader.load_gate(str(self._path))
        except ValueError:
            return gating.trimmed(self._last, now)
        if document is not None:
            self._last = gating.latches_in(document)
        return gating.trimmed(self._last, now)

    def stands(self) -> bool:
        """Tell whether there is a gate that can be trusted: what the monitor writes anew when there is none."""
        try:
            return gate_reader.load_gate(str(self._path)) is not None
        except ValueError:
            return False

    def lapses(self, *, now: float) -> list[GateChange]:
        """Return what the file came to say by itself since it was written; nothing of one that cannot be trusted."""
        try:
            document = gate_reader.load_gate(str(self._path))
        except ValueError:
            return []
        return [] if document is None else gate_changes.lapses(document, now)

    def _load(self) -> tuple[gate_reader.Document | None, int]:
        """Return the document that stands and the highest serial; a damaged one is replaced, a newer one is not."""
        try:
            document = gate_reader.load_gate(str(self._path))
        except gate_reader.NewerFormatError as error:
            raise FileError(
                Sentence("The gate file {path} {reason}; update Ringfence.", path=self._path, reason=str(error))
            ) from None
        except ValueError:
            self._serial = max(self._serial, self._salvaged_serial())
            return None, self._serial
        if document is not None:
            document.setdefault("windows", [])
            self._serial = max(self._serial, document.get("serial", 0))
        return document, self._serial

    def _salvaged_serial(self) -> int:
        """Return the serial that can still be read in a damaged file: it must rise across everything (DESIGN 4)."""
        with suppress(OSError):
            if not stat.S_ISREG(self._path.lstat().st_mode):  # a fifo would block, a link lead elsewhere
                return 0
            with self._path.open("rb") as file:
                found = re.search(rb'"serial":\s*(\d+)', file.read(gate_reader.MAX_BYTES))
            serial = int(found[1][:20]) if found else 0
            return serial if serial < gate_reader.SERIAL_LIMIT else 0
        return 0

    def _replace(self, document: gate_reader.Document, now: float) -> Latches:
        boot_id = _boot_id()
        document["writer"] = _writer(boot_id)
        rest = {key: value for key, value in document.items() if key != "boot"}
        # The second line of the file: a shell reads no further.
        self._write(self._path, gate_reader.dump_gate({**_boot(boot_id, self._uptime(), now), **rest}))
        self._serial = document["serial"]
        self._last = gating.trimmed(gating.latches_in(document), now)
        return self._last

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            _make_folder(self._path.parent)
            self._lock.acquire()
        except Timeout:
            raise FileError(Sentence("{path} is locked by another program; try again.", path=self._path)) from None
        except (OSError, NotImplementedError) as error:  # a file system without locks raises the second
            raise FileError.of("write", self._path, error) from None
        try:
            yield
        finally:
            self._lock.release()


def _make_folder(folder: Path) -> None:
    # Each by itself: `parents=True` would leave the parents to the umask.
    for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _boot_id() -> str:
    with suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""


def _boot(boot_id: str, uptime: float | None, now: float) -> gate_reader.Document:
    """Return when this system started, by the writer's clock: with it a shell tells the time without a process."""
    if not boot_id or uptime is None:
        return {}
    return {"boot": {"id": boot_id, "at": math.ceil(now - uptime)}}


def _writer(boot_id: str) -> gate_reader.Document:
    return {"pid": os.getpid(), "host": socket.gethostname(), "boot_id": boot_id, "version": __version__}


SPEC = GateSpec(
    id="gate_file",
    label=N_("Gate file"),
    help=N_("gate.json, which scripts, hooks and launchers ask before they start a run."),
    build=GateFile,
)
