"""What the gate's reader and the routes say, said again in the language in use.

`gate_reader`, `route_facts` and `route_rules` speak English alone: launchers load them in milliseconds, they import
nothing of ours that is not needed for an answer, and gate file and log keep what they said. Where a person reads it,
the sentence is recognised by its template, and the template's translation filled in anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ringfence.language import ENGLISH, _, pgettext, spoken, told
from ringfence.sentence import N_
from ringfence.templates import made_of
from ringfence.words import number_text

REASONS = (
    # gate_reader: whole sentences
    N_("The gate file {path} {fault}."),
    N_("The gate file's first line says {first}, its holds say {second}."),
    N_("The gate's verdict has run out and no new one was written."),
    N_("The last reading is too old to keep the gate closed by it."),
    N_("The monitor knows no account called {account}."),
    N_("There is no fresh reading of this account's usage."),
    N_("Overridden by you."),
    N_("No hold applies."),
    N_("Paused by you, until {time}."),
    N_("Paused by you, until you unpause."),
    N_("Paused by you: {note}, until {time}."),
    N_("Paused by you: {note}, until you unpause."),
    N_("Claude refused: the session limit is reached."),
    N_("Claude refused: the session limit is reached, resets {time}."),
    N_("Claude refused: the week limit is reached."),
    N_("Claude refused: the week limit is reached, resets {time}."),
    N_("Claude refused: the {name} limit is reached."),
    N_("Claude refused: the {name} limit is reached, resets {time}."),
    N_("Your budget {name} is reached: {used} % used."),
    N_("Your budget {name} is reached: {used} % used, resets {time}."),
    N_("{window} is over its limit: {used} % used, threshold {threshold} %."),
    N_("{window} is over its limit: {used} % used, threshold {threshold} %, resets {time}."),
    N_("The monitor was stopped; start it with `ringfence` or `ringfence daemon`."),
    N_("The monitor has not written for a while (its lease ran out); start it with `ringfence`."),
    # route_facts and route_rules
    N_("{account}: {reason}"),
    N_("{account} has no config_dir, so no run can be started on it."),
    N_("{account} refused a run and is left alone until {time}."),
    N_("{account} is not signed in."),
    N_("There is no account called {account} ({names})."),
    N_("There is no account."),
    N_("{account} was taken last."),
    N_("{account} was left lately; it is taken again from {time} on."),
    N_("{agents} runs on {account}."),
    N_("{tier} needs no account."),
    N_("{tier} comes first."),
    N_("{tier} runs {model}."),
    N_("{tier}: no account is open."),
    N_("{figure}: {tier} takes high-value work alone while it is {band}."),
    N_("{figure}: {tier} takes no work while it is {band}."),
    N_("{figure} ({band}): {tier} takes it."),
    N_("{figure} ({band})."),
    N_("No tier runs that model; name it in [[route.tiers]]."),
    # core.failover, whose moves are kept in files
    N_("{account} takes it again."),
)
FIGURES = (N_("{account} is {used} % used"), N_("{account} has used nothing yet"))
FAULTS = (
    N_("is damaged: it is not JSON"),
    N_("is damaged: it is not a JSON object"),
    N_("is damaged: a key stands in it twice"),
    N_("is damaged: it holds a number that is not finite"),
    N_("is damaged: it holds a number that is no time and no percentage"),
    N_("is damaged: serial is not a number of ours"),
    N_("is damaged: a hold has no {key}"),
    N_("is damaged: {key} is not a list"),
    N_("is damaged: {key} is not as it should be"),
    N_("is damaged: {key} is not a text"),
    N_("is damaged: {key} is not a time"),
    N_("has format {number}, this reader knows {known}"),
    N_("has an unknown verdict {word}"),
    N_("has a hold of unknown kind {word}"),
    N_("has a hold with an unknown scope {word}"),
    N_("was written in the future; the clock was moved"),
    N_("does not start with its verdict line"),
    N_("is not there; start Ringfence with `ringfence`"),
    N_("is a link, not a regular file"),
    N_("is not a regular file"),
    N_("is larger than {size} kB"),
    N_("can be written by others; run `chmod 600` on it"),
    N_("belongs to somebody else"),
    N_("cannot be read: {error}"),
)
"""Ends of "The gate file PATH ..."."""
_NUMBER, _TIME = r"\d+(?:\.\d+)?", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_SHAPES = {
    "used": _NUMBER,
    "threshold": _NUMBER,
    "time": _TIME,
    "band": "burst|active|resting",
    "window": "session|week|model:.+?",
}
_TABLES = {"reason": REASONS, "figure": FIGURES, "fault": FAULTS}
"""Fields that are sentences themselves."""

Name = Callable[[str], str]


def retold(why: str, window_name: Name) -> str:
    """Return a reader's reason in the language in use; what is not one of theirs comes back as it is.

    Codes that programs read have to be taken out of it before; its moments stay in UTC. `window_name` says a window's
    id as people know it.
    """
    return why if spoken() == ENGLISH else _reasons(why, window_name) or why


def _reasons(why: str, window_name: Name) -> str:
    """Return one reason or several in a row; empty when they are not known."""
    # The last one first, as short as it can be: the name at the head of a reason could be anything, also the reason
    # before it. No other way to part them is tried: a pause's note of many full stops would have thousands.
    for stop in reversed([*re.finditer(r"\. ", why)]):
        if last := _said(why[stop.end() :], REASONS, window_name):
            first = _reasons(why[: stop.start() + 1], window_name)
            return _("{first} {second}").format(first=first, second=last) if first else _said(why, REASONS, window_name)
    return _said(why, REASONS, window_name)


def _said(text: str, table: tuple[str, ...], window_name: Name) -> str:
    for template, found in made_of(text, table, _SHAPES):
        fields = {name: _field(name, value, window_name) for name, value in found.items()}
        if all(fields.values()):
            return told(template).format(**fields)
    return ""


def _field(name: str, value: str, window_name: Name) -> str:
    """Return what stands in a sentence's place of that name; empty when it is no such thing."""
    if name in _TABLES:
        return _said(value, _TABLES[name], window_name)
    if name == "window":
        return window_name(value)
    if name == "band":
        return _band(value)
    return number_text(value) if _SHAPES.get(name) == _NUMBER else value


def _band(word: str) -> str:
    # For translators: how much of an account is used; what is said of it is "while it is {band}".
    match word:
        case "burst":
            return pgettext("band", "burst")
        case "active":
            return pgettext("band", "active")
        case _:
            return pgettext("band", "resting")
