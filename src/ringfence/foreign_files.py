"""Files of other programs that are changed here: read and replaced whole, never through a link, never another's."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence

MAX_BYTES = 4 << 20
"""A start-up file or a settings file larger than this is not what it seems."""


def read(path: Path) -> bytes | None:
    """Return a file's bytes, None when there is none. Raises FileError for a link, another's file or no file at all."""
    try:
        if not _is_ours(path):
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileError.of("read", path, error) from None
    if len(data) > MAX_BYTES:
        raise FileError(
            Sentence("{path} is larger than {size} MB; it was left as it is.", path=path, size=MAX_BYTES >> 20)
        )
    return data


def replace(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file whole or not at all, its folder made when missing. Raises FileError, as `read` does.

    A file that is there keeps its permissions; `mode` is a new one's.
    """
    temporary = path.parent / f".{path.name}.{os.getpid()}.ringfence-tmp"
    try:
        kept = stat.S_IMODE(path.lstat().st_mode) if _is_ours(path) else mode
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # of a process that was killed and had our number
            temporary.unlink()
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        temporary.chmod(kept)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise FileError.of("write", path, error) from None


def remove(path: Path) -> bool:
    """Delete a file; False when there was none. Raises FileError, as `read` does."""
    try:
        if not _is_ours(path):
            return False
        path.unlink()
    except OSError as error:
        raise FileError.of("remove", path, error) from None
    return True


def _is_ours(path: Path) -> bool:
    """Tell whether the file is there. Raises FileError when it is there and not ours to touch."""
    try:
        found = path.lstat()
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        raise
    # Replacing a link would cut it off from the file that the person keeps elsewhere, e.g. among their dotfiles.
    if stat.S_ISLNK(found.st_mode):
        raise FileError(Sentence("{path} is a link and was left as it is; name the file that it leads to.", path=path))
    if not stat.S_ISREG(found.st_mode):
        raise FileError(Sentence("{path} is not a regular file and was left as it is.", path=path))
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise FileError(Sentence("{path} belongs to somebody else and was left as it is.", path=path))
    return True
