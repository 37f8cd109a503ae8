"""Calibration: what a window costs in tokens, learnt from readings and transcripts together.

Claude says how full a window is in whole percents or tenths, now and then; the transcripts say what was spent, at once.
From both follows how many tokens, weighted by kind and model, fill a window; from that, where it stands between two
readings. It is an estimate: it is drawn and forecast with, and no threshold, alert or hold ever looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ringfence import gate_reader
from ringfence.core.model import Window
from ringfence.core.outlook import Estimate
from ringfence.core.sums import ByModel, Tokens

INPUT, CACHE_WRITE, CACHE_WRITE_1H, CACHE_READ, OUTPUT = 1.0, 1.25, 2.0, 0.1, 5.0
"""What a token counts by kind: Anthropic's list prices over the input's (FORMATS C; output is five times the input with
every model since Claude 3). How the windows count is not published; what is wrong in this widens the interval."""

FAMILIES = {"haiku": 1.0, "sonnet": 3.0, "opus": 5.0, "fable": 10.0, "mythos": 10.0}
"""What a model's tokens count, by the list price of a million input tokens in USD (genai-prices 0.2.3: Haiku 4.5 1,
Sonnet 4 to 4.6 3, Opus 4.5 to 5 5, Fable 5 10). Only their ratios matter: the scale is what is learnt."""
UNKNOWN_FAMILY = FAMILIES["sonnet"]
"""The middle one: a new name is most often a model of the everyday tier."""

BLOCK = 0.03
"""Readings are joined until the window moved this far: a step of one rounded percent alone says nothing."""
MIN_BLOCKS = 4
ONE_STEP = 0.0101
"""The rounding alone can make a step this much larger than what was spent."""
ELSEWHERE = 0.5
"""A step that is larger by more than this share of what the tokens explain, and by more than the rounding, is somebody
else's use: claude.ai, another machine."""
HALF_LIFE_S = 7 * 86400.0
"""Limits are changed without a word: a block a week older than the newest one counts half."""
LOOK_BACK_S = 28 * 86400.0
"""What is older than four weeks is not looked at."""
REJECT = 3.5
"""A block this many deviations from the middle counts nothing, with less the nearer it is (Tukey's bisquare)."""
PRICE_OF_ROBUST = 1.1
"""By this much the weighing makes an interval wider than a plain mean's would be."""
SETTLED = 10
"""So many rounds of weighing anew move the middle no more."""
MIN_SPREAD = 0.02
"""Nothing is known better than this, relatively: the weights by kind and model are guesses."""
CONFIDENCE_Z = 1.96
REFITS = 60
"""How often a backtest learns anew; in between it goes on with what it knew, as a monitor does."""
REFIT_PAIRS = 2000
"""From how many it learns each time, a week of readings: what is older counts less than half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two readings of one instance of a window, one after the other, and what was spent between them."""

    since: float
    """Epoch seconds: when the first one was read."""
    until: float
    before: float
    """Fraction used at `since`."""
    after: float
    weighted: float
    """Tokens between them, as `weighted` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a whole window costs, in weighted tokens."""

    whole: float
    low: float
    high: float
    """Between these two it lies in 19 of 20 cases."""
    blocks: int
    """How many steps of some percents it was learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """How far off the estimate was at each next reading, had it been made with what was known then."""

    n: int = 0
    """Readings that had an estimate; those between which nothing happened are not counted."""
    mean_abs_error: float = 0.0
    """A fraction."""
    mean_abs_error_without: float = 0.0
    """The same if the last reading had simply been left standing."""


def weighted(by_model: ByModel, model: str | None = None) -> float:
    """Return a sum of tokens as one number: input tokens of a model that costs 1.

    Args:
        by_model: the sums by model.
        model: count this model's alone, by `gate_reader.same_model`; None: every model's.
    """
    return sum(
        weight_of(name) * _by_kind(tokens)
        for name, tokens in by_model
        if model is None or gate_reader.same_model(model, name)
    )


def weight_of(model: str) -> float:
    """Return what a model's tokens count, by the family in its name."""
    return next((weight for family, weight in FAMILIES.items() if family in model.lower()), UNKNOWN_FAMILY)


def fit(pairs: Iterable[Pair]) -> Calibration | None:
    """Return what a whole window costs; None while there is too little evidence.

    Use that no transcript shows makes a window look cheap. It is left out twice: first the steps without any token,
    then, with a first idea of the cost, the steps that the tokens do not explain. Late steps count more than early.
    """
    ordered = sorted(pairs, key=lambda pair: pair.since)
    first = _fit(_blocks(ordered, math.inf))
    return first and _fit(_blocks(ordered, first.whole))


def _fit(found: Iterable[_Block]) -> Calibration | None:
    blocks = list(found)
    if len(blocks) < MIN_BLOCKS:
        return None
    newest = max(block.until for block in blocks)
    costs = [math.log(block.weighted / block.step) for block in blocks]
    recent = [0.5 ** ((newest - block.until) / HALF_LIFE_S) for block in blocks]
    middle = _weighted_median(costs, recent)
    spread = max(1.4826 * _weighted_median([abs(cost - middle) for cost in costs], recent), MIN_SPREAD)
    weights = recent
    for _ in range(SETTLED):
        near = [r * _bisquare((cost - middle) / spread) for r, cost in zip(recent, costs, strict=True)]
        if sum(near) <= 0:  # between two heaps of blocks there may be none
            break
        weights = near
        middle = sum(w * cost for w, cost in zip(weights, costs, strict=True)) / sum(weights)
    effective = sum(weights) ** 2 / sum(w * w for w in weights)
    half = max(_student(effective - 1) * PRICE_OF_ROBUST * spread / math.sqrt(effective), MIN_SPREAD)
    return Calibration(
        whole=math.exp(middle), low=math.exp(middle - half), high=math.exp(middle + half), blocks=len(blocks)
    )


def estimate(window: Window, weighted_since: float, calibration: Calibration) -> Estimate | None:
    """Return where a window stands by now; None when its reading has no number to begin with.

    Args:
        window: as it was read last.
        weighted_since: what was spent since that reading, as `weighted` counts.
        calibration: what the whole window costs.

    In whole percents, for more is not known: the reading was rounded. It never stands below the reading, and never
    above full unless the reading does.
    """
    if window.used is None:
        return None
    read = window.used

    def at(whole: float, rounded: Callable[[float], float]) -> float:
        return max(read, min(rounded(advanced(read, weighted_since, whole) * 100 - 1e-9) / 100, max(read, 1.0)))

    return Estimate(
        used=at(calibration.whole, round),
        low=at(calibration.high, math.floor),
        high=at(calibration.low, math.ceil),
    )


def advanced(used: float, spent: float, whole: float) -> float:
    """Return where a window stands after `spent` weighted tokens, of `whole` that fill it; never above full by them."""
    return min(used + max(spent, 0.0) / whole, max(used, 1.0))


def backtest(pairs: Iterable[Pair]) -> Backtest:
    """Return how well the estimate would have met each next reading, walking forward through time."""
    known: Calibration | None = None
    ordered = sorted(pairs, key=lambda pair: pair.since)
    errors: list[tuple[float, float]] = []
    stride = max(1, len(ordered) // REFITS)
    for number, pair in enumerate(ordered):
        if number % stride == 0:
            known = fit(ordered[max(0, number - REFIT_PAIRS) : number])
        moved = pair.after - pair.before
        if known is not None and moved >= 0 and (moved > 0 or pair.weighted > 0):
            thought = max(round(advanced(pair.before, pair.weighted, known.whole), 2), pair.before)
            errors.append((abs(thought - pair.after), moved))
    if not errors:
        return Backtest()
    return Backtest(
        n=len(errors),
        mean_abs_error=math.fsum(error for error, _ in errors) / len(errors),
        mean_abs_error_without=math.fsum(without for _, without in errors) / len(errors),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    step: float
    weighted: float
    until: float


def _blocks(pairs: Iterable[Pair], whole: float) -> Iterator[_Block]:
    """Join pairs that follow each other until the window moved far enough; `whole` is what a window seems to cost.

    A block begins and ends with a reading that has just moved. There both stand at the same place of their rounding, so
    that it cancels out; a chain that began anywhere would find each window's first percent half as dear.
    """
    step = spent = 0.0
    begun, at = False, -math.inf
    for pair in pairs:
        broken = pair.since > at or pair.after < pair.before or pair.after >= 1  # a full window shows no more
        at = pair.until
        if broken:
            step, spent, begun = 0.0, 0.0, pair.before < pair.after < 1
            continue
        if _is_elsewhere(pair, whole):
            continue
        if not begun:
            begun = pair.after > pair.before
            continue
        step, spent = step + pair.after - pair.before, spent + pair.weighted
        if step >= BLOCK - 1e-9:
            if spent > 0:
                yield _Block(step=step, weighted=spent, until=pair.until)
            step = spent = 0.0


def _is_elsewhere(pair: Pair, whole: float) -> bool:
    """Tell whether a step is larger than what the transcripts can explain."""
    explained = pair.weighted / whole
    if pair.weighted > 0 and math.isinf(whole):  # nothing is known yet
        return False
    return pair.after - pair.before - explained > max(ONE_STEP, ELSEWHERE * explained)


def _by_kind(tokens: Tokens) -> float:
    short = tokens.cache_creation - tokens.cache_creation_1h
    return (
        INPUT * tokens.input
        + CACHE_WRITE * short
        + CACHE_WRITE_1H * tokens.cache_creation_1h
        + CACHE_READ * tokens.cache_read
        + OUTPUT * tokens.output
    )


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    ordered = sorted(zip(values, weights, strict=True))
    half, seen = math.fsum(weights) / 2, 0.0
    for number, (value, weight) in enumerate(ordered):
        seen += weight
        if math.isclose(seen, half) and number + 1 < len(ordered):
            return (value + ordered[number + 1][0]) / 2
        if seen > half:
            return value
    return ordered[-1][0]


def _bisquare(deviation: float) -> float:
    return max(1 - (deviation / REJECT) ** 2, 0.0) ** 2


def _student(freedom: float) -> float:
    """Return Student's 97.5 % quantile, by Cornish and Fisher's expansion around the normal one."""
    z, v = CONFIDENCE_Z, max(freedom, 1.0)
    return z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v * v)
