"""The line of a bar: for tmux with its colours, for Waybar as JSON whose texts are Pango markup.

What colour says, a mark and a word say too. The standard library alone: a bar asks every few seconds.
"""

from __future__ import annotations

import json
import time

from ringfence import gate_reader, window_rules
from ringfence.cli import bar_facts
from ringfence.cli.gate_check import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.cli.bar_facts import Account, Meter, Picture

    Pieces = list[tuple[str, str]]

WIDTH = 40
"""What tmux gives `status-right` when nobody has set `status-right-length`."""
NAME_MAX = 12
TIERS = {  # a palette's number for terminals, the same colour for Pango: those of `ringfence status`
    window_rules.CALM: ("colour36", "#00af87"),
    window_rules.ELEVATED: ("colour179", "#d7af5f"),
    window_rules.HIGH: ("colour166", "#d75f00"),
    window_rules.CRITICAL: ("colour160,bold", "#d70000"),
}
GATES = {
    gate_reader.OPEN: ("●", "", "fg=colour36"),
    bar_facts.OVERRIDDEN: ("●", "overridden", "fg=colour36"),
    gate_reader.CLOSED: ("■", "closed", "fg=colour160,bold"),
    bar_facts.PAUSED: ("‖", "paused", "bold"),
    gate_reader.UNKNOWN: ("?", "unknown", "fg=colour179,bold"),
}
"""Mark, word and tmux's style. An open gate needs no word: nothing is wrong."""
STATES = {
    bar_facts.STALE: "stale",
    bar_facts.UNREAD: "no reading",
    "signed_out": "signed out",
    "expired": "login expired",
    "missing_scope": "no access",
    "throttled": "throttled",
    "offline": "offline",
    "server_error": "server error",
    "format_changed": "new format",
}
HEADS = {
    gate_reader.OPEN: "Agents may start",
    bar_facts.OVERRIDDEN: "Agents may start (overridden)",
    gate_reader.CLOSED: "New agents are held",
    bar_facts.PAUSED: "Paused by you",
    gate_reader.UNKNOWN: "The gate is unknown",
}
LIMITS = {"session": "session limit", "week": "weekly limit", "spend": "spend limit"}
"""What Claude refuses by, as `texts.hold_text` calls it; a test holds the two together."""
_LONG = {"session": "session", "week": "week"}
_SHORT = {"session": "5h", "week": "wk"}


def tmux(picture: Picture, *, width: int = WIDTH, colours: bool = True) -> str:
    """Return the line for a status line of tmux, at most `width` cells wide: `● session 62% · week 41%`.

    What stands in it comes out as it is: tmux takes `#` for the start of a format, so each is doubled.
    """
    pieces = fitted(picture, width)
    texts = [(text.replace("#", "##"), style) for text, style in pieces]
    return "".join(f"#[{style}]{text}#[default]" if style and colours else text for text, style in texts)


def waybar(picture: Picture, *, width: int = WIDTH) -> str:
    """Return one object for a custom module with `"return-type": "json"`, without a line break."""
    account = picture.accounts[0] if picture.accounts else None
    state = account.state if account else bar_facts.UNREAD
    worst = _worst(_shown(picture)) if account else None
    session = account.meter("session") if account else None
    told = {
        "text": _escaped("".join(text for text, _ in fitted(picture, width))),
        "alt": _alt(picture.gate, state, worst),
        "tooltip": "\n".join(_tooltip(picture)),
        "class": [picture.gate, *([worst] if worst else []), *_state_classes(state)],
        # Null is Waybar's "no percentage"; a number that nobody read is never 0 %.
        "percentage": None if session is None or session.used is None else min(_whole(session.used), 100),
    }
    return json.dumps(told)


def fitted(picture: Picture, width: int) -> Pieces:
    """Return the line as texts with tmux's styles: the fullest that is at most `width` cells wide."""
    pieces: Pieces = []
    for pieces in _candidates(picture):
        if cells("".join(text for text, _ in pieces)) <= width:
            return pieces
    return [(_cut("".join(text for text, _ in pieces), width), "")]


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def clock(at: float, now: float) -> str:
    """Return a moment as a person says it: `17:00`, `Tue 02:59` within a week, else `29 Nov, 02:59`; local time."""
    moment, present = time.localtime(at), time.localtime(now)
    if moment[:3] == present[:3] or 0 <= at - now < 43200:
        return time.strftime("%H:%M", moment)
    if abs(at - now) < 6 * 86400:
        return time.strftime("%a %H:%M", moment)
    return f"{moment.tm_mday} {time.strftime('%b, %H:%M', moment)}"


def _candidates(picture: Picture) -> Iterator[Pieces]:
    """Yield the line from its fullest form to its barest."""
    shown = _shown(picture) if picture.accounts else []
    binding = [meter for meter in shown if picture.hold and meter.id == picture.hold.get("window")]
    for names, meters, until in (
        (_LONG, shown, True), (_SHORT, shown, True), (_SHORT, shown, False), (_SHORT, (binding or shown)[:1], True),
        (_SHORT, (binding or shown)[:1], False), (_SHORT, [], True), (_SHORT, [], False),
    ):  # fmt: skip
        yield _line(picture, meters, names, until=until)


def _line(picture: Picture, meters: list[Meter], names: dict[str, str], *, until: bool) -> Pieces:
    mark, word, style = GATES[picture.gate]
    end = f" until {clock(picture.until, picture.at)}" if until and word and picture.until is not None else ""
    parts: list[Pieces] = [[(f"{mark} {word}{end}".rstrip(), style)]]
    account = picture.accounts[0] if picture.accounts else None
    state = account.state if account else bar_facts.UNREAD
    if state != bar_facts.OK:
        parts.append([(f"◌ {STATES[state]}{_age(account, picture.at)}", "fg=colour166")])
    for meter in meters:
        tier = "dim" if state != bar_facts.OK else f"fg={TIERS[meter.tier][0]}" if meter.tier else "dim"
        parts.append([(f"{_name(meter, names)} ", ""), (_used(meter), tier)])
    pieces = parts[0]
    for number, part in enumerate(parts[1:]):
        pieces += [(" · " if number or word else " ", ""), *part]
    return pieces


def _shown(picture: Picture) -> list[Meter]:
    """Return the windows that the line names: session and week, and the one that holds when it is another."""
    account = picture.accounts[0]
    binding = picture.hold.get("window") if picture.hold else None
    wanted = [meter for meter in account.meters if meter.id in {"session", "week", binding}]
    return wanted or account.meters[:2]


def _worst(meters: list[Meter]) -> str | None:
    used = [meter.used for meter in meters if meter.used is not None]
    return window_rules.tier_of(max(used)) if used else None


def _alt(gate: str, state: str, worst: str | None) -> str:
    """Return the one word that `format-icons` may go by: what is wrong, else the tier."""
    if gate != gate_reader.OPEN:
        return gate
    return (worst or bar_facts.UNREAD) if state == bar_facts.OK else state


def _state_classes(state: str) -> list[str]:
    """Return the classes of a reading that is not as it should be: `stale` for all of them, and which one it is."""
    if state == bar_facts.OK:
        return []
    return ["stale"] if state == bar_facts.STALE else ["stale", state]


def _name(meter: Meter, names: dict[str, str]) -> str:
    known = names.get(meter.id)
    return known or _cut(one_line(meter.id.partition(":")[2] or meter.label or meter.id), NAME_MAX)


def _used(meter: Meter) -> str:
    """Return a number as whole percents that are never more than what was read."""
    if meter.used is None:
        return "–"
    whole = _whole(meter.used)
    return "<1%" if meter.used > 0 and whole == 0 else f"{whole}%"


def _whole(used: float) -> int:
    return int(used * 100 + 1e-9)


def _age(account: Account | None, now: float) -> str:
    if account is None or account.observed_at is None:
        return ""
    minutes = int(max(now - account.observed_at, 0) // 60)
    for span, unit in ((1440, "d"), (60, "h"), (1, "min")):
        if minutes >= span:
            return f", {minutes // span} {unit} old"
    return ""


def _tooltip(picture: Picture) -> Iterator[str]:
    """Yield lines of Pango markup. Moments, no countdowns: they stay true while nobody draws them anew."""
    end = f" until {clock(picture.until, picture.at)}" if picture.until is not None else ""
    head = HEADS[picture.gate] + (end if picture.gate in {bar_facts.PAUSED, bar_facts.OVERRIDDEN} else "")
    yield f"<b>{_escaped(head)}</b>"
    if why := _why(picture):
        yield _escaped(why)
    if not picture.accounts:
        yield "no reading yet"
    for account in picture.accounts:
        yield from _account_lines(account, picture.at, named=len(picture.accounts) > 1)


def _account_lines(account: Account, now: float, *, named: bool) -> Iterator[str]:
    if named:
        yield f"<b>{_escaped(one_line(account.name)[:40])}</b>"
    if account.state != bar_facts.OK:
        yield _escaped(f"◌ {STATES[account.state]}{_age(account, now)}")
    for meter in account.meters[:8]:
        label = _escaped(_cut(one_line(meter.label or meter.id), 40))
        yield f"{label}: {_meter_text(meter, now, old=account.state != bar_facts.OK)}"
    read: dict[str, float] = {}
    for meter in account.meters:
        if meter.observed_at is not None:
            read[meter.source] = min(meter.observed_at, read.get(meter.source, meter.observed_at))
    for source, at in read.items():
        name = {"oauth_usage": "endpoint", "statusline_feed": "Claude Code"}.get(source, one_line(source)[:40])
        yield _escaped(f"{name} · read {clock(at, now)}")


def _meter_text(meter: Meter, now: float, *, old: bool) -> str:
    if meter.used is None or meter.tier is None:
        return {
            window_rules.NOT_STARTED: "not started",
            window_rules.ELAPSED: "has reset, waiting for a fresh reading",
        }.get(meter.state, "no number reported")
    resets = f", resets {clock(meter.resets_at, now)}" if meter.resets_at is not None else ""
    thought = f", ~{meter.estimate * 100:.0f} % by now, estimated" if meter.estimate is not None else ""
    if old:
        return f"was {_percent(meter.used)}{resets}{thought}"
    return f'<span foreground="{TIERS[meter.tier][1]}">{_percent(meter.used)}</span> {meter.tier}{resets}{thought}'


def _percent(used: float) -> str:
    return f"{round(used * 100, 1):g} %"


def _why(picture: Picture) -> str:
    """Return what binds, in local time; nothing when nothing does."""
    if picture.gate == gate_reader.UNKNOWN:
        return one_line(picture.why)
    hold = picture.hold
    if hold is None:
        return ""
    if hold["kind"] == "manual":
        return one_line(str(hold.get("why") or ""))[:200]
    kind, _, name = hold["window"].partition(":")
    what = {"session": "Session", "week": "Week", "model": f"{name} week", "budget": f"Budget {name}"}.get(
        kind, hold["window"]
    )
    account = hold["applies_to"].get("account") if hold["kind"] != "budget" else None
    of = f" of {account}" if account else ""
    end = f", {_resets(picture.until, picture.at)}" if picture.until is not None else ""
    if hold["kind"] == "exhausted":
        limit = f"{name} limit" if kind == "model" else LIMITS.get(kind, "usage limit")
        return one_line(f"Claude refused: the {limit}{of} is reached{end}")[:200]
    limit = f", threshold {hold['threshold_pct']} %" if hold["kind"] == "threshold" else ""
    return one_line(f"{what}{of} {hold['utilization_pct']} % used{limit}{end}")[:200]


def _resets(at: float, now: float) -> str:
    """Return `resets 17:00`, `resets at midnight`: the words of `texts.reset_text`."""
    tonight = time.strftime("%H:%M", time.localtime(at)) == "00:00" and at - now <= 86400
    return "resets at midnight" if tonight else f"resets {clock(at, now)}"


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    while text and cells(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"


def _escaped(text: str) -> str:
    """Return a text for Pango markup."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;")):
        text = text.replace(plain, entity)
    return text
