"""What has happened: past tense, each with its moment `at` (epoch seconds, UTC)."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.calibration import Calibration
from ringfence.core.meters import TokenNews
from ringfence.core.model import AccountStatus, FailureKind, Hint, Latches, Launches, Memory, Sample, Scope
from ringfence.core.settings import Settings
from ringfence.core.tokens import SeenRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The monitor began, with what it remembers of the time before."""

    at: float
    settings: Settings
    memory: Memory = Memory()
    accounts: tuple[AccountStatus, ...] = ()
    """The last readings from `status.json`, however old."""
    latches: Latches = Latches()
    seed: int = 0
    """What the polling jitter grows from."""
    trouble: str = ""
    """Why the settings file is not followed; empty: it is."""
    identities: tuple[tuple[str, str | None], ...] = ()
    """Who is signed in, by the account's name."""
    lost: str = ""
    """Which file of ours could not be read and was put aside; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArrived:
    """A source answered."""

    at: float
    sample: Sample
    requested: bool = True
    """False when no request to the endpoint was spent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFailed:
    """A source could not answer."""

    at: float
    account: str
    kind: FailureKind
    detail: str
    retry_after_s: float | None = None
    requested: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCame:
    """The moment asked for by `WakeAt` is there."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Woke:
    """The machine slept and is awake again."""

    at: float
    slept_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepBegan:
    """The machine is about to sleep; the system said so."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSeen:
    """The system says what kind of connection it uses now."""

    at: float
    metered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJumped:
    """The wall clock was set: `by_s` is how far, negative for backwards."""

    at: float
    by_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """New settings are in force. `trouble` says why a changed file is not followed (then settings are the old ones)."""

    at: float
    settings: Settings
    trouble: str = ""
    raw: dict[str, object] | None = None
    """The raw table when it was good, to be remembered as the last good one."""
    identities: tuple[tuple[str, str | None], ...] = ()
    """Who is signed in, by the account's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatchesSeen:
    """The gate file carries these pauses and this override now."""

    at: float
    latches: Latches


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchesSeen:
    """The ledger tells of these held launches now."""

    at: float
    launches: Launches


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensSeen:
    """The transcripts were read: what runs, what was refused, and what the meters count."""

    at: float
    news: TokenNews


@dataclass(frozen=True, slots=True, kw_only=True)
class PanesSeen:
    """Panes of a terminal show these refusals. What they showed before and show no more is not taken back by it."""

    at: float
    refusals: tuple[SeenRefusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What an account's windows cost was learnt anew; of a window that is not named nothing is known."""

    at: float
    account: str
    calibrations: tuple[tuple[str, Calibration], ...]
    """By the window's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLaunchAsked:
    """The person lets the launch that has waited longest start, whatever the gate says."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsChanged:
    """An account's login changed on disk."""

    at: float
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitiesSeen:
    """Claude Code says who is signed in, by the account's name: a digest, or None where it does not say."""

    at: float
    identities: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOpened:
    """A person looks at the numbers."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAsked:
    """The person asked for a fresh reading now."""

    at: float
    account: str | None = None
    """None: of every account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked:
    """The person pauses launches: until a time, until a reset, or open-ended."""

    at: float
    until: float | None = None
    until_reset: bool = False
    """Until the session of the account resets; for a model that has a week of its own, until that does."""
    why: str | None = None
    scope: Scope = Scope()
    """Which launches; empty: every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpauseAsked:
    """The person lifts a pause, or all of them."""

    at: float
    scope: Scope | None = None
    """The pause of this scope, and no other; None: every pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideAsked:
    """The person overrides automatic holds, for a time or until the reset of the one that binds."""

    at: float
    for_s: float | None = None
    """None: until the reset of the hold that binds; nothing happens while none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideEnded:
    """The person takes an override back."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalReported:
    """A launcher tells that an account refused a run."""

    at: float
    account: str
    model: str | None = None
    """None: whatever the model."""
    until: float | None = None
    """Its reset, when the refusal named one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintHidden:
    """The person has read an explanation and wants it no more."""

    at: float
    hint: Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFailed:
    """A file of ours could not be written: where, why and what to do in one sentence."""

    at: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecovered:
    """Files can be written again."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuitAsked:
    """The person or the system ends the monitor."""

    at: float


Event = (
    Started
    | SampleArrived
    | PollFailed
    | TimeCame
    | Woke
    | SleepBegan
    | ConnectionSeen
    | ClockJumped
    | SettingsChanged
    | LatchesSeen
    | LaunchesSeen
    | TokensSeen
    | PanesSeen
    | Calibrated
    | NextLaunchAsked
    | CredentialsChanged
    | IdentitiesSeen
    | WindowOpened
    | RefreshAsked
    | PauseAsked
    | UnpauseAsked
    | OverrideAsked
    | OverrideEnded
    | RefusalReported
    | HintHidden
    | FileFailed
    | FileRecovered
    | QuitAsked
)
