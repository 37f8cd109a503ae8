"""Which account and which model a run should use now: the question in Python, for launchers.

    from ringfence.route import route
    answer = route("high", class_="batch")
    if answer.verdict == "start": ...  # answer.account, answer.config_dir, answer.tier, answer.model

It reads `gate.json` and `route.json`, on the standard library alone. Without a monitor it reads the settings instead,
which takes longer; without any reading of an account the answer is the local tier (docs/route.md).
"""

from __future__ import annotations

import json
import os
import time

from ringfence import gate_reader
from ringfence.route_facts import AUTO, FORMAT, VALUES, Decision, Facts, Request
from ringfence.route_rules import decide_route

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from ringfence.route_facts import Document


def route(
    value: str | None = None, *, model: str | None = None, class_: str | None = None, account: str = AUTO,
    project: str | None = None, local: bool = True, now: float | None = None,
) -> Decision:  # fmt: skip
    """Return where a run may start now. Never raises for the state of the files.

    Args:
        value: what the task is worth: "low", "medium" or "high"; None: the bands do not count.
        model: the Claude model it has to be, in any spelling; None: the tier's.
        class_: its class, as the person's launchers name it ("batch"); None: not named.
        account: an account's name, or "auto".
        project: the folder it would work in, for the budgets of projects; None: not named.
        local: whether a local tier is an answer.
        now: epoch seconds; None: the clock.

    Raises ValueError when `value` is none of the three.
    """
    if value is not None and value not in VALUES:
        raise ValueError(f"the value of a task is one of {', '.join(VALUES)}")
    at = clock() if now is None else now
    request = Request(value, model=model, class_=class_, account=account, local=local)
    return decide_route(request, read_facts(at, project), at)


def report_refusal(account: str, *, model: str | None = None, until: float | None = None) -> None:
    """Tell the monitor that an account refused a run, so that it is left alone until its reset.

    Args:
        account: the account's name.
        model: the model that was refused; None: every run.
        until: its reset, epoch seconds; None: five hours from now.

    Raises OSError when the file cannot be written. Without a monitor nobody reads it.
    """
    line = json.dumps({"account": account, "model": model, "until": until}, allow_nan=False)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(os.path.join(gate_reader.home_folder(), "route.refused"), flags, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())  # one write: reports of several launchers do not mix
    finally:
        os.close(handle)


def clock() -> float:
    """Return epoch seconds."""
    return time.time()


def route_path() -> str:
    """Return where the route's file is, whether or not it exists."""
    return os.path.join(gate_reader.home_folder(), "route.json")


def read_facts(now: float, project: str | None = None) -> Facts:
    """Return what is known now: the two files while a monitor stands behind them, else the settings.

    `project` is the folder that a launch would work in.
    """
    gate = gate_reader.read_gate(now=now).document
    document = read_route(route_path()) if gate is not None and gate["lease_until"] > now else None
    return Facts(gate, settings_route() if document is None else document, project)


def read_route(path: str) -> Document | None:
    """Return the route's document, None when it is not there or cannot be trusted. Its care is the gate's."""
    try:
        document = json.loads(gate_reader.read_bytes(path))
        return document if _is_route(document) else None
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None


def settings_route() -> Document:
    """Return the route's document as the settings make it, with nothing remembered. It takes a tenth of a second."""
    from ringfence import wiring  # noqa: PLC0415 - most answers need no settings
    from ringfence.core import failover  # noqa: PLC0415
    from ringfence.core.route_memory import RouteMemory  # noqa: PLC0415
    from ringfence.storage.paths import find_paths  # noqa: PLC0415

    settings, _ = wiring.settings_in_force(find_paths())
    return failover.route_document(RouteMemory(), settings, frozenset())


def _is_route(document: Document) -> bool:
    """Tell whether a document has what the rule looks at. Raises what a wrong one leads to."""
    tiers = {t["name"] for t in document["tiers"] if _is_text(t["model"], optional=True) and _is_text(t["kind"])}
    accounts = {a["name"] for a in document["accounts"] if _is_text(a["config_dir"], optional=True)}
    complete = all(isinstance(a["default"], bool) and isinstance(a["signed_out"], bool) for a in document["accounts"])
    bands = document["bands"]
    for line in (*document["choices"], *document["failover"]):
        complete &= _is_text(line["class"], optional=True) and _is_text(line["at"], optional=True)
        complete &= all(_is_number(at) for at in (line["since"], *line["left"].values()))
    for chain in document["failover"]:
        complete &= bool(chain["chain"]) and all(t in tiers or t in accounts for t in map(_end_of, chain["chain"]))
    return (
        document["format"] == FORMAT
        and complete
        and all(_is_number(bands[name][0]) for name in ("burst", "active", "resting"))
        and all(_is_number(document[key]) for key in ("cooldown_s", "hysteresis_pct"))
        and all(_is_number(q["until"]) and q["account"] in accounts for q in document["quarantined"])
    )


def _end_of(link: Document) -> object:
    return link.get("tier") or link["account"]


def _is_text(value: object, *, optional: bool = False) -> bool:
    return isinstance(value, str) or (optional and value is None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0
