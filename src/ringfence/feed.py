"""The feed: what Claude Code tells its status line of the limits, kept in a file for the monitor.

`ringfence statusline` writes it and `sources/statusline_feed` reads it; both take the format from here. It imports the
standard library alone: the status line is drawn anew with every answer, and the person waits for it.

What Claude Code passes on (FORMATS D, H) is what the run's own last answer said. A run that waits for its person
repeats it for hours, so a repetition is no news: `observed_at` is when a run first said it after an answer.
"""

from __future__ import annotations

import json
import os
import time

from ringfence import gate_reader

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from typing import Any

    Document = dict[str, Any]

FORMAT = 1
MAX_BYTES = 64 * 1024
MAX_INPUT = 1 << 20
"""More than this on standard input is no status of Claude Code's."""
WINDOWS = ("five_hour", "seven_day")
FUTURE_S = 120
"""A feed dated further than this in the future was written under another clock."""
MOST_RUNS = 32
LOCK_TRIES, LOCK_PAUSE_S = 20, 0.005
_MOST_PCT = 1000
_LATEST = 1e11


def key_of(*, folder: str, account: str | None = None) -> str:
    """Return what a feed is known by: an account's name as the person gave it, else Claude Code's own folder."""
    import hashlib

    named = f"account\0{account}" if account else f"folder\0{real_folder(folder)}"
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def real_folder(folder: str) -> str:
    """Return a folder as both sides of the feed spell it."""
    return os.path.realpath(os.path.expanduser(folder))


def file_name(key: str) -> str:
    """Return the name of a feed's file in the state folder."""
    return f"feed-{key}.json"


def limits_in(status: object) -> Document:
    """Return the windows that Claude Code's status names, each with `used_percentage` and `resets_at`; {} for none."""
    limits = status.get("rate_limits") if isinstance(status, dict) else None
    if not isinstance(limits, dict):
        return {}
    found = {name: _window(limits.get(name)) for name in WINDOWS}
    return {name: window for name, window in found.items() if window}


def store(data: bytes, *, folder: str, config_dir: str, account: str | None, now: float | None = None) -> bool:
    """Keep what Claude Code says in its status, and tell whether it was news. Raises OSError and ValueError.

    Args:
        data: the status, as it stands on standard input.
        folder: where feeds are kept.
        config_dir: Claude Code's own folder, by which the monitor knows whose limits these are.
        account: an account's name instead of it; None: not given.
        now: epoch seconds; None: the clock.
    """
    now = time.time() if now is None else now
    status = json.loads(data) if len(data) <= MAX_INPUT else {}
    limits = limits_in(status)
    if not limits:
        return False
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, file_name(key_of(folder=config_dir, account=account)))
    lock = _locked(f"{path}.lock")
    try:
        runs = _runs_in(path, now)
        run, said = str(status.get("session_id"))[:100], _fingerprint(status, limits)
        if runs.get(run) == said:
            return False
        runs.pop(run, None)
        kept = dict([*runs.items(), (run, said)][-MOST_RUNS:])
        version = status.get("version")
        document = {
            "format": FORMAT,
            "observed_at": now,
            **limits,
            "config_dir": real_folder(config_dir),
            "account": account,
            "claude_code": version[:40] if isinstance(version, str) else None,
            "runs": kept,
        }
        _replace(path, json.dumps(document, indent=1).encode())
    finally:
        if lock is not None:
            os.close(lock)
    return True


def read(path: str, now: float) -> Document | None:
    """Return a feed, None when there is none that can be believed. Never raises for the state of the file."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            ours = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
            data = file.read(MAX_BYTES + 1) if ours and found.st_size <= MAX_BYTES else b""
        document = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("format") != FORMAT or len(data) > MAX_BYTES:
        return None
    observed_at = _number(document.get("observed_at"), _LATEST)
    if observed_at is None or observed_at > now + FUTURE_S:
        return None
    limits = limits_in({"rate_limits": document})
    return {**document, **dict.fromkeys(WINDOWS), **limits} if limits else None


def default_folder() -> str:
    """Return where feeds are kept: the folder of the monitor's files."""
    return gate_reader.home_folder()


def _window(raw: object) -> Document | None:
    if not isinstance(raw, dict):
        return None
    used, resets_at = _number(raw.get("used_percentage"), _MOST_PCT), _number(raw.get("resets_at"), _LATEST)
    if used is None or resets_at is None:
        return None
    return {"used_percentage": used, "resets_at": resets_at}


def _number(value: object, most: float) -> float | None:
    """Return a number from 0 to `most`, None for anything else; NaN is in no range."""
    found = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
    return value if found and isinstance(value, int | float) else None


def _fingerprint(status: Document, limits: Document) -> str:
    """Return what changes with every answer of a run: the limits, and the time it has spent waiting for answers."""
    from zlib import crc32

    cost = status.get("cost")
    spent = cost.get("total_api_duration_ms") if isinstance(cost, dict) else None
    return f"{crc32(json.dumps([limits, spent], sort_keys=True).encode()):08x}"


def _runs_in(path: str, now: float) -> dict[str, str]:
    document = read(path, now) or {}
    runs = document.get("runs")
    if not isinstance(runs, dict):
        return {}
    return {run: said for run, said in runs.items() if isinstance(said, str)}


def _locked(path: str) -> int | None:
    """Return the lock's handle: two runs that draw at once must not forget each other. Raises OSError when it is busy.

    The handle is given back when it is closed, also by a kill. Without locks (Windows) the last one wins.
    """
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        except OSError:
            break
        else:
            return handle
    os.close(handle)
    raise OSError("the feed is being written by others")


def _replace(path: str, data: bytes) -> None:
    """Replace the file in one step (0600). Not synced to the disk: a feed lost in a power cut comes again by itself."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.ringfence-tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
