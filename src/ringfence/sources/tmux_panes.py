"""tmux: what the panes of watched sessions say (`panes` decides what it means). It reads, and types nothing.

A look is two calls of tmux, however many panes there are: one lists them, one prints the last lines of all that are
watched. The server is the one that `tmux` itself would take: TMUX, else TMUX_TMPDIR, else the person's own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo

from ringfence import panes
from ringfence.core.settings import Settings, Tmux
from ringfence.panes import Capture, PaneRefusal
from ringfence.ports import RefusalSpec
from ringfence.sentence import N_, Sentence
from ringfence.texts import clean

SCROLLBACK_LINES = 20
"""Read above what is visible: in a low pane a turn is longer than that."""
MOST_PANES = 500
DEADLINE_S = 10.0
_FORMAT = "#{pane_id} #{window_activity} #{pane_dead} #{session_name}"
_LISTED = re.compile(r"^(?P<pane>%[0-9]{1,9}) (?P<active>[0-9]{1,12}) 0 (?P<session>.+)$", re.MULTILINE)
"""A pane whose program has ended (1) says nothing."""
_TRIES = 3
"""tmux ends a list of commands at a pane that was closed meanwhile; the others are asked again."""


class TmuxPanes:
    """The watched panes of one tmux server."""

    def __init__(self, chosen: Tmux, *, zone: tzinfo | None = None) -> None:
        """`zone` is the panes' time zone; None: the machine's own."""
        self._chosen, self._zone = chosen, zone
        self._memory: panes.Memory = {}

    async def sweep(self, *, now: float) -> tuple[PaneRefusal, ...]:
        """Look once at every watched pane, and return the refusals that are confirmed. Never raises."""
        import asyncio  # noqa: PLC0415 - as below

        captures = await self._captures()
        # 40 panes take 10 ms to read: too long for a loop that draws.
        look = await asyncio.to_thread(panes.step, self._memory, captures, now=now, zone=self._zone)
        self._memory, confirmed = look
        return confirmed

    async def probe(self, *, now: float) -> tuple[bool, str]:
        """Look once, and tell how many panes are watched, and which sessions show a refusal."""
        if shutil.which("tmux") is None:
            return False, Sentence("tmux is not installed, so no pane is watched.")
        captures = await self._captures()
        if not captures:
            return False, Sentence("tmux runs no session of the names in tmux.pools and tmux.dedicated.")
        seen, _ = panes.step({}, captures, now=now, zone=self._zone)
        refused = list(dict.fromkeys(c.session for c in captures if c.pane in seen))
        shown = Sentence("none is refused")
        if refused:
            shown = Sentence("Claude refuses in {names}", names=", ".join(clean(name, 30) for name in refused))
        if len(captures) == 1:
            return True, Sentence("1 pane watched, {shown}", shown=shown)
        return True, Sentence("{count} panes watched, {shown}", count=len(captures), shown=shown)

    async def _captures(self) -> list[Capture]:
        """Return the watched panes with what they show."""
        texts: dict[str, str] = {}
        watched = _watched(await _tmux("list-panes", "-a", "-F", _FORMAT), self._chosen)
        for _ in range(_TRIES):
            left = [pane for pane in watched if pane not in texts]
            if not left:
                break
            read = await _captured(left)
            texts |= read
            if len(read) < len(left):  # the first that was not printed is gone
                watched.pop(next(pane for pane in left if pane not in read))
        return [replace(capture, text=texts[pane]) for pane, capture in watched.items() if pane in texts]


def _watched(listed: str, chosen: Tmux) -> dict[str, Capture]:
    """Return the watched panes of a listing by their ids, without their texts."""
    found: dict[str, Capture] = {}
    for line in _LISTED.finditer(listed):
        known = panes.watched(line["session"], chosen.pools, chosen.dedicated)
        if known is not None and len(found) < MOST_PANES:
            found[line["pane"]] = Capture(
                pane=line["pane"], session=line["session"], account=known[0], dedicated=known[1],
                active_at=float(line["active"]), text="",
            )  # fmt: skip
    return found


async def _captured(wanted: Sequence[str]) -> dict[str, str]:
    """Return what panes show, as far as tmux came."""
    mark = os.urandom(16).hex()  # no pane can have printed it
    commands: list[str] = []
    for pane in wanted:
        commands += ["capture-pane", "-p", "-J", "-t", pane, "-S", f"-{SCROLLBACK_LINES}", ";"]
        commands += ["display-message", "-p", mark, ";"]
    said = await _tmux(*commands)
    return dict(zip(wanted, said.split(f"{mark}\n")[:-1], strict=False))


async def _tmux(*words: str) -> str:
    """Return what a call of tmux prints; nothing when there is no tmux, no server, or no answer in time."""
    import asyncio  # noqa: PLC0415 - the sources are listed by commands that start without it

    try:
        process = await asyncio.create_subprocess_exec(
            "tmux", "-u", *words,  # -u: without a UTF-8 locale a session's name has underscores
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return ""
    try:
        said, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return said.decode("utf-8", "replace")


def _build(settings: Settings) -> TmuxPanes | None:
    return TmuxPanes(settings.tmux) if settings.tmux.pools or settings.tmux.dedicated else None


SPEC = RefusalSpec(
    id="tmux_panes",
    label=N_("tmux panes"),
    help=N_(
        "Looks at the last lines of panes of tmux for Claude Code's word that a limit is reached. Name the sessions in"
        " `tmux.pools` and `tmux.dedicated`."
    ),
    build=_build,
    every_s=lambda settings: settings.tmux.every_s,
)
