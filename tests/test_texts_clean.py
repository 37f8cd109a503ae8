"""Text from outside moves no cursor, turns no direction and breaks no terminal."""

from __future__ import annotations

import pytest

from ringfence import language
from ringfence.texts import clean
from ringfence.words import quoted


@pytest.mark.parametrize(
    "code", [0x00, 0x1B, 0x7F, 0x9B, 0x61C, 0x200B, 0x200F, 0x202E, 0x2066, 0xFEFF, 0xDC80, 0xD800]
)
def test_characters_that_are_not_seen_become_a_space(code):
    assert clean(f"a{chr(code)}b") == "a b"


def test_what_is_cleaned_can_be_printed_everywhere():
    everything = "".join(map(chr, range(0x11000)))
    clean(everything, len(everything)).encode("utf-8")


def test_letters_of_every_script_stay():
    for text in ("Größe", "用量", "استخدام", "użycie", "🚦"):
        assert clean(text) == text


def test_blanks_in_a_row_become_one_and_a_no_break_space_stays_what_it_is():
    assert clean(" a \t\n b\u2003c ") == "a b c"
    assert clean("Socket\u00a0: 92\u00a0%") == "Socket\u00a0: 92\u00a0%"


@pytest.mark.parametrize(
    ("key", "said"),
    [("en", "Run “claude mcp” once."), ("de", "Run „claude mcp“ once."), ("ja", "Run 「claude mcp」 once.")],
)
def test_a_command_stands_in_the_quotes_of_the_language_where_no_terminal_shows_it(key, said):
    language.speak([key])
    assert quoted("Run `claude mcp` once.") == said
    assert quoted("it`s") == "it`s"
