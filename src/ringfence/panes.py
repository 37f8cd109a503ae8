"""What panes of tmux say: when the text of a pane is a refusal, and when panes together are believed (FORMATS F, H).

Anything can be printed in a pane, a log with the very sentence included. So a refusal counts where Claude Code puts it
(behind its own mark, at the end of what a turn has said), twice in a row or with its reset, in two panes of a pool or
in a dedicated one; and a transcript or a fresh reading overrules it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.exhaustion import Claim, Refusal, refusal_in_sentence

if TYPE_CHECKING:
    from datetime import tzinfo

LAST_LINES = 60
"""So much of a pane's end is looked at."""
_BOTTOM = 16
"""A refusal stands among so many last lines with text: its own wrapped ones, the input box and the footer follow."""
_VETO_LINES = 25
_MOST_JOINED = 6

_RULE = re.compile(r"[─━╌]{8,}|[╭╰][─━].*[─━][╮╯]")
_MARK = re.compile(r"\s{0,4}(?P<mark>[⎿●⏺])\s+(?P<said>\S.*)")
_PROMPT = re.compile(r"[❯>] (?!\s*\d+\. )\s*\S")
"""What the person sent. A menu's line begins alike, with a number."""
_GOES_ON = re.compile(r"\s{2,}\S")
_VETO = re.compile(
    r"API Error|Retrying in \d|overloaded_error|\b529\b|experiencing high load|temporarily limiting requests|"
    r"not your usage limit|Request rejected|Rate limit reached|esc to interrupt"
)
"""The service fails, or the turn goes on: what stands there is not its end."""
_RESUMES = re.compile(r"continu(?:e|ing) automatically", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The end of one watched pane."""

    pane: str
    """tmux's own id, `%3`."""
    session: str
    account: str
    dedicated: bool
    """True for a dedicated session, False for one of a pool."""
    active_at: float
    """When its window last printed anything, in epoch seconds: whatever stands there is not younger."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A refusal that stands in a pane."""

    refusal: Refusal
    said_at: float
    """Epoch seconds, at the latest: when it was found, or when the pane had last printed anything."""
    polls: int = 1
    """How many looks in a row have found it."""
    resumes_itself: bool = False

    def is_sure(self, now: float) -> bool:
        """Tell whether one pane's word is good: its reset is ahead, or it was found twice in a row and names none."""
        resets_at = self.refusal.resets_at
        return self.polls >= 2 if resets_at is None else resets_at > now


Memory = Mapping[str, Seen]
"""What stands in which pane, from one look to the next; {} in the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneRefusal:
    """A refusal that panes agree on."""

    account: str
    refusal: Refusal
    """Of the panes' the one with the latest reset."""
    panes: tuple[str, ...]
    """tmux's ids of the panes that say it."""
    sessions: tuple[str, ...]
    """The names of their sessions, each once."""
    said_at: float
    """When the latest of them was said, in epoch seconds; a reading from after that knows better."""
    resumes_itself: bool
    """True when Claude Code says in each of them that it goes on by itself: nobody else should restart it."""


def watched(session: str, pools: Mapping[str, str], dedicated: Mapping[str, str]) -> tuple[str, bool] | None:
    """Return a session's account and whether it is a dedicated one; None: it is not watched.

    A dedicated name goes before a pool's, the longer beginning before the shorter.
    """
    if session in dedicated:
        return dedicated[session], True
    prefix = max((p for p in pools if session.startswith(p)), key=len, default=None)
    return None if prefix is None else (pools[prefix], False)


def step(
    memory: Memory, captures: Iterable[Capture], *, now: float, zone: tzinfo | None
) -> tuple[Memory, tuple[PaneRefusal, ...]]:
    """Return what to remember, and the refusals that are confirmed now. Pure; never raises.

    Args:
        memory: what the look before this one returned.
        captures: the watched panes, all of them: one that is missing begins anew.
        now: epoch seconds.
        zone: the panes' time zone, for a reset that names none; None: the machine's own.
    """
    seen: dict[str, Seen] = {}
    groups: dict[tuple[str, Claim, str | None], list[Capture]] = {}
    for capture in captures:
        found = _next(memory.get(capture.pane), capture, now, zone)
        if found is None:
            continue
        seen[capture.pane] = found
        if found.is_sure(now):
            groups.setdefault((capture.account, found.refusal.claim, found.refusal.model), []).append(capture)
    enough = [group for group in groups.values() if len(group) > 1 or group[0].dedicated]
    return seen, tuple(_confirmed(group, seen) for group in enough)


def refusal_in_pane(text: str, *, said_at: float, zone: tzinfo | None) -> Refusal | None:
    """Return the refusal at the end of a pane's text; None when there is none, or something speaks against it.

    Args:
        text: the pane's last lines, as `tmux capture-pane -p` prints them.
        said_at: when it was said, in epoch seconds.
        zone: the pane's time zone, for a reset that names none; None: the machine's own.
    """
    lines = _lines(text)
    body = lines[: _input_box(lines)]
    at = _last_mark(body)
    if at is None or _is_output_of_a_tool(body, at) or any(_PROMPT.match(line) for line in body[at + 1 :]):
        return None
    if sum(1 for line in lines[at:] if line.strip()) > _BOTTOM:
        return None
    refusal = _joined(body[at:], said_at, zone)
    if refusal is None:
        return None
    turn = max((i for i, line in enumerate(body[:at]) if _PROMPT.match(line)), default=0)
    vetoed = _VETO.search("\n".join(lines[max(turn + 1, at - _VETO_LINES) :]))
    return None if vetoed else refusal


def _next(before: Seen | None, capture: Capture, now: float, zone: tzinfo | None) -> Seen | None:
    """Return what stands in a pane now. What stood there before keeps the reset that it had when it was new."""
    said_at = min(now, capture.active_at)
    refusal = refusal_in_pane(capture.text, said_at=said_at, zone=zone)
    if refusal is None:
        return None
    resumes = any(_RESUMES.search(line) for line in _lines(capture.text)[-_BOTTOM:])
    if before is None or before.refusal.text != refusal.text:
        return Seen(refusal=refusal, said_at=said_at, resumes_itself=resumes)
    return replace(before, polls=before.polls + 1, resumes_itself=resumes)


def _confirmed(group: list[Capture], seen: Memory) -> PaneRefusal:
    found = [seen[capture.pane] for capture in group]
    return PaneRefusal(
        account=group[0].account,
        refusal=max((each.refusal for each in found), key=lambda refusal: refusal.resets_at or 0),
        panes=tuple(capture.pane for capture in group),
        sessions=tuple(dict.fromkeys(capture.session for capture in group)),
        said_at=max(each.said_at for each in found),
        resumes_itself=all(each.resumes_itself for each in found),
    )


# ---- the look of a pane ----------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """Return the last lines with text, and the blank ones between them."""
    lines = [line.rstrip() for line in text.replace("\u00a0", " ").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines[-LAST_LINES:]


def _input_box(lines: list[str]) -> int:
    """Return where the input box begins, two rules with a prompt between; where there is none, the end."""
    rules = [i for i, line in enumerate(lines) if _RULE.match(line)]
    for upper, lower in reversed(list(pairwise(rules))):
        if any(line.lstrip("│┃ ").startswith(("❯", ">")) for line in lines[upper + 1 : lower]):
            return upper
    return len(lines)


def _last_mark(body: list[str]) -> int | None:
    return next((i for i in range(len(body) - 1, -1, -1) if _MARK.match(body[i])), None)


def _is_output_of_a_tool(body: list[str], at: int) -> bool:
    """Tell whether a line behind ⎿ is what a tool printed: the first such line under its ● is.

    A refusal in the middle of a turn follows as a second ⎿, one at its beginning stands under the prompt.
    """
    if "⎿" not in body[at]:
        return False
    for line in reversed(body[:at]):
        mark = _MARK.match(line)
        if not line or _PROMPT.match(line) or (mark and mark["mark"] == "⎿"):
            return False
        if mark:
            return True
    return False


def _joined(block: list[str], said_at: float, zone: tzinfo | None) -> Refusal | None:
    """Return the refusal that a marked line is with those it was wrapped into: of what reads, the longest with a reset.

    "resets 1:19am" is wrapped before its "(UTC)", and "/login to switch" follows on a line of its own.
    """
    first = _MARK.match(block[0])
    if first is None:
        return None
    parts, found = [first["said"]], []
    for line in [*block[1:_MOST_JOINED], ""]:
        refusal = refusal_in_sentence(" ".join(parts), said_at=said_at, zone=zone)
        found += [refusal] if refusal else []
        if not _GOES_ON.match(line):
            break
        parts.append(line.strip())
    return max(found, key=lambda refusal: (refusal.resets_at is not None, len(refusal.text)), default=None)
