"""The language that the settings name, read before anything is said, so as cheaply as it can be."""

from __future__ import annotations

from ringfence.language import LANGUAGES
from ringfence.ports import FileError
from ringfence.storage.atomic import read_file
from ringfence.storage.paths import find_paths

SECTION, NAME = "appearance", "language"


def chosen_language() -> str:
    """Return a key of LANGUAGES; empty: the settings leave it to the environment, or cannot be read.

    What is wrong with the settings is told by whoever follows them.
    """
    try:
        data = read_file(find_paths().settings) or b""
    except (FileError, RuntimeError):
        return ""
    if NAME.encode() not in data:  # no parser for the many who never chose
        return ""
    import tomllib  # noqa: PLC0415

    try:
        section = tomllib.loads(data.decode("utf-8-sig")).get(SECTION)
    except (ValueError, RecursionError):
        return ""
    word = section.get(NAME) if isinstance(section, dict) else None
    return word if isinstance(word, str) and word in LANGUAGES else ""
