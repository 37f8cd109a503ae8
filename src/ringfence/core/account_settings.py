"""`[[accounts]]` in the settings: the logins whose usage is watched, and their check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.sentence import Sentence

if TYPE_CHECKING:
    from ringfence.core.faults import Fault

_KEYS = frozenset({"name", "config_dir", "base_url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A login whose usage is watched."""

    name: str
    config_dir: str | None = None
    """Claude Code's folder (CLAUDE_CONFIG_DIR). None: a token in the system keyring (`ringfence account add`)."""
    base_url: str | None = None
    """An endpoint of its own; None: `usage.base_url`."""
    default: bool = False
    """True for the login found without any `[[accounts]]`: CLAUDE_CONFIG_DIR, else ~/.claude."""


DEFAULT_ACCOUNT = Account(name="default", default=True)


def accounts_in(raw: object, faults: list[Fault]) -> tuple[Account, ...]:
    """Return the accounts of a raw `[[accounts]]`, of none the default one; what is wrong goes to `faults`."""
    from ringfence.core.address import url_fault  # noqa: PLC0415
    from ringfence.core.faults import Fault, unknown  # noqa: PLC0415 - with a file alone: see `wiring.accounts_in_force`

    if not isinstance(raw, list) or not all(isinstance(item, Mapping) for item in raw):
        faults.append(
            Fault(key="accounts", reason=Sentence("must be written as {tables} tables", tables="[[accounts]]"))
        )
        return ()
    found: list[Account] = []
    for index, item in enumerate(raw):
        where = f"accounts[{index}]"
        before = len(faults)
        strange = [key for key in item if key not in _KEYS]
        faults.extend(Fault(key=f"{where}.{key}", reason=unknown(key, _KEYS)) for key in strange)
        faults.extend(
            Fault(key=f"{where}.{key}", reason=Sentence("must be a text that is not empty"))
            for key in ("name", "config_dir", "base_url")
            if (key in item or key == "name") and not (isinstance(item.get(key), str) and item[key].strip())
        )
        if len(faults) > before:
            continue
        if reason := "base_url" in item and url_fault(item["base_url"]):
            faults.append(Fault(key=f"{where}.base_url", reason=str(reason)))
        if item["name"] in {a.name for a in found}:
            faults.append(
                Fault(key=f"{where}.name", reason=Sentence("is used twice; every account needs a name of its own"))
            )
        found.append(Account(**item))
    return tuple(found) or (DEFAULT_ACCOUNT,)
