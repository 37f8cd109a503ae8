"""The composition root: settings and paths become adapters, adapters a Monitor. The only reader of the real clock."""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence import session_classes
from ringfence.storage.atomic import make_folder, sweep, write_atomic

if TYPE_CHECKING:  # what a command does not need, it does not load: the settings alone are 12 ms
    from collections.abc import Callable, Mapping

    from ringfence.adapter_ports import AdapterState
    from ringfence.core.account_settings import Account
    from ringfence.core.model import AccountStatus, Launches, Memory, Status
    from ringfence.core.periods import Period
    from ringfence.core.settings import Settings
    from ringfence.core.sums import ByModel
    from ringfence.follower import Follower
    from ringfence.monitor import Monitor
    from ringfence.ports import FeedSpec, GateChannel, Notifier, RefusalSpec, Secret, Source, SourceSpec, Tools
    from ringfence.storage.calibration_pairs import PairLedger
    from ringfence.storage.history import History
    from ringfence.storage.lock import MonitorLock
    from ringfence.storage.paths import Paths
    from ringfence.storage.token_ledger import TokenLedger
    from ringfence.storage.watch import Watcher
    from ringfence.system_ports import Autostart, Host, Menu, SystemSpec
    from ringfence.token_book import Book
    from ringfence.transcripts import Transcripts


class RealClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Epoch seconds, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that stand still while the machine sleeps (on Linux; elsewhere it may go on)."""
        return time.monotonic()

    def boottime(self) -> float:
        """Seconds that go on while the machine sleeps, where the system tells them apart."""
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if clock is None else time.clock_gettime(clock)


def now() -> float:
    """Epoch seconds, for the command line."""
    return time.time()


def tools() -> Tools:
    """Return what sources may use of the world."""
    from ringfence.ports import Tools  # noqa: PLC0415 - 5 ms that `tokens` does not need

    return Tools(now=time.time, environ=os.environ.get, read_secret=_read_secret)


def source_spec() -> SourceSpec:
    """Return the source that reads usage. Imported late: it needs msgspec, and httpx at its first reading."""
    spec: SourceSpec = importlib.import_module("ringfence.sources.oauth_usage").SPEC
    return spec


def feed_spec() -> FeedSpec:
    """Return the source that tells by itself, when Claude Code draws its status line."""
    spec: FeedSpec = importlib.import_module("ringfence.sources.statusline_feed").SPEC
    return spec


def refusal_specs() -> tuple[RefusalSpec, ...]:
    """Return the sources that see what Claude refuses elsewhere than in a transcript."""
    return (importlib.import_module("ringfence.sources.tmux_panes").SPEC,)


def identity_files(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return the files that say who is signed in, by the account's name."""
    from ringfence.sources import identity  # noqa: PLC0415 - it reads them with msgspec

    given = tools()
    return {account.name: identity.files(account, given) for account in settings.accounts}


def identity_reader() -> Callable[[tuple[str, ...]], str | None]:
    """Return what reads such files: a digest of whom they name, None where they name nobody."""
    from ringfence.sources import identity  # noqa: PLC0415

    return identity.Identities().of


def gate_channel(paths: Paths) -> GateChannel:
    """Return the gate file, for writing a pause or an override with or without a monitor."""
    from ringfence.gates import gate_file  # noqa: PLC0415 - with its lock 20 ms that `tokens` does not need

    return gate_file.SPEC.build(paths.gate, write_atomic)


def system_specs() -> tuple[SystemSpec, ...]:
    """Return what the system may tell by itself: that it sleeps, that its connection is metered."""
    from ringfence import system  # noqa: PLC0415

    return system.system_specs()


def menu(paths: Paths) -> Menu | None:
    """Return the desktop's menu; None where a program does not put itself into one. Raises FileError."""
    from ringfence import system  # noqa: PLC0415 - two commands and a dialog need it

    spec = system.menu_spec()
    return None if spec is None else spec.build(_host(paths))


def autostart(paths: Paths) -> Autostart:
    """Return how the tray is started when the person signs in. Raises FileError."""
    from ringfence import system  # noqa: PLC0415

    return system.autostart_spec().build(_host(paths))


def _host(paths: Paths) -> Host:
    from ringfence.system.program import tray_command  # noqa: PLC0415
    from ringfence.system_ports import Host  # noqa: PLC0415

    return Host(command=tray_command(os.environ), environ=os.environ, receipt=paths.desktop_files)


def settings_in_force(paths: Paths) -> tuple[Settings, str]:
    """Return the settings a monitor would use now, and a sentence when the file has a fault (else empty)."""
    from ringfence.storage.settings_file import load_settings  # noqa: PLC0415

    loaded = load_settings(paths.settings)
    if loaded.settings is not None:
        return loaded.settings, ""
    from ringfence.core.settings import last_good  # noqa: PLC0415
    from ringfence.storage import records  # noqa: PLC0415 - with the model, which sums of tokens do not need

    memory, _ = records.load_memory(paths.memory)
    return last_good(memory.last_good_settings if memory else {}), loaded.trouble


def accounts_in_force(paths: Paths) -> tuple[tuple[Account, ...], str]:
    """Return the accounts of these settings, and the same sentence.

    Without a file they are the default: the settings, 15 ms to load, are then left alone.
    """
    from ringfence.core.account_settings import DEFAULT_ACCOUNT  # noqa: PLC0415

    try:
        paths.settings.stat()
    except FileNotFoundError:
        return (DEFAULT_ACCOUNT,), ""
    except OSError:
        pass  # it is told by what reads them
    settings, trouble = settings_in_force(paths)
    return settings.accounts, trouble


def build_monitor(paths: Paths, *, desktop_alerts: bool = True) -> tuple[Monitor, MonitorLock]:
    """Return the monitor of these paths and the lock that makes it the only one, already taken.

    Raises FileError when another monitor runs, or when the folders cannot be made.
    """
    from ringfence.late import LateLaunches, LateLedger, LateTokens, midnight  # noqa: PLC0415
    from ringfence.monitor import Monitor  # noqa: PLC0415 - with asyncio 40 ms that most commands do not need
    from ringfence.parts import Parts  # noqa: PLC0415
    from ringfence.scan_apart import read_apart  # noqa: PLC0415
    from ringfence.storage import records, request_files, route_file  # noqa: PLC0415 - with the core's model
    from ringfence.storage.lock import MonitorLock  # noqa: PLC0415
    from ringfence.storage.settings_file import load_settings  # noqa: PLC0415

    make_folder(paths.state)
    make_folder(paths.config)
    lock = MonitorLock(paths.monitor_lock)
    lock.acquire()
    sweep(paths.state)
    ledger = LateLedger(paths.ledger)
    launches = LateLaunches(paths.ledger)
    tokens = LateTokens(
        _config_folders, lambda: token_reports(paths), lambda ledger: token_book(paths, ledger),
        lambda scanned: read_apart(paths, scanned),
    )  # fmt: skip
    parts = Parts(
        clock=RealClock(),
        gate=gate_channel(paths),
        notifiers=_notifiers(desktop_alerts),
        build_sources=_sources,
        login_files=_login_files,
        feed_files=lambda settings: _feed_files(settings, paths.state),
        read_feed=lambda path, account: feed_spec().read(path, account, now=time.time()),
        load_settings=lambda: load_settings(paths.settings),
        load_memory=lambda: _load_memory(paths),
        save_memory=lambda memory: records.save_memory(paths.memory, memory),
        write_status=lambda status: records.save_status(paths.status, status),
        append_history=ledger.append,
        begin_history=ledger.begin,
        build_watch=_watch,
        settings_path=str(paths.settings),
        gate_path=str(paths.gate),
        read_request=str(paths.read_request),
        take_read_request=lambda: request_files.take(paths.read_request),
        identity_files=identity_files,
        read_identity=identity_reader(),
        write_route=lambda document: route_file.write(paths.route, document),
        requests={
            str(paths.refusals): lambda at: route_file.take_refusals(paths.refusals, at),
            str(paths.hint_request): lambda at: request_files.take_hint(paths.hint_request, at),
        },
        launches=launches,
        launch_paths=launch_paths(paths),
        next_midnight=lambda at: midnight(at, days=1),
        tokens=tokens,
        pairs=lambda: pair_book(paths),
        refusal_specs=refusal_specs(),
        system_specs=system_specs(),
        companion=lambda monitor: _serve_api(monitor, paths),
        seed=os.getpid(),
        on_close=[ledger.close, launches.close, tokens.close, lock.release],
    )
    return Monitor(parts), lock


async def _serve_api(monitor: Monitor, paths: Paths) -> None:
    while not monitor.settings.api.enabled:  # most people have it off: they load nothing of it
        monitor.settings_read.clear()
        await monitor.settings_read.wait()

    from ringfence.serving import Serving  # noqa: PLC0415

    await Serving(monitor, paths, first_weekday()).run()


def build_follower(paths: Paths) -> Follower:
    """Return a face for the files of a monitor that runs elsewhere. Call it inside the running loop."""
    from ringfence.follower import Follower, FollowerParts  # noqa: PLC0415
    from ringfence.late import LateLaunches  # noqa: PLC0415

    launches = LateLaunches(paths.ledger)
    parts = FollowerParts(
        now=time.time,
        gate=gate_channel(paths),
        load_status=lambda: last_status(paths),
        load_settings=lambda: settings_in_force(paths)[0],
        monitor_runs=lambda: monitor_runs(paths),
        ask_to_read=lambda: write_atomic(paths.read_request, b""),
        hide_hint=lambda hint: write_atomic(paths.hint_request, hint.encode()),
        build_watch=_watch,
        gate_path=str(paths.gate),
        paths=(str(paths.gate), str(paths.status), str(paths.settings), *launch_paths(paths)),
        load_launches=launches.seen_now,
        let_next_through=launches.let_next_through_now,
    )
    return Follower(parts)


def last_status(paths: Paths) -> Status:
    """Return the last published readings; every account without one when there are none."""
    from ringfence.core.model import AccountStatus, Status  # noqa: PLC0415
    from ringfence.storage import records  # noqa: PLC0415

    status, trouble = records.load_status(paths.status)
    if status is not None:
        return status
    settings, _ = settings_in_force(paths)
    accounts = tuple(AccountStatus(name=account.name) for account in settings.accounts)
    return Status(written_at=time.time(), accounts=accounts, running=False, trouble=trouble)


def token_reports(paths: Paths) -> TokenLedger:
    """Return the sums of all transcripts ever seen. Imported late: most commands need no sqlite."""
    from ringfence.storage.token_ledger import TokenLedger  # noqa: PLC0415

    return TokenLedger(paths.ledger)


def transcripts(paths: Paths, ledger: TokenLedger) -> Transcripts:
    """Return the transcripts, which are read into the ledger."""
    from ringfence.tokens.reader import TokenReader  # noqa: PLC0415
    from ringfence.transcripts import Transcripts  # noqa: PLC0415

    state = str(paths.state)
    reader = TokenReader(ledger, class_of=lambda session: session_classes.class_of(state, session))
    return Transcripts(reader, config_folders=_config_folders, tidy=lambda now: session_classes.sweep(state, now))


def token_book(paths: Paths, ledger: TokenLedger) -> Book:
    """Return the transcripts and the ledger they are read into, as one book."""
    from ringfence.token_book import Book  # noqa: PLC0415

    return Book(ledger, transcripts(paths, ledger), bounds=_bounds, price=price_usd)


def _config_folders(account: Account) -> tuple[str, ...]:
    """Return Claude Code's folders of an account; none for a token of the keyring."""
    given = account.config_dir or (os.environ.get("CLAUDE_CONFIG_DIR") or "~/.claude" if account.default else None)
    return (str(Path(given).expanduser()),) if given else ()


def _bounds(period: Period, at: float) -> tuple[float, float]:
    """Return when the day or the week of a moment begins and ends."""
    from ringfence.core.periods import Period  # noqa: PLC0415
    from ringfence.late import midnight  # noqa: PLC0415

    if period is Period.DAY:
        return midnight(at), midnight(at, days=1)
    gone = (time.localtime(at).tm_wday - first_weekday()) % 7
    return midnight(at, days=-gone), midnight(at, days=7 - gone)


def history(paths: Paths) -> History:
    """Return the history, to be looked at."""
    from ringfence.storage.history import History  # noqa: PLC0415

    return History(paths.ledger, lambda until: gate_channel(paths).lapses(now=until))


def login_places(settings: Settings) -> tuple[str, ...]:
    """Return the files in which Claude Code keeps the accounts' logins."""
    return tuple(_login_files(settings))


def transcript_folders(settings: Settings) -> tuple[str, ...]:
    """Return where Claude Code keeps the accounts' transcripts."""
    return tuple(folder for account in settings.accounts for folder in _config_folders(account))


def claude_code_hook() -> tuple[AdapterState, Callable[[], str]]:
    """Return whether Claude Code asks the gate already, and what teaches it to. Both raise FileError."""
    from ringfence import launch  # noqa: PLC0415
    from ringfence.adapter_ports import AdapterOptions  # noqa: PLC0415
    from ringfence.system.program import command  # noqa: PLC0415

    [spec] = [each for each in launch.specs() if each.id == "claude-code"]
    options = AdapterOptions(program=command(os.environ), environ=dict(os.environ))
    return spec.adapter.state(options), lambda: spec.adapter.install(options)


def first_weekday() -> int:
    """Return the day a week begins with for this person; 0 is Monday."""
    from ringfence.core import weeks  # noqa: PLC0415

    return weeks.first_weekday(os.environ.get)


def price_usd(by_model: ByModel) -> float | None:
    """Return what tokens would cost today at API list prices; None where that is not known."""
    from ringfence import prices  # noqa: PLC0415 - most people have no budget in money

    return prices.price_usd(by_model, now=time.time())


def monitor_runs(paths: Paths) -> bool:
    """Tell whether a monitor runs for these paths."""
    from ringfence.storage.lock import is_held  # noqa: PLC0415

    return is_held(paths.monitor_lock)


def _load_memory(paths: Paths) -> tuple[Memory, tuple[AccountStatus, ...], str]:
    from ringfence.core.model import Memory  # noqa: PLC0415
    from ringfence.storage import records  # noqa: PLC0415

    memory, forgotten = records.load_memory(paths.memory, to_write=True)
    status, unread = records.load_status(paths.status, to_write=True)
    return memory or Memory(), status.accounts if status else (), forgotten or unread


def _sources(settings: Settings) -> Mapping[str, Source]:
    return {account.name: source_of(account, settings) for account in settings.accounts}


def source_of(account: Account, settings: Settings) -> Source:
    """Return what reads an account's usage. Close it after use."""
    from ringfence.ports import Endpoint  # noqa: PLC0415

    endpoint = Endpoint(
        base_url=settings.base_url_of(account), proxy=settings.usage.proxy, ca_bundle=settings.usage.ca_bundle
    )
    return source_spec().build(account, endpoint, tools())


def _login_files(settings: Settings) -> Mapping[str, str]:
    spec, given = source_spec(), tools()
    return {path: account.name for account in settings.accounts for path in spec.watched_files(account, given)}


def _feed_files(settings: Settings, folder: Path) -> Mapping[str, str]:
    spec, given = feed_spec(), tools()
    return {path: account.name for account in settings.accounts for path in spec.files(account, folder, given)}


def _notifiers(desktop_alerts: bool) -> tuple[Notifier, ...]:
    from ringfence.notifiers import desktop, log  # noqa: PLC0415 - dbus comes with the first message

    return (desktop.SPEC.build(), log.SPEC.build()) if desktop_alerts else (log.SPEC.build(),)


def _watch(on_change: Callable[[str], None]) -> Watcher:
    import asyncio  # noqa: PLC0415

    from ringfence.storage.watch import Watcher  # noqa: PLC0415 - watchdog is not needed before the icon is there

    return Watcher(on_change, asyncio.get_running_loop().call_soon_threadsafe)


async def _read_secret(name: str) -> Secret | None:
    from ringfence.storage import secrets  # noqa: PLC0415 - keyring takes 100 ms and most people never need it

    return await secrets.read_secret(name)


def launch_paths(paths: Paths) -> tuple[str, ...]:
    """Return the files whose change means that a launch was held, released or given up.

    A refused launch closes the ledger when it ends; one that waits keeps it open and writes the folder's signal.
    """
    return (str(paths.ledger), f"{paths.ledger}-wal", str(paths.ledger.parent / "launches" / "changed"))


def held_launches(paths: Paths, *, now: float) -> Launches:
    """Return the launches held today and those that wait, read once. Raises FileError."""
    from ringfence.late import LateLaunches  # noqa: PLC0415

    launches = LateLaunches(paths.ledger)
    try:
        return launches.seen_now(now)
    finally:
        launches.close()


def pair_book(paths: Paths) -> PairLedger:
    """Return the readings of each window beside what was spent between them. Close it after use."""
    from ringfence.storage.calibration_pairs import PairLedger  # noqa: PLC0415 - it needs sqlite
    from ringfence.storage.token_ledger import TokenLedger  # noqa: PLC0415

    return PairLedger(paths.ledger, TokenLedger(paths.ledger))
