"""What is thought of an account's windows at a moment: from its readings, what was spent since, and what runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ringfence.core import forecast as forecasts
from ringfence.core.calibration import Calibration, advanced, estimate, weighted
from ringfence.core.gating import threshold_of
from ringfence.core.meters import TokenNews
from ringfence.core.model import Window, WindowState
from ringfence.core.outlook import Estimate, Forecast, Outlook
from ringfence.core.periods import Period
from ringfence.core.state import AccountFacts, State, spenders_of
from ringfence.core.sums import ByModel


def outlooks_of(state: State, account: AccountFacts, now: float) -> tuple[Outlook, ...]:
    """Return an outlook for each window of which there is something to say."""
    if account.sample is None:
        return ()
    known = dict(account.calibrations)
    # A window whose reading needs a second one says nothing about the future either.
    windows = [w for w in account.sample.windows if w.id not in account.suspects]
    made = (_outlook(state, account, window, known.get(window.id), now) for window in windows)
    return tuple(o for o in made if o.estimate is not None or o.forecast is not None)


def _outlook(
    state: State, account: AccountFacts, window: Window, calibration: Calibration | None, now: float
) -> Outlook:
    assert account.sample is not None
    nothing = Outlook(window=window.id)
    if window.used is None or window.state(now) is not WindowState.LIVE:
        return nothing
    observed_at = account.sample.observed(window)
    spent, used = 0.0, window.used
    if calibration is not None:
        names, _ = spenders_of(state, account.name)
        spent = weighted(_spent_since(state.news, names, observed_at), window.model)
        used = advanced(window.used, spent, calibration.whole)
        rate: float | None = forecasts.rate_of_runs(state.news.runs, names, window, calibration, now)
    else:
        rate = forecasts.rate_of_readings(account.history, window)
    return replace(
        nothing,
        estimate=_shown(window, estimate(window, spent, calibration)) if calibration else None,
        forecast=forecasts.forecast(
            window, rate, used=used, observed_at=observed_at, threshold_pct=threshold_of(window, state.settings),
            now=now,
        ),
    )  # fmt: skip


def warnings_of(state: State, account: AccountFacts, now: float) -> tuple[tuple[Window, float, float | None], ...]:
    """Return the windows that will run out before their reset, each with the moment and its threshold as a fraction."""
    made: dict[str, Forecast | None] = {o.window: o.forecast for o in outlooks_of(state, account, now)}
    found = []
    for window in account.sample.windows if account.sample else ():
        pct = threshold_of(window, state.settings)
        at = forecasts.worth_a_warning(window, made.get(window.id), pct, now)
        if at is not None:
            found.append((window, at, None if pct is None else pct / 100))
    return tuple(found)


def _spent_since(news: TokenNews, accounts: Collection[str], since: float) -> ByModel:
    """Return what was spent since a reading: nothing that was counted from another moment on."""
    counted = {
        reading.meter.account: reading.by_model
        for reading in news.readings
        if reading.meter.period is Period.SINCE and reading.meter.account in accounts and reading.meter.since == since
    }
    return tuple(each for by_model in counted.values() for each in by_model)


def _shown(window: Window, made: Estimate | None) -> Estimate | None:
    """Return an estimate that says more than the reading does."""
    return made if made is not None and window.used is not None and made.used > window.used else None
