"""`route.json`, what the rule of routes needs beside the gate; and `route.refused`, what launchers report back.

Its reader is `ringfence.route`, on the standard library alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ringfence import gate_reader
from ringfence.core.events import RefusalReported
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import read_file, write_atomic

LONGEST_REPORTS = 64 * 1024
"""More than this in one go is no launcher's."""


def write(path: Path, document: dict[str, Any]) -> None:
    """Write `route.json`, one line a key, so that a person can read it too. Raises FileError."""
    try:
        lines = ",\n".join(
            f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'), allow_nan=False)}"
            for key, value in document.items()
        )
        data = f"{{{lines}}}\n".encode()
    except (ValueError, UnicodeError) as error:
        raise FileError.cannot(
            "write", path, Sentence("it would hold what JSON cannot carry ({error})", error=str(error))
        ) from None
    write_atomic(path, data)


def take_refusals(path: Path, at: float) -> tuple[RefusalReported, ...]:
    """Take the reports of launchers, one a line; what is no report is dropped. Never raises."""
    taken = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.rename(taken)  # a launcher that writes this instant writes into it still, or begins a new one
        data = read_file(taken, LONGEST_REPORTS) or b""
    except (OSError, FileError):
        data = b""
    with suppress(OSError):
        taken.unlink()
    return tuple(_reports(data, at))


def _reports(data: bytes, at: float) -> Iterator[RefusalReported]:
    for line in data.splitlines():
        try:
            raw = json.loads(line)
            account, model, until = raw["account"], raw.get("model"), raw.get("until")
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            continue
        right = isinstance(account, str) and (model is None or isinstance(model, str))
        if right and (until is None or (_is_number(until) and at < until <= gate_reader.LATEST)):
            yield RefusalReported(at=at, account=account, model=model, until=until)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
