"""The body of the usage endpoint as a sample (FORMATS A2). Pure: bytes in, Sample or SourceError out.

The server adds meters without notice, so every row and every window is read by itself: one that cannot be read hides no
other. Only the session and the week must not go missing unnoticed: a gate that cannot see them would stay open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from ringfence.core.model import SESSION_S, WEEK_S, FailureKind, Money, Sample, Window
from ringfence.ports import SourceError
from ringfence.sentence import N_, Sentence
from ringfence.texts import clean

LONGEST_NAME = 60
"""Names of models and meters are longer in no language; a hostile one must not fill a tooltip."""
MOST_WINDOWS = 40
"""The account with the most meters seen has six. The gate file, which lists them all, may not grow without bound."""

_ROW_IDS = {"session": "session", "weekly_all": "week"}
_NAMED_IDS = {"five_hour": "session", "seven_day": "week"}
_NAMED_MODELS = {"seven_day_opus": "Opus", "seven_day_sonnet": "Sonnet"}
_LABELS = {"session": N_("5-hour session"), "week": N_("Week")}
_DURATIONS = {"session": SESSION_S, "week": WEEK_S}
_WEEKLY_NAMES = "seven_day_"
_KNOWN = frozenset(
    {*_NAMED_IDS, *_NAMED_MODELS, "seven_day_oauth_apps", "cinder_cove", "wattle_ember", "extra_usage", "limits"}
)
"""Claude Code's own test of a body: an object with at least one of these keys (FORMATS A2)."""
_NO_METERS = frozenset({"limits", "extra_usage", "spend"})
_ZERO_DECIMALS = frozenset({"JPY", "KRW", "VND"})
_EARLIEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_NULL = msgspec.Raw(b"null")

Percent = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
"""0-100, and over 100 once over. Spend may pass its limit many times; nothing real has seven digits."""
Minor = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
T = TypeVar("T")


class _Named(msgspec.Struct):
    """A named window. `utilization` must be there: that is how an unknown meter is told from another object."""

    utilization: Percent | None
    resets_at: str | None = None


class _Name(msgspec.Struct):
    display_name: str | None = None


class _Scope(msgspec.Struct):
    model: _Name | None = None
    surface: _Name | None = None


class _Kind(msgspec.Struct):
    """What must be readable of a row to know which window it is about."""

    kind: str


class _Row(msgspec.Struct):
    """A row of `limits`. What only describes it is of any type here: it must not cost the number."""

    kind: str
    percent: Percent | None
    resets_at: str | None = None
    group: Any = None
    scope: msgspec.Raw = _NULL
    is_active: Any = None


class _ExtraUsage(msgspec.Struct):
    is_enabled: bool
    monthly_limit: Minor | None = None
    used_credits: Minor | None = None
    utilization: Percent | None = None
    currency: str | None = None
    decimal_places: int | None = None


class _Amount(msgspec.Struct):
    amount_minor: Minor
    currency: str | None = None
    exponent: int | None = None


class _Spend(msgspec.Struct):
    enabled: bool
    used: _Amount | None = None
    limit: _Amount | None = None
    percent: Percent | None = None


class _BrokenError(ValueError):
    """This part of the body cannot be read."""


def parse_usage(
    body: bytes,
    *,
    account: str,
    source: str,
    now: float,
    plan: str | None = None,
    skew_s: float | None = None,
) -> Sample:
    """Return what a body says: session and week first, then the other meters in the server's order.

    A null or absent window is no window. `utilization` 0 without `resets_at` is a window that has not started. Rows of
    `limits` are taken before the named windows; meters of unknown kinds are kept under the server's own name.

    Args:
        body: the answer's bytes.
        account: the account's name in the settings.
        source: the id of the source.
        now: when the reading was made, epoch seconds.
        plan: what the login calls its plan.
        skew_s: the server's clock minus ours.

    Raises:
        SourceError: `server_error` when the body is not JSON (edge servers answer 200 with HTML or nothing, FORMATS
            A3); `format_changed` when nothing known stands in it, or when its session or week cannot be read.
    """
    parts = _parts(body)
    found, broken = _from_rows(parts.get("limits", _NULL))
    _add_named(parts, found, broken)
    _add_spend(parts, found)
    _refuse_blindness(parts, found, broken)
    first = [found[key] for key in _LABELS if key in found]
    others = [window for key, window in found.items() if key not in _LABELS]
    return Sample(
        account=account,
        source=source,
        observed_at=now,
        windows=tuple([*first, *others][:MOST_WINDOWS]),
        plan=plan,
        skew_s=skew_s,
    )


def _parts(body: bytes) -> Mapping[str, msgspec.Raw]:
    """Return the body's top level, each value still as bytes: what one of them holds can spoil no other."""
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        fault = _format_changed(Sentence("it is not a JSON object"))
    except RecursionError:
        fault = _format_changed(Sentence("it is nested too deeply"))
    except (msgspec.DecodeError, UnicodeError):
        fault = _edge_page(body)
    else:
        if _KNOWN & parts.keys():
            return parts
        fault = _format_changed(Sentence("none of the known keys stands in it"))
    raise fault


def _refuse_blindness(parts: Mapping[str, msgspec.Raw], found: Mapping[str, Window], broken: set[str]) -> None:
    """Raise SourceError when the session or the week may be in the body and cannot be read."""
    lost = [window_id for window_id in _LABELS if window_id in broken and window_id not in found]
    if lost:
        both = Sentence("its session and week cannot be read")
        raise _format_changed(both if len(lost) > 1 else Sentence("its {window} cannot be read", window=lost[0]))
    if "limits" in broken and not found.keys() & _LABELS.keys():
        raise _format_changed(Sentence("its list of limits cannot be read"))
    if not found and not _says_none(parts):
        raise _format_changed(Sentence("no usage window can be read in it"))


def _from_rows(raw: msgspec.Raw) -> tuple[dict[str, Window], set[str]]:
    """Return the windows of `limits` by id, and the ids of the rows that cannot be read (`limits`: nobody knows)."""
    rows, broken = _readable(raw)
    kinds = Counter(row.kind for row in rows)
    found: dict[str, Window] = {}
    for row in rows:
        try:
            window = _row_window(row, alone=kinds[row.kind] == 1)
        except _BrokenError:
            broken.add(_ROW_IDS.get(row.kind) or _own_id(row.kind))
            continue
        window = _unique(window, found)
        found[window.id] = window
    return found, broken


def _readable(raw: msgspec.Raw) -> tuple[list[_Row], set[str]]:
    try:
        listed = _or_null(raw, list[msgspec.Raw]) or []
    except _BrokenError:
        return [], {"limits"}
    rows: list[_Row] = []
    broken: set[str] = set()
    for each in listed:
        try:
            rows.append(_decode(each, _Row))
        except _BrokenError:
            broken.add(_kind_of(each))
    return rows, broken


def _kind_of(row: msgspec.Raw) -> str:
    """Return the window that a broken row was about, as far as it says."""
    kind = _lenient(row, _Kind)
    return "limits" if kind is None else _ROW_IDS.get(kind.kind) or _own_id(kind.kind)


def _row_window(row: _Row, *, alone: bool) -> Window:
    """Return a row as a window. Rows are told apart by `kind`, never by a label (the SDK's own rule, FORMATS A2)."""
    used = None if row.percent is None else row.percent / 100
    seen = _Seen(used=used, resets_at=_instant(row.resets_at), headline=row.is_active is True)
    known = _ROW_IDS.get(row.kind)
    if known:
        return seen.window(known, _LABELS[known], _DURATIONS[known])
    scope = _lenient(row.scope, _Scope) or _Scope()
    model, surface = _name(scope.model), _name(scope.surface)
    if row.kind == "weekly_scoped" and model:
        # A model's week on one surface alone is not the model's whole week: the surface stands in its name.
        name = f"{model} {surface}".strip()
        return seen.window(f"model:{name}", _week_of(name), WEEK_S, model=model)
    if row.kind == "spend":
        group = _shown(row.group if isinstance(row.group, str) else "") or "total"
        label = N_("Monthly spend") if group == "monthly" else Sentence("{group} spend", group=_human(group))
        return seen.window(f"spend:{group}", label, None)
    return _unknown_row(row.kind, seen, f"{model} {surface}".strip(), alone=alone)


def _unknown_row(kind: str, seen: _Seen, scope: str, *, alone: bool) -> Window:
    """Return a row of a kind that this version does not know, under the server's own name."""
    window_id = _own_id(kind)
    if scope and not alone:
        window_id = f"{window_id}:{scope}"
    label = _week_of(scope) if scope and kind == "weekly_scoped" else f"{_human(_shown(kind))} {scope}".strip()
    return seen.window(window_id, label or N_("Meter"), WEEK_S if kind.startswith("weekly_") else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What row and named window have in common."""

    used: float | None
    resets_at: float | None
    headline: bool = False

    def window(self, window_id: str, label: str, duration_s: float | None, *, model: str | None = None) -> Window:
        return Window(
            id=window_id,
            label=label,
            used=self.used,
            resets_at=self.resets_at,
            duration_s=duration_s,
            model=model,
            headline=self.headline,
        )


def _add_named(parts: Mapping[str, msgspec.Raw], found: dict[str, Window], broken: set[str]) -> None:
    """Add the named windows that no row covers with a number: five_hour, seven_day and whatever looks like them."""
    for key, raw in parts.items():
        if key in _NO_METERS:
            continue
        window_id = _named_id(key)
        try:
            named = _or_null(raw, _Named)
            window = None if named is None else _named_window(key, window_id, named)
        except _BrokenError:
            broken.add(window_id)  # of the unknown ones nobody asks: most are no meters at all
            continue
        before = found.get(window_id)
        if window is not None and (before is None or (before.used is None and window.used is not None)):
            found[window_id] = window


def _named_id(key: str) -> str:
    if key in _NAMED_MODELS:
        return f"model:{_NAMED_MODELS[key]}"
    return _NAMED_IDS.get(key) or _own_id(key)


def _own_id(name: str) -> str:
    """Return the server's name as an id that can be taken for none of ours."""
    shown = _shown(name) or "meter"
    ours = shown in _LABELS or shown.startswith(("model:", "spend:"))
    return f"meter:{shown}" if ours else shown


def _named_window(key: str, window_id: str, named: _Named) -> Window:
    used = None if named.utilization is None else named.utilization / 100
    seen = _Seen(used=used, resets_at=_instant(named.resets_at))
    if key in _NAMED_IDS:
        return seen.window(window_id, _LABELS[window_id], _DURATIONS[window_id])
    if key in _NAMED_MODELS:
        return seen.window(window_id, _week_of(_NAMED_MODELS[key]), WEEK_S, model=_NAMED_MODELS[key])
    if key.startswith(_WEEKLY_NAMES):
        return seen.window(window_id, _week_of(_human(window_id.removeprefix(_WEEKLY_NAMES))), WEEK_S)
    return seen.window(window_id, _human(window_id) or N_("Meter"), None)


def _add_spend(parts: Mapping[str, msgspec.Raw], found: dict[str, Window]) -> None:
    """Put the money to the monthly spend meter; make one when money is spent beside the plan and no row says so."""
    money, used = _money(parts)
    if money is None:
        return
    row = found.get("spend:monthly")
    if row is None and any(key.startswith("spend:") for key in found):
        return  # the month's money belongs to none of the meters that the server lists
    if row is None:
        row = Window(id="spend:monthly", label=N_("Monthly spend"), used=None, resets_at=None)
    found["spend:monthly"] = replace(row, used=used if row.used is None else row.used, money=money)


def _money(parts: Mapping[str, msgspec.Raw]) -> tuple[Money | None, float | None]:
    """Return the amounts and the fraction of `spend`, else of `extra_usage`; None unless spending is switched on."""
    spend = _lenient(parts.get("spend", _NULL), _Spend)
    if spend is not None and spend.enabled and spend.used is not None:
        money = _amounts(spend.used, spend.limit)
        return money, _share(spend.percent, money)
    extra = _lenient(parts.get("extra_usage", _NULL), _ExtraUsage)
    if extra is None or not extra.is_enabled:
        return None, None
    currency = _currency(extra.currency)
    money = Money(
        used_minor=None if extra.used_credits is None else round(extra.used_credits),
        limit_minor=None if extra.monthly_limit is None else round(extra.monthly_limit),
        currency=currency,
        exponent=_exponent(extra.decimal_places, currency),
    )
    return money, _share(extra.utilization, money)


def _amounts(used: _Amount, limit: _Amount | None) -> Money:
    currency = _currency(used.currency or (limit.currency if limit else None))
    exponent = _exponent(used.exponent, currency)
    limit_minor = None
    if limit is not None:  # two amounts of one meter may be in different minor units
        limit_minor = round(limit.amount_minor * 10.0 ** (exponent - _exponent(limit.exponent, currency)))
    return Money(
        used_minor=round(used.amount_minor), limit_minor=limit_minor, currency=currency, exponent=exponent
    )  # fmt: skip


def _share(percent: float | None, money: Money) -> float | None:
    """Return the fraction: the server's, else used of limit; None without a limit, for nothing has no share."""
    if percent is not None:
        return percent / 100
    if money.used_minor is None or not money.limit_minor:
        return None
    return max(money.used_minor / money.limit_minor, 0.0)


def _exponent(given: int | None, currency: str | None) -> int:
    if given is not None and 0 <= given <= 6:
        return given
    return 0 if currency in _ZERO_DECIMALS else 2


def _currency(given: str | None) -> str | None:
    return clean(given or "", 8).upper() or None


def _unique(window: Window, found: Mapping[str, Window]) -> Window:
    """Return the window under an id that none before it has."""
    if window.id not in found:
        return window
    numbers = range(2, len(found) + 3)
    return replace(window, id=next(f"{window.id}:{n}" for n in numbers if f"{window.id}:{n}" not in found))


def _instant(text: str | None) -> float | None:
    """Return an ISO 8601 instant as whole seconds; the server's microseconds wander (FORMATS A2).

    Raises _BrokenError for what is no instant: to take it for null would turn a running window into one not started.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        at = 0.0
    if not _EARLIEST <= at <= _LATEST:
        raise _BrokenError
    return float(round(at))


def _decode(raw: msgspec.Raw, as_: type[T]) -> T:
    """Return a part of the body in a type. Raises _BrokenError."""
    try:
        return msgspec.json.decode(raw, type=as_)
    except (ValueError, RecursionError, OverflowError):  # msgspec's own errors are ValueErrors
        broken = _BrokenError()
    raise broken


def _or_null(raw: msgspec.Raw, as_: type[T]) -> T | None:
    return None if bytes(raw).strip() == b"null" else _decode(raw, as_)


def _lenient(raw: msgspec.Raw, as_: type[T]) -> T | None:
    try:
        return _or_null(raw, as_)
    except _BrokenError:
        return None


def _says_none(parts: Mapping[str, msgspec.Raw]) -> bool:
    """Tell whether a body without windows says so: a known key is null, an empty list, or spending switched off."""
    nothing = any(bytes(parts[key]).strip() in {b"null", b"[]"} for key in _KNOWN & parts.keys())
    return nothing or _lenient(parts.get("extra_usage", _NULL), _ExtraUsage) is not None


def _name(named: _Name | None) -> str:
    return _shown(named.display_name or "") if named else ""


def _shown(text: str) -> str:
    return clean(text, LONGEST_NAME)


def _week_of(name: str) -> Sentence:
    return Sentence("{model} week", model=name)


def _human(name: str) -> str:
    """Return a server's name as a label: `seven_day_oauth_apps` -> `Seven day oauth apps`."""
    words = " ".join(re.split(r"[_\s]+", name)).strip()
    return words[:1].upper() + words[1:]


def _edge_page(body: bytes) -> SourceError:
    page = Sentence("a page") if body.lstrip()[:1] == b"<" else Sentence("something that is not JSON")
    said = Sentence(
        "The usage endpoint answered with {what} instead of numbers; Ringfence tries again by itself.",
        what=page if body.strip() else Sentence("nothing"),
    )
    return SourceError(FailureKind.SERVER_ERROR, said)


def _format_changed(why: Sentence) -> SourceError:
    said = Sentence("The usage endpoint's answer has a new form: {reason}. Look for a newer Ringfence.", reason=why)
    return SourceError(FailureKind.FORMAT_CHANGED, said)
