"""The language people are spoken to in: gettext's catalogues, chosen once at the start. Until then it is English.

What programs read stays English: JSON, CSV, `gate.json`, the log, `gate check`, hooks, what agents are told (MCP).
How to add a language or a sentence stands in docs/translating.md. The standard library alone, and `gettext` late:
whoever speaks no language need not wait for it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from gettext import NullTranslations
    from typing import TypeVar

    from ringfence.sentence import Sentence

    _T = TypeVar("_T")

DOMAIN = "ringfence"
FOLDER = os.path.join(os.path.dirname(__file__), "locale")
ENGLISH = "en"
LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "zh_CN": "简体中文",
}
"""Every language that is complete, by the name its speakers give it; a key is the folder's name."""
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_chosen: list[tuple[str, NullTranslations]] = []
"""One, or none while it is English."""


def speak(wanted: Iterable[str]) -> str:
    """Use the first language of `wanted` that there is from now on, else English. Returns its key in `LANGUAGES`.

    Args:
        wanted: the person's languages, the dearest first, as POSIX or BCP 47 spell them: `de_AT.UTF-8`, `zh-Hans-CN`.
    """
    key = next((found for each in wanted if (found := _key_of(each))), ENGLISH)
    _chosen.clear()
    if key != ENGLISH:
        from gettext import translation

        _chosen.append((key, translation(DOMAIN, FOLDER, [key])))
    return key


def spoken() -> str:
    """Return the language in use, a key of `LANGUAGES`."""
    return _chosen[0][0] if _chosen else ENGLISH


def in_english(say: Callable[[], _T]) -> _T:
    """Return what `say` returns while it is English: for the log, whoever reads the rest."""
    before = _chosen[:]
    _chosen.clear()
    try:
        return say()
    finally:
        _chosen[:] = before


def wanted_by(environment: Mapping[str, str], chosen: str = "") -> list[str]:
    """Return the languages that a POSIX environment asks for, the dearest first.

    As GNU gettext reads it (its manual, 2.3): LANGUAGE is a list between colons, and counts only where the locale
    is not C.

    Args:
        environment: the program's.
        chosen: what the settings name, a key of `LANGUAGES`; empty: nothing. It goes before all but LC_ALL, which no
            desktop sets (locale.conf(5)): whoever does asks for this one run.
    """
    if chosen and not environment.get("LC_ALL"):
        return [chosen]
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return [ENGLISH]
    return [*filter(None, environment.get("LANGUAGE", "").split(":")), *([locale] if locale else [])]


def _(text: str) -> str:
    """Return a text in the language in use; the text itself where it has no translation."""
    return _chosen[0][1].gettext(text) if _chosen else text


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form for a count; both forms may hold `{count}`, which the caller fills in."""
    if not _chosen:
        return one if count == 1 else many
    return _chosen[0][1].ngettext(one, many, count)


def pgettext(context: str, text: str) -> str:
    """Return a text whose meaning English does not tell alone: `May` is a month, `open` a gate's state."""
    return _chosen[0][1].pgettext(context, text) if _chosen else text


def told(text: str | Sentence) -> str:
    """Return a text that was made where no language is known: a `Sentence` or what was marked by `N_`.

    A sentence that came out of a file, where it is English text alone, is recognised by the template that it was made
    of. What is none of ours comes back as it is: a window's name of the server's, an error of the operating system's.
    """
    template = getattr(text, "template", None)
    if template is None:
        said = _(text) if text else ""  # the empty text is a catalogue's own head
        return said if said != text or not _chosen else _recognised(text)
    fields: Mapping[str, object] = text.fields  # type: ignore[union-attr]  # whoever has one has both
    return _(template).format(**{name: _field(value) for name, value in fields.items()})


def _field(value: object) -> object:
    return told(value) if isinstance(value, str) and hasattr(value, "template") else value


def _recognised(text: str) -> str:
    from ringfence.templates import made_of, templates_of

    for template, fields in made_of(text, templates_of(_chosen[0][1])):
        return _(template).format(**{name: told(v) if " " in v else v for name, v in fields.items()})
    return text


def _key_of(tag: str) -> str:
    """Return the key for a language's tag; empty where there is none."""
    language, *rest = tag.partition(".")[0].partition("@")[0].replace("-", "_").split("_")
    if language.lower() == "zh":
        traditional = {"hant", "tw", "hk", "mo"} & {part.lower() for part in rest}
        return "" if traditional else "zh_CN"
    return language.lower() if language.lower() in LANGUAGES else ""
