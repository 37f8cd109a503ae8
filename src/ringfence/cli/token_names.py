"""Names in a narrow column that still tell two things apart: folders, sessions and models. Pure."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence import token_texts
from ringfence.cli.columns import ending, width_of
from ringfence.language import _, pgettext
from ringfence.words import clean

LONGEST = 300
SESSION_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Short names of folders, in the order they were given, and the folder they are in; empty: none is shared."""

    names: list[str]
    shared: str


def folders(paths: Sequence[str], home: str, room: int) -> Folders:
    """Return names that fit `room` where they can: `~` for the home folder, what all share left out, the end kept.

    Two different folders never get the same name; one that would is shown whole.
    """
    whole = {path: _under_home(path, home) for path in paths}
    shared = _shared([name for path, name in whole.items() if path])
    shared = shared if width_of(below(shared)) <= room else ""
    inside = {path: _inside(name, shared) if path else _("no folder") for path, name in whole.items()}
    short = {path: ending(clean(name, LONGEST), room) for path, name in inside.items()}
    taken = Counter(short.values())
    names = [short[path] if taken[short[path]] == 1 else clean(inside[path], LONGEST) for path in paths]
    return Folders(names=names, shared=clean(shared, LONGEST))


def below(folder: str) -> str:
    """Return what stands above names that are in a folder: `in ~/src`."""
    return _("in {project}").format(project=folder)


def sessions(keys: Sequence[str]) -> list[str]:
    """Return the beginnings of sessions' ids, as long as they have to be."""
    for shown in (SESSION_SHOWN, 13, 18):
        names = [clean(key[:shown]) for key in keys]
        if len(set(names)) == len(set(keys)):
            return names
    return [clean(key, LONGEST) for key in keys]


def models(keys: Sequence[str]) -> Callable[[str], str]:
    """Return how each of these models is called: `Opus 4.5`, and its whole name where that would be two."""
    short = {key: token_texts.model_text(key) if is_named(key) else pgettext("model", "unknown") for key in keys}
    taken = Counter(short.values())
    return lambda key: short[key] if taken[short[key]] == 1 else clean(key, 40)


def is_named(model: str) -> bool:
    """Tell whether a transcript named the model of its answers; the ledger calls the others `unknown`."""
    return clean(model) not in {"", "unknown"}


def _under_home(path: str, home: str) -> str:
    if home and home != os.path.sep and (path == home or path.startswith(home.rstrip("/\\") + os.path.sep)):
        return "~" + path[len(home.rstrip("/\\")) :]
    return path


def _shared(names: list[str]) -> str:
    """Return the folder that all are below; not the root or `~` alone, which say nothing, nor one name's own."""
    parted = [name.split(os.path.sep) for name in names]
    if len(parted) < 2:
        return ""
    first, last = min(parted), max(parted)
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    return os.path.sep.join(first[:common]) if common > 1 else ""


def _inside(name: str, shared: str) -> str:
    if not shared:
        return name
    return name[len(shared) + 1 :] or "."
