"""A language nobody speaks: every text of ours looks foreign and is 130 % as long; what was not marked stays English.

It stands in for a catalogue of gettext's (`speak`), and `pseudo_qt` for Qt's. What is a field, a command between
backticks or a file's key stays as it is.
"""

from __future__ import annotations

import math
import re
from gettext import NullTranslations
from pathlib import Path

from babel.messages.pofile import read_po

from ringfence import language

LENGTH = 1.3
LOOKALIKES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçđéƒğħíĵķłɱñóƥɋřšŧúʋŵẋýžÁɃÇĐÉƑĞĦÍĴĶŁḾÑÓƤɊŘŠŦÚṼŴẊÝŽ"
)
KEPT = re.compile(r"\{\w+\}|`[^`]*`|%n|[a-z]+\.[a-z_]+")
ENGLISH = re.compile(r"[A-Za-z]{2,}")


def text(source: str) -> str:
    """Return a source as the language has it: each word with more letters, every letter with its look-alike."""
    end, made = 0, []
    for kept in [*KEPT.finditer(source), None]:
        own = source[end : kept.start() if kept else None]
        made.append(re.sub(r"[A-Za-z]+", lambda word: _longer(word[0]).translate(LOOKALIKES), own))
        made.append(kept[0] if kept else "")
        end = kept.end() if kept else end
    return "".join(made)


def _longer(word: str) -> str:
    more = math.ceil(len(word) * LENGTH) - len(word)
    return word + word[-1] * more


class Pseudo(NullTranslations):
    """A catalogue that has every text that was marked, and no other."""

    def __init__(self) -> None:
        super().__init__()
        with Path(language.FOLDER, "de", "LC_MESSAGES", "ringfence.po").open("rb") as file:
            ids = [message.id for message in read_po(file)]
        self._known = {each for found in ids for each in ([found] if isinstance(found, str) else found)}

    def gettext(self, message: str) -> str:
        """Return the text; one that was not marked as it is, as a real catalogue does."""
        return text(message) if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a count."""
        return text(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the text; the context is no part of it."""
        return text(message)


def speak() -> None:
    """Speak it from here on, as `language.speak` does with a real one."""
    language._chosen[:] = [("pseudo", Pseudo())]


def english_in(said: str, data: re.Pattern[str]) -> list[str]:
    """Return the words of a text that were not translated, once what `data` matches is taken out of it."""
    return ENGLISH.findall(KEPT.sub(" ", data.sub(" ", said)))
