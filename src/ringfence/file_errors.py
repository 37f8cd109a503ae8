"""What goes wrong with files of ours, as a sentence: what happened, where, and what to do. Every command loads it."""

from __future__ import annotations

import errno
from typing import Literal

from ringfence.sentence import Sentence


class FileError(Exception):
    """A file of ours could not be read or written; the text is a sentence for the person."""

    @classmethod
    def of(cls, verb: Verb, path: object, error: Exception) -> FileError:
        """Return what happened, where, and what to do, from an error of the system's."""
        # A name that is not UTF-8 is escaped: this text goes into a log, a message and status.json.
        shown = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        if isinstance(error, NotImplementedError):  # filelock's word for a file system without locks
            local = Sentence("the file system has no locks; set RINGFENCE_HOME to a local folder")
            return cls.cannot(verb, shown, local)
        known = (_FILE_REASONS.get(error.errno or 0) or error.strerror) if isinstance(error, OSError) else None
        return cls.cannot(verb, shown, known or type(error).__name__)

    @classmethod
    def cannot(cls, verb: Verb, path: object, reason: str) -> FileError:
        """Return that something cannot be done with a file; `reason` is the end of the sentence, without its stop."""
        return cls(_cannot(verb, path, reason))


Verb = Literal[
    "listen on", "lock", "make the folder", "move aside the damaged history", "open the history", "read", "remove",
    "run", "use", "write", "write the log",
]  # fmt: skip
"""What is done with files, each in sentences of its own: other languages put the word elsewhere."""
_DENIED = Sentence("permission is denied; make it and its folder yours (chown, chmod u+rwX)")
_FILE_REASONS = {
    errno.ENOSPC: Sentence("the disk is full; free some space"),
    errno.EDQUOT: Sentence("the disk quota is used up; free some space"),
    errno.EROFS: Sentence("the disk is read-only; mount it writable or set RINGFENCE_HOME to another folder"),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EFBIG: Sentence("it would be larger than this system allows; raise the limit (ulimit -f)"),
    errno.ENOTDIR: Sentence("a part of the path is a file, not a folder; move it away"),
    errno.EISDIR: Sentence("a folder stands in its place; move it away"),
}


def _cannot(verb: Verb, path: object, reason: str) -> Sentence:
    fields = {"path": path, "reason": reason}
    known = {
        "listen on": lambda: Sentence("Cannot listen on {path}: {reason}.", **fields),
        "lock": lambda: Sentence("Cannot lock {path}: {reason}.", **fields),
        "make the folder": lambda: Sentence("Cannot make the folder {path}: {reason}.", **fields),
        "move aside the damaged history": lambda: Sentence(
            "Cannot move aside the damaged history {path}: {reason}.", **fields
        ),
        "open the history": lambda: Sentence("Cannot open the history {path}: {reason}.", **fields),
        "read": lambda: Sentence("Cannot read {path}: {reason}.", **fields),
        "remove": lambda: Sentence("Cannot remove {path}: {reason}.", **fields),
        "run": lambda: Sentence("Cannot run {path}: {reason}.", **fields),
        "use": lambda: Sentence("Cannot use {path}: {reason}.", **fields),
        "write": lambda: Sentence("Cannot write {path}: {reason}.", **fields),
        "write the log": lambda: Sentence("Cannot write the log {path}: {reason}.", **fields),
    }
    return known[verb]()
