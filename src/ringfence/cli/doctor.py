"""`ringfence doctor`: one line a check, with the next step where something is not right. It spends no request."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import click

from ringfence import budget_texts, face_texts, forecast_texts, gate_reader, texts, why_texts, wiring
from ringfence.cli import qt_probe
from ringfence.cli.daemon import has_desktop
from ringfence.cli.output import console, paths, print_lines, say_json, wrapped
from ringfence.core.budget_view import BudgetState, budget_views
from ringfence.core.calibration import LOOK_BACK_S, backtest
from ringfence.core.model import SIGN_IN_KINDS, AccountStatus, FailureKind, Status
from ringfence.core.settings import Account, Settings
from ringfence.ports import Endpoint, FileError, NotifyError, SecretError, SourceError
from ringfence.storage import records
from ringfence.storage.lock import holder_of
from ringfence.storage.paths import Paths
from ringfence.storage.settings_file import load_settings
from ringfence.system_ports import SystemSpec

SKEW_S = 120.0
TRAY_HOST = "org.kde.StatusNotifierWatcher"


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    health: Health
    found: str
    next_step: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> int:
    """Look at everything Ringfence needs, and say what to do. Exit status 1 when something is broken."""
    checks = asyncio.run(_all(paths()))
    if as_json:
        say_json({"format": 1, "ok": not _broken(checks), "checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    return 1 if _broken(checks) else 0


def _broken(checks: list[Check]) -> bool:
    return any(check.health is Health.FAIL for check in checks)


def _print(checks: list[Check]) -> None:
    from rich.text import Text

    styles = {Health.OK: "color(36)", Health.WARN: "bold color(179)", Health.FAIL: "bold color(160)"}
    out = console()
    column = max(len(check.name) for check in checks) + 8
    for check in checks:
        first, *rest = wrapped(out, texts.clean(check.found, 400), column)
        head = Text.assemble((f"{check.health.value:<4}", styles[check.health]), f"  {check.name}")
        head.pad_right(column - len(head))
        print_lines(out, [head + first[column:], *rest])
        if check.next_step:
            print_lines(out, wrapped(out, f"→ {texts.clean(check.next_step, 400)}", column, "bold"))


async def _all(where: Paths) -> list[Check]:
    now = wiring.now()
    settings, _ = wiring.settings_in_force(where)
    status, damaged = records.load_status(where.status)
    known = {a.name: a for a in status.accounts} if status else {}
    checks = [_settings(where), *_folders(where), _gate(where, now), _monitor(where)]
    checks += [Check(name="readings", health=Health.WARN, found=damaged)] if damaged else []
    for account in settings.accounts:
        of = f" {texts.clean(account.name, 30)}" if len(settings.accounts) > 1 else ""
        checks.append(await _login(f"login{of}", account, known.get(account.name), now))
        checks.append(_endpoint(f"endpoint{of}", account, settings))
        checks += list(_polling(f"reading{of}", known.get(account.name), now))
        checks += await asyncio.to_thread(_estimates, where, known.get(account.name), of, now)
    checks += _unpriced(settings, status, now)
    checks += [each async for each in _refusals(settings, now)]
    checks.append(await _keyring())
    checks += [await _system(spec, status) for spec in wiring.system_specs()]
    checks += [each async for each in _desktop(where)]
    checks += [await asyncio.to_thread(_qt), _log(where)]
    return checks


def _settings(where: Paths) -> Check:
    loaded = load_settings(where.settings)
    if loaded.trouble:
        return Check(
            name="settings", health=Health.FAIL, found=loaded.trouble, next_step="Mend the line, or remove the file."
        )
    if loaded.settings is not None and (blind := why_texts.blind_between(loaded.settings)):
        return Check(name="settings", health=Health.WARN, found=blind)
    found = str(where.settings) if where.settings.exists() else f"{where.settings} is not there: the defaults hold"
    return Check(name="settings", health=Health.OK, found=found)


def _folders(where: Paths) -> Iterator[Check]:
    for folder in dict.fromkeys((where.config, where.state)):
        yield _folder(folder)


def _folder(folder: Path) -> Check:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except FileNotFoundError:
        return Check(name="folder", health=Health.OK, found=f"{folder} will be made when it is needed")
    except OSError as error:
        return Check(name="folder", health=Health.FAIL, found=f"{folder}: {error.strerror}", next_step="Make it yours.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            name="folder", health=Health.FAIL, found=f"{folder} cannot be written",
            next_step="Make it yours, or set RINGFENCE_HOME to another folder.",
        )  # fmt: skip
    if os.name != "nt" and mode & 0o077:
        return Check(
            name="folder", health=Health.WARN, found=f"{folder} is open to others (mode {mode:o})",
            next_step=f"Run `chmod 700 {folder}`.",
        )  # fmt: skip
    return Check(name="folder", health=Health.OK, found=f"{folder}, yours alone")


def _gate(where: Paths, now: float) -> Check:
    answer = gate_reader.read_gate(str(where.gate), now=now)
    if answer.document is None:
        missing = not where.gate.exists()
        step = "" if missing else f"Remove {where.gate}; it is written anew."  # what is missing says itself what to do
        health = Health.WARN if missing else Health.FAIL
        return Check(name="gate", health=health, found=answer.why, next_step=step)
    writer = answer.document.get("writer")
    by = f"process {writer.get('pid')}, version {writer.get('version')}" if isinstance(writer, dict) else "unknown"
    written = f"written {texts.age_text(answer.document['written_at'], now)} by {by}"
    if answer.verdict == gate_reader.UNKNOWN:
        return Check(name="gate", health=Health.WARN, found=f"unknown: {answer.why} It was {written}.")
    return Check(name="gate", health=Health.OK, found=f"{answer.verdict}; {written}")


def _monitor(where: Paths) -> Check:
    if wiring.monitor_runs(where):
        who = holder_of(where.monitor_lock)
        return Check(name="monitor", health=Health.OK, found=f"runs (process {who})" if who else "runs")
    return Check(
        name="monitor", health=Health.WARN, found="does not run: nothing is watched",
        next_step="Start `ringfence`, or `ringfence daemon` without a screen.",
    )  # fmt: skip


async def _login(name: str, account: Account, status: AccountStatus | None, now: float) -> Check:
    from ringfence.sources.credentials import Finder

    try:
        login = await Finder(account=account, tools=wiring.tools()).login(now=now)
    except SourceError as error:
        # An expired login is renewed by Claude Code's next run; the others need the person. The detail says what to do.
        health = Health.WARN if error.kind is FailureKind.EXPIRED else Health.FAIL
        return Check(name=name, health=health, found=error.detail)
    plan = f", plan {login.plan}" if login.plan else ""
    same = f", the same subscription as {texts.clean(status.same_as, 40)}" if status and status.same_as else ""
    return Check(name=name, health=Health.OK, found=f"{login.where}{plan}{same}")


def _endpoint(name: str, account: Account, settings: Settings) -> Check:
    from ringfence.sources.transport import tls_context

    url = settings.base_url_of(account)
    through = f" through {settings.usage.proxy}" if settings.usage.proxy else ""
    try:
        tls_context(Endpoint(base_url=url, ca_bundle=settings.usage.ca_bundle))
    except (OSError, ValueError) as error:
        return Check(
            name=name, health=Health.FAIL, found=f"{url}: the certificates cannot be used ({type(error).__name__})",
            next_step="Let usage.ca_bundle name a file of PEM certificates, or set it to none.",
        )  # fmt: skip
    return Check(name=name, health=Health.OK, found=f"{url}{through} (not asked: that would spend a request)")


def _polling(name: str, status: AccountStatus | None, now: float) -> Iterator[Check]:
    if status is None or (status.sample is None and status.failure is None):
        yield Check(name=name, health=Health.WARN, found="nothing was read yet", next_step="Start `ringfence`.")
        return
    seen = texts.age_text(status.sample.observed_at, now) if status.sample else ""
    spent = f"{status.requests_last_hour} of {status.request_budget} requests in the hour before that"
    if status.failure is not None:
        last = f"last good reading {seen}, {spent}" if seen else "no good reading yet"
        found = f"{texts.failure_title(status.failure.kind)}; {last}"
        # What a login lacks stands in its own line already.
        step = "" if status.failure.kind in SIGN_IN_KINDS else texts.clean(status.failure.detail, 300)
        yield Check(name=name, health=Health.WARN, found=found, next_step=step)
    else:
        yield Check(name=name, health=Health.OK, found=f"{seen}, {spent}")
    skew = status.sample.skew_s if status.sample else None
    if skew is not None:
        yield _clock(skew)


def _estimates(where: Paths, status: AccountStatus | None, of: str, now: float) -> list[Check]:
    """Return how good the estimates between two readings were, a line a window."""
    if status is None or status.sample is None:
        return []
    book = wiring.pair_book(where)
    try:
        pairs = book.pairs(status.name, now - LOOK_BACK_S, now)
    except FileError as error:
        return [Check(name=f"estimate{of}", health=Health.WARN, found=str(error))]
    finally:
        book.close()
    return [
        Check(
            name=f"estimate{of} {texts.window_name(w.id).lower() if w.model is None else texts.clean(w.model, 12)}",
            health=Health.OK,
            found=forecast_texts.backtest_text(backtest(pairs.get(w.id, ()))),
        )
        for w in status.sample.windows
        if w.money is None
    ]


async def _refusals(settings: Settings, now: float) -> AsyncIterator[Check]:
    """Tell what the panes say that the settings name; where they name none there is nothing to tell."""
    for spec in wiring.refusal_specs():
        source = spec.build(settings)
        if source is None:
            continue
        looked, found = await source.probe(now=now)
        yield Check(name=spec.label, health=Health.OK if looked else Health.WARN, found=found)


async def _system(spec: SystemSpec, status: Status | None) -> Check:
    """Tell what the system tells by itself; that nobody does is usual on other systems and in containers."""
    told, found = await spec.build().probe()
    slow = told and status is not None and status.metered and status.running and spec.id == "network_manager"
    every = f": every {texts.duration_text(status.interval_s)}" if slow and status else ""
    return Check(name=spec.label, health=Health.OK, found=f"{found}{every}")


def _unpriced(settings: Settings, status: Status | None, now: float) -> Iterator[Check]:
    """Yield each budget in money whose cost nobody can say."""
    samples = {account.name: account.sample for account in status.accounts} if status else {}
    for budget in budget_views(settings.budgets, status.budgets if status else (), samples, (), now):
        if budget.state is BudgetState.UNPRICED:
            found = budget_texts.unpriced_sentence(budget)
            yield Check(name="budget", health=Health.WARN, found=found, next_step=budget_texts.prices_step())


def _clock(skew_s: float) -> Check:
    if abs(skew_s) <= SKEW_S:
        return Check(name="clock", health=Health.OK, found=f"{abs(skew_s):.0f} s from the endpoint's")
    way = "behind" if skew_s > 0 else "ahead of"
    found = f"{texts.duration_text(abs(skew_s))} {way} the endpoint's: countdowns are off"
    return Check(name="clock", health=Health.WARN, found=found, next_step="Let the system set its clock (NTP).")


async def _keyring() -> Check:
    from ringfence.storage import secrets

    try:
        return Check(name="keyring", health=Health.OK, found=await secrets.backend_name())
    except SecretError as error:
        return Check(
            name="keyring", health=Health.WARN, found=str(error),
            next_step="Only accounts with a stored token need it; --config-dir accounts do not.",
        )  # fmt: skip


def _sign_in(where: Paths) -> Check:
    try:
        start = wiring.autostart(where).state()
    except FileError as error:
        return Check(name="sign-in", health=Health.OK, found=f"{error}")
    found = f"the tray starts ({start.where})" if start.on else "nothing starts"
    health = Health.WARN if start.note else Health.OK
    return Check(name="sign-in", health=health, found=found, next_step=start.note)


async def _desktop(where: Paths) -> AsyncIterator[Check]:
    if not has_desktop():
        found = "no desktop session here: alerts go to the log"
        yield Check(name="alerts", health=Health.WARN, found=found)
        return
    yield _sign_in(where)
    yield await _notifications()
    if sys.platform not in {"darwin", "win32"}:
        yield await _tray_host()


async def _notifications() -> Check:
    from ringfence.notifiers import desktop

    notifier = desktop.SPEC.build()
    try:
        return Check(name="alerts", health=Health.OK, found=await notifier.probe())
    except NotifyError as error:
        return Check(
            name="alerts", health=Health.WARN, found=str(error),
            next_step="Start a notification service (dunst, mako, your desktop's); alerts go to the log until then.",
        )  # fmt: skip
    finally:
        await notifier.aclose()


async def _tray_host() -> Check:
    from dbus_fast import Message, MessageType
    from dbus_fast.aio import MessageBus

    ask = Message(
        destination="org.freedesktop.DBus", path="/org/freedesktop/DBus", interface="org.freedesktop.DBus",
        member="NameHasOwner", signature="s", body=[TRAY_HOST],
    )  # fmt: skip
    try:
        async with asyncio.timeout(5):
            bus = await MessageBus().connect()
            try:
                reply = await bus.call(ask)
            finally:
                bus.disconnect()
    except (OSError, TimeoutError, EOFError, ValueError) as error:
        return Check(name="tray", health=Health.WARN, found=f"the session bus does not answer ({type(error).__name__})")
    if reply.message_type is MessageType.METHOD_RETURN and reply.body == [True]:
        return Check(name="tray", health=Health.OK, found="this desktop has a tray")
    what_helps = face_texts.no_tray_text(os.environ.get("XDG_CURRENT_DESKTOP", ""))
    return Check(
        name="tray", health=Health.WARN, found=f"this desktop has no tray ({TRAY_HOST} is not there)",
        next_step=f"The window opens instead. {what_helps}".rstrip(),
    )  # fmt: skip


def _qt() -> Check:
    found = qt_probe.probe()
    if "error" not in found:
        return Check(name="qt", health=Health.OK, found=f"PySide6 {found['version']}")
    return Check(
        name="qt", health=Health.FAIL, found=f"cannot be loaded: {found['error']}",
        next_step="Install the system packages that the README names; `ringfence daemon` needs none of them.",
    )  # fmt: skip


def _log(where: Paths) -> Check:
    if where.log.exists() and not os.access(where.log, os.W_OK):
        return Check(name="log", health=Health.FAIL, found=f"{where.log} cannot be written", next_step="Make it yours.")
    found = str(where.log) if where.log.exists() else f"{where.log}, not written yet"
    return Check(name="log", health=Health.OK, found=found)
