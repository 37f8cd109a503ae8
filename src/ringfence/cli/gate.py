"""`gate show` and `path`; `check`, `wait` and `doctor` have modules of their own."""

from __future__ import annotations

import click

from ringfence import gate_reader, texts, wiring
from ringfence.cli import gate_check, verdicts
from ringfence.cli.app import Group
from ringfence.cli.columns import padded, width_of
from ringfence.cli.output import Duration, Failed, Named, paths, say, say_json
from ringfence.core import gating
from ringfence.language import _, pgettext
from ringfence.words import joined


@click.group(cls=Group, no_args_is_help=False)
def gate() -> None:
    """Ask the gate, wait for it, or look into it."""


@gate.command(
    "check",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    short_help="May a launch start? Exit status 0 yes, 1 no, 69 nobody can tell.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> int:
    """May a launch start? Exit status 0 yes, 1 no, 69 nobody can tell."""
    return gate_check.run(arguments)


@gate.command(short_help="Wait until a launch may start; exit status 1 at the timeout.")
@click.option("--timeout", "timeout_s", type=Duration(), metavar="TIME", help="Give up after 90s, 30m, 2h, ...")
@click.option("--account", type=Named(), metavar="NAME", help="The account the launch would use.")
@click.option("--model", type=Named(), metavar="NAME", help="The model it would use.")
@click.option("--class", "class_", type=Named(), metavar="NAME", help="Its class, e.g. batch.")
@click.option("--project", type=Named(), metavar="FOLDER", help="The folder it would work in.")
@click.option(
    "--if-unknown", type=click.Choice(["open", "closed"]), help="What unknown counts as; without it: go on waiting."
)
def wait(
    timeout_s: float | None, account: str | None, model: str | None, class_: str | None, project: str | None,
    if_unknown: str | None,
) -> int:  # fmt: skip
    """Wait until a launch may start: exit status 0 then, 1 at the timeout. Why it waits is told on stderr."""
    from ringfence.cli import gate_wait  # with asyncio 20 ms that nothing else here needs

    launch = gate_wait.Launch(account=account, model=model, class_=class_, project=project)
    return gate_wait.run(str(paths().gate), launch, timeout_s, if_unknown or "")


@gate.command()
def path() -> None:
    """Print where the gate file is, whether or not it exists."""
    say(gate_reader.gate_path())


@gate.command()
@click.option("--json", "as_json", is_flag=True, help="The file's content as it is.")
def show(as_json: bool) -> None:
    """Show what stands in the gate file."""
    now = wiring.now()
    answer = gate_reader.read_gate(str(paths().gate), now=now)
    if answer.document is None:
        raise Failed(verdicts.why(answer, now))
    if as_json:
        say_json(answer.document)
    else:
        _show(answer, answer.document, now)


@gate.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> int:
    """Prove that every installed adapter refuses at a closed gate and admits at an open one.

    Exit status 1 when something is not proved.
    """
    from ringfence.cli import gate_doctor

    return gate_doctor.run(as_json=as_json)


def _show(answer: gate_reader.Answer, document: gate_reader.Document, now: float) -> None:
    hold, override, window, lease, written = heads = (
        pgettext("line of the gate", "hold"), pgettext("line of the gate", "override"),
        pgettext("line of the gate", "window"), pgettext("line of the gate", "lease"),
        pgettext("line of the gate", "written"),
    )  # fmt: skip
    latches = gating.trimmed(gating.latches_in(document), now)
    lines = [(hold, texts.pause_text(pause, now)) for pause in latches.pauses]
    lines += [(hold, texts.hold_text(each, now)) for each in gating.holds_in(document)]
    if latches.override is not None:
        lines.append((override, texts.override_text(latches.override, now)))
    several = len(document.get("accounts", [])) > 1
    lines += [(window, _window_line(each, now, named=several)) for each in document.get("windows", [])]
    lines += [(lease, _lease_text(document["lease_until"], now)), (written, _written_text(document, now))]
    say(verdicts.answered(answer, now))
    width = max(map(width_of, heads))
    for head, line in lines:
        say(f"  {padded(head, width)}  {line}")


def _window_line(window: object, now: float, *, named: bool) -> str:
    """Return a window of the file in words. Its fields are for information, so the reader has not checked them."""
    if not isinstance(window, dict):
        return "–"
    used, reset, seen = (window.get(key) for key in ("used_pct", "resets_at", "observed_at"))
    name = texts.named_text(str(window.get("id", "")), str(window.get("label", "")))
    if named:
        account = texts.clean(str(window.get("account", "")), 40)
        name = _("{window} of {account}").format(window=name, account=account)
    said = [f"{name} {texts.points_text(used) if _is_number(used) and isinstance(used, int | float) else '–'}"]
    if _is_number(reset) and isinstance(reset, int):
        said.append(_("resets {time}").format(time=texts.clock_text(float(reset), now)))
    if _is_number(seen) and isinstance(seen, int):
        said.append(_("read {age}").format(age=texts.age_text(float(seen), now)))
    return joined(said)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def _lease_text(lease_until: float, now: float) -> str:
    if lease_until <= now:
        return _("over: no monitor renews it")
    return _("until {time}, renewed by the monitor").format(time=texts.clock_text(lease_until, now))


def _written_text(document: gate_reader.Document, now: float) -> str:
    writer = document.get("writer")
    who = pgettext("writer", "unknown")
    if isinstance(writer, dict):
        said = _("process {pid} on {host}").format(pid=writer.get("pid"), host=writer.get("host"))
        who = texts.clean(said)
    age = texts.age_text(document["written_at"], now)
    return _("{age} by {writer}, serial {serial}").format(age=age, writer=who, serial=document.get("serial"))
