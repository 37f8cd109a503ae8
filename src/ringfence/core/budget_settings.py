"""`[[budgets]]` in the settings: what a person grants per day, week or session, for everything or for a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ringfence import gate_reader
from ringfence.core.faults import Fault, unknown
from ringfence.core.periods import Period
from ringfence.sentence import Sentence

MOST = 100
"""Each that is reached takes a few hundred bytes of the gate file, which has a limit."""
NAME_MAX = 60
MAX_TOKENS, MAX_USD = 10**15, 10**9
_PERIODS = (Period.DAY, Period.WEEK, Period.SESSION, Period.ALL)
_TEXTS = ("name", "project", "class", "model", "account")
_KEYS = frozenset({*_TEXTS, "tokens", "usd", "per", "action"})


class Action(StrEnum):
    """What happens when a budget is reached."""

    HOLD = "hold"
    """New runs in its scope are held until its period ends."""
    ALERT = "alert"
    """The person is told, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """So much for a time; exactly one of `tokens` and `usd` is set."""

    name: str
    tokens: int | None = None
    usd: float | None = None
    """At API list prices."""
    per: Period
    action: Action = Action.HOLD
    project: str | None = None
    """A folder: work in it and below counts. None: everywhere."""
    class_: str | None = None
    """A launcher's name, `interactive`, or `autonomous`: every class that nobody typed."""
    model: str | None = None
    account: str | None = None
    """None: every account together. A session's budget always has one: the window is the account's."""

    @property
    def enforced(self) -> bool:
        """Whether reaching it holds new runs."""
        return self.action is Action.HOLD and self.per is not Period.ALL


def budgets_in(raw: object, accounts: Sequence[str], faults: list[Fault]) -> tuple[Budget, ...]:
    """Return the budgets of a raw `[[budgets]]`; what is wrong goes to `faults`.

    `accounts` are the names of the accounts, the first one first: a session's budget that names none is of that one.
    """
    if not isinstance(raw, list) or not all(isinstance(item, Mapping) for item in raw):
        faults.append(Fault(key="budgets", reason=Sentence("must be written as {tables} tables", tables="[[budgets]]")))
        return ()
    if len(raw) > MOST:
        faults.append(Fault(key="budgets", reason=Sentence("are too many; {count} at most", count=MOST)))
        return ()
    found: list[Budget] = []
    for index, item in enumerate(raw):
        wrong = [*_faults_of(item), *_account_faults(item.get("account"), accounts)]
        if not wrong and item["name"] in {b.name for b in found}:
            wrong = [("name", Sentence("is used twice; every budget needs a name of its own"))]
        faults += [Fault(key=f"budgets[{index}].{key}", reason=reason) for key, reason in wrong]
        if not wrong:
            found.append(_with_account(_made(item), accounts))
    return tuple(found)


def _account_faults(name: object, accounts: Sequence[str]) -> Iterator[tuple[str, str]]:
    if isinstance(name, str) and name.strip() and accounts and name not in accounts:
        yield "account", Sentence("is no account of these settings; see [[accounts]]")


def _with_account(budget: Budget, accounts: Sequence[str]) -> Budget:
    of_session = budget.per is Period.SESSION and budget.account is None
    return replace(budget, account=accounts[0]) if of_session and accounts else budget


def _made(item: Mapping[str, Any]) -> Budget:
    per = Period(item["per"])
    return Budget(
        name=item["name"],
        tokens=item.get("tokens"),
        usd=float(item["usd"]) if "usd" in item else None,
        per=per,
        action=Action(item.get("action", Action.ALERT if per is Period.ALL else Action.HOLD)),
        project=item.get("project"),
        class_=item.get("class"),
        model=item.get("model"),
        account=item.get("account"),
    )


def _faults_of(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((key, unknown(key, _KEYS)) for key in item if key not in _KEYS)
    texts = {key: item.get(key) for key in _TEXTS if key in item or key == "name"}
    wrong = {key for key, value in texts.items() if not (isinstance(value, str) and value.strip())}
    yield from ((key, Sentence("must be a text that is not empty")) for key in _TEXTS if key in wrong)
    fine = {key: value for key, value in texts.items() if isinstance(value, str) and key not in wrong}
    yield from _text_faults(fine)
    yield from _amount_faults(item)
    yield from _choice_faults(item)


def _text_faults(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    project, model = texts.get("project"), texts.get("model")
    for key in ("name", "class"):
        if not _is_short(texts.get(key, "")):
            yield key, Sentence("must be at most {count} characters, on one line", count=NAME_MAX)
    if project is not None and not _is_whole_path(project):
        yield "project", Sentence("must be a whole path, as /home/me/work or ~/work")
    if model is not None and not gate_reader.same_model(model, model):
        yield "model", Sentence("names no model; write it as Opus or claude-opus-4-6")


def _amount_faults(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tokens, usd = item.get("tokens"), item.get("usd")
    if "tokens" in item and "usd" in item:
        yield "usd", Sentence("cannot stand beside tokens; make two budgets of them")
    elif "tokens" not in item and "usd" not in item:
        yield "tokens", Sentence("is missing: say how many tokens, or how much money as usd")
    if "tokens" in item and not _is_number(tokens, MAX_TOKENS, int):
        yield "tokens", Sentence("must be a whole number from 1 to {most}", most=MAX_TOKENS)
    if "usd" in item and not _is_number(usd, MAX_USD, int, float):
        yield "usd", Sentence("must be a number above 0, at most {most}", most=MAX_USD)


def _is_number(value: object, most: int, *types: type) -> bool:
    return isinstance(value, int | float) and type(value) in types and 0 < value <= most  # True is no number


def _choice_faults(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    per, action = item.get("per"), item.get("action", Action.ALERT)
    if per not in list(_PERIODS):
        yield "per", Sentence("must be one of {choices}", choices=", ".join(_PERIODS))
    if action not in list(Action):
        yield "action", Sentence("must be one of {choices}", choices=", ".join(Action))
    elif per == Period.ALL and action == Action.HOLD:
        yield (
            "action",
            Sentence('cannot be hold with per = "all": what has no end would hold for ever; it is drawn alone'),
        )


def _is_short(name: str) -> bool:
    return len(name) <= NAME_MAX and name.isprintable()


def _is_whole_path(path: str) -> bool:
    drive = len(path) > 2 and path[0].isalpha() and path[1] == ":" and path[2] in "\\/"
    return path.startswith(("/", "~/", "~\\", "\\\\")) or path == "~" or drive
