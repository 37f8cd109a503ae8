"""What every face says first, and the tray icon in its tooltip; times are local. Plain text."""

from __future__ import annotations

from datetime import tzinfo

from ringfence import texts, words
from ringfence.core.model import Scope, WindowState
from ringfence.core.ring import AccountView, View
from ringfence.language import _, ngettext, told

EXTENSION = "AppIndicator and KStatusNotifierItem Support"
"""What GNOME needs to show tray icons, under the name that its page of extensions has."""
MOST_WINDOWS = 4
MOST_OTHERS = 4
"""How many accounts beside the one in the icon have a line of the tooltip; the rest are counted."""


def subline(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return the second line: a file that needs the person, what is paused alone, why the first line says so."""
    if view.trouble or not view.pauses or view.paused or view.holds or view.verdict == "unknown":
        return texts.clean(told(view.trouble), 300) or texts.reason_text(view, now, zone)
    alone = partly_paused_text(view, now, zone)
    stop = texts.next_stop_text(view, now, zone) if view.verdict == "open" else ""
    return _("{first}. {second}").format(first=alone, second=stop) if stop else alone


def no_tray_text(desktop: str) -> str:
    """Return why a desktop shows no icon and what helps; empty where nothing is known.

    `desktop` is XDG_CURRENT_DESKTOP, names with colons between them.
    """
    if "GNOME" not in desktop.upper().split(":"):
        return ""
    return _("GNOME shows no tray icons by itself; its extension “{extension}” adds them.").format(extension=EXTENSION)


def partly_paused_text(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return what is paused alone: `Paused by you for class batch until 18:00, and for 2 more`; empty for nothing."""
    alone = [pause for pause in view.pauses if pause.scope != Scope()]
    if not alone:
        return ""
    said = texts.pause_text(alone[0], now, zone)
    more = len(alone) - 1
    return words.joined([said, _("and for {count} more").format(count=more)]) if more else said


def tooltip(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return the tray icon's tooltip, a line each: verdict, what is paused alone, the limits in the icon, their age.

    With several accounts the one in the icon is named, and each other has a line.
    """
    lines = [texts.headline(view, now, zone), partly_paused_text(view, now, zone)]
    if view.holds or view.verdict == "unknown":
        lines.append(texts.reason_text(view, now, zone))
    lines.append(texts.clean(told(view.trouble), 300))
    if view.icon is not None:
        lines += _icon_lines(view, view.icon, lines, now, zone)
        lines += _other_lines([a for a in view.accounts if a is not view.icon])
    return "\n".join(line for line in lines if line)


def icon_text(view: View) -> str:
    """Return which account the icon shows and why: `work, the closest to its limit`; empty where there is one."""
    if view.icon is None or len(view.accounts) < 2:
        return ""
    said = _("{account}, as you chose") if view.pinned else _("{account}, the closest to its limit")
    return said.format(account=texts.clean(view.icon.name, 40))


def _icon_lines(view: View, account: AccountView, above: list[str], now: float, zone: tzinfo | None) -> list[str]:
    lines = [icon_text(view)]
    lines += [
        _("{name}: {sentence}").format(
            name=texts.label_text(w), sentence=words.joined([texts.used_text(w), texts.countdown_text(w, now, zone)])
        )
        for w in account.windows[:MOST_WINDOWS]
    ]
    failed = texts.failure_title(account.failure.kind) if account.failure else ""
    if not any(line.startswith(failed) for line in above):
        lines.append(failed)
    return [*lines, texts.provenance_text(account, now, zone)]


def _other_lines(others: list[AccountView]) -> list[str]:
    line = _("{name}: {sentence}")
    lines = [line.format(name=texts.clean(a.name, 40), sentence=_short(a)) for a in others[:MOST_OTHERS]]
    more = len(others) - MOST_OTHERS
    rest = ngettext("and {count} more account", "and {count} more accounts", more).format(count=more)
    return [*lines, rest] if more > 0 else lines


def _short(account: AccountView) -> str:
    if account.failure is not None:
        return texts.failure_state(account.failure.kind)
    known = {"session": _("session {percent}"), "week": _("week {percent}")}
    ringed = [w for w in account.windows if w.id in known and w.state is WindowState.LIVE]
    said = words.joined(known[w.id].format(percent=texts.percent_text(w.used)) for w in ringed)
    return said or texts.state_text(account.state)
