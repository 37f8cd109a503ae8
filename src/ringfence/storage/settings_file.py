"""`settings.toml`: read strictly, written with the person's comments and order kept (tomlkit)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.core.faults import Fault
from ringfence.core.settings import Settings, parse_settings
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence, in_a_row
from ringfence.storage.atomic import make_folder, read_file, sweep, write_atomic

_TABLES = ("thresholds.models", "tmux.pools", "tmux.dedicated")
"""Settings that are tables: the rest of the key is one name."""
_LISTED = re.compile(r"(?P<table>[\w.]+)\[(?P<index>\d+)\](?:\.(?P<name>[^.\[]+).*)?")
"""A key in one of several tables of a name, as faults have it: `budgets[1].per`, `failover[0].chain[1]`."""
LOCK_TIMEOUT_S = 5.0
"""A save holds the lock for milliseconds; longer means that it is stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the file says: settings and their raw table, or a sentence why it cannot be followed."""

    settings: Settings | None
    raw: dict[str, Any]
    trouble: str = ""


def load_settings(path: Path) -> Loaded:
    """Read the settings. Never raises: a fault is a sentence that names the key, the reason and the line.

    No file means the defaults. With any fault `settings` is None, and the caller keeps the last good ones (DESIGN 3).
    """
    try:
        text = (read_file(path) or b"").decode("utf-8-sig")  # Notepad begins a file with a BOM
        raw = tomllib.loads(text)
    except FileError as error:
        return Loaded(settings=None, raw={}, trouble=_stay(str(error)))
    except UnicodeDecodeError:
        return Loaded(settings=None, raw={}, trouble=_stay(Sentence("{path} is not UTF-8 text.", path=path)))
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of thousands of digits
        said = Sentence("{path} is not TOML: {reason}.", path=path, reason=_place(error))
        return Loaded(settings=None, raw={}, trouble=_stay(said))
    settings, faults = parse_settings(raw)
    if faults:
        said = Sentence("{path}: {faults}", path=path, faults=_faults(faults, text))
        return Loaded(settings=None, raw={}, trouble=_stay(said))
    return Loaded(settings=settings, raw=raw)


def change_settings(path: Path, change: Callable[[Any], None]) -> None:
    """Change the file through its tomlkit document, comments and order kept; refuse what would not load again.

    Raises FileError when the file cannot be read or written, when it is not TOML, or when the change is refused; the
    file is then as it was.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - with tomlkit 60 ms that only a save needs

    target = path.resolve()  # a dotfiles folder's link stays a link
    make_folder(target.parent)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S, mode=0o600):
            sweep(target.parent)  # what a save left that was killed
            write_atomic(target, _changed(path, read_file(target) or b"", change))
    except Timeout:
        raise FileError(Sentence("{path} is being saved by another program; try again.", path=path)) from None
    except (OSError, NotImplementedError) as error:  # the lock's: a file system without locks raises the second
        raise FileError.of("write", path, error) from None


def set_values(path: Path, values: Mapping[str, object]) -> None:
    """Set settings by key, all or none; None takes one out, which is its default. Raises FileError."""

    def change(document: Any) -> None:  # noqa: ANN401 - tomlkit's documents are dicts of anything
        for key, value in values.items():
            _set(document, key, value)

    change_settings(path, change)


def set_value(path: Path, key: str, value: object) -> None:
    """Set `section.name` (or `thresholds.models.<Name>`); None takes it out, which is its default. Raises FileError."""
    set_values(path, {key: value})


def _changed(path: Path, data: bytes, change: Callable[[Any], None]) -> bytes:
    """Return the file's new bytes. Raises FileError."""
    import tomlkit  # noqa: PLC0415

    try:
        text = data.decode("utf-8-sig")
        tomllib.loads(text)  # the stricter of the two, and the one that will read the result
        document = tomlkit.parse(text)
    except (ValueError, RecursionError, tomlkit.exceptions.TOMLKitError):
        raise FileError(
            Sentence("{path} is not TOML; mend it by hand first (`ringfence settings path`).", path=path)
        ) from None
    change(document)
    made = tomlkit.dumps(document)
    try:
        _, faults = parse_settings(tomllib.loads(made))
    except ValueError:
        raise FileError(Sentence("The change would make {path} unreadable. Nothing was saved.", path=path)) from None
    if faults:
        said = _faults(faults, made, most=len(faults))
        raise FileError(Sentence("{path}: {faults} Nothing was saved.", path=path, faults=said))
    return made.encode()


def _set(document: Any, key: str, value: object) -> None:  # noqa: ANN401
    *tables, name = split_key(key)
    holder = document
    for table in tables:
        if value is None and table not in holder:
            return
        holder = holder.setdefault(table, {})
        if not isinstance(holder, MutableMapping):
            raise FileError(
                Sentence(
                    "{key} cannot be set: {table} is not a table in the file. Nothing was saved.", key=key, table=table
                )
            )
    if value is None:
        holder.pop(name, None)
        return
    try:
        _put(holder, name, value)
    except (TypeError, ValueError):
        raise FileError(
            Sentence("{key} cannot be set to a {type}. Nothing was saved.", key=key, type=type(value).__name__)
        ) from None


def _put(holder: Any, name: str, value: object) -> None:  # noqa: ANN401
    """Set a value in a table. A new one goes in front of the blank line that ends the table's own text.

    tomlkit counts a comment above the next `[section]` to the table before it, and would append behind it.
    """
    body = getattr(getattr(holder, "value", None), "body", None)
    if name in holder or not isinstance(body, list):  # a table in several pieces has no one body
        holder[name] = value
        return
    last = max((at for at, (key, _) in enumerate(body) if key is not None), default=-1)
    end = next((at for at in range(last + 1, len(body)) if not body[at][1].as_string().strip()), len(body))
    behind = body[end:]
    del body[end:]
    holder[name] = value
    body.extend(behind)


def split_key(key: str) -> tuple[str, ...]:
    """Return the parts of a key; a name in a table may hold dots: `thresholds.models.Fable 5.1`."""
    table = _table_of(key)
    return (*table.split("."), key.removeprefix(f"{table}.")) if table else tuple(key.split("."))


def _table_of(key: str) -> str:
    """Return the table that a key stands in, empty for any other key."""
    return next((table for table in _TABLES if key.startswith(f"{table}.")), "")


def _stay(what: str) -> Sentence:
    return Sentence("{what} The last good settings stay in force.", what=what)


def _faults(faults: Sequence[Fault], text: str, most: int = 3) -> str:
    """Return what is wrong, a sentence each; at most so many."""
    more = len(faults) - most
    rest = Sentence("And {count} more.", count=more) if more > 0 else ""
    return in_a_row(*(_fault(fault, text) for fault in faults[:most]), rest)


def _fault(fault: Fault, text: str) -> Sentence:
    named = fault.reason.partition(" must ")[0]  # a fault in a table begins with the name it is about
    line = line_of(f"{fault.key}.{named}", text) or line_of(fault.key, text)
    if not line:
        return Sentence("{key} {reason}.", key=fault.key, reason=fault.reason)
    return Sentence("{key} {reason} (line {line}).", key=fault.key, reason=fault.reason, line=line)


def _place(error: Exception) -> Sentence:
    if not isinstance(error, tomllib.TOMLDecodeError | RecursionError):
        return Sentence("a number in it is too long")
    found = re.search(r"at line (\d+)", str(error))
    if found:
        return Sentence("line {line} cannot be read", line=found[1])
    return Sentence("it ends too early or is nested too deeply")


def line_of(key: str, text: str) -> int | None:
    """Return the line on which a key stands, 1-based; None when it is written in a way that cannot be told."""
    listed = _LISTED.fullmatch(key)
    tables = listed["table"].split(".") if listed else []
    index = int(listed["index"]) if listed else None
    wanted = [*tables, listed["name"]] if listed and listed["name"] else tables or [*split_key(key)]
    table: list[str] = []
    seen, header = -1, None
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if bare.startswith("["):
            table = _parts(bare.strip("[]"))
            seen += table == tables
            header = number if table == tables and seen == index else header
            here = table
        else:
            name = _parts(bare.partition("=")[0])
            here = [*table, *name] if name else []
        # `usage = { interval_s = 1 }` carries its key inside, `[usage.x]` and `usage.x.y = 1` below it.
        inside = not bare.startswith("[") and here == wanted[: len(here)]
        if here and (inside or here[: len(wanted)] == wanted) and (index is None or seen == index):
            return number
    return header  # of the table in which a key is missing


def _parts(dotted: str) -> list[str]:
    """Return the parts of a dotted key; a quoted part may hold dots."""
    return [part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.\s\"']+", dotted)]
