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
from typing import assert_never

import click

from ringfence import budget_texts, face_texts, forecast_texts, gate_reader, texts, why_texts, wiring
from ringfence.cli import qt_probe, verdicts
from ringfence.cli.columns import padded, width_of
from ringfence.cli.daemon import has_desktop
from ringfence.cli.output import console, paths, print_lines, say_json, wrapped
from ringfence.core.account_settings import Account
from ringfence.core.address import without_password
from ringfence.core.budget_view import BudgetState, budget_views
from ringfence.core.calibration import LOOK_BACK_S, backtest, fit
from ringfence.core.model import SIGN_IN_KINDS, AccountStatus, FailureKind, Status, Window
from ringfence.core.settings import Settings
from ringfence.file_errors import FileError
from ringfence.language import _, pgettext, told
from ringfence.ports import Endpoint, NotifyError, SecretError, SourceError
from ringfence.storage import records
from ringfence.storage.lock import holder_of
from ringfence.storage.paths import Paths
from ringfence.storage.settings_file import load_settings
from ringfence.system_ports import SystemSpec
from ringfence.words import joined, sentences

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
    words = {health: _said(health) for health in Health}
    widest, names = max(map(width_of, words.values())), max(width_of(check.name) for check in checks)
    column = widest + names + 4
    for check in checks:
        first, *rest = wrapped(out, texts.clean(check.found, 400), column)
        word = padded(words[check.health], widest)
        head = Text.assemble((word, styles[check.health]), f"  {padded(check.name, names)}  ")
        print_lines(out, [head + first[column:], *rest])
        if check.next_step:
            print_lines(out, wrapped(out, f"→ {texts.clean(check.next_step, 400)}", column, "bold"))


def _said(health: Health) -> str:
    match health:
        case Health.OK:
            return pgettext("check", "ok")
        case Health.WARN:
            return pgettext("check", "warn")
        case Health.FAIL:
            return pgettext("check", "fail")
        case _:
            assert_never(health)


async def _all(where: Paths) -> list[Check]:
    now = wiring.now()
    settings, _trouble = wiring.settings_in_force(where)
    status, damaged = records.load_status(where.status)
    known = {a.name: a for a in status.accounts} if status else {}
    checks = [_settings(where), *_folders(where), _gate(where, now), _monitor(where)]
    checks += [Check(name=_("readings"), health=Health.WARN, found=told(damaged))] if damaged else []
    for account in settings.accounts:
        of = f" {texts.clean(account.name, 30)}" if len(settings.accounts) > 1 else ""
        checks.append(await _login(_("login") + of, account, known.get(account.name), now))
        checks.append(_endpoint(_("endpoint") + of, account, settings))
        checks += list(_polling(_("reading") + of, known.get(account.name), now))
        checks += await asyncio.to_thread(_estimates, where, known.get(account.name), of, now)
    checks += _unpriced(settings, status, now)
    checks += [each async for each in _refusals(settings, now)]
    checks.append(await _keyring())
    checks += [await _system(spec, status) for spec in wiring.system_specs()]
    checks += [each async for each in _desktop(where)]
    checks += [await asyncio.to_thread(_qt), _log(where)]
    return checks


def _settings(where: Paths) -> Check:
    name, loaded = _("settings"), load_settings(where.settings)
    if loaded.trouble:
        step = _("Mend the line, or remove the file.")
        return Check(name=name, health=Health.FAIL, found=told(loaded.trouble), next_step=step)
    if loaded.settings is not None and (blind := why_texts.blind_between(loaded.settings)):
        return Check(name=name, health=Health.WARN, found=blind)
    missing = _("{path} is not there: the defaults hold")
    found = str(where.settings) if where.settings.exists() else missing.format(path=where.settings)
    return Check(name=name, health=Health.OK, found=found)


def _folders(where: Paths) -> Iterator[Check]:
    for folder in dict.fromkeys((where.config, where.state)):
        yield _folder(folder)


def _folder(folder: Path) -> Check:
    name = _("folder")
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except FileNotFoundError:
        return Check(name=name, health=Health.OK, found=_("{path} will be made when it is needed").format(path=folder))
    except OSError as error:
        return Check(name=name, health=Health.FAIL, found=f"{folder}: {error.strerror}", next_step=_("Make it yours."))
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            name=name, health=Health.FAIL, found=_("{path} cannot be written").format(path=folder),
            next_step=_("Make it yours, or set RINGFENCE_HOME to another folder."),
        )  # fmt: skip
    if os.name != "nt" and mode & 0o077:
        return Check(
            name=name, health=Health.WARN,
            found=_("{path} is open to others (mode {mode})").format(path=folder, mode=f"{mode:o}"),
            next_step=_("Run `chmod 700 {path}`.").format(path=folder),
        )  # fmt: skip
    return Check(name=name, health=Health.OK, found=_("{path}, yours alone").format(path=folder))


def _gate(where: Paths, now: float) -> Check:
    name, answer = _("gate"), gate_reader.read_gate(str(where.gate), now=now)
    if answer.document is None:
        missing = not os.access(where.gate, os.F_OK)
        step = _("Remove {path}; it is written anew.").format(path=where.gate)
        health = Health.WARN if missing else Health.FAIL  # what is missing says itself what to do
        return Check(name=name, health=health, found=verdicts.why(answer, now), next_step="" if missing else step)
    writer = answer.document.get("writer")
    by = pgettext("writer", "unknown")
    if isinstance(writer, dict):
        by = _("process {pid}, version {version}").format(pid=writer.get("pid"), version=writer.get("version"))
    age, verdict = texts.age_text(answer.document["written_at"], now), verdicts.word(answer.verdict)
    if answer.verdict == gate_reader.UNKNOWN:
        found = _("{verdict}: {why} It was written {age} by {writer}.")
        found = found.format(verdict=verdict, why=verdicts.why(answer, now), age=age, writer=by)
        return Check(name=name, health=Health.WARN, found=found)
    found = _("{verdict}; written {age} by {writer}").format(verdict=verdict, age=age, writer=by)
    return Check(name=name, health=Health.OK, found=found)


def _monitor(where: Paths) -> Check:
    name = _("monitor")
    if wiring.monitor_runs(where):
        who = holder_of(where.monitor_lock)
        runs = _("runs (process {pid})").format(pid=who) if who else pgettext("monitor", "runs")
        return Check(name=name, health=Health.OK, found=runs)
    return Check(
        name=name, health=Health.WARN, found=_("does not run: nothing is watched"),
        next_step=_("Start `ringfence`, or `ringfence daemon` without a screen."),
    )  # fmt: skip


async def _login(name: str, account: Account, status: AccountStatus | None, now: float) -> Check:
    from ringfence.sources.credentials import Finder

    try:
        login = await Finder(account=account, tools=wiring.tools()).login(now=now)
    except SourceError as error:
        # An expired login is renewed by Claude Code's next run; the others need the person. The detail says what to do.
        health = Health.WARN if error.kind is FailureKind.EXPIRED else Health.FAIL
        return Check(name=name, health=health, found=told(error.detail))
    plan = _("plan {name}").format(name=login.plan) if login.plan else ""
    same = ""
    if status and status.same_as:
        same = _("the same subscription as {account}").format(account=texts.clean(status.same_as, 40))
    return Check(name=name, health=Health.OK, found=joined([told(login.where), plan, same]))


def _endpoint(name: str, account: Account, settings: Settings) -> Check:
    from ringfence.sources.transport import tls_context

    url = settings.base_url_of(account)
    try:
        tls_context(Endpoint(base_url=url, ca_bundle=settings.usage.ca_bundle))
    except (OSError, ValueError) as error:
        return Check(
            name=name, health=Health.FAIL,
            found=_("{url}: the certificates cannot be used ({error})").format(url=url, error=type(error).__name__),
            next_step=_("Let usage.ca_bundle name a file of PEM certificates, or set it to none."),
        )  # fmt: skip
    found = _("{url} (not asked: that would spend a request)")
    proxy = without_password(settings.usage.proxy)
    if proxy:
        found = _("{url} through {proxy} (not asked: that would spend a request)")
    return Check(name=name, health=Health.OK, found=found.format(url=url, proxy=proxy))


def _polling(name: str, status: AccountStatus | None, now: float) -> Iterator[Check]:
    if status is None or (status.sample is None and status.failure is None):
        yield Check(name=name, health=Health.WARN, found=_("nothing was read yet"), next_step=_("Start `ringfence`."))
        return
    seen = texts.age_text(status.sample.observed_at, now) if status.sample else ""
    spent = _("{count} of {most} requests in the hour before that")
    spent = spent.format(count=status.requests_last_hour, most=status.request_budget)
    if status.failure is not None:
        said = _("{failure}. Last good reading {age}, {requests}.") if seen else _("{failure}. No good reading yet.")
        found = said.format(failure=texts.failure_title(status.failure.kind), age=seen, requests=spent)
        # What a login lacks stands in its own line already.
        step = "" if status.failure.kind in SIGN_IN_KINDS else texts.clean(told(status.failure.detail), 300)
        yield Check(name=name, health=Health.WARN, found=found, next_step=step)
    else:
        yield Check(name=name, health=Health.OK, found=joined([seen, spent]))
    skew = status.sample.skew_s if status.sample else None
    if skew is not None:
        yield _clock(skew)


def _estimates(where: Paths, status: AccountStatus | None, of: str, now: float) -> list[Check]:
    """Return how good the estimates between two readings were, and what a percent costs, a line a window."""
    if status is None or status.sample is None:
        return []
    book, name = wiring.pair_book(where), _("estimate") + of
    try:
        pairs = book.pairs(status.name, now - LOOK_BACK_S, now)
    except FileError as error:
        return [Check(name=name, health=Health.WARN, found=told(error.args[0]))]
    finally:
        book.close()
    return [
        Check(
            name=f"{name} {_window_word(w)}",
            health=Health.OK,
            found=forecast_texts.learnt_text(backtest(pairs.get(w.id, ())), fit(pairs.get(w.id, ()))),
        )
        for w in status.sample.windows
        if w.money is None
    ]


def _window_word(window: Window) -> str:
    """Return what a window is called beside the name of a check."""
    if window.model is not None:
        return texts.clean(window.model, 12)
    known = {"session": pgettext("window", "session"), "week": pgettext("window", "week")}
    return known.get(window.id) or texts.clean(window.id).lower()


async def _refusals(settings: Settings, now: float) -> AsyncIterator[Check]:
    """Tell what the panes say that the settings name; where they name none there is nothing to tell."""
    for spec in wiring.refusal_specs():
        source = spec.build(settings)
        if source is None:
            continue
        looked, found = await source.probe(now=now)
        yield Check(name=told(spec.label), health=Health.OK if looked else Health.WARN, found=told(found))


async def _system(spec: SystemSpec, status: Status | None) -> Check:
    """Tell what the system tells by itself; that nobody does is usual on other systems and in containers."""
    tells, sentence = await spec.build().probe()
    found = told(sentence)
    if tells and status is not None and status.metered and status.running and spec.id == "network_manager":
        length = texts.duration_text(status.interval_s)
        found = _("{connection}: every {length}").format(connection=found, length=length)
    return Check(name=told(spec.label), health=Health.OK, found=found)


def _unpriced(settings: Settings, status: Status | None, now: float) -> Iterator[Check]:
    """Yield each budget in money whose cost nobody can say."""
    samples = {account.name: account.sample for account in status.accounts} if status else {}
    for budget in budget_views(settings.budgets, status.budgets if status else (), samples, (), now):
        if budget.state is BudgetState.UNPRICED:
            found = budget_texts.unpriced_sentence(budget)
            yield Check(name=_("budget"), health=Health.WARN, found=found, next_step=budget_texts.prices_step())


def _clock(skew_s: float) -> Check:
    name = _("clock")
    if abs(skew_s) <= SKEW_S:
        found = _("{seconds} s from the endpoint's").format(seconds=f"{abs(skew_s):.0f}")
        return Check(name=name, health=Health.OK, found=found)
    found = _("{length} behind the endpoint's: countdowns are off")
    found = found if skew_s > 0 else _("{length} ahead of the endpoint's: countdowns are off")
    found = found.format(length=texts.duration_text(abs(skew_s)))
    return Check(name=name, health=Health.WARN, found=found, next_step=_("Let the system set its clock (NTP)."))


async def _keyring() -> Check:
    from ringfence.storage import secrets

    try:
        return Check(name=_("keyring"), health=Health.OK, found=await secrets.backend_name())
    except SecretError as error:
        return Check(
            name=_("keyring"), health=Health.WARN, found=told(error.args[0]),
            next_step=_("Only accounts with a stored token need it; --config-dir accounts do not."),
        )  # fmt: skip


def _sign_in(where: Paths) -> Check:
    try:
        start = wiring.autostart(where).state()
    except FileError as error:
        return Check(name=_("sign-in"), health=Health.OK, found=told(error.args[0]))
    found = _("the tray starts ({path})").format(path=start.where) if start.on else _("nothing starts")
    health = Health.WARN if start.note else Health.OK
    return Check(name=_("sign-in"), health=health, found=found, next_step=told(start.note))


async def _desktop(where: Paths) -> AsyncIterator[Check]:
    if not has_desktop():
        found = _("no desktop session here: alerts go to the log")
        yield Check(name=_("alerts"), health=Health.WARN, found=found)
        return
    yield _sign_in(where)
    yield await _notifications()
    if sys.platform not in {"darwin", "win32"}:
        yield await _tray_host()


async def _notifications() -> Check:
    from ringfence.notifiers import desktop

    notifier = desktop.SPEC.build()
    try:
        return Check(name=_("alerts"), health=Health.OK, found=told(await notifier.probe()))
    except NotifyError as error:
        return Check(
            name=_("alerts"), health=Health.WARN, found=told(error.args[0]),
            next_step=_("Start a notification service (dunst, mako, your desktop's); alerts go to the log until then."),
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
        found = _("the session bus does not answer ({error})").format(error=type(error).__name__)
        return Check(name=_("tray"), health=Health.WARN, found=found)
    if reply.message_type is MessageType.METHOD_RETURN and reply.body == [True]:
        return Check(name=_("tray"), health=Health.OK, found=_("this desktop has a tray"))
    what_helps = face_texts.no_tray_text(os.environ.get("XDG_CURRENT_DESKTOP", ""))
    return Check(
        name=_("tray"), health=Health.WARN,
        found=_("this desktop has no tray ({service} is not there)").format(service=TRAY_HOST),
        next_step=sentences([_("The window opens instead."), what_helps]),
    )  # fmt: skip


def _qt() -> Check:
    found = qt_probe.probe()
    if "error" not in found:
        return Check(name="qt", health=Health.OK, found=f"PySide6 {found['version']}")
    return Check(
        name="qt", health=Health.FAIL, found=_("cannot be loaded: {error}").format(error=found["error"]),
        next_step=_("Install the system packages that the README names; `ringfence daemon` needs none of them."),
    )  # fmt: skip


def _log(where: Paths) -> Check:
    name = pgettext("check", "log")
    if os.access(where.log, os.F_OK) and not os.access(where.log, os.W_OK):
        found = _("{path} cannot be written").format(path=where.log)
        return Check(name=name, health=Health.FAIL, found=found, next_step=_("Make it yours."))
    missing = _("{path}, not written yet").format(path=where.log)
    return Check(name=name, health=Health.OK, found=str(where.log) if os.access(where.log, os.F_OK) else missing)
