"""The token of the local API: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.ports import Secret
from ringfence.sentence import Sentence
from ringfence.storage.atomic import read_file, write_atomic

_WINDOWS = os.name == "nt"
"""There every file has the same mode; its folder is the person's own."""
_LEAST = 32
"""Characters of a token that is worth its name."""


def read_token(path: Path) -> Secret:
    """Return the token; a new one when there is none, or when others could have read it. Raises FileError."""
    known = _known(path)
    if known is not None:
        return Secret(known)
    made = secrets.token_urlsafe(32)
    write_atomic(path, f"{made}\n".encode())
    return Secret(made)


def _known(path: Path) -> str | None:
    data = read_file(path, limit=1 << 12)
    if data is None:
        return None
    try:
        if not _WINDOWS and path.stat().st_mode & 0o077:
            return None
        token = data.decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            Sentence(
                "Cannot use {path} ({error}); delete it, and a new one is made.", path=path, error=type(error).__name__
            )
        ) from None
    return token if len(token) >= _LEAST and token.isprintable() else None
