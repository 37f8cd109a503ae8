"""`[tmux]`'s tables of sessions and accounts, and their check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringfence.core.faults import Fault
from ringfence.sentence import Sentence


def account_table_fault(value: object) -> str | None:
    """Return why a table of names and accounts is refused, None when it is fine."""
    if not isinstance(value, Mapping):
        return Sentence("must be a table of names and accounts, such as {example}", example='{ agent = "work" }')
    wrong = any(not (isinstance(text, str) and text.strip()) for pair in value.items() for text in pair)
    return Sentence("must hold only texts that are not empty") if wrong else None


def session_faults(tables: Mapping[str, Mapping[str, str]], accounts: Sequence[str]) -> list[Fault]:
    """Return the faults of sessions whose account is not there, by the keys of their tables."""
    return [
        Fault(
            key=key,
            reason=Sentence("{name} must be given one of your accounts: {names}", name=name, names=", ".join(accounts)),
        )
        for key, table in tables.items()
        for name, account in table.items()
        if account not in accounts
    ]
