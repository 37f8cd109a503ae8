"""One file: how it is known again, and its new lines in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from io import FileIO

from ringfence.core.tokens import FileMark
from ringfence.tokens.line import NEEDLE, decode_odd
from ringfence.tokens.long_line import squeezed
from ringfence.tokens.pile import Pile, Transcript, at_of, moment_of

CHUNK = 1 << 20
LONGEST_LINE = 4 << 20
"""A longer line is read in pieces."""
PRINT = 256
"""As many bytes at the beginning, and before the place where reading goes on, tell whether a file is still the same."""
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Reading:
    """One file while its new lines are read. A context manager; opening it raises OSError."""

    def __init__(self, transcript: Transcript, mark_of: Callable[[os.stat_result], FileMark | None]) -> None:
        self.transcript = transcript
        self._file = FileIO(os.open(transcript.path, _OPEN))
        try:
            self._status = os.fstat(self._file.fileno())
            mark = mark_of(self._status)
            begin = 0
            if mark is not None and self._goes_on(mark):  # else a file system may have used its number again
                begin, transcript.origin, transcript.last = mark.offset, mark.origin, moment_of(mark.last_at)
        except BaseException:
            self._file.close()
            raise
        self.offset = begin
        self._head = self._tail = b""  # what was read last of these, which a mark would read again
        self.done = False

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read_on(self, buffer: bytearray, pile: Pile) -> int:
        """Read the next lines, about as many as the buffer holds, and return how many bytes they were.

        The buffer may grow, up to LONGEST_LINE. `done` says when there are no more.
        """
        view = memoryview(buffer)
        got = self._fill(view)
        end = buffer.rfind(b"\n", 0, got) + 1
        if end:
            pile.read(buffer, view, 0, end, self.transcript)
            self._tail = bytes(view[max(0, end - PRINT) : end])
            if self.offset == 0:
                self._head = bytes(view[: min(PRINT, end)])
        view.release()
        full = got == len(buffer)
        if end == 0 and full:
            return self._read_long(buffer, pile)
        self.offset += end
        if not full:
            self.done = True
            if got > end:
                self._read_unfinished(bytes(buffer[end:got]), pile)
        return end

    def mark(self) -> FileMark:
        """Return how far the file was read."""
        size = min(PRINT, self.offset)
        return FileMark(
            path=self.transcript.path, device=self._status.st_dev, inode=self._status.st_ino,
            size=self._status.st_size if self.done else -1, mtime_ns=self._status.st_mtime_ns, offset=self.offset,
            head=_digest(self._head) if len(self._head) == size else self._print(0, size),
            tail=_digest(self._tail) if len(self._tail) == size else self._print(self.offset - size, size),
            origin=self.transcript.origin,
            agent=self.transcript.agent, last_at=at_of(self.transcript.last),
        )  # fmt: skip

    def _fill(self, view: memoryview) -> int:
        """Read until the buffer is full or the file ends; some file systems give less than they are asked for."""
        got = 0
        while more := self._read_at(self.offset + got, view[got:]):
            got += more
            if got == len(view) or self.offset + got >= self._status.st_size:
                break
        return got

    def _goes_on(self, mark: FileMark) -> bool:
        """Tell whether this is the marked file, with at least what was read of it."""
        size = min(PRINT, mark.offset)
        return (
            (mark.device, mark.inode) == (self._status.st_dev, self._status.st_ino)
            and mark.offset <= self._status.st_size
            and mark.head == self._print(0, size)
            and mark.tail == self._print(mark.offset - size, size)
        )

    def _print(self, at: int, size: int) -> bytes:
        piece = bytearray(size)
        del piece[self._read_at(at, piece) :]
        return _digest(piece)

    def _read_at(self, at: int, into: memoryview | bytearray) -> int:
        self._file.seek(at)
        return self._file.readinto(into) or 0

    def _read_unfinished(self, data: bytes, pile: Pile) -> None:
        """Read a last line without its end when it is whole; it is read again with its end, and counts once."""
        if data.rstrip().endswith(b"}"):
            pile.read_one(data, self.transcript)

    def _read_long(self, buffer: bytearray, pile: Pile) -> int:
        """Read a line that is longer than the buffer."""
        if len(buffer) < LONGEST_LINE:
            buffer.extend(bytes(len(buffer)))
            return 0
        stop, needed = self._find_end(buffer)
        if stop is None:
            self.done = True  # its end is not written yet
            return 0
        if needed:
            data = squeezed(self._pieces(self.offset, stop), LONGEST_LINE)
            if data is not None and decode_odd(data) is not None:
                pile.read_one(data, self.transcript)
        length = stop + 1 - self.offset
        self.offset, self._tail = stop + 1, b""
        return length

    def _find_end(self, buffer: bytearray) -> tuple[int | None, bool]:
        """Return where the line ends, None when its end is not there, and whether it may tell of a response."""
        at, needed, before = self.offset, False, b""
        while got := self._read_at(at, buffer):
            newline = buffer.find(b"\n", 0, got)
            end = got if newline < 0 else newline
            needed = needed or buffer.find(NEEDLE, 0, end) >= 0 or NEEDLE in before + bytes(buffer[: min(end, 32)])
            if newline >= 0:
                return at + newline, needed
            before = bytes(buffer[max(0, got - 32) : got])
            at += got
        return None, needed

    def _pieces(self, begin: int, end: int) -> Iterator[bytes]:
        while begin < end:
            piece = bytearray(min(CHUNK, end - begin))
            del piece[self._read_at(begin, piece) :]
            if not piece:
                return
            yield bytes(piece)
            begin += len(piece)


def _digest(piece: bytes | bytearray) -> bytes:
    return blake2b(piece, digest_size=8).digest()
