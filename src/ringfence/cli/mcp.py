"""`ringfence mcp`: agents ask for themselves, over stdio. The package it needs is an extra, loaded when it is used."""

from __future__ import annotations

import sys

import click

from ringfence import language
from ringfence.cli.output import Failed, paths, warn

PACKAGES = {"mcp", "mcp_types"}


@click.command(short_help="Answer agents over MCP: usage, and whether a run may start.")
def mcp() -> None:
    """Answer agents over MCP on standard input and output: usage, may_start, held_launches.

    For a client's configuration, not for typing: `claude mcp add ringfence -- ringfence mcp`. It ends with its input.
    """
    where = paths()
    try:
        from ringfence.cli import mcp_server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES:
            raise
        raise Failed("The MCP package (version 2) is not here; install it with: pip install 'ringfence[mcp]'") from None
    if sys.stdin.isatty():
        warn("This waits for the messages of an MCP client, whose configuration it belongs to. Ctrl-C leaves.")
    language.speak([])  # what agents are told is English, whatever the person speaks
    mcp_server.serve(where)
