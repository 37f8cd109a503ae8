"""`ringfence run --account auto`: an account whose gate is open, as an answer of the gate. Standard library alone."""

from __future__ import annotations

import os

from ringfence import gate_reader
from ringfence.cli.route import expanded
from ringfence.route import clock, read_facts
from ringfence.route_facts import NO_EVIDENCE, START, Decision, Facts, Request
from ringfence.route_rules import decide_route, line_of

NO_ACCOUNT = "no_account"
"""The error of a refusal that no hold of the gate made: a cool-down, a quarantine, a login that is missing."""


def ask(
    model: str | None, class_: str | None, project: str | None = None
) -> tuple[gate_reader.Answer, Decision | None]:
    """Return the gate's answer for whichever account is open, and where the run may start.

    Where none is open, the account is the one that was taken last, for those who start all the same.
    """
    now = clock()
    facts = read_facts(now, project)
    decision = decide_route(Request(model=model, class_=class_, local=False), facts, now)
    if decision.verdict == START:
        return gate_reader.Answer(gate_reader.OPEN, decision.why), decision
    last = _last(facts, class_, model)
    if decision.code == NO_EVIDENCE:
        return gate_reader.Answer(gate_reader.UNKNOWN, decision.why), last
    return gate_reader.Answer(gate_reader.CLOSED, decision.why, decision.until, _refusal(decision), decision.hold), last


def set_environment(chosen: Decision) -> None:
    """Let the command find its account: Claude Code reads CLAUDE_CONFIG_DIR. No login is copied or changed."""
    if chosen.account is not None:
        os.environ["RINGFENCE_ACCOUNT"] = chosen.account
    folder = expanded(chosen.config_dir)
    if folder is not None:  # else the login that is found without one, as the command would by itself
        os.environ["CLAUDE_CONFIG_DIR"] = folder


def _last(facts: Facts, class_: str | None, model: str | None) -> Decision | None:
    usable = [a for a in facts.accounts.values() if a["config_dir"] is not None or a["default"]]
    last = line_of(facts.route, class_, model)["at"]
    account = next((a for a in usable if a["name"] == last), usable[0] if usable else None)
    if account is None:
        return None
    made = Decision(START, NO_EVIDENCE, "", [])
    made.account, made.config_dir = account["name"], account["config_dir"]
    return made


def _refusal(decision: Decision) -> gate_reader.Document:
    if decision.hold is not None:
        return gate_reader.refusal_of(decision.hold)
    return {
        "error": NO_ACCOUNT,
        "reason": decision.code,
        "utilization_pct": None,
        "threshold_pct": None,
        "resets_at": gate_reader.iso(decision.until),
    }
