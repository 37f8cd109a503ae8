"""`ringfence hook claude-code`: what Claude Code runs before a prompt and before a subagent, on the standard library.

Facts (FORMATS D and H): exit status 2 with a sentence on stderr blocks the prompt or the tool call and nothing else;
every other status lets it pass. Plain text on stdout would become part of the prompt, so a warning goes out as JSON.
"""

from __future__ import annotations

import json
import os
import sys

from ringfence import gate_reader, session_classes
from ringfence.cli.gate_check import one_line, options_in

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.gate_reader import Document

EXIT_PASS, EXIT_HELD = 0, 2
MAX_INPUT = 1 << 20
"""More than this on standard input is not looked at: it passes."""
SUBAGENT_TOOLS = ("Agent", "Task", "Workflow")
"""What starts subagents: one tool under two names (2.1.197 offers `Agent` to the model and lists it as `Task`), and a
script of many, which then asks no more. SendMessage goes on with one that was started, TaskCreate only notes a job."""
CONTINUATIONS = ("system", "loop_wakeup", "schedule_wakeup")
"""A prompt from one of these goes on with running work. 2.1.332 knows the key and sends it to no hook yet."""
OWN_PROMPTS = (
    "<task-notification>",  # a subagent in the background has ended: its report
    "Your claude.ai usage limit has reset. Continue the task ",
    "Your claude.ai usage is available again before the usage-limit reset. Continue the task ",
    "You can continue now. Continue the task you were working on when the usage limit was reached",
)
"""How prompts begin by which Claude Code goes on with running work, for as long as no `source` says so. The first two
were heard from 2.1.332, the others stand in its program."""
WAKING_TOOLS = ("ScheduleWakeup", "CronCreate")
"""What a run calls to be prompted again, in the words of `prompt`."""
MAX_HISTORY = 4 << 20
"""How much of the end of a run's history is looked through for such a call."""
INTERACTIVE, AUTONOMOUS = "interactive", "autonomous"
CLASS = "RINGFENCE_CLASS"
"""The class that `ringfence run --class NAME` gives to what it starts."""
WARNED = "hook-warned"
"""In the state folder: the runs that were told that the gate is unknown, one a line, the latest last."""
_MOST_WARNED = 200
USAGE = """\
Usage: ringfence hook claude-code [--account NAME] [--hold-interactive]

Run by Claude Code as a hook for UserPromptSubmit and PreToolUse, with the
event as JSON on standard input. `ringfence hooks install claude-code` sets it
up.

  --account NAME      the account that Claude Code uses; else the first
  --hold-interactive  hold prompts in the terminal too, not only `claude -p`
                      and the SDK

Exit status: 0 it may start, 2 it is held, 64 wrong usage."""


class _Launch:
    """What wants to start: the account, model (None: not named), classes and folder, and the run it belongs to.

    The first class is the one that a hold is looked for by. A run of `ringfence run --class NAME` is of that class and
    autonomous. Where a person types, the name says nothing: a terminal or a window may have been started by a launcher
    long ago, and what is typed there is the person's own. Nor do the two words that are Claude Code's own: what nobody
    typed is not interactive because its launcher says so. Tokens are counted by the same rule.
    """

    __slots__ = ("account", "classes", "model", "project", "run")

    def __init__(self, event: Document, account: str | None) -> None:
        self.account = account
        self.model = _model(event)
        named = os.environ.get(CLASS)
        if os.environ.get("CLAUDE_CODE_ENTRYPOINT") in session_classes.BY_HAND:
            self.classes: tuple[str, ...] = (INTERACTIVE,)
        elif not named or named in {INTERACTIVE, AUTONOMOUS}:
            self.classes = (AUTONOMOUS,)
        else:
            self.classes = named, AUTONOMOUS
            _note(event.get("session_id"), named)
        folder = event.get("cwd")
        self.project = folder if isinstance(folder, str) and os.path.isabs(folder) else None
        self.run = one_line(str(event.get("session_id") or ""))[:100]


def _note(session: object, class_: str) -> None:
    """Leave a session's class for whoever counts its tokens; what cannot be kept does not stand in the prompt's way."""
    if not isinstance(session, str):
        return
    try:
        session_classes.note(gate_reader.home_folder(), session, class_)
    except (OSError, ValueError):  # ValueError: a lone surrogate of the environment
        return


def run(arguments: Sequence[str]) -> int:
    """Answer one event of Claude Code: 0 it may start, 2 it is held and why on stderr; never an exception."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return EXIT_PASS
    try:
        account, hold_interactive = _parse(arguments)
    except ValueError as error:
        _say(f"ringfence hook: {error}")
        return gate_reader.EXIT_USAGE
    try:
        return _answer(account, hold_interactive=hold_interactive)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the person's work
        _say(
            f"ringfence hook: something is wrong, so it passes ({type(error).__name__}: {one_line(str(error))[:200]})."
        )
        return EXIT_PASS


def _parse(arguments: Sequence[str]) -> tuple[str | None, bool]:
    if arguments[:1] != ["claude-code"]:
        raise ValueError("name the program that runs it: `ringfence hook claude-code`.")
    options = options_in(arguments[1:], ("account",), ("hold-interactive",), "hook")
    return options.get("account") or None, "hold-interactive" in options


def _answer(account: str | None, *, hold_interactive: bool) -> int:
    event = _event()
    if event is None or not _starts_something(event):
        return EXIT_PASS
    launch = _Launch(event, account)
    answers = [_ask(launch, class_) for class_ in launch.classes]
    answer = next((a for a in answers if a.verdict == gate_reader.CLOSED), answers[0])
    if launch.classes == (INTERACTIVE,) and not hold_interactive and not _meant_for_interactive(answer, launch):
        return EXIT_PASS
    if answer.verdict != gate_reader.OPEN and _woke_itself(event):
        return EXIT_PASS
    if answer.verdict == gate_reader.CLOSED:
        _say(_held(answer))
        return EXIT_HELD
    return _unknown(answer, launch) if answer.verdict == gate_reader.UNKNOWN else EXIT_PASS


def _ask(launch: _Launch, class_: str) -> gate_reader.Answer:
    return gate_reader.read_gate(account=launch.account, model=launch.model, class_=class_, project=launch.project)


def _event() -> Document | None:
    """Return what Claude Code says, None for anything that is not an event of its."""
    raw = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(raw) > MAX_INPUT:
        return None
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _starts_something(event: Document) -> bool:
    """Tell new work from work that runs: the tools of a running turn are never asked about."""
    if event.get("hook_event_name") == "UserPromptSubmit":
        return not _goes_on(event)
    return event.get("hook_event_name") == "PreToolUse" and event.get("tool_name") in SUBAGENT_TOOLS


def _goes_on(event: Document) -> bool:
    """Tell whether a prompt is the client's own, by which it goes on with what runs."""
    if "source" in event:
        return event["source"] in CONTINUATIONS
    prompt = event.get("prompt")
    return isinstance(prompt, str) and prompt.lstrip().startswith(OWN_PROMPTS)


def _woke_itself(event: Document) -> bool:
    """Tell whether a prompt is one that its own run asked for: a wake-up without a `source` (2.1.332)."""
    prompt, path = event.get("prompt"), event.get("transcript_path")
    if "source" in event or not isinstance(prompt, str) or not isinstance(path, str):
        return False
    try:
        with open(path, "rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - MAX_HISTORY, 0))
            lines = file.read(MAX_HISTORY).splitlines()
    except OSError:
        return False
    calls = [call for line in lines if any(tool.encode() in line for tool in WAKING_TOOLS) for call in _calls(line)]
    return any(
        call.get("name") in WAKING_TOOLS
        and isinstance(asked := call.get("input"), dict)
        and asked.get("prompt") == prompt
        for call in calls
    )


def _calls(line: bytes) -> list[Document]:
    """Return the calls of tools in one line of a run's history."""
    try:
        content = json.loads(line)["message"]["content"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _model(event: Document) -> str | None:
    """Return the model that the event names: a subagent's own, else the run's; None when it names none."""
    tool_input = event.get("tool_input")
    named = tool_input.get("model") if isinstance(tool_input, dict) else None
    if not isinstance(named, str) or named in {"", "inherit"}:
        named = event.get("model")
    if isinstance(named, dict):
        named = named.get("id")
    return named if isinstance(named, str) and named else None


def _meant_for_interactive(answer: gate_reader.Answer, launch: _Launch) -> bool:
    """Tell whether the person closed the gate for this class by name: `ringfence pause --class interactive`."""
    if answer.verdict != gate_reader.CLOSED or answer.document is None:
        return False
    import time

    document = answer.document
    named = {
        key: [hold for hold in document.get(key, ()) if hold["applies_to"].get("class") == INTERACTIVE]
        for key in ("holds", "project_holds")
    }
    only = gate_reader.evaluate(
        {**document, **named}, time.time(),
        account=launch.account, model=launch.model, class_=INTERACTIVE, project=launch.project,
    )  # fmt: skip
    return only.verdict == gate_reader.CLOSED


def _held(answer: gate_reader.Answer) -> str:
    """Return the one sentence that the person or the model gets: what holds, until when, and the way round it."""
    manual = answer.hold is not None and answer.hold["kind"] == "manual"
    way = "`ringfence unpause` ends the pause" if manual else "`ringfence override --for 30m` lets it through"
    return f"Ringfence holds new work: {_clause(answer)}; {way}."


def _unknown(answer: gate_reader.Answer, launch: _Launch) -> int:
    from ringfence.cli.launch_run import if_unknown_setting

    if if_unknown_setting() == gate_reader.CLOSED:
        way = "`ringfence settings set gate.if_unknown open` lets it through"
        _say(f"Ringfence holds new work, for the gate is unknown: {_clause(answer)}; {way}.")
        return EXIT_HELD
    if not _told_before(launch.run):
        warning = f"Ringfence cannot tell whether new work may start, so it passes: {_clause(answer)}."
        print(json.dumps({"systemMessage": warning}))
    return EXIT_PASS


def _clause(answer: gate_reader.Answer) -> str:
    """Return why, to stand inside a sentence."""
    return one_line(answer.why).removesuffix(".")


def _told_before(run_id: str) -> bool:
    """Tell whether this run was warned already, and remember it. What cannot be remembered is said again."""
    if not run_id:
        return False
    folder = gate_reader.home_folder()
    path = os.path.join(folder, WARNED)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            told = file.read(MAX_INPUT).splitlines()
    except OSError:
        told = []
    if run_id in told:
        return True
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _replace(path, "\n".join([*told[-_MOST_WARNED + 1 :], run_id, ""]))
    except OSError:
        return False
    return False


def _replace(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:  # a full disk: nothing half-written is left behind
        os.unlink(temporary)
        raise


def _say(sentence: str) -> None:
    try:
        print(sentence, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):  # nobody reads it
        return
