"""Where in a buffer the lines stand that may tell of a response: others are not decoded.

This runs for every line that was ever written, two thirds of them of no use, so it is written for speed.
"""

from __future__ import annotations

import re

from ringfence.tokens.line import NEEDLE

Span = tuple[int, int]
"""Of a line in a buffer: its begin and its end."""

# A line whose own `type` comes before anything nested and is another one. Only for long lines: others are searched
# faster than matched.
_ANOTHER = re.compile(
    rb'\{(?:"(?!type")\w++":(?:"[^"\\]*+"|null|true|false),)*+"type":"(?!assistant")[^"\\]*+"[,}]', re.ASCII
).match
_USER = b',"type":"user"'
"""Nine of ten of them, and twice as fast to find. A string cannot hold it: there its quotes would be escaped."""
_USER_WITHIN = 600
_LONG = 3072
"""Of lines that are longer most are a user's, of shorter ones most are not."""

_TAIL = 512
"""The usage stands so near to a line's end, where Claude Code writes it."""


def spans_of(buffer: bytearray, begin: int, end: int) -> list[Span]:
    """Return the lines that have an `"output_tokens"`, in their order; `end` is behind a line's end."""
    find, rfind, spans = buffer.find, buffer.rfind, list[Span]()
    add = spans.append
    while begin < end:
        start, stop = begin, find(b"\n", begin, end)
        begin = stop + 1
        tail = stop - _TAIL
        if tail <= start:
            if rfind(NEEDLE, start, stop) >= 0:
                add((start, stop))
            continue
        if stop - start > _LONG or rfind(NEEDLE, tail, stop) < 0:
            user = find(_USER, start, start + _USER_WITHIN)
            if user >= 0 and find(b"{", start + 1, user) < 0:  # no key stands in an array without one
                continue
            if rfind(NEEDLE, tail, stop) < 0 and (
                _ANOTHER(buffer, start, stop) is not None or rfind(NEEDLE, start, tail + len(NEEDLE)) < 0
            ):
                continue
        add((start, stop))
    return spans
