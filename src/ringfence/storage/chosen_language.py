"""The language that the settings name, read before anything is said, so as cheaply as it can be."""

from __future__ import annotations

import os
import stat

from ringfence import gate_reader
from ringfence.language import LANGUAGES

SECTION, NAME = "appearance", "language"
_LONGEST = 8 << 20
"""As `storage.atomic` reads files of ours. `Paths` and that one would bring pathlib, 4 ms, to every command."""


def chosen_language() -> str:
    """Return a key of LANGUAGES; empty: the settings leave it to the environment, or cannot be read.

    What is wrong with the settings is told by whoever follows them.
    """
    data = _settings()
    if NAME.encode() not in data:  # no parser for the many who never chose
        return ""
    import tomllib  # noqa: PLC0415

    try:
        section = tomllib.loads(data.decode("utf-8-sig")).get(SECTION)
    except (ValueError, RecursionError):
        return ""
    word = section.get(NAME) if isinstance(section, dict) else None
    return word if isinstance(word, str) and word in LANGUAGES else ""


def _settings() -> bytes:
    """Return what stands in the file of settings; nothing where there is none to be read."""
    path = os.path.join(gate_reader.home_folder("config"), "settings.toml")
    try:
        # Relative: nothing says where home is. To open a fifo would wait for its writer, for ever.
        if not os.path.isabs(path) or not stat.S_ISREG(os.stat(path).st_mode):
            return b""
        with open(path, "rb") as file:
            return file.read(_LONGEST)
    except OSError:
        return b""
