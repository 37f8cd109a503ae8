"""What stands on the test desktop's screen, read from the X server's own framebuffer.

Xvfb keeps its screen in a mapped file (-fbdir) in the XWD format, so that a look costs no program and no round trip.
Standard library alone: the helper `shot` uses it under any Python 3.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple


class Region(NamedTuple):
    """A piece of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read WxH+X+Y, as X11's programs write it."""
        size, x, y = text.split("+")
        width, height = size.split("x")
        return cls(int(x), int(y), int(width), int(height))


class Picture(NamedTuple):
    """A piece of the screen at one moment; a row is four bytes a pixel, blue first."""

    width: int
    height: int
    rows: list[bytes]

    def find(self, colour: int) -> list[tuple[int, int]]:
        """Return the places of a colour (0xRRGGBB), within the picture."""
        found = []
        for y, row in enumerate(self.rows):
            pixels = struct.unpack(f"<{self.width}I", row)
            found += [(x, y) for x, pixel in enumerate(pixels) if pixel & 0xFFFFFF == colour]
        return found

    def png(self) -> bytes:
        """Return it as a PNG file."""
        raw = bytearray()
        for row in self.rows:
            line = bytearray(3 * self.width)
            line[0::3], line[1::3], line[2::3] = row[2::4], row[1::4], row[0::4]
            raw += b"\0" + line
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(raw), 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )


def look(region: Region | None = None) -> Picture:
    """Return the screen, or a piece of it, as it is now."""
    raw = (Path(os.environ["DESKTOP_SESSION_DIR"]) / "run/Xvfb_screen0").read_bytes()
    header = struct.unpack(">25I", raw[:100])  # X11/XWDFile.h
    header_size, width, height, bits, stride, colours = (header[i] for i in (0, 4, 5, 11, 12, 19))
    if bits != 32:
        raise ValueError(f"the screen has {bits} bits a pixel, 32 are expected")
    start = header_size + 12 * colours
    at = region or Region(0, 0, width, height)
    right, bottom = min(at.x + at.width, width), min(at.y + at.height, height)
    rows = [raw[start + y * stride + 4 * at.x : start + y * stride + 4 * right] for y in range(at.y, bottom)]
    return Picture(right - at.x, bottom - at.y, rows)
