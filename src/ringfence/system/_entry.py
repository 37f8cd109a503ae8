"""Desktop entries (freedesktop's format 1.5): the keys that matter here, and commands as `Exec=` has them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence
from ringfence.system_ports import Host

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`%=]""")
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def keys_of(text: str) -> dict[str, str]:
    """Return the keys of the group `[Desktop Entry]`, as they stand; empty when there is no such group."""
    found: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == "[Desktop Entry]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key.strip(), value.strip())
    return found


def is_true(keys: Mapping[str, str], key: str, *, absent: bool) -> bool:
    """Return a boolean key."""
    value = keys.get(key)
    return absent if value is None else value.casefold() in {"true", "1"}


def words_of(host: Host, *arguments: str) -> tuple[str, ...]:
    """Return how a desktop starts this Ringfence: with its files where this person has moved them."""
    moved = host.environ.get("RINGFENCE_HOME", "")
    place = ("/usr/bin/env", f"RINGFENCE_HOME={Path(moved).expanduser().absolute()}") if moved else ()
    return (*place, *host.command, *arguments)


def exec_line(command: Sequence[str]) -> str:
    """Return a command as the value of `Exec=`. Raises FileError for one that no entry can carry."""
    return " ".join(_quoted(word) for word in command)


def command_of(line: str) -> tuple[str, ...]:
    """Return the words of an `Exec=` value, without its field codes."""
    plain = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), line)
    words = []
    for found in _QUOTED.finditer(plain):
        word = re.sub(r"\\(.)", r"\1", found[1]) if found[2] is None else found[2]
        if found[2] is None or not re.fullmatch("%[a-zA-Z]", word):
            words.append(word.replace("%%", "%"))
    return tuple(words)


def string_of(value: str) -> str:
    """Return a text or a path as the value of a key. Raises FileError for one that no entry can carry."""
    if not value.isprintable():
        raise FileError(
            Sentence(
                "The path {path} has a control character in it, which no desktop entry can carry.",
                path=f"{value!a:.80}",
            )
        )
    return value.replace("\\", "\\\\")


def started_by(keys: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command of an entry, without the `env NAME=VALUE` in front of it."""
    words = command_of(keys.get("Exec", ""))
    if words and Path(words[0]).name == "env":
        rest = [index for index, word in enumerate(words) if index and "=" not in word]
        return words[rest[0] :] if rest else words
    return words


def program_of(keys: Mapping[str, str]) -> str:
    """Return the program that an entry starts; empty: none."""
    return next(iter(started_by(keys)), "")


def is_there(program: str, path: str | None) -> bool:
    """Tell whether a program can be found, by its path or among those of PATH."""
    return bool(program) and shutil.which(program, path=path) is not None


def starts_ringfence(keys: Mapping[str, str]) -> bool:
    """Tell whether an entry starts a Ringfence, this one or another."""
    words = started_by(keys)
    names = [Path(word).name.casefold() for word in words]
    return not {"ringfence", "ringfence-tray"}.isdisjoint(names) or any(
        name.startswith("ringfence-") and name.endswith(".appimage") for name in names[:1]
    )


def _quoted(word: str) -> str:
    if not _RESERVED.search(word) and word:
        return string_of(word)
    inner = re.sub(r'(["`$\\])', r"\\\1", word.replace("%", "%%"))
    return string_of(f'"{inner}"')
