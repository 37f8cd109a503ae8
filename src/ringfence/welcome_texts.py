"""What the first window says: whose usage is read, from where, what leaves the machine, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ringfence import words
from ringfence.core.model import FailureKind
from ringfence.core.ring import View
from ringfence.core.settings import Settings
from ringfence.language import _, ngettext


def title() -> str:
    """Return the welcome's heading."""
    return _("Welcome to Ringfence")


def what() -> str:
    """Return what Ringfence does."""
    return _(
        "Rings show how much of your Claude subscription is used. At a limit that you set, new agents wait;"
        " what runs is never touched."
    )


def thresholds(*, chosen: bool) -> str:
    """Return what thresholds do and, until the person has chosen one, that there are none."""
    if chosen:
        return _("Hold new agents from a share of a window on.")
    return _("Hold new agents from a share of a window on. Both are off until you choose; 90 % is a good beginning.")


def hook() -> str:
    """Return what the hook of Claude Code does."""
    return _(
        "Let Claude Code ask: while the gate is closed, autonomous prompts and new subagents wait;"
        " what you type passes."
    )


def no_login() -> str:
    """Return what to do without a login."""
    return _(
        "No login of Claude Code was found. Sign in with `claude`, then look again; or see everything in the demo."
    )


def has_login(view: View) -> bool:
    """Tell whether any account has a login, as far as is known."""
    return any(a.failure is None or a.failure.kind is not FailureKind.SIGNED_OUT for a in view.accounts)


def login_text(view: View, places: Sequence[str]) -> str:
    """Return whose usage is read: the login that was found and where, or that there is none."""
    if not has_login(view):
        return no_login()
    plan = next((a.plan for a in view.accounts if a.plan), None)
    where = words.joined(words.clean(place) for place in places)
    if where:
        said = _("Found: the login that Claude Code keeps in {place}.")
        said = _("Found: the login of your {plan} plan that Claude Code keeps in {place}.") if plan else said
    else:
        said = _("Found: a login of your {plan} plan in the keyring.") if plan else _("Found: a login in the keyring.")
    return said.format(plan=words.clean(plan or "", 20), place=where)


def reads_text(folders: Sequence[str]) -> str:
    """Return what is read."""
    return _(
        "Read: that login, which is never changed or renewed, and from the transcripts in {folders} counts, times and"
        " names, nothing of what was written."
    ).format(folders=words.joined(words.clean(folder) for folder in folders))


def sends_text(settings: Settings) -> str:
    """Return what leaves the machine."""
    urls = [settings.base_url_of(account) for account in settings.accounts] or [settings.usage.base_url]
    hosts = dict.fromkeys(words.clean(urlsplit(url).hostname or "") for url in urls)
    every = _interval_text(settings.usage.interval_s)
    return _("Sent: one question to {host} about every {length}, with that login. Nothing else, to nobody.").format(
        host=words.joined(hosts), length=every
    )


def _interval_text(seconds: float) -> str:
    if seconds >= 60:
        return words.duration_text(seconds)
    count = round(seconds)
    return ngettext("{count} second", "{count} seconds", count).format(count=count)


def hook_text(where: str, *, installed: bool) -> str:
    """Return which file the hook changes."""
    said = _("It is in {file} already.") if installed else _("It is added to {file}; the rest of it stays as it is.")
    return said.format(file=words.clean(where))
