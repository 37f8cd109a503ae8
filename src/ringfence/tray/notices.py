"""The designed states: what an account's trouble is, in one sentence, and the one button that helps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ringfence import face_texts, gate_reader, texts
from ringfence.core.model import FailureKind, Hold, Scope
from ringfence.core.ring import AccountState, AccountView, View
from ringfence.core.settings import schema
from ringfence.language import told
from ringfence.tray.translation import translate


class Ask(StrEnum):
    """What a button asks for."""

    REFRESH = "refresh"
    SETTINGS = "settings"
    COPY = "copy"
    """Copy the sentence about the failure, for a report."""
    PAUSE = "pause"
    UNPAUSE = "unpause"
    OVERRIDE = "override"
    END_OVERRIDE = "end_override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence and its button."""

    sentence: str
    button: str
    ask: Ask


def notice_of(account: AccountView, now: float) -> Notice | None:
    """Return what to say above an account's windows; None when all is well."""
    if account.failure is not None:
        return _failed(account.failure.kind)
    if account.observed_at is None:
        return Notice(sentence=_not_read(), button=_read_now(), ask=Ask.REFRESH)
    if account.state is AccountState.STALE:
        age = texts.duration_text(now - account.observed_at)
        return Notice(sentence=_old(age), button=_read_now(), ask=Ask.REFRESH)
    if not account.windows:
        sentence = translate("Notice", "The endpoint names no limits for this login.")
        return Notice(sentence=sentence, button=_read_now(), ask=Ask.REFRESH)
    return None


def _failed(kind: FailureKind) -> Notice:
    sentence = texts.failure_text(kind)
    match kind:
        case FailureKind.SIGNED_OUT | FailureKind.EXPIRED | FailureKind.MISSING_SCOPE:
            return Notice(sentence=sentence, button=translate("Notice", "Look &again"), ask=Ask.REFRESH)
        case FailureKind.OFFLINE | FailureKind.SERVER_ERROR:
            return Notice(sentence=sentence, button=translate("Notice", "Try &again"), ask=Ask.REFRESH)
        case FailureKind.THROTTLED:
            return Notice(sentence=sentence, button=translate("Notice", "Read &less often…"), ask=Ask.SETTINGS)
        case FailureKind.FORMAT_CHANGED:
            return Notice(sentence=sentence, button=translate("Notice", "&Copy details"), ask=Ask.COPY)
        case _:
            assert_never(kind)


def control_of(view: View) -> tuple[str, Ask]:
    """Return the one control that matters now: its label and what it asks for."""
    if view.paused:
        return translate("Notice", "&Unpause"), Ask.UNPAUSE
    if view.override is not None and view.holds:
        return translate("Notice", "&End override"), Ask.END_OVERRIDE
    if view.holds and view.verdict == gate_reader.CLOSED:
        return translate("Notice", "&Override until reset"), Ask.OVERRIDE
    return translate("Notice", "&Pause"), Ask.PAUSE


def subline_of(view: View, now: float) -> str:
    """Return the second line of the window; an account's trouble is left to its notice, which has a button."""
    if view.verdict != gate_reader.UNKNOWN or view.paused or view.trouble or view.holds or view.failure is None:
        return face_texts.subline(view, now)
    said = texts.why_sentence(view.why_unknown, now)
    return said or translate("Notice", "There is no fresh reading of your usage")


def hold_lines(view: View, now: float) -> list[tuple[str, str]]:
    """Return each reason that holds launches, the one that binds first, and the setting it rests on.

    One reason alone is not said again below the state line; its setting is. A file in trouble takes the state line.
    What is paused alone is listed apart (`pauses_section`).
    """
    holds = view.holds if view.verdict != gate_reader.UNKNOWN else ()  # what nobody stands behind holds nothing
    if holds and not view.trouble and len(holds) + view.paused == 1:
        setting = hold_setting(holds[0])
        return [("", setting)] if setting else []
    lines = [(texts.pause_text(p, now), "") for p in view.pauses if p.scope == Scope() and holds]
    return lines + [(texts.hold_text(h, now), hold_setting(h)) for h in holds]


def hold_setting(hold: Hold) -> str:
    """Return the setting that lets a model's week hold launches which name no model (DESIGN 2.3), by its label."""
    if hold.scope.model is None:
        return ""
    counts = next(s for s in schema() if s.key == "thresholds.unnamed_model_counts")
    said = translate("Notice", "Only runs for {model} are held: “{setting}” is off ({key})")
    if hold.also_unnamed:
        said = translate("Notice", "Runs that name no model are held too: “{setting}” is on ({key})")
    return said.format(model=texts.clean(hold.scope.model, 24), setting=told(counts.label), key=counts.key)


def _not_read() -> str:
    return translate("Notice", "Your usage has not been read yet.")


def _old(age: str) -> str:
    return translate("Notice", "These numbers are {age} old.").format(age=age)


def _read_now() -> str:
    return translate("Notice", "&Read now")
