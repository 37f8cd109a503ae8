"""Sentences made where no language is known, the core and the edges: English, and able to be said in another."""

from __future__ import annotations


class Sentence(str):
    """An English sentence that remembers what it was made of; `language.told` says it in the language in use.

    For whoever does not ask it is the English text: in the log, in JSON, in a comparison.
    """

    __slots__ = ("fields", "template")

    template: str
    fields: dict[str, object]

    def __new__(cls, template: str, **fields: object) -> Sentence:
        """Fill in a template; the fields may be sentences themselves."""
        made = super().__new__(cls, template.format(**fields))
        made.template, made.fields = template, fields
        return made

    def __str__(self) -> Sentence:
        """Stay what it is: `str(error)` of an error that was given a sentence still knows its template."""
        return self

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Copy and pickle as the text alone."""
        return str, (plain(self),)


def in_a_row(*sentences: str) -> str:
    """Return the sentences that are not empty, one after the other."""
    said = ""
    for each in filter(None, sentences):
        said = Sentence("{first} {second}", first=said, second=each) if said else each
    return said


def plain(text: str) -> str:
    """Return a text as the one type that msgspec writes: its `enc_hook`. Raises TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"Encoding objects of type {type(text).__name__} is unsupported")
    return str.__str__(text)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for the catalogues and return it as it is: it is looked up where it is shown."""
    return text
