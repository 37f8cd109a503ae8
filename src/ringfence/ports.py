"""What the edges promise the monitor: Protocols, their Specs, their errors, and the tools they are given.

A source, a notifier or a gate channel is one file with a `SPEC`; settings, dialog, `doctor` and the contract tests are
driven by it. A spec is importable without side effects; heavy packages load inside `build`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the model and the settings take twenty times as long to load as what is here
    from pathlib import Path

    from ringfence.core.account_settings import Account
    from ringfence.core.calibration import Pair
    from ringfence.core.gate_changes import GateChange
    from ringfence.core.meters import Meter, Reading, TokenNews
    from ringfence.core.model import AlertAction, FailureKind, Gate, HeldLaunch, Latches, Launches, Sample
    from ringfence.core.settings import Settings
    from ringfence.core.sums import Caught, ScanProgress
    from ringfence.core.tokens import FileMark, Stamp, TokenBatch
    from ringfence.panes import PaneRefusal


class Secret:
    """A token that does not show itself: not in a log, a traceback with locals, a format string or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the token, for the one header it belongs in."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")


class SourceError(Exception):
    """A source could not give a sample: a closed kind, and one clean sentence for the person.

    `detail` says what happened, where, and what to do; it carries no secret and no text of the server's.
    """

    def __init__(
        self, kind: FailureKind, detail: str, *, retry_after_s: float | None = None, requested: bool = True
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s
        """What the server asked for, in seconds; 0 when it said 0; None when it did not say."""
        self.requested = requested
        """False when no request went out, e.g. because there is no login: it costs nothing of the budget."""


class SecretError(Exception):
    """The system keyring did not answer; the text is a sentence for the person."""


class Clock(Protocol):
    """The three clocks that together tell sleeping from setting the time."""

    def now(self) -> float:
        """Epoch seconds, UTC: the wall clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that stand still while the machine sleeps."""
        ...

    def boottime(self) -> float:
        """Seconds that go on while the machine sleeps; `monotonic` where the system has no such clock."""
        ...


class Watch(Protocol):
    """Tells of files that changed."""

    def watch(self, path: str) -> None:
        """Watch a file that may not exist yet; more than once is the same as once."""
        ...

    def watch_trees(self, folders: Sequence[str], tell: Callable[[frozenset[str]], None]) -> None:
        """Watch everything below these folders, there or not, instead of those given before.

        `tell` is called on the loop's thread with the files that were written.
        """
        ...

    def close(self) -> None:
        """Stop."""
        ...


class Source(Protocol):
    """Where usage is read."""

    async def sample(self, *, now: float) -> Sample:
        """Read once. Raises SourceError, nothing else; ends by itself within 30 s."""
        ...

    async def aclose(self) -> None:
        """Give back connections and handles."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What an edge may use of the world, filled in `wiring`: that is how siblings stay strangers."""

    now: Callable[[], float]
    """Epoch seconds, UTC."""
    environ: Callable[[str], str | None]
    """One environment variable, read when asked."""
    read_secret: Callable[[str], Awaitable[Secret | None]]
    """The token that `ringfence account add` stored under a name. Raises SecretError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a source asks, and through what."""

    base_url: str
    proxy: str = ""
    ca_bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A source's declaration."""

    id: str
    label: str
    help: str
    build: Callable[[Account, Endpoint, Tools], Source]
    watched_files: Callable[[Account, Tools], tuple[str, ...]]
    """The files whose change means that the login changed."""


class ReadFeed(Protocol):
    """How a feed's file is read."""

    def __call__(self, path: str, account: str, *, now: float) -> Sample | None:
        """Return what the file says of an account, None when there is nothing to believe. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """A feed's declaration: a source that tells by itself, through files that others write."""

    id: str
    label: str
    help: str
    files: Callable[[Account, Path, Tools], tuple[str, ...]]
    """The files in our state folder, there or not, that may tell of an account."""
    read: ReadFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button of a message."""

    action: AlertAction
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An alert in words, ready for a person. Plain text: a notifier whose server reads markup escapes it."""

    title: str
    body: str
    critical: bool = False
    buttons: tuple[Button, ...] = ()
    subject: str = ""
    """A later message on the same subject takes the place of this one; empty: it stands for itself."""
    logged: tuple[str, str] | None = None
    """Title and body in English, which the log is written in; None: they are English."""


class Notifier(Protocol):
    """How the person is told."""

    async def send(self, message: Message, on_action: Callable[[AlertAction], None]) -> None:
        """Show the message; `on_action` is called on the loop's thread when a button is pressed.

        Raises NotifyError when nobody showed it.
        """
        ...

    async def probe(self) -> str:
        """Return who would show a message and what it can do, in a sentence. Raises NotifyError when nobody would."""
        ...

    async def aclose(self) -> None:
        """Give back the connection."""
        ...


class NotifyError(Exception):
    """A message could not be shown; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierSpec:
    """A notifier's declaration."""

    id: str
    label: str
    help: str
    build: Callable[[], Notifier]


class GateChannel(Protocol):
    """How programs are told."""

    def publish(self, gate: Gate, *, now: float) -> Latches:
        """Write the automatic part, keep the person's latches, and return them. Raises FileError."""
        ...

    def change(self, change: Callable[[Latches], Latches], *, now: float) -> Latches:
        """Change the person's latches, keep the automatic part, and return what stands now. Raises FileError."""
        ...

    def latches(self, *, now: float) -> Latches:
        """Return the person's latches; those seen last while the gate is gone or cannot be trusted."""
        ...

    def stands(self) -> bool:
        """Tell whether there is a gate that can be trusted; otherwise the monitor writes it anew at once."""
        ...

    def lapses(self, *, now: float) -> Sequence[GateChange]:
        """Return how the gate's answer changed since it was written, without anybody: the last monitor was killed."""
        ...


class LaunchBook(Protocol):
    """The launches that the gate held, as `ringfence run` notes them."""

    async def seen(self, *, now: float) -> Launches:
        """Return what waits at `now` and what was held since midnight. Raises FileError."""
        ...

    async def let_next_through(self, *, now: float) -> HeldLaunch | None:
        """Let the launch that has waited longest start; None when none waits. Raises FileError."""
        ...


class PairBook(Protocol):
    """The readings of each window beside what was spent between them."""

    def pairs(
        self, account: str, since: float, now: float, *, spenders: Sequence[str] = ()
    ) -> Mapping[str, tuple[Pair, ...]]:
        """Return, by the window's id, the pairs of readings in that time, oldest first; blocks, raises FileError."""
        ...

    def close(self) -> None:
        """Close its files."""
        ...


class TokenStore(Protocol):
    """Where answers are kept. Every method raises FileError."""

    def stamps(self) -> dict[str, Stamp]:
        """Return how every transcript looked when it was last read, by its path."""
        ...

    def mark(self, path: str) -> FileMark | None:
        """Return how far a transcript was read, None when it never was."""
        ...

    def apply(self, batch: TokenBatch) -> Caught:
        """Add answers and marks, all or nothing; return what was new in them."""
        ...

    def settle(self) -> None:
        """Note that a scan is over."""
        ...


class TokenBook(Protocol):
    """The ledger of tokens, and the transcripts it is filled from. Every method may be called from any thread."""

    def folders(self, settings: Settings) -> tuple[str, ...]:
        """Return the folders below which transcripts are written, there or not."""
        ...

    def catch_up(
        self, settings: Settings, paths: frozenset[str] | None, *, now: float, scanned: Callable[[ScanProgress], bool]
    ) -> TokenNews:
        """Count what is new in the transcripts, and return what runs and what was refused, without readings.

        `paths` are the files that changed, None: all are looked at. `scanned` is told the progress about twice a second
        and ends the work by returning False; what was counted until then stays counted. Raises FileError.
        """
        ...

    def measure(self, meters: Sequence[Meter], *, now: float) -> tuple[Reading, ...]:
        """Count the meters. Raises FileError."""
        ...


class RefusalSource(Protocol):
    """Where refusals are seen that no reading tells of, and no transcript of ours."""

    async def sweep(self, *, now: float) -> tuple[PaneRefusal, ...]:
        """Look once, and return every refusal that is confirmed at `now`; the same one at each look while it stands.

        What is not there to be looked at (no program, no server) is no refusal. Never raises; ends by itself in 30 s.
        """
        ...

    async def probe(self, *, now: float) -> tuple[bool, str]:
        """Look once; return whether there is anything to look at, and what it shows in a sentence. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSpec:
    """The declaration of a source of refusals."""

    id: str
    label: str
    help: str
    build: Callable[[Settings], RefusalSource | None]
    """None: the settings name nothing to look at."""
    every_s: Callable[[Settings], float]
    """Seconds between two looks."""


Write = Callable[["Path", bytes], None]
"""Replace a file whole or not at all. Raises FileError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSpec:
    """A gate channel's declaration."""

    id: str
    label: str
    help: str
    build: Callable[[Path, Write], GateChannel]
    """Takes the gate's path, and how a file is replaced in one step."""
