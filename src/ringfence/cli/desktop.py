"""`ringfence desktop install|remove|status|autostart`: the menu entry with its icons, and the start at sign-in."""

from __future__ import annotations

import sys

import click

from ringfence import wiring
from ringfence.cli.app import Group
from ringfence.cli.output import Failed, paths, say, say_json, warn
from ringfence.language import _, told
from ringfence.sentence import N_
from ringfence.system_ports import AutostartState, Menu, MenuState

FORMAT = 1
NO_MENU = {
    "darwin": N_(
        "On macOS the menu is what lies in Applications: Ringfence.app is for that, and this Ringfence is started"
        " with `ringfence-tray`."
    ),
    "win32": N_(
        "On Windows the installer makes the link in the Start menu, and this Ringfence is started with"
        " `ringfence-tray`."
    ),
}
"""Where a program does not put itself into the menu: why."""


@click.group(cls=Group, invoke_without_command=True, short_help="Show it in your menu, start it at sign-in.")
@click.pass_context
def desktop(ctx: click.Context) -> None:
    """Put Ringfence into your desktop's menu, and start it when you sign in."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


@desktop.command()
def install() -> None:
    """Add a menu entry and icons for you alone; twice is once."""
    for sentence in _menu().install():
        say(told(sentence))


@desktop.command()
def remove() -> None:
    """Take them away again; what you changed stays."""
    for sentence in _menu().remove():
        say(told(sentence))


@desktop.command()
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
def status(as_json: bool = False) -> None:
    """Tell what is in the menu, and whether Ringfence starts when you sign in."""
    menu = wiring.menu(paths())
    found = menu.state() if menu is not None else MenuState(installed=False, note=NO_MENU[sys.platform])
    start = wiring.autostart(paths()).state()
    if as_json:
        files = [str(path) for path in found.files]
        shown = {"installed": found.installed, "files": files, "note": found.note}
        say_json({"format": FORMAT, "menu": shown, "autostart": _object(start)})
        return
    say(_("Menu: Ringfence is in it.") if found.installed else _absent(menu))
    for path in found.files:
        say(f"  {path}")
    if found.note:
        warn(told(found.note))
    _tell(start)


def _absent(menu: Menu | None) -> str:
    """Return that the menu lacks it; where this program could add itself, how."""
    if menu is None:  # the note says how
        return _("Menu: Ringfence is not in it.")
    return _("Menu: Ringfence is not in it; `ringfence desktop install` adds it.")


@desktop.group(cls=Group, invoke_without_command=True)
@click.pass_context
def autostart(ctx: click.Context) -> None:
    """Start the tray when you sign in, without a window. Off until you switch it on."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(autostart_status)


@autostart.command()
def on() -> None:
    """Start the tray at each sign-in from now on."""
    _switch(on=True)


@autostart.command()
def off() -> None:
    """Start nothing at sign-in."""
    _switch(on=False)


@autostart.command("status")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
def autostart_status(as_json: bool = False) -> None:
    """Tell what will happen at the next sign-in, as the system's own files say."""
    state = wiring.autostart(paths()).state()
    if as_json:
        say_json({"format": FORMAT, **_object(state)})
    else:
        _tell(state)


def _switch(*, on: bool) -> None:
    found = wiring.autostart(paths())
    found.switch(on=on)
    state = found.state()
    _tell(state)
    if state.on != on:  # the note says who decides otherwise
        raise Failed(_("Ringfence could not switch it on.") if on else _("Ringfence could not switch it off."))


def _tell(state: AutostartState) -> None:
    if state.on:
        say(_("At sign-in: the tray starts ({path}).").format(path=state.where))
    else:
        say(_("At sign-in: nothing starts."))
    if state.note:
        warn(told(state.note))


def _object(state: AutostartState) -> dict[str, object]:
    return {"on": state.on, "where": state.where, "note": state.note}


def _menu() -> Menu:
    menu = wiring.menu(paths())
    if menu is None:
        raise Failed(told(NO_MENU[sys.platform]))
    return menu
