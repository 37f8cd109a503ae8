"""`ringfence tokens`: what was spent, by day, week, month, session, model or project, and what runs now."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ringfence import wiring, words
from ringfence.cli.app import EXIT_INTERRUPTED
from ringfence.cli.gate_check import one_line
from ringfence.cli.output import PLAIN_WIDTH, Failed, Named, paths, say, say_json, warn, wrong
from ringfence.documents import days, token_rows
from ringfence.documents.token_rows import Kind, Report, Scope
from ringfence.language import _, pgettext, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.core.account_settings import Account
    from ringfence.core.sums import ScanProgress, Spent
    from ringfence.storage.paths import Paths
    from ringfence.storage.token_ledger import TokenLedger
    from ringfence.transcripts import Transcripts

LIVE = "live"


class What(click.ParamType[str]):
    """A kind of report, or `live`."""

    name = "what"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002
        """Return the kind; an unknown one is wrong usage, told with the nearest."""
        known = [*Kind, LIVE]
        if value in known:
            return str(value)
        from difflib import get_close_matches

        close = get_close_matches(str(value), known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
        raise click.UsageError(f"there is no report `{one_line(str(value))[:60]}`; {hint}", ctx)


@click.command(short_help="Show the tokens spent: by day, session, model, project; or live.")
@click.argument("what", metavar=f"[{'|'.join([*Kind, LIVE])}]", type=What(), default=str(Kind.DAILY))
@click.option("--since", metavar="DAY", help="The first day: 2026-11-21, today, yesterday, 7d.")
@click.option("--until", metavar="DAY", help="The last day, which counts too.")
@click.option("--account", type=Named(), metavar="NAME", help="One account's tokens.")
@click.option("--project", type=click.Path(), metavar="DIR", help="Work in this folder and below.")
@click.option("--cost", is_flag=True, help="What the API's list prices would make of it, in USD.")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs; with `live` one a line.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets.")
def tokens(
    what: str, since: str | None, until: str | None, account: str | None, project: str | None, cost: bool,
    as_json: bool, as_csv: bool,
) -> int | None:  # fmt: skip
    """Show the tokens that Claude Code's transcripts tell of; without a word: by day.

    Days are local. What is new in the transcripts is read first.
    """
    if as_json and as_csv:
        raise wrong("--json and --csv exclude each other")
    if what == LIVE:
        if since or until or account or project or cost or as_csv:
            raise wrong("`tokens live` shows what runs now; it takes --json alone")
        from ringfence.cli import token_live

        token_live.run(paths(), as_json=as_json)
        return None
    try:
        span = days.span_of(since, until, wiring.now())
    except ValueError as error:
        raise wrong(str(error)) from None
    folder = None if project is None else os.path.abspath(Path(project).expanduser())  # noqa: PTH100 - keeps links
    scope = Scope(span=span, account=account, project=folder)
    return _report(Kind(what), scope, with_cost=cost, as_json=as_json, as_csv=as_csv)


def _report(kind: Kind, scope: Scope, *, with_cost: bool, as_json: bool, as_csv: bool) -> int | None:
    from ringfence.cli import token_scan

    if with_cost:
        _need_prices()
    where = paths()
    accounts, trouble = wiring.accounts_in_force(where)
    if trouble:
        warn(told(trouble))
    reports = wiring.token_reports(where)
    try:
        transcripts = wiring.transcripts(where, reports)
        token_scan.catch_up(transcripts, accounts, lambda: _scan_of_the_monitor(where))
        rows = token_rows.ask(reports, kind, scope, first_weekday=wiring.first_weekday())
        if not rows and not (as_json or as_csv):
            say(_nothing(scope, accounts, transcripts, reports))
            return None
    except token_scan.Interrupted:
        warn(token_scan.goes_on())
        return EXIT_INTERRUPTED
    finally:
        reports.close()
    report = _priced(kind, rows) if with_cost else Report(kind=kind, rows=rows)
    if as_json or as_csv:
        _print_for_programs(report, as_json=as_json)
    else:
        _print(report)
    return None


def _scan_of_the_monitor(where: Paths) -> ScanProgress | None:
    """Return how far a running monitor is with its first reading, None when there is none."""
    from ringfence.storage import records

    if not wiring.monitor_runs(where):
        return None
    status, _trouble = records.load_status(where.status)
    return status.scan if status else None


def _need_prices() -> None:
    from ringfence import prices

    if not prices.installed():
        said = _("Prices need the package {package}, which is not installed: {pip}, or {pipx}.")
        pip, pipx = "pip install 'ringfence[prices]'", "pipx inject ringfence genai-prices"
        raise Failed(said.format(package="genai-prices", pip=pip, pipx=pipx))


def _priced(kind: Kind, rows: tuple[Spent, ...]) -> Report:
    from ringfence import prices

    now = wiring.now()
    by_model = [token_rows.models_of(row, kind) for row in rows]
    costs = tuple(prices.cost_of(each, now=now) for each in by_model)
    return Report(kind=kind, rows=rows, costs=costs, cost=prices.cost_of(token_rows.summed(by_model), now=now))


def _print_for_programs(report: Report, *, as_json: bool) -> None:
    from ringfence.cli import token_schema

    if as_json:
        say_json(token_schema.report_json(report))
    else:
        token_schema.report_csv(report, sys.stdout)


def _print(report: Report) -> None:
    from ringfence.cli import token_table

    terminal = sys.stdout.isatty()
    width = _terminal_width() if terminal else PLAIN_WIDTH
    styled = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    home = os.path.expanduser("~")  # noqa: PTH111 - a person without a home folder has a `~` as well
    lines = []
    for line in token_table.table(report, home=home, now=wiring.now(), width=width):
        stands_out = styled and line.text and (line.bold or line.dim)
        lines.append(click.style(line.text, bold=line.bold or None, dim=line.dim or None) if stands_out else line.text)
    click.echo("\n".join(lines), color=styled)  # at once: a year has hundreds of lines


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _nothing(scope: Scope, accounts: Sequence[Account], transcripts: Transcripts, reports: TokenLedger) -> str:
    """Return why there is nothing to show, and what to do."""
    everything = reports.daily()
    if not everything:
        folders = words.joined(words.clean(folder) for folder in transcripts.folders(accounts))
        return _(
            "No tokens yet: there are no answers of Claude in {folders}. Claude Code writes its transcripts there; for"
            " another folder use `ringfence account add NAME --config-dir DIR`."
        ).format(folders=folders)
    known = [account.name for account in accounts]
    if scope.account is not None and scope.account not in known:
        said = _("No tokens of `{account}`; the accounts are {known}.")
        return said.format(account=one_line(scope.account), known=words.joined(map(words.clean, known)))
    first, last = words.clean(everything[0].key), words.clean(everything[-1].key)
    said = _("No tokens {where}. Answers are known from {first} to {last}.")
    return said.format(where=_where(scope), first=first, last=last)


def _where(scope: Scope) -> str:
    """Return what was asked for, as the rest of a sentence: `of account work in /src since 2026-11-21`."""
    asked = [_("of account {name}").format(name=words.clean(scope.account))] if scope.account else []
    asked += [_("in {project}").format(project=words.clean(scope.project))] if scope.project else []
    asked += [_("since {day}").format(day=scope.span.since)] if scope.span.since else []
    asked += [_("until {day}").format(day=scope.span.until)] if scope.span.until else []
    return pgettext("between `of account work` and `since 2026-11-21`", " ").join(asked)
