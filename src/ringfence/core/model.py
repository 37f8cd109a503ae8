"""The words of DESIGN 1 as frozen data: windows, samples, failures, holds and the gate's automatic part."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ringfence import window_rules
from ringfence.core.meters import Count
from ringfence.core.outlook import Outlook
from ringfence.core.route_memory import Detour, Move, RouteMemory
from ringfence.core.sums import ScanProgress
from ringfence.core.tokens import Run, SeenRefusal

HOUR_S = 3600.0
SESSION_S = 5 * HOUR_S
WEEK_S = 7 * 24 * HOUR_S

SAME_WINDOW_S = 600.0
"""Two reset times closer than this are one window's: the endpoint's `resets_at` wanders by up to a second around the
minute (FORMATS A2), and a gateway's by minutes (codenotch PR 264 announced false resets)."""


class Tier(StrEnum):
    """How full a window is, in four steps."""

    CALM = "calm"
    ELEVATED = "elevated"
    HIGH = "high"
    CRITICAL = "critical"


TIER_LINES: tuple[tuple[float, Tier], ...] = tuple((line, Tier(name)) for line, name in window_rules.TIER_LINES)
reaches = window_rules.reaches


def tier_of(used: float) -> Tier:
    """Return the tier of a fraction: calm below 50 %, elevated below 80 %, high below 95 %, critical from there."""
    return Tier(window_rules.tier_of(used))


class FailureKind(StrEnum):
    """Why a reading failed: the closed list that every face can switch on."""

    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    MISSING_SCOPE = "missing_scope"
    THROTTLED = "throttled"
    OFFLINE = "offline"
    SERVER_ERROR = "server_error"
    FORMAT_CHANGED = "format_changed"


SIGN_IN_KINDS = frozenset({FailureKind.SIGNED_OUT, FailureKind.EXPIRED, FailureKind.MISSING_SCOPE})


class WindowState(StrEnum):
    """What a window's number is worth at a moment."""

    LIVE = "live"
    NOT_STARTED = "not_started"
    """No use since the last reset: `resets_at` is null and nothing is used."""
    ELAPSED = "elapsed"
    """Its reset has passed since the reading: the number belongs to the window before."""
    UNREPORTED = "unreported"
    """The server names the window and gives no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A spend meter's amounts in minor units (cents), as the server gives them."""

    used_minor: int | None
    limit_minor: int | None
    currency: str | None
    exponent: int = 2
    """Digits behind the point: 2 for EUR and USD, 0 for JPY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One limit with its own reset, as one reading tells it."""

    id: str
    """`session`, `week`, `model:<Name>`, `spend:<group>`, else the server's own kind."""
    label: str
    used: float | None
    """Fraction of the limit, may exceed 1; None when the server gives no number."""
    resets_at: float | None
    """Epoch seconds, UTC; None while the window has not started, or when the server does not say."""
    duration_s: float | None = None
    """Length of the whole window; None when unknown."""
    model: str | None = None
    """The model this limit is for; None: every model."""
    headline: bool = False
    """The server's own pick for a single-value indicator (`is_active`)."""
    money: Money | None = None
    observed_at: float | None = None
    """When this number was read, where other windows of the sample are older or newer; None: with the sample."""
    source: str | None = None
    """Where this number was read, likewise."""

    def state(self, now: float) -> WindowState:
        """Return what the number is worth at `now`."""
        return WindowState(window_rules.state_of(self.used, self.resets_at, now, metered=self.money is not None))

    def started_at(self) -> float | None:
        """Return when the window began; None when its length or its reset is unknown."""
        return None if self.resets_at is None or self.duration_s is None else self.resets_at - self.duration_s


def same_instance(a: float | None, b: float | None) -> bool:
    """Tell whether two reset times of one window name the same instance of it."""
    return a is b if a is None or b is None else abs(a - b) < SAME_WINDOW_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one reading of one account says."""

    account: str
    source: str
    """The id of the source, e.g. `oauth_usage`."""
    observed_at: float
    windows: tuple[Window, ...]
    plan: str | None = None
    """What the login calls its plan ("max"), when it says so."""
    skew_s: float | None = None
    """The server's clock minus ours; None when the source cannot tell. Resets are the server's, countdowns ours."""
    partial: bool = False
    """True when the source tells some windows only: those it does not name are unknown to it, not gone."""

    def window(self, window_id: str) -> Window | None:
        """Return the window of that id, None when this account has no such window."""
        return next((w for w in self.windows if w.id == window_id), None)

    def observed(self, window: Window) -> float:
        """Return when one of the windows was read."""
        return self.observed_at if window.observed_at is None else window.observed_at

    def source_of(self, window: Window) -> str:
        """Return where one of the windows was read."""
        return self.source if window.source is None else window.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the last attempt gave no sample."""

    kind: FailureKind
    at: float
    since: float
    """When this kind of failure began; equal to `at` the first time."""
    detail: str
    """One clean sentence for the person: what happened, where, what to do. No secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which launches a hold is for; all None: every launch."""

    account: str | None = None
    model: str | None = None
    class_: str | None = None
    project: str | None = None
    """A folder; a pause has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The person's latch: a manual hold. It outlives the monitor; nothing automatic undoes it."""

    since: float
    until: float | None
    """Its end; None: until unpaused."""
    scope: Scope = Scope()
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The person's leave to start launches although automatic holds apply."""

    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Latches:
    """What the person has set: kept in the gate file, written by whoever asked."""

    pauses: tuple[Pause, ...] = ()
    override: Override | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One automatic reason to keep the gate closed."""

    kind: str
    """`threshold`, `exhausted` or `budget`."""
    reason: str
    """`session_threshold`, `week_exhausted`, ..., `budget`."""
    window: str
    """The window's id, or `budget:<name>`."""
    scope: Scope
    also_unnamed: bool
    """A hold for a model that also holds launches which name no model (DESIGN 2.3)."""
    since: float
    until: float | None
    """The window's reset. A threshold's hold stays until a fresh reading all the same (DESIGN 2.6)."""
    used: float | None
    """None for a refusal of a window that no reading told of."""
    threshold_pct: float | None
    """None for a refusal: Claude itself said no."""
    observed_at: float
    evidence_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Up to when the last reading of an account lets the gate be open; None: there is no reading."""

    account: str
    observed_at: float | None
    evidence_until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedWindow:
    """A window as programs see it in the gate file."""

    account: str
    window: Window
    observed_at: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The automatic part of the gate: what the monitor decides and renews."""

    lease_until: float
    holds: tuple[Hold, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    windows: tuple[PublishedWindow, ...] = ()
    stopped: bool = False
    """A clean exit: the automatic verdict is unknown from now on."""


class AlertKind(StrEnum):
    """What an alert is about; each has its own switch in the settings."""

    TIER = "tier"
    GATE_CLOSED = "gate_closed"
    GATE_OPENED = "gate_opened"
    RESET = "reset"
    SIGN_IN = "sign_in"
    BLIND = "blind"
    RUNNING_OUT = "running_out"
    """A window will run out before its reset, at the rate of now."""
    SUMMARY = "summary"
    FAILOVER = "failover"
    TROUBLE = "trouble"
    """A file of ours could not be read or written."""


class AlertAction(StrEnum):
    """A button of an alert."""

    OVERRIDE_UNTIL_RESET = "override_until_reset"
    OPEN_WINDOW = "open_window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to the person. Data only: `texts` makes the sentences."""

    kind: AlertKind
    at: float
    account: str = ""
    window: Window | None = None
    windows: tuple[Window, ...] = ()
    """For a summary: every window that stands at or over a line."""
    line: float | None = None
    """For a tier: the fraction that was reached; for a window that runs out: the one that will be."""
    expected_at: float | None = None
    """For a window that runs out: when."""
    hold: Hold | None = None
    failure: Failure | None = None
    move: Move | None = None
    detail: str = ""
    critical: bool = False
    """True when the gate closes with it: the one case that may break through do-not-disturb."""
    actions: tuple[AlertAction, ...] = (AlertAction.OPEN_WINDOW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A line that was already announced (or already stood at start-up) for one instance of a window."""

    window: str
    line: str
    """`50`, `80`, `95`, `closed 90`, or `forecast`: it was told that the window runs out. For a refusal or a budget
    `closed` and `opened` too."""
    resets_at: float | None


class Hint(StrEnum):
    """An explanation that a face gives until the person hides it."""

    NO_TRAY = "no_tray"
    WELCOME = "welcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollMemory:
    """What must survive a restart so that the endpoint is not asked too often (DESIGN 2.7)."""

    requested_at: tuple[float, ...] = ()
    """When requests went out, the last rolling hour of them, oldest first."""
    not_before: float = 0.0
    """The server's Retry-After with our margin; nothing is asked before it."""
    failures: int = 0
    """Failed attempts in a row."""
    throttles: int = 0
    """429 answers in a row that named no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """Up to when refusals of a window count no more: Claude answered, or a reading showed room."""

    window: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMemory:
    """Facts learnt about one account."""

    name: str
    poll: PollMemory = PollMemory()
    shown: tuple[Shown, ...] = ()
    relieved: tuple[Relief, ...] = ()
    sign_in_told: bool = False
    blind_told: bool = False
    identity: str | None = None
    """Who is signed in, as a digest; None: that could never be told."""
    identified_at: float = 0.0
    """Since when, where another was signed in before: what was refused until then is not this one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Everything learnt that outlives a restart: `memory.json`."""

    accounts: tuple[AccountMemory, ...] = ()
    last_good_settings: dict[str, object] = field(default_factory=dict)
    """The raw settings that were last read without a fault; in force while the file has one."""
    routes: RouteMemory = RouteMemory()
    told: tuple[Shown, ...] = ()
    """What was announced of refusals and budgets."""
    reached: tuple[Count, ...] = ()
    """Budgets that were reached in a period that may still run, as they stood then: sums only grow."""
    refused: tuple[SeenRefusal, ...] = ()
    """What panes of a terminal have shown; transcripts are read again."""
    hidden_hints: tuple[Hint, ...] = ()
    """The explanations that the person wants no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One account's readings: what `status.json` carries and every face draws from."""

    name: str
    sample: Sample | None = None
    failure: Failure | None = None
    """Why the newest attempt failed; None when it succeeded."""
    suspects: tuple[str, ...] = ()
    """Windows whose last reading needs a second one (DESIGN 2.6)."""
    next_poll_at: float | None = None
    next_poll_why: str = ""
    """A code of `polling.Why`."""
    requests_last_hour: int = 0
    request_budget: int = 0
    shown: tuple[Shown, ...] = ()
    """The lines that were announced for the windows of now."""
    outlooks: tuple[Outlook, ...] = ()
    """What is thought of the windows, between two readings and ahead. Nothing is decided by it."""
    same_as: str | None = None
    """The account before it that is the same subscription: both show one reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the monitor publishes beside the gate: `status.json`."""

    written_at: float
    accounts: tuple[AccountStatus, ...]
    interval_s: float = 300.0
    metered: bool = False
    """Whether that interval is longer than chosen, for the connection is metered."""
    running: bool = True
    """False in the last version that a clean exit writes."""
    detours: tuple[Detour, ...] = ()
    """Classes that run elsewhere than at the first place of their chain."""
    hidden_hints: tuple[Hint, ...] = ()
    """The explanations that the person wants no more."""
    trouble: str = ""
    """A sentence about a file that cannot be read or written; empty: none."""
    runs: tuple[Run, ...] = ()
    """The sessions that answered within the last minutes, the most recent first."""
    scan: ScanProgress | None = None
    """While the transcripts are read for the first time."""
    budgets: tuple[Count, ...] = ()
    """What the budgets' meters counted last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLaunch:
    """A launch that the gate held: a row of the ledger. The command's name, never its arguments unless asked."""

    id: int
    asked_at: float
    command: str
    class_: str | None = None
    account: str | None = None
    model: str | None = None
    reason: str
    """The refusal's reason: `session_threshold`, `manual_pause`, ..."""
    state: str
    """`refused`, `waiting`, `released` or `given_up`."""
    ended_at: float | None = None
    """When it was released or given up."""
    pid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launches:
    """The launches that the gate held, for the faces: what waits now, and what became of today's."""

    waiting: tuple[HeldLaunch, ...] = ()
    refused_today: int = 0
    released_today: int = 0
    by_reason: tuple[tuple[str, int], ...] = ()
    """Today's held launches by the hold's reason, most first."""
