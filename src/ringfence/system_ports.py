"""What the edges in `system/` promise: the menu, autostart, and what the machine tells by itself.

Each is one file with a `SPEC`; `ringfence desktop`, the settings dialog and the monitor are driven by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Whose desktop it is, and which Ringfence is put there."""

    command: tuple[str, ...]
    """How this Ringfence's tray is started, absolute: ("/usr/bin/ringfence",) or (python, "-m", "ringfence")."""
    environ: Mapping[str, str]
    """The environment, for HOME and the XDG folders; and RINGFENCE_HOME, which a desktop would not know."""
    receipt: Path
    """The file that remembers what was written to the desktop's folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuState:
    """How Ringfence stands in the desktop's menu."""

    installed: bool
    """Whether the menu has an entry, whoever wrote it."""
    files: tuple[Path, ...] = ()
    """The files of ours that are there."""
    note: str = ""
    """A sentence about what is in the way or not as it should be; empty: nothing."""


class Menu(Protocol):
    """The entry in the desktop's menu, with its icons. Every method raises FileError with a sentence."""

    def install(self) -> tuple[str, ...]:
        """Write what is missing, beside what is there and never over it; twice is once. Returns what was done."""
        ...

    def remove(self) -> tuple[str, ...]:
        """Delete what `install` wrote and nobody changed since. Returns what was done."""
        ...

    def state(self) -> MenuState:
        """Tell what is there, by looking at the files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSpec:
    """A menu's declaration."""

    id: str
    build: Callable[[Host], Menu]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutostartState:
    """Whether the system starts the tray when the person signs in, as its own files say."""

    on: bool
    where: str
    """The file or the key that decides it, there or not."""
    note: str = ""
    """A sentence about what is not as it should be: switched off by the desktop, a program that is gone; else empty."""
    theirs: bool = False
    """Whether only the person can switch it, in the system's own settings or files: the note says where."""


class Autostart(Protocol):
    """How the tray is started at sign-in. Every method raises FileError with a sentence."""

    def state(self) -> AutostartState:
        """Tell what will happen at the next sign-in: the truth on disk, whoever wrote it."""
        ...

    def switch(self, *, on: bool) -> None:
        """Switch it on, for this Ringfence, or off. What somebody else wrote is left, and named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleeping:
    """The machine is about to sleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awake:
    """The machine does not sleep: it woke up, or the sleep did not come about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What kind of connection the machine uses."""

    metered: bool
    """Whether data costs; False where the system does not know."""


SystemNews = Sleeping | Awake | Connection


class SystemSource(Protocol):
    """What the system tells by itself."""

    async def follow(self, tell: Callable[[SystemNews], None]) -> None:
        """Tell what is so and what changes, on the loop's thread, until cancelled; the same may be told twice.

        Returns when there is nobody who would tell, or no more.
        """
        ...

    async def probe(self) -> tuple[bool, str]:
        """Ask once; return whether somebody would tell, and what is so in a sentence. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSpec:
    """The declaration of something that the system tells."""

    id: str
    label: str
    help: str
    build: Callable[[], SystemSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutostartSpec:
    """The declaration of a way to be started at sign-in."""

    id: str
    platform: str
    """What `sys.platform` is on such a system; empty: every system that has no other way."""
    build: Callable[[Host], Autostart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What colours the desktop wishes for, as far as it says so."""

    dark: bool | None = None
    """Dark or light windows; None: it has no preference, or nobody tells."""
    accent: tuple[float, float, float] | None = None
    """Red, green and blue of what is selected, 0..1; None: no accent, or nobody tells."""
