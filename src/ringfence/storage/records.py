"""`status.json` and `memory.json`: dataclasses of the core as JSON with a format number.

Migrations work on the raw object, one pure function a step, before anything is checked. A file that cannot be used is
moved aside and named by whoever writes the next one, never overwritten in silence. Who only reads leaves it: it may be
the file of a newer Ringfence that runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ringfence.core.model import Memory, Status
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence, plain
from ringfence.storage.atomic import read_file, write_atomic

FORMAT = 1
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From format n to n + 1; empty while there is one format."""
_T = TypeVar("_T", Memory, Status)


def load_status(path: Path, *, to_write: bool = False) -> tuple[Status | None, str]:
    """Return the last readings and a sentence about a file that could not be used (empty: none).

    `to_write` is for whoever writes the next one: a file that could not be used is moved aside.
    """
    return _load(path, Status, to_write=to_write)


def load_memory(path: Path, *, to_write: bool = False) -> tuple[Memory | None, str]:
    """Return what was learnt, and the rest as `load_status` does."""
    return _load(path, Memory, to_write=to_write)


def save_status(path: Path, status: Status) -> None:
    """Write `status.json`. Raises FileError."""
    _save(path, status)


def save_memory(path: Path, memory: Memory) -> None:
    """Write `memory.json`. Raises FileError."""
    _save(path, memory)


def _load(path: Path, made: type[_T], *, to_write: bool) -> tuple[_T | None, str]:
    try:
        data = read_file(path)
        return (None if data is None else _record(path, data, made)), ""
    except FileError as error:
        return None, _set_aside(path, str(error)) if to_write else _left(str(error))


def _record(path: Path, data: bytes, made: type[_T]) -> _T:
    """Return what a file holds. Raises FileError when it is nothing of ours, or of a newer Ringfence."""
    import msgspec  # noqa: PLC0415 - 28 ms that the gate check and `--help` do not need

    try:
        raw = msgspec.json.decode(data)
        number = raw["format"]
        if not isinstance(number, int) or isinstance(number, bool):
            raise _damaged(path)
        if number > FORMAT:
            raise FileError(Sentence("{path} was written by a newer Ringfence.", path=path))
        for step in range(number, FORMAT):
            raw = MIGRATIONS[step](raw)
        del raw["format"]
        return msgspec.convert(raw, made)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # Every way in which an object of the wrong shape can fail, in a migration too; msgspec's are ValueErrors.
        raise _damaged(path) from None


def _damaged(path: Path) -> FileError:
    return FileError(Sentence("{path} is damaged.", path=path))


def _save(path: Path, record: Memory | Status) -> None:
    import msgspec  # noqa: PLC0415

    try:
        data = msgspec.json.encode({"format": FORMAT, **msgspec.to_builtins(record, enc_hook=plain)})
    except (OverflowError, TypeError, UnicodeError) as error:
        # A number beyond 64 bits, or half a surrogate pair: the monitor must not end over what it was sent.
        raise FileError.cannot(
            "write", path, Sentence("it would hold what JSON cannot carry ({error})", error=str(error))
        ) from None
    write_atomic(path, msgspec.json.format(data, indent=1) + b"\n")


def _set_aside(path: Path, what: str) -> str:
    """Move a file that cannot be used out of the way of the next save; return the sentence about both."""
    names = (path.with_name(f"{path.name}.damaged{number}") for number in ("", *range(2, 10)))
    aside = next((name for name in names if not os.access(name, os.F_OK)), path.with_name(f"{path.name}.damaged"))
    try:
        path.replace(aside)
    except OSError:
        return _left(what)
    return Sentence("{what} It was moved to {name} and Ringfence goes on without it.", what=what, name=aside.name)


def _left(what: str) -> str:
    return Sentence("{what} Ringfence goes on without it.", what=what)
