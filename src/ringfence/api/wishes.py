"""What a request's body may ask for: the types that it is checked against, and that the OpenAPI document shows."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ringfence import texts
from ringfence.core.settings import Settings

LONGEST_S = 366 * 86400.0
LATEST = 4e9
"""The year 2096: a pause that ends later than this is open-ended."""

_HIDDEN = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Control and direction characters: what no name has a use for."""
NAME_PATTERN = f"^[^ {_HIDDEN}]([^{_HIDDEN}]*[^ {_HIDDEN}])?$"
A_NAME = "a name is 1 to 100 characters without control characters or blanks around it"
MUST_BE = "it must be a number from 1 to 100, or null"

Pct = Annotated[float, Meta(ge=1, le=100, description="A percentage from 1 to 100.")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME_PATTERN)]
Seconds = Annotated[float, Meta(gt=0, le=LONGEST_S)]
Moment = Annotated[float, Meta(ge=0, le=LATEST, description="Epoch seconds, UTC.")]
Folder = Annotated[str, Meta(min_length=1, max_length=4096)]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"class_": "class"}):
    """A body. A key that it does not know is refused by its name."""


class ThresholdsWish(Wish, frozen=True, kw_only=True):
    """Thresholds to set. Null takes one off; a key that is left out stays as it is."""

    session_pct: Pct | UnsetType | None = UNSET
    week_pct: Pct | UnsetType | None = UNSET
    models: dict[Name, Pct | None] | UnsetType = UNSET
    """By the model's name; models that are left out stay as they are."""


class LaunchWish(Wish, frozen=True, kw_only=True):
    """A launch that wants to start; it names what it knows."""

    account: Name | None = None
    model: Name | None = None
    class_: Name | None = None
    project: Folder | None = None
    command: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    """Its name for the history of held launches; never its arguments."""
    if_unknown: Literal["open", "closed"] | None = None
    """What counts when nobody can tell; null: the setting gate.if_unknown."""


class ScopeWish(Wish, frozen=True, kw_only=True):
    """Which launches a pause is for; nothing named: every one."""

    account: Name | None = None
    model: Name | None = None
    class_: Name | None = None


class PauseWish(Wish, frozen=True, kw_only=True):
    """A pause. With neither `for_s` nor `until` it lasts until somebody unpauses."""

    account: Name | None = None
    model: Name | None = None
    class_: Name | None = None
    for_s: Seconds | None = None
    until: Moment | Literal["reset"] | None = None
    """A moment, or "reset": until the session resets; with `model`, until that model's week does."""
    why: Annotated[str, Meta(max_length=300)] | None = None


class OverrideWish(Wish, frozen=True, kw_only=True):
    """Leave to start launches although automatic holds apply. Without `for_s` until the reset of the one that binds."""

    for_s: Seconds | None = None
    off: bool = False
    """True takes the override back."""


class WrongRequestError(Exception):
    """A request that cannot be followed: its status, a code, one sentence, and the key it is about."""

    def __init__(
        self, status: int, error: str, detail: str, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.error, self.detail, self.key, self.headers = status, error, detail, key, headers or {}


_W = TypeVar("_W", bound=Wish)
_UNKNOWN = re.compile(r"unknown field `(.*?)`", re.DOTALL)
_PLACE = re.compile(r" - at (?P<key>`key` in )?`\$\.?(?P<where>.*?)`$", re.DOTALL)


def read(body: bytes, made: type[_W]) -> _W:
    """Return the wish that a body makes. Raises WrongRequestError."""
    if not body:
        body = b"{}"
    raw: Any = None
    try:
        raw = _unique_json(body)
        return msgspec.json.decode(body, type=made)
    except msgspec.ValidationError as error:
        raise _refused(str(error), raw) from None
    except (RecursionError, ValueError):  # msgspec's and json's are ValueErrors
        raise WrongRequestError(400, "not_json", "The body is not a JSON object.") from None


def values_of(wish: ThresholdsWish, settings: Settings) -> dict[str, float | int | None]:
    """Return settings by key. A model is named as the settings already name it: `opus` and `Opus` are one threshold."""
    values: dict[str, float | int | None] = {}
    for key, value in (("session_pct", wish.session_pct), ("week_pct", wish.week_pct)):
        if not isinstance(value, UnsetType):
            values[f"thresholds.{key}"] = _number(value)
    if not isinstance(wish.models, UnsetType):
        known = {name.casefold(): name for name in settings.thresholds.models}
        for name, value in wish.models.items():
            values[f"thresholds.models.{known.get(name.casefold(), name)}"] = _number(value)
    return values


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _refused(said: str, raw: Any) -> WrongRequestError:  # noqa: ANN401 - whatever JSON carries
    unknown, place = _UNKNOWN.search(said), _PLACE.search(said)
    where = place["where"] if place else ""
    if unknown:
        key = f"{where}.{unknown[1]}" if where else unknown[1]
        return WrongRequestError(400, "unknown_key", f"`{texts.clean(key)}` is not a key of this request.", key=key)
    reason = said[: place.start()] if place else said
    reason = reason[:1].lower() + reason[1:]
    if not where:
        return WrongRequestError(400, "not_an_object", f"The body must be a JSON object: {reason}.")
    if where.startswith("models") and isinstance(raw["models"], dict):
        where, reason = _wrong_model(raw["models"])
    elif where in {"session_pct", "week_pct"}:
        reason = MUST_BE
    return WrongRequestError(400, "wrong_value", f"`{texts.clean(where)}` is refused: {reason}.", key=where)


def _wrong_model(models: dict[str, Any]) -> tuple[str, str]:
    """Return the first threshold that cannot be, and why."""
    for name, value in models.items():
        for given, kind, reason in (
            (name, Name, A_NAME),
            (value, Pct | None, MUST_BE),
        ):
            try:
                msgspec.convert(given, kind)
            except msgspec.ValidationError:
                return f"models.{name}", reason
    return "models", MUST_BE


def _unique_json(body: bytes) -> Any:  # noqa: ANN401
    """Return what a body says. Twice the same key is refused: others would read the other value.

    Raises WrongRequestError, and ValueError when it is not JSON.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise WrongRequestError(400, "key_twice", f"`{texts.clean(twice)}` stands twice in an object.", key=twice)
        return made

    return json.loads(body, object_pairs_hook=unique, parse_int=float)
