"""A line too long to be held: read in pieces, and kept without its long strings, which tell nothing of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_STRING = 4096
"""Ids, names and folders are shorter. A longer string is kept as an empty one."""

_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


def squeezed(pieces: Iterable[bytes], longest: int) -> bytes | None:
    """Return a line without its long strings; None when even that is longer than `longest`, so it is no record."""
    kept = bytearray()
    opened = -1  # where in `kept` the string begins that is being read; -1: outside
    dropping = escaped = False
    for piece in pieces:
        at = 0
        while at < len(piece):
            if opened < 0:
                quote = piece.find(b'"', at)
                end = len(piece) if quote < 0 else quote + 1
                kept += piece[at:end]
                at = end
                if quote >= 0:
                    opened, dropping = len(kept), False
            else:
                begin = at
                if escaped:
                    at, escaped = at + 1, False
                at = _end_of(piece, at)
                if at < len(piece) and piece[at] == 0x5C:  # a backslash is the piece's last byte
                    at, escaped = at + 1, True
                ends = at < len(piece)
                dropping = dropping or len(kept) - opened + at - begin > LONGEST_STRING
                if dropping:
                    del kept[opened:]
                else:
                    kept += piece[begin:at]
                if ends:
                    kept += b'"'
                    at, opened = at + 1, -1
            if len(kept) > longest:
                return None
    return bytes(kept)


def _end_of(piece: bytes, at: int) -> int:
    """Return where a string ends in a piece: at its closing quote, at a last backslash, or with the piece."""
    match = _IN_STRING.match(piece, at)
    return match.end() if match is not None else at
