"""A language nobody speaks: every text of ours looks foreign and is 130 % as long; what was not marked stays English.

It stands in for a catalogue of gettext's (`speak`, `install`), and `pseudo_qt` for Qt's. What is a field, an option, a
command between backticks or in quotes or a file's key stays as it is.
"""

from __future__ import annotations

import gettext
import math
import re
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import cache
from importlib import util
from io import StringIO
from pathlib import Path

import pytest

from ringfence import language

BUILDER = Path(__file__).resolve().parents[2] / "packaging" / "builder" / "catalogues.py"

LENGTH = 1.3
LOOKALIKES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçđéƒğħíĵķłɱñóƥɋřšŧúʋŵẋýžÁɃÇĐÉƑĞĦÍĴĶŁḾÑÓƤɊŘŠŦÚṼŴẊÝŽ"
)
WIDE = {ord(letter): ord(letter) - ord("!") + ord("！") for letter in map(chr, range(ord("!"), ord("~") + 1))}
"""Each sign of ASCII as wide as a Japanese one."""
KEPT = re.compile(r"\{\w+\}|`[^`]*`|“[^”]*”|%n|(?<!\w)--[a-z][a-z-]*|[a-z]+\.[a-z_]+")
ENGLISH = re.compile(r"[A-Za-z]{2,}")


def text(source: str) -> str:
    """Return a source as the language has it: each word with more letters, every letter with its look-alike."""
    return _outside_kept(source, lambda word: _longer(word).translate(LOOKALIKES))


def wide(source: str) -> str:
    """Return a source in letters that take two cells of a terminal each, as Japanese and Chinese ones do."""
    return _outside_kept(source, lambda word: word.translate(WIDE))


def _outside_kept(source: str, said: Callable[[str], str]) -> str:
    end, made = 0, []
    for kept in [*KEPT.finditer(source), None]:
        own = source[end : kept.start() if kept else None]
        made.append(re.sub(r"[A-Za-z]+", lambda word: said(word[0]), own))
        made.append(kept[0] if kept else "")
        end = kept.end() if kept else end
    return "".join(made)


def _longer(word: str) -> str:
    more = math.ceil(len(word) * LENGTH) - len(word)
    return word + word[-1] * more


@cache
def _marked() -> frozenset[str]:
    """Return every text of the sources that a catalogue would have."""
    spec = util.spec_from_file_location("catalogues", BUILDER)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with redirect_stderr(StringIO()):  # Babel wonders at the values beside the texts
        ids = [message.id for message in module.extracted()]
    return frozenset(each for found in ids for each in ([found] if isinstance(found, str) else found))


class Pseudo(gettext.NullTranslations):
    """A catalogue that has every text that was marked, and no other; `said` is how the language says one."""

    def __init__(self, said: Callable[[str], str] = text) -> None:
        super().__init__()
        self._said = said

    def gettext(self, message: str) -> str:
        """Return the text; one that was not marked as it is, as a real catalogue does."""
        return self._said(message) if message in _marked() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a count."""
        return self._said(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the text; the context is no part of it."""
        return self._said(message)


def install(monkeypatch: pytest.MonkeyPatch, said: Callable[[str], str] = text) -> None:
    """Let a person's environment ask for it: whatever is started then speaks it, where it speaks a language at all."""
    monkeypatch.setattr(gettext, "translation", lambda *_where: Pseudo(said))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")


def speak(said: Callable[[str], str] = text) -> None:
    """Speak it from here on, as `language.speak` does with a real one."""
    language._chosen[:] = [("pseudo", Pseudo(said))]


def english_in(said: str, data: re.Pattern[str]) -> list[str]:
    """Return the words of a text that were not translated, once what `data` matches is taken out of it."""
    return ENGLISH.findall(KEPT.sub(" ", data.sub(" ", said)))
