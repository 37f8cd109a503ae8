"""What tokens would cost at API list prices, in USD, from the table of genai-prices (the extra `ringfence[prices]`).

A subscription does not pay these. The table is the installed version's, loaded with the first price that is asked for;
nothing is fetched. At some models an answer with a very long context costs more (`TieredPrices`). That goes by the
single answer and cannot be told from a sum, so the base price counts.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from ringfence.core.sums import ByModel, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genai_prices.types import TieredPrices

PACKAGE = "genai_prices"
PER = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """A model's prices in USD per million tokens; None where the table has none."""

    input: Decimal | None
    cache_write: Decimal | None
    """Kept for five minutes."""
    cache_write_1h: Decimal | None
    cache_read: Decimal | None
    output: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What tokens would cost."""

    known_usd: float
    """Of the models whose price is known."""
    unknown: tuple[str, ...] = ()
    """The models without a price, as the transcripts name them."""

    @property
    def usd(self) -> float | None:
        """The whole cost; None when a part of it is not known."""
        return None if self.unknown else self.known_usd


def installed() -> bool:
    """Tell whether there is a table of prices, without loading it."""
    return importlib.util.find_spec(PACKAGE) is not None


def price_usd(by_model: ByModel, *, now: float) -> float | None:
    """Return what the tokens would cost; None without the table, or when it knows one of the models not."""
    if not any(_spent(tokens) for _, tokens in by_model):
        return 0.0
    return cost_of(by_model, now=now).usd if installed() else None


def cost_of(by_model: Iterable[tuple[str, Tokens]], *, now: float) -> Cost:
    """Return the cost by the table, which has to be installed. `now`: epoch seconds, for prices that changed."""
    day = int(now // 86400)
    known, unknown = Decimal(0), []
    for model, tokens in by_model:
        if not _spent(tokens):
            continue
        rates = rates_of(model, day)
        usd = None if rates is None else _usd(rates, tokens)
        if usd is None:
            unknown.append(model)
        else:
            known += usd
    return Cost(known_usd=float(known), unknown=tuple(unknown))


@lru_cache(maxsize=1024)
def rates_of(model: str, day: int) -> Rates | None:
    """Return Anthropic's prices for a model by its name in a transcript; None when the table does not know it.

    `day` is counted from the epoch, UTC: prices begin with a date.
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - 0.2 s that only a price needs

    try:
        _, found = get_snapshot().find_provider_model(model, None, "anthropic", None)
    except LookupError:
        return None
    prices = found.get_prices(datetime.fromtimestamp(day * 86400, UTC))
    short = _base(prices.cache_write_5m_mtok)
    return Rates(
        input=_base(prices.input_mtok),
        cache_write=_base(prices.cache_write_mtok) if short is None else short,
        cache_write_1h=_base(prices.cache_write_1h_mtok),
        cache_read=_base(prices.cache_read_mtok),
        output=_base(prices.output_mtok),
    )


def _usd(rates: Rates, tokens: Tokens) -> Decimal | None:
    """Return the price of one model's tokens; None when a kind that was spent has no price."""
    parts = (
        (tokens.input, rates.input),
        (tokens.cache_creation - tokens.cache_creation_1h, rates.cache_write),
        (tokens.cache_creation_1h, rates.cache_write_1h),
        (tokens.cache_read, rates.cache_read),
        (tokens.output, rates.output),
    )
    total = Decimal(0)
    for count, rate in parts:
        if count and rate is None:
            return None
        total += count * (rate or 0) / PER
    return total


def _spent(tokens: Tokens) -> bool:
    return tokens.total > 0


def _base(price: Decimal | TieredPrices | None) -> Decimal | None:
    return price if price is None or isinstance(price, Decimal) else price.base
