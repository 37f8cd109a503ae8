"""`ringfence api on|off|status`: whether programs of the person's may ask by HTTP, and where (docs/api.md)."""

from __future__ import annotations

import socket

import click

from ringfence import wiring
from ringfence.api import extra
from ringfence.cli.app import Group
from ringfence.cli.columns import padded, width_of
from ringfence.cli.output import Failed, paths, say, say_json, warn
from ringfence.language import _, told
from ringfence.storage.paths import Paths
from ringfence.storage.settings_file import set_values

FORMAT = 1


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def api(ctx: click.Context) -> None:
    """Let programs of yours ask and follow by HTTP."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


@api.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="PORT", help="Also on this TCP port of 127.0.0.1, with a token."
)
def on(port: int | None) -> None:
    """Switch the local API on."""
    if not extra.installed():
        raise Failed(told(extra.MISSING))
    where = paths()
    values: dict[str, object] = {"api.enabled": True}
    set_values(where.settings, values if port is None else {**values, "api.port": port})
    say(_("The local API is on."))
    _say_places(where)
    if not wiring.monitor_runs(where):
        warn(_("No monitor runs, so nobody answers yet: start `ringfence` or `ringfence daemon`."))


@api.command()
def off() -> None:
    """Switch the local API off; the port is kept for the next time."""
    set_values(paths().settings, {"api.enabled": None})
    say(_("The local API is off."))


@api.command()
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
def status(as_json: bool = False) -> None:
    """Show whether it is on, answers, and where."""
    where = paths()
    chosen, trouble = wiring.settings_in_force(where)
    answering = _answers(where)
    port = chosen.api.port or None
    if as_json:
        say_json(
            {
                "format": FORMAT,
                "enabled": chosen.api.enabled,
                "installed": extra.installed(),
                "answers": answering,
                "socket": str(where.api_socket),
                "port": port,
                "token_file": str(where.api_token) if port else None,
            }
        )
    elif not chosen.api.enabled:
        say(_("The local API is off; switch it on with `ringfence api on`."))
    else:
        say(_("The local API is on, and answers.") if answering else _("The local API is on, and nobody answers."))
        _say_places(where)
    for sentence in filter(None, (told(trouble), _why_silent(where, answering=answering, enabled=chosen.api.enabled))):
        warn(sentence)


def _say_places(where: Paths) -> None:
    chosen, _trouble = wiring.settings_in_force(where)
    curl = f"curl --unix-socket {where.api_socket} http://localhost/v1/usage"
    places = [(_("Socket:"), str(where.api_socket)), ("", curl)]
    if port := chosen.api.port:
        tcp = _("{url}, with the token in {path}")
        places.append(("TCP:", tcp.format(url=f"http://127.0.0.1:{port}", path=where.api_token)))
    width = max(width_of(head) for head, _place in places)
    for head, place in places:
        say(f"{padded(head, width)} {place}")


def _why_silent(where: Paths, *, answering: bool, enabled: bool) -> str:
    if answering or not enabled:
        return ""
    if not extra.installed():
        return told(extra.MISSING)
    if not wiring.monitor_runs(where):
        return _("No monitor runs: start `ringfence` or `ringfence daemon`.")
    return _("A monitor runs; its log says why it does not listen: {path}").format(path=where.log)


def _answers(where: Paths) -> bool:
    from ringfence.api import sockets

    return hasattr(socket, "AF_UNIX") and sockets.answers(where.api_socket)
