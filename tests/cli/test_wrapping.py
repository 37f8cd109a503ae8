"""Sentences in lines of a terminal."""

from __future__ import annotations

import pytest

from ringfence.cli.output import console, wrapped


@pytest.mark.parametrize("width", range(20, 40))
def test_no_line_begins_with_what_a_no_break_space_holds_to_the_word_before(width: int) -> None:
    out = console()
    out.width = width
    said = "Il n’y en a pas\u00a0; lancez le programme avec `ringfence`\u00a0: la fenêtre attend à 92\u00a0%."
    lines = wrapped(out, said, 0)
    assert not [line.plain for line in lines if line.plain.startswith((";", ":", "%"))]
    assert "pas\u00a0;" in " ".join(line.plain for line in lines)


def test_a_line_behind_an_indent_keeps_its_no_break_space() -> None:
    out = console()
    out.width = 22
    lines = wrapped(out, "réinit. 92\u00a0% et plus encore", 2)
    assert [line.plain for line in lines] == ["  réinit. 92\u00a0% et plus", "  encore"]
