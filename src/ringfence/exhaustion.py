"""A real refusal, recognised: which limit refused, and when it resets (FORMATS C, F, H).

Claude Code says it in a sentence ("You've hit your session limit · resets 3pm (Europe/Vienna)"), and newer versions
also in the transcript's structure. Both are read here, for the transcripts and for the panes of tmux. A warning, a
throttled or failing server and a text that merely speaks of limits are no refusals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any


class Claim(StrEnum):
    """Which limit refused."""

    SESSION = "session"
    WEEK = "week"
    MODEL = "model"
    """One model's week."""
    SPEND = "spend"
    """Money: usage credits, a spend limit, a budget."""
    OTHER = "other"
    """The refusal does not say: "You've hit your limit"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal, as the client told it."""

    claim: Claim
    model: str | None
    """The model that alone is refused, as windows call it: Opus, Sonnet, Fable. None: every model is."""
    resets_at: float | None
    """Epoch seconds, to the minute where a sentence says it; None when it is not said. May have passed."""
    text: str
    """The sentence, on one line and without control characters; empty when only the structure said it."""


LONGEST = 300
"""A sentence of the client's is shorter than half of this."""


def refusal_in_sentence(text: str, *, said_at: float, zone: tzinfo | None) -> Refusal | None:
    """Return the refusal that a sentence is, None when it is anything else. Never raises.

    The sentence must be one of the client's from its first letter to its last, for anybody can write about limits.

    Args:
        text: what was said; its first line counts.
        said_at: when, in epoch seconds. "resets 3pm" is the first 3 pm from then on.
        zone: the client's time zone, for a reset that names none; None: the machine's own.
    """
    return _read(_said(text), said_at, zone, ours=False)


def refusal_in_record(record: Mapping[str, Any], *, said_at: float, zone: tzinfo | None) -> Refusal | None:
    """Return the refusal that a transcript's line is, None when it is anything else. Never raises.

    It must be an error that the client wrote itself. Where `quotaLimits` is there it decides, and the sentence adds
    only what it does not say; elsewhere the sentence decides. Which line of a session counts is for the caller:
    only its last of the main chain does, and with a success behind it a refusal is over.

    Args:
        record: the line, decoded.
        said_at: when it was written, in epoch seconds.
        zone: the client's time zone, for a reset that names none; None: the machine's own.
    """
    message = record.get("message")
    if record.get("type") != "assistant" or record.get("isApiErrorMessage") is not True:
        return None
    if not isinstance(message, Mapping) or message.get("model") != "<synthetic>":
        return None
    if record.get("apiErrorIsTransient") is True or record.get("apiError") == "long_context_credits_required":
        return None
    sentence = _said(_text_of(message.get("content")))
    told = _read(sentence, said_at, zone, ours=True)
    limits = _limits_of(record)
    if limits is not None:
        return _structured(limits, told, sentence, said_at)
    return told if record.get("error") in _QUOTA_ERRORS else None


# ---- the structure ---------------------------------------------------------------------------------------------------

_QUOTA_ERRORS = (None, "rate_limit", "billing_error")
"""None: versions before the key. The sentence must say the rest: a throttled request is a `rate_limit` too."""
_TYPES = {
    "five_hour": (Claim.SESSION, None),
    "seven_day": (Claim.WEEK, None),
    "seven_day_opus": (Claim.MODEL, "Opus"),
    "seven_day_sonnet": (Claim.MODEL, "Sonnet"),
    "seven_day_overage_included": (Claim.MODEL, "Fable"),
    "overage": (Claim.SPEND, None),
}
_EARLIEST, _LONGEST_WAIT_S = 1.5e9, 400 * 86400.0


def _limits_of(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the structured limits; None when this version writes none."""
    params = record.get("apiErrorParams")
    for limits in (record.get("quotaLimits"), params.get("rate_limit_info") if isinstance(params, Mapping) else None):
        if isinstance(limits, Mapping) and isinstance(limits.get("status"), str):
            return limits
    return None


def _structured(limits: Mapping[str, Any], told: Refusal | None, sentence: str, said_at: float) -> Refusal | None:
    if limits["status"] != "rejected":
        return None
    kind = limits.get("rateLimitType")
    claim, model = _TYPES.get(kind, (None, None)) if isinstance(kind, str) else (None, None)
    resets_at = _instant(limits.get("resetsAt"), said_at)
    if claim is Claim.SPEND:
        resets_at = _instant(limits.get("overageResetsAt"), said_at) or resets_at
    if told is not None:
        # The sentence names the model by today's name; the type of Fable's week does not name it at all.
        model = told.model if claim is Claim.MODEL and told.model else model
        claim, model = (claim, model) if claim is not None else (told.claim, told.model)
        resets_at = told.resets_at if resets_at is None else resets_at
    return Refusal(claim=claim or Claim.OTHER, model=model, resets_at=resets_at, text=sentence[:LONGEST])


def _instant(value: object, said_at: float) -> float | None:
    """Return a number as epoch seconds, None for what cannot be a reset."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if _EARLIEST < value < said_at + _LONGEST_WAIT_S else None


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = (block.get("text") for block in blocks if isinstance(block, Mapping) and block.get("type") == "text")
    return next((text for text in texts if isinstance(text, str)), "")


# ---- the sentence ----------------------------------------------------------------------------------------------------

_MODEL = r"(?P<model>[A-Z][A-Za-z]{2,20})(?: \d{1,2}(?:\.\d{1,2})?)?"
_MODELS = frozenset({"Opus", "Sonnet", "Haiku", "Fable", "Mythos"})
_SPEND_LIMIT = r"(?:individual|(?:org's )?monthly) (?:spend|usage) limit|team's pooled group budget"
_HEADS: tuple[tuple[Claim, re.Pattern[str]], ...] = tuple(
    (claim, re.compile(pattern))
    for claim, pattern in (
        (Claim.SESSION, r"You've (?:hit|reached) your (?:session|5-hour) limit"),
        (Claim.WEEK, r"You've (?:hit|reached) your weekly limit"),
        (Claim.SPEND, rf"You've (?:hit|reached) your (?:{_SPEND_LIMIT})"),
        (Claim.OTHER, r"You've (?:hit|reached) your (?:usage )?limit"),
        (Claim.MODEL, rf"You've (?:hit|reached) your {_MODEL}(?: weekly)? limit"),
        (Claim.SESSION, r"(?:5-hour|Session) limit reached"),
        (Claim.WEEK, r"Weekly limit reached"),
        (Claim.MODEL, r"(?P<model>Opus|Sonnet)(?: weekly)? limit reached"),
        (Claim.SPEND, r"Spending cap reached"),
        (Claim.OTHER, r"Usage limit reached|Limit reached|Claude usage limit reached"),
        (Claim.SPEND, r"You're out of (?:usage credits|extra usage)|Your org is out of usage"),
        (Claim.SPEND, r"Your group's usage limit is set to \$0"),
        (Claim.SPEND, r"Your seat type doesn't include (?:usage credits|extra usage|usage)"),
        (Claim.SPEND, r"Your usage allocation has been disabled by your admin"),
        (Claim.SPEND, rf"{_MODEL} requires usage credits"),
    )
)
_BARE = re.compile(r"(?P<head>5-hour|Session|Weekly) limit (?P<reset>resets .+)")
"""A team's refusal of 1.0.10x: `5-hour limit resets 3pm ∙ contact an admin to keep working`."""
_RAW = re.compile(r"Claude AI usage limit reached\|(\d{9,11})")
_PARTS = re.compile(r" ?[·∙•] ?| [–—] |(?<=[a-z0)])\.(?: |$)")
_NOT_A_LIMIT = re.compile(r"(?:You're )?now using\b|set to continue automatically", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"/[a-z]|Run /|run /|[Cc]ontact |[Aa]sk your admin|add funds|raise it|Switch models|Buy more|"
    r"progress saved$|out of usage credits$|[Yy]our .{1,40} (?:limit|credits)$|or visit"
)
"""How what follows a refusal begins. A dialogue of one's own begins otherwise."""
_RESET = re.compile(r"(?:[Yy]our .{1,40} )?(?:will reset|resets)(?: at| on)? (?P<when>.+)")


def _said(text: str) -> str:
    """Return the first line in plain spaces and apostrophes, without control characters."""
    line = next((line for line in text[: 20 * LONGEST].splitlines() if line.strip()), "")
    plain = line.replace("\u2019", "'").replace("\u202f", " ").replace("\u2009", " ")
    return " ".join("".join(c if c.isprintable() else " " for c in plain.replace("\u00a0", " ")).split())


def _read(sentence: str, said_at: float, zone: tzinfo | None, *, ours: bool) -> Refusal | None:
    """Return what a cleaned sentence refuses. `ours`: the client itself wrote it, so that its ending is not doubted."""
    if len(sentence) > LONGEST and not ours:
        return None
    if raw := _RAW.fullmatch(sentence):
        resets_at = _instant(int(raw[1]), said_at)
        return Refusal(claim=Claim.OTHER, model=None, resets_at=resets_at, text=sentence)
    head, *rest = (part.strip() for part in _PARTS.split(sentence))
    rest = [part for part in rest if part]
    if bare := _BARE.fullmatch(head):
        # Without its ending it would be no more than a note of when the window resets.
        if not any(part.startswith("contact ") for part in rest):
            return None
        head, rest = f"{bare['head']} limit reached", [bare["reset"], *rest]
    found = _limit_in(head)
    if found is None or any(_NOT_A_LIMIT.match(part) for part in rest):
        return None
    claim, model = found
    resets_at = _reset_among(rest, claim, said_at, zone)
    strange = any(not (_FOLLOWS.match(part) or _RESET.fullmatch(part)) for part in rest)
    unread = resets_at is None and any(_RESET.fullmatch(part) for part in rest)
    unknown = model is not None and model not in _MODELS and resets_at is None
    if not ours and (strange or unread or unknown):
        return None
    return Refusal(claim=claim, model=model, resets_at=resets_at, text=sentence[:LONGEST])


def _limit_in(head: str) -> tuple[Claim, str | None] | None:
    """Return which limit the first part of a sentence names."""
    for claim, pattern in _HEADS:
        if found := pattern.fullmatch(head):
            return claim, found.groupdict().get("model")
    return None


def _reset_among(parts: list[str], claim: Claim, said_at: float, zone: tzinfo | None) -> float | None:
    matches = (_RESET.fullmatch(part) for part in parts)
    when = next((found["when"] for found in matches if found), None)
    return None if when is None else reset_in(when, said_at=said_at, zone=zone, within_s=_reach(claim))


def _reach(claim: Claim) -> float | None:
    """Return how far ahead a reset can be; a session's "3pm" that is nearly a day ahead has passed instead."""
    return _SESSION_S if claim is Claim.SESSION else None


# ---- the reset -------------------------------------------------------------------------------------------------------

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHEN = re.compile(
    r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? (?:at )?|"
    rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}} (?P<day>[0-9]{{1,2}})(?:, (?P<year>[0-9]{{4}}))?(?:,| at|, at) )?"
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))? ?(?P<half>[aApP])[mM]"
    r"(?: ?\((?P<zone>[A-Za-z][A-Za-z0-9_+/-]{0,60})\))?\.?"
)
_MINUTE_S, _SESSION_S = 60.0, 5 * 3600.0
_SLACK_S = 600.0
"""Clocks of client, server and reader differ."""


def reset_in(when: str, *, said_at: float, zone: tzinfo | None, within_s: float | None = None) -> float | None:
    """Return the instant that `3pm`, `Nov 25, 3:45pm (UTC)` or `Mon 12:00am` means, None when it means none.

    The client writes local time, cuts the seconds off, and leaves the date out within 24 hours and the year out within
    it. A time or a weekday is the next such one, a date without a year the nearest. Two instants of one local time
    (clocks set back): the first that is still ahead. A local time that does not exist (clocks set forward) is read
    as if they had not been set. A zone that this machine does not know is the client's own, hence `zone`.

    Args:
        when: what follows "resets"; U+202F and U+00A0 must be plain spaces already.
        said_at: when it was said, in epoch seconds.
        zone: the zone when none is named; None: the machine's own.
        within_s: how far ahead it can be; what would be further has passed.
    """
    found = _WHEN.fullmatch(when)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return None
    hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    where = _zone_of(found["zone"], zone)
    try:
        today = datetime.fromtimestamp(said_at, where).date()
        instants = sorted({at for day in _days(found, today) for at in _instants(day, hour, minute, where)})
    except (ValueError, OverflowError, OSError):
        return None
    return _chosen(instants, said_at, within_s, nearest=found["month"] is not None)


def _zone_of(name: str | None, otherwise: tzinfo | None) -> tzinfo | None:
    if name is None:
        return otherwise
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only for a sentence that names one

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a folder of zones such as Europe
        return otherwise


def _days(found: re.Match[str], today: date) -> Iterator[date]:
    """Yield the days that may be meant."""
    if found["month"] is None:
        wanted = found["weekday"]
        reach = 2 if wanted is None else 8
        around = (today + timedelta(days=n) for n in range(-reach, reach + 1))
        yield from (day for day in around if wanted is None or _DAYS[day.weekday()] == wanted)
        return
    years = [int(found["year"])] if found["year"] else range(today.year - 1, today.year + 2)
    for year in years:
        try:
            yield date(year, _MONTHS.index(found["month"]) + 1, int(found["day"]))
        except ValueError:  # 29 February
            continue


def _instants(day: date, hour: int, minute: int, zone: tzinfo | None) -> Iterator[float]:
    for fold in (0, 1):
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)
        # Of a time that clocks set forward leave out, fold 1 would be an hour before fold 0.
        if fold == 0 or moment.timestamp() > moment.replace(fold=0).timestamp():
            yield moment.timestamp()


def _chosen(instants: list[float], said_at: float, within_s: float | None, *, nearest: bool) -> float | None:
    """Return the instant that was meant: the nearest date, else the next time, and the one before if that is too far.

    The minute in which it was said counts as ahead: its seconds were cut off.
    """
    if not instants:
        return None
    if nearest:
        return min(instants, key=lambda at: abs(at - said_at))
    ahead = [at for at in instants if at + _MINUTE_S > said_at]
    if within_s is None or ahead[0] - said_at <= within_s + _SLACK_S:
        return ahead[0]
    return max(at for at in instants if at <= said_at)
