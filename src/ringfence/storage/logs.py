"""The log, `ringfence.log`: rotating, private, one line a record, times in UTC, and without secrets.

A secret is taken out of the finished line, not out of its parts: message, arguments, exception texts, notes and
tracebacks of other people's code all end there, so nothing can go around it. Tracebacks never carry local variables.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.storage.atomic import make_folder
from ringfence.texts import clean

MAX_BYTES = 512 * 1000
"""The size at which a new file is begun; three are kept in all."""
OLDER_FILES = 2
LONGEST_LINE = 8000
HIDDEN = "[hidden]"

SECRET_SHAPES: tuple[re.Pattern[str], ...] = (
    re.compile(r"sk-ant-[\w-]+"),
    re.compile(r"(?i)\b(bearer|basic)(\s|%20)+[\w.~+/%=-]+"),
    # A field of the credentials file or a header, as JSON, as Python shows it, or as a query; in any case of letters.
    re.compile(
        r"(?i)((?:access|refresh|id|auth|oauth)_?token|client_?secret|password|x-api-key|authorization|cookie)"
        r"(['\"]?\s*[:=,]\s*(?:b?['\"])?)([^\s'\",;&)}\]]+)"
    ),
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|xox[abprs]-|sk-)[\w-]{10,}"),
)
"""What a secret looks like: Anthropic's tokens and keys, header values, named fields, JSON web tokens, other keys."""

# These tell every request and bus message; wanted at debug alone.
_CHATTY = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "dbus_fast": logging.WARNING}
# Not even wanted at debug. The log lies in a watched folder: a line about a change there would be a change, for ever.
# And every write of the gate takes a lock, which filelock tells in four lines.
_NEVER = {"watchdog": logging.WARNING, "filelock": logging.WARNING}


def redact(text: str) -> str:
    """Return the text with everything that looks like a secret taken out."""
    for shape in SECRET_SHAPES:
        text = shape.sub(_hide, text)
    return text


def start_logging(path: str | Path, *, debug: bool = False, to_stderr: bool = False) -> Callable[[], None]:
    """Begin to log into the file; its folder is made, for its owner alone. Returns what ends it.

    `debug` takes every record, also those of libraries about each request; else INFO and above. `to_stderr` repeats
    WARNING and above on standard error, for a program that runs under a service manager. Raises FileError when the
    log cannot be written at all; from then on a full or lost disk costs lines, never the program.
    """
    handlers: list[logging.Handler] = [_file_handler(Path(path))]
    if to_stderr:
        handlers.append(_StderrHandler())
    levels = _NEVER if debug else _NEVER | _CHATTY
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in levels}
    root_before = root.level
    for handler in handlers:
        handler.setFormatter(_LineFormatter())
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)

    def stop() -> None:
        """End it and put back what was there; a second call does nothing."""
        if not handlers:
            return
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        handlers.clear()
        root.setLevel(root_before)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)

    return stop


def _hide(match: re.Match[str]) -> str:
    """Keep what names the secret, so that the line still says what stood there."""
    groups = match.groups()
    if len(groups) == 3:
        return f"{groups[0]}{groups[1]}{HIDDEN}"
    return f"{groups[0]} {HIDDEN}" if groups else HIDDEN


def _file_handler(path: Path) -> logging.Handler:
    make_folder(path.parent)
    try:
        return _PrivateFileHandler(path)
    except OSError as error:
        raise FileError.of("write the log", path, error) from None


class _LineFormatter(logging.Formatter):
    """`2026-11-22T04:00:58.123Z WARNING ringfence.monitor: text | Traceback | ...`."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        # Redacted before it is cut: half a secret has no shape any more.
        return clean(redact(super().format(record)).replace("\n", " | "), LONGEST_LINE)


class _PrivateFileHandler(RotatingFileHandler):
    """Opens its files for their owner alone, whatever the umask, and swallows what the disk refuses."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=OLDER_FILES, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        if path.exists() and not path.is_file():  # a pipe of that name would hold the program until somebody reads it
            raise OSError(errno.EINVAL, Sentence("it is not an ordinary file"))
        # Path.open takes no opener.
        return open(path, "a", encoding=self.encoding, errors=self.errors, opener=_open_private)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        """Say nothing: `logging.raiseExceptions` would print a traceback for every line the disk refuses."""

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            self.stream = None  # what was not written cannot be


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Repeats WARNING and above on whatever standard error is now; a closed pipe is no reason to stop."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setLevel(logging.WARNING)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        """Say nothing: there is nobody to say it to."""


def _open_private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod"):  # one that was already there may be readable by others
        os.fchmod(descriptor, 0o600)
    return descriptor
