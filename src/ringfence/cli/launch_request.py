"""What was asked of `ringfence run`, and what is said back; on the standard library alone."""

from __future__ import annotations

import os
import sys

from ringfence import gate_reader
from ringfence.cli.gate_check import check_if_unknown, one_line, take_option

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.route_facts import Decision
    from ringfence.storage.launches import Asked

EXIT_REFUSED = 75
"""EX_TEMPFAIL of sysexits.h: not now, try again later."""
AUTO = "auto"
"""The account that means: whichever is open (docs/route.md)."""
_VALUED = ("account", "model", "class", "if-unknown")
_FLAGS = ("keep-arguments",)
USAGE = """\
Usage: ringfence run [OPTIONS] -- COMMAND [ARGUMENT ...]

Ask the gate, then become COMMAND: same process, same exit status.

  --account NAME            the account the run would use; auto: one that is
                            open, with CLAUDE_CONFIG_DIR and RINGFENCE_ACCOUNT
                            set for COMMAND
  --model NAME              the model it would use
  --class NAME              its class, e.g. batch
  --wait[=TIME]             held: wait for the gate, in the order of asking;
                            give up after 90s, 30m, 2h, ...
  --if-unknown open|closed  what counts when nobody can tell; else the setting
                            gate.if_unknown
  --keep-arguments          keep COMMAND's arguments in the history of held
                            runs, not its name alone

Exit status: COMMAND's own; 75 held, with the refusal as one line of JSON on
stderr; 126 COMMAND cannot be run, 127 COMMAND was not found, 64 wrong usage,
130 or 143 interrupted while waiting."""


class Request:
    """What a person asked to run, and how.

    account, model, class_: what the launch names, None: nothing. if_unknown: "open", "closed", or None: the setting.
    chosen: with the account "auto", where it may start, as it was answered last.
    waits: whether it waits for the gate; timeout_s: for how long, None: for ever. command: the program and its
    arguments, never empty.
    """

    __slots__ = (
        "account",
        "chosen",
        "class_",
        "command",
        "if_unknown",
        "keep_arguments",
        "model",
        "timeout_s",
        "waits",
    )

    def __init__(self, options: dict[str, str], command: Sequence[str]) -> None:
        self.account = options.get("account") or None
        self.chosen: Decision | None = None
        self.model = options.get("model") or None
        self.class_ = options.get("class") or None
        self.if_unknown = options.get("if-unknown") or None
        self.keep_arguments = "keep-arguments" in options
        self.waits = "wait" in options
        self.timeout_s = _duration(options["wait"]) if options.get("wait") else None
        self.command = list(command)

    def shown(self) -> str:
        """Return the command as the history keeps it: its name, and its arguments only when asked."""
        if not self.keep_arguments:
            return one_line(os.path.basename(self.command[0]))[:200]  # noqa: PTH119 - pathlib costs more than the answer
        import shlex

        return one_line(shlex.join(self.command))[:4000]


def parse(arguments: Sequence[str]) -> Request | None:
    """Return the request, None for --help. Raises ValueError whose text is a sentence."""
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        if rest[0] in {"--help", "-h"}:
            return None
        if rest[0] == "--":
            rest.pop(0)
            break
        name, _equals, value = rest[0].partition("=")
        if name == "--wait":  # its value may be left out, and so stands behind a `=`
            options["wait"] = value
            rest.pop(0)
        else:
            name, value = take_option(rest, _VALUED, _FLAGS, "run")
            options[name] = value
    check_if_unknown(options)
    if not rest or not rest[0]:
        raise ValueError("there is no command to run; write it after --, e.g. `ringfence run -- claude -p …`.")
    return Request(options, rest)


def _duration(text: str) -> float:
    from ringfence.cli.times import duration_s

    return duration_s(text)


def ask_gate(request: Request) -> gate_reader.Answer:
    """Return what the gate says to this launch, now, in the folder it starts in."""
    if request.account == AUTO:
        from ringfence.cli import launch_auto

        answer, request.chosen = launch_auto.ask(request.model, request.class_, working_folder())
        return answer
    return gate_reader.read_gate(
        account=request.account, model=request.model, class_=request.class_, project=working_folder()
    )


def working_folder() -> str | None:
    """Return the folder that runs start in; None when it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return None


def refusal_of(answer: gate_reader.Answer) -> gate_reader.Document:
    """Return the five fields that a launch is told which does not start (DESIGN 4), whatever the reason."""
    if answer.refusal is not None:
        return answer.refusal
    # Open, and yet refused: the time to wait ran out before its turn came.
    error = "gate_unknown" if answer.verdict == gate_reader.UNKNOWN else "wait_timed_out"
    return {"error": error, "reason": error, **dict.fromkeys(("utilization_pct", "threshold_pct", "resets_at"))}


def refuse(answer: gate_reader.Answer) -> int:
    """Tell the launch why it does not start, in one line of JSON, and return the exit status."""
    import json

    _write(json.dumps(refusal_of(answer), separators=(",", ":")))
    return EXIT_REFUSED


def tell(sentence: str) -> None:
    """Say a sentence on stderr; who closed it still gets the run."""
    _write(f"ringfence run: {one_line(sentence)}")


def tell_unknown(answer: gate_reader.Answer) -> None:
    """Warn that a launch starts although nobody could tell whether it may."""
    tell(f"The gate is unknown, so the run starts: {answer.why}")


def asked(request: Request, answer: gate_reader.Answer, now: float, *, unknown_opens: bool = False) -> Asked:
    """Return the row of a launch that the gate held."""
    from ringfence.storage.launches import Asked

    return Asked(
        asked_at=now,
        command=request.shown(),
        reason="in_turn" if answer.verdict == gate_reader.OPEN else str(refusal_of(answer)["reason"]),
        class_=request.class_,
        account=request.account,
        model=request.model,
        pid=os.getpid(),
        unknown_opens=unknown_opens,
        project=working_folder(),
    )


def _write(line: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:  # nobody reads it
        return
