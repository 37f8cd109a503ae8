"""The view as text: headline, a bar and two lines a window, and where the numbers come from.

Colour only repeats what a word says. Every text from outside goes through `texts.clean`.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ringfence import budget_texts, forecast_texts, gate_reader, launch_texts, texts, token_texts
from ringfence.cli.output import TIER_STYLES, wrapped
from ringfence.cli.reading import NO_MONITOR, Reading
from ringfence.core.model import Hold, WindowState
from ringfence.core.ring import AccountState, AccountView, View, WindowView

SKEW_S = 120.0
"""From here on countdowns mislead: the resets are by the server's clock."""
LABEL_MAX, BAR_MIN, BAR_MAX = 22, 10, 40
RUNS_MAX = 8
"""How many runs are listed; the others are counted."""
_BESIDE_BAR = 36
"""Room for indent, number, tier and pace."""
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
    foot = Text(f"{texts.clock_text(seen.at, seen.at)} · Ctrl-C leaves", "dim")
    return Text("\n").join([status_text(seen, out), Text(), foot])


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
        yield below + _model_setting(named)
    for hold in view.holds[len(named) :]:
        yield texts.hold_text(hold, now) + _model_setting((hold,))
    headlined = next(iter(view.pauses), None) if view.paused else None
    for pause in view.pauses:
        if pause is not headlined:
            yield texts.pause_text(pause, now)
    if view.override is not None and not view.holds:
        yield texts.override_text(view.override, now)


def _model_setting(holds: tuple[Hold, ...]) -> str:
    """Name the setting that makes a model's week hold runs which name no model (DESIGN 2.3)."""
    also = any(h.also_unnamed for h in holds)
    return " (also runs that name no model: thresholds.unnamed_model_counts)" if also else ""


def _account_lines(account: AccountView, seen: Reading, out: Console) -> Iterator[Text]:
    fresh = account.state is AccountState.OK
    plan = f" ({texts.clean(account.plan, 20)})" if account.plan else ""
    state = texts.state_text(account.state) if account.observed_at or not fresh else "no reading yet"
    yield Text.assemble((texts.clean(account.name, 40), "bold"), plan, " · ", (state, "" if fresh else "color(166)"))
    if same := texts.same_as_text(account):
        yield from wrapped(out, same, 2, "dim")
    if account.failure is not None:
        since = texts.clock_text(account.failure.since, seen.at)
        advice = texts.clean(account.failure.detail, 300) or texts.failure_next(account.failure.kind)
        yield from wrapped(out, f"since {since}: {advice}", 2)
    labels = [_fitted(w.label) for w in account.windows]
    holding = "overridden" if seen.view.override else "holds new runs"
    holding = holding if seen.view.verdict != gate_reader.UNKNOWN else ""
    column = max((cell_len(label) for label in labels), default=0)
    for label, window in zip(labels, account.windows, strict=True):
        yield from _window_lines(set_cell_size(label, column), window, seen.at, out, old=not fresh, holding=holding)
    yield from wrapped(out, _source_line(account, seen), 2, "dim")
    if account.skew_s is not None and abs(account.skew_s) > SKEW_S:
        yield from wrapped(out, _skew_sentence(account.skew_s), 2, "color(166)")


def _window_lines(
    label: str, window: WindowView, now: float, out: Console, *, old: bool, holding: str
) -> Iterator[Text]:
    room = min(max(out.width - cell_len(label) - _BESIDE_BAR, BAR_MIN), BAR_MAX)
    live = window.state is WindowState.LIVE
    number = texts.used_text(window) if live else "–"
    number = f"was {number}" if old and live else number
    style = "dim" if old else TIER_STYLES[window.tier] if window.tier else "dim"
    words = f"{texts.tier_word(window.tier) if live else '':<9}"
    words += f" {texts.pace_word(window.pace.verdict)}" if live and window.pace else ""
    yield Text.assemble(
        "  ", label, "  ", *_bar(window.used if live else None, window.threshold_pct, room, style, out),
        f" {number:>{10 if old else 6}}  {words}".rstrip(),
    )  # fmt: skip
    below = [texts.countdown_text(window, now)]
    below += [texts.money_text(window.money)] if window.money else []
    below += [f"threshold {window.threshold_pct:g} %"] if window.threshold_pct is not None else []
    below += [holding] if window.holds and holding else []
    below += ["waiting for a second reading"] if window.doubted else []
    yield from wrapped(out, " · ".join(below), cell_len(label) + 4, "dim")
    ahead = (forecast_texts.estimate_text(window), forecast_texts.forecast_text(window, now))
    if said := " · ".join(text for text in ahead if text):
        yield from wrapped(out, said, cell_len(label) + 4, "dim")


def _budget_lines(view: View, now: float, out: Console) -> Iterator[Text]:
    """Yield each budget as a bar and its amounts, below a heading of their own."""
    if not view.budgets:
        return
    yield Text()
    yield Text("Budgets", "bold")
    labels = [_fitted(b.name) for b in view.budgets]
    column = max(cell_len(label) for label in labels)
    room = min(max(out.width - column - _BESIDE_BAR, BAR_MIN), BAR_MAX)
    for label, budget in zip(labels, view.budgets, strict=True):
        style = TIER_STYLES[budget.tier] if budget.tier else "dim"
        word = texts.tier_word(budget.tier) if budget.tier else ""
        yield Text.assemble(
            "  ", set_cell_size(label, column), "  ", *_bar(budget.used, None, room, style, out),
            f" {budget_texts.used_text(budget):>6}  {word}".rstrip(),
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
    spent = f"{account.requests_last_hour} of {account.request_budget} requests this hour"
    parts = [texts.provenance_text(account, seen.at), spent if account.request_budget else ""]
    return " · ".join(part for part in parts if part)


def _skew_sentence(skew_s: float) -> str:
    way = "behind" if skew_s > 0 else "ahead of"
    return f"This machine's clock is {texts.duration_text(abs(skew_s))} {way} the endpoint's: countdowns are off."


def _run_lines(view: View, now: float, out: Console) -> Iterator[Text]:
    """Yield what runs, a row each, and how far the first reading of the transcripts has come."""
    if view.runs:
        yield Text()
        yield Text("Running now", "bold")
        for row in _run_rows(view, now, out.width - 2):
            yield from wrapped(out, row, 2)
        if more := token_texts.more_text(len(view.runs) - RUNS_MAX):
            yield from wrapped(out, more, 2, "dim")
    if view.scan is not None:
        yield Text()
        yield from wrapped(out, token_texts.scan_text(view.scan), 0)


def _run_rows(view: View, now: float, width: int) -> list[str]:
    """Return a row a run: model and figures in columns of their own width, the project in the room that they leave."""
    names = dict(zip(view.runs, token_texts.project_names(view.runs), strict=True))
    several = len(view.accounts) > 1
    projects, rows = [], []
    for run in token_texts.drawn_runs(view.runs, RUNS_MAX):
        said = token_texts.run_text(run, names[run], now)
        account = texts.clean(run.account, 12) if several else ""
        notes = ", ".join(note for note in (account, said.subagents, said.silent) if note)
        projects.append(said.project)
        rows.append([said.model, said.rate, said.tokens, said.lasted, notes])
    wide = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = max(width - sum(wide) - 2 * len(wide), BAR_MIN)
    projects = [_fitted(project, min(room, LABEL_MAX)) for project in projects]
    first = max(map(cell_len, projects))
    lines = []
    for project, (model, *figures, notes) in zip(projects, rows, strict=True):
        cells = [set_cell_size(project, first), set_cell_size(model, wide[0])]
        cells += [f"{figure:>{cells_wide}}" for figure, cells_wide in zip(figures, wide[1:-1], strict=True)]
        lines.append("  ".join([*cells, notes]).rstrip())
    return lines


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
    remarks = [texts.clean(text, 300) for text in (seen.view.trouble, *seen.remarks) if text]
    remarks += [] if seen.running else [NO_MONITOR]
    if remarks:
        yield Text()
    for remark in remarks:
        first, *rest = wrapped(out, remark, 2)
        yield Text.assemble(("! ", "bold color(166)"), first[2:])
        yield from rest


def _fitted(label: str, most: int = LABEL_MAX) -> str:
    """Return a label that fits its column, counted in cells: a wide character takes two."""
    seen = texts.clean(label)
    return seen if cell_len(seen) <= most else set_cell_size(seen, most - 1).rstrip() + "…"
