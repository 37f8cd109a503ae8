"""How a setting is declared, and how a value is checked against its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ringfence.core.address import port_in, url_fault
from ringfence.core.tmux_settings import account_table_fault
from ringfence.sentence import Sentence


class Kind(StrEnum):
    """How a setting is checked and drawn."""

    TOGGLE = "toggle"
    THRESHOLD = "threshold"
    """1-100, or absent = off: a toggle and a slider."""
    THRESHOLDS = "thresholds"
    """A table of names to 1-100."""
    ACCOUNTS = "accounts"
    """A table of names to accounts."""
    SECONDS = "seconds"
    """A number with its unit, mostly seconds."""
    PORT = "port"
    CHOICE = "choice"
    TEXT = "text"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting's declaration."""

    key: str
    kind: Kind
    default: Any
    label: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    """The words that the file may have, each with what a person chooses by it."""
    advanced: bool = False
    """Shown in `ringfence settings` and the README, not in the dialog."""


def declare(kind: Kind, default: Any, label: str, help_: str, **more: Any) -> Any:
    """Declare a field; `key` is filled in from its place."""
    made = {"kind": kind, "default": default, "label": label, "help": help_, **more}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata={"setting": made})
    return field(default=default, metadata={"setting": made})


def check_value(setting: Setting, value: Any) -> tuple[Any, str | None]:
    """Return the value in its own type and None, or anything and the reason why it is refused."""
    match setting.kind:
        case Kind.TOGGLE:
            return value, None if isinstance(value, bool) else Sentence("must be true or false")
        case Kind.THRESHOLD | Kind.SECONDS:
            return _number(setting, value)
        case Kind.THRESHOLDS:
            return _named_numbers(setting, value)
        case Kind.ACCOUNTS:
            return value, account_table_fault(value)
        case Kind.PORT:
            return port_in(value)
        case Kind.CHOICE:
            words = [*setting.choices]
            return value, None if value in words else Sentence("must be one of {choices}", choices=", ".join(words))
        case Kind.TEXT:
            return value, None if isinstance(value, str) else Sentence("must be a text")
        case Kind.URL:
            return value, url_fault(value)


def _number(setting: Setting, value: Any) -> tuple[Any, str | None]:
    # value - value is 0 for every finite number, of any size; math.isfinite overflows on TOML's unbounded integers.
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        return None, Sentence("must be a number")
    low, high = setting.low or 0, setting.high or 0
    if not low <= value <= high:
        return None, Sentence("must be from {low} to {high}", low=f"{low:g}", high=f"{high:g}")
    return float(value), None


def _named_numbers(setting: Setting, value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, Mapping):
        return None, Sentence("must be a table of model names and numbers")
    checked = {name: _number(setting, each) for name, each in value.items()}
    wrong = next(((name, reason) for name, (_, reason) in checked.items() if reason), None)
    if wrong:
        return None, Sentence("{name} {reason}", name=wrong[0], reason=wrong[1])
    return {name: number for name, (number, _) in checked.items()}, None
