"""The classes of sessions: what Claude Code's hook notes of a run that a launcher named, for whoever counts its tokens.

A transcript says how Claude Code was started and not by whom; RINGFENCE_CLASS says it to the hook alone. So the hook
leaves a file for each such session, which holds the name, and the readers of transcripts look there. It imports `os`
alone: the hook runs before every prompt.
"""

from __future__ import annotations

import os

BY_HAND = ("cli", "claude-vscode", "claude-desktop")
"""CLAUDE_CODE_ENTRYPOINT where a person types (2.1.197), which transcripts have as `entrypoint`; `claude -p` says
sdk-cli, the SDKs sdk-ts and sdk-py."""
FOLDER = "session-classes"
"""In the state folder."""
LONGEST = 100
"""Characters of a class's name."""
KEPT_S = 7 * 86400.0
"""Who reads transcripts reads them within a week, and remembers the class with what it read."""
_OF_IDS = frozenset("0123456789abcdef-")
_LONGEST_ID = 64


def note(state: str, session: str, class_: str) -> None:
    """Remember a session's class, unless one is known already: a session keeps the class that it began with.

    What is no id of a session's or no name of a class is not noted. Raises OSError when it cannot be written.
    """
    path = _path(state, session)
    if path is None or not _is_name(class_) or os.path.exists(path):
        return
    os.makedirs(state, mode=0o700, exist_ok=True)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(class_.encode())
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def class_of(state: str, session: str) -> str | None:
    """Return the class that was noted for a session, None when none was."""
    path = _path(state, session)
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            class_ = file.read(4 * LONGEST + 1).decode()
    except (OSError, ValueError):
        return None
    return class_ if _is_name(class_) else None


def sweep(state: str, now: float) -> None:
    """Remove what was noted over a week before `now` (epoch seconds); the rest, and what cannot be removed, stays."""
    try:
        with os.scandir(os.path.join(state, FOLDER)) as entries:
            old = [entry.path for entry in entries if _is_old(entry, now)]
    except OSError:
        return
    for path in old:
        try:
            os.unlink(path)
        except OSError:
            continue


def _is_old(entry: os.DirEntry[str], now: float) -> bool:
    try:
        return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < now - KEPT_S
    except OSError:
        return False


def _path(state: str, session: str) -> str | None:
    """Return a session's file. An id is a UUID: letters of one case, no dot and no separator, on every file system."""
    name = session.lower()
    if not 0 < len(name) <= _LONGEST_ID or not _OF_IDS.issuperset(name):
        return None
    return os.path.join(state, FOLDER, name)


def _is_name(class_: str) -> bool:
    return 0 < len(class_) <= LONGEST and class_.isprintable()
