"""What the first window says: whose usage is read, from where, what leaves the machine, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ringfence import texts, words
from ringfence.core.model import FailureKind
from ringfence.core.ring import View
from ringfence.core.settings import Settings

TITLE = "Welcome to Ringfence"
WHAT = (
    "Rings show how much of your Claude subscription is used. At a limit that you set, new agents wait;"
    " what runs is never touched."
)
THRESHOLDS = "Hold new agents from a share of a window on. Both are off until you choose; 90 % is a good beginning."
HOOK = "Let Claude Code ask: while the gate is closed, autonomous prompts and new subagents wait; what you type passes."
NO_LOGIN = "No login of Claude Code was found. Sign in with `claude`, then look again; or see everything in the demo."


def has_login(view: View) -> bool:
    """Tell whether any account has a login, as far as is known."""
    return any(a.failure is None or a.failure.kind is not FailureKind.SIGNED_OUT for a in view.accounts)


def login_text(view: View, places: Sequence[str]) -> str:
    """Return whose usage is read: the login that was found and where, or that there is none."""
    if not has_login(view):
        return NO_LOGIN
    plan = next((a.plan for a in view.accounts if a.plan), None)
    kind = f" of your {words.clean(plan, 20)} plan" if plan else ""
    where = " and ".join(words.clean(place) for place in places)
    return (
        f"Found: the login{kind} that Claude Code keeps in {where}."
        if where
        else f"Found: a login{kind} in the keyring."
    )


def reads_text(folders: Sequence[str]) -> str:
    """Return what is read."""
    listed = ", ".join(words.clean(folder) for folder in folders)
    return (
        f"Read: that login, which is never changed or renewed, and from the transcripts in {listed} counts, times and"
        " names, nothing of what was written."
    )


def sends_text(settings: Settings) -> str:
    """Return what leaves the machine."""
    host = urlsplit(settings.usage.base_url).hostname or ""
    every = words.duration_text(settings.usage.interval_s)
    return f"Sent: one question to {words.clean(host)} about every {every}, with that login. Nothing else, to nobody."


def hook_text(where: str, *, installed: bool) -> str:
    """Return which file the hook changes."""
    place = texts.clean(where)
    return f"It is in {place} already." if installed else f"It is added to {place}; the rest of it stays as it is."
