"""The sentences people read, in the tray, the terminal and on the desktop; times are local. Plain text, never markup.

Every function takes `now` (epoch seconds) and, for tests, a `zone`; None is the machine's own.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import assert_never

from ringfence.core.gating import percent
from ringfence.core.model import (
    Alert,
    AlertAction,
    AlertKind,
    FailureKind,
    Hold,
    Money,
    Override,
    Pause,
    Scope,
    Tier,
    Window,
)
from ringfence.core.model import WindowState as State
from ringfence.core.pace import PaceVerdict
from ringfence.core.polling import Why
from ringfence.core.ring import AccountState, AccountView, View, WindowView
from ringfence.ports import Button, Message
from ringfence.why_texts import why_text, with_moments
from ringfence.words import DAY_S, LONGEST, MINUTE_S, clean, clock_text, duration_text, local

__all__ = ["LONGEST", "clean", "clock_text", "duration_text"]  # and all that is defined here
OVERDUE_S = 120
"""A reading that is later than this is not to be expected any more."""


def percent_text(used: float | None) -> str:
    """Return `92 %`; `–` when there is no number, for absence is never 0 %."""
    return "–" if used is None else f"{percent(used):g} %"


def reset_text(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return when something begins anew: `resets 17:00`, `resets at midnight`."""
    tonight = f"{local(at, zone):%H:%M}" == "00:00" and at - now <= DAY_S
    return "resets at midnight" if tonight else f"resets {clock_text(at, now, zone)}"


def why_sentence(why: str, now: float, zone: tzinfo | None = None) -> str:
    """Return a reason of the gate's or of the routes' as a person reads it: its moments on the clock of here."""
    return clean(with_moments(why, lambda at: clock_text(at, now, zone)), 400)


def age_text(observed_at: float, now: float) -> str:
    """Return how old a reading is: `just now`, `2 min ago`."""
    age = now - observed_at
    return "just now" if age < MINUTE_S else f"{duration_text(age)} ago"


def countdown_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return when a window resets, relative and absolute: `resets in 2 h 10 min · 17:00`."""
    match window.state:
        case State.NOT_STARTED:
            return "not started"
        case State.ELAPSED:
            return "has reset, waiting for a fresh reading"
        case State.UNREPORTED:
            return "no number reported"
        case State.LIVE:
            if window.resets_at is None:
                return "no reset reported"
            left = duration_text(window.resets_at - now)
            return f"resets in {left} · {clock_text(window.resets_at, now, zone)}"
        case _:
            assert_never(window.state)


def tier_word(tier: Tier | None) -> str:
    """Return the tier as a word, so that colour is never alone."""
    return tier.value if tier else "no reading"


def pace_word(verdict: PaceVerdict | None) -> str:
    """Return the pace as a word; empty when there is none."""
    return verdict.value.replace("_", " ") if verdict else ""


def money_text(money: Money) -> str:
    """Return `271.40 of 500.00 USD`, from minor units."""

    def amount(minor: int | None) -> str:
        return "–" if minor is None else f"{minor / 10**money.exponent:.{money.exponent}f}"

    return f"{amount(money.used_minor)} of {amount(money.limit_minor)}" + (
        f" {money.currency}" if money.currency else ""
    )


def source_text(source: str) -> str:
    """Return where a number came from, in a word."""
    return {"oauth_usage": "endpoint", "statusline_feed": "Claude Code"}.get(source, clean(source))


def used_text(window: WindowView) -> str:
    """Return a window's number in words: `62 %`, `not started`, `–` while its reset has passed."""
    match window.state:
        case State.LIVE:
            return percent_text(window.used)
        case State.NOT_STARTED:
            return "not started"
        case State.ELAPSED | State.UNREPORTED:
            return "–"
        case _:
            assert_never(window.state)


def window_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return a window in one line, as a screen reader says it: label, number, tier, pace, reset, threshold."""
    parts = [f"{clean(window.label)} {used_text(window)}"]
    if window.state is State.LIVE:
        parts.append(tier_word(window.tier))
        parts += [pace_word(window.pace.verdict)] if window.pace else []
    if window.state is not State.NOT_STARTED:
        parts.append(countdown_text(window, now, zone))
    parts += [money_text(window.money)] if window.money else []
    parts += [f"threshold {window.threshold_pct:g} %"] if window.threshold_pct is not None else []
    parts += ["waiting for a second reading"] if window.doubted else []
    return ", ".join(parts)


def headline(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return the first line of every face: may agents start?"""
    if view.paused:
        whole = next(p for p in view.pauses if p.scope == Scope())  # not one for a model alone, whichever is older
        return pause_text(whole, now, zone)
    match view.verdict:
        case "open":
            return "Agents may start (overridden)" if view.override and view.holds else "Agents may start"
        case "closed":
            return "New agents are held"
        case _:
            return "The gate is unknown"


def reason_text(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return which hold binds and until when, why the gate is unknown, or what comes next."""
    if view.verdict == "unknown" and not view.paused:
        failure = view.failure if not view.holds else None  # a hold that nobody stands behind is not the reason
        return f"{failure_title(failure.kind)}. {failure_next(failure.kind)}" if failure else clean(view.why_unknown)
    if view.override and view.holds:
        return override_text(view.override, now, zone) + f" although {hold_text(view.holds[0], now, zone)}"
    if view.holds:
        held = hold_text(view.holds[0], now, zone)
        # Below "Agents may start" it has to say which may not.
        return f"{_held_title(view.holds[0])}: {held}" if view.verdict == "open" and _whose(view.holds[0]) else held
    return next_stop_text(view, now, zone)


def next_stop_text(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return where the gate would close next, or that no threshold is set."""
    live = [w for a in view.accounts[:1] for w in a.windows if w.state is State.LIVE and not w.doubted]
    windows = [w for w in live if w.threshold_pct is not None]
    if not windows:
        seen = [w for a in view.accounts for w in a.windows]
        none_set = bool(seen) and all(w.threshold_pct is None for w in seen)  # without a window nobody can say
        none_set = none_set and not any(b.enforced for b in view.budgets)
        return "No threshold is set: nothing closes the gate but you" if none_set else ""
    stop = min(windows, key=lambda w: (_stop_at(w) or float("inf"), (w.threshold_pct or 0) - (w.used or 0) * 100))
    at = _stop_at(stop)
    when = f", not before {clock_text(at, now, zone)}" if at and at > now else ""
    when = ", not before its reset" if stop.forecast and at is None else when
    return f"Next stop: {clean(stop.label)} at {stop.threshold_pct:g} %{when}"


def _stop_at(window: WindowView) -> float | None:
    return window.forecast.threshold_at if window.forecast else None


def hold_text(hold: Hold, now: float, zone: tzinfo | None = None) -> str:
    """Return an automatic hold in words: `Session 92 % used, threshold 90 %, resets 17:00`."""
    of = f" of {clean(hold.scope.account, 30)}" if hold.scope.account and hold.kind != "budget" else ""
    what = f"{window_name(hold.window)}{of}"
    until = f", {reset_text(hold.until, now, zone)}" if hold.until and hold.until > now else ""
    if hold.kind == "exhausted":
        return f"Claude refused: the {_limit_name(hold.window)}{of} is reached{until}"
    if hold.kind == "budget":
        return f"{what}{_scope_text(hold.scope)} {percent_text(hold.used)} used{until}"
    waiting = ", waiting for a fresh reading" if hold.until and hold.until <= now else ""
    scope = f" (for {clean(hold.scope.model)})" if hold.scope.model and not hold.also_unnamed else ""
    return f"{what}{scope} {percent_text(hold.used)} used, threshold {hold.threshold_pct:g} %{until}{waiting}"


def _limit_name(window_id: str) -> str:
    kind, _, name = window_id.partition(":")
    if kind == "model":
        return f"{clean(name)} limit"
    return {"session": "session limit", "week": "weekly limit", "spend": "spend limit"}.get(kind, "usage limit")


def _scope_text(scope: Scope) -> str:
    told = [clean(scope.model or ""), clean(scope.class_ or ""), f"in {clean(scope.project)}" if scope.project else ""]
    named = ", ".join(each for each in told if each)
    return f" ({named})" if named else ""


def window_name(window_id: str) -> str:
    """Return a short name for a window's id, for sentences."""
    if window_id.startswith("budget:"):
        return f"Budget {clean(window_id.removeprefix('budget:'))}"
    if window_id.startswith("model:"):
        return f"{clean(window_id.removeprefix('model:'))} week"
    return {"session": "Session", "week": "Week"}.get(window_id, clean(window_id))


def pause_text(pause: Pause, now: float, zone: tzinfo | None = None) -> str:
    """Return a pause in words: `Paused by you until 18:00 (deploying)`."""
    until = f" until {clock_text(pause.until, now, zone)}" if pause.until is not None else ""
    scope = f" for {words}" if (words := pause_scope_text(pause.scope)) else ""
    return f"Paused by you{scope}{until}" + (f" ({clean(pause.why)})" if pause.why else "")


def pause_scope_text(scope: Scope) -> str:
    """Return which launches a pause is for: `account work, class batch`; empty for all of them."""
    named = (("account", scope.account), ("model", scope.model), ("class", scope.class_))
    return ", ".join(f"{name} {clean(value, 60)}" for name, value in named if value)


def override_text(override: Override, now: float, zone: tzinfo | None = None) -> str:
    """Return an override in words: `Overridden by you until 17:00`."""
    return f"Overridden by you until {clock_text(override.until, now, zone)}"


def failure_title(kind: FailureKind) -> str:
    """Return what went wrong in three words."""
    match kind:
        case FailureKind.SIGNED_OUT:
            return "Not signed in"
        case FailureKind.EXPIRED:
            return "The login has expired"
        case FailureKind.MISSING_SCOPE:
            return "This login may not read usage"
        case FailureKind.THROTTLED:
            return "The endpoint asks for a pause"
        case FailureKind.OFFLINE:
            return "The endpoint cannot be reached"
        case FailureKind.SERVER_ERROR:
            return "The endpoint has trouble"
        case FailureKind.FORMAT_CHANGED:
            return "The answer has a new form"
        case _:
            assert_never(kind)


def failure_next(kind: FailureKind) -> str:
    """Return what the person can do about it."""
    match kind:
        case FailureKind.SIGNED_OUT:
            return "Run `claude` and sign in, or store a token with `ringfence account add`."
        case FailureKind.EXPIRED:
            return "Run `claude` once; it renews the login by itself."
        case FailureKind.MISSING_SCOPE:
            return "A setup-token cannot read usage: run `claude` and sign in with the browser."
        case FailureKind.THROTTLED:
            return "Nothing to do: this limits reading, not your quota."
        case FailureKind.OFFLINE:
            return "Check the network; Ringfence tries again by itself."
        case FailureKind.SERVER_ERROR:
            return "Nothing to do: Ringfence tries again by itself."
        case FailureKind.FORMAT_CHANGED:
            return "Look for a newer Ringfence; `ringfence doctor` says more."
        case _:
            assert_never(kind)


def state_text(state: AccountState) -> str:
    """Return an account's state in words."""
    match state:
        case AccountState.OK:
            return "up to date"
        case AccountState.STALE:
            return "no fresh reading"
        case _:
            return failure_title(FailureKind(state.value)).lower()


def same_as_text(account: AccountView) -> str:
    """Return whose subscription an account is too: `the same subscription as work`; empty for one of its own."""
    return f"the same subscription as {clean(account.same_as, 40)}" if account.same_as is not None else ""


def next_poll_text(account: AccountView, now: float, zone: tzinfo | None = None) -> str:
    """Return when the next reading is due and why: `next 16:21 (regular)`."""
    if account.next_poll_at is None or account.next_poll_at < now - OVERDUE_S:  # who planned it was killed
        return ""
    if account.next_poll_why == Why.IN_FLIGHT:
        return "reading now"
    why = why_text(account.next_poll_why)
    return f"next {clock_text(account.next_poll_at, now, zone)}" + (f" ({why})" if why else "")


def provenance_text(account: AccountView, now: float, zone: tzinfo | None = None) -> str:
    """Return where the numbers come from and how old they are: `endpoint · 2 min ago · next 16:21 (regular)`.

    And how often they are read, where the connection is metered.
    """
    if account.observed_at is None or not account.windows:
        seen = "no reading yet"
    else:
        seen = " · ".join(_readings(account, now))
    return " · ".join(part for part in (seen, next_poll_text(account, now, zone), metered_text(account)) if part)


def metered_text(account: AccountView) -> str:
    """Return that the connection is metered and how often is read then: `metered: every 10 min`; empty: it is not."""
    every_s = account.metered_every_s
    return "" if every_s is None else f"metered: every {duration_text(every_s)}"


def _readings(account: AccountView, now: float) -> list[str]:
    """Return each source with the age of its oldest window, in the order of the windows."""
    ages: dict[str, float] = {}
    for window in account.windows:
        ages[window.source] = min(window.observed_at, ages.get(window.source, window.observed_at))
    return [f"{source_text(source)} · {age_text(at, now)}" for source, at in ages.items()]


def action_text(action: AlertAction) -> str:
    """Return a button's label."""
    match action:
        case AlertAction.OVERRIDE_UNTIL_RESET:
            return "Override until reset"
        case AlertAction.OPEN_WINDOW:
            return "Open Ringfence"
        case _:
            assert_never(action)


def message_of(alert: Alert, now: float, zone: tzinfo | None = None, *, several: bool = False) -> Message:
    """Return an alert in words, with its buttons; with `several` accounts it names the one that it is about."""
    title, body = _title_and_body(alert, now, zone)
    if several and alert.account and (alert.hold is None or alert.hold.scope.account):
        title = f"{clean(alert.account, 30)}: {title}"
    buttons = tuple(Button(action=a, label=action_text(a)) for a in alert.actions)
    # A critical message stays until somebody closes it: "held" must not stand there when the gate has opened.
    about_gate = alert.kind is AlertKind.GATE_OPENED or alert.critical
    subject = f"gate {alert.account}" if about_gate else ""
    return Message(title=title, body=body, critical=alert.critical, buttons=buttons, subject=subject)


def _title_and_body(alert: Alert, now: float, zone: tzinfo | None) -> tuple[str, str]:
    match alert.kind:
        case AlertKind.TIER:
            window = alert.window
            assert window is not None
            return f"{clean(window.label)} at {percent_text(window.used)}", _reset_of(window, now, zone)
        case AlertKind.GATE_OPENED:
            fresh = ", ".join(f"{clean(w.label)} {percent_text(w.used)}" for w in alert.windows)
            return "Agents may start again", f"Fresh reading: {fresh}." if fresh else "No hold applies any more."
        case AlertKind.RESET:
            assert alert.window is not None
            return f"{clean(alert.window.label)} has reset", f"{percent_text(alert.window.used)} used now."
        case AlertKind.SIGN_IN:
            assert alert.failure is not None
            kind = alert.failure.kind
            return failure_title(kind), f"{failure_next(kind)} Until then the gate goes blind."
        case AlertKind.BLIND:
            reason = f" {failure_title(alert.failure.kind)}." if alert.failure else ""
            told = f"There is no fresh reading of your usage.{reason} Thresholds hold nothing back."
            return "The gate is blind", told
        case AlertKind.RUNNING_OUT:
            assert alert.window is not None
            return _running_out(alert, alert.window, now, zone)
        case AlertKind.GATE_CLOSED | AlertKind.SUMMARY:
            return _summary(alert, now, zone)
        case AlertKind.FAILOVER:
            assert alert.move is not None
            why = why_sentence(alert.move.why, now, zone)
            return f"{clean(alert.move.class_)} runs on {clean(alert.move.to)} now", why
        case AlertKind.TROUBLE:
            return "Ringfence cannot write a file", clean(alert.detail, 300)
        case _:
            assert_never(alert.kind)


def _summary(alert: Alert, now: float, zone: tzinfo | None) -> tuple[str, str]:
    full = "; ".join(f"{clean(w.label)} {percent_text(w.used)}" for w in alert.windows)
    if alert.hold is None:
        return "Your usage at a glance", f"{full}."
    held = hold_text(alert.hold, now, zone)
    return _held_title(alert.hold), f"{held}. Running work goes on." + (f" ({full})" if len(alert.windows) > 1 else "")


def _held_title(hold: Hold) -> str:
    return f"New {_whose(hold) or 'agents'} are held"


def _whose(hold: Hold) -> str:
    """Return whose launches a hold stops, `batch agents`, when others may go on; empty for everybody's."""
    which = [clean(name, 40) for name in (hold.scope.model, hold.scope.class_) if name and not hold.also_unnamed]
    where = ["in", clean(hold.scope.project, 60)] if hold.scope.project else []
    return " ".join([*which, "agents", *where]) if which or where else ""


def _running_out(alert: Alert, window: Window, now: float, zone: tzinfo | None) -> tuple[str, str]:
    at, resets_at = alert.expected_at or now, window.resets_at or now
    what = "be full" if alert.line is None else f"reach {percent_text(alert.line)}"
    ahead = f"that is {duration_text(resets_at - at)} before its reset at {clock_text(resets_at, now, zone)}"
    title = f"{clean(window.label)} will {what} at about {clock_text(at, now, zone)}"
    return title, f"{percent_text(window.used)} used; at this rate {ahead}."


def _reset_of(window: Window, now: float, zone: tzinfo | None) -> str:
    if window.resets_at is None or window.resets_at <= now:
        return "No reset is reported."
    left = duration_text(window.resets_at - now)
    return f"Resets in {left}, at {clock_text(window.resets_at, now, zone)}."
