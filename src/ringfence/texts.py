"""The sentences people read, in the tray, the terminal and on the desktop; times are local. Plain text, never markup.

Every function takes `now` (epoch seconds) and, for tests, a `zone`; None is the machine's own.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import assert_never

from ringfence.core.gating import percent
from ringfence.core.model import (
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
from ringfence.failure_texts import failure_next, failure_state, failure_text, failure_title
from ringfence.language import _, ngettext, told
from ringfence.reader_texts import retold
from ringfence.why_texts import why_text, with_moments, without_codes
from ringfence.words import DAY_S, LONGEST, MINUTE_S, clean, clock_text, duration_text, joined, local, number_text

__all__ = ["LONGEST", "clean", "clock_text", "duration_text", "failure_next", "failure_state", "failure_text"]
__all__ += ["failure_title"]
# and all that is defined here
OVERDUE_S = 120
"""A reading that is later than this is not to be expected any more."""


def percent_text(used: float | None) -> str:
    """Return `92 %`; `–` when there is no number, for absence is never 0 %."""
    return "–" if used is None else points_text(percent(used))


def points_text(pct: float) -> str:
    """Return a percentage, 0..100, as people read it: `92 %`, `92.5 %`."""
    return _("{number} %").format(number=number_text(f"{pct:g}"))


def label_text(window: Window | WindowView, longest: int = LONGEST) -> str:
    """Return a window's name: ours in the language in use, the server's as it is."""
    return named_text(window.id, window.label, longest)


def named_text(window_id: str, label: str, longest: int = LONGEST) -> str:
    """Return the same where only a window's id and its label are kept: in the ledger, in files."""
    model = label.removesuffix(" week")
    if window_id.startswith("model:") and model != label:
        return clean(_("{model} week").format(model=model), longest)
    return clean(told(label), longest)


def fault_text(error: Exception | str, longest: int = 400) -> str:
    """Return what an error says to people; one of ours says it in the language in use."""
    return clean(told(str(error)), longest)


def reset_text(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return when something begins anew: `resets 17:00`, `resets at midnight`."""
    tonight = f"{local(at, zone):%H:%M}" == "00:00" and at - now <= DAY_S
    return _("resets at midnight") if tonight else _("resets {time}").format(time=clock_text(at, now, zone))


def why_sentence(why: str, now: float, zone: tzinfo | None = None) -> str:
    """Return a reason of the gate's or of the routes' as a person reads it: its moments on the clock of here."""
    said = retold(without_codes(why), window_name)
    return clean(with_moments(said, lambda at: clock_text(at, now, zone)), 400)


def age_text(observed_at: float, now: float) -> str:
    """Return how old a reading is: `just now`, `2 min ago`."""
    age = now - observed_at
    return _("just now") if age < MINUTE_S else _("{length} ago").format(length=duration_text(age))


def countdown_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return when a window resets, relative and absolute: `resets in 2 h 10 min · 17:00`."""
    match window.state:
        case State.NOT_STARTED:
            return _("not started")
        case State.ELAPSED:
            return _("has reset, waiting for a fresh reading")
        case State.UNREPORTED:
            return _("no number reported")
        case State.LIVE:
            if window.resets_at is None:
                return _("no reset reported")
            left = duration_text(window.resets_at - now)
            return _("resets in {left} · {time}").format(left=left, time=clock_text(window.resets_at, now, zone))
        case _:
            assert_never(window.state)


def tier_word(tier: Tier | None) -> str:
    """Return the tier as a word, so that colour is never alone."""
    match tier:
        case Tier.CALM:
            return _("calm")
        case Tier.ELEVATED:
            return _("elevated")
        case Tier.HIGH:
            return _("high")
        case Tier.CRITICAL:
            return _("critical")
        case None:
            return _("no reading")
        case _:
            assert_never(tier)


def pace_word(verdict: PaceVerdict | None) -> str:
    """Return the pace as a word; empty when there is none."""
    match verdict:
        case PaceVerdict.CHILL:
            return _("chill")
        case PaceVerdict.ON_TRACK:
            return _("on track")
        case PaceVerdict.HOT:
            return _("hot")
        case None:
            return ""
        case _:
            assert_never(verdict)


def money_text(money: Money) -> str:
    """Return `271.40 of 500.00 USD`, from minor units."""

    def amount(minor: int | None) -> str:
        return "–" if minor is None else number_text(f"{minor / 10**money.exponent:.{money.exponent}f}")

    said = _("{used} of {limit}").format(used=amount(money.used_minor), limit=amount(money.limit_minor))
    return f"{said} {money.currency}" if money.currency else said


def source_text(source: str) -> str:
    """Return where a number came from, in a word."""
    return {"oauth_usage": _("endpoint"), "statusline_feed": "Claude Code"}.get(source, clean(source))


def used_text(window: WindowView) -> str:
    """Return a window's number in words: `62 %`, `not started`, `–` while its reset has passed."""
    match window.state:
        case State.LIVE:
            return percent_text(window.used)
        case State.NOT_STARTED:
            return _("not started")
        case State.ELAPSED | State.UNREPORTED:
            return "–"
        case _:
            assert_never(window.state)


def window_text(window: WindowView, now: float, zone: tzinfo | None = None) -> str:
    """Return a window in one line, as a screen reader says it: label, number, tier, pace, reset, threshold."""
    parts = [f"{label_text(window)} {used_text(window)}"]
    if window.state is State.LIVE:
        parts.append(tier_word(window.tier))
        parts += [pace_word(window.pace.verdict)] if window.pace else []
    if window.state is not State.NOT_STARTED:
        parts.append(countdown_text(window, now, zone))
    parts += [money_text(window.money)] if window.money else []
    parts += [threshold_text(window.threshold_pct)] if window.threshold_pct is not None else []
    parts += [_("waiting for a second reading")] if window.doubted else []
    return joined(parts)


def threshold_text(pct: float) -> str:
    """Return a threshold as a part of a sentence: `threshold 90 %`."""
    return _("threshold {percent}").format(percent=points_text(pct))


def headline(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return the first line of every face: may agents start?"""
    if view.paused:
        whole = next(p for p in view.pauses if p.scope == Scope())  # not one for a model alone, whichever is older
        return pause_text(whole, now, zone)
    match view.verdict:
        case "open":
            return _("Agents may start (overridden)") if view.override and view.holds else _("Agents may start")
        case "closed":
            return _("New agents are held")
        case _:
            return _("The gate is unknown")


def reason_text(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return which hold binds and until when, why the gate is unknown, or what comes next."""
    if view.verdict == "unknown" and not view.paused:
        failure = view.failure if not view.holds else None  # a hold that nobody stands behind is not the reason
        return failure_text(failure.kind) if failure else why_sentence(view.why_unknown, now, zone)
    if view.override and view.holds:
        override, hold = override_text(view.override, now, zone), hold_text(view.holds[0], now, zone)
        return _("{override} although {hold}").format(override=override, hold=hold)
    if view.holds:
        hold = hold_text(view.holds[0], now, zone)
        # Below "Agents may start" it has to say which may not.
        apart = view.verdict == "open" and not _holds_all(view.holds[0])
        return _("{title}: {hold}").format(title=held_title(view.holds[0]), hold=hold) if apart else hold
    return next_stop_text(view, now, zone)


def next_stop_text(view: View, now: float, zone: tzinfo | None = None) -> str:
    """Return where the gate would close next, or that no threshold is set."""
    live = [w for a in view.accounts[:1] for w in a.windows if w.state is State.LIVE and not w.doubted]
    windows = [w for w in live if w.threshold_pct is not None]
    if not windows:
        seen = [w for a in view.accounts for w in a.windows]
        none_set = bool(seen) and all(w.threshold_pct is None for w in seen)  # without a window nobody can say
        none_set = none_set and not any(b.enforced for b in view.budgets)
        return _("No threshold is set: nothing closes the gate but you") if none_set else ""
    stop = min(windows, key=lambda w: (_stop_at(w) or float("inf"), (w.threshold_pct or 0) - (w.used or 0) * 100))
    at = _stop_at(stop)
    said = _("Next stop: {window} at {percent}").format(
        window=label_text(stop), percent=points_text(stop.threshold_pct or 0)
    )
    if at and at > now:
        return joined([said, _("not before {time}").format(time=clock_text(at, now, zone))])
    return joined([said, _("not before its reset")]) if stop.forecast and at is None else said


def _stop_at(window: WindowView) -> float | None:
    return window.forecast.threshold_at if window.forecast else None


def hold_text(hold: Hold, now: float, zone: tzinfo | None = None) -> str:
    """Return an automatic hold in words: `Session 92 % used, threshold 90 %, resets 17:00`."""
    parts = [_held_by(hold)]
    if hold.kind == "threshold":
        parts.append(threshold_text(hold.threshold_pct or 0))
    if hold.until and hold.until > now:
        parts.append(reset_text(hold.until, now, zone))
    if hold.kind == "threshold" and hold.until and hold.until <= now:
        parts.append(_("waiting for a fresh reading"))
    return joined(parts)


def _held_by(hold: Hold) -> str:
    """Return what holds: the limit that is reached, or the window and how much of it is used."""
    account = clean(hold.scope.account, 30) if hold.scope.account and hold.kind != "budget" else ""
    if hold.kind == "exhausted":
        limit = _of(_limit_name(hold.window), account)
        return _("Claude refused: the {limit} is reached").format(limit=limit)
    named = hold.kind == "threshold" and hold.scope.model and not hold.also_unnamed
    scope = _scope_words(hold.scope) if hold.kind == "budget" else ""
    scope = _("for {model}").format(model=clean(hold.scope.model)) if named and hold.scope.model else scope
    window = _of(window_name(hold.window), account)
    window = _("{window} ({scope})").format(window=window, scope=scope) if scope else window
    return _("{window} {percent} used").format(window=window, percent=percent_text(hold.used))


def _of(name: str, account: str) -> str:
    return _("{window} of {account}").format(window=name, account=account) if account else name


def _limit_name(window_id: str) -> str:
    kind, _colon, name = window_id.partition(":")
    if kind == "model":
        return _("{model} limit").format(model=clean(name))
    known = {"session": _("session limit"), "week": _("weekly limit"), "spend": _("spend limit")}
    return known.get(kind, _("usage limit"))


def _scope_words(scope: Scope) -> str:
    project = _("in {project}").format(project=clean(scope.project)) if scope.project else ""
    return joined([clean(scope.model or ""), clean(scope.class_ or ""), project])


def window_name(window_id: str) -> str:
    """Return a short name for a window's id, for sentences."""
    if window_id.startswith("budget:"):
        return _("Budget {name}").format(name=clean(window_id.removeprefix("budget:")))
    if window_id.startswith("model:"):
        return _("{model} week").format(model=clean(window_id.removeprefix("model:")))
    return {"session": _("Session"), "week": _("Week")}.get(window_id, clean(window_id))


def accounts_text(count: int) -> str:
    """Return `3 accounts`."""
    return ngettext("{count} account", "{count} accounts", count).format(count=count)


def pause_text(pause: Pause, now: float, zone: tzinfo | None = None) -> str:
    """Return a pause in words: `Paused by you until 18:00 (deploying)`."""
    scope = pause_scope_text(pause.scope)
    time = clock_text(pause.until, now, zone) if pause.until is not None else ""
    if scope:
        said = _("Paused by you for {scope} until {time}") if time else _("Paused by you for {scope}")
    else:
        said = _("Paused by you until {time}") if time else _("Paused by you")
    said = said.format(scope=scope, time=time)
    return f"{said} ({clean(pause.why)})" if pause.why else said


def pause_scope_text(scope: Scope) -> str:
    """Return which launches a pause is for: `account work, class batch`; empty for all of them."""
    named = (
        (_("account {name}"), scope.account), (_("model {name}"), scope.model), (_("class {name}"), scope.class_)
    )  # fmt: skip
    return joined(said.format(name=clean(value, 60)) for said, value in named if value)


def override_text(override: Override, now: float, zone: tzinfo | None = None) -> str:
    """Return an override in words: `Overridden by you until 17:00`."""
    return _("Overridden by you until {time}").format(time=clock_text(override.until, now, zone))


def state_text(state: AccountState) -> str:
    """Return an account's state in words."""
    match state:
        case AccountState.OK:
            return _("up to date")
        case AccountState.STALE:
            return _("no fresh reading")
        case _:
            return failure_state(FailureKind(state.value))


def same_as_text(account: AccountView) -> str:
    """Return whose subscription an account is too: `the same subscription as work`; empty for one of its own."""
    if account.same_as is None:
        return ""
    return _("the same subscription as {account}").format(account=clean(account.same_as, 40))


def next_poll_text(account: AccountView, now: float, zone: tzinfo | None = None, *, brief: bool = False) -> str:
    """Return when the next reading is due and why: `next 16:21 (regular)`; `brief` leaves out the usual reason."""
    if account.next_poll_at is None or account.next_poll_at < now - OVERDUE_S:  # who planned it was killed
        return ""
    if account.next_poll_why == Why.IN_FLIGHT:
        return _("reading now")
    usual = brief and account.next_poll_why == Why.REGULAR
    why = "" if usual else why_text(account.next_poll_why)
    said = _("next {time}").format(time=clock_text(account.next_poll_at, now, zone))
    return f"{said} ({why})" if why else said


def provenance_text(account: AccountView, now: float, zone: tzinfo | None = None, *, brief: bool = False) -> str:
    """Return where the numbers come from and how old they are: `endpoint · 2 min ago · next 16:21 (regular)`.

    And how often they are read, where the connection is metered. `brief` leaves out the usual reason.
    """
    if account.observed_at is None or not account.windows:
        seen = _("no reading yet")
    else:
        seen = " · ".join(_readings(account, now))
    following = next_poll_text(account, now, zone, brief=brief)
    return " · ".join(part for part in (seen, following, metered_text(account)) if part)


def metered_text(account: AccountView) -> str:
    """Return that the connection is metered and how often is read then: `metered: every 10 min`; empty: it is not."""
    every_s = account.metered_every_s
    return "" if every_s is None else _("metered: every {length}").format(length=duration_text(every_s))


def _readings(account: AccountView, now: float) -> list[str]:
    """Return each source with the age of its oldest window, in the order of the windows."""
    ages: dict[str, float] = {}
    for window in account.windows:
        ages[window.source] = min(window.observed_at, ages.get(window.source, window.observed_at))
    return [f"{source_text(source)} · {age_text(at, now)}" for source, at in ages.items()]


def held_title(hold: Hold) -> str:
    """Return whose launches a hold stops: `New batch agents are held`; `New agents are held` for everybody's."""
    apart = (hold.scope.model, hold.scope.class_) if not hold.also_unnamed else ()
    which = " ".join(clean(name, 40) for name in apart if name)
    project = clean(hold.scope.project, 60) if hold.scope.project else ""
    if which:
        said = _("New {which} agents in {project} are held") if project else _("New {which} agents are held")
    else:
        said = _("New agents in {project} are held") if project else _("New agents are held")
    return said.format(which=which, project=project)


def _holds_all(hold: Hold) -> bool:
    named = (hold.scope.model or hold.scope.class_) and not hold.also_unnamed
    return not named and not hold.scope.project
