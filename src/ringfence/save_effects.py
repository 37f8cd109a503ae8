"""What saving changed settings would do to the gate at once, by the gate's own rule; no Qt.

The person reads it before they save (DESIGN 8), so it must not differ from what the monitor then does: the same
`decide_gate` answers for the settings in force and for those that would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ringfence import gate_reader, texts
from ringfence.core import gating
from ringfence.core.model import Hold, Sample, Window
from ringfence.core.ring import AccountView, View
from ringfence.core.settings import Settings, schema
from ringfence.gate_reader import same_model
from ringfence.language import _

UNNAMED = "thresholds.unnamed_model_counts"
MODELS = "thresholds.models."


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One hold that saving would bring."""

    key: str
    """The setting that brings it."""
    sentence: str
    for_all: bool
    """Whether launches that name nothing are held too: then the gate closes."""


def with_values(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return settings with values put in by key; None is the default, or no threshold of a model's own."""
    defaults = {s.key: s.default for s in schema()}
    for key, value in values.items():
        if key.startswith(MODELS):
            name = key.removeprefix(MODELS)
            others = {n: v for n, v in settings.thresholds.models.items() if n != name}
            models = {**others, name: value} if isinstance(value, int | float) else others
            settings = replace(settings, thresholds=replace(settings.thresholds, models=models))
            continue
        section, field = key.split(".")
        made = replace(getattr(settings, section), **{field: defaults[key] if value is None else value})
        settings = replace(settings, **{section: made})
    return settings


def effects_of(values: Mapping[str, object], settings: Settings, view: View, now: float) -> tuple[Effect, ...]:
    """Return the holds that saving these values would bring at once; those in force already are not among them."""
    wanted = with_values(settings, values)
    before = {(h.scope.account, h.window): h for h in _holds(settings, view, now)}
    found = []
    for hold in _holds(wanted, view, now):
        known = before.get((hold.scope.account, hold.window))
        if known is None or (hold.also_unnamed and not known.also_unnamed):
            for_all = _for_all(hold, view)
            key = _key(hold, known, wanted)
            found.append(Effect(key=key, sentence=_sentence(hold, view, now, for_all=for_all), for_all=for_all))
    return tuple(found)


def closes(effects: tuple[Effect, ...], view: View) -> bool:
    """Tell whether an open gate closes with the save."""
    return view.verdict != gate_reader.CLOSED and view.override is None and any(e.for_all for e in effects)


def _holds(settings: Settings, view: View, now: float) -> tuple[Hold, ...]:
    gate = gating.decide_gate([(a.name, _believed(a)) for a in view.accounts], settings, now=now)
    return tuple(h for h in gate.holds if h.evidence_until > now)


def _believed(account: AccountView) -> Sample | None:
    if account.observed_at is None:
        return None
    windows = tuple(
        Window(
            id=w.id, label=w.label, used=w.used, resets_at=w.resets_at, duration_s=w.duration_s, model=w.model,
            money=w.money, observed_at=w.observed_at, source=w.source,
        )
        for w in account.windows
        if not w.doubted
    )  # fmt: skip
    return Sample(account=account.name, source="", observed_at=account.observed_at, windows=windows)


def _for_all(hold: Hold, view: View) -> bool:
    first = view.accounts[0].name if view.accounts else None
    return hold.scope.account in {None, first} and (hold.scope.model is None or hold.also_unnamed)


def _key(hold: Hold, known: Hold | None, wanted: Settings) -> str:
    if known is not None:
        return UNNAMED  # it holds already, only for fewer
    if hold.scope.model is None:
        return f"thresholds.{hold.window}_pct"
    model, names = hold.scope.model, list(wanted.thresholds.models)
    own = [n for n in names if n.casefold() == model.casefold()] or [n for n in names if same_model(n, model)]
    return MODELS + own[0] if own else "thresholds.week_pct"


def _sentence(hold: Hold, view: View, now: float, *, for_all: bool) -> str:
    stands = _stands(hold)
    if view.override is not None:
        said = _("{stands}: saving holds new runs as soon as your override ends, at {time}.")
        return said.format(stands=stands, time=texts.clock_text(view.override.until, now))
    until = _("until a fresh reading is below it")
    if hold.until is not None and hold.until > now:
        until = _("until {time}").format(time=texts.clock_text(hold.until, now))
    if for_all:
        closed = view.verdict == gate_reader.CLOSED
        keeps, closes_ = (
            _("{stands}: saving keeps the gate closed, {until}."),
            _("{stands}: saving closes the gate at once, {until}."),
        )
        return (keeps if closed else closes_).format(stands=stands, until=until)
    whose = texts.clean(hold.scope.model or hold.scope.account or "", 40)
    return _("{stands}: saving holds new {whose} runs at once, {until}.").format(
        stands=stands, whose=whose, until=until
    )


def _stands(hold: Hold) -> str:
    """Return where a window is: `The session of work stands at 92 %`."""
    percent, account = texts.percent_text(hold.used), texts.clean(hold.scope.account or "", 40)
    if hold.window == "session":
        said = _("The session of {account} stands at {percent}") if account else _("The session stands at {percent}")
    elif hold.window == "week":
        said = _("The week of {account} stands at {percent}") if account else _("The week stands at {percent}")
    else:
        of, alone = _("The {window} of {account} stands at {percent}"), _("The {window} stands at {percent}")
        said = of if account else alone
    return said.format(window=texts.window_name(hold.window), account=account, percent=percent)
