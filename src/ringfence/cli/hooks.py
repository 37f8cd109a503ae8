"""`hooks install|remove|status`: the adapters that teach launchers to ask the gate, driven by their specs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from ringfence import launch
from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState
from ringfence.cli.app import Group
from ringfence.cli.columns import padded, width_of
from ringfence.cli.gate_check import one_line
from ringfence.cli.output import Named, say, say_json
from ringfence.file_errors import FileError
from ringfence.language import _, told
from ringfence.system import program
from ringfence.words import sentences


class AdapterName(click.ParamType[AdapterSpec]):
    """The name of an adapter."""

    name = "name"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's signature
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,
    ) -> AdapterSpec:
        """Return the adapter's spec; an unknown name is wrong usage, told with the nearest one."""
        if isinstance(value, AdapterSpec):
            return value
        known = {spec.id: spec for spec in launch.specs()}
        if value in known:
            return known[value]
        close = get_close_matches(str(value), known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
        raise click.UsageError(f"there is no adapter `{one_line(str(value))[:60]}`; {hint}", ctx)


@dataclass(frozen=True, slots=True)
class Found:
    """An adapter and what its files say."""

    spec: AdapterSpec
    state: AdapterState


def adapter_options(
    *, account: str | None = None, unit: str | None = None, system: bool = False, file: Path | None = None
) -> AdapterOptions:
    """Return what an adapter needs to know of this person and this Ringfence."""
    place = None if file is None else Path(os.path.abspath(file.expanduser()))  # noqa: PTH100 - keeps a link a link
    return AdapterOptions(
        program=program.command(os.environ),
        account=account,
        unit=unit,
        system=system,
        file=place,
        environ=dict(os.environ),
    )


def find(options: AdapterOptions, specs: tuple[AdapterSpec, ...] | None = None) -> tuple[Found, ...]:
    """Look at every adapter; one whose files cannot be read says so in its note and counts as not installed."""
    return tuple(Found(spec, _state(spec, options)) for spec in (launch.specs() if specs is None else specs))


@click.group(cls=Group, no_args_is_help=False, short_help="Teach launchers and Claude Code to ask the gate.")
def hooks() -> None:
    """Teach shells, services, tmux and Claude Code to ask the gate before they start a run."""


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--file", type=click.Path(path_type=Path), metavar="FILE", help="The file to change."),
        click.option("--system", is_flag=True, help="systemd: a unit of the system, not your own."),
        click.option("--unit", metavar="UNIT", help="systemd: the service's name."),
        click.option("--account", type=Named(), metavar="NAME", help="The account that the launcher uses."),
    ):
        command = option(command)
    return command


@hooks.command()
@click.argument("adapter", metavar="NAME", type=AdapterName())
@_choices
def install(adapter: AdapterSpec, account: str | None, unit: str | None, system: bool, file: Path | None) -> None:
    """Add an adapter beside what is there; twice is once."""
    say(told(adapter.adapter.install(adapter_options(account=account, unit=unit, system=system, file=file))))


@hooks.command()
@click.argument("adapter", metavar="NAME", type=AdapterName())
@_choices
def remove(adapter: AdapterSpec, account: str | None, unit: str | None, system: bool, file: Path | None) -> None:
    """Take an adapter out and leave the rest as it was."""
    say(told(adapter.adapter.remove(adapter_options(account=account, unit=unit, system=system, file=file))))


@hooks.command()
@click.argument("adapter", metavar="[NAME]", type=AdapterName(), required=False)
@_choices
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def status(
    adapter: AdapterSpec | None, account: str | None, unit: str | None, system: bool, file: Path | None, as_json: bool
) -> None:
    """Tell which adapters are installed, and where; without NAME: all."""
    options = adapter_options(account=account, unit=unit, system=system, file=file)
    found = find(options) if adapter is None else (Found(adapter, adapter.adapter.state(options)),)
    if as_json:
        say_json({"format": 1, "adapters": [_row(each) for each in found]})
        return
    for each in found:
        say(_line(each))


def _state(spec: AdapterSpec, options: AdapterOptions) -> AdapterState:
    try:
        return spec.adapter.state(options)
    except FileError as error:
        return AdapterState(installed=False, where="", note=error.args[0])


def _row(found: Found) -> dict[str, object]:
    state = found.state
    return {"id": found.spec.id, "installed": state.installed, "where": state.where, "note": state.note}


def _line(found: Found) -> str:
    state = found.state
    yes, no = _("installed"), _("not installed")
    word = padded(yes if state.installed else no, max(width_of(yes), width_of(no)) + 1)
    said = [told(part) for part in (state.where if state.installed else found.spec.help, state.note) if part]
    return f"{found.spec.id:<12} {word} {sentences(map(one_line, said))}"
