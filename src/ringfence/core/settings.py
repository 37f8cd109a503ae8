"""The settings, each declared once: default, type, bounds, label and help.

The check, the dialog's row, `ringfence settings` and the README's table come from these fields. `parse_settings` takes
the raw table of `settings.toml` and answers with settings or with every fault, each naming its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account, accounts_in
from ringfence.core.address import LOOPBACK, LOOPBACK_FLOOR_S, REAL_FLOOR_S
from ringfence.core.budget_settings import Budget, budgets_in
from ringfence.core.declared import Kind, Setting, check_value, declare
from ringfence.core.faults import Fault, unknown
from ringfence.core.route_settings import DEFAULT_TIERS, Bands, Failover, Tier, bands_in, failovers_in, tiers_in
from ringfence.core.tmux_settings import session_faults
from ringfence.language import LANGUAGES
from ringfence.sentence import N_, Sentence

FORMAT = 1
"""The number of `settings.toml`'s format."""
DEFAULT_BASE_URL = "https://api.anthropic.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the gate closes. Off until the person sets them (DESIGN 2.3)."""

    session_pct: float | None = declare(
        Kind.THRESHOLD, None, N_("5-hour session"), N_("Hold new runs from this share of the session on."), unit="%",
        low=1, high=100,
    )  # fmt: skip
    week_pct: float | None = declare(
        Kind.THRESHOLD, None, N_("Week"), N_("Hold new runs from this share of the week on."), unit="%", low=1, high=100
    )
    models: Mapping[str, float] = declare(
        Kind.THRESHOLDS, {}, N_("A model's week"),
        N_("A threshold of its own for one model's week, by the name the window shows."), unit="%", low=1, high=100,
    )  # fmt: skip
    unnamed_model_counts: bool = declare(
        Kind.TOGGLE, True, N_("A model's full week holds runs that name no model"),
        N_("When a model's week is over the week threshold, runs that do not say which model they use are held too."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """How the gate treats missing evidence."""

    if_unknown: str = declare(
        Kind.CHOICE, "open", N_("When the gate is unknown"),
        N_("What `ringfence run` and hooks do when there is no fresh evidence: let the launch pass with a warning"
           " (open) or hold it (closed). Shell functions follow RINGFENCE_IF_UNKNOWN."),
        choices={"open": N_("Let runs start"), "closed": N_("Hold new runs")},
    )  # fmt: skip
    blind_after_s: float = declare(
        Kind.SECONDS, 1200.0, N_("Blind after"),
        N_("With no fresh reading for this long an open gate turns unknown; an automatic hold after six times that."),
        unit="s", low=60, high=86400, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSettings:
    """How runs that waited for the gate are let go."""

    spacing_s: float = declare(
        Kind.SECONDS, 20.0, N_("Time between runs that waited"),
        N_("When the gate opens, runs that waited (`ringfence run --wait`) start one by one, this far apart."),
        unit="s", low=0, high=3600,
    )  # fmt: skip
    jitter_s: float = declare(
        Kind.SECONDS, 10.0, N_("Jitter"),
        N_("Up to so many seconds more between two of them, at random."), unit="s", low=0, high=3600, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Where and how often usage is read."""

    base_url: str = declare(
        Kind.URL, DEFAULT_BASE_URL, N_("Usage endpoint"), N_("https, or http on this machine alone."), advanced=True
    )
    interval_s: float = declare(
        Kind.SECONDS, 300.0, N_("Ask every"),
        N_("Seconds between two readings. The endpoint allows about 28 an hour, shared with your other tools."),
        unit="s", low=LOOPBACK_FLOOR_S, high=3600,
    )  # fmt: skip
    slower_on_metered: bool = declare(
        Kind.TOGGLE, True, N_("Half as often on a metered connection"),
        N_("Where the system says that data costs (NetworkManager), ask at twice the interval."),
    )  # fmt: skip
    proxy: str = declare(
        Kind.TEXT, "", N_("Proxy"),
        N_("An http:// or https:// proxy for the usage request; empty: none. The environment's proxies are not used."),
        advanced=True,
    )  # fmt: skip
    ca_bundle: str = declare(
        Kind.TEXT, "", N_("Certificates"),
        N_("A file of additional root certificates (a company's); empty: the system's."), advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Which alerts are shown on the desktop."""

    tiers: bool = declare(Kind.TOGGLE, True, N_("A window passes 50, 80 or 95 %"), N_("Once per window and line."))
    gate: bool = declare(Kind.TOGGLE, True, N_("The gate closes or opens"), N_("With a button to override."))
    reset: bool = declare(Kind.TOGGLE, True, N_("A full window resets"), N_("Only when it had passed 80 %."))
    sign_in: bool = declare(Kind.TOGGLE, True, N_("Signing in is needed"), N_("Once, until a reading succeeds again."))
    blind: bool = declare(
        Kind.TOGGLE, True, N_("The gate is blind"), N_("No fresh reading: new runs are no longer held.")
    )
    failover: bool = declare(
        Kind.TOGGLE, True, N_("A class of runs moves to another account or tier"), N_("And when it comes back.")
    )
    forecast: bool = declare(
        Kind.TOGGLE,
        True,
        N_("A window will run out before its reset"),
        N_("At the rate of now; once per window, from 50 % on."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """How it looks, and which language it speaks."""

    panel: str = declare(
        Kind.CHOICE, "auto", N_("Panel colour"),
        N_("Whether the tray icon is drawn for a dark or a light panel; auto draws an edge that is seen on both."),
        choices={"auto": N_("Automatic"), "dark": N_("Dark"), "light": N_("Light")},
    )  # fmt: skip
    language: str = declare(
        Kind.CHOICE, "auto", N_("Language"),
        N_("Of windows, notifications and what commands print; auto is the desktop's. Commands follow at once, the app"
           " when it starts again."),
        choices={"auto": N_("The desktop's"), **LANGUAGES},
    )  # fmt: skip
    icon_account: str = declare(
        Kind.TEXT, "", N_("Account in the icon"),
        N_("The account that the tray icon shows; empty: of several, the one that is closest to its limit."),
        advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which of several accounts a new run is given. The tiers and bands are tables of their own (`route_settings`)."""

    strategy: str = declare(
        Kind.CHOICE, "soonest-reset", N_("Which account is taken first"),
        N_("Of several accounts: the one whose session resets first (soonest-reset), the one with the most left"
           " (most-left), or the first that is open (in-order)."),
        choices={"soonest-reset": N_("Soonest reset"), "most-left": N_("Most left"), "in-order": N_("In order")},
    )  # fmt: skip
    cooldown_s: float = declare(
        Kind.SECONDS, 600.0, N_("Cool-down"),
        N_("An account that was left is not taken again for so long."), unit="s", low=0, high=86400, advanced=True,
    )  # fmt: skip
    hysteresis_pct: float = declare(
        Kind.SECONDS, 5.0, N_("Hysteresis"),
        N_("Another account is taken only when so much less of it is used."), unit="%", low=0, high=100, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmux:
    """Which panes of tmux are watched for refusals. Off until a session is named."""

    pools: Mapping[str, str] = declare(
        Kind.ACCOUNTS, {}, N_("Pools of tmux sessions"),
        N_("Beginnings of session names, each with its account: two panes of a pool must say that Claude refuses."),
        advanced=True,
    )  # fmt: skip
    dedicated: Mapping[str, str] = declare(
        Kind.ACCOUNTS, {}, N_("Dedicated tmux sessions"),
        N_("Whole session names, each with its account: one pane of such a session is enough."), advanced=True,
    )  # fmt: skip
    every_s: float = declare(
        Kind.SECONDS, 30.0, N_("Look at tmux every"), N_("Seconds between two looks at the panes."), unit="s", low=5,
        high=3600, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Whether programs on this machine may ask by HTTP (docs/api.md)."""

    enabled: bool = declare(
        Kind.TOGGLE, False, N_("Local API"),
        N_("Programs of yours may ask and subscribe over a Unix socket. Needs ringfence[api]."), advanced=True,
    )  # fmt: skip
    port: int = declare(
        Kind.PORT, 0, N_("Port of the local API"),
        N_("A TCP port on 127.0.0.1 beside the socket, for programs that have the token; 0: none."), advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person may choose."""

    thresholds: Thresholds = Thresholds()
    gate: GateSettings = GateSettings()
    launch: LaunchSettings = LaunchSettings()
    usage: Usage = Usage()
    notify: Notify = Notify()
    appearance: Appearance = Appearance()
    route: Route = Route()
    tiers: tuple[Tier, ...] = DEFAULT_TIERS
    """`[[route.tiers]]`, the best first."""
    bands: Bands = field(default_factory=Bands)
    """`[route.bands]`."""
    failover: tuple[Failover, ...] = ()
    """`[[failover]]`, one a class."""
    tmux: Tmux = Tmux()
    api: Api = Api()
    accounts: tuple[Account, ...] = (DEFAULT_ACCOUNT,)
    budgets: tuple[Budget, ...] = ()

    def base_url_of(self, account: Account) -> str:
        """Return the endpoint an account is read from."""
        return account.base_url or self.usage.base_url

    def interval_of(self, account: Account) -> float:
        """Return the account's polling interval: never under the floor of its host."""
        return max(self.usage.interval_s, floor_of(self.base_url_of(account)))


_SECTIONS: dict[str, type[Any]] = {
    "thresholds": Thresholds,
    "gate": GateSettings,
    "launch": LaunchSettings,
    "usage": Usage,
    "notify": Notify,
    "appearance": Appearance,
    "route": Route,
    "tmux": Tmux,
    "api": Api,
}
_TABLES = ("accounts", "failover", "budgets")


def schema() -> tuple[Setting, ...]:
    """Return every setting's declaration, in the order of the dialog and the README."""
    return tuple(_declared(section, f) for section, made in _SECTIONS.items() for f in fields(made))


def floor_of(base_url: str) -> float:
    """Return the least interval for a host: 180 s, or 1 s on loopback (DESIGN 3)."""
    return LOOPBACK_FLOOR_S if urlsplit(base_url).hostname in LOOPBACK else REAL_FLOOR_S


def parse_settings(raw: Mapping[str, Any]) -> tuple[Settings, tuple[Fault, ...]]:
    """Return the settings a raw table asks for, and what is wrong with it.

    With any fault the settings are the defaults: a caller keeps its last good ones instead. Never raises.
    """
    faults: list[Fault] = []
    made: dict[str, Any] = {}
    for key, value in raw.items():
        if key == "accounts":
            made["accounts"] = accounts_in(value, faults)
        elif key == "format":
            _check_format(value, faults)
        elif key not in {*_SECTIONS, *_TABLES}:
            faults.append(Fault(key=key, reason=unknown(key, [*_SECTIONS, *_TABLES])))
        elif key in _TABLES:
            continue
        elif not isinstance(value, Mapping):
            faults.append(Fault(key=key, reason=Sentence("must be a table of settings")))
        else:
            made |= _route(value, faults) if key == "route" else {key: _section(key, value, faults)}
    accounts = [account.name for account in made.get("accounts", (DEFAULT_ACCOUNT,))]
    made["failover"] = failovers_in(raw.get("failover", []), accounts, made.get("tiers", DEFAULT_TIERS), faults)
    made["budgets"] = budgets_in(raw.get("budgets", []), accounts, faults)
    if faults:
        return Settings(), tuple(faults)
    settings = Settings(**made)
    sessions = {"tmux.pools": settings.tmux.pools, "tmux.dedicated": settings.tmux.dedicated}
    faults.extend([*_floor_faults(settings), *session_faults(sessions, [a.name for a in settings.accounts])])
    return (Settings(), tuple(faults)) if faults else (settings, ())


def last_good(raw: Mapping[str, Any]) -> Settings:
    """Return remembered settings; the defaults when this version cannot follow them any more."""
    return parse_settings(raw)[0]


def _declared(section: str, made: Field[Any]) -> Setting:
    return Setting(key=f"{section}.{made.name}", **made.metadata["setting"])


def _section(name: str, raw: Mapping[str, Any], faults: list[Fault]) -> Any:
    known = {f.name: _declared(name, f) for f in fields(_SECTIONS[name])}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            faults.append(Fault(key=f"{name}.{key}", reason=unknown(key, known)))
            continue
        checked, reason = check_value(known[key], value)
        if reason:
            faults.append(Fault(key=f"{name}.{key}", reason=reason))
        values[key] = checked
    return _SECTIONS[name](**values)


def _route(raw: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """Return what stands in `[route]`: its own settings, and its tables of tiers and bands."""
    tables: dict[str, Any] = {}
    if "tiers" in raw:
        tables["tiers"] = tiers_in(raw["tiers"], faults)
    if "bands" in raw:
        tables["bands"] = bands_in(raw["bands"], faults)
    own = {key: value for key, value in raw.items() if key not in {"tiers", "bands"}}
    return {"route": _section("route", own, faults), **tables}


def _floor_faults(settings: Settings) -> list[Fault]:
    """Return the faults of an interval that is too short for a host it applies to."""
    floor = max(floor_of(settings.base_url_of(account)) for account in settings.accounts)
    if settings.usage.interval_s >= floor:
        return []
    return [
        Fault(
            key="usage.interval_s",
            reason=Sentence("must be at least {least} for this endpoint (it bans faster readers)", least=f"{floor:g}"),
        )
    ]


def _check_format(value: Any, faults: list[Fault]) -> None:
    if value == FORMAT and not isinstance(value, bool):
        return
    reason = Sentence("must be {number}", number=FORMAT)
    if isinstance(value, int) and value > FORMAT:
        reason = Sentence("is newer than this Ringfence knows ({number}); update Ringfence", number=FORMAT)
    faults.append(Fault(key="format", reason=reason))
