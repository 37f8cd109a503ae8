"""What an adapter promises: one way in for agents, and how it is made to ask the gate.

An adapter is one file in `launch/` with a `SPEC`; `hooks`, `gate doctor` and the contract tests are driven by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterOptions:
    """What the person said when installing, removing or looking at an adapter."""

    program: tuple[str, ...]
    """How this Ringfence is started, absolute: ("/usr/bin/ringfence",) or (python, "-m", "ringfence")."""
    account: str | None = None
    """The account that the launcher uses; None: the first."""
    unit: str | None = None
    """systemd: the unit's name."""
    system: bool = False
    """systemd: a unit of the system instead of the person's own."""
    file: Path | None = None
    """The file to change or to write; None: the usual one."""
    environ: Mapping[str, str]
    """The environment, for HOME, CLAUDE_CONFIG_DIR and XDG folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterState:
    """Whether an adapter is installed."""

    installed: bool
    where: str
    """The file that carries it, or would."""
    note: str = ""
    """A sentence about something in the way, empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One attempt of `gate doctor` to get past an adapter."""

    what: str
    """What was tried, e.g. `a prompt of claude -p with the gate closed`."""
    proved: bool
    detail: str
    """What happened, in a sentence."""


class Adapter(Protocol):
    """One way in for agents, and how it is made to ask the gate. Every method raises FileError with a sentence."""

    def install(self, options: AdapterOptions) -> str:
        """Add it beside what is there, never over it; twice is once. Returns what was done, in a sentence."""
        ...

    def remove(self, options: AdapterOptions) -> str:
        """Take it out and leave the rest as it was. Returns what was done, in a sentence."""
        ...

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether it is installed, by looking at the files."""
        ...

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Run what is installed against two homes (RINGFENCE_HOME), one with a closed gate and one with an open one.

        It must refuse at the first and admit at the second. Nothing of the person's is changed or started for real.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSpec:
    """An adapter's declaration."""

    id: str
    """What the command line calls it: `claude-code`, `systemd`, `shell`, `powershell`, `tmux`, `cron`."""
    label: str
    help: str
    adapter: Adapter
