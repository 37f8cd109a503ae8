"""`pause`, `unpause`, `override`: the person's latches, with or without a running monitor."""

from __future__ import annotations

from difflib import get_close_matches

import click

from ringfence import gate_reader, texts, wiring
from ringfence.cli import reading, times, verdicts
from ringfence.cli.output import Duration, Failed, Named, paths, say, wrong
from ringfence.core import gating
from ringfence.core.model import Latches, Override, Pause, Scope
from ringfence.language import _
from ringfence.storage.paths import Paths
from ringfence.words import joined, listed, sentences


@click.command()
@click.option("--for", "for_s", type=Duration(), metavar="TIME", help="For 90s, 30m, 2h, 1h30m or 2d.")
@click.option("--until", "until", metavar="TIME", help="Until 18:00 (the next one) or 2026-11-30 18:00.")
@click.option(
    "--until-reset", is_flag=True, help="Until the session's window resets (with --model: that model's week)."
)
@click.option("--model", type=Named(), metavar="NAME", help="Only runs of this model.")
@click.option("--account", type=Named(), metavar="NAME", help="Only runs of this account.")
@click.option("--class", "class_", type=Named(), metavar="NAME", help="Only runs of this class, e.g. batch.")
@click.option("--why", metavar="TEXT", help="A note for yourself and for the runs that are held.")
def pause(
    for_s: float | None, until: str | None, until_reset: bool, model: str | None, account: str | None,
    class_: str | None, why: str | None,
) -> None:  # fmt: skip
    """Hold new runs until you unpause, or until a time. Running work goes on."""
    _only_one({"--for": for_s is not None, "--until": until is not None, "--until-reset": until_reset})
    where, now = paths(), wiring.now()
    _known_account(where, account)
    scope = Scope(account=account, model=model, class_=class_)
    made = Pause(
        since=now,
        until=_end(where, now, for_s, until, until_reset, scope),
        scope=scope,
        why=texts.clean(why) or None if why else None,
    )
    wiring.gate_channel(where).change(lambda latches: gating.with_pause(latches, made), now=now)
    said = _("{pause} until you unpause. Running work goes on.")
    if made.until is not None:
        said = _("{pause}. Running work goes on.")
    say(said.format(pause=texts.pause_text(made, now)))


@click.command()
@click.option("--model", type=Named(), metavar="NAME", help="Only the pause of this model.")
@click.option("--account", type=Named(), metavar="NAME", help="Only the pause of this account.")
@click.option("--class", "class_", type=Named(), metavar="NAME", help="Only the pause of this class.")
def unpause(model: str | None, account: str | None, class_: str | None) -> None:
    """Lift your pauses: all of them, or the one of a scope."""
    where, now = paths(), wiring.now()
    channel = wiring.gate_channel(where)
    before = channel.latches(now=now)
    scope = Scope(account=account, model=model, class_=class_)
    of = None if scope == Scope() else scope
    if gating.without_pauses(before, of) == before:
        said = _("There was no pause of {scope}.") if of else _("There was no pause.")
        say(sentences([said.format(scope=_scope_text(scope)), _now_in_force(where, before)]))
        return
    after = channel.change(lambda latches: gating.without_pauses(latches, of), now=now)
    say(sentences([_("Unpaused."), _now_in_force(where, after)]))


@click.command()
@click.option("--for", "for_s", type=Duration(), metavar="TIME", help="For 90s, 30m, 2h, 1h30m or 2d.")
@click.option("--until-reset", is_flag=True, help="Until the window that holds runs resets; without any option too.")
@click.option("--off", is_flag=True, help="Take the override back.")
def override(for_s: float | None, until_reset: bool, off: bool) -> None:
    """Let runs start although a threshold holds them, for a time. Your own pause is not lifted."""
    _only_one({"--for": for_s is not None, "--until-reset": until_reset, "--off": off})
    where, now = paths(), wiring.now()
    channel = wiring.gate_channel(where)
    if off:
        had = channel.latches(now=now).override
        after = channel.change(lambda latches: gating.with_override(latches, None), now=now)
        was = _("The override is off.") if had else _("There was no override.")
        say(sentences([was, _now_in_force(where, after)]))
        return
    end = now + for_s if for_s is not None else _reset_of_hold(where, now)
    made = Override(since=now, until=end)
    after = channel.change(lambda latches: gating.with_override(latches, made), now=now)
    paused = _("{pause} all the same; lift it with `ringfence unpause`.")
    said = [_("{sentence}.").format(sentence=texts.override_text(made, now))]
    said += [paused.format(pause=texts.pause_text(pause, now)) for pause in after.pauses[:1]]
    said += [_unknown_text(where)]
    say(sentences(said))


def _end(
    where: Paths, now: float, for_s: float | None, until: str | None, until_reset: bool, scope: Scope
) -> float | None:
    """Return when a pause ends, None for open-ended. Raises UsageError for a time that cannot be meant."""
    if for_s is not None:
        return now + for_s
    if until is not None:
        try:
            return times.moment_at(until, now)
        except ValueError as error:
            raise click.BadParameter(str(error).rstrip("."), param_hint="--until") from None
    if not until_reset:
        return None
    end = reading.reset_of(where, scope, now=now)
    if end is None:
        raise Failed(_("No reset is known yet, so nothing was paused; use --for 2h or --until 18:00."))
    return end


def _reset_of_hold(where: Paths, now: float) -> float:
    document = gate_reader.read_gate(str(where.gate), now=now).document
    end = gating.reset_of_binding_hold(document, now) if document else None
    if end is None:
        held = bool(document and gating.automatic_in(document))
        why = _("the window that holds runs names no reset") if held else _("no threshold holds runs now")
        said = _("Nothing was overridden: {why}. To let runs start for a time in any case, use --for 30m.")
        raise Failed(said.format(why=why))
    return end


def _only_one(given: dict[str, bool]) -> None:
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise wrong(f"{' and '.join(named)} exclude each other")


def _known_account(where: Paths, account: str | None) -> None:
    """Refuse a name that no account has: a pause for it would hold nothing, and look as if it did."""
    if account is None:
        return
    settings, _trouble = wiring.settings_in_force(where)
    names = [a.name for a in settings.accounts]
    if account not in names:
        close = get_close_matches(account, names, n=1)
        said = _("There is no account called {name}; there is {known}.")
        said = _("There is no account called {name}; did you mean {known}?") if close else said
        raise Failed(said.format(name=account, known=joined(close or names)))


def _scope_text(scope: Scope) -> str:
    named = ((_("account {name}"), scope.account), (_("model {name}"), scope.model), (_("class {name}"), scope.class_))
    return joined(said.format(name=value) for said, value in named if value)


def _now_in_force(where: Paths, latches: Latches) -> str:
    """Return the sentence that says what holds runs now."""
    now = wiring.now()
    if latches.pauses:
        return _("Still in force: {pauses}.").format(pauses=listed(texts.pause_text(p, now) for p in latches.pauses))
    answer = gate_reader.read_gate(str(where.gate), now=now)
    if answer.verdict == gate_reader.CLOSED and answer.document is not None:
        holds = gating.holds_in(answer.document)
        held = _("New agents are held: {hold}.") if holds else _("New agents are held.")
        return held.format(hold=texts.hold_text(holds[0], now) if holds else "")
    return _("Agents may start.") if answer.verdict == gate_reader.OPEN else _unknown_text(where)


def _unknown_text(where: Paths) -> str:
    """Return why nobody can tell whether runs may start, else nothing."""
    now = wiring.now()
    answer = gate_reader.read_gate(str(where.gate), now=now)
    if answer.verdict != gate_reader.UNKNOWN:
        return ""
    return _("The gate is unknown: {why}").format(why=texts.clean(verdicts.why(answer, now), 300))
