"""`ringfence api on|off|status`: whether programs of the person's may ask by HTTP, and where (docs/api.md)."""

from __future__ import annotations

import socket

import click

from ringfence import wiring
from ringfence.api import extra
from ringfence.cli.app import Group
from ringfence.cli.output import Failed, paths, say, say_json, warn
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
        raise Failed(extra.MISSING)
    where = paths()
    values: dict[str, object] = {"api.enabled": True}
    set_values(where.settings, values if port is None else {**values, "api.port": port})
    say("The local API is on.")
    _say_places(where)
    if not wiring.monitor_runs(where):
        warn("No monitor runs, so nobody answers yet: start `ringfence` or `ringfence daemon`.")


@api.command()
def off() -> None:
    """Switch the local API off; the port is kept for the next time."""
    set_values(paths().settings, {"api.enabled": None})
    say("The local API is off.")


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
        say("The local API is off; switch it on with `ringfence api on`.")
    else:
        say(f"The local API is on, and {'answers' if answering else 'nobody answers'}.")
        _say_places(where)
    for sentence in filter(None, (trouble, _why_silent(where, answering=answering, enabled=chosen.api.enabled))):
        warn(sentence)


def _say_places(where: Paths) -> None:
    chosen, _ = wiring.settings_in_force(where)
    say(f"Socket: {where.api_socket}")
    say(f"        curl --unix-socket {where.api_socket} http://localhost/v1/usage")
    if port := chosen.api.port:
        say(f"TCP:    http://127.0.0.1:{port}, with the token in {where.api_token}")


def _why_silent(where: Paths, *, answering: bool, enabled: bool) -> str:
    if answering or not enabled:
        return ""
    if not extra.installed():
        return extra.MISSING
    if not wiring.monitor_runs(where):
        return "No monitor runs: start `ringfence` or `ringfence daemon`."
    return f"A monitor runs; its log says why it does not listen: {where.log}"


def _answers(where: Paths) -> bool:
    from ringfence.api import sockets

    return hasattr(socket, "AF_UNIX") and sockets.answers(where.api_socket)
