"""The sentences about tokens and the runs that spend them, for the window and the terminal. Plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ringfence.language import _, ngettext
from ringfence.words import clean, duration_text, joined, number_text

if TYPE_CHECKING:
    from ringfence.core.sums import ScanProgress, Tokens
    from ringfence.core.tokens import Run

PROJECT_MAX, MODEL_MAX = 40, 20
SILENT_S = 120.0
"""From here on a run's rate speaks of the past: a long tool call, or a session that waits."""
_UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_BYTE_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_FOLDERS = re.compile(r"[/\\]+")
_DATE = re.compile(r"20\d{6}")


class RunText(NamedTuple):
    """A run in words, for the places it is drawn at."""

    project: str
    """The folder's name, told apart from the others'."""
    model: str
    rate: str
    """`12.4k/min`."""
    tokens: str
    """`84.2k tokens`."""
    lasted: str
    """`6 min`, `< 1 min`."""
    subagents: str
    """`2 subagents`; empty: none."""
    silent: str
    """`silent for 3 min`, when the last answer is that old and the rate with it; else empty."""


def amount_text(tokens: float) -> str:
    """Return a number of tokens short: `950`, `12.4k`, `412k`, `3.1M`, `1.2B`; cut off, never rounded up to a limit."""
    whole = int(tokens)
    for unit, sign in _UNITS:
        if whole >= unit:
            tenths = whole * 10 // unit
            small = tenths < 1000 and tenths % 10 != 0
            return number_text(f"{tenths / 10:.1f}{sign}") if small else f"{tenths // 10}{sign}"
    return f"{whole}"


def grouped_text(count: int) -> str:
    """Return a whole number as people read it: `4 250 000`. Its blanks do not break, so that no line ends inside it."""
    return f"{count:,}".replace(",", "\u00a0")


def tokens_text(tokens: float) -> str:
    """Return `84.2k tokens`, `1 token`."""
    return ngettext("{count} token", "{count} tokens", int(tokens)).format(count=amount_text(tokens))


def kinds_text(tokens: Tokens) -> str:
    """Return a sum by kind: `1.2k input, 10k written to the cache, 80k read from it, 3k output`."""
    said = [_("{amount} input").format(amount=amount_text(tokens.input))]
    if tokens.cache_creation:
        said.append(_("{amount} written to the cache").format(amount=amount_text(tokens.cache_creation)))
    if tokens.cache_read:
        read = _("{amount} read from it") if tokens.cache_creation else _("{amount} read from the cache")
        said.append(read.format(amount=amount_text(tokens.cache_read)))
    return joined([*said, _("{amount} output").format(amount=amount_text(tokens.output))])


def model_text(model: str) -> str:
    """Return a model's name as people say it: `Opus 4.5` for `claude-opus-4-5-20251101`.

    The older order, `claude-3-5-sonnet-20241022`, is `Sonnet 3.5`. A name that is not Claude's is shown as it is.
    """
    name = clean(model, 80)
    _before, claude, rest = name.partition("claude-")
    parts = re.split(r"[-@:\[]", rest)
    words = [part for part in parts if part.isalpha() and len(part) > 1]
    if not claude or not words:
        return clean(name, MODEL_MAX)
    end = next((at for at, part in enumerate(parts) if _DATE.fullmatch(part)), len(parts))
    numbers = [part for part in parts[:end] if part.isdecimal() and len(part) <= 2]
    return clean(" ".join([words[0].capitalize(), *([".".join(numbers)] if numbers else [])]), MODEL_MAX)


def project_names(runs: Sequence[Run]) -> list[str]:
    """Return a short name for each run's folder: its last part, with as many before it as tell two folders apart."""
    folders = {run.project: [part for part in _FOLDERS.split(run.project) if part] for run in runs}
    return [_apart(run.project, folders) for run in runs]


def drawn_runs(runs: Iterable[Run], most: int) -> tuple[Run, ...]:
    """Return the runs that spend most, in the order of their start, the newest first.

    Not in the order of their last answer: two that answer in turn would change places every second.
    """
    chosen = sorted(runs, key=lambda run: (-run.burn_per_min, run.session))[:most]
    return tuple(sorted(chosen, key=lambda run: (-run.started_at, run.session)))


def run_text(run: Run, project: str, now: float) -> RunText:
    """Return a run's words; `project` is its name among the others (`project_names`)."""
    lasted, silent = now - run.started_at, now - run.last_at
    count = ngettext("{count} subagent", "{count} subagents", run.subagents).format(count=run.subagents)
    return RunText(
        project=project,
        model=model_text(run.model),
        rate=_("{amount}/min").format(amount=amount_text(run.burn_per_min)),
        tokens=tokens_text(run.tokens.total),
        lasted=duration_text(lasted) if lasted >= 60 else _("< 1 min"),
        subagents=count if run.subagents > 0 else "",
        silent=_("silent for {length}").format(length=duration_text(silent)) if silent >= SILENT_S else "",
    )


def run_line(run: Run, said: RunText, *, account: bool) -> str:
    """Return a row's second line: `Opus 4.5 · 84.2k tokens · 2 subagents`."""
    parts = [clean(run.account, 24) if account else "", said.model, said.tokens, said.subagents, said.silent]
    return " · ".join(part for part in parts if part)


def run_words(run: Run, said: RunText, *, account: bool) -> str:
    """Return a run as a screen reader says it: `api, Opus 4.5, 84.2k tokens in 6 min, 12.4k tokens a minute`."""
    lasted = said.lasted.replace(_("< 1 min"), _("under a minute"))
    spent = _("{tokens} in {length}").format(tokens=said.tokens, length=lasted)
    parts = [said.project, clean(run.account, 24) if account else "", said.model, spent]
    rate = _("{tokens} a minute").format(tokens=tokens_text(run.burn_per_min))
    return joined([*parts, rate, said.subagents, said.silent])


def run_detail(run: Run, now: float) -> str:
    """Return what a row has no room for, a line each: the whole folder, the tokens by kind, the last answer."""
    silent = now - run.last_at
    last = _("answered within the last minute")
    if silent >= 60:
        last = _("last answer {length} ago").format(length=duration_text(silent))
    return "\n".join([clean(run.project) or _("no folder"), kinds_text(run.tokens), last])


def more_text(count: int) -> str:
    """Return `and 3 more`; empty when there are none."""
    return _("and {count} more").format(count=count) if count > 0 else ""


def bytes_text(count: int) -> str:
    """Return `2.1 GB`, `640 MB`, `under 1 kB`; cut off, never rounded up."""
    for unit, sign in _BYTE_UNITS:
        if count >= unit:
            tenths = count * 10 // unit
            small = tenths < 100 and tenths % 10 != 0
            return number_text(f"{tenths / 10:.1f} {sign}") if small else f"{tenths // 10} {sign}"
    return _("under 1 kB")


def scan_percent(scan: ScanProgress) -> int:
    """Return how far the first reading has come; 100 is never reached before it is done."""
    return min(max(scan.done_bytes, 0) * 100 // scan.total_bytes, 99) if scan.total_bytes > 0 else 0


def scan_text(scan: ScanProgress) -> str:
    """Return `Reading your transcripts, 34 % of 2.1 GB`."""
    return _("Reading your transcripts, {percent} % of {size}").format(
        percent=scan_percent(scan), size=bytes_text(scan.total_bytes)
    )


def _apart(project: str, folders: dict[str, list[str]]) -> str:
    own = folders[project]
    others = [parts for folder, parts in folders.items() if folder != project]
    shown = next((n for n in range(1, len(own) + 1) if all(own[-n:] != other[-n:] for other in others)), len(own))
    return _shortened("/".join(own[-shown:])) or _("no folder")


def _shortened(name: str) -> str:
    """Return a name that fits; its end says more than its beginning."""
    seen = clean(name, 1000)
    return seen if len(seen) <= PROJECT_MAX else "…" + seen[1 - PROJECT_MAX :]
