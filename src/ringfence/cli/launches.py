"""`launches`: the runs that the gate holds. `run` is handed to its own small module before this one is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ringfence import texts, wiring
from ringfence.cli import launch_run, times
from ringfence.cli.output import Failed, paths, say, say_json
from ringfence.language import _, ngettext
from ringfence.launch_texts import held_by_text
from ringfence.words import joined

if TYPE_CHECKING:
    from ringfence.core.model import HeldLaunch, Launches

FORMAT = 1


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    short_help="Ask the gate, then become COMMAND; exit status 75 when it is held.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> int:
    """Ask the gate, then become COMMAND; exit status 75 when it is held."""
    return launch_run.run(arguments)


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    short_help="Which account and model a run should use now; exit status 1 when it has to wait.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def route(arguments: tuple[str, ...]) -> int:
    """Which account and model a run should use now; exit status 1 when it has to wait."""
    from ringfence.cli import route as command

    return command.run(arguments)


@click.command(short_help="Show the runs that wait for the gate, and today's.")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
@click.option(
    "--let-next-through", is_flag=True, help="Let the run that has waited longest start, whatever the gate says."
)
def launches(as_json: bool, let_next_through: bool) -> None:
    """Show the runs that wait for the gate, and what became of today's."""
    from ringfence.storage.launches import LaunchLog

    log = LaunchLog(paths().ledger)
    now = wiring.now()
    try:
        if let_next_through:
            _let_next_through(log.let_next_through(now), as_json=as_json)
            return
        found = log.summary(now, times.day_began_at(now))
    finally:
        log.close()
    if as_json:
        say_json(_document(found))
    else:
        _show(found, now)


def _let_next_through(launch: HeldLaunch | None, *, as_json: bool) -> None:
    if launch is None:
        raise Failed(_("No run waits; start one with `ringfence run --wait -- COMMAND`."))
    if as_json:
        say_json({"format": FORMAT, "let_through": _row(launch)})
    else:
        said = _("{command} (process {pid}) starts now; the gate stays as it is.")
        say(said.format(command=texts.clean(launch.command), pid=launch.pid))


def _document(found: Launches) -> dict[str, object]:
    from ringfence.documents import base, status

    return {"format": FORMAT, **base.plain(status.launches_document(found))}


def _row(launch: HeldLaunch) -> dict[str, object]:
    from ringfence.documents import base, status

    return base.plain(status.held_launch_document(launch))


def _show(found: Launches, now: float) -> None:
    count = len(found.waiting)
    if count:
        said = ngettext(
            "{count} run waits for the gate; the first to start stands first:",
            "{count} runs wait for the gate; the first to start stands first:",
            count,
        )
        say(said.format(count=count))
    else:
        say(_("No run waits for the gate."))
    for launch in found.waiting:
        say(f"  {_line(launch, now)}")
    said = _("Today: {refused} refused, {released} released after waiting.")
    say(said.format(refused=found.refused_today, released=found.released_today))
    if found.by_reason:
        held = joined(f"{held_by_text(reason)}: {number}" for reason, number in found.by_reason)
        say(_("Held today by: {reasons}.").format(reasons=held))


def _line(launch: HeldLaunch, now: float) -> str:
    named = (
        (_("account {name}"), launch.account),
        (_("model {name}"), launch.model),
        (_("class {name}"), launch.class_),
    )
    scope = [said.format(name=texts.clean(name)) for said, name in named if name]
    asked = _("asked {age}").format(age=texts.age_text(launch.asked_at, now))
    process = _("process {pid}").format(pid=launch.pid)
    return joined([texts.clean(launch.command), *scope, asked, held_by_text(launch.reason), process])
