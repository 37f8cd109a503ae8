"""The view as text: headline, a bar and two lines a window, and where the numbers come from.

Colour only repeats what a word says. Every text from outside goes through `texts.clean`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ringfence import budget_texts, forecast_texts, gate_reader, launch_texts, texts, token_texts
from ringfence.cli.columns import GAP, Column, padded
from ringfence.cli.columns import joined as in_columns
from ringfence.cli.output import TIER_STYLES, wrapped
from ringfence.cli.reading import NO_MONITOR, Reading
from ringfence.core.model import Hold, Tier, WindowState
from ringfence.core.pace import PaceVerdict
from ringfence.core.ring import AccountState, AccountView, View, WindowView
from ringfence.language import _, told
from ringfence.words import joined

SKEW_S = 120.0
"""From here on countdowns mislead: the resets are by the server's clock."""
LABEL_MAX, BAR_MIN, BAR_MAX = 22, 10, 40
RUNS_MAX = 8
"""How many runs are listed; the others are counted."""
_BESIDE_BAR = 36
"""Room for indent, number, tier and pace; another language's words may need more."""
_NUMBER, _OLD_NUMBER, _TIER = 6, 10, 9
"""The least cells of `100 %`, of `was 100 %`, of a tier and the blank behind it."""
_FIGURES_RIGHT = (False, True, True, True, False)
"""A run's model, rate, tokens, length and notes: the numbers with their ends in line."""
_HEAD = {
    gate_reader.OPEN: ("●", "color(36)"),
    gate_reader.CLOSED: ("■", "bold color(160)"),
    gate_reader.UNKNOWN: ("?", "bold color(179)"),
}


def status_text(seen: Reading, out: Console) -> Text:
    """Return what `ringfence status` prints, for that console's width and characters."""
    lines = [*_head_lines(seen, out)]
    for account in seen.view.accounts:
        lines += [Text(), *_account_lines(account, seen, out)]
    lines += _budget_lines(seen.view, seen.at, out)
    lines += _run_lines(seen.view, seen.at, out)
    lines += _detour_lines(seen.view, seen.at, out)
    lines += _launch_lines(seen, out)
    lines += _remark_lines(seen, out)
    return Text("\n").join(lines)


def watched(seen: Reading, out: Console) -> Text:
    """Return the same for `--watch`: with the time of the picture and how to leave."""
    return Text("\n").join([status_text(seen, out), Text(), Text(foot(seen.at), "dim")])


def foot(now: float) -> str:
    """Return the last line of a picture that is redrawn."""
    return " · ".join([texts.clock_text(now, now), _("Ctrl-C leaves")])


def _head_lines(seen: Reading, out: Console) -> Iterator[Text]:
    view, now = seen.view, seen.at
    sign, style = ("‖", "bold") if view.paused else _HEAD[view.verdict]
    yield Text.assemble((sign, style), " ", (texts.headline(view, now), "bold"))
    for line in _below_headline(view, now):
        yield from wrapped(out, line, 2)


def _below_headline(view: View, now: float) -> Iterator[str]:
    """Yield what holds the gate and what stays in force beside it."""
    named = view.holds[:1] if view.verdict != gate_reader.UNKNOWN else ()
    if below := texts.reason_text(view, now):
        yield _with_model_setting(below, named)
    for hold in view.holds[len(named) :]:
        yield _with_model_setting(texts.hold_text(hold, now), (hold,))
    headlined = next(iter(view.pauses), None) if view.paused else None
    for pause in view.pauses:
        if pause is not headlined:
            yield texts.pause_text(pause, now)
    if view.override is not None and not view.holds:
        yield texts.override_text(view.override, now)


def _with_model_setting(sentence: str, holds: tuple[Hold, ...]) -> str:
    """Name the setting that makes a model's week hold runs which name no model (DESIGN 2.3)."""
    if not any(h.also_unnamed for h in holds):
        return sentence
    said = _("{sentence} (also runs that name no model: {setting})")
    return said.format(sentence=sentence, setting="thresholds.unnamed_model_counts")


def _account_lines(account: AccountView, seen: Reading, out: Console) -> Iterator[Text]:
    fresh = account.state is AccountState.OK
    plan = f" ({texts.clean(account.plan, 20)})" if account.plan else ""
    state = texts.state_text(account.state) if account.observed_at or not fresh else _("no reading yet")
    yield Text.assemble((texts.clean(account.name, 40), "bold"), plan, " · ", (state, "" if fresh else "color(166)"))
    if same := texts.same_as_text(account):
        yield from wrapped(out, same, 2, "dim")
    if account.failure is not None:
        since = texts.clock_text(account.failure.since, seen.at)
        advice = texts.clean(told(account.failure.detail), 300) or texts.failure_next(account.failure.kind)
        yield from wrapped(out, _("since {time}: {advice}").format(time=since, advice=advice), 2)
    labels = [_fitted(texts.label_text(w)) for w in account.windows]
    numbers = [_number(w, old=not fresh) for w in account.windows]
    holding = _("overridden") if seen.view.override else _("holds new runs")
    holding = holding if seen.view.verdict != gate_reader.UNKNOWN else ""
    column = _widest(labels)
    least = _NUMBER if fresh else _OLD_NUMBER
    for label, number, window in zip(labels, _right(numbers, least), account.windows, strict=True):
        yield from _window_lines(
            set_cell_size(label, column), number, window, seen.at, out, old=not fresh, holding=holding
        )
    yield from wrapped(out, _source_line(account, seen), 2, "dim")
    if account.skew_s is not None and abs(account.skew_s) > SKEW_S:
        yield from wrapped(out, _skew_sentence(account.skew_s), 2, "color(166)")


def _number(window: WindowView, *, old: bool) -> str:
    if window.state is not WindowState.LIVE:
        return "–"
    return _("was {percent}").format(percent=texts.used_text(window)) if old else texts.used_text(window)


def _window_lines(
    label: str, number: str, window: WindowView, now: float, out: Console, *, old: bool, holding: str
) -> Iterator[Text]:
    tiers = max(_TIER, _widest(map(texts.tier_word, Tier)) + 1)
    beside = cell_len(f"      {number}   ") + tiers + _widest(map(texts.pace_word, PaceVerdict))
    room = min(max(out.width - cell_len(label) - max(beside, _BESIDE_BAR), BAR_MIN), BAR_MAX)
    live = window.state is WindowState.LIVE
    style = "dim" if old else TIER_STYLES[window.tier] if window.tier else "dim"
    words = padded(texts.tier_word(window.tier) if live else "", tiers)
    words += f" {texts.pace_word(window.pace.verdict)}" if live and window.pace else ""
    yield Text.assemble(
        "  ", label, "  ", *_bar(window.used if live else None, window.threshold_pct, room, style, out),
        f" {number}  {words}".rstrip(),
    )  # fmt: skip
    below = [texts.countdown_text(window, now)]
    below += [texts.money_text(window.money)] if window.money else []
    below += [texts.threshold_text(window.threshold_pct)] if window.threshold_pct is not None else []
    below += [holding] if window.holds and holding else []
    below += [_("waiting for a second reading")] if window.doubted else []
    yield from wrapped(out, " · ".join(below), cell_len(label) + 4, "dim")
    ahead = (forecast_texts.estimate_text(window), forecast_texts.forecast_text(window, now))
    if said := " · ".join(text for text in ahead if text):
        yield from wrapped(out, said, cell_len(label) + 4, "dim")


def _budget_lines(view: View, now: float, out: Console) -> Iterator[Text]:
    """Yield each budget as a bar and its amounts, below a heading of their own."""
    if not view.budgets:
        return
    yield Text()
    yield Text(_("Budgets"), "bold")
    labels = [_fitted(b.name) for b in view.budgets]
    column = _widest(labels)
    room = min(max(out.width - column - _BESIDE_BAR, BAR_MIN), BAR_MAX)
    numbers = _right(map(budget_texts.used_text, view.budgets), _NUMBER)
    for label, number, budget in zip(labels, numbers, view.budgets, strict=True):
        style = TIER_STYLES[budget.tier] if budget.tier else "dim"
        word = texts.tier_word(budget.tier) if budget.tier else ""
        yield Text.assemble(
            "  ", set_cell_size(label, column), "  ", *_bar(budget.used, None, room, style, out),
            f" {number}  {word}".rstrip(),
        )  # fmt: skip
        yield from wrapped(out, budget_texts.budget_detail(budget, now), column + 4, "dim")


def _bar(
    used: float | None, threshold_pct: float | None, width: int, style: str, out: Console
) -> Iterator[tuple[str, str]]:
    """Return a bar with the threshold's mark; empty dots where no number speaks about the present."""
    full, empty, mark, nothing = ("#", "-", "|", ".") if out.options.ascii_only else ("█", "░", "┃", "·")
    if used is None:
        yield nothing * width, "dim"
        return
    # Something used is never drawn as nothing, and only a full window as full.
    filled = min(round(used * width), width if used >= 1 else width - 1)
    filled = max(filled, 1 if used > 0 else 0)
    cells = [(full, style) if at < filled else (empty, "dim") for at in range(width)]
    if threshold_pct is not None:
        cells[min(int(threshold_pct / 100 * width), width - 1)] = (mark, "bold")
    yield from cells


def _source_line(account: AccountView, seen: Reading) -> str:
    spent = _("{count} of {most} requests this hour")
    spent = spent.format(count=account.requests_last_hour, most=account.request_budget)
    parts = [texts.provenance_text(account, seen.at), spent if account.request_budget else ""]
    return " · ".join(part for part in parts if part)


def _skew_sentence(skew_s: float) -> str:
    said = _("This machine's clock is {length} ahead of the endpoint's: countdowns are off.")
    if skew_s > 0:
        said = _("This machine's clock is {length} behind the endpoint's: countdowns are off.")
    return said.format(length=texts.duration_text(abs(skew_s)))


def _run_lines(view: View, now: float, out: Console) -> Iterator[Text]:
    """Yield what runs, a row each, and how far the first reading of the transcripts has come."""
    if view.runs:
        yield Text()
        yield Text(_("Running now"), "bold")
        for row in _run_rows(view, now, out.width - 2):
            yield from wrapped(out, row, 2)
        if more := token_texts.more_text(len(view.runs) - RUNS_MAX):
            yield from wrapped(out, more, 2, "dim")
    if view.scan is not None:
        yield Text()
        yield from wrapped(out, token_texts.scan_text(view.scan), 0)


def _run_rows(view: View, now: float, width: int) -> list[str]:
    """Return a row a run: model and figures in columns of their own width, the project in the room that they leave."""
    called = dict(zip(view.runs, token_texts.project_names(view.runs), strict=True))
    several = len(view.accounts) > 1
    projects, rows = [], []
    for run in token_texts.drawn_runs(view.runs, RUNS_MAX):
        said = token_texts.run_text(run, called[run], now)
        account = texts.clean(run.account, 12) if several else ""
        projects.append(said.project)
        rows.append([said.model, said.rate, said.tokens, said.lasted, joined([account, said.subagents, said.silent])])
    figures = zip(zip(*rows, strict=True), _FIGURES_RIGHT, strict=True)
    others = [Column(cells=cells, right=right) for cells, right in figures]
    room = max(width - sum(column.width + GAP for column in others), BAR_MIN)
    return in_columns([Column(cells=[_fitted(project, min(room, LABEL_MAX)) for project in projects]), *others])


def _detour_lines(view: View, now: float, out: Console) -> Iterator[Text]:
    if view.detours:
        yield Text()
    for detour in view.detours:
        yield from wrapped(out, launch_texts.detour_text(detour, now), 0)


def _launch_lines(seen: Reading, out: Console) -> Iterator[Text]:
    if said := launch_texts.launches_text(seen.view.launches):
        yield Text()
        yield Text(said)
        yield from wrapped(out, launch_texts.launches_detail(seen.view.launches, seen.at), 2, "dim")


def _remark_lines(seen: Reading, out: Console) -> Iterator[Text]:
    remarks = [texts.clean(told(text), 300) for text in (seen.view.trouble, *seen.remarks) if text]
    remarks += [] if seen.running else [told(NO_MONITOR)]
    if remarks:
        yield Text()
    for remark in remarks:
        first, *rest = wrapped(out, remark, 2)
        yield Text.assemble(("! ", "bold color(166)"), first[2:])
        yield from rest


def _widest(said: Iterable[str]) -> int:
    return max(map(cell_len, said), default=0)


def _right(numbers: Iterable[str], least: int) -> list[str]:
    """Return numbers with their ends in line, at least so many cells wide."""
    made = [*numbers]
    width = max(_widest(made), least)
    return [padded(number, width, right=True) for number in made]


def _fitted(label: str, most: int = LABEL_MAX) -> str:
    """Return a label that fits its column, counted in cells: a wide character takes two."""
    seen = texts.clean(label)
    return seen if cell_len(seen) <= most else set_cell_size(seen, most - 1).rstrip() + "…"
