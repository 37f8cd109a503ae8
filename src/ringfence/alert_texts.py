"""What a notification says: title, body and buttons. Times are local; plain text, never markup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import assert_never

from ringfence import texts
from ringfence.core.model import Alert, AlertAction, AlertKind, Window
from ringfence.language import _, told
from ringfence.ports import Button, Message
from ringfence.words import clean, clock_text, duration_text, joined, listed


def action_text(action: AlertAction) -> str:
    """Return a button's label."""
    match action:
        case AlertAction.OVERRIDE_UNTIL_RESET:
            return _("Override until reset")
        case AlertAction.OPEN_WINDOW:
            return _("Open Ringfence")
        case _:
            assert_never(action)


def message_of(alert: Alert, now: float, zone: tzinfo | None = None, *, several: bool = False) -> Message:
    """Return an alert in words, with its buttons; with `several` accounts it names the one that it is about."""
    title, body = _title_and_body(alert, now, zone)
    if several and alert.account and (alert.hold is None or alert.hold.scope.account):
        title = _("{account}: {sentence}").format(account=clean(alert.account, 30), sentence=title)
    buttons = tuple(Button(action=a, label=action_text(a)) for a in alert.actions)
    # A critical message stays until somebody closes it: "held" must not stand there when the gate has opened.
    about_gate = alert.kind is AlertKind.GATE_OPENED or alert.critical
    subject = f"gate {alert.account}" if about_gate else ""
    return Message(title=title, body=body, critical=alert.critical, buttons=buttons, subject=subject)


def _title_and_body(alert: Alert, now: float, zone: tzinfo | None) -> tuple[str, str]:
    match alert.kind:
        case AlertKind.TIER:
            assert alert.window is not None
            return _reached(alert.window), _reset_of(alert.window, now, zone)
        case AlertKind.GATE_OPENED:
            fresh = _("Fresh reading: {windows}.").format(windows=joined(_numbers(alert.windows)))
            return _("Agents may start again"), fresh if alert.windows else _("No hold applies any more.")
        case AlertKind.RESET:
            assert alert.window is not None
            title = _("{window} has reset").format(window=texts.label_text(alert.window))
            return title, _("{percent} used now.").format(percent=texts.percent_text(alert.window.used))
        case AlertKind.SIGN_IN:
            assert alert.failure is not None
            kind = alert.failure.kind
            body = _("{step} Until then the gate goes blind.").format(step=texts.failure_next(kind))
            return texts.failure_title(kind), body
        case AlertKind.BLIND:
            return _("The gate is blind"), _blind(alert)
        case AlertKind.RUNNING_OUT:
            assert alert.window is not None
            return _running_out(alert, alert.window, now, zone)
        case AlertKind.GATE_CLOSED | AlertKind.SUMMARY:
            return _summary(alert, now, zone)
        case AlertKind.FAILOVER:
            assert alert.move is not None
            title = _("{agents} runs on {account} now")
            title = title.format(agents=clean(alert.move.class_), account=clean(alert.move.to))
            return title, texts.why_sentence(alert.move.why, now, zone)
        case AlertKind.TROUBLE:
            return _("Ringfence cannot write a file"), clean(told(alert.detail), 300)
        case _:
            assert_never(alert.kind)


def _reached(window: Window) -> str:
    return _("{window} at {percent}").format(
        window=texts.label_text(window), percent=texts.percent_text(window.used)
    )  # fmt: skip


def _blind(alert: Alert) -> str:
    if alert.failure is None:
        return _("There is no fresh reading of your usage. Thresholds hold nothing back.")
    return _("There is no fresh reading of your usage. {reason}. Thresholds hold nothing back.").format(
        reason=texts.failure_title(alert.failure.kind)
    )


def _numbers(windows: Iterable[Window]) -> list[str]:
    return [f"{texts.label_text(w)} {texts.percent_text(w.used)}" for w in windows]


def _summary(alert: Alert, now: float, zone: tzinfo | None) -> tuple[str, str]:
    full = listed(_numbers(alert.windows))
    if alert.hold is None:
        return _("Your usage at a glance"), _("{windows}.").format(windows=full)
    body = _("{hold}. Running work goes on.").format(hold=texts.hold_text(alert.hold, now, zone))
    return texts.held_title(alert.hold), f"{body} ({full})" if len(alert.windows) > 1 else body


def _running_out(alert: Alert, window: Window, now: float, zone: tzinfo | None) -> tuple[str, str]:
    at, resets_at = alert.expected_at or now, window.resets_at or now
    title = _("{window} will be full at about {time}")
    if alert.line is not None:
        title = _("{window} will reach {percent} at about {time}")
    title = title.format(
        window=texts.label_text(window), percent=texts.percent_text(alert.line), time=clock_text(at, now, zone)
    )
    body = _("{percent} used; at this rate that is {length} before its reset at {time}.").format(
        percent=texts.percent_text(window.used), length=duration_text(resets_at - at),
        time=clock_text(resets_at, now, zone),
    )  # fmt: skip
    return title, body


def _reset_of(window: Window, now: float, zone: tzinfo | None) -> str:
    if window.resets_at is None or window.resets_at <= now:
        return _("No reset is reported.")
    left = duration_text(window.resets_at - now)
    return _("Resets in {left}, at {time}.").format(left=left, time=clock_text(window.resets_at, now, zone))
