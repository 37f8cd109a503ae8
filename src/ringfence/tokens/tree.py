"""Which transcripts there are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from ringfence.sentence import Sentence

NO_TRANSCRIPT = "journal.jsonl"
"""Of a workflow (FORMATS C)."""


def transcripts(folder: str, unread: list[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Return the transcripts below a folder. What cannot be read is told in `unread`; what is not there is nothing."""
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if not entry.is_symlink() or _is_new(entry.path, seen):
                            waiting.append(entry.path)
                    elif is_transcript(entry.name):
                        try:
                            status = entry.stat()
                        except OSError:
                            continue  # gone again
                        if stat.S_ISREG(status.st_mode):
                            yield entry.path, status
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            unread.append(
                Sentence("Cannot read the transcripts in {path}: {reason}.", path=here, reason=error.strerror)
            )


def is_transcript(name: str) -> bool:
    """Tell by its name whether a file may be one."""
    return name.endswith(".jsonl") and name != NO_TRANSCRIPT


def _is_new(folder: str, seen: set[tuple[int, int]]) -> bool:
    """Follow each link to a folder once: it may lead back here."""
    try:
        status = os.stat(folder)
    except OSError:
        return False
    identity = status.st_dev, status.st_ino
    if identity in seen:
        return False
    seen.add(identity)
    return True
