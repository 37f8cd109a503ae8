"""A marked block at the end of a start-up file: put in beside what is there, taken out to the byte."""

from __future__ import annotations

import re
from pathlib import Path

from ringfence import foreign_files
from ringfence.file_errors import FileError
from ringfence.sentence import Sentence

# What the first mark says of the file before: whether it lacked its last line end, or was not there at all.
_AS_IT_WAS = {b"": "", b" (new line)": "new line", b" (new file)": "new file"}
_BLOCK = re.compile(
    rb"# >>> ringfence(?P<was>(?: \(new (?:line|file)\))?) >>>\r?\n(?P<body>.*?)# <<< ringfence <<<\r?\n", re.DOTALL
)
_MARK = re.compile(rb"# (?:>>>|<<<) ringfence")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def put(path: Path, body: str) -> bool:
    """Write the block, or bring the one that is there up to date; False when it stood there already. Raises FileError.

    `body` is whole lines. The file's own kind of line end is used.
    """
    before = foreign_files.read(path)
    text = before or b""
    found = _find(path, text)
    lines = _line_end(text if found is None else found[0])
    inner = body.encode().replace(b"\n", lines)
    if found is not None:
        after = text[: found.start("body")] + inner + text[found.end("body") :]
    else:
        joined = bool(text) and not text.endswith(b"\n")
        was = b" (new file)" if before is None else b" (new line)" if joined else b""
        block = b"# >>> ringfence" + was + b" >>>" + lines + inner + b"# <<< ringfence <<<" + lines
        after = text + (lines if joined else b"") + block
    if after == before:
        return False
    foreign_files.replace(path, after)
    return True


def take_out(path: Path) -> bool:
    """Take the block out; False when there was none. A file that came with the block goes with it. Raises FileError."""
    text = foreign_files.read(path) or b""
    found = _find(path, text)
    if found is None:
        return False
    before, after = text[: found.start()], text[found.end() :]
    was = _AS_IT_WAS[found["was"]]
    if was == "new line" and not after:
        before = before.removesuffix(_line_end(found[0]))
    if was == "new file" and not before + after:
        foreign_files.remove(path)
    else:
        foreign_files.replace(path, before + after)
    return True


def body_of(path: Path) -> str | None:
    """Return what stands in the block, None when there is none. Raises FileError."""
    found = _find(path, foreign_files.read(path) or b"")
    return None if found is None else found["body"].decode("utf-8", "replace").replace("\r\n", "\n")


def _line_end(text: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in text else b"\n"


def _find(path: Path, text: bytes) -> re.Match[bytes] | None:
    """Raises FileError when the marks are not as we left them: a guess would cut into the person's own lines."""
    if text.startswith(_WIDE):
        raise FileError(Sentence("{path} is written in UTF-16 and was left as it is; save it as UTF-8.", path=path))
    found = _BLOCK.search(text)
    if len(_MARK.findall(text)) != (0 if found is None else 2):
        raise FileError(
            Sentence(
                "{path} has damaged marks of Ringfence (`# >>> ringfence`) and was left as it is; remove them.",
                path=path,
            )
        )
    return found
