"""Fuzz the reading of a transcript's line: whatever the bytes are, it says what the slow reference says, or nothing.

    python -m pip install atheris
    python tests/fuzz/token_line.py -max_total_time=600 [CORPUS_DIR]

A difference or an exception ends it with the input in a file `crash-...`. The seeds are lines of the real client.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "src")]

with atheris.instrument_imports(include=["ringfence.tokens", "tokens"]):
    from ringfence.tokens import long_line
    from ringfence.tokens.pile import Pile, Transcript
    from tokens.reference import line, record


def told(data: bytes) -> list[tuple]:
    pile = Pile()
    transcript = Transcript(path="/p/s1.jsonl", account="a", session=None, slug="p", agent=False)
    buffer = bytearray(data + b"\n")
    with memoryview(buffer) as view:
        pile.read(buffer, view, 0, len(buffer), transcript)
    pile.last_word(transcript)
    return [(a.at_ms, a.model, (a.input, a.cache_creation, a.cache_read, a.output), a.aside) for a in pile.answers()]


def try_one(data: bytes) -> None:
    data = data.replace(b"\n", b" ")
    found = record(data)
    if told(data) != ([] if found is None else [found[2:]]):
        raise AssertionError(f"fast {told(data)}, slow {found}")
    whole = long_line.squeezed([data], 1 << 20)
    halves = long_line.squeezed([data[: len(data) // 2], data[len(data) // 2 :]], 1 << 20)
    if whole != halves or (len(data) <= long_line.LONGEST_STRING and whole != data):
        raise AssertionError(f"squeezed {whole!r}, {halves!r}")


def main() -> None:
    seeds = Path(sys.argv[-1]) if len(sys.argv) > 1 and not sys.argv[-1].startswith("-") else None
    if seeds is not None:
        seeds.mkdir(parents=True, exist_ok=True)
        lines = [
            data for path in (TESTS / "data" / "transcripts").glob("*.jsonl") for data in path.read_bytes().splitlines()
        ]
        for number, data in enumerate([*lines, line(), line("m", None, side=True)]):
            (seeds / f"seed-{number}").write_bytes(data)
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
