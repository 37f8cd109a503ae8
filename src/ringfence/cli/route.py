"""`ringfence route`: where a run may start now. On the standard library alone, but for the dry run."""

from __future__ import annotations

import sys

from ringfence import gate_reader
from ringfence.cli.gate_check import one_line, options_in, say
from ringfence.route import clock, read_facts
from ringfence.route_facts import AUTO, NO_EVIDENCE, START, VALUES, Decision, Request
from ringfence.route_rules import decide_route

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 1
_VALUED = ("task-value", "model", "class", "account", "project", "simulate")
_FLAGS = ("json", "explain")
USAGE = """\
Usage: ringfence route [OPTIONS]

Say which account, which tier and which model a run should use now, and why.
Nothing is started or changed.

  --task-value low|medium|high  what the task is worth; without it the bands of
                                use do not count
  --account NAME|auto           the account the run would use
  --model NAME                  the model it would use
  --class NAME                  its class, e.g. batch
  --project FOLDER              the folder it would work in
  --explain                     every step of the way, taken or not
  --simulate used=0.85,0.40     a dry run: as if so much of session and week
                                were used, of every account;
                                used=work:0.85,0.40 for one account, several
                                parted by a semicolon
  --json                        one object, for programs

Exit status: 0 it may start, 1 it has to wait or is refused, 69 nobody can
tell, 64 wrong usage."""


def run(arguments: Sequence[str]) -> int:
    """Answer one launch and return the exit status."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    now = clock()
    try:
        options = options_in(arguments, _VALUED, _FLAGS, "route")
        if options.get("task-value", "") not in {"", *VALUES}:
            raise ValueError(f"--task-value must be one of {', '.join(VALUES)}.")  # noqa: TRY301
        request = Request(
            options.get("task-value") or None,
            model=options.get("model") or None,
            class_=options.get("class") or None,
            account=options.get("account") or AUTO,
        )
        if "simulate" in options:
            from ringfence.cli.route_dry_run import simulated_facts

            facts = simulated_facts(options["simulate"], now)
        else:
            facts = read_facts(now, options.get("project") or None)
    except ValueError as error:
        say(f"ringfence route: {one_line(str(error))}", sys.stderr)
        return gate_reader.EXIT_USAGE
    decision = decide_route(request, facts, now)
    if "json" in options:
        _print_json(decision, explain="explain" in options, simulated="simulate" in options)
    else:
        _print(decision, explain="explain" in options, simulated="simulate" in options)
    return exit_status(decision)


def exit_status(decision: Decision) -> int:
    """Return 0 when it may start, 69 when nobody can tell, else 1."""
    if decision.verdict == START:
        return gate_reader.EXIT_OPEN
    return gate_reader.EXIT_UNKNOWN if decision.code == NO_EVIDENCE else gate_reader.EXIT_CLOSED


def expanded(config_dir: str | None) -> str | None:
    """Return an account's folder as a program takes it."""
    import os

    return None if config_dir is None else os.path.abspath(os.path.expanduser(config_dir))  # noqa: PTH100, PTH111


def headline(decision: Decision) -> str:
    """Return the answer in one line: `start: opus on work`."""
    if decision.verdict != START:
        until = f" until {gate_reader.iso(decision.until)}" if decision.until is not None else ""
        return f"{decision.verdict}{until}"
    model = f" ({decision.model})" if decision.model and decision.model != decision.tier else ""
    place = f" on {decision.account}" if decision.account else ""
    return f"{decision.verdict}: {decision.tier}{model}{place}"


def _print(decision: Decision, *, explain: bool, simulated: bool) -> None:
    lines = [one_line(headline(decision)) + (" (simulated)" if simulated else ""), f"  {one_line(decision.why)}"]
    folder = expanded(decision.config_dir)
    if decision.verdict == START and folder is not None:
        lines.append(f"  CLAUDE_CONFIG_DIR={one_line(folder)}")
    lines += [
        f"  {'+' if step.taken else '-'} {step.what:<8} {one_line(step.name)}: {one_line(step.why)}"
        for step in (decision.path if explain else ())
    ]
    say("\n".join(lines), sys.stdout)


def _print_json(decision: Decision, *, explain: bool, simulated: bool) -> None:
    import json

    answer = {
        "format": FORMAT,
        "verdict": decision.verdict,
        "account": decision.account,
        "tier": decision.tier,
        "model": decision.model,
        "config_dir": expanded(decision.config_dir),
        "code": decision.code,
        "why": decision.why,
        "until": decision.until,
        "hold": decision.hold,
        "simulated": simulated,
    }
    if explain:
        answer["path"] = [
            {"what": s.what, "name": s.name, "taken": s.taken, "code": s.code, "why": s.why} for s in decision.path
        ]
    say(json.dumps(answer), sys.stdout)
